"""From ratings to scores, in whole numbers: a score is the mean of what its items' ratings are worth.

Means over differing numbers of answered items have differing denominators. Points are the score above the scale's floor in the
largest unit that makes each possible score a whole number, so that sums of them stay exact.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from touchpath.model.errors import BadInput
from touchpath.stats.questionnaires.kinds import Doubt, Ends, Item, Questionnaire, Scale
from touchpath.stats.scores import check_rating

#: Stands for "not answered" in a table of ratings.
NOT_ANSWERED = -1_000_000_000
#: What the weights of a weighted scale come to: 6 * 5 / 2 choices between two of six.
CHOICES = 15
#: From so many items on, giving all the same rating is worth a remark.
STRAIGHT_FROM = 4

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ItemKey:
    """One item of a response. A rating r is worth base + unit * (r - low), or base + unit * (high - r) if reversed."""

    low: int
    high: int
    reverse: bool = False
    unit: int = 1
    base: int = 0
    centre: int = 0


@dataclass(frozen=True, slots=True)
class ScoringKey:
    """How one scale is scored from the items of a response, which stand in the order of their numbers.

    reads, weights: places of the scale's items, and of what weighs each.   shares: by how many items are answered, what their sum is
    multiplied by (0 = too few).   divisor: of that.   centre: missing items count as the centre.   rated: places of all items that are
    ratings, for straight-lining.   doubt: when a response looks careless, by the places of `groups`.
    score = floor + points * step.
    """

    name: str
    items: tuple[ItemKey, ...]
    reads: tuple[int, ...]
    shares: tuple[int, ...]
    divisor: int
    floor: int
    step: Fraction
    centre: bool = False
    weights: tuple[int, ...] = ()
    rated: tuple[int, ...] = ()
    doubt: Doubt | None = None
    groups: tuple[tuple[int, ...], ...] = ()

    def score(self, points: int) -> float:
        """The score of so many points."""
        return float(self.floor + points * self.step)


@dataclass(frozen=True, slots=True)
class Scored:
    """One row per response. points: -1 = not scored.   missing: unanswered items of the scale.   parts: (responses, items of the
    scale) what each is worth in points, -1 = unanswered.   straight: all ratings alike.   doubtful: looks careless."""

    points: Int64s
    missing: Int64s
    parts: Int64s
    straight: Bools
    doubtful: Bools


def scoring_key(questionnaire: Questionnaire, name: str, asked: Mapping[int, Ends] | None = None) -> ScoringKey:
    """How the scale called `name` is scored; its unit is the same whichever of the allowed rating scales was used.

    asked: the items asked, each with the ends of its rating scale; None = all, on the first scale allowed.
    Raises BadInput for items that cannot be scored.
    """
    scale = questionnaire.scale(name)
    if asked is None:
        asked = {item.number: questionnaire.ends_of(item)[0] for item in questionnaire.items}
    _check(questionnaire, scale, asked)
    numbers = sorted(asked)
    places = {number: place for place, number in enumerate(numbers)}
    unit, spread, divisor = _units(questionnaire, scale)
    floor = _floor(questionnaire, scale)
    weighing = {number for one in questionnaire.scales for number in one.weights}
    complete = [one for one in questionnaire.scales if not one.weights and questionnaire.can_score(one, asked)]
    return ScoringKey(
        name=name,
        items=tuple(_item_key(questionnaire, questionnaire.item(number), asked[number], unit, floor) for number in numbers),
        reads=tuple(places[number] for number in scale.items),
        shares=_shares(questionnaire, scale, spread),
        divisor=divisor,
        floor=floor,
        step=Fraction(divisor, unit * spread),
        centre=questionnaire.centre,
        weights=tuple(places[number] for number in scale.weights),
        rated=tuple(places[number] for number in numbers if number not in weighing),
        doubt=questionnaire.doubt,
        groups=tuple(tuple(places[number] for number in one.items) for one in complete) if questionnaire.doubt else (),
    )


def _check(questionnaire: Questionnaire, scale: Scale, asked: Mapping[int, Ends]) -> None:
    for _, fault in questionnaire.faults(asked.items()):
        raise BadInput(f"{fault[0].upper()}{fault[1:]}.")
    if not questionnaire.can_score(scale, asked):
        missing = ", ".join(map(str, sorted({*scale.items, *scale.weights} - set(asked))))
        raise BadInput(f"The scale '{scale.title}' of '{questionnaire.name}' is not asked as a whole; missing: {missing}.")


def _floor(questionnaire: Questionnaire, scale: Scale) -> int:
    return min(min(questionnaire.worth_of(questionnaire.item(number))) for number in scale.items)


def _per_point(questionnaire: Questionnaire, item: Item, ends: Ends) -> Fraction:
    low, high = questionnaire.worth_of(item)
    return Fraction(high - low, ends[1] - ends[0])


def _units(questionnaire: Questionnaire, scale: Scale) -> tuple[int, int, int]:
    """(what a worth of 1 is counted as, the common multiple of how many may be answered, what all possible sums can be divided by)."""
    items = [questionnaire.item(number) for number in scale.items]
    floor = _floor(questionnaire, scale)
    steps = [_per_point(questionnaire, item, ends) for item in items for ends in questionnaire.ends_of(item)]
    halves = 2 if questionnaire.centre else 1
    unit = math.lcm(*(step.denominator for step in steps)) * halves
    counts = _counts(questionnaire, scale)
    spread = math.lcm(*counts)
    worths = [int(step * unit) for step in steps]
    worths += [(questionnaire.worth_of(item)[0] - floor) * unit for item in items]
    worths += [int((_centre(questionnaire, item) - floor) * unit) for item in items] if questionnaire.centre else []
    return unit, spread, math.gcd(*(worth * spread // count for worth in worths for count in counts))


def _counts(questionnaire: Questionnaire, scale: Scale) -> list[int]:
    """What a sum of worths may be divided by."""
    if scale.weights:
        return [CHOICES]
    return [len(scale.items)] if questionnaire.centre else list(range(scale.least, len(scale.items) + 1))


def _centre(questionnaire: Questionnaire, item: Item) -> Fraction:
    return Fraction(sum(questionnaire.worth_of(item)), 2)


def _shares(questionnaire: Questionnaire, scale: Scale, spread: int) -> tuple[int, ...]:
    items = len(scale.items)
    if scale.weights:
        return (0,) * items + (spread // CHOICES,)
    divided = [items if questionnaire.centre else max(answered, 1) for answered in range(items + 1)]
    return tuple(spread // by if answered >= scale.least else 0 for answered, by in enumerate(divided))


def _item_key(questionnaire: Questionnaire, item: Item, ends: Ends, unit: int, floor: int) -> ItemKey:
    per_point = _per_point(questionnaire, item, ends) * unit
    if per_point.denominator != 1:  # an item of another scale, whose worth does not count here
        per_point = Fraction(1)
    base = (questionnaire.worth_of(item)[0] - floor) * unit
    centre = int((_centre(questionnaire, item) - floor) * unit)
    return ItemKey(ends[0], ends[1], item.reverse, int(per_point), base, centre)


def score_table(key: ScoringKey, ratings: Int64s) -> Scored:
    """Score responses. ratings: (responses, items of the key), NOT_ANSWERED where there is none; all others on their item's scale."""
    answered = ratings != NOT_ANSWERED
    worth = _worth(key, ratings, answered)
    reads = list(key.reads)
    missing = (~answered[:, reads]).sum(axis=1)
    shares = np.array(key.shares, np.int64)[len(reads) - missing]
    chosen = worth[:, reads]
    if key.weights:
        weights = np.where(answered[:, list(key.weights)], ratings[:, list(key.weights)], -1)
        whole = (weights >= 0).all(axis=1) & (weights.sum(axis=1) == CHOICES)
        sums, shares = (chosen * weights).sum(axis=1), np.where(whole, shares, 0)
    else:
        sums = np.where(answered[:, reads] | key.centre, chosen, 0).sum(axis=1)
    return Scored(
        points=np.where(shares > 0, sums * shares // key.divisor, -1),
        missing=missing,
        parts=np.where(answered[:, reads] | key.centre, chosen, -1),
        straight=_straight(key, ratings, answered),
        doubtful=_doubtful(key, ratings, answered),
    )


def _worth(key: ScoringKey, ratings: Int64s, answered: Bools) -> Int64s:
    low, high, unit, base, centre = (
        np.array([getattr(item, name) for item in key.items], np.int64) for name in ("low", "high", "unit", "base", "centre")
    )
    steps = np.where(_reversed(key), high - ratings, ratings - low)
    worth: Int64s = np.where(answered, base + unit * steps, centre)
    return worth


def _reversed(key: ScoringKey) -> Bools:
    return np.array([item.reverse for item in key.items], np.bool_)


def _straight(key: ScoringKey, ratings: Int64s, answered: Bools) -> Bools:
    """Responses of four or more ratings that are all the same point of the scale."""
    rated = list(key.rated)
    if len(rated) < STRAIGHT_FROM:
        return np.zeros(len(ratings), np.bool_)
    lowest, highest = _ends(ratings[:, rated], answered[:, rated])
    straight: Bools = (answered[:, rated].sum(axis=1) >= STRAIGHT_FROM) & (lowest == highest)
    return straight


def _ends(ratings: Int64s, answered: Bools) -> tuple[Int64s, Int64s]:
    """The lowest and the highest rating of each response; of one without any, such that highest < lowest."""
    return np.where(answered, ratings, -NOT_ANSWERED).min(axis=1), np.where(answered, ratings, NOT_ANSWERED).max(axis=1)


def _doubtful(key: ScoringKey, ratings: Int64s, answered: Bools) -> Bools:
    if key.doubt is None:
        return np.zeros(len(ratings), np.bool_)
    low, high = (np.array([getattr(item, name) for item in key.items], np.int64) for name in ("low", "high"))
    turned = np.where(answered & _reversed(key), low + high - ratings, ratings)
    apart = np.zeros(len(ratings), np.int64)
    for group in map(list, key.groups):
        lowest, highest = _ends(turned[:, group], answered[:, group])
        apart += highest - lowest > key.doubt.spread
    points = range(int(low.min()), int(high.max()) + 1)
    alike = np.max([(ratings == point).sum(axis=1) for point in points], axis=0)
    doubtful: Bools = (apart >= key.doubt.scales) | (alike > key.doubt.alike)
    return doubtful


def score_items(questionnaire: Questionnaire, names: Sequence[str], items: Sequence[int | None]) -> dict[str, float | None]:
    """The scores of one response with an answer (or None) for every item in order; None for a scale with too many missing.

    Raises BadInput for another number of items, and for ratings off the questionnaire's first scale.
    """
    ratings = check_items(questionnaire, items)
    found = {}
    for name in names:
        key = scoring_key(questionnaire, name)
        points = int(score_table(key, ratings).points[0])
        found[name] = None if points < 0 else key.score(points)
    return found


def check_items(questionnaire: Questionnaire, items: Sequence[int | None]) -> Int64s:
    """One response as a table of one row; raises BadInput for another number of items, and for ratings off the first scale."""
    if len(items) != len(questionnaire.items):
        raise BadInput(f"{questionnaire.title} has {len(questionnaire.items)} items, but {len(items)} came.")
    for item, rating in zip(questionnaire.items, items, strict=True):
        if rating is not None:
            check_rating(rating, *questionnaire.ends_of(item)[0])
    return np.array([[NOT_ANSWERED if rating is None else int(rating) for rating in items]], np.int64)


def percent_of_scale(ratings: Sequence[int], points: int) -> float:
    """The mean of ratings from 1 to `points` as 0 (all lowest) to 100 (all highest).

    Source: Lewis, Utesch & Maher 2013, CHI, for two items of seven points; Cohen, Cohen, Aiken & West 1999, Multivariate Behavioral
    Research 34:315, for any (percent of the maximum possible). Raises BadInput for ratings off the scale or a scale of one point.
    """
    if points < 2:
        raise BadInput(f"A scale has two points or more, but {points} came.")
    for rating in ratings:
        check_rating(rating, 1, points)
    if not ratings:
        raise BadInput("A score needs ratings, but none came.")
    return 100 * sum(rating - 1 for rating in ratings) / ((points - 1) * len(ratings))


def numbered(asks: Sequence[str], reverse: Sequence[int] = (), first: int = 1) -> Iterator[Item]:
    """Items in order, with the numbers of those that are reversed."""
    return (Item(number, one, number in reverse) for number, one in enumerate(asks, first))
