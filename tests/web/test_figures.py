"""Figures: the grid, the quadrant and the differences; and every figure as a file."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from xml.etree import ElementTree

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.model.time import Period
from touchpath.services.results import Measurement, MetricWords, Reading
from touchpath.web.charts import (
    DotRow,
    Event,
    Figure,
    HeatRow,
    Picture,
    QuadrantPoint,
    Side,
    as_csv,
    as_svg,
    draw_dots,
    draw_heat,
    draw_quadrant,
    draw_trend,
)
from touchpath.web.charts.svg import tag
from touchpath.web.languages import speaking

Get = Callable[..., httpx.Response]
START = datetime(2026, 1, 5, tzinfo=UTC)
WEEK = timedelta(days=7)
NONE = Undefined("nobody came", 0)
FIGURES = ("trend", "funnel-chart", "segment-chart", "heat", "quadrant", "dots")


def share(value: float, half: float = 0.05, n: int = 100) -> Estimate:
    return Estimate(value, value - half, value + half, n, "people")


def difference(value: float, low: float, high: float) -> Comparison:
    return Comparison("difference", value, low, high, 0.95, "share", "", "up" if low > 0 else "down" if high < 0 else None)


def heat() -> Figure:
    rows = [HeatRow("Jan <b>", 410, (share(0.9), share(0.5), share(0.06))), HeatRow("Feb", 380, (share(0.8), NONE, None))]
    return draw_heat(rows, ("Week 0", "Week 1", "Week 2"), "Most leave soon", "Share who came back.", "Cohort")


def test_a_grid_says_every_number_and_shades_it_by_its_size() -> None:
    drawing = str(heat().drawing)
    shades = re.findall(r'<td class="(heat-\S+)">', drawing)
    assert shades == ["heat-5", "heat-3", "heat-0", "heat-5", "heat-undefined"] or shades[0] > shades[1] > shades[2]
    assert drawing.count('class="heat-none"') == 1
    assert 'aria-label="Jan &lt;b&gt;, Week 1: 50' in drawing
    assert drawing.count('tabindex="0"') == 2  # the region that scrolls, and the first cell
    assert heat().rows[1][3] == "— (nobody came, n\N{NO-BREAK SPACE}0)"
    assert "<b>" not in drawing


def test_a_quadrant_draws_what_has_both_numbers_and_names_the_rest() -> None:
    points = [
        QuadrantPoint("Pay <i>", share(0.2), Estimate(40, 30, 50, 90, "people", "score"), "/x"),
        QuadrantPoint("Move", share(0.7), NONE),
    ]
    figure = draw_quadrant(points, Side("Success", "task_success", 0.8), Side("NPS", "nps", 0), "Pay fails", "By journey.")
    drawing = str(figure.drawing)
    assert re.search(r'<circle r="11" class="place" cx="20%" cy="30%">', drawing)
    assert '<line x1="80%" x2="80%" y1="0" y2="100%" class="zero">' in drawing
    assert '<line x1="0" x2="100%" y1="50%" y2="50%" class="zero">' in drawing
    assert 'href="/x"' in drawing
    assert drawing.count('role="img"') == 1
    assert figure.key == "Not drawn, as a number is missing: Move (nobody came)."
    assert len(figure.rows) == 2
    assert "<i>" not in drawing


def test_differences_are_hollow_inside_noise_and_lie_on_the_right_side_of_the_line() -> None:
    rows = [DotRow("App", difference(0.09, 0.05, 0.13)), DotRow("Web", difference(0.01, -0.02, 0.04)), DotRow("Shop", difference(-0.1, -0.19, -0.01)), DotRow("Fax", None, reason="2 people")]  # fmt: skip
    drawing = str(draw_dots(rows, "higher", "The app does better", "To everybody else.").drawing)
    zero = float(re.search(r'<line x1="([\d.]+)%"[^>]*class="zero"', drawing)[1])  # type: ignore[index]
    dots = [(float(x), kind) for x, kind in re.findall(r'<circle cx="([\d.]+)%" cy="12" r="6" class="dot (\w+)">', drawing)]
    assert [kind for _, kind in dots] == ["good", "hollow", "bad"]
    assert dots[0][0] > zero
    assert dots[2][0] < zero
    assert "no detectable change" in drawing
    assert "2 people" in drawing


def test_a_ratio_is_drawn_as_a_change_in_percent_from_none() -> None:
    ratio = Comparison("ratio", 0.9, 0.84, 0.96, 0.95, "seconds", "", "down")
    figure = draw_dots([DotRow("App", ratio)], "lower", "The app is faster", "Time on task.")
    assert "−10" in figure.rows[0][1]
    assert 'class="dot good"' in figure.drawing
    assert figure.records[0]["value"] == 0.9


def weekly(*values: float) -> Measurement:
    readings = tuple(Reading(share(value), Period(START + i * WEEK, START + (i + 1) * WEEK)) for i, value in enumerate(values))
    words = MetricWords("task_success", "Task success", "", "UX", "share", "higher", "", "", "")
    return Measurement(words, "", share(0.5), readings, None, Period(START, START + len(values) * WEEK), "1")


def test_a_trend_marks_its_target_and_what_happened_where_it_happened() -> None:
    measured = weekly(0.5, 0.6, 0.7)
    events = (Event(START + 1.5 * WEEK, "Release <b>"), Event(START - WEEK, "Too early"), Event(START + 3 * WEEK, "Too late"))
    figure = draw_trend(measured, measured.readings, "week", target=0.9, events=events)
    assert re.findall(r'<line x1="([\d.]+)%"[^>]*class="event"', str(figure.drawing)) == ["75"]
    assert 'class="goal"' in figure.drawing
    assert "90" in str(figure.drawing)  # the axis reaches the target, which lies above every interval
    assert "target, 90" in figure.key
    assert "1 Release <b>, 15 Jan 2026" in figure.key
    assert "Too" not in figure.key
    assert "<b>" not in figure.drawing


def test_numbers_in_a_file_are_plain_in_every_language_and_no_formula() -> None:
    rows = [HeatRow("=1+1", 4, (share(0.1234),))]
    with speaking("de"):
        text = as_csv(draw_heat(rows, ("Woche 0",), "x", "y"))
    found = list(csv.DictReader(StringIO(text)))
    assert found == [
        {"group": "'=1+1", "size": "4", "column": "Woche 0", "value": "0.1234", "low": found[0]["low"], "high": found[0]["high"],
         "confidence": "0.95", "n": "100", "n_unit": "people", "unit": "share", "reason": ""},
    ]  # fmt: skip
    assert float(found[0]["low"]) == pytest.approx(0.0734)
    blank = list(csv.DictReader(StringIO(as_csv(draw_heat([HeatRow("a", 1, (NONE,))], ("w",), "x", "y")))))
    assert (blank[0]["value"], blank[0]["reason"]) == ("", "nobody came")
    endless = Estimate(1.0, 0.5, float("inf"), 9, "people", "per_person")
    assert next(csv.DictReader(StringIO(as_csv(draw_heat([HeatRow("a", 1, (endless,))], ("w",), "x", "y")))))["high"] == ""


@given(st.text(max_size=200), st.text(max_size=60))
def test_a_picture_is_sound_whatever_people_wrote(finding: str, text: str) -> None:
    body = tag("text", text, x=0.0, y=10.0, class_="strong", aria_label=text)
    root = ElementTree.fromstring(as_svg(Figure(finding, text, body, (), (), text, picture=Picture(body, 40.0))))
    said = "".join(root.itertext())
    assert [one for one in text if one.isalnum() and one not in said] == []


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_can_be_had_as_a_picture_and_as_numbers(name: str, request_page: Get) -> None:
    page = request_page("/design").text
    assert f'id="figure-{name}"' in page
    assert f"/design?figure={name}&amp;as=svg" in page
    picture = request_page(f"/design?figure={name}&as=svg")
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert picture.headers["content-disposition"].startswith("attachment")
    root = ElementTree.fromstring(picture.text)
    assert not [one for one in root.iter() if {"class", "style", "tabindex"} & set(one.attrib)]
    assert [one for one in root.iter() if one.get("fill") == "#2b50cf" or one.get("stroke") == "#2b50cf"] or name in (
        "dots",
        "heat",
        "quadrant",
    )
    numbers = request_page(f"/design?figure={name}&as=csv")
    assert numbers.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(StringIO(numbers.text)))
    assert len(rows) > 2


def test_a_file_that_there_is_not_says_which_there_are(request_page: Get) -> None:
    assert request_page("/design?figure=trend&as=pdf").status_code == 400
    answer = request_page("/design?figure=trent&as=csv")
    assert answer.status_code == 404
    assert "trend" in answer.text


def test_the_figures_of_a_page_follow_its_filters(request_page: Get) -> None:
    page = request_page("/w/shop/metrics/nps?subject=nps&grain=month&period=90").text
    assert "/w/shop/metrics/nps?subject=nps&amp;grain=month&amp;period=90&amp;figure=trend&amp;as=csv" in page
    numbers = request_page("/w/shop/metrics/nps?subject=nps&grain=month&period=90&figure=trend&as=csv").text
    assert 3 <= len(numbers.splitlines()) <= 6
