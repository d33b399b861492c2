"""Effects on treated units: what is put in is found, intervals hold with few units, and what cannot be told is said or refused."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from touchpath.model.errors import BadInput
from touchpath.stats.difference_in_differences import COLUMNS, did_columns, did_regression, numbered
from touchpath.stats.few_clusters import chance_of_division, infer
from touchpath.stats.regression import cluster_covariance, least_squares
from touchpath.stats.treated_units import estimate_effect


def panel(random, units=12, treated=6, periods=6, each=3, effect=0.0, apart=0.0):
    """Observations of units with levels and shocks of their own; the change comes half way."""
    outcome, unit, period = [], [], []
    for one in range(units):
        level, shocks = random.normal(0, 3), random.normal(0, 1, periods)
        for t in range(periods):
            mean = level + 0.3 * t + shocks[t] + (one < treated) * (effect * (t >= periods // 2) + apart * t)
            outcome += (mean + random.normal(size=each)).tolist()
            unit += [f"shop {one}"] * each
            period += [t] * each
    return outcome, unit, period, {f"shop {one}": periods // 2 for one in range(treated)}


def fitted(random, units):
    outcome, unit, period, started = panel(random, units, units // 2, 4, 2)
    y, clusters = np.asarray(outcome), numbered(unit)
    fit = least_squares(did_columns([int(one in started) for one in unit], [int(t >= 2) for t in period]), y, COLUMNS)
    return fit, y, clusters


def test_an_effect_is_found_with_its_course():
    found = estimate_effect(*panel(np.random.default_rng(1), units=20, treated=10, effect=3.0), seed=1)
    assert found.limits.low < 3 < found.limits.high
    assert found.p < 0.01
    assert (found.units, found.treated, found.n) == (20, 10, 360)
    assert [one.period for one in found.course] == [0, 1, 2, 3, 4, 5]
    assert found.course[2].gap == 0
    assert min(one.gap for one in found.course[3:]) > 1
    assert found.warnings == ()
    assert "no proof" in found.caveat


def test_the_effect_is_the_coefficient_of_the_regression():
    outcome, unit, period, started = panel(np.random.default_rng(2))
    found = estimate_effect(outcome, unit, period, started, seed=1)
    plain = did_regression(outcome, [int(one in started) for one in unit], [int(t >= 3) for t in period])
    assert found.effect == pytest.approx(plain.did)


def test_from_forty_units_on_clustered_errors_are_used():
    found = estimate_effect(*panel(np.random.default_rng(3), units=40, treated=20, effect=1.0), seed=1)
    assert "CR1" in found.method
    assert "wild" in estimate_effect(*panel(np.random.default_rng(3), units=39, treated=20), seed=1).method


def test_groups_that_went_apart_before_are_warned_of():
    found = estimate_effect(*panel(np.random.default_rng(4), units=20, treated=10, apart=1.0), seed=1)
    assert found.trend_before.value == pytest.approx(1.0, abs=0.6)
    assert any("went apart before" in one for one in found.warnings)


@pytest.mark.parametrize(("units", "treated"), [(4, 2), (5, 2), (12, 1), (12, 11)])
def test_too_few_units_have_a_p_of_divisions_and_no_interval(units, treated):
    found = estimate_effect(*panel(np.random.default_rng(5), units, treated, effect=8.0), seed=1)
    assert found.limits is None
    assert "too few for an interval" in found.warnings[0]
    assert all(one.limits is None for one in found.course)
    assert found.trend_before is None
    assert found.p >= 1 / len(list(combinations(range(units), treated))) - 1e-12


def test_one_period_before_says_nothing_of_the_trend():
    outcome, unit, period, _ = panel(np.random.default_rng(6), periods=3)
    found = estimate_effect(outcome, unit, period, {f"shop {one}": 1 for one in range(6)}, seed=1)
    assert found.trend_before is None
    assert any("one period before" in one for one in found.warnings)


def test_a_period_without_one_of_the_groups_has_no_gap():
    outcome, unit, period, started = panel(np.random.default_rng(7))
    kept = [place for place, (one, t) in enumerate(zip(unit, period, strict=True)) if not (t == 4 and one in started)]
    found = estimate_effect(*([column[place] for place in kept] for column in (outcome, unit, period)), started, seed=1)
    assert [one.period for one in found.course] == [0, 1, 2, 3, 5]


def test_one_seed_gives_one_answer():
    inputs = panel(np.random.default_rng(8))
    assert estimate_effect(*inputs, seed=4) == estimate_effect(*inputs, seed=4)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"started": {"shop 0": 3, "shop 1": 4}}, "different times"),
        ({"started": {}}, "none of any"),
        ({"started": {"shop 99": 3}}, "none of shop 99"),
        ({"started": {f"shop {one}": 3 for one in range(12)}}, "all got it"),
        ({"started": {"shop 0": 0}}, "none treated before"),
        ({"started": {"shop 0": 9}}, "none treated after"),
        ({"periods": [1]}, "came"),
        ({"confidence": 0.0}, "confidence"),
    ],
)
def test_a_comparison_that_would_mislead_is_refused(change, says):
    outcome, unit, period, started = panel(np.random.default_rng(9))
    inputs = {"outcome": outcome, "units": unit, "periods": period, "started": started, "seed": 1, **change}
    with pytest.raises(BadInput, match=says):
        estimate_effect(**inputs)


def test_the_fast_bootstrap_is_the_one_that_fits_every_resample():
    fit, y, clusters = fitted(np.random.default_rng(10), 12)
    random = np.random.default_rng(11)
    got = infer(fit, y, 3, clusters, 0.95, np.random.default_rng(11)).p
    signs = random.choice([-1.0, 1.0], (1_999, 12))
    without = least_squares(fit.x[:, :3], y, COLUMNS[:3])
    base = fit.x[:, :3] @ without.coefficients

    def ratio(values):
        again = least_squares(fit.x, values, COLUMNS)
        return abs(again.coefficients[3]) / np.sqrt(cluster_covariance(again, clusters)[3, 3])

    observed = ratio(y)
    drawn = np.array([ratio(base + row[clusters] * without.residuals) for row in signs[:300]])
    # 300 of the same 1,999 resamples, each fitted: the share is that of all within what 300 can tell.
    assert np.mean(drawn >= observed) == pytest.approx(got, abs=3 * np.sqrt(got * (1 - got) / 300) + 0.005)


def test_limits_are_where_the_bootstrap_starts_to_refuse():
    fit, y, clusters = fitted(np.random.default_rng(12), 10)
    found = infer(fit, y, 3, clusters, 0.95, np.random.default_rng(1))
    for end in found.limits:
        shifted = y - end * fit.x[:, 3]
        moved = infer(least_squares(fit.x, shifted, COLUMNS), shifted, 3, clusters, 0.95, np.random.default_rng(1))
        assert moved.p == pytest.approx(0.05, abs=0.005)


def test_more_confidence_is_wider():
    fit, y, clusters = fitted(np.random.default_rng(13), 14)
    narrow, wide = (infer(fit, y, 3, clusters, one, np.random.default_rng(1)).limits for one in (0.8, 0.95))
    assert wide.low < narrow.low < narrow.high < wide.high


@pytest.mark.parametrize("units", [6, 12])
def test_intervals_with_few_units_hold_what_they_say(units):
    random = np.random.default_rng(14)
    held = 0
    for one in range(40):
        fit, y, clusters = fitted(random, units)
        held += infer(fit, y, 3, clusters, 0.95, np.random.default_rng(one)).p > 0.05
    assert held / 40 >= 0.85


@pytest.mark.slow
@pytest.mark.parametrize("units", [6, 8, 12, 20, 30, 40])
def test_the_rate_of_false_effects_is_that_of_the_table(units):
    random = np.random.default_rng(15)
    wrong, naive = 0, 0
    for one in range(400):
        fit, y, clusters = fitted(random, units)
        wrong += infer(fit, y, 3, clusters, 0.95, np.random.default_rng(one)).p <= 0.05
        naive += abs(fit.coefficients[3]) > 1.96 * np.sqrt(cluster_covariance(fit, clusters)[3, 3])
    print(units, wrong / 400, naive / 400)
    assert wrong / 400 < (0.12 if units == 6 else 0.09)


def test_divisions_are_counted_one_by_one():
    sums = np.array([[1, 1.0, 1, 2.0], [1, 2.0, 1, 9.0], [1, 4.0, 1, 5.0], [1, 3.0, 1, 3.5], [2, 5.0, 1, 3.0]])
    treated = np.array([False, True, False, True, False])

    def difference(chosen):
        ours = np.isin(np.arange(5), chosen)
        change = [sums[side, 3].sum() / sums[side, 2].sum() - sums[side, 1].sum() / sums[side, 0].sum() for side in (ours, ~ours)]
        return change[0] - change[1]

    every = [abs(difference(one)) for one in combinations(range(5), 2)]
    expected = np.mean([one >= abs(difference((1, 3))) - 1e-12 for one in every])
    assert chance_of_division(sums, treated, np.random.default_rng(1)) == (pytest.approx(expected), 10)


def test_many_divisions_are_drawn():
    random = np.random.default_rng(16)
    sums = np.column_stack([np.ones(30), random.normal(size=30), np.ones(30), random.normal(size=30)])
    p, possible = chance_of_division(sums, np.arange(30) < 12, random)
    assert possible == 86_493_225
    assert 0 < p <= 1
