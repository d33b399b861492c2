"""What a step's card tells: what members wrote, its two numbers beside their targets, and what the decision did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Path

from touchpath.model.errors import BadInput, Missing, TouchpathError
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.experience import Journey, Step
from touchpath.model.time import Period
from touchpath.services.cards import Card, CardChange, KeptCard
from touchpath.services.effect_found import EffectAsked, EffectFound
from touchpath.services.results import Measurement, Number
from touchpath.web.languages import N_, _, gettext
from touchpath.web.numbers import scale_for
from touchpath.web.pages.filters import midnight
from touchpath.web.pages.parts import subject_title
from touchpath.web.platform import PlatformProtocol

StepId = Annotated[str, Path(max_length=100)]
#: So many days on each side of a change are described.
DAYS_BESIDE = 28
FUNCTION_TITLES = {
    "product": N_("Product"),
    "marketing": N_("Marketing"),
    "service": N_("Service"),
    "technology": N_("Technology"),
}


@dataclass(frozen=True, slots=True)
class AimShown:
    """One of the card's two numbers: its name, the number, and what its target says of it ("" without one)."""

    discipline: str
    title: str
    number: Number
    metric: str
    subject: str
    target: str = ""
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class ChangeShown:
    """What is known of a number around a change: a description of before and after, and an answer at its honest strength."""

    aim: AimShown
    before: Number | None
    after: Number | None
    effect: EffectFound | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class CardShown:
    """A card as its page tells it."""

    kept: KeptCard
    purpose: str
    promise: str
    aims: tuple[AimShown, ...]
    changes: tuple[ChangeShown, ...]
    history: tuple[CardChange, ...]
    titles: Mapping[str, str]


def show_card(platform: PlatformProtocol, journey: Journey, step: Step) -> CardShown | None:
    """A step's card with its numbers; None where the workspace keeps no cards."""
    if platform.cards is None:
        return None
    kept = platform.cards.show(journey.id, step.id)
    experience, card = platform.experience(), kept.card
    promises = [one.promise for one in experience.touchpoints if one.id in step.touchpoints and one.promise]
    aims = tuple(_aims(platform, card))
    changes = tuple(_change(platform, aim, card.changed_on) for aim in aims if aim.metric) if card.changed_on else ()
    history = platform.cards.history(journey.id, step.id)
    return CardShown(
        kept, card.purpose or journey.purpose, card.promise or " · ".join(promises), aims, changes, history, FUNCTION_TITLES
    )


def _aims(platform: PlatformProtocol, card: Card) -> Iterator[AimShown]:
    """The UX and the CX number that are chosen."""
    for discipline, aim in (("UX", card.ux), ("CX", card.cx)):
        if not aim.metric:
            continue
        try:
            measured = platform.measure(aim.metric, aim.subject)
        except (BadInput, Missing) as error:
            yield AimShown(discipline, aim.metric, _nothing(str(error)), "", aim.subject)
            continue
        title = (
            f"{gettext(measured.metric.title)}, {subject_title(platform.experience(), aim.subject)}"
            if aim.subject
            else gettext(measured.metric.title)
        )
        yield AimShown(discipline, title, measured.total, aim.metric, aim.subject, *_judged(measured, aim.target))


def _nothing(reason: str) -> Number:
    return Undefined(reason)


def _judged(measured: Measurement, target: float | None) -> tuple[str, str]:
    """A target in words, and what it says of the number: reached or missed only when the whole interval lies on one side."""
    if target is None:
        return "", ""
    number, scale = measured.total, scale_for(measured.metric.unit, target)
    words = scale.whole(target, 1)
    if not isinstance(number, Estimate):
        return words, _("not judged, there is no number")
    reached = number.low >= target if measured.metric.better != "lower" else number.high <= target
    missed = number.high < target if measured.metric.better != "lower" else number.low > target
    return words, _("reached") if reached else _("missed") if missed else _("inconclusive, the target lies in the interval")


def _change(platform: PlatformProtocol, aim: AimShown, day: date) -> ChangeShown:
    since = midnight(day.isoformat(), platform.zone)
    before, after = (_described(platform, aim, period) for period in _beside(since, day, platform.zone))
    try:
        effect = platform.effect(EffectAsked(aim.metric, since, aim.subject))
    except TouchpathError as error:
        return ChangeShown(aim, before, after, None, str(error))
    return ChangeShown(aim, before, after, effect)


def _beside(since: datetime, day: date, zone: str) -> tuple[Period, Period]:
    """As many days before a day as from it on, by the zone's calendar."""

    def at(moved: int) -> datetime:
        return datetime.combine(day + timedelta(days=moved), datetime.min.time(), ZoneInfo(zone)).astimezone(UTC)

    return Period(at(-DAYS_BESIDE), since), Period(since, at(DAYS_BESIDE))


def _described(platform: PlatformProtocol, aim: AimShown, period: Period) -> Number | None:
    try:
        return platform.measure(aim.metric, aim.subject, period=period).total
    except TouchpathError as error:
        return _nothing(str(error))
