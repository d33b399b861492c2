"""Zendesk's tickets, events, ratings and webhooks as signals."""

from __future__ import annotations

import base64
import csv
import hashlib
import hmac
from datetime import UTC, datetime
from pathlib import Path

import pytest
from zendesk_account import AGENT, account, changed, comment, event, ticket

from touchpath.model.errors import BadInput
from touchpath.services.record import signal_table
from touchpath.sources.vendors.zendesk import (
    event_signals,
    rating_signals,
    response_signals,
    ticket_signals,
    user_signals,
    verify,
    webhook_signals,
)

FIXTURES = Path(__file__).parents[3] / "shared" / "data" / "connector-fixtures" / "zendesk"
NOW = datetime(2026, 3, 2, tzinfo=UTC)
DOCUMENTED = {
    "id": 35436, "external_id": "u_81", "created_at": "2026-03-01T09:00:00Z", "status": "solved", "via": {"channel": "web"}, "requester_id": 2097,
    "tags": ["billing"], "satisfaction_rating": {"id": 1234, "score": "good", "comment": "Quick"},
    "metric_set": {"ticket_id": 35436, "reopens": 0, "replies": 1, "solved_at": "2026-03-01T09:40:00Z",
                   "reply_time_in_minutes": {"calendar": 15, "business": 10}, "full_resolution_time_in_minutes": {"calendar": 40, "business": 35}},
}  # fmt: skip


def told(signals):
    found = list(signals)
    assert signal_table(enumerate(found), NOW)[1] == []
    return [(one.id, one.kind) for one in found]


def only(signals):
    (one,) = signals
    return one


def test_a_documented_ticket_is_opened_measured_solved_and_rated():
    found = list(ticket_signals(DOCUMENTED))
    assert told(found) == [
        ("ticket/35436/opened", "ticket.opened"),
        ("ticket/35436/metrics", "ticket.measured"),
        ("ticket/35436/solved 2026-03-01T09:40Z", "ticket.solved"),
        ("satisfaction_rating/1234", "survey.answered"),
    ]
    assert found[0].actors == ("external:zendesk-2097",)
    assert found[0].properties == {"external_id": "u_81", "tags": ["billing"]}
    assert found[1].properties == {
        "reopens": 0, "replies": 1, "solved_at": "2026-03-01T09:40:00Z", "reply_time_in_minutes_calendar": 15, "reply_time_in_minutes_business": 10,
        "full_resolution_time_in_minutes_calendar": 40, "full_resolution_time_in_minutes_business": 35,
    }  # fmt: skip
    assert (found[3].value, found[3].text, found[3].properties["scale"]) == (1.0, "Quick", "bad, good")


@pytest.mark.parametrize("name", ["metric_set", "metric_sets", "ticket_metric"])
def test_metrics_are_found_under_each_of_their_names(name):
    metrics = DOCUMENTED["metric_set"]
    found = {**DOCUMENTED, "metric_set": None, name: [metrics] if name == "metric_sets" else metrics}
    assert told(ticket_signals(found)) == told(ticket_signals(DOCUMENTED))


@pytest.mark.parametrize(
    "follow",
    [{"via": {"channel": "web", "source": {"rel": "follow_up", "from": {"ticket_id": 7}}}}, {"via_followup_source_id": 7}],
)
def test_a_follow_up_names_the_ticket_that_it_follows(follow):
    first = next(iter(ticket_signals(ticket(9, 20, 0, **follow))))
    assert first.properties["follow_up_of"] == "7"
    assert "follow_up_of" not in next(iter(ticket_signals(ticket(9, 20, 0)))).properties


def test_a_ticket_that_is_open_is_neither_solved_nor_rated():
    found = ticket(9, 20, 0, satisfaction_rating={"score": "unoffered"}, metric_set={"solved_at": None})
    assert [kind for _, kind in told(ticket_signals(found))] == ["ticket.opened", "ticket.measured"]


def test_a_deleted_ticket_says_only_that():
    assert told(ticket_signals(ticket(9, 20, 0, status="deleted"))) == [("ticket/9/deleted", "ticket.deleted")]


