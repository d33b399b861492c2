"""The form of a step's card: kept with who, when and why, taken back, and with what is wrong beside its field."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from touchpath.model.errors import Conflict, Missing
from touchpath.model.experience import Journey, Step
from touchpath.services.cards import FUNCTIONS, Aim, Card, CardService, Faulty, KeptCard, trimmed
from touchpath.services.step_people import step_of
from touchpath.services.subjects import asked
from touchpath.web.access import DESIGN, MemberName
from touchpath.web.addresses import Addresses
from touchpath.web.carried import carried_by
from touchpath.web.forms import read_form
from touchpath.web.languages import _, gettext
from touchpath.web.languages.sentences import say
from touchpath.web.notices import Notice, redirect_with
from touchpath.web.pages.card_shown import FUNCTION_TITLES, StepId
from touchpath.web.pages.parts import show_page, subject_title
from touchpath.web.platform import PlatformDep, PlatformProtocol

router = APIRouter(include_in_schema=False)


@router.get("/w/{workspace}/journeys/{journey}/steps/{step}/card", dependencies=[DESIGN])
def show_form(request: Request, journey: str, step: StepId, platform: PlatformDep) -> HTMLResponse:
    """The form of a step's card, as it was saved last."""
    designed = platform.experience().journey(journey)
    kept = cards_of(platform).show(journey, step_of(designed, step).id)
    return _form(request, platform, designed, step, filled(kept))


@router.post("/w/{workspace}/journeys/{journey}/steps/{step}/card", dependencies=[DESIGN])
async def save_card(
    request: Request, workspace: str, journey: str, step: StepId, platform: PlatformDep, member: MemberName
) -> Response:
    """Keep a card; what is wrong stands beside its field, and nothing that was written is lost."""
    form = await read_form(request)
    designed = platform.experience().journey(journey)
    cards, where = cards_of(platform), step_of(designed, step)
    faults: dict[str, str] = {}
    card = trimmed(read_card(form, faults))
    if not faults:
        try:
            onto = int(form.get("revision", "0")) if form.get("revision", "0").isdecimal() else 0
            before = await run_in_threadpool(cards.show, journey, where.id)
            kept = await run_in_threadpool(cards.save, journey, where.id, card, onto, member, form.get("why", "").strip()[:1_000])
        except Faulty as refused:
            faults = refused.faults
        except Conflict as moved:
            faults = {"": str(moved)}
        else:
            at = Addresses(workspace)
            if kept.revision == before.revision:
                return redirect_with(at.step(journey, step), Notice(_("Nothing was changed on the card."), "plain"))
            undo = {"revision": str(kept.revision)}
            return redirect_with(
                at.step(journey, step), Notice(_("The card is kept."), undo=at.card(journey, step, "undo"), fields=undo)
            )
    page = await run_in_threadpool(_form, request, platform, designed, step, form, faults)
    page.status_code = 409 if "" in faults else 400
    return page


@router.post("/w/{workspace}/journeys/{journey}/steps/{step}/card/undo", dependencies=[DESIGN])
async def undo_card(
    request: Request, workspace: str, journey: str, step: StepId, platform: PlatformDep, member: MemberName
) -> Response:
    """Take the last save of a card back."""
    form = await read_form(request)
    text = form.get("revision", "")
    at = Addresses(workspace)
    designed = platform.experience().journey(journey)
    try:
        revision = int(text) if text.isdecimal() else 0
        await run_in_threadpool(cards_of(platform).undo, journey, step_of(designed, step).id, revision, member)
    except Conflict as moved:
        return redirect_with(at.step(journey, step), Notice(say(str(moved)), "bad"))
    return redirect_with(at.step(journey, step), Notice(_("The card says again what it said before.")))


