"""Pages of journeys over a real workspace: what the address narrows and compares, paths beside the design, people by right."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from html import unescape
from urllib.parse import urlencode

import httpx
import pytest
from fastapi import FastAPI
from tests.services.journey_shop import MODEL, signals
from tests.services.service_desk import FIRST as FIRST_DESIGN
from tests.services.service_desk import HEAD
from tests.services.service_desk import SECOND as SECOND_DESIGN
from tests.services.service_desk import signals as at_desk

from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.errors import NotAllowed
from touchpath.web.access import Action
from touchpath.web.app import build_app

Send = Callable[..., httpx.Response]
HTML = {"accept": "text/html"}


@pytest.fixture(scope="module")
def journeys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    folder = tmp_path_factory.mktemp("journeys") / "shop"
    create_workspace(folder)
    with closing(open_workspace(folder)) as workspace:
        workspace.models.apply(MODEL, "test", "the model")
        workspace.record(signals())
        yield build_app({"shop": workspace.platform})  # type: ignore[dict-item]


def said(answer: httpx.Response) -> str:
    """The words of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def test_the_map_compares_a_period_with_the_one_before_as_one_family(journeys: FastAPI, send: Send) -> None:
    address = "/w/shop/journeys/buy?period=custom&start=2026-03-30&end=2026-04-26&compare=before"
    words = said(send(journeys, "GET", address, headers=HTML))
    assert "From previous step at Place the order: " in words
    assert "corrected for all of them together (Holm)" in words
    assert "no detectable change" in words


def test_the_map_takes_the_lanes_and_the_zoom_of_its_address(journeys: FastAPI, send: Send) -> None:
    page = send(journeys, "GET", "/w/shop/journeys/buy?zoom=stage&lane=volume&lane=friction&persona=regular", headers=HTML)
    assert '<tr class="lane-volume">' in page.text
    assert '<tr class="lane-friction">' in page.text
    assert '<tr class="lane-contacts">' not in page.text
    assert 'value="friction" checked' in page.text
    assert '<option value="regular" selected>' in page.text


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("zoom=galaxy", "There are: stage, step, touchpoint, task"),
        ("lane=volum", "Did you mean 'volume'"),
        ("beside=web", "DIMENSION:VALUE"),
        ("persona=x", "persona"),
        ("role=x", "role"),
        ("version=two", "the number of a revision"),
        ("version=9", "no revision 9"),
        ("version=1&beside=channel:web", "not with several at once"),
    ],
)
def test_an_address_that_cannot_be_read_says_what_would_do(journeys: FastAPI, send: Send, query: str, words: str) -> None:
    answer = send(journeys, "GET", f"/w/shop/journeys/buy?{query}", headers=HTML)
    assert answer.status_code in (400, 404)
    assert words in said(answer)


def test_lanes_without_any_number_are_told_apart_with_their_reason(journeys: FastAPI, send: Send) -> None:
    words = said(send(journeys, "GET", "/w/shop/journeys/buy", headers=HTML))
    assert "Page speed No page speed is recorded: no signal of page.measured came." in words


def test_moves_are_drawn_over_the_design_and_lead_to_the_people_who_made_them(journeys: FastAPI, send: Send) -> None:
    page = send(journeys, "GET", "/w/shop/journeys/buy/paths", headers=HTML)
    drawn = json.loads(unescape(re.search(r"<by-hand drawn='([^']+)'", page.text)[1]))  # type: ignore[index]
    assert {(one["from"], one["to"], one["tone"]) for one in drawn["moves"]} == {(0, 1, "plain"), (1, 2, "plain")}
    assert [one["note"].replace("\u202f", " ") for one in drawn["places"]] == [
        "dead end for 25.0 %",
        "dead end for 35.0 %",
        "last for 100.0 %",
    ]
    assert "Every move is one that was designed" in said(page)
    made = next(one for one in drawn["moves"] if one["to"] == 2)
    assert "78 people" in said(send(journeys, "GET", made["href"], headers=HTML))
    follows = send(journeys, "GET", drawn["places"][0]["href"], headers=HTML)
    assert follows.status_code == 200
    assert "Start to pay" in said(follows)


