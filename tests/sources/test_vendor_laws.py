"""Whatever stands in a record of another system: it becomes valid signals or is refused with words, and the same record gives the same."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime

import pytest
import stripe_system as stripe_records
from hypothesis import given
from hypothesis import strategies as st
from zendesk_account import account

from touchpath.model.errors import BadInput
from touchpath.services.record import signal_table
from touchpath.sources.vendors import chargebee, hubspot, intercom, jira, stripe, zendesk
from touchpath.sources.vendors.reading import properties_of

NOW = datetime(2026, 3, 2, tzinfo=UTC)
T0 = stripe_records.T0
ZENDESK = account()
STRIPE = [
    stripe_records.customer(1), stripe_records.subscription(1, "cus_1"), stripe_records.invoice(5, "cus_1"), stripe_records.charge(7, "cus_1"),
    stripe_records.refund(8, stripe_records.charge(7, "cus_1"), 1900),
]  # fmt: skip
TALK = {
    "type": "conversation", "id": "1", "created_at": T0, "updated_at": T0, "source": {"type": "email", "author": {"type": "user", "id": "2"}, "body": "<p>x</p>"},
    "contacts": {"contacts": [{"id": "2", "external_id": "u"}]}, "statistics": {"first_close_at": T0, "last_close_at": T0},
    "conversation_parts": {"conversation_parts": [{"id": "3", "part_type": "close", "author": {"type": "admin", "id": "4"}, "created_at": T0, "body": "b"}]},
    "conversation_rating": {"rating": 4, "created_at": T0, "teammate": {"id": "4"}}, "tags": {"tags": [{"name": "t"}]}, "sla_applied": {"sla_name": "s"},
}  # fmt: skip
BILLED = {
    "id": "ev", "occurred_at": T0, "event_type": "subscription_cancelled", "content": {
        "customer": {"id": "c", "email": "a@example.com", "created_at": T0},
        "subscription": {"id": "s", "customer_id": "c", "status": "cancelled", "started_at": T0, "cancelled_at": T0, "mrr": 0, "currency_code": "EUR", "billing_period": 1,
                         "billing_period_unit": "month", "subscription_items": [{"item_price_id": "p", "item_type": "plan", "amount": 4900}]},
        "invoice": {"id": "i", "customer_id": "c", "status": "paid", "date": T0, "paid_at": T0, "total": 4900, "currency_code": "EUR"},
        "transaction": {"id": "t", "customer_id": "c", "type": "payment", "status": "success", "amount": 4900, "currency_code": "EUR", "date": T0}},
}  # fmt: skip
TICKET = {
    "id": "31", "properties": {"subject": "s", "createdate": "2026-03-01T09:00:00Z", "closed_date": "2026-03-01T10:00:00Z", "time_to_close": "1000",
                               "hs_survey_type": "NPS", "hs_value": "9", "hs_submission_timestamp": "2026-03-01T09:00:00Z", "hs_contact_id": "5"},
    "contact": {"id": "5", "properties": {"email": "a@example.com"}}, "stages": {"1": False, "4": True},
    "history": [{"value": "1", "timestamp": "2026-03-01T09:00:00Z"}, {"value": "4", "timestamp": "2026-03-01T10:00:00Z"}],
}  # fmt: skip
REQUEST = {
    "id": "1", "key": "S-1", "changelog": {"histories": [{"id": "2", "created": T0, "items": [{"field": "resolution", "from": None, "to": "6", "toString": "Done"},
                                                                                           {"field": "status", "from": "1", "to": "2"}]}]},
    "fields": {"created": "2026-03-01T09:00:00.000+0000", "summary": "s", "description": {"content": [{"text": "x"}]}, "reporter": {"accountId": "r"},
               "comment": {"comments": [{"id": "3", "author": {"accountId": "a"}, "created": T0, "body": {"content": []}}]}, "labels": ["l"],
               "resolutiondate": "2026-03-01T09:00:00.000+0000", "components": [{"name": "c"}], "status": {"statusCategory": {"key": "done"}}},
    "feedback": {"rating": 5, "comment": {"body": "b"}},
}  # fmt: skip

CASES = [
    *((zendesk.ticket_signals, one) for one in ZENDESK["tickets"]),
    *((zendesk.event_signals, {**one, "ticket": {"id": 1, "requester_id": 20}}) for one in ZENDESK["events"]),
    *((zendesk.rating_signals, one) for one in ZENDESK["ratings"]),
    *((zendesk.response_signals, one) for one in ZENDESK["responses"]),
    (zendesk.user_signals, ZENDESK["users"][0]),
    *((zendesk.webhook_signals, {"type": f"zen:event-type:ticket.{name}", "id": "e", "time": "2026-03-01T09:16:20Z", "subject": "zen:ticket:1",
                                 "detail": {"id": "1", "requester_id": "20", "created_at": "2026-03-01T09:00:00Z"},
                                 "event": {"previous": "OPEN", "current": "SOLVED", "comment": {"id": "1", "author": {"id": "2", "is_staff": True}}}})
      for name in ("created", "status_changed", "comment_added", "agent_assignment_changed", "merged")),
    *((stripe.object_signals, one) for one in STRIPE),
    *((stripe.event_signals, stripe_records.event(1, kind, STRIPE[1], status="trialing", items=STRIPE[1]["items"]))
      for kind in ("customer.subscription.updated", "customer.subscription.deleted", "charge.refunded", "invoice.payment_failed", "other.thing")),
    (intercom.conversation_signals, TALK),
    (intercom.contact_signals, {"id": "2", "created_at": T0, "external_id": "u", "email": "a@example.com", "companies": {"data": [{"id": "c"}]}}),
    (intercom.webhook_signals, {"topic": "conversation.user.created", "id": "n", "created_at": T0, "data": {"item": TALK}}),
    (intercom.webhook_signals, {"topic": "ticket.created", "id": "n", "created_at": T0, "data": {"item": {"type": "ticket", "id": "3"}}}),
    *((chargebee.webhook_signals, {**BILLED, "event_type": kind})
      for kind in ("subscription_cancelled", "subscription_changed", "payment_succeeded", "customer_created", "quote_deleted")),
    (hubspot.ticket_signals, TICKET),
    (hubspot.feedback_signals, TICKET),
    (hubspot.contact_signals, {"id": "5", "properties": {"email": "a@example.com", "createdate": "2026-03-01T09:00:00Z"}}),
    (hubspot.webhook_signals, [{"eventId": 1, "occurredAt": T0 * 1000, "subscriptionType": "ticket.creation", "objectId": 3, "propertyName": "p", "propertyValue": "v"}]),
    (jira.issue_signals, REQUEST),
    (jira.webhook_signals, {"webhookEvent": "jira:issue_updated", "timestamp": T0 * 1000, "issue": REQUEST, "changelog": {"id": "4", "items": []}}),
    (jira.webhook_signals, {"webhookEvent": "comment_created", "timestamp": T0 * 1000, "issue": REQUEST, "comment": {"id": "3", "created": T0}}),
]  # fmt: skip

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False) | st.text(max_size=30)
    | st.sampled_from(["", "0", "2026-03-01T09:00:00Z", "a@b.co", "\ud800", "x" * 600, "\x00", T0, -1, 1e308]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def places(record, path=()):
    """Every path into a JSON value."""
    yield path
    inner = record.items() if isinstance(record, dict) else enumerate(record) if isinstance(record, list) else ()
    for key, value in inner:
        yield from places(value, (*path, key))


def put(record, path, value):
    """The record with another value at a path."""
    if not path:
        return value
    found = copy.deepcopy(record)
    inner = found
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return found


@pytest.mark.parametrize(("read", "record"), CASES, ids=lambda each: getattr(each, "__module__", "").rpartition(".")[2])
def test_an_untouched_record_becomes_valid_signals(read, record):
    found = list(read(record))
    assert found or record.get("id") == 900  # the making of a ticket, which the ticket tells itself
    assert signal_table(enumerate(found), NOW)[1] == []
    assert len({one.id for one in found}) == len(found)
    assert found == list(read(copy.deepcopy(record)))


@given(st.data())
def test_a_record_with_anything_anywhere_is_read_or_refused_with_words(data):
    read, record = data.draw(st.sampled_from(CASES))
    for _ in range(data.draw(st.integers(1, 3))):
        record = put(record, data.draw(st.sampled_from(list(places(record))[1:] or [()])), data.draw(VALUES))
    try:
        found = list(read(record))
    except BadInput:
        return
    _, refused = signal_table(enumerate(found), NOW)
    assert all(one.reason for one in refused)
    assert all("a@example.com" not in str((one.properties, one.actors, one.objects)) for one in found)


def test_what_else_a_record_says_is_kept_within_bounds_and_without_names():
    record = {
        "plan": "gold",
        "email": "a@b.co",
        "note": "call a@b.co",
        "deep": {"name": "Ann", "level": 3, "none": None},
        "empty": [],
        "many": list(range(500)),
    }
    found = properties_of(record, without=("many",), more="kept", nothing=None)
    assert found == {"more": "kept", "plan": "gold", "note": "call [e-mail]", "deep": {"level": 3}}
    large = properties_of({f"f{n}": "x" * n for n in range(500)}, told="yes")
    assert len(json.dumps(large)) < 33_000
    assert (large["told"], large["f10"], large["left_out"]) == ("yes", "x" * 10, 500 - len(large) + 2 - 1)
    assert len(properties_of({"text": "y" * 9_000})["text"]) == 1_000
