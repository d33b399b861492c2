"""Pulling a Stripe account: its lists, then its events."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from pull_bench import Bench
from stripe_system import KEY, T0, Stripe, charge, customer, event, invoice, refund, subscription
from vendor_server import Answered, VendorServer

NOW = datetime.fromtimestamp(T0, UTC) + timedelta(days=2)


@pytest.fixture
def stripe():
    return Stripe(
        customers=[customer(number) for number in range(1, 251)],
        subscriptions=[subscription(1, "cus_1")],
        invoices=[invoice(5, "cus_1")],
        charges=[charge(7, "cus_1")],
        refunds=[refund(8, "ch_7", 1900)],
        events=[event(1, "customer.created", customer(1)), event(9, "refund.created", refund(8, "ch_7", 1900))],
    )


@pytest.fixture
def bench(tmp_path, stripe, monkeypatch):
    monkeypatch.setenv("STRIPE_KEY", KEY)
    monkeypatch.setattr("touchpath.sources.pull.stripe._PAGE", 100)
    with VendorServer(stripe) as server, closing(Bench(tmp_path, server, NOW)) as bench:
        bench.connections.add("money", "stripe", {"key": "env:STRIPE_KEY", "address": server.address})
        yield bench


def run(bench):
    states = {state.job.removeprefix("pull-money-"): state for state in bench.pulls.run("money")}
    assert [state.problem for state in states.values()] == [""] * 7
    return states


def test_lists_and_events_of_the_same_things_are_kept_once(bench):
    states = run(bench)
    assert states["customers"].new == 250
    kinds = sorted(row[0] for row in bench.rows("kind") if row[0] != "customer.created")
    assert kinds == ["invoice.issued", "invoice.paid", "payment.succeeded", "refund.paid", "subscription.started"]
    assert states["events"].records == 2
    assert bench.pulls.check("money") == "Stripe answers, and the key may read events."


def test_what_changes_later_comes_with_the_events(bench, stripe):
    run(bench)
    past_due = subscription(1, "cus_1", status="past_due")
    stripe.lists["events"] += [
        event(number, "customer.subscription.updated", past_due, seconds=600 + number, status="active")
        for number in range(1000, 1250)
    ]
    states = run(bench)
    assert (states["events"].new, states["customers"].records) == (250, 0)
    assert run(bench)["events"].records <= 1


def test_what_was_paid_at_the_start_is_not_rewritten_by_what_is_paid_now(bench, stripe):
    now = subscription(
        1,
        "cus_1",
        items={"data": [{"quantity": 1, "price": {"id": "p", "unit_amount": 500, "recurring": {"interval": "month"}}}]},
    )
    stripe.lists["subscriptions"] = [now]
    stripe.lists["events"] += [
        event(2, "customer.subscription.created", subscription(1, "cus_1")),
        event(3, "customer.subscription.updated", now, items=subscription(1, "cus_1")["items"]),
    ]
    run(bench)
    rows = [row for batch in bench.lake.scan(["kind", "revision", "value"]) for row in batch.to_pylist()]
    newest = {row["kind"]: row["value"] for row in sorted(rows, key=lambda row: row["revision"])}
    assert (newest["subscription.started"], newest["subscription.changed"]) == (98.0, 5.0)


def test_an_earlier_since_reads_the_lists_again(bench):
    given = {"key": "env:STRIPE_KEY", "address": bench.server.address}
    bench.connections.change("money", "stripe", given, since=datetime.fromtimestamp(T0 + 200, UTC))
    assert run(bench)["customers"].records == 51
    bench.connections.change("money", "stripe", given)
    assert run(bench)["customers"].new == 199


def test_an_event_that_is_gone_is_replaced_by_its_time(bench, stripe):
    run(bench)
    stripe.gone.add("evt_9")
    stripe.lists["events"].append(event(10, "customer.deleted", customer(3)))
    states = run(bench)
    assert ("customer.deleted",) in bench.rows("kind")
    assert states["events"].new == 1


def test_after_a_pause_longer_than_events_are_kept_lists_are_read_again(bench, stripe):
    stripe.lists["customers"] = [customer(number, created=T0 - 10_000 * number) for number in range(1, 4)]
    run(bench)
    bench.now += timedelta(days=31)
    assert run(bench)["customers"].records == 3


def test_a_pass_that_broke_off_goes_on_where_it_was(bench, stripe, monkeypatch):
    monkeypatch.setattr("touchpath.services.pulling._RECORDS_AT_ONCE", 100)
    asked, answer = [], stripe._seen

    def breaks(about, records):
        asked.append(about.query)
        return answer(about, records)

    stripe._seen = breaks
    bench.server.faults.extend([])
    true = type(stripe).__call__

    def once(self, about):
        if about.path == "/v1/customers" and about.query.get("starting_after") == "cus_151" and not broken:
            broken.append(about)
            return Answered(402, {"error": "no"})
        return true(self, about)

    broken = []
    monkeypatch.setattr(Stripe, "__call__", once)
    bench.pulls.run("money")
    assert sorted(row[0] for row in bench.rows("kind")).count("customer.created") == 250


def test_only_what_is_newer_than_since_is_asked_for(bench):
    given = {"key": "env:STRIPE_KEY", "address": bench.server.address}
    bench.connections.change("money", "stripe", given, since=datetime.fromtimestamp(T0 + 200, UTC))
    states = run(bench)
    assert (states["customers"].records, states["subscriptions"].records, states["events"].records) == (51, 0, 0)
