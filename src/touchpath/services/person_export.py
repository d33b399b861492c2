"""Everything that is kept of one person, in a form that programs read: a ZIP of JSON lines with a manifest."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO, Protocol

from touchpath.model.errors import Missing
from touchpath.services.persons_signals import rows_of
from touchpath.store.records import Record
from touchpath.store.signals import Rejected, SignalStore

FORMAT = "touchpath-person/1"
_ABOUT = {
    "signals": "Every recorded fact about the person, with all its revisions; 'newest' marks the one that counts.",
    "answers": "What the person answered in surveys: the newest revision of each answer, from the signals.",
    "links": "Which ids were taken for the same person, and the signal that said so first.",
    "quarantined": "Records that could not be read, kept as they came.",
    "records": "Records of the workspace that name the person, with all their revisions.",
}


class SearchableQuarantine(Protocol):
    """A quarantine that can be looked through for people."""

    def naming(self, actors: Sequence[str]) -> Iterator[Rejected]:
        """Every record that names one of these actors."""
        ...


class SearchableRecords(Protocol):
    """Records that can be looked through for people."""

    def naming(self, words: Sequence[str]) -> Iterator[Record]:
        """Every revision of every record that holds one of these ids or texts."""
        ...


@dataclass(frozen=True, slots=True)
class PersonExport:
    """What is kept of one person, ready to be written. parts: rows by the name of their file."""

    actor: str
    ids: tuple[str, ...]
    made_at: datetime
    data_version: int
    parts: Mapping[str, Sequence[Mapping[str, Any]]]

    @property
    def counts(self) -> Mapping[str, int]:
        """How many rows each part has."""
        return {name: len(rows) for name, rows in self.parts.items()}

    def write(self, target: BinaryIO) -> None:
        """Write the ZIP: a file of JSON lines a part, and manifest.json with what each is, how many rows it has, and its SHA-256."""
        files = {}
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, rows in self.parts.items():
                text = "".join(json.dumps(row, ensure_ascii=False, default=_plain) + "\n" for row in rows).encode()
                archive.writestr(f"{name}.jsonl", text)
                says = {"about": _ABOUT[name], "rows": len(rows), "sha256": hashlib.sha256(text).hexdigest()}
                files[f"{name}.jsonl"] = says
            manifest = {
                "format": FORMAT,
                "actor": self.actor,
                "ids": self.ids,
                "made_at": self.made_at.isoformat(),
                "data_version": self.data_version,
                "files": files,
            }
            archive.writestr("manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1))


@dataclass(frozen=True)
class PersonExports:
    """Exports people of one workspace."""

    ids_of: Callable[[str], Sequence[str]]
    signals: SignalStore
    quarantine: SearchableQuarantine
    records: SearchableRecords
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    handed_of: Callable[[str], Sequence[int]] = lambda _: ()

    def export(self, actor: str) -> PersonExport:
        """Everything that is kept of the person whom an actor belongs to; raises Missing when there is nothing."""
        ids = tuple(self.ids_of(actor))
        version = self.signals.version
        rows = [_signal(row) for row in rows_of(self.signals, ids, self.handed_of(actor))]
        parts: dict[str, Sequence[Mapping[str, Any]]] = {
            "signals": rows,
            "answers": [row for row in rows if row["kind"] == "survey.answered" and row["newest"]],
            "links": list(_links(rows)),
            "quarantined": [asdict(one) for one in self.quarantine.naming(ids)],
            "records": [asdict(record) for record in self.records.naming(ids)],
        }
        if not any(parts.values()):
            raise Missing(f"Nothing is kept of '{actor}'. Search for a part of the id: touchpath people 42")
        return PersonExport(actor, ids, self.clock(), version, parts)


def _signal(row: Mapping[str, Any]) -> dict[str, Any]:
    """A stored row without its keys, JSON texts as what they say."""
    plain = {name: value for name, value in row.items() if name not in ("key", "actor_key")}
    plain["objects"] = dict(row["objects"] or ())
    for name in ("properties", "context"):
        plain[name] = json.loads(row[name]) if row[name] else {}
    return plain


def _links(rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    seen = set()
    for row in rows:
        actors = row["actors"] or []
        for other in actors[1:]:
            if (actors[0], other) not in seen:
                seen.add((actors[0], other))
                yield {"first": actors[0], "second": other, **{name: row[name] for name in ("source", "id", "occurred_at")}}


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
