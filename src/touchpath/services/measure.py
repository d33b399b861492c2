"""One metric of one thing: whole, by period and by segment, with what changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from touchpath.metrics.catalogue import CATALOGUE, QUESTION_METRICS
from touchpath.metrics.defined import defined_metric
from touchpath.metrics.metric import Metric
from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.model.estimate import Comparison
from touchpath.model.experience import Experience, Journey, MetricDefinition, Question, Task
from touchpath.model.rules import EventRule
from touchpath.model.time import Grain, Period
from touchpath.services.ground import Frame, Ground
from touchpath.services.parties import is_party, parts
from touchpath.services.results import Measurement, MetricWords, Number, Reading
from touchpath.timelines.fold import Fold

#: Any signal at all.
ANYTHING = EventRule(())


def words_of(one: Metric[Any, Any]) -> MetricWords:
    """How to speak of a metric."""
    return MetricWords(
        id=one.name,
        title=one.title,
        asks=one.asks,
        discipline=one.discipline,
        unit=one.unit,
        better=one.better,
        method=one.method,
        definition=one.definition,
        source=one.source,
        caveats=one.caveats,
        subject=one.subject,
    )


def list_metrics(experience: Experience) -> tuple[MetricWords, ...]:
    """The words of every metric: the catalogue's, then the model's own."""
    own = (defined_metric(definition) for definition in experience.metrics)
    return tuple(words_of(one) for one in (*CATALOGUE.values(), *own))


def find_metric(experience: Experience, name: str) -> Metric[Any, Any]:
    """A metric of the catalogue or of the model; raises Missing with the nearest name there is."""
    if name in CATALOGUE:
        return CATALOGUE[name]
    own = {definition.id: definition for definition in experience.metrics}
    if name not in own:
        raise Missing(unknown("metric", name, (*CATALOGUE, *own)))
    return defined_metric(own[name])


def question_metric(question: Question) -> str | None:
    """The catalogue's metric that reads a question; None when nothing in the catalogue does."""
    return QUESTION_METRICS.get(question.metric)


def asked(experience: Experience, questions: Iterable[str]) -> list[tuple[str, str]]:
    """What to measure of some questions: (metric, subject) each once; items of a questionnaire are measured together."""
    found = []
    for question in map(experience.question, questions):
        name = question_metric(question)
        if name is not None:
            together = CATALOGUE[name].subject == "questionnaire"
            found.append((name, question.questionnaire if together else question.id))
    return list(dict.fromkeys(found))


def measure(
    ground: Ground,
    name: str,
    subject: str,
    by: str,
    grain: Grain | None,
    period: Period | None,
    confidence: float,
) -> Measurement:
    """One metric: in total, and one reading per period and segment. `change`: the last whole period against the one before."""
    one = find_metric(ground.experience, name)
    about, of, unit = find_subject(ground.experience, one, subject)
    party = is_party(ground.experience, by)
    if party and grain is not None:
        raise BadInput(f"Numbers by '{by}' are of the whole period; choose one period, or ask for {grain}s without 'by'.")
    whole = ground.frame(period, unit=unit)
    fold = one.fold(of)
    ground.read_ahead(wanted(ground, name, subject, by, grain, period))
    total = _name(one.estimate(ground.summarise(fold, whole), 0, confidence), one, whole, whole.span)
    if party:
        readings: tuple[Reading, ...] = tuple(_of_parties(ground, one, of, whole, by, unit, period, confidence))
        change = None
    elif not by and grain is None:
        readings = (Reading(total, whole.span),)
        change = None
    else:
        frame = ground.frame(period, by, grain, unit)
        summary = ground.summarise(fold, frame)
        readings = _readings(one, summary, frame, maturity(of), confidence)
        change = _change(one, summary, frame, maturity(of), confidence)
    version = whole.timelines.data_version
    return Measurement(words_of(one), about, total, readings, change, whole.span, version, subject, maturity(of))


def _of_parties(
    ground: Ground, one: Metric[Any, Any], of: object, whole: Frame, by: str, unit: str, period: Period | None, confidence: float
) -> Iterator[Reading]:
    """One reading for each role, or for each status at the end of the period. Somebody with two roles counts in both."""
    fold = one.fold(of)
    for title, who in parts(ground, by, unit, period):
        summary = replace(ground, who=(*ground.who, who), _done={}).summarise(fold, whole)
        yield Reading(_name(one.estimate(summary, 0, confidence), one, whole, whole.span), whole.span, title)


