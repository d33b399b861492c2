"""The quarantine's pages and addresses on a real workspace: seen, masked, tried, taken, given up."""

import html
import json
import re
import threading
import time

import pytest
from typer.testing import CliRunner

from touchpath.bootstrap import build_server, create_workspace, open_workspace
from touchpath.cli.main import app as terminal
from touchpath.model.errors import NotAllowed
from touchpath.store.signals import Rejected
from touchpath.web.access import Action
from touchpath.web.app import build_app

HOSTILE = "<img src=x onerror=alert(1)>"
MAPPING = """format: touchpath-mapping/1
source: shop
signals:
  - {kind: order.placed, id: id, occurred_at: at, actors: {user: who}, value: n}
"""
MENDED = MAPPING.replace("value: n", f"value: {{column: n, map: {{'{HOSTILE}': 1}}}}")
CSV = "id,at,who,n\n" + "".join(f"{i},2026-01-0{i % 9 + 1},Anna{i % 3},{HOSTILE if i % 4 == 0 else i}\n" for i in range(20))
PAGE = {"accept": "text/html"}
API = "/api/v1/workspaces/shop/quarantine"


@pytest.fixture
def workspace(tmp_path):
    create_workspace(tmp_path / "shop")
    opened = open_workspace(tmp_path / "shop")
    uploads = opened.incoming.uploads
    receiving = uploads.receive("orders.csv")
    receiving.write(CSV.encode())
    id = receiving.finish().id
    uploads.keep_mapping(id, MAPPING)
    uploads.start(id)
    deadline = time.monotonic() + 60
    while uploads.show(id).upload.active and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    yield opened
    opened.close()


@pytest.fixture
def server(workspace):
    return build_server([workspace])


def group_of(page):
    return html.unescape(re.search(r'<h2 id="held-1"><a href="([^"]+)"', page).group(1))


def test_the_page_groups_reasons_with_samples_and_nothing_is_markup(send, server):
    page = send(server, "GET", "/w/shop/data/quarantine", headers=PAGE).text
    assert "<b>5 records</b>" in page
    assert HOSTILE not in page
    assert html.escape(HOSTILE, quote=False) in page
    assert send(server, "GET", "/w/shop/data/quarantine?origin=live", headers=PAGE).text.count("held-1") == 0
    assert send(server, "GET", "/w/shop/data/quarantine?origin=moon", headers=PAGE).status_code == 400


def test_reasons_are_told_in_the_language_of_the_page(send, server):
    found = html.unescape(send(server, "GET", "/w/shop/data/quarantine", headers=PAGE | {"accept-language": "de"}).text)
    assert "ist keine Zahl" in found
    assert "is not a number" not in found


def test_what_came_live_is_shown_as_it_was_sent(send, server, workspace):
    kept = {
        "receiver": "native",
        "key": "web-1",
        "received_at": 1_772_362_800_000_000,
        "path": "/v1/signals",
        "query": "",
        "headers": {},
    }
    record = json.dumps({**kept, "body": json.dumps({"signals": [{"id": "a1", "text": HOSTILE}], "sent_at": None})})
    workspace.quarantine.keep(
        "live web", [Rejected("native post 7-1", 4, "There is no kind.", record), Rejected("p", 1, "odd", "{")]
    )
    page = html.unescape(send(server, "GET", "/w/shop/data/quarantine?origin=live", headers=PAGE).text)
    assert "native post 7-1, 5" in page
    assert "sent to /v1/signals on 1 Mar 2026 at 11:00:00" in page
    assert f'{{\n  "id": "a1",\n  "text": "{HOSTILE}"\n}}</code>' in page
    assert "receiver" not in page
    assert "orders.csv, line 2" in send(server, "GET", "/w/shop/data/quarantine", headers=PAGE).text


