"""Lifecycle and stickiness against slow readers that look at one period after the other."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from many import many

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_BYTES, Cells
from touchpath.timelines.lifecycle import CURRENT, DORMANT, NEW, RESURRECTED, WAITING, Lifecycle
from touchpath.timelines.stickiness import Stickiness

SEEN = EventRule(("seen",))
signals = st.tuples(st.integers(-6, 22), st.sampled_from(["seen", "seen", "other"]), st.just({}))
some_people = st.dictionaries(st.integers(1, 50), st.lists(signals, max_size=6), max_size=6)
borders = st.lists(st.integers(0, 20), min_size=2, max_size=6, unique=True).map(sorted)


def statuses(times, edges, before, end):
    """[(period, status)] of one owner."""
    times = [time for time in times if time <= end and time < edges[-1]]
    found = []
    for period, (low, high) in enumerate(itertools.pairwise(edges)):
        if low > end:
            continue
        now = any(low <= time < high for time in times)
        earlier = edges[period - 1] if period else before
        lately = any(earlier <= time < low for time in times)
        ever = any(time < low for time in times)
        if now:
            found.append((period, CURRENT if lately else RESURRECTED if ever else NEW))
        elif lately:
            found.append((period, DORMANT if high <= end + 1 else WAITING))
    return found


@many(400)
@given(some_people, borders, st.integers(1, 5), st.integers(0, 25), st.booleans())
def test_a_lifecycle_agrees_with_looking_at_each_period(small_timelines, people, edges, length, end, cut):
    codes = np.array([owner % 3 - 1 for owner in sorted(people)], np.int32) if cut else np.empty(0, np.int32)
    cells = Cells(np.array(edges, np.int64), 2 if cut else 1, owner_codes=codes)
    expected, outcomes = np.zeros((cells.count, 5), int), []
    for owner in sorted(people):
        segment = owner % 3 - 1 if cut else 0
        mine = (
            statuses([time for time, kind, _ in people[owner] if kind == "seen"], edges, edges[0] - length, end)
            if segment >= 0
            else []
        )
        for period, status in mine:
            expected[period * cells.segments + segment, status] += 1
        outcomes.append(mine[-1][1] if mine else -1)
    found = Lifecycle(edges[0] - length, SEEN).map(small_timelines(people), cells, NO_BYTES, end)
    assert found.summary.counts.tolist() == expected.tolist()
    assert found.outcomes.tolist() == outcomes


@given(some_people)
def test_whoever_was_active_is_current_or_dormant_in_the_next_period(small_timelines, people):
    cells = Cells(np.array([0, 5, 10, 15, 20], np.int64))
    counts = Lifecycle(-5, SEEN).map(small_timelines(people), cells, NO_BYTES, 30).summary.counts
    active = counts[:, [NEW, CURRENT, RESURRECTED]].sum(axis=1)
    assert active[:-1].tolist() == counts[1:, [CURRENT, DORMANT]].sum(axis=1).tolist()


@many(300)
@given(
    some_people,
    st.lists(st.integers(1, 21), max_size=5, unique=True),
    st.lists(st.integers(0, 6), min_size=2, unique=True),
    st.integers(0, 25),
)
def test_stickiness_agrees_with_counting_days(small_timelines, people, inner, chosen, end):
    days = sorted({0, 22, *inner})
    edges = sorted({days[place % len(days)] for place in chosen})
    if len(edges) < 2:
        edges = [0, 22]
    cells = Cells(np.array(edges, np.int64))
    found = Stickiness(tuple(days), SEEN).map(small_timelines(people), cells, NO_BYTES, end)
    most = max(sum(low <= day < high for day in days) for low, high in itertools.pairwise(edges))
    expected, totals = np.zeros((len(edges) - 1, most + 1), int), []
    for owner in sorted(people):
        times = [time for time, kind, _ in people[owner] if kind == "seen" and edges[0] <= time < edges[-1] and time <= end]
        total = 0
        for period, (low, high) in enumerate(itertools.pairwise(edges)):
            active = len({max(day for day in days if day <= time) for time in times if low <= time < high})
            expected[period, active] += active > 0
            total += active
        totals.append(total or -1)
    assert found.summary.owners.tolist() == expected.tolist()
    assert found.outcomes.tolist() == totals
    for cell in range(cells.count):
        ratio = found.summary.moments.cell(cell)
        counts = expected[cell].tolist()
        assert (ratio.people, ratio.x) == (sum(counts),) * 2
        assert (ratio.y, ratio.yy) == (sum(n * k for k, n in enumerate(counts)), sum(n * k * k for k, n in enumerate(counts)))


@pytest.mark.parametrize("fold", [Lifecycle(0), Stickiness((0, 9))], ids=["lifecycle", "stickiness"])
def test_segments_of_signals_are_refused(small_timelines, fold):
    cells = Cells(np.array([0, 9], np.int64), 2, signal_codes=np.array([0], np.int32))
    with pytest.raises(BadInput, match="'fixed' or 'latest'"):
        fold.map(small_timelines({1: [(5, "seen", {})]}), cells, NO_BYTES, 10)


@pytest.mark.parametrize(
    ("days", "edges", "said"),
    [
        ((0, 9), [0, 5], "begin and end with a day"),
        ((0, 9), [-3, 9], "begin and end with a day"),
        (tuple(range(5_000)), [0, 4_500], "4,500 days"),
    ],
)
def test_days_that_do_not_fit_the_periods_are_refused(small_timelines, days, edges, said):
    with pytest.raises(BadInput, match=said):
        Stickiness(days).map(small_timelines({}), Cells(np.array(edges, np.int64)), NO_BYTES, 10)


def test_days_that_do_not_ascend_are_refused():
    with pytest.raises(BadInput, match="must ascend"):
        Stickiness((0, 5, 5))
