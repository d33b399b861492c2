"""Where signals are kept: the promise every signal store makes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import pyarrow as pa

#: One row per signal, as sources hand it over. Times are UTC microseconds. `actors` are "namespace:id", strongest first.
#: `properties` and `context` are JSON objects as text.
SIGNAL_SCHEMA = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("id", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("occurred_at", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("received_at", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("utc_offset_minutes", pa.int16()),
        pa.field("actors", pa.list_(pa.string())),
        pa.field("account", pa.string()),
        pa.field("objects", pa.map_(pa.string(), pa.string())),
        pa.field("touchpoint", pa.string()),
        pa.field("channel", pa.string()),
        pa.field("surface", pa.string()),
        pa.field("value", pa.float64()),
        pa.field("unit", pa.string()),
        pa.field("text", pa.string()),
        pa.field("properties", pa.string()),
        pa.field("context", pa.string()),
    ]
)

#: What a store adds on the way in. key: low 64 bits of the 128-bit hash of (source, id), as int64. revision: 0, then 1 for the
#: first correction ... actor_key: 64-bit hash of actors[0], null without actors.
STORED_SCHEMA = pa.schema(
    [
        pa.field("key", pa.int64(), nullable=False),
        pa.field("revision", pa.int32(), nullable=False),
        pa.field("actor_key", pa.int64()),
        *SIGNAL_SCHEMA,
    ]
)


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of the signals handed over. `version` is the lake version that holds them.

    turned_away: signals of people who were erased and are kept out.
    """

    new: int
    duplicates: int
    corrections: int
    version: int
    turned_away: int = 0


@dataclass(frozen=True, slots=True)
class KindCount:
    """One kind of signal: how many there are, from when to when."""

    kind: str
    signals: int
    first: datetime
    last: datetime


class SignalStore(Protocol):
    """Keeps every signal once, for ever, until it is corrected or forgotten."""

    def append(self, signals: pa.Table, *, job: str | None = None, sequence: int | None = None, once: bool = False) -> Appended:
        """Keep these signals (SIGNAL_SCHEMA), durable when this returns.

        The same (source, id) with the same content (received_at aside) is a duplicate and is not kept again; with other
        content it is kept as the next revision. `job` and `sequence` make a repeated append of the same batch a no-op
        (exactly once over restarts): a sequence not above the job's last one is skipped. once: an id that is known is a
        duplicate whatever the signal says now, because clients put other times on what they send again.
        """
        ...

    def progress(self, job: str) -> int | None:
        """The last sequence appended for a job, or None."""
        ...

    @property
    def version(self) -> int:
        """Grows with each append, compaction and erasure; -1 = empty."""
        ...

    def scan(
        self,
        columns: Sequence[str],
        *,
        after: int | None = None,
        actor_keys: Sequence[int] | None = None,
        keys: Sequence[int] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Rows (all revisions, no order promised) with these columns of STORED_SCHEMA, streamed.

        Which rows there are is settled when this is called, not when they are read.

        after: only rows appended after that version (raises Conflict if the files since were rewritten and it cannot tell).
        actor_keys, keys: only rows with one of these.
        """
        ...

    def kinds(self) -> list[KindCount]:
        """All kinds seen, most frequent first."""
        ...

    def forget(self, actors: Sequence[str], signals: Sequence[int] = ()) -> int:
        """Erase every signal of these actors, and those with these keys, for good, from files and log; gives how many rows went.

        A signal goes with all its revisions if the newest one names them; otherwise just the revisions that do.
        """
        ...

    def forget_import(self, source: str, received_at: datetime, job: str | None = None) -> int:
        """Erase for good what one import brought: a source's rows that were received at exactly this moment; gives how many went.

        Where an import had corrected a signal, the revision before counts again. What is left of a signal is numbered from 0 on.
        job: whose batches it appended; they may be appended again, from the first one on, and are as new then.
        """
        ...

    def forget_before(self, source: str, moment: datetime) -> int:
        """Erase for good all revisions of a source's signals that happened, by their newest one, before a moment; gives how many rows."""
        ...

    def count_before(self, source: str, moment: datetime) -> int:
        """How many rows `forget_before` would erase."""
        ...

    @property
    def fragments(self) -> int:
        """How many small files wait to be merged; each costs every reader a little."""
        ...

    def compact(self) -> None:
        """Merge small files; changes no answer."""
        ...


class Screen(Protocol):
    """Stands at the door of a store and turns away what must not come in. Asked while nobody else writes."""

    def screen(self, signals: pa.Table) -> tuple[pa.Table, dict[str, int]]:
        """The signals (SIGNAL_SCHEMA) that may come in, and how many may not, by source."""
        ...

    def count(self, away: dict[str, int]) -> None:
        """Count what was turned away, after the others were kept."""
        ...


_QUOTED = re.compile(r"'[^']*(?:'|$)|\"[^\"]*(?:\"|$)|\{[^{}]*(?:\}|$)")
_NUMBER = re.compile(r"(?<![A-Za-z\d])(?<![A-Za-z]-)\d[\d,.:]*")


def reason_pattern(reason: str) -> str:
    """A reason without what it quotes of the single record, so that the same fault of many records is one group.

    >>> reason_pattern("The time '31.02.2026' cannot be read. Line 7 has 12 cells.")
    'The time … cannot be read. Line N has N cells.'
    >>> reason_pattern("No SHA-256 in row 12.")
    'No SHA-256 in row N'
    """
    return _NUMBER.sub("N", _QUOTED.sub("…", reason)).strip()[:500]


@dataclass(frozen=True, slots=True)
class RejectedGroup:
    """How many records of a job were refused for reasons that are alike but for what they quote."""

    job: str
    pattern: str
    records: int


class Quarantine(Protocol):
    """Keeps what could not be taken, with the reason, so that it can be mended and replayed."""

    def keep(self, job: str, rejected: Iterable[Rejected]) -> None: ...

    def rejected(self, job: str | None = None) -> list[Rejected]: ...

    def replay(self, job: str) -> Iterator[Rejected]:
        """Every record kept for a job, one at a time."""
        ...

    def release(self, job: str, taken: Iterable[Rejected]) -> None:
        """Drop records that have been mended and taken."""
        ...

    def jobs(self) -> dict[str, int]:
        """How many records are kept for each job that has any."""
        ...

    def groups(self, *, limit: int = 10_000) -> list[RejectedGroup]:
        """How many records each job has for each reason, most first."""
        ...

    def of_group(self, job: str, pattern: str = "", *, limit: int = -1) -> Iterator[Rejected]:
        """The records of a job that were refused for one reason ("" = for any), one at a time; limit -1 = all."""
        ...

    def give_up(self, job: str, pattern: str = "") -> int:
        """Erase the records of a job that were refused for one reason ("" = for any); gives how many went."""
        ...


@dataclass(frozen=True, slots=True)
class Rejected:
    """One record that was not taken: where it stood, what it said, why it was refused."""

    place: str
    line: int
    reason: str
    record: str
