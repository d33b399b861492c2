"""Qualtrics' exports: CSV and TSV with two or three header rows, and the API's JSON.

**Source**: "Understanding your dataset", qualtrics.com/support; headers of published exports. Choices made:

- The third header row tells the ids that the API has too (and the zone of the times), so a file with it gives the same signals as pulling.
  Without it columns go by their names (Q1), and the zone is asked for.
- Without the third row an embedded field is told from a question by its label, which repeats its name.
- The older export has the header rows V1, V2, ... and ResponseID, ResponseSet, ...; its answers go by name, too.
- Several choices in one cell are taken apart where they are codes (1,3). Labels cannot be told apart, as they may hold commas: export values, or
  split multi-value fields into columns.
- -99 is what Qualtrics writes for "seen, not answered", where that was asked for; it is no answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.services.formats import Option
from touchpath.sources.files.zones import find_zone
from touchpath.sources.formats.format import Convert, Opening, Sure
from touchpath.sources.formats.head import Head
from touchpath.sources.formats.pieces import JsonShape, Row
from touchpath.sources.formats.records import RecordFormat
from touchpath.sources.formats.sheets import (
    DATES,
    Sheet,
    SheetFormat,
    SheetShape,
    common_wording,
    date_order,
    needed_moment,
    zone_option,
)
from touchpath.sources.vendors import qualtrics
from touchpath.sources.vendors.payload import plain_text, text_of
from touchpath.sources.vendors.reading import number
from touchpath.sources.vendors.responses import Answer, numbered, response_signals

_SEEN, _CODES = "-99", re.compile(r"[0-9]+(,[0-9]+)+")
_TIMES = ("startDate", "endDate", "recordedDate")
#: Names of columns about the response, as they stand in the first header row (or, in the older export, in the second), as import ids.
_NAMES = {
    **{name.removeprefix("_").lower(): name for name in qualtrics.METADATA},
    "duration (in seconds)": "duration", "responseid": "_recordId", "response id": "_recordId", "externalreference": "externalDataReference",
    "emailaddress": "recipientEmail", "status": "status", "response type": "status", "ipaddress": "ipAddress", "ip address": "ipAddress",
    "name": "recipientLastName", "recordid": "_recordId",
}  # fmt: skip
_PLACEHOLDERS = {"responseset", "response set", "locationaccuracy"}
_SELECTED = re.compile(r"\s+-\s+(Selected Choices?|Text)$")
_SELECTED_FIRST = re.compile(r"^Selected Choices?(\s+-\s+|$)")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file: its import id, its wording, and, where several choices have a column each, the choice."""

    id: str
    wording: str | None
    choice: str = ""
    zone: str = ""


def _import_id(cell: str) -> Mapping[str, object] | None:
    """What a cell of the third header row says; None for another cell."""
    if not cell.lstrip().startswith("{"):
        return None
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("ImportId"), str) else None


def header_rows(rows: Sequence[Sequence[str]]) -> int:
    """How many of the first rows are headers: three with import ids, two with labels, else one."""
    if len(rows) > 2 and sum(_import_id(cell) is not None for cell in rows[2]) * 2 > len(rows[2]):
        return 3
    labels = {cell.strip().lower() for cell in rows[1]} if len(rows) > 1 else set()
    return 2 if labels & {"start date", "response id", "responseid", "response type", "recorded date"} else 1


def sheet_columns(headers: Sequence[Sequence[str]]) -> list[Column | None]:
    """What each column is; None for one that says nothing about the response or its answers."""
    names, labels = headers[0], headers[1] if len(headers) > 1 else headers[0]
    if len(headers) > 2:
        return [
            _by_import_id(name, label, _import_id(told)) for name, label, told in zip(names, labels, headers[2], strict=False)
        ]
    return [_by_name(name, label, len(headers) > 1) for name, label in zip(names, labels, strict=False)]


def _by_import_id(name: str, label: str, told: Mapping[str, object] | None) -> Column | None:
    if told is None:
        return _by_name(name, label, labelled=True)
    id, choice = str(told["ImportId"]), text_of(told.get("choiceId")) or ""
    return Column(id, plain_text(label), choice, text_of(told.get("timeZone")) or "")


def _by_name(name: str, label: str, labelled: bool) -> Column | None:
    known = _NAMES.get(name.strip().lower()) or (_NAMES.get(label.strip().lower()) if re.fullmatch(r"V[0-9]+", name) else None)
    if known:
        return Column(known, None)
    if name.strip().lower() in _PLACEHOLDERS or label.strip().lower() in _PLACEHOLDERS:
        return None
    if labelled and name.strip() == label.strip() and not re.fullmatch(r"Q[0-9]+.*", name):
        return Column(name.strip(), None)
    if labelled or re.fullmatch(r"Q[0-9]+([_.#].*)?", name):
        return Column(f"name:{name.strip()}", plain_text(label) if labelled else None)
    return Column(name.strip(), None)


