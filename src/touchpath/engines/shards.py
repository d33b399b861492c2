"""What every engine asks of one shard, and how the answers of several are put together."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

import numpy as np

from touchpath.timelines.arrays import Bytes, Cells, Int64s, Timelines, TimelineSet
from touchpath.timelines.fold import Ask, Cut, Failed, Fold, Folded, Selection, Summary, Totalling, Who, Whole
from touchpath.timelines.shared import Shared
from touchpath.timelines.summaries import add_all
from touchpath.timelines.who import all_of, who_are

S = TypeVar("S", bound=Summary)

#: A summary, or why there is none, for each of several folds.
Answers = tuple[Any | Failed, ...]
#: What tells an ask from others: its fold, whom it reads, and its cut.
_Key = tuple[Hashable, Hashable, Hashable]


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
    return partial(_each_summary, tuple(asks), timelines.end)


def add_each(parts: Iterable[Answers]) -> Answers:
    """The summaries of all, each added in this order; what failed in one shard has failed."""
    return tuple(map(_add_one, zip(*parts, strict=True)))


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
    keys = [(_key(ask.fold), tuple(map(_key, ask.who)), _key(ask.cut)) for ask in asks]
    distinct = dict(zip(keys, asks, strict=True))
    for pair in _pairs(distinct, shard, shared):
        found.update(zip(pair, _try_both([distinct[key] for key in pair], end, shard, shared), strict=False))
    for key, ask in distinct.items():
        if key not in found:
            found[key] = _try(ask, end, shard, shared)
    return tuple(found[key] for key in keys)


def _pairs(asks: Mapping[_Key, Ask[Any]], shard: Timelines, shared: Shared) -> Iterator[tuple[_Key, _Key]]:
    """Asks that one pass may answer, by key: some fold by cells, and the same fold of the same people in one cell as wide as these."""
    alike = dict[Hashable, list[_Key]]()
    for key, ask in asks.items():
        if isinstance(ask.fold, Totalling):
            alike.setdefault(key[:2], []).append(key)
    for keys in alike.values():
        with suppress(Exception):  # told where the ask itself is tried
            cells = {key: _cells(asks[key], shard, shared) for key in keys} if len(keys) > 1 else {}
            whole = next((key for key, one in cells.items() if one.count == 1 and not _has_segments(one)), None)
            apart = next((key for key, one in cells.items() if whole and key != whole and _as_wide(one, cells[whole])), None)
            if whole and apart:
                yield apart, whole


def _has_segments(cells: Cells) -> bool:
    return cells.signal_codes.size + cells.owner_codes.size > 0


def _as_wide(cells: Cells, whole: Cells) -> bool:
    return bool(cells.edges[0] == whole.edges[0] and cells.edges[-1] == whole.edges[-1])


def _try_both(asks: Sequence[Ask[Any]], end: int, shard: Timelines, shared: Shared) -> tuple[Any, ...]:
    """The summary by cells and that of the whole in one pass; none where that does not go."""
    apart = asks[0]
    try:
        return apart.fold.map_with_whole(shared, _cells(apart, shard, shared), _people_of(apart, shared), end) or ()  # type: ignore[attr-defined]
    except Exception:
        return ()  # told where each is tried by itself


def _try(ask: Ask[Any], end: int, shard: Timelines, shared: Shared) -> Any | Failed:
    try:
        return ask.fold.map(shared, _cells(ask, shard, shared), _people_of(ask, shared), end).summary
    except Exception as error:
        error.add_note(f"in a shard of {shard.people} owners and {shard.signals} signals")
        return Failed(error)


def _cells(ask: Ask[Any], shard: Timelines, shared: Shared) -> Cells:
    return shared.once(("cells", _key(ask.cut)), partial(ask.cut.cells, shard))


def _people_of(ask: Ask[Any], shared: Shared) -> Bytes:
    return shared.once(("people", tuple(map(_key, ask.who))), lambda: all_of(_people(who, shared) for who in ask.who))


def _people(who: Who, shared: Shared) -> Bytes:
    return shared.once(("filter", _key(who)), partial(who.people, shared))


def _key(part: object) -> Hashable:
    """Equal parts have equal keys; a part that cannot be compared (as with arrays in it) only equals itself."""
    try:
        hash(part)
    except TypeError:
        return ("this one", id(part))
    return part


def _add_one(parts: Sequence[Any | Failed]) -> Any | Failed:
    """One summary of all, or the first reason why there is none."""
    return next((part for part in parts if isinstance(part, Failed)), None) or add_all(parts)


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
