"""From record batches of signals to rows of numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from touchpath.timelines.arrays import NO_VALUE, VALUE_SCALE, Column, Int32s, Int64s
from touchpath.timelines.identity import IdentityMap
from touchpath.timelines.properties import read_properties
from touchpath.timelines.rows import Rows
from touchpath.timelines.words import Dictionaries, encode, text_keys

PERSON, ACCOUNT = "person", "account"

#: Columns of a signal that become codes of words.
CODED = ("kind", "source", "channel", "surface", "touchpoint", "account", "unit")

_MOST_MILLIONTHS = float(1 << 62)


@dataclass(frozen=True, slots=True)
class Encoder:
    """Turns signals into rows that belong to the owners of one unit.

    unit: "person", "account", or an object kind. properties: names that get a column. words: where new words go.
    identity: who is whom, for persons.
    """

    unit: str
    properties: tuple[str, ...] = ()
    words: Dictionaries = field(default_factory=Dictionaries)
    identity: IdentityMap = field(default_factory=IdentityMap)

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns of the lake that are needed."""
        more = (*(("actor_key",) if self.unit == PERSON else ()), *(("properties",) if self.properties else ()))
        return ("key", "revision", "occurred_at", *CODED, "value", "objects", *more)

    def encode(self, batch: pa.RecordBatch) -> Rows:
        """All signals of a batch, in its order; those without this unit have owner 0."""
        columns: dict[str, Column] = {"key": _int64s(batch["key"])}
        for name in CODED:
            columns[name] = self.words[name].codes(batch[name])
        columns["value"] = to_millionths(batch["value"])
        columns |= {f"objects.{kind}": keys for kind, keys in _objects(batch["objects"])}
        columns |= self._properties(batch)
        if self.unit == PERSON:
            columns["actor"] = _int64s(batch["actor_key"].fill_null(0))
        times = _int64s(batch["occurred_at"].cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()))
        return Rows(self._owners(batch, columns, times), times, _revisions(batch), columns)

    def encode_properties(self, batch: pa.RecordBatch) -> Rows:
        """Only keys, revisions and the asked properties of all signals of a batch; owners, times and kinds are 0."""
        none = np.zeros(batch.num_rows, np.int64)
        columns = {"key": _int64s(batch["key"]), "kind": none.astype(np.int32), **self._properties(batch)}
        return Rows(none, none, _revisions(batch), columns)

    def _properties(self, batch: pa.RecordBatch) -> dict[str, Column]:
        if not self.properties:
            return {}
        found = read_properties(batch["properties"], self.properties)
        return {f"properties.{name}": self.words[f"properties.{name}"].codes(texts) for name, texts in found}

    def _owners(self, batch: pa.RecordBatch, columns: Mapping[str, Column], times: Int64s) -> Int64s:
        if self.unit == PERSON:
            return self.identity.persons(columns["actor"].astype(np.int64, copy=False), times)
        if self.unit == ACCOUNT:
            return _keys(batch["account"])
        found = columns.get(f"objects.{self.unit}")
        return np.zeros(batch.num_rows, np.int64) if found is None else found.astype(np.int64, copy=False)


def to_millionths(values: pa.Array) -> Int64s:
    """Plain numbers as whole millionths, rounded to the nearest (halves to even).

    Null, NaN and what lies beyond 4.6e12 are NO_VALUE. Numbers above 9e9 keep 53 bits, as floats do.
    """
    with np.errstate(over="ignore"):  # beyond what a float holds is beyond the limit as well
        scaled = np.rint(values.cast(pa.float64()).fill_null(np.nan).to_numpy(zero_copy_only=False) * VALUE_SCALE)
    none = ~(np.abs(scaled) < _MOST_MILLIONTHS)
    return np.where(none, NO_VALUE, np.where(none, 0, scaled).astype(np.int64))


def _int64s(column: pa.Array) -> Int64s:
    numbers: Int64s = column.to_numpy(zero_copy_only=False).astype(np.int64, copy=False)
    return numbers


def _revisions(batch: pa.RecordBatch) -> Int32s:
    revisions: Int32s = batch["revision"].to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    return revisions


def _keys(names: pa.Array) -> Int64s:
    """The keys of names, null = 0; each distinct name is hashed once."""
    encoded = encode(names)
    keys = np.append(text_keys(encoded.dictionary), 0)
    found: Int64s = keys[encoded.indices.fill_null(keys.size - 1).to_numpy(zero_copy_only=False)]
    return found


def _objects(objects: pa.MapArray) -> Iterator[tuple[str, Int64s]]:
    """The key of each signal's object, kind by kind; 0 = none."""
    if not len(objects):
        return
    offsets = objects.offsets.to_numpy()
    begin, end = int(offsets[0]), int(offsets[-1])
    rows = np.repeat(np.arange(len(objects)), np.diff(offsets))
    kinds = encode(objects.keys.slice(begin, end - begin))
    codes = kinds.indices.to_numpy(zero_copy_only=False)
    ids = objects.items.slice(begin, end - begin)
    for code, kind in enumerate(kinds.dictionary.to_pylist()):
        places = np.flatnonzero(codes == code)
        found = np.zeros(len(objects), np.int64)
        found[rows[places]] = _keys(ids.take(pa.array(places)))
        yield kind, found