def _tells(head: Head) -> Sure | None:
    rows = head.rows
    if not rows:
        return None
    if len(rows) > 2 and any((told := _import_id(cell)) and str(told["ImportId"]) in qualtrics.METADATA for cell in rows[2]):
        return Sure(0.99, "its third row holds import ids of Qualtrics")
    names = {cell.strip().lower() for cell in rows[0]}
    if len(names & {"responseid", "startdate", "enddate", "recordeddate", "finished", "userlanguage", "distributionchannel"}) > 3:
        return Sure(0.9, "its columns are called ResponseId, StartDate, Finished ... as Qualtrics calls them")
    if len(rows) > 1 and rows[0][0].strip() == "V1" and rows[1][0].strip().lower() == "responseid":
        return Sure(0.95, "its header rows begin with V1 and ResponseID, as the older export of Qualtrics does")
    return None


def _settle(sheet: Sheet, answers: Mapping[str, str]) -> Mapping[str, str]:
    columns = sheet_columns(sheet.headers)
    if not any(column and column.id == "_recordId" for column in columns):
        raise BadInput(
            f"{sheet.part.name} has no column ResponseId, so its answers cannot be told apart. Export it with all fields."
        )
    named = [sheet.columns[place] for place, column in enumerate(columns) if column and column.id in _TIMES]
    zones = {column.zone for column in columns if column and column.id in _TIMES and column.zone}
    for zone in zones - {"Z"}:
        find_zone(zone)
    if not zones and not answers["zone"]:
        raise BadInput(f"Qualtrics export: {_ZONE.question} Say it with --option zone=Europe/Madrid")
    return {**answers, "dates": date_order(sheet.cells(named), answers["dates"], "Qualtrics export")}


def _begin(opening: Opening) -> Convert:
    names, *headers = opening.headers
    columns = [(name, column) for name, column in zip(names, sheet_columns(headers), strict=False) if column]
    reading = _Reading(opening, columns)
    return lambda row: response_signals_of(reading, row)


class _Reading:
    """How the rows of one file are read."""

    def __init__(self, opening: Opening, columns: Sequence[tuple[str, Column]]) -> None:
        self.opening = opening
        self.about = [(name, column) for name, column in columns if column.id in qualtrics.METADATA]
        rest = [(name, column) for name, column in columns if column.id not in qualtrics.METADATA]
        fields = [(name, column, _field(column)) for name, column in rest]
        nps = {question for _, column in rest if (question := qualtrics.nps_question(column.id.removeprefix("name:")))}
        nps |= {
            column.id.removeprefix("name:").removesuffix("_NPS_GROUP") for _, column in rest if column.id.endswith("_NPS_GROUP")
        }
        wordings = _wordings([(column, field) for _, column, field in fields if field])
        self.answers: dict[str, list[tuple[str, Column, qualtrics.Field, Answer]]] = {}
        for name, column, field in fields:
            if field is not None:
                question, row = wordings[id(column)]
                asked = qualtrics.Question(question, name, None, field.question in nps, False, {field.part: row} if row else {})
                self.answers.setdefault(column.id, []).append((name, column, field, _shell(column, field, asked)))
        self.hidden = [
            (name, column.id)
            for name, column, field in fields
            if field is None and qualtrics.is_embedded(column.id) and ":" not in column.id
        ]


def _field(column: Column) -> qualtrics.Field | None:
    """The answer a column holds; None for one that holds none. Without import ids the name of the column is its question."""
    if not column.id.startswith("name:"):
        return qualtrics.field_of(column.id)
    name = column.id.removeprefix("name:")
    if re.search(r"_(DO|DO_.*|NPS_GROUP)$", name) or re.search(r"_(First Click|Last Click|Page Submit|Click Count)$", name):
        return None
    return qualtrics.Field(name.removesuffix("_TEXT"), "", name.endswith("_TEXT"))


def _shell(column: Column, field: qualtrics.Field, asked: qualtrics.Question) -> Answer:
    if column.id.startswith("name:"):
        name = column.id.removeprefix("name:")
        shell = qualtrics.answer_of(name, field, asked)
        return replace(shell, question=name, row=asked.rows.get(""))
    return qualtrics.answer_of(column.id, field, asked)


