"""The overlay: complete timelines of everybody whom new, late or corrected signals, or new links, have touched.

Base shards never change. The touched owners are skipped there, and their signals, old and new, stand in an overlay shard. Whoever is
touched again is skipped in that one, too, and stands in the next: so each refresh costs what it touches. Neighbouring overlays become
one when they are about as large, so there are few.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from touchpath.timelines.arrays import NO_BYTES, NO_INT64S, Bytes, Int64s, Timelines
from touchpath.timelines.build import arrange, assemble
from touchpath.timelines.identity import IdentityMap
from touchpath.timelines.kernels import fixed
from touchpath.timelines.order import expand, find_keys, shards_of
from touchpath.timelines.rows import Newest, Rows

NO_LIMIT = 1 << 62


@dataclass(frozen=True, slots=True)
class Layers:
    """Base shards and the overlays over them, oldest first, each with the owners to skip: an owner is read where they are not skipped."""

    base: tuple[Timelines, ...]
    overlays: tuple[Timelines, ...] = ()

    @property
    def shards(self) -> tuple[Timelines, ...]:
        """All that a fold has to read."""
        return (*self.base, *self.overlays)

    @property
    def overlaid(self) -> int:
        """How many signals are read from overlays."""
        return sum(overlay.signals_read for overlay in self.overlays)

    def span(self) -> tuple[int, int]:
        """Times of the earliest and latest signal that is read, 0 and 0 if there is none."""
        spans = [span for shard in self.shards if (span := _span(shard)) is not None]
        return (min(first for first, _ in spans), max(last for _, last in spans)) if spans else (0, 0)


def _span(shard: Timelines) -> tuple[int, int] | None:
    begins, ends = shard.starts[:-1], shard.starts[1:]
    if shard.skip.size:
        begins, ends = begins[shard.skip == 0], ends[shard.skip == 0]
    if not begins.size:
        return None
    return int(shard.times[begins].min()), int(shard.times[ends - 1].max())


class Outgrown(Exception):
    """The overlay would be larger than allowed."""


def lay_over(
    below: Layers,
    new: Rows,
    identity: IdentityMap | None = None,
    moved: Int64s = NO_INT64S,
    most_rows: int = NO_LIMIT,
) -> Layers:
    """Bring new rows over layers.

    new: all rows that came after the newest of these layers, in no order, all revisions; owner 0 = none any more.
    identity: for persons, who is whom now (rows carry their "actor"). moved: persons who gained or lost an actor since then.
    most_rows: raises Outgrown if more signals of the base would be skipped.
    """
    newest = Newest.of(new.keys, new.revisions)
    new = _owned_now(newest.only(new), identity)
    corrected = [_owners_of(shard, newest.keys) for shard in below.shards]
    touched = np.unique(np.concatenate([new.owners[new.owners != 0], moved, *corrected]))
    left = [_without(shard, touched) for shard in below.shards]
    base = tuple(shard for shard, _ in left[: len(below.base)])
    if sum(shard.signals - shard.signals_read for shard in base) > most_rows:
        raise Outgrown
    kept = _owned_now(Rows.join(rows for _, rows in left), identity)
    replaced = find_keys(kept.keys, new.keys)
    over = assemble(Rows.join([kept.take(~replaced), new.take(new.owners != 0)]))
    return Layers(base, _gathered([*(shard for shard, _ in left[len(below.base) :]), over]))


def _without(shard: Timelines, touched: Int64s) -> tuple[Timelines, Rows]:
    """A shard that skips these owners, too, and the signals of those whom it did not skip before."""
    found = skip_owners(shard, touched)
    if not found.size:
        return shard, Rows()
    going = np.flatnonzero(found & (shard.skip == 0)) if shard.skip.size else np.flatnonzero(found)
    if not going.size:
        return shard, Rows()
    skip = fixed(shard.skip | found) if shard.skip.size else found
    return dataclasses.replace(shard, skip=skip), _rows_of(shard, going)


def _gathered(overlays: list[Timelines]) -> tuple[Timelines, ...]:
    """The same overlays in few: one that is not twice as large as the next takes it in, and one that is mostly skipped is made anew."""
    stack = list[Timelines]()
    for overlay in overlays:
        stack.append(overlay if 2 * overlay.signals_read >= overlay.signals else assemble(_live_rows(overlay)))
        while len(stack) > 1 and stack[-2].signals_read < 2 * stack[-1].signals_read:
            above, below = stack.pop(), stack.pop()
            stack.append(assemble(Rows.join([_live_rows(below), _live_rows(above)])))
    return tuple(overlay for overlay in stack if overlay.signals)


def _owned_now(rows: Rows, identity: IdentityMap | None) -> Rows:
    if identity is None or "actor" not in rows.columns:
        return rows
    return dataclasses.replace(rows, owners=identity.persons(rows.columns["actor"].astype(np.int64, copy=False), rows.times))


def _owners_of(shard: Timelines, keys: Int64s) -> Int64s:
    """Owners who have one of these signals."""
    if not keys.size or not shard.signals:
        return NO_INT64S
    rows = np.flatnonzero(find_keys(shard.wide("key"), keys))
    return shard.owners[np.searchsorted(shard.starts, rows, side="right") - 1]


def skip_owners(shard: Timelines, touched: Int64s) -> Bytes:
    """(people,) 1 = touched; zero-length if nobody is."""
    if not shard.people or not touched.size:
        return NO_BYTES
    places = np.searchsorted(shard.owners, touched)
    places[places == shard.people] = 0
    places = places[shard.owners[places] == touched]
    if not places.size:
        return NO_BYTES
    skip = np.zeros(shard.people, np.uint8)
    skip[places] = 1
    return fixed(skip)


def skipped_rows(shard: Timelines) -> Rows:
    """The signals of a shard's skipped owners."""
    return _rows_of(shard, np.flatnonzero(shard.skip))


