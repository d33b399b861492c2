"""Experience boards: UX and CX side by side of the brand, a family, a product or a journey, against their targets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from touchpath.model.estimate import Estimate, Undefined
from touchpath.services.boards import Board, places_of
from touchpath.services.results import Measurement, Number
from touchpath.services.weighed import read_weight
from touchpath.web.access import NUMBERS, Action, may
from touchpath.web.addresses import Addresses
from touchpath.web.carried import carried_by
from touchpath.web.charts import Figure, draw_trend
from touchpath.web.charts.quadrant import QuadrantPoint, Side, draw_quadrant
from touchpath.web.languages import _, gettext
from touchpath.web.pages.aims import Shown, events_of, target_of
from touchpath.web.pages.filters import FiltersDep, filter_bar
from touchpath.web.pages.metrics import fitting_grain, timed
from touchpath.web.pages.parts import question_ends, show_page, subject_title
from touchpath.web.platform import PlatformDep, PlatformProtocol

router = APIRouter(include_in_schema=False)
#: Trends that a board draws large, of UX and of CX each: those with targets first.
TRENDS = 2
#: What parts are held against each other by: the pair that most parts have both of.
ACROSS = ("task_success", "single_ease", "task_time")
UP = ("customer_satisfaction", "nps", "customer_effort", "conversion")
Of = Annotated[str, Query(max_length=200)]


@router.get("/w/{workspace}/board", dependencies=[NUMBERS])
def show_board(request: Request, platform: PlatformDep, filters: FiltersDep, of: Of = "") -> HTMLResponse:
    """One board; the brand's unless another is named."""
    experience, span = platform.experience(), platform.span()
    period = filters.within(span, platform.zone)
    board = platform.board(of, period=period, weight=read_weight(filters.weight) or "")
    shown = tuple(_shown(platform, one) for one in board.numbers)
    places = places_of(experience)
    at = Addresses(platform.name, carried_by(request))
    return show_page(
        "board.html",
        request,
        platform=platform,
        section="board",
        follows=True,
        board=board,
        kind=kind_words(board.place.kind),
        places=[(place.name, place.title, kind_words(place.kind)) for place in places],
        bar=filter_bar(request, platform, filters, ("period", "weight"), own=("of",)),
        span=span,
        ux=[one for one in shown if one.measured.metric.discipline == "UX"],
        cx=[one for one in shown if one.measured.metric.discipline == "CX"],
        parts=[(part, *(_headline(part, names) for names in (ACROSS, UP))) for part in board.parts],
        quadrant=quadrant(board, at),
        figures=tuple(trends(platform, shown)),
        ends=question_ends(experience),
        weight=filters.weight,
        can_aim=may(request, Action.SET_TARGETS),
    )


def kind_words(kind: str) -> str:
    """What a board is about, in a word."""
    return {"brand": _("brand"), "family": _("product family"), "product": _("product"), "journey": _("journey")}[kind]


def trends(platform: PlatformProtocol, shown: Sequence[Shown]) -> Iterator[Figure]:
    """The numbers over time that matter most, with their targets and with what happened."""
    events = events_of(platform)
    for discipline in ("UX", "CX"):
        known = [one for one in shown if one.measured.metric.discipline == discipline and _can_be_drawn(one.measured)]
        for one in sorted(known, key=lambda one: one.target is None)[:TRENDS]:
            measured, readings = one.measured, timed(one.measured)
            goal = one.target.target.value if one.target else None
            grain = fitting_grain(measured.period)
            id = f"trend-{measured.metric.id}-{measured.subject}"
            titled = (
                replace(measured, metric=replace(measured.metric, title=f"{gettext(measured.metric.title)}, {one.of}"))
                if one.of
                else measured
            )
            yield draw_trend(titled, readings, grain, platform.zone, target=goal, events=events, id=id)


def _can_be_drawn(measured: Measurement) -> bool:
    """Whether a number is told of two periods or more."""
    return sum(isinstance(one.number, Estimate) for one in timed(measured)) > 1


def quadrant(board: Board, at: Addresses) -> Figure | None:
    """UX against CX of the parts of a board; None where fewer than two have both numbers."""
    pair = _best_pair(board.parts)
    if pair is None:
        return None
    across, up = pair
    points = [
        QuadrantPoint(part.place.title, _weakest(part, across.metric.id), _weakest(part, up.metric.id), at.board(part.place.name))
        for part in board.parts
    ]
    return draw_quadrant(
        points,
        Side(_("UX: %(metric)s", metric=gettext(across.metric.title)), across.metric.id),
        Side(_("CX: %(metric)s", metric=gettext(up.metric.title)), up.metric.id),
        _("%(across)s against %(up)s of each product and journey", across=gettext(across.metric.title), up=gettext(up.metric.title)),
        _("Of a part with several tasks or questions the weakest is drawn. Lines are intervals; parts whose lines overlap may be alike."),
    )  # fmt: skip


def _best_pair(parts: Sequence[Board]) -> tuple[Measurement, Measurement] | None:
    """A UX and a CX measurement of the two metrics that the most parts have both of, two parts at least; earlier names win a tie."""
    pairs = [(ux, cx) for ux in ACROSS for cx in UP]
    having = {
        pair: [part for part in parts if all(isinstance(_weakest(part, name), Estimate) for name in pair)] for pair in pairs
    }
    ux, cx = max(pairs, key=lambda pair: len(having[pair]))
    found = having[ux, cx]
    if len(found) < 2:
        return None
    return next(one for one in found[0].ux if one.metric.id == ux), next(one for one in found[0].cx if one.metric.id == cx)


def _weakest(board: Board, metric: str) -> Number:
    """The worst of a part's numbers by a metric; one that cannot be told where it has none."""
    of_it = [one for one in board.numbers if one.metric.id == metric]
    known = [one for one in of_it if isinstance(one.total, Estimate)]
    if not known:
        return of_it[0].total if of_it else _no_number()
    sign = 1 if of_it[0].metric.better != "lower" else -1
    return min(known, key=lambda one: sign * one.total.value).total  # type: ignore[union-attr]


def _no_number() -> Number:
    return Undefined(_("the model ties none to it"), 0, "people")


def _headline(board: Board, names: Sequence[str]) -> Measurement | None:
    """The number that a part is listed with: the first of these metrics that it has."""
    return next((one for name in names for one in board.numbers if one.metric.id == name), None)


def _shown(platform: PlatformProtocol, measured: Measurement) -> Shown:
    title = subject_title(platform.experience(), measured.subject) if measured.subject else ""
    # A target is of the number as it is defined.
    target = None if measured.weighing else target_of(platform, measured.metric.id, measured.subject)
    return Shown(measured, title, target)
