"""An object of Stripe's API: whose it is, what it belongs to, and what all signals about it share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from touchpath.model.email import email_actor
from touchpath.model.signal import Signal
from touchpath.sources.vendors.reading import (
    actors,
    amount,
    external_id,
    id_of,
    maybe_id,
    maybe_record,
    moment,
    properties_of,
    stripe_decimals,
    user_id,
)

#: The key of an object's metadata that holds the id of the person in one's own product.
USER_KEY = "user_id"
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
_OBJECT_KINDS = {
    "subscription": "subscription", "invoice": "invoice", "charge": "charge", "refund": "refund", "dispute": "dispute",
    "payment_intent": "payment_intent", "checkout.session": "checkout",
}  # fmt: skip


class StripeObject:
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
