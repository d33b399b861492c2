"""Lostness against a slow reader, built on the slow reader of task attempts, and Smith's formula by hand."""

from __future__ import annotations

import math
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from many import many

from touchpath.model.errors import BadInput
from touchpath.model.experience import Task
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_BYTES, Cells, one_cell
from touchpath.timelines.lostness import SCALE, Lostness, _find

LIMIT, END = 5, 18
EDGES = np.array([1, 8, 16], np.int64)
TASK = Task(
    "find",
    "Find",
    start=EventRule(("start",)),
    success=EventRule(("found",)),
    failure=EventRule(("failed",)),
    abandon=EventRule(("left",)),
    limit=timedelta(microseconds=LIMIT),
)
VIEW = EventRule(("view",))
WORDS = {"kind": ("", "failed", "found", "left", "start", "view"), "properties.path": ("", "/a", "/b", "/c")}
signals = st.tuples(
    st.integers(0, 17),
    st.sampled_from(["start", "found", "failed", "left", "view", "view", "view", "other"]),
    st.fixed_dictionaries({"properties.path": st.sampled_from(["/a", "/b", "/c", ""])}),
)
some_people = st.dictionaries(st.integers(1, 2**40), st.lists(signals, max_size=16), max_size=5)


def slow_successes(timeline):
    """[(start, end)] of one person: each instant as one, endings before the next start."""
    found, began = [], None
    for now in sorted({time for time, _, _ in timeline}):
        kinds = [kind for time, kind, _ in timeline if time == now]
        starts = "start" in kinds
        if began is not None and now - began > LIMIT:
            began = None
        ends = {"found", "failed", "left"} & set(kinds)
        if began is not None:
            if "found" in kinds:
                found.append((began, now))
            began = now if starts else None if ends else began
        elif starts and ends:
            found += [(now, now)] if "found" in kinds else []
        elif starts:
            began = now
    return found


def slow_lostness(timeline, least):
    """[(start, views, different pages, lostness)] of each success whose limit is over; lostness None without a page."""
    for began, until in slow_successes(timeline):
        pages = [more["properties.path"] for time, kind, more in timeline if kind == "view" and began <= time <= until]
        pages = [page for page in pages if page]
        if began + LIMIT <= END:
            s, n = len(pages), len(set(pages))
            yield began, s, n, math.sqrt((n / s - 1) ** 2 + (min(least / n, 1) - 1) ** 2) if s else None


def cell_at(time):
    return next((cell for cell in range(2) if EDGES[cell] <= time < EDGES[cell + 1]), None)


@many(300)
@given(some_people, st.integers(1, 3))
def test_lostness_agrees_with_a_slow_reader(small_timelines, people, least):
    found = Lostness(TASK, VIEW, least).map(small_timelines(people, WORDS), Cells(EDGES), NO_BYTES, END).summary
    for cell in range(2):
        mine = {
            owner: [one for one in slow_lostness(timeline, least) if cell_at(one[0]) == cell]
            for owner, timeline in people.items()
        }
        told = [one for each in mine.values() for one in each]
        seen = [one for one in told if one[3] is not None]
        lost, views, pages = (moments.cell(cell) for moments in (found.lost, found.views, found.pages))
        assert lost.people == sum(any(one[3] is not None for one in each) for each in mine.values())
        assert (lost.x, views.y, pages.y) == (len(seen), sum(one[1] for one in seen), sum(one[2] for one in seen))
        assert lost.y / SCALE == pytest.approx(sum(one[3] for one in seen), abs=1e-4)
        assert found.without[cell] == len(told) - len(seen)
        assert found.fewer[cell] == sum(one[2] < least for one in seen)


@settings(max_examples=60, deadline=None)
@given(some_people, st.data())
def test_any_division_of_people_gives_the_same_summary(small_timelines, shard, people, data):
    whole, asked = small_timelines(people, WORDS), Lostness(TASK, VIEW, 2)
    chosen = {owner for owner in people if data.draw(st.booleans())}
    parts = [asked.map(shard(whole, part), Cells(EDGES), NO_BYTES, END).summary for part in (chosen, set(people) - chosen)]
    assert parts[0] + parts[1] == parts[1] + parts[0] == asked.map(whole, Cells(EDGES), NO_BYTES, END).summary


def walked(small_timelines, pages, least):
    timeline = [(0, "start", {}), *((1, "view", {"properties.path": page}) for page in pages), (2, "found", {})]
    return Lostness(TASK, VIEW, least).map(small_timelines({1: timeline}), one_cell(), NO_BYTES, 99).summary


@pytest.mark.parametrize(
    ("pages", "least", "expected"),
    [
        ("abc", 3, 0.0),
        # Five views of four pages where three would do: (4/5 - 1)^2 = 0.04 and (3/4 - 1)^2 = 0.0625.
        ("abadc", 3, math.sqrt(0.04 + 0.0625)),
        ("abab", 2, 0.5),
        ("abcd", 1, 0.75),
        ("ab", 3, 0.0),
    ],
)
def test_smiths_formula_by_hand(small_timelines, pages, least, expected):
    assert walked(small_timelines, pages, least).lost.cell(0).y / SCALE == pytest.approx(expected, abs=1e-6)


def test_what_cannot_be_meant_is_refused():
    with pytest.raises(BadInput, match="A task takes one page or more, but 0 came"):
        Lostness(TASK, VIEW, 0)
    with pytest.raises(BadInput, match="attempts run side by side"):
        Lostness(Task("t", "T", VIEW, VIEW, same="order"), VIEW, 1)


def test_the_kernel_is_compiled_once(small_timelines):
    for people in ({1: [(1, "view", {"properties.path": "/a"})]}, {}):
        Lostness(TASK, VIEW, 1).map(small_timelines(people, WORDS), one_cell(), NO_BYTES, 9)
    assert len(_find.signatures) <= 1