def _wordings(columns: Sequence[tuple[Column, qualtrics.Field]]) -> dict[int, tuple[str | None, str | None]]:
    """Each column's question and row, by the column: the label of a part is the question's, ' - ', and its own."""
    groups: dict[str, list[tuple[Column, qualtrics.Field]]] = {}
    for column, field in columns:
        groups.setdefault(re.sub(r"(_[0-9]+)+$", "", field.question), []).append((column, field))
    found: dict[int, tuple[str | None, str | None]] = {}
    for group in groups.values():
        shared = common_wording([column.wording or "" for column, _ in group])
        for column, _ in group:
            wording = _SELECTED.sub("", column.wording or "")
            row = wording[len(shared) :].removeprefix(" - ").strip() if shared else ""
            found[id(column)] = (_SELECTED.sub("", shared) or wording or None, _SELECTED_FIRST.sub("", row) or None)
    return found


def response_signals_of(reading: _Reading, row: Row) -> Iterator[Signal]:
    """The signals of one row."""
    opening = reading.opening
    values: dict[str, object] = {column.id: row[name] for name, column in reading.about if row[name].strip()}
    id = text_of(values.get("_recordId"))
    if id is None:
        raise BadInput("This row has no ResponseId, so its answers cannot be told from those of other rows.")
    order, asked_zone = opening.options["dates"], opening.options["zone"]
    moments = {
        column.id: needed_moment(row[name], name, order, _zone(column.zone or asked_zone))
        for name, column in reading.about
        if column.id in _TIMES
    }
    yield from response_signals(
        qualtrics.sheet(
            id,
            values,
            survey=opening.options["survey"] or None,
            title=None,
            answers=_answers(reading, row),
            moments=moments,
            hidden={name: row[column] for column, name in reading.hidden if row[column].strip() not in ("", _SEEN)},
            source=opening.source,
        )
    )


def _zone(name: str) -> str:
    return "UTC" if name in ("Z", "") else name


def _answers(reading: _Reading, row: Row) -> Iterator[Answer]:
    for columns in reading.answers.values():
        if columns[0][1].choice:
            yield from numbered(_split(columns, row))
            continue
        for name, _, field, shell in columns:
            cell = row[name].strip()
            if cell and cell != _SEEN:
                yield from qualtrics.said(shell, field, qualtrics.Question(), _value(cell, field), None)


def _value(cell: str, field: qualtrics.Field) -> object:
    """A cell as the API would give it: codes as a list where there are several, words as they stand."""
    if field.is_text:
        return cell
    return cell.split(",") if not field.part and _CODES.fullmatch(cell) else cell


def _split(columns: Sequence[tuple[str, Column, qualtrics.Field, Answer]], row: Row) -> Iterator[Answer]:
    """The choices of one question that have a column each; the cell of one that was chosen is not empty."""
    for name, column, _, shell in sorted(columns, key=lambda one: (number(one[1].choice) or 0.0, one[1].choice)):
        cell = row[name].strip()
        if cell in ("", _SEEN) or (cell == "0" and column.choice != "0"):
            continue
        code = number(column.choice)
        label = shell.row or (cell if number(cell) is None else None)
        yield replace(shell, row=None, value=code, choice=label, choice_id=column.choice)


_ZONE = zone_option(
    "In which time zone are the times of this export? Its header does not say; it is the zone of the account that exported it."
)

QUALTRICS = SheetFormat(
    RecordFormat(
        name="qualtrics",
        title="Qualtrics export (CSV, TSV)",
        source=qualtrics.SOURCE,
        shape=SheetShape(header_rows),
        tells=_tells,
        begin=_begin,
        options=(
            _ZONE,
            DATES,
            Option("survey", "What is the id of this survey (SV_...)? The file does not say; it becomes the property survey."),
        ),
    ),
    _settle,
)


def _tells_json(head: Head) -> Sure | None:
    found = [one for one in head.objects if "responseId" in one and isinstance(one.get("values"), dict)]
    if found:
        return Sure(0.98, "its objects hold responseId and values, as exports of Qualtrics do")
    start = head.text.lstrip("\ufeff \t\r\n")
    if re.match(r'\{\s*"responses"\s*:\s*\[', start) and '"responseId"' in start:
        return Sure(0.98, "it holds a list of responses with responseId, as exports of Qualtrics do")
    return None


def _begin_json(opening: Opening) -> Convert:
    survey = {"id": opening.options["survey"] or None}
    return lambda row: qualtrics.survey_response_signals(row, survey, opening.source)


QUALTRICS_JSON = RecordFormat(
    name="qualtrics-json",
    title="Qualtrics export (JSON, JSON lines)",
    source=qualtrics.SOURCE,
    shape=JsonShape(("responses",)),
    tells=_tells_json,
    begin=_begin_json,
    options=(Option("survey", "What is the id of this survey (SV_...)? The file does not say; it becomes the property survey."),),
)
