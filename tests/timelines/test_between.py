"""Times between signals against a slow reader that looks for each start through all later signals."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from many import many

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_BYTES, Cells, one_cell
from touchpath.timelines.between import Between
from touchpath.timelines.durations import Durations
from touchpath.timelines.kernels import bucket_of
from touchpath.timelines.opening import OpenTime
from touchpath.timelines.waits import _code_waits

ASKED, DONE = EventRule(("asked", "both")), EventRule(("done", "both"))
MS = 1000


def slow_cases(signals, same, which):
    """[(start, end or None, value)] of one owner."""
    groups, found = defaultdict(list), []
    for signal in signals:
        groups[signal[2].get("objects.ticket") if same else "all"].append(signal)
    groups.pop(None, None)
    for group in groups.values():
        starts = sorted((s for s in group if s[1] in ASKED.kinds), key=lambda s: s[0])
        for time, _, fields in starts[:1] if which == "first" else starts:
            ends = [t for t, kind, _ in group if kind in DONE.kinds and (t > time or (t == time and kind not in ASKED.kinds))]
            found.append((time, min(ends, default=None), fields.get("value")))
    return sorted(found, key=lambda case: case[0])


fields = st.fixed_dictionaries({"value": st.sampled_from([0, 1, 2, 2.5])}, optional={"objects.ticket": st.sampled_from("ab")})
signals = st.tuples(st.integers(0, 12).map(lambda n: n * MS), st.sampled_from(["asked", "done", "both", "seen"]), fields)
some_people = st.dictionaries(st.integers(1, 50), st.lists(signals, max_size=8), max_size=4)
borders = st.lists(st.integers(0, 14).map(lambda n: n * MS), min_size=2, max_size=4, unique=True).map(sorted)


#: Milliseconds in which nobody is there; None = time by the calendar.
closings = st.none() | st.sets(st.integers(0, 14), max_size=12)


def opened(closed):
    """The table of open time that leaves out some milliseconds, and far beyond the data closes for good."""
    open_ticks = [tick for tick in range(20) if tick not in closed]
    begins = [tick for tick in open_ticks if tick - 1 not in open_ticks]
    ends = [tick + 1 for tick in open_ticks if tick + 1 not in open_ticks]
    return OpenTime(tuple(tick * MS for tick in begins), tuple(tick * MS for tick in ends))


def starts_without_object(people, edges, end):
    """How many starts in each period name no ticket."""
    return [
        sum(
            s[0] <= end and s[1] in ASKED.kinds and "objects.ticket" not in s[2] and low <= s[0] < high
            for mine in people.values()
            for s in mine
        )
        for low, high in itertools.pairwise(edges)
    ]


def waits_of(summary, cells):
    """How many waits there are of each cell, bucket, time and whether they are over."""
    found = Counter()
    for cell in range(cells):
        table = summary.waits.table(cell)
        for over, counted in ((False, table.waiting), (True, table.over)):
            for bucket, place in zip(*np.nonzero(counted), strict=True):
                found[cell, bucket, table.low[place], over] += counted[bucket, place]
    return found


@many(600)
@given(
    some_people, borders, st.sampled_from([None, 1, 3]), st.booleans(), st.booleans(), st.booleans(), st.integers(0, 14), closings
)
def test_times_agree_with_a_slow_reader(small_timelines, people, edges, limit, same, first, promise, end, closed):
    end *= MS
    asked = Between(
        ASKED, DONE, timedelta(milliseconds=limit) if limit else None, "ticket" if same else "",
        "first" if first else "each", timedelta(milliseconds=2) if promise else None, None if closed is None else opened(closed),
    )  # fmt: skip

    def passed(start, stop):
        """Microseconds from start to stop on the clock that measures, one after the other."""
        return sum(closed is None or at // MS not in closed for at in range(start, stop))

    found = asked.map(small_timelines(people), Cells(np.array(edges, np.int64)), NO_BYTES, end)
    counts, shares, promises = np.zeros((len(edges) - 1, 5), int), defaultdict(lambda: [0, 0]), defaultdict(lambda: [0, 0])
    times, late, outcomes, waits, cases = [], [], [], Counter(), defaultdict(lambda: [0, 0])
    for owner in sorted(people):
        outcome = -1
        for time, done, value in slow_cases([s for s in people[owner] if s[0] <= end], same, asked.which):
            cell = next((c for c, (low, high) in enumerate(itertools.pairwise(edges)) if low <= time < high), None)
            if cell is None:
                continue
            took = None if done is None else passed(time, done)
            met = done is not None and (limit is None or took <= limit * MS)
            waiting = passed(time, end + 1) <= limit * MS if limit else not met
            waits[cell, bucket_of(owner), (passed(time, end) if done is None else took) // MS, done is not None] += 1
            cases[cell, owner][0] += 1
            cases[cell, owner][1] += done is not None
            counts[cell, :2] += (1, waiting)
            if not waiting:
                counts[cell, 2] += met
                shares[cell, owner][0] += 1
                shares[cell, owner][1] += met
                outcome = int(met)
                times += [(cell, owner, took // MS)] if met else []
            due = int(value * 2 * MS)
            if promise and passed(time, end + 1) > due:
                kept = done is not None and took <= due
                counts[cell, 3:] += (1, kept)
                promises[cell, owner][0] += 1
                promises[cell, owner][1] += kept
                late += [(cell, owner, (took - due) // MS)] if done is not None and not kept else []
        outcomes.append(outcome)
    summary = found.summary
    assert summary.untied.tolist() == (starts_without_object(people, edges, end) if same else [0] * (len(edges) - 1))
    assert not summary.unpromised.any()
    assert np.stack([summary.cases, summary.open, summary.met, summary.promised, summary.kept], 1).tolist() == counts.tolist()
    assert found.outcomes.tolist() == outcomes
    for moments, expected in ((summary.share, shares), (summary.promises, promises), (summary.waits.cases, cases)):
        for cell in range(len(edges) - 1):
            rows, ratio = [pair for (c, _), pair in expected.items() if c == cell], moments.cell(cell)
            assert (ratio.people, ratio.x, ratio.y, ratio.yy) == (
                len(rows), sum(x for x, _ in rows), sum(y for _, y in rows), sum(y * y for _, y in rows)
            )  # fmt: skip
    assert waits_of(summary, len(edges) - 1) == waits
    for durations, rows in ((summary.times, times), (summary.late, late)):
        table = np.array(sorted(rows, key=lambda row: row[1]), np.int64).reshape(-1, 3)
        assert durations == Durations.of(len(edges) - 1, *np.ascontiguousarray(table.T))


@given(some_people, st.randoms(use_true_random=False))
def test_the_stored_order_of_equal_times_does_not_matter(small_timelines, people, random):
    people = {owner: [(time, kind, {"value": 1}) for time, kind, _ in mine] for owner, mine in people.items()}
    shuffled = {owner: random.sample(mine, len(mine)) for owner, mine in people.items()}
    asked, cells = Between(ASKED, DONE, timedelta(milliseconds=3)), Cells(np.array([0, 5 * MS, 13 * MS], np.int64))
    first, second = (asked.map(small_timelines(each), cells, NO_BYTES, 9 * MS) for each in (people, shuffled))
    assert first.summary == second.summary


@given(some_people, st.data())
def test_any_division_of_people_gives_the_same_summary(small_timelines, shard, people, data):
    whole = small_timelines(people, {"kind": ("", "asked", "done", "both", "seen")})
    chosen = {owner for owner in people if data.draw(st.booleans())}
    asked, cells = Between(ASKED, DONE, timedelta(milliseconds=3), "ticket"), Cells(np.array([0, 5 * MS, 13 * MS], np.int64))
    parts = [asked.map(shard(whole, part), cells, NO_BYTES, 9 * MS).summary for part in (chosen, set(people) - chosen)]
    assert parts[0] + parts[1] == parts[1] + parts[0] == asked.map(whole, cells, NO_BYTES, 9 * MS).summary


@pytest.mark.parametrize("change", [{"limit": timedelta(0)}, {"promise": timedelta(0)}, {"which": "last"}])
def test_impossible_questions_are_refused(change):
    with pytest.raises(BadInput, match="came"):
        Between(ASKED, DONE, **change)


def test_the_kernel_of_waits_is_compiled_once(small_timelines):
    for people in ({1: [(0, "asked", {}), (2 * MS, "done", {})]}, {}):
        Between(ASKED, DONE).map(small_timelines(people), Cells(np.array([0, 5 * MS], np.int64)), NO_BYTES, 9 * MS)
    assert len(_code_waits.signatures) == 1


def test_a_promise_of_a_property_or_of_a_day_is_that_of_a_value(small_timelines):
    def promises(said, **how):
        people = {1: [(0, "asked", {"value": 2, "properties.said": said}), (3_000_000, "done", {})]}
        found = Between(ASKED, DONE, **how).map(small_timelines(people), one_cell(), NO_BYTES, 10_000_000).summary
        return int(found.promised[0]), int(found.kept[0])

    second = timedelta(seconds=1)
    assert promises("9", promise=second) == promises("2", promise=second, promised="properties.said") == (1, 0)
    assert promises("3", promise=second, promised="properties.said") == (1, 1)
    assert promises("soon", promise=second, promised="properties.said") == (0, 0)
    assert promises("1970-01-01T00:00:03Z", promised="properties.said") == (1, 1)
    assert promises("1970-01-01T00:00:02Z", promised="properties.said") == (1, 0)
    assert promises("1969-12-31", promised="properties.said") == (1, 0)
    assert promises("1970-01-01", promised="properties.said") == promises("soon", promised="properties.said") == (0, 0)


def test_a_promised_moment_is_met_in_open_time(small_timelines):
    """Promised for a moment at which nobody is there, it is kept until they open again."""
    people = {1: [(0, "asked", {"properties.said": "1970-01-01T00:00:02Z"}), (4_000_000, "done", {})]}
    hours = OpenTime((0, 4_000_000), (1_000_000, 9_000_000))
    found = Between(ASKED, DONE, hours=hours, promised="properties.said")
    summary = found.map(small_timelines(people), one_cell(), NO_BYTES, 10_000_000).summary
    assert (int(summary.promised[0]), int(summary.kept[0])) == (1, 1)
