"""Read-only SQL over the lake, for those who may read what single people did and wrote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from touchpath.model.errors import BadInput, Cancelled, TouchpathError, Unavailable
from touchpath.services.runs import Run
from touchpath.store.sql import SqlAnswer, SqlLimits, SqlStore
from touchpath.web.access import CLEAR
from touchpath.web.addresses import Addresses
from touchpath.web.carried import carried_by
from touchpath.web.explorer import ExplorerDep, runs_of
from touchpath.web.exploring.asking import wait_for
from touchpath.web.exploring.drawing import ShownTable, show_rows
from touchpath.web.exploring.files import send_file
from touchpath.web.languages import N_, _
from touchpath.web.pages.explore import scope_of
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep

router = APIRouter(include_in_schema=False)

#: What is shown on a page, and what goes into a file.
ON_PAGE, IN_FILE = SqlLimits(rows=500), SqlLimits(rows=1_000_000, seconds=120.0, bytes=256 << 20)
EXAMPLES = (
    (N_("Signals by kind"), "SELECT kind, count(*) AS signals, count(DISTINCT person) AS people\nFROM signals\nGROUP BY kind\nORDER BY signals DESC"),
    (N_("Days with most signals"), "SELECT date_trunc('day', occurred_at) AS day, count(*) AS signals\nFROM signals\nGROUP BY day\nORDER BY signals DESC\nLIMIT 20"),
    (N_("Answers by question"), "SELECT question, count(*) AS answers, avg(value) AS mean\nFROM answers\nGROUP BY question\nORDER BY question"),
    (N_("Corrected signals"), "SELECT source, id, count(*) AS versions\nFROM revisions\nGROUP BY source, id\nHAVING versions > 1"),
)  # fmt: skip
Sql = Annotated[str, Query(max_length=8_000)]


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a query, as far as it has come."""

    answer: SqlAnswer | None = None
    run: Run | None = None
    stopped: bool = False
    fault: str = ""

    @property
    def table(self) -> ShownTable | None:
        """The rows for a page."""
        return show_rows(self.answer.rows) if self.answer else None


@router.get("/w/{workspace}/explore/sql", dependencies=[CLEAR])
async def show_sql(
    request: Request,
    platform: PlatformDep,
    explorer: ExplorerDep,
    sql: Sql = "",
    run: Annotated[str, Query(max_length=40)] = "",
    stopped: Annotated[str, Query(max_length=1)] = "",
) -> HTMLResponse:
    """The query, the tables that it may read, and its rows."""
    store = _store(explorer.sql)
    scope = f"{scope_of(request, platform)} sql"
    ran = Ran(stopped=bool(stopped)) if stopped or not sql.strip() else await _ran(request, store, sql, run, scope)
    at = Addresses(platform.name, carried_by(request))
    return await run_in_threadpool(
        show_page,
        "explore_sql.html",
        request,
        platform=platform,
        section="explore",
        crumbs=((_("Explore"), at.below("/explore")),),
        sql=sql,
        ran=ran,
        schema=store.tables(),
        examples=EXAMPLES,
        limits=ON_PAGE,
        file_limits=IN_FILE,
        path=Addresses(platform.name).below("/explore/sql"),
    )


@router.get("/w/{workspace}/explore/sql/rows.{form}", dependencies=[CLEAR])
def send_sql(_platform: PlatformDep, explorer: ExplorerDep, form: Literal["csv", "parquet"], sql: Sql) -> Response:
    """The rows as a file; raises BadInput for what cannot be run."""
    rows = _store(explorer.sql).ask(sql, IN_FILE).rows
    return send_file(rows.to_batches(), rows.schema, "query", form)


@router.post("/w/{workspace}/explore/sql/stop", dependencies=[CLEAR])
def stop_sql(request: Request, workspace: str, run: Annotated[str, Query(max_length=40)] = "", sql: Sql = "") -> Response:
    """End a query that runs."""
    runs_of(request).stop(run)
    return RedirectResponse(Addresses(workspace).sql(sql, stopped="1"), 303)


async def _ran(request: Request, store: SqlStore, sql: str, id: str, scope: str) -> Ran:
    runs = runs_of(request)
    run = await wait_for(request, runs, (scope, sql), id, lambda: store.ask(sql, ON_PAGE))
    if not run.is_done:
        return Ran(run=run)
    try:
        return Ran(run.answer.result())
    except Cancelled:
        return Ran(stopped=True)
    except (BadInput, TouchpathError) as error:
        return Ran(fault=str(error))


def _store(found: SqlStore | None) -> SqlStore:
    if found is None:
        raise Unavailable("This server runs no SQL. Serve the workspace with 'touchpath serve'.")
    return found
