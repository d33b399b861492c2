"""Series interrupted at a known time: what is put in comes out, and what cannot be told is refused. R's numbers: test_causes_oracle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.stats.interrupted_series import count_step, harmonics, segmented_regression
from touchpath.stats.procedures import run_procedure
from touchpath.stats.regression import least_squares


@given(st.floats(-9, 9), st.floats(-2, 2), st.floats(-9, 9), st.floats(-2, 2), st.integers(3, 9), st.integers(0, 4))
def test_two_lines_without_noise_are_found(intercept, slope, jump, bend, first_after, lags):
    series = [intercept + slope * t + (jump + bend * (t - first_after)) * (t >= first_after) for t in range(1, 12)]
    found = segmented_regression(series, first_after, lags)
    got = (found.intercept, found.slope_before, found.level_change, found.slope_change)
    assert got == pytest.approx((intercept, slope, jump, bend), abs=1e-8)


def test_without_lags_the_error_is_that_for_unequal_sizes():
    found = segmented_regression([3, 5, 4, 6, 9, 8, 11, 10], 5, 0)
    again = segmented_regression([3, 5, 4, 6, 9, 8, 11, 10], 5, 7)
    scores = found.fit.x * found.fit.residuals[:, None]
    white = np.sqrt(np.diag(found.fit.bread @ scores.T @ scores @ found.fit.bread))
    assert found.se_hac == pytest.approx(white)
    assert again.se_hac != pytest.approx(white)


def test_more_lags_than_points_use_those_there_are():
    series = [3, 5, 4, 6, 9, 8, 11, 10]
    assert all(np.isfinite(segmented_regression(series, 5, 50).se_hac))


def test_four_points_fit_exactly_and_have_no_error():
    found = run_procedure("segmented_regression_newey_west", {"series": [1, 2, 5, 5], "first_post_index": 3, "hac_lags": 0})
    assert (found["se_hac"], found["se_ols"]) == (None, None)
    assert found["level_change"] == pytest.approx(2)


@pytest.mark.parametrize(("points", "first_after"), [(8, 1), (8, 2), (8, 8), (8, 9), (8, 20), (3, 2)])
def test_a_change_with_too_few_points_on_a_side_is_refused(points, first_after):
    with pytest.raises(BadInput, match="at least 2 points before and 2 after"):
        segmented_regression(list(range(points)), first_after, 1)


def test_a_step_without_noise_is_found_beside_trend_and_season():
    t = np.arange(1, 49)
    rate = np.exp(0.01 * t + 0.3 * np.sin(2 * np.pi * t / 12) + np.log(0.8) * (t >= 30))
    exposure = np.linspace(2e6, 3e6, 48)
    found = count_step(np.round(rate * exposure).astype(int).tolist(), exposure.tolist(), 30, 1)
    assert found.ratio == pytest.approx(0.8, rel=1e-5)
    assert found.low < 0.8 < found.high


def test_a_scale_of_exposure_changes_nothing():
    counts, exposure = [4, 0, 3, 9, 2, 6, 7, 3], [0.5, 0.25, 0.5, 1, 0.3, 0.7, 1, 1]
    a, b = count_step(counts, exposure, 4), count_step(counts, [1e6 * one for one in exposure], 4)
    assert (a.ratio, a.low, a.high, a.dispersion) == pytest.approx((b.ratio, b.low, b.high, b.dispersion))


def test_the_interval_is_wider_where_counts_vary_more_than_chance():
    even, uneven = [20, 21, 19, 20, 30, 31, 29, 30], [10, 31, 9, 30, 20, 41, 19, 40]
    narrow, wide = count_step(even, [1] * 8, 5), count_step(uneven, [1] * 8, 5)
    assert wide.high / wide.low > narrow.high / narrow.low
    assert narrow.dispersion < 1 < wide.dispersion


@given(st.lists(st.integers(1, 60), min_size=8, max_size=20), st.integers(3, 6), st.floats(0.5, 0.98))
def test_more_confidence_is_never_narrower(counts, first_after, confidence):
    exposure = [1.0] * len(counts)
    less, more = (count_step(counts, exposure, first_after, confidence=one) for one in (confidence, 0.99))
    assert more.low <= less.low <= less.ratio * (1 + 1e-12)
    assert more.high >= less.high


def test_as_many_coefficients_as_points_leave_no_interval():
    found = count_step([3, 4, 9], [1, 1, 1], 3)
    assert (found.low, found.high, found.dispersion, found.error) == (None, None, None, None)


def test_six_pairs_of_waves_of_a_year_are_eleven_columns():
    assert harmonics(24, 6).shape == (24, 11)
    least_squares(np.column_stack([np.ones(24), harmonics(24, 6)]), np.zeros(24), [str(one) for one in range(12)])


@pytest.mark.parametrize(
    ("counts", "exposure", "first_after", "pairs", "says"),
    [
        ([1, 2, 3, 4], [1, 1, 0, 1], 3, 0, "above 0"),
        ([1, 2, 3, 4], [1, 1, 1], 3, 0, "needs its exposure"),
        ([1, 2, 0, 0], [1, 1, 1, 1], 3, 0, "none after"),
        ([0, 0, 3, 4], [1, 1, 1, 1], 3, 0, "none before"),
        ([1, 2, 3, 4], [1, 1, 1, 1], 1, 0, "1 points before"),
        ([1, 2, 3, 4], [1, 1, 1, 1], 5, 0, "1 points before"),
        ([1, 2, 3, 4], [1, 1, 1, 1], 3, 7, "0 to 6 pairs"),
        ([1, 2, 3, 4], [1, 1, 1, 1], 3, 2, "cannot tell"),
        ([3, 0, 4, 0, 5, 0, 6, 0, 3, 0, 4, 0, 7, 0], [1] * 14, 7, 6, "cannot tell|marks only"),
    ],
)
def test_counts_from_which_no_step_can_be_told_are_refused(counts, exposure, first_after, pairs, says):
    with pytest.raises(BadInput, match=says):
        count_step(counts, exposure, first_after, pairs)


def test_a_wave_that_marks_only_zeros_is_refused_and_does_not_run_away():
    # Six cycles a year are +1, -1, +1, ...: every second month never has an event.
    with pytest.raises(BadInput, match="marks only times without"):
        count_step([3, 0] * 20, [1.0] * 40, 20, 6)
