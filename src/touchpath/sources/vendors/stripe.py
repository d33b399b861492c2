"""Stripe: customers, subscriptions, invoices, charges, refunds, disputes, and the events about them.

Sources: docs.stripe.com/api (objects, events), /currencies, /webhooks (signatures). What an object tells about itself (started, paid,
refunded ...) has an id made of the object's; a change that only an event tells has the event's id. So a webhook, a pull and an export of
the same thing give the same signals. Amounts count the smallest unit of their currency.

Monthly recurring revenue is the value of `subscription.started` and `subscription.changed`: the sum of the items' unit amounts times
quantities, per month. Discounts, taxes and usage are not in it, and tiered prices have none.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from datetime import datetime

from touchpath.model.email import email_actor
from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.sources.vendors.reading import (
    actors,
    amount,
    external_id,
    id_of,
    maybe_id,
    maybe_moment,
    maybe_record,
    minute,
    moment,
    number,
    properties_of,
    record_of,
    records_in,
    stripe_decimals,
    text_in,
    user_id,
)

SOURCE = "stripe"
#: The key of an object's metadata that holds the id of the person in one's own product.
USER_KEY = "user_id"
#: A webhook older than this was sent again by somebody else. Source: docs.stripe.com/webhooks, "Prevent replay attacks".
TOLERANCE_SECONDS = 300

#: Months in one interval, for monthly revenue. Source: docs.stripe.com/billing/subscriptions/analytics, normalised to a month.
_MONTHS = {"day": 12 / 365, "week": 12 / 52, "month": 1.0, "year": 12.0}
_STARTED = frozenset({"trialing", "active", "past_due", "canceled", "unpaid", "paused"})
_ENDED = frozenset({"canceled", "incomplete_expired"})
#: Fields that stand elsewhere in a signal, that change with every look at the object, or that say nothing about an experience.
_KNOWN = frozenset(
    [
        "id",
        "object",
        "created",
        "customer",
        "customer_account",
        "currency",
        "livemode",
        "metadata",
        "amount",
        "amount_due",
        "amount_paid",
        "amount_remaining",
        "amount_captured",
        "amount_refunded",
        "status",
        "status_transitions",
        "updated",
        "url",
        "has_more",
        "lines",
        "items",
        "refunds",
        "charge",
        "payment_intent",
        "invoice",
        "subscription",
        "parent",
        "latest_charge",
        "latest_invoice",
        "default_payment_method",
        "default_source",
        "payment_method",
        "payment_method_details",
        "payment_settings",
        "billing_details",
        "balance_transaction",
        "balance_transactions",
        "hosted_invoice_url",
        "invoice_pdf",
        "receipt_url",
        "client_secret",
        "evidence",
        "evidence_details",
        "next_payment_attempt",
        "attempt_count",
        "attempted",
        "auto_advance",
        "webhooks_delivered_at",
        "ending_balance",
        "starting_balance",
        "balance",
        "amount_overpaid",
        "amount_shipping",
        "current_period_start",
        "current_period_end",
        "canceled_at",
        "ended_at",
        "cancel_at",
        "cancel_at_period_end",
        "cancellation_details",
        "start_date",
        "trial_start",
        "trial_end",
        "billing_cycle_anchor",
        "pending_update",
        "pending_setup_intent",
        "plan",
        "quantity",
        "schedule",
        "discount",
        "discounts",
        "refunded",
        "disputed",
        "dispute",
        "paid",
        "captured",
        "failure_code",
        "failure_message",
        "failure_reason",
        "outcome",
        "fraud_details",
        "shipping",
        "shipping_details",
        "source",
        "sources",
        "card",
        "invoice_settings",
        "next_invoice_sequence",
        "invoice_prefix",
        "delinquent",
        "number_of_payments",
        "payments",
        "period_start",
        "period_end",
        "total_discount_amounts",
        "total_taxes",
        "total_tax_amounts",
        "account_country",
        "account_name",
        "last_finalization_error",
        "rendering",
        "issuer",
        "test_clock",
        "application_fee",
        "on_behalf_of",
        "transfer_data",
        "automatic_tax",
        "next_pending_invoice_item_invoice",
        "pause_collection",
        "billing_schedules",
        "is_charge_refundable",
        "customer_details",
    ]
)


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
    found = _Object(record_of(told.get("object"), "data.object"), source, user_key)
    before = maybe_record(told.get("previous_attributes"))
    at, id = moment(event.get("created"), "created of the event"), f"event/{id_of(event, what='event')}"
    own = list(object_signals(found.record, source, user_key=user_key)) if kind in _TOLD_BY_OBJECTS and found.has_owner else []
    if kind in ("customer.subscription.updated", "customer.subscription.deleted"):
        own = [one for one in own if one.kind != "subscription.started"]  # what is paid now is not what was paid at the start
    yield from own
    if kind == "customer.subscription.updated":
        yield from _subscription_changes(found, before, at, id)
    elif kind == "charge.refunded":
        yield from _charge_refunded(found, before, at, id)
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
    found = _Object(record, source, user_key)
    read = _READERS.get(found.sort)
    if read is not None:
        yield from read(found)
    elif record.get("deleted") is not True and found.sort:
        yield found.signal(f"{found.sort}/{found.id}/created", f"{found.sort}.created"[:128], found.created_at, everything=True)


class _Object:
    """An object of Stripe's API, and what all signals about it share."""

    def __init__(self, record: Mapping[str, object], source: str, user_key: str) -> None:
        self.record, self.source = record, source
        self.id, self.sort = id_of(record, what="object"), str(record.get("object") or "")
        self.currency = str(record.get("currency") or "").upper()
        charge = maybe_record(record.get("charge"))
        customer = record if self.sort == "customer" else record.get("customer") or charge.get("customer")
        known = maybe_record(customer)
        self.customer = maybe_id(known.get("id")) if known else maybe_id(customer)
        metadata = maybe_record(record.get("metadata"))
        user = maybe_record(known.get("metadata")).get(user_key) or metadata.get(user_key) or record.get("client_reference_id")
        self.actors = actors(user_id(user), external_id(source, self.customer), self._address(known, charge))
        self.objects = self._objects(charge)

    def _address(self, customer: Mapping[str, object], charge: Mapping[str, object]) -> str | None:
        """The e-mail address of the customer, or of a guest. A receipt may go to the bookkeeping, so it makes nobody of a customer."""
        if customer or self.customer is None:
            guest = maybe_record(self.record.get("billing_details")) or maybe_record(charge.get("billing_details"))
            details = maybe_record(self.record.get("customer_details"))
            return email_actor(
                customer.get("email") or details.get("email") or guest.get("email") or self.record.get("receipt_email")
            )
        return None

    def _objects(self, charge: Mapping[str, object]) -> dict[str, str]:
        details = maybe_record(maybe_record(self.record.get("parent")).get("subscription_details"))
        named = {
            "subscription": self.record.get("subscription") or details.get("subscription"),
            "invoice": self.record.get("invoice") or charge.get("invoice"),
            "charge": self.record.get("charge"),
            "payment_intent": self.record.get("payment_intent"),
        }
        found = {kind: maybe_id(maybe_record(value).get("id")) or maybe_id(value) for kind, value in named.items()}
        if self.sort in _OBJECT_KINDS:
            found[_OBJECT_KINDS[self.sort]] = self.id
        return {kind: id for kind, id in found.items() if id}

    @property
    def created_at(self) -> datetime:
        """When it was made."""
        return moment(self.record.get("created"), f"created of {self.id}")

    @property
    def has_owner(self) -> bool:
        """Whether it can be told whose it is: a refund or dispute says so only by its charge, which webhooks do not hold.

        Without, an event stays an event, lest it correct what a pull knew better.
        """
        return self.sort not in ("refund", "dispute") or bool(self.actors) or isinstance(self.record.get("charge"), Mapping)

    def money(self, minor: object) -> float | None:
        """An amount in the object's currency."""
        return amount(minor, stripe_decimals(self.currency)) if self.currency else None

    def signal(
        self, id: str, kind: str, at: datetime, *, minor: object = None, value: float | None = None, text: str | None = None,
        everything: bool = False, said: Mapping[str, object] | None = None, **more: object,
    ) -> Signal:  # fmt: skip
        """A signal about this object; `minor` is its amount in the smallest unit. everything: keep what is known otherwise, too."""
        worth = self.money(minor) if value is None else value
        metadata = {name: each for name, each in maybe_record(self.record.get("metadata")).items() if each}
        without = _KNOWN if not everything else {"id", "object", "customer", "metadata", "livemode", "client_secret"}
        test = True if self.record.get("livemode") is False else None
        return Signal(
            self.source, id, kind, at, self.actors, None, self.objects, "billing", value=worth, unit=self.currency if worth is not None else None,
            text=text, properties=properties_of(self.record, without=without, **(said or {}), **more, test=test, metadata=properties_of(metadata)),
        )  # fmt: skip


