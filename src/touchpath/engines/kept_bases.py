"""What is kept of the base shards of timelines, for as long as somebody has them open and no longer."""

from __future__ import annotations

import dataclasses
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from touchpath.services.ground import KeptCut
from touchpath.timelines.arrays import NO_BYTES, NO_VALUE, Bytes, Int64s, Timelines, TimelineSet
from touchpath.timelines.cut import Cutting
from touchpath.timelines.fold import Cut, Selection, Whole
from touchpath.timelines.only import only_owners

_LAST_TIME = np.iinfo(np.int64).max
_PLAIN = (bool, int, float, str, bytes, date, datetime, timedelta, type(None), np.generic)
#: What an entry takes beside its arrays.
_OVERHEAD = 4096


class Unlike(Exception):
    """Nobody can tell whether two such values are the same."""


def likeness(value: object) -> Hashable:
    """Equal for values that mean the same to a fold: type and content all the way down, so that 1, 1.0 and True differ.

    Raises Unlike for what is not made of plain values, arrays and frozen dataclasses.
    """
    if isinstance(value, _PLAIN):
        return type(value), value
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, tuple | list):
        return type(value), tuple(likeness(part) for part in value)
    if isinstance(value, frozenset):
        return frozenset, frozenset(likeness(part) for part in value)
    if isinstance(value, Mapping):
        return Mapping, tuple((likeness(name), likeness(part)) for name, part in value.items())
    if isinstance(value, Selection):
        return Selection, value.unit, value.keys.tobytes()
    if dataclasses.is_dataclass(value) and getattr(value, "__dataclass_params__").frozen:  # noqa: B009
        return type(value), tuple(likeness(getattr(value, part.name)) for part in dataclasses.fields(value))
    raise Unlike


def bare(cut: Cut) -> Cut:
    """A cut without the cells that it may have worked out already."""
    return cut.cut if isinstance(cut, KeptCut) else cut


@dataclass(frozen=True, slots=True)
class Kept:
    """The summary of a base as if nobody were skipped, and how it was asked for.

    mark: of its `Ending`. until: only owners whose last signal lies at that time or before are in it, None = all.
    size: bytes, about.
    """

    summary: Any
    cut: Cut
    end: int
    mark: Hashable
    until: int | None
    size: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", _OVERHEAD + _bytes_of(self.summary) + _bytes_of(self.cut))


def _bytes_of(value: object) -> int:
    if isinstance(value, np.ndarray):
        return int(value.nbytes)
    if isinstance(value, tuple | list):
        return sum(map(_bytes_of, value))
    if dataclasses.is_dataclass(value):
        return sum(_bytes_of(getattr(value, part.name)) for part in dataclasses.fields(value))
    return 0


@dataclass(slots=True)
class KeptBase:
    """What is known of one base: times of its first and last signal, its summaries, and the timelines of its skipped owners.

    used: when it was last asked. size: bytes of all its summaries, about.
    """

    first: int
    last: int
    kept: OrderedDict[Hashable, Kept] = field(default_factory=OrderedDict)
    used: int = 0
    size: int = 0
    _codes: dict[str, int] = field(default_factory=dict)
    _skipped: tuple[tuple[Bytes, ...], tuple[Timelines, ...]] | None = None

    @classmethod
    def of(cls, shards: tuple[Timelines, ...]) -> KeptBase:
        """Nothing kept yet."""
        spans = [_span(shard) for shard in shards if shard.signals]
        return cls(min((low for low, _ in spans), default=0), max((high for _, high in spans), default=0))

    def put(self, key: Hashable, kept: Kept) -> None:
        """Keep a summary, as the one that was used last."""
        self.drop(key)
        self.kept[key] = kept
        self.size += kept.size

    def drop(self, key: Hashable) -> None:
        """Keep nothing under a key."""
        if key in self.kept:
            self.size -= self.kept.pop(key).size

    def placing(self, cut: Cut, *, placed: bool) -> Hashable:
        """Equal for cuts that put every signal and owner of this base into the same cell. Raises Unlike for other kinds of cuts."""
        if isinstance(cut, Whole):
            return Whole
        if not isinstance(cut, Cutting):
            raise Unlike
        edges = self._clipped(cut.edges) if placed else cut.edges
        if cut.dimension is None or cut.places is None:
            return edges.tobytes(), len(cut.labels)
        places = cut.places[: self._codes[cut.dimension.field]]
        return edges.tobytes(), len(cut.labels), likeness(cut.dimension), places.tobytes()

    def count_codes(self, shards: tuple[Timelines, ...], column: str) -> None:
        """Find out how many words of a column this base can have."""
        if column not in self._codes:
            self._codes[column] = 1 + max((int(s.code(column).max()) for s in shards if s.signals), default=0)

    def _clipped(self, edges: Int64s) -> Int64s:
        """Borders that no signal of this base lies beyond, as far out as can be."""
        clipped = edges.copy()
        clipped[edges <= self.first] = NO_VALUE
        clipped[edges > self.last] = _LAST_TIME
        return clipped

    def skipped(self, shards: tuple[Timelines, ...]) -> tuple[Timelines, ...]:
        """The timelines of the owners who are skipped, as the base has them."""
        touched = tuple(shard.skip for shard in shards)
        kept = self._skipped
        if kept is None or any(one is not other for one, other in zip(kept[0], touched, strict=True)):
            found = tuple(only_owners(shard, np.flatnonzero(shard.skip)) for shard in shards if shard.skip.size)
            kept = self._skipped = touched, found
        return tuple(dataclasses.replace(shard, words=shards[0].words) for shard in kept[1])


