"""Typeform's export of responses as CSV: one header row, times in UTC.

**Source**: header rows of published exports: "#" (the response's token), the questions by their titles, "Response Type", "Start Date (UTC)", "Stage
Date (UTC)", "Submit Date (UTC)", "Network ID", "Tags", "Ending". Choices made:

- The export tells neither ids of questions nor their sort, so a question goes by its title. A number becomes a value, anything else a text, and,
  when it is short, an answer to cut by as well: whether "Yes" was chosen or written is not told.
- Hidden fields and variables stand among the questions under their bare names (user_id, utm_source): a name without blanks and capitals is taken
  for one of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from touchpath.model.email import email_actor, is_email
from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.services.formats import Option
from touchpath.sources.formats.format import Convert, Opening, Sure
from touchpath.sources.formats.head import Head
from touchpath.sources.formats.pieces import Row
from touchpath.sources.formats.records import RecordFormat
from touchpath.sources.formats.sheets import YEAR_FIRST, SheetFormat, SheetShape, needed_moment, one_header_row
from touchpath.sources.personal_fields import is_personal
from touchpath.sources.vendors import typeform
from touchpath.sources.vendors.payload import plain_text
from touchpath.sources.vendors.reading import number
from touchpath.sources.vendors.respondents import respondent
from touchpath.sources.vendors.responses import Answer, Response, Status, response_signals, wording_key

_TOKEN, _STARTED, _STAGED, _SUBMITTED, _KIND = "#", "Start Date (UTC)", "Stage Date (UTC)", "Submit Date (UTC)", "Response Type"
_ABOUT = frozenset(
    {_TOKEN, _STARTED, _STAGED, _SUBMITTED, _KIND, "Network ID", "Tags", "Ending", "Completed At", "Submitted At", "Token"}
)
_HIDDEN = re.compile(r"[a-z0-9]+([_-][a-z0-9]+)*")
_SHORT = 80
_STATUSES: Mapping[str, Status] = {
    "": "complete",
    "completed": "complete",
    "complete": "complete",
    "partial": "partial",
    "started": "partial",
}


def _tells(head: Head) -> Sure | None:
    names = {cell.strip() for cell in head.header}
    if _SUBMITTED in names and (_TOKEN in names or "Token" in names):
        return Sure(0.98, f"its columns are called # and {_SUBMITTED}, as Typeform calls them")
    return None


def _begin(opening: Opening) -> Convert:
    names, raw = opening.headers[0], opening.headers[1]
    tops = dict(zip(names, (plain_text(top) or "" for top in raw), strict=False))
    return lambda row: _signals(opening, tops, row)


def _signals(opening: Opening, tops: Mapping[str, str], row: Row) -> Iterator[Signal]:
    about = {top: row[name].strip() for name, top in tops.items() if top in _ABOUT}
    token = about.get(_TOKEN) or about.get("Token")
    if not token:
        raise BadInput("This row has no response id (the column #), so its answers cannot be told from those of other rows.")
    started, submitted, staged = (
        needed_moment(about.get(name, ""), name, YEAR_FIRST, "UTC") for name in (_STARTED, _SUBMITTED, _STAGED)
    )
    moment = submitted or staged or started
    if moment is None:
        raise BadInput(f"Response {token} has neither a {_SUBMITTED} nor a {_STARTED}.")
    kind = about.get(_KIND, "").lower()
    if kind not in _STATUSES:
        raise BadInput(f"'{_KIND}' came as '{about[_KIND]}'. There are: {', '.join(name for name in _STATUSES if name)}.")
    asked = [(name, top) for name, top in tops.items() if top not in _ABOUT and row[name].strip()]
    hidden = {top: row[name].strip() for name, top in asked if _HIDDEN.fullmatch(top)}
    yield from response_signals(
        Response(
            source=opening.source,
            id=token,
            answered_at=moment,
            actors=respondent(opening.source, token, hidden=hidden, addresses=(hidden.get("email"),)),
            survey=opening.options["survey"] or None,
            started_at=started,
            status=_STATUSES[kind] if submitted else "partial",
            duration_seconds=(submitted - started).total_seconds() if started and submitted and submitted >= started else None,
            hidden=hidden,
            answers=tuple(_answer(top, row[name].strip()) for name, top in asked if not _HIDDEN.fullmatch(top)),
        )
    )


def _answer(title: str, cell: str) -> Answer:
    shell = Answer(title, wording_key(title), wording=title)
    figure = number(cell)
    if is_email(cell) or is_personal(title):
        return replace(shell, choice=email_actor(cell) if is_email(cell) else "given")
    if figure is not None:
        return replace(shell, value=figure)
    return replace(shell, text=cell, choice=cell if len(cell) <= _SHORT else None)


TYPEFORM = SheetFormat(
    RecordFormat(
        name="typeform",
        title="Typeform export (CSV)",
        source=typeform.SOURCE,
        shape=SheetShape(one_header_row),
        tells=_tells,
        begin=_begin,
        options=(Option("survey", "What is the id of this form? The file does not say; it becomes the property survey."),),
    )
)
