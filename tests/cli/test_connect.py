"""Connections from the terminal: added, checked, run, listed, and what is said when something is wrong."""

from __future__ import annotations

import json
import os
import signal
import sys

import pytest
from vendor_server import Answered, VendorServer, Zendesk
from zendesk_account import account, ticket

from touchpath.bootstrap import create_workspace
from touchpath.cli.main import main

SECRET = "s3cret-token"


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs one command line; gives its exit code, output and error output."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["touchpath", *words])
        with pytest.raises(SystemExit) as done:
            main()
        said = capsys.readouterr()
        return int(done.value.code or 0), said.out, said.err

    return run


@pytest.fixture
def zendesk():
    return Zendesk(**account())


@pytest.fixture
def server(zendesk):
    with VendorServer(zendesk) as running:
        yield running


@pytest.fixture
def add(run, server, tmp_path, monkeypatch):
    """Adds the connection 'help' in a new workspace."""
    create_workspace(tmp_path / "w")
    monkeypatch.setenv("TOUCHPATH_FOLDER", str(tmp_path / "w"))
    monkeypatch.setenv("ZENDESK_TOKEN", SECRET)

    def add(*more, token="env:ZENDESK_TOKEN"):
        given = ("subdomain=example", "email=agent@example.com", f"token={token}", f"address={server.address}")
        return run("connect", "add", "help", "zendesk", *given, *more)

    return add


def test_a_connection_is_added_checked_run_listed_and_removed(run, add):
    assert add() == (0, "'help' reads zendesk. Next: touchpath connect check help\n", "")
    assert run("connect", "check", "help")[1].startswith("Zendesk answers")
    assert "never run" in run("connect", "list")[1]
    code, text, _ = run("connect", "run", "help", "--json")
    rows = {row["stream"]: row for row in json.loads(text)}
    assert (code, rows["tickets"]["new"], rows["ticket_events"]["new"], rows["users"]["state"]) == (0, 6, 11, "done")
    code, text, _ = run("connect", "run", "--all", "--json")
    assert (code, sum(row["new"] for row in json.loads(text))) == (0, 0)
    assert run("connect", "remove", "help", "--yes")[0] == 0
    assert "There is no connection yet" in run("connect", "list")[1]
    assert "ticket.opened" in run("kinds")[1]


def test_what_failed_is_told_and_ends_with_one_and_the_rest_was_read(run, add, server):
    add()
    server.faults.append(Answered(402, {"error": "Plan"}))
    code, text, said = run("connect", "run", "help")
    assert code == 1
    assert (
        'help, tickets: Zendesk refused a request: 402 for /api/v2/incremental/tickets/cursor.json: {"error": "Plan"}.'
        in said.replace("\n", " ").replace("  ", " ")
    )
    assert "ticket_events" in text
    assert "stopped" in run("connect", "list")[1]


def test_refused_records_are_shown_and_read_again(run, add, zendesk):
    zendesk.tickets.append(ticket(9, 20, 0, created_at="never"))
    add("--streams", "tickets")
    code, _, said = run("connect", "run", "help")
    assert (code, "1 record could not be taken. See them: touchpath connect rejected help" in said) == (0, True)
    (row,) = json.loads(run("connect", "rejected", "help", "--json")[1])
    assert (row["stream"], "created_at of the ticket" in row["reason"]) == ("tickets", True)
    assert json.loads(run("connect", "replay", "help", "--json")[1])[0]["rejected"] == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("connect", "run"), "Name one connection, or give --all."),
        (("connect", "run", "nobody"), "No connection is called 'nobody'"),
        (("connect", "add", "x", "zendeks", "a=b"), "No source is called 'zendeks'. Did you mean 'zendesk'?"),
        (("connect", "add", "x", "zendesk", "s3cretstring"), "A setting came as"),
        (("connect", "add", "x", "zendesk", "token=s3cretstring", "subdomain=x"), "is a secret and is never kept in clear"),
        (("connect", "add", "x", "zendesk", "token=env:X", "subdomain=x", "--since", "soon"), "--since came as 'soon'"),
    ],
)
def test_wrong_words_get_a_sentence(run, add, words, said):
    code, _, error = run(*words)
    assert code in (2, 3)
    assert said in error.replace("\n", " ")
    assert "secretstring" not in error


def test_sources_are_listed_with_their_settings(run):
    rows = json.loads(run("connect", "sources", "--json")[1])
    assert {"zendesk", "stripe", "intercom", "hubspot", "jira"} <= {row["source"] for row in rows}
    assert [row["is"] for row in rows if row["source"] == "zendesk"] == ["needed", "secret", "may be given", "may be given"]


def test_one_interrupt_stops_a_run_after_its_batch_and_nothing_is_lost(run, add, zendesk, monkeypatch):
    monkeypatch.setattr("touchpath.services.pulling._RECORDS_AT_ONCE", 1)
    add("--streams", "tickets")
    answer, interrupted = zendesk._export, []

    def interrupt(*words):
        if not interrupted:
            interrupted.append(os.kill(os.getpid(), signal.SIGINT))
        return answer(*words)

    zendesk._export = interrupt
    code, _, said = run("connect", "run", "help")
    assert code != 0
    assert "was stopped; the next one goes on from there" in said.replace("\n", " ")
    assert run("connect", "run", "help")[0] == 0
    assert json.loads(run("kinds", "--json")[1])[0]["signals"] == 3


def test_a_connection_whose_package_is_gone_is_told_and_can_be_removed(run, add, monkeypatch):
    add()
    monkeypatch.setattr("touchpath.sources.pull.choice._OURS", {})
    code, _, said = run("connect", "list")
    assert (code, "help: No source is called 'zendesk'" in said) == (0, True)
    assert run("connect", "remove", "help", "--yes")[0] == 0
    assert "There is no connection yet" in run("connect", "list")[1]
