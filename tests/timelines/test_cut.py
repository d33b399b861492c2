"""Dividing by periods and a dimension: every signal or owner lands where its label says."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.model.experience import Dimension
from touchpath.model.time import EPOCH, Period
from touchpath.timelines.arrays import Timelines, TimelineSet
from touchpath.timelines.cut import MAX_CELLS, _count, _place, prepare_cut
from touchpath.timelines.kernels import find_cell
from touchpath.timelines.segments import _carry, _owner_values

CHANNEL = Dimension("channel", "Channel", "channel")
REGION = Dimension("region", "Region", "properties.region", "person", "latest")
MINUTE = 60_000_000


def workspace(*shards: Timelines, unit: str = "person") -> TimelineSet:
    return TimelineSet(unit, shards, 0, 0, "v1")


def minutes(*borders: int) -> list[Period]:
    times = [EPOCH + timedelta(minutes=border) for border in borders]
    return [Period(start, end) for start, end in itertools.pairwise(times)]


def labels_of(timelines, cut, labels):
    """The segment of each signal by name, None = nowhere."""
    cells = cut.cells(timelines)
    return [None if code < 0 else labels[code] for code in cells.signal_codes.tolist()]


@pytest.fixture(scope="module")
def visits(small_timelines):
    rows = [("web", 3), ("app", 2), ("store", 2), ("phone", 1), ("", 1)]
    return small_timelines({1: [(minute * MINUTE, "seen", {"channel": name}) for name, n in rows for minute in range(n)]})


def test_the_most_frequent_values_stay_and_the_rest_is_pooled(visits):
    cut, labels = prepare_cut(workspace(visits), (), Dimension("c", "C", "channel", max_cells=4))
    assert labels == ("web", "app", "(none)", "other")
    assert cut.pooled == 2
    assert labels_of(visits, cut, labels).count("other") == 3


def test_values_outside_the_periods_do_not_count(visits):
    _, labels = prepare_cut(workspace(visits), minutes(1, 3), CHANNEL)
    assert labels == ("web", "app", "store")


def test_a_value_called_other_is_not_the_pool(small_timelines):
    timelines = small_timelines({1: [(0, "seen", {"channel": name}) for name in ("other", "other", "a", "b")]})
    _, labels = prepare_cut(workspace(timelines), (), Dimension("c", "C", "channel", max_cells=2))
    assert labels == ("other", "other (pooled)")


def test_never_more_than_4096_cells(visits):
    hours = minutes(*range(MAX_CELLS // 2 + 1))
    cut, labels = prepare_cut(workspace(visits), hours, CHANNEL)
    assert labels == ("(none)", "other")
    assert cut.cells(visits).count == MAX_CELLS
    with pytest.raises(BadInput, match="4096 periods at most, but 4097"):
        prepare_cut(workspace(visits), minutes(*range(MAX_CELLS + 2)), None)


@pytest.mark.parametrize(
    ("changes", "expected"), [("latest", ["north", "south", "(none)"]), ("fixed", ["south", "south", "(none)"])]
)
def test_an_owner_has_the_first_or_the_latest_known_value(small_timelines, changes, expected):
    moves = {1: [(1, "moved", {"properties.region": "south"}), (2, "moved", {"properties.region": "north"}), (3, "seen", {})]}
    timelines = small_timelines({**moves, 2: [(1, "moved", {"properties.region": "south"})], 3: [(1, "seen", {})]})
    cut, labels = prepare_cut(workspace(timelines), (), Dimension("r", "R", "properties.region", "person", changes))
    assert [labels[code] for code in cut.cells(timelines).owner_codes] == expected


def test_a_person_keeps_a_value_until_the_next_one_is_known(small_timelines):
    timelines = small_timelines(
        {
            1: [
                (1, "seen", {}),
                (2, "moved", {"properties.region": "south"}),
                (3, "seen", {}),
                (4, "moved", {"properties.region": "north"}),
            ],
            2: [(1, "seen", {})],
        }
    )
    cut, labels = prepare_cut(workspace(timelines), (), Dimension("r", "R", "properties.region", "person", "as_of_signal"))
    assert labels_of(timelines, cut, labels) == ["(none)", "south", "south", "north", "(none)"]


def test_owners_read_elsewhere_are_not_counted_twice(small_timelines):
    people = {1: [(1, "seen", {"channel": "web"})], 2: [(1, "seen", {"channel": "app"})]}
    base = small_timelines(people, skip=[1])
    overlay = small_timelines({1: [(1, "seen", {"channel": "app"})]}, words=base.words)
    assert prepare_cut(workspace(base, overlay), (), CHANNEL)[1] == ("app",)


def test_a_dimension_of_another_unit_is_refused(visits):
    with pytest.raises(BadInput, match="levels: signal, object"):
        prepare_cut(workspace(visits, unit="order"), (), REGION)
    with pytest.raises(BadInput, match="no words to cut by"):
        prepare_cut(workspace(visits), (), Dimension("v", "V", "value"))


def test_periods_with_a_gap_are_refused():
    day = timedelta(days=1)
    start = datetime(2026, 3, 1, tzinfo=UTC)
    with pytest.raises(BadInput, match="without a gap"):
        prepare_cut(workspace(), [Period(start, start + day), Period(start + 2 * day, start + 3 * day)], None)


@given(st.lists(st.integers(-2, 12), max_size=12), st.sets(st.integers(0, 10), min_size=2, max_size=6))
def test_a_signal_at_a_border_belongs_to_the_period_that_starts_there(small_timelines, times, borders):
    periods = minutes(*sorted(borders))
    timelines = small_timelines({1: [(time * MINUTE, "seen", {}) for time in times]})
    cells = prepare_cut(workspace(timelines), periods, None)[0].cells(timelines)
    for i, time in enumerate(timelines.times.tolist()):
        inside = [k for k, period in enumerate(periods) if period.micros[0] <= time < period.micros[1]]
        found = find_cell(i, 0, time, cells.edges, cells.segments, cells.signal_codes, cells.owner_codes)
        assert found == (inside[0] if inside else -1)


def test_cutting_is_compiled_once(visits):
    for dimension in (CHANNEL, REGION, Dimension("r", "R", "properties.region", "person", "as_of_signal")):
        prepare_cut(workspace(visits), (), dimension)[0].cells(visits)
    assert [len(kernel.signatures) for kernel in (_count, _place, _carry, _owner_values)] == [1, 1, 1, 1]
