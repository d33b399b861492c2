"""Intercom's conversations, contacts and notifications as signals."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime

import pytest

from touchpath.model.errors import BadInput
from touchpath.services.record import signal_table
from touchpath.sources.vendors.intercom import contact_signals, conversation_signals, verify, webhook_signals

T0 = 1_772_355_600
ASKER = {"type": "user", "id": "5bc8", "email": "Jo@Example.com", "name": "Jo Doe"}
ADMIN = {"type": "admin", "id": "77", "email": "agent@example.com", "name": "Al"}


def part(number, sort, author, seconds, **more):
    return {"id": str(number), "part_type": sort, "author": author, "created_at": T0 + seconds, **more}


def conversation(*parts, **more):
    return {
        "type": "conversation", "id": "1295", "created_at": T0, "updated_at": T0 + 9_000, "state": "closed",
        "source": {"type": "conversation", "delivered_as": "customer_initiated", "author": ASKER, "body": "<p>Where is my <b>parcel</b>?</p>"},
        "contacts": {"contacts": [{"id": "5bc8", "type": "contact", "external_id": "u_81"}]}, "tags": {"tags": [{"id": "1", "name": "delivery"}]},
        "conversation_parts": {"conversation_parts": list(parts)},
        "statistics": {"type": "conversation_statistics", "time_to_admin_reply": 540, "first_close_at": T0 + 2_400, "last_close_at": T0 + 9_000, "count_reopens": 1},
        **more,
    }  # fmt: skip


PARTS = (
    part(1, "assignment", {"type": "bot", "id": "9"}, 5, assigned_to={"type": "admin", "id": "77"}),
    part(2, "comment", ADMIN, 540, body="<p>It is on its way.</p>"),
    part(3, "note", ADMIN, 600, body="<p>VIP</p>"),
    part(4, "close", ADMIN, 2_400, body="<p>Closing.</p>"),
    part(5, "open", ASKER, 5_000, body="<p>Still nothing</p>"),
    part(6, "close", ADMIN, 9_000),
    part(7, "language_detection_details", {"type": "bot", "id": "9"}, 6),
)


def test_a_conversation_is_told_part_by_part():
    found = list(conversation_signals(conversation(*PARTS)))
    assert [(one.id.removeprefix("conversation/1295/"), one.kind) for one in found] == [
        ("opened", "conversation.opened"),
        ("assigned 2026-03-01T09:00Z", "conversation.assigned"),
        ("part 2", "conversation.replied"),
        ("part 3", "conversation.noted"),
        ("part 4", "conversation.replied"),
        ("closed 2026-03-01T09:40Z", "conversation.closed"),
        ("part 5", "conversation.commented"),
        ("reopened 2026-03-01T10:23Z", "conversation.reopened"),
        ("closed 2026-03-01T11:30Z", "conversation.closed"),
        ("part 7 did", "conversation.language_detection_details"),
        ("statistics", "conversation.measured"),
    ]
    assert found[0].text == "Where is my parcel ?"
    assert found[0].properties["tags"] == ["delivery"]
    assert found[1].properties == {"agent": "77", "bot": True}
    address = hashlib.sha256(b"jo@example.com").hexdigest()
    assert {one.actors for one in found} == {("user:u_81", "external:intercom-5bc8", f"email:{address}")}
    assert "Jo Doe" not in str(found)
    assert signal_table(enumerate(found), datetime.now(UTC))[1] == []


def test_without_parts_closings_come_from_the_statistics_with_the_same_ids():
    found = [one.id for one in conversation_signals(conversation()) if one.kind == "conversation.closed"]
    assert found == [one.id for one in conversation_signals(conversation(*PARTS)) if one.kind == "conversation.closed"]


def test_what_we_began_is_no_contact_of_the_customer():
    origin = {"type": "email", "delivered_as": "campaign", "author": ADMIN, "body": "News"}
    first = next(iter(conversation_signals(conversation(source=origin))))
    assert (first.kind, first.text, first.channel) == ("conversation.started", None, "email")
    assert first.actors == ("user:u_81", "external:intercom-5bc8")


def test_a_rating_is_asked_for_and_given():
    rating = {"rating": 4, "remark": "Slow", "created_at": T0 + 9_100, "requested_at": T0 + 9_050, "teammate": {"id": "77"}}
    *_, asked, given = conversation_signals(conversation(conversation_rating=rating))
    assert (asked.kind, given.kind, given.value, given.text) == ("survey.sent", "survey.answered", 4.0, "Slow")
    assert given.properties == {
        "survey": "intercom-conversation-rating",
        "question": "rating",
        "scale": "1, 2, 3, 4, 5",
        "agent": "77",
    }
    assert not [one for one in conversation_signals(conversation(conversation_rating={"rating": None})) if "survey" in one.kind]


def test_a_contact_joins_ids():
    contact = {"type": "contact", "id": "5bc8", "external_id": "u_81", "email": "jo@example.com", "role": "user", "created_at": T0,
               "companies": {"data": [{"id": "c1", "company_id": "acme"}]}, "custom_attributes": {"plan": "pro", "phone": "+34"}}  # fmt: skip
    (found,) = contact_signals(contact)
    assert found.actors[:2] == ("user:u_81", "external:intercom-5bc8")
    assert (found.account, found.properties) == ("acme", {"plan": "pro", "role": "user"})


def notification(topic, item):
    return {"type": "notification_event", "id": "notif_1", "topic": topic, "created_at": T0, "data": {"item": item}}


def test_a_notification_gives_what_a_pull_gives_and_an_unknown_topic_its_own_kind():
    by_hook = list(webhook_signals(notification("conversation.admin.closed", conversation(PARTS[3]))))
    by_pull = {one.id: one for one in conversation_signals(conversation(*PARTS))}
    assert all(by_pull[one.id] == one for one in by_hook)
    (other,) = webhook_signals(
        notification("contact.tag.created", {"type": "contact_tag", "id": "3", "tag": {"type": "tag", "id": "9"}})
    )
    assert (other.id, other.kind) == ("event/notif_1", "contact.tag.created")
    assert list(webhook_signals(notification("ping", {"type": "ping"}))) == []


@pytest.mark.parametrize("bad", [{}, {"topic": "x"}, notification("x", 3), notification("conversation.admin.closed", {"type": "conversation", "created_at": T0})])  # fmt: skip
def test_what_is_no_notification_is_refused_with_words(bad):
    with pytest.raises(BadInput):
        list(webhook_signals(bad))


def test_a_signature_fits_only_its_own_body_and_secret():
    good = "sha1=" + hmac.new(b"client", b"{}", hashlib.sha1).hexdigest()
    assert verify(b"{}", good, "client")
    assert not any(verify(b"{}", header, "client") for header in ("", None, "sha1=é", good + "0"))
    assert not verify(b"{} ", good, "client")
