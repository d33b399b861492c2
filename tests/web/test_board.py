"""Boards, targets and what happened, in the browser and against forms that nobody meant."""

from __future__ import annotations

import re

import pytest

from touchpath.model.errors import NotAllowed
from touchpath.web.access import Action, LoopbackPolicy
from touchpath.web.app import build_app

PAGE = {"accept": "text/html"}
TARGET = "/w/shop/metrics/task_success/target?subject=checkout"


@pytest.fixture
def shop(fresh):
    """An application of its own: these tests write."""
    return build_app(fresh)


@pytest.fixture
def get(send, shop):
    return lambda path: send(shop, "GET", path, headers=PAGE).text


def post(send, shop, path, **form):
    return send(shop, "POST", path, data=form, headers=PAGE)


def test_a_target_stands_on_the_metric_on_its_board_and_at_home(send, shop, get):
    assert "Set a target" in get("/w/shop/metrics/task_success?subject=checkout")
    answer = post(send, shop, TARGET, value="95", due="2026-09-30", why="promised")
    assert (answer.status_code, answer.headers["location"]) == (303, "/w/shop/metrics/task_success?subject=checkout")
    metric = get("/w/shop/metrics/task_success?subject=checkout")
    assert re.search(r"Target 95\s%", metric)
    assert re.search(r"Dashed line: target, 95", metric)
    for page in (get("/w/shop/board?of=journey:buy"), get("/w/shop/")):
        assert re.search(r"target missed</span> <small>Target 95\s% by 30 Sep 2026", page)
    assert "promised" in get(TARGET)


def test_a_target_that_is_taken_away_can_be_brought_back(send, shop, get):
    post(send, shop, TARGET, value="95,5", due="", why="")
    gone = post(send, shop, TARGET.replace("/target", "/target/drop"))
    assert gone.status_code == 303
    assert "Dashed line" not in get("/w/shop/metrics/task_success?subject=checkout")
    assert len(re.findall("<tr><th scope=.row", get(TARGET))) == 1
    assert post(send, shop, TARGET.replace("/target", "/target/drop")).status_code == 404


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"value": "high"}, "The target came as &#39;high&#39;"),
        ({"value": "120"}, "runs from 0 to 1"),
        ({"value": "nan"}, "but nan came"),
        ({"value": "90", "due": "soon"}, "The day came as &#39;soon&#39;"),
        ({"value": "<script>alert(1)</script>"}, "&lt;script&gt;"),
    ],
)
def test_a_target_that_cannot_be_meant_is_shown_again_with_the_reason(send, shop, get, form, said):
    answer = post(send, shop, TARGET, **form)
    assert answer.status_code == 400
    assert said in answer.text
    assert "<script>alert" not in answer.text
    assert "Targets so far" not in get(TARGET)


def test_what_neither_more_nor_less_is_better_of_gets_no_target(send, shop, get):
    assert post(send, shop, "/w/shop/metrics/active_people/target", value="5").status_code in (303, 400)
    assert post(send, shop, "/w/shop/metrics/nobody/target", value="5").status_code == 404


def test_what_happened_is_marked_on_trends_until_it_is_taken_back(send, shop, get):
    assert "Nothing is marked yet" in get("/w/shop/board/happenings")
    post(send, shop, "/w/shop/board/happenings", day="2026-03-10", title="<b>Version 4</b>", sort="release", about="new form")
    board = get("/w/shop/board?of=journey:buy")
    assert "&lt;b&gt;Version 4&lt;/b&gt;" in board
    assert 'class="event"' in board
    id = re.search(r"happenings/([0-9a-f]{12})/take-back", get("/w/shop/board/happenings"))[1]
    assert post(send, shop, f"/w/shop/board/happenings/{id}/take-back").status_code == 303
    assert "Version 4" not in get("/w/shop/board?of=journey:buy")
    assert post(send, shop, f"/w/shop/board/happenings/{id}/take-back").status_code == 404
    post(send, shop, f"/w/shop/board/happenings/{id}/bring-back")
    assert "Version 4" in get("/w/shop/board?of=journey:buy")


def test_a_happening_without_a_day_keeps_what_was_typed(send, shop):
    answer = post(send, shop, "/w/shop/board/happenings", day="", title="Version 4", sort="policy", about="x")
    assert answer.status_code == 400
    assert 'value="Version 4"' in answer.text
    assert '<option value="policy" selected>' in answer.text


def test_whoever_may_only_read_sees_no_form(send, fresh):
    class Reader:
        def check(self, action, request):
            LoopbackPolicy().check(action, request)
            if action is Action.SET_TARGETS:
                raise NotAllowed("Readers read.")

    shop = build_app(fresh, policy=Reader())
    assert '<button type="submit" class="primary">' not in send(shop, "GET", "/w/shop/board/happenings", headers=PAGE).text
    assert post(send, shop, TARGET, value="90").status_code == 403


def test_a_board_that_is_not_there_says_which_are(get):
    assert "journey:buy" in get("/w/shop/board?of=journey:bye")
    assert "KIND:ID" in get("/w/shop/board?of=buy")


def test_the_home_of_a_discipline_is_remembered(send, shop):
    answer = send(shop, "GET", "/w/shop/?view=cx", headers=PAGE)
    cookie = answer.headers["set-cookie"]
    assert "touchpath-view=cx" in cookie
    again = send(shop, "GET", "/w/shop/", headers=PAGE | {"cookie": "touchpath-view=cx"}).text
    weakest = again[again.index("What is weakest") :]
    assert weakest.index('<span class="tag">CX</span>') < weakest.index('<span class="tag">UX</span>')


@pytest.mark.parametrize(
    ("weight", "said"),
    [
        ("people", "Each person counts once"),
        ("account", "Each account counts once"),
        ("revenue", "by what they paid in the last year"),
    ],
)
def test_a_board_says_what_its_numbers_are_weighed_by(send, shop, get, weight, said):
    post(send, shop, TARGET, value="95")
    page = get(f"/w/shop/board?of=journey:buy&weight={weight}")
    assert said in page
    assert re.search(rf'<option value="{weight}" selected', page)
    assert "effective n 56.2 of" in page
    assert "design effect 3.04" in page
    assert "34 accounts" in page
    assert "1,910 left out" in page
    assert "as defined: accounts do not weigh in this number" in page
    assert "target missed" not in page  # a target is of the number as it is defined
    assert f"weight={weight}" in re.search(r'href="(/w/shop/journeys/buy[^"]*)"', page)[1]  # and it stays while moving


def test_a_board_without_a_weight_says_nothing_of_weights(get):
    page = get("/w/shop/board?of=journey:buy")
    assert "effective n" not in page
    assert "as defined:" not in page


def test_a_weight_that_is_none_is_refused_with_what_there_is(send, shop):
    answer = send(shop, "GET", "/w/shop/board?weight=heavy", headers=PAGE)
    assert answer.status_code == 400
    assert "people, account, revenue" in answer.text