def test_observed_paths_stand_over_the_designed_one(journeys: FastAPI, send: Send) -> None:
    answer = send(journeys, "GET", "/w/shop/journeys/buy/paths", headers=HTML)
    assert answer.status_code == 200
    words = said(answer)
    for told in ("Journeys as designed", "Ways that were taken", "Loops", "Ended here", "See Start to pay Place the order"):
        assert told in words


def test_a_step_tells_its_numbers_and_leads_to_its_people_only_by_right(journeys: FastAPI, send: Send) -> None:
    page = send(journeys, "GET", "/w/shop/journeys/buy/steps/start", headers=HTML)
    link = "/w/shop/journeys/buy/steps/start/people?group=no+further"
    assert link in page.text
    people = said(send(journeys, "GET", link, headers=HTML))
    assert "People who came to this step and no further" in people
    assert "user:p0-5" in people

    class NumbersOnly:
        def check(self, action: Action, request: object) -> None:
            if action is Action.READ_PEOPLE:
                raise NotAllowed("Only numbers.")

    closed = build_app(journeys.state.workspaces, policy=NumbersOnly())
    assert link not in send(closed, "GET", "/w/shop/journeys/buy/steps/start", headers=HTML).text
    assert send(closed, "GET", link, headers=HTML).status_code == 403


def test_the_atlas_tells_every_journey_with_its_worst_step(journeys: FastAPI, send: Send) -> None:
    answer = send(journeys, "GET", "/w/shop/journeys?period=custom&start=2026-04-01&end=2026-05-05", headers=HTML)
    assert answer.status_code == 200
    words = said(answer)
    for told in ("Buy", "80", "30 %", "Place the order", "60 % lost", "nobody"):
        assert told in words.replace("\N{NARROW NO-BREAK SPACE}", " ")
    gone = said(send(journeys, "GET", "/w/shop/journeys?channel=fax", headers=HTML))
    assert "No segment is called 'fax'" in gone


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    folder = tmp_path_factory.mktemp("desks") / "desk"
    create_workspace(folder)
    with closing(open_workspace(folder)) as workspace:
        workspace.models.apply(HEAD + FIRST_DESIGN, "ada", "the first design")
        workspace.models.apply(HEAD + SECOND_DESIGN, "ben", "without signing in", onto=1)
        workspace.record(at_desk())
        yield build_app({"desk": workspace.platform})  # type: ignore[dict-item]


def test_two_versions_stand_on_one_page_with_what_only_one_of_them_has(desk: FastAPI, send: Send) -> None:
    plain = send(desk, "GET", "/w/desk/journeys/help", headers=HTML)
    assert '<option value="1">version 1 of ' in plain.text
    assert "Sign in" not in said(plain)
    both = send(desk, "GET", "/w/desk/journeys/help?version=1", headers=HTML)
    words = said(both)
    assert "only in the older version Sign in" in words
    assert "new in this version Fill the form" in words
    assert "counted the same in both versions" in words
    assert "40 in version 1 , 95" in words


def test_the_map_is_looked_at_from_near_and_every_number_leads_on(desk: FastAPI, send: Send) -> None:
    near = send(desk, "GET", "/w/desk/journeys/help?zoom=touchpoint&role=payer", headers=HTML)
    assert near.status_code == 200
    assert "/w/desk/journeys/help/steps/open?role=payer#cost" in near.text
    step = send(desk, "GET", "/w/desk/journeys/help/steps/open?role=payer", headers=HTML)
    words = said(step)
    for told in ("Only people of: Payer.", "About Cost to serve", "Show me the people"):
        assert told in words
    people = "/w/desk/journeys/help/steps/open/people?group=contact&amp;role=payer"
    assert people in step.text
    assert send(desk, "GET", people.replace("&amp;", "&"), headers=HTML).status_code == 200
    tasks = said(send(desk, "GET", "/w/desk/journeys/help?zoom=task", headers=HTML))
    assert "told step by step: look at the steps" in tasks.lower()


