"""A company in miniature: drawn facts, a model, and for every query documents that read them; the whole stack underneath."""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from touchpath.model.experience import Experience, Question, Task
from touchpath.model.parse import parse_document
from touchpath.model.rules import Condition, EventRule
from touchpath.services.ground import Frame, Ground
from touchpath.services.queries.ask import ask, select
from touchpath.services.queries.catalogue import QUERIES
from touchpath.services.queries.document import answer_document
from touchpath.services.queries.features import read_features
from touchpath.services.queries.reading import read_asked
from touchpath.services.queries.together import ask_all
from touchpath.services.results import QueryAnswer
from touchpath.store.signals import SIGNAL_SCHEMA
from touchpath.stores.delta_lake import DeltaLake
from touchpath.stores.timeline_builder import Limits
from touchpath.stores.timeline_files import TimelineFiles
from touchpath.timelines.answers import Answers
from touchpath.timelines.arrays import TimelineSet
from touchpath.timelines.build import assemble
from touchpath.timelines.counting import CountMoves, CountSessions, MoveNumbers
from touchpath.timelines.fold import Engine, Fold
from touchpath.timelines.overlay import skipped_rows
from touchpath.timelines.questionnaires import Scores, ScoringKey
from touchpath.timelines.rows import Rows
from touchpath.timelines.tasks import Attempts

Fact = dict[str, Any]
ZONE, WEEK_START = "Europe/Madrid", 0
FIRST = datetime(2026, 2, 20, 22, 30, tzinfo=UTC)  # The night to Saturday; summer time begins five weeks later.
KINDS = ("visit", "cart", "order", "subscribed", "unsubscribed", "answered", "ticket")

MODEL = {
    "format": "touchpath-model/1",
    "brand": {"id": "shop", "title": "Shop"},
    "dimensions": [
        {"id": "channel", "title": "Channel", "field": "channel", "max_cells": 3},
        {"id": "plan", "title": "Plan", "field": "properties.plan", "level": "person", "changes": "latest"},
        {"id": "origin", "title": "Origin", "field": "channel", "level": "person", "changes": "fixed"},
        {"id": "sold", "title": "Sold by", "field": "channel", "level": "object", "changes": "fixed"},
        {"id": "tier", "title": "Tier", "field": "properties.plan", "level": "account", "changes": "latest"},
        {"id": "item", "title": "Item", "field": "properties.item"},
    ],
    "object_kinds": [{"id": "order", "title": "Order"}, {"id": "subscription", "title": "Subscription"}],
    "personas": [{"id": "buyer", "title": "Buyer", "rule": {"kind": "order"}}],
}

