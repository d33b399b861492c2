"""The overlay: complete timelines of everybody whom new, late or corrected signals, or new links, have touched.

Base shards never change. The touched owners are skipped there, and their signals, old and new, stand in one overlay shard.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
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
    """Base shards with the owners to skip, and the overlay that has them."""

    base: tuple[Timelines, ...]
    overlay: Timelines

    @property
    def shards(self) -> tuple[Timelines, ...]:
        """All that a fold has to read."""
        return (*self.base, self.overlay) if self.overlay.signals else self.base

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
    base: Sequence[Timelines],
    new: Rows,
    identity: IdentityMap | None = None,
    moved: Int64s = NO_INT64S,
    most_rows: int = NO_LIMIT,
) -> Layers:
    """Bring new rows over base shards.

    new: all rows that came after the base was built, in no order, all revisions; owner 0 = none any more.
    identity: for persons, who is whom now (rows carry their "actor"). moved: persons who gained or lost an actor since.
    most_rows: raises Outgrown if the touched owners have more signals in the base.
    """
    newest = Newest.of(new.keys, new.revisions)
    new = _owned_now(newest.only(new), identity)
    corrected = [_owners_of(shard, newest.keys) for shard in base]
    touched = np.unique(np.concatenate([new.owners[new.owners != 0], moved, *corrected]))
    below = tuple(dataclasses.replace(shard, skip=skip_owners(shard, touched)) for shard in base)
    if sum(int(np.diff(shard.starts)[shard.skip == 1].sum()) for shard in below if shard.skip.size) > most_rows:
        raise Outgrown
    kept = _owned_now(Rows.join(skipped_rows(shard) for shard in below), identity)
    replaced = find_keys(kept.keys, new.keys)
    return Layers(below, assemble(Rows.join([kept.take(~replaced), new.take(new.owners != 0)])))


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


def _rows_of(shard: Timelines, people: Int64s) -> Rows:
    begins, ends = shard.starts[people], shard.starts[people + 1]
    places = expand(fixed(begins), fixed(ends))
    owners = np.repeat(shard.owners[people], ends - begins)
    columns = {name: column.take(places) for name, column in shard.columns.items()} | {"kind": shard.kinds.take(places)}
    return Rows(owners, shard.times.take(places), np.zeros(places.size, np.int32), columns)


def merge(layers: Layers, bits: int, shard: int) -> Timelines:
    """One of 2**bits base shards with its part of the overlay folded in; whole timelines move, nothing is sorted again."""
    below, above = layers.base[shard], layers.overlay
    if not below.skip.size and not above.people:
        return below
    stay = np.flatnonzero(below.skip == 0) if below.skip.size else np.arange(below.people)
    come = np.flatnonzero(shards_of(above.owners, bits) == shard)
    rows = Rows.join([_rows_of(below, stay), _rows_of(above, come)])
    owners = np.concatenate([below.owners[stay], above.owners[come]])
    counts = np.concatenate([np.diff(below.starts)[stay], np.diff(above.starts)[come]])
    ends = np.cumsum(counts)
    ascending = np.argsort(owners, kind="stable")
    order = expand(fixed((ends - counts)[ascending]), fixed(ends[ascending]))
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts[ascending])])
    return arrange(rows, owners[ascending], starts, order)
