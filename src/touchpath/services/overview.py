"""UX and CX side by side: what each product and each journey says, in the numbers of its tasks, questions and journeys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from touchpath.model.errors import BadInput
from touchpath.model.estimate import Undefined
from touchpath.model.experience import Experience, Journey, Product
from touchpath.model.time import Grain, Period
from touchpath.services.ground import Frame, Ground
from touchpath.services.measure import measure, wanted, words_of
from touchpath.services.results import Measurement, Overview, OverviewRow
from touchpath.services.subjects import asked
from touchpath.services.targets import find_metric
from touchpath.store.signals import KindCount
from touchpath.timelines.fold import Fold

#: Metrics of a task on the overview.
TASK_METRICS = ("task_success", "task_time")
#: Metrics of a journey on the overview.
JOURNEY_METRICS = ("conversion",)

Asked = tuple[str, str]


def show_overview(ground: Ground, kinds: Sequence[KindCount], confidence: float) -> Overview:
    """One row per product and journey of the model, each metric with its history."""
    span = ground.span()
    opened = ground.open()
    people = sum(shard.people - int(shard.skip.sum()) for shard in opened.shards)
    rows = tuple(_rows(ground, span, confidence)) if span else ()
    return Overview(
        rows=rows,
        people=people,
        signals=sum(kind.signals for kind in kinds),
        sources=tuple(word for word in opened.words.get("source", ()) if word),
        period=span,
        data_version=opened.data_version,
        about=ground.experience.about,
    )


def fitting_grain(span: Period) -> Grain:
    """The finest grain that gives a history of at most about 16 points."""
    days = (span.end - span.start).days
    return "day" if days <= 16 else "week" if days <= 16 * 7 else "month" if days <= 16 * 31 else "quarter"


def _rows(ground: Ground, span: Period, confidence: float) -> Iterable[OverviewRow]:
    experience, known = ground.experience, dict[Asked, Measurement]()
    _read_ahead(ground, fitting_grain(span))
    for product in experience.products:
        yield _row(ground, span, confidence, known, "product", product.id, product.title, product_asks(experience, product))
    for journey in experience.journeys:
        yield _row(ground, span, confidence, known, "journey", journey.id, journey.title, journey_asks(experience, journey))


def _read_ahead(ground: Ground, grain: Grain) -> None:
    """Read for all numbers of the page in one pass; what cannot be measured is told where its number stands."""
    experience = ground.experience
    asks = [one for product in experience.products for one in product_asks(experience, product)]
    asks += [one for journey in experience.journeys for one in journey_asks(experience, journey)]
    found: list[tuple[Fold[Any], Frame]] = []
    for name, subject in dict.fromkeys(asks):
        with suppress(BadInput):
            found += wanted(ground, name, subject, "", grain, None)
    ground.read_ahead(found)


def product_asks(experience: Experience, product: Product) -> list[Asked]:
    """What to measure of a product: its tasks, and the questions asked on journeys through it."""
    tasks = [task.id for task in experience.tasks if task.product == product.id]
    journeys = [journey for journey in experience.journeys if product.id in journey.products]
    steps = [step for journey in journeys for step in journey.steps]
    questions = [id for step in steps for id in step.questions]
    return _asks(experience, tasks, questions) + [(metric, journey.id) for journey in journeys for metric in JOURNEY_METRICS]


def journey_asks(experience: Experience, journey: Journey) -> list[Asked]:
    """What to measure of a journey: the tasks and questions of its steps, and how many complete it."""
    tasks = [id for step in journey.steps for id in step.tasks]
    questions = [id for step in journey.steps for id in step.questions]
    contacts = [("contact_rate", journey.id)] if journey.contacts else []
    own = [(defined.id, "") for defined in experience.metrics if defined.journey == journey.id]
    return _asks(experience, tasks, questions) + [(metric, journey.id) for metric in JOURNEY_METRICS] + contacts + own


def _asks(experience: Experience, tasks: Iterable[str], questions: Iterable[str]) -> list[Asked]:
    found = [(metric, task) for task in dict.fromkeys(tasks) for metric in TASK_METRICS]
    return found + asked(experience, questions)


def _row(
    ground: Ground,
    span: Period,
    confidence: float,
    known: dict[Asked, Measurement],
    kind: str,
    id: str,
    title: str,
    asks: Sequence[Asked],
) -> OverviewRow:
    """One row; a number that two rows share is measured once."""
    grain = fitting_grain(span)
    for one in asks:
        if one not in known:
            known[one] = _measure(ground, one, grain, span, confidence)
    measured = [known[one] for one in asks]
    ux, cx = (tuple(m for m in measured if m.metric.discipline == discipline) for discipline in ("UX", "CX"))
    return OverviewRow(kind, id, title, ux, cx)


def _measure(ground: Ground, one: Asked, grain: Grain, span: Period, confidence: float) -> Measurement:
    """One number of the overview; a subject that the metric cannot be measured of costs this number, not the page."""
    name, subject = one
    try:
        return measure(ground, name, subject, "", grain, None, confidence)
    except BadInput as error:
        return Measurement(
            words_of(find_metric(ground.experience, name)), subject, Undefined(str(error)), (), None, span, "", subject
        )
