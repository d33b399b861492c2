"""Gamma-Gamma and contracts against R's optim (oracles/clv.R) and published numbers; lifetime values by another way to sum; hold-out; limits."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.stats import gamma_gamma
from touchpath.stats.bgnbd import Buying, expected_purchases, fit_buying, histories_of
from touchpath.stats.gamma_gamma import Spending, expected_value, fit_spending
from touchpath.stats.lifetime_value import Terms, base_of, discounted_purchases, holdout, lifetime_value, spending_correlation
from touchpath.stats.procedures import run_procedure
from touchpath.stats.shifted_beta_geometric import Renewals, Renewing, fit_renewing, project, renewals_of, surviving

FITTED = json.loads((Path(__file__).parents[1] / "oracles" / "clv.json").read_text())
BUYING, SPENDING = Buying(0.243, 4.414, 0.793, 2.426), Spending(6.25, 3.74, 15.44)
#: Fader & Hardie 2007, table 1.
HIGH_END, REGULAR = (1000, 869, 743, 653, 593, 551, 517, 491), (1000, 631, 468, 382, 326, 289, 262, 241)


@pytest.mark.parametrize("case", FITTED["gamma_gamma"])
def test_the_fit_of_spending_is_that_of_r(case):
    found = run_procedure("gamma_gamma_fit", {key: case[key] for key in ("frequency", "monetary_value")})
    assert found["log_likelihood"] == pytest.approx(case["log_likelihood"], abs=1e-5)
    assert found["log_likelihood"] >= case["log_likelihood"] - 1e-8
    assert [found[name] for name in gamma_gamma.NAMES] == pytest.approx(case["parameters"], rel=2e-3)


@pytest.mark.parametrize("case", FITTED["gamma_gamma"])
@pytest.mark.parametrize("unit", [1e-4, 1e6])
def test_the_currency_only_moves_v_and_the_density(case, unit):
    plain = fit_spending(case["frequency"], case["monetary_value"])
    moved = fit_spending(case["frequency"], [m * unit for m in case["monetary_value"]])
    p, q, v = plain.spending
    assert moved.spending == pytest.approx((p, q, v * unit), rel=1e-5)
    n = len(case["frequency"])
    assert moved.log_likelihood == pytest.approx(plain.log_likelihood - n * math.log(unit), abs=1e-6)


values = st.lists(st.tuples(st.integers(1, 9), st.floats(0.1, 500)), min_size=1, max_size=12)


@settings(max_examples=40, deadline=None)
@given(values, st.builds(Spending, st.floats(0.2, 20), st.floats(0.2, 20), st.floats(0.5, 200)))
def test_the_derivatives_of_spending_are_those_of_the_value(rows, spending):
    x, m = (np.array(column, float) for column in zip(*rows, strict=True))
    customers = gamma_gamma._Customers(x, m, np.ones(x.size))
    here = customers.terrain(*spending)
    for place in range(3):
        step = spending[place] * 1e-5
        ends = [customers.terrain(*(v + way * step * (i == place) for i, v in enumerate(spending))) for way in (1, -1)]
        scale = 1e-6 * (1 + abs(here.value)) / spending[place]
        assert here.slope[place] == pytest.approx((ends[0].value - ends[1].value) / (2 * step), rel=1e-5, abs=scale)
        differences = (ends[0].slope - ends[1].slope) / (2 * step)
        assert here.bend[place] == pytest.approx(differences, rel=1e-4, abs=1e-4 * (1 + np.abs(here.bend).max()))


def test_the_mean_of_few_purchases_is_pulled_towards_that_of_all():
    everybody = expected_value(SPENDING, np.array([0]), np.array([0.0]))[0]
    assert everybody == pytest.approx(6.25 * 15.44 / 2.74)
    once, often = expected_value(SPENDING, np.array([1.0, 50.0]), np.array([100.0, 100.0]))
    assert everybody < once < often < 100


@pytest.mark.parametrize("frequency", [0, 3])
def test_without_a_mean_there_is_no_expected_value(frequency):
    inputs = {"params": {"p": 6, "q": 1, "v": 15}, "frequency": frequency, "monetary_value": 20}
    with pytest.raises(BadInput, match="no mean"):
        run_procedure("gamma_gamma_expected_value", inputs)


@pytest.mark.parametrize(
    ("frequency", "value", "said"),
    [
        ([0, 1], [5, 5], "customer 1 came"),
        ([1, 1], [5, 0], "customer 2 came"),
        ([1], [5, 6], "Each customer"),
        ([1] * 40, [7.0] * 40, "no maximum|not be maximised"),
    ],
)
def test_spending_that_cannot_be_fitted_is_refused(frequency, value, said):
    with pytest.raises(BadInput, match=said):
        fit_spending(frequency, value)


def test_a_lifetime_value_is_the_sum_that_its_definition_says():
    buying, spending = BUYING._asdict(), SPENDING._asdict()
    inputs = {"params": buying, "gg_params": spending, "frequency": 2, "recency": 30.43, "T": 38.86, "monetary_value": 27.5,
              "periods": 52, "margin": 0.4, "discount_per_period": 0.002}  # fmt: skip
    found = run_procedure("clv_discounted_sum", inputs)
    customer = {"frequency": 2, "recency": 30.43, "T": 38.86}
    until = [run_procedure("bgnbd_conditional", {"params": buying, "t": k} | customer)["expected_purchases"] for k in range(53)]
    each = 6.25 * (15.44 + 2 * 27.5) / (6.25 * 2 + 3.74 - 1)
    expected = sum((until[k] - until[k - 1]) * each * 0.4 / 1.002**k for k in range(1, 53))
    assert found == pytest.approx({"clv": expected, "expected_purchases": until[52], "expected_value": each}, rel=1e-10)


@pytest.mark.parametrize(
    ("key", "value"), [("periods", 0), ("margin", 1.5), ("discount_per_period", -1), ("monetary_value", -3), ("periods", 2.5)]
)
def test_terms_that_cannot_be_are_refused(key, value):
    inputs = {"params": BUYING._asdict(), "gg_params": SPENDING._asdict(), "frequency": 2, "recency": 3, "T": 5, "monetary_value": 20,
              "periods": 12, "margin": 0.5, "discount_per_period": 0.01}  # fmt: skip
    with pytest.raises(BadInput):
        run_procedure("clv_discounted_sum", inputs | {key: value})


@pytest.mark.parametrize("case", FITTED["sbg"])
def test_the_fit_of_contracts_is_that_of_r(case):
    found = run_procedure("shifted_beta_geometric_fit", {"customers_remaining": case["customers_remaining"]})
    assert [found["alpha"], found["beta"]] == pytest.approx(case["parameters"], rel=2e-4)
    assert found["log_likelihood"] == pytest.approx(case["log_likelihood"], abs=1e-6)
    assert found["projected_survival_next"] == pytest.approx(case["projected_survival_next"], rel=1e-4)


@pytest.mark.parametrize(("remaining", "published"), [(HIGH_END, (0.668, 3.806)), (REGULAR, (0.704, 1.182))])
def test_contracts_of_the_paper_give_its_parameters(remaining, published):
    # Fader & Hardie 2007, table 3, fitted to years 0 to 7.
    assert fit_renewing(renewals_of(remaining)).renewing == pytest.approx(published, abs=5e-4)


def test_cohorts_of_any_start_add_up():
    together = renewals_of(HIGH_END) + renewals_of(HIGH_END[:4])
    assert together.cancelled.tolist()[:4] == [262, 252, 180, 60]
    assert fit_renewing(together).renewing.alpha > 0


@pytest.mark.parametrize(
    ("remaining", "said"),
    [
        ([100, 100, 100], "nobody cancelled"),
        ([100, 0], "nobody renewed"),
        ([100, 80], "One renewal"),
        ([1000, 900, 810, 729, 656], "no maximum"),
        ([1000, 900, 700, 400], "no maximum"),
        ([100, 80, 90], "never grow"),
        ([100], "length|after one renewal"),
    ],
)
def test_contracts_that_do_not_tell_customers_apart_are_an_error(remaining, said):
    with pytest.raises(BadInput, match=said):
        run_procedure("shifted_beta_geometric_fit", {"customers_remaining": remaining})


def test_projections_of_contracts_have_limits_that_widen():
    found = project(renewals_of(HIGH_END), [8, 10, 12], seed=1)
    assert found.share[0] == pytest.approx(FITTED["sbg"][1]["projected_survival_next"], rel=1e-4)
    assert (np.diff((found.high - found.low) / found.share) > 0).all()
    assert (found.low < found.share).all()
    assert (found.share < found.high).all()
    assert found.failed < 0.05
    assert project(renewals_of(HIGH_END), [8, 10, 12], seed=1).low == pytest.approx(found.low, abs=0)


@given(st.builds(Renewing, st.floats(0.05, 20), st.floats(0.05, 20)))
def test_shares_of_contracts_fall_ever_more_slowly(renewing):
    shares = surviving(renewing, range(12))
    churn = 1 - shares[1:] / shares[:-1]
    assert shares[0] == pytest.approx(1)
    assert (np.diff(churn) < 1e-12).all()


def covered(rounds):
    """In which share of simulated cohorts the 95 % limits of a projection four renewals ahead hold the true share."""
    rng, hits, true = np.random.default_rng(9), 0, Renewing(0.7, 3.0)
    shares = surviving(true, range(7))
    for _ in range(rounds):
        lost = rng.multinomial(1500, np.append(-np.diff(shares), shares[-1]))[:-1]
        found = project(Renewals(lost.astype(float), 1500.0 - np.cumsum(lost)), [10], seed=3, rounds=200)
        hits += bool(found.low[0] <= surviving(true, [10])[0] <= found.high[0])
    return hits / rounds


def test_projection_limits_cover_simulated_futures():
    assert covered(6) >= 0.6


@pytest.mark.slow
def test_projection_limits_cover_most_of_many_simulated_futures():
    assert 0.9 <= covered(200) <= 0.99


def a_base(n, rng):
    """Customers who behave as the two models say: x, t_x, T, m."""
    rate, stops = rng.gamma(0.9, 1 / 5.0, n), rng.beta(0.9, 3.0, n)
    until = rng.uniform(20, 40, n)
    x, last, now, alive = np.zeros(n), np.zeros(n), rng.exponential(1 / rate), np.ones(n, bool)
    while (buys := alive & (now <= until)).any():
        x[buys] += 1
        last[buys] = now[buys]
        alive &= buys & (rng.random(n) >= stops)
        now = now + rng.exponential(1 / rate)
    level = rng.gamma(4, 1 / 15.0, n)
    spent = np.where(x > 0, rng.gamma(6 * np.maximum(x, 1), 1 / (np.maximum(x, 1) * level)), 0)
    return np.round(x), np.round(last, 1), np.maximum(np.round(until, 1), np.round(last, 1)), np.round(spent, 2)


def test_a_lifetime_value_comes_with_limits_and_the_same_seed_gives_the_same():
    base = a_base(250, np.random.default_rng(2))
    found = lifetime_value(base_of(*base), Terms(12, 0.4, 0.01), seed=4)
    assert found.low < found.mean < found.high
    assert found.mean == pytest.approx(found.by_row.mean())
    assert found.failed == 0
    assert found.correlation.warning is None
    again = lifetime_value(base_of(*base), Terms(12, 0.4, 0.01), seed=4)
    assert (again.low, again.high) == (found.low, found.high)


def true_value(terms):
    """The mean value of a_base's customers by the parameters that made them: spending does not depend on buying, so means multiply."""
    x, last, until, _ = a_base(100_000, np.random.default_rng(77))
    found, of = histories_of(x, last, until)
    return discounted_purchases(Buying(0.9, 5.0, 0.9, 3.0), found, terms)[0][of].mean() * 6 * 15 / (4 - 1) * terms.margin


