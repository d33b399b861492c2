"""A small help desk, planted so that what its touchpoints cost, how open their pages are to all, and two designs of its journey are known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from touchpath import Signal

HEAD = """
format: touchpath-model/1
about: "Made by hand."
brand: {id: desk, title: Desk}
touchpoints:
  - {id: site, title: Web site, owner: Product}
  - {id: line, title: Help line, medium: human, owner: Service}
roles:
  - {id: payer, title: Payer, rule: {kind: invoice.paid}}
personas:
  - {id: old, title: Old hands, rule: {kind: manual.read}}
tasks:
  - {id: ask, title: Ask, start: {kind: form.opened}, success: {kind: ticket.opened}}
questions:
  - {id: csat, title: "How was it?", asked: {kind: survey.answered}, scale: {low: 1, high: 5}, metric: customer_satisfaction}
"""
FIRST = """
journeys:
  - id: help
    title: Get help
    window: 1d
    contacts: {kind: call.made}
    stages:
      - id: look
        title: Look
        steps:
          - {id: see, title: See the page, match: {kind: page.viewed}, touchpoints: [site]}
          - {id: sign, title: Sign in, match: {kind: signed.in}, touchpoints: [site], optional: true}
      - id: ask
        title: Ask
        steps: [{id: open, title: Open a ticket, match: {kind: ticket.opened}, touchpoints: [site, line], tasks: [ask], questions: [csat]}]
"""
#: Nobody signs in any more; the form is a step; the last step is a ticket on the site or an answer.
SECOND = """
journeys:
  - id: help
    title: Get help
    version: 2
    window: 1d
    contacts: {kind: call.made}
    stages:
      - {id: look, title: Look, steps: [{id: see, title: See the page, match: {kind: page.viewed}, touchpoints: [site]}]}
      - id: ask
        title: Ask
        steps:
          - {id: form, title: Fill the form, match: {kind: form.opened}, touchpoints: [site]}
          - id: open
            title: Open a ticket
            match: {kind: [ticket.opened, survey.answered]}
            touchpoints: [site, line]
            tasks: [ask]
            questions: [csat]
"""
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
PEOPLE, SIGNED, FORMS, TICKETS, BY_LINE, ANSWERED = 100, 30, 60, 40, 24, 46


def signals() -> Iterator[Signal]:
    """100 see the page, 30 sign in, 60 open the form, 40 of them a ticket: 24 on the line, 16 on the site. 46 answer a survey, of whom 30 gave 5
    and the rest 2; six of them have no ticket. Every tenth pays, the first 20 read a manual. An error meets 25 on the site.

    Eight checks of pages of the site find 0 (five of them), 2, 4 and 6 violations; one check tells no number. The first 20 on the line cost
    EUR 6 each, the site costs the first 10 EUR 0.5 each.
    """
    for person in range(PEOPLE):
        who = (f"user:{person}",)
        at = "line" if person < BY_LINE else "site"
        ways = [("page.viewed", "site", None, "")]
        ways += [("signed.in", "site", None, "")] * (person < SIGNED)
        ways += [("form.opened", "site", None, "")] * (person < FORMS)
        ways += [("ticket.opened", at, None, "")] * (person < TICKETS)
        ways += [("survey.answered", at, 5.0 if person < 30 else 2.0, "")] * (person < ANSWERED)
        ways += [("page.error", "site", None, "")] * (person % 4 == 0) + [("invoice.paid", "", None, "")] * (person % 10 == 0)
        ways += [("manual.read", "", None, "")] * (person < 20)
        ways += [("cost.booked", "line", 6.0, "EUR")] * (person < 20) + [("cost.booked", "site", 0.5, "EUR")] * (person < 10)
        for place, (kind, touchpoint, value, unit) in enumerate(ways):
            moment = START + timedelta(minutes=place)
            yield Signal("test", f"{person}.{place}", kind, moment, who, touchpoint=touchpoint, value=value, unit=unit)
    for place, found in enumerate((0.0, 0.0, 0.0, 0.0, 0.0, 2.0, 4.0, 6.0, None)):
        page = (f"external:page-{place}",)
        yield Signal("scan", f"scan.{place}", "page.scanned", START, page, touchpoint="site", value=found)
    yield Signal("test", "end", "other", START + timedelta(days=20), ("user:end",))
