"""A number over time to go into: all its periods, the span that is looked at, and what happened meanwhile. The address names the span."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated, get_args

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from touchpath.model.errors import BadInput
from touchpath.model.time import Grain, Period
from touchpath.services.results import Measurement, Reading
from touchpath.web.access import NUMBERS
from touchpath.web.addresses import Addresses
from touchpath.web.carried import carried_by
from touchpath.web.charts import Figure, draw_trend
from touchpath.web.charts.timeline import FEWEST, Window, timeline_by_hand, window_over, zoom_of
from touchpath.web.languages import _, gettext
from touchpath.web.pages.aims import events_of, target_of
from touchpath.web.pages.filters import FiltersDep, filter_bar, midnight
from touchpath.web.pages.metrics import fitting_grain, needs_subject, subjects_of, timed
from touchpath.web.pages.openings import Openings
from touchpath.web.pages.parts import read_grain, show_page, subject_title
from touchpath.web.pages.zooming import ZOOM, Lens
from touchpath.web.platform import PlatformDep, PlatformProtocol, find_metric
from touchpath.web.rendering import address_of

router = APIRouter(include_in_schema=False)


@router.get("/w/{workspace}/explore/timeline", dependencies=[NUMBERS])
def show_timeline(
    request: Request,
    platform: PlatformDep,
    filters: FiltersDep,
    of: Annotated[str, Query(max_length=400)] = "",
    grain: Annotated[str, Query(max_length=10)] = "",
    zoom: Annotated[str, Query(max_length=40)] = "",
) -> HTMLResponse:
    """One number period by period, and the span that is looked at."""
    span, experience = platform.span(), platform.experience()
    metric, _colon, subject = of.partition(":")
    words = find_metric(platform, metric) if metric else None
    period = filters.within(span, platform.zone)
    chosen = read_grain(grain) or (fitting_grain(period or span) if span else "month")
    can = bool(words and span and (subject or not needs_subject(words)))
    trend = platform.measure(metric, subject, grain=chosen, period=period) if can else None
    readings = timed(trend) if trend else []
    window = window_over(readings, span_of(zoom, platform.zone))
    at = Addresses(platform.name, carried_by(request))
    return show_page(
        "explore_timeline.html",
        request,
        platform=platform,
        section="explore",
        crumbs=((_("Explore"), at.below("/explore")),),
        words=words,
        subject=subject,
        subject_title=subject_title(experience, subject) if subject else "",
        bar=filter_bar(request, platform, filters, ("period",), own=("of", "grain", ZOOM)),
        of=of,
        choices=choices_of(platform),
        grain=chosen,
        grains=get_args(Grain),
        trend=trend,
        window=window,
        shown=_shown(readings, window),
        chart=_figure(platform, trend, readings, window, chosen, subject) if trend and window.count >= FEWEST else None,
        lenses=tuple(_lenses(request, readings, window, platform.zone)),
        only=_only(at, metric, subject, readings, window, platform.zone) if trend and readings else "",
    )


def choices_of(platform: PlatformProtocol) -> list[tuple[str, str]]:
    """Every number that can be measured here, as (value, words)."""
    experience, found = platform.experience(), []
    for words in platform.metrics():
        if not needs_subject(words):
            found.append((words.id, gettext(words.title)))
        found += [(f"{words.id}:{id}", f"{gettext(words.title)}: {title}") for id, title in subjects_of(experience, words)]
    return found


def span_of(zoom: str, zone: str) -> Period | None:
    """The span that an address names, as in 2026-01-01..2026-03-31; None = all."""
    if not zoom:
        return None
    first, dots, last = zoom.partition("..")
    if not dots:
        raise BadInput(f"The span came as '{zoom}'. Write it as two days, as in 2026-01-01..2026-03-31.")
    start, end = midnight(first, zone), midnight(last, zone, 1)
    if start >= end:
        raise BadInput(f"The span came as '{zoom}'. It has to begin before it ends.")
    return Period(start, end)


def _shown(readings: Sequence[Reading], window: Window) -> Period | None:
    first, last = (readings[at].period for at in (window.first, window.last)) if readings else (None, None)
    return Period(first.start, last.end) if first and last else None


def _figure(
    platform: PlatformProtocol, trend: Measurement, readings: list[Reading], window: Window, grain: str, subject: str
) -> Figure:
    """The trend of the span that is looked at, whose explorer knows all periods."""
    zone, opens = platform.zone, Openings(Addresses(platform.name), trend.metric.id, subject)
    aim, events = target_of(platform, trend.metric.id, subject), events_of(platform)
    target = aim.target.value if aim else None
    inside = readings[window.first : window.last + 1]
    shown = _shown(readings, window) or trend.period
    drawn = draw_trend(replace(trend, period=shown), inside, grain, zone, target=target, events=events)
    by_hand = timeline_by_hand(trend, readings, window, zone, opens.period, target=target, events=events, zoom=ZOOM)
    return replace(opens.periods(drawn, inside), by_hand=by_hand)


def _lenses(request: Request, readings: Sequence[Reading], window: Window, zone: str) -> Iterator[Lens]:
    """The ways to go closer, farther, back and on; each is a link, so the keyboard has them all."""
    half = max(1, window.size // 2)
    ways = (
        ("closer", _("Closer"), window.sized(window.size // 2)),
        ("farther", _("Farther"), window.sized(window.size * 2)),
        ("earlier", _("Earlier"), window.shifted(-half)),
        ("later", _("Later"), window.shifted(half)),
        ("all", _("All of it"), Window(0, window.count - 1, window.count)),
    )
    for name, words, there in ways if window.count > FEWEST else ():
        yield Lens(name, words, address_of(request, **{ZOOM: zoom_of(there, readings, zone)}), there != window)


def _only(at: Addresses, metric: str, subject: str, readings: Sequence[Reading], window: Window, zone: str) -> str:
    """The page of the metric for nothing but the span that is looked at."""
    first, _dots, last = zoom_of(window, readings, zone).partition("..")
    period = {"period": "custom", "start": first, "end": last} if first else {}
    return at.metric(metric, subject, **period)
