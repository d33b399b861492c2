"""Task metrics, from signals to numbers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from touchpath.metrics.tasks import TASK_ABANDONMENT, TASK_ERROR_RATE, TASK_ERRORS, TASK_SUCCESS, TASK_TIME
from touchpath.model.errors import BadInput
from touchpath.model.estimate import Undefined
from touchpath.model.experience import Task
from touchpath.model.rules import EventRule

CHECKOUT = Task(
    "checkout",
    "Check out",
    start=EventRule(("start",)),
    success=EventRule(("done",)),
    failure=EventRule(("failed",)),
    error=EventRule(("error",)),
    abandon=EventRule(("left",)),
    limit=timedelta(minutes=30),
)


def took(seconds, start=0.0):
    return [(start, "start"), (start + seconds, "done")]


def measured(summarise, metric, people, cell=0, **how):
    return metric.estimate(summarise(metric.fold(CHECKOUT), people, **how), cell)


def test_four_of_five_agrees_with_tullis_2008(summarise):
    people = {owner: took(60) for owner in range(4)} | {4: [(0, "start"), (60, "failed")]}
    found = measured(summarise, TASK_SUCCESS, people)
    assert (found.value, found.n, found.n_unit, found.method) == (0.8, 5, "attempts", "adjusted-Wald")
    assert (found.low, found.high) == pytest.approx((0.3596, 0.97968), abs=5e-5)


def test_time_on_task_agrees_with_sauro_2006(summarise):
    times = [55, 65, 75, 62, 45, 135]
    found = measured(summarise, TASK_TIME, {owner: took(time) for owner, time in enumerate(times)})
    assert (found.value, found.low, found.high) == pytest.approx((68.241, 46.005, 101.225), abs=2e-3)
    assert (found.unit, found.method) == ("seconds", "geometric mean, t on logarithms")


def test_many_times_are_told_by_their_median(summarise):
    found = measured(summarise, TASK_TIME, {owner: took(owner + 1) for owner in range(99)})
    assert found.method == "median, order statistics"
    assert (found.value, found.low, found.high) == pytest.approx((50, 40, 60), rel=0.008)


def test_people_who_try_again_widen_the_interval(summarise):
    once = {owner: took(60) if owner < 120 else [(0, "start"), (5, "left")] for owner in range(200)}
    often = {
        owner: [
            signal
            for start in range(0, 5000, 1000)
            for signal in (took(60, start) if owner < 24 else [(start, "start"), (start + 5, "left")])
        ]
        for owner in range(40)
    }
    plain, clustered = (measured(summarise, TASK_SUCCESS, people) for people in (once, often))
    assert plain.value == clustered.value == 0.6
    assert (plain.n, clustered.n) == (200, 200)
    assert clustered.high - clustered.low > 2 * (plain.high - plain.low)
    assert (plain.method, clustered.method) == ("Wilson", "Wilson, clustered by person (40 people)")


def test_few_perfect_attempts_come_with_the_best_single_guess(summarise):
    found = measured(summarise, TASK_SUCCESS, {owner: took(9) for owner in range(10)})
    assert found.value == 1.0
    assert found.warnings == ("10 of 10: the best single guess is 91.7% (Lewis-Sauro).",)


def test_errors_of_people_who_try_once_are_poisson(summarise):
    people = {owner: [(0, "start"), *[(1, "error")] * (owner % 2), (9, "done")] for owner in range(20)}
    found = measured(summarise, TASK_ERRORS, people)
    assert (found.value, found.method, found.unit) == (0.5, "exact Poisson", "per_attempt")
    assert (found.low, found.high) == pytest.approx((4.795389 / 20, 18.390356 / 20), abs=1e-6)  # R poisson.test(10)


def test_errors_that_everybody_makes_alike_are_no_certainty(summarise):
    """Each of ten people errs once in two attempts: the spread over people is none, and says nothing of the next one."""
    each = [*took(9), (100, "start"), (101, "error"), (109, "done")]
    found = measured(summarise, TASK_ERRORS, dict.fromkeys(range(10), each))
    assert (found.value, found.low, found.high) == (0.5, 0.5, 0.5)
    assert found.warnings == ("Everybody counts the same, so the interval has no width; that is no certainty.",)
    times = measured(summarise, TASK_TIME, {owner: took(9) for owner in range(10)})
    assert times.low == times.high
    assert times.warnings == found.warnings


def test_an_attempt_with_ten_errors_is_one_attempt_with_errors(summarise):
    people = {owner: [(0, "start"), *[(1, "error")] * (10 if owner < 8 else 0), (9, "done")] for owner in range(20)}
    found = measured(summarise, TASK_ERROR_RATE, people)
    assert (found.value, found.n, found.n_unit, found.method) == (0.4, 20, "attempts", "adjusted-Wald")
    assert (found.low, found.high) == pytest.approx(
        (0.218255, 0.613970), abs=1e-6
    )  # by hand: (8 + z^2/2) / (20 + z^2) -+ z sqrt(p (1 - p) / (20 + z^2))
    counts = summarise(TASK_ERROR_RATE.fold(CHECKOUT), people, edges=(0, 1000))
    assert TASK_ERROR_RATE.compare(counts, 0, 0).changed is None


def test_errors_are_not_counted_of_a_task_that_names_none(summarise):
    with pytest.raises(BadInput, match=r"Task 'quiet' does not say what an error is\. Add 'error: \{kind: \.\.\.\}' to it\."):
        TASK_ERROR_RATE.fold(Task("quiet", "Quiet", EventRule(("start",)), EventRule(("done",))))


def test_errors_that_pile_up_on_few_people_are_not_poisson(summarise):
    people = {owner: [(0, "start"), *[(1, "error")] * (20 if owner == 0 else 0), (9, "done")] for owner in range(20)}
    found = measured(summarise, TASK_ERRORS, people)
    assert found.method == "t, clustered by person (20 people)"
    assert found.low == 0.0
    assert found.high > 3


def test_nobody_and_nobody_yet_are_undefined_with_the_reason(summarise):
    assert measured(summarise, TASK_SUCCESS, {1: [(0, "slept")]}) == Undefined("nobody tried", 0, "attempts")
    still_trying = measured(summarise, TASK_SUCCESS, {1: [(0, "start")]}, end=60)
    assert still_trying.reason == "all 1 attempts are still open"
    failed = measured(summarise, TASK_TIME, {1: [(0, "start"), (5, "failed")]})
    assert failed.reason == "nobody succeeded"
    alone = measured(summarise, TASK_TIME, {1: took(5)})
    assert alone.reason == "only 1 person, and an interval needs two"


def test_open_attempts_are_told(summarise):
    people = {owner: took(60) for owner in range(6)} | {6: [(5000, "start")], 7: [(5000, "start")]}
    found = measured(summarise, TASK_SUCCESS, people, end=5001)
    assert "2 of 8 attempts are still open and left out." in found.warnings


def test_a_redesign_is_compared_with_before(summarise):
    before = {owner: [(0, "start"), (60, "failed")] if owner % 2 else took(60) for owner in range(60)}
    after = {owner: took(20 + owner % 7, 1000) for owner in range(100, 160)}
    people = before | after
    counts = summarise(TASK_SUCCESS.fold(CHECKOUT), people, edges=(0, 1000, 9000))
    better = TASK_SUCCESS.compare(counts, 0, 1)
    assert (better.value, better.changed) == (0.5, "up")
    assert TASK_SUCCESS.compare(counts, 0, 0).sentence == "no detectable change"
    assert TASK_ABANDONMENT.compare(counts, 0, 1).changed is None
    slow = {owner: took(50 + owner % 9) for owner in range(20)}
    times = summarise(TASK_TIME.fold(CHECKOUT), slow | after, edges=(0, 1000, 9000))
    faster = TASK_TIME.compare(times, 0, 1)
    assert (faster.kind, faster.changed) == ("ratio", "down")
    assert faster.value == pytest.approx(0.427, abs=0.01)


def test_times_of_nothing_do_not_carry_the_typical_time(summarise):
    """Half an hour, three hours and an answer at night, which is no open time: not exp(mean ln), which would be seconds."""
    found = measured(summarise, TASK_TIME, {owner: took(time) for owner, time in enumerate((0, 60, 120, 180, 240, 300, 360))})
    assert (found.value, found.low, found.high) == pytest.approx((180, 0, 360), rel=0.01)
    assert found.method == "median, order statistics"
    assert found.warnings == ("1 took less than a millisecond and count as none; the median is told.",)


def test_with_times_of_nothing_medians_are_compared(summarise):
    before = {owner: took(100 + owner) for owner in range(30)}
    after = {owner: took(0 if owner < 103 else 40 + owner - 100, 1000) for owner in range(100, 130)}
    counts = summarise(TASK_TIME.fold(CHECKOUT), before | after, edges=(0, 1000, 9000))
    quicker = TASK_TIME.compare(counts, 0, 1)
    assert (quicker.kind, quicker.unit, quicker.changed) == ("difference", "seconds", "down")
    assert quicker.value == pytest.approx(54.5 - 114.5, abs=0.5)
    assert quicker.low < quicker.value < quicker.high < 0


def test_limits_that_cannot_be_sure_enough_say_so(summarise):
    found = measured(summarise, TASK_TIME, {owner: took(60 * owner) for owner in range(5)})
    assert found.warnings[-1] == "Too few values for such limits: they hold the quantile in 94% of samples, not in 95%."


def test_a_comparison_with_nobody_is_undefined(summarise):
    counts = summarise(TASK_SUCCESS.fold(CHECKOUT), {1: took(5)}, edges=(0, 1000, 9000))
    assert TASK_SUCCESS.compare(counts, 0, 1) == Undefined("nobody finished an attempt")
    assert TASK_TIME.compare(counts, 0, 1) == Undefined("nobody succeeded")