def test_audits_and_incremental_events_tell_the_same():
    about = {"ticket": {"id": 1, "requester_id": 20}}
    by_export = event(1, 1, 60, changed(2, "status", "open", "solved"), comment(3, AGENT, "Done"), **about)
    audit = {
        "id": 1, "ticket_id": 1, "created_at": by_export["created_at"], **about,
        "events": [{"id": 2, "type": "Change", "field_name": "status", "previous_value": "open", "value": "solved"},
                   {"id": 3, "type": "Comment", "author_id": AGENT, "body": "Done", "public": True}],
    }  # fmt: skip
    assert list(event_signals(by_export)) == list(event_signals(audit))


def test_a_ticket_closed_without_being_solved_was_solved_then():
    found = event(1, 1, 60, changed(2, "status", "open", "closed"))
    assert [kind for _, kind in told(event_signals(found))] == ["ticket.solved", "ticket.closed"]


def test_an_end_user_in_copy_is_a_customer_when_the_roles_say_so():
    found = event(
        1, 1, 60, comment(3, 88, "Me too"), ticket={"id": 1, "requester_id": 20}, users=[{"id": 88, "role": "end-user"}]
    )
    assert only(event_signals(found)).kind == "ticket.commented"


def test_a_legacy_rating_is_offered_or_answered():
    rating = {"id": 5, "score": "offered", "requester_id": 20, "ticket_id": 1, "created_at": "2026-03-01T10:00:00Z"}
    assert only(rating_signals(rating)).kind == "survey.sent"
    bad = only(rating_signals({**rating, "score": "bad", "reason": "Took too long", "comment": "No"}))
    assert (bad.value, bad.properties["answer"], bad.properties["reason"], bad.objects) == (
        0.0,
        "bad",
        "Took too long",
        {"ticket": "1", "response": "rating-5"},
    )


def test_a_newer_rating_keeps_its_own_scale_and_is_never_mixed_with_the_older():
    found = list(response_signals(account()["responses"][0]))
    assert [(one.value, one.text) for one in found] == [(4.0, None), (None, "Took two tries")]
    assert found[0].properties["survey"] == "zendesk-csat-s1"
    assert (found[0].properties["scale"], found[0].properties["rating_category"]) == ("1, 4, 5", "good")
    assert found[0].objects == {"ticket": "3", "response": "01H"}
    assert found[0].actors == ("external:zendesk-21",)


def test_an_end_user_joins_ids_and_an_agent_is_no_customer():
    users = account()["users"]
    address = hashlib.sha256(b"person20@example.com").hexdigest()
    assert only(user_signals(users[0])).actors == ("user:u_20", "external:zendesk-20", f"email:{address}")
    assert list(user_signals(users[2])) == []


def test_an_external_id_that_is_an_address_is_hashed_like_one():
    found = only(
        user_signals({"id": 5, "external_id": "Jo@Example.com ", "email": "jo@example.com", "created_at": "2026-03-01T09:00:00Z"})
    )
    assert found.actors == ("email:" + hashlib.sha256(b"jo@example.com").hexdigest(), "external:zendesk-5")
    opened = next(iter(ticket_signals(ticket(9, 20, 0, external_id="jo@example.com"))))
    assert opened.properties["external_id"] == "[e-mail]"


# -- webhooks -----------------------------------------------------------------------------------------------------------


def hook(name, detail=None, **event):
    about = {
        "id": "1",
        "requester_id": "20",
        "created_at": "2026-03-01T09:00:00Z",
        "status": "OPEN",
        "via": {"channel": "web"},
        "organization_id": "0",
    }
    return {"type": f"zen:event-type:{name}", "account_id": 1, "id": "01HN", "time": "2026-03-01T09:16:20Z", "subject": "zen:ticket:1",
            "detail": {**about, **(detail or {})}, "event": event}  # fmt: skip


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (hook("ticket.created"), [("ticket/1/opened", "ticket.opened")]),
        (hook("ticket.status_changed", previous="OPEN", current="SOLVED"), [("ticket/1/solved 2026-03-01T09:16Z", "ticket.solved")]),
        (hook("ticket.status_changed", previous="SOLVED", current="OPEN"), [("ticket/1/reopened 2026-03-01T09:16Z", "ticket.reopened")]),
        (hook("ticket.status_changed", previous="SOLVED", current="CLOSED"), [("ticket/1/closed 2026-03-01T09:16Z", "ticket.closed")]),
        (hook("ticket.comment_added", comment={"id": "9011", "body": "Hi", "is_public": True, "author": {"id": "77", "is_staff": True}}), [("ticket/1/comment 9011", "ticket.replied")]),
        (hook("ticket.comment_added", comment={"id": "9", "body": "Hi", "is_public": True, "author": {"id": "20", "is_staff": False}}), [("ticket/1/comment 9", "ticket.commented")]),
        (hook("ticket.agent_assignment_changed", previous="0", current="77"), [("ticket/1/assigned 2026-03-01T09:16Z", "ticket.assigned")]),
        (hook("ticket.tags_changed", tags_added=["vip"]), [("event/01HN", "ticket.tags_changed")]),
        (hook("user.created", {"id": "20", "email": "person20@example.com"}), [("event/01HN", "user.created")]),
        ({"ticket": DOCUMENTED}, told(ticket_signals(DOCUMENTED))),
    ],
)  # fmt: skip
def test_webhooks_give_what_a_pull_gives_and_other_events_keep_their_names(payload, expected):
    assert told(webhook_signals(payload)) == expected


