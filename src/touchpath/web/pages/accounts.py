"""Accounts: the organisations that people belong to, as a list, and one of them with its people, coverage, money, numbers and signals."""

from __future__ import annotations

from typing import Annotated

from babel.numbers import format_currency
from fastapi import APIRouter, Query, Request
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from touchpath.model.estimate import Undefined
from touchpath.services.account_page import AccountFound
from touchpath.services.accounts import SORTS, WEIGHTS, AccountRow, Accounts
from touchpath.services.tables import rows
from touchpath.web.access import NUMBERS, Action, check_clear, may
from touchpath.web.addresses import Addresses
from touchpath.web.carried import carried_by
from touchpath.web.charts import Figure, as_csv
from touchpath.web.languages import N_, _, gettext, locale
from touchpath.web.numbers import show_count, show_date, show_day
from touchpath.web.pages.parts import show_page
from touchpath.web.pages.people import ZoomParam, by_day, friction_links, see_strip, source_marks
from touchpath.web.pages.zooming import Zooming, read_zoom
from touchpath.web.platform import PlatformDep, PlatformProtocol
from touchpath.web.tables import Cell, Column, DataTable, number_cell

router = APIRouter(include_in_schema=False)
#: Accounts on one page, signals on one part of a timeline, and accounts in a file.
PAGE, PART, MOST = 50, 100, 100_000
Word = Annotated[str, Query(max_length=200)]
ORDERS = {
    "people": N_("Most people"),
    "paid": N_("Most paid"),
    "recurring": N_("Most a month"),
    "renewal": N_("Renewal soonest"),
    "score": N_("Lowest score"),
    "coverage": N_("Lowest response"),
    "last": N_("Last heard of"),
    "name": N_("Name"),
}
WEIGHED = {"people": N_("each answer once"), "account": N_("each account once"), "revenue": N_("by what accounts paid")}
COLUMNS = (
    Column("name", N_("Account"), sortable=False),
    Column("people", N_("People"), numeric=True, sortable=False),
    Column("paid", N_("Paid in a year"), numeric=True, sortable=False),
    Column("recurring", N_("A month"), numeric=True, sortable=False),
    Column("renewal", N_("Renewal"), sortable=False),
    Column("coverage", N_("Response"), numeric=True, sortable=False),
    Column("score", N_("Score"), numeric=True, sortable=False),
)


