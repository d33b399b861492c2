"""The pages and addresses of connections on a real workspace: seen, checked, run beside the server, stopped, mended."""

import html
import threading
import time

import pytest
from vendor_server import Answered, VendorServer, Zendesk
from zendesk_account import account, ticket

from touchpath.bootstrap import build_server, create_workspace, open_workspace
from touchpath.model.errors import NotAllowed
from touchpath.web.access import Action
from touchpath.web.app import build_app

PAGE = {"accept": "text/html"}
LIST, ONE = "/w/shop/data/connections", "/w/shop/data/connections/help"
API = "/api/v1/workspaces/shop/connections"
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def zendesk():
    return Zendesk(**account())


@pytest.fixture
def vendor(zendesk):
    with VendorServer(zendesk) as running:
        yield running


@pytest.fixture
def workspace(tmp_path, vendor, monkeypatch):
    monkeypatch.setenv("ZENDESK_TOKEN", "s3cret-token")
    create_workspace(tmp_path / "shop")
    opened = open_workspace(tmp_path / "shop")
    settings = {"subdomain": "x", "email": "agent@example.com", "token": "env:ZENDESK_TOKEN", "address": vendor.address}
    opened.connections.add("help", "zendesk", settings, streams=("tickets", "users"))
    yield opened
    opened.close()


@pytest.fixture
def server(workspace):
    return build_server([workspace])


def done(workspace):
    """Wait until the run beside the server has ended."""
    runs, deadline = workspace.incoming.runs, time.monotonic() + 60
    while runs.show("help").running and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    return runs.show("help")


def test_a_connection_is_seen_checked_and_run(send, server, workspace):
    assert "never run" in send(server, "GET", LIST, headers=PAGE).text
    checked = send(server, "POST", ONE, data={"do": "check"}, headers=PAGE)
    assert "Zendesk answers; the token belongs to" in send(server, "GET", checked.headers["location"], headers=PAGE).text
    begun = send(server, "POST", ONE, data={"do": "run"}, headers=PAGE)
    assert (begun.status_code, begun.headers["location"]) == (303, ONE)
    assert sum(state.new for state in done(workspace).states) == 8
    page = send(server, "GET", ONE, headers=PAGE).text
    assert "Read what is new" in page
    assert '<th scope="row">tickets</th>' in page
    assert "8 new signals in the last run" in send(server, "GET", LIST, headers=PAGE).text


def test_the_same_over_json(send, server, workspace):
    assert send(server, "POST", f"{API}/help/check").json()["said"].startswith("Zendesk answers")
    assert send(server, "POST", f"{API}/help/run").status_code == 202
    done(workspace)
    (one,) = send(server, "GET", API).json()
    assert [(stream["stream"], stream["new"], stream["problem"]) for stream in one["streams"]] == [
        ("tickets", 6, ""),
        ("users", 2, ""),
    ]
    assert send(server, "GET", f"{API}/help").json() == one
    assert send(server, "GET", f"{API}/nobody").status_code == 404
    assert "ZENDESK_TOKEN" not in send(server, "GET", API).text


def test_a_problem_is_shown_as_words_and_never_as_markup(send, server, workspace, vendor):
    vendor.faults.append(Answered(402, {"error": HOSTILE}))
    send(server, "POST", ONE, data={"do": "run"}, headers=PAGE)
    done(workspace)
    page = send(server, "GET", ONE, headers=PAGE).text
    assert "1 of 2 streams stopped before their end" in page
    assert HOSTILE not in page
    assert HOSTILE in html.unescape(page)
    assert "stopped" in send(server, "GET", LIST, headers=PAGE).text


def test_two_runs_never_overlap_and_one_is_stopped(send, server, workspace, vendor):
    vendor.faults.append(Answered(429, {}, {"Retry-After": "600"}))
    assert send(server, "POST", f"{API}/help/run").status_code == 202
    assert send(server, "POST", f"{API}/help/run").status_code == 409
    assert send(server, "POST", f"{API}/help/stop").status_code == 202
    assert not done(workspace).running
    assert send(server, "POST", f"{API}/help/run").status_code == 202
    assert sum(state.new for state in done(workspace).states) == 8


def test_a_run_that_cannot_begin_says_why(send, server, workspace, tmp_path):
    with workspace.pulls._states.running("help"):
        send(server, "POST", ONE, data={"do": "run"}, headers=PAGE)
        done(workspace)
    assert "The connection &#39;help&#39; is being run already" in send(server, "GET", ONE, headers=PAGE).text


def test_refused_records_are_in_the_quarantine_and_tried_again_there(send, server, workspace, zendesk):
    zendesk.tickets.append(ticket(9, 20, 0, created_at="never"))
    send(server, "POST", f"{API}/help/run")
    done(workspace)
    (held,) = workspace.incoming.quarantine.groups(origin="connection")
    assert (held.title, held.mendable) == ("help: tickets", True)
    assert workspace.incoming.quarantine.retry(held.job, held.pattern).refused == 1
    assert html.escape(f"?job={held.job}") in send(server, "GET", ONE, headers=PAGE).text
    (kept,) = workspace.quarantine.rejected(held.job)
    workspace.quarantine.keep(
        held.job, [type(kept)(kept.place, kept.line, kept.reason, kept.record.replace("never", "2026-03-01T09:00:00Z"))]
    )
    assert workspace.incoming.quarantine.retry(held.job, "").taken == 1
    assert workspace.incoming.quarantine.total() == 1
    assert workspace.incoming.quarantine.retry(held.job, "", keep=True).taken == 1
    assert workspace.incoming.quarantine.total() == 0
    workspace.quarantine.keep(held.job, [kept])
    workspace.pulls.remove("help")
    assert "was removed" in workspace.incoming.quarantine.groups()[0].advice


class ReadersOnly:
    def check(self, action, request):
        if action is Action.BRING_IN:
            raise NotAllowed("Only readers here.")


def test_who_may_only_read_sees_no_button_and_no_check(send, workspace, vendor):
    app = build_app({"shop": workspace.platform}, incoming={"shop": workspace.incoming}, policy=ReadersOnly())
    page = send(app, "GET", f"{ONE}?checked=1", headers=PAGE).text
    assert '<form class="choices"' not in page
    assert vendor.asked == []
    for path in (ONE, f"{API}/help/run", f"{API}/help/stop", f"{API}/help/check"):
        assert send(app, "POST", path, data={"do": "run"}).status_code == 403


def test_an_unknown_button_and_another_sites_form_are_refused(send, server):
    assert send(server, "POST", ONE, data={"do": "burn"}, headers=PAGE).status_code == 400
    foreign = {**PAGE, "origin": "https://evil.example"}
    assert send(server, "POST", ONE, data={"do": "run"}, headers=foreign).status_code == 403


def test_without_a_connection_the_page_says_how_to_make_one(send, server, workspace):
    workspace.pulls.remove("help")
    page = html.unescape(send(server, "GET", LIST, headers=PAGE).text)
    assert "Nothing is connected yet" in page
    assert "token=env:ZENDESK_TOKEN" in page
