"""The journey map: the designed journey as a table, with what was observed in its lanes, narrowed and compared as the address says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import HTMLResponse

from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.model.experience import Journey
from touchpath.services.cards import Card
from touchpath.services.lanes import LANES, METRIC_OF_LANE
from touchpath.services.live_map import LiveCell, LiveColumn, LiveMap
from touchpath.services.results import JourneyMap, MetricWords, Number
from touchpath.web.access import NUMBERS, Action, may
from touchpath.web.charts import Figure, FunnelBar, draw_curve, draw_funnel, worst_of
from touchpath.web.icons import icon
from touchpath.web.languages import N_, _
from touchpath.web.languages.sentences import say
from touchpath.web.numbers import ShownChange, show_change, show_count, show_period
from touchpath.web.pages.card_shown import FUNCTION_TITLES
from touchpath.web.pages.filters import FiltersDep, filter_bar
from touchpath.web.pages.journey_views import views_of
from touchpath.web.pages.map_asked import (
    OWN,
    ChoicesDep,
    asked_map,
    beside_choices,
    briefly,
    compared_with,
    version_choices,
    zoom_choices,
)
from touchpath.web.pages.map_problems import problems_of
from touchpath.web.pages.parts import show_page
from touchpath.web.platform import PlatformDep, PlatformProtocol, without_verbatims

router = APIRouter(include_in_schema=False)

#: Lanes whose numbers belong to a step and not to a whole metric: they open to the step, the others to their metric.
OF_THE_STEP = ("volume", "reach", "completion", "drop_off", "time", "friction", "speed", "accessibility", "contacts", "cost")
#: The lanes under what they are about.
LANE_GROUPS = (
    (N_("Who comes along"), ("volume", "reach", "completion", "drop_off", "time")),
    (N_("How it works"), ("task_success", "task_time", "errors", "friction", "speed", "accessibility")),
    (N_("How it feels"), ("attitude",)),
    (N_("What it takes"), ("contacts", "cost")),
    (N_("Your own metrics"), ("own",)),
)
_NOT_ASKED = N_("nothing of the journey asks for it")
_NEARER = N_("told step by step: look at the steps")


@dataclass(frozen=True, slots=True)
class LaneWords:
    """How to speak of a lane: its title, what it tells, and the words of its metric where the catalogue has them."""

    id: str
    title: str
    help: str
    words: MetricWords | None = None


@router.get("/w/{workspace}/journeys/{journey}", dependencies=[NUMBERS])
def show_journey(request: Request, journey: str, platform: PlatformDep, filters: FiltersDep, choices: ChoicesDep) -> HTMLResponse:
    """A journey map; the address holds all that it is narrowed to and compared with."""
    asked = asked_map(platform, journey, filters, choices)
    found = platform.live_map(asked)
    whole = found.whole if may(request, Action.READ_PEOPLE) else without_verbatims(found.whole)
    measured, unmeasured = sort_lanes(found)
    better, steps = better_of(platform), whole.journey.steps
    curve, at = curve_of(found, better), worst_of(bars_of(found)) if choices.zoom == "step" else -1
    worst = steps[at].id if at >= 0 else ""
    cards = cards_of(platform, whole.journey)
    return show_page(
        "journey.html",
        request,
        platform=platform,
        section=f"journey {journey}",
        follows=True,
        found=found,
        map=whole,
        span=platform.span(),
        bar=filter_bar(request, platform, filters, ("period", "compare", "channel", "device", "segment"), own=OWN),
        choices=choices,
        zooms=zoom_choices(),
        personas=platform.experience().personas,
        roles=platform.experience().roles,
        beside=beside_choices(platform),
        versions=version_choices(platform, journey),
        views=views_of(request, platform, journey, "map"),
        lane_words=lane_words(platform),
        measured=measured,
        groups=tuple((title, tuple(one for one in lanes if one in measured)) for title, lanes in LANE_GROUPS),
        pairs_of=lambda nouns: [(one.id, one.title) for one in nouns],
        unmeasured=unmeasured,
        heads=heads_of(found),
        numbers={one.id: place for place, one in enumerate(steps, 1)},
        verbatims={one.step.id: one.verbatims for stage in whole.stages for one in stage.steps},
        touchpoints={touchpoint.id: touchpoint for touchpoint in platform.experience().touchpoints},
        accountable=accountable_of(cards),
        said_once=said_once,
        changed=contrast_shown,
        better=better,
        funnel=funnel_of(found, platform.zone) if choices.zoom == "step" else None,
        curve=curve,
        worst=worst,
        problems=problems_of(found, worst, curve.metric if curve else "", better, contrast_shown, {} if asked.of.narrowed else cards),
        known_metrics={words.id for words in platform.metrics()},
        compared_with=compared_with(platform, journey, found, choices),
        briefly=briefly(platform, journey, filters, choices),
        of_the_step=OF_THE_STEP,
    )  # fmt: skip


def lane_words(platform: PlatformProtocol) -> dict[str, LaneWords]:
    """The words of every lane."""
    known = {words.id: words for words in platform.metrics()}
    return {id: LaneWords(id, title, help, known.get(METRIC_OF_LANE.get(id, id))) for id, (title, help) in LANES.items()}


def better_of(platform: PlatformProtocol) -> dict[str, str]:
    """What would be better of each lane's metric: "higher", "lower" or "neither"."""
    known = {words.id: words.better for words in platform.metrics()}
    lower = ("drop_off", "friction", "time", "contacts", "violations", "cost")
    return known | {"volume": "neither", "active_people": "neither"} | dict.fromkeys(lower, "lower")


