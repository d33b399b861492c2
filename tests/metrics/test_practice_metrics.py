"""Metrics of effort and practice at tasks, from signals to numbers."""

from __future__ import annotations

import math
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t

from touchpath.metrics.practice import TASK_EFFICIENCY, TASK_LEARNING, TASK_PRACTICE, TASK_SUCCESS_PER_MINUTE
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.experience import Task
from touchpath.model.rules import EventRule

TASK = Task("water", "Water", EventRule(("start",)), EventRule(("done",)), EventRule(("failed",)), limit=timedelta(minutes=30))
DAY = 86_400.0


def tries(*seconds):
    """Attempts a day apart, each of so many seconds; None = failed."""
    return [
        signal
        for day, took in enumerate(seconds)
        for signal in ((day * DAY, "start"), (day * DAY + (took or 5), "done" if took else "failed"))
    ]


def measured(summarise, metric, people, cell=0, **how):
    return metric.estimate(summarise(metric.fold(TASK), people, **how), cell)


def test_time_based_efficiency_counted_by_hand(summarise):
    """30 s are two a minute, 60 s one, 120 s a half, and a failure none: 3.5 over four."""
    people = {1: tries(30), 2: tries(60), 3: tries(120), 4: tries(None)}
    found = measured(summarise, TASK_EFFICIENCY, people)
    paces = [2.0, 1.0, 0.5, 0.0]
    half = t.ppf(0.975, 3) * np.std(paces, ddof=1) / 2
    assert (found.value, found.n, found.unit) == (0.875, 4, "per_minute")
    assert (found.low, found.high) == (0.0, pytest.approx(0.875 + half))


def test_completion_per_minute_counted_by_hand(summarise):
    """Three of four in 70 seconds on average: 0.75 / (70 / 60)."""
    found = measured(summarise, TASK_SUCCESS_PER_MINUTE, {1: tries(30), 2: tries(60), 3: tries(120), 4: tries(None)})
    assert found.value == pytest.approx(0.75 / (70 / 60))
    assert 0 < found.low < found.value < found.high


def test_its_interval_agrees_with_leaving_out_one_person_at_a_time(summarise):
    draw = np.random.default_rng(5)
    people = {
        owner: tries(*(float(took) if draw.random() < 0.8 else None for took in np.exp(draw.normal(4, 0.5, draw.integers(1, 5)))))
        for owner in range(1, 121)
    }
    found = measured(summarise, TASK_SUCCESS_PER_MINUTE, people)
    rest = [
        math.log(measured(summarise, TASK_SUCCESS_PER_MINUTE, {k: v for k, v in people.items() if k != left}).value)
        for left in people
    ]
    error = math.sqrt((len(rest) - 1) * np.var(rest))
    assert math.log(found.high / found.value) == pytest.approx(t.ppf(0.975, len(rest) - 1) * error, rel=0.05)


def test_last_against_first_is_paired_by_person(summarise):
    people = {1: tries(100, 50), 2: tries(80, None, 60), 3: tries(40), 4: tries(90, 90)}
    found = measured(summarise, TASK_LEARNING, people)
    logs = [math.log(50 / 100), math.log(60 / 80), 0.0]
    half = t.ppf(0.975, 2) * np.std(logs, ddof=1) / math.sqrt(3)
    assert (found.value, found.n) == (pytest.approx(math.exp(np.mean(logs)), rel=1e-5), 3)
    assert (found.low, found.high) == pytest.approx((math.exp(np.mean(logs) - half), math.exp(np.mean(logs) + half)), rel=1e-4)


def test_the_slope_is_a_mean_over_people(summarise):
    people = {1: tries(90, 70, 62, 57), 2: tries(60, 60, 60), 3: tries(30, 20)}
    found = measured(summarise, TASK_PRACTICE, people)
    assert (found.value, found.n) == (pytest.approx((0.3303 + 0) / 2, abs=1e-4), 2)
    assert found.notes == ("Each doubling of the attempts multiplies the time by 0.892.",)


@settings(deadline=None, max_examples=50)
@given(st.floats(5, 500), st.floats(-0.5, 1.0), st.lists(st.integers(3, 9), min_size=2, max_size=6))
def test_a_power_law_is_found_again(summarise, first, slope, counts):
    people = {owner: tries(*(first * k**-slope for k in range(1, count + 1))) for owner, count in enumerate(counts, 1)}
    found = measured(summarise, TASK_PRACTICE, people)
    assert found.value == pytest.approx(slope, abs=2e-3)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.lists(st.none() | st.floats(1, 900), max_size=5), max_size=8))
def test_no_number_leaves_its_scale(summarise, timelines):
    people = {owner: tries(*seconds) for owner, seconds in enumerate(timelines, 1)}
    for metric in (TASK_EFFICIENCY, TASK_SUCCESS_PER_MINUTE, TASK_LEARNING, TASK_PRACTICE):
        number = measured(summarise, metric, people)
        if isinstance(number, Estimate):
            assert number.low <= number.value <= number.high
            assert metric is TASK_PRACTICE or number.low >= 0


@pytest.mark.parametrize(
    ("metric", "people", "reason"),
    [
        (TASK_EFFICIENCY, {}, "no attempt is closed"),
        (TASK_SUCCESS_PER_MINUTE, {1: tries(None), 2: tries(None)}, "nobody succeeded"),
        (TASK_SUCCESS_PER_MINUTE, {1: tries(5)}, "only 1 person, and an interval needs two"),
        (TASK_LEARNING, {1: tries(5), 2: tries(5)}, "nobody succeeded twice"),
        (TASK_PRACTICE, {1: tries(5, 4), 2: tries(5, 4)}, "nobody succeeded three times"),
    ],
)
def test_too_little_is_undefined(summarise, metric, people, reason):
    assert measured(summarise, metric, people).reason == reason


def test_changes_need_both_sides(summarise):
    early, late = ({owner: tries(80 + owner, 60)[0:4] for owner in range(1, 9)} for _ in range(2))
    shifted = {owner + 100: [(time + 10 * DAY, kind) for time, kind in tries(80 + owner, 20)] for owner in late}
    people = early | shifted
    for metric in (TASK_EFFICIENCY, TASK_SUCCESS_PER_MINUTE, TASK_LEARNING, TASK_PRACTICE):
        summary = summarise(metric.fold(TASK), people, edges=[0, 10 * DAY, 20 * DAY, 30 * DAY])
        change = metric.compare(summary, 0, 1)
        assert isinstance(change, Undefined) == (metric is TASK_PRACTICE)
        assert isinstance(metric.compare(summary, 1, 2), Undefined)
    assert TASK_LEARNING.compare(summary, 0, 1).changed == "down"
