"""Write keys and live counts in the browser and over HTTP, on a real workspace whose server also takes signals."""

import html
import re
from datetime import UTC, date, datetime, timedelta

import pytest

from touchpath.bootstrap import build_reception, build_server, create_workspace, open_workspace, take_in_front
from touchpath.model.errors import NotAllowed
from touchpath.services.intake import MEANINGS, Intake, by_source, counted
from touchpath.store.intake_counts import COUNTED, IntakeDay
from touchpath.web.access import Action
from touchpath.web.app import build_app

HOSTILE = '<img src=x onerror="alert(1)">'
PAGE = {"accept": "text/html"}
PLACE = "/w/shop/data/keys"
API = "/api/v1/workspaces/shop"


@pytest.fixture
def workspace(tmp_path):
    create_workspace(tmp_path / "shop")
    opened = open_workspace(tmp_path / "shop")
    yield opened
    opened.close()


@pytest.fixture
def server(workspace):
    return build_server([workspace])


def made_key(page):
    return html.unescape(re.search(r'aria-label="The key"><code>([^<]+)</code>', page)[1])


def test_a_key_made_in_the_browser_is_shown_once_and_takes_signals_at_once(send, workspace, server):
    empty = send(server, "GET", PLACE, headers=PAGE).text
    assert "Nothing came in live" in empty
    answer = send(
        server, "POST", PLACE, data={"source": "web-shop", "origins": "https://a.example https://*.b.example"}, headers=PAGE
    )
    key = made_key(answer.text)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert key not in send(server, "GET", PLACE, headers=PAGE).text
    assert key not in "".join(str(one.document) for one in workspace.records.list("write key"))
    (shown,) = workspace.live.keys.list()
    assert (shown.id, shown.made_by, shown.terms.origins) == (
        "web-shop-1",
        "browser",
        ("https://a.example", "https://*.b.example"),
    )
    front = take_in_front(server, build_reception([workspace]), workspace.settings)
    signal = {"id": "1", "kind": "key.tried", "occurred_at": "2026-03-01T10:00:00Z"}
    bad = {"id": "2", "kind": "key.tried", "occurred_at": "never"}
    taken = send(front, "POST", "/v1/signals", json={"signals": [signal, bad]}, headers={"authorization": f"Bearer {key}"})
    assert [one["result"] for one in taken.json()["results"]] == ["ok", "drop"]
    assert "1 request waits" in send(server, "GET", PLACE, headers=PAGE).text
    workspace.live.drain.round()
    page = send(server, "GET", PLACE, headers=PAGE).text
    assert "request waits" not in page
    assert '<th scope="row" dir="auto">web-shop</th><td class="right">1</td>' in page
    refused = html.unescape(re.search(r'href="([^"]+quarantine[^"]+)">1</a>', page)[1])
    assert "occurred_at" in send(server, "GET", refused, headers=PAGE).text


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"source": "Web Shop"}, 400, "The source came as"),
        ({"source": "web", "origins": "shop.example"}, 400, "The origin came as"),
        ({"source": "web", "internal": "10.0.0.0/99"}, 400, "internal network"),
        ({"source": "web", "addresses": "some"}, 400, "IP addresses"),
        ({"source": "web", "text": "short"}, 400, "at least 8"),
        ({"source": "web", "secret": "hunter2"}, 400, ""),
        ({"source": HOSTILE}, 400, html.escape(HOSTILE, quote=False).replace('"', "&#34;")),
        ({"source": "other", "text": "known-to-us"}, 409, "Another key"),
    ],
)
def test_a_form_that_cannot_be_meant_says_why_and_keeps_what_was_typed(send, workspace, server, fields, status, said):
    workspace.live.keys.add(workspace_terms(), "test", "known-to-us")
    answer = send(server, "POST", PLACE, data=fields, headers=PAGE)
    assert (answer.status_code, 'role="alert"' in answer.text) == (status, True)
    assert said in answer.text
    assert HOSTILE not in answer.text
    assert "hunter2" not in answer.text
    assert len(workspace.live.keys.list()) == 1
    if fields["source"] == "web":
        assert 'value="web"' in answer.text


def workspace_terms():
    from touchpath.services.receiving import Terms

    return Terms("", "web")


