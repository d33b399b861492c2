"""Sheets that people fill in by hand: visits to a store, phone calls, questionnaires on paper.

`touchpath template NAME` prints a sheet with its fixed header and example rows; filled in, it is imported without a mapping. The first column is
the key: a row that is handed in again with the same key is a duplicate or a correction. Rows whose key begins with EXAMPLE are passed over.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from touchpath.model.email import email_actor
from touchpath.model.errors import BadInput, unknown
from touchpath.model.signal import Signal
from touchpath.sources.files.zones import find_zone
from touchpath.sources.formats.format import Convert, Opening, Sure
from touchpath.sources.formats.head import Head
from touchpath.sources.formats.pieces import Row
from touchpath.sources.formats.records import RecordFormat
from touchpath.sources.formats.sheets import (
    DATES,
    Sheet,
    SheetFormat,
    SheetShape,
    date_order,
    one_header_row,
    read_moment,
    zone_option,
)
from touchpath.sources.vendors.reading import number

EXAMPLE = "EXAMPLE"
_ZONE = zone_option("In which time zone are the times of this sheet? They name none, and its column zone is empty.")
_WHO = (
    ("person", "Who: the id in your own systems, or an e-mail address, which is kept as a hash. Empty when nobody is known."),
    ("account", "The organisation they belong to, if you count those."),
)
_WHEN = (
    ("at", "When it happened, as in 2026-03-01 14:30; with an offset, or in the zone of the next column."),
    ("zone", "The time zone of that, as in Europe/Madrid. Empty: the one said at the import."),
)


@dataclass(frozen=True, slots=True)
class Template:
    """A sheet to fill in. columns: each with what it holds; the first is the key. needed: those that tell it from other files."""

    name: str
    title: str
    columns: tuple[tuple[str, str], ...]
    needed: tuple[str, ...]
    examples: tuple[Mapping[str, str], ...]
    signals: Callable[[Opening, Template, Row], Iterator[Signal]]

    @property
    def key(self) -> str:
        """The name of the first column."""
        return self.columns[0][0]

    def sheet(self) -> str:
        """The header and the example rows, as CSV."""
        text = io.StringIO(newline="")
        rows = csv.DictWriter(text, [name for name, _ in self.columns], restval="", lineterminator="\n")
        rows.writeheader()
        rows.writerows(self.examples)
        return text.getvalue()


def _visit(opening: Opening, template: Template, row: Row) -> Iterator[Signal]:
    told = _told(opening, template, row, "store.visited", "store", row["store"])
    objects = {"visit": told.id, **_object(row, "order")}
    facts = _filled(row, "store", "purpose", "outcome", "staff")
    told = _timed(told.but(objects=objects, properties=facts), row)
    yield told
    yield from _rated(row, told, facts, "store-visit")


def _call(opening: Opening, template: Template, row: Row) -> Iterator[Signal]:
    direction = row["direction"].strip().lower() or "in"
    if direction not in ("in", "out"):
        raise BadInput(f"'direction' came as '{row['direction']}'; in and out will do.")
    kind = "call.received" if direction == "in" else "call.made"
    told = _told(opening, template, row, kind, "phone", row["line"])
    objects = {"call": told.id, **_object(row, "ticket")}
    facts = _filled(row, "line", "topic", "outcome", "agent")
    told = _timed(told.but(objects=objects, properties=facts), row)
    yield told
    yield from _rated(row, told, facts, "phone-call")


def _paper(opening: Opening, template: Template, row: Row) -> Iterator[Signal]:
    """One answer a row: a response has as many rows as answers. Several choices of a question are told apart by what was chosen."""
    told, question = _told(opening, template, row, "survey.answered", "paper", row["place"]), row["question"].strip()
    if not question:
        raise BadInput(f"Response {told.id} has a row without a question.")
    value, choice, words = _number(row, "value"), row["answer"].strip(), row["text"].strip()
    if value is None and not choice and not words:
        return
    facts = _filled(row, "survey", "question", "wording", "answer", "scale", "place")
    yield told.but(
        id="/".join(part for part in (told.id, question, choice if value is None else "") if part),
        objects={"response": told.id},
        value=value,
        unit="points" if value is not None else None,
        text=words or None,
        properties={**facts, "status": "complete"},
    )


def _told(opening: Opening, template: Template, row: Row, kind: str, channel: str, touchpoint: str) -> Signal:
    """What all sheets tell: the key, when, who, where."""
    key = _key(template, row)
    return Signal(
        source=opening.source,
        id=key,
        kind=kind,
        occurred_at=_moment(opening, row),
        actors=_actors(row) or (f"anonymous:{opening.source}-{key}",),
        account=row["account"].strip() or None,
        touchpoint=touchpoint.strip() or channel,
        channel=channel,
    )


def _timed(told: Signal, row: Row) -> Signal:
    minutes = _number(row, "minutes")
    return told if minutes is None else told.but(value=minutes, unit="minutes")


def _rated(row: Row, told: Signal, facts: Mapping[str, object], question: str) -> Iterator[Signal]:
    """What the person said about it, on a scale of 1 to 5 and in words."""
    rating, words = _number(row, "rating"), row["comment"].strip() or None
    if rating is None and words is None:
        return
    yield told.but(
        id=f"{told.id}/rating",
        kind="survey.answered",
        objects={**told.objects, "response": told.id},
        value=rating,
        unit="points" if rating is not None else None,
        text=words,
        properties={**facts, "survey": question, "question": question},
    )


def _key(template: Template, row: Row) -> str:
    key = str(row[template.key]).strip()
    if not key:
        raise BadInput(
            f"This row has no key in the column '{template.key}'. Give every {template.key} a number or name of its own."
        )
    return key


def _moment(opening: Opening, row: Row) -> datetime:
    zone = row["zone"].strip() or opening.zone
    find_zone(zone)
    found = read_moment(row["at"], opening.options["dates"], zone)
    if found is None:
        raise BadInput(f"'at' came as '{row['at']}'; a time such as 2026-03-01 14:30 would do.")
    return found


def _actors(row: Row) -> tuple[str, ...]:
    person = row["person"].strip()
    if not person:
        return ()
    return (email_actor(person) or f"user:{person}",)


def _number(row: Row, name: str) -> float | None:
    cell = row[name].strip()
    found = number(cell.replace(",", "."))
    if cell and found is None:
        raise BadInput(f"'{name}' came as '{cell}', which is no number.")
    return found


def _object(row: Row, name: str) -> dict[str, str]:
    return {name: row[name].strip()} if row[name].strip() else {}


def _filled(row: Row, *names: str) -> dict[str, object]:
    return {name: row[name].strip() for name in names if row[name].strip()}


TEMPLATES: tuple[Template, ...] = (
    Template(
        "store-visits",
        "Visits to a store, one a row",
        (
            ("visit", "A number of your own for the visit; it is the key."),
            *_WHEN,
            ("store", "Which store."),
            *_WHO,
            ("purpose", "Why they came, as in buy, return, ask."),
            ("outcome", "How it ended, as in bought, left, referred."),
            ("minutes", "How long they stayed."),
            ("staff", "Who served them."),
            ("order", "The order that came of it."),
            ("rating", "How satisfied they said they were, 1 to 5."),
            ("comment", "What they said."),
        ),
        ("visit", "at", "store", "purpose"),
        (
            {"visit": "EXAMPLE-1", "at": "2026-03-01 14:30", "zone": "Europe/Madrid", "store": "Madrid Centro", "person": "u_81", "purpose": "return",
             "outcome": "refunded", "minutes": "12", "staff": "A7", "order": "o-1001", "rating": "4", "comment": "Quick"},
            {"visit": "EXAMPLE-2", "at": "2026-03-01 15:05", "zone": "Europe/Madrid", "store": "Madrid Centro", "purpose": "ask", "outcome": "left"},
        ),
        _visit,
    ),
    Template(
        "phone-calls",
        "Phone calls, one a row",
        (
            ("call", "A number of your own for the call; it is the key."),
            *_WHEN,
            ("line", "Which line or number was called."),
            *_WHO,
            ("direction", "in (the default) or out."),
            ("topic", "What it was about."),
            ("outcome", "How it ended, as in resolved, transferred, call back."),
            ("minutes", "How long it took."),
            ("agent", "Who spoke with them."),
            ("ticket", "The ticket it belongs to."),
            ("rating", "How satisfied they said they were, 1 to 5."),
            ("comment", "What they said."),
        ),
        ("call", "at", "line", "direction"),
        (
            {"call": "EXAMPLE-1", "at": "2026-03-01 09:10", "zone": "Europe/Madrid", "line": "support", "person": "ann@example.com", "direction": "in",
             "topic": "billing", "outcome": "resolved", "minutes": "6,5", "agent": "A7", "ticket": "35436", "rating": "5"},
        ),
        _call,
    ),
    Template(
        "paper-questionnaires",
        "Questionnaires on paper, one answer a row",
        (
            ("response", "The number on the sheet of paper; it is the key, the same in all rows of one sheet."),
            *_WHEN,
            ("survey", "Which questionnaire."),
            *_WHO,
            ("place", "Where it was filled in."),
            ("question", "A short name of the question, the same for ever."),
            ("wording", "The question as it was asked."),
            ("scale", "nps, csat or ces, when it is one of those."),
            ("value", "The number that was marked."),
            ("answer", "The choice that was marked; several choices are several rows."),
            ("text", "What was written."),
        ),
        ("response", "at", "question", "value", "text"),
        (
            {"response": "EXAMPLE-1", "at": "2026-03-01", "zone": "Europe/Madrid", "survey": "lobby", "place": "Madrid Centro", "question": "recommend",
             "wording": "How likely are you to recommend us?", "scale": "nps", "value": "9"},
            {"response": "EXAMPLE-1", "at": "2026-03-01", "zone": "Europe/Madrid", "survey": "lobby", "place": "Madrid Centro", "question": "why",
             "wording": "Why?", "text": "Friendly people"},
        ),
        _paper,
    ),
)  # fmt: skip


def template(name: str) -> Template:
    """The template of this name; raises BadInput."""
    found = next((one for one in TEMPLATES if one.name == name), None)
    if found is None:
        raise BadInput(unknown("template", name, (one.name for one in TEMPLATES)))
    return found


def _tells(one: Template) -> Callable[[Head], Sure | None]:
    names, needed = {name for name, _ in one.columns}, set(one.needed)

    def tells(head: Head) -> Sure | None:
        header = [cell.strip() for cell in head.header]
        if header and header[0] == one.key and needed <= set(header) and len(names & set(header)) * 4 >= len(header) * 3:
            return Sure(0.95, f"its columns are those of the template {one.name}")
        return None

    return tells


def _begin(one: Template) -> Callable[[Opening], Convert]:
    def begin(opening: Opening) -> Convert:
        absent = {name: "" for name, _ in one.columns}

        def convert(row: Row) -> Iterator[Signal]:
            whole = {**absent, **{name.strip(): cell for name, cell in row.items()}}
            if not whole[one.key].strip().upper().startswith(EXAMPLE):
                yield from one.signals(opening, one, whole)

        return convert

    return begin


def _settle(one: Template) -> Callable[[Sheet, Mapping[str, str]], Mapping[str, str]]:
    def settle(sheet: Sheet, answers: Mapping[str, str]) -> Mapping[str, str]:
        title = f"The sheet {one.name}"
        order = date_order(sheet.cells(["at"]), answers["dates"], title)
        zones = "zone" in sheet.columns and any(sheet.cells(["zone"]))
        if not zones and not answers["zone"] and any(not _tells_offset(cell, order) for cell in sheet.cells(["at"])):
            raise BadInput(f"{title}: {_ZONE.question} Say it with --option zone=Europe/Madrid")
        return {**answers, "dates": order}

    return settle


def _tells_offset(cell: str, order: str) -> bool:
    """Whether a time names its own offset: then it is the same moment whatever the zone."""
    return read_moment(cell, order, "UTC") == read_moment(cell, order, "Asia/Tokyo")


OFFLINE: tuple[SheetFormat, ...] = tuple(
    SheetFormat(
        RecordFormat(
            name=one.name,
            title=f"{one.title} (template)",
            source=one.name,
            shape=SheetShape(one_header_row),
            tells=_tells(one),
            begin=_begin(one),
            options=(_ZONE, DATES),
        ),
        _settle(one),
    )
    for one in TEMPLATES
)
