"""People's rights in the browser and over HTTP: asked first, done for good, only by those who may."""

from __future__ import annotations

import html
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from touchpath import Signal
from touchpath.bootstrap import build_server, create_workspace, open_workspace
from touchpath.model.errors import NotAllowed
from touchpath.services.privacy import Privacy
from touchpath.store.signals import Rejected
from touchpath.web.access import Action
from touchpath.web.app import build_app

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAGE = {"accept": "text/html"}
SAID = "Call me on 07700 900123, or write to zoe@example.org"


@pytest.fixture
def workspace(tmp_path):
    create_workspace(tmp_path / "shop")
    opened = open_workspace(tmp_path / "shop")
    for number, (actor, text) in enumerate([("user:ann-1", SAID), ("user:ann-1", "fine"), ("user:bob-1", "ok")]):
        moment = NOON + timedelta(minutes=number)
        opened.record(
            [Signal("desk", str(number), "ticket.opened", moment, (actor,), text=text, properties={"mail": "zoe@example.org"})]
        )
    yield opened
    opened.close()


@pytest.fixture
def server(workspace):
    return build_server([workspace])


def test_somebody_is_erased_from_their_page_after_a_question(send, server, workspace):
    page = send(server, "GET", "/w/shop/people/user:ann-1", headers=PAGE).text
    assert "/w/shop/privacy/erase?actor=user%3Aann-1" in page
    asked = html.unescape(send(server, "GET", "/w/shop/privacy/erase?actor=user:ann-1", headers=PAGE).text)
    assert "Erase" in asked
    assert "desk (2)" in asked
    assert "No backups are known" in asked
    unsure = send(server, "POST", "/w/shop/privacy/erase", data={"actor": "user:ann-1"}, headers=PAGE)
    assert (unsure.status_code, workspace.platform.person("user:ann-1").total) == (400, 2)
    done = send(
        server, "POST", "/w/shop/privacy/erase", data={"actor": "user:ann-1", "sure": "yes", "why": "request 12"}, headers=PAGE
    )
    assert done.status_code == 303
    said = html.unescape(send(server, "GET", done.headers["location"], headers=PAGE).text)
    assert "Gone for good: signals 2, records 0." in said
    assert "request 12" in said
    assert "user:ann-1" not in said
    assert send(server, "GET", "/w/shop/people/user:ann-1", headers=PAGE).status_code == 404
    assert send(server, "GET", "/w/shop/people/user:bob-1", headers=PAGE).status_code == 200


def test_who_was_erased_is_let_in_again(send, server, workspace):
    workspace.forget(["user:ann-1"])
    assert "1 id is kept out" in send(server, "GET", "/w/shop/privacy", headers=PAGE).text
    assert (
        send(server, "POST", "/w/shop/privacy/let-in", data={"actor": "user:ann-1", "why": " "}, headers=PAGE).status_code == 400
    )
    back = send(server, "POST", "/w/shop/privacy/let-in", data={"actor": "user:ann-1", "why": "a customer again"}, headers=PAGE)
    assert back.status_code == 303
    assert "a customer again" in send(server, "GET", "/w/shop/privacy", headers=PAGE).text


def test_an_export_is_a_zip_that_nobody_caches(send, server):
    answer = send(server, "GET", "/w/shop/privacy/export?actor=user:ann-1")
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("application/zip", "no-store")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        rows = [json.loads(line) for line in archive.read("signals.jsonl").splitlines()]
    assert [row["text"] for row in rows] == [SAID, "fine"]
    assert send(server, "GET", "/w/shop/privacy/export?actor=user:nobody").status_code == 404


def test_another_site_s_page_cannot_erase_anybody(send, server, workspace):
    forged = {**PAGE, "sec-fetch-site": "cross-site"}
    answer = send(server, "POST", "/w/shop/privacy/erase", data={"actor": "user:ann-1", "sure": "yes"}, headers=forged)
    assert (answer.status_code, workspace.platform.person("user:ann-1").total) == (403, 2)


def test_personal_details_are_hidden_until_somebody_who_may_asks_for_them(send, server):
    page = html.unescape(send(server, "GET", "/w/shop/people/user:ann-1", headers=PAGE).text)
    assert "Call me on [phone], or write to [e-mail]" in page
    assert "zoe@example.org" not in page
    assert SAID in html.unescape(send(server, "GET", "/w/shop/people/user:ann-1?clear=true", headers=PAGE).text)
    shown = send(server, "GET", "/api/v1/workspaces/shop/people/user:ann-1").json()
    assert shown["entries"][1]["text"] == "Call me on [phone], or write to [e-mail]"
    assert shown["entries"][1]["properties"] == {"mail": "[e-mail]"}
    clear = send(server, "GET", "/api/v1/workspaces/shop/people/user:ann-1?clear=true").json()
    assert clear["entries"][1]["text"] == SAID


