"""Metrics that a model defines itself, each as one of the catalogue's kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from touchpath.metrics.activity import (
    compare_contact_rate,
    compare_signals_per_person,
    estimate_contact_rate,
    estimate_signals_per_person,
)
from touchpath.metrics.amounts import (
    compare_per_person,
    compare_per_signal,
    estimate_per_person,
    estimate_per_signal,
    estimate_person_quantile,
    estimate_quantile,
)
from touchpath.metrics.answers import compare_item_means, compare_points, estimate_mean, estimate_points, told
from touchpath.metrics.composite import CompositeMetric
from touchpath.metrics.conclude import compare_intervals
from touchpath.metrics.journeys import compare_conversion, estimate_conversion
from touchpath.metrics.methods import MethodName
from touchpath.metrics.metric import Metric
from touchpath.metrics.totals import compare_totals, estimate_totals
from touchpath.model.experience import Question
from touchpath.model.metric_definition import MetricDefinition, MetricKind
from touchpath.model.rules import EventRule
from touchpath.model.spans import show_span
from touchpath.timelines.amounts import Amounts
from touchpath.timelines.answers import Answers
from touchpath.timelines.funnel import Funnel
from touchpath.timelines.totals import Totals
from touchpath.timelines.volume import Volume

Defined = Metric[MetricDefinition, Any]

#: The kinds whose numbers are values, which must come in one unit.
OF_VALUES: tuple[MetricKind, ...] = ("sums", "mean", "quantile")
_DECIMALS = 4


def defined_metric(of: MetricDefinition, question: Question | None = None) -> Defined:
    """A metric of the model as one of the catalogue's kind; its subject is itself. question: that an item is measured of."""
    return _KINDS[of.kind](of) if of.kind != "item" else _item(of, question)


def _metric(of: MetricDefinition, **words: Any) -> Defined:
    """What all kinds have in common."""
    usual: dict[str, Any] = {
        "name": of.id,
        "title": of.title,
        "discipline": of.discipline,
        "level": "journey",
        "horizon": "quarter",
        "need": "functional",
        "better": of.better,
        "subject": "defined",
        "version": of.version,
        "worthwhile": of.worthwhile,
    }
    definition = of.definition or words.pop("definition")
    words.pop("definition", None)
    source = f"Version {of.version} of the model's own definition; {words.pop('source')}"
    return Metric(**(usual | words), definition=definition, source=source)


def _ratio(of: MetricDefinition) -> Defined:
    window = show_span(of.window)
    return _metric(
        of,
        asks=f"Which share of the people who did the one thing did the other within {window}?",
        unit="share",
        scale="0 to 1",
        interval="wilson-clustered",
        fold=lambda defined: Funnel(_rules(defined)[::-1], defined.window, step_times=False),
        estimate=estimate_conversion,
        compare=compare_conversion,
        method="Wilson interval. People who came in both periods are compared as if they were different people.",
        definition=f"People with a signal of the numerator within {window} after one of the denominator (another signal, where both "
        "rules fit), of all people with a signal of the denominator whose time is up.",
        formula="people with the numerator in time / people with the denominator whose time is up",
        source="Wilson 1927",
    )


def _rate(of: MetricDefinition) -> Defined:
    return _metric(
        of,
        asks="How often does it happen per person?",
        unit="per_person",
        scale="0 and up",
        interval="t-clustered",
        fold=lambda defined: Volume(_rules(defined)[:1], among=_rules(defined)[1:]),
        estimate=estimate_signals_per_person,
        compare=compare_signals_per_person,
        method="t interval over people.",
        definition="Signals of the numerator per person with a signal of the denominator in the same period.",
        formula="signals of the numerator / people with the denominator",
        source="Student 1908",
    )


def _share(of: MetricDefinition) -> Defined:
    among = "with a signal of the denominator" if of.denominator else "with any signal"
    return _metric(
        of,
        asks="Which share of the people did this?",
        unit="share",
        scale="0 to 1",
        interval="wilson",
        fold=lambda defined: Volume((_numerator(defined),), among=(defined.denominator,) if defined.denominator else ()),
        estimate=estimate_contact_rate,
        compare=compare_contact_rate,
        definition=f"People with a signal of the numerator in the period, of all people {among} in it.",
        formula="people with the numerator / people",
        source="Wilson 1927; Newcombe 1998",
    )


def _totals(of: MetricDefinition) -> Defined:
    values = of.kind == "sums"
    counted = "Sum of the values of signals" if values else "Signals"
    return _metric(
        of,
        asks="How much is there of the one for each of the other?",
        unit="ratio",
        scale="0 and up, unless values are below 0" if values else "0 and up",
        interval="delta",
        fold=lambda defined: Totals(*_rules(defined), of_values=values),
        estimate=estimate_totals,
        compare=compare_totals,
        definition=f"{counted} of the numerator in the period, divided by the same of the denominator. Both are totals over all people, so "
        "those who have much weigh much.",
        formula="total of the numerator / total of the denominator",
        source="Deng, Knoblich & Lu 2018",
        minimum_n=2,
    )


