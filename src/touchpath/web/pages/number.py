"""One number, opened: what it means, what was counted and left out, its versions, whose it is, and how to have it elsewhere."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from touchpath.model.time import Period
from touchpath.services.behind import Behind
from touchpath.services.sides import words_of_sides
from touchpath.web.access import NUMBERS, PEOPLE, Action, may
from touchpath.web.addresses import Addresses, page
from touchpath.web.api.moments import read_period
from touchpath.web.carried import carried_by
from touchpath.web.languages import N_, _, gettext
from touchpath.web.languages.sentences import say
from touchpath.web.numbers import show_amount
from touchpath.web.pages.filters import FiltersDep
from touchpath.web.pages.parts import question_ends, show_page, subject_title
from touchpath.web.platform import PlatformDep

router = APIRouter(include_in_schema=False)
Subject = Annotated[str, Query(max_length=200)]
Exact = Annotated[str, Query(max_length=40)]
Segment = Annotated[str, Query(max_length=500)]
#: SQL that a page can be asked for by its address.
LONGEST_SQL = 6_000
#: So many people of a group are shown.
SHOWN = 100


@router.get("/w/{workspace}/metrics/{metric}/number", dependencies=[NUMBERS])
def show_number(
    request: Request,
    metric: str,
    platform: PlatformDep,
    filters: FiltersDep,
    subject: Subject = "",
    since: Exact = "",
    until: Exact = "",
    by: Subject = "",
    value: Segment = "",
) -> HTMLResponse:
    """Everything that stands behind one number; of an exact period (`since`, `until`), and of one segment (`by`, `value`)."""
    period = read_period(platform, since, until) or filters.within(platform.span(), platform.zone)
    behind = platform.behind(metric, subject, period=period, by=by, segment=value)
    experience = platform.experience()
    return show_page(
        "number.html",
        request,
        platform=platform,
        section="metrics",
        crumbs=crumbs_of(request, platform.name, behind, subject),
        behind=behind,
        words=behind.measured.metric,
        subject=subject,
        subject_title=subject_title(experience, subject) if subject else "",
        ends=question_ends(experience),
        by_title=next((one.title for one in experience.dimensions if one.id == by), by),
        sides=sides_shown(behind),
        point={**spoken(behind), "by": by, "value": value},
        command=command(behind, subject),
        api=api_addresses(platform.name, behind, subject),
        sees_people=may(request, Action.READ_PEOPLE),
        sees_clear=may(request, Action.READ_CLEAR),
        rows=rows_addresses(platform.name, behind, subject) if may(request, Action.READ_CLEAR) else (),
    )


@router.get("/w/{workspace}/metrics/{metric}/people", dependencies=[PEOPLE])
def show_people_behind(
    request: Request,
    metric: str,
    platform: PlatformDep,
    filters: FiltersDep,
    group: Annotated[str, Query(min_length=1, max_length=200)],
    subject: Subject = "",
    since: Exact = "",
    until: Exact = "",
    by: Subject = "",
    value: Segment = "",
) -> HTMLResponse:
    """The people of one group behind a number, each with the way to their page."""
    period = read_period(platform, since, until) or filters.within(platform.span(), platform.zone)
    behind = platform.behind(metric, subject, period=period, by=by, segment=value)
    found = platform.people_behind(metric, subject, group, period=period, by=by, segment=value, limit=SHOWN)
    return show_page(
        "people_behind.html",
        request,
        platform=platform,
        section="metrics",
        crumbs=(
            *crumbs_of(request, platform.name, behind, subject),
            (
                _("Behind the number"),
                Addresses(platform.name, carried_by(request)).number_then(metric, subject, **spoken(behind), by=by, value=value),
            ),
        ),
        behind=behind,
        words=behind.measured.metric,
        subject=subject,
        found=found,
        point={**spoken(behind), "by": by, "value": value},
    )


def sides_shown(behind: Behind) -> tuple[tuple[str, str], ...]:
    """Numerator and denominator, each with how much it is of what, in the words of the translated formula."""
    formula = behind.measured.metric.formula
    named = (words_of_sides(say(formula)) or ()) if words_of_sides(formula) else ()
    words = named or tuple(gettext(one.words) for one in behind.counted)
    return (
        tuple(
            (gettext(one.side).capitalize(), f"{show_amount(one.count, one.unit)}: {what}")
            for one, what in zip(behind.counted, words, strict=True)
        )
        if behind.counted
        else ()
    )


def spoken(behind: Behind) -> dict[str, str]:
    """The period of a number as addresses of pages say it."""
    period = behind.measured.period
    return {"since": period.start.isoformat(), "until": period.end.isoformat()}


def crumbs_of(request: Request, workspace: str, behind: Behind, subject: str) -> tuple[tuple[str, str], ...]:
    """From the catalogue of metrics down to the number's own page."""
    at, words = Addresses(workspace, carried_by(request)), behind.measured.metric
    return (_("Metrics"), at.metrics), (gettext(words.title), at.metric(words.id, subject))


def exact(period: Period) -> dict[str, str]:
    """A period as an address says it to programs, so that it stays the same when more signals come."""
    return {"start": period.start.isoformat(), "end": period.end.isoformat()}


def command(behind: Behind, subject: str) -> str:
    """The same number in a terminal."""
    period = behind.measured.period
    what = " ".join(part for part in (behind.measured.metric.id, subject) if part)
    what += f" --by {behind.by}" if behind.by else ""
    return f"touchpath measure {what} --from {period.start.isoformat()} --to {period.end.isoformat()} --folder FOLDER"


def rows_addresses(workspace: str, behind: Behind, subject: str) -> tuple[tuple[str, str], ...]:
    """The signals behind it: on the page of SQL, and as files; nothing where it names no signals, or too many to be written down."""
    if not behind.sql or len(behind.sql) > LONGEST_SQL:
        return ()
    of = {"metric": behind.measured.metric.id, "subject": subject, **exact(behind.measured.period)}
    files = (page("api", "v1", "workspaces", workspace, "measure", "rows", form=form, **of) for form in ("csv", "parquet"))
    return (_("Look at them by SQL"), Addresses(workspace).sql(behind.sql)), *zip(("CSV", "Parquet"), files, strict=True)


def api_addresses(workspace: str, behind: Behind, subject: str) -> dict[str, str]:
    """The same number, what stands behind it, and its counts in tables, for programs."""
    base, asked = ("api", "v1", "workspaces", workspace), {"subject": subject, "by": behind.by, **exact(behind.measured.period)}
    metric = behind.measured.metric.id
    found = {
        N_("The number"): page(*base, "measure", metric=metric, **asked),
        N_("What stands behind it"): page(*base, "measure", "behind", metric=metric, segment=behind.segment, **asked),
    }
    if behind.document is not None:
        found[N_("Its counts in tables")] = page(*base, "ask", query=behind.query)
    return found