def test_a_search_does_not_tell_what_is_hidden(send, server):
    def found(words: str, more: str = "") -> int:
        return send(server, "GET", f"/api/v1/workspaces/shop/people/user:ann-1?search={words}{more}").json()["matching"]

    assert (found("900123"), found("zoe@example.org"), found("call")) == (0, 0, 1)
    assert found("900123", "&clear=true") == 1


class Analyst:
    """A policy for somebody who reads people, but no details of theirs, and erases and exports nobody."""

    def check(self, action: Action, request: object) -> None:
        if action in (Action.READ_CLEAR, Action.EXPORT, Action.ERASE):
            raise NotAllowed("Not you.")


def test_an_analyst_is_offered_nothing_that_they_may_not(send, workspace):
    privacy = {"shop": Privacy(workspace.forgetting, workspace.exports)}
    app = build_app({"shop": workspace.platform}, privacy=privacy, policy=Analyst())  # type: ignore[arg-type]
    page = send(app, "GET", "/w/shop/people/user:ann-1", headers=PAGE).text
    assert not any(words in page for words in ("Show personal details", "Export this person", "Erase this person"))
    for path in ("people/user:ann-1?clear=true", "privacy", "privacy/erase?actor=user:ann-1", "privacy/export?actor=user:ann-1"):
        assert send(app, "GET", f"/w/shop/{path}", headers=PAGE).status_code == 403, path
    for path in ("people/user:ann-1?clear=true", "journeys/x/map?clear=true", "privacy/erasures"):
        assert send(app, "GET", f"/api/v1/workspaces/shop/{path}").status_code == 403, path
    assert send(app, "POST", "/api/v1/workspaces/shop/privacy/erasures", json={"actors": ["user:ann-1"]}).status_code == 403


VALUES = json.dumps({"query": "values", "column": "properties.mail", "take": "any"})


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_values_of_properties_are_hidden_until_somebody_who_may_asks_for_them(method, send, server, workspace):
    def ask(app: object, **more: object):
        place = "/api/v1/workspaces/shop/ask"
        if method == "GET":
            return send(app, "GET", place, params={"query": VALUES, **more})
        return send(app, "POST", place, params=more, content=VALUES)

    hidden, clear = ask(server), ask(server, clear=True)
    assert [row["value"] for row in hidden.json()["tables"]["values"]] == ["[e-mail]"]
    assert [row["value"] for row in clear.json()["tables"]["values"]] == ["zoe@example.org"]
    analyst = build_app({"shop": workspace.platform}, policy=Analyst())  # type: ignore[arg-type]
    assert ask(analyst).json() == hidden.json()
    assert ask(analyst, clear=True).status_code == 403


def test_a_list_of_queries_hides_values_too(send, server):
    place, queries = "/api/v1/workspaces/shop/ask", f"[{VALUES}, {VALUES}]"
    assert "zoe@example.org" not in send(server, "POST", place, content=queries).text
    assert send(server, "POST", place, params={"clear": True}, content=queries).text.count("zoe@example.org") == 2


def test_erasures_over_http(send, server):
    place = "/api/v1/workspaces/shop/privacy/erasures"
    assert send(server, "POST", place, json={"actors": []}).status_code == 400
    assert send(server, "POST", place, json={"actors": ["ann"]}).status_code == 400
    done = send(server, "POST", place, json={"actors": ["user:ann-1"], "why": "request 12"})
    assert (done.status_code, done.json()["went"]["signals"]) == (201, 2)
    (line,) = send(server, "GET", place).json()
    assert (line["id"], line["by"], line["why"], len(line["people"])) == (done.json()["id"], "api", "request 12", 1)


def test_a_server_that_only_shows_offers_no_erasure(send, workspace):
    app = build_app({"shop": workspace.platform})  # type: ignore[dict-item]
    assert "Erase this person" not in send(app, "GET", "/w/shop/people/user:ann-1", headers=PAGE).text
    assert send(app, "GET", "/w/shop/privacy", headers=PAGE).status_code == 503


def test_searching_people_does_not_tell_who_wrote_a_detail(workspace):
    assert workspace.platform.find_people("0790") == ()
    assert workspace.platform.find_people("zoe@example.org") == ()
    assert [hit.actor for hit in workspace.platform.find_people("CALL me")] == ["user:ann-1"]


def test_an_analyst_sees_no_detail_in_refused_records(send, workspace):
    workspace.quarantine.keep("other", [Rejected("a.csv", 1, "The time 'zoe@example.org' is none.", f"1,{SAID},x")])
    app = build_app({"shop": workspace.platform}, incoming={"shop": workspace.incoming}, policy=Analyst())
    page = html.unescape(send(app, "GET", "/w/shop/data/quarantine", headers=PAGE).text)
    assert "Call me on [phone]" in page
    told = send(app, "GET", "/api/v1/workspaces/shop/quarantine").text
    assert "[phone]" in told
    assert not any("zoe@example.org" in text or "07700" in text for text in (page, told))
