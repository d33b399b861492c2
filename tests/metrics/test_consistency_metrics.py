"""Consistency of channels: a published interval, a worked example, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.metrics.consistency import CHANNEL_CONSISTENCY, CHANNEL_GAP, CHANNEL_ICC, spread_between
from touchpath.metrics.metric import Place
from touchpath.model.errors import BadInput
from touchpath.model.estimate import Estimate, Undefined
from touchpath.stats.heterogeneity import heterogeneity, spread_interval
from touchpath.timelines.across import AcrossCounts
from touchpath.timelines.coded import Coded

#: The BCG vaccine trials (Colditz et al. 1994): log risk ratios and their variances, as R's metafor 4 gives them for dat.bcg.
BCG = (
    (-0.8893, 0.3256), (-1.5854, 0.1946), (-1.3481, 0.4154), (-1.4416, 0.0200), (-0.2175, 0.0512), (-0.7861, 0.0069), (-1.6209, 0.2230),
    (0.0120, 0.0040), (-0.4694, 0.0564), (-1.3713, 0.0730), (-0.3394, 0.0124), (0.4459, 0.5325), (-0.0173, 0.0714),
)  # fmt: skip


def test_the_spread_of_the_bcg_trials_has_the_limits_of_metafor():
    """confint(rma(yi, vi, data = dat)) prints tau from 0.3460 to 1.0543."""
    low, high = spread_interval([score for score, _ in BCG], [math.sqrt(variance) for _, variance in BCG])
    assert (low, high) == pytest.approx((0.3460, 1.0543), abs=1e-3)


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0.05, 2)), min_size=2, max_size=8))
def test_more_confidence_is_wider_and_noise_alone_reaches_0(channels):
    scores, errors = zip(*channels, strict=True)
    narrow, wide = (spread_interval(scores, errors, confidence) for confidence in (0.5, 0.95))
    assert 0 <= wide.low <= narrow.low <= narrow.high <= wide.high
    assert spread_interval([1.0] * len(errors), errors).low == 0


def test_one_channel_is_refused():
    with pytest.raises(BadInput, match="Two or more scores"):
        spread_interval([1.0], [0.1])


def counts(*channels):
    """One cell of channels, each a list of ratings of different people."""
    rows = [(len(r), len(r), sum(r), len(r), sum(r), sum(one * one for one in r)) for r in channels]
    codes = np.arange(1, len(rows) + 1, dtype=np.int64)
    table = Coded(codes, np.array(rows, np.int64).reshape(len(rows), 6))
    return AcrossCounts(table, np.array([2], np.int64), np.zeros(1, np.int64))


PHONE, SHOP, WEB = [3] * 20 + [4] * 20, [4] * 20 + [5] * 20, [2] * 20 + [3] * 20


def test_three_channels_worked_by_hand():
    """Means 3.5, 4.5 and 2.5, each with the error sqrt(40 / 39 / 4 / 40): Q = 2 / error^2, tau^2 = (Q - 2) error^2 / 2."""
    found = CHANNEL_CONSISTENCY.estimate(counts(PHONE, SHOP, WEB), Place(0))
    error = math.sqrt(40 / 39 / 4 / 40)
    assert found.value == pytest.approx(math.sqrt(1 - error**2))
    assert found.low < found.value < found.high
    assert found.n == 120
    assert found.notes == ("3 channels: I2 99 %, Q 312.00 on 2 degrees of freedom, p < 1e-9.",)
    assert "2 answers came without a channel and are left out." in found.warnings
    gap = CHANNEL_GAP.estimate(counts(PHONE, SHOP, WEB), Place(0))
    assert gap.value == 2.0
    assert gap.high - gap.value == pytest.approx(1.990847 * error * math.sqrt(2), abs=1e-5)


def test_few_or_small_channels_have_a_gap_only():
    found = CHANNEL_CONSISTENCY.estimate(counts(PHONE, SHOP, [1, 2, 3]), Place(0))
    assert isinstance(found, Undefined)
    assert found.reason == "2 channels have 30 answers, and the spread needs 3; the gap is told"
    assert CHANNEL_GAP.estimate(counts(PHONE, SHOP, [1, 2, 3]), Place(0)).value == 2.5
    assert isinstance(CHANNEL_GAP.estimate(counts(PHONE), Place(0)), Undefined)


def number(value, half, n=100, unit="share"):
    return Estimate(value, value - half, value + half, n, "people", unit)


def test_the_spread_of_any_share_is_read_off_its_intervals():
    errors, scores = [0.02, 0.03, 0.025], [0.5, 0.7, 0.6]
    found = spread_between([number(score, 1.959964 * error) for score, error in zip(scores, errors, strict=True)])
    assert found.value == pytest.approx(math.sqrt(heterogeneity(scores, errors).tau2), rel=1e-5)
    assert (found.low, found.high) == pytest.approx(spread_interval(scores, errors), rel=1e-5)
    assert (found.n, found.unit) == (300, "share")


def test_segments_that_say_too_little_and_what_is_no_mean_have_no_spread():
    three = [number(0.5, 0.1), number(0.6, 0.1), number(0.7, 0.1)]
    assert spread_between([*three, number(0.1, 0.3, 5), Undefined("nobody")]).warnings == (
        "2 segments say too little and are left out.",
    )
    assert spread_between(three[:2]).reason == "2 segments have 30, and the spread needs 3"
    assert spread_between([number(60, 9, unit="seconds")] * 3).reason == "a spread is told of shares and means"
    assert isinstance(spread_between([]), Undefined)


def test_channels_that_are_alike_have_no_spread():
    found = CHANNEL_CONSISTENCY.estimate(counts(PHONE, PHONE, PHONE), Place(0))
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high >= 0


def test_the_headline_is_that_of_the_statistics():
    channels = [list(map(int, np.random.default_rng(k).integers(1, 6, 50))) for k in range(4)]
    found = CHANNEL_CONSISTENCY.estimate(counts(*channels), Place(0))
    errors = [float(np.std(one, ddof=1) / math.sqrt(50)) for one in channels]
    assert found.value == pytest.approx(
        math.sqrt(heterogeneity([float(np.mean(one)) for one in channels], errors).tau2), abs=1e-9
    )


def test_the_variance_between_channels_worked_by_hand():
    """Means 3.5, 4.5 and 2.5 of 40 each: between 40 * (1 + 1) / 2 = 40, within 30 / 117 = 0.2564; (40 - w) / (40 + 39 w)."""
    found = CHANNEL_ICC.estimate(counts(PHONE, SHOP, WEB), Place(0))
    within = 30 / 117
    assert found.value == pytest.approx((40 - within) / (40 + 39 * within))
    assert found.low < found.value < found.high <= 1
    assert "3 channels: F 156.00 on 2 and 117" in found.notes[0]
    alike = CHANNEL_ICC.estimate(counts(PHONE, [3] * 16 + [4] * 24, [3] * 22 + [4] * 18), Place(0))
    assert (alike.value, alike.low) == (0.0, 0.0)
    assert alike.high > 0


def test_the_variance_between_two_channels_or_of_people_who_answer_twice_is_not_told():
    assert "this share needs 3" in CHANNEL_ICC.estimate(counts(PHONE, SHOP), Place(0)).reason
    twice = counts(PHONE, SHOP, WEB)
    twice.table.counts[0, 1:4] = (80, 280, 160)
    assert "take the latest" in CHANNEL_ICC.estimate(twice, Place(0)).reason
    same = CHANNEL_ICC.estimate(counts([3] * 40, [4] * 40, [5] * 40), Place(0))
    assert "Nobody differs" in same.reason
