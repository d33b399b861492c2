"""Files of Stripe: what a pull would give, from a file."""

from __future__ import annotations

import json

import pytest
from stripe_system import charge, customer, event, invoice, refund, subscription

PAYMENTS = (
    "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Converted Amount,Fee,Status,Mode,Customer ID,Customer Email,Invoice ID,"
    "Seller Message,Refunded date (UTC),user_id (metadata)\n"
)


def payment(id="ch_7", amount="98.00", refunded="0.00", currency="eur", status="Paid", when="", mode="Live"):
    return f'{id},2026-03-01 09:00:07,"{amount}",{refunded},{currency},true,1.00,0.50,{status},{mode},cus_1,jo@example.com,in_5,Approved,{when},u_81\n'


def test_a_payment_of_the_dashboard_is_the_charge_of_the_api(read):
    name, (row,), refused, _ = read("payments.csv", PAYMENTS + payment())
    assert (name, refused) == ("stripe-csv", [])
    _, (pulled,), _, _ = read(
        "charges.jsonl", json.dumps(charge(7, "cus_1", invoice="in_5", metadata={"user_id": "u_81"})) + "\n"
    )
    ours = {name: row[name] for name in pulled if name not in ("properties", "received_at")}
    assert ours == {name: pulled[name] for name in ours}
    assert "jo@example.com" not in str(row)


@pytest.mark.parametrize(
    ("amount", "currency", "value"),
    [("1,000.00", "usd", 1000.0), ("19,90", "eur", 19.9), ("1.234,56", "eur", 1234.56), ("5,000", "jpy", 5000.0), ("500", "jpy", 500.0),
     ("4.900", "kwd", 4.9), ("1 000,50", "sek", 1000.5), ("0.00", "usd", 0.0)],
)  # fmt: skip
def test_amounts_are_read_as_the_dashboard_writes_them(read, amount, currency, value):
    _, (row,), _, _ = read("payments.csv", PAYMENTS + payment(amount=amount, currency=currency))
    assert (row["value"], row["unit"]) == (value, currency.upper())


def test_failed_refunded_and_test_payments_are_told_apart(read):
    text = payment("ch_1", status="Failed") + payment("ch_2", refunded="19.00", when="2026-03-03 08:00:00") + payment("ch_3", mode="Test") + payment("ch_4", amount="nine")  # fmt: skip
    _, rows, refused, _ = read("payments.csv", PAYMENTS + text)
    assert [(row["id"], row["kind"]) for row in rows] == [
        ("charge/ch_1/failed", "payment.failed"), ("charge/ch_2/succeeded", "payment.succeeded"), ("charge/ch_2/refunded", "charge.refunded"),
        ("charge/ch_3/succeeded", "payment.succeeded"),
    ]  # fmt: skip
    assert (rows[2]["value"], rows[2]["occurred_at"].isoformat()) == (19.0, "2026-03-03T08:00:00+00:00")
    assert json.loads(rows[3]["properties"])["test"] is True
    assert [one.reason for one in refused] == ["'amount' came as 'nine'. An amount such as 19.00 or 1,000.00 will do."]


def test_subscriptions_and_customers_of_the_dashboard(read):
    header = "id,Customer ID,Customer Email,Plan,Quantity,Currency,Interval,Amount,Status,Created (UTC),Start (UTC),Canceled At (UTC),Ended At (UTC)\n"
    rows = "sub_1,cus_1,jo@example.com,gold,2,eur,year,120.00,canceled,2026-01-01 10:00,2026-01-01 10:00,2026-03-01 10:00,2026-03-01 10:00\n"
    name, found, _, _ = read("subscriptions.csv", header + rows)
    assert (name, [(row["kind"], row["value"]) for row in found]) == (
        "stripe-csv",
        [("subscription.started", 20.0), ("subscription.cancelled", 20.0)],
    )
    header = "id,Description,Email,Name,Created (UTC),Delinquent,user_id (metadata)\n"
    _, (row,), _, _ = read("customers.csv", header + "cus_1,,jo@example.com,Jo Doe,2026-01-01 10:00,false,u_81\n")
    assert row["actors"][:2] == ["user:u_81", "external:stripe-cus_1"]
    assert "Jo Doe" not in str(row)


@pytest.mark.parametrize("form", ["lines", "list", "answer"])
def test_objects_and_events_come_as_lines_as_a_list_or_as_the_api_answers(read, form):
    found = [customer(1), subscription(1, "cus_1"), invoice(5, "cus_1"), charge(7, "cus_1"), refund(8, charge(7, "cus_1"), 1900),
             event(9, "customer.deleted", customer(2))]  # fmt: skip
    found = [{**one, "livemode": True} for one in found]
    text = {
        "lines": "".join(json.dumps(one) + "\n" for one in found),
        "list": json.dumps(found),
        "answer": json.dumps({"object": "list", "data": found}),
    }
    name, rows, refused, _ = read("export.json", text[form])
    assert (name, refused) == ("stripe", [])
    assert [row["kind"] for row in rows] == [
        "customer.created", "subscription.started", "invoice.issued", "invoice.paid", "payment.succeeded", "refund.paid", "customer.deleted",
    ]  # fmt: skip
