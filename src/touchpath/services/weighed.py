"""Metrics in which accounts weigh otherwise than by how many of their people count: each person once, each account once, or by revenue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

from touchpath.metrics.conclude import compare_intervals
from touchpath.metrics.metric import Metric
from touchpath.metrics.weighing import WEIGHTS, Money, Scoring, Weighing, Weight, scoring_of, weigh
from touchpath.model.errors import BadInput
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.model.experience import Experience
from touchpath.model.time import Grain, Period
from touchpath.services.account_opening import open_book
from touchpath.services.ground import Frame, Ground
from touchpath.services.measure import words_of
from touchpath.services.parties import is_party
from touchpath.services.results import Measurement, Number, Reading
from touchpath.services.targets import Target, find_target, maturity
from touchpath.timelines.fold import Fold
from touchpath.timelines.one_by_one import ByAccount, OneByOne

_TWICE = "Accounts that count in both periods are taken as if they were different ones."


@dataclass(frozen=True, slots=True)
class Weigh:
    """How accounts weigh; None = as the metric is defined. least: accounts with fewer people do not count, for viewers."""

    by: Weight | None = None
    least: int = 1


#: Each metric as it is defined.
AS_DEFINED = Weigh()


def read_weight(text: str) -> Weight | None:
    """The weight of a word; "" = as metrics are defined. Raises BadInput with what there is."""
    if not text:
        return None
    if text not in WEIGHTS:
        raise BadInput(f"The weight came as '{text[:40]}'. There are: {', '.join(WEIGHTS)}.")
    return text


@dataclass(frozen=True, slots=True)
class _Weighable:
    """A metric that can be weighed: the fold that counts one by one, and what its points are worth."""

    target: Target
    metric: Metric[Any, Any]
    fold: ByAccount
    scoring: Scoring


def can_weigh(experience: Experience, name: str, subject: str) -> bool:
    """Whether a metric is a mean, a share or a net score of answers or attempts, so that accounts can weigh in it.

    One that cannot be measured at all cannot be weighed either; measuring it says why. Raises Missing for what is not there.
    """
    try:
        return _weighable(experience, name, subject) is not None
    except BadInput:
        return False


def _weighable(experience: Experience, name: str, subject: str) -> _Weighable | None:
    target = find_target(experience, name, subject)
    if not isinstance(target.metric, Metric) or target.unit != "person":
        return None
    fold = target.metric.fold(target.of)
    own = next((one for one in experience.metrics if one.id == name), None)
    scoring = scoring_of(target.metric, fold, (own.points[0], own.points[1]) if own and own.points else None)
    return _Weighable(target, target.metric, ByAccount(cast(OneByOne, fold)), scoring) if scoring else None


def wanted_weighed(
    ground: Ground, name: str, subject: str, by: str, grain: Grain | None, period: Period | None
) -> Iterator[tuple[Fold[Any], Frame]]:
    """What weighing reads, so that several can be read ahead together."""
    one = _weighable(ground.experience, name, subject)
    if one is not None and not is_party(ground.experience, by):
        yield one.fold, ground.frame(period)
        if by or grain is not None:
            yield one.fold, ground.frame(period, by, grain)


def measure_weighed(
    ground: Ground, name: str, subject: str, by: str, grain: Grain | None, period: Period | None, confidence: float, how: Weigh
) -> Measurement:
    """A metric with weights: in total, and one reading per period and segment. Raises BadInput for what cannot be weighed."""
    assert how.by is not None, "a weight is asked for"
    one = _weighable(ground.experience, name, subject)
    if one is None:
        raise BadInput(
            f"'{name}' cannot be weighed by account: only means, shares and net scores of answers, and the success and abandonment of tasks can."
        )
    if is_party(ground.experience, by):
        raise BadInput(
            f"Numbers that weigh accounts are not cut by '{by}'. Leave the weight out, or choose a dimension of the model."
        )
    whole = ground.frame(period)
    found = _made(ground, one, whole, 0, confidence, how)
    cut = ground.frame(period, by, grain) if by or grain is not None else whole
    readings = tuple(_readings(ground, one, cut, confidence, how)) if cut is not whole else (Reading(found.number, whole.span),)
    version, notes = whole.timelines.data_version, (f"{found.sentence}",) if isinstance(found.number, Estimate) else ()
    return Measurement(
        words_of(one.metric), one.target.about, found.number, readings, None if by else _change(readings, confidence), whole.span, version,
        subject, maturity(one.target.of), notes=notes, weighing=found,
    )  # fmt: skip


def _readings(ground: Ground, one: _Weighable, frame: Frame, confidence: float, how: Weigh) -> Iterator[Reading]:
    ripe = maturity(one.target.of)
    for place, period in enumerate(frame.periods):
        for segment, title in enumerate(frame.segments):
            number = _made(ground, one, frame, frame.cell(place, segment), confidence, how).number
            yield Reading(number, period, title, frame.complete(period, ripe))


def _made(ground: Ground, one: _Weighable, frame: Frame, cell: int, confidence: float, how: Weigh) -> Weighing:
    """One cell weighed, with the definition, period and data that its numbers belong to."""
    assert how.by is not None, "a weight is asked for"
    money = read_money(ground) if how.by == "revenue" else Money({})
    found = weigh(ground.summarise(one.fold, frame), cell, one.scoring, how.by, money, confidence, how.least)
    period, metric = frame.periods[cell // len(frame.segments)], one.metric

    def named(number: Number) -> Number:
        if isinstance(number, Estimate) and number.n < metric.minimum_n:
            number = Undefined(f"{number.n} {number.n_unit}, and this number needs {metric.minimum_n}", number.n, number.n_unit)
        return number.named(metric.name, period, frame.timelines.data_version, metric.version_label)

    return replace(found, number=named(found.number), plain=named(found.plain))


def _change(readings: tuple[Reading, ...], confidence: float) -> Comparison | None:
    """The last whole period against the one before, of those after the first."""
    whole = [one.number for place, one in enumerate(readings) if one.complete and place > 0]
    found = compare_intervals(whole[-2], whole[-1], confidence) if len(whole) > 1 else None
    return replace(found, warnings=(*found.warnings, _TWICE)) if isinstance(found, Comparison) else None


def read_money(ground: Ground) -> Money:
    """What each account pays: in the last year, or where nothing says so by the month."""
    return ground.once("money of accounts", lambda: _money(ground))


def _money(ground: Ground) -> Money:
    book = open_book(ground)
    for of, amounts in (("paid", book.paid), ("recurring", book.recurring)):
        some = {code: amount for code, amount in zip(book.codes.tolist(), amounts.tolist(), strict=True) if amount > 0}
        if some:
            return Money(some, "paid" if of == "paid" else "recurring")
    several = next((note for note in book.notes if note.startswith("Money comes in several")), "")
    return Money(
        {}, problem=several.rstrip(".") or "no signal says what accounts pay, as invoice.paid with a value and an account does"
    )
