"""BG/NBD against R's optim (oracles/clv.R), 60-digit arithmetic (oracles/bgnbd_expected.py), the published case, a simulation, and laws."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.stats import bgnbd
from touchpath.stats.bgnbd import (
    Buying,
    climb_buying,
    expected_of_new,
    expected_purchases,
    fit_buying,
    histories_of,
    probability_alive,
)
from touchpath.stats.procedures import run_procedure

ORACLES = Path(__file__).parents[1] / "oracles"
FITTED = json.loads((ORACLES / "clv.json").read_text())
EXACT = json.loads((ORACLES / "bgnbd_expected.json").read_text())
#: Fader, Hardie & Lee 2005: CDNOW, in weeks.
CDNOW = Buying(0.243, 4.414, 0.793, 2.426)

#: Customers as x, t_x, T.
customers = st.lists(
    st.tuples(st.integers(0, 12), st.floats(0, 1), st.floats(0.5, 60)).map(lambda c: (c[0], c[1] * c[2] if c[0] else 0.0, c[2])),
    min_size=1,
    max_size=12,
)
shape = st.floats(0.02, 30)
parameters = st.builds(Buying, shape, st.floats(0.1, 200), shape, shape)


def columns(rows):
    return histories_of(*zip(*rows, strict=True))


@pytest.mark.parametrize("case", FITTED["bgnbd"])
def test_the_fit_is_that_of_r(case):
    found = run_procedure("bgnbd_fit", {key: case[key] for key in ("frequency", "recency", "T")})
    assert [found[name] for name in bgnbd.NAMES] == pytest.approx(case["parameters"], rel=2e-4)
    assert found["log_likelihood"] == pytest.approx(case["log_likelihood"], abs=1e-5)
    params = {"r": 0.7, "alpha": 3.0, "a": 1.3, "b": 0.4}
    other = run_procedure("bgnbd_log_likelihood", {"params": params} | {key: case[key] for key in ("frequency", "recency", "T")})
    assert other["log_likelihood"] == pytest.approx(case["at_others"], rel=1e-11)


@pytest.mark.parametrize("case", FITTED["bgnbd"])
@pytest.mark.parametrize("unit", [1e-6, 7.0, 86_400e6])
def test_the_unit_of_time_only_moves_alpha(case, unit):
    times = [[value * unit for value in case[key]] for key in ("recency", "T")]
    moved, plain = fit_buying(histories_of(case["frequency"], *times)[0]).buying, case["parameters"]
    assert moved == pytest.approx([plain[0], plain[1] * unit, *plain[2:]], rel=2e-4)


def test_expected_purchases_and_life_hold_in_sixty_digits():
    for *row, expected, alive in EXACT["rows"]:
        r, alpha, a, b, x, last, until, ahead = row
        found, buying = histories_of([x], [last], [until])[0], Buying(r, alpha, a, b)
        # Where the time ahead is ten million, and 2F1 next to its singularity, nine digits; everywhere else eleven.
        digits = 1e-8 if ahead > 1e6 else 1e-10
        assert expected_purchases(found, buying, [ahead])[0, 0] == pytest.approx(float(expected), rel=digits, abs=1e-300), row
        assert probability_alive(found, buying)[0] == pytest.approx(float(alive), rel=1e-11, abs=1e-300), row


def test_the_published_customer_buys_1_226_times_in_39_weeks():
    # Fader, Hardie & Lee 2005, "Implementing the BG/NBD Model ... in Excel".
    inputs = {"params": CDNOW._asdict(), "t": 39, "frequency": 2, "recency": 30.43, "T": 38.86}
    found = run_procedure("bgnbd_conditional", inputs)
    assert found == pytest.approx({"expected_purchases": 1.226, "p_alive": 0.7266}, abs=5e-4)


@settings(max_examples=40, deadline=None)
@given(customers, parameters)
def test_the_derivatives_are_those_of_the_value(rows, buying):
    found, _ = columns(rows)
    here = bgnbd._terrain(found, buying)
    for place in range(4):
        step = buying[place] * 1e-5
        ends = [bgnbd._terrain(found, Buying(*(v + way * step * (i == place) for i, v in enumerate(buying)))) for way in (1, -1)]
        scale = 1e-6 * (1 + abs(here.value)) / buying[place]
        assert here.slope[place] == pytest.approx((ends[0].value - ends[1].value) / (2 * step), rel=1e-5, abs=scale)
        differences = (ends[0].slope - ends[1].slope) / (2 * step)
        assert here.bend[place] == pytest.approx(differences, rel=1e-4, abs=1e-4 * (1 + np.abs(here.bend).max()))


@settings(max_examples=40, deadline=None)
@given(customers, parameters, st.floats(0.1, 500))
def test_expectations_grow_with_time_and_never_pass_those_who_never_stop(rows, buying, ahead):
    found, _ = columns(rows)
    soon, late = expected_purchases(found, buying, [ahead / 2, ahead]).T
    assert (soon >= 0).all()
    assert (soon <= late * (1 + 1e-9)).all()
    forever = (buying.r + found.x) / (buying.alpha + found.watched) * ahead
    assert (late <= forever * (1 + 1e-9)).all()
    alive = probability_alive(found, buying)
    assert ((alive >= 0) & (alive <= 1)).all()
    assert (alive[found.x == 0] == 1).all()


@given(customers)
def test_customers_alike_count_together(rows):
    found, of = columns(rows)
    twice, _ = columns(rows + rows)
    assert bgnbd.log_likelihood(twice, CDNOW) == pytest.approx(2 * bgnbd.log_likelihood(found, CDNOW), rel=1e-12)
    assert [(int(found.x[place]), found.last[place], found.watched[place]) for place in of] == [tuple(row) for row in rows]


def test_many_times_from_a_polynomial_are_those_of_the_integral():
    rng = np.random.default_rng(3)
    watched = rng.uniform(0.5, 300, 600)
    found, _ = histories_of(rng.integers(0, 3, 600).tolist(), [0.0] * 600, watched.tolist())
    ahead = [0, 0.01, 1, 52, 500]
    many = expected_purchases(found, CDNOW, ahead)
    alone = [expected_purchases(bgnbd.Histories(*(c[i : i + 1] for c in (found.x, found.last, found.watched, found.count))), CDNOW, ahead)[0]
             for i in range(found.x.size)]  # fmt: skip
    assert many == pytest.approx(np.array(alone), rel=1e-9)


def simulated(n, buying, until, rng, stop=None):
    """Customers who behave as the model says; `stop`: everybody's probability to stop, in place of the beta distribution."""
    rate = rng.gamma(buying.r, 1 / buying.alpha, n)
    stops = np.full(n, stop) if stop is not None else rng.beta(buying.a, buying.b, n)
    x, last, now, alive = np.zeros(n), np.zeros(n), rng.exponential(1 / rate), np.ones(n, bool)
    while (buys := alive & (now <= until)).any():
        x[buys] += 1
        last[buys] = now[buys]
        alive &= buys & (rng.random(n) >= stops)
        now = now + rng.exponential(1 / rate)
    return x, last, np.full(n, float(until))


