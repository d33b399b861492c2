"""A journey with branches in a real workspace, as its page and the API show it: every step stands there, and only sure ones have rates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from html import unescape

import httpx
import pytest
from fastapi import FastAPI

from touchpath import Signal
from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.web.app import build_app

Send = Callable[..., httpx.Response]
MODEL = """
format: touchpath-model/1
about: "Made by hand."
brand: {id: shop, title: Shop}
journeys:
  - id: buy
    title: Buy
    window: 1d
    stages:
      - {id: look, title: Look, steps: [{id: see, title: See, match: {kind: seen}}]}
      - id: act
        title: Act
        steps:
          - {id: card, title: Pay by card, match: {kind: paid.card}}
          - {id: bill, title: Pay by bill, match: {kind: paid.bill}}
          - {id: got, title: Get it, match: {kind: got}}
          - {id: rate, title: Rate it, match: {kind: rated}}
    flow: [see, {repeat: {one_of: [card, bill]}}, got, {optional: rate}]
"""
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
#: Eight see it, three pay by card and two by bill, four of these get it, one rates it.
WAYS = [
    ["seen"], ["seen"], ["seen"], ["seen", "paid.card"], ["seen", "paid.card", "got"], ["seen", "paid.bill", "got"],
    ["seen", "paid.bill", "paid.card", "got"], ["seen", "paid.card", "got", "rated"],
]  # fmt: skip
BRANCHES = ("card", "bill", "rate")


@pytest.fixture(scope="module")
def branched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    folder = tmp_path_factory.mktemp("branched") / "shop"
    create_workspace(folder)
    with closing(open_workspace(folder)) as workspace:
        workspace.models.apply(MODEL, "test", "the model")
        workspace.record(
            Signal("test", f"{person}.{place}", kind, START + timedelta(minutes=place), (f"user:{person}",))
            for person, way in enumerate(WAYS)
            for place, kind in enumerate(way)
        )
        workspace.record([Signal("test", "end", "other", START + timedelta(days=9), ("user:end",))])
        yield build_app({"shop": workspace.platform})  # type: ignore[dict-item]


def test_the_page_shows_every_step_and_no_rate_of_a_branch(branched: FastAPI, send: Send) -> None:
    page = send(branched, "GET", "/w/shop/journeys/buy", headers={"accept": "text/html"})
    assert page.status_code == 200
    said = " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())
    assert all(title in said for title in ("See", "Pay by card", "Pay by bill", "Get it", "Rate it"))
    assert "not everybody has to pass this step" in said
    assert "Most are lost between 'See' and 'Get it': 50.0%" in said


def test_the_api_gives_numbers_to_sure_steps_and_reasons_to_branches(branched: FastAPI, send: Send) -> None:
    found = send(branched, "GET", "/api/v1/workspaces/shop/journeys/buy/map").json()
    steps = {step["id"]: step for stage in found["stages"] for step in stage["steps"]}
    assert {id: step["volume"]["value"] for id, step in steps.items()} == {"see": 8, "card": 4, "bill": 2, "got": 4, "rate": 1}
    assert (steps["got"]["completion"]["value"], steps["got"]["completion"]["n"]) == (0.5, 8)
    for id in BRANCHES:
        for lane in ("reach", "completion", "drop_off", "time"):
            assert steps[id][lane]["value"] is None
            assert "not everybody has to pass this step" in steps[id][lane]["reason"]


def test_queries_of_the_journey_are_answered_through_the_api_together(branched: FastAPI, send: Send) -> None:
    """A list of queries to a real platform: answers in their places, an error where one cannot be asked."""
    asked = "[{query: conformance, journey: buy}, {query: volume, of: [nowhere.seen]}, {query: conformance, journey: sell}]"
    answer = send(branched, "POST", "/api/v1/workspaces/shop/ask", content=asked)
    assert answer.status_code == 200
    first, second, third = answer.json()
    assert first["tables"]
    assert any("nowhere.seen" in note for note in second["notes"])
    assert "buy" in third["problem"]["detail"]
    alone = send(branched, "POST", "/api/v1/workspaces/shop/ask", content="{query: conformance, journey: buy}")
    assert alone.json() == first


def test_a_query_of_the_journey_is_explained_as_it_is_asked(branched: FastAPI, send: Send) -> None:
    asked = "{query: conformance, journey: buy}"
    explained = send(branched, "POST", "/api/v1/workspaces/shop/explain?run=true", content=asked).json()
    assert explained["query"] == "conformance"
    assert [one["column"] for one in explained["columns"]] == ["(starts)", "(times)", "kind"]
    assert explained["spent"]["read_seconds"] >= 0
