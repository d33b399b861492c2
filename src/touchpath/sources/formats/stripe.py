"""Stripe's files: objects and events as JSON, and the CSV of payments, subscriptions and customers that the dashboard exports.

**Source**: docs.stripe.com/api; headers of published exports of the dashboard. Choices made:

- The dashboard writes amounts in whole units (19.00, 1,000.00, and in some languages 19,00); they are read into the smallest unit first, so that a row
  and the object of the API give the same signal.
- Its times say that they are UTC. Older exports wrote "Created" without saying so; the account's zone would be a guess, so UTC is taken.
- A row tells how much was refunded, but not by which refunds: `charge.refunded`, at the time of the refund if it is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation

from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.services.formats import Option
from touchpath.sources.formats.format import Convert, Opening, Sure
from touchpath.sources.formats.head import Head
from touchpath.sources.formats.pieces import CsvShape, JsonShape, Row
from touchpath.sources.formats.reading import moment_of, number_of
from touchpath.sources.formats.records import RecordFormat
from touchpath.sources.vendors import stripe
from touchpath.sources.vendors.reading import stripe_decimals
from touchpath.sources.vendors.stripe_objects import USER_KEY

_USER = Option("user_key", "Which key of the metadata holds your own id of the person?", default=USER_KEY)
_PAYMENT = frozenset({"id", "amount", "amount refunded", "currency", "status"})
_SUBSCRIPTION = frozenset({"id", "customer id", "plan", "interval", "amount", "status"})
_CUSTOMER = frozenset({"id", "email", "delinquent"})
_METADATA = re.compile(r"(.+) \(metadata\)")
_AMOUNT = re.compile(r"-?[0-9]{1,3}([., '\u00a0\u202f][0-9]{3})*([.,][0-9]{1,3})?|-?[0-9]+([.,][0-9]+)?")
_STATUS = {
    "paid": "succeeded",
    "refunded": "succeeded",
    "partially refunded": "succeeded",
    "failed": "failed",
    "requires capture": "succeeded",
}
_OBJECTS = frozenset(
    {"charge", "customer", "subscription", "invoice", "refund", "dispute", "event", "payment_intent", "checkout.session"}
)


def _tells_json(head: Head) -> Sure | None:
    found = [
        one for one in head.objects if isinstance(one.get("object"), str) and isinstance(one.get("id"), str) and "created" in one
    ]
    sorts = {one["object"] for one in found}
    if found and (sorts & _OBJECTS or "livemode" in head.keys) and len(found) >= len(head.objects) / 2:
        return Sure(0.95, f"its lines hold objects of the kind {', '.join(sorted(sorts)[:3])} with id and created")
    if re.search(r'"object"\s*:\s*"list"', head.text[:2_000]) and '"data"' in head.text and '"livemode"' in head.text:
        return Sure(0.95, "it holds a list as Stripe's API writes it")
    return None


def _begin_json(opening: Opening) -> Convert:
    user_key = opening.options["user_key"]

    def convert(row: Row) -> Iterator[Signal]:
        read = stripe.event_signals if row.get("object") == "event" else stripe.object_signals
        return read(row, opening.source, user_key=user_key)

    return convert


def _tells_csv(head: Head) -> Sure | None:
    names = {_name(name) for name in head.header}
    for wanted, what in ((_PAYMENT, "payments"), (_SUBSCRIPTION, "subscriptions"), (_CUSTOMER, "customers")):
        if wanted <= names and "created" in names:
            ids = [row[0] for row in head.rows[1:] if row]
            ours = any(id.startswith(("ch_", "py_", "pi_", "sub_", "cus_")) for id in ids)
            return Sure(0.95 if ours else 0.8, f"its columns are those of Stripe's export of {what}")
    return None


def _begin_csv(opening: Opening) -> Convert:
    names = {_name(name) for name in opening.headers[0]} if opening.headers else set()
    if names >= _PAYMENT:
        make = _payment
    elif names >= _SUBSCRIPTION:
        make = _subscription
    elif names >= _CUSTOMER:
        make = _customer
    else:
        raise BadInput("These are no columns of Stripe's export of payments, subscriptions or customers.")
    user_key = opening.options["user_key"]

    def convert(row: Row) -> Iterator[Signal]:
        named = {_name(name): text for name, text in row.items() if text.strip()}
        metadata = {told[1]: text for name, text in row.items() if text.strip() and (told := _METADATA.fullmatch(name.strip()))}
        record = {**make(named), "metadata": metadata, **({"livemode": False} if named.get("mode", "").lower() == "test" else {})}
        yield from stripe.object_signals(record, opening.source, user_key=user_key)
        if make is _payment:
            yield from _refunded(record, named, opening.source, user_key)

    return convert


def _payment(row: Mapping[str, str]) -> dict[str, object]:
    status = row.get("status", "").lower()
    currency = row.get("currency", "")
    return {
        "object": "charge", "id": row.get("id"), "created": _time(row, "created"), "currency": currency, "amount": _minor(row, "amount", currency),
        "amount_refunded": _minor(row, "amount refunded", currency), "status": _STATUS.get(status, status), "paid": status != "failed",
        "captured": row.get("captured", "true").lower() != "false", "customer": row.get("customer id"), "invoice": row.get("invoice id"),
        "payment_intent": row.get("paymentintent id"), "receipt_email": row.get("customer email"), "failure_code": row.get("decline reason"),
        "description": row.get("description"), "failure_message": row.get("seller message") if status == "failed" else None,
    }  # fmt: skip


def _refunded(record: Mapping[str, object], row: Mapping[str, str], source: str, user_key: str) -> Iterator[Signal]:
    if not record["amount_refunded"]:
        return
    at = _time(row, "refunded date") or record["created"]
    event = {
        "id": f"{record['id']} refunded", "type": "charge.refunded", "created": at, "data": {"object": {**record, "refunded": record["amount_refunded"] == record["amount"]}},
    }  # fmt: skip
    for signal in stripe.event_signals(event, source, user_key=user_key):
        if signal.kind == "charge.refunded":
            yield signal.but(id=f"charge/{record['id']}/refunded")


def _subscription(row: Mapping[str, str]) -> dict[str, object]:
    currency = row.get("currency", "")
    quantity = number_of(row.get("quantity", "1")) or 1
    price = {
        "id": row.get("plan"),
        "unit_amount": _minor(row, "amount", currency),
        "recurring": {"interval": row.get("interval", "").lower()},
    }
    return {
        "object": "subscription", "id": row.get("id"), "customer": row.get("customer id"), "status": row.get("status", "").lower(), "currency": currency,
        "created": _time(row, "created"), "start_date": _time(row, "start"), "trial_start": _time(row, "trial start"),
        "canceled_at": _time(row, "canceled at"), "ended_at": _time(row, "ended at"),
        "cancel_at_period_end": row.get("cancel at period end", "").lower() == "true", "items": {"data": [{"quantity": quantity, "price": price}]},
    }  # fmt: skip


def _customer(row: Mapping[str, str]) -> dict[str, object]:
    return {
        "object": "customer",
        "id": row.get("id"),
        "created": _time(row, "created"),
        "email": row.get("email"),
        "currency": row.get("currency"),
    }


def _name(name: str) -> str:
    """A column's name without the zone and the word 'date' that newer exports add to it."""
    plain = name.strip().lower().removesuffix("(utc)").strip()
    return "created" if plain == "created date" else plain


