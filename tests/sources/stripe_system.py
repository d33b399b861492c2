"""A made-up Stripe account that lists as Stripe does: newest first, by `starting_after`, `ending_before`, `created[gte]` and `limit`."""

from __future__ import annotations

from vendor_server import Answered, not_let_in

T0 = 1_772_355_600  # 2026-03-01T09:00:00Z
KEY = "rk_test_s3cret"


def customer(number, **more):
    return {
        "id": f"cus_{number}",
        "object": "customer",
        "created": T0 + number,
        "email": f"P{number}@Example.com",
        "metadata": {},
        **more,
    }


def subscription(number, owner, **more):
    item = {"id": f"si_{number}", "quantity": 2, "price": {"id": "price_pro", "nickname": "Pro", "unit_amount": 4900, "currency": "eur",
            "recurring": {"interval": "month", "interval_count": 1}}, "current_period_end": T0 + 2_592_000}  # fmt: skip
    return {
        "id": f"sub_{number}", "object": "subscription", "customer": owner, "status": "active", "currency": "eur", "created": T0 + number,
        "start_date": T0 + number, "cancel_at_period_end": False, "items": {"data": [item]}, "metadata": {"team": "north"}, **more,
    }  # fmt: skip


def invoice(number, owner, **more):
    return {
        "id": f"in_{number}", "object": "invoice", "customer": owner, "currency": "eur", "created": T0 + number, "status": "paid",
        "amount_due": 9800, "amount_paid": 9800, "billing_reason": "subscription_create", "attempt_count": 1,
        "status_transitions": {"finalized_at": T0 + number + 10, "paid_at": T0 + number + 20},
        "parent": {"type": "subscription_details", "subscription_details": {"subscription": "sub_1"}}, **more,
    }  # fmt: skip


def charge(number, owner, **more):
    return {
        "id": f"ch_{number}", "object": "charge", "customer": owner, "amount": 9800, "amount_captured": 9800, "amount_refunded": 0,
        "currency": "eur", "created": T0 + number, "status": "succeeded", "paid": True, "captured": True, "refunded": False, **more,
    }  # fmt: skip


def refund(number, of, minor, **more):
    return {
        "id": f"re_{number}", "object": "refund", "charge": of, "amount": minor, "currency": "eur", "created": T0 + number,
        "status": "succeeded", "reason": "requested_by_customer", **more,
    }  # fmt: skip


def event(number, kind, obj, seconds=None, **before):
    data = {"object": obj, **({"previous_attributes": before} if before else {})}
    return {
        "id": f"evt_{number}",
        "object": "event",
        "type": kind,
        "created": T0 + (number if seconds is None else seconds),
        "data": data,
    }


class Stripe:
    """An account: `lists` by path ("customers" ...), each in any order."""

    def __init__(self, **lists):
        self.lists = {name: list(records) for name, records in lists.items()}
        self.gone = set()

    def __call__(self, asked):
        if asked.headers.get("authorization") != f"Bearer {KEY}":
            return not_let_in()
        name = asked.path.removeprefix("/v1/")
        if name.startswith("charges/"):
            return next(one for one in self.lists["charges"] if one["id"] == name.removeprefix("charges/"))
        found = sorted(self.lists.get(name, []), key=lambda one: (one["created"], one["id"]), reverse=True)
        found = [one for one in found if one["created"] >= int(asked.query.get("created[gte]", 0))]
        ids, limit = [one["id"] for one in found], int(asked.query["limit"])
        after, before = asked.query.get("starting_after"), asked.query.get("ending_before")
        if {after, before} - {None, *ids} or {after, before} & self.gone:
            return Answered(400, {"error": {"type": "invalid_request_error", "message": f"No such object: '{after or before}'"}})
        if before:
            newer = found[: ids.index(before)]
            return {"object": "list", "data": self._seen(asked, newer[-limit:]), "has_more": len(newer) > limit}
        rest = found[ids.index(after) + 1 :] if after else found
        return {"object": "list", "data": self._seen(asked, rest[:limit]), "has_more": len(rest) > limit}

    def _seen(self, asked, records):
        if asked.query.get("expand[]") != "data.charge":
            return records
        charges = {one["id"]: one for one in self.lists["charges"]}
        return [{**one, "charge": charges.get(one["charge"], one["charge"])} for one in records]
