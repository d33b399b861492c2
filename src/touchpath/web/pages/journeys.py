"""The journey map: the designed journey as a table, with what was observed in its lanes, narrowed and compared as the address says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Query, Request
from markupsafe import Markup
from starlette.responses import HTMLResponse

from touchpath.model.errors import BadInput
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.services.lanes import LANES, METRIC_OF_LANE
from touchpath.services.live_map import LiveCell, LiveColumn, LiveMap, MapAsked, Slice
from touchpath.services.results import JourneyMap, MetricWords, Number
from touchpath.web.access import NUMBERS, Action, may
from touchpath.web.charts import Figure, FunnelBar, draw_curve, draw_funnel, worst_of
from touchpath.web.icons import icon
from touchpath.web.numbers import ShownChange, show_change, show_count, show_period
from touchpath.web.pages.filters import Filters, FiltersDep, filter_bar, segment_choices
from touchpath.web.pages.journey_views import views_of
from touchpath.web.pages.parts import show_page, subject_title
from touchpath.web.platform import PlatformDep, PlatformProtocol, without_verbatims

router = APIRouter(include_in_schema=False)

#: Lanes whose numbers belong to a step and not to a whole metric: they open to the step, the others to their metric.
OF_THE_STEP = ("volume", "reach", "completion", "drop_off", "time", "friction", "contacts")


@dataclass(frozen=True, slots=True)
class LaneWords:
    """How to speak of a lane: its title, what it tells, and the words of its metric where the catalogue has them."""

    id: str
    title: str
    help: str
    words: MetricWords | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """What this page adds to the filters: the zoom, the persona, with which other segment to compare, and which lanes are shown."""

    zoom: str = "step"
    persona: str = ""
    beside: str = ""
    lanes: tuple[str, ...] = ()


@router.get("/w/{workspace}/journeys/{journey}", dependencies=[NUMBERS])
def show_journey(
    request: Request,
    journey: str,
    platform: PlatformDep,
    filters: FiltersDep,
    zoom: Annotated[str, Query(max_length=20)] = "",
    persona: Annotated[str, Query(max_length=100)] = "",
    beside: Annotated[str, Query(max_length=200)] = "",
    lane: Annotated[list[str] | None, Query(max_length=len(LANES))] = None,
) -> HTMLResponse:
    """A journey map; the address holds all that it is narrowed to and compared with."""
    zoom = zoom or "step"
    choices = Choices(zoom, persona, beside, tuple(lane or ()))
    found = platform.live_map(asked_map(platform, journey, filters, choices))
    whole = found.whole if may(request, Action.READ_PEOPLE) else without_verbatims(found.whole)
    measured, unmeasured = sort_lanes(found)
    return show_page(
        "journey.html",
        request,
        platform=platform,
        section=f"journey {journey}",
        follows=True,
        found=found,
        map=whole,
        span=platform.span(),
        bar=filter_bar(request, platform, filters, ("period", "compare", "channel", "device", "segment"), own=("zoom", "persona", "beside", "lane")),
        choices=choices,
        personas=platform.experience().personas,
        segments=segment_choices(platform),
        views=views_of(request, platform, journey, "map"),
        lane_words=lane_words(platform),
        measured=measured,
        unmeasured=unmeasured,
        stages=stages_of(found),
        verbatims={one.step.id: one.verbatims for stage in whole.stages for one in stage.steps},
        touchpoints={touchpoint.id: touchpoint for touchpoint in platform.experience().touchpoints},
        subject_title=lambda subject: subject_title(platform.experience(), subject),
        said_once=said_once,
        changed=contrast_shown,
        better=better_of(platform),
        funnel=funnel_of(found, platform.zone) if zoom == "step" else None,
        curve=curve_of(found, better_of(platform)),
        worst=worst_of(bars_of(found)) if zoom == "step" else None,
        known_metrics={words.id for words in platform.metrics()},
        compared_with=compared_with(platform, found, choices),
        of_the_step=OF_THE_STEP,
    )  # fmt: skip


def asked_map(platform: PlatformProtocol, journey: str, filters: Filters, choices: Choices) -> MapAsked:
    """What the address asks for; raises BadInput where it asks to compare in two ways at once."""
    span, zone = platform.span(), platform.zone
    period, before = filters.within(span, zone), filters.against(span, zone)
    this = Slice(period, filters.cuts(), choices.persona)
    other = None
    if choices.beside:
        if before is not None:
            raise BadInput("Compare with another period or with other people, not with both at once. Take one of them away.")
        other = replace(this, cuts=_swapped(this.cuts, choices.beside))
    elif before is not None:
        other = replace(this, period=before)
    return MapAsked(journey, this, other, choices.zoom, choices.lanes)


def _swapped(cuts: tuple[tuple[str, str], ...], beside: str) -> tuple[tuple[str, str], ...]:
    """The same narrowing with another value of one dimension."""
    dimension, colon, value = beside.partition(":")
    if not (dimension and colon):
        raise BadInput(f"'beside' came as '{beside}'. Write it as DIMENSION:VALUE, as in channel:web.")
    return (*(one for one in cuts if one[0] != dimension), (dimension, value))


def lane_words(platform: PlatformProtocol) -> dict[str, LaneWords]:
    """The words of every lane."""
    known = {words.id: words for words in platform.metrics()}
    return {id: LaneWords(id, title, help, known.get(METRIC_OF_LANE.get(id, id))) for id, (title, help) in LANES.items()}


def better_of(platform: PlatformProtocol) -> dict[str, str]:
    """What would be better of each lane's metric: "higher", "lower" or "neither"."""
    known = {words.id: words.better for words in platform.metrics()}
    return known | {"volume": "neither", "active_people": "neither", "drop_off": "lower", "friction": "lower", "time": "lower", "contacts": "lower"}  # fmt: skip


