"""Chargebee: events about subscriptions, invoices, payments and refunds, and these records themselves.

Sources: apidocs.chargebee.com (events, subscriptions, invoices, transactions, credit notes; webhooks). Amounts count the smallest unit of their
currency. `mrr` is Chargebee's own monthly recurring revenue. Whether it is 0 already in the event of a cancellation is not documented:
then what is lost is taken from the items' amounts, and `mrr_from` says so.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterator, Mapping
from datetime import datetime

from touchpath.model.email import email_actor
from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.sources.vendors.reading import (
    actors,
    amount,
    decimals,
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
    text_in,
)

SOURCE = "chargebee"

_MONTHS = {"day": 12 / 365, "week": 12 / 52, "month": 1.0, "year": 12.0}
_RUNNING = frozenset({"in_trial", "active", "non_renewing", "paused", "cancelled"})
#: Events that say no more than their records do.
_TOLD_BY_RECORDS = frozenset(
    [
        "customer_created",
        "subscription_created",
        "subscription_started",
        "subscription_cancelled",
        "subscription_cancellation_scheduled",
        "invoice_generated",
        "invoice_updated",
        "payment_succeeded",
        "payment_failed",
        "payment_refunded",
    ]
)
_CHANGES = frozenset(
    {"subscription_changed", "subscription_activated", "subscription_reactivated", "subscription_resumed", "subscription_paused"}
)
_KNOWN = frozenset(
    [
        "id",
        "customer_id",
        "subscription_id",
        "created_at",
        "updated_at",
        "resource_version",
        "object",
        "deleted",
        "status",
        "currency_code",
        "date",
        "paid_at",
        "voided_at",
        "amount",
        "total",
        "amount_paid",
        "amount_due",
        "amount_adjusted",
        "write_off_amount",
        "credits_applied",
        "due_date",
        "next_retry_at",
        "dunning_status",
        "mrr",
        "started_at",
        "activated_at",
        "cancelled_at",
        "cancel_schedule_created_at",
        "current_term_start",
        "current_term_end",
        "next_billing_at",
        "trial_start",
        "trial_end",
        "cancel_reason",
        "cancel_reason_code",
        "subscription_items",
        "plan_id",
        "plan_quantity",
        "plan_unit_price",
        "plan_amount",
        "billing_period",
        "billing_period_unit",
        "due_invoices_count",
        "due_since",
        "total_dues",
        "line_items",
        "linked_payments",
        "billing_address",
        "shipping_address",
        "has_scheduled_changes",
        "payment_source_id",
        "masked_card_number",
        "gateway_account_id",
        "id_at_gateway",
        "refunded_txn_id",
        "error_code",
        "error_text",
        "type",
        "new_sales_amount",
        "item_tiers",
        "charged_items",
        "coupons",
    ]
)


def verify(authorization: str | None, user: str, password: str) -> bool:
    """Whether a webhook's `Authorization` header is the Basic pair that was set up for it; Chargebee signs nothing.

    **Source**: apidocs.chargebee.com, webhooks, "Basic authentication".
    """
    scheme, _, pair = (authorization or "").partition(" ")
    try:
        came = base64.b64decode(pair, validate=True)
    except (binascii.Error, ValueError):
        return False
    return scheme.lower() == "basic" and hmac.compare_digest(came, f"{user}:{password}".encode())


def webhook_signals(payload: Mapping[str, object], source: str = SOURCE) -> Iterator[Signal]:
    """The signals of an event: what its records tell, and what only the event tells. An unknown type becomes a kind of its own."""
    event = maybe_record(payload.get("event")) or payload
    sort = text_in(event.get("event_type"))
    if sort is None:
        raise BadInput(f"The event '{event.get('id')}' has no event_type.")
    content = record_of(event.get("content"), "content")
    at, id = moment(event.get("occurred_at"), "occurred_at of the event"), f"event/{id_of(event, what='event')}"
    own = list(_told(content, sort, source)) if sort in _TOLD_BY_RECORDS else []
    yield from own
    if sort in _CHANGES:
        yield _changed(content, sort, at, id, source)
    elif not own:
        about = next((maybe_record(content.get(name)) for name in _RECORDS if maybe_record(content.get(name))), {})
        yield _Record(about, content, source).signal(id, _kind(sort), at, everything=True)


def subscription_signals(
    subscription: Mapping[str, object], source: str = SOURCE, *, content: Mapping[str, object] | None = None, start: bool = True
) -> Iterator[Signal]:
    """A subscription as it stands: started (unless `start` is off), its end announced, cancelled."""
    found = _Record(subscription, content or {}, source, kind="subscription")
    status, id = text_in(subscription.get("status")), id_of(subscription, what="subscription")
    value, plan = _priced(found)
    why = text_in(subscription.get("cancel_reason_code")) or text_in(subscription.get("cancel_reason"))
    involuntary = True if subscription.get("cancel_reason") else None
    began = maybe_moment(subscription.get("started_at")) or maybe_moment(subscription.get("activated_at"))
    if start and status in _RUNNING and began:
        yield found.signal(f"subscription/{id}/started", "subscription.started", began, value=value, said=plan)
    asked = maybe_moment(subscription.get("cancel_schedule_created_at"))
    if asked:
        yield found.signal(
            f"subscription/{id}/cancel {minute(asked)}", "subscription.cancellation_scheduled", asked, said={"reason": why}
        )
    ended = maybe_moment(subscription.get("cancelled_at"))
    if status == "cancelled" and ended:
        said = {**plan, "reason": why, "involuntary": involuntary}
        yield found.signal(
            f"subscription/{id}/cancelled {minute(ended)}", "subscription.cancelled", ended, value=value, said=said
        )


def invoice_signals(
    invoice: Mapping[str, object], source: str = SOURCE, *, content: Mapping[str, object] | None = None
) -> Iterator[Signal]:
    """An invoice: issued, paid, voided."""
    found = _Record(invoice, content or {}, source, kind="invoice")
    id, said = id_of(invoice, what="invoice"), {"recurring": invoice.get("recurring")}
    issued, paid, voided = (maybe_moment(invoice.get(name)) for name in ("date", "paid_at", "voided_at"))
    if issued and invoice.get("status") != "pending":
        yield found.signal(f"invoice/{id}/issued", "invoice.issued", issued, minor=invoice.get("total"), said=said)
    if paid and invoice.get("status") == "paid":
        yield found.signal(
            f"invoice/{id}/paid", "invoice.paid", paid, minor=invoice.get("amount_paid") or invoice.get("total"), said=said
        )
    if voided:
        yield found.signal(f"invoice/{id}/voided", "invoice.voided", voided, minor=invoice.get("total"), said=said)


def transaction_signals(
    transaction: Mapping[str, object], source: str = SOURCE, *, content: Mapping[str, object] | None = None
) -> Iterator[Signal]:
    """A transaction: a payment that worked or failed, or a refund."""
    found = _Record(transaction, content or {}, source, kind="transaction")
    id, status, sort = id_of(transaction, what="transaction"), transaction.get("status"), transaction.get("type")
    at = moment(transaction.get("date"), "date of the transaction")
    failed = status in ("failure", "timeout")
    if sort == "refund":
        kind = "refund.failed" if failed else "refund.paid"
    elif sort in (None, "payment"):
        kind = "payment.failed" if failed else "payment.succeeded"
    else:
        kind = f"payment.{sort}"
    if status in ("success", "failure", "timeout", None):
        said = {
            "code": transaction.get("error_code"),
            "message": transaction.get("error_text"),
            "method": transaction.get("payment_method"),
        }
        yield found.signal(f"transaction/{id}", kind[:128], at, minor=transaction.get("amount"), said=said)


def customer_signals(customer: Mapping[str, object], source: str = SOURCE) -> Iterator[Signal]:
    """A customer: the ids that belong together."""
    found = _Record(customer, {"customer": customer}, source)
    at = moment(customer.get("created_at"), "created_at of the customer")
    yield found.signal(f"customer/{id_of(customer, what='customer')}", "customer.created", at)


_RECORDS = {
    "subscription": subscription_signals, "invoice": invoice_signals, "transaction": transaction_signals, "customer": customer_signals,
    "credit_note": None, "quote": None, "card": None,
}  # fmt: skip


class _Record:
    """A record, and what all signals about it share."""

    def __init__(self, record: Mapping[str, object], content: Mapping[str, object], source: str, kind: str = "") -> None:
        self.record, self.source = record, source
        customer = maybe_record(content.get("customer"))
        self.currency = str(record.get("currency_code") or customer.get("preferred_currency_code") or "").upper()
        who = maybe_id(record.get("customer_id")) or maybe_id(customer.get("id"))
        self.actors = actors(external_id(source, who), email_actor(customer.get("email")))
        named = {
            "subscription": record.get("subscription_id") or maybe_record(content.get("subscription")).get("id"),
            "invoice": maybe_record(content.get("invoice")).get("id"),
            **({kind: record.get("id")} if kind else {}),
        }
        found = {name: maybe_id(value) for name, value in named.items()}
        self.objects = {name: id for name, id in found.items() if id}

    def money(self, minor: object) -> float | None:
        """An amount in the record's currency."""
        return amount(minor, decimals(self.currency)) if self.currency else None

    def signal(
        self, id: str, kind: str, at: datetime, *, minor: object = None, value: float | None = None,
        said: Mapping[str, object] | None = None, everything: bool = False,
    ) -> Signal:  # fmt: skip
        """A signal about this record; `minor` is its amount in the smallest unit."""
        worth = self.money(minor) if value is None else value
        without = frozenset({"id", "object", "customer_id"}) if everything else _KNOWN
        return Signal(
            self.source, id, kind, at, self.actors, None, self.objects, "billing", value=worth, unit=self.currency if worth is not None else None,
            properties=properties_of(self.record, without=without, **(said or {})),
        )  # fmt: skip