def _form(
    request: Request,
    platform: PlatformProtocol,
    journey: Journey,
    step: StepId,
    form: Mapping[str, str],
    faults: Mapping[str, str] | None = None,
) -> HTMLResponse:
    at = Addresses(platform.name, carried_by(request))
    one = step_of(journey, step)
    return show_page(
        "card_form.html",
        request,
        platform=platform,
        section=f"journey {journey.id}",
        crumbs=((journey.title, at.journey(journey.id)), (one.title, at.step(journey.id, step))),
        journey=journey,
        step=one,
        form={**filled(KeptCard(journey.id, step, Card())), "why": "", **form},
        faults={name: say(fault) for name, fault in (faults or {}).items()},
        functions={id: gettext(title) for id, title in FUNCTION_TITLES.items()},
        measures=measures_at(platform, journey, one),
    )


def cards_of(platform: PlatformProtocol) -> CardService:
    """The cards of a workspace; raises Missing where none are kept."""
    if platform.cards is None:
        raise Missing("This workspace keeps no cards.")
    return platform.cards


def filled(kept: KeptCard) -> dict[str, str]:
    """A card as the fields of its form."""
    card = kept.card
    return {
        "revision": str(kept.revision), "purpose": card.purpose, "promise": card.promise, "accountable": card.accountable,
        "decision": card.decision, "rationale": card.rationale, "due": card.due.isoformat() if card.due else "",
        "changed_on": card.changed_on.isoformat() if card.changed_on else "",
        **{f"owner_{name}": card.owner(name) for name in FUNCTIONS},
        **{name: f"{aim.metric}:{aim.subject}" if aim.metric else "" for name, aim in (("ux", card.ux), ("cx", card.cx))},
        **{f"{name}_target": "" if aim.target is None else f"{aim.target:g}" for name, aim in (("ux", card.ux), ("cx", card.cx))},
    }  # fmt: skip


def read_card(form: Mapping[str, str], faults: dict[str, str]) -> Card:
    """A card from its form; what cannot be read is noted by field."""
    owners = tuple((name, form.get(f"owner_{name}", "")) for name in FUNCTIONS)
    card = Card(
        purpose=form.get("purpose", ""), promise=form.get("promise", ""), owners=owners, accountable=form.get("accountable", ""),
        decision=form.get("decision", ""), rationale=form.get("rationale", ""),
        due=_day(form, "due", faults), changed_on=_day(form, "changed_on", faults),
    )  # fmt: skip
    return replace(card, ux=_aim(form, "ux", faults), cx=_aim(form, "cx", faults))


def _aim(form: Mapping[str, str], name: str, faults: dict[str, str]) -> Aim:
    metric, _, subject = form.get(name, "").partition(":")
    text = form.get(f"{name}_target", "").strip().replace(",", ".")
    try:
        target = float(text) if text else None
    except ValueError:
        target = math.nan
    if target is not None and not math.isfinite(target):
        faults[f"{name}_target"] = f"A target is a plain number, as in 0.9 for 90 %, but '{text[:40]}' came."
        target = None
    return Aim(metric, subject, target)


def _day(form: Mapping[str, str], name: str, faults: dict[str, str]) -> date | None:
    text = form.get(name, "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        faults[name] = f"A day is written as 2026-03-01, but '{text[:40]}' came."
        return None


def measures_at(platform: PlatformProtocol, journey: Journey, step: Step) -> dict[str, list[tuple[str, str]]]:
    """What can be measured at a step, by discipline, as ("metric:subject", words): its tasks and questions, then the journey's own."""
    known = {words.id: words for words in platform.metrics()}
    experience = platform.experience()
    chosen = [(name, task) for task in step.tasks for name in ("task_success", "task_time", "task_errors")]
    chosen += asked(experience, step.questions)
    chosen += [("conversion", journey.id), ("time_to_convert", journey.id), ("contact_rate", journey.id)]
    chosen += [(one.id, "") for one in experience.metrics if one.journey == journey.id and one.kind != "query"]
    found: dict[str, list[tuple[str, str]]] = {"UX": [], "CX": []}
    for metric, subject in dict.fromkeys(chosen):
        if metric in known:
            about = f", {subject_title(experience, subject)}" if subject else ""
            found.setdefault(known[metric].discipline, []).append(
                (f"{metric}:{subject}", f"{gettext(known[metric].title)}{about}")
            )
    return found
