"""A small shop with a journey of two stages, planted so that every lane's number is known beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from touchpath import Signal

MODEL = """
format: touchpath-model/1
about: "Made by hand."
brand: {id: shop, title: Shop}
touchpoints:
  - {id: site, title: Web site, promise: Buy in five minutes, owner: Product}
dimensions:
  - {id: channel, title: Channel, field: channel}
  - {id: plan, title: Plan, field: properties.plan, level: person, changes: fixed}
personas:
  - {id: regular, title: Regulars, rule: {kind: newsletter.opened}}
tasks:
  - {id: pay, title: Pay for it, start: {kind: pay.started}, success: {kind: order.placed}, error: {kind: pay.error}}
questions:
  - {id: csat, title: "How was it?", asked: {kind: survey.answered}, scale: {low: 1, high: 5}, metric: customer_satisfaction}
journeys:
  - id: buy
    title: Buy
    window: 1d
    contacts: {kind: ticket.opened}
    stages:
      - {id: look, title: Look, steps: [{id: see, title: See, match: {kind: page.viewed}, touchpoints: [site]}]}
      - id: act
        title: Act
        steps:
          - {id: start, title: Start to pay, match: {kind: pay.started}, touchpoints: [site], tasks: [pay]}
          - {id: order, title: Place the order, match: {kind: order.placed}, touchpoints: [site], questions: [csat], moment_of_truth: true}
"""
FIRST, SECOND = datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 4, 6, 9, tzinfo=UTC)
#: People of each period, and of these how many start to pay and order.
PEOPLE, STARTED, ORDERED = 80, 60, (54, 24)


def signals() -> Iterator[Signal]:
    """Two periods of 80 people: 60 of them start to pay, 54 of the first and 24 of the second order. Every fourth meets an error on a page, one
    in ten of all gets in touch. Half of them come by app; three of the second are on the plan "gold"."""
    for period, start in enumerate((FIRST, SECOND)):
        for person in range(PEOPLE):
            who, where = (f"user:p{period}-{person}",), {"channel": "app" if person % 2 else "web", "touchpoint": "site"}
            plan = {"plan": "gold" if period and person < 3 else "free"}
            ways = ["page.viewed"] + ["pay.started"] * (person < STARTED) + ["order.placed"] * (person < ORDERED[period])
            ways += (
                ["page.error"] * (person % 4 == 0)
                + ["ticket.opened"] * (person % 10 == 0)
                + ["newsletter.opened"] * (person < 20)
            )
            ways += ["survey.answered"] * (person < 12)
            for place, kind in enumerate(ways):
                at = start + timedelta(minutes=place)
                value = float(5 if person < 9 else 2) if kind == "survey.answered" else None
                yield Signal("test", f"{period}.{person}.{place}", kind, at, who, properties=plan, value=value, **where)
    yield Signal("test", "end", "other", SECOND + timedelta(days=20), ("user:end",))