def test_a_solution_by_webhook_is_the_one_of_the_export():
    by_hook = only(webhook_signals(hook("ticket.status_changed", previous="OPEN", current="SOLVED")))
    export = event(
        904, 1, 980, changed(9041, "status", "open", "solved"), ticket={"id": 1, "requester_id": 20, "via": {"channel": "web"}}
    )
    assert (by_hook.id, by_hook.actors, by_hook.account, by_hook.objects) == (
        lambda one: (one.id, one.actors, one.account, one.objects)
    )(only(event_signals(export)))


@pytest.mark.parametrize("bad", [{}, {"id": 3}, {"type": "zen:event-type:ticket.created"}, hook("ticket.created", {"created_at": "today"}), {"type": "zen:event-type:x", "detail": {}, "time": 3, "event": 1}])  # fmt: skip
def test_what_is_no_webhook_is_refused_with_words(bad):
    with pytest.raises(BadInput):
        list(webhook_signals(bad))


def test_a_signature_fits_only_its_own_body_and_time():
    sent = "2026-03-02T00:00:00Z"
    good = base64.b64encode(hmac.new(b"dGhpcw", sent.encode() + b"{}", hashlib.sha256).digest()).decode()
    assert verify(b"{}", good, sent, "dGhpcw")
    assert not verify(b"{} ", good, sent, "dGhpcw")
    assert not verify(b"{}", good, "2026-03-02T00:00:01Z", "dGhpcw")
    assert not verify(b"{}", None, None, "dGhpcw")


# -- recorded tables ----------------------------------------------------------------------------------------------------


def rows(name):
    path = FIXTURES / f"{name}_data.csv"
    if not path.exists():
        pytest.skip("the recorded tables of Zendesk are not on this machine")
    with path.open() as file:
        return list(csv.DictReader(file))


def zoned(row, *names):
    return {**row, **{name: row[name].replace(" ", "T") + "Z" for name in names if row[name]}}


def test_recorded_tickets_users_comments_and_changes_become_valid_signals():
    users = {row["id"]: zoned(row, "created_at") for row in rows("user")}
    tickets = [{**zoned(row, "created_at", "updated_at"), "via": {"channel": row["via_channel"]}, "requester": users.get(row["requester_id"], {})} for row in rows("ticket")]  # fmt: skip
    found = [signal for one in tickets for signal in ticket_signals(one)]
    found += [signal for one in users.values() for signal in user_signals(one)]
    for row in rows("ticket_comment"):
        child = {
            "id": row["id"],
            "type": "Comment",
            "author_id": row["user_id"],
            "body": row["body"],
            "public": row["public"] == "TRUE",
        }
        found += event_signals(
            {"ticket_id": row["ticket_id"], "created_at": row["created"].replace(" ", "T") + "Z", "events": [child]}
        )
    for row in rows("ticket_field_history"):
        child = {"type": "Change", "field_name": row["field_name"], "value": row["value"]}
        found += event_signals(
            {"ticket_id": row["ticket_id"], "created_at": row["updated"].replace(" ", "T") + "Z", "events": [child]}
        )
    told(found)
    kinds = {one.kind for one in found}
    assert {
        "ticket.opened",
        "ticket.deleted",
        "contact.created",
        "ticket.replied",
        "ticket.status_changed",
        "ticket.assigned",
    } <= kinds
    assert sum(one.kind in ("ticket.opened", "ticket.deleted") for one in found) == len(tickets)
    assert not any("Earnest" in str(one) or "@example.com" in str(one.properties) for one in found)
