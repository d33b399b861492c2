"""The journey map: the designed journey as a table, with what was observed in its lanes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import HTMLResponse

from touchpath.model.estimate import Estimate
from touchpath.services.results import JourneyMap, LaneNumber, MetricWords, Number, StepMap
from touchpath.web.access import NUMBERS, Action, may
from touchpath.web.charts import Figure, FunnelBar, draw_curve, draw_funnel, worst_of
from touchpath.web.icons import icon
from touchpath.web.numbers import show_count, show_period
from touchpath.web.pages.filters import FiltersDep, filter_bar
from touchpath.web.pages.parts import show_page, subject_title
from touchpath.web.platform import PlatformDep, without_verbatims

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Lane:
    """One row of the map with one number per step, and the metric whose words it opens to."""

    id: str
    title: str
    help: str
    numbers: Callable[[StepMap], Number]
    metric: str
    words: MetricWords | None = None


LANES = (
    Lane("volume", "Volume", "People who were at the step at all, on this journey or not.", lambda step: step.volume, "active_people"),
    Lane("completion", "From previous step", "Of those who reached the step before, the share who reached this one.", lambda step: step.completion, "conversion"),
    Lane("drop_off", "Drop-off", "Of those who reached the step before, the share who did not reach this one in time.", lambda step: step.drop_off, "conversion"),
    Lane("time", "Time to get here", "Time from the step before to this one, among those who reached both.", lambda step: step.time, "time_to_convert"),
    Lane("contacts", "Contacts", "Share of people at the step who got in touch with us soon after.", lambda step: step.contacts, "contact_rate"),
)  # fmt: skip


@router.get("/w/{workspace}/journeys/{journey}", dependencies=[NUMBERS])
def show_journey(request: Request, journey: str, platform: PlatformDep, filters: FiltersDep) -> HTMLResponse:
    """A journey map for a period and a segment; the address holds both."""
    by, segment = filters.cut()
    span = platform.span()
    shown = platform.journey_map(journey, period=filters.within(span, platform.zone), by=by, segment=segment)
    if not may(request, Action.READ_PEOPLE):
        shown = without_verbatims(shown)
    steps = [step for stage in shown.stages for step in stage.steps]
    known = {words.id: words for words in platform.metrics()}
    touchpoints = {touchpoint.id: touchpoint for touchpoint in platform.experience().touchpoints}
    return show_page(
        "journey.html",
        request,
        platform=platform,
        section=f"journey {journey}",
        follows=True,
        map=shown,
        steps=steps,
        span=span,
        bar=filter_bar(request, platform, filters, ("period", "segment")),
        segment_name=segment,
        lanes=[replace(lane, words=known.get(lane.metric)) for lane in LANES],
        touchpoints=touchpoints,
        titles={
            one.subject: subject_title(platform.experience(), one.subject)
            for step in steps
            for one in (*step.tasks, *step.attitude)
        },
        task_lanes=list({one.words.id: one.words for step in steps for one in step.tasks}.values()),
        tasks_at=tasks_at,
        said_once=said_once,
        funnel=funnel_of(shown, steps, platform.zone),
        curve=curve_of(steps),
        worst=worst_of(bars_of(steps)),
        position={one.step.id: index for index, one in enumerate(steps)},
        known_metrics=known,
    )


def tasks_at(step: StepMap, metric: str) -> list[LaneNumber]:
    """A step's tasks in one metric."""
    return [lane for lane in step.tasks if lane.words.id == metric]


def said_once(number: Number, whole: Number) -> Number:
    """A number without the warnings that the whole journey's number gives already."""
    if not isinstance(number, Estimate) or not isinstance(whole, Estimate):
        return number
    return replace(number, warnings=tuple(warning for warning in number.warnings if warning not in whole.warnings))


def bars_of(steps: list[StepMap]) -> list[FunnelBar]:
    """The steps as bars of a funnel."""
    return [FunnelBar(step.step.title, step.reach, step.completion) for step in steps]


def funnel_of(shown: JourneyMap, steps: list[StepMap], zone: str) -> Figure:
    """How many entrants are left at each step."""
    closed, more = "", "Those still on their way count nowhere."
    if shown.entrants is not None and shown.open_entrants is not None:
        closed = f"{show_count(shown.entrants - shown.open_entrants)} "
        more = f"{show_count(shown.open_entrants)} more are still on their way and count nowhere."
    caption = f"Share of the {closed}entrants whose time is up who reached each step, {show_period(shown.period, zone)}. {more}"
    return draw_funnel(bars_of(steps), shown.finding or "Nobody has entered yet", caption, icon("warn"))


@dataclass(frozen=True, slots=True)
class Curve:
    """The attitude lane's curve: which metric it follows, and the drawing."""

    words: MetricWords
    drawing: Markup


def curve_of(steps: list[StepMap]) -> Curve | None:
    """A curve of the metric that is asked at the most steps, if it is asked at two or more."""
    asked: Mapping[str, int] = Counter(words for step in steps for words in {lane.words.id for lane in step.attitude})
    common = max(asked, key=lambda id: asked[id], default="")
    if asked.get(common, 0) < 2:
        return None
    found = [_asked_at(step, common) for step in steps]
    words = next(lane.words for lane in found if lane)
    drawing = draw_curve([lane.number if lane else None for lane in found], common, words.better)
    return Curve(words, drawing) if drawing else None


def _asked_at(step: StepMap, metric: str) -> LaneNumber | None:
    return next((lane for lane in step.attitude if lane.words.id == metric), None)
