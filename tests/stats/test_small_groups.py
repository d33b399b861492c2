"""Small groups are hidden, and cannot be worked out from a table and its total."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from touchpath.model.errors import BadInput
from touchpath.stats.small_groups import hide_in_lines, hide_small_cells, hide_small_groups, solvable

groups = st.lists(st.integers(0, 30), max_size=12)


@pytest.mark.parametrize(
    ("people", "hidden", "total"),
    [
        ([40, 20, 9], [False, False, False], False),
        ([40, 20, 3], [False, True, True], False),
        ([40, 3, 3], [False, True, True], False),
        ([40, 20, 1, 1], [False, True, True, True], False),
        ([40, 0, 20, 3], [False, False, True, True], False),
        ([40, 3], [True, True], False),
        ([3], [True], True),
        ([2, 1], [True, True], True),
        ([3, 0, 0], [True, False, False], True),
        ([], [], False),
        ([0, 0], [False, False], False),
    ],
)
def test_small_groups_and_what_would_give_them_away_are_hidden(people, hidden, total):
    found = hide_small_groups(people, 5)
    assert (list(found.groups), found.total) == (hidden, total)


def test_without_a_total_nothing_more_is_hidden():
    assert hide_small_groups([40, 20, 3], 5, total_shown=False) == ((False, False, True), False)


@given(groups, st.integers(1, 15))
def test_nobody_can_be_worked_out_from_the_total(people, least):
    found = hide_small_groups(people, least)
    left = [count for count, hidden in zip(people, found.groups, strict=True) if hidden]
    assert not any(0 < count < least and not hidden for count, hidden in zip(people, found.groups, strict=True))
    assert not left or found.total or (len(left) > 1 and sum(left) >= least)


@given(groups, st.integers(1, 15))
def test_no_more_is_hidden_than_must_be(people, least):
    found = hide_small_groups(people, least)
    if not any(0 < count < least for count in people):
        assert not any(found.groups)
        assert not found.total
    assert not any(hidden and count == 0 for count, hidden in zip(people, found.groups, strict=True))


@given(groups)
def test_a_least_of_one_hides_nothing(people):
    assert not any(hide_small_groups(people, 1).groups)


@pytest.mark.parametrize(("people", "least"), [([-1], 5), ([3], 0)])
def test_impossible_counts_are_refused(people, least):
    with pytest.raises(BadInput, match="0 people or more"):
        hide_small_groups(people, least)


tables = st.integers(1, 4).flatmap(
    lambda wide: st.lists(st.lists(st.integers(0, 20), min_size=wide, max_size=wide), min_size=1, max_size=4)
)


@given(tables, st.integers(1, 10))
def test_no_cell_of_a_table_can_be_worked_out_from_its_row_or_column(rows, least):
    counts = np.array(rows)
    hidden = hide_small_cells(counts, least)
    assert not ((counts > 0) & (counts < least) & ~hidden).any()
    for line, gone in [*zip(counts, hidden, strict=True), *zip(counts.T, hidden.T, strict=True)]:
        left = line[gone]
        assert not left.size or (left.size > 1 and left.sum() >= least) or gone[line > 0].all()


def test_a_cell_is_hidden_with_others_in_its_row_and_its_column():
    hidden = hide_small_cells(np.array([[3, 20, 30], [40, 25, 60], [50, 70, 80]]), 5)
    assert hidden.tolist() == [[True, True, False], [True, True, False], [False, False, False]]


@given(tables, st.integers(1, 10))
def test_no_cell_of_a_table_can_be_solved_from_all_its_rows_and_columns(rows, least):
    counts = np.array(rows)
    places = np.arange(counts.size).reshape(counts.shape)
    lines = [line for line in (*places, *places.T) if line.size > 1]
    hidden = hide_small_cells(counts, least).ravel()
    if counts.size > 1:
        assert not solved_by_rank(hidden, lines).any()


def test_a_bridge_between_two_safe_blocks_is_no_way_in():
    """Every row and column has two hidden cells, and still the one in the middle is what the blocks leave of their totals."""
    hidden = np.zeros((4, 4), np.bool_)
    hidden[:2, :2] = hidden[2:, 2:] = hidden[1, 2] = True
    places = np.arange(16).reshape(4, 4)
    lines = [*places, *places.T]
    assert np.flatnonzero(solvable(hidden.ravel(), lines)).tolist() == [6]
    counts = np.where(hidden, 3, 40)
    assert not solved_by_rank(hide_small_cells(counts, 5).ravel(), lines).any()


def test_a_group_of_nobody_goes_where_nothing_else_would_do():
    hidden = hide_small_cells(np.array([[3, 0], [20, 50]]), 5)
    assert hidden.all()


def solved_by_rank(hidden: np.ndarray, lines: list[np.ndarray]) -> np.ndarray:
    """The definition itself: a row is solved when knowing it adds nothing to what the sums say."""
    places = np.flatnonzero(hidden)
    sums = np.array([[place in line for place in places] for line in lines], float)
    rank = np.linalg.matrix_rank(sums) if places.size else 0
    found = np.zeros(hidden.size, np.bool_)
    for number, place in enumerate(places):
        one = np.eye(places.size)[number]
        found[place] = np.linalg.matrix_rank(np.vstack([sums, one])) == rank
    return found


linked = st.integers(1, 3).flatmap(
    lambda kinds: st.lists(st.lists(st.integers(0, 15), min_size=kinds, max_size=kinds), min_size=2, max_size=14)
)


@given(linked, st.data(), st.integers(2, 8))
def test_nothing_hidden_in_lines_of_any_shape_is_solved_while_anything_is_shown(rows, data, least):
    counts = np.array(rows)
    numbers = st.lists(st.integers(0, len(rows) - 1), min_size=2, max_size=len(rows), unique=True)
    lines = [np.array(sorted(one)) for one in data.draw(st.lists(numbers, min_size=1, max_size=5))]
    small = ((counts > 0) & (counts < least)).any(axis=1)
    hidden = hide_in_lines(counts, small, lines, least)
    assert hidden[small].all()
    assert np.array_equal(solvable(hidden, lines), solved_by_rank(hidden, lines))
    for line in lines:
        if solved_by_rank(hidden, lines)[line].any():
            assert hidden[line].all()  # nothing was left to hide it behind


@given(st.integers(2, 40), st.integers(30, 40), st.integers(0, 2**32 - 1))
@settings(max_examples=6)
def test_large_tables_are_solved_as_small_ones_are(rows, columns, seed):
    made = np.random.default_rng(seed)
    hidden, places = made.random(rows * columns) < 0.5, np.arange(rows * columns).reshape(rows, columns)
    lines = [*places, *places.T]
    free = _freed_of(hidden, lines)
    assert np.array_equal(solvable(hidden, lines), free)


def _freed_of(hidden: np.ndarray, lines: list[np.ndarray]) -> np.ndarray:
    """Cells that are on no circle of hidden cells: bridges of the graph of rows and columns (Tarjan)."""
    edges = [[number for number, line in enumerate(lines) if place in line] for place in np.flatnonzero(hidden)]
    found = np.zeros(hidden.size, np.bool_)
    graph = coo_array((np.ones(len(edges)), ([e[0] for e in edges], [e[1] for e in edges])), shape=(len(lines),) * 2)
    whole = connected_components(graph, directed=False)[0] if edges else 0
    for number, place in enumerate(np.flatnonzero(hidden)):
        rest = [edge for other, edge in enumerate(edges) if other != number]
        cut = coo_array((np.ones(len(rest)), ([e[0] for e in rest], [e[1] for e in rest])), shape=(len(lines),) * 2)
        found[place] = connected_components(cut, directed=False)[0] > whole
    return found