@pytest.mark.slow
def test_limits_of_a_lifetime_value_hold_the_true_one():
    terms, hits, rounds = Terms(12, 0.4, 0.01), 0, 60
    true, rng = true_value(terms), np.random.default_rng(12)
    for _ in range(rounds):
        found = lifetime_value(base_of(*a_base(400, rng)), terms, seed=1)
        hits += bool(found.low <= true <= found.high)
    assert 0.88 <= hits / rounds <= 1


def test_customers_counted_twice_keep_the_value_and_get_narrower_limits():
    base = a_base(400, np.random.default_rng(8))
    one = lifetime_value(base_of(*base), Terms(12, 0.4, 0.01), seed=4)
    four = lifetime_value(base_of(*base, count=[4] * 400), Terms(12, 0.4, 0.01), seed=4)
    assert four.mean == pytest.approx(one.mean, rel=1e-6)
    assert 0.35 < (four.high - four.low) / (one.high - one.low) < 0.7


@pytest.mark.parametrize(("rounds", "said"), [(100, "200 resamples")])
def test_few_resamples_are_refused(rounds, said):
    with pytest.raises(BadInput, match=said):
        lifetime_value(base_of([1, 0], [1, 0], [2, 2], [5, 0]), Terms(12, 0.4, 0.01), seed=1, rounds=rounds)


