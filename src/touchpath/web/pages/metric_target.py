"""The target of a number: set, replaced, taken away, with its history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from touchpath.model.errors import BadInput, Missing
from touchpath.services.metric_targets import KeptTarget, MetricTarget, MetricTargets
from touchpath.web.access import AIM, NUMBERS, Action, MemberName, may
from touchpath.web.addresses import Addresses
from touchpath.web.forms import read_form
from touchpath.web.languages import _, gettext
from touchpath.web.notices import Notice, redirect_with
from touchpath.web.numbers import scale_for
from touchpath.web.pages.aims import target_of
from touchpath.web.pages.parts import question_ends, show_page, subject_title
from touchpath.web.platform import PlatformDep, PlatformProtocol, find_metric

router = APIRouter(include_in_schema=False)
Subject = Annotated[str, Query(max_length=200)]
_PLACE = "/w/{workspace}/metrics/{metric}/target"


@router.get(_PLACE, dependencies=[NUMBERS])
def show_target(request: Request, platform: PlatformDep, metric: str, subject: Subject = "") -> HTMLResponse:
    """The target in force, those before it, and a form for another."""
    return _page(request, platform, metric, subject, {})


@router.post(_PLACE, dependencies=[AIM])
async def set_target(request: Request, platform: PlatformDep, member: MemberName, metric: str, subject: Subject = "") -> Response:
    """Set a target in place of the one before; a form that cannot be meant is shown again with the reason."""
    form = await read_form(request)
    before = await run_in_threadpool(target_of, platform, metric, subject)
    try:
        await run_in_threadpool(_set, platform, metric, subject, form, member)
    except BadInput as error:
        page = await run_in_threadpool(_page, request, platform, metric, subject, form, str(error))
        page.status_code = 400
        return page
    at = Addresses(platform.name)
    undo = at.target(metric, subject) if before else at.target(metric, subject).replace("/target", "/target/drop")
    notice = Notice(_("The target is kept."), undo=undo, fields=_fields_of(platform, before) if before else {})
    return redirect_with(at.metric(metric, subject), notice)


@router.post(f"{_PLACE}/drop", dependencies=[AIM])
async def drop_target(platform: PlatformDep, member: MemberName, metric: str, subject: Subject = "") -> Response:
    """Aim at nothing any more; the notice brings the target back."""
    gone = await run_in_threadpool(_kept(platform).drop, metric, subject, member)
    at, fields = Addresses(platform.name), _fields_of(platform, gone)
    return redirect_with(
        at.metric(metric, subject), Notice(_("The target is gone."), "plain", at.target(metric, subject), fields)
    )


def target_from(form: Mapping[str, str], metric: str, subject: str, unit: str) -> MetricTarget:
    """A target from the fields of the form. A share is written in percent there; raises BadInput for what is no number or day."""
    text, due = form.get("value", "").strip().replace(",", "."), form.get("due", "").strip()
    try:
        value = float(text.removesuffix("%"))
    except ValueError:
        raise BadInput(f"The target came as '{text}'. Write a number, as in 80 or 4.5.") from None
    try:
        day = date.fromisoformat(due) if due else None
    except ValueError:
        raise BadInput(f"The day came as '{due}'. Write it as YYYY-MM-DD, as in 2026-03-01.") from None
    return MetricTarget(metric, subject, value / 100 if unit == "share" else value, day, form.get("why", "").strip())


def _set(platform: PlatformProtocol, metric: str, subject: str, form: Mapping[str, str], member: str) -> KeptTarget:
    words = find_metric(platform, metric)
    bounds = _bounds(platform, metric, subject, words.unit)
    return _kept(platform).set(target_from(form, metric, subject, words.unit), words, bounds, member)


def _bounds(platform: PlatformProtocol, metric: str, subject: str, unit: str) -> tuple[float, float]:
    """From where to where a target may lie."""
    if unit == "share":
        return 0.0, 1.0
    ends = question_ends(platform.experience()).get(subject)
    return ends if ends and metric not in ("nps",) else (-1e15, 1e15) if unit == "score" else (0.0, 1e15)


def _fields_of(platform: PlatformProtocol, kept: KeptTarget) -> dict[str, str]:
    goal = kept.target
    share = find_metric(platform, goal.metric).unit == "share"
    return {
        "value": f"{100 * goal.value if share else goal.value:.10g}",
        "due": goal.due.isoformat() if goal.due else "",
        "why": goal.why,
    }


def _kept(platform: PlatformProtocol) -> MetricTargets:
    if platform.targets is None:
        raise Missing("This workspace keeps no targets.")
    return platform.targets


def _page(
    request: Request, platform: PlatformProtocol, metric: str, subject: str, form: Mapping[str, str], fault: str = ""
) -> HTMLResponse:
    words, at = find_metric(platform, metric), Addresses(platform.name)
    kept = target_of(platform, metric, subject)
    title = subject_title(platform.experience(), subject) if subject else ""
    filled = dict(form) or (_fields_of(platform, kept) if kept else {})
    return show_page(
        "metric_target.html",
        request,
        platform=platform,
        section="metrics",
        crumbs=[(_("Metrics"), at.metrics), (f"{gettext(words.title)} {title}".strip(), at.metric(metric, subject))],
        words=words,
        subject=subject,
        subject_title=title,
        kept=kept,
        history=platform.targets.history(metric, subject) if platform.targets else (),
        measured=platform.measure(metric, subject) if platform.span() else None,
        suffix=scale_for(words.unit, 1.0).suffix,
        form={name: filled.get(name, "") for name in ("value", "due", "why")},
        fault=fault,
        allowed=may(request, Action.SET_TARGETS),
    )