def test_a_key_is_revoked_after_a_question(send, workspace, server):
    workspace.live.keys.add(workspace_terms(), "test", "known-to-us")
    question = send(server, "GET", f"{PLACE}/web-1/revoke", headers=PAGE)
    assert "Revoke web-1?" in question.text
    assert not workspace.live.keys.list()[0].revoked
    answer = send(server, "POST", f"{PLACE}/web-1/revoke", data={"why": "leaked"}, headers=PAGE)
    assert answer.status_code == 303
    assert "Nothing more is taken with web-1" in send(server, "GET", answer.headers["location"], headers=PAGE).text
    assert workspace.live.keys.find("known-to-us") is None
    assert "revoked already" in send(server, "GET", f"{PLACE}/web-1/revoke", headers=PAGE).text
    for method in ("GET", "POST"):
        assert send(server, method, f"{PLACE}/web-9/revoke", headers=PAGE).status_code == 404


def test_programs_make_list_and_revoke_keys(send, workspace, server):
    made = send(server, "POST", f"{API}/keys", json={"source": "crm", "consent": "analytics", "addresses": "nothing"})
    assert made.status_code == 201
    text = made.json().pop("text")
    assert workspace.live.keys.find(text).consent == "analytics"
    (listed,) = send(server, "GET", f"{API}/keys").json()
    assert (listed["id"], listed["made_by"], listed["addresses"], "text" in listed) == ("crm-1", "api", "nothing", False)
    assert send(server, "DELETE", f"{API}/keys/crm-1").json()["revoked"] is True
    assert send(server, "GET", f"{API}/keys/crm-1").json()["revoked"] is True
    assert send(server, "GET", f"{API}/keys/crm-9").status_code == 404
    assert send(server, "POST", f"{API}/keys", json={"source": "UPPER"}).status_code == 400
    today = datetime.now(UTC).date()
    workspace.live.counts.add(
        "a", 1, [IntakeDay(today, "crm", {"signals": 3}), IntakeDay(today - timedelta(days=40), "crm", {"signals": 9})]
    )
    (day,) = send(server, "GET", f"{API}/intake").json()
    assert (day["source"], day["counts"]["signals"], day["counts"]["bot"]) == ("crm", 3, 0)
    assert len(send(server, "GET", f"{API}/intake?days=60").json()) == 2


def test_keys_are_an_action_of_their_own(send, workspace):
    class Reader:
        def check(self, action, request):
            if action is Action.MANAGE_KEYS:
                raise NotAllowed("Not you.")

    workspace.live.keys.add(workspace_terms(), "test", "known-to-us")
    app = build_app({"shop": workspace.platform}, incoming={"shop": workspace.incoming}, policy=Reader())
    page = send(app, "GET", PLACE, headers=PAGE)
    assert (page.status_code, "web-1" in page.text, "<form" in page.text.partition("<main")[2]) == (200, False, False)
    for method, path in [("POST", PLACE), ("GET", f"{PLACE}/web-1/revoke"), ("POST", f"{PLACE}/web-1/revoke"), ("GET", f"{API}/keys"),
                         ("POST", f"{API}/keys"), ("DELETE", f"{API}/keys/web-1")]:  # fmt: skip
        assert send(app, method, path, headers=PAGE).status_code == 403
    assert send(app, "GET", f"{API}/intake").status_code == 200


def test_another_sites_page_cannot_make_a_key(send, workspace, server):
    forged = {**PAGE, "origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    assert send(server, "POST", PLACE, data={"source": "web"}, headers=forged).status_code == 403
    assert workspace.live.keys.list() == ()


def test_counts_are_added_up_by_source():
    days = [IntakeDay(date(2026, 3, 2), "a", {"signals": 1, "late": 1}), IntakeDay(date(2026, 3, 1), "b", {"signals": 5}),
            IntakeDay(date(2026, 3, 1), "a", {"signals": 2})]  # fmt: skip
    assert [(source, counts["signals"]) for source, counts in by_source(days).items()] == [("b", 5), ("a", 3)]
    assert counted(days) == ("signals", "late")
    assert counted([]) == ("signals",)
    assert tuple(MEANINGS) == COUNTED

    class Counts:
        def days(self, since):
            return [since]

    assert Intake(None, Counts(), lambda: (0, 0)).days(30, date(2026, 3, 30)) == [date(2026, 3, 1)]
    assert Intake(None, Counts(), lambda: (0, 0)).waiting().since is None
