"""Charts: the right places, the words, the table; nothing that could be markup."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.time import Period
from touchpath.services.results import Measurement, MetricWords, Number, Reading
from touchpath.web.charts import (
    FunnelBar,
    draw_curve,
    draw_funnel,
    draw_interval,
    draw_segments,
    draw_sparkline,
    draw_trend,
    worst_of,
)
from touchpath.web.charts.curve import smooth
from touchpath.web.charts.scale import fit_axis, nice
from touchpath.web.icons import icon

START = datetime(2026, 1, 5, tzinfo=UTC)
WORDS = MetricWords("task_success", "Task <success>", "", "UX", "share", "higher", "", "", "")
NONE = Undefined("nobody tried", 0)


def share(value: float, half: float = 0.05) -> Estimate:
    return Estimate(value, value - half, value + half, 100, "people")


def readings(*numbers: Number) -> tuple[Reading, ...]:
    weeks = [Period(START + timedelta(days=7 * i), START + timedelta(days=7 * i + 7)) for i in range(len(numbers))]
    return tuple(Reading(number, week) for number, week in zip(numbers, weeks, strict=True))


def measured(*numbers: Number) -> Measurement:
    return Measurement(WORDS, "", share(0.5), readings(*numbers), None, Period(START, START + timedelta(days=70)), "1")


def test_an_axis_holds_every_interval_and_has_round_marks() -> None:
    axis = fit_axis([share(0.41), share(0.72)])
    assert axis.low <= 0.36 < 0.77 <= axis.high
    assert axis.label(axis.low).startswith("30")
    assert fit_axis([share(0.41)], whole=True).marks[0] == 0.0
    # The score has ends of its own, whatever scale the question was asked on.
    feeling = fit_axis([Estimate(51, 39, 63, 40, "answers", "score")], "valence", whole=True, ends=(1.0, 9.0))
    assert (feeling.low, feeling.high) == (-100.0, 100.0)
    ease = fit_axis([Estimate(4.9, 4.7, 5.1, 220, "answers", "score")], "single_ease", whole=True, ends=(1.0, 7.0))
    assert (ease.low, ease.high) == (1, 7)
    assert (fit_axis([share(3.0)], "nps", whole=True).low, fit_axis([share(3.0)], "nps", whole=True).high) == (-100, 100)


@given(st.lists(st.tuples(st.floats(-1e9, 1e9), st.floats(0, 1e6)), max_size=5), st.booleans())
def test_an_axis_can_be_made_of_anything(pairs: list[tuple[float, float]], whole: bool) -> None:
    axis = fit_axis([Estimate(value, value - half, value + half, 1, "people", "score") for value, half in pairs], whole=whole)
    assert axis.low < axis.high
    assert all(0 <= axis.place(value) <= 1 for value, _ in pairs)
    assert len(axis.marks) < 20


@given(st.floats(1e-9, 1e9))
def test_round_steps_are_never_smaller_than_asked(rough: float) -> None:
    assert rough * 0.999 <= nice(rough) <= rough * 2.6


def test_an_interval_bar_reaches_from_low_to_high() -> None:
    drawing = draw_interval(share(0.5, 0.1), fit_axis([share(0.5)], whole=True))
    assert '<rect x="40%" y="4" width="20%"' in drawing
    assert 'cx="50%"' in drawing
    assert "circle" not in draw_interval(NONE, fit_axis([], whole=True))


def test_a_trend_breaks_where_there_is_no_number_and_says_so_in_its_table() -> None:
    figure = draw_trend(
        measured(share(0.5), share(0.6), NONE, share(0.4), share(0.3)),
        readings(share(0.5), share(0.6), NONE, share(0.4), share(0.3)),
        "week",
    )
    assert figure.drawing.count('class="line"') == 2
    assert figure.drawing.count('class="point"') == 4
    assert figure.rows[2][1:3] == ("—", "nobody tried")
    assert figure.drawing.count('tabindex="0"') == 1


def test_every_point_of_a_trend_says_its_number_in_words() -> None:
    figure = draw_trend(measured(share(0.5)), readings(share(0.5), share(0.6)), "week")
    assert re.search(r'aria-label="5 Jan 2026 – 11 Jan 2026: 50.%, 95.%.CI 45–55, n.100 people"', figure.drawing)


def test_names_are_never_markup() -> None:
    figure = draw_trend(measured(share(0.5)), readings(share(0.5), share(0.6)), "week")
    assert "Task &lt;success&gt;" in figure.drawing
    bars = [FunnelBar("<b>", share(0.9), NONE), FunnelBar("two", share(0.4), share(0.45))]
    assert "<b><" not in draw_funnel(bars, "", "", icon("warn")).drawing


def test_a_sparkline_needs_two_numbers() -> None:
    assert draw_sparkline(readings(share(0.5), NONE)) == ""
    assert draw_sparkline(readings(share(0.5), NONE, share(0.5))).count('class="line"') == 2


def test_a_sparkline_leaves_out_a_period_that_is_not_over() -> None:
    whole = readings(share(0.5), share(0.6), share(0.1))
    assert draw_sparkline(whole) != draw_sparkline((*whole[:2], Reading(share(0.1), whole[2].period, complete=False)))


def test_a_funnel_marks_the_step_that_loses_most_in_words() -> None:
    bars = [
        FunnelBar("See", share(1.0, 0), NONE),
        FunnelBar("Fill", share(0.4), share(0.4)),
        FunnelBar("Pay", share(0.3), share(0.75)),
    ]
    figure = draw_funnel(bars, "Fill loses most", "", icon("warn"))
    assert worst_of(bars) == 1
    assert figure.drawing.count("largest loss") == 1
    assert [row[0] for row in figure.rows] == ["See", "Fill", "Pay"]
    assert worst_of(bars[:1]) == -1


def test_a_funnel_names_the_step_a_share_is_of_where_a_branch_lies_between() -> None:
    bars = [FunnelBar("See", share(1.0, 0), NONE), FunnelBar("Shop <or>", NONE, NONE), FunnelBar("Pay", share(0.3), share(0.75))]
    assert " of ‘See’" in draw_funnel(bars, "", "", icon("warn")).drawing
    assert " of the step before" in draw_funnel(bars[::2], "", "", icon("warn")).drawing


def test_segments_are_told_apart_only_when_their_intervals_are() -> None:
    apart = [Reading(share(0.8), segment="app"), Reading(share(0.4), segment="web"), Reading(NONE, segment="phone")]
    assert draw_segments(measured(), apart).finding.startswith("app is highest")
    assert "overlap" in draw_segments(measured(), [Reading(share(0.5), segment="a"), Reading(share(0.52), segment="b")]).finding
    assert "Too few" in draw_segments(measured(), apart[2:]).finding


def test_a_curve_passes_over_steps_without_a_number() -> None:
    drawing = draw_curve([share(0.9), None, NONE, share(0.4)], "customer_satisfaction")
    assert drawing.count('class="pill"') == 2
    assert drawing.count('class="worst"') == 1
    assert draw_curve([share(0.9), None], "customer_satisfaction") == ""


@given(st.lists(st.floats(0, 100), min_size=2, max_size=9))
def test_a_smooth_curve_never_swings_beyond_its_points(heights: list[float]) -> None:
    path = smooth([(100.0 * i, y) for i, y in enumerate(heights)])
    ys = [float(y) for y in re.findall(r"[\d.e-]+ ([\d.e-]+)", path)]
    assert min(heights) - 0.01 <= min(ys)
    assert max(ys) <= max(heights) + 0.01


@pytest.mark.parametrize("name", ["up", "down", "flat", "warn", "star"])
def test_icons_are_hidden_from_screen_readers(name: str) -> None:
    assert 'aria-hidden="true"' in icon(name)


def test_the_line_to_a_period_that_is_not_over_is_dashed() -> None:
    whole = readings(share(0.5), share(0.6), share(0.7))
    assert 'class="line open"' not in draw_trend(measured(), whole, "week").drawing
    figure = draw_trend(measured(), (*whole[:2], Reading(share(0.1), whole[2].period, complete=False)), "week")
    solid, dashed = (re.findall(rf'd="([^"]*)" class="{name}"', figure.drawing) for name in ("line", "line open"))
    assert [path.count("L") for path in (*solid, *dashed)] == [1, 1]
    assert dashed[0].startswith("M500 ")
    assert figure.key.startswith("Hollow, and dashed")


@pytest.mark.parametrize(("last", "drawn"), [(share(0.52), True), (Estimate(0.0, 0.0, 0.98, 1, "people"), False)])
def test_a_period_that_is_not_over_does_not_press_the_others_into_a_corner(last: Number, drawn: bool) -> None:
    whole = readings(*(share(0.5 + 0.01 * week, 0.02) for week in range(6)), last)
    trend = [*whole[:-1], replace(whole[-1], complete=False)]
    figure = draw_trend(measured(*(one.number for one in trend)), trend, "week")
    alone = draw_trend(measured(*(one.number for one in trend[:-1])), trend[:-1], "week")
    marks, own = (re.findall(r'text-anchor="end">([^<]*)<', one.drawing) for one in (figure, alone))
    assert drawn or marks == own
    assert figure.drawing.count('class="point"') == 6 + drawn
    assert ("Not drawn" in figure.key) is not drawn
    assert drawn or "0 %" in figure.key.replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert figure.rows[-1][4] == "not over yet"


def test_a_curve_beside_is_a_broken_line_and_every_point_has_its_n() -> None:
    here, there = [share(0.8), replace(share(0.5), n=30), None], [share(0.7), share(0.6), None]
    drawing = str(draw_curve(here, "customer_satisfaction", "higher", there))
    assert drawing.count('class="beside"') == 1
    assert ">n\N{NO-BREAK SPACE}100<" in drawing
    assert ">n\N{NO-BREAK SPACE}30<" in drawing
    assert 'class="beside"' not in str(draw_curve(here, "customer_satisfaction"))
