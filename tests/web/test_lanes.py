"""The overview of a timeline as a drawing: lanes, their names and bars, and what it says of each stretch."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from fastapi import Request

from touchpath.model.time import Period, to_micros
from touchpath.services.results import StripOverview
from touchpath.services.stretches import see_from_afar
from touchpath.web.charts import Figure, draw_lanes
from touchpath.web.pages.people import see_strip

START = datetime(2026, 3, 1, tzinfo=UTC)


def overview(sources: list[str], apart: timedelta = timedelta(days=1), rough: int = -1) -> StripOverview:
    times = [START + apart * at for at in range(len(sources))]
    micros = np.array([to_micros(one) for one in times], np.int64)
    return see_from_afar(micros, sources, np.arange(len(sources)) == rough, (times[0], times[-1]), None, "UTC")


def drawn(sources: list[str], rough: int = -1) -> Figure:
    names = list(dict.fromkeys(sources))
    return draw_lanes(
        overview(sources, rough=rough),
        {name: at % 8 + 1 for at, name in enumerate(names)},
        "UTC",
        lambda period: f"?from={period.start:%d}",
    )


def test_each_source_has_a_lane_and_each_stretch_with_signals_a_link_that_says_them() -> None:
    figure = drawn(["web", "tickets", "web"], rough=1)
    assert re.findall(r'<text [^>]*class="lane-title">([^<]*)<', figure.drawing) == ["web", "tickets"]
    links = re.findall(r'href="([^"]*)" tabindex="([^"]*)"', figure.drawing)
    assert links == [("?from=01", "0"), ("?from=02", "-1"), ("?from=03", "-1")]
    labels = re.findall(r'<a [^>]*aria-label="([^"]*)"', figure.drawing)
    assert labels[1] == "2 Mar 2026, 00:00–01:00: 1 signal (tickets 1), 1 moment of friction"
    assert str(figure.drawing).count("rough-mark") == 1


def test_more_sources_than_colours_share_the_last_lane() -> None:
    figure = drawn([f"source-{at}" for at in range(11)])
    titles = re.findall(r'class="lane-title">([^<]*)<', figure.drawing)
    assert titles == [*(f"source-{at}" for at in range(7)), "4 other sources"]
    assert sum(int(str(record["signals"])) for record in figure.records) == 11


def test_a_name_is_text_and_never_markup() -> None:
    figure = drawn(["<b>web</b>", "tickets"])
    assert "<b>" not in figure.drawing
    assert "&lt;b&gt;web" in figure.drawing


@dataclass(frozen=True)
class Seen:
    """As much of a strip as an overview needs."""

    overview: StripOverview
    sources: dict[str, int]
    entries: tuple[()] = ()
    visits: tuple[()] = ()
    earlier: None = None
    later: None = None


def test_signals_of_one_minute_have_nothing_to_go_into() -> None:
    request = Request({"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []})
    once = overview(["web", "web"], timedelta(seconds=9))
    assert see_strip(request, Seen(once, {"web": 2}), "UTC") is None
    assert see_strip(request, Seen(overview(["web", "web"]), {"web": 2}), "UTC") is not None
    part = see_from_afar(
        np.empty(0, np.int64), [], np.empty(0, np.bool_), (START, START), Period(START, START + timedelta(days=9)), "UTC"
    )
    assert see_strip(request, Seen(part, {"web": 1}), "UTC") is not None  # who went too far finds the way back
