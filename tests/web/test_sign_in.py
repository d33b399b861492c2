"""Signing in with a browser, and what somebody who attacks it meets."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from signing_in import PASSWORD, Clock, let_join, open_gate
from starlette.responses import Response
from starlette.types import Message, Receive, Scope
from starlette.types import Send as Deliver

from touchpath.model.member import Role
from touchpath.model.member import Scope as TokenScope
from touchpath.services.gate import Gate
from touchpath.web.access import PEOPLE
from touchpath.web.app import build_app
from touchpath.web.doorkeeper import Doorkeeper
from touchpath.web.guard import STRICT_TRANSPORT
from touchpath.web.return_address import safe_return
from touchpath.web.site import Site

Send = Callable[..., httpx.Response]
OUR_PAGE = {"sec-fetch-site": "same-origin", "origin": "http://127.0.0.1:8400", "accept": "text/html"}
OTHER = "nine herons over Lastres"
HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>'


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate(tmp_path: Path, clock: Clock) -> Iterator[Gate]:
    gate, database = open_gate(tmp_path, clock)
    let_join(gate, "ada@example.org", Role.OWNER, True)
    yield gate
    database.close()


@pytest.fixture
def app(workspaces: dict[str, object], gate: Gate) -> FastAPI:
    return build_app(workspaces, gate=gate)  # type: ignore[arg-type]


class Browser:
    """A browser that keeps cookies, follows nothing and marks its requests as browsers do."""

    def __init__(self, app: FastAPI, send: Send, **more: object) -> None:
        self.app, self._send, self.more, self.cookies = app, send, more, dict[str, str]()

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self._ask("GET", path, headers={"accept": "text/html", "sec-fetch-site": "none", **headers})

    def post(self, path: str, headers: dict[str, str] | None = None, **fields: str) -> httpx.Response:
        return self._ask("POST", path, headers=OUR_PAGE | (headers or {}), data=fields)

    def sign_in(self, email: str = "ada@example.org", password: str = PASSWORD, next: str = "") -> httpx.Response:
        return self.post("/sign-in", email=email, password=password, next=next)

    def _ask(self, method: str, path: str, headers: dict[str, str], **more: object) -> httpx.Response:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = headers | ({"cookie": cookie} if cookie else {})
        answer = self._send(self.app, method, path, headers=sent, **self.more, **more)
        for name, value in answer.cookies.items():
            self.cookies[name] = value
        for gone in re.findall(r'(\S+)=""; .*?Max-Age=0', answer.headers.get("set-cookie", "")):
            self.cookies.pop(gone, None)
        return answer


@pytest.fixture
def browser(app: FastAPI, send: Send) -> Browser:
    return Browser(app, send)


def told(answer: httpx.Response) -> str:
    """The text of a page."""
    return " ".join(re.sub(r"<[^>]*>", " ", answer.text).split())


def test_whoever_is_not_signed_in_is_led_to_the_form_and_back(browser: Browser):
    away = browser.get("/w/shop/metrics/nps?subject=nps&by=channel")
    assert away.status_code == 303
    asked = parse_qs(urlsplit(away.headers["location"]).query)
    assert asked == {"next": ["/w/shop/metrics/nps?subject=nps&by=channel"]}
    form = browser.get(away.headers["location"])
    assert form.status_code == 200
    assert 'value="/w/shop/metrics/nps?subject=nps&amp;by=channel"' in form.text
    back = browser.sign_in(next=asked["next"][0])
    assert (back.status_code, back.headers["location"]) == (303, asked["next"][0])
    assert browser.get(back.headers["location"]).status_code == 200
    assert browser.get("/sign-in?next=/w/shop/").headers["location"] == "/w/shop/"


def test_the_forms_work_with_password_managers_and_pasting(browser: Browser, gate: Gate):
    form = browser.get("/sign-in").text
    assert re.search(r'<input id="email"[^>]*type="email"[^>]*autocomplete="username"', form)
    assert re.search(r'<input id="password"[^>]*type="password"[^>]*autocomplete="current-password"', form)
    _, secret = gate.members.invite("bea@example.org", Role.VIEWER)
    welcome = browser.get(f"/welcome/{secret}").text
    assert re.search(r'<input[^>]*value="bea@example.org"[^>]*autocomplete="username"', welcome)
    assert re.search(r'<input id="password"[^>]*minlength="15"[^>]*autocomplete="new-password"', welcome)
    assert "onpaste" not in form + welcome
    assert form.index('data-shows="password"') > form.index('id="password"')


def test_a_wrong_password_and_a_wrong_address_are_answered_alike(browser: Browser, gate: Gate):
    gate.members.invite("invited@example.org", Role.VIEWER)
    answers = []
    for email in ("ada@example.org", "nobody@example.org", "invited@example.org"):
        answer = browser.sign_in(email, "not the password")
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers
        answers.append((answer.text.replace(email, "X"), set(answer.headers)))
    assert answers[0] == answers[1] == answers[2]
    assert "was not right" in answers[0][0]


def test_a_password_is_shown_again_nowhere(browser: Browser):
    for password in ("not the password", PASSWORD):
        assert password not in browser.sign_in("nobody@example.org", password).text


def test_brute_force_is_told_to_wait_however_it_counts(browser: Browser):
    answers = [browser.sign_in(password=f"guess {n}") for n in range(8)]
    assert [one.status_code for one in answers] == [401] * 5 + [429] * 3
    assert 0 < int(answers[-1].headers["retry-after"]) <= 900
    assert "Try again in" in told(answers[-1])
    assert browser.sign_in().status_code == 429


def test_behind_a_proxy_those_who_guess_are_told_apart(workspaces: dict[str, object], gate: Gate, send: Send):
    app = build_app(workspaces, gate=gate, site=Site(trusts_proxy=True))  # type: ignore[arg-type]
    for n in range(6):
        Browser(app, send).post(
            "/sign-in", {"x-forwarded-for": f"10.0.0.{n}, 198.51.100.1"}, email="ada@example.org", password="x"
        )
    let_in = Browser(app, send).post("/sign-in", {"x-forwarded-for": "203.0.113.7"}, email="ada@example.org", password=PASSWORD)
    assert let_in.status_code == 303
    forged = Browser(app, send).post(
        "/sign-in", {"x-forwarded-for": "203.0.113.7, 198.51.100.1"}, email="ada@example.org", password=PASSWORD
    )
    assert forged.status_code == 429


HOSTILE_RETURNS = (
    "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "/%0d%0aSet-Cookie:x=y\r\nX: y", "/a\nb", "/\t/evil.example", " /w/shop/",
    "javascript:alert(1)", "data:text/html,x", "http:evil.example", "///evil.example", "/sign-in?next=/sign-in", "/sign-out", "/welcome/x", "/api/v1/me", "w/shop/",
    "/" + "x" * 3000, "/\x00", "/w\u2028/", "",
)  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE_RETURNS)
def test_nobody_is_sent_anywhere_but_to_a_page_of_ours(hostile: str, browser: Browser):
    location = browser.sign_in(next=hostile).headers["location"]
    parts = urlsplit(location)
    assert (parts.scheme, parts.netloc) == ("", "")
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\", "/sign", "/welcome", "/api"))


def test_good_addresses_to_come_back_to_are_kept_whole():
    for good in ("/", "/w/shop/", "/w/shop/people/user:42?q=a%20b&x=https://a.example", "/w/b%C3%BCro/", "/design"):
        assert safe_return(good) == good


def test_headers_cannot_be_split_by_what_people_send(browser: Browser, gate: Gate):
    answer = browser.sign_in(next="/w/shop/%0d%0aSet-Cookie:%20a=b")
    assert list(answer.cookies) == ["touchpath"]
    assert "\n" not in answer.headers["location"]
    led = browser.post("/settings/account", do="name", name="Eve\r\nSet-Cookie: x=y")
    assert "x" not in dict(led.cookies)
    assert gate.members.by_email("ada@example.org").name == "Eve Set-Cookie: x=y"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    browser: Browser, workspaces: dict[str, object], gate: Gate, send: Send
):
    plain = browser.sign_in().headers["set-cookie"]
    assert re.fullmatch(r"touchpath=[\w-]{43}; HttpOnly; Max-Age=1209600; Path=/; SameSite=lax", plain)
    for site, headers in (
        (Site("https://touchpath.example"), {}),
        (Site(trusts_proxy=True), {"x-forwarded-proto": "https"}),
    ):
        app = build_app(workspaces, gate=gate, site=site, hosts={"touchpath.example"})  # type: ignore[arg-type]
        there = Browser(app, send, host="touchpath.example")
        answer = there.post(
            "/sign-in", {"origin": "https://touchpath.example", **headers}, email="ada@example.org", password=PASSWORD
        )
        assert re.fullmatch(
            r"__Host-touchpath=[\w-]{43}; HttpOnly; Max-Age=1209600; Path=/; SameSite=lax; Secure", answer.headers["set-cookie"]
        )
        assert there.get("/w/shop/", **headers).status_code == 200
        there.cookies = {"touchpath": there.cookies["__Host-touchpath"]}  # planted over http by somebody on the way
        assert there.get("/w/shop/", **headers).status_code == 303


def test_https_is_asked_for_wherever_it_is_spoken(workspaces: dict[str, object], gate: Gate, send: Send):
    app = build_app(workspaces, gate=gate, site=Site(trusts_proxy=True))  # type: ignore[arg-type]
    assert "strict-transport-security" not in send(app, "GET", "/sign-in").headers
    for path in ("/sign-in", "/nothing", "/health"):
        secure = send(app, "GET", path, headers={"x-forwarded-proto": "https"}).headers
        assert secure["strict-transport-security"] == STRICT_TRANSPORT
    untrusting = build_app(workspaces, gate=gate)  # type: ignore[arg-type]
    assert "strict-transport-security" not in send(untrusting, "GET", "/health", headers={"x-forwarded-proto": "https"}).headers


def test_a_session_that_somebody_planted_does_not_become_ours(browser: Browser, gate: Gate):
    planted = gate.sessions.open(let_join(gate, "eve@example.org", Role.VIEWER))
    browser.cookies["touchpath"] = planted
    browser.sign_in()
    assert browser.cookies["touchpath"] != planted
    assert gate.sessions.find(planted) is None
    browser.cookies["touchpath"] = "chosen-by-the-attacker-chosen-by-the-attacker"
    browser.sign_in()
    assert "chosen" not in browser.cookies["touchpath"]


def test_signing_out_ends_the_session_for_whoever_copied_the_cookie(browser: Browser, gate: Gate):
    browser.sign_in()
    copied = dict(browser.cookies)
    out = browser.post("/sign-out")
    assert (out.status_code, out.headers["location"]) == (303, "/sign-in?out=1")
    assert browser.cookies == {}
    browser.cookies = copied
    again = browser.get("/w/shop/")
    assert again.status_code == 303
    assert "ended=1" in again.headers["location"]
    assert "You are signed out" in told(browser.get("/sign-in?out=1"))


def test_who_was_signed_out_by_time_is_told_so_and_comes_back(browser: Browser, clock: Clock):
    browser.sign_in()
    clock.go_on(hours=24)
    away = browser.get("/w/shop/people?q=42")
    assert parse_qs(urlsplit(away.headers["location"]).query) == {"next": ["/w/shop/people?q=42"], "ended": ["1"]}
    assert "You were signed out. That happens after 24 hours without use, after 14 days in any case" in told(
        browser.get(away.headers["location"])
    )
    lost = browser.post("/w/shop/identity", {"referer": "http://127.0.0.1:8400/w/shop/identity?actor=user:42"}, actor="user:42")
    assert parse_qs(urlsplit(lost.headers["location"]).query) == {
        "next": ["/w/shop/identity?actor=user:42"],
        "ended": ["1"],
        "lost": ["1"],
    }
    assert "was not kept" in told(browser.get(lost.headers["location"]))
    evil = browser.post("/w/shop/identity", {"referer": "https://evil.example/w/shop/"})
    assert "evil" not in evil.headers["location"]


def test_a_page_that_follows_news_by_itself_keeps_nobody_signed_in(browser: Browser, clock: Clock):
    browser.sign_in()
    for _ in range(23):
        clock.go_on(hours=1)
        assert browser.get("/w/shop/", **{"touchpath-follows": "1"}).status_code == 200
        assert browser.get("/settings/account", accept="text/event-stream").status_code == 200
    clock.go_on(hours=1)
    assert browser.get("/w/shop/", **{"touchpath-follows": "1"}).status_code == 303


def test_a_part_of_a_page_takes_the_whole_page_to_the_form(browser: Browser):
    part = browser.get(
        "/w/shop/journeys/buy?period=28", **{"hx-request": "true", "hx-current-url": "http://127.0.0.1:8400/w/shop/journeys/buy"}
    )
    assert part.status_code == 401
    assert part.headers["hx-redirect"] == "/sign-in?next=%2Fw%2Fshop%2Fjourneys%2Fbuy"
    assert part.text == ""


def test_programs_get_a_problem_and_are_told_what_to_send(app: FastAPI, send: Send):
    answer = send(app, "GET", "/api/v1/workspaces")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
    assert answer.headers["www-authenticate"] == 'Bearer realm="Touchpath"'
    assert "Authorization: Bearer" in answer.json()["detail"]
    assert "location" not in answer.headers


FORGED = (
    {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
    {"origin": "http://sub.127.0.0.1:8400", "sec-fetch-site": "same-site"},
    {"origin": "null", "sec-fetch-site": "cross-site"},
    {"origin": "http://127.0.0.1:9999", "sec-fetch-site": "same-site"},
    {"origin": "https://evil.example"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {},
)


@pytest.mark.parametrize("marks", FORGED)
def test_a_form_of_another_site_changes_nothing_though_the_cookie_comes_along(
    marks: dict[str, str], browser: Browser, gate: Gate, app: FastAPI, send: Send
):
    browser.sign_in()
    cookie = {"cookie": f"touchpath={browser.cookies['touchpath']}"}
    before = len(gate.members.store.members())
    for path, form in (
        ("/settings/members", {"email": "eve@example.org", "role": "owner"}),
        ("/settings/account", {"do": "name", "name": "Eve"}),
        ("/sign-out", {}),
        ("/api/v1/workspaces/shop/benchmarks", {}),
        ("/sign-in", {"email": "ada@example.org", "password": PASSWORD}),
    ):
        answer = send(app, "POST", path, headers=cookie | marks, data=form)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers
    assert len(gate.members.store.members()) == before
    assert gate.sessions.find(browser.cookies["touchpath"])


def test_an_origin_of_http_is_somebody_on_the_way_where_pages_come_by_https(
    workspaces: dict[str, object], gate: Gate, send: Send
):
    app = build_app(workspaces, gate=gate, site=Site("https://touchpath.example"), hosts={"touchpath.example"})  # type: ignore[arg-type]
    there = Browser(app, send, host="touchpath.example")
    answer = there.post("/sign-in", {"origin": "http://touchpath.example"}, email="ada@example.org", password=PASSWORD)
    assert answer.status_code == 403


def test_a_token_needs_no_mark_and_a_cookie_beside_it_counts_for_nothing(browser: Browser, gate: Gate, app: FastAPI, send: Send):
    browser.sign_in()
    ada = gate.members.by_email("ada@example.org")
    token, text = gate.tokens.make(ada, "a", {TokenScope.READ}, 1)
    headers = {"authorization": f"bearer {text}", "cookie": f"touchpath={browser.cookies['touchpath']}"}
    assert send(app, "GET", "/api/v1/me", headers=headers).json()["scopes"] == ["read"]
    assert send(app, "POST", "/api/v1/workspaces/shop/benchmarks", headers=headers, json={}).status_code == 403
    gate.tokens.revoke(token.id)
    answer = send(app, "GET", "/api/v1/me", headers=headers)
    assert answer.status_code == 401
    assert text not in answer.text


def test_the_first_owner_is_made_in_the_browser_once(workspaces: dict[str, object], tmp_path: Path, clock: Clock, send: Send):
    (tmp_path / "new").mkdir()
    gate, database = open_gate(tmp_path / "new", clock)
    browser = Browser(build_app(workspaces, gate=gate), send)  # type: ignore[arg-type]
    assert "Nobody can sign in yet" in told(browser.get("/sign-in"))
    secret = gate.members.set_up()
    for _ in range(3):
        assert "Make the first account" in told(browser.get(f"/welcome/{secret}"))  # looking at it uses nothing up
    short = browser.post(f"/welcome/{secret}", email="ada@example.org", name="Ada", password="too short")
    assert short.status_code == 400
    assert "15 are the least" in told(short)
    assert 'value="ada@example.org"' in short.text
    assert "too short" not in short.text
    done = browser.post(f"/welcome/{secret}", email="ada@example.org", name="Ada", password=PASSWORD)
    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert browser.get("/settings/members").status_code == 200
    over = Browser(browser.app, send).get(f"/welcome/{secret}")
    assert over.status_code == 403
    assert "This link is over" in told(over)
    assert Browser(browser.app, send).post(f"/welcome/{secret}", email="eve@example.org", password=OTHER).status_code == 403
    database.close()


def test_an_owner_invites_changes_and_keeps_out_a_member(browser: Browser, gate: Gate, app: FastAPI, send: Send):
    browser.sign_in()
    page = browser.post("/settings/members", email="bea@example.org", role="editor", people="yes")
    link = re.search(r"http://127\.0\.0\.1:8400(/welcome/[\w-]{43})", page.text)
    assert link
    assert link[1] not in browser.get("/settings/members").text
    bea = Browser(app, send)
    assert bea.post(link[1], password=OTHER, name="Bea").status_code == 303
    found = gate.members.by_email("bea@example.org")
    assert (found.role, found.people, found.name) == (Role.EDITOR, True, "Bea")
    assert bea.get("/w/shop/people").status_code == 200
    assert bea.get("/settings/members").status_code == 403
    browser.post(f"/settings/members/{found.id}", do="change", role="viewer")
    assert bea.get("/w/shop/people").status_code == 403
    assert bea.get("/w/shop/").status_code == 200
    browser.post(f"/settings/members/{found.id}", do="disable")
    assert bea.get("/w/shop/").status_code == 303
    browser.post(f"/settings/members/{found.id}", do="enable")
    reset = browser.post(f"/settings/members/{found.id}", do="link")
    assert (
        bea.post(urlsplit(re.search(r"http://\S+/welcome/[\w-]{43}", reset.text)[0]).path, password=PASSWORD).status_code == 303
    )  # type: ignore[index]
    assert browser.post(f"/settings/members/{found.id}", do="remove").status_code == 400
    assert browser.post(f"/settings/members/{found.id}", do="remove", sure="yes").status_code == 303
    assert bea.get("/w/shop/").status_code == 303
    deeds = [one.deed for one in gate.log.deeds(50)]
    for told_deed in (
        "invited",
        "changed what a member may do",
        "disabled a member",
        "let a member in again",
        "made a link",
        "removed a member",
    ):
        assert told_deed in deeds
    assert "bea@example.org" in browser.get("/settings/log").text


def test_the_last_owner_is_told_why_they_cannot_leave(browser: Browser, gate: Gate):
    browser.sign_in()
    ada = gate.members.by_email("ada@example.org")
    for fields in ({"do": "disable"}, {"do": "change", "role": "viewer"}, {"do": "remove", "sure": "yes"}):
        answer = browser.post(f"/settings/members/{ada.id}", **fields)
        assert answer.status_code == 409
        assert "last owner" in told(answer)
    assert browser.post(f"/settings/members/{ada.id}", do="nonsense").status_code == 400
    assert browser.post("/settings/members", email="x", role="king").status_code == 400
    assert browser.get("/settings/members/nobody").status_code == 404


def test_a_new_password_ends_every_other_session_and_renews_this_one(
    browser: Browser, app: FastAPI, send: Send, monkeypatch: pytest.MonkeyPatch
):
    other = Browser(app, send)
    browser.sign_in()
    other.sign_in()
    before = browser.cookies["touchpath"]
    wrong = browser.post("/settings/account", do="password", old="not it", password=OTHER)
    assert wrong.status_code == 400
    done = browser.post("/settings/account", do="password", old=PASSWORD, password=OTHER)
    assert (done.status_code, done.headers["location"]) == (303, "/settings/account?done=password")
    assert browser.cookies["touchpath"] != before
    assert browser.get("/settings/account").status_code == 200
    assert other.get("/settings/account").status_code == 303
    stolen = Browser(app, send)
    stolen.cookies["touchpath"] = before
    assert stolen.get("/settings/account").status_code == 303
    tries = [browser.post("/settings/account", do="password", old=f"guess {n}", password=PASSWORD).status_code for n in range(12)]
    assert tries[-1] == 429


def test_sessions_are_listed_and_ended_one_by_one_or_all_at_once(browser: Browser, app: FastAPI, send: Send, gate: Gate):
    others = [Browser(app, send) for _ in range(3)]
    for one in (browser, *others):
        one.post(
            "/sign-in",
            {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"},
            email="ada@example.org",
            password=PASSWORD,
        )
    page = browser.get("/settings/account")
    assert page.text.count("Firefox on Linux</th>") == 4
    eve = let_join(gate, "eve@example.org", Role.VIEWER)
    gate.sessions.open(eve)
    browser.post("/settings/sessions", session=gate.sessions.of(eve.id)[0].id)
    assert len(gate.sessions.of(eve.id)) == 1
    session = re.search(r'name="session" value="(\w+)"', page.text)
    assert session
    browser.post("/settings/sessions", session=session[1])
    assert sorted(one.get("/settings/account").status_code for one in others) == [200, 200, 303]
    browser.post("/settings/sessions", do="others")
    assert [one.get("/settings/account").status_code for one in (browser, *others)] == [200, 303, 303, 303]


def test_a_token_is_shown_once_and_revoked_by_its_member_alone(browser: Browser, gate: Gate, app: FastAPI, send: Send):
    browser.sign_in()
    made = browser.post(
        "/settings/tokens", {}, **{"name": "weekly report", "scope-read": "yes", "scope-ask": "yes", "days": "30"}
    )
    text = re.search(r"tpat_[\w-]{43}", made.text)
    assert text
    assert text[0] not in browser.get("/settings/tokens").text
    assert send(app, "GET", "/api/v1/me", headers={"authorization": f"Bearer {text[0]}"}).json()["scopes"] == ["ask", "read"]
    token = gate.tokens.of()[0]
    eve = Browser(app, send)
    let_join(gate, "eve@example.org", Role.OWNER, True)
    eve.sign_in("eve@example.org")
    assert eve.post(f"/settings/tokens/{token.id}/revoke").status_code == 404
    assert browser.post(f"/settings/tokens/{token.id}/revoke").status_code == 303
    assert send(app, "GET", "/api/v1/me", headers={"authorization": f"Bearer {text[0]}"}).status_code == 401
    faulty = browser.post("/settings/tokens", {}, name="x", days="abc")
    assert faulty.status_code == 400
    assert "Choose what the token may be used for" in told(faulty)


def test_the_api_takes_so_many_requests_a_minute_from_one_token(workspaces: dict[str, object], gate: Gate, send: Send):
    app = build_app(workspaces, gate=gate, requests_a_minute=4)  # type: ignore[arg-type]
    ada = gate.members.by_email("ada@example.org")
    texts = [gate.tokens.make(ada, name, {TokenScope.READ}, 1)[1] for name in ("a", "b")]
    statuses = [send(app, "GET", "/api/v1/me", headers={"authorization": f"Bearer {texts[0]}"}) for _ in range(6)]
    assert [one.status_code for one in statuses] == [200] * 4 + [429] * 2
    assert statuses[-1].json()["code"] == "too_many"
    assert 0 < int(statuses[-1].headers["retry-after"]) <= 15
    assert send(app, "GET", "/api/v1/me", headers={"authorization": f"Bearer {texts[1]}"}).status_code == 200


def test_what_members_change_is_written_down_without_what_they_typed(browser: Browser, gate: Gate):
    browser.sign_in()
    browser.post("/w/shop/identity", actor="user:42", do="same", one="user:42", other="user:2", why="secret reason")
    browser.get("/w/shop/people/user:42?clear=1")
    browser.get("/w/shop/")
    told_deeds = [(one.member, one.deed, one.about) for one in gate.log.deeds(9)]
    assert ("ada@example.org", "say which ids are one person", "POST /w/shop/identity") in told_deeds
    assert ("ada@example.org", "read personal details in what people wrote", "GET /w/shop/people/…") in told_deeds
    assert len(told_deeds) == 3  # and the sign-in
    assert not any("secret" in about or "42" in about for _, _, about in told_deeds)


def test_who_listens_to_an_answer_without_end_is_cut_off_when_signed_out(gate: Gate):
    ada = gate.members.by_email("ada@example.org")
    secrets = [gate.sessions.open(ada) for _ in range(2)]
    now, sent = [0.0], dict.fromkeys(secrets, 0)

    async def news(scope: Scope, receive: Receive, send: Deliver) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(6):
            now[0] += 6
            await send({"type": "http.response.body", "body": b"data: x", "more_body": True})
            sent[secrets[secrets.index(scope["headers"][0][1].decode().removeprefix("touchpath="))]] += 1
            if sent[secrets[1]] == 2 and len(gate.sessions.of(ada.id)) == 2:
                gate.sessions.end_all(ada.id, but=gate.sessions.find(secrets[0])[0].id)  # type: ignore[index]
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def listen(secret: str) -> list[Message]:
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/w/shop/news",
            "headers": [(b"cookie", f"touchpath={secret}".encode())],
        }
        messages: list[Message] = []

        async def deliver(message: Message) -> None:
            messages.append(message)

        asyncio.run(Doorkeeper(news, gate, Site(), clock=lambda: now[0])(scope, None, deliver))  # type: ignore[arg-type]
        return messages

    cut = listen(secrets[1])
    assert (sent[secrets[1]], cut[-1]["more_body"]) == (3, False)
    whole = listen(secrets[0])
    assert (sent[secrets[0]], whole[-1]["more_body"]) == (6, False)


def test_what_is_taken_out_as_a_file_is_written_down(browser: Browser, gate: Gate, app: FastAPI):
    app.add_api_route(
        "/w/{workspace}/table.csv",
        lambda: Response("a,b", headers={"Content-Disposition": 'attachment; filename="a.csv"'}),
        dependencies=[PEOPLE],
    )
    browser.sign_in()
    assert browser.get("/w/shop/table.csv?who=user:42").text == "a,b"
    found = gate.log.deeds(1)[0]
    assert (found.deed, found.about) == ("read what single people did and said, taken out as a file", "GET /w/shop/table.csv")


def test_a_link_that_is_handed_out_leads_to_us_whatever_a_request_calls_us(workspaces: dict[str, object], gate: Gate, send: Send):
    app = build_app(workspaces, gate=gate, site=Site("https://touchpath.example"), hosts={"touchpath.example", "127.0.0.1"})  # type: ignore[arg-type]
    browser = Browser(app, send)
    marks = {"origin": "https://127.0.0.1:8400", "x-forwarded-host": "evil.example", "forwarded": "host=evil.example"}
    assert browser.post("/sign-in", marks, email="ada@example.org", password=PASSWORD).status_code == 303
    page = browser.post("/settings/members", marks, email="bea@example.org", role="viewer")
    assert re.search(r"https://touchpath\.example/welcome/[\w-]{43}", page.text)
    assert "evil" not in page.text
    assert send(app, "GET", "/sign-in", headers={"host": "evil.example"}).status_code == 400


def test_the_form_speaks_the_language_of_the_browser(browser: Browser):
    page = browser.get("/sign-in?ended=1", **{"accept-language": "de-DE"})
    assert "<h1>Anmelden</h1>" in page.text
    assert "Das geschieht nach 24 Stunden ohne Benutzung" in page.text
    assert 'popovertarget="nav"' not in page.text  # there is nothing in it yet


def test_names_of_workspaces_are_told_to_members_only(browser: Browser, app: FastAPI, send: Send):
    for path in ("/sign-in", "/welcome/x", "/nothing"):
        assert "The Shop" not in browser.get(path).text
    browser.sign_in()
    assert "The Shop" in browser.get("/settings/account").text


def test_nothing_secret_is_logged(browser: Browser, caplog: pytest.LogCaptureFixture, gate: Gate):
    caplog.set_level(logging.DEBUG)
    secret = gate.members.new_link(gate.members.by_email("ada@example.org").id)[1]
    browser.get(f"/welcome/{secret}")
    browser.sign_in(password="not the password")
    browser.sign_in()
    for hidden in (secret, PASSWORD, "not the password", browser.cookies["touchpath"]):
        assert not any(
            hidden in record.getMessage() for record in caplog.records if record.name != "httpx"
        )  # that is the browser here


def test_without_sign_in_the_pages_about_it_say_how_to_turn_it_on(workspaces: dict[str, object], send: Send):
    off = build_app(workspaces)  # type: ignore[arg-type]
    for path in ("/sign-in", "/settings/account", "/settings/members", "/settings/tokens", "/settings/log", "/welcome/x"):
        answer = send(off, "GET", path, headers={"accept": "text/html"})
        assert answer.status_code == 404
        assert "TOUCHPATH_SIGN_IN=1" in answer.text
    assert "Sign out" not in send(off, "GET", "/w/shop/", headers={"accept": "text/html"}).text


def test_every_page_about_sign_in_is_drawn_when_empty_and_when_full(browser: Browser, gate: Gate):
    browser.sign_in()
    ada = gate.members.by_email("ada@example.org")
    paths = (
        "/settings/account",
        "/settings/tokens",
        "/settings/members",
        f"/settings/members/{ada.id}",
        "/settings/log",
        "/settings/log?before=1",
    )
    for path in paths:
        page = browser.get(path)
        assert page.status_code == 200
        assert len(re.findall("<h1", page.text)) == 1
        assert not re.search(r"<style|\sstyle=|\son\w+=\"|javascript:", page.text)
    assert "You have no token" in told(browser.get("/settings/tokens"))
    assert "Nothing older is kept" in told(browser.get("/settings/log?before=1"))
    gate.tokens.make(ada, HOSTILE, {TokenScope.READ}, 1)
    gate.members.invite("bea@example.org", Role.VIEWER, name=HOSTILE)
    gate.note(HOSTILE, HOSTILE, HOSTILE)
    for path in ("/settings/tokens", "/settings/members", "/settings/log"):
        assert "<img src=x" not in browser.get(path).text
    assert browser.get("/settings/log?before=x").status_code == 400
