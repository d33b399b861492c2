"""Days and times are those of the workspace's zone, and say so."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from touchpath.web.app import build_app

Get = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def tokyo(workspaces: dict[str, object]) -> FastAPI:
    """The shop, nine hours ahead of UTC: its last signal is of midnight UTC, which is 9:00 of the same day there."""
    shop = workspaces["shop"]
    moved = type(shop)("tokyo", "Tokyo", shop.experience(), zone="Asia/Tokyo")  # type: ignore[attr-defined,call-arg]
    return build_app({"tokyo": moved})  # type: ignore[dict-item]


@pytest.fixture
def read(tokyo: FastAPI, send: Get) -> Callable[[str], str]:
    def page(path: str) -> str:
        return send(tokyo, "GET", path, headers={"accept": "text/html"}).text

    return page


def test_a_persons_signals_stand_under_the_days_and_times_of_the_zone(read: Callable[[str], str]) -> None:
    text = read("/w/tokyo/people/user:42")
    assert "times in Asia/Tokyo" in text
    assert '<time datetime="2026-07-01">1 Jul 2026</time>' in text
    assert '<time datetime="2026-06-30T17:00:00+00:00">02:00:00</time>' in text


@pytest.mark.parametrize("path", ["", "journeys/buy", "people", "metrics/nps?subject=nps", "data/catalogue"])
def test_every_page_names_the_zone(path: str, read: Callable[[str], str]) -> None:
    assert "Days and times in Asia/Tokyo" in read(f"/w/tokyo/{path}")


def test_the_days_of_a_filter_are_days_of_the_zone(read: Callable[[str], str]) -> None:
    text = read("/w/tokyo/journeys/buy?period=custom&start=2026-02-01&end=2026-02-28")
    assert "1 Feb 2026 – 28 Feb 2026" in text


def test_the_days_of_the_api_are_days_of_the_zone(tokyo: FastAPI, send: Get) -> None:
    measured = send(
        tokyo, "GET", "/api/v1/workspaces/tokyo/measure?metric=nps&subject=nps&start=2026-02-01&end=2026-03-01"
    ).json()
    assert measured["period"] == {"start": "2026-01-31T15:00:00Z", "end": "2026-02-28T15:00:00Z"}
    assert send(tokyo, "GET", "/api/v1/workspaces/tokyo").json()["zone"] == "Asia/Tokyo"


def test_no_page_asks_for_a_day_without_saying_in_which_zone() -> None:
    templates = Path(import_module("touchpath.web").__file__ or "").parent / "templates"
    for template in templates.glob("*.html"):
        text = template.read_text("utf-8")
        assert not any(f"|{name} " in text or f"|{name}}}" in text for name in ("day", "clock", "period")), template.name
