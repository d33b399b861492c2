"""Sessions against a slow reader that keeps lists, and at the edges of gap, break, cap and data."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from many import many

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines import sessions
from touchpath.timelines.arrays import NO_BYTES, Cells, one_cell
from touchpath.timelines.durations import Durations
from touchpath.timelines.sessions import Sessions

UNIT = 700  # microseconds
FAR = 10**9
VISIT = EventRule(("page.viewed",))


def span(units):
    return timedelta(microseconds=units * UNIT)


def seen(*units):
    return [(time * UNIT, "page.viewed", {}) for time in units]


def counts(small_timelines, timeline, asked, end=FAR):
    summary = asked.map(small_timelines({1: timeline}), one_cell(), NO_BYTES, end).summary
    return summary.sessions[0], summary.open[0], summary.bounces[0]


def slow_sessions(signals, asked):
    """[[signal, ...], ...] of one owner."""
    found = []
    for signal in signals:
        if asked.of and signal[1] not in asked.of.kinds:
            continue
        if found and belongs(signal[0], found[-1], asked):
            found[-1].append(signal)
        else:
            found.append([signal])
    return found


def belongs(time, session, asked):
    micros = timedelta(microseconds=1)
    began, last = session[0][0], session[-1][0]
    crossed = any(began < border <= time for border in asked.breaks)
    return time - last <= asked.gap // micros and not crossed and not (asked.cap and time - began > asked.cap // micros)


fields = st.fixed_dictionaries({"segment": st.integers(-1, 1)})
signals = st.builds(
    lambda time, kind, more: (time * UNIT, kind, more), st.integers(0, 12), st.sampled_from(["page.viewed", "mail.sent"]), fields
)
some_people = st.dictionaries(st.integers(1, 50), st.lists(signals, max_size=10), max_size=4)
ways = st.builds(
    Sessions,
    st.integers(1, 5).map(span),
    st.sets(st.integers(0, 12)).map(lambda times: tuple(time * UNIT for time in sorted(times))),
    st.none() | st.integers(1, 8).map(span),
    st.sampled_from([None, VISIT]),
)


@many(300)
@given(
    some_people,
    ways,
    st.lists(st.integers(0, 13), min_size=2, max_size=4, unique=True).map(sorted),
    st.integers(12, 18),
    st.booleans(),
    st.data(),
)
def test_sessions_agree_with_a_slow_reader(small_timelines, people, asked, borders, end, by_segment, data):
    ordered = {owner: sorted(people[owner], key=lambda signal: signal[0]) for owner in sorted(people)}
    timelines = small_timelines({owner: [(t, k, {}) for t, k, _ in given] for owner, given in ordered.items()})
    codes = np.array([more["segment"] for given in ordered.values() for *_, more in given], np.int32)
    bounds, segments = np.array(borders, np.int64) * UNIT, 2 if by_segment else 1
    cells = Cells(bounds, segments, codes) if by_segment else Cells(bounds)
    chosen = data.draw(st.sets(st.sampled_from(sorted(people) or [0])))
    mask = np.array([owner in chosen for owner in ordered], np.uint8)
    folded = asked.map(timelines, cells, mask, end * UNIT)
    expected = defaultdict(list)
    for owner, timeline in ordered.items():
        for session in slow_sessions(timeline, asked) if owner in chosen or not people else []:
            period = int(np.searchsorted(bounds, session[0][0], "right")) - 1
            segment = session[0][2]["segment"] if by_segment else 0
            if 0 <= period < len(borders) - 1 and segment >= 0:
                expected[period * segments + segment].append((owner, session, is_open(session, asked, end * UNIT)))
    check(folded.summary, expected, cells.count)
    each = [sum(o == owner for found in expected.values() for o, *_ in found) or -1 for owner in ordered]
    assert folded.outcomes.tolist() == each


def is_open(session, asked, end):
    """Whether some later signal, at any time after the data, would still belong to the session."""
    return any(belongs(time, session, asked) for time in range(end + 1, end + 6 * UNIT))


def check(summary, expected, cells):
    rows = []
    for cell in range(cells):
        found = expected[cell]
        closed = [(owner, session) for owner, session, waiting in found if not waiting]
        assert (summary.sessions[cell], summary.open[cell]) == (len(found), len(found) - len(closed))
        assert summary.bounces[cell] == sum(len(session) == 1 for _, session in closed)
        spent = [(owner, (session[-1][0] - session[0][0]) // 1000, len(session)) for owner, session in closed]
        rows += [(owner, cell, took) for owner, took, size in spent if size > 1]
        per_person = of_people((owner, 1) for owner, *_ in found)
        assert moments(summary.per_person, cell) == ratio({owner: (1, n) for owner, (n, _) in per_person.items()})
        assert moments(summary.engaged, cell) == ratio(of_people((owner, took) for owner, took, _ in spent))
        assert moments(summary.bounced, cell) == ratio(of_people((owner, size == 1) for owner, _, size in spent))
    table = np.array(sorted(rows, key=lambda row: row[0]), np.int64).reshape(-1, 3).T
    assert summary.times == Durations.of(cells, *np.ascontiguousarray(table[[1, 0, 2]]))


def of_people(pairs):
    """{owner: (number, sum)}."""
    found = defaultdict(list)
    for owner, number in pairs:
        found[owner].append(number)
    return {owner: (len(numbers), sum(numbers)) for owner, numbers in found.items()}


def ratio(people):
    x, y = [x for x, _ in people.values()], [y for _, y in people.values()]
    products = [sum(a * b for a, b in zip(left, right, strict=True)) for left, right in ((x, x), (x, y), (y, y))]
    return len(people), sum(x), sum(y), *products


def moments(found, cell):
    one = found.cell(cell)
    return one.people, one.x, one.y, one.xx, one.xy, one.yy


@given(some_people, ways, st.sets(st.integers(1, 50)))
def test_any_division_of_people_adds_up_to_the_same_sessions(small_timelines, shard, people, asked, some):
    plain = {owner: [(t, k, {}) for t, k, _ in given] for owner, given in people.items()}
    whole = small_timelines(plain, words={"kind": ("", "mail.sent", "page.viewed")})
    a, b = (
        asked.map(shard(whole, part), one_cell(), NO_BYTES, 12 * UNIT).summary
        for part in (set(people) & some, set(people) - some)
    )
    assert a + b == b + a == asked.map(whole, one_cell(), NO_BYTES, 12 * UNIT).summary


def test_a_pause_of_exactly_the_gap_does_not_part(small_timelines):
    assert counts(small_timelines, seen(0, 5), Sessions(span(5))) == (1, 0, 0)
    assert counts(small_timelines, seen(0, 6), Sessions(span(5))) == (2, 0, 2)


def test_a_session_ends_at_a_break_and_after_its_cap(small_timelines):
    assert counts(small_timelines, seen(0, 4, 5), Sessions(span(9), breaks=(5 * UNIT,))) == (2, 0, 1)
    assert counts(small_timelines, seen(0, 4, 8), Sessions(span(5), cap=span(7))) == (2, 0, 1)


def test_a_session_that_may_go_on_is_open(small_timelines):
    assert counts(small_timelines, seen(0, 9), Sessions(span(5)), end=12 * UNIT) == (2, 1, 1)
    assert counts(small_timelines, seen(0, 9), Sessions(span(5)), end=14 * UNIT) == (2, 0, 2)


def test_other_signals_do_not_prolong_a_session(small_timelines):
    timeline = [*seen(0, 6), (3 * UNIT, "mail.sent", {})]
    assert counts(small_timelines, timeline, Sessions(span(5))) == (1, 0, 0)
    assert counts(small_timelines, timeline, Sessions(span(5), of=VISIT)) == (2, 0, 2)


def test_sessions_that_cannot_be_asked_say_what_would_do():
    with pytest.raises(BadInput, match="gap of a session is above 0"):
        Sessions(timedelta())
    with pytest.raises(BadInput, match="cap of a session"):
        Sessions(cap=timedelta(days=-1))
    with pytest.raises(BadInput, match="ascend"):
        Sessions(breaks=(5, 5))


def test_sessions_are_compiled_once(small_timelines):
    timelines = small_timelines({1: seen(0, 3)})
    Sessions().map(timelines, one_cell(), NO_BYTES, FAR)
    Sessions(cap=span(3), breaks=(1,)).map(
        timelines, Cells(np.array([0, 5]), 2, owner_codes=np.ones(1, np.int32)), np.ones(1, np.uint8), 5
    )
    assert len(sessions._find_visits.signatures) == len(sessions._add_visits.signatures) == 1