def sort_lanes(found: LiveMap) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Lanes with a number anywhere, and the others, each with the reason that all of its steps give (or the first)."""
    measured, unmeasured = [], []
    for lane in found.lanes:
        cells = [cell for column in found.columns for cell in column.lanes.get(lane, ())]
        numbers = [number for cell in cells for number in (cell.number, cell.contrast.before if cell.contrast else cell.number)]
        if lane == "volume" or any(isinstance(number, Estimate) or number.n for number in numbers):
            measured.append(lane)
        else:
            reasons = Counter(cell.number.reason for cell in cells if isinstance(cell.number, Undefined))
            other = _NEARER if found.zoom in ("touchpoint", "task") else _NOT_ASKED
            unmeasured.append((lane, reasons.most_common(1)[0][0] if reasons else other))
    return tuple(measured), tuple(unmeasured)


@dataclass(frozen=True, slots=True)
class Head:
    """What stands over some columns: a stage over its steps, or a step over its touchpoints or tasks."""

    id: str
    title: str
    columns: tuple[LiveColumn, ...]


def heads_of(found: LiveMap) -> tuple[Head, ...]:
    """The stages with their columns; looked at from nearer, the steps with theirs."""
    if found.zoom in ("touchpoint", "task"):
        steps = {column.steps[0].id: column.steps[0].title for column in found.columns}
        return tuple(Head(id, title, tuple(one for one in found.columns if one.steps[0].id == id)) for id, title in steps.items())
    titles = {stage.stage.id: stage.stage.title for stage in found.whole.stages}
    heads = (Head(id, title, tuple(one for one in found.columns if one.stage == id)) for id, title in titles.items())
    return tuple(one for one in heads if one.columns)


def cards_of(platform: PlatformProtocol, journey: Journey) -> dict[str, Card]:
    """The cards of a journey's steps; none where none are kept."""
    if platform.cards is None:
        return {}
    return {step.id: platform.cards.show(journey.id, step.id).card for step in journey.steps}


def accountable_of(cards: Mapping[str, Card]) -> dict[str, tuple[str, str]]:
    """By step who is accountable for it by its card, and in which function; steps without are left out."""
    return {
        id: (card.owner(card.accountable), _(FUNCTION_TITLES[card.accountable])) for id, card in cards.items() if card.accountable
    }


def contrast_shown(cell: LiveCell, better: Mapping[str, str]) -> ShownChange | None:
    """How a number differs from the one beside it; "no detectable change" unless it does among all that was compared."""
    contrast = cell.contrast
    if contrast is None or not isinstance(contrast.found, Comparison):
        return None
    judged = replace(contrast.found, changed=contrast.changed)
    return show_change(judged, better.get(cell.lane) or better.get(cell.metric, "neither"))


def said_once(number: Number, whole: Number) -> Number:
    """A number without the warnings that the whole journey's number gives already."""
    if not isinstance(number, Estimate) or not isinstance(whole, Estimate):
        return number
    return replace(number, warnings=tuple(warning for warning in number.warnings if warning not in whole.warnings))


def bars_of(found: LiveMap) -> list[FunnelBar]:
    """The steps as bars of a funnel."""
    return [FunnelBar(step.step.title, step.reach, step.completion) for stage in found.whole.stages for step in stage.steps]


def funnel_of(found: LiveMap, zone: str) -> Figure:
    """How many entrants are left at each step."""
    shown: JourneyMap = found.whole
    closed, more = "", _("Those still on their way count nowhere.")
    if shown.entrants is not None and shown.open_entrants is not None:
        closed = show_count(shown.entrants - shown.open_entrants)
        more = _("%(count)s more are still on their way and count nowhere.", count=show_count(shown.open_entrants))
    period = show_period(shown.period, zone)
    caption = (
        _("Share of the %(count)s entrants whose time is up who reached each step, %(period)s.", count=closed, period=period)
        if closed
        else _("Share of the entrants whose time is up who reached each step, %(period)s.", period=period)
    )
    return draw_funnel(bars_of(found), say(shown.finding) or _("Nobody has entered yet"), f"{caption} {more}", icon("warn"))


@dataclass(frozen=True, slots=True)
class Curve:
    """The emotion lane's curve: which metric it follows, and the drawing."""

    metric: str
    title: str
    drawing: Markup


def curve_of(found: LiveMap, better: Mapping[str, str]) -> Curve | None:
    """A curve of how people felt: of valence where it is asked at two steps, else of the metric that is asked at the most."""
    if "attitude" not in found.lanes:
        return None
    asked = Counter(name for column in found.columns for name in {cell.metric for cell in column.lanes.get("attitude", ())})
    common = "valence" if asked.get("valence", 0) > 1 else max(asked, key=lambda id: asked[id], default="")
    if asked.get(common, 0) < 2:
        return None
    cells = [_asked_at(column, common) for column in found.columns]
    beside = [cell.contrast.before if cell and cell.contrast else None for cell in cells]
    drawing = draw_curve([cell.number if cell else None for cell in cells], common, better.get(common, "higher"), beside)
    title = next(cell.title for cell in cells if cell)
    return Curve(common, title, drawing) if drawing else None


def _asked_at(column: LiveColumn, metric: str) -> LiveCell | None:
    return next((cell for cell in column.lanes.get("attitude", ()) if cell.metric == metric), None)
