"""Several asks read together, shard after shard: what they have in common is worked out once, and what can go on from shard to shard does."""

from __future__ import annotations

import operator
from collections.abc import Hashable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from touchpath.timelines.arrays import Bytes, Cells, Int64s, Timelines
from touchpath.timelines.fold import Ask, Failed, Tally, Totalling, Who
from touchpath.timelines.listed import Listing, Lists, Wanted, list_ahead, plan_lists, reads_some
from touchpath.timelines.shared import Room, Shared
from touchpath.timelines.summaries import add_all
from touchpath.timelines.who import all_of

#: A summary, or why there is none, for each of several folds.
Answers = tuple[Any | Failed, ...]

#: A tally reads fewer signals than this: its sums of squares are exact as those of a shard are.
_MOST_SIGNALS = 1 << 31


class Plan(NamedTuple):
    """Asks of which each is answered once. numbers: for each one the number of its fold, of whom it reads, and of its cut; equal ones have the
    same.   places: for each ask that came the place of the one that answers it.   alike: places of asks of one fold, of the same people,
    by several cuts, if the fold may answer two of them in one pass.   listing: places of asks that read a list of signals."""

    asks: tuple[Ask[Any], ...]
    numbers: tuple[tuple[int, int, int], ...]
    places: tuple[int, ...]
    alike: tuple[tuple[int, ...], ...]
    listing: tuple[int, ...]


def plan_of(asks: Iterable[Ask[Any]]) -> Plan:
    """Equal asks are found once, not in every shard. May be pickled."""
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
    return Plan(tuple(ask for _, ask in distinct.values()), tuple(distinct), tuple(places), several, listing)


def add_read(plan: Plan, readers: Sequence[Reader]) -> Answers:
    """For each ask the summary of all that these have read, or the first reason why there is none."""
    parts = dict[int, list[tuple[int, Any]]]()
    for reader in readers:
        for number, place, summary in reader.found():
            parts.setdefault(place, []).append((number, summary))
    of_each = (sorted(parts[place], key=lambda part: part[0]) for place in range(len(plan.asks)))
    sums = [add_one([summary for _, summary in of_one]) for of_one in of_each]
    return tuple(sums[place] for place in plan.places)


def add_one(parts: Sequence[Any | Failed]) -> Any | Failed:
    """One summary of all, or the first reason why there is none."""
    return next((part for part in parts if isinstance(part, Failed)), None) or add_all(parts)


@dataclass(slots=True)
class _Pair:
    """An ask by so many cells and one in a single cell as wide as these, counted by one tally. number, signals: the first shard that the tally
    has read, and how much in all."""

    apart: int
    whole: int
    cells: int
    tally: Tally[Any]
    number: int
    signals: int = 0


class Reader:
    """Reads shards one after the other for all asks of a plan. For one thread."""

    def __init__(self, plan: Plan, end: int) -> None:
        self._plan, self._end, self._ahead = plan, end, _Ahead(plan)
        self._pairs: list[_Pair | None] = [None] * len(plan.alike)
        self._shards: list[tuple[int, Timelines]] = []
        self._people, self._room = 0, Room()
        self._found: list[tuple[int, int, Any]] = []

    def read(self, number: int, shard: Timelines) -> None:
        """Read one more. Equal filters and cuts, and conditions that folds share, are worked out once."""
        one = _Shard(self._plan, self._end, shard, self._room)
        self._ahead.list(one)
        told = set[int]()
        for at, group in enumerate(self._plan.alike):
            pair = self._pair(at, number, group, one)
            if pair is not None and _goes_on(pair, one):
                told |= {pair.apart, pair.whole}
            elif pair is not None:
                self._part(at, pair)
        self._found += [(number, place, one.try_(place)) for place in range(len(self._plan.asks)) if place not in told]
        self._shards.append((number, shard))
        self._people += shard.people

    def found(self) -> Iterable[tuple[int, int, Any]]:
        """The number of a shard, the place of an ask, and the summary of this shard or of it and others; in any order."""
        yield from self._found
        for pair in self._pairs:
            yield from _told(pair) if pair else ()

    def _part(self, at: int, pair: _Pair) -> None:
        """Ask the two of a pair one by one, from here on and in the shards that its tally has read."""
        self._pairs[at] = None
        for number, shard in self._shards:
            if number >= pair.number:
                one = _Shard(self._plan, self._end, shard, Room())
                self._found += [(number, place, one.try_(place)) for place in (pair.apart, pair.whole)]

    def _pair(self, at: int, number: int, group: Sequence[int], one: _Shard) -> _Pair | None:
        """The two asks of a group that are counted together, chosen in the first shard with anybody in it; None = there are none."""
        pair = self._pairs[at]
        if pair is None and not self._people and one.shared.people:  # where there is nobody, segments look like a whole
            pair = self._pairs[at] = one.choose(number, group)
        elif pair is not None and pair.signals + one.shared.signals >= _MOST_SIGNALS:
            self._found += _told(pair)
            pair = self._pairs[at] = one.choose(number, group)
        return pair


