"""Pulling a HubSpot account: searches with their end at 10,000, and what is joined."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime

import pytest
from pull_bench import Bench
from vendor_server import Answered, VendorServer, not_let_in

T0 = 1_772_355_600_000


def told(milliseconds):
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ticket(number):
    return {
        "id": str(number),
        "properties": {"subject": f"Q{number}", "createdate": told(T0), "hs_lastmodifieddate": told(T0 + number)},
    }


class Hubspot:
    """Searches list what changed since a time, oldest first, at most `most` of one query; batches give histories, owners and contacts."""

    def __init__(self, tickets, most=10_000):
        self.tickets, self.most = tickets, most

    def __call__(self, asked):
        if asked.headers.get("authorization") != "Bearer pat-s3cret":
            return not_let_in()
        match asked.path:
            case "/crm/v3/objects/tickets/search":
                return self._search(asked.body)
            case "/crm/v3/objects/feedback_submissions/search":
                properties = {
                    "hs_survey_type": "CSAT",
                    "hs_value": "5",
                    "hs_submission_timestamp": told(T0),
                    "hs_contact_id": "501",
                    "hs_lastmodifieddate": told(T0),
                }
                return {"results": [{"id": "11", "properties": properties}]}
            case "/crm/v3/objects/contacts/search":
                return {
                    "results": [
                        {
                            "id": "501",
                            "properties": {
                                "email": "jo@example.com",
                                "user_id": "u_81",
                                "createdate": told(T0),
                                "lastmodifieddate": told(T0),
                            },
                        }
                    ]
                }
            case "/crm/v4/associations/tickets/contacts/batch/read":
                return {"results": [{"from": {"id": one["id"]}, "to": [{"toObjectId": 501}]} for one in asked.body["inputs"]]}
            case "/crm/v3/objects/contacts/batch/read":
                return {
                    "results": [
                        {"id": one["id"], "properties": {"email": "jo@example.com", "user_id": "u_81"}}
                        for one in asked.body["inputs"]
                    ]
                }
            case "/crm/v3/objects/tickets/batch/read":
                if len(asked.body["inputs"]) > 50:
                    return Answered(400, {"message": "at most 50 with history"})
                moves = [{"value": "1", "timestamp": told(T0)}, {"value": "4", "timestamp": told(T0 + 3_600_000)}]
                return {
                    "results": [
                        {"id": one["id"], "propertiesWithHistory": {"hs_pipeline_stage": moves}} for one in asked.body["inputs"]
                    ]
                }
            case "/crm/v3/pipelines/tickets":
                return {
                    "results": [
                        {
                            "stages": [
                                {"id": "1", "metadata": {"ticketState": "OPEN"}},
                                {"id": "4", "metadata": {"ticketState": "CLOSED"}},
                            ]
                        }
                    ]
                }
            case "/crm/v3/objects/tickets":
                return {"results": []}
        return Answered(404, {"message": "not found"})

    def _search(self, body):
        (rule,) = body["filterGroups"][0]["filters"]
        found = sorted(self.tickets, key=lambda one: one["properties"]["hs_lastmodifieddate"])
        found = [
            one
            for one in found
            if datetime.fromisoformat(one["properties"]["hs_lastmodifieddate"]).timestamp() * 1000 >= int(rule["value"]) - 0.5
        ]
        first = int(body.get("after") or 0)
        if first + body["limit"] > self.most:
            return Answered(400, {"message": "paging past 10,000 results is not supported"})
        more = {"next": {"after": str(first + body["limit"])}} if first + body["limit"] < len(found) else {}
        return {"total": len(found), "results": found[first : first + body["limit"]], "paging": more}


@pytest.fixture
def hubspot():
    return Hubspot([ticket(number) for number in range(1, 251)])


@pytest.fixture
def bench(tmp_path, hubspot, monkeypatch):
    monkeypatch.setenv("HUBSPOT_TOKEN", "pat-s3cret")
    with VendorServer(hubspot) as server, closing(Bench(tmp_path, server)) as bench:
        bench.connections.add("crm", "hubspot", {"token": "env:HUBSPOT_TOKEN", "user_key": "user_id", "address": server.address})
        yield bench


def run(bench):
    states = bench.pulls.run("crm")
    assert [state.problem for state in states] == ["", "", ""]
    return states


def test_everything_comes_with_its_contact_and_its_history(bench, hubspot):
    feedback, tickets, contacts = run(bench)
    assert (feedback.new, tickets.records, tickets.new, contacts.new) == (1, 250, 500, 1)
    kinds = {row[0] for row in bench.rows("kind")}
    assert kinds == {"survey.answered", "ticket.opened", "ticket.solved", "contact.created"}
    assert {tuple(actors[:2]) for (actors,) in bench.rows("actors")} == {("user:u_81", "external:hubspot-501")}
    hubspot.tickets.append(ticket(9_000_000))
    assert run(bench)[1].new == 2
    assert bench.pulls.check("crm") == "HubSpot answers, and the token may read tickets."


def test_a_search_goes_on_where_hubspot_lists_no_more(bench, hubspot, monkeypatch):
    monkeypatch.setattr("touchpath.sources.pull.hubspot._MOST_FOUND", 200)
    hubspot.most = 200
    _, tickets, _ = run(bench)
    assert tickets.new == 500


def test_more_changes_in_one_instant_than_are_listed_are_told(bench, hubspot, monkeypatch):
    monkeypatch.setattr("touchpath.sources.pull.hubspot._MOST_FOUND", 200)
    hubspot.tickets = [{**ticket(1), "id": str(number)} for number in range(1, 300)]
    _, tickets, contacts = bench.pulls.run("crm")
    assert tickets.problem == "More than 200 tickets changed in one millisecond, and HubSpot lists no more."
    assert contacts.problem == ""
