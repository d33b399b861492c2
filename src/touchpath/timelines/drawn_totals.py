"""Sums of some summaries, each taken so and so often: what a bootstrap over groups of people draws again and again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.timelines.arrays import Int64s
from touchpath.timelines.durations import Durations
from touchpath.timelines.moments import TOO_LARGE, Moments, carried
from touchpath.timelines.summaries import Counts

#: Gives the sum of all, each as often as (summaries,) says.
Total = Callable[[Int64s], Any]
_MOST = 1 << 62


def total_of(summaries: Sequence[Any]) -> Total:
    """How to add up some summaries of one kind; the same bit for bit as adding each so often, but most kinds in a few products.

    At least one summary is taken at least once. Raises BadInput rather than overflow, when a sum is asked for.
    """
    first = summaries[0]
    if isinstance(first, np.ndarray):
        return _of_arrays(summaries)
    if isinstance(first, Moments):
        counts, squares = _of_arrays([one.counts for one in summaries]), np.stack([one.squares for one in summaries])
        return lambda times: Moments(counts(times), carried(np.tensordot(times, squares, 1)))
    if isinstance(first, Durations):
        return _of_durations(summaries)
    if isinstance(first, Counts) and type(first).__add__ is Counts.__add__:
        kind = type(first)
        parts = [one._parts() for one in summaries]
        totals = {name: total_of([part[name] for part in parts]) for name in parts[0]}
        return lambda times: kind(**{name: total(times) for name, total in totals.items()})
    return lambda times: _one_by_one(summaries, times)


def _of_arrays(arrays: Sequence[Int64s]) -> Total:
    stacked = np.stack(arrays)
    most = int(np.abs(stacked).max(initial=0))

    def total(times: Int64s) -> Int64s:
        if most * int(times.sum()) >= _MOST:
            raise BadInput(TOO_LARGE)
        return np.asarray(np.tensordot(times, stacked, 1), np.int64)

    return total


def _of_durations(summaries: Sequence[Durations]) -> Total:
    codes = np.unique(np.concatenate([one.codes for one in summaries]))
    counts = np.zeros((len(summaries), codes.size), np.int64)
    for row, one in enumerate(summaries):
        counts[row, np.searchsorted(codes, one.codes)] = one.counts
    logs, totals = (total_of([getattr(one, name) for one in summaries]) for name in ("logs", "totals"))

    def total(times: Int64s) -> Durations:
        found = times @ counts
        kept = found != 0
        return Durations(codes[kept], found[kept], logs(times), totals(times))

    return total


def _one_by_one(summaries: Sequence[Any], times: Int64s) -> Any:
    drawn = [one for one, often in zip(summaries, times.tolist(), strict=True) for _ in range(often)]
    found = drawn[0]
    for one in drawn[1:]:
        found = found + one
    return found