def test_what_is_in_trouble_says_so_in_words(desk: FastAPI, send: Send) -> None:
    page = send(desk, "GET", "/w/desk/journeys/help", headers=HTML).text
    heads = re.findall(r'<th scope="col" class="trouble">(.*?)</th>', page, re.S)
    assert len(heads) == 1  # 40 of 100 never open the form; of those who do, 6 in 60 and some more are lost.
    assert "Fill the form" in heads[0]
    assert "largest loss" in heads[0]


def test_a_journey_by_role_hides_few_from_those_who_may_not_see_them(desk: FastAPI, send: Send) -> None:
    words = said(send(desk, "GET", "/w/desk/journeys/help/parties?by=role", headers=HTML))
    assert "Everybody 100" in words
    assert "Payer 10" in words
    assert "By role people may be in several or in none" in words
    wrong = send(desk, "GET", "/w/desk/journeys/help/parties?by=status", headers=HTML)
    assert (wrong.status_code, "There are: persona, role" in said(wrong)) == (404, True)

    class NumbersOnly:
        def check(self, action: Action, request: object) -> None:
            if action is Action.READ_PEOPLE:
                raise NotAllowed("Only numbers.")

    (platform,) = desk.state.workspaces.values()
    closed = build_app({"desk": replace(platform, smallest_group=11)}, policy=NumbersOnly())
    hidden = said(send(closed, "GET", "/w/desk/journeys/help/parties?by=role", headers=HTML))
    assert "Payer 10" not in hidden
    assert "fewer than 11 people" in hidden


CARD = "/w/shop/journeys/buy/steps/order/card"
WRITTEN = {
    "revision": "0", "owner_product": "Ada", "accountable": "product", "ux": "task_success:pay", "ux_target": "0.9",
    "decision": "One page", "rationale": "Two pages lost people", "changed_on": "2026-04-01", "why": "the workshop",
}  # fmt: skip


def post(send: Send, app: FastAPI, path: str, form: dict[str, str]) -> httpx.Response:
    return send(app, "POST", path, headers=HTML | {"content-type": "application/x-www-form-urlencoded"}, content=urlencode(form))


def test_a_card_is_written_told_at_its_honest_strength_and_taken_back(journeys: FastAPI, send: Send) -> None:
    kept = post(send, journeys, CARD, WRITTEN)
    assert (kept.status_code, kept.headers["location"]) == (303, "/w/shop/journeys/buy/steps/order")
    words = said(send(journeys, "GET", "/w/shop/journeys/buy/steps/order", headers=HTML))
    for told in (
        "Ada",
        "accountable",
        "Target 90",
        "One page",
        "Why: Two pages lost people",
        "Only a description, and no answer",
        "the workshop",
    ):
        assert told in words
    assert "28 days before" in words
    back = post(send, journeys, f"{CARD}/undo", {"revision": "1"})
    assert back.status_code == 303
    assert "One page" not in said(send(journeys, "GET", "/w/shop/journeys/buy/steps/order", headers=HTML)).replace("decision", "")


def test_a_faulty_card_keeps_what_was_written_and_says_what_is_wrong_beside_it(journeys: FastAPI, send: Send) -> None:
    answer = post(send, journeys, CARD, WRITTEN | {"ux_target": "much", "changed_on": "soon", "revision": "2"})
    assert answer.status_code == 400
    assert "A target is a plain number, as in 0.9 for 90 %, but 'much' came." in said(answer)
    assert 'aria-describedby="fault-ux_target hint-ux_target" aria-invalid="true"' in answer.text
    assert "Two pages lost people" in answer.text
    late = post(send, journeys, CARD, WRITTEN)
    assert late.status_code == 409
    assert "saved this card in the meantime" in said(late)