#: For every query documents that reach its options; each is asked as it stands, of every unit that it does not rule out.
DOCUMENTS: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "answers": (
        {"asked": "answered", "scale": {"low": 0, "high": 10}, "grain": "month", "by": "channel"},
        {"asked": "answered", "scale": {"low": 0, "high": 10}, "take": "all", "by": "plan"},
    ),
    "between": (
        {"start": "cart", "end": "order", "limit": "7d", "by": "channel", "grain": "month"},
        {"start": "order", "end": "ticket", "same": "order", "which": "first", "promise": "days"},
        {"start": "visit", "end": "order"},
        {"start": "cart", "end": "order", "limit": "20h", "hours": {"open": ["mon-fri 09:00-17:00"], "zone": "Europe/Madrid"}},
    ),
    "conformance": (
        {"steps": {"see": "visit", "take": "cart", "buy": "order"}, "flow": ["see", {"optional": "take"}, "buy"], "by": "plan"},
        {"steps": {"take": "cart", "buy": "order"}, "flow": ["take", "buy"], "same": "order", "window": "10d", "grain": "month"},
        {
            "steps": {"take": "cart", "buy": "order"},
            "flow": {"one_of": ["take", "buy"]},
            "variant": ["take"],
            "show": "all",
            "top": 3,
        },
    ),
    "contacts": (
        {
            "contact": "ticket",
            "resolved": "answered",
            "ticket": "order",
            "variant": "no_repeat",
            "window": "10d",
            "grain": "month",
        },
        {
            "contact": "ticket",
            "resolved": "order",
            "reply": "answered",
            "message": "visit",
            "variant": "zendesk",
            "window": "3d",
            "by": "channel",
        },
        {
            "contact": "ticket",
            "resolved": "answered",
            "variant": "no_repeat_after_resolution",
            "window": "30h",
            "hours": {"open": ["mon-sat 08:00-20:00"]},
            "same": "channel",
        },
        {"contact": "ticket", "resolved": "answered", "reply": "visit", "variant": "freshdesk", "by": "plan"},
    ),
    "cooccurrence": (
        {"gap": "2d", "by": "channel", "grain": "month", "least": 0},
        {"nodes": {"buy": "order", "ask": "ticket", "rate": "answered"}, "pair": ["buy", "ask"], "by": "plan", "sort": "lift"},
        {"same": "order", "window": "10d"},
    ),
    "features": (
        {
            "anchor": "order",
            "features": {
                "visits": {"count": "visit", "before": "30d"},
                "tickets": {"count": "ticket", "after": "7d"},
                "plan": {"known": "properties.plan"},
                "spent": {"sum": "order", "before": "60d"},
            },
        },
    ),
    "flows": (
        {"of": "order", "steps": 3, "direction": "before", "by": "channel", "grain": "month"},
        {"of": "cart", "nodes": ["order", "ticket"], "steps": 2, "which": "each", "path": ["order"]},
    ),
    "funnel": (
        {"steps": ["visit", "cart", "order"], "window": "7d", "by": "plan", "grain": "week"},
        {"steps": ["cart", "order"], "window": "1d", "every": True, "by": "channel"},
        {"steps": ["cart", "order", "ticket"], "window": "20d", "same": "order", "reentry": False},
        {
            "steps": ["visit", "cart", "order"],
            "order": "strict",
            "repeats": True,
            "optional": 2,
            "by": "channel",
            "segment": "last",
        },
        {"steps": ["visit", "cart", "order"], "between": ["2d", "3d"], "without": "ticket", "held": "properties.plan"},
        {"steps": ["visit", "cart", "ticket"], "order": "any", "window": "9d", "by": "channel"},
        {"steps": ["visit", "order"], "variant": "mixpanel", "totals": True, "without": "ticket"},
        {"steps": ["visit", "cart", "order"], "variant": "amplitude", "window": "3d"},
        {"steps": ["visit", "cart", "order"], "variant": "clickhouse", "mode": "strict_deduplication"},
    ),
    "lifecycle": ({"grain": "week"}, {"active": "visit", "grain": "month", "by": "plan"}),
    "paths": ({}, {"nodes": ["visit", "cart", "order"], "gap": "1d", "by": "channel", "grain": "month"}),
    "patterns": (
        {"outcome": "ticket", "gap": "5d", "least": 1, "gapped": 3, "by": "channel", "grain": "month"},
        {
            "outcome": "unsubscribed",
            "run": 5,
            "part": "first",
            "apart": 1,
            "least": 2,
            "by": "plan",
            "pattern": ["visit", "order"],
        },
        {"outcome": "ticket", "nodes": ["cart", "order"], "same": "order", "pattern": ["cart"], "follow": "later", "least": 1},
    ),
    "recurring": (
        {"sets": "subscribed", "ends": "unsubscribed", "same": "subscription", "grain": "month"},
        {"sets": "subscribed", "ends": "unsubscribed", "by": "origin"},
        {"sets": "subscribed", "ends": "unsubscribed", "by": "channel", "grain": "month"},
    ),
    "retention": (
        {"start": "visit", "return": "order", "grain": "month", "intervals": 6},
        {"count": "rolling", "interval": "week", "intervals": 3, "kind": "on-or-after", "by": "channel"},
        {
            "count": "rolling",
            "interval": "day",
            "kind": "bracket",
            "brackets": [[1, 3], [4, 9]],
            "first": "period",
            "grain": "month",
        },
        {"interval": "month", "kind": "streak", "intervals": 3},
        {"variant": "amplitude", "interval": "week", "intervals": 4, "grain": "month"},
    ),
    "rework": (
        {"nodes": ["visit", "cart", "order"], "gap": "5d", "by": "channel", "grain": "month"},
        {"same": "order", "resource": "channel"},
    ),
    "rfm": ({"of": "order"}, {"of": "order", "grain": "month", "by": "origin"}),
    "sessions": (
        {"gap": "2h", "by": "channel"},
        {"gap": "1d", "cap": "2d", "midnight": True, "of": "visit", "grain": "week"},
    ),
    "states": (
        {"states": {"paying": "subscribed", "gone": "unsubscribed"}, "lapse": "20d", "grain": "month"},
        {"states": {"new": "visit", "buyer": "order"}, "by": "plan"},
        {"states": {"new": "visit", "buyer": "order"}, "by": "channel", "grain": "month"},
    ),
    "stickiness": ({"grain": "month"}, {"each": "month", "active": "visit", "by": "plan", "grain": "quarter"}),
    "tasks": (
        {
            "start": "cart",
            "success": "order",
            "error": "ticket",
            "abandon": "visit",
            "limit": "2d",
            "by": "channel",
            "grain": "month",
        },
        {"start": "cart", "success": "order", "limit": "7d", "same": "order"},
    ),
    "values": (
        {"column": "channel", "take": "most", "grain": "month"},
        {"column": "properties.plan", "take": "first"},
        {"column": "channel", "take": "any", "by": "plan"},
        {"column": "channel", "take": "last", "of": "order"},
        {"column": "value", "of": "answered", "by": "channel", "grain": "month"},
        {"column": "value", "of": "order", "by": "channel", "grain": "month"},
        {"column": "properties.item", "take": "numbers"},
    ),
    "variants": (
        {"nodes": ["visit", "cart", "order"], "gap": "5d", "by": "channel", "grain": "month"},
        {"same": "order", "window": "20d", "path": ["cart", "order"]},
    ),
    "volume": (
        {"of": ["order", "cart"], "by": "channel", "grain": "week"},
        {"of": ["order"], "among": ["visit"], "by": "plan"},
        {"of": ["order"], "where": {"channel": ["web", "app"]}, "who": [{"did": "cart"}, {"persona": "buyer", "not": True}]},
        {
            "of": ["ticket"],
            "who": {"people": {"query": "volume", "of": ["order"]}, "outcome": "did"},
            "period": {"from": "2026-03-01", "to": "2026-04-01"},
        },
        {"of": ["visit"], "who": {"segment": {"plan": "pro"}}},
        {"of": ["visit"]},
    ),
}
#: What only makes sense of people, or of them and accounts: dimensions of owners belong to one unit.
_OF_UNIT = {"account": {"plan": "tier", "origin": "tier"}, "order": {"plan": "sold", "origin": "sold"}}
UNITS = ("person", "account", "order")