def _told(pair: _Pair) -> list[tuple[int, int, Any]]:
    apart, whole = pair.tally.both()
    return [(pair.number, pair.apart, apart), (pair.number, pair.whole, whole)]


def _goes_on(pair: _Pair, one: _Shard) -> bool:
    """Whether a pair could be counted in one more shard; if not, its tally is of no use."""
    try:
        cells, whole = one.cells(pair.apart), one.cells(pair.whole)
        if cells.count != pair.cells or not _is_whole(whole) or not _is_as_wide(cells, whole):
            return False
        pair.tally.add(one.shared, cells, one.people(pair.apart), one.end)
    except Exception:
        return False  # told where each is tried by itself
    pair.signals += one.shared.signals
    return True


def _is_whole(cells: Cells) -> bool:
    return cells.count == 1 and not cells.signal_codes.size and not cells.owner_codes.size


def _is_as_wide(apart: Cells, whole: Cells) -> bool:
    return bool(apart.edges[0] == whole.edges[0] and apart.edges[-1] == whole.edges[-1])


class _Ahead:
    """Lists the signals that several folds read, all at once: planned for the first shard, and anew where kinds or borders of periods differ."""

    def __init__(self, plan: Plan) -> None:
        self._asks, self._places = plan.asks, dict[int, list[int]]()
        for place in plan.listing:
            self._places.setdefault(plan.numbers[place][1], []).append(place)
        self._planned = dict[tuple[int, bool], _AheadOf]()

    def list(self, one: _Shard) -> None:
        """List them for one shard; what cannot be listed is told where the ask is tried."""
        for who, places in self._places.items():
            with suppress(Exception):
                people = one.people(places[0])
                list_ahead(one.shared, self._of(who, places, one, every=reads_some(one.shared, people)), people)

    def _of(self, who: int, places: Sequence[int], one: _Shard, *, every: bool) -> tuple[Lists, ...]:
        words, edges = one.shared.words.get("kind", ("",)), [self._edges(place, one) for place in places]
        before = self._planned.get((who, every))
        if before is not None and before.words is words and all(map(operator.is_, before.edges, edges)):
            return before.lists
        wanted = [self._wanted(place, borders) for place, borders in zip(places, edges, strict=True)]
        lists = plan_lists(words, filter(None, wanted), every=every)
        self._planned[who, every] = _AheadOf(words, edges, lists)
        return lists

    def _edges(self, place: int, one: _Shard) -> Int64s | None:
        with suppress(Exception):
            return one.cells(place).edges
        return None

    def _wanted(self, place: int, edges: Int64s | None) -> Wanted | None:
        with suppress(Exception):
            return None if edges is None else self._asks[place].fold.lists(edges)  # type: ignore[attr-defined]
        return None


class _AheadOf(NamedTuple):
    """What is listed ahead for shards with just these kinds and borders."""

    words: Sequence[str]
    edges: Sequence[Int64s | None]
    lists: tuple[Lists, ...]


class _Shard:
    """One shard that is read for all asks of a plan."""

    def __init__(self, plan: Plan, end: int, shard: Timelines, room: Room) -> None:
        self.plan, self.end, self.shared, self._shard = plan, end, Shared(shard, room), shard

    def choose(self, number: int, group: Sequence[int]) -> _Pair | None:
        """An ask by cells, and one in a single cell as wide as these; None where there are none, or none that are counted together."""
        try:
            cells = {place: self.cells(place) for place in group}
        except Exception:
            return None  # told where the ask is tried
        for whole in (place for place in group if _is_whole(cells[place])):
            for apart in group:
                if apart != whole and _is_as_wide(cells[apart], cells[whole]):
                    count = cells[apart].count
                    tally = self.plan.asks[apart].fold.tally(count)  # type: ignore[attr-defined]
                    return _Pair(apart, whole, count, tally, number) if tally else None
        return None

    def try_(self, place: int) -> Any | Failed:
        """The summary, or why there is none."""
        try:
            return self.plan.asks[place].fold.map(self.shared, self.cells(place), self.people(place), self.end).summary
        except Exception as error:
            error.add_note(f"in a shard of {self.shared.people} owners and {self.shared.signals} signals")
            return Failed(error)

    def cells(self, place: int) -> Cells:
        """Where an ask counts."""
        return self.shared.once(("cells", self.plan.numbers[place][2]), partial(self.plan.asks[place].cut.cells, self._shard))

    def people(self, place: int) -> Bytes:
        """Whom an ask reads."""
        who = self.plan.asks[place].who
        return self.shared.once(("people", self.plan.numbers[place][1]), lambda: all_of(self._filter(one) for one in who))

    def _filter(self, who: Who) -> Bytes:
        return self.shared.once(("filter", _key(who)), partial(who.people, self.shared))


def _key(part: object) -> Hashable:
    """Equal parts have equal keys; a part that cannot be compared (as with arrays in it) only equals itself."""
    try:
        hash(part)
    except TypeError:
        return ("this one", id(part))
    return part
