"""Task attempts against a slow reader that takes one start after another, and the rules of docs/definitions/task.md."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.experience import Task
from touchpath.model.rules import EventRule
from touchpath.timelines import attempt_sums, attempts
from touchpath.timelines.arrays import NO_BYTES, Cells, one_cell
from touchpath.timelines.attempt_sums import PACE_SCALE
from touchpath.timelines.attempts import ABANDONED, FAILED, SUCCEEDED
from touchpath.timelines.durations import LOG_SCALE
from touchpath.timelines.learning import learn
from touchpath.timelines.tasks import Attempts

MILLISECOND = 1000
OPEN = 3
LIMIT, END = 4 * MILLISECOND, 16 * MILLISECOND
EDGES = np.array([2, 7, 14], np.int64) * MILLISECOND
KINDS = ("start", "success", "failure", "error", "leave", "restart-and-win", "noise")


def rule(*kinds: str) -> EventRule:
    return EventRule(kinds)


def checkout(same: str = "") -> Task:
    return Task(
        "checkout",
        "Check out",
        start=rule("start", "restart-and-win"),
        success=rule("success", "restart-and-win"),
        failure=rule("failure"),
        error=rule("error", "failure"),
        abandon=rule("leave"),
        limit=timedelta(microseconds=LIMIT),
        same=same,
    )


def how_it_ends(signals):
    kinds = {kind for _, kind, _ in signals}
    if kinds & {"success", "restart-and-win"}:
        return SUCCEEDED
    return FAILED if "failure" in kinds else ABANDONED if "leave" in kinds else None


def errors_in(signals):
    return sum(kind in ("error", "failure") for _, kind, _ in signals)


def cell_at(time):
    """The period a time lies in, or None."""
    return next((cell for cell in range(2) if EDGES[cell] <= time < EDGES[cell + 1]), None)


def slow_attempts(signals):
    """[(start signal, ending, errors, time taken)] of one person (and one object), by following each start in turn."""
    instants = [(time, list(group)) for time, group in groupby(sorted(signals, key=lambda s: s[0]), key=lambda s: s[0])]
    found, ended_at, running_until = [], None, None
    for place, (began, now) in enumerate(instants):
        starts = [signal for signal in now if signal[1] in ("start", "restart-and-win")]
        if not starts:
            continue
        errors = 0 if running_until == began else errors_in(now)
        others = list(now)
        others.remove(starts[0])
        ending = None if ended_at == began else how_it_ends(others)
        ended_at = running_until = stop = began if ending is not None else None
        for time, then in instants[place + 1 :] if ending is None else []:
            if time > began + LIMIT:
                break
            errors += errors_in(then)
            ending = how_it_ends(then)
            restarted = any(kind in ("start", "restart-and-win") for _, kind, _ in then)
            if ending is not None or restarted:
                ended_at, running_until, stop = (time if ending is not None else None), time, time
                ending = ABANDONED if ending is None else ending
                break
        if ending is None:
            ending = ABANDONED
        ending = OPEN if began + LIMIT > END else ending
        found.append((starts[0], ending, errors, 0 if stop is None else stop - began))
    return found


def slow_learning(trials):
    """ln(last) - ln(first) of those with two trials or more, and minus the slope over ln(number) of those with three."""
    gains = [one[-1][1] - one[0][1] for one in trials if len(one) >= 2]
    slopes = [-np.polyfit([math.log(at) for at, _ in one], [log for _, log in one], 1)[0] for one in trials if len(one) >= 3]
    return gains, slopes


signals = st.tuples(
    st.integers(0, 16).map(lambda t: t * MILLISECOND),
    st.sampled_from(KINDS),
    st.fixed_dictionaries({}, optional={"objects.order": st.sampled_from("ab")}),
)
some_people = st.dictionaries(st.integers(1, 2**50), st.lists(signals, max_size=16), max_size=6)


@dataclass
class Slow:
    """What a slow reader counts, by period: endings, attempts by number, times, times by number, and starts that are tied to nothing.

    By owner and period: sums of attempts closed (how many, succeeded, errors, abandoned, with errors, pace, milliseconds), those of the tenth attempt
    and later, and ln of the times of the first nine by their number. By owner: how the last closed attempt ended.
    """

    endings: Counter = field(default_factory=Counter)
    numbers: Counter = field(default_factory=Counter)
    times: Counter = field(default_factory=Counter)
    numbered: Counter = field(default_factory=Counter)
    untied: Counter = field(default_factory=Counter)
    closed: Counter = field(default_factory=Counter)
    later: Counter = field(default_factory=Counter)
    trials: dict = field(default_factory=dict)
    outcomes: dict = field(default_factory=dict)

    @classmethod
    def read(cls, people, same):
        slow = cls()
        for owner, timeline in people.items():
            groups = [[s for s in timeline if s[2].get("objects.order") == id] for id in "ab"] if same else [timeline]
            order = {id(signal): place for place, signal in enumerate(sorted(timeline, key=lambda s: s[0]))}
            attempts = sorted((a for group in groups for a in slow_attempts(group)), key=lambda a: order[id(a[0])])
            for number, (start, *attempt) in enumerate(attempts):
                slow.count(owner, cell_at(start[0]), number, *attempt)
            lost = [s[0] for s in timeline if s[1] in ("start", "restart-and-win") and same and "objects.order" not in s[2]]
            slow.untied.update(cell_at(time) for time in lost)
        return slow

    def count(self, owner, cell, number, ending, errors, took):
        """One more attempt of an owner."""
        if cell is None:
            return
        self.endings[cell, ending] += 1
        if ending == OPEN:
            return
        succeeded, milliseconds = ending == SUCCEEDED, took // MILLISECOND if ending == SUCCEEDED else 0
        pace = 60_000 * PACE_SCALE // max(milliseconds, 1) if succeeded else 0
        self.outcomes[owner] = ending
        self.numbers[cell, min(number, 9)] += 1
        self.times[cell, milliseconds] += succeeded
        self.numbered[cell, min(number, 9), milliseconds] += succeeded
        self.later[owner, cell] += np.array([1, succeeded]) * (number >= 9)
        self.closed[owner, cell] += np.array([1, succeeded, errors, ending == ABANDONED, errors > 0, pace, milliseconds])
        if succeeded and number < 9:
            self.trials.setdefault((owner, cell), []).append((number + 1, math.log(max(milliseconds, 1))))

    def of(self, sums, cell):
        """Sums, or trials, of each owner in a period."""
        return [one for (_, where), one in sums.items() if where == cell]


def counted(histogram):
    """How many there are of each time."""
    return dict(zip(histogram.low.tolist(), histogram.counts.sum(axis=0).tolist(), strict=True))


def folded_and_learnt(small_timelines, people, same):
    """What the fold finds, without the learning and with it."""
    return (Attempts(checkout(same), one).map(small_timelines(people), Cells(EDGES), NO_BYTES, END) for one in (False, True))


@pytest.mark.parametrize("same", ["", "order"])
@given(people=some_people)
def test_attempts_are_found_as_a_slow_reader_finds_them(small_timelines, same, people):
    slow = Slow.read(people, same)
    folded, learnt = folded_and_learnt(small_timelines, people, same)
    counts = folded.summary
    for cell in range(2):
        assert counts.failed[cell] == slow.endings[cell, FAILED]
        assert counts.succeeded[cell] == slow.endings[cell, SUCCEEDED]
        assert counts.abandoned[cell] == slow.endings[cell, ABANDONED]
        assert counts.open[cell] == slow.endings[cell, OPEN]
        assert counts.started[cell] == sum(slow.endings[cell, how] for how in (FAILED, SUCCEEDED, ABANDONED, OPEN))
        assert counts.untied[cell] == slow.untied[cell]
        assert counts.by_number[cell, :, 0].tolist() == [slow.numbers[cell, number] for number in range(10)]
        times = {took: n for (where, took), n in slow.times.items() if where == cell and n}
        assert counted(counts.times.histogram(cell)) == times
        for number in range(10):
            times = {took: n for (where, at, took), n in slow.numbered.items() if (where, at) == (cell, number) and n}
            assert counted(learnt.summary.times_by_number.histogram(cell * 10 + number)) == times
        assert folded.summary.gains.cell(cell).people == 0
    assert folded.outcomes.tolist() == [slow.outcomes.get(owner, -1) for owner in sorted(people)]


@pytest.mark.parametrize("same", ["", "order"])
@given(people=some_people)
def test_sums_of_attempts_are_those_of_a_slow_reader(small_timelines, same, people):
    slow = Slow.read(people, same)
    folded, learnt = folded_and_learnt(small_timelines, people, same)
    counts = folded.summary
    for cell in range(2):
        late = [sums.tolist() for sums in slow.of(slow.later, cell) if sums[0]]
        ratio = counts.later.cell(cell)
        assert (ratio.people, ratio.x, ratio.y) == (len(late), sum(x for x, _ in late), sum(y for _, y in late))
        mine = [sums.tolist() for sums in slow.of(slow.closed, cell)]
        ratios = (counts.success, counts.errors, counts.abandonment, counts.faulty, counts.pace, counts.spent)
        for column, moments in enumerate(ratios, 1):
            ratio = moments.cell(cell)
            assert ratio.people == len(mine)
            assert (ratio.x, ratio.y) == (sum(one[0] for one in mine), sum(one[column] for one in mine))
            assert (ratio.xy, ratio.yy) == (sum(o[0] * o[column] for o in mine), sum(o[column] ** 2 for o in mine))
        for moments, expected in zip(
            (learnt.summary.gains, learnt.summary.slopes), slow_learning(slow.of(slow.trials, cell)), strict=True
        ):
            ratio = moments.cell(cell)
            assert (ratio.people, ratio.x) == (len(expected), len(expected))
            assert ratio.y / LOG_SCALE == pytest.approx(sum(expected), abs=1e-4)
            assert ratio.yy / LOG_SCALE**2 == pytest.approx(sum(one * one for one in expected), abs=1e-3)


def attempts_at(small_timelines, timeline, task=None, end=END):
    return Attempts(task or checkout()).map(small_timelines({7: timeline}), one_cell(), NO_BYTES, end).summary


def test_the_example_of_the_definition_holds(small_timelines):
    minute = 60_000_000
    task = Task("checkout", "", rule("start"), rule("success"), rule("failure"), rule("error"), limit=timedelta(minutes=30))
    shown = [(0, "start"), (4, "error"), (9, "success"), (20, "start"), (26, "start"), (60, "success"), (70, "start")]
    timeline = [(at * minute, kind, {}) for at, kind in shown]
    counts = attempts_at(small_timelines, timeline, task, end=75 * minute)
    assert (counts.started[0], counts.succeeded[0], counts.abandoned[0], counts.open[0]) == (4, 1, 2, 1)
    assert counts.times.totals.cell(0).y == 9 * 60_000
    assert (counts.errors.cell(0).x, counts.errors.cell(0).y) == (3, 1)


def test_a_success_exactly_at_the_limit_counts(small_timelines):
    assert attempts_at(small_timelines, [(0, "start", {}), (LIMIT, "success", {})]).succeeded[0] == 1
    assert attempts_at(small_timelines, [(0, "start", {}), (LIMIT + 1, "success", {})]).abandoned[0] == 1


def test_an_attempt_whose_limit_has_not_run_out_is_open_and_left_out_of_rates(small_timelines):
    counts = attempts_at(small_timelines, [(END - LIMIT + 1, "start", {}), (END - LIMIT + 1, "noise", {})])
    assert (counts.started[0], counts.open[0], counts.success.cell(0).x) == (1, 1, 0)
    assert attempts_at(small_timelines, [(END - LIMIT, "start", {})]).abandoned[0] == 1


def test_two_starts_at_one_instant_are_one_attempt(small_timelines):
    counts = attempts_at(small_timelines, [(1, "start", {}), (1, "start", {}), (2, "success", {})])
    assert (counts.started[0], counts.succeeded[0]) == (1, 1)


@pytest.mark.parametrize("kinds", [("start", "success"), ("success", "start")])
def test_the_stored_order_of_equal_times_does_not_matter(small_timelines, kinds):
    assert attempts_at(small_timelines, [(1, kind, {}) for kind in kinds]).succeeded[0] == 1


def test_a_signal_that_starts_an_attempt_cannot_end_it(small_timelines):
    counts = attempts_at(small_timelines, [(1, "restart-and-win", {}), (3, "restart-and-win", {})])
    assert (counts.started[0], counts.succeeded[0], counts.abandoned[0]) == (2, 1, 1)


def test_the_tenth_and_later_attempts_share_a_number(small_timelines):
    counts = attempts_at(small_timelines, [(time, "start", {}) for time in range(12)])
    assert counts.by_number[0, :, 0].tolist() == [1] * 9 + [3]
    assert counts.by_number[0].sum() == counts.abandoned[0] == 12


def test_each_kernel_is_compiled_once(small_timelines):
    for same in ("", "order"):
        attempts_at(
            small_timelines, [(1, "start", {"objects.order": "a"}), (2, "success", {"objects.order": "a"})], checkout(same)
        )
    outer = [attempt_sums.add_found, attempt_sums.add_met, attempts._walk_each]
    inlined = [attempt_sums._add, attempt_sums._put_by, attempt_sums._add_owner]
    assert [len(kernel.signatures) for kernel in outer] == [1] * len(outer)
    assert all(len(kernel.signatures) <= 1 for kernel in inlined)  # none if what they are inlined into is on disk


def test_a_person_learns_as_the_worked_example_says():
    """Trials of 90, 70, 62 and 57 seconds: b = 0.3303 (least squares on logarithms); the last takes 57/90 of the first."""
    seconds = np.array([90, 70, 62, 57], np.int64)
    owner, cell, number = np.full(4, 7, np.int64), np.zeros(4, np.int64), np.arange(4, dtype=np.int64)
    gains, slopes = learn(1, cell, owner, seconds * 1000, number)
    assert slopes.cell(0).y / LOG_SCALE == pytest.approx(0.3303, abs=5e-5)
    assert math.exp(gains.cell(0).y / LOG_SCALE) == pytest.approx(57 / 90, abs=1e-5)