def sort_lanes(found: LiveMap) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Lanes with a number anywhere, and the others, each with the reason that all of its steps give (or the first)."""
    measured, unmeasured = [], []
    for lane in found.lanes:
        cells = [cell for column in found.columns for cell in column.lanes.get(lane, ())]
        if lane == "volume" or any(isinstance(cell.number, Estimate) or cell.number.n for cell in cells):
            measured.append(lane)
        else:
            reasons = Counter(cell.number.reason for cell in cells if isinstance(cell.number, Undefined))
            unmeasured.append((lane, reasons.most_common(1)[0][0] if reasons else "nothing of the journey asks for it"))
    return tuple(measured), tuple(unmeasured)


def stages_of(found: LiveMap) -> list[tuple[str, str, list[LiveColumn]]]:
    """The stages with their columns: id, title, columns."""
    titles = {stage.stage.id: stage.stage.title for stage in found.whole.stages}
    return [(id, title, [one for one in found.columns if one.stage == id]) for id, title in titles.items()]


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


def compared_with(platform: PlatformProtocol, found: LiveMap, choices: Choices) -> str:
    """What the numbers stand beside, in words; "" for nothing."""
    if found.beside is None:
        return ""
    return choices.beside.partition(":")[2] if choices.beside else show_period(found.beside, platform.zone)


def bars_of(found: LiveMap) -> list[FunnelBar]:
    """The steps as bars of a funnel."""
    return [FunnelBar(step.step.title, step.reach, step.completion) for stage in found.whole.stages for step in stage.steps]


def funnel_of(found: LiveMap, zone: str) -> Figure:
    """How many entrants are left at each step."""
    shown: JourneyMap = found.whole
    closed, more = "", "Those still on their way count nowhere."
    if shown.entrants is not None and shown.open_entrants is not None:
        closed = f"{show_count(shown.entrants - shown.open_entrants)} "
        more = f"{show_count(shown.open_entrants)} more are still on their way and count nowhere."
    caption = f"Share of the {closed}entrants whose time is up who reached each step, {show_period(shown.period, zone)}. {more}"
    return draw_funnel(bars_of(found), shown.finding or "Nobody has entered yet", caption, icon("warn"))


@dataclass(frozen=True, slots=True)
class Curve:
    """The emotion lane's curve: which metric it follows, and the drawing."""

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
    drawing = draw_curve([cell.number if cell else None for cell in cells], common, better.get(common, "higher"))
    title = next(cell.title for cell in cells if cell)
    return Curve(title, drawing) if drawing else None


def _asked_at(column: LiveColumn, metric: str) -> LiveCell | None:
    return next((cell for cell in column.lanes.get("attitude", ()) if cell.metric == metric), None)
