"""Formbricks' export of responses as CSV.

**Source**: apps/web/lib/response/utils.ts of formbricks/formbricks: "No.", "Response ID", "Timestamp", "Finished" (Yes, No), "Survey ID", "Formbricks ID
(internal)", "User ID", "Tags", then the response's meta fields, the questions ("1. Headline"; of choices also "1. Headline - Option ID"; of a matrix one
column a row, "2. Headline - Row"), and variables, attributes of the person and hidden fields under their own names. Choices made:

- A question goes by its headline. Two columns of one number are the rows of a matrix.
- Choices are joined by "; ". As many ids as parts tell them apart; otherwise the cell is one answer.
- The zone of `Timestamp` is that of the server that wrote the file, which it does not tell: it is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from touchpath.model.email import email_actor, is_email
from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.sources.formats.format import Convert, Opening, Sure
from touchpath.sources.formats.head import Head
from touchpath.sources.formats.pieces import Row
from touchpath.sources.formats.records import RecordFormat
from touchpath.sources.formats.sheets import (
    YEAR_FIRST,
    SheetFormat,
    SheetShape,
    common_wording,
    needed_moment,
    one_header_row,
    zone_option,
)
from touchpath.sources.personal_fields import is_personal
from touchpath.sources.vendors import formbricks
from touchpath.sources.vendors.payload import plain_text
from touchpath.sources.vendors.reading import number
from touchpath.sources.vendors.respondents import respondent
from touchpath.sources.vendors.responses import Answer, Response, numbered, response_signals, wording_key

_ABOUT = frozenset(
    {"No.", "Response ID", "Timestamp", "Finished", "Survey ID", "Formbricks ID (internal)", "User ID", "Tags", "Quotas"}
)
_META = {"country": "country", "source": "source", "action": "action", "url": "", "userAgent - browser": "browser", "userAgent - os": "os",
         "userAgent - device": "device"}  # fmt: skip
_QUESTION = re.compile(r"([0-9]+)\. (.*)", re.DOTALL)
_IDS = " - Option ID"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of answers: its headline, the row of a matrix, and the column that holds the ids of its choices ("" = none)."""

    name: str
    headline: str
    row: str | None = None
    ids: str = ""


def _tells(head: Head) -> Sure | None:
    if {"Response ID", "Formbricks ID (internal)"} <= {cell.strip() for cell in head.header}:
        return Sure(0.99, "one of its columns is called Formbricks ID (internal)")
    return None


def answer_columns(names: Sequence[str], raw: Sequence[str]) -> list[Column]:
    """The columns that hold answers, in the order of the file."""
    by_number: dict[str, list[tuple[str, str]]] = {}
    ids: dict[str, str] = {}
    for name, top in zip(names, raw, strict=False):
        found = _QUESTION.fullmatch(top.strip())
        if found is None:
            continue
        if found[2].endswith(_IDS):
            ids[found[1]] = name
        else:
            by_number.setdefault(found[1], []).append((name, found[2]))
    columns: list[Column] = []
    for place, group in by_number.items():
        shared = common_wording([headline for _, headline in group])
        for name, headline in group:
            row = headline[len(shared) :].removeprefix(" - ") if shared else None
            columns.append(Column(name, plain_text(shared or headline) or headline, plain_text(row), ids.get(place, "")))
    return columns


def _begin(opening: Opening) -> Convert:
    names, raw = opening.headers[0], opening.headers[1]
    columns = answer_columns(names, raw)
    taken = {column.name for column in columns} | {column.ids for column in columns}
    hidden = [name for name in names if name not in taken and name not in _ABOUT]
    return lambda row: _signals(opening, columns, hidden, row)


def _signals(opening: Opening, columns: Sequence[Column], hidden: Sequence[str], row: Row) -> Iterator[Signal]:
    said = {name: row[name].strip() for name in _ABOUT if name in row}
    id = said.get("Response ID")
    if not id:
        raise BadInput("This row has no Response ID, so its answers cannot be told from those of other rows.")
    moment = needed_moment(said.get("Timestamp", ""), "Timestamp", YEAR_FIRST, opening.zone)
    if moment is None:
        raise BadInput(f"Response {id} has no Timestamp.")
    along = {_META.get(name, name): row[name].strip() for name in hidden if row[name].strip() and _META.get(name, name)}
    tags = [tag.strip() for tag in said.get("Tags", "").split(",") if tag.strip()]
    yield from response_signals(
        Response(
            source=opening.source,
            id=id,
            answered_at=moment,
            actors=respondent(
                opening.source,
                id,
                user=said.get("User ID"),
                contact=said.get("Formbricks ID (internal)"),
                addresses=(along.get("email"), along.get("Verified Email")),
                hidden=along,
            ),
            survey=said.get("Survey ID") or None,
            status="complete" if said.get("Finished", "").lower() in ("yes", "true", "") else "partial",
            test="preview" in row.get("url", "").partition("?")[2],
            hidden={**along, **({"tags": tags} if tags else {})},
            answers=tuple(answer for column in columns for answer in _answers(column, row)),
        )
    )


def _answers(column: Column, row: Row) -> Iterator[Answer]:
    cell = row[column.name].strip()
    if not cell:
        return
    shell = Answer(column.headline, wording_key(column.headline, column.row), wording=column.headline, row=column.row)
    if is_email(cell) or is_personal(column.headline):
        yield replace(shell, choice=email_actor(cell) if is_email(cell) else "given")
    elif column.ids or column.row is not None:
        ids = [id.strip() for id in row[column.ids].split(",")] if column.ids else []
        parts = [part.strip() for part in cell.split(";")]
        whole = [cell] if len(parts) != len(ids) else parts
        yield from numbered(
            replace(shell, choice=part, choice_id=ids[place] if len(ids) == len(whole) else None, value=number(part))
            for place, part in enumerate(whole)
        )
    elif (figure := number(cell)) is not None:
        yield replace(shell, value=figure)
    else:
        yield replace(shell, text=cell)


FORMBRICKS = SheetFormat(
    RecordFormat(
        name="formbricks",
        title="Formbricks export (CSV)",
        source=formbricks.SOURCE,
        shape=SheetShape(one_header_row),
        tells=_tells,
        begin=_begin,
        options=(
            zone_option(
                "In which time zone does Timestamp stand? It is that of the Formbricks server; UTC for Formbricks Cloud.",
                required=True,
            ),
        ),
    )
)