def _customer(found: _Object) -> Iterator[Signal]:
    if found.record.get("deleted") is not True:
        yield found.signal(f"customer/{found.id}", "customer.created", found.created_at)


def _subscription(found: _Object) -> Iterator[Signal]:
    """Started (once it ran), its end announced, cancelled. What lies between is told by events."""
    record, status = found.record, text_in(found.record.get("status"))
    monthly, plan = _priced(found)
    details = maybe_record(record.get("cancellation_details"))
    why = {"reason": details.get("reason"), "feedback": details.get("feedback")}
    ended = maybe_moment(record.get("ended_at")) or (maybe_moment(record.get("canceled_at")) if status in _ENDED else None)
    if status in _STARTED:
        at = maybe_moment(record.get("start_date")) or found.created_at
        trial = True if maybe_moment(record.get("trial_start")) else None
        yield found.signal(f"subscription/{found.id}/started", "subscription.started", at, value=monthly, said=plan, trial=trial)
    asked = maybe_moment(record.get("canceled_at"))
    if asked and (record.get("cancel_at_period_end") is True or maybe_moment(record.get("cancel_at"))):
        yield found.signal(
            f"subscription/{found.id}/cancel {minute(asked)}", "subscription.cancellation_scheduled", asked,
            text=text_in(details.get("comment")), said=why,
        )  # fmt: skip
    if ended and status in _STARTED:
        yield found.signal(
            f"subscription/{found.id}/cancelled", "subscription.cancelled", ended, text=text_in(details.get("comment")),
            value=monthly, said={**plan, **why},
        )  # fmt: skip


