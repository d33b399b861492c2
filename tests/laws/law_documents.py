"""A model in miniature, and for every query documents that read it: what the laws ask."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from touchpath.model.experience import Experience
from touchpath.model.parse import parse_document

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
    "consistency": (
        {"asked": "answered", "scale": {"low": 0, "high": 10}, "grain": "month", "by": "plan"},
        {"asked": "answered", "scale": {"low": 0, "high": 10}, "across": "properties.item", "points": [9, 10], "take": "all"},
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
    "counts": (
        {"of": "ticket", "per": "order", "by": "channel", "grain": "month"},
        {"of": {"kind": [], "where": {"channel": "web"}}, "per": "visit", "part": True, "by": "plan"},
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
    "felt": (
        {"answer": "answered", "answered_in": "hours", "start": "cart", "end": "order", "window": "20d", "grain": "month"},
        {"answer": "answered", "answered_in": "days", "start": "visit", "end": "order", "same": "order", "by": "channel"},
    ),
    "flows": (
        {"of": "order", "steps": 3, "direction": "before", "by": "channel", "grain": "month"},
        {"of": "cart", "nodes": ["order", "ticket"], "steps": 2, "which": "each", "path": ["order"]},
    ),
    "forms": (
        {"changed": "visit", "sent": "order", "field": "channel", "gap": "2d", "grain": "month"},
        {"changed": {"kind": ["cart", "visit"]}, "sent": "order", "field": "properties.item", "by": "plan"},
    ),
    "friction": (
        {"of": "ticket", "by": "channel", "grain": "month", "gap": "2h"},
        {"clicks": "visit", "variant": "openreplay", "element": "channel", "visits": "order", "by": "plan"},
        {"pages": "visit", "page": "channel", "dwell": "1d", "grain": "month"},
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
    "lostness": (
        {"start": "cart", "success": "order", "limit": "2d", "pages": "visit", "page": "channel", "least": 2, "grain": "month"},
        {
            "start": "visit",
            "success": "order",
            "error": "ticket",
            "pages": {"kind": []},
            "page": "kind",
            "least": 1,
            "by": "plan",
        },
    ),
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
        {
            "sets": "subscribed",
            "ends": "unsubscribed",
            "same": "subscription",
            "involuntary": {"where": {"channel": "web"}},
            "grain": "month",
        },
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
    "purchases": (
        {"of": "order"},
        {"of": "order", "grain": "month", "by": "origin", "interval": "day", "ahead": 30, "discount": 8},
    ),
    "rfm": ({"of": "order"}, {"of": "order", "grain": "month", "by": "origin"}),
    "sentiment": (
        {
            "positive": {"kind": "answered", "where": {"value": {">": 8}}},
            "neutral": {"kind": "answered", "where": {"value": {">": 6, "<": 9}}},
            "negative": {"kind": "answered", "where": {"value": {"<": 7}}},
            "labels": "ratings",
            "grain": "month",
            "by": "channel",
        },
        {"positive": "order", "neutral": "visit", "negative": {"kind": ["ticket", "visit"]}, "labels": "model", "take": "latest"},
    ),
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
    "totals": (
        {"sum": "order", "per": "cart", "by": "channel", "grain": "month"},
        {"sum": "order", "per": "visit", "each": "person", "by": "plan"},
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
    "vitals": (
        {"of": {"kind": []}, "measure": "channel", "by": "plan", "grain": "month"},
        {"of": "order", "measure": "properties.item"},
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


def experience() -> Experience:
    """The model."""
    return parse_document(MODEL)


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