KEY = ScoringKey("short", 3, 0, 10, frozenset({2}), 5, 1)
TINY = Limits(chunk_rows=16, shard_rows=24, threads=2)


def experience() -> Experience:
    """The model."""
    return parse_document(MODEL)


def folds() -> tuple[Fold[Any], ...]:
    """The folds that no query asks for."""

    def items(number: int) -> Question:
        asked = EventRule(("answered",), (Condition("properties.item", "equals", str(number)),))
        return Question(f"q{number}", "", asked, 0, 10, "short", "short", number)

    rule = {name: EventRule((name,)) for name in KINDS}
    task = Task("buy", "", rule["cart"], rule["order"], error=rule["ticket"], limit=timedelta(days=2))
    nps = Question("nps", "", rule["answered"], 0, 10, "nps")
    return (
        Answers(nps),
        Answers(nps, "all"),
        Scores(tuple(map(items, (1, 2, 3))), KEY),
        Attempts(task),
        Attempts(replace(task, same="order")),
        CountSessions(timedelta(hours=2)),
        CountMoves(),
    )


# -- facts -----------------------------------------------------------------------------------------------------------------


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
    """What is left when these actors are erased."""
    return [fact for fact in facts if not actors & set(fact["actors"])]


def table_of(facts: Sequence[Fact]) -> pa.Table:
    rows = [
        dict.fromkeys(SIGNAL_SCHEMA.names)
        | fact
        | {"objects": list(fact["objects"].items()), "properties": json.dumps(fact["properties"])}
        for fact in facts
    ]
    return pa.Table.from_pylist(rows, schema=SIGNAL_SCHEMA)


# -- what is told about them -----------------------------------------------------------------------------------------------


