"""Taking signals out of data files for good: which rows are to go, what is left of corrected signals, and the files without them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from touchpath.model.time import to_micros
from touchpath.store.signals import STORED_SCHEMA
from touchpath.stores.fingerprints import Unsigned, identities
from touchpath.stores.id_index import Entries, IdIndex, Revisions
from touchpath.stores.signal_files import NewFile, SignalFileWriter, read_signals

Bools = NDArray[np.bool_]
Int64s = NDArray[np.int64]


class Doomed(Protocol):
    """Which rows are to go."""

    @property
    def columns(self) -> Sequence[str]:
        """What `marks` looks at."""
        ...

    @property
    def where(self) -> pc.Expression | None:
        """Rows that may be marked, so that others need not be read; None = any."""
        ...

    def marks(self, batch: pa.RecordBatch) -> Bools:
        """True for each row that is to go."""
        ...


@dataclass(frozen=True, slots=True)
class OfPeople:
    """Rows that name one of these actors, first or not, and every row of `signals`, keys of signals that are theirs by now."""

    actors: pa.Array
    signals: Int64s
    columns: Sequence[str] = ("key", "actors")
    where: pc.Expression | None = None

    @classmethod
    def of(cls, actors: Sequence[str], corrected: Sequence[Path], signals: Sequence[int] = ()) -> OfPeople:
        """What belongs to some people: signals that name them, and those with some keys. A signal whose newest revision names them goes with all that it said before.

        Otherwise what it said before, about somebody else perhaps, would count again. A signal that was theirs only by mistake, as
        its newest revision says, loses just the rows that name them.
        """
        wanted = pa.array(actors, pa.string())
        newest = _newest(corrected, ["actors"])
        theirs = _named(newest["actors"].combine_chunks(), wanted)
        return cls(wanted, np.union1d(newest["key"].to_numpy()[theirs], np.array(signals, np.int64)))

    def marks(self, batch: pa.RecordBatch) -> Bools:
        """True for each row that is to go."""
        marked: Bools = _named(batch["actors"], self.actors) | np.isin(batch["key"].to_numpy(), self.signals)
        return marked


@dataclass(frozen=True, slots=True)
class OfImport:
    """Rows of one source that were received at exactly one moment: what one import brought."""

    source: str
    received_at: datetime
    columns: Sequence[str] = ("source", "received_at")

    @property
    def where(self) -> pc.Expression:
        """Rows that may be marked: just these."""
        moment = pa.scalar(self.received_at, pa.timestamp("us", tz="UTC"))
        return (pc.field("received_at") == moment) & (pc.field("source") == self.source)

    def marks(self, batch: pa.RecordBatch) -> Bools:
        """True for each row that is to go."""
        received = batch["received_at"].cast(pa.int64()).to_numpy() == to_micros(self.received_at)
        marked: Bools = received & _equal(batch["source"], self.source)
        return marked


@dataclass(frozen=True, slots=True)
class OlderThan:
    """All revisions of signals of one source whose newest revision says that they happened before a moment.

    corrected: keys of signals with corrections, ascending. older: which of them are to go.
    """

    source: str
    moment: datetime
    corrected: Int64s
    older: Int64s
    columns: Sequence[str] = ("key", "source", "occurred_at")

    @classmethod
    def of(cls, source: str, moment: datetime, corrected: Sequence[Path]) -> OlderThan:
        """What is older than a moment."""
        newest = _newest(corrected, ["occurred_at"], pc.field("source") == source)
        keys = newest["key"].to_numpy()
        return cls(source, moment, keys, keys[newest["occurred_at"].cast(pa.int64()).to_numpy() < to_micros(moment)])

    @property
    def where(self) -> pc.Expression:
        """Rows that may be marked: those of the source."""
        return pc.field("source") == self.source

    def marks(self, batch: pa.RecordBatch) -> Bools:
        """True for each row that is to go."""
        keys = batch["key"].to_numpy()
        early = batch["occurred_at"].cast(pa.int64()).to_numpy() < to_micros(self.moment)
        going = np.where(np.isin(keys, self.corrected), np.isin(keys, self.older), early)
        marked: Bools = going & _equal(batch["source"], self.source)
        return marked


@dataclass(frozen=True, slots=True)
class Gone:
    """Identities and revisions of rows that go; arrays of one length."""

    high: Unsigned = field(default_factory=lambda: np.empty(0, np.uint64))
    low: Unsigned = field(default_factory=lambda: np.empty(0, np.uint64))
    revision: Revisions = field(default_factory=lambda: np.empty(0, np.int32))

    @property
    def size(self) -> int:
        """How many rows go."""
        return int(self.high.size)

    @staticmethod
    def join(parts: Iterable[Gone]) -> Gone:
        """All of several."""
        each = [Gone(), *parts]
        high, low = np.concatenate([one.high for one in each]), np.concatenate([one.low for one in each])
        return Gone(high, low, np.concatenate([one.revision for one in each]))


def gone_from(path: Path, doomed: Doomed) -> Gone:
    """The rows of a file that are to go."""
    columns = sorted({*doomed.columns, "source", "id", "revision"})
    found = []
    for batch in read_signals([path], columns, doomed.where):
        marked = pa.Table.from_batches([batch]).filter(pa.array(doomed.marks(batch)))
        if marked.num_rows:
            high, low = identities(marked["source"], marked["id"])
            found.append(Gone(high, low, marked["revision"].to_numpy()))
    return Gone.join(found)


@dataclass(frozen=True, slots=True)
class Left:
    """What stays of signals that lose some of their revisions: their entries, numbered from 0 again.

    before: the revision that each entry had, in the order of `entries`.
    """

    entries: Entries
    before: Revisions

    @classmethod
    def of(cls, gone: Gone, index: IdIndex) -> Left:
        """What stays, as the index knows it."""
        pairs = np.unique(np.stack((gone.high, gone.low)), axis=1)
        known = index.find(pairs[0], pairs[1])
        entries = Entries(pairs[0][known.asked], pairs[1][known.asked], known.content, known.revision)
        entries = entries.take(np.lexsort((entries.revision, entries.low, entries.high)))
        stay = entries.take(~_among(entries, gone))
        return cls(Entries(stay.high, stay.low, stay.content, _places(stay)), stay.revision)

    @property
    def moved(self) -> pa.Table:
        """Rows whose revision gets another number: key, revision, and what it becomes."""
        which = self.entries.revision != self.before
        keys = self.entries.low.view(np.int64)[which]
        return pa.table({"key": keys, "revision": self.before[which], "becomes": self.entries.revision[which]})


def clear(path: Path, doomed: Doomed, moved: pa.Table) -> NewFile | None:
    """Write a data file again without the rows that are to go, revisions renumbered; None = nothing was left."""
    with SignalFileWriter(path.parent) as writer:
        for batch in read_signals([path], STORED_SCHEMA.names, None):
            writer.write(_renumbered(pa.Table.from_batches([batch]).filter(pa.array(~doomed.marks(batch))), moved))
        successor = writer.close()
    if not successor.rows:
        writer.path.unlink()
    return successor if successor.rows else None


def holds_moved(path: Path, moved: pa.Table) -> bool:
    """Whether a file holds a row whose revision gets another number."""
    if not moved.num_rows:
        return False
    where = pc.field("key").isin(moved["key"].combine_chunks()) & (pc.field("revision") > 0)
    batches = read_signals([path], ["key", "revision"], where)
    return any(bool(np.any(_becomes(pa.Table.from_batches([batch]), moved) >= 0)) for batch in batches)


def _renumbered(rows: pa.Table, moved: pa.Table) -> pa.Table:
    if not moved.num_rows or not rows.num_rows:
        return rows
    becomes = _becomes(rows, moved)
    numbers = np.where(becomes >= 0, becomes, rows["revision"].to_numpy()).astype(np.int32)
    return rows.set_column(rows.schema.get_field_index("revision"), STORED_SCHEMA.field("revision"), pa.array(numbers))


def _becomes(rows: pa.Table, moved: pa.Table) -> Revisions:
    """The new revision of each row, -1 where it stays as it is."""
    numbered = pa.table({"key": rows["key"], "revision": rows["revision"], "row": np.arange(rows.num_rows)})
    found = numbered.join(moved, ["key", "revision"], join_type="inner")
    becomes = np.full(rows.num_rows, -1, np.int32)
    becomes[found["row"].to_numpy()] = found["becomes"].to_numpy()
    return becomes


def _among(entries: Entries, gone: Gone) -> Bools:
    """Marks entries whose identity and revision are among those that go."""
    ours = np.stack((entries.high, entries.low, entries.revision.astype(np.uint64)))
    theirs = np.stack((gone.high, gone.low, gone.revision.astype(np.uint64)))
    _, number = np.unique(np.concatenate((ours, theirs), axis=1), axis=1, return_inverse=True)
    number = number.reshape(-1)
    among: Bools = np.isin(number[: entries.size], number[entries.size :])
    return among


def _places(entries: Entries) -> Revisions:
    """How many entries of the same identity come before each; entries are in order of identity."""
    first = np.ones(entries.size, np.bool_)
    first[1:] = (entries.high[1:] != entries.high[:-1]) | (entries.low[1:] != entries.low[:-1])
    starts = np.flatnonzero(first)
    return (np.arange(entries.size) - np.repeat(starts, np.diff(np.append(starts, entries.size)))).astype(np.int32)


def _newest(paths: Sequence[Path], columns: Sequence[str], where: pc.Expression | None = None) -> pa.Table:
    """The newest revision of every signal that was ever corrected, by key: its key and some columns."""
    schema = pa.schema([STORED_SCHEMA.field(name) for name in ("key", "revision", *columns)])
    corrected = pc.field("revision") > 0
    batches = read_signals(paths, schema.names, corrected if where is None else corrected & where)
    rows = pa.Table.from_batches([batch.cast(schema) for batch in batches], schema)
    rows = rows.sort_by([("key", "ascending"), ("revision", "ascending")])
    keys = rows["key"].to_numpy()
    last = np.append(keys[1:] != keys[:-1], True) if keys.size else np.empty(0, np.bool_)
    return rows.filter(pa.array(last))


def _named(lists: pa.ListArray, actors: pa.Array) -> Bools:
    """Marks lists that hold one of these actors."""
    found = pc.is_in(lists.flatten(), value_set=actors).to_numpy(zero_copy_only=False)
    marked = np.zeros(len(lists), np.bool_)
    marked[pc.list_parent_indices(lists).to_numpy(zero_copy_only=False)[found.astype(np.bool_)]] = True
    return marked


def _equal(column: pa.Array, text: str) -> Bools:
    equal: Bools = pc.equal(column, text).fill_null(False).to_numpy(zero_copy_only=False)
    return equal
