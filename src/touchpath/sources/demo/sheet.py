"""Collects drawn signals column by column and writes them as tables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from touchpath.sources.demo.season import HOUR, LAST, MINUTE, SECOND, Int64s
from touchpath.store.signals import SIGNAL_SCHEMA

#: How long it takes until a silo's signal is received.
DELAYS = {
    "web": 2 * SECOND,
    "app": 5 * SECOND,
    "shop": SECOND,
    "billing": 20 * MINUTE,
    "carrier": HOUR,
    "mailer": 15 * MINUTE,
    "helpdesk": MINUTE,
    "surveys": 3 * SECOND,
    "crm": HOUR,
    "stores": 12 * HOUR,
    "research": 24 * HOUR,
    "controlling": 24 * HOUR,
    "scanner": HOUR,
    "releases": MINUTE,
    "news": 6 * HOUR,
}


@dataclass(frozen=True, slots=True)
class Coded:
    """A text per row as a code into `words`; code -1 = none."""

    words: Sequence[str] | pa.Array
    codes: NDArray[np.integer]

    def texts(self) -> pa.Array:
        """The texts, null where there is none."""
        words = self.words if isinstance(self.words, pa.Array) else pa.array(list(self.words), pa.string())
        return words.take(pa.array(self.codes, pa.int64(), mask=self.codes < 0))


Text = str | Coded
Property = str | Coded | NDArray[np.integer] | NDArray[np.bool_] | NDArray[np.floating]


@dataclass(slots=True)
class Sheet:
    """The signals of one block of people.

    names, accounts: the block's actor ids and accounts, which rows point to. numbers_from: the first number for its objects.
    """

    block: str
    numbers_from: int
    names: pa.Array
    accounts: pa.Array
    tables: list[pa.Table] = field(default_factory=list)
    rows: int = 0
    numbers: int = 0

    def fresh(self, count: int) -> Int64s:
        """Numbers for new objects, used nowhere else."""
        self.numbers += count
        return np.arange(self.numbers_from + self.numbers - count, self.numbers_from + self.numbers)

    def add(
        self,
        source: Text,
        kind: Text,
        at: Int64s,
        actors: Sequence[Int64s],
        *,
        offsets: NDArray[np.int16] | None = None,
        accounts: Int64s | None = None,
        objects: Mapping[str, Int64s] | None = None,
        touchpoint: Text = "",
        channel: Text = "",
        surface: Text = "",
        value: NDArray[np.floating] | Int64s | None = None,
        unit: Text = "",
        text: pa.Array | None = None,
        properties: pa.Array | None = None,
    ) -> None:
        """Write one row per time. `actors` and `accounts` are codes (-1 = none), strongest actor first.

        `objects` are numbers by kind (-1 = none). What would happen after the company's last moment is left out.
        """
        count = at.size
        numbers = pa.array(np.arange(self.rows, self.rows + count)).cast(pa.string())
        self.rows += count
        table = pa.Table.from_arrays(
            [
                _column(source, count),
                pc.binary_join_element_wise(f"{self.block}-", numbers, ""),
                _column(kind, count),
                _times(at),
                _times(at + _delay(source)),
                pa.nulls(count, pa.int16()) if offsets is None else pa.array(offsets, pa.int16()),
                _lists(self.names, actors, count),
                pa.nulls(count, pa.string()) if accounts is None else Coded(self.accounts, accounts).texts(),
                _maps(objects or {}, count),
                _column(touchpoint, count),
                _column(channel, count),
                _column(surface, count),
                pa.nulls(count, pa.float64()) if value is None else pa.array(value.astype(np.float64), from_pandas=True),
                _column(unit, count),
                pa.nulls(count, pa.string()) if text is None else text,
                pa.nulls(count, pa.string()) if properties is None else properties,
                pa.nulls(count, pa.string()),
            ],
            schema=SIGNAL_SCHEMA,
        )
        self.tables.append(table if count == 0 or at.max() < LAST else table.filter(pa.array(at < LAST)))

    def table(self) -> pa.Table:
        """Everything written so far."""
        return pa.concat_tables(self.tables) if self.tables else SIGNAL_SCHEMA.empty_table()


def as_json(count: int, **columns: Property) -> pa.Array:
    """A JSON object per row. Texts are plain words of ours; numbers keep two decimals; a missing text is null."""
    parts: list[pa.Array | str] = []
    for place, (name, column) in enumerate(columns.items()):
        parts.append(("{" if place == 0 else ",") + json.dumps(name) + ":")
        parts.append(_json_values(column, count))
    return pc.binary_join_element_wise(*parts, "}", "")


def _json_values(column: Property, count: int) -> pa.Array:
    if isinstance(column, str):
        return pa.repeat(json.dumps(column), count)
    if isinstance(column, Coded):
        words = [json.dumps(word, ensure_ascii=False) for word in pa.array(list(column.words), pa.string()).to_pylist()]
        return Coded(words, column.codes).texts().fill_null("null")
    if column.dtype == np.bool_:
        return pc.if_else(pa.array(column), "true", "false")
    if np.issubdtype(column.dtype, np.floating):
        return pa.array(np.round(column.astype(np.float64), 2)).cast(pa.string())
    return pa.array(column).cast(pa.string())


def _column(text: Text, count: int) -> pa.Array:
    if isinstance(text, Coded):
        return text.texts()
    return pa.repeat(text, count) if text else pa.nulls(count, pa.string())


def _times(micros: Int64s) -> pa.Array:
    return pa.array(micros.astype(np.int64)).cast(pa.timestamp("us", tz="UTC"))


def _delay(source: Text) -> Int64s | int:
    if isinstance(source, str):
        return DELAYS[source]
    delays: Int64s = np.array([DELAYS[word] for word in source.words])[source.codes]
    return delays


def _lists(names: pa.Array, columns: Sequence[Int64s], count: int) -> pa.Array:
    """One list per row, of the names its codes point to."""
    if not columns:
        return pa.nulls(count, pa.list_(pa.string()))
    codes = np.stack(columns, axis=1)
    there = codes >= 0
    return pa.ListArray.from_arrays(_starts(there), names.take(pa.array(codes[there])))


def _maps(objects: Mapping[str, Int64s], count: int) -> pa.Array:
    """One map per row, of the objects its numbers name."""
    if not objects:
        return pa.nulls(count, pa.map_(pa.string(), pa.string()))
    numbers = np.stack(list(objects.values()), axis=1)
    there = numbers >= 0
    kinds = np.broadcast_to(np.arange(numbers.shape[1]), numbers.shape)[there]
    keys = pa.array(list(objects)).take(pa.array(kinds))
    letters = pa.array([f"{kind[0]}-" for kind in objects]).take(pa.array(kinds))
    values = pc.binary_join_element_wise(letters, pa.array(numbers[there]).cast(pa.string()), "")
    return pa.MapArray.from_arrays(_starts(there), keys, values)


def _starts(there: NDArray[np.bool_]) -> pa.Array:
    starts = np.zeros(there.shape[0] + 1, np.int32)
    np.cumsum(there.sum(axis=1), out=starts[1:])
    return pa.array(starts)
