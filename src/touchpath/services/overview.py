"""UX and CX side by side: what each product and each journey says, in the numbers of its tasks, questions and journeys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from touchpath.model.experience import Experience, Journey, Product
from touchpath.model.time import Grain, Period
from touchpath.services.ground import Ground
from touchpath.services.pack import Ask, measure_or_tell, read_ahead
from touchpath.services.results import Measurement, Overview, OverviewRow
from touchpath.services.subjects import asked
from touchpath.stats.multiple import benjamini_hochberg
from touchpath.store.signals import KindCount

#: Metrics of a task on the overview.
TASK_METRICS = ("task_success", "task_time")
#: The expected share of false ones among the changes that the overview tells.
FALSE_SHARE = 0.05
#: Metrics of a journey on the overview.
JOURNEY_METRICS = ("conversion",)


def show_overview(ground: Ground, kinds: Sequence[KindCount], confidence: float) -> Overview:
    """A row for the brand, and one per product and journey of the model, each metric with its history."""
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


def moved_among(measured: Sequence[Measurement]) -> list[Measurement]:
    """The numbers whose last change stands although so many were looked at: of those told, one in twenty is expected to be chance.

    Source: Benjamini & Hochberg 1995; numbers that share people rise and fall together, for which it holds as well.
    """
    compared = [one for one in measured if one.change is not None]
    adjusted = benjamini_hochberg([1.0 if one.change_p is None else one.change_p for one in compared])
    return [one for one, p in zip(compared, adjusted, strict=True) if p <= FALSE_SHARE]


def fitting_grain(span: Period) -> Grain:
    """The finest grain that gives a history of at most about 16 points."""
    days = (span.end - span.start).days
    return "day" if days <= 16 else "week" if days <= 16 * 7 else "month" if days <= 16 * 31 else "quarter"


def _rows(ground: Ground, span: Period, confidence: float) -> Iterable[OverviewRow]:
    experience, known = ground.experience, dict[Ask, Measurement]()
    read_ahead(ground, _all_asks(experience), "", fitting_grain(span), None)
    if asks := brand_asks(experience):
        brand = experience.brand
        yield _row(ground, span, confidence, known, "brand", brand.id, brand.title, asks)
    for product in experience.products:
        yield _row(ground, span, confidence, known, "product", product.id, product.title, product_asks(experience, product))
    for journey in experience.journeys:
        yield _row(ground, span, confidence, known, "journey", journey.id, journey.title, journey_asks(experience, journey))


def _all_asks(experience: Experience) -> list[Ask]:
    """What all numbers of the page are."""
    asks = brand_asks(experience)
    asks += [one for product in experience.products for one in product_asks(experience, product)]
    return asks + [one for journey in experience.journeys for one in journey_asks(experience, journey)]


def brand_asks(experience: Experience) -> list[Ask]:
    """What to measure of the brand: questions that no step asks, tasks of no product and no step, and the model's metrics of no journey."""
    steps = [step for journey in experience.journeys for step in journey.steps]
    asked_there = {id for step in steps for id in step.questions}
    done_there = {id for step in steps for id in step.tasks}
    tasks = [one.id for one in experience.tasks if not one.product and one.id not in done_there]
    questions = [one.id for one in experience.questions if one.id not in asked_there]
    own = [(one.id, "") for one in experience.metrics if not one.journey]
    return list(dict.fromkeys(_asks(experience, tasks, questions) + own))


def product_asks(experience: Experience, product: Product) -> list[Ask]:
    """What to measure of a product: its tasks, and the questions asked on journeys through it."""
    tasks = [task.id for task in experience.tasks if task.product == product.id]
    journeys = [journey for journey in experience.journeys if product.id in journey.products]
    steps = [step for journey in journeys for step in journey.steps]
    questions = [id for step in steps for id in step.questions]
    return _asks(experience, tasks, questions) + [(metric, journey.id) for journey in journeys for metric in JOURNEY_METRICS]


def journey_asks(experience: Experience, journey: Journey) -> list[Ask]:
    """What to measure of a journey: the tasks and questions of its steps, and how many complete it."""
    tasks = [id for step in journey.steps for id in step.tasks]
    questions = [id for step in journey.steps for id in step.questions]
    contacts = [("contact_rate", journey.id)] if journey.contacts else []
    own = [(defined.id, "") for defined in experience.metrics if defined.journey == journey.id]
    return _asks(experience, tasks, questions) + [(metric, journey.id) for metric in JOURNEY_METRICS] + contacts + own


def _asks(experience: Experience, tasks: Iterable[str], questions: Iterable[str]) -> list[Ask]:
    found = [(metric, task) for task in dict.fromkeys(tasks) for metric in TASK_METRICS]
    return found + asked(experience, questions)


def _row(
    ground: Ground,
    span: Period,
    confidence: float,
    known: dict[Ask, Measurement],
    kind: str,
    id: str,
    title: str,
    asks: Sequence[Ask],
) -> OverviewRow:
    """One row; a number that two rows share is measured once."""
    grain = fitting_grain(span)
    for one in asks:
        if one not in known:
            known[one] = measure_or_tell(ground, one, "", grain, None, confidence)
    measured = [known[one] for one in asks]
    ux, cx = (tuple(m for m in measured if m.metric.discipline == discipline) for discipline in ("UX", "CX"))
    return OverviewRow(kind, id, title, ux, cx)