def _live_rows(shard: Timelines) -> Rows:
    return _rows_of(shard, _live(shard))


def _live(shard: Timelines) -> Int64s:
    """Places of the owners who are read here."""
    return np.flatnonzero(shard.skip == 0) if shard.skip.size else np.arange(shard.people)


def _live_in(shard: Timelines, bits: int, number: int) -> Int64s:
    """Places of those among them who belong to one of 2**bits shards."""
    live = _live(shard)
    found: Int64s = live[shards_of(fixed(shard.owners[live]), bits) == number]
    return found


def _rows_of(shard: Timelines, people: Int64s) -> Rows:
    begins, ends = shard.starts[people], shard.starts[people + 1]
    places = expand(fixed(begins), fixed(ends))
    owners = np.repeat(shard.owners[people], ends - begins)
    columns = {name: column.take(places) for name, column in shard.columns.items()} | {"kind": shard.kinds.take(places)}
    return Rows(owners, shard.times.take(places), np.zeros(places.size, np.int32), columns)


def merge(layers: Layers, bits: int, shard: int) -> Timelines:
    """One of 2**bits base shards with its part of the overlays folded in; whole timelines move, nothing is sorted again.

    bits: as the base has it, or more: then each of its shards is parted.
    """
    parts = (1 << bits) // len(layers.base)
    below = layers.base[shard // parts]
    places = [(one, _live_in(one, bits, shard)) for one in (below, *layers.overlays)]
    if parts == 1 and not below.skip.size and not any(chosen.size for _, chosen in places[1:]):
        return below
    rows = Rows.join(_rows_of(one, chosen) for one, chosen in places)
    owners = np.concatenate([one.owners[chosen] for one, chosen in places])
    counts = np.concatenate([np.diff(one.starts)[chosen] for one, chosen in places])
    ends = np.cumsum(counts)
    ascending = np.argsort(owners, kind="stable")
    order = expand(fixed((ends - counts)[ascending]), fixed(ends[ascending]))
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts[ascending])])
    return arrange(rows, owners[ascending], starts, order)
