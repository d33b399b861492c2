"""Metrics that a model defines itself: shares of people who did one thing after another, and rates per person."""

from __future__ import annotations

from typing import Any

from touchpath.metrics.activity import compare_signals_per_person, estimate_signals_per_person
from touchpath.metrics.journeys import compare_conversion, estimate_conversion
from touchpath.metrics.metric import Metric
from touchpath.model.experience import MetricDefinition
from touchpath.model.rules import EventRule
from touchpath.model.spans import show_span
from touchpath.timelines.funnel import Funnel, FunnelCounts
from touchpath.timelines.volume import Volume, VolumeCounts


def defined_metric(definition: MetricDefinition) -> Metric[Any, Any]:
    """A metric of the model as one of the catalogue's kind; its subject is itself."""
    return _share(definition) if definition.kind == "ratio" else _rate(definition)


def _rules(of: MetricDefinition) -> tuple[EventRule, EventRule]:
    """The numerator and the denominator."""
    assert of.numerator is not None
    assert of.denominator is not None
    return of.numerator, of.denominator


def _share(of: MetricDefinition) -> Metric[MetricDefinition, FunnelCounts]:
    window = show_span(of.window)
    return Metric(
        name=of.id,
        title=of.title,
        asks=f"Which share of the people who did the one thing did the other within {window}?",
        discipline=of.discipline,
        level="journey",
        horizon="quarter",
        need="functional",
        unit="share",
        better=of.better,
        subject="defined",
        scale="0 to 1",
        interval="wilson-clustered",
        formula="people with the numerator in time / people with the denominator whose time is up",
        version=of.version,
        fold=lambda defined: Funnel(_rules(defined)[::-1], defined.window),
        estimate=estimate_conversion,
        compare=compare_conversion,
        method="Wilson interval. People who came in both periods are compared as if they were different people.",
        definition=of.definition
        or f"People with a signal of the numerator within {window} after one of the denominator (another signal, where both rules "
        "fit), of all people with a signal of the denominator whose time is up.",
        source=f"Version {of.version} of the model's own definition; Wilson 1927",
    )


def _rate(of: MetricDefinition) -> Metric[MetricDefinition, VolumeCounts]:
    return Metric(
        name=of.id,
        title=of.title,
        asks="How often does it happen per person?",
        discipline=of.discipline,
        level="journey",
        horizon="quarter",
        need="functional",
        unit="per_person",
        better=of.better,
        subject="defined",
        scale="0 and up",
        interval="t-clustered",
        formula="signals of the numerator / people with the denominator",
        version=of.version,
        fold=lambda defined: Volume(_rules(defined)[:1], among=_rules(defined)[1:]),
        estimate=estimate_signals_per_person,
        compare=compare_signals_per_person,
        method="t interval over people.",
        definition=of.definition or "Signals of the numerator per person with a signal of the denominator in the same period.",
        source=f"Version {of.version} of the model's own definition",
    )
