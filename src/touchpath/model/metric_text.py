"""Metrics as they stand in a model file: each kind with the keys that belong to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from touchpath.model.fields import Fields
from touchpath.model.kept_query import KeptQuery
from touchpath.model.metric_definition import MetricDefinition, MetricKind, MetricPart
from touchpath.model.nodes import ListNode, MapNode, Scalar, plain_of, plain_value
from touchpath.model.rule_text import needed_rule, read_rule
from touchpath.model.rules import EventRule

_NUMBERS = 1_000_000
#: Numbers of a model lie between these.
_FAR = 1e12
#: A composite has at most so many parts: nobody can see through more.
MOST_PARTS = 20

#: The keys that belong to some kinds only: those that a kind needs, and those that it may have.
_NEEDS: Mapping[MetricKind, tuple[str, ...]] = {
    "ratio": ("numerator", "denominator"),
    "rate": ("numerator", "denominator"),
    "share": ("numerator",),
    "events": ("numerator", "denominator"),
    "sums": ("numerator", "denominator"),
    "mean": ("numerator",),
    "quantile": ("numerator", "quantile"),
    "item": ("question",),
    "composite": ("parts",),
    "query": ("metric", "query"),
}
_MAY: Mapping[MetricKind, tuple[str, ...]] = {
    "ratio": ("window",),
    "rate": ("window",),  # which says nothing, but was always taken
    "share": ("denominator",),
    "mean": ("per",),
    "quantile": ("per",),
    "item": ("points",),
    "composite": ("together",),
}
_OWN = sorted({key for keys in (*_NEEDS.values(), *_MAY.values()) for key in keys})


def read_metric(fields: Fields) -> MetricDefinition:
    """One metric of the model; faults are noted."""
    fields.names.metrics.append(fields)
    kind = fields.choice("kind", get_args(MetricKind), "query" if fields.node("metric") else None)
    journey = fields.reference("journey", "journey")
    usual = MetricDefinition("", "", kind)
    found = MetricDefinition(
        id=fields.id(),
        title=fields.text("title"),
        kind=kind,
        numerator=_rule(fields, kind, "numerator"),
        denominator=_rule(fields, kind, "denominator"),
        metric=fields.text("metric", None if kind == "query" else ""),
        query=_kept_query(fields, kind),
        question=fields.reference("question", "question"),
        points=_points(fields),
        quantile=fields.number("quantile", 0.001, 0.999) if kind == "quantile" else fields.number("quantile", 0.0, 0.999, 0.0),
        per=fields.choice("per", ("signal", "person"), usual.per),
        parts=fields.each("parts", "a part of a composite", _part),
        together=fields.choice("together", ("any", "independent"), usual.together),
        discipline=fields.choice("discipline", ("UX", "CX"), usual.discipline),
        better=fields.choice("better", ("higher", "lower", "neither"), usual.better),
        window=fields.span("window", usual.window),
        version=fields.whole("version", 1, _NUMBERS, 1),
        definition=fields.text("definition", ""),
        owner=fields.text("owner", ""),
        journey=journey,
        stage=_stage_of(fields, journey),
        worthwhile=fields.number("worthwhile", 1e-9, _FAR) if fields.node("worthwhile") else None,
    )
    if not fields.broken:
        _check_keys(fields, found, usual)
    return found


def _check_keys(fields: Fields, found: MetricDefinition, usual: MetricDefinition) -> None:
    """Note what belongs to another kind, and what this one lacks. What is as it would be without the key says nothing."""
    needs, may = _NEEDS[found.kind], _MAY.get(found.kind, ())
    for key in _OWN:
        node = fields.node(key)
        if node is not None and key not in needs + may and getattr(found, key) != getattr(usual, key):
            has = ", ".join(needs + may)
            fields.fault(node.line, f"'{key}' does not belong to a metric of the kind '{found.kind}', which has: {has}.")
    if found.kind == "item" and fields.node("question") is None:
        fields.fault(fields.line, "'question' is missing: an item is measured of a question of the model.")
    if found.kind == "composite" and not 2 <= len(found.parts) <= MOST_PARTS:
        came = f"{len(found.parts)} came" if found.parts else "none came"
        fields.fault(fields.line, f"'parts' are 2 to {MOST_PARTS} metrics with their weights, but {came}.")


def _rule(fields: Fields, kind: MetricKind, key: str) -> EventRule | None:
    return needed_rule(fields, key) if key in _NEEDS[kind] else read_rule(fields, key)


def _part(fields: Fields) -> MetricPart:
    part = MetricPart(
        metric=fields.text("metric"),
        weight=fields.number("weight", 1e-6, _FAR, 1.0),
        worst=fields.number("worst", -_FAR, _FAR),
        best=fields.number("best", -_FAR, _FAR),
        subject=fields.text("subject", ""),
    )
    if part.worst == part.best and fields.node("worst") and fields.node("best"):
        fields.fault(fields.line, f"'worst' and 'best' are the values that count as 0 and as 100, but both are {part.best:g}.")
    return part


def _points(fields: Fields) -> tuple[int, ...]:
    """The lowest and the highest answer that count, as in [4, 5]."""
    found = fields.node("points")
    if found is None:
        return ()
    items = found.items if isinstance(found, ListNode) else []
    numbers = [plain_value(one.text) if isinstance(one, Scalar) and one.plain else None for one in items]
    whole = [one for one in numbers if isinstance(one, int) and not isinstance(one, bool)]
    if not items and isinstance(found, ListNode):
        return ()
    if len(whole) != 2 or len(items) != 2 or whole[0] > whole[1]:
        fields.fault(found.line, "'points' are the lowest and the highest answer that count, as in [4, 5].")
        return ()
    return (whole[0], whole[1])


def _kept_query(fields: Fields, kind: MetricKind) -> KeptQuery | None:
    """The document of the query that a metric of the catalogue is measured of."""
    found = fields.needed("query") if kind == "query" else fields.node("query")
    if found is None:
        return None
    if not isinstance(found, MapNode):
        how = "metric: churn, query: {query: recurring, sets: ..., ends: ...}"
        fields.fault(
            found.line, f"'query' is the document of a query that a metric of the catalogue is measured of, as in {how}."
        )
        return None
    return KeptQuery.of(plain_of(found))


def _stage_of(fields: Fields, journey: str) -> str:
    """The stage a metric speaks for; it must be in the metric's journey."""
    stage = fields.reference("stage", "stage", f"journey '{journey}'") if journey else fields.text("stage", "")
    if stage and not journey:
        fields.fault(fields.line, "a 'stage' belongs to a journey. Add 'journey' too.")
    return stage
