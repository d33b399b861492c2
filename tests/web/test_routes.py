"""Every page and every address: it answers, it is allowed, it is safe."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

import touchpath.web
from touchpath.model.errors import NotAllowed
from touchpath.model.estimate import Estimate, Undefined
from touchpath.services.results import MetricWords
from touchpath.web import app as whole
from touchpath.web.access import Action
from touchpath.web.app import build_app
from touchpath.web.pages.journeys import said_once
from touchpath.web.pages.metrics import by_family
from touchpath.web.routes import OPEN_PATHS, access_page, actions_of, routes_of

Get = Callable[..., httpx.Response]
ROOT = Path(__file__).parents[2]
TEMPLATES = Path(touchpath.web.__file__).parent / "templates"
PAGES = (
    "/", "/design", "/help", "/w/shop/search", "/w/shop/search?q=pay", "/w/shop/settings", "/w/shop/", "/w/shop/journeys/buy", "/w/shop/journeys/buy?period=28&segment=channel:app", "/w/shop/journeys/buy?zoom=stage&period=28&compare=before", "/w/shop/journeys/buy/steps/pay", "/w/shop/journeys/buy/steps/pay/card", "/w/shop/model", "/w/bare/model", "/w/shop/model/text", "/w/shop/model/add?to=journeys", "/w/shop/model/edit?at=journeys/buy", "/w/shop/model/edit?at=journeys/buy/stages/order/steps/pay", "/w/long/journeys/forty/steps/s0-1/card", "/w/empty/journeys/buy/steps/pay",
    "/w/shop/journeys/buy/steps/pay/people?group=here", "/w/shop/journeys", "/w/shop/journeys?sort=-worst", "/w/empty/journeys", "/w/bare/journeys", "/w/long/journeys/forty/steps/s0-1", "/w/empty/journeys/buy/paths", "/w/shop/people",
    "/w/shop/people?q=42", "/w/shop/identity?actor=user:42", "/w/shop/people?q=nobody", "/w/shop/people/user:42", "/w/shop/people/external:a%2Fb?q=parcel",
    "/w/shop/metrics", "/w/shop/metrics/nps", "/w/shop/metrics/task_success?subject=checkout&by=channel&grain=week", "/w/shop/metrics/nps?subject=nps&by=channel",
    "/w/shop/metrics/task_success/number?subject=checkout", "/w/shop/metrics/nps/number?subject=nps&period=28",
    "/w/shop/metrics/task_success/people?subject=checkout&group=succeeded", "/w/shop/metrics/task_success/people?subject=checkout&group=failed",
    "/w/shop/metrics/task_success/number?subject=checkout&by=channel&value=web&since=2026-01-01T00:00:00%2B00:00&until=2026-03-01T00:00:00%2B00:00",
    "/w/shop/metrics/task_success/people?subject=checkout&group=succeeded&by=channel&value=web", "/w/shop/associations", "/w/empty/associations", "/w/shop/associations?ux=task_success:checkout&cx=nps:nps&by=channel",
    "/w/shop/associations?ux=task_success:checkout&cx=nps:nps&by=channel&every=week", "/w/shop/effect", "/w/empty/effect", "/w/shop/effect?metric=task_success", "/w/shop/effect?metric=nps&subject=nps&since=2026-03-01",
    "/w/shop/effect?metric=nps&subject=nps&since=2026-03-01&every=month", "/w/shop/effect?metric=nps&subject=nps&since=2026-03-01&by=channel&treated=web",
    "/w/shop/effect?metric=nps&subject=nps&since=yesterday", "/w/shop/drivers", "/w/empty/drivers", "/w/shop/drivers?outcome=nps&of=csat&of=count:order.placed&weights=channel&every=yes",
    "/w/shop/metrics/task_success/people?subject=checkout&group=abandoned", "/w/empty/metrics/nps/number?subject=nps",
    "/w/shop/metrics/active_people?period=custom&start=2026-02-01&end=2026-03-01", "/w/shop/data/catalogue", "/w/empty/",
    "/w/empty/journeys/buy", "/w/empty/people", "/w/empty/metrics/nps?subject=nps", "/w/empty/data/catalogue", "/w/bare/", "/w/bare/metrics/nps",
    "/w/shop/explore", "/w/empty/explore", "/w/long/explore/flows", "/w/shop/explore/funnel", "/w/shop/explore/volume?q.of.0=order.placed&grain=month",
    "/w/shop/explore/volume?q.of.0=order.placed&q.of.0.where=chanel: web", "/w/shop/explore/volume/people?q.of.0=order.placed&outcome=did",
    "/w/long/", "/w/long/journeys/forty", "/w/long/people/user:1", "/w/long/data/catalogue",
    "/w/shop/voice", "/w/shop/voice?question=csat&period=90&limit=1", "/w/shop/voice?q=never", "/w/shop/voice?did=order.placed&period=90", "/w/shop/voice?did=rage.clicked", "/w/empty/voice", "/w/long/voice", "/w/shop/board", "/w/shop/board?of=product:web&period=28", "/w/shop/board?of=journey:buy", "/w/empty/board", "/w/bare/board", "/w/long/board", "/w/shop/board/happenings", "/w/shop/metrics/nps/target?subject=nps",
    "/w/shop/metrics/active_people/target", "/w/shop/?view=cx", "/w/shop/accounts", "/w/shop/accounts?q=none", "/w/shop/accounts?sort=renewal&weight=revenue&score=nps", "/w/empty/accounts", "/w/bare/accounts",
    "/w/shop/accounts/acme", "/w/shop/accounts/weird%2F%3Cb%3Ename%3C%2Fb%3E?kind=friction", "/w/shop/accounts/silent", "/w/shop/people/user:42?kind=friction", "/w/shop/people/user:42?after=20&clear=true",
    "/w/shop/segments", "/w/shop/segments?by=plan&grain=week&sort=-share", "/w/empty/segments", "/w/bare/segments",
    "/w/long/segments", "/w/shop/segments/persona:regular", "/w/shop/segments/persona:few?grain=quarter", "/w/shop/segments/persona:nobody",
)  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_every_page_answers_with_one_heading_and_the_workspaces_nature(path: str, request_page: Get) -> None:
    answer = request_page(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert len(re.findall("<h1", answer.text)) == 1
    ids = re.findall(r'<[^>]*?\sid="([^"]*)"', answer.text)
    assert [one for one in set(ids) if ids.count(one) > 1] == []
    if path.startswith("/w/"):
        assert 'class="about' in answer.text


def test_every_route_asks_for_leave_but_the_listed_ones(app: FastAPI) -> None:
    routes = list(routes_of(app.routes))
    assert len(routes) > 20
    without = {path for path, route in routes if len(actions_of(route)) != 1}
    assert without == set(OPEN_PATHS)


def test_the_handbook_says_who_may_do_what_at_every_address(app: FastAPI) -> None:
    """To renew: python -c "from touchpath.web.app import build_app as b; from touchpath.web.routes import access_page as p; print(p(b({})), end='')" > docs/reference/access.md"""
    assert (ROOT / "docs" / "reference" / "access.md").read_text("utf-8") == access_page(app)


def test_pages_are_not_read_anew_for_every_application(app: FastAPI) -> None:
    """Routers that are included are, at the first request: half a second of a start."""
    served = {id(route) for route in app.routes}
    assert [route for pages in whole.PAGES for route in pages.routes if id(route) not in served] == []


def test_every_route_about_single_people_asks_for_leave_to_read_people(app: FastAPI) -> None:
    routes = [route for path, route in routes_of(app.routes) if "/people" in path]  # type: ignore[arg-type]
    assert len(routes) == 9
    assert {action for route in routes for action in actions_of(route)} == {Action.READ_PEOPLE}


class NumbersOnly:
    """A policy that lets numbers be read, but nothing about single people."""

    def check(self, action: Action, request: object) -> None:
        if action is Action.READ_PEOPLE:
            raise NotAllowed("Only numbers.")


def test_the_journey_map_shows_no_verbatims_to_those_who_may_not_read_people(workspaces: dict[str, object], send: Get) -> None:
    closed = build_app(workspaces, policy=NumbersOnly())  # type: ignore[arg-type]
    page = send(closed, "GET", "/w/shop/journeys/buy", headers={"accept": "text/html"})
    assert page.status_code == 200
    assert "phone number twice" not in page.text
    map = send(closed, "GET", "/api/v1/workspaces/shop/journeys/buy/map").json()
    assert not any(step["verbatims"] for stage in map["stages"] for step in stage["steps"])
    assert send(closed, "GET", "/w/shop/people").status_code == 403


def test_the_only_workspace_opens_at_once(workspaces: dict[str, object], send: Get) -> None:
    answer = send(build_app({"shop": workspaces["shop"]}), "GET", "/")  # type: ignore[dict-item]
    assert (answer.status_code, answer.headers["location"]) == (307, "/w/shop/")


def test_text_that_people_wrote_is_never_markup(request_page: Get) -> None:
    for path in (
        "/w/long/",
        "/w/long/journeys/forty",
        "/w/long/people/user:1",
        "/w/long/people?q=<script>",
        "/w/shop/metrics/task_success?subject=checkout&by=channel",
    ):
        text = request_page(path).text
        assert "<img src=x" not in text
        assert "<b>more" not in text
        assert not re.search("<script(?! src=)", text)


def test_pages_need_no_inline_style_or_script(request_page: Get) -> None:
    for path in PAGES:
        text = request_page(path).text
        assert not re.search(r"<style|\sstyle=|\son\w+=\"|javascript:", re.sub(r"&lt;.*?&gt;", "", text))


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_templates_hold_nothing_that_the_content_policy_forbids(template: Path) -> None:
    text = template.read_text("utf-8")
    assert not re.search(r"\sstyle\s*=|<style|hx-on|js:|javascript:|\son[a-z]+=\s*[\"']|\|\s*safe|hx-trigger=\"[^\"]*\[", text)
    assert not re.search(r"https?://", text)


def test_people_who_cannot_be_found_get_advice(request_page: Get) -> None:
    answer = request_page("/w/shop/people/user:nobody")
    assert answer.status_code == 404
    assert "Nobody is known as" in answer.text
    assert "Check the address" in answer.text


def test_an_empty_workspace_says_what_to_do_next(request_page: Get) -> None:
    assert "touchpath import" in request_page("/w/empty/").text
    assert "touchpath import" in request_page("/w/empty/journeys/buy").text
    assert "touchpath model apply" in request_page("/w/bare/metrics/nps").text


def test_a_questions_number_says_who_was_asked(request_page: Get) -> None:
    page = request_page("/w/shop/metrics/nps?subject=nps&by=channel").text
    assert "people asked answered" in page
    assert "Share of answers" in page
    assert "Who was asked" not in request_page("/w/shop/metrics/task_success?subject=checkout").text


def test_a_metrics_page_compares_groups_in_words_and_a_table(request_page: Get) -> None:
    page = request_page("/w/shop/metrics/task_success?subject=checkout&by=channel").text
    compared = page.split('id="compared"')[1].split("</section>")[0]
    assert "web is higher than the rest; " in compared
    assert "2 of 3 comparisons. 1 could not be compared." in compared
    assert "higher, better" in compared
    assert "no detectable change" in compared
    assert "not compared: fax: 2 people" in compared
    assert "<b>more</b>" not in compared
    assert "Simpson&#39;s paradox: the whole fell, but in every segment the number rose." in compared


def test_a_metrics_page_tells_how_the_number_went(request_page: Get) -> None:
    page = request_page("/w/shop/metrics/task_success?subject=checkout&grain=week").text
    course = page.split('id="over-time"')[1].split("</section>")[0]
    assert "shows from" in course
    assert "70.0 %" in course.replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert 'id="compared"' not in page
    assert 'id="over-time"' not in request_page("/w/shop/metrics/task_success?subject=checkout&grain=year").text


def test_a_missing_number_is_a_dash_with_its_reason_and_never_zero(request_page: Get) -> None:
    text = request_page("/w/empty/journeys/buy").text
    assert "nobody entered" in text
    assert not re.search(r">\s*0(\.0)?\N{NARROW NO-BREAK SPACE}%", text)
    assert "nan" not in re.sub(r"<[^>]*>", "", text).lower().split()


def test_a_lane_does_not_repeat_what_the_whole_journey_warns_of() -> None:
    whole = Estimate(0.2, 0.1, 0.3, 90, "people", warnings=("30 are still under way.",))
    step = whole.warned("One took no time.")
    assert said_once(step, whole) == Estimate(0.2, 0.1, 0.3, 90, "people", warnings=("One took no time.",))
    assert said_once(Undefined("nobody"), whole) == Undefined("nobody")


def test_a_note_stands_without_the_triangle_of_a_warning(request_page: Get) -> None:
    text = request_page("/w/shop/metrics/customer_satisfaction?subject=csat").text
    assert '<p class="evidence">The mean is 4.20 of 5.</p>' in text
    assert 'class="caution"' not in text


def test_the_chosen_filters_stay_chosen(request_page: Get) -> None:
    text = request_page("/w/shop/journeys/buy?period=custom&start=2026-02-01&end=2026-02-28&channel=app&segment=plan:pro").text
    assert '<option value="app" selected>' in text
    assert '<option value="plan:pro" selected>' in text
    assert '<option value="custom" selected>' in text
    assert 'value="2026-02-01"' in text
    assert "1 Feb 2026 – 28 Feb 2026" in text


def test_a_number_opens_to_what_stands_behind_it(request_page: Get) -> None:
    page = request_page("/w/shop/metrics/task_success/number?subject=checkout&period=custom&start=2026-02-01&end=2026-02-28").text
    for told in (
        "626: successful attempts",
        "948: attempts",
        "attempts still have time left",
        "order.placed where channel is web",
    ):
        assert told in page
    assert "changed: window, numerator" in page
    assert "/w/shop/metrics/task_success/people?subject=checkout&amp;group=failed&amp;since=2026-0" in page
    assert "start=2026-02-01T00%3A00%3A00%2B00%3A00" in page
    assert "space.measure(&#39;task_success&#39;, &#39;checkout&#39;, period=period)" in page
    assert "<script>alert" not in page
    kept = re.search(r'href="([^"]*/number\?[^"]*since=[^"]*)"', page)
    assert kept
    assert "948: attempts" in request_page(kept[1].replace("&amp;", "&")).text


def test_a_trend_says_that_its_metric_had_another_version(request_page: Get) -> None:
    assert "counted with version 2, in force since" in request_page("/w/shop/metrics/task_success?subject=checkout").text
    assert "in force since" not in request_page("/w/shop/metrics/nps?subject=nps").text


def test_every_number_in_the_tables_of_a_metric_opens(request_page: Get) -> None:
    page = request_page("/w/shop/metrics/task_success?subject=checkout&by=channel").text
    tables = "".join(re.findall("<tbody>.*?</tbody>", page, re.DOTALL))
    opened = [html.unescape(one) for one in re.findall(r'href="([^"]*/number\?[^"]*)"', tables)]
    assert (
        len([one for one in opened if "&by=channel&value=" in one]) >= 8
    )  # each segment in the chart's table, and both sides compared
    assert len([one for one in opened if "&by=" not in one]) >= 2  # periods
    for address in dict.fromkeys(opened):
        assert request_page(address).status_code == 200
    point = request_page(next(one for one in opened if "value=web" in one)).text
    assert ': <span dir="auto">web</span>' in point
    assert "segment=web&amp;subject=checkout&amp;by=channel" in point
    assert "by=channel&amp;value=web" in point


def test_a_number_shows_no_people_to_those_who_may_read_numbers_only(workspaces: dict[str, object], send: Get) -> None:
    closed = build_app(workspaces, policy=NumbersOnly())  # type: ignore[arg-type]
    headers = {"accept": "text/html"}
    page = send(closed, "GET", "/w/shop/metrics/task_success/number?subject=checkout", headers=headers)
    assert page.status_code == 200
    assert "group=failed" not in page.text
    people = "/w/shop/metrics/task_success/people?subject=checkout&group=succeeded"
    assert send(closed, "GET", people, headers=headers).status_code == 403


def test_a_group_that_is_not_there_is_missing(request_page: Get) -> None:
    answer = request_page("/w/shop/metrics/task_success/people?subject=checkout&group=failled")
    assert answer.status_code == 404
    assert "Did you mean" in answer.text


def test_metrics_stand_under_their_families_and_say_what_waits_for_a_query() -> None:
    words = [words_("a"), words_("b", family="Help"), words_("c", family="Loyalty"), words_("d", family="Help")]
    assert [(family, [one.id for one in found]) for family, found in by_family(words)] == [
        ("", ["a"]), ("Help", ["b", "d"]), ("Loyalty", ["c"]),
    ]  # fmt: skip


def words_(id: str, family: str = "") -> MetricWords:
    return MetricWords(id, id, "", "CX", "share", "higher", "", "", "", family=family)
