"""Object-centric event logs as they are written: OCEL 2.0 as JSON, XML and SQLite, OCEL 1.0 as JSON and XML. Objects and events, streamed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC
from typing import Any, NamedTuple, Protocol

from touchpath.model.errors import BadInput
from touchpath.sources.files.parts import Part
from touchpath.sources.formats.documents import elements
from touchpath.sources.formats.ocel_objects import FROM_THE_START, LogObject
from touchpath.sources.formats.pieces import decode_json
from touchpath.sources.formats.reading import moment_of
from touchpath.sources.formats.xml_events import Step, steps


class LogEvent(NamedTuple):
    """One event: its objects as [id, qualifier], in the order of the log. line: where it stands, or its number. fault: why it is none."""

    line: int
    position: int
    id: str = ""
    type: str = ""
    time: Any = ""
    attributes: Mapping[str, Any] = {}
    objects: tuple[tuple[str, str], ...] = ()
    fault: str = ""
    text: bytes = b""


class LogFile(Protocol):
    """One way in which a log is written."""

    def objects(self, part: Part) -> Iterator[LogObject]:
        """All objects; what cannot be read is passed over, for the events tell."""
        ...

    def events(self, part: Part) -> Iterator[LogEvent]:
        """All events in the order of the file."""
        ...


def shown_time(value: object) -> str:
    """A time as a text in UTC that can be compared with others; one that is none counts as "from the start"."""
    try:
        return moment_of(value, "time").astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    except (BadInput, OverflowError):
        return FROM_THE_START


class JsonLog:
    """OCEL 2.0 as JSON."""

    def objects(self, part: Part) -> Iterator[LogObject]:
        for element in elements(part, ("objects",)):
            if one := _read(element.text, element.fault):
                attributes = [
                    (str(a.get("name")), shown_time(a.get("time")), a.get("value")) for a in one.get("attributes") or ()
                ]
                related = [str(r.get("objectId")) for r in one.get("relationships") or ()]
                yield LogObject(str(one.get("id")), str(one.get("type")), attributes, related)

    def events(self, part: Part) -> Iterator[LogEvent]:
        for element in elements(part, ("events",)):
            at = LogEvent(element.line, element.position, fault=element.fault, text=element.text)
            one = _read(element.text, element.fault)
            yield at if one is None else _guarded(at, self._event, one)

    @staticmethod
    def _event(at: LogEvent, one: Mapping[str, Any]) -> LogEvent:
        attributes = {str(a["name"]): a.get("value") for a in one.get("attributes") or ()}
        objects = tuple((str(r["objectId"]), str(r.get("qualifier") or "")) for r in one.get("relationships") or ())
        return at._replace(id=str(one["id"]), type=str(one["type"]), time=one["time"], attributes=attributes, objects=objects)


class FirstJsonLog:
    """OCEL 1.0 as JSON: events and objects by their ids, attributes without times or qualifiers."""

    def objects(self, part: Part) -> Iterator[LogObject]:
        for element in elements(part, ("ocel:objects",)):
            one = _read(element.text, element.fault)
            inside = one.get("value") if one else None
            if one and isinstance(inside, dict):
                values = inside.get("ocel:ovmap") or {}
                attributes = [(str(name), FROM_THE_START, value) for name, value in values.items()]
                yield LogObject(str(one["key"]), str(inside.get("ocel:type")), attributes, ())

    def events(self, part: Part) -> Iterator[LogEvent]:
        for element in elements(part, ("ocel:events",)):
            at = LogEvent(element.line, element.position, fault=element.fault, text=element.text)
            one = _read(element.text, element.fault)
            yield at if one is None else _guarded(at, self._event, one)

    @staticmethod
    def _event(at: LogEvent, one: Mapping[str, Any]) -> LogEvent:
        inside = one["value"]
        return at._replace(
            id=str(one["key"]),
            type=str(inside["ocel:activity"]),
            time=inside["ocel:timestamp"],
            attributes=inside.get("ocel:vmap") or {},
            objects=tuple((str(id), "") for id in inside.get("ocel:omap") or ()),
        )


class XmlLog:
    """OCEL 2.0 as XML."""

    def objects(self, part: Part) -> Iterator[LogObject]:
        for one in _xml_things(part, "object"):
            attributes = [(a["name"], shown_time(a.get("time")), a.get("text")) for a in one.attributes if "name" in a]
            yield LogObject(
                one.head.get("id", ""), one.head.get("type", ""), attributes, [r.get("object-id", "") for r in one.related]
            )

    def events(self, part: Part) -> Iterator[LogEvent]:
        for one in _xml_things(part, "event"):
            attributes = {a["name"]: a.get("text") for a in one.attributes if "name" in a}
            objects = tuple((r.get("object-id", ""), r.get("qualifier", "")) for r in one.related)
            head = one.head
            at = LogEvent(one.line, one.position, head.get("id", ""), head.get("type", ""), head.get("time", ""))
            yield at._replace(attributes=attributes, objects=objects, fault=one.fault)


class _Thing(NamedTuple):
    """An event or object of an XML log: its own attributes, those inside it, and its relationships."""

    line: int
    position: int
    head: Mapping[str, str]
    attributes: list[dict[str, str]]
    related: list[Mapping[str, str]]
    fault: str = ""


def _xml_things(part: Part, name: str) -> Iterator[_Thing]:
    """The elements `name` that stand in the list of their kind."""
    open_elements: list[Step] = []
    thing: _Thing | None = None
    try:
        for step in steps(part):
            if step.opens:
                open_elements.append(step)
                if step.name == name and len(open_elements) == 3 and open_elements[1].name == f"{name}s":
                    thing = _Thing(step.line, step.position, step.attributes, [], [])
                elif thing is not None and step.name in ("relationship", "relobj"):
                    thing.related.append(step.attributes)
                continue
            began = open_elements.pop()
            if thing is not None and step.name == "attribute":
                thing.attributes.append({**began.attributes, "text": step.text})
            elif thing is not None and step.name == name and len(open_elements) == 2:
                yield thing
                thing = None
    except BadInput as fault:
        if name == "event":
            last = open_elements[-1] if open_elements else Step(True, "", {}, "", 1, 0)
            yield _Thing(last.line, last.position, {}, [], [], str(fault))


class FirstXmlLog:
    """OCEL 1.0 as XML: everything is a typed value with a key, as in XES."""

    def objects(self, part: Part) -> Iterator[LogObject]:
        for one in _first_things(part, "object"):
            attributes = [(name, FROM_THE_START, value) for name, value in one.inside.items()]
            yield LogObject(one.own.get("id", ""), one.own.get("type", ""), attributes, ())

    def events(self, part: Part) -> Iterator[LogEvent]:
        for one in _first_things(part, "event"):
            own, objects = one.own, tuple((id, "") for id in one.objects)
            at = LogEvent(one.line, one.position, own.get("id", ""), own.get("activity", ""), own.get("timestamp", ""))
            yield at._replace(attributes=one.inside, objects=objects, fault=one.fault)


class _FirstThing(NamedTuple):
    """An event or object of OCEL 1.0: its own values, those of its map, and the ids of its objects."""

    line: int
    position: int
    own: dict[str, str]
    inside: dict[str, str]
    objects: list[str]
    fault: str = ""


def _first_things(part: Part, name: str) -> Iterator[_FirstThing]:
    depth, inside, thing = 0, "", None
    line = position = 0
    try:
        for step in steps(part):
            line, position = step.line, step.position
            depth += 1 if step.opens else -1
            key, value = step.attributes.get("key", ""), step.attributes.get("value", "")
            if step.opens and step.name == name and depth == 3:
                thing = _FirstThing(line, position, {}, {}, [])
            elif thing is None:
                continue
            elif not step.opens and step.name == name and depth == 2:
                yield thing
                thing = None
            elif step.name == "list" and depth == (4 if step.opens else 3):
                inside = key
            elif step.opens and depth == 4:
                thing.own[key] = value
            elif step.opens and depth == 5 and inside == "omap":
                thing.objects.append(value)
            elif step.opens and depth == 5:
                thing.inside[key] = value
    except BadInput as fault:
        if name == "event":
            yield _FirstThing(line, position, {}, {}, [], str(fault))


class SqliteLog:
    """OCEL 2.0 as an SQLite file: a table for each type of event and object, whose names are listed in two tables."""

    def objects(self, part: Part) -> Iterator[LogObject]:
        with closing(_open(part)) as database:
            related = "SELECT ocel_target_id FROM object_object WHERE ocel_source_id = ?"
            has_related = _has(database, "object_object")
            for type, table in _tables(database, "object"):
                columns = _columns(database, table)
                # Rows of one object stand together, its first state before its changes.
                order = "ocel_id, ocel_time" if "ocel_time" in columns else "ocel_id"
                for row in database.execute(f"SELECT * FROM {_quoted(table)} ORDER BY {order}"):  # noqa: S608
                    cells = dict(zip(columns, row, strict=True))
                    changed = cells.pop("ocel_changed_field", None)
                    id, time = str(cells.pop("ocel_id")), cells.pop("ocel_time", None)
                    when = shown_time(time) if changed else FROM_THE_START
                    names = str(changed).split(",") if changed else list(cells)
                    attributes = [(name, when, cells.get(name)) for name in names if cells.get(name) is not None]
                    others = [str(other) for (other,) in database.execute(related, (id,))] if has_related and not changed else []
                    yield LogObject(id, type, attributes, others)

    def events(self, part: Part) -> Iterator[LogEvent]:
        with closing(_open(part)) as database:
            related = "SELECT ocel_object_id, ocel_qualifier FROM event_object WHERE ocel_event_id = ? ORDER BY rowid"
            number = 0
            total = max(1, database.execute("SELECT count(*) FROM event").fetchone()[0])
            for type, table in _tables(database, "event"):
                columns = _columns(database, table)
                for row in database.execute(f"SELECT * FROM {_quoted(table)} ORDER BY ocel_id"):  # noqa: S608
                    number += 1
                    cells = dict(zip(columns, row, strict=True))
                    id = str(cells.pop("ocel_id"))
                    objects = tuple((str(one), str(how or "")) for one, how in database.execute(related, (id,)))
                    position = min(part.size, part.size * number // total)
                    own = {name: value for name, value in cells.items() if not name.startswith(("ocel_", "ocel:"))}
                    yield LogEvent(number, position, id, type, cells.get("ocel_time", ""), own, objects)


def _open(part: Part) -> sqlite3.Connection:
    """The file, to be read only; a row whose text is not UTF-8 does not end the log."""
    try:
        database = sqlite3.connect(f"{part.path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)
        database.text_factory = lambda raw: raw.decode("utf-8", "replace")
        return database
    except sqlite3.Error as error:
        raise BadInput(f"{part.name} cannot be read as SQLite: {error}.") from error


def _tables(database: sqlite3.Connection, kind: str) -> list[tuple[str, str]]:
    """The types of events or objects, each with the table that holds them."""
    listed = database.execute(f"SELECT ocel_type, ocel_type_map FROM {kind}_map_type ORDER BY ocel_type").fetchall()  # noqa: S608
    return [(str(type), f"{kind}_{name}") for type, name in listed if _has(database, f"{kind}_{name}")]


def _has(database: sqlite3.Connection, table: str) -> bool:
    found = database.execute("SELECT 1 FROM sqlite_master WHERE type IN ('table', 'view') AND name = ?", (table,))
    return found.fetchone() is not None


def _columns(database: sqlite3.Connection, table: str) -> list[str]:
    return [str(name) for (name,) in database.execute("SELECT name FROM pragma_table_info(?)", (table,))]


def _quoted(name: str) -> str:
    """The name of a table, which no parameter can stand for, as SQL quotes it."""
    return '"' + name.replace('"', '""') + '"'


def _read(text: bytes, fault: str) -> Mapping[str, Any] | None:
    if fault:
        return None
    try:
        return decode_json(text)
    except BadInput:
        return None


def _guarded(at: LogEvent, read: Any, one: Mapping[str, Any]) -> LogEvent:
    """An event, or what it is lacking."""
    try:
        found: LogEvent = read(at, one)
    except (KeyError, TypeError, AttributeError) as error:
        return at._replace(fault=f"This event is not written as OCEL has it ({type(error).__name__}: {error}).")
    return found
