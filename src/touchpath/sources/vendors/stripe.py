"""Stripe: customers, subscriptions, invoices, charges, refunds, disputes, and the events about them.

Sources: docs.stripe.com/api (objects, events), /currencies, /webhooks (signatures). What an object tells about itself (started, paid,
refunded ...) has an id made of the object's; a change that only an event tells has the event's id. So a webhook, a pull and an export of
the same thing give the same signals. Amounts count the smallest unit of their currency.
What becomes of an object is told in `stripe_subscriptions` and `stripe_payments`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from datetime import datetime

from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.sources.vendors.reading import (
    id_of,
    maybe_record,
    moment,
    record_of,
    text_in,
)
from touchpath.sources.vendors.stripe_objects import USER_KEY, StripeObject
from touchpath.sources.vendors.stripe_payments import (
    charge_signals,
    checkout_signals,
    dispute_signals,
    invoice_signals,
    refund_signals,
    refunded_signals,
)
from touchpath.sources.vendors.stripe_subscriptions import change_signals, subscription_signals

SOURCE = "stripe"
#: A webhook older than this was sent again by somebody else. Source: docs.stripe.com/webhooks, "Prevent replay attacks".
TOLERANCE_SECONDS = 300


def verify(body: bytes, signature: str | None, secret: str, now: datetime) -> bool:
    """Whether a webhook's `Stripe-Signature` header fits the body as it came, and is of now.

    **Source**: docs.stripe.com/webhooks/signature: t=SECONDS,v1=HEX; the HMAC SHA-256 of "SECONDS.BODY", one of several v1 will do.
    """
    parts = [part.partition("=") for part in (signature or "").split(",")]
    sent = next((text for name, _, text in parts if name.strip() == "t"), "")
    if not sent.isdecimal() or abs(now.timestamp() - int(sent)) > TOLERANCE_SECONDS:
        return False
    expected = hmac.new(secret.encode(), sent.encode() + b"." + body, hashlib.sha256).hexdigest().encode()
    return any(hmac.compare_digest(expected, text.encode()) for name, _, text in parts if name.strip() == "v1")


def webhook_signals(payload: Mapping[str, object], source: str = SOURCE, *, user_key: str = USER_KEY) -> Iterator[Signal]:
    """The signals of a webhook, which is an event as the API lists it."""
    return event_signals(payload, source, user_key=user_key)


def event_signals(event: Mapping[str, object], source: str = SOURCE, *, user_key: str = USER_KEY) -> Iterator[Signal]:
    """An event: what its object tells about itself, and what only the event tells. An unknown type becomes a kind of its own."""
    kind = text_in(event.get("type"))
    if kind is None:
        raise BadInput(f"The event '{event.get('id')}' has no type.")
    told = maybe_record(event.get("data"))
    found = StripeObject(record_of(told.get("object"), "data.object"), source, user_key)
    before = maybe_record(told.get("previous_attributes"))
    at, id = moment(event.get("created"), "created of the event"), f"event/{id_of(event, what='event')}"
    own = list(object_signals(found.record, source, user_key=user_key)) if kind in _TOLD_BY_OBJECTS and found.has_owner else []
    if kind in ("customer.subscription.updated", "customer.subscription.deleted"):
        own = [one for one in own if one.kind != "subscription.started"]  # what is paid now is not what was paid at the start
    yield from own
    if kind == "customer.subscription.updated":
        yield from change_signals(found, before, at, id)
    elif kind == "charge.refunded":
        yield from refunded_signals(found, before, at, id)
    elif kind == "invoice.payment_failed":
        yield found.signal(
            id, kind, at, minor=found.record.get("amount_due"), attempt=found.record.get("attempt_count"),
            reason=maybe_record(found.record.get("last_finalization_error")).get("code"),
        )  # fmt: skip
    elif kind == "charge.dispute.closed":
        outcome = text_in(found.record.get("status")) or "closed"
        yield found.signal(f"dispute/{found.id}/closed", f"dispute.{outcome}", at, minor=found.record.get("amount"))
    elif not own:
        yield found.signal(
            id, kind[:128], at, minor=found.record.get("amount", found.record.get("amount_total")), everything=True
        )


def object_signals(record: Mapping[str, object], source: str = SOURCE, *, user_key: str = USER_KEY) -> Iterator[Signal]:
    """What an object of the API tells about itself; an object of another kind tells that it was created."""
    found = StripeObject(record, source, user_key)
    read = _READERS.get(found.sort)
    if read is not None:
        yield from read(found)
    elif record.get("deleted") is not True and found.sort:
        yield found.signal(f"{found.sort}/{found.id}/created", f"{found.sort}.created"[:128], found.created_at, everything=True)


def _customer(found: StripeObject) -> Iterator[Signal]:
    if found.record.get("deleted") is not True:
        yield found.signal(f"customer/{found.id}", "customer.created", found.created_at)


_READERS = {
    "customer": _customer, "subscription": subscription_signals, "invoice": invoice_signals, "charge": charge_signals, "refund": refund_signals,
    "dispute": dispute_signals, "checkout.session": checkout_signals,
}  # fmt: skip
#: Events that say no more than their object does.
_TOLD_BY_OBJECTS = frozenset(
    [
        "customer.created",
        "customer.subscription.created",
        "customer.subscription.updated",
        "customer.subscription.deleted",
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice.payment_failed",
        "invoice.updated",
        "invoice.voided",
        "invoice.marked_uncollectible",
        "invoice.sent",
        "charge.succeeded",
        "charge.failed",
        "charge.captured",
        "charge.pending",
        "charge.updated",
        "charge.refunded",
        "refund.created",
        "refund.updated",
        "refund.failed",
        "charge.refund.updated",
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.closed",
        "checkout.session.completed",
    ]
)
