"""Subscriptions of Stripe: started, changed, cancelled, and what they are worth a month.

Monthly recurring revenue is the value of `subscription.started` and `subscription.changed`: the sum of the items' unit amounts times
quantities, per month. Discounts, taxes and usage are not in it, and tiered prices have none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from touchpath.model.signal import Signal
from touchpath.sources.vendors.reading import (
    maybe_id,
    maybe_moment,
    maybe_record,
    minute,
    number,
    records_in,
    text_in,
)
from touchpath.sources.vendors.stripe_objects import StripeObject

#: Months in one interval, for monthly revenue. Source: docs.stripe.com/billing/subscriptions/analytics, normalised to a month.
_MONTHS = {"day": 12 / 365, "week": 12 / 52, "month": 1.0, "year": 12.0}
_STARTED = frozenset({"trialing", "active", "past_due", "canceled", "unpaid", "paused"})
_ENDED = frozenset({"canceled", "incomplete_expired"})


def subscription_signals(found: StripeObject) -> Iterator[Signal]:
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


def change_signals(found: StripeObject, before: Mapping[str, object], at: datetime, id: str) -> Iterator[Signal]:
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


def _priced(found: StripeObject) -> tuple[float | None, dict[str, object]]:
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


def _monthly(found: StripeObject, item: Mapping[str, object], plan: Mapping[str, object]) -> float | None:
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
