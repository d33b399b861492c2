"""SurveyMonkey's export of all responses as CSV: questions in the first row, what stands under them in the second.

**Source**: header rows of published exports and parsers. Choices made:

- A question's text stands over the first of its columns only; the cells after it are empty. Under it: "Response" (one choice), "Open-Ended
  Response" (words), or the choices and rows, one a column.
- The export tells neither ids of questions nor their sort, so a question goes by its wording. A cell that repeats its own sub-heading is a choice
  of several; any other cell is the answer to that row. Numbers (the export's "numerical values") become values. No scale is told, so none is kept.
- Neither the zone of the times nor the order of day and month is told: the zone is asked for, the order only when no date of the file shows it.
- Whether a response was finished is not told either; exports are of completed responses unless somebody chose otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from touchpath.model.email import email_actor, is_email
from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.services.formats import Option
from touchpath.sources.formats.format import Convert, Opening, Sure
from touchpath.sources.formats.head import Head
from touchpath.sources.formats.pieces import Row
from touchpath.sources.formats.records import RecordFormat
from touchpath.sources.formats.sheets import DATES, Sheet, SheetFormat, SheetShape, date_order, needed_moment, zone_option
from touchpath.sources.personal_fields import is_personal
from touchpath.sources.vendors import surveymonkey
from touchpath.sources.vendors.payload import plain_text
from touchpath.sources.vendors.reading import number
from touchpath.sources.vendors.respondents import respondent
from touchpath.sources.vendors.responses import Answer, Response, numbered, response_signals, wording_key

_TITLE = "SurveyMonkey export"
_ABOUT = (
    "Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address", "Email Address", "First Name", "Last Name", "Custom Data 1",
)  # fmt: skip
_TIMES = ("Start Date", "End Date")
#: Sub-headings that are no part of an answer, and what they say about it.
_WORDS, _CHOICE = "open-ended response", "response"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of answers: its question, and what stands under it ("" = nothing)."""

    name: str
    heading: str
    under: str


def header_rows(rows: Sequence[Sequence[str]]) -> int:
    """Two; one where somebody took the second row out, which shows by its having an id of a respondent."""
    return 2 if len(rows) < 2 or not rows[1][0].strip() else 1


def _tells(head: Head) -> Sure | None:
    names = {cell.strip() for cell in head.header}
    if {"Respondent ID", "Collector ID"} <= names:
        return Sure(0.98, "its columns begin with Respondent ID and Collector ID")
    return None


def sheet_columns(names: Sequence[str], headers: Sequence[Sequence[str]]) -> tuple[dict[str, str], list[Column]]:
    """The columns about the response (its name there: its name here), and those of answers."""
    about: dict[str, str] = {}
    answers: list[Column] = []
    heading = ""
    below = headers[1] if len(headers) > 1 else [""] * len(names)
    for name, top, under in zip(names, headers[0], below, strict=False):
        plain = " ".join(top.split())
        if not answers and (
            plain in _ABOUT or plain.startswith("Custom Data") or (not heading and not under.strip() and plain.endswith(" ID"))
        ):
            about[plain] = name
            continue
        heading = plain_text(top) or heading
        answers.append(Column(name, heading, plain_text(under) or ""))
    return about, answers


def _settle(sheet: Sheet, answers: Mapping[str, str]) -> Mapping[str, str]:
    about, _ = sheet_columns(sheet.columns, sheet.headers)
    if "Respondent ID" not in about:
        raise BadInput(f"{sheet.part.name} has no column Respondent ID, so its answers cannot be told apart.")
    times = [about[name] for name in _TIMES if name in about]
    return {**answers, "dates": date_order(sheet.cells(times), answers["dates"], _TITLE)}


def _begin(opening: Opening) -> Convert:
    names, *headers = opening.headers
    about, columns = sheet_columns(names, headers)
    return lambda row: _signals(opening, about, columns, row)


def _signals(opening: Opening, about: Mapping[str, str], columns: Sequence[Column], row: Row) -> Iterator[Signal]:
    said = {name: row[column].strip() for name, column in about.items()}
    id = said.get("Respondent ID")
    if not id:
        raise BadInput("This row has no Respondent ID, so its answers cannot be told from those of other rows.")
    order, zone = opening.options["dates"], opening.zone
    started, ended = (needed_moment(said.get(name, ""), name, order, zone) for name in _TIMES)
    moment = ended or started
    if moment is None:
        raise BadInput(f"Respondent {id} has neither a Start Date nor an End Date.")
    hidden = {name: value for name, value in said.items() if name.startswith("Custom Data")}
    hidden = {"custom_value": hidden.pop("Custom Data 1", ""), **hidden}
    yield from response_signals(
        Response(
            source=opening.source,
            id=id,
            answered_at=moment,
            actors=respondent(opening.source, id, addresses=(said.get("Email Address"),)),
            survey=opening.options["survey"] or None,
            started_at=started,
            duration_seconds=(ended - started).total_seconds() if started and ended and ended >= started else None,
            hidden=hidden,
            answers=tuple(_answers(columns, row)),
        )
    )


def _answers(columns: Sequence[Column], row: Row) -> Iterator[Answer]:
    chosen: dict[str, list[Answer]] = {}
    others: list[Answer] = []
    for column in columns:
        cell = row[column.name].strip()
        if not cell:
            continue
        answer = _answer(column, cell)
        if answer.row is None and answer.choice is not None and column.under == answer.choice:
            chosen.setdefault(column.heading, []).append(answer)
        else:
            others.append(answer)
    for group in chosen.values():
        yield from numbered(group)
    yield from others


def _answer(column: Column, cell: str) -> Answer:
    """What one cell says; it stands for nobody's contact details in clear."""
    under = column.under.lower()
    only = under in (_WORDS, _CHOICE, "") or plain_text(cell) == column.under
    row = None if only else column.under
    shell = Answer(column.heading, wording_key(column.heading, row), wording=column.heading, row=row)
    figure = number(cell)
    if plain_text(cell) == column.under:
        return replace(shell, choice=column.under)
    if is_email(cell) or is_personal(column.under) or is_personal(column.heading):
        return replace(shell, choice=email_actor(cell) if is_email(cell) else "given")
    if figure is not None:
        return replace(shell, value=figure)
    if under == _WORDS:
        return replace(shell, text=cell)
    if under.startswith("other"):
        return replace(shell, choice=column.under, text=cell)
    return replace(shell, choice=plain_text(cell))


SURVEYMONKEY = SheetFormat(
    RecordFormat(
        name="surveymonkey",
        title="SurveyMonkey export (CSV)",
        source=surveymonkey.SOURCE,
        shape=SheetShape(header_rows),
        tells=_tells,
        begin=_begin,
        options=(
            zone_option(
                "In which time zone are the times of this export? It is the zone set in the SurveyMonkey account.", required=True
            ),
            DATES,
            Option("survey", "What is the id of this survey? The file does not say; it becomes the property survey."),
        ),
    ),
    _settle,
)
