"""Hosts, origins, forged writes, headers, and who gets in."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from touchpath.web.access import is_loopback
from touchpath.web.app import build_app
from touchpath.web.guard import CONTENT_POLICY, host_name

Send = Callable[..., httpx.Response]


def test_every_answer_carries_the_security_headers(app: object, send: Send) -> None:
    for path in ("/w/shop/", "/health", "/api/v1/workspaces", "/nothing", "/api/v1/workspaces/x"):
        headers = send(app, "GET", path).headers
        assert headers["content-security-policy"] == CONTENT_POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"


def test_the_content_policy_allows_nothing_inline_and_nobody_elses_frames() -> None:
    assert "unsafe" not in CONTENT_POLICY
    assert CONTENT_POLICY.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "frame-ancestors 'none'" in CONTENT_POLICY


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8400", "127.0.0.1.evil.example", "localhost.evil.example", "[::2]:8400", "[::1"]
)
def test_a_host_that_is_not_ours_is_refused(host: str, app: object, send: Send) -> None:
    answer = send(app, "GET", "/w/shop/", headers={"host": host})
    assert answer.status_code == 400
    assert answer.json()["code"] == "bad_input"


@pytest.mark.parametrize("host", ["127.0.0.1:8400", "localhost:8400", "localhost", "[::1]:8400"])
def test_this_machines_own_names_are_known(host: str, app: object, send: Send) -> None:
    assert send(app, "GET", "/w/shop/", headers={"host": host}).status_code == 200


def test_a_foreign_page_may_not_read(app: object, send: Send) -> None:
    for origin in ("https://evil.example", "null", "http://127.0.0.1.evil.example:8400"):
        assert send(app, "GET", "/api/v1/workspaces", headers={"origin": origin}).status_code == 403
    assert send(app, "GET", "/api/v1/workspaces", headers={"origin": "http://127.0.0.1:8400"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:9999"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_write_that_another_sites_page_sent_is_refused(headers: dict[str, str], app: object, send: Send) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert send(app, method, "/api/v1/workspaces", headers=headers).status_code == 403


def test_a_write_of_our_own_page_or_of_a_program_reaches_its_route(app: object, send: Send) -> None:
    own = {"origin": "http://127.0.0.1:8400", "sec-fetch-site": "same-origin"}
    assert send(app, "POST", "/api/v1/workspaces", headers=own).status_code == 405
    assert send(app, "POST", "/api/v1/workspaces").status_code == 405


def test_without_sign_in_only_this_machine_gets_in(app: object, send: Send) -> None:
    for path in ("/w/shop/", "/", "/design", "/api/v1/workspaces", "/api/v1/openapi.json", "/w/shop/people/user:42"):
        answer = send(app, "GET", path, client=("192.0.2.7", 5000))
        assert answer.status_code == 403
        assert "only this machine" in answer.json()["detail"]
    assert send(app, "GET", "/health", client=("192.0.2.7", 5000)).status_code == 200


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("10.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("", False),
        ("localhost", False),
    ],
)
def test_loopback_addresses_are_told_from_others(address: str, ours: bool) -> None:
    assert is_loopback(address) is ours


def test_host_names_lose_their_port() -> None:
    assert [host_name(host) for host in ("a.b:80", "a.b", "[::1]:80", "")] == ["a.b", "a.b", "::1", ""]


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-real-ip", "x-forwarded-host"])
def test_without_sign_in_nobody_gets_in_through_a_proxy_on_this_machine(header: str, app: object, send: Send) -> None:
    answer = send(app, "GET", "/w/shop/", headers={header: "127.0.0.1"})
    assert answer.status_code == 403
    assert "TOUCHPATH_SIGN_IN=1" in answer.json()["detail"]


def test_an_address_is_a_name_of_ours_only_where_it_is_meant_to_be(workspaces: dict[str, object], send: Send) -> None:
    asked = ("203.0.113.7:8400", "[2001:db8::1]:8400", "evil.example", "203.0.113.7.evil.example", "0x7f.1")
    for addresses, statuses in ((False, [400] * 5), (True, [200, 200, 400, 400, 400])):
        app = build_app(workspaces, addresses=addresses)  # type: ignore[arg-type]
        assert [send(app, "GET", "/health", headers={"host": host}).status_code for host in asked] == statuses