class Shop:
    """The whole stack over a folder: a lake, timelines in files, and questions."""

    def __init__(self, folder: Path, limits: Limits = TINY, overlay_share: float = 100.0, *, background: bool = False) -> None:
        self.lake = DeltaLake(folder / "lake")
        self.files = TimelineFiles(
            folder / "timelines",
            self.lake,
            limits=limits,
            overlay_share=overlay_share,
            background=background,
            lake=lambda: self.lake.identity,
        )
        self.experience = experience()

    def append(self, facts: Sequence[Fact]) -> None:
        """Keep some facts."""
        self.lake.append(table_of(facts))

    def told(
        self, engine: Engine, opened: Mapping[str, TimelineSet] | None = None, units: Sequence[str] = UNITS
    ) -> dict[str, Any]:
        """Everything that can be said: the tables and the selections of all documents of some units, and all other folds.

        opened: read these timelines instead.
        """
        ground, found = Ground(self.experience, self.files, engine, ZONE, WEEK_START), dict[str, Any]()
        ground._opened.update(opened or {})
        for unit in units:
            for name, document in documents(unit):
                found[f"{unit}: {name}"] = tell(ground, document)
            found[f"{unit}: all at once"] = tell_together(ground, [document for _, document in documents(unit)])
            frame = ground.frame(grain="month", by="channel", unit=unit)
            for place, fold in enumerate(folds()):
                summary = ground.engine.summarise(fold, frame.timelines, frame.cut, ())
                found[f"{unit}: fold {place} {type(fold).__name__}"] = plain(summary, frame)
        return found

    def __enter__(self) -> Shop:
        return self

    def __exit__(self, *_: object) -> None:
        self.files.close()
        self.lake.close()


def told_in_memory(engine: Engine, facts: Sequence[Fact], zone: str, units: Sequence[str] = ("person",)) -> dict[str, Any]:
    """What the documents tell about facts in a zone, on a lake that is gone again."""
    with TemporaryDirectory() as folder, Shop(Path(folder), Limits(10_000, 10_000, 1)) as shop:
        shop.append(facts)
        ground = Ground(shop.experience, shop.files, engine, zone, WEEK_START)
        return {f"{unit}: {name}": tell(ground, document) for unit in units for name, document in documents(unit)}


def documents(unit: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every document for a unit, with a name."""
    for query, given in DOCUMENTS.items():
        for number, document in enumerate(given):
            known = dict(document)
            if "by" in known:
                known["by"] = _OF_UNIT.get(unit, {}).get(known["by"], known["by"])
            text = json.dumps(known)
            if unit != "person" and ("segment" in text or '"people"' in text):
                continue
            yield f"{query} {number}", {"query": query, "unit": unit, **known}


def tell(ground: Ground, document: Mapping[str, Any]) -> Any:
    """Tables and selections of one document, without the version of the data."""
    asked = read_asked(document, QUERIES, ground.experience, ground.zone)
    if asked.query.name == "features":
        rows = read_features(ground, asked).read_all().to_pylist()
        return sorted(rows, key=lambda row: (row["owner"], row["anchor_key"]))
    answer = answer_document(ask(ground, asked, 0.95))
    outcomes = list(asked.query.outcomes())[:4]
    people = {name: select(ground, asked, name).keys.tolist() for name in outcomes}
    return {"tables": answer["tables"], "notes": sorted(answer["notes"]), "people": people}


def tell_together(ground: Ground, asked: Sequence[Mapping[str, Any]]) -> Any:
    """The tables of many documents, read in one pass."""
    queries = [read_asked(one, QUERIES, ground.experience, ground.zone) for one in asked if one["query"] != "features"]
    return [answer_document(answer)["tables"] for answer in ask_all(ground, queries, 0.95) if isinstance(answer, QueryAnswer)]


def plain(summary: Any, frame: Frame) -> Any:
    """A summary in words instead of codes, which depend on what came first."""
    if not isinstance(summary, MoveNumbers):
        return summary
    words, moves = frame.timelines.words["kind"], Counter[tuple[str, str, str]]()
    for cell, before, after in np.argwhere(summary.moves).tolist():
        where = f"{frame.periods[cell // len(frame.segments)].start}, {frame.segments[cell % len(frame.segments)]}"
        moves[where, words[before], words[after]] = int(summary.moves[cell, before, after])
    return moves


def differences(found: Mapping[str, Any], expected: Mapping[str, Any]) -> list[str]:
    """What was told differently, by name."""
    return [name for name in expected if found[name] != expected[name]]


def in_shards(opened: TimelineSet, count: int) -> TimelineSet:
    """The same timelines in so many shards, owner by owner in turn, all in memory."""
    everybody = (
        replace(shard, skip=1 - shard.skip if shard.skip.size else np.ones(shard.people, np.uint8)) for shard in opened.shards
    )
    rows = Rows.join(skipped_rows(shard) for shard in everybody)
    owners = np.unique(rows.owners)
    shards = tuple(
        replace(assemble(rows.take(np.isin(rows.owners, owners[part::count]))), words=opened.words) for part in range(count)
    )
    return replace(opened, shards=shards)


@pytest.fixture(scope="session")
def laws():
    """This module: what the tests of laws share."""
    return sys.modules[__name__]
