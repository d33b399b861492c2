"""The atlas: every journey with how many enter, how many get through, where most are lost, how it went, and who owns it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from touchpath.model.errors import Missing
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.model.experience import Journey
from touchpath.services.live_map import LiveMap, MapAsked, Slice
from touchpath.services.results import Number, StepMap
from touchpath.web.access import NUMBERS, Action, may
from touchpath.web.addresses import Addresses
from touchpath.web.carried import carried_by
from touchpath.web.languages import N_, _, gettext
from touchpath.web.languages.sentences import say
from touchpath.web.numbers import show, show_change, show_count
from touchpath.web.pages.filters import FiltersDep, filter_bar
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep, PlatformProtocol
from touchpath.web.tables import Cell, Column, DataTable, number_cell, ordered

router = APIRouter(include_in_schema=False)
COLUMNS = (
    Column("journey", N_("Journey")),
    Column("level", N_("Level")),
    Column("entrants", N_("Entrants"), numeric=True),
    Column("conversion", N_("Got through"), numeric=True),
    Column("worst", N_("Most are lost before"), numeric=True),
    Column("trend", N_("Last whole month"), numeric=True),
    Column("owner", N_("Owner")),
)


@router.get("/w/{workspace}/journeys", dependencies=[NUMBERS])
def show_atlas(
    request: Request, platform: PlatformDep, filters: FiltersDep, sort: Annotated[str, Query(max_length=20)] = ""
) -> HTMLResponse:
    """All journeys, narrowed as the address says; one that cannot be measured so costs its own numbers only."""
    at = Addresses(platform.name, carried_by(request))
    of = Slice(filters.within(platform.span(), platform.zone), filters.cuts())
    columns = tuple(replace(one, title=gettext(one.title)) for one in COLUMNS)
    rows = tuple(_row(platform, at, one, of) for one in platform.experience().journeys)
    return show_page(
        "atlas.html",
        request,
        platform=platform,
        section="journeys",
        bar=filter_bar(request, platform, filters, ("period", "channel", "device", "segment")),
        table=ordered(DataTable("journeys", _("All journeys"), columns, rows), sort),
        unmeasured=unmeasured(platform.experience().journeys),
        may_edit=may(request, Action.DESIGN) and platform.drafts is not None,
        span=platform.span(),
    )


def _row(platform: PlatformProtocol, at: Addresses, journey: Journey, of: Slice) -> tuple[Cell, ...]:
    title = Cell(journey.title, href=at.journey(journey.id), small=journey.purpose)
    owner = Cell(journey.owner or _("nobody"), small="" if journey.owner else _("name one in the model"))
    try:
        found = platform.live_map(MapAsked(journey.id, of, lanes=("drop_off",), words=False))
    except Missing as error:  # A segment that no signal of this workspace has: the row stays, and says so.
        return (title, Cell(gettext(journey.level)), Cell("—", small=say(str(error))), *(Cell("—"),) * 3, owner)
    return (
        title,
        Cell(gettext(journey.level)),
        Cell(_count(found.whole.entrants), found.whole.entrants, small=_("%(count)s still on their way", count=_count(found.whole.open_entrants))),
        number_cell(found.whole.conversion, at.metric("conversion", journey.id)),
        worst_cell(at, found),
        _trend(platform, journey),
        owner,
    )  # fmt: skip


def _count(people: int | None) -> str:
    return _("hidden") if people is None else show_count(people)


def worst_step(found: LiveMap) -> StepMap | None:
    """The step before which most are lost, by share; None where nothing is known, or nobody was lost."""
    known = [
        one
        for stage in found.whole.stages
        for one in stage.steps
        if isinstance(one.drop_off, Estimate) and one.drop_off.value > 0
    ]
    return max(known, key=lambda one: (_value(one.drop_off), one.drop_off.n), default=None)  # fmt: skip


def _value(number: Number) -> float:
    return number.value if isinstance(number, Estimate) else -1.0


def worst_cell(at: Addresses, found: LiveMap) -> Cell:
    """The worst step with what is lost there."""
    worst = worst_step(found)
    if worst is None:
        return Cell("—", small=_("nobody is known to be lost on the way"))
    shown = show(worst.drop_off)
    lost = _("%(share)s lost, %(interval)s, %(n)s", share=shown.whole, interval=shown.interval, n=f"{shown.n} {shown.n_unit}")
    return Cell(worst.step.title, _value(worst.drop_off), at.step(found.whole.journey.id, worst.step.id), lost)


def _trend(platform: PlatformProtocol, journey: Journey) -> Cell:
    """How completion moved from the month before the last whole one to that one; of all people, whatever is chosen."""
    try:
        measured = platform.measure("conversion", journey.id, grain="month")
    except Missing as error:
        return Cell("—", small=say(str(error)))
    change = measured.change
    if not isinstance(change, Comparison):
        reason = measured.total.reason if isinstance(measured.total, Undefined) else N_("too few whole months to compare")
        return Cell("—", small=say(reason))
    told = show_change(change, measured.metric.better)
    small = f"{told.word}, {told.interval}" if told.text else told.interval
    return Cell(told.text or told.word, change.value if change.changed else 0.0, small=small)


def unmeasured(journeys: tuple[Journey, ...]) -> Mapping[str, str]:
    """Journeys in which nobody is asked anything and no task is tried, with what to add: only their flow is known."""
    return {
        one.id: one.title
        for one in journeys
        if not any(step.tasks or step.questions for step in one.steps)
    }  # fmt: skip
