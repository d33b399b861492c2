"""Object-centric event logs (OCEL): events that concern several objects at once, such as an order and its items.

**Source**: "OCEL (Object-Centric Event Log) 2.0 Specification" (Berti et al., 2024) and "OCEL: A Standard for Object-Centric Event Logs"
(Ghahfarokhi et al., 2021). Choices made:

- An event names its objects by type. A signal holds one object of a type, so of several (whose order means nothing) the one whose id sorts first counts; all of them stand in the
  property `objects` with their qualifiers. With the option `unfold` an event stands for one signal per object of that type, so that
  each of them has the event on its timeline.
- The person is an object too: of the type that the option `person` names, or of one that is called so (customer, patient, user ...). An
  event that names none belongs to the one person whom its objects are related to, if there is one.
- Attributes of an event's objects come along as they were at the time, as `TYPE.NAME`. A later change is a signal of its own,
  `TYPE.changed`. Values with the time 1970-01-01 were there from the start and are no changes.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

import msgspec

from touchpath.model.signal import Signal
from touchpath.services.formats import Option
from touchpath.sources.files.parts import Part
from touchpath.sources.files.shape import clean_kind
from touchpath.sources.formats.format import Convert, Opening, Sure
from touchpath.sources.formats.head import Head
from touchpath.sources.formats.ocel_files import (
    FirstJsonLog,
    FirstXmlLog,
    JsonLog,
    LogEvent,
    LogFile,
    SqliteLog,
    XmlLog,
    shown_time,
)
from touchpath.sources.formats.ocel_objects import Objects
from touchpath.sources.formats.pieces import Piece, Row, decode_json
from touchpath.sources.formats.reading import moment_of, packed
from touchpath.sources.formats.records import RecordFormat

_PEOPLE = (
    "customer", "customers", "client", "clients", "person", "people", "user", "users", "patient", "patients", "applicant", "student", "citizen",
    "member", "consumer", "buyer", "passenger", "guest",
)  # fmt: skip
_NOBODY = "events of nobody: none of their objects is a person, nor related to one. Say which type of object is, with --option person=TYPE"


@dataclass(frozen=True, slots=True)
class OcelShape:
    """The events of a log with what is known of their objects, then the changes of objects, as JSON."""

    file: LogFile
    person: str = ""

    def pieces(self, part: Part) -> Iterator[Piece]:
        """Events in the order of the file, then changes in the order of objects and times."""
        position, line = 0, 0
        try:
            with closing(Objects(self.file.objects(part))) as objects:
                person = self.person or _person_type(objects.types())
                for event in self.file.events(part):
                    position, line = event.position, event.line
                    text = event.text if event.fault else _told(event, objects, person)
                    yield Piece(part.name, line, text, event.fault, position)
                for id, type, time, values in objects.changes():
                    line += 1
                    changed = {"changed": id, "type": type, "time": time, "values": values, "person": person}
                    yield Piece(part.name, line, msgspec.json.encode(changed), "", position)
        except sqlite3.DatabaseError as error:
            yield Piece(part.name, line + 1, b"", f"From here on the log cannot be read: {error}.", position)

    def headers(self, part: Part) -> tuple[tuple[str, ...], ...]:
        """None."""
        return ()

    def decode(self, text: bytes, headers: tuple[tuple[str, ...], ...]) -> Row:
        """The event or change."""
        return decode_json(text)


def _person_type(types: Sequence[str]) -> str:
    """The type of object that is called as people are, most frequent first; "" when there is none."""
    return next((type for type in types if type.lower() in _PEOPLE), "")


def _told(event: LogEvent, objects: Objects, person: str) -> bytes:
    """An event with everything that its signals need to know of the log."""
    known = sorted((id, objects.type_of(id) or "unknown", how) for id, how in event.objects)
    firsts: dict[str, str] = {}
    for id, type, _ in known:
        firsts.setdefault(type, id)
    time = shown_time(event.time)
    told = {
        "id": event.id,
        "type": event.type,
        "time": event.time,
        "attributes": event.attributes,
        "objects": known,
        "known": {type: objects.attributes(id, time) for type, id in firsts.items()},
        "person": person,
        "related": objects.related(list(firsts.values()), person) if person and person not in firsts else None,
    }
    return msgspec.json.encode(told, enc_hook=str)


def _begin(opening: Opening) -> Convert:
    def convert(row: Row) -> Iterator[Signal]:
        if "changed" in row:
            yield _change(row, opening)
        else:
            yield from _signals(row, opening)

    return convert


def _signals(row: Row, opening: Opening) -> Iterator[Signal]:
    objects: list[tuple[str, str, str]] = row["objects"]
    people = [id for id, type, _ in objects if type == row["person"]] or [id for id in (row["related"],) if id]
    if not people:
        opening.notes[_NOBODY] += 1
    unfolded = [id for id, type, _ in objects if type == opening.options["unfold"]]
    several = len({type for _, type, _ in objects}) < len(objects) or any(how for _, _, how in objects)
    signal = Signal(
        source=opening.source,
        id=row["id"],
        kind=row["type"],
        occurred_at=moment_of(row["time"], "time", opening.zone),
        actors=tuple(f"external:{opening.source}-{id}" for id in dict.fromkeys(people)),
        objects={clean_kind(type): id for id, type, _ in reversed(objects)},
        properties=packed(
            {
                **row["attributes"],
                **{f"{clean_kind(type)}.{name}": value for type, known in row["known"].items() for name, value in known.items()},
                "objects": [_shown(*one) for one in objects] if several else None,
            }
        ),
    )
    if len(unfolded) < 2:
        yield signal
        return
    kind = clean_kind(opening.options["unfold"])
    for id in dict.fromkeys(unfolded):
        yield signal.but(id=f"{row['id']}/{id}", objects={**signal.objects, kind: id})


def _shown(id: str, type: str, qualifier: str) -> dict[str, str]:
    return {"id": id, "type": type} | ({"qualifier": qualifier} if qualifier else {})


def _change(row: Row, opening: Opening) -> Signal:
    """What became of an object's attributes at one time."""
    id, kind, time = row["changed"], clean_kind(row["type"]), row["time"]
    return Signal(
        source=opening.source,
        id=f"changed/{row['type']}/{id}/{time}",
        kind=f"{kind}.changed",
        occurred_at=moment_of(time, "time"),
        actors=(f"external:{opening.source}-{id}",) if row["type"] == row["person"] else (),
        objects={kind: id},
        properties=packed({f"{kind}.{name}": value for name, value in row["values"].items()}),
    )


