"""What all pages share: navigation, filters that stay, messages that can be undone, tables, terms, settings of the browser."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from html import unescape
from pathlib import Path

import httpx
import pytest

from touchpath.model.errors import BadInput, NotAllowed
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.experience import Brand, Dimension, Experience
from touchpath.web.access import Action
from touchpath.web.addresses import Addresses
from touchpath.web.app import build_app
from touchpath.web.glossary import TERMS
from touchpath.web.navigation import AREAS, DEEDS
from touchpath.web.notices import COOKIE, Notice, redirect_with
from touchpath.web.search import Find, best_of
from touchpath.web.segment_names import SegmentNames
from touchpath.web.tables import Cell, Column, DataTable, number_cell, ordered

Get = Callable[..., httpx.Response]
STYLES = Path(__file__).parents[2] / "web-assets" / "src" / "touchpath.css"


def nav_of(text: str) -> list[str]:
    nav = text.split('<nav id="nav"')[1].split("</nav>")[0]
    return re.findall(r'href="([^"]*)"', nav)


def test_the_navigation_leads_only_to_pages_that_there_are(request_page: Get) -> None:
    text = request_page("/w/shop/data/catalogue").text
    links = [unescape(link) for link in nav_of(text)]
    assert "/w/shop/data/qr" in links
    assert [link for link in links if request_page(link).status_code == 404] == []
    assert re.search(r'<a href="/w/shop/data/catalogue" aria-current="page">', text)
    assert re.search(r'data-key="d" aria-current="true"', text)


def test_somebody_who_may_not_see_people_gets_no_link_to_them(workspaces: dict[str, object], send: Get) -> None:
    class NumbersOnly:
        def check(self, action: Action, request: object) -> None:
            if action is Action.READ_PEOPLE:
                raise NotAllowed("Only numbers.")

    closed = build_app(workspaces, policy=NumbersOnly())  # type: ignore[arg-type]
    text = send(closed, "GET", "/w/shop/metrics", headers={"accept": "text/html"}).text
    assert "/w/shop/people" not in nav_of(text)
    assert "/w/shop/people/" not in send(closed, "GET", "/w/shop/search?q=user", headers={"accept": "text/html"}).text


def test_areas_and_deeds_have_names_of_their_own() -> None:
    places = [place.id for area in AREAS for place in area.places] + [deed.id for deed in DEEDS]
    assert len(set(places)) == len(places)
    keys = [area.key for area in AREAS]
    assert len(set(keys)) == len(keys)
    assert "g" not in keys


def test_filters_stay_while_moving_between_pages(request_page: Get) -> None:
    text = request_page("/w/shop/metrics/nps?subject=nps&period=28&channel=web").text
    assert "/w/shop/people?period=28&channel=web" in [unescape(link) for link in nav_of(text)]
    assert '<input type="hidden" name="channel" value="web">' in text
    assert not re.search(r'type="hidden" name="(period|subject|grain)"', text)


def test_a_filter_in_force_is_a_chip_that_takes_it_away(request_page: Get) -> None:
    text = request_page("/w/shop/metrics/nps?subject=nps&period=28&segment=plan:pro&device=phone").text
    chips = text.split('class="filter-chips"')[1].split("</ul>")[0]
    assert "Plan: <b>pro</b> <small>not used on this page</small>" in chips
    assert "Period: <b>Last 28 days of data</b></span>" in chips
    assert "Device: <b>phone</b> <small>not used on this page</small>" in chips
    removed = re.findall(r'href="([^"]*)"', chips)
    assert "/w/shop/metrics/nps?subject=nps&segment=plan%3Apro&device=phone" in [unescape(one) for one in removed]
    assert unescape(removed[-1]) == "/w/shop/metrics/nps?subject=nps"


def test_links_of_a_page_carry_its_filters_but_what_they_say_themselves_wins() -> None:
    at = Addresses("shop", (("period", "28"), ("segment", "plan:pro")))
    assert at.metric("nps", "nps") == "/w/shop/metrics/nps?subject=nps&period=28&segment=plan%3Apro"
    assert at.number("nps", "nps", period="90") == "/w/shop/metrics/nps/number?subject=nps&period=90&segment=plan%3Apro"
    assert at.number_then("nps", "nps", "a", "b") == "/w/shop/metrics/nps/number?subject=nps&since=a&until=b"
    assert at.below("/") == "/w/shop/?period=28&segment=plan%3Apro"


def kept(cookie: str) -> dict[str, str]:
    return {"cookie": f"{COOKIE}={cookie}"}


def cookie_of(notice: Notice) -> str:
    return redirect_with("/", notice).headers["set-cookie"].split(";")[0].partition("=")[2].strip('"')


def test_a_message_is_said_once_and_can_be_undone(request_page: Get) -> None:
    notice = Notice("Kept <b>", undo="/w/shop/settings", fields={"language": "de"})
    answer = request_page("/w/shop/metrics", headers=kept(cookie_of(notice)))
    toast = answer.text.split('id="toasts"')[1].split("</form>")[0]
    assert "Kept &lt;b&gt;" in toast
    assert 'action="/w/shop/settings"' in toast
    assert '<input type="hidden" name="language" value="de">' in toast
    assert f'{COOKIE}=""' in answer.headers["set-cookie"]


def test_a_swap_brings_the_message_along_as_a_trigger(request_page: Get) -> None:
    answer = request_page("/w/shop/metrics", headers=kept(cookie_of(Notice("Behalten äöü"))) | {"hx-request": "true"})
    assert '"words": "Behalten \\u00e4' in answer.headers["hx-trigger"]
    assert "Behalten" not in answer.text


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "x",
        "e30=",
        "00.e30=",
        cookie_of(Notice("x"))[:-8],
        f"{cookie_of(Notice('x'))[:64]}.{cookie_of(Notice('y')).partition('.')[2]}",
        cookie_of(Notice("x", undo="//evil.example/")),
        cookie_of(Notice("x", "loud")),
    ],
)  # type: ignore[arg-type]
def test_what_this_server_did_not_leave_is_not_said(cookie: str, request_page: Get) -> None:
    answer = request_page("/w/shop/metrics", headers=kept(cookie))
    assert answer.status_code == 200
    assert 'class="toast ' not in answer.text


TABLE = DataTable(
    "t", "Steps", (Column("step", "Step"), Column("done", "Done", numeric=True)),
    tuple((Cell(name), number_cell(number)) for name, number in (
        ("élan", Estimate(0.4, 0.3, 0.5, 90, "people")), ("Pay", Undefined("nobody tried", 0)), ("basket", Estimate(0.7, 0.6, 0.8, 90, "people")))),
)  # fmt: skip


def names(table: DataTable) -> list[str]:
    return [row[0].text for row in table.rows]


def test_a_table_is_ordered_by_its_address_and_missing_numbers_come_last_either_way() -> None:
    assert names(ordered(TABLE, "step")) == ["basket", "Pay", "élan"]
    assert names(ordered(TABLE, "done")) == ["élan", "basket", "Pay"]
    assert names(ordered(TABLE, "-done")) == ["basket", "élan", "Pay"]
    assert names(ordered(TABLE, "")) == ["élan", "Pay", "basket"]
    with pytest.raises(BadInput, match="'price'"):
        ordered(TABLE, "price")


def test_a_head_tells_how_its_table_is_ordered_and_turns_it_round(request_page: Get) -> None:
    text = request_page("/design?sort=-success").text
    head = re.search(r'<th scope="col" class="right" aria-sort="descending">(.*?)</th>', text)
    assert head
    assert 'href="/design?sort=success"' in head[1]
    assert "sorted by Task success" in text
    assert request_page("/design?sort=nothing").status_code == 400


def test_a_term_is_explained_once_on_a_page_however_often_it_is_asked_for(request_page: Get) -> None:
    text = request_page("/design").text
    assert text.count('id="term-interval"') == 1
    assert 'popovertarget="term-no_change">Why “no detectable change”?</button>' in text
    assert 'popovertarget="term-interval" aria-label="What does this interval mean?"' in text
    assert 'id="term-paradox"' not in text
    page = request_page("/help").text
    assert all(f'id="{term}"' in page for term in TERMS)


def test_a_number_explains_in_plain_words_only_what_it_shows(request_page: Get) -> None:
    unmoved = request_page("/w/shop/metrics/nps?subject=nps").text
    assert "Why “no detectable change”?" in unmoved
    assert 'id="term-no_change"' in unmoved
    moved = request_page("/w/shop/metrics/task_success?subject=checkout").text
    assert "What does this interval mean?" in moved
    assert "term-no_change" not in moved
    assert "Why is there no number?" in request_page("/w/shop/metrics/contact_rate?subject=buy").text


def test_settings_are_kept_in_the_browser_and_can_be_taken_back(request_page: Get) -> None:
    answer = request_page("/w/shop/settings", "POST", data={"language": "de", "scheme": "dark"})
    assert answer.status_code == 303
    cookies = answer.headers.get_list("set-cookie")
    assert any(one.startswith("touchpath-language=de;") and "HttpOnly" in one for one in cookies)
    assert any(one.startswith("touchpath-scheme=dark;") for one in cookies)
    page = request_page("/w/shop/settings", headers={"cookie": "touchpath-scheme=dark"}).text
    assert 'data-scheme="dark"' in page
    assert 'data-scheme="x"' not in request_page("/w/shop/settings", headers={"cookie": "touchpath-scheme=x"}).text
    assert request_page("/w/shop/settings", "POST", data={"language": "xx"}).status_code == 400


def test_search_finds_what_has_a_page_and_options_are_of_a_list_box(request_page: Get) -> None:
    page = request_page("/w/shop/search?q=PAY").text
    assert "/w/shop/journeys/buy/steps/pay" in page
    options = request_page("/w/shop/search/options?q=nps").text
    assert options.count('role="option"') >= 1
    assert 'data-href="/w/shop/metrics/nps"' in options
    assert "<html" not in options
    assert "/w/shop/people/user%3A42" in request_page("/w/shop/search?q=user").text
    assert "&lt;script&gt;" in request_page("/w/shop/search?q=<script>").text
    assert "Nothing fits" in request_page("/w/shop/search/options?q=zzzz nobody").text


def test_search_finds_a_metric_by_another_name_before_letters_that_look_alike() -> None:
    settled = Find(
        "metric", "First contact resolution", "/settled", "CX", "first_contact_resolution", "FCR first call resolution"
    )
    paint = Find("metric", "First contentful paint rate", "/paint", "UX", "fcp_rate")
    assert best_of([paint, settled], "fcr")[0] == settled


def test_search_never_waits_for_segments_that_take_long(request_page: Get) -> None:
    class Slow:
        name, looked = "slow", threading.Event()

        def experience(self) -> Experience:
            return Experience(Brand("b", "B"), dimensions=(Dimension("plan", "Plan", "properties.plan"),))

        def segments(self, dimension: str) -> tuple[str, ...]:
            self.looked.wait(20)
            return ("pro",)

    names, slow = SegmentNames(), Slow()
    assert names.of(slow) == ()  # type: ignore[arg-type]
    slow.looked.set()
    deadline = time.monotonic() + 10
    while not (found := names.of(slow)) and time.monotonic() < deadline:  # type: ignore[arg-type]
        time.sleep(0.01)
    assert [(one.dimension, one.value) for one in found] == [("plan", "pro")]
    assert "segment=plan%3Apro" in request_page("/w/shop/search?q=pro").text


def test_styles_follow_the_direction_of_the_language() -> None:
    text = re.sub(r"/\*.*?\*/", "", STYLES.read_text("utf-8"))
    rules = re.findall(r"[{;]\s*([\w-]+)\s*:\s*([^;}]+)", text)
    physical = [
        (name, value) for name, value in rules
        if re.search(r"(^|-)(left|right)($|-)", name) or (name in ("float", "clear", "text-align") and re.search("left|right", value))
        or (name in ("margin", "padding", "inset", "border-width") and len(parts := value.split()) == 4 and parts[1] != parts[3])
    ]  # fmt: skip
    assert rules
    assert physical == []
