"""Small groups are hidden, and cannot be worked out from a table and its total."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.stats.small_groups import hide_small_cells, hide_small_groups

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
