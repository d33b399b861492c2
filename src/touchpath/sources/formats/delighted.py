"""Delighted's export of responses as CSV, read by what its columns seem to be.

**Not verified**: no export and no documentation of its header was to be had. The names below are those of the API, written with or without blanks
and capitals, and near relatives of them; a column that none of them knows is kept as a property, or, when its name is a question (it ends with "?"),
as an answer. Look at a dry run before importing, or write a mapping.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from touchpath.model.email import email_actor, is_email
from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
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
    needed_moment,
    one_header_row,
    zone_option,
)
from touchpath.sources.vendors import delighted
from touchpath.sources.vendors.payload import plain_text
from touchpath.sources.vendors.reading import maybe_moment, number
from touchpath.sources.vendors.respondents import respondent
from touchpath.sources.vendors.responses import SCALES, Answer, Response, response_signals, wording_key

_TITLE = "Delighted export"
#: What a column is, by any of the names it may have. The first that is there counts.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("response id", "survey response id", "id"),
    "permalink": ("permalink", "response permalink", "link"),
    "person": ("person id", "person"),
    "email": ("person email", "email", "email address"),
    "sort": ("survey type",),
    "score": ("score", "response score", "nps score", "rating"),
    "comment": ("comment", "response comment", "feedback"),
    "created": ("responded at", "survey responded at", "response created at", "created at", "response date", "date", "created"),
    "updated": ("updated at", "response updated at"),
    "channel": ("delighted source", "source", "survey channel", "platform"),
    "tags": ("tags",),
    "notes": ("notes",),
    "name": ("person name", "name"),
    "phone": ("person phone number", "phone number", "phone"),
}
_ZONE = zone_option("In which time zone are the times of this export? They name none.")


def _plain(name: str) -> str:
    return " ".join(re.sub(r"[_\s()]+", " ", name).lower().replace("utc", " ").split())


def known_columns(names: Sequence[str]) -> dict[str, str]:
    """What is known of the columns: {what it is: its name}."""
    plain = {_plain(name): name for name in reversed(names)}
    return {
        what: plain[found] for what, written in _NAMES.items() if (found := next((one for one in written if one in plain), None))
    }


def _tells(head: Head) -> Sure | None:
    known = known_columns(head.header)
    if not {"score", "comment", "created"} <= known.keys() or not {"id", "permalink", "person"} & known.keys():
        return None
    sure = 0.9 if "sort" in known or "permalink" in known or "delighted source" in map(_plain, head.header) else 0.6
    return Sure(
        sure, "its columns hold a score, a comment, a time and the id of a response or person, as an export of Delighted may"
    )


def _settle(sheet: Sheet, answers: Mapping[str, str]) -> Mapping[str, str]:
    column = known_columns(sheet.columns)["created"]
    cells = list(sheet.cells([column])) if not answers["zone"] else []
    bare = next((cell for cell in cells if not _names_zone(cell)), None) if "utc" not in column.lower() else None
    if bare is not None:
        raise BadInput(f"{_TITLE}: {_ZONE.question} One is '{bare}'. Say it with --option zone=Europe/Madrid")
    return {**answers, "dates": date_order(sheet.cells([column]), answers["dates"], _TITLE)}


def _names_zone(cell: str) -> bool:
    return bool(re.search(r"(Z|UTC|[+-][0-9]{2}:?[0-9]{2})$", cell.strip())) or number(cell) is not None


def _begin(opening: Opening) -> Convert:
    names = opening.headers[0]
    known = known_columns(names)
    rest = [name for name in names if name not in known.values()]
    return lambda row: _signals(opening, known, rest, row)


def _signals(opening: Opening, known: Mapping[str, str], rest: Sequence[str], row: Row) -> Iterator[Signal]:
    said = {what: row[name].strip() for what, name in known.items()}
    moment = needed_moment(_in_seconds(said["created"]), known["created"], opening.options["dates"], opening.zone)
    if moment is None:
        raise BadInput(f"This row has no time in '{known['created']}'.")
    id = (
        said.get("id")
        or said.get("permalink", "").rstrip("/").rpartition("/")[2]
        or f"{said.get('person')}-{int(moment.timestamp())}"
    )
    filled = {name: row[name].strip() for name in rest if row[name].strip()}
    hidden = {name: cell for name, cell in filled.items() if not name.endswith("?")}
    tags = [tag.strip() for tag in said.get("tags", "").split(",") if tag.strip()]
    yield from response_signals(
        Response(
            source=opening.source,
            id=id,
            answered_at=moment,
            actors=respondent(opening.source, id, contact=said.get("person"), addresses=(said.get("email"),), hidden=hidden),
            survey=said.get("sort", "").lower() or None,
            channel=said.get("channel", "").lower() or None,
            hidden={**hidden, **({"tags": tags} if tags else {})},
            answers=(_score(said), *(_further(name, cell) for name, cell in filled.items() if name.endswith("?"))),
        )
    )


def _in_seconds(cell: str) -> str:
    """Seconds since 1970 as an ISO time; anything else as it stands."""
    moment = maybe_moment(cell) if number(cell) is not None else None
    return moment.isoformat() if moment else cell


def _score(said: Mapping[str, str]) -> Answer:
    sort = said.get("sort", "").lower() or None
    return Answer(
        question=sort or delighted.SCORE,
        key=delighted.SCORE,
        value=number(said["score"]),
        text=said["comment"] or None,
        scale=sort if sort in SCALES else None,
        sort=sort,
    )


def _further(name: str, cell: str) -> Answer:
    wording = plain_text(name) or name
    shell = Answer(wording, wording_key(wording), wording=wording)
    figure = number(cell)
    if is_email(cell):
        return replace(shell, choice=email_actor(cell))
    return (
        replace(shell, value=figure)
        if figure is not None
        else replace(shell, text=cell, choice=cell if len(cell) <= 80 else None)
    )


DELIGHTED = SheetFormat(
    RecordFormat(
        name="delighted",
        title="Delighted export (CSV, header not verified)",
        source=delighted.SOURCE,
        shape=SheetShape(one_header_row),
        tells=_tells,
        begin=_begin,
        options=(_ZONE, DATES),
    ),
    _settle,
)
