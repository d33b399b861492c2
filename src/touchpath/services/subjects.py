"""What a metric is measured of: nouns of the model, found by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from touchpath.metrics.catalogue import CATALOGUE, QUESTION_METRICS, told_metrics
from touchpath.metrics.metric import Metric
from touchpath.model.errors import Missing, unknown
from touchpath.model.experience import Experience, Journey, Question
from touchpath.model.rules import EventRule

#: Any signal at all.
ANYTHING = EventRule(())


def reads(metric: str, question: Question) -> bool:
    """Whether a metric of the catalogue reads a question."""
    return metric in QUESTION_METRICS.get(question.metric, ())


def asked(experience: Experience, questions: Iterable[str]) -> list[tuple[str, str]]:
    """What to measure of some questions: (metric, subject) each once; items of a questionnaire are measured together."""
    found = []
    for question in map(experience.question, questions):
        for name in told_metrics(question.metric, _together(experience, question)):
            together = CATALOGUE[name].subject == "questionnaire"
            found.append((name, question.questionnaire if together else question.id))
    return list(dict.fromkeys(found))


def _together(experience: Experience, question: Question) -> tuple[Question, ...]:
    """The items that are asked with a question, itself included."""
    group = (question.metric, question.questionnaire)
    return tuple(one for one in experience.questions if (one.metric, one.questionnaire) == group)


def questionnaires_of(experience: Experience, metric: str) -> tuple[str, ...]:
    """The questionnaires of the model that a metric is measured of."""
    return tuple(dict.fromkeys(one.questionnaire for one in experience.questions if reads(metric, one) and one.questionnaire))


def find_subject(experience: Experience, one: Metric[Any, Any], name: str) -> tuple[str, Any, str]:
    """What a metric is measured of: its title, the noun itself, and the unit of its timelines."""
    if one.subject == "task":
        task = experience.task(name)
        return task.title, task, "person"
    if one.subject == "journey":
        journey = experience.journey(name)
        return journey.title, journey, "person"
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
    fitting = [question for question in experience.questions if reads(one.name, question)]
    if one.subject == "questionnaire":
        named = sorted(questionnaires_of(experience, one.name))
        chosen = name or (named[0] if len(named) == 1 else "")
        items = tuple(question for question in fitting if question.questionnaire == chosen)
        if not items:
            raise Missing(unknown("questionnaire", name, named) if name else _which(one, named))
        return chosen.upper().replace("_", "-"), items, "person"
    if name:
        question = experience.question(name)
        return question.title, question, "person"
    if len(fitting) != 1:
        raise Missing(_which(one, [question.id for question in fitting]))
    return fitting[0].title, fitting[0], "person"


def _which(one: Metric[Any, Any], names: list[str]) -> str:
    if not names:
        short = next(name for name, read in QUESTION_METRICS.items() if one.name in read)
        return f"The model asks no question that '{one.name}' reads. Add one with 'metric: {short}' to the model."
    return f"Several questions are read by '{one.name}'. Name one: {', '.join(names)}."
