"""Chargebee's events as signals."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from touchpath.model.errors import BadInput
from touchpath.services.record import signal_table
from touchpath.sources.vendors.chargebee import verify, webhook_signals

T0 = 1_772_355_600
CUSTOMER = {"id": "c9", "email": "a@example.com", "first_name": "Ann", "created_at": T0 - 900}


def subscription(**more):
    return {
        "id": "sub1", "customer_id": "c9", "status": "active", "started_at": T0, "mrr": 4900, "currency_code": "EUR", "billing_period": 1,
        "billing_period_unit": "month", "resource_version": 17, "cf_team": "north",
        "subscription_items": [{"item_price_id": "PRO-EUR-M", "item_type": "plan", "quantity": 1, "unit_price": 4900, "amount": 4900}], **more,
    }  # fmt: skip


def event(sort, number=1, **content):
    return {
        "id": f"ev_{number}",
        "occurred_at": T0 + number,
        "event_type": sort,
        "object": "event",
        "content": {"customer": CUSTOMER, **content},
    }


def told(payload):
    found = list(webhook_signals(payload))
    assert signal_table(enumerate(found), datetime.now(UTC))[1] == []
    return [(one.id, one.kind, one.value, one.unit) for one in found]


def test_a_subscription_starts_changes_and_is_cancelled():
    assert told(event("subscription_created", subscription=subscription())) == [
        ("subscription/sub1/started", "subscription.started", 49.0, "EUR")
    ]
    assert told(event("subscription_changed", subscription=subscription(mrr=9900))) == [
        ("event/ev_1", "subscription.changed", 99.0, "EUR")
    ]
    assert told(event("subscription_paused", subscription=subscription(status="paused")))[0][1:3] == ("subscription.paused", None)
    ends = subscription(status="non_renewing", cancel_schedule_created_at=T0 + 50)
    assert told(event("subscription_cancellation_scheduled", subscription=ends))[0][1] == "subscription.cancellation_scheduled"


def test_a_cancellation_whose_mrr_is_gone_takes_it_from_the_items_and_says_so():
    gone = subscription(status="cancelled", cancelled_at=T0 + 60, mrr=0, cancel_reason="not_paid")
    (found,) = webhook_signals(event("subscription_cancelled", subscription=gone))
    assert (found.kind, found.value, found.properties["mrr_from"], found.properties["involuntary"]) == (
        "subscription.cancelled",
        49.0,
        "items",
        True,
    )
    assert found.properties["reason"] == "not_paid"
    kept = subscription(status="cancelled", cancelled_at=T0 + 60, mrr=1900)
    (found,) = webhook_signals(event("subscription_cancelled", subscription=kept))
    assert found.value == 19.0
    assert "mrr_from" not in found.properties


@pytest.mark.parametrize(
    ("more", "monthly"),
    [
        ({"mrr": None, "billing_period_unit": "year"}, 4.083333),
        ({"mrr": None, "billing_period": 3}, 16.333333),
        ({"mrr": 4900, "currency_code": "JPY"}, 4900.0),
        ({"mrr": 4900, "currency_code": "KWD"}, 4.9),
        ({"mrr": 0}, 0.0),
        ({"mrr": None, "subscription_items": None, "plan_id": "gold", "plan_amount": 1900}, 19.0),
        ({"mrr": None, "subscription_items": None}, None),
    ],
)
def test_revenue_is_chargebees_own_or_that_of_the_items(more, monthly):
    assert told(event("subscription_created", subscription=subscription(**more)))[0][2] == monthly


def test_invoices_payments_and_refunds():
    invoice = {"id": "inv1", "customer_id": "c9", "subscription_id": "sub1", "status": "paid", "date": T0, "paid_at": T0 + 9, "total": 4900,
               "amount_paid": 4900, "currency_code": "EUR", "recurring": True}  # fmt: skip
    paid = {
        "id": "txn1",
        "customer_id": "c9",
        "type": "payment",
        "status": "success",
        "amount": 4900,
        "currency_code": "EUR",
        "date": T0 + 9,
    }
    assert told(event("payment_succeeded", invoice=invoice, transaction=paid)) == [
        ("invoice/inv1/issued", "invoice.issued", 49.0, "EUR"),
        ("invoice/inv1/paid", "invoice.paid", 49.0, "EUR"),
        ("transaction/txn1", "payment.succeeded", 49.0, "EUR"),
    ]
    failed = {**paid, "id": "txn2", "status": "failure", "error_code": "card_declined"}
    due = {**invoice, "status": "payment_due", "paid_at": None}
    assert told(event("payment_failed", invoice=due, transaction=failed))[-1][:2] == ("transaction/txn2", "payment.failed")
    refund = {**paid, "id": "txn3", "type": "refund", "amount": 1900}
    assert told(event("payment_refunded", invoice=invoice, transaction=refund))[-1] == (
        "transaction/txn3",
        "refund.paid",
        19.0,
        "EUR",
    )


def test_a_customer_joins_ids_and_leaves_no_name():
    (found,) = webhook_signals(event("customer_created"))
    assert found.actors[0] == "external:chargebee-c9"
    assert found.actors[1].startswith("email:")
    assert "Ann" not in str(found)


def test_an_unknown_event_becomes_a_kind_of_its_own_with_what_it_says():
    (found,) = webhook_signals(event("subscription_trial_end_reminder", subscription=subscription()))
    assert (found.id, found.kind, found.properties["cf_team"]) == ("event/ev_1", "subscription.trial_end_reminder", "north")
    (found,) = webhook_signals(event("omnichannel_thing_done", thing={"id": "t"}))
    assert found.kind == "omnichannel_thing_done"


@pytest.mark.parametrize("bad", [{}, {"event_type": "x"}, {"event_type": "x", "content": {}, "occurred_at": "soon"}, {"event_type": "x", "content": {}, "occurred_at": T0}])  # fmt: skip
def test_what_is_no_event_is_refused_with_words(bad):
    with pytest.raises(BadInput):
        list(webhook_signals(bad))


def test_the_basic_pair_of_a_webhook_is_checked():
    good = "Basic " + base64.b64encode(b"hook:s3cret").decode()
    assert verify(good, "hook", "s3cret")
    assert not any(verify(header, "hook", "s3cret") for header in (None, "", "Basic !!", "Bearer x", good[:-4]))
