"""What a query would do and what it costs, as plain facts: for people, as rows, and as JSON has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from touchpath.model.time import Period


@dataclass(frozen=True, slots=True)
class ColumnCost:
    """One column that is read. bytes: of all shards.   read_by: "query", "cut", or the filter of people in words."""

    column: str
    bytes: int
    read_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FilterCost:
    """One filter of people in words. query: what must be asked first to know them; its cost is not in that of the filter."""

    words: str
    columns: tuple[ColumnCost, ...]
    query: Explained | None = None

    @property
    def bytes(self) -> int:
        """Of all shards and columns."""
        return sum(column.bytes for column in self.columns)


@dataclass(frozen=True, slots=True)
class UndeclaredCost:
    """A property that the model does not declare. rows, bytes: of the lake, read to find it; 0 when `kept` says why not again."""

    property: str
    rows: int
    bytes: int
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Spent:
    """What a query cost when it was run, in seconds of the clock: to get ready (timelines, segments, filters that are queries),
    to read the timelines, and to conclude. rows: of all tables."""

    ready_seconds: float
    read_seconds: float
    conclude_seconds: float
    rows: int


@dataclass(frozen=True, slots=True)
class Explained:
    """What a query does before it does it.

    shards: files of timelines, the overlay among them.   owners, signals: those that are read.   overlay_owners,
    overlay_signals: of these, in the overlay.   skipped_owners: in the base shards, but read from the overlay instead.
    columns: exactly those that the query and its cut read; filters tell theirs.   segments, pooled: how many, and how many values
    the segment "other" stands for.   kept: whether the answer is kept, so that asking reads nothing.   base_kept: whether the summary of all but the
    owners whom new signals touched is kept, so that asking reads only these.
    processor_seconds: of one processor, from reading one shard just now; None = there is too little to tell from.
    """

    query: str
    title: str
    unit: str
    period: Period
    data_version: str
    shards: int
    owners: int
    signals: int
    overlay_owners: int
    overlay_signals: int
    skipped_owners: int
    columns: tuple[ColumnCost, ...]
    periods: int
    segments: int
    pooled: int
    filters: tuple[FilterCost, ...]
    undeclared: tuple[UndeclaredCost, ...]
    kept: bool
    base_kept: bool
    processor_seconds: float | None
    spent: Spent | None
    notes: tuple[str, ...]

    @property
    def cells(self) -> int:
        """Periods x segments."""
        return self.periods * self.segments

    @property
    def bytes(self) -> int:
        """Of all shards and columns that the query and its cut read, each once."""
        return sum(column.bytes for column in self.columns)


def told(explained: Explained) -> Iterator[str]:
    """The facts in sentences, for people."""
    e = explained
    yield f"Reads {e.signals:,} signals of {e.owners:,} owners (unit {e.unit}) in {e.shards:,} {'shards' if e.shards != 1 else 'shard'}."
    if e.overlay_owners:
        yield (
            f"Of these {e.overlay_signals:,} signals of {e.overlay_owners:,} owners are in the overlay: new, late or corrected. "
            f"{e.skipped_owners:,} owners are skipped in the other shards for it."
        )
    yield f"Reads {size(e.bytes)}: " + ", ".join(f"{c.column} {size(c.bytes)} ({', '.join(c.read_by)})" for c in e.columns) + "."
    pooled = f" ({e.pooled:,} values pooled)" if e.pooled else ""
    yield f"Counts in {e.cells:,} {'cells' if e.cells != 1 else 'cell'}: {e.periods:,} periods x {e.segments:,} segments{pooled}."
    for one in e.filters:
        yield f"Filter of people: {one.words}. " + (
            "Asks another query first." if one.query else f"Reads {size(one.bytes)}: {', '.join(c.column for c in one.columns)}."
        )
        if one.query:
            yield from (f"    {line}" for line in told(one.query))
    for name in e.undeclared:
        cost = "kept from before" if name.kept else f"reads {name.rows:,} rows and {size(name.bytes)} of the lake"
        yield f"Undeclared property '{name.property}': {cost}. Declare it in the model to make it fast."
    if e.processor_seconds is not None:
        yield f"Takes about {e.processor_seconds:.3f} seconds of one processor, by the rate of one shard just now."
    if e.kept:
        yield "The answer is kept: asking reads nothing."
    else:
        yield "The answer is not kept; " + (
            "what the older shards come to is, so only the owners whom new signals touched are read."
            if e.base_kept
            else "all is read."
        )
    if e.spent is not None:
        s = e.spent
        yield (
            f"Took {s.ready_seconds:.3f} s to get ready, {s.read_seconds:.3f} s to read and {s.conclude_seconds:.3f} s to conclude; "
            f"{s.rows:,} rows."
        )
    yield from e.notes


def size(number: int) -> str:
    """A number of bytes for the eye.

    >>> size(12), size(20_480), size(5 << 20)
    ('12 bytes', '20 KiB', '5.0 MiB')
    """
    if number < 10_240:
        return f"{number:,} bytes"
    return f"{number / 1024:,.0f} KiB" if number < 1 << 20 else f"{number / (1 << 20):,.1f} MiB"


def explained_document(explained: Explained) -> dict[str, Any]:
    """All facts: texts, numbers, lists and mappings only."""
    e = explained
    return {
        "query": e.query,
        "title": e.title,
        "unit": e.unit,
        "period": {"start": e.period.start.isoformat(), "end": e.period.end.isoformat()},
        "data_version": e.data_version,
        "shards": e.shards,
        "owners": e.owners,
        "signals": e.signals,
        "overlay": {"owners": e.overlay_owners, "signals": e.overlay_signals, "skipped_owners": e.skipped_owners},
        "bytes": e.bytes,
        "columns": _columns(e.columns),
        "cells": {"count": e.cells, "periods": e.periods, "segments": e.segments, "pooled": e.pooled},
        "filters": [
            {
                "words": one.words,
                "bytes": one.bytes,
                "columns": _columns(one.columns),
                "query": explained_document(one.query) if one.query else None,
            }
            for one in e.filters
        ],
        "undeclared": [
            {"property": one.property, "rows": one.rows, "bytes": one.bytes, "kept": one.kept} for one in e.undeclared
        ],
        "kept": e.kept,
        "base_kept": e.base_kept,
        "processor_seconds": e.processor_seconds,
        "spent": None
        if e.spent is None
        else {
            "ready_seconds": e.spent.ready_seconds,
            "read_seconds": e.spent.read_seconds,
            "conclude_seconds": e.spent.conclude_seconds,
            "rows": e.spent.rows,
        },
        "notes": list(e.notes),
    }


def _columns(columns: tuple[ColumnCost, ...]) -> list[dict[str, Any]]:
    return [{"column": one.column, "bytes": one.bytes, "read_by": list(one.read_by)} for one in columns]
