"""Money at Stripe: invoices, charges, refunds, disputes and finished checkouts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from touchpath.model.signal import Signal
from touchpath.sources.vendors.reading import (
    maybe_moment,
    maybe_record,
    number,
    records_in,
    text_in,
)
from touchpath.sources.vendors.stripe_objects import USER_KEY, StripeObject


def invoice_signals(found: StripeObject) -> Iterator[Signal]:
    """Issued, paid, renewed, voided, given up; drafts are nothing yet."""
    times = maybe_record(found.record.get("status_transitions"))
    reason = text_in(found.record.get("billing_reason"))
    said = {"billing_reason": reason}
    states = (
        ("issued", "invoice.issued", times.get("finalized_at"), "amount_due"),
        ("paid", "invoice.paid", times.get("paid_at"), "amount_paid"),
        ("voided", "invoice.voided", times.get("voided_at"), "amount_due"),
        ("uncollectible", "invoice.uncollectible", times.get("marked_uncollectible_at"), "amount_due"),
    )
    for state, kind, time, worth in states:
        at = maybe_moment(time)
        if at is None and state == "paid" and found.record.get("status") == "paid":
            at = found.created_at
        if at is not None:
            yield found.signal(f"invoice/{found.id}/{state}", kind, at, minor=found.record.get(worth), said=said)
            if state == "paid" and reason == "subscription_cycle" and "subscription" in found.objects:
                yield found.signal(f"invoice/{found.id}/renewed", "subscription.renewed", at)


def charge_signals(found: StripeObject) -> Iterator[Signal]:
    """A payment that worked, failed, or is only authorised; refunds have records of their own, which older versions put inside."""
    record, status = found.record, found.record.get("status")
    if status == "failed":
        outcome = maybe_record(record.get("outcome"))
        yield found.signal(
            f"charge/{found.id}/failed", "payment.failed", found.created_at, minor=record.get("amount"), code=record.get("failure_code"),
            reason=outcome.get("reason"), message=record.get("failure_message"),
        )  # fmt: skip
    elif record.get("captured") is False:
        yield found.signal(f"charge/{found.id}/authorised", "payment.authorised", found.created_at, minor=record.get("amount"))
    elif status == "succeeded" or record.get("paid") is True:
        worth = record.get("amount_captured") or record.get("amount")
        yield found.signal(f"charge/{found.id}/succeeded", "payment.succeeded", found.created_at, minor=worth)
    for refund in records_in(maybe_record(record.get("refunds")).get("data")):
        inside = {"object": "refund", **refund, "charge": {name: record.get(name) for name in ("id", "customer", "invoice")}}
        yield from refund_signals(StripeObject(inside, found.source, USER_KEY))


def refunded_signals(found: StripeObject, before: Mapping[str, object], at: datetime, id: str) -> Iterator[Signal]:
    """How much this event gave back, of how much; the refund itself is told by its own record, and is not counted here again."""
    total, earlier = number(found.record.get("amount_refunded")), number(before.get("amount_refunded"))
    given = None if total is None else total - (earlier or 0.0)
    yield found.signal(
        id, "charge.refunded", at, minor=given, refunded_in_all=found.money(total), of=found.money(found.record.get("amount")),
        whole=found.record.get("refunded") is True,
    )  # fmt: skip


def refund_signals(found: StripeObject) -> Iterator[Signal]:
    """A refund: paid back, or failed."""
    status = text_in(found.record.get("status"))
    kind = "refund.failed" if status in ("failed", "canceled") else "refund.paid"
    yield found.signal(
        f"refund/{found.id}", kind, found.created_at, minor=found.record.get("amount"), reason=found.record.get("reason"),
        failure=found.record.get("failure_reason"),
    )  # fmt: skip


def dispute_signals(found: StripeObject) -> Iterator[Signal]:
    """A dispute was opened; how it ended is told by an event."""
    yield found.signal(
        f"dispute/{found.id}/opened",
        "dispute.opened",
        found.created_at,
        minor=found.record.get("amount"),
        reason=found.record.get("reason"),
    )


def checkout_signals(found: StripeObject) -> Iterator[Signal]:
    """A finished checkout: it joins the person of one's own product with the customer."""
    if found.record.get("status") == "complete":
        yield found.signal(
            f"checkout/{found.id}", "checkout.completed", found.created_at, minor=found.record.get("amount_total"),
            mode=found.record.get("mode"), payment_status=found.record.get("payment_status"),
        )  # fmt: skip
