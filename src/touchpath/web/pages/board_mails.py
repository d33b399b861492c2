"""Boards by mail: schedules, who gets them, and what could not be sent."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from touchpath.model.errors import BadInput, Unavailable
from touchpath.services.board_desk import BoardDesk
from touchpath.services.board_mails import BoardMails
from touchpath.services.board_schedules import Schedule
from touchpath.web.access import SHARE, MemberName
from touchpath.web.addresses import Addresses
from touchpath.web.boards import DeskDep
from touchpath.web.carried import carried_by
from touchpath.web.forms import read_form
from touchpath.web.languages import LANGUAGES, N_, _, language
from touchpath.web.notices import Notice, redirect_with
from touchpath.web.pages.board_links import filters_of, kept_filters
from touchpath.web.pages.board_shown import view_of
from touchpath.web.pages.filters import Filters, FiltersDep
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep, PlatformProtocol

router = APIRouter(include_in_schema=False)
_PLACE = "/w/{workspace}/boards/{id}/mails"
_FIELDS = ("recipients", "every", "hour", "language", "pdf")
WEEKDAYS = (
    N_("every Monday"), N_("every Tuesday"), N_("every Wednesday"), N_("every Thursday"), N_("every Friday"), N_("every Saturday"),
    N_("every Sunday"),
)  # fmt: skip
#: Days of the month that can be chosen: all months have them.
MONTH_DAYS = (1, 2, 3, 5, 10, 15, 20, 25, 28)


@router.get(_PLACE, dependencies=[SHARE])
def show_mails(request: Request, id: str, platform: PlatformDep, desk: DeskDep, filters: FiltersDep) -> HTMLResponse:
    """The schedules of a board, what was sent, and a form for another one, narrowed as the address says."""
    return _page(request, platform, desk, id, filters)


@router.post(_PLACE, dependencies=[SHARE])
async def add_schedule(request: Request, id: str, platform: PlatformDep, desk: DeskDep, member: MemberName) -> Response:
    """Keep a schedule; a form that cannot be meant is shown again with the reason."""
    form = await read_form(request)

    def add() -> None:
        mails_of(desk).schedules.add(_schedule(request, platform, id, form), member)

    return await _or_again(request, platform, desk, id, form, add, _("The schedule is kept."))


@router.post(f"{_PLACE}/now", dependencies=[SHARE])
async def send_once(request: Request, id: str, platform: PlatformDep, desk: DeskDep, member: MemberName) -> Response:
    """Send the board once, at once."""
    form = await read_form(request)

    def send() -> None:
        sent = mails_of(desk).send_now(_schedule(request, platform, id, form), member)
        if sent.failed:
            raise Unavailable("; ".join(one.why for one in sent.failed.values()))

    return await _or_again(request, platform, desk, id, form, send, _("The mail is sent."))


@router.post(f"{_PLACE}/{{schedule}}/drop", dependencies=[SHARE])
async def drop_recipient(
    request: Request, id: str, schedule: str, platform: PlatformDep, desk: DeskDep, member: MemberName
) -> Response:
    """Send somebody no more letters."""
    address = (await read_form(request)).get("address", "")
    await run_in_threadpool(mails_of(desk).schedules.drop_recipient, schedule, address, member)
    notice = Notice(_("%(address)s gets no more of these mails.", address=address))
    return redirect_with(Addresses(platform.name).boards(id, "mails"), notice)


@router.post(f"{_PLACE}/{{schedule}}/remove", dependencies=[SHARE])
async def remove_schedule(id: str, schedule: str, platform: PlatformDep, desk: DeskDep, member: MemberName) -> Response:
    """Send no more letters of a schedule."""
    await run_in_threadpool(mails_of(desk).schedules.remove, schedule, member)
    at = Addresses(platform.name)
    return redirect_with(
        at.boards(id, "mails"), Notice(_("The board is sent no more."), "plain", at.boards(id, "mails", schedule, "back"))
    )


@router.post(f"{_PLACE}/{{schedule}}/back", dependencies=[SHARE])
async def bring_schedule_back(id: str, schedule: str, platform: PlatformDep, desk: DeskDep, member: MemberName) -> Response:
    """Undo taking a schedule away."""
    await run_in_threadpool(mails_of(desk).schedules.bring_back, schedule, member)
    return redirect_with(Addresses(platform.name).boards(id, "mails"), Notice(_("The board is sent again.")))


@router.post(f"{_PLACE}/sendings/{{sending}}/retry", dependencies=[SHARE])
async def send_again(id: str, sending: str, platform: PlatformDep, desk: DeskDep, member: MemberName) -> Response:
    """Send once more to everybody whom a sending did not reach."""
    done = await run_in_threadpool(mails_of(desk).retry, sending, member)
    notice = (
        Notice(_("The mail is sent."))
        if not done.failed
        else Notice(_("It could not be sent again; the reasons stand here."), "bad")
    )
    return redirect_with(Addresses(platform.name).boards(id, "mails"), notice)


def mails_of(desk: BoardDesk) -> BoardMails:
    """The mails of a workspace; raises Unavailable where nothing is sent."""
    if desk.mails is None:
        raise Unavailable("This server sends no mails of boards. Serve the workspace with 'touchpath serve'.")
    return desk.mails


def schedule_words(one: Schedule) -> str:
    """When a board is sent, in words."""
    day = {
        "day": _("every day"),
        "week": _(WEEKDAYS[one.weekday]),
        "month": _("on day %(day)s of every month", day=one.day),
    }[one.every]
    return _("%(day)s at %(time)s", day=day, time=f"{one.hour:02d}:00")


def rhythms() -> list[tuple[str, str]]:
    """What can be chosen, as values of the form: day, week-0 to week-6, month-1 to month-28."""
    weeks = [(f"week-{n}", _(words)) for n, words in enumerate(WEEKDAYS)]
    months = [(f"month-{n}", _("on day %(day)s of every month", day=n)) for n in MONTH_DAYS]
    return [*weeks, ("day", _("every day")), *months]


def schedule_of(board: str, form: Mapping[str, str]) -> Schedule:
    """A schedule of the fields of the form; raises BadInput."""
    every, _dash, number = form.get("every", "week-0").partition("-")
    if not re.fullmatch(r"\d{0,2}", number) or not re.fullmatch(r"\d{1,2}", form.get("hour", "7")):
        raise BadInput("Choose a day and an hour that stand in the form.")
    at = int(number or 0)
    chosen = form.get("language", "en")
    if chosen not in LANGUAGES:
        raise BadInput(f"There is no language '{chosen[:20]}'. There are: {', '.join(LANGUAGES)}.")
    return Schedule(
        board,
        tuple(re.split(r"[\s,;]+", form.get("recipients", "").strip())),
        every,
        int(form.get("hour", "7")),
        at if every == "week" else 0,
        at if every == "month" else 1,
        kept_filters(filters_of(form)),
        chosen,
        form.get("pdf") == "yes",
    )


def _schedule(request: Request, platform: PlatformProtocol, id: str, form: Mapping[str, str]) -> Schedule:
    view_of(request, platform, filters_of(form))  # filters that cannot be meant are refused now, not at seven in the morning
    return schedule_of(id, form)


async def _or_again(
    request: Request, platform: PlatformProtocol, desk: BoardDesk, id: str, form: Mapping[str, str], do: object, said: str
) -> Response:
    try:
        await run_in_threadpool(do)  # type: ignore[arg-type]
    except (BadInput, Unavailable) as error:
        page = await run_in_threadpool(_page, request, platform, desk, id, filters_of(form), form, str(error))
        page.status_code = 400 if isinstance(error, BadInput) else 503
        return page
    return redirect_with(Addresses(platform.name).boards(id, "mails"), Notice(said))


def _page(
    request: Request,
    platform: PlatformProtocol,
    desk: BoardDesk,
    id: str,
    filters: Filters,
    form: Mapping[str, str] | None = None,
    fault: str = "",
) -> HTMLResponse:
    kept, mails = desk.boards.show(id), desk.mails
    at = Addresses(platform.name, carried_by(request))
    mailings = mails.mailings(id) if mails else ()
    usual = {"recipients": "", "every": "week-0", "hour": "7", "language": language(), "pdf": ""}
    return show_page(
        "board_mails.html",
        request,
        platform=platform,
        section="boards",
        crumbs=[(_("Boards of your own"), at.boards()), (kept.title, at.boards(id))],
        kept=kept,
        mailer=mails is not None and mails.mailer is not None,
        schedules=[(one, schedule_words(one.schedule)) for one in mails.schedules.list(id)] if mails else (),
        mailings=mailings,
        failing=[one for one in mailings if one.failed],
        filters=kept_filters(filters),
        rhythms=rhythms(),
        languages=LANGUAGES,
        form=usual | {name: (form or {}).get(name, usual[name]) for name in _FIELDS},
        fault=fault,
    )
