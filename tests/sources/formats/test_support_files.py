"""Files of Zendesk and Intercom: what a pull would give, from a file."""

from __future__ import annotations

import json

import pytest
from zendesk_account import account, ticket

from touchpath.model.errors import BadInput

HEADER = (
    "Summation column,Id,Requester,Requester id,Requester external id,Requester email,Requester domain,Submitter,Assignee,Group,Subject,Tags,Status,"
    "Priority,Via,Ticket type,Created at,Updated at,Assigned at,Organization,Due date,Initially assigned at,Solved at,Resolution time,Satisfaction Score,"
    "Group stations,Assignee stations,Reopens,Replies,First reply time in minutes,First reply time in minutes within business hours,Product [list]\n"
)
ROW = (
    "1,35436,Jo Doe,2097,u_81,jo@example.com,example.com,Jo Doe,Al Agent,Care,Where is it?,billing late,Closed,Normal,Web,Question,2026-03-01 10:00,"
    "2026-03-05 10:00,2026-03-01 10:05,Acme,,2026-03-01 10:05,2026-03-01 10:40,1,Good,1,1,0,1,15,10,garden\n"
)


def test_a_zendesk_csv_is_read_in_the_zone_of_the_account(read):
    name, rows, refused, _ = read("tickets.csv", HEADER + ROW, zone="Europe/Berlin")
    assert (name, refused) == ("zendesk-csv", [])
    assert [(row["kind"], row["occurred_at"].isoformat()) for row in rows] == [
        ("ticket.opened", "2026-03-01T09:00:00+00:00"),
        ("ticket.measured", "2026-03-05T09:00:00+00:00"),
        ("ticket.solved", "2026-03-01T09:40:00+00:00"),
        ("survey.answered", "2026-03-01T09:40:00+00:00"),
    ]
    assert rows[0]["actors"][:2] == ["user:u_81", "external:zendesk-2097"]
    opened, measured = json.loads(rows[0]["properties"]), json.loads(rows[1]["properties"])
    assert (opened["tags"], opened["fields"], opened["priority"]) == (["billing", "late"], {"Product": "garden"}, "normal")
    assert (measured["reopens"], measured["reply_time_in_minutes_calendar"], measured["reply_time_in_minutes_business"]) == (
        0,
        15,
        10,
    )
    assert rows[3]["value"] == 1.0
    assert not any(name in str(rows) for name in ("Jo Doe", "Al Agent", "jo@example.com"))


def test_a_zendesk_csv_asks_for_the_zone(read):
    with pytest.raises(BadInput, match=r"In which time zone is the Zendesk account\?.*--option zone=Europe/Madrid"):
        read("tickets.csv", HEADER + ROW)
    with pytest.raises(BadInput, match="There is no time zone 'Berlin'"):
        read("tickets.csv", HEADER + ROW, zone="Berlin")


def test_a_bad_row_is_refused_with_words_and_costs_no_other(read):
    _, rows, refused, _ = read("tickets.csv", HEADER + ROW.replace("2026-03-01 10:00,", "yesterday,") + ROW, zone="UTC")
    assert (len(rows), len(refused)) == (4, 1)
    assert refused[0].reason.startswith("'created at' came as 'yesterday'")


def test_the_same_ticket_from_a_file_and_from_a_pull_has_the_same_ids(read):
    whole = ticket(35436, 2097, 0, status="closed", metric_set={"solved_at": "2026-03-01T09:40:12Z", "assigned_at": None})
    _, rows, _, _ = read("tickets.json", json.dumps(whole) + "\n")
    _, from_csv, _, _ = read("tickets.csv", HEADER + ROW, zone="Europe/Berlin")
    assert {row["id"] for row in rows} < {row["id"] for row in from_csv}


@pytest.mark.parametrize("form", ["lines", "list", "answer"])
def test_zendesk_json_comes_as_lines_as_a_list_or_as_the_api_answers(read, form):
    given = account()
    tickets = [{**one, "comments": [{"id": 1, "body": "The parcel ..."}, {"id": 2, "author_id": 7, "body": "Yes", "created_at": "2026-03-01T09:30:00Z"}]} for one in given["tickets"]]  # fmt: skip
    text = {
        "lines": "".join(json.dumps(one) + "\n" for one in tickets),
        "list": json.dumps(tickets),
        "answer": json.dumps({"tickets": tickets, "users": given["users"], "count": 3}, indent=1),
    }[form]
    name, rows, refused, _ = read("export.json", text)
    kinds = [row["kind"] for row in rows]
    assert (name, refused) == ("zendesk", [])
    assert (kinds.count("ticket.opened"), kinds.count("ticket.replied")) == (3, 3)
    assert kinds.count("contact.created") == (2 if form == "answer" else 0)
    follow_up = next(json.loads(row["properties"]) for row in rows if row["id"] == "ticket/2/opened")
    assert follow_up["follow_up_of"] == "1"


def test_zendesk_events_and_ratings_are_read_from_files_too(read):
    given = account()
    name, rows, _, _ = read("events.json", json.dumps({"ticket_events": given["events"]}))
    assert (name, len(rows)) == ("zendesk", 11)
    name, rows, refused, _ = read("ratings.json", json.dumps({"satisfaction_ratings": given["ratings"], "requester_id": 1}))
    assert (name, len(rows), refused) == ("zendesk", 2, [])


def talk(**more):
    return {"type": "conversation", "id": "9", "created_at": 1772355600, "updated_at": 1772358000, "source": {"type": "email", "body": "<p>Hi</p>"},
            "contacts": {"contacts": [{"id": "5bc8"}]}, "statistics": {"first_close_at": 1772358000, "last_close_at": 1772358000}, **more}  # fmt: skip


@pytest.mark.parametrize("form", ["lines", "answer"])
def test_intercom_conversations_come_as_lines_or_as_the_api_answers(read, form):
    found = [talk(), talk(id="10")]
    text = (
        "".join(json.dumps(one) + "\n" for one in found)
        if form == "lines"
        else json.dumps({"type": "conversation.list", "conversations": found})
    )
    name, rows, refused, _ = read("talks.jsonl", text)
    assert (name, refused) == ("intercom", [])
    assert [row["kind"] for row in rows] == ["conversation.opened", "conversation.closed", "conversation.measured"] * 2
