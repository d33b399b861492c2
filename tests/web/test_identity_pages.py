"""Who is whom in the browser and as JSON: read by those who may read people, changed by a form of our own page only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

Send = Callable[..., httpx.Response]
PAGE = "/w/shop/identity?actor=user:42"
FORM = {"content-type": "application/x-www-form-urlencoded"}


def test_the_page_tells_each_link_with_what_speaks_for_it(request_page: Send) -> None:
    text = request_page(PAGE).text
    for words in ("Joined by", "Not joined", "Several people use this device", "12 signals name both", "Decided by members"):
        assert words in text
    assert "3 more links are not shown" in text
    assert "<script>alert" not in text


def test_the_page_of_a_shared_device_tells_whose_it_was(request_page: Send) -> None:
    text = request_page("/w/shop/identity?actor=anonymous:tablet").text
    assert "Whose this device was" in text
    assert "Nobody’s" in text


def test_the_page_of_a_person_tells_why_its_ids_are_one(request_page: Send) -> None:
    text = request_page("/w/shop/people/user:42").text
    assert "Why these ids are one person" in text
    assert "/w/shop/identity?actor=user%3A42" in text


def test_an_unknown_id_is_told_as_such(request_page: Send) -> None:
    assert request_page("/w/shop/identity?actor=user:nobody").status_code == 404


def test_a_decision_is_kept_and_taken_back_by_forms(app: object, request_page: Send, workspaces: Any) -> None:
    body = "actor=user%3A42&do=apart&one=user%3A42&other=anonymous%3A9f&why=Two+people"
    answer = request_page("/w/shop/identity", "POST", FORM, content=body)
    assert (answer.status_code, answer.headers["location"]) == (303, "/w/shop/identity?actor=user%3A42")
    made = workspaces["shop"].decided[-1]
    assert (made.verdict, made.ids, made.why) == ("apart", ("user:42", "anonymous:9f"), "Two people")
    request_page("/w/shop/identity", "POST", FORM, content=f"actor=user%3A42&do=undo&one={made.id}&why=no")
    assert made not in workspaces["shop"].decided


def test_what_cannot_be_decided_is_told_on_the_page_and_nothing_typed_is_lost(request_page: Send) -> None:
    answer = request_page("/w/shop/identity", "POST", FORM, content="actor=user%3A42&do=same&one=user%3A42&other=user%3A77&why=")
    assert answer.status_code == 400
    assert "Say why" in answer.text
    assert 'value="user:77"' in answer.text


def test_another_sites_form_changes_nothing(request_page: Send, workspaces: Any) -> None:
    before = list(workspaces["shop"].decided)
    body = "actor=user%3A42&do=apart&one=user%3A42&other=anonymous%3A9f&why=x"
    answer = request_page("/w/shop/identity", "POST", FORM | {"origin": "https://evil.example"}, content=body)
    assert answer.status_code == 403
    assert workspaces["shop"].decided == before


def test_programs_read_and_decide(request_json: Send) -> None:
    place = "/api/v1/workspaces/shop/identity"
    found = request_json(f"{place}?actor=user:42").json()
    assert [one["id"] for one in found["ids"]] == ["user:42", "anonymous:9f", "anonymous:tablet"]
    assert found["joined"][0]["rule"] == "identify"
    made = request_json(place, "POST", json={"verdict": "same", "ids": ["user:42", "user:3"], "why": "One customer"})
    assert made.status_code == 201
    undo = {"verdict": "undo", "ids": [made.json()["id"]], "why": "no"}
    assert request_json(place, "POST", json=undo).json()["verdict"] == "open"
    assert request_json(place, "POST", json=undo).status_code == 404
    assert request_json(place, "POST", json={"verdict": "merge", "ids": [], "why": "x"}).status_code == 400