def test_many_reasons_stand_on_several_pages(send, server, workspace):
    reasons = [chr(97 + n // 26) + chr(97 + n % 26) for n in range(60)]
    workspace.quarantine.keep("live web", [Rejected("p", n, f"reason {one} web", "{}") for n, one in enumerate(reasons)])
    pages = [send(server, "GET", f"/w/shop/data/quarantine?q=web&page={page}", headers=PAGE).text for page in (1, 2, 3, 4)]
    assert [page.count('<section class="card held"') for page in pages] == [25, 25, 10, 0]
    assert [("After</a>" in page, "Before</a>" in page) for page in pages] == [
        (True, False),
        (True, True),
        (False, True),
        (False, True),
    ]
    assert "q=web" in re.search(r'href="([^"]+)">After', pages[0]).group(1)
    assert send(server, "GET", "/w/shop/data/quarantine?page=0", headers=PAGE).status_code == 400


def test_records_are_mended_tried_and_taken_by_form(send, server, workspace):
    place = group_of(send(server, "GET", "/w/shop/data/quarantine", headers=PAGE).text)
    held = workspace.incoming.quarantine.groups()[0]
    fields = {"job": held.job, "reason": held.pattern, "mapping": MENDED, "format": ""}
    tried = send(server, "POST", place, data={**fields, "do": "try"}, headers=PAGE)
    page = send(server, "GET", tried.headers["location"], headers=PAGE).text
    assert "5 of 5 can be taken now" in page
    assert workspace.incoming.quarantine.total() == 5
    taken = send(server, "POST", place, data={**fields, "do": "take"}, headers=PAGE)
    page = send(server, "GET", taken.headers["location"], headers=PAGE).text
    assert "5 records were taken" in page
    assert "Nothing is in quarantine" in page
    assert send(server, "GET", place, headers=PAGE).status_code == 404


def test_a_mend_with_a_fault_is_told_and_loses_nothing(send, server, workspace):
    place = group_of(send(server, "GET", "/w/shop/data/quarantine", headers=PAGE).text)
    held = workspace.incoming.quarantine.groups()[0]
    fields = {"job": held.job, "reason": held.pattern, "mapping": MAPPING.replace("value: n", "value: m"), "do": "try"}
    tried = send(server, "POST", place, data=fields, headers=PAGE)
    page = html.unescape(send(server, "GET", tried.headers["location"], headers=PAGE).text)
    assert "They cannot be read as it stands now" in page
    assert "'m'" in page
    assert send(server, "POST", place, data={**fields, "do": "take"}, headers=PAGE).status_code == 400
    assert workspace.incoming.quarantine.total() == 5


def test_giving_up_asks_first(send, server, workspace):
    held = workspace.incoming.quarantine.groups()[0]
    asked = send(server, "GET", "/w/shop/data/quarantine/give-up", params={"job": held.job, "reason": held.pattern}, headers=PAGE)
    assert "Give 5 records up?" in asked.text
    assert workspace.incoming.quarantine.total() == 5
    gone = send(server, "POST", "/w/shop/data/quarantine/give-up", data={"job": held.job, "reason": held.pattern}, headers=PAGE)
    assert "5 records were given up" in send(server, "GET", gone.headers["location"], headers=PAGE).text


def test_the_same_over_json(send, server, workspace):
    (group,) = send(server, "GET", API).json()
    assert (group["records"], group["title"], len(group["samples"])) == (5, "orders.csv", 2)
    which = {"job": group["job"], "reason": group["reason"]}
    assert len(send(server, "GET", f"{API}/records", params=which).json()["samples"]) == 5
    assert send(server, "POST", f"{API}/try", json=which).json() == {
        "taken": 0, "refused": 5, "signals": 0, "still": {group["reason"]: 5},
    }  # fmt: skip
    workspace.incoming.uploads.keep_mapping(workspace.incoming.uploads.all()[0].upload.id, MENDED)
    assert send(server, "POST", f"{API}/take", json=which).json()["taken"] == 5
    assert send(server, "GET", f"{API}/records", params=which).status_code == 404
    workspace.quarantine.keep("nobody", [Rejected("p", 1, "no", "{}")])
    assert send(server, "POST", f"{API}/try", json={"job": "nobody"}).status_code == 409
    assert send(server, "POST", f"{API}/give-up", json={"job": "nobody"}).json() == {"gone": 1}


class ReadersOnly:
    def check(self, action, request):
        if action in (Action.READ_PEOPLE, Action.MEND):
            raise NotAllowed("Only numbers.")


def test_who_may_not_read_people_sees_the_form_of_records_only(send, server, workspace):
    app = build_app({"shop": workspace.platform}, incoming={"shop": workspace.incoming}, policy=ReadersOnly())
    held = workspace.incoming.quarantine.groups()[0]
    for path in ("/w/shop/data/quarantine", f"{API}", f"{API}/records?job={held.job}"):
        text = html.unescape(send(app, "GET", path, headers=PAGE).text)
        assert "Anna" not in text
        assert "onerror" not in text
        assert "xxxx0" in text
    page = send(app, "GET", "/w/shop/data/quarantine/records", params={"job": held.job}, headers=PAGE).text
    assert "Letters and digits are hidden" in page
    assert "Take what is good" not in page
    for path in ("records", "give-up"):
        assert send(app, "POST", f"/w/shop/data/quarantine/{path}", data={"job": held.job}, headers=PAGE).status_code == 403
    foreign = {"origin": "https://evil.example", **PAGE}
    assert send(server, "POST", "/w/shop/data/quarantine/give-up", data={"job": held.job}, headers=foreign).status_code == 403


def test_the_terminal_lists_reasons_and_gives_up(workspace):
    folder, run = str(workspace.folder), CliRunner().invoke
    (group,) = json.loads(run(terminal, ["rejected", "--folder", folder, "--json"]).stdout)
    assert (group["records"], group["from"]) == (5, "orders.csv")
    assert len(json.loads(run(terminal, ["rejected", group["job"], "--folder", folder, "--json"]).stdout)) == 5
    assert run(terminal, ["rejected", group["job"], "--give-up", "--folder", folder], input="n\n").exit_code == 1
    gone = run(terminal, ["rejected", group["job"], "--give-up", "--yes", "--folder", folder])
    assert "5 records are gone" in gone.stdout
    assert json.loads(run(terminal, ["rejected", "--folder", folder, "--json"]).stdout) == []
