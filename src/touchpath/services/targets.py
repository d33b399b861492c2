"""What is measured: a metric of the catalogue or of the model, with the noun or the query that it is measured of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from typing import Any

from touchpath.metrics.called import no_metric
from touchpath.metrics.catalogue import CATALOGUE, METRICS, QUERY_METRICS
from touchpath.metrics.composite import CompositeMetric
from touchpath.metrics.defined import OF_VALUES, composite_metric, defined_metric
from touchpath.metrics.metric import Definition, Metric, Place, QueryMetric
from touchpath.model.errors import BadInput, Missing
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.model.experience import Experience, Journey, Task
from touchpath.model.metric_definition import MetricDefinition
from touchpath.model.time import Grain, Period
from touchpath.services.ground import Frame, Ground
from touchpath.services.left_out import told_beside
from touchpath.services.queries.ask import prepare
from touchpath.services.queries.query import Ripens, place_in
from touchpath.services.queries.reading import Asked
from touchpath.services.results import Number
from touchpath.services.subjects import find_subject
from touchpath.services.tied import find_tied, misfit, tied_metric, tied_query
from touchpath.timelines.fold import Ask, Failed, Fold, Who, ending_of

AnyMetric = Metric[Any, Any] | QueryMetric[Any] | CompositeMetric


@dataclass(frozen=True, slots=True)
class Plan:
    """How a metric is measured in one frame. who: only these people are read, besides those of the ground.   ripe: how long after a
    period's end its numbers may still change.   uneven: why they never cease to, so that older periods cannot be compared with newer ones."""

    metric: Definition
    fold: Fold[Any]
    frame: Frame
    estimate: Callable[[Any, int, float], Number]
    compare: Callable[[Any, int, int, float], Comparison | Undefined]
    who: tuple[Who, ...] = ()
    ripe: timedelta = timedelta()
    uneven: str = ""
    _read: list[Any] = field(default_factory=list, repr=False, compare=False)

    def complete(self, period: Period) -> bool:
        """Whether the data reaches as far beyond a period as its number needs to be final."""
        return not self.uneven and self.frame.complete(period, self.ripe)

    def summary(self, ground: Ground) -> Any:
        """What the fold counts, read once."""
        if not self._read:
            reading = replace(ground, who=(*ground.who, *self.who), _done={}) if self.who else ground
            self._read.append(reading.summarise(self.fold, self.frame))
        return self._read[0]

    def of_each(self, ground: Ground, groups: Sequence[Who]) -> list[Plan]:
        """The same of some people only, once for each of these filters; all are read together."""
        asks = [Ask(self.fold, self.frame.cut, (*ground.who, *self.who, one)) for one in groups]
        plans = []
        for one, found in zip(groups, ground.engine.summarise_all(asks, self.frame.timelines) if asks else (), strict=True):
            if isinstance(found, Failed):
                raise found.error
            plans.append(replace(self, who=(*self.who, one), _read=[found]))
        return plans

    def number(self, ground: Ground, cell: int, confidence: float) -> Number:
        """The metric's number in one cell, with the definition, period and data that it belongs to."""
        frame, summary = self.frame, self.summary(ground)
        number = _enough(self.estimate(summary, cell, confidence), self.metric)
        if isinstance(number, Estimate):
            number = number.warned(*told_beside(summary, cell))
        period, version = frame.periods[cell // len(frame.segments)], frame.timelines.data_version
        return number.named(self.metric.name, period, version, self.metric.version_label)


def _enough(number: Number, metric: Definition) -> Number:
    """The number, or why it is withheld where it rests on too little."""
    if isinstance(number, Undefined) or number.n >= metric.minimum_n:
        return number
    why = f"{number.n} {number.n_unit}, and this number needs {metric.minimum_n}"
    return Undefined(why, number.n, number.n_unit, people=number.people)


@dataclass(frozen=True, slots=True)
class Target:
    """A metric and what it is measured of: a noun of the model, or the query that the model ties it to (by the definition `tie`)."""

    metric: AnyMetric
    about: str
    of: Any
    unit: str = "person"
    tie: MetricDefinition | None = None

    def spoken_of(self, ground: Ground, period: Period | None) -> Period | None:
        """The period of the number in total: the one given, or the last whole one for a metric that only speaks of one."""
        if period is not None or self.metric.each is None:
            return period
        frame = ground.frame(None, "", self.metric.each, self.unit)
        whole = [one for one in frame.periods if frame.complete(one)]
        return (whole or frame.periods)[-1]

    def plan(self, ground: Ground, by: str | tuple[str, ...], grain: Grain | None, period: Period | None) -> Plan:
        """How it is measured by a dimension (or two) and by calendar periods; raises BadInput for what it cannot be measured of."""
        if isinstance(self.metric, QueryMetric):
            return self._of_query(ground, self.metric, by, grain, period)
        assert isinstance(self.metric, Metric), "a composite is measured by its parts"
        one, frame = self.metric, ground.frame(period, by, grain, self.unit)
        if isinstance(self.of, MetricDefinition) and self.of.kind in OF_VALUES:
            check_currency(self.of, frame)
        return Plan(one, one.fold(self.of), frame, one.estimate, one.compare, ripe=maturity(self.of))

    def _of_query(
        self, ground: Ground, one: QueryMetric[Any], by: str | tuple[str, ...], grain: Grain | None, period: Period | None
    ) -> Plan:
        names = by if isinstance(by, tuple) else (by,) if by else ()
        asked: Asked = replace(self.of, by=names, grain=grain, period=period)
        if problem := misfit(one, asked.query):
            raise BadInput(problem)
        if grain is None and getattr(asked.query, "needs_grain", False):
            asked = replace(asked, grain=one.each)
        prepared = prepare(replace(ground, who=()), asked)
        frame = prepared.frame

        @cache  # Composites ask for each cell a thousand times, of sums that are drawn.
        def place(cell: int) -> Place:
            return place_in(asked.query, frame, cell, one.column)

        def estimate(summary: Any, cell: int, confidence: float) -> Number:
            return one.estimate(summary, place(cell), confidence)

        def compare(summary: Any, before: int, after: int, confidence: float) -> Comparison | Undefined:
            return one.compare(summary, place(before), place(after), confidence)

        reach = ending_of(prepared.fold, frame.cut.cut.edges, frame.timelines.end).reach
        ripe, query = timedelta(microseconds=reach), asked.query
        uneven = ""
        if isinstance(query, Ripens):
            ripe, uneven = max(ripe, query.open_for(one.column)), query.uneven
        return Plan(one, prepared.fold, frame, estimate, compare, prepared.who, ripe, uneven)


def check_currency(definition: MetricDefinition, frame: Frame) -> None:
    """Raise BadInput where values in several currencies would be added up."""
    rules = [rule for rule in (definition.numerator, definition.denominator) if rule]
    if all(any(condition.field == "unit" for condition in rule.conditions) for rule in rules):
        return
    units = sorted(word for word in frame.timelines.words.get("unit", ()) if len(word) == 3 and word.isupper())
    if len(units) > 1:
        raise BadInput(
            f"Values come in {', '.join(units)}, which cannot be added up. Choose one in the rules of '{definition.id}', "
            f"as in where: {{unit: {units[0]}}}."
        )


def own_metric(definition: MetricDefinition, experience: Experience) -> AnyMetric:
    """A metric of the model as one of the catalogue's kind."""
    if definition.kind == "query":
        return tied_metric(definition)
    if definition.kind == "composite":
        return composite_metric(definition)
    asked = experience.question(definition.question) if definition.kind == "item" else None
    return defined_metric(definition, asked)


def find_metric(experience: Experience, name: str) -> AnyMetric:
    """A metric of the catalogue or of the model; raises Missing with the nearest name there is."""
    if name in CATALOGUE:
        return CATALOGUE[name]
    own = {definition.id: definition for definition in experience.metrics}
    if name not in own:
        raise Missing(no_metric(name, (*CATALOGUE, *own)))
    return own_metric(own[name], experience)


def find_target(experience: Experience, name: str, subject: str, zone: str = "UTC") -> Target:
    """What to measure; raises Missing with the names there are, or with what to write in the model."""
    if name in METRICS:
        one = METRICS[name]
        return Target(one, *find_subject(experience, one, subject))
    if name in QUERY_METRICS:
        definition = find_tied(experience, name, subject)
        asked = tied_query(definition, experience, zone)
        meant = QUERY_METRICS[name]
        worth = definition.worthwhile or meant.worthwhile
        tied = replace(meant, version=definition.version, catalogue_version=meant.version, worthwhile=worth)
        return Target(tied, definition.title, asked, asked.unit, definition)
    found = find_metric(experience, name)
    definition = next(one for one in experience.metrics if one.id == name)
    if isinstance(found, QueryMetric):
        asked = tied_query(definition, experience, zone)
        return Target(found, QUERY_METRICS[definition.metric].title, asked, asked.unit, definition)
    of = experience.question(definition.question) if definition.kind == "item" else definition
    return Target(found, definition.title, of)


def maturity(of: object) -> timedelta:
    """How long after a period's end its numbers may still change: until the last task limit or journey window has closed."""
    if isinstance(of, Task):
        return of.limit
    if isinstance(of, MetricDefinition):
        return of.window if of.kind == "ratio" else timedelta()
    return of.window if isinstance(of, Journey) else timedelta()