def _subscription_changes(found: _Object, before: Mapping[str, object], at: datetime, id: str) -> Iterator[Signal]:
    """What an update changed: the status, or what is paid. Other changes are told as they are."""
    status, earlier = text_in(found.record.get("status")), text_in(before.get("status"))
    monthly, plan = _priced(found)
    changed = False
    if earlier and earlier != status:
        changed = True
        yield found.signal(f"{id}/status", "subscription.status_changed", at, status=status, status_before=earlier)
    if _paid_otherwise(found.record, before):
        changed = True
        yield found.signal(f"{id}/plan", "subscription.changed", at, value=monthly, said=plan)
    if not changed:
        yield found.signal(id, "subscription.updated", at, status=status, changed=sorted(before)[:50])


def _paid_otherwise(record: Mapping[str, object], before: Mapping[str, object]) -> bool:
    """Whether items, plan or quantity changed, and not only the items' period, as at every renewal."""
    if "plan" in before or "quantity" in before:
        return True
    old = records_in(maybe_record(before.get("items")).get("data"))
    new = records_in(maybe_record(record.get("items")).get("data"))
    return bool(old) and [_terms(item) for item in old] != [_terms(item) for item in new]


def _terms(item: Mapping[str, object]) -> tuple[object, object]:
    price = maybe_record(item.get("price")) or maybe_record(item.get("plan"))
    return maybe_id(price.get("id")), item.get("quantity")


def _invoice(found: _Object) -> Iterator[Signal]:
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


