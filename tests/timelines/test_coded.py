"""Sparse tables of counts against dictionaries."""

from __future__ import annotations

from functools import reduce

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.timelines import coded
from touchpath.timelines.coded import Coded, add_coded, add_tables, take_coded

some_counts = st.dictionaries(st.integers(0, 30), st.integers(-5, 5))


@given(some_counts, some_counts)
def test_sparse_counts_add_code_by_code(some: dict[int, int], more: dict[int, int]) -> None:
    mine, theirs = (np.array(sorted(counts.items()), np.int64).reshape(-1, 2).T for counts in (some, more))
    codes, sums = add_coded(*mine, *theirs)
    assert dict(zip(codes.tolist(), sums.tolist(), strict=True)) == {
        code: some.get(code, 0) + more.get(code, 0) for code in sorted({*some, *more})
    }
    assert codes.tolist() == sorted({*some, *more})


@pytest.mark.parametrize("sign", [1, -1])
def test_sparse_counts_never_overflow(sign: int) -> None:
    one, most = np.array([3]), np.array([sign * (2**63 - 1)])
    with pytest.raises(BadInput, match="64 bits"):
        add_coded(one, most, one, np.array([2 * sign]))


@given(st.lists(some_counts, min_size=1, max_size=6), st.sampled_from([1, 1 << 40]))
def test_many_tables_add_up_as_one_after_the_other(tables, scale):
    parts = [tuple(np.array(sorted(counts.items()), np.int64).reshape(-1, 2).T * [[1], [scale]]) for counts in tables]
    expected = reduce(lambda one, other: add_coded(*one, *other), parts)
    found = add_tables(parts)
    assert [column.tolist() for column in found] == [column.tolist() for column in expected]
    assert all(column.dtype == np.int64 for column in found)


def test_many_tables_never_overflow():
    one = np.array([3]), np.array([2**61])
    with pytest.raises(BadInput, match="64 bits"):
        add_tables([one] * 4)
    assert [column.tolist() for column in add_tables([one] * 3)] == [[3], [3 * 2**61]]


def table(rows: dict[int, tuple[int, ...]], shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Codes and counts, as folds keep them."""
    return np.array(sorted(rows), np.int64), np.array([rows[code] for code in sorted(rows)], np.int64).reshape(-1, *shape)


some_rows = st.dictionaries(st.integers(0, 20), st.tuples(*[st.integers(0, 9)] * 4).filter(any))


@given(some_rows, some_rows, st.sampled_from([(4,), (2, 2), (4, 1)]))
def test_rows_of_any_shape_add_and_are_taken_away_again(some, more, shape):
    mine, theirs = table(some, shape), table(more, shape)
    codes, sums = add_coded(*mine, *theirs)
    wanted = {code: tuple(np.add(some.get(code, (0,) * 4), more.get(code, (0,) * 4)).tolist()) for code in sorted({*some, *more})}
    assert dict(zip(codes.tolist(), map(tuple, sums.reshape(-1, 4).tolist()), strict=True)) == wanted
    assert sums.shape == (codes.size, *shape)
    for left, right in zip(take_coded(codes, sums, *theirs), mine, strict=True):
        assert np.array_equal(left, right)


@given(some_rows, some_rows)
def test_tables_add_in_either_order(some, more):
    mine, theirs = Coded(*table(some, (4,))), Coded(*table(more, (4,)))
    assert mine + theirs == theirs + mine


def test_a_sum_that_is_too_large_in_any_column_is_refused():
    codes = np.array([1, 4])
    with pytest.raises(BadInput, match="64 bits"):
        add_coded(codes, np.array([[1, 2], [3, 2**62]]), codes, np.array([[1, 2], [3, 2**62]]))


def test_one_signature_per_kernel():
    for one in (coded._join, coded._add_at):
        assert len(one.signatures) == 1