def _time(row: Mapping[str, str], name: str) -> str | None:
    return moment_of(row[name], name).isoformat() if name in row else None


def _minor(row: Mapping[str, str], name: str, currency: str) -> int | None:
    """An amount in whole units, written with a point or a comma, in the smallest unit. Raises BadInput."""
    text = row.get(name, "").strip()
    if not text:
        return None
    if not _AMOUNT.fullmatch(text):
        raise BadInput(f"'{name}' came as '{text}'. An amount such as 19.00 or 1,000.00 will do.")
    places = stripe_decimals(currency)
    whole, part = text, ""
    last = max(text.rfind("."), text.rfind(","))
    if last >= 0 and (len(text) - last - 1 != 3 or places == 3):
        whole, part = text[:last], text[last + 1 :]
    try:
        return int(Decimal(f"{re.sub(r'[^0-9-]', '', whole)}.{part or 0}").scaleb(places))
    except InvalidOperation as error:
        raise BadInput(f"'{name}' came as '{text}', which is no amount.") from error


STRIPE = RecordFormat("stripe", "Stripe JSON export", stripe.SOURCE, JsonShape(("data",)), _tells_json, _begin_json, (_USER,))
STRIPE_CSV = RecordFormat("stripe-csv", "Stripe dashboard CSV", stripe.SOURCE, CsvShape(), _tells_csv, _begin_csv, (_USER,))
