"""The timelines of one unit as of one lake version: a base, what came after it, and the layers that both make."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import pyarrow as pa

from touchpath.store.signals import SignalStore
from touchpath.stores.timeline_manifest import Base
from touchpath.stores.timeline_witness import LakeWitness, Terms
from touchpath.timelines.arrays import TimelineSet
from touchpath.timelines.decisions import Decisions
from touchpath.timelines.encode import PERSON, Encoder
from touchpath.timelines.identity import Identity
from touchpath.timelines.links import Links, collect_links
from touchpath.timelines.overlay import Layers, Outgrown, lay_over
from touchpath.timelines.rows import Rows
from touchpath.timelines.words import Dictionaries

#: A set is tagged with the newest version only if nothing was appended while it was read; more tries than this are not made.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Current:
    """What is open. came: how many rows came after the base."""

    base: Base
    version: int
    words: Dictionaries
    identity: Identity
    layers: Layers
    timelines: TimelineSet
    came: int = 0

    @classmethod
    def of(cls, base: Base) -> Current:
        """A base with nothing over it."""
        layers = Layers(base.shards)
        words, version = Dictionaries(base.words), base.manifest.lake_version
        timelines = _set(base.manifest.unit, layers, words, _named(version, base.identity.decisions))
        return cls(base, version, words, base.identity, layers, timelines)

    def has(self, properties: tuple[str, ...]) -> bool:
        """Whether each of these properties has a column."""
        return set(properties) <= set(self.base.manifest.properties)

    def refreshed(self, signals: SignalStore, terms: Terms, most_rows: int) -> Current:
        """As new as the lake and the decisions. Raises Conflict if the lake cannot tell what is new, Outgrown if it is too much."""
        current = self
        for _ in range(_TRIES):
            version, decided = signals.version, terms.decisions() if self.base.manifest.unit == PERSON else Decisions()
            if version == current.version and decided.same_as(current.identity.decisions):
                break
            current = current._with_rows_after(signals, version, decided, most_rows)
        return current

    def _with_rows_after(self, signals: SignalStore, version: int, decided: Decisions, most_rows: int) -> Current:
        unit = self.base.manifest.unit
        encoder = Encoder(unit, self.base.manifest.properties, self.words)
        columns = (*encoder.reads, "actors") if unit == PERSON else encoder.reads
        batches, read = list[pa.RecordBatch](), 0
        for batch in signals.scan(columns, after=self.version) if version != self.version else ():
            batches.append(batch)
            read += batch.num_rows
            if self.came + read > most_rows:
                raise Outgrown
        if not read and decided.same_as(self.identity.decisions):
            timelines = dataclasses.replace(self.timelines, data_version=_named(version, decided))
            return dataclasses.replace(self, version=version, timelines=timelines)
        links = collect_links(batches) if unit == PERSON else Links()
        identity, moved = self.identity.learn(links, LakeWitness(signals, batches), decided)
        new = Rows.join(encoder.encode(batch) for batch in batches)
        layers = lay_over(self.layers, new, identity.persons if unit == PERSON else None, moved, most_rows)
        timelines = _set(unit, layers, self.words, _named(version, decided))
        return Current(self.base, version, self.words, identity, layers, timelines, self.came + read)


def _named(version: int, decided: Decisions) -> str:
    return f"lake {version}, identity {decided.revision}" if decided.revision else f"lake {version}"


def _set(unit: str, layers: Layers, dictionaries: Dictionaries, data_version: str) -> TimelineSet:
    words = dictionaries.snapshot()
    first, end = layers.span()
    shards = tuple(dataclasses.replace(shard, words=words) for shard in layers.shards)
    return TimelineSet(unit, shards, first, end, data_version, overlays=len(layers.overlays))
