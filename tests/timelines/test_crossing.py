"""Dividing by several dimensions at once, and by what was known at the time, against slow readers of one signal after the other."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.model.experience import Dimension
from touchpath.model.rules import Condition, EventRule
from touchpath.model.time import EPOCH, Period
from touchpath.timelines.arrays import TimelineSet, one_cell
from touchpath.timelines.crossing import _count, _cross, _cross_owners, _place, prepare_crossing
from touchpath.timelines.cut import MAX_CELLS, prepare_cut
from touchpath.timelines.fold import Selection
from touchpath.timelines.only import OnlySignals, rows_that
from touchpath.timelines.volume import Volume
from touchpath.timelines.who import HaveObject

CHANNEL = Dimension("channel", "Channel", "channel", max_cells=3)
REGION = Dimension("region", "Region", "properties.region", "person", "fixed")
PLAN = Dimension("plan", "Plan", "properties.plan", "person", "latest")
MOOD = Dimension("mood", "Mood", "properties.plan", "person", "as_of_signal")
CHOICES = ((CHANNEL, REGION), (REGION, PLAN), (CHANNEL, REGION, PLAN), (MOOD, PLAN), (CHANNEL, MOOD, REGION))
MINUTE = 60_000_000

signals = st.tuples(
    st.integers(0, 9).map(lambda minute: minute * MINUTE),
    st.sampled_from(["a", "b"]),
    st.fixed_dictionaries(
        {},
        optional={
            "channel": st.sampled_from(["web", "app", "store", "phone"]),
            "properties.region": st.sampled_from(["north", "south"]),
            "properties.plan": st.sampled_from(["free", "gold"]),
        },
    ),
)
people_drawn = st.dictionaries(st.integers(1, 6), st.lists(signals, min_size=1, max_size=6), min_size=1, max_size=5)
spans = st.sampled_from([(), (0, 10), (0, 4, 10), (2, 5, 7)])


def periods_of(borders):
    times = [EPOCH + timedelta(minutes=border) for border in borders]
    return [Period(start, end) for start, end in itertools.pairwise(times)]


def known(signals, place, dimension):
    """The value of a dimension at a signal, told the slow way."""
    values = [fields.get(dimension.field, "") for _, _, fields in signals]
    if dimension.level == "signal":
        return values[place]
    if dimension.changes == "as_of_signal":
        return next((value for value in reversed(values[: place + 1]) if value), "")
    some = [value for value in values if value]
    return "" if not some else some[0] if dimension.changes == "fixed" else some[-1]


@given(people_drawn, st.sampled_from(CHOICES), spans)
def test_every_signal_lands_in_the_combination_of_its_segments(small_timelines, people, dimensions, borders):
    timelines, periods = small_timelines(people), periods_of(borders)
    crossing, names = prepare_crossing(TimelineSet("person", (timelines,), 0, 0, "v1"), periods, dimensions)
    single = [prepare_cut(TimelineSet("person", (timelines,), 0, 0, "v1"), periods, one) for one in dimensions]
    cells = crossing.cells(timelines)
    assert cells.segments == len(names) == len(crossing.labels)
    of_owners = bool(cells.owner_codes.size)
    assert of_owners == all(one.level != "signal" and one.changes != "as_of_signal" for one in dimensions)
    for place, (first, last) in enumerate(itertools.pairwise(timelines.starts.tolist())):
        for row in range(first, last):
            code = int(cells.owner_codes[place] if of_owners else cells.signal_codes[row])
            expected = []
            for cut, labels in single:
                part = cut.cells(timelines)
                at = int(part.owner_codes[place] if part.owner_codes.size else part.signal_codes[row])
                expected.append(labels[at] if at >= 0 else None)
            inside = not periods or periods[0].micros[0] <= timelines.times[row] < periods[-1].micros[1]
            if inside:
                assert crossing.labels[code] == tuple(expected)


@given(people_drawn, st.sampled_from(CHOICES))
def test_combinations_come_most_frequent_first(small_timelines, people, dimensions):
    timelines = small_timelines(people)
    crossing, _ = prepare_crossing(TimelineSet("person", (timelines,), 0, 0, "v1"), (), dimensions)
    cells = crossing.cells(timelines)
    codes = cells.owner_codes if cells.owner_codes.size else cells.signal_codes
    counts = Counter(codes.tolist())
    order = [(-counts[code], crossing.labels[code]) for code in range(len(crossing.labels))]
    assert order == sorted(order)
    assert crossing.pooled == 0


def test_never_more_cells_than_allowed_and_the_rest_is_other(small_timelines):
    rows = [(n * MINUTE, "a", {"channel": f"c{n % 80:02d}", "properties.page": f"p{n // 80:02d}"}) for n in range(80 * 80)]
    rows += [(0, "a", {"channel": "c00", "properties.page": "p00"})] * 3
    timelines = small_timelines({1: [(time, kind, {**fields, "key": n}) for n, (time, kind, fields) in enumerate(rows)]})
    wide = (
        Dimension("channel", "Channel", "channel", max_cells=200),
        Dimension("page", "Page", "properties.page", max_cells=200),
    )
    crossing, names = prepare_crossing(TimelineSet("person", (timelines,), 0, 0, "v1"), (), wide)
    assert (len(names), names[0], names[-1]) == (MAX_CELLS, "c00 / p00", "other")
    assert crossing.pooled == 80 * 80 - (MAX_CELLS - 1)
    pooled = int((crossing.cells(timelines).signal_codes == MAX_CELLS - 1).sum())
    assert pooled == crossing.pooled


def test_what_cannot_be_crossed_is_refused(small_timelines):
    timelines = TimelineSet("order", (small_timelines({1: [(0, "a", {})]}),), 0, 0, "v1")
    with pytest.raises(BadInput, match="unit 'order'"):
        prepare_crossing(timelines, (), (CHANNEL, REGION))
    with pytest.raises(BadInput, match="different dimensions"):
        prepare_crossing(timelines, (), (CHANNEL, CHANNEL))


@given(people_drawn, st.sampled_from([CHANNEL, REGION, PLAN, MOOD]), st.sampled_from(["web", "north", "gold", None]))
def test_a_condition_on_a_dimension_holds_what_was_known_then(small_timelines, people, dimension, value):
    timelines = small_timelines(people)
    condition = Condition(dimension.field, "exists", False) if value is None else Condition(dimension.field, "equals", value)
    rows = set(rows_that(timelines, EventRule(("a",)), ((dimension, condition),)).tolist())
    row = 0
    for owner in sorted(people):
        ordered = sorted(enumerate(people[owner]), key=lambda one: (one[1][0], one[0]))
        line = [one for _, one in ordered]
        for place, (_, kind, _) in enumerate(line):
            assert (row in rows) == (kind == "a" and known(line, place, dimension) == (value or ""))
            row += 1


def test_what_was_said_on_signals_left_out_is_remembered(small_timelines):
    timelines = small_timelines({1: [(0, "login", {"properties.plan": "gold"}), (1, "buy", {}), (2, "buy", {"channel": "web"})]})
    rule, gold = EventRule((), (Condition("channel", "equals", "web"),)), Condition("properties.plan", "equals", "gold")
    fold = OnlySignals(rule, Volume((EventRule(("buy",)),)), ((MOOD, gold),))
    assert fold.map(timelines, one_cell(), np.empty(0, np.uint8), 10).summary.signals.tolist() == [[1]]


def test_owners_are_found_by_the_objects_they_had(small_timelines):
    timelines = small_timelines(
        {1: [(0, "a", {"objects.order": "x"})], 2: [(0, "a", {})], 3: [(0, "a", {}), (1, "a", {"objects.order": "y"})]}
    )
    key = int(timelines.columns["objects.order"][3])
    assert HaveObject("order", Selection("order", np.array([key]), "")).people(timelines).tolist() == [0, 0, 1]
    assert HaveObject("order", Selection("order", np.array([0, key]), "")).people(timelines).tolist() == [0, 0, 1]
    assert HaveObject("parcel", Selection("parcel", np.array([key]), "")).people(timelines).tolist() == [0, 0, 0]


def test_counting_combinations_is_compiled_once(small_timelines):
    timelines = TimelineSet("person", (small_timelines({1: [(0, "a", {"channel": "web"})]}),), 0, 0, "v1")
    for dimensions in CHOICES:
        prepare_crossing(timelines, (), dimensions)[0].cells(timelines.shards[0])
    assert [len(kernel.signatures) for kernel in (_count, _cross, _cross_owners, _place)] == [1, 1, 1, 1]
