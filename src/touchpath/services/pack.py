"""Many metrics at once: all that a model can be measured by, or any list of them, read from the timelines together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from typing import Any

from touchpath.metrics.catalogue import METRICS
from touchpath.model.errors import BadInput
from touchpath.model.estimate import Undefined
from touchpath.model.experience import Experience
from touchpath.model.time import Grain, Period
from touchpath.services.ground import Frame, Ground
from touchpath.services.measure import measure, wanted, words_of
from touchpath.services.results import Measurement, Pack
from touchpath.services.subjects import asked
from touchpath.services.targets import find_metric
from touchpath.services.weighed import AS_DEFINED, Weigh, can_weigh, measure_weighed, wanted_weighed
from touchpath.timelines.fold import Fold

#: Metrics of a task that says what an error is.
OF_ERRORS = ("task_errors", "task_error_rate")
#: A metric and what it is measured of.
Ask = tuple[str, str]


def default_pack(experience: Experience) -> tuple[Ask, ...]:
    """All that a model can be measured by without being told more.

    Every task, journey, question and questionnaire by each metric that reads it, everybody's activity, and the metrics of the model's own.
    """
    tasks = [(name, task.id) for task in experience.tasks for name in _of("task") if name not in OF_ERRORS or task.error]
    journeys = [
        (name, journey.id)
        for journey in experience.journeys
        for name in _of("journey")
        if name != "contact_rate" or journey.contacts
    ]
    questions = asked(experience, [question.id for question in experience.questions])
    everybody = [(name, "") for name in _of("signals")]
    own = [(definition.id, "") for definition in experience.metrics]
    return tuple(dict.fromkeys([*tasks, *journeys, *questions, *everybody, *own]))


def _of(subject: str) -> list[str]:
    return [name for name, metric in METRICS.items() if metric.subject == subject]


def measure_all(
    ground: Ground,
    asks: Sequence[Ask],
    by: str,
    grain: Grain | None,
    period: Period | None,
    confidence: float,
    how: Weigh = AS_DEFINED,
) -> Pack:
    """Each of these metrics as `measure` tells it. One that cannot be measured costs its own number, and says why.

    how: what accounts weigh in those in which they can; the others stay as they are defined.
    """
    weighed = {one for one in dict.fromkeys(asks) if how.by and can_weigh(ground.experience, *one)}
    read_ahead(ground, asks, by, grain, period, weighed)
    return Pack(
        tuple(measure_or_tell(ground, one, by, grain, period, confidence, how if one in weighed else AS_DEFINED) for one in asks)
    )


def read_ahead(
    ground: Ground,
    asks: Sequence[Ask],
    by: str,
    grain: Grain | None,
    period: Period | None,
    weighed: Collection[Ask] = (),
) -> None:
    """Read for all of them in one pass; what cannot be measured is told where its number stands."""
    found: list[tuple[Fold[Any], Frame]] = []
    for one in dict.fromkeys(asks):
        found += _wanted(wanted_weighed if one in weighed else wanted, ground, one, by, grain, period)
    ground.read_ahead(found)


def _wanted(
    wants: Callable[..., Iterator[tuple[Fold[Any], Frame]]],
    ground: Ground,
    one: Ask,
    by: str,
    grain: Grain | None,
    period: Period | None,
) -> Iterator[tuple[Fold[Any], Frame]]:
    with suppress(BadInput):
        yield from wants(ground, *one, by, grain, period)


def measure_or_tell(
    ground: Ground,
    one: Ask,
    by: str,
    grain: Grain | None,
    period: Period | None,
    confidence: float,
    how: Weigh = AS_DEFINED,
) -> Measurement:
    """One metric, or in its place why it cannot be measured."""
    name, subject = one
    try:
        if how.by:
            return measure_weighed(ground, name, subject, by, grain, period, confidence, how)
        return measure(ground, name, subject, by, grain, period, confidence)
    except BadInput as error:
        words = words_of(find_metric(ground.experience, name))
        return Measurement(words, subject, Undefined(str(error)), (), None, ground.frame(period).span, "", subject)