def _charge(found: _Object) -> Iterator[Signal]:
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
        yield from _refund(_Object(inside, found.source, USER_KEY))


def _charge_refunded(found: _Object, before: Mapping[str, object], at: datetime, id: str) -> Iterator[Signal]:
    """How much this event gave back, of how much; the refund itself is told by its own record, and is not counted here again."""
    total, earlier = number(found.record.get("amount_refunded")), number(before.get("amount_refunded"))
    given = None if total is None else total - (earlier or 0.0)
    yield found.signal(
        id, "charge.refunded", at, minor=given, refunded_in_all=found.money(total), of=found.money(found.record.get("amount")),
        whole=found.record.get("refunded") is True,
    )  # fmt: skip


def _refund(found: _Object) -> Iterator[Signal]:
    status = text_in(found.record.get("status"))
    kind = "refund.failed" if status in ("failed", "canceled") else "refund.paid"
    yield found.signal(
        f"refund/{found.id}", kind, found.created_at, minor=found.record.get("amount"), reason=found.record.get("reason"),
        failure=found.record.get("failure_reason"),
    )  # fmt: skip


def _dispute(found: _Object) -> Iterator[Signal]:
    yield found.signal(
        f"dispute/{found.id}/opened",
        "dispute.opened",
        found.created_at,
        minor=found.record.get("amount"),
        reason=found.record.get("reason"),
    )


def _checkout(found: _Object) -> Iterator[Signal]:
    """A finished checkout: it joins the person of one's own product with the customer."""
    if found.record.get("status") == "complete":
        yield found.signal(
            f"checkout/{found.id}", "checkout.completed", found.created_at, minor=found.record.get("amount_total"),
            mode=found.record.get("mode"), payment_status=found.record.get("payment_status"),
        )  # fmt: skip


def _priced(found: _Object) -> tuple[float | None, dict[str, object]]:
    """Monthly revenue and the words of the plan; without a value when a price has no unit amount."""
    items = records_in(maybe_record(found.record.get("items")).get("data"))
    if not items and maybe_record(found.record.get("plan")):
        items = [{"plan": found.record.get("plan"), "quantity": found.record.get("quantity")}]
    plans = [maybe_record(item.get("price")) or maybe_record(item.get("plan")) for item in items]
    monthly = [_monthly(found, item, plan) for item, plan in zip(items, plans, strict=True)]
    known = [each for each in monthly if each is not None]
    intervals = [maybe_record(plan.get("recurring")).get("interval") or plan.get("interval") for plan in plans]
    names = [text_in(plan.get("nickname")) or text_in(plan.get("lookup_key")) or maybe_id(plan.get("id")) for plan in plans]
    return round(sum(known), 6) if items and len(known) == len(items) else None, {
        "plan": ", ".join(dict.fromkeys(name for name in names if name)) or None,
        "interval": next((interval for interval in intervals if interval), None),
        "quantity": sum(int(number(item.get("quantity")) or 1) for item in items) or None,
    }


def _monthly(found: _Object, item: Mapping[str, object], plan: Mapping[str, object]) -> float | None:
    recurring = maybe_record(plan.get("recurring")) or plan
    months = _MONTHS.get(str(recurring.get("interval")))
    minor = next(
        (plan[name] for name in ("unit_amount", "unit_amount_decimal", "amount", "amount_decimal") if plan.get(name) is not None),
        None,
    )
    worth = found.money(minor)
    if months is None or worth is None or recurring.get("usage_type") == "metered":
        return None
    every = number(recurring.get("interval_count")) or 1.0
    quantity = number(item.get("quantity"))
    return worth * (1.0 if quantity is None else quantity) / (months * every)


_OBJECT_KINDS = {
    "subscription": "subscription", "invoice": "invoice", "charge": "charge", "refund": "refund", "dispute": "dispute",
    "payment_intent": "payment_intent", "checkout.session": "checkout",
}  # fmt: skip
_READERS = {
    "customer": _customer, "subscription": _subscription, "invoice": _invoice, "charge": _charge, "refund": _refund,
    "dispute": _dispute, "checkout.session": _checkout,
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
