"""Retention against a slow reader that writes down every interval of every start."""

from __future__ import annotations

import itertools
from collections import defaultdict
from datetime import timedelta

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from many import many

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_BYTES, Cells
from touchpath.timelines.retention import Retention

START, BACK, ANYTHING = EventRule(("start", "both")), EventRule(("back", "both")), EventRule(())
HOUR = 3_600_000_000


def meets(kind, rule):
    return kind in (rule.kinds or {kind})


def slow_starts(signals, rule, edges, first):
    """Times of the starts that count, and whether they lie in a cohort."""
    times = sorted(time for time, kind, _ in signals if meets(kind, rule))
    if first == "ever":
        return [time for time in times[:1] if edges[0] <= time < edges[-1]]
    found = {}
    for time in times:
        if edges[0] <= time < edges[-1]:
            found.setdefault(sum(edge <= time for edge in edges), time)
    return list(found.values())


def slow_distance(asked, start, time):
    """The interval of a time after a start, None outside the borders."""
    if asked.borders:
        places = [sum(border <= moment for border in asked.borders) - 1 for moment in (start, time)]
        return None if min(places) < 0 or max(places) >= len(asked.borders) - 1 else places[1] - places[0]
    began = start - start % HOUR if asked.rounded else start
    return (time - began) // (asked.length // timedelta(microseconds=1))


