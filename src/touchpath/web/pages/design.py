"""The living component page: every block that pages are made of, in every state, on made-up numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.model.time import Period
from touchpath.services.results import Measurement, MetricWords, Number, Reading
from touchpath.web.access import CATALOGUE
from touchpath.web.charts import (
    DotRow,
    Event,
    Figure,
    FunnelBar,
    HeatRow,
    QuadrantPoint,
    Side,
    draw_curve,
    draw_dots,
    draw_funnel,
    draw_heat,
    draw_quadrant,
    draw_segments,
    draw_trend,
)
from touchpath.web.icons import icon
from touchpath.web.languages import _
from touchpath.web.notices import Notice
from touchpath.web.pages.filters import COMPARISONS, PRESETS, Chip, Field, FilterBar, Group
from touchpath.web.pages.parts import show_page
from touchpath.web.rendering import address_of
from touchpath.web.tables import Cell, Column, DataTable, number_cell, ordered

router = APIRouter(include_in_schema=False)
START = datetime(2026, 1, 5, tzinfo=UTC)
WEEK = timedelta(days=7)
SPAN = Period(START, START + 12 * WEEK)
SWATCHES = ("canvas", "surface", "sunken", "ink", "ink-soft", "line-strong", "accent", "second", "good", "bad", "warn")
SIZES = ("tiny", "small", "text", "large", "huge")
VIEWS = ("Map", "List", "Compared")


@router.get("/design", dependencies=[CATALOGUE])
def show_design(
    request: Request, sort: Annotated[str, Query(max_length=40)] = "", view: Annotated[str, Query(max_length=20)] = VIEWS[0]
) -> HTMLResponse:
    """All components and their states; the table and the views work."""
    trend, segments = trend_sample(), segment_sample()
    return show_page(
        "design.html",
        request,
        section="design",
        swatches=SWATCHES,
        cards=card_samples(),
        numbers=number_samples(),
        changes=change_samples(),
        trend=draw_trend(
            trend,
            trend.readings,
            "week",
            target=0.75,
            events=(Event(START + 5.5 * WEEK, "Checkout 4.2"), Event(START + 8 * WEEK, "Spring campaign")),
        ),
        segments=draw_segments(segments, segments.readings),
        funnel=funnel_sample(),
        heat=heat_sample(),
        quadrant=quadrant_sample(),
        dots=dots_sample(),
        curve=draw_curve([share(v, 180) for v in (0.84, 0.78, 0.71, 0.42)] + [None, share(0.69, 90)], "customer_satisfaction"),
        sizes=SIZES,
        crumbs=(("The Shop", "#"), ("Journeys", "#")),
        bar=bar_sample(request),
        views=[(one, address_of(request, view=one), one == view) for one in VIEWS],
        stories=ordered(table_sample(), sort),
        notices=notice_samples(),
    )


def share(value: float, n: int, n_unit: str = "people") -> Estimate:
    """A made-up share with a plausible interval."""
    half = 1.96 * (value * (1 - value) / n) ** 0.5
    return Estimate(value, max(0.0, value - half), min(1.0, value + half), n, n_unit)


def words(id: str, title: str, unit: str = "share", better: str = "higher", discipline: str = "UX") -> MetricWords:
    """Made-up words of a metric."""
    return MetricWords(id, title, "", discipline, unit, better, "", "", "")


def change(value: float, low: float, high: float, unit: str = "share") -> Comparison:
    """A made-up difference."""
    moved = "up" if low > 0 else "down" if high < 0 else None
    return Comparison("difference", value, low, high, 0.95, unit, "", moved)  # type: ignore[arg-type]


def weekly(values: list[Number]) -> tuple[Reading, ...]:
    """Readings week by week, the last one not over."""
    periods = [Period(START + i * WEEK, START + (i + 1) * WEEK) for i in range(len(values))]
    return tuple(
        Reading(value, period, complete=i < len(values) - 1)
        for i, (value, period) in enumerate(zip(values, periods, strict=True))
    )


def measured(metric: MetricWords, total: Number, values: list[Number], moved: Comparison | None) -> Measurement:
    """A made-up measurement."""
    return Measurement(metric, "", total, weekly(values), moved, SPAN, "sample")


def trend_sample() -> Measurement:
    """A share that fell, with a week in which nobody came."""
    values: list[Number] = [share(v, 240) for v in (0.71, 0.72, 0.7, 0.73, 0.69)]
    values += [Undefined("nobody tried", 0, "people"), *(share(v, 220) for v in (0.66, 0.61, 0.58, 0.57)), share(0.6, 60)]
    return measured(words("task_success", "Task success"), share(0.66, 2480, "attempts"), values, change(-0.034, -0.06, -0.008))


def segment_sample() -> Measurement:
    """A share by channel, one of them with nobody in it."""
    readings = [
        Reading(share(v, n), SPAN, name) for name, v, n in (("Website", 0.71, 1450), ("App", 0.83, 820), ("Shop", 0.64, 96))
    ]
    readings.append(Reading(Undefined("fewer than 5 people", 2), SPAN, "Telephone"))
    return Measurement(words("task_success", "Task success"), "", share(0.74, 2368), tuple(readings), None, SPAN, "sample")


def card_samples() -> list[Measurement]:
    """A metric card in each of its states."""
    rising: list[Number] = [share(v, 300) for v in (0.8, 0.81, 0.83, 0.84, 0.87, 0.87)]
    scores: list[Number] = [Estimate(v, v - 9, v + 9, 210, "people", "score") for v in (39.0, 44.0, 38.0, 41.0, 43.0)]
    times: list[Number] = [Estimate(v, v * 0.9, v * 1.1, 160, "attempts", "seconds") for v in (61.0, 64.0, 70.0, 83.0)]
    nobody = Undefined("only 3 people answered, and 5 is the least", 3)
    warned = share(0.31, 12).warned("few people: the interval is wide")
    return [
        measured(words("task_success", "Task success"), share(0.872, 948), rising, change(0.031, 0.008, 0.054)),
        measured(
            words("nps", "Net Promoter Score", "score"),
            Estimate(42, 38, 46, 1284, "people", "score"),
            scores,
            change(1, -4, 6, "score"),
        ),
        measured(
            words("task_time", "Time on task", "seconds", "lower"),
            Estimate(74, 69, 80, 811, "attempts", "seconds"),
            times,
            change(13, 5, 21, "seconds"),
        ),
        measured(words("contact_rate", "Contact rate", better="lower"), warned, [], None),
        measured(words("customer_effort", "Customer effort", "score"), nobody, [], None),
    ]


def number_samples() -> list[tuple[str, Number]]:
    """Numbers in each unit, and none."""
    return [
        ("A share", share(0.412, 2001)),
        ("With a note", share(0.78, 310, "answers").noted("The mean is 4.20 of 5.")),
        ("Close to certain", Estimate(0.99987, 0.99981, 0.99991, 61_482, "orders")),
        ("A score", Estimate(-12.4, -20.1, -4.7, 214, "people", "score")),
        ("Seconds", Estimate(74.2, 69.3, 80.1, 948, "attempts", "seconds")),
        ("Days", Estimate(345_600, 302_400, 388_800, 77, "orders", "seconds")),
        ("A count", Estimate(1_284_310, 1_284_310, 1_284_310, 1_284_310, "signals", "count")),
        ("Per person", Estimate(2.31, 2.2, 2.42, 5_120, "people", "per_person")),
        ("Without upper bound", Estimate(3.2, 2.1, float("inf"), 9, "people", "per_person")),
        ("None", Undefined("nobody answered", 0)),
    ]


def change_samples() -> list[tuple[Comparison | None, str]]:
    """A comparison in each mood."""
    return [
        (change(0.031, 0.008, 0.054), "higher"),
        (change(-0.022, -0.03, -0.014), "higher"),
        (change(-6.2, -9, -3.4, "seconds"), "lower"),
        (change(0.4, 0.1, 0.7, "per_person"), "neither"),
        (change(0.004, -0.011, 0.019), "higher"),
        (None, "higher"),
    ]


def bar_sample(request: Request) -> FilterBar:
    """A bar with a filter that this page takes notice of, and one that waits for another."""
    presets, comparisons = ((tuple((value, _(title)) for value, title in one.items())) for one in (PRESETS, COMPARISONS))
    channels = (Group("", (("", _("Everybody")),)), Group("Channel", (("channel:web", "web"), ("channel:app", "app"))))
    return FilterBar(
        "/design",
        (
            Field("period", _("Period"), "28", (Group("", presets),)),
            Field("compare", _("Compare with"), "before", (Group("", comparisons),)),
            Field("segment", _("Segment"), "", channels),
        ),
        (
            Chip(_("Period"), _(PRESETS["28"]), address_of(request), True),
            Chip(_("Device"), "A device whose name is much longer than its chip", address_of(request), False),
        ),
        (),
        reset=address_of(request),
    )


def notice_samples() -> tuple[Notice, ...]:
    """A message in each mood, one of which can be undone."""
    return (
        Notice("The target is kept.", undo="/design", fields={"target": "0.9"}),
        Notice("The board has another owner now.", "plain"),
        Notice("The file could not be read: line 14 has 3 cells, and the head has 4.", "bad"),
    )


def table_sample() -> DataTable:
    """Steps with a number, a word and a date each; one has no number."""
    steps = (("Pay", share(0.42, 993), "Checkout team"), ("Basket", share(0.71, 1984), "Checkout team"), ("Élan", Undefined("nobody tried", 0), "Service"))  # fmt: skip
    rows = tuple((Cell(title), number_cell(number), Cell(owner)) for title, number, owner in steps)
    columns = (Column("step", "Step"), Column("success", "Task success", numeric=True), Column("owner", "Owner"))
    return DataTable("steps", "Steps and their owners", columns, rows)


def heat_sample() -> Figure:
    """Six weekly cohorts, the younger ones with fewer weeks behind them."""
    rows = []
    for at in range(6):
        size = 410 - 37 * at
        cells: list[Number | None] = [share(0.9 * 0.78**week + 0.01 * at, size) if week < 6 - at else None for week in range(6)]
        cells[0] = Estimate(1.0, 0.99, 1.0, size, "people")
        rows.append(HeatRow(f"{5 + 7 * at} Jan", size, tuple(cells)))
    columns = tuple(f"Week {week}" for week in range(6))
    return draw_heat(
        rows, columns, "Most who leave do so within two weeks", "Share of each weekly cohort who came back, 12 weeks.", "Cohort"
    )


def quadrant_sample() -> Figure:
    """Five journeys by task success and satisfaction, one of them without answers."""
    values = (("Buy", 0.87, 42.0), ("Return", 0.52, -8.0), ("Get help", 0.61, 31.0), ("Renew", 0.9, -20.0))
    points = [
        QuadrantPoint(name, share(ux, 420), Estimate(cx, cx - 7, cx + 7, 380, "people", "score"), "#figures")
        for name, ux, cx in values
    ]
    points.append(QuadrantPoint("Move house", share(0.7, 60), Undefined("only 3 people answered, and 5 is the least", 3)))
    return draw_quadrant(
        points, Side("Task success", "task_success", 0.75), Side("Net Promoter Score", "nps", 0.0),
        "Renew works, and is not liked", "Task success against NPS by journey, 12 weeks. The dashed lines are the targets.",
    )  # fmt: skip


def dots_sample() -> Figure:
    """Three differences, one of them noise, and one that cannot be told."""
    rows = (
        DotRow("App", change(0.09, 0.05, 0.13), "820 and 1,546"),
        DotRow("Website", change(0.012, -0.018, 0.042), "1,450 and 916"),
        DotRow("Shop", change(-0.1, -0.19, -0.01), "96 and 2,270"),
        DotRow("Telephone", None, "2", "fewer than 5 people"),
    )
    return draw_dots(
        rows,
        "higher",
        "The app does better than the rest, the shop worse",
        "Difference in task success to everybody else, 12 weeks.",
        "Channel",
    )


def funnel_sample() -> object:
    """Five steps, the second of which loses most."""
    people = (4821, 1984, 1241, 993, 812)
    titles = ("Product page", "Basket", "Delivery details", "Payment", "Order confirmed")
    bars = [
        FunnelBar(title, share(min(n / people[0], 0.99999), people[0]), share(min(n / before, 0.99999), before))
        for title, n, before in zip(titles, people, (people[0], *people), strict=False)
    ]
    return draw_funnel(
        bars, "Basket loses most: 59 % of those who saw a product never filled one", "4,821 people, 12 weeks.", icon("warn")
    )