def _told(content: Mapping[str, object], sort: str, source: str) -> Iterator[Signal]:
    """What the records of an event tell about themselves, as far as the event is about them."""
    subscription, invoice = maybe_record(content.get("subscription")), maybe_record(content.get("invoice"))
    transaction, customer = maybe_record(content.get("transaction")), maybe_record(content.get("customer"))
    if sort == "customer_created" and customer:
        yield from customer_signals(customer, source)
    if sort.startswith("subscription_") and subscription:
        start = sort in ("subscription_created", "subscription_started")
        yield from subscription_signals(subscription, source, content=content, start=start)
    if sort.startswith(("invoice_", "payment_")) and invoice:
        yield from invoice_signals(invoice, source, content=content)
    if sort.startswith("payment_") and transaction:
        yield from transaction_signals(transaction, source, content=content)


def _changed(content: Mapping[str, object], sort: str, at: datetime, id: str, source: str) -> Signal:
    """What is paid from now on, or a pause."""
    subscription = maybe_record(content.get("subscription"))
    found = _Record(subscription, content, source, kind="subscription")
    value, plan = _priced(found)
    return found.signal(
        id,
        _kind(sort),
        at,
        value=None if sort == "subscription_paused" else value,
        said={**plan, "status": subscription.get("status")},
    )


