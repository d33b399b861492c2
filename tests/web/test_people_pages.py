"""Accounts, segments and long timelines as somebody reads them: what leads where, and what stays hidden."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from html import unescape

import httpx
import pytest

from touchpath.model.errors import NotAllowed
from touchpath.model.rules import Condition, EventRule
from touchpath.web.access import Action
from touchpath.web.app import build_app
from touchpath.web.rule_words import told_rule

Get = Callable[..., httpx.Response]


class NumbersOnly:
    """A policy under which nobody sees people."""

    def check(self, action: Action, request: object) -> None:
        if action in (Action.READ_PEOPLE, Action.READ_CLEAR):
            raise NotAllowed("Only numbers.")


@pytest.fixture
def closed(workspaces: dict[str, object]) -> object:
    return build_app(workspaces, policy=NumbersOnly())  # type: ignore[arg-type]


def test_a_moment_of_friction_leads_to_the_next_in_either_direction(request_page: Get) -> None:
    text = unescape(request_page("/w/shop/people/user:42").text)
    marked = re.findall(r'class="entry mark-\d rough" id="s-(\d+)"', text)
    assert len(marked) == 6
    jumps = re.findall(r'<a class="quiet-link" href="#s-(\d+)">', text)
    assert set(jumps) == set(marked)


def test_parts_of_a_timeline_keep_the_filter(request_page: Get) -> None:
    text = unescape(request_page("/w/shop/accounts/acme?kind=page.viewed").text)
    assert '<option value="page.viewed" selected>' in text
    assert "Show newer signals" not in text


def test_a_visit_is_told_whole_where_a_day_has_only_a_part_of_it(request_page: Get) -> None:
    text = request_page("/w/shop/people/user:42").text
    assert "4 signals in one visit" in text
    assert "3 of them here" in text


def test_a_timeline_is_gone_into_by_links_and_its_list_follows(request_page: Get) -> None:
    whole = unescape(request_page("/w/shop/people/user:42?kind=page.viewed").text)
    assert "6 signals; most of all" in whole
    links = re.findall(r'<a class="point" href="([^"]+)"', whole)
    assert len(links) == 6
    assert all("kind=page.viewed" in link and "zoom=" in link for link in links)
    part = unescape(request_page(links[2]).text)
    assert len(re.findall(r'<li class="entry', part)) == 1
    assert '<input type="hidden" name="zoom"' in part  # searching and filtering stay where one is
    days = re.findall(r'<h2><a href="([^"]+)"><time datetime="2026-06-29"', whole)
    day = unescape(request_page(days[0]).text)
    assert set(re.findall(r'<time datetime="([\d-]{10})">', day)) == {"2026-06-29"}
    assert '<span aria-current="true">29</span>' in day


def test_a_visit_is_gone_into_from_its_line(request_page: Get) -> None:
    text = unescape(request_page("/w/shop/people/user:42").text)
    visit = re.findall(r'<p class="visit"><a href="([^"]+)">', text)[0]
    assert len(re.findall(r'<li class="entry', request_page(visit.replace("&amp;", "&")).text)) == 4


@pytest.mark.parametrize("path", ["/w/shop/people/user:42", "/w/shop/accounts/acme"])
def test_a_stretch_of_time_without_signals_leads_back_to_all_of_them(path: str, request_page: Get) -> None:
    text = request_page(f"{path}?zoom=2019-02").text
    assert ">No signals here</h" in text
    assert "Nothing to read in this stretch of time" in text
    assert f'<a class="button primary" href="{path}">All of it</a>' in text
    assert request_page(f"{path}?zoom=soon").status_code == 400


def test_an_overview_is_had_as_numbers_and_as_a_picture(request_page: Get) -> None:
    numbers = request_page("/w/shop/people/user:42?figure=lanes&as=csv").text.splitlines()
    assert numbers[0] == "start,end,signals,signals_web,signals_tickets,signals_surveys,signals_billing,friction"
    assert sum(int(line.split(",")[2]) for line in numbers[1:]) == 24
    picture = request_page("/w/shop/people/user:42?figure=lanes&as=svg").text
    assert picture.count('fill="#0a6a73"') == 1
    assert "href" not in picture


def test_accounts_are_a_file_without_formulas(request_page: Get) -> None:
    answer = request_page("/w/shop/accounts.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="accounts.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["account"] for row in rows] == ["acme", "weird/<b>name</b>", "silent"]
    assert rows[0]["paid"] == "320.0"


@pytest.mark.parametrize(
    ("language", "words"), [("en", "hidden: a group of fewer than 5"), ("de", "verborgen: eine Gruppe von weniger als 5")]
)
def test_a_hidden_number_of_an_account_says_so_in_every_language(language: str, words: str, request_page: Get) -> None:
    assert words in request_page("/w/shop/accounts/acme", headers={"accept": "text/html", "accept-language": language}).text


def test_whoever_may_not_see_people_gets_accounts_without_them(closed: object, send: Get) -> None:
    text = send(closed, "GET", "/w/shop/accounts/acme", headers={"accept": "text/html"}).text
    assert "shown to those who may see people" in text
    assert "/w/shop/people" not in text
    assert "Every signal of all silos" not in text
    assert send(closed, "GET", "/api/v1/workspaces/shop/account-signals/acme").status_code == 403


def test_whoever_may_not_see_people_gets_segments_without_them(closed: object, send: Get) -> None:
    text = send(closed, "GET", "/w/shop/segments/persona:regular", headers={"accept": "text/html"}).text
    assert "Single people are shown" in text
    assert "/w/shop/people" not in text


def test_people_of_a_segment_can_be_explored_and_compared(request_page: Get) -> None:
    text = request_page("/w/shop/segments/persona:regular").text
    links = [unescape(one) for one in re.findall(r'<a class="button" href="([^"]+)"', text)]
    assert any(one.startswith("/w/shop/explore/sessions?") and "regular" in one for one in links)
    assert any(one.startswith("/w/shop/metrics/nps?") and "by=persona" in one for one in links)
    explored = request_page(next(one for one in links if one.startswith("/w/shop/explore/")))
    assert explored.status_code == 200
    assert "regular" in explored.text


def test_hidden_sizes_are_dashes_and_say_so(request_page: Get) -> None:
    text = request_page("/w/shop/segments/persona:few").text
    assert "hidden: a group of fewer than 5 people" in text
    assert re.search(r'<span aria-hidden="true">—</span><span class="unseen">hidden</span>', text)


def test_the_api_tells_groups_and_accounts(request_json: Get) -> None:
    groups = request_json("/api/v1/workspaces/shop/segments", params={"by": "plan"}).json()
    assert {one["id"] for one in groups["groups"]} >= {"persona:regular", "segment:plan:free"}
    few = next(one for one in groups["groups"] if one["id"] == "persona:few")
    assert (few["people"], few["share"]["n"]) == (None, None)
    one = request_json("/api/v1/workspaces/shop/segments/persona:regular").json()
    assert one["beside"][0]["contrasts"][0]["verdict"]
    accounts = request_json("/api/v1/workspaces/shop/accounts", params={"sort": "renewal"}).json()
    assert accounts["accounts"][0]["renewal"] == "2027-01-31"
    assert request_json("/api/v1/workspaces/shop/accounts/acme").json()["roles"][0]["role"] == "Buyer"
    part = request_json("/api/v1/workspaces/shop/account-signals/acme", params={"limit": 3}).json()
    assert (len(part["entries"]), part["matching"], part["friction"]) == (3, 24, 6)


@pytest.mark.parametrize("path", ["/w/shop/segments?grain=hour", "/w/shop/accounts?after=-1"])
def test_what_an_address_cannot_ask_is_said(path: str, request_page: Get) -> None:
    assert request_page(path).status_code == 400


@pytest.mark.parametrize("path", ["/w/shop/people/user:42", "/w/shop/accounts", "/w/shop/accounts/acme"])
def test_a_period_that_is_carried_along_is_not_taken_for_a_part_of_a_list(path: str, request_page: Get) -> None:
    carried = "period=custom&start=2026-01-01&end=2026-02-01"
    assert request_page(f"{path}?{carried}&after=20").status_code == 200


def test_rules_are_told_in_plain_words() -> None:
    rule = EventRule(
        ("order.placed", "store.bought"),
        (Condition("properties.gift", "equals", True), Condition("value", ">", 20.0), Condition("account", "exists", False)),
    )
    assert (
        told_rule(rule) == "order.placed or store.bought, where gift is true and value is more than 20 and account is not known"
    )
    assert (
        told_rule(EventRule((), (Condition("channel", "in", ("web", "app")),)))
        == "any signal, where channel is one of web or app"
    )