def wanted(
    ground: Ground, name: str, subject: str, by: str, grain: Grain | None, period: Period | None
) -> Iterator[tuple[Fold[Any], Frame]]:
    """What measuring reads, so that several can be read ahead together."""
    one = find_metric(ground.experience, name)
    _, of, unit = find_subject(ground.experience, one, subject)
    fold = one.fold(of)
    yield fold, ground.frame(period, unit=unit)
    if (by and not is_party(ground.experience, by)) or grain is not None:
        yield fold, ground.frame(period, by, grain, unit)


def _name(number: Number, one: Metric[Any, Any], frame: Frame, period: Period) -> Number:
    return number.named(one.name, period, frame.timelines.data_version)


def maturity(of: object) -> timedelta:
    """How long after a period's end its numbers may still change: until the last task limit or journey window has closed."""
    if isinstance(of, Task):
        return of.limit
    return of.window if isinstance(of, Journey | MetricDefinition) else timedelta()


def _readings(one: Metric[Any, Any], summary: Any, frame: Frame, ripe: timedelta, confidence: float) -> tuple[Reading, ...]:
    return tuple(
        Reading(
            _name(one.estimate(summary, frame.cell(place, segment), confidence), one, frame, period),
            period,
            title,
            frame.complete(period, ripe),
        )
        for place, period in enumerate(frame.periods)
        for segment, title in enumerate(frame.segments)
    )


def _change(one: Metric[Any, Any], summary: Any, frame: Frame, ripe: timedelta, confidence: float) -> Comparison | None:
    """The last whole period against the one before; None when cut by segment, or when there is nothing to compare."""
    whole = [place for place, period in enumerate(frame.periods) if frame.complete(period, ripe) and place > 0]
    if len(frame.segments) > 1 or len(whole) < 2:
        return None
    found = one.compare(summary, whole[-2], whole[-1], confidence)
    return found if isinstance(found, Comparison) else None


def find_subject(experience: Experience, one: Metric[Any, Any], name: str) -> tuple[str, Any, str]:
    """What a metric is measured of: its title, the noun itself, and the unit of its timelines."""
    if one.subject == "task":
        task = experience.task(name)
        return task.title, task, "person"
    if one.subject == "journey":
        journey = experience.journey(name)
        return journey.title, journey, "person"
    if one.subject == "defined":
        definition = next(found for found in experience.metrics if found.id == one.name)
        return definition.title, definition, "person"
    if one.subject == "signals":
        return _signals(experience, name)
    return _questions(experience, one, name)


def _signals(experience: Experience, name: str) -> tuple[str, Any, str]:
    """All signals, or those that a journey's steps read."""
    if not name:
        return "everything", ANYTHING, "person"
    journey = experience.journey(name)
    return journey.title, any_step(journey), "person"


def any_step(journey: Journey) -> tuple[EventRule, ...]:
    """The rules of a journey's steps."""
    return tuple(step.match for step in journey.steps)


def _questions(experience: Experience, one: Metric[Any, Any], name: str) -> tuple[str, Any, str]:
    """The question of a name, or the only one that the metric reads; for a questionnaire all of its items."""
    fitting = [question for question in experience.questions if question_metric(question) == one.name]
    if one.subject == "questionnaire":
        named = sorted({question.questionnaire for question in fitting})
        chosen = name or (named[0] if len(named) == 1 else "")
        items = tuple(question for question in fitting if question.questionnaire == chosen)
        if not items:
            raise Missing(unknown("questionnaire", name, named) if name else _which(one, named))
        return chosen.upper(), items, "person"
    if name:
        question = experience.question(name)
        return question.title, question, "person"
    if len(fitting) != 1:
        raise Missing(_which(one, [question.id for question in fitting]))
    return fitting[0].title, fitting[0], "person"


def _which(one: Metric[Any, Any], names: list[str]) -> str:
    if not names:
        return f"The model asks no question that '{one.name}' reads. Add one with 'metric: {one.name}' to the model."
    return f"Several questions are read by '{one.name}'. Name one: {', '.join(names)}."
