"""Drift of daily counts: false alarms as often as promised, real changes found, sparse and young series left alone."""

import numpy as np
import pytest

from touchpath.stats.drift import BASELINE, LOOKED_AT, judge_days

DAYS = BASELINE + LOOKED_AT + 1


def simulated(rng, series, per_day, dispersion, days=DAYS):
    """Negative binomial counts around a mean for each day of the week, which differs by series."""
    week = rng.uniform(0.3, 1.7, (series, 7))
    mean = per_day * np.tile(week / week.mean(axis=1, keepdims=True), (1, days // 7 + 1))[:, :days]
    counts = rng.poisson(mean) if dispersion == 1 else rng.negative_binomial(mean / (dispersion - 1), 1 / dispersion)
    return counts.astype(np.float64)


def judged(counts, alpha):
    found = judge_days(counts, np.ones(counts.shape, bool), alpha)
    return [one for one in found if one is not None]


@pytest.mark.parametrize("dispersion", [1, 3, 10])
@pytest.mark.parametrize("per_day", [10, 100, 1_000])
def test_false_alarms_come_about_as_often_as_promised(per_day, dispersion):
    found = judged(simulated(np.random.default_rng(7), 4_000, per_day, dispersion), alpha=0.01)
    rate = np.mean([one.changed for one in found])
    assert len(found) > 3_900
    assert rate < 0.018
    assert np.mean([one.silent(0.01) for one in found]) < 0.018


@pytest.mark.slow
@pytest.mark.parametrize("dispersion", [1, 3, 10])
@pytest.mark.parametrize("per_day", [5, 10, 100, 1_000])
def test_at_the_rate_of_the_catalogue_false_alarms_stay_few(per_day, dispersion):
    found = judged(simulated(np.random.default_rng(8), 40_000, per_day, dispersion), alpha=0.001)
    assert np.mean([one.changed for one in found]) < (0.006 if dispersion == 10 and per_day <= 10 else 0.003)


def test_sparse_series_are_not_called_changed():
    found = judged(simulated(np.random.default_rng(9), 2_000, 0.5, 10), alpha=0.01)
    assert np.mean([one.changed or one.silent(0.01) for one in found]) < 0.01


def test_a_day_at_half_or_twice_the_usual_is_found_and_dated():
    counts = simulated(np.random.default_rng(1), 400, 400, 3)
    for factor, side in ((0.4, "down"), (2.5, "up")):
        changed = counts.copy()
        changed[:, -6:] = np.round(changed[:, -6:] * factor)
        found = judged(changed, alpha=0.001)
        assert np.mean([one.changed and one.side == side for one in found]) > 0.9
        assert np.median([one.since for one in found if one.changed]) == DAYS - 6


def test_a_change_that_lasts_stays_visible_for_weeks():
    counts = simulated(np.random.default_rng(2), 200, 500, 2)
    counts[:, -20:] = np.round(counts[:, -20:] / 3)
    assert np.mean([one.changed for one in judged(counts, alpha=0.001)]) > 0.9


def test_weekends_without_signals_are_no_drift():
    counts = np.tile([50.0, 52, 49, 51, 50, 0, 0], 13)[None, :DAYS]
    for end in range(DAYS - 7, DAYS + 1):
        (one,) = judge_days(counts[:, :end], np.ones((1, end), bool), 0.001)
        assert one is not None
        assert not one.changed
        assert not one.silent(0.001)


def test_silence_is_told_by_how_much_was_usual():
    counts = np.full((3, DAYS), 0.0)
    counts[0, :-3] = 20  # every day, then none for three days
    counts[1, 3::7] = 20  # once a week: four days without are usual
    counts[2, :-1] = 20
    busy, weekly, once = judge_days(counts, np.ones(counts.shape, bool), 0.001)
    assert busy.silent(0.001)
    assert (busy.quiet, busy.usual) == (3, 20.0)
    assert busy.p_quiet == pytest.approx(np.exp(-60), rel=1e-6)
    assert not weekly.silent(0.001)
    assert once.silent(0.001)


def test_young_series_are_not_judged():
    counts = np.full((2, DAYS), 50.0)
    known = np.ones(counts.shape, bool)
    known[0, :-20] = False
    young, old = judge_days(counts, known, 0.001)
    assert young is None
    assert old is not None
    assert judge_days(counts[:, :20], known[:, :20], 0.001) == [None, None]


def test_limits_of_small_counts_are_those_of_the_negative_binomial_of_scipy():
    from scipy import stats

    from touchpath.stats.drift import _counted

    rng = np.random.default_rng(5)
    mean = 10 ** rng.uniform(-1, 3, 500)
    variance, observed = mean * 10 ** rng.uniform(0.001, 1, 500), rng.poisson(mean).astype(float)
    low, high, p = _counted(observed, mean, variance, 0.01)
    law = stats.nbinom(mean**2 / (variance - mean), mean / variance)
    assert low.tolist() == law.ppf(0.005).tolist()
    assert high.tolist() == law.isf(0.005).tolist()
    assert p == pytest.approx(np.minimum(1, 2 * np.minimum(law.cdf(observed), law.sf(observed - 1))), abs=1e-12)
