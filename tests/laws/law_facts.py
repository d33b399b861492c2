"""Drawn facts: what happened in a company in miniature, in the order in which it is told."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from touchpath.store.signals import SIGNAL_SCHEMA

Fact = dict[str, Any]
FIRST = datetime(2026, 2, 20, 22, 30, tzinfo=UTC)  # The night to Saturday; summer time begins five weeks later.
KINDS = ("visit", "cart", "order", "subscribed", "unsubscribed", "answered", "ticket")


def draw_fact(draw: random.Random, number: int, people: int) -> Fact:
    """One signal: of a known or an unknown visitor or of both at once, which joins them; often at the same time as another."""
    user, visitor = f"user:{draw.randrange(people)}", f"anonymous:{draw.randrange(people)}"
    actors = draw.choice([[user], [user], [visitor], [visitor, user], [user, visitor], []]) if draw.random() < 0.4 else [user]
    kind = draw.choice(KINDS)
    objects = {
        "order": str(draw.randrange(people)) if kind in ("cart", "order", "ticket") and draw.random() < 0.8 else None,
        "subscription": str(draw.randrange(3)) if "subscribed" in kind and draw.random() < 0.8 else None,
        "response": str(draw.randrange(4)) if kind == "answered" and draw.random() < 0.5 else None,
    }
    value = {"answered": draw.randint(-1, 11), "subscribed": draw.randint(0, 40), "order": draw.randint(1, 500) / 4}.get(kind)
    properties = {
        "plan": draw.choice(["free", "pro", "team"]) if draw.random() < 0.3 else None,
        "item": draw.randint(1, 3) if kind == "answered" else None,
    }
    return {
        "source": draw.choice(["web", "crm"]),
        "id": str(number),
        "kind": kind,
        # A few instants only, on whole hours: many signals share one, and some lie exactly on a midnight in Madrid.
        "occurred_at": FIRST + timedelta(hours=int(draw.betavariate(1.3, 1.1) * 24 * 75), minutes=draw.choice([0, 30, 30])),
        "received_at": datetime(2026, 6, 1, tzinfo=UTC),
        "actors": actors,
        "account": draw.choice(["acme", "globex", None]),
        "channel": draw.choice(["web", "app", "shop", "mail", None]),
        "objects": {kind: id for kind, id in objects.items() if id},
        "value": value if draw.random() < 0.9 else None,
        "properties": {name: one for name, one in properties.items() if one is not None},
    }


def draw_facts(seed: int, count: int = 120, people: int = 9) -> list[Fact]:
    """Facts in the order in which they arrive; some are sent again later, the same or corrected (with any field changed)."""
    draw = random.Random(seed)
    facts = [draw_fact(draw, number, people) for number in range(count)]
    for fact in draw.sample(facts, count // 8):
        place = draw.randrange(facts.index(fact) + 1, len(facts) + 1)
        changed = {**draw_fact(draw, 0, people), "source": fact["source"], "id": fact["id"]}
        facts.insert(place, fact if draw.random() < 0.5 else changed)
    return facts


def shuffled(facts: Sequence[Fact], seed: int) -> list[Fact]:
    """In another order of arrival; what one source says about one signal stays in its order."""
    order = list(range(len(facts)))
    random.Random(seed).shuffle(order)
    places: dict[tuple[str, str], list[int]] = {}
    for place in sorted(range(len(facts))):
        places.setdefault((facts[place]["source"], facts[place]["id"]), []).append(place)
    return [facts[places[(facts[place]["source"], facts[place]["id"])].pop(0)] for place in order]


def without(facts: Sequence[Fact], actors: set[str]) -> list[Fact]:
    """What is left when these actors are erased: a signal goes whole if its newest revision names one of them."""
    revisions: dict[tuple[str, str], list[Fact]] = {}
    for fact in facts:
        known = revisions.setdefault((fact["source"], fact["id"]), [])
        known += [fact] if fact not in known else []
    newest = {id: known[-1] for id, known in revisions.items()}
    return [fact for fact in facts if not actors & {*fact["actors"], *newest[fact["source"], fact["id"]]["actors"]}]


def table_of(facts: Sequence[Fact]) -> pa.Table:
    rows = [
        dict.fromkeys(SIGNAL_SCHEMA.names)
        | fact
        | {"objects": list(fact["objects"].items()), "properties": json.dumps(fact["properties"])}
        for fact in facts
    ]
    return pa.Table.from_pylist(rows, schema=SIGNAL_SCHEMA)
