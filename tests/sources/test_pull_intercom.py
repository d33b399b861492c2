"""Pulling an Intercom workspace: searches by page, conversations one by one."""

from __future__ import annotations

from contextlib import closing

import pytest
from pull_bench import Bench
from vendor_server import Answered, VendorServer, not_let_in

T0 = 1_772_355_600


def talk(number, changed):
    asker = {"type": "user", "id": f"p{number}"}
    return {
        "type": "conversation",
        "id": str(number),
        "created_at": T0,
        "updated_at": changed,
        "source": {"type": "email", "author": asker},
    }


class Intercom:
    """Searches give conversations without parts, oldest change first, pages by a token that may be forgotten."""

    def __init__(self, conversations, contacts, page=2):
        self.conversations, self.contacts, self.page = conversations, contacts, page
        self.forgotten, self.deleted = set(), set()

    def __call__(self, asked):
        if asked.headers.get("authorization") != "Bearer tok3n" or asked.headers.get("intercom-version") != "2.11":
            return not_let_in()
        if asked.path == "/me":
            return {"type": "admin", "app": {"name": "Shop"}}
        if asked.method == "GET":
            number = asked.path.removeprefix("/conversations/")
            if number in self.deleted:
                return Answered(404, {"errors": [{"code": "not_found"}]})
            part = {
                "id": f"9{number}",
                "part_type": "comment",
                "author": {"type": "admin", "id": "1"},
                "body": "<p>Yes</p>",
                "created_at": T0 + 60,
            }
            return {
                **next(one for one in self.conversations if one["id"] == number),
                "conversation_parts": {"conversation_parts": [part]},
            }
        name = asked.path.split("/")[1]
        query, place = asked.body["query"], asked.body["pagination"].get("starting_after")
        if place in self.forgotten:
            self.forgotten.discard(place)
            return Answered(400, {"errors": [{"code": "parameter_invalid"}]})
        found = sorted(
            (one for one in getattr(self, name) if one["updated_at"] > query["value"]), key=lambda one: one["updated_at"]
        )
        first = int(place or 0)
        more = {"next": {"starting_after": str(first + self.page)}} if first + self.page < len(found) else {}
        return {name if name == "conversations" else "data": found[first : first + self.page], "pages": more}


@pytest.fixture
def intercom():
    contacts = [
        {"id": f"p{number}", "external_id": f"u_{number}", "created_at": T0, "updated_at": T0 + number} for number in range(5)
    ]
    return Intercom([talk(number, T0 + 1_000 * number) for number in range(1, 6)], contacts)


@pytest.fixture
def bench(tmp_path, intercom, monkeypatch):
    monkeypatch.setenv("INTERCOM_TOKEN", "tok3n")
    with VendorServer(intercom) as server, closing(Bench(tmp_path, server)) as bench:
        bench.connections.add("chat", "intercom", {"token": "env:INTERCOM_TOKEN", "address": server.address})
        yield bench


def run(bench):
    states = bench.pulls.run("chat")
    assert [state.problem for state in states] == ["", ""]
    return states


def test_everything_comes_with_parts_and_then_only_what_changed(bench, intercom):
    assert bench.pulls.check("chat") == "Intercom answers as the workspace 'Shop'."
    talks, people = run(bench)
    assert (talks.records, talks.new, people.new) == (5, 10, 5)
    intercom.conversations.append(talk(7, T0 + 9_000))
    talks, people = run(bench)
    assert (talks.records, talks.new, people.new) == (2, 2, 0)


def test_a_place_that_intercom_forgot_begins_the_search_anew(bench, intercom):
    intercom.forgotten.add("2")
    talks, _ = run(bench)
    assert (talks.records, talks.new) == (7, 10)


def test_a_conversation_that_is_gone_costs_no_other(bench, intercom):
    intercom.deleted.add("2")
    talks, _ = run(bench)
    assert talks.records == 4
