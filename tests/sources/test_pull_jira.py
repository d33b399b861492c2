"""Pulling service projects of a Jira site: JQL in the zone of whoever asks, tokens that expire, long comments."""

from __future__ import annotations

import base64
import re
from contextlib import closing
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from pull_bench import Bench
from vendor_server import Answered, VendorServer, not_let_in

from touchpath.model.errors import BadInput

ZONE = ZoneInfo("America/New_York")


def issue(number, updated, **more):
    fields = {"created": "2026-03-01T09:00:00.000+0000", "updated": updated, "summary": f"R{number}", "reporter": {"accountId": "c1", "accountType": "customer"},
              "comment": {"comments": [], "total": 0}, **more}  # fmt: skip
    return {"id": str(number), "key": f"SUP-{number}", "fields": fields}


class Jira:
    """A site whose user sits in New York; pages of two, tokens that may be forgotten."""

    def __init__(self, issues):
        self.issues, self.asked, self.forgotten = issues, [], set()

    def __call__(self, asked):
        if asked.headers.get("authorization") != "Basic " + base64.b64encode(b"me@example.com:t0ken-x").decode():
            return not_let_in()
        if asked.path == "/rest/api/3/myself":
            return {"accountId": "me", "timeZone": "America/New_York"}
        if asked.path == "/rest/api/3/search/jql":
            return self._search(asked.query)
        if asked.path == "/rest/api/3/changelog/bulkfetch":
            items = [{"fieldId": "resolution", "from": None, "to": "6", "toString": "Done"}]
            logs = [
                {"issueId": id, "changeHistories": [{"id": f"h{id}", "created": 1772362800000, "items": items}]}
                for id in asked.body["issueIdsOrKeys"]
            ]
            page = int(asked.body.get("nextPageToken") or 0)
            return {
                "issueChangeLogs": logs[page : page + 1],
                **({"nextPageToken": str(page + 1)} if page + 1 < len(logs) else {}),
            }
        if asked.path.endswith("/comment"):
            first = int(asked.query["startAt"])
            found = [
                {"id": str(900 + n), "author": {"accountId": "a1"}, "created": "2026-03-01T10:00:00.000+0000", "body": "Yes"}
                for n in range(5)
            ]
            return {"comments": found[first : first + 2], "total": 5}
        if asked.path.endswith("/feedback"):
            return {"type": "csat", "rating": 5} if "/1/" in asked.path else Answered(404, {"errorMessage": "none"})
        return Answered(404, {})

    def _search(self, query):
        self.asked.append(query["jql"])
        token = query.get("nextPageToken")
        if token in self.forgotten:
            self.forgotten.discard(token)
            return Answered(400, {"errorMessages": ["The token is expired"]})
        text = re.fullmatch(r'project in \(SUP, HR\) AND updated >= "(.+)" ORDER BY updated ASC', query["jql"])[1]
        since = datetime.strptime(text, "%Y/%m/%d %H:%M").replace(tzinfo=UTC if text.startswith("1970") else ZONE)
        found = sorted(self.issues, key=lambda one: one["fields"]["updated"])
        found = [one for one in found if datetime.fromisoformat(one["fields"]["updated"]) >= since]
        first = int(token or 0)
        more = {"nextPageToken": str(first + 2)} if first + 2 < len(found) else {"isLast": True}
        return {"issues": found[first : first + 2], **more}


@pytest.fixture
def jira():
    return Jira(
        [
            issue(number, f"2026-03-0{number}T12:00:00.000+0000", resolutiondate="2026-03-01T11:00:00.000+0000")
            for number in range(1, 6)
        ]
    )


@pytest.fixture
def bench(tmp_path, jira, monkeypatch):
    monkeypatch.setenv("JIRA_TOKEN", "t0ken-x")
    with VendorServer(jira) as server, closing(Bench(tmp_path, server)) as bench:
        settings = {
            "site": "x",
            "email": "me@example.com",
            "token": "env:JIRA_TOKEN",
            "projects": "sup, hr",
            "address": server.address,
        }
        bench.connections.add("desk", "jira", settings)
        yield bench


def run(bench):
    (state,) = bench.pulls.run("desk")
    assert state.problem == ""
    return state


def test_requests_come_with_history_and_satisfaction_and_then_only_what_changed(bench, jira):
    state = run(bench)
    assert (state.records, state.new) == (5, 11)
    assert sorted({row[0] for row in bench.rows("kind")}) == ["survey.answered", "ticket.opened", "ticket.solved"]
    jira.issues.append(issue(6, "2026-03-06T12:00:00.000+0000"))
    assert (run(bench).records, jira.asked[-1]) == (
        2,
        'project in (SUP, HR) AND updated >= "2026/03/05 06:50" ORDER BY updated ASC',
    )
    assert bench.pulls.check("desk") == "Jira answers; its times are told in the zone America/New_York."


def test_a_token_that_expired_begins_the_search_anew(bench, jira):
    jira.forgotten.add("2")
    assert run(bench).new == 11


def test_a_long_list_of_comments_is_fetched_whole(bench, jira):
    jira.issues = [issue(2, "2026-03-02T12:00:00.000+0000", comment={"comments": [{"id": "900"}], "total": 5})]
    run(bench)
    assert [row[0] for row in bench.rows("kind")].count("ticket.replied") == 5


@pytest.mark.parametrize("projects", ["", "SUP OR 1=1", "sup;drop"])
def test_keys_of_projects_are_checked_as_they_stand_in_a_query(bench, projects):
    settings = {"site": "x", "email": "e", "token": "env:JIRA_TOKEN", "projects": projects}
    with pytest.raises(BadInput, match="'projects'"):
        bench.connections.add("other", "jira", settings)