def _priced(found: _Record) -> tuple[float | None, dict[str, object]]:
    """Monthly revenue and the words of the plan: Chargebee's own `mrr`, or the items' amounts when that is missing or 0 already."""
    record = found.record
    items = [item for item in records_in(record.get("subscription_items")) if item.get("item_type") in (None, "plan", "addon")]
    months = _MONTHS.get(str(record.get("billing_period_unit")), 1.0) * (number(record.get("billing_period")) or 1.0)
    amounts = [number(item.get("amount")) for item in items] or [number(record.get("plan_amount"))]
    known = [each for each in amounts if each is not None]
    mrr, worth = number(record.get("mrr")), (sum(known) / months if known else None)
    ends = record.get("status") == "cancelled" and not mrr and worth
    minor = worth if mrr is None or ends else mrr
    plans = [maybe_id(item.get("item_price_id")) for item in items if item.get("item_type") != "addon"] or [
        maybe_id(record.get("plan_id"))
    ]
    money = found.money(minor)
    return None if money is None else round(money, 6), {
        "plan": ", ".join(plan for plan in plans if plan) or None,
        "interval": record.get("billing_period_unit"),
        "mrr_from": "items" if minor is not None and minor is worth and mrr != worth else None,
    }


def _kind(sort: str) -> str:
    """subscription_trial_end_reminder as subscription.trial_end_reminder: the noun first."""
    nouns = (
        "payment_source",
        "credit_note",
        "hosted_page",
        "virtual_bank_account",
        *_RECORDS,
        "payment",
        "coupon",
        "order",
        "plan",
        "item",
    )
    noun = next((noun for noun in nouns if sort.startswith(f"{noun}_")), "")
    return (f"{noun}.{sort.removeprefix(noun + '_')}" if noun else sort)[:128]
