"""Metrics that a model defines: from what signals, questions, metrics or query each is worked out, and what it speaks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from touchpath.model.kept_query import KeptQuery
from touchpath.model.rules import EventRule

#: What each kind means stands with MetricDefinition.
MetricKind = Literal["ratio", "rate", "share", "events", "sums", "mean", "quantile", "item", "composite", "query"]


@dataclass(frozen=True, slots=True)
class MetricPart:
    """One part of a composite: a metric, of what it is measured, how much it weighs, and which of its values count as 0 and as 100."""

    metric: str
    weight: float
    worst: float
    best: float
    subject: str = ""


@dataclass(frozen=True, slots=True)
class MetricDefinition:
    """A metric of the model's own, or one of the catalogue tied to a query. `definition` says in words what it means; `version` grows
    when that changes. `journey` and `stage` name the part of the experience it speaks for. Kinds:

    ratio: people who match `numerator` among people who match `denominator`, within `window` of it.
    rate: signals of `numerator` per person who matches `denominator`.
    share: people who match `numerator` in a period among those who match `denominator` in it (None = who do anything).
    events, sums: signals of `numerator` per signal of `denominator`, or the sum of their values over that of the others'.
    mean, quantile: of the values of `numerator`, of single signals or of each person's sum (`per`).
    item: answers to `question` within `points` of its scale among all; without points their mean.
    composite: the weighted mean of `parts`, each from 0 (its worst) to 100 (its best). `together`: how the parts may move together,
    "any" = as people draw them, or, where that cannot be told, in any way; "independent" = not at all.
    query: the catalogue's `metric`, measured of `query`.
    worthwhile: the smallest difference that is worth finding, in the metric's unit (of times a factor above 1).
    """

    id: str
    title: str
    kind: MetricKind
    numerator: EventRule | None = None
    denominator: EventRule | None = None
    metric: str = ""
    query: KeptQuery | None = None
    question: str = ""
    points: tuple[int, ...] = ()
    quantile: float = 0.0
    per: Literal["signal", "person"] = "signal"
    parts: tuple[MetricPart, ...] = ()
    together: Literal["any", "independent"] = "any"
    discipline: Literal["UX", "CX"] = "CX"
    better: Literal["higher", "lower", "neither"] = "higher"
    window: timedelta = timedelta(days=30)
    version: int = 1
    definition: str = ""
    owner: str = ""
    journey: str = ""
    stage: str = ""
    worthwhile: float | None = None
