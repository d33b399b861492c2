"""Spans of time in addresses: read as they are written, and the ways from one to others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from fastapi import Request
from hypothesis import given, settings
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.model.time import Period, to_micros
from touchpath.services.results import StripOverview, StripVisit
from touchpath.services.stretches import see_from_afar
from touchpath.web.pages.zooming import Zooming, read_zoom, write_zoom

ZONES = ("UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu")
BERLIN = "Europe/Berlin"


def asked(query: str = "") -> Request:
    return Request(
        {"type": "http", "method": "GET", "path": "/w/shop/people/user:1", "query_string": query.encode(), "headers": []}
    )


def overview(zoom: str = "", zone: str = BERLIN, days: int = 400) -> StripOverview:
    times = [datetime(2025, 3, 1, 12, tzinfo=UTC) + timedelta(days=at) for at in range(days)]
    micros = np.array([to_micros(one) for one in times], np.int64)
    return see_from_afar(micros, ["web"] * days, np.zeros(days, np.bool_), (times[0], times[-1]), read_zoom(zoom, zone), zone)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026", "2025-12-31T23:00Z", "2026-12-31T23:00Z"),
        ("2026-03", "2026-02-28T23:00Z", "2026-03-31T22:00Z"),
        ("2026-03-29", "2026-03-28T23:00Z", "2026-03-29T22:00Z"),
        ("2026-03-01..2026-03-14", "2026-02-28T23:00Z", "2026-03-14T23:00Z"),
        ("2025-11..2026-01", "2025-10-31T23:00Z", "2026-01-31T23:00Z"),
        ("2026-03-14T08:12Z..2026-03-14T08:41Z", "2026-03-14T08:12Z", "2026-03-14T08:41Z"),
    ],
)
def test_a_span_is_read_in_the_zone_and_written_as_short_as_can_be(text: str, start: str, end: str) -> None:
    found = read_zoom(text, BERLIN)
    assert found == Period(datetime.fromisoformat(start), datetime.fromisoformat(end))
    assert write_zoom(found, BERLIN) == {"2025-11..2026-01": "2025-11-01..2026-01-31"}.get(text, text)


@settings(max_examples=30)
@given(
    st.integers(-36_816_480, 68_374_080).map(lambda minutes: datetime.fromtimestamp(60 * minutes, UTC)),  # 1900 to 2100
    st.integers(1, 10**7),
    st.sampled_from(ZONES),
)
def test_what_is_written_is_read_again_to_the_minute(start: datetime, minutes: int, zone: str) -> None:
    period = Period(start, start + timedelta(minutes=minutes))
    assert read_zoom(write_zoom(period, zone), zone) == period


@pytest.mark.parametrize(
    "text",
    [
        "soon",
        "2026-13",
        "2026-02-30",
        "20260314",
        "2026..",
        "..2026",
        "2026..2025",
        "0000",
        "9999",
        "2026-03-14T08:12",
        "2026-03-14T08:12Z",
        "٢٠٢٦",
    ],
)
def test_what_names_no_span_is_told_what_would(text: str) -> None:
    with pytest.raises(BadInput, match="The span came as"):
        read_zoom(text, BERLIN)


@pytest.mark.parametrize(
    ("zoom", "words"),
    [
        ("", ["All of it"]),
        ("2025", ["All of it", "2025"]),
        ("2025-06", ["All of it", "2025", "June 2025"]),
        ("2025-06-03", ["All of it", "2025", "June 2025", "3"]),
        ("2025-06-03T08:12Z..2025-06-03T08:41Z", ["All of it", "2025", "June 2025", "3", "10:12–10:41"]),
        ("2025-06-03..2025-07-04", ["All of it", "2025", "3 Jun 2025 – 4 Jul 2025"]),
        ("2025-12-30..2026-01-02", ["All of it", "30 Dec 2025 – 2 Jan 2026"]),
    ],
)
def test_crumbs_lead_back_out_to_all_of_it(zoom: str, words: list[str]) -> None:
    crumbs = Zooming(asked(f"zoom={zoom}&kind=order.placed&after=100"), BERLIN).crumbs(overview(zoom))
    assert [one.words for one in crumbs] == words
    assert crumbs[0].address == "/w/shop/people/user:1?kind=order.placed"
    assert all("after" not in one.address and "kind=order.placed" in one.address for one in crumbs)


def test_lenses_go_closer_and_on_and_never_beyond_what_there_is() -> None:
    whole = {one.name: one for one in Zooming(asked(), BERLIN).lenses(overview())}
    assert {name: one.changes for name, one in whole.items()} == {
        "closer": True, "farther": False, "earlier": False, "later": False, "all": False,
    }  # fmt: skip
    month = {
        one.name: one.address.partition("zoom=")[2] for one in Zooming(asked("zoom=2025-06"), BERLIN).lenses(overview("2025-06"))
    }
    assert month == {
        "closer": "2025-06-08..2025-06-23", "farther": "2025-05-17..2025-07-15", "earlier": "2025-05-17..2025-06-15",
        "later": "2025-06-16..2025-07-15", "all": "",
    }  # fmt: skip
    day = {one.name: one.address.partition("zoom=")[2] for one in Zooming(asked(), "UTC").lenses(overview("2025-06-03", "UTC"))}
    assert day["closer"] == "2025-06-03T06%3A00Z..2025-06-03T18%3A00Z"


@settings(max_examples=30)
@given(st.lists(st.sampled_from(["closer", "farther", "earlier", "later"]), max_size=14), st.sampled_from(ZONES))
def test_wherever_lenses_lead_there_is_a_span_inside_of_the_whole(ways: list[str], zone: str) -> None:
    zoom = ""
    for way in ways:
        seen = overview(zoom, zone)
        lens = {one.name: one for one in Zooming(asked(), zone).lenses(seen)}[way]
        zoom = lens.address.partition("zoom=")[2].replace("%3A", ":")
        there = read_zoom(zoom, zone) or seen.whole
        assert seen.whole.start <= there.start < there.end <= seen.whole.end
        assert lens.changes == (there != seen.shown)


def test_a_visit_is_gone_into_in_whole_minutes() -> None:
    start = datetime(2026, 3, 14, 8, 12, 33, tzinfo=UTC)
    visit = StripVisit(1, start, start + timedelta(minutes=3), 4, 0, {"web": 4})
    assert Zooming(asked(), BERLIN).visit(visit).endswith("zoom=2026-03-14T08%3A12Z..2026-03-14T08%3A16Z")
