"""What every engine asks of one shard, and how the answers of several are put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, TypeVar

import numpy as np

from touchpath.engines.together import Answers, Plan, Reader, add_one, add_read, plan_of
from touchpath.timelines.arrays import Int64s, Timelines, TimelineSet
from touchpath.timelines.fold import Ask, Cut, Fold, Folded, Selection, Summary, Who, Whole
from touchpath.timelines.summaries import add_all
from touchpath.timelines.who import who_are

S = TypeVar("S", bound=Summary)


def never() -> bool:
    """The query is never cancelled."""
    return False


def shards_of(timelines: TimelineSet) -> tuple[Timelines, ...]:
    """The shards; an empty workspace is one shard with nobody in it."""
    return timelines.shards or (_nobody(),)


def note_of(number: int, shard: Timelines) -> str:
    """What an error in a shard is marked with."""
    return f"in shard {number} ({shard.people} owners, {shard.signals} signals)"


def ask_summary(fold: Fold[S], timelines: TimelineSet, cut: Cut, who: Sequence[Who]) -> Callable[[Timelines], S]:
    """Asks one shard for its summary; summaries are joined by `add_summaries`. May be pickled."""
    return partial(_summary, fold, cut, tuple(who), timelines.end)


def add_summaries(parts: Iterable[S]) -> S:
    """The summary of all, added in this order."""
    return add_all(tuple(parts))


def ask_each(asks: Sequence[Ask[Any]], timelines: TimelineSet) -> Callable[[Timelines], Answers]:
    """Asks one shard for the summaries of several folds; joined by `add_each`. May be pickled."""
    return partial(_each_summary, plan_of(asks), timelines.end)


def add_each(parts: Iterable[Answers]) -> Answers:
    """The summaries of all, each added in this order; what failed in one shard has failed."""
    return tuple(add_one(parts) for parts in zip(*parts, strict=True))


def ask_owners(
    fold: Fold[S], timelines: TimelineSet, outcomes: frozenset[int], who: Sequence[Who], cut: Cut | None
) -> Callable[[Timelines], Int64s]:
    """Asks one shard for the owners with one of these outcomes; joined by `join_owners`. May be pickled."""
    return partial(_owners, fold, cut or Whole(), tuple(who), timelines.end, outcomes)


def join_owners(parts: Iterable[Int64s]) -> Int64s:
    """The owners of all."""
    return np.concatenate(list(parts))


def selection(timelines: TimelineSet, owners: Int64s, title: str) -> Selection:
    """These owners, in order, as this data version knew them."""
    return Selection(timelines.unit, np.sort(owners), title, timelines.data_version)


def _folded(fold: Fold[S], cut: Cut, who: Sequence[Who], end: int, shard: Timelines) -> Folded[S]:
    return fold.map(shard, cut.cells(shard), who_are(shard, who), end)


def _summary(fold: Fold[S], cut: Cut, who: Sequence[Who], end: int, shard: Timelines) -> S:
    return _folded(fold, cut, who, end, shard).summary


def _each_summary(plan: Plan, end: int, shard: Timelines) -> Answers:
    reader = Reader(plan, end)
    reader.read(0, shard)
    return add_read(plan, [reader])


def _owners(fold: Fold[S], cut: Cut, who: Sequence[Who], end: int, outcomes: frozenset[int], shard: Timelines) -> Int64s:
    people = who_are(shard, who)
    found = np.isin(fold.map(shard, cut.cells(shard), people, end).outcomes, sorted(outcomes))
    # "Never" (-1) is an outcome too, but who is not read has none.
    for read in (people == 1, shard.skip == 0):
        if read.size:
            found &= read
    chosen: Int64s = shard.owners[found]
    return chosen


def _nobody() -> Timelines:
    return Timelines(np.empty(0, np.int64), np.zeros(1, np.int64), np.empty(0, np.int64), np.empty(0, np.int32))
