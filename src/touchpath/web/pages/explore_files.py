"""What a query found, as files, and the people behind it for those who may see single people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import pyarrow as pa
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from touchpath.model.errors import BadInput
from touchpath.services.queries.keys import form_of
from touchpath.services.tables import Row, table_rows
from touchpath.web.access import ASK, PEOPLE
from touchpath.web.addresses import Addresses
from touchpath.web.carried import carried_by
from touchpath.web.exploring.asking import read_params, read_question
from touchpath.web.exploring.files import send_file
from touchpath.web.languages import _
from touchpath.web.pages.explore import own_fields, query_address
from touchpath.web.pages.filters import Filters, FiltersDep
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep, PlatformProtocol

router = APIRouter(include_in_schema=False)

Form = Literal["csv", "parquet"]
#: So many people are listed on a page, so many at most are in a file.
MOST_SHOWN, MOST_SENT = 100, 1_000_000
_PEOPLE = pa.schema([("actor", pa.string()), ("signals", pa.int64()), ("last", pa.timestamp("us", tz="UTC"))])


@router.get("/w/{workspace}/explore/{query}/table.{form}", dependencies=[ASK])
def send_table(request: Request, query: str, form: Form, platform: PlatformDep, filters: FiltersDep) -> Response:
    """One table of an answer, every row of it."""
    text, params = _text(request, query, platform, filters)
    table = platform.ask(text).table(params.get("table", ""))
    arrow = _table(table_rows(table), table.columns)
    return send_file(arrow.to_batches(), arrow.schema, f"{query}-{table.name}", form)


@router.get("/w/{workspace}/explore/{query}/rows.{form}", dependencies=[PEOPLE])
def send_rows(request: Request, query: str, form: Form, platform: PlatformDep, filters: FiltersDep) -> Response:
    """The rows of `features`: one for each signal."""
    text, _ = _text(request, query, platform, filters)
    if query != "features":
        raise BadInput(f"'{query}' has tables, no rows. Take one of them: table.{form}.")
    reader = platform.features(text)
    return send_file(reader, reader.schema, query, form)


@router.get("/w/{workspace}/explore/{query}/people", dependencies=[PEOPLE])
def show_people(request: Request, query: str, platform: PlatformDep, filters: FiltersDep, outcome: str) -> HTMLResponse:
    """Who is behind one outcome of a query."""
    text, params = _text(request, query, platform, filters)
    form, at = form_of(query), Addresses(platform.name, carried_by(request))
    fields = {name: value for name, value in own_fields(params).items() if name != "outcome"}
    back = query_address(platform.name, query, fields)
    return show_page(
        "explore_people.html",
        request,
        platform=platform,
        section="explore",
        crumbs=((_("Explore"), at.below("/explore")), (form.title, back)),
        form=form,
        found=platform.people_with(text, outcome, MOST_SHOWN),
        outcomes=[
            (one, query_address(platform.name, f"{query}/people", {**fields, "outcome": one})) for one in platform.outcomes(text)
        ],
        files=[
            (one, query_address(platform.name, f"{query}/people.{one}", {**fields, "outcome": outcome}))
            for one in ("csv", "parquet")
        ],
    )


@router.get("/w/{workspace}/explore/{query}/people.{form}", dependencies=[PEOPLE])
def send_people(request: Request, query: str, form: Form, platform: PlatformDep, filters: FiltersDep, outcome: str) -> Response:
    """All of them, by the id that was heard of last."""
    text, _ = _text(request, query, platform, filters)
    people = platform.people_with(text, outcome, MOST_SENT).people
    rows = [{"actor": one.actor, "signals": one.signals, "last": one.last} for one in people]
    table = pa.Table.from_pylist(rows, schema=_PEOPLE)
    return send_file(table.to_batches(), _PEOPLE, f"{query}-{outcome}", form)


def _text(request: Request, query: str, platform: PlatformProtocol, filters: Filters) -> tuple[str, dict[str, str]]:
    """The document of a form that is whole; raises BadInput with its faults for one that is not."""
    params = read_params(request)
    question = read_question(form_of(query), params, filters.within(platform.span(), platform.zone))
    if question.filled.missing:
        raise BadInput(f"The question is not whole: {', '.join(key.name for key in question.filled.missing)}.")
    if question.faulty:
        raise BadInput(" ".join(message for messages in question.faulty.by_field.values() for message in messages))
    return question.filled.written.text, params


def _table(rows: Sequence[Row], columns: Sequence[str]) -> pa.Table:
    """Rows as an Arrow table; a column of nothing is text."""
    if not rows:
        return pa.table({name: pa.array([], pa.string()) for name in columns})
    return pa.Table.from_pylist(rows, schema=pa.schema(list(_fields(rows))))


def _fields(rows: Sequence[Row]) -> Iterator[pa.Field]:
    for name in rows[0]:
        found = pa.infer_type([row[name] for row in rows])
        yield pa.field(name, pa.string() if pa.types.is_null(found) else found)