def test_a_fit_finds_the_parameters_of_simulated_customers_and_what_they_buy():
    true, rng = Buying(0.8, 6.0, 0.9, 3.0), np.random.default_rng(11)
    x, last, until = simulated(20_000, true, 52, rng)
    fit = fit_buying(histories_of(x, last, until)[0])
    gap = np.log(fit.buying) - np.log(true)
    assert (np.abs(gap) < 3.5 * np.sqrt(np.diag(fit.covariance))).all()
    assert expected_of_new(fit.buying, [52])[0] == pytest.approx(x.mean(), abs=4 * x.std() / 20_000**0.5)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([(0, 0, 10)] * 50, "nobody bought again"),
        ([(3, 9, 10)], "has no maximum|could not be maximised"),
        ([(2, 10, 10)] * 100, "has no maximum|could not be maximised"),
    ],
)
def test_purchases_without_a_maximum_are_an_error_that_says_so(rows, said):
    with pytest.raises(BadInput, match=said):
        run_procedure("bgnbd_fit", dict(zip(("frequency", "recency", "T"), map(list, zip(*rows, strict=True)), strict=True)))


@pytest.mark.parametrize("seed", range(4))
def test_customers_who_never_stop_have_no_maximum_inside(seed):
    x, last, until = simulated(300, Buying(2.0, 5.0, 1.0, 1.0), 30, np.random.default_rng(seed), stop=0.0)
    found, _ = histories_of(x, last, until)
    summit = climb_buying(found)
    if summit.runaways:
        with pytest.raises(BadInput, match="still rises while"):
            fit_buying(found)
        return
    # Chance alone can look like a few who stop; then it is a true maximum, with hardly anybody stopping.
    fit = fit_buying(found)
    assert fit.buying.a / (fit.buying.a + fit.buying.b) < 0.05
    slope = bgnbd._terrain(found, fit.buying).slope * np.array(fit.buying)
    assert np.abs(slope).max() < 1e-6


@pytest.mark.parametrize(
    ("frequency", "recency", "until", "said"),
    [
        ([1], [11.0], [10.0], "Customer 1 cannot be: the last purchase"),
        ([0, 0], [0.0, 2.0], [10.0, 10.0], "Customer 2 cannot be: who never bought again"),
        ([1, 2], [1.0], [2.0], "Each customer"),
        ([1.5], [1.0], [2.0], "whole numbers"),
        ([-1], [0.0], [2.0], "whole numbers"),
        ([1], [float("nan")], [2.0], "finite"),
        ([2_000_000], [1.0], [2.0], "whole numbers"),
    ],
)
def test_customers_that_cannot_be_are_refused_by_place(frequency, recency, until, said):
    with pytest.raises(BadInput, match=said):
        histories_of(frequency, recency, until)


@pytest.mark.parametrize(
    "params", [{"r": 0, "alpha": 1, "a": 1, "b": 1}, {"r": 1, "alpha": 1, "a": 1}, {"r": 1, "alpha": 1, "a": -1, "b": 1}]
)
def test_parameters_that_cannot_be_are_refused(params):
    with pytest.raises(BadInput):
        run_procedure("bgnbd_expectation", {"params": params, "t": 1})


@pytest.mark.slow
def test_a_hundred_thousand_distinct_customers_are_fitted_and_foreseen():
    x, last, until = simulated(100_000, Buying(0.5, 5.0, 0.8, 2.5), 300, np.random.default_rng(5))
    found, _ = histories_of(x, last, until - np.random.default_rng(6).uniform(0, 1e-6, x.size))
    fit = fit_buying(found)
    assert fit.buying == pytest.approx((0.5, 5.0, 0.8, 2.5), rel=0.1)
    assert expected_purchases(found, fit.buying, np.arange(1, 13)).shape == (found.x.size, 12)