def _span(shard: Timelines) -> tuple[int, int]:
    some = np.flatnonzero(shard.starts[1:] > shard.starts[:-1])
    return int(shard.times[shard.starts[some]].min()), int(shard.times[shard.starts[some + 1] - 1].max())


class KeptBases:
    """The bases that are open somewhere. What is kept of one goes when its arrays do; and the longest unused summary, when all
    together take more than `most_bytes`.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bases: dict[tuple[int, ...], tuple[KeptBase, list[weakref.ref[Any]]]] = {}
        self._lock = threading.Lock()
        self._clock = 0

    @property
    def size(self) -> int:
        """Bytes of all summaries, about."""
        return sum(base.size for base, _ in list(self._bases.values()))

    def clear(self) -> None:
        """Forget everything."""
        self._bases.clear()

    def base(self, shards: tuple[Timelines, ...]) -> KeptBase:
        """What is kept of these base shards."""
        name = tuple(id(shard.owners) for shard in shards)
        with self._lock:
            if name not in self._bases:
                # Dropped by whoever lets go of an array last, in any thread: so it takes no lock.
                drop = self._dropping(name)
                self._bases[name] = KeptBase.of(shards), [weakref.ref(shard.owners, drop) for shard in shards]
            found = self._bases[name][0]
            self._clock += 1
            found.used = self._clock
            return found

    def _dropping(self, name: tuple[int, ...]) -> Callable[[object], None]:
        bases = self._bases

        def drop(_: object) -> None:
            bases.pop(name, None)

        return drop

    def find(self, base: KeptBase, key: Hashable) -> Kept | None:
        """What is kept under a key."""
        with self._lock:
            found = base.kept.get(key)
            if found is not None:
                base.kept.move_to_end(key)
            return found

    def keep(self, base: KeptBase, key: Hashable, kept: Kept) -> None:
        """Keep a summary, and drop others if need be; one that is too large by itself is not kept."""
        with self._lock:
            base.drop(key)
            if kept.size > self._most_bytes:
                return
            base.put(key, kept)
            while self.size > self._most_bytes:
                some = [one for one, _ in list(self._bases.values()) if one.kept]
                if some:  # Others may have let go of their arrays just now.
                    oldest = min(some, key=lambda one: one.used)
                    oldest.drop(next(iter(oldest.kept)))


def base_and_overlay(timelines: TimelineSet) -> tuple[tuple[Timelines, ...], tuple[Timelines, ...]]:
    """The shards that never change, beside whom they skip, and those that stand for the newest signals.

    Shards that were given columns for one question only (undeclared properties, say) are no base.
    """
    base = tuple(shard for shard in timelines.shards if shard.reopen is not None)
    if not all(isinstance(shard.columns, dict) for shard in base):
        return (), timelines.shards
    return base, tuple(shard for shard in timelines.shards if shard.reopen is None)


def whole(shards: tuple[Timelines, ...]) -> tuple[Timelines, ...]:
    """The same shards, skipping nobody."""
    return tuple(dataclasses.replace(shard, skip=NO_BYTES) if shard.skip.size else shard for shard in shards)
