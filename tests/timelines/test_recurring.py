"""Recurring value against a slow reader that keeps a dictionary of levels per owner."""

from __future__ import annotations

import itertools
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from many import many

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_BYTES, Cells, one_cell
from touchpath.timelines.recurring import MOVEMENTS, Recurring

SETS, ENDS, FORCED = EventRule(("set",)), EventRule(("end", "failed")), EventRule(("failed", "seen"))


def levels_after(signals, same):
    """[(time, level in cents, whether an involuntary end lowered it)] of one owner after each instant that says anything, and how many
    signals are unusable by time."""
    held, found, unpriced = {}, [], []
    for time, together in itertools.groupby(sorted(signals, key=lambda s: s[0]), key=lambda s: s[0]):
        said = defaultdict(list)
        for _, kind, fields in together:
            if kind == "seen":
                continue
            thing, value = fields.get("objects.sub", "") if same else "all", fields.get("value")
            if not thing or (kind == "set" and (value is None or value < 0)):
                unpriced.append(time)
            else:
                ends = kind in ("end", "failed")
                said[thing].append((ends, 0 if ends else round(value * 100), kind == "failed"))
        if said:
            forced = any(max(words)[2] and held.get(thing, 0) > 0 for thing, words in said.items())
            held |= {thing: max(words)[1] for thing, words in said.items()}
            found.append((time, sum(held.values()), forced))
    return found, unpriced


MOMENTS = ("gross", "net", "lost", "balance", "churns", "held", "forced_lost")


def slow_recurring(people, borders, end, same):
    cells = len(borders) - 1
    empty = {
        name: np.zeros((cells, size), int)
        for name, size in (("owners", 4), ("levels", 2), ("movers", 5), ("events", 5), ("amounts", 5))
    }
    found = (
        empty
        | {name: defaultdict(list) for name in MOMENTS}
        | {"unpriced": np.zeros(cells, int), "forced": np.zeros(cells, int), "moved": defaultdict(list)}
    )
    last = min(end, borders[-1] - 1)
    for signals in people.values():
        changes, unpriced = levels_after([s for s in signals if s[0] <= last], same)
        for time in unpriced:
            for cell, (low, high) in enumerate(itertools.pairwise(borders)):
                found["unpriced"][cell] += low <= time < high
        for cell, (low, high) in enumerate(itertools.pairwise(borders)):
            if low <= last:
                one_period(found, cell, changes, low, high)
    return found


def one_period(found, cell, changes, low, high):
    level, ever = 0, False
    for time, after, _ in changes:
        if time < low:
            level, ever = after, ever or after > 0
    start, dipped, amounts, events, by_force, forced_lost = level, False, [0] * 5, [0] * 5, False, 0
    for time, after, forced in changes:
        if low <= time < high and after != level:
            if level == 0:
                kind = "reactivation" if ever else "new"
            elif after == 0:
                kind, dipped, by_force = "churn", True, forced
                forced_lost += level if forced else 0
            else:
                kind = "expansion" if after > level else "contraction"
            events[MOVEMENTS.index(kind)] += 1
            amounts[MOVEMENTS.index(kind)] += abs(after - level)
            level, ever = after, True
    found["levels"][cell] += (start, level)
    found["owners"][cell] += (start > 0, start > 0 and level > 0, level > 0, start > 0 and dipped)
    found["events"][cell] += events
    found["amounts"][cell] += amounts
    found["movers"][cell] += np.array(events) > 0
    found["forced"][cell] += start > 0 and level == 0 and by_force
    for kind in range(5):
        if events[kind]:
            found["moved"][cell * 5 + kind].append((1, amounts[kind]))
    if level:
        found["held"][cell].append((1, level))
    if start or events[0] or events[4]:
        found["churns"][cell].append((int(start > 0 or events[0] > 0), events[4]))
    lost = amounts[3] + amounts[4]
    if start:
        found["gross"][cell].append((start, min(start, level)))
        found["net"][cell].append((start, level))
    if start or level or lost:
        found["lost"][cell].append((start, lost))
        found["balance"][cell].append((start, lost - amounts[1] - amounts[2]))
        found["forced_lost"][cell].append((start, forced_lost))


fields = st.fixed_dictionaries(
    {}, optional={"value": st.sampled_from([-1, 0, 1, 2.5, 10, 10]), "objects.sub": st.sampled_from("abc")}
)
signals = st.tuples(st.integers(0, 12), st.sampled_from(["set", "set", "end", "failed", "seen"]), fields)
some_people = st.dictionaries(st.integers(1, 50), st.lists(signals, max_size=9), max_size=4)
borders = st.lists(st.integers(0, 14), min_size=2, max_size=5, unique=True).map(sorted)