def _shape(head: Head, options: Mapping[str, str]) -> OcelShape:
    if head.tables:
        return OcelShape(SqliteLog(), options["person"])
    if head.text.lstrip("\ufeff \t\r\n").startswith("<"):
        first = re.search(r'<global[ >]|key="omap"|key="ocel:', head.text) is not None
        return OcelShape(FirstXmlLog() if first else XmlLog(), options["person"])
    return OcelShape(FirstJsonLog() if '"ocel:' in head.text else JsonLog(), options["person"])


def _tells(head: Head) -> Sure | None:
    start = head.text.lstrip("\ufeff \t\r\n")
    if {"event", "object", "event_object", "event_map_type", "object_map_type"} <= head.tables.keys():
        return Sure(0.99, "it is an SQLite file with the tables of OCEL 2.0")
    if start.startswith("<") and "<log" in start and re.search(r"<(object-types|objects|event-types|events)[ />]", start):
        return Sure(0.98, "it is XML with a log of events and objects")
    if start.startswith("{") and re.search(r'"ocel:(events|objects|global-log|version)"\s*:', start):
        return Sure(0.98, "it is JSON with fields of OCEL 1.0")
    if start.startswith("{") and len(set(re.findall(r'"(objectTypes|eventTypes|objects|events)"\s*:', start))) > 1:
        return Sure(0.95, "it is JSON with lists of events, objects and their types")
    return None


OCEL = RecordFormat(
    name="ocel",
    title="OCEL object-centric event log",
    source="",
    shape=_shape,
    tells=_tells,
    begin=_begin,
    options=(
        Option("person", "Which type of object is the person? Left open: customer, patient, user ..., if there is such a type."),
        Option(
            "unfold", "Should events stand for one signal per object of a type, such as item? Left open: one signal an event."
        ),
        Option("zone", "Which zone are times in that name no offset?", "zone", "UTC"),
    ),
)