@router.get("/w/{workspace}/accounts", dependencies=[NUMBERS])
def show_accounts(
    request: Request,
    platform: PlatformDep,
    q: Word = "",
    sort: Annotated[str, Query(max_length=20)] = "people",
    score: Word = "",
    weight: Annotated[str, Query(max_length=20)] = "people",
    after: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> HTMLResponse:
    """Accounts, fifty at a time: searched by id or name, ordered by size, money, renewal, score or response."""
    found = (
        platform.accounts(search=q.strip(), sort=sort or "people", score=score, start=after, size=PAGE)
        if platform.span()
        else None
    )
    at = Addresses(platform.name, carried_by(request))
    return show_page(
        "accounts.html",
        request,
        platform=platform,
        section="accounts",
        found=found,
        table=_table(found, at) if found else None,
        q=q,
        sort=sort or "people",
        orders=[(name, gettext(ORDERS[name])) for name in SORTS],
        score=score,
        questions=[(one.id, one.title) for one in platform.experience().questions if not one.questionnaire],
        weight=weight if weight in WEIGHTS else "people",
        weights=[(name, gettext(WEIGHED[name])) for name in WEIGHTS],
        page=PAGE,
        viewer=not may(request, Action.READ_PEOPLE),
        may_design=may(request, Action.DESIGN) and platform.drafts is not None,
        tells=_tells(platform),
    )


@router.get("/w/{workspace}/accounts.csv", dependencies=[NUMBERS])
def send_accounts(
    platform: PlatformDep, q: Word = "", sort: Annotated[str, Query(max_length=20)] = "people", score: Word = ""
) -> Response:
    """The list as a file, without formulas."""
    found = platform.accounts(search=q.strip(), sort=sort or "people", score=score, start=0, size=MOST)
    text = as_csv(Figure("", "", Markup(""), (), (), records=tuple(rows(found))))
    head = {"content-disposition": 'attachment; filename="accounts.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=head)


@router.get("/w/{workspace}/accounts/{id:path}", dependencies=[NUMBERS])
def show_account(
    request: Request,
    platform: PlatformDep,
    id: str,
    score: Word = "",
    kind: Word = "",
    after: Annotated[int, Query(ge=0, le=100_000_000)] = 0,
    zoom: ZoomParam = "",
    clear: bool = False,
) -> HTMLResponse:
    """One account; its people and its signals for those who may see people."""
    within = read_zoom(zoom, platform.zone)
    found = platform.account(id, score=score)
    allowed = may(request, Action.READ_PEOPLE)
    clear = check_clear(request, clear) if allowed else False
    strip = platform.account_strip(id, start=after, size=PART, kind=kind, clear=clear, within=within) if allowed else None
    afar = see_strip(request, strip, platform.zone) if strip else None
    at = Addresses(platform.name, carried_by(request))
    return show_page(
        "accounts_one.html",
        request,
        platform=platform,
        section="accounts",
        crumbs=((_("Accounts"), at.accounts()),),
        found=found,
        row=found.row,
        facts=_facts(found, platform.zone),
        silent=[one.title for one in found.roles if one.silent and one.title],
        numbers=_numbers(found, at),
        members=_members(found, at, platform.zone) if found.members and allowed else None,
        strip=strip,
        days=by_day(strip, platform.zone) if strip else (),
        marks=source_marks(strip.sources) if strip else {},
        jumps=friction_links(strip) if strip else {},
        zoom=zoom,
        zooming=Zooming(request, platform.zone),
        afar=afar,
        figures=(afar.figure,) if afar else (),
        kind=kind,
        part=PART,
        clear=clear,
        may_clear=may(request, Action.READ_CLEAR),
        allowed=allowed,
        tells=_tells(platform),
    )


def money(amount: float | None, currency: str) -> str:
    """An amount in a currency; a dash where nobody knows."""
    if amount is None:
        return "—"
    return str(format_currency(amount, currency, locale=locale())) if currency else f"{amount:,.2f}"


def _tells(platform: PlatformProtocol) -> tuple[str, ...]:
    """What the model does not say of accounts, in words for those who may change it."""
    facts, found = platform.experience().accounts, list[str]()
    if facts is None or not facts.name:
        found.append(_("The model does not say which property is an account's name, so its id stands for it."))
    if facts is None or not facts.renewal:
        found.append(_("The model does not say which property is a renewal date."))
    if not platform.experience().roles:
        found.append(_("The model names no roles, so who buys, pays or uses is not told apart."))
    return tuple(found)


def _table(found: Accounts, at: Addresses) -> DataTable:
    columns = tuple(Column(one.id, gettext(one.title), one.numeric, one.sortable) for one in COLUMNS)
    return DataTable("accounts", _("Accounts"), columns, tuple(_row(one, at) for one in found.rows))


def _row(one: AccountRow, at: Addresses) -> tuple[Cell, ...]:
    return (
        Cell(one.title, href=at.account(one.id), small=one.id if one.id != one.title else ""),
        Cell(show_count(one.people)),
        Cell(money(one.paid, one.currency)),
        Cell(money(one.recurring, one.currency)),
        Cell(show_date(one.renewal) if one.renewal else "—"),
        number_cell(one.response),
        number_cell(one.score),
    )


def _facts(found: AccountFound, zone: str) -> list[tuple[str, str]]:
    row = found.row
    return [
        (_("People"), show_count(row.people)),
        (_("Signals"), show_count(row.signals)),
        (_("First"), show_day(row.first, zone)),
        (_("Last"), show_day(row.last, zone)),
        (_("Paid in a year"), money(row.paid, row.currency)),
        (_("A month"), money(row.recurring, row.currency)),
        (_("Renewal"), show_date(row.renewal) if row.renewal else "—"),
    ]


def _numbers(found: AccountFound, at: Addresses) -> list[tuple[str, list[tuple[Cell, Cell]]]]:
    """UX and CX apart: each metric with its number, or the reason why there is none; those that nothing speaks of are left out."""
    apart = []
    for discipline in ("UX", "CX"):
        some = [one for one in found.numbers if one.metric.discipline == discipline]
        cells = [
            (Cell(f"{gettext(one.metric.title)}: {one.about}" if one.about != one.metric.title else one.about, href=at.metric(one.metric.id, one.subject)), number_cell(one.total))
            for one in some
            if one.total.n or (isinstance(one.total, Undefined) and one.total.count is None)
        ]  # fmt: skip
        apart.append((discipline, cells))
    return apart


def _members(found: AccountFound, at: Addresses, zone: str) -> DataTable:
    columns = (
        Column("person", _("Person"), sortable=False), Column("roles", _("Roles"), sortable=False), Column("signals", _("Signals"), numeric=True, sortable=False),
        Column("last", _("Last"), sortable=False), Column("asked", _("Asked"), sortable=False), Column("rating", _("Latest rating"), numeric=True, sortable=False),
    )  # fmt: skip
    table = [
        (
            Cell(one.actor, href=at.person(one.actor)), Cell(", ".join(one.roles) or "—"), Cell(show_count(one.signals)), Cell(show_day(one.last, zone)),
            Cell(_("answered") if one.answered else _("asked, no answer") if one.asked else _("never asked")), Cell("—" if one.rating is None else f"{one.rating:g}"),
        )
        for one in found.members
    ]  # fmt: skip
    return DataTable("members", _("People of the account"), columns, tuple(table))