def test_frequency_and_value_that_go_together_are_told():
    x = np.arange(1, 41)
    found = spending_correlation(x, 10.0 + x)
    assert (found.value, found.limits, found.warning) == (pytest.approx(1), None, "frequency_and_value_go_together")
    # R: cor.test(c(1, 2, 3, 4, 5), c(2, 1, 4, 3, 7)): r 0.8241634, limits -0.2129344 and 0.9880137.
    found = spending_correlation([1, 2, 3, 4, 5], [2, 1, 4, 3, 7])
    assert found.value == pytest.approx(0.82416338, abs=1e-6)
    assert found.limits == pytest.approx((-0.21293437, 0.98801373), abs=1e-5)
    assert spending_correlation([2, 2, 2], [1, 2, 3]).warning == "correlation_undefined"


def test_a_held_out_time_is_told_by_frequency():
    x, last, until, _ = a_base(600, np.random.default_rng(5))
    found, of = histories_of(x, last, until)
    fit = fit_buying(found).buying
    predicted = expected_purchases(found, fit, [10])[of, 0]
    actual = np.random.default_rng(6).poisson(predicted)
    checked = holdout(fit, found, of, actual, 10, top=3)
    assert [one.frequency for one in checked.bins] == ["0", "1", "2", "3+"]
    assert sum(one.customers for one in checked.bins) == checked.total.customers == 600
    assert checked.total.predicted == pytest.approx(predicted.mean())
    assert checked.total.limits.low < checked.total.predicted < checked.total.limits.high
    with pytest.raises(BadInput, match="hold-out"):
        holdout(fit, found, of, actual[:5], 10)
