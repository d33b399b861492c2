"""Durations: integer bins and logs that do not depend on how people were divided."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.timelines.durations import BINS, LN_2, LN_STEPS, LOG_SCALE, Durations, bin_edges, bin_of, log_of
from touchpath.timelines.kernels import BUCKETS, bucket_of

Rows = list[tuple[int, list[tuple[int, int]]]]  # people: (key, their (cell, milliseconds))
CELLS = 3
LONGEST = 2**40


@st.composite
def some_people(draw: st.DrawFn) -> Rows:
    keys = draw(st.lists(st.integers(-(2**62), 2**62), max_size=8, unique=True))
    times = st.tuples(st.integers(0, CELLS - 1), st.integers(0, LONGEST))
    return [(key, draw(st.lists(times, max_size=5))) for key in keys]


def counted(people: Rows) -> Durations:
    rows = [(cell, key, took) for key, times in people for cell, took in times]
    columns = np.array(rows, np.int64).reshape(-1, 3).T
    return Durations.of(CELLS, *columns)


@given(st.integers(0, 2**62))
def test_a_duration_lies_between_the_edges_of_its_bin(took: int) -> None:
    low, high = (int(edge[0]) for edge in bin_edges(np.array([bin_of(took)])))
    assert low <= took <= high
    assert high - low <= low / 128
    assert 0 <= bin_of(took) < BINS


@given(st.integers(2, 2**47))
def test_the_integer_logarithm_is_right_to_one_part_in_a_million(took: int) -> None:
    assert abs(log_of(took, LN_STEPS, LN_2) / LOG_SCALE - math.log(took)) < 1 / LOG_SCALE


@given(some_people())
def test_durations_are_counted_as_a_slow_reader_would(people: Rows) -> None:
    durations = counted(people)
    expected: Counter[int] = Counter()
    for key, times in people:
        expected.update((cell * BUCKETS + bucket_of(key)) * BINS + bin_of(took) for cell, took in times)
    assert dict(zip(durations.codes.tolist(), durations.counts.tolist(), strict=True)) == expected
    for cell in range(CELLS):
        per_person = [[took for where, took in times if where == cell] for _, times in people]
        per_person = [times for times in per_person if times]
        totals = durations.totals.cell(cell)
        assert (totals.people, totals.x) == (len(per_person), sum(map(len, per_person)))
        assert totals.y == sum(map(sum, per_person))
        assert totals.yy == sum(sum(times) ** 2 for times in per_person)
        logs = [sum(log_of(took, LN_STEPS, LN_2) for took in times) for times in per_person]
        assert (durations.logs.cell(cell).y, durations.logs.cell(cell).yy) == (sum(logs), sum(y * y for y in logs))


@given(some_people(), st.data())
def test_any_division_of_people_gives_the_same_durations(people: Rows, data: st.DataObject) -> None:
    part = data.draw(st.lists(st.integers(0, 2), min_size=len(people), max_size=len(people)))
    shards = [counted([one for one, where in zip(people, part, strict=True) if where == shard]) for shard in range(3)]
    assert (shards[0] + shards[1]) + shards[2] == counted(people)
    assert shards[2] + (shards[1] + shards[0]) == counted(people)


@given(some_people())
def test_a_histogram_holds_every_duration_of_its_cell(people: Rows) -> None:
    durations = counted(people)
    for cell in range(CELLS):
        histogram = durations.histogram(cell)
        took = sorted(took for _, times in people for where, took in times if where == cell)
        assert histogram.counts.sum() == len(took)
        low = np.repeat(histogram.low, histogram.counts.sum(axis=0))
        high = np.repeat(histogram.high, histogram.counts.sum(axis=0))
        assert all(a <= t <= b for a, t, b in zip(low, took, high, strict=True))
        assert durations.instants(cell) == took.count(0)


def test_rows_outside_every_cell_count_nowhere() -> None:
    rows = np.array([-1, 0, -1]), np.array([7, 7, 8]), np.array([5, 6, 7])
    assert Durations.of(1, *rows).counts.tolist() == [1]


@pytest.mark.parametrize("took", [-1, 2**47])
def test_an_impossible_duration_is_refused(took: int) -> None:
    with pytest.raises(BadInput, match=f"A duration of {took} ms"):
        Durations.of(1, np.array([0]), np.array([1]), np.array([took]))
