"""What every engine asks of one shard, and how the answers of several are put together."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple, TypeVar

import numpy as np

from touchpath.timelines.arrays import Bytes, Cells, Int64s, Timelines, TimelineSet
from touchpath.timelines.fold import Ask, Cut, Failed, Fold, Folded, Selection, Summary, Totalling, Who, Whole
from touchpath.timelines.listed import Listing, Wanted, list_ahead
from touchpath.timelines.shared import Shared
from touchpath.timelines.summaries import add_all
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
    return add_all(tuple(parts))


def ask_each(asks: Sequence[Ask[Any]], timelines: TimelineSet) -> Callable[[Timelines], Answers]:
    """Asks one shard for the summaries of several folds; joined by `add_each`. May be pickled."""
    return partial(_each_summary, _plan(asks), timelines.end)


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


class _Planned(NamedTuple):
    """Asks of which each is answered once. numbers: for each one the number of its fold, of whom it reads, and of its cut; equal ones have the
    same.   places: for each ask that came the place of the one that answers it.   alike: places of asks of one fold, of the same people,
    by several cuts, if the fold may answer two of them in one pass.   listing: places of asks that read a list of signals."""

    asks: tuple[Ask[Any], ...]
    numbers: tuple[tuple[int, int, int], ...]
    places: tuple[int, ...]
    alike: tuple[tuple[int, ...], ...]
    listing: tuple[int, ...]


def _plan(asks: Iterable[Ask[Any]]) -> _Planned:
    """Equal asks are found once, not in every shard."""
    known = dict[Hashable, int]()
    distinct, places = dict[tuple[int, int, int], tuple[int, Ask[Any]]](), list[int]()
    for ask in asks:
        parts = (("fold", _key(ask.fold)), ("who", tuple(map(_key, ask.who))), ("cut", _key(ask.cut)))
        fold, who, cut = (known.setdefault(part, len(known)) for part in parts)
        places.append(distinct.setdefault((fold, who, cut), (len(distinct), ask))[0])
    alike = dict[tuple[int, int], list[int]]()
    for (fold, who, _), (place, ask) in distinct.items():
        if isinstance(ask.fold, Totalling):
            alike.setdefault((fold, who), []).append(place)
    several = tuple(tuple(group) for group in alike.values() if len(group) > 1)
    listing = tuple(place for place, ask in distinct.values() if isinstance(ask.fold, Listing))
    return _Planned(tuple(ask for _, ask in distinct.values()), tuple(distinct), tuple(places), several, listing)


def _each_summary(plan: _Planned, end: int, shard: Timelines) -> Answers:
    """Equal filters and cuts, and conditions that folds share, are worked out once."""
    shared, found = Shared(shard), dict[int, Any]()
    _list_ahead(plan, shard, shared)
    for group in plan.alike:
        apart, whole = _pair(group, plan, shard, shared)
        if apart >= 0:
            found.update(zip((apart, whole), _try_both(apart, plan, end, shard, shared), strict=False))
    for place in range(len(plan.asks)):
        if place not in found:
            found[place] = _try(place, plan, end, shard, shared)
    return tuple(found[place] for place in plan.places)


def _list_ahead(plan: _Planned, shard: Timelines, shared: Shared) -> None:
    """List the signals that several folds read, all at once."""
    wanted = dict[int, tuple[int, list[Wanted]]]()
    for place in plan.listing:
        with suppress(Exception):  # told where the ask is tried
            asked = plan.asks[place].fold.lists(_cells(place, plan, shard, shared).edges)  # type: ignore[attr-defined]
            wanted.setdefault(plan.numbers[place][1], (place, []))[1].extend([asked] if asked else [])
    for place, of_them in wanted.values():
        with suppress(Exception):
            list_ahead(shared, of_them, _people_of(place, plan, shared))


def _pair(group: Sequence[int], plan: _Planned, shard: Timelines, shared: Shared) -> tuple[int, int]:
    """An ask by cells, and one in a single cell as wide as these; -1 where there are none."""
    try:
        cells = {place: _cells(place, plan, shard, shared) for place in group}
    except Exception:
        return -1, -1  # told where the ask is tried
    for whole in (place for place in group if _is_whole(cells[place])):
        for apart in group:
            if apart != whole and np.array_equal(cells[apart].edges[[0, -1]], cells[whole].edges):
                return apart, whole
    return -1, -1


def _is_whole(cells: Cells) -> bool:
    return cells.count == 1 and not cells.signal_codes.size and not cells.owner_codes.size


def _try_both(place: int, plan: _Planned, end: int, shard: Timelines, shared: Shared) -> tuple[Any, ...]:
    """The summary by cells and that of the whole in one pass; none where that does not go."""
    try:
        cells, people = _cells(place, plan, shard, shared), _people_of(place, plan, shared)
        return plan.asks[place].fold.map_with_whole(shared, cells, people, end) or ()  # type: ignore[attr-defined]
    except Exception:
        return ()  # told where each is tried by itself


def _try(place: int, plan: _Planned, end: int, shard: Timelines, shared: Shared) -> Any | Failed:
    try:
        cells, people = _cells(place, plan, shard, shared), _people_of(place, plan, shared)
        return plan.asks[place].fold.map(shared, cells, people, end).summary
    except Exception as error:
        error.add_note(f"in a shard of {shard.people} owners and {shard.signals} signals")
        return Failed(error)


def _cells(place: int, plan: _Planned, shard: Timelines, shared: Shared) -> Cells:
    return shared.once(("cells", plan.numbers[place][2]), partial(plan.asks[place].cut.cells, shard))


def _people_of(place: int, plan: _Planned, shared: Shared) -> Bytes:
    who = plan.asks[place].who
    return shared.once(("people", plan.numbers[place][1]), lambda: all_of(_people(one, shared) for one in who))


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
