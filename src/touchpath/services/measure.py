"""One metric of one thing: whole, by period and by segment, with what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from touchpath.metrics.benchmarks import Verdict, against_own, judge
from touchpath.metrics.called import also_called
from touchpath.metrics.catalogue import CATALOGUE, FAMILY_OF, method_of, worth_finding
from touchpath.metrics.composite import CompositeMetric, score
from touchpath.metrics.consistency import spread_between
from touchpath.metrics.methods import METHODS
from touchpath.metrics.metric import Definition, QueryMetric
from touchpath.model.errors import BadInput
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.model.experience import Experience
from touchpath.model.metric_definition import MetricPart
from touchpath.model.time import Grain, Period
from touchpath.services.composites import Drawn, common_period, cut_spots, draw, whole_spot
from touchpath.services.ground import Frame, Ground
from touchpath.services.parties import STATUS, is_party, parts, told_overlap
from touchpath.services.results import Measurement, MetricWords, Number, Part, Reading
from touchpath.services.targets import Plan, Target, find_target, own_metric
from touchpath.stats.contrasts import invert
from touchpath.timelines.fold import Fold

#: A change and its p-value, each where there is one.
Tested = tuple[Comparison | None, float | None]


def words_of(one: Definition) -> MetricWords:
    """How to speak of a metric."""
    family = FAMILY_OF.get(one.name)
    return MetricWords(
        id=one.name,
        title=one.title,
        asks=one.asks,
        discipline=one.discipline,
        unit=one.unit,
        better=one.better,
        method=method_of(one),
        definition=one.definition,
        source=one.source,
        caveats=one.caveats,
        subject=one.subject,
        level=one.level,
        horizon=one.horizon,
        need=one.need,
        scale=one.scale,
        interval=METHODS[one.interval].title,
        formula=one.formula,
        minimum_n=one.minimum_n,
        benchmarks=tuple(benchmark.told for benchmark in one.benchmarks),
        version=one.version,
        version_label=one.version_label,
        licence=one.licence,
        family=family.title if family else "",
        query=one.query if isinstance(one, QueryMetric) else "",
        worthwhile=worth_finding(one),
        also=also_called(one.name),
    )


def list_metrics(experience: Experience) -> tuple[MetricWords, ...]:
    """The words of every metric: the catalogue's, then the model's own."""
    own = (own_metric(definition, experience) for definition in experience.metrics if definition.id not in CATALOGUE)
    return tuple(words_of(one) for one in (*CATALOGUE.values(), *own))


def measure(
    ground: Ground,
    name: str,
    subject: str,
    by: str,
    grain: Grain | None,
    period: Period | None,
    confidence: float,
) -> Measurement:
    """One metric: in total, and one reading per period and segment. `change`: the last whole period against the one before.

    A metric that only speaks of one calendar period is, when no period is given, told in total for the last whole one.
    """
    target = find_target(ground.experience, name, subject, ground.zone)
    party = is_party(ground.experience, by)
    if party and by == STATUS and grain is not None:
        raise BadInput(f"Numbers by '{by}' are of the whole period; choose one period, or ask for {grain}s without 'by'.")
    if isinstance(target.metric, CompositeMetric):
        return _composite(ground, target, target.metric, subject, by, grain, period, confidence)
    ground.read_ahead(wanted(ground, name, subject, by, grain, period))
    spoken = target.spoken_of(ground, period)
    whole = target.plan(ground, "", None, spoken)
    total = whole.number(ground, whole.frame.cell(len(whole.frame.periods) - 1, 0), confidence)
    change, change_p = None, None
    if party:
        readings: tuple[Reading, ...] = tuple(_of_parties(ground, target, by, grain, period if grain else spoken, confidence))
    elif not by and grain is None:
        readings = (Reading(total, whole.frame.span),)
    else:
        cut = target.plan(ground, by, grain, spoken if grain is None else period)
        readings = _readings(ground, cut, confidence)
        change, change_p = _change(ground, cut, confidence)
    verdicts = (*(judge(total, benchmark) for benchmark in target.metric.benchmarks), *(_own_history(readings) if grain else ()))
    version = whole.frame.timelines.data_version
    words = words_of(target.metric)
    spread = spread_between([one.number for one in readings], confidence) if by and not party and grain is None else None
    overlap = told_overlap(ground, by, target.unit) if party else ""
    return Measurement(
        words, target.about, total, readings, change, whole.frame.span, version, subject, whole.ripe, verdicts, spread=spread,
        notes=(*((overlap,) if overlap else ()), *([say_uneven(whole)] if grain and whole.uneven else ())), change_p=change_p,
    )  # fmt: skip


def say_uneven(plan: Plan) -> str:
    """Why its periods are not compared, as a sentence."""
    return f"Periods are not compared: {plan.uneven}."


def _composite(
    ground: Ground,
    target: Target,
    metric: CompositeMetric,
    subject: str,
    by: str,
    grain: Grain | None,
    period: Period | None,
    confidence: float,
) -> Measurement:
    """A composite, with its parts measured in the same way; a reading exists where every part has one."""
    spoken = period or common_period(ground, metric)
    ground.read_ahead(wanted(ground, metric.name, subject, by, grain, period))
    parts = [measure(ground, part.metric, part.subject, "", None, spoken, confidence) for part in metric.parts]
    span, version = parts[0].period, parts[0].data_version
    cells = cut_spots(ground, metric, by, grain, period if grain else spoken) if by or grain else {}
    drawn = draw(ground, metric, [whole_spot(ground, metric, spoken), *cells.values()])

    def told(at: int, of: Period) -> Number:
        return drawn.number(at, confidence).named(metric.name, of, version, metric.version_label)

    readings = tuple(
        Reading(
            told(at, of or span),
            of,
            segment,
            complete=of is None or all(plan.complete(of) for plan, _ in cells[of, segment]),
        )
        for at, (of, segment) in enumerate(cells, start=1)
    )
    total, (change, change_p) = told(0, span), (None, None) if by else _composite_change(readings, drawn, confidence)
    return Measurement(
        words_of(metric),
        target.about,
        total,
        readings if by or grain else (Reading(total, span),),
        change,
        span,
        version,
        subject,
        max(part.maturity for part in parts),
        parts=tuple(_part(*pair) for pair in zip(metric.parts, parts, strict=True)),
        notes=(overlap,) if is_party(ground.experience, by) and (overlap := told_overlap(ground, by, "person")) else (),
        change_p=change_p,
    )


def _composite_change(readings: Sequence[Reading], drawn: Drawn, confidence: float) -> Tested:
    """As `_change`: the last whole period against the one before, of those after the first. drawn: the total, then every reading."""
    whole = [at for at, reading in enumerate(readings, start=1) if reading.complete and at > 1]
    if len(whole) < 2:
        return None, None
    return _tested(lambda sure: drawn.compare(whole[-2], whole[-1], sure), confidence)


def _part(part: MetricPart, measured: Measurement) -> Part:
    number = measured.total
    value = score(part, number).value if isinstance(number, Estimate) else None
    return Part(measured.metric, part.subject, part.weight, number, value)


def _own_history(readings: Sequence[Reading]) -> Iterator[Verdict]:
    """The newest whole period beside those before it; nothing for what is cut by segment."""
    whole = [reading.number for reading in readings if reading.complete and not reading.segment]
    past = [number for number in whole[:-1] if isinstance(number, Estimate)]
    found = against_own(past, whole[-1]) if whole and len(whole) == sum(reading.complete for reading in readings) else None
    if found:
        yield found


def _of_parties(
    ground: Ground, target: Target, by: str, grain: Grain | None, period: Period | None, confidence: float
) -> Iterator[Reading]:
    """Readings of each persona, role or kind of link by period, or of each status at the end; somebody in two parts counts in both."""
    plan = target.plan(ground, "", grain, period)
    found = list(parts(ground, by, target.unit, period))
    of_each = plan.of_each(ground, [who for _, who in found])
    for place, one in enumerate(plan.frame.periods):
        cell, complete = plan.frame.cell(place, 0), plan.complete(one)
        everybody = plan.number(ground, cell, confidence).group
        for (title, _), part in zip(found, of_each, strict=True):
            number = part.number(ground, cell, confidence)
            yield Reading(number, one if grain else plan.frame.span, title, complete, beside=everybody - number.group)


def wanted(
    ground: Ground, name: str, subject: str, by: str, grain: Grain | None, period: Period | None
) -> Iterator[tuple[Fold[Any], Frame]]:
    """What measuring reads, so that several can be read ahead together; nothing of what is read of some people only."""
    target = find_target(ground.experience, name, subject, ground.zone)
    if isinstance(target.metric, CompositeMetric):
        spoken = period if grain else period or common_period(ground, target.metric)
        for part in target.metric.parts:
            yield from wanted(ground, part.metric, part.subject, by, grain, spoken)
        return
    spoken = target.spoken_of(ground, period)
    plans = [target.plan(ground, "", None, spoken)]
    if (by or grain is not None) and not is_party(ground.experience, by):
        plans.append(target.plan(ground, by, grain, spoken if grain is None else period))
    yield from ((plan.fold, plan.frame) for plan in plans if not plan.who)


def _readings(ground: Ground, plan: Plan, confidence: float) -> tuple[Reading, ...]:
    frame = plan.frame
    complete = [plan.complete(period) for period in frame.periods]
    return tuple(
        Reading(plan.number(ground, frame.cell(place, segment), confidence), period, title, complete[place])
        for place, period in enumerate(frame.periods)
        for segment, title in enumerate(frame.segments)
    )


def _change(ground: Ground, plan: Plan, confidence: float) -> Tested:
    """The last whole period against the one before; None when cut by segment, or when there is nothing to compare."""
    frame = plan.frame
    whole = [place for place, period in enumerate(frame.periods) if plan.complete(period) and place > 0]
    if len(frame.segments) > 1 or len(whole) < 2:
        return None, None
    return _tested(lambda sure: plan.compare(plan.summary(ground), whole[-2], whole[-1], sure), confidence)


def _tested(compare: Callable[[float], Comparison | Undefined], confidence: float) -> Tested:
    """A comparison, where there is one, and its p-value where it finds something."""
    found = compare(confidence)
    if not isinstance(found, Comparison):
        return None, None
    return found, invert(compare) if found.changed is not None else None
