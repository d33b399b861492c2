"""Connections: which other systems are read, with which settings. Their secrets stand elsewhere."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from touchpath.model.errors import BadInput, Conflict, Missing, unknown
from touchpath.services.connectors import STREAM_NAME, Connector, Opening, Setting, SourceKind, Stream
from touchpath.services.secrets import Secret, parse_secret, references
from touchpath.store.records import Record, RecordStore

KIND = "connection"
#: So often a request is made while the other system does not answer; a question of a person waits for one answer only.
MOST_TRIES = 8
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_NAMESPACE = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Connection:
    """One system to read. kind: the name of its source; source: the namespace of its signals; streams: empty = all of them."""

    name: str
    kind: str
    source: str
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    since: datetime | None = None
    streams: tuple[str, ...] = ()


def _now() -> datetime:
    return datetime.now(UTC)


class ConnectionService:
    """Keeps connections as records, and opens them."""

    def __init__(self, records: RecordStore, choose: Callable[[str], SourceKind], clock: Callable[[], datetime] = _now) -> None:
        self._records, self._choose, self._clock = records, choose, clock

    def add(
        self,
        name: str,
        kind: str,
        settings: Mapping[str, str],
        *,
        source: str = "",
        since: datetime | None = None,
        streams: Sequence[str] = (),
        member: str = "cli",
    ) -> Connection:
        """Keep a new connection; raises Conflict when the name is taken, BadInput for what cannot be used."""
        if self._current(name) is not None:
            raise Conflict(f"There is a connection '{name}' already. Change it with --replace, or choose another name.")
        return self._save(name, kind, settings, source, since, streams, member)

    def change(
        self,
        name: str,
        kind: str,
        settings: Mapping[str, str],
        *,
        source: str = "",
        since: datetime | None = None,
        streams: Sequence[str] = (),
        member: str = "cli",
    ) -> Connection:
        """Keep new settings of a connection; how far it has been read stays."""
        before = self.get(name)
        if before.kind != kind:
            raise BadInput(f"The connection '{name}' reads {before.kind}, not {kind}. Remove it, or choose another name.")
        return self._save(name, kind, settings, source, since, streams, member)

    def get(self, name: str) -> Connection:
        """A connection by its name; raises Missing."""
        found = self._current(name)
        if found is None:
            raise Missing(unknown("connection", name, (one.name for one in self.all())))
        return found

    def all(self) -> list[Connection]:
        """Every connection, by name."""
        return [_read(record) for record in self._records.list(KIND) if not record.document.get("removed")]

    def remove(self, name: str, member: str = "cli") -> None:
        """Remove a connection; what it brought stays."""
        self.get(name)
        self._records.save(KIND, name, {"removed": True}, expected=self._records.revision(KIND, name), member=member)

    def open(self, connection: Connection, sleep: Callable[[float], None] = time.sleep, tries: int = MOST_TRIES) -> Connector:
        """Its connector; makes no request yet. tries: how often a request is made at most while nobody answers."""
        return self._choose(connection.kind).open(self._opening(connection, sleep, tries))

    def streams(self, connection: Connection, connector: Connector) -> tuple[Stream, ...]:
        """The streams to read: those chosen, or all; raises BadInput for one that is not there."""
        found = connector.discover()
        names = [stream.name for stream in found]
        for name in names:
            if not STREAM_NAME.fullmatch(name):
                raise BadInput(f"The source '{connection.kind}' has a stream '{name}'. Names are small letters, digits and '_'.")
        for name in connection.streams:
            if name not in names:
                raise BadInput(f"The connection '{connection.name}': {unknown('stream', name, names)}")
        return tuple(stream for stream in found if not connection.streams or stream.name in connection.streams)

    def _opening(self, connection: Connection, sleep: Callable[[float], None], tries: int) -> Opening:
        return Opening(
            connection.source,
            connection.settings,
            connection.secrets,
            connection.since,
            clock=self._clock,
            sleep=sleep,
            tries=tries,
            streams=connection.streams,
        )

    def _current(self, name: str) -> Connection | None:
        if not self._records.revision(KIND, name):
            return None
        record = self._records.load(KIND, name)
        return None if record.document.get("removed") else _read(record)

    def _save(
        self,
        name: str,
        kind: str,
        settings: Mapping[str, str],
        source: str,
        since: datetime | None,
        streams: Sequence[str],
        member: str,
    ) -> Connection:
        if not _NAME.fullmatch(name):
            raise BadInput(f"The connection's name came as '{name}'. Small letters, digits and '-' will do, at most 40.")
        if not _NAMESPACE.fullmatch(source or kind):
            raise BadInput(f"The connection's source came as '{source}'. Small letters, digits, '.', '_' and '-' will do.")
        if since is not None and since.utcoffset() is None:
            raise BadInput(f"since is {since.isoformat()}, without a zone; give one, as in 2026-03-01T00:00:00+00:00.")
        plain, secrets = _sorted_out(kind, self._choose(kind).settings, settings)
        connection = Connection(name, kind, source or kind, plain, secrets, since, tuple(streams))
        self.streams(connection, self.open(connection))
        revision = self._records.revision(KIND, name)
        self._records.save(KIND, name, _document(connection), expected=revision, member=member)
        return connection


def _sorted_out(kind: str, wanted: Sequence[Setting], given: Mapping[str, str]) -> tuple[dict[str, str], dict[str, Secret]]:
    """Plain settings with defaults filled in, and references to secrets; raises BadInput for missing and unknown ones."""
    known = {setting.name: setting for setting in wanted}
    for name, came in given.items():
        if name not in known:
            raise BadInput(f"{kind}: {unknown('setting', name, known)}")
        if len(came) > _LONGEST:
            raise BadInput(f"{kind}: the setting '{name}' has {len(came):,} characters; at most {_LONGEST:,} will do.")
    plain: dict[str, str] = {}
    secrets: dict[str, Secret] = {}
    for name, setting in known.items():
        text = given.get(name) or setting.default
        if text is None:
            form = f"{name}=env:NAME" if setting.secret else f"{name}=..."
            raise BadInput(f"{kind} needs the setting '{name}': {setting.says} Give it as {form}.")
        if setting.secret and text:
            secrets[name] = parse_secret(name, text)
        elif not setting.secret:
            plain[name] = text
    return plain, secrets


def _document(connection: Connection) -> dict[str, object]:
    return {
        "kind": connection.kind,
        "source": connection.source,
        "settings": dict(connection.settings),
        "secrets": references(connection.secrets),
        "since": connection.since.isoformat() if connection.since else None,
        "streams": list(connection.streams),
    }


def _read(record: Record) -> Connection:
    try:
        plain = record.document
        since = plain["since"]
        return Connection(
            record.id,
            str(plain["kind"]),
            str(plain["source"]),
            _texts(plain["settings"]),
            {name: Secret(reference) for name, reference in _texts(plain["secrets"]).items()},
            datetime.fromisoformat(str(since)) if since else None,
            tuple(_texts(dict.fromkeys(plain["streams"], ""))),  # type: ignore[call-overload]
        )
    except (KeyError, ValueError, TypeError) as error:
        raise BadInput(
            f"The record of the connection '{record.id}' cannot be read ({error!r}). Add it anew with --replace."
        ) from error


def _texts(mapping: object) -> dict[str, str]:
    if not isinstance(mapping, Mapping):
        raise TypeError(f"a mapping was expected, not {type(mapping).__name__}")
    return {str(name): str(text) for name, text in mapping.items()}