@many(400)
@given(some_people, borders, st.integers(0, 15), st.booleans())
def test_levels_agree_with_a_slow_reader(small_timelines, people, edges, end, same):
    asked = Recurring(SETS, ENDS, "sub" if same else "", involuntary=FORCED)
    found = asked.map(small_timelines(people), Cells(np.array(edges, np.int64)), NO_BYTES, end).summary
    expected = slow_recurring(people, edges, end, same)
    for name in ("owners", "levels", "movers", "events", "amounts", "forced", "unpriced"):
        assert getattr(found, name).tolist() == expected[name].tolist(), name
    for name, rows_of in (*((name, 1) for name in MOMENTS), ("moved", 5)):
        for row in range((len(edges) - 1) * rows_of):
            rows, ratio = expected[name][row], getattr(found, name).cell(row)
            sums = [sum(part) for part in zip(*((x, y, x * x, x * y, y * y) for x, y in rows), strict=True)] or [0] * 5
            assert [ratio.people, ratio.x, ratio.y, ratio.xx, ratio.xy, ratio.yy] == [len(rows), *sums], name


@given(some_people)
def test_movements_explain_the_difference_of_levels(small_timelines, people):
    cells = Cells(np.array([0, 4, 8, 13], np.int64))
    found = Recurring(SETS, ENDS, "sub").map(small_timelines(people), cells, NO_BYTES, 20).summary
    signs = np.array([1, 1, 1, -1, -1])
    assert (found.levels[:, 1] - found.levels[:, 0]).tolist() == (found.amounts * signs).sum(axis=1).tolist()
    assert found.levels[1:, 0].tolist() == found.levels[:-1, 1].tolist()


@given(some_people, st.randoms(use_true_random=False))
def test_the_stored_order_of_equal_times_does_not_matter(small_timelines, people, random):
    shuffled = {owner: random.sample(given, len(given)) for owner, given in people.items()}
    asked, cells = Recurring(SETS, ENDS, "sub", involuntary=FORCED), Cells(np.array([0, 5, 11], np.int64))
    first, second = (asked.map(small_timelines(each), cells, NO_BYTES, 9) for each in (people, shuffled))
    assert first.summary == second.summary
    assert first.outcomes.tolist() == second.outcomes.tolist()


def test_a_price_for_several_months_is_divided(small_timelines):
    people = {
        1: [(1, "set", {"value": 600, "properties.every": "year"})],
        2: [(1, "set", {"value": 10, "properties.every": "month"})],
        3: [(1, "set", {"value": 10, "properties.every": "decade"})],
    }
    asked = Recurring(SETS, ENDS, monthly=("properties.every", (("month", 1), ("year", 12))))
    found = asked.map(small_timelines(people), one_cell(), NO_BYTES, 5).summary
    assert (found.levels[0, 1], found.unpriced[0]) == (6_000, 1)


def test_the_outcome_tells_who_has_a_level_in_the_end(small_timelines):
    people = {
        1: [(1, "set", {"value": 5})],
        2: [(1, "set", {"value": 5}), (2, "end", {})],
        3: [(1, "seen", {})],
        4: [(9, "set", {"value": 1})],
    }
    found = Recurring(SETS, ENDS).map(small_timelines(people, skip=[1]), one_cell(), NO_BYTES, 5)
    assert found.outcomes.tolist() == [-1, 2, 0, 0]


def test_a_level_beyond_47_bits_is_refused(small_timelines):
    people = {1: [(1, "set", {"value": 1.7e11, "objects.sub": name}) for name in "abcdefghijk"]}
    with pytest.raises(BadInput, match="too high to be added up"):
        Recurring(SETS, ENDS, "sub").map(small_timelines(people), one_cell(), NO_BYTES, 5)


def test_segments_of_signals_and_impossible_months_are_refused(small_timelines):
    cells = Cells(np.array([0, 9], np.int64), 2, signal_codes=np.array([0], np.int32))
    with pytest.raises(BadInput, match="'fixed' or 'latest'"):
        Recurring(SETS, ENDS).map(small_timelines({1: [(5, "set", {})]}), cells, NO_BYTES, 10)
    with pytest.raises(BadInput, match="whole numbers above 0"):
        Recurring(SETS, ENDS, monthly=("unit", (("year", 0),)))