def _mean(of: MetricDefinition) -> Defined:
    person = of.per == "person"
    scale = 10**_DECIMALS
    return _metric(
        of,
        asks="How much is it on average?",
        unit="value",
        scale="that of the values",
        interval="t-clustered",
        fold=lambda defined: Amounts(_numerator(defined), decimals=_DECIMALS),
        estimate=partial(_scaled, estimate_per_person if person else estimate_per_signal, scale),
        compare=partial(_compared, compare_per_person if person else compare_per_signal, scale),
        definition=f"Mean of {_of_what(of)} in the period.",
        formula="sum of values / people with any" if person else "sum of values / signals with a value",
        source="Student 1908; Welch 1947 for changes",
        minimum_n=2,
    )


def _quantile(of: MetricDefinition) -> Defined:
    person, scale = of.per == "person", 10**_DECIMALS
    ask = estimate_person_quantile if person else estimate_quantile
    return _metric(
        of,
        asks=f"Below which value do {of.quantile:.1%} of them lie?",
        unit="value",
        scale="that of the values",
        interval="order-statistics",
        fold=lambda defined: Amounts(_numerator(defined), decimals=_DECIMALS),
        estimate=lambda summary, cell, confidence=0.95: ask(summary, cell, of.quantile, scale, confidence),
        compare=lambda summary, a, b, confidence=0.95: compare_intervals(
            ask(summary, a, of.quantile, scale, confidence), ask(summary, b, of.quantile, scale, confidence), confidence
        ),
        definition=f"The {of.quantile:g} quantile of {_of_what(of)} in the period, read from bins at most 0.8 % wide.",
        formula=f"the value below which {of.quantile:.1%} of the values lie",
        source="Woodruff 1952; Zou & Donner 2008 for changes",
        minimum_n=2,
    )


def _item(of: MetricDefinition, question: Question | None) -> Defined:
    low, high = (question.low, question.high) if question else (0, 1)
    first, last = (of.points[0] - low, of.points[1] - low) if of.points else (0, 0)
    words: dict[str, Any] = {
        "fold": Answers,
        "need": "emotional",
        "source": "Wilson 1927; Newcombe 1998" if of.points else "Student 1908; Welch 1947 for changes",
        "caveats": ("Only people who were asked and answered count; those who did not may think otherwise.",),
    }
    latest = f"The latest answer of each person in the period, on a scale of {low} to {high}. "
    if of.points:
        return _metric(
            of,
            **words,
            asks=f"Which share answered {of.points[0]} to {of.points[1]}?",
            unit="share",
            scale="0 to 1",
            interval="wilson-clustered",
            estimate=lambda summary, cell, confidence=0.95: told(
                estimate_points(summary, cell, first, last, confidence), summary, cell
            ),
            compare=lambda summary, a, b, confidence=0.95: compare_points(summary, a, b, first, last, confidence),
            definition=f"{latest}The share that lies from {of.points[0]} to {of.points[1]}.",
            formula=f"answers from {of.points[0]} to {of.points[1]} / answers",
        )
    return _metric(
        of,
        **words,
        asks="What is answered on average?",
        unit="score",
        scale=f"{low} to {high}",
        interval="t-clustered",
        estimate=lambda summary, cell, confidence=0.95: estimate_mean(summary, cell, (low, high), confidence),
        compare=compare_item_means,
        definition=f"{latest}The mean.",
        formula="sum of answers / answers",
        minimum_n=2,
    )


def composite_metric(of: MetricDefinition) -> CompositeMetric:
    """A composite of the model."""
    parts = ", ".join(f"{part.metric} ({part.weight:g})" for part in of.parts)
    interval: Mapping[str, MethodName] = {"any": "bootstrap-joint", "independent": "propagated"}
    return CompositeMetric(
        name=of.id,
        title=of.title,
        asks="How do these numbers stand, taken together?",
        discipline=of.discipline,
        level="relationship",
        horizon="quarter",
        need="functional",
        unit="score",
        better=of.better,
        subject="defined",
        scale="0 to 100",
        interval=interval[of.together],
        definition=of.definition or f"Weighted mean of {parts}, each from 0 at its worst to 100 at its best.",
        formula="sum of (weight * 100 * (value - worst) / (best - worst)) / sum of weights",
        source=f"Version {of.version} of the model's own definition; Zou & Donner 2008",
        version=of.version,
        caveats=(
            "It says nothing that its parts do not say: read them first.",
            "Weights, and what counts as worst and best, are choices of the model.",
        ),
        parts=of.parts,
        together=of.together,
        worthwhile=of.worthwhile,
    )


def _of_what(of: MetricDefinition) -> str:
    return (
        "each person's sum of values of signals of the numerator"
        if of.per == "person"
        else "the values of signals of the numerator"
    )


def _scaled(ask: Callable[..., Any], scale: int, summary: Any, cell: int, confidence: float = 0.95) -> Any:
    return ask(summary, cell, scale, confidence)


def _compared(ask: Callable[..., Any], scale: int, summary: Any, before: int, after: int, confidence: float = 0.95) -> Any:
    return ask(summary, before, after, scale, confidence)


def _numerator(of: MetricDefinition) -> EventRule:
    assert of.numerator is not None
    return of.numerator


def _rules(of: MetricDefinition) -> tuple[EventRule, EventRule]:
    """The numerator and the denominator."""
    assert of.denominator is not None
    return _numerator(of), of.denominator


_KINDS: Mapping[MetricKind, Callable[[MetricDefinition], Defined]] = {
    "ratio": _ratio,
    "rate": _rate,
    "share": _share,
    "events": _totals,
    "sums": _totals,
    "mean": _mean,
    "quantile": _quantile,
}
