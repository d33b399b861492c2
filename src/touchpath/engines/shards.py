"""What every engine asks of one shard, and how the answers of several are put together."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import partial, reduce
from operator import add
from typing import Any, TypeVar

import numpy as np

from touchpath.timelines.arrays import Bytes, Int64s, Timelines, TimelineSet
from touchpath.timelines.fold import Ask, Cut, Failed, Fold, Folded, Selection, Summary, Who, Whole
from touchpath.timelines.shared import Shared
from touchpath.timelines.who import all_of, who_are

S = TypeVar("S", bound=Summary)

#: A summary, or why there is none, for each of several folds.
Answers = tuple[Any | Failed, ...]


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
    return reduce(add, parts)


def ask_each(asks: Sequence[Ask[Any]], timelines: TimelineSet) -> Callable[[Timelines], Answers]:
    """Asks one shard for the summaries of several folds; joined by `add_each`. May be pickled."""
    return partial(_each_summary, tuple(asks), timelines.end)


def add_each(parts: Iterable[Answers]) -> Answers:
    """The summaries of all, each added in this order; what failed in one shard has failed."""
    return reduce(lambda before, after: tuple(map(_add, before, after)), parts)


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


def _each_summary(asks: Sequence[Ask[Any]], end: int, shard: Timelines) -> Answers:
    """Equal asks are answered once; equal filters and cuts, and conditions that folds share, are worked out once."""
    shared, found = Shared(shard), dict[Hashable, Any]()
    keys = [(_key(ask.fold), _key(ask.cut), tuple(map(_key, ask.who))) for ask in asks]
    for key, ask in zip(keys, asks, strict=True):
        if key not in found:
            found[key] = _try(ask, end, shard, shared)
    return tuple(found[key] for key in keys)


def _try(ask: Ask[Any], end: int, shard: Timelines, shared: Shared) -> Any | Failed:
    try:
        cells = shared.once(("cells", _key(ask.cut)), partial(ask.cut.cells, shard))
        people = shared.once(("people", tuple(map(_key, ask.who))), lambda: all_of(_people(who, shared) for who in ask.who))
        return ask.fold.map(shared, cells, people, end).summary
    except Exception as error:
        error.add_note(f"in a shard of {shard.people} owners and {shard.signals} signals")
        return Failed(error)


def _people(who: Who, shared: Shared) -> Bytes:
    return shared.once(("filter", _key(who)), partial(who.people, shared))


def _key(part: object) -> Hashable:
    """Equal parts have equal keys; a part that cannot be compared (as with arrays in it) only equals itself."""
    try:
        hash(part)
    except TypeError:
        return ("this one", id(part))
    return part


def _add(before: Any | Failed, after: Any | Failed) -> Any | Failed:
    if isinstance(before, Failed):
        return before
    return after if isinstance(after, Failed) else before + after


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
