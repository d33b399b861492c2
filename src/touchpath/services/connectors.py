"""Connectors: what a package has to bring so that another system's records can be pulled onto the timelines.

A package names a `SourceKind` under the entry point group `touchpath.sources`; ours are found in the same way.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from touchpath.model.signal import Signal
from touchpath.services.secrets import Secret
from touchpath.store.pulls import Cursor

#: One record as the other system gave it.
RawRecord = Mapping[str, object]

STREAM_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that a connection has to know. `default` None = it must be given; a secret is given as a reference."""

    name: str
    says: str
    default: str | None = None
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Stream:
    """One kind of record that can be pulled.

    key: the fields that tell one record from all others. cursor: the field by which new and changed records are found. fields:
    what records hold, as far as it becomes signals.
    """

    name: str
    says: str
    key: tuple[str, ...]
    cursor: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RawBatch:
    """Some records of a stream in the order they came, and where to go on reading after them."""

    records: tuple[RawRecord, ...]
    cursor: Cursor


@dataclass(frozen=True, slots=True)
class Opening:
    """What a connector is opened with.

    source: the namespace of its signals' ids. settings: texts, defaults filled in. since: nothing older is asked for, None = all
    there is. clock and sleep (seconds) are the only ways to tell and to spend time; sleep raises Cancelled when the run was
    stopped. tries: how often a request is made at most while the other system does not answer. streams: those that are read, empty = all.
    """

    source: str
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    since: datetime | None = None
    clock: Callable[[], datetime] = _now
    sleep: Callable[[float], None] = time.sleep
    tries: int = 8
    streams: tuple[str, ...] = ()


class Connector(Protocol):
    """An opened source. Opening one makes no request and reads no secret."""

    def check(self) -> str:
        """Make one cheap request and say in a sentence who answered; raises NotAllowed, Missing or Unavailable."""
        ...

    def discover(self) -> tuple[Stream, ...]:
        """What can be pulled, in the order in which it should be."""
        ...

    def read(self, stream: str, since: Cursor | None) -> Iterator[RawBatch]:
        """New and changed records after a cursor (None = from the start), page by page, until there are no more for now.

        A batch may be empty when only the cursor moved. Reading again from the same cursor gives at least the same records.
        """
        ...

    def to_signals(self, stream: str, record: RawRecord) -> Iterable[Signal]:
        """The signals that a record stands for; the same record gives the same signals for ever. Needs no network."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class SourceKind(Protocol):
    """What the entry point names: one kind of system that can be connected."""

    @property
    def title(self) -> str: ...

    @property
    def settings(self) -> tuple[Setting, ...]: ...

    def open(self, opening: Opening) -> Connector:
        """A connector with these settings; raises BadInput for settings that cannot be used."""
        ...
