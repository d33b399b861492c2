"""Writing bases: from the signals alone, from a base and its overlay, or one more property for a base that is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec
import xxhash

from touchpath.store.signals import SignalStore
from touchpath.stores.timeline_identity import identity_arrays
from touchpath.stores.timeline_manifest import Base, Manifest, UnitFolder
from touchpath.stores.timeline_shards import FileEntry, shard_arrays, write_arrays, write_bytes
from touchpath.stores.timeline_spill import FileSpill
from touchpath.stores.timeline_witness import LakeWitness, Terms
from touchpath.timelines.arrays import Timelines
from touchpath.timelines.build import build_shard, partition
from touchpath.timelines.encode import PERSON, Encoder
from touchpath.timelines.identity import Identity
from touchpath.timelines.late import PropertyValues
from touchpath.timelines.links import collect_links
from touchpath.timelines.overlay import Layers, merge
from touchpath.timelines.words import Dictionaries

T = TypeVar("T")

#: Rows of a chunk or shard, all columns, with the copies that sorting makes, take about this many bytes.
_ROW_BYTES = 512


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a build takes at once: rows of a chunk in pass 1, rows of a shard, and threads in pass 2."""

    chunk_rows: int = 1_000_000
    shard_rows: int = 500_000
    threads: int = 2

    @classmethod
    def within(cls, memory: int, threads: int) -> Limits:
        """Limits that keep a build within this many bytes."""
        rows = max(1_000, memory // 8 // _ROW_BYTES)
        return cls(min(rows, 1_000_000), min(rows // 2, 500_000), threads)


@dataclass(frozen=True, slots=True)
class Builder:
    """Writes the bases of one unit. Everything here needs the right to build (`UnitFolder.building`)."""

    files: UnitFolder
    unit: str
    signals: SignalStore
    lake: Callable[[], str]
    limits: Limits
    terms: Terms = field(default_factory=Terms)

    @property
    def rules(self) -> str:
        """The rules that persons are made by; "" for other units."""
        return self.terms.rules.text if self.unit == PERSON else ""

    def with_threads(self, number: int) -> Builder:
        """The same builder, which writes so many shards at a time."""
        return replace(self, limits=replace(self.limits, threads=number))

    def build(self, properties: Sequence[str]) -> None:
        """Build from the signals alone and swap it in."""
        folder = self.files.new_folder()
        version = self.signals.version
        identity = self._identity() if self.unit == PERSON else Identity()
        encoder = Encoder(self.unit, tuple(properties), Dictionaries(), identity.persons)
        spill = FileSpill(folder)
        partitioned = partition(self.signals.scan(encoder.reads), encoder, spill, self.limits.chunk_rows)
        bits = partitioned.bits(self.limits.shard_rows)
        shards = write_shards(folder, bits, partial(build_shard, spill, partitioned, bits), self.limits.threads)
        spill.remove()
        self._swap(folder, version, bits, properties, encoder.words.snapshot(), identity, shards)

    def _identity(self) -> Identity:
        decided, links = self.terms.decisions(), collect_links(self.signals.scan(["actors"]))
        return Identity.of(links, LakeWitness(self.signals), decided, self.terms.rules)

    def merge(
        self, base: Base, layers: Layers, bits: int, words: Mapping[str, Sequence[str]], identity: Identity, version: int
    ) -> None:
        """Fold overlays into their base and swap the result in. bits: as the base has it, or one more."""
        folder = self.files.new_folder()
        shards = write_shards(folder, bits, partial(merge, layers, bits), self.limits.threads)
        self._swap(folder, version, bits, base.manifest.properties, words, identity, shards)

    def add_properties(self, base: Base, properties: Sequence[str]) -> None:
        """Add columns for more properties to a base that is there, by signal key."""
        manifest = base.manifest
        folder = self.files.path / manifest.folder
        encoder = Encoder(self.unit, tuple(properties), Dictionaries(base.words))
        values = PropertyValues.of(self.signals.scan(["key", "revision", "properties"]), encoder)
        name = f"properties-{xxhash.xxh3_64_hexdigest(msgspec.json.encode(sorted(properties)))}"

        def write(shard: int) -> tuple[FileEntry, ...]:
            columns = values.columns(base.shards[shard].wide("key"))
            return (*manifest.shards[shard], write_arrays(folder / f"shard-{shard:03d}-{name}", columns))

        shards = _each(len(manifest.shards), write, self.limits.threads)
        found = {column: words for column, words in encoder.words.snapshot().items() if column not in base.words}
        words = (*manifest.words, write_bytes(folder / f"words-{name}.json", msgspec.json.encode(found)))
        known = tuple(sorted({*manifest.properties, *properties}))
        self.files.swap(msgspec.structs.replace(manifest, properties=known, words=words, shards=tuple(shards)))

    def _swap(
        self,
        folder: Path,
        version: int,
        bits: int,
        properties: Sequence[str],
        words: Mapping[str, Sequence[str]],
        identity: Identity,
        shards: Sequence[tuple[FileEntry, ...]],
    ) -> None:
        who = _write_identity(folder / "identity", identity) if self.unit == PERSON else None
        texts = write_bytes(folder / "words.json", msgspec.json.encode(dict(words)))
        known = tuple(sorted(set(properties)))
        self.files.swap(
            Manifest(
                *(self.unit, self.lake(), version, folder.name, bits, known, (texts,), who, tuple(shards)),
                rules=self.rules,
                decisions=identity.decisions.revision,
            )
        )


def write_shards(folder: Path, bits: int, make: Callable[[int], Timelines], threads: int) -> list[tuple[FileEntry, ...]]:
    """Make and write 2**bits shards, some at a time."""

    def write(shard: int) -> tuple[FileEntry, ...]:
        return (write_arrays(folder / f"shard-{shard:03d}", shard_arrays(make(shard))),)

    return _each(1 << bits, write, threads)


def _each(shards: int, work: Callable[[int], T], threads: int) -> list[T]:
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, range(shards)))


def _write_identity(path: Path, identity: Identity) -> FileEntry:
    return write_arrays(path, identity_arrays(identity))