def slow_over(asked, start, interval, end):
    if asked.borders:
        place = sum(border <= start for border in asked.borders) - 1 + interval + 1
        return place < len(asked.borders) and asked.borders[place] <= end + 1
    began = start - start % HOUR if asked.rounded else start
    return began + (interval + 1) * (asked.length // timedelta(microseconds=1)) <= end + 1


def slow_back(asked, distances, low, high):
    if asked.kind == "on or after":
        return any(d >= low for d in distances)
    if asked.kind == "streak":
        return all(k in distances for k in range(1, high + 1))
    return any(low <= d <= high for d in distances)


def slow_retention(people, asked, edges, end, segment_of, segments):
    spans = asked.spans
    started = np.zeros((len(edges) - 1) * segments, int)
    complete, returned = np.zeros((2, started.size, len(spans)), int)
    pooled = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    outcomes = []
    for owner in sorted(people):
        outcome = -1
        known = [signal for signal in people[owner] if signal[0] <= end]
        for start in slow_starts(known, asked.start, edges, asked.first) if segment_of(owner) >= 0 else []:
            cell = (sum(edge <= start for edge in edges) - 1) * segments + segment_of(owner)
            later = [slow_distance(asked, start, t) for t, kind, _ in known if meets(kind, asked.back) and start <= t]
            distances = {d for d in later if d}
            started[cell] += 1
            for column, (low, high) in enumerate(spans):
                if slow_over(asked, start, high, end):
                    back = slow_back(asked, distances, low, high)
                    complete[cell, column] += 1
                    returned[cell, column] += back
                    mine = pooled[segment_of(owner), column][owner]
                    mine[0] += 1
                    mine[1] += back
            deepest = max(high for _, high in spans)
            outcome = max((d for d in distances if d <= deepest), default=0)
        outcomes.append(outcome)
    return started, complete, returned, pooled, outcomes


signals = st.tuples(
    st.builds(lambda n, minutes: n * HOUR // 2 + minutes * HOUR // 60, st.integers(0, 40), st.sampled_from([0, 0, 1, 17])),
    st.sampled_from(["start", "back", "both", "none"]),
    st.just({}),
)
some_people = st.dictionaries(st.integers(1, 50), st.lists(signals, max_size=9), max_size=4)
some_times = st.lists(st.integers(0, 42).map(lambda n: n * HOUR // 2), min_size=2, max_size=6, unique=True).map(sorted)
kinds = st.sampled_from(["on", "on or after", "on or before", "bracket", "streak"])


@st.composite
def questions(draw):
    kind = draw(kinds)
    brackets = (
        tuple(draw(st.lists(st.sampled_from([(1, 1), (1, 3), (2, 2), (2, 5)]), min_size=1, max_size=3)))
        if kind == "bracket"
        else ()
    )
    uneven = st.lists(st.integers(-4, 44).map(lambda n: n * HOUR // 2), min_size=2, max_size=9, unique=True)
    even = st.builds(
        lambda *range_of: list(range(*range_of)), st.sampled_from([-HOUR, 0, HOUR]), st.just(43 * HOUR), st.just(4 * HOUR)
    )
    shifted = st.builds(lambda borders, at: [b + HOUR // 10 * (k >= at) for k, b in enumerate(borders)], even, st.integers(1, 9))
    borders = draw(st.one_of(st.just(()), uneven, even, shifted))
    length = timedelta(hours=draw(st.sampled_from([0.5, 1, 3])))
    first = draw(st.sampled_from(["ever", "period"]))
    rounded = draw(st.booleans()) and length >= timedelta(hours=1)
    start, back = draw(st.sampled_from([(START, BACK), (ANYTHING, BACK), (ANYTHING, ANYTHING)]))
    return Retention(start, back, tuple(sorted(borders)), length, draw(st.integers(1, 5)), kind, brackets, first, rounded)


@many(1000)
@given(some_people, questions(), some_times, st.integers(0, 45), st.booleans(), st.booleans())
def test_retention_agrees_with_writing_down_every_interval(small_timelines, people, asked, edges, end, cut, by_interval):
    if by_interval and len(asked.borders) > 1:
        edges = list(asked.borders[len(asked.borders) > 3 : 5])
    end = end * HOUR // 2 - 1 if end % 2 else end * HOUR // 2
    codes = np.array([owner % 3 - 1 for owner in sorted(people)], np.int32) if cut else np.empty(0, np.int32)
    cells = Cells(np.array(edges, np.int64), 2 if cut else 1, owner_codes=codes)
    found = asked.map(small_timelines(people), cells, NO_BYTES, end)
    segment_of = (lambda owner: owner % 3 - 1) if cut else (lambda owner: 0)
    started, complete, returned, pooled, outcomes = slow_retention(people, asked, edges, end, segment_of, cells.segments)
    assert found.summary.started.tolist() == started.tolist()
    assert found.summary.complete.tolist() == complete.tolist()
    assert found.summary.returned.tolist() == returned.tolist()
    assert found.outcomes.tolist() == outcomes
    for segment, column in itertools.product(range(cells.segments), range(len(asked.spans))):
        ratio, rows = found.summary.pooled.cell(segment * len(asked.spans) + column), pooled[segment, column].values()
        expected = [sum(part) for part in zip(*((x, y, x * x, x * y, y * y) for x, y in rows), strict=True)] or [0] * 5
        assert [ratio.people, ratio.x, ratio.y, ratio.xx, ratio.xy, ratio.yy] == [len(rows), *expected]


@given(some_people, questions(), st.data())
def test_any_division_of_people_gives_the_same_summary(small_timelines, shard, people, asked, data):
    whole = small_timelines(people, {"kind": ("", "start", "back", "both", "none")})
    chosen = {owner for owner in people if data.draw(st.booleans())}
    cells = Cells(np.array([0, 9 * HOUR, 18 * HOUR], np.int64))
    parts = [asked.map(shard(whole, part), cells, NO_BYTES, 15 * HOUR).summary for part in (chosen, set(people) - chosen)]
    assert parts[0] + parts[1] == parts[1] + parts[0] == asked.map(whole, cells, NO_BYTES, 15 * HOUR).summary


@given(some_people, st.booleans())
def test_kinds_of_retention_bound_each_other(small_timelines, people, rolling):
    borders = () if rolling else tuple(range(0, 30 * HOUR, 2 * HOUR))
    cells, timelines = Cells(np.array([0, 20 * HOUR], np.int64)), small_timelines(people)
    on, after, before, streak = (
        Retention(START, BACK, borders, timedelta(hours=2), 4, kind)
        .map(timelines, cells, NO_BYTES, 21 * HOUR)
        .summary.returned[0]
        for kind in ("on", "on or after", "on or before", "streak")
    )
    assert (streak <= on).all()
    assert (on <= after).all()
    assert (on <= before).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "soon"}, "'soon' came"),
        ({"intervals": 0}, "1 to 1,000 intervals"),
        ({"kind": "bracket"}, "needs brackets"),
        ({"brackets": ((1, 2),)}, "needs brackets"),
        ({"kind": "bracket", "brackets": ((0, 2),)}, "from 1"),
        ({"kind": "bracket", "brackets": ((1, 2000),)}, "1,000 at most"),
        ({"borders": (1, 1)}, "must ascend"),
        ({"length": timedelta(0)}, "longer than 0"),
        ({"length": timedelta(minutes=5), "rounded": True}, "of an hour and more"),
    ],
)
def test_impossible_questions_are_refused(change, said):
    with pytest.raises(BadInput, match=said):
        Retention(START, BACK, **change)


COHORTS = """
WITH weeks AS (SELECT person, time // $week AS week, min(time) OVER (PARTITION BY person) // $week AS cohort FROM signals)
SELECT cohort, week - cohort AS distance, count(DISTINCT person) FROM weeks WHERE week > cohort GROUP BY ALL ORDER BY ALL
"""


def test_weekly_retention_agrees_with_cohort_sql(small_timelines):
    rng, week = np.random.default_rng(11), 7 * 24 * HOUR
    people = {owner: [(int(t), "both", {}) for t in rng.integers(0, 10 * week, rng.integers(1, 12))] for owner in range(1, 400)}
    rows = pa.table(
        {"person": [o for o, mine in people.items() for _ in mine], "time": [t for mine in people.values() for t, *_ in mine]}
    )
    with duckdb.connect() as connection:
        connection.register("signals", rows)
        expected = connection.execute(COHORTS, {"week": week}).fetchall()
    edges = np.arange(0, 11 * week, week)
    asked = Retention(borders=tuple(edges.tolist()), intervals=9)
    found = asked.map(small_timelines(people), Cells(edges), NO_BYTES, 10 * week).summary
    mine = [(cell, k + 1, n) for cell, row in enumerate(found.returned.tolist()) for k, n in enumerate(row) if n]
    assert mine == expected
