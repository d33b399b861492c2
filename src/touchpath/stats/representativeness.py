"""Whether those who answered are like those who were asked: response rates by segment, how far the segments moved, one figure for all.

A response rate says nothing about bias by itself: few answers of everybody alike are better than many of one kind of people.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import chdtrc, chdtri, chndtr

from touchpath.model.errors import BadInput
from touchpath.stats.intervals import Interval, check_confidence
from touchpath.stats.multiple import holm
from touchpath.stats.proportions import wilson_interval
from touchpath.stats.resampling import Floats
from touchpath.stats.share_tests import campbell_test

#: Standardised differences from here on are worth a look. Source: Austin 2009, Statistics in Medicine 28:3083.
NOTABLE = 0.1


class Asked(NamedTuple):
    """One segment: how many people were asked, and how many of them answered. Each person counts once."""

    segment: str
    asked: int
    answered: int


@dataclass(frozen=True, slots=True)
class SegmentResponse:
    """How one segment answered.

    rate, limits: answered / asked, with Wilson's interval. share_asked, share_answered: of everybody asked, and of all who answered.
    difference: of these two shares in standard deviations; its sign says whether the segment is over-represented. p: of "this segment answers as often as
    the others", p_family: the same among all segments (Holm). weight: what an answer of the segment counts so that answers have the
    segments of the asked, mean 1; None where nobody answered. contribution: to the R-indicator's spread, with the sign of the difference.
    """

    segment: str
    asked: int
    answered: int
    rate: float
    limits: Interval
    share_asked: float
    share_answered: float
    difference: float
    p: float
    p_family: float
    weight: float | None
    contribution: float


@dataclass(frozen=True, slots=True)
class RIndicator:
    """1 where all segments answer equally often, towards 0 the more their response rates differ (R = 1 - 2 S).

    value: adjusted for what chance alone adds to the spread of rates; raw: not. limits: of the adjusted one. chi_square, df, p: of "all
    segments answer equally often".
    """

    value: float
    raw: float
    limits: Interval
    chi_square: float
    df: int
    p: float


@dataclass(frozen=True, slots=True)
class Representativeness:
    """People asked and those who answered, in total and by segment, in the order in which the segments came.

    r: None with fewer than two segments, or where everybody or nobody answered. unreached: segments in which nobody answered, whom no
    weight can speak for; reached: the share of the asked who are in another segment.
    """

    asked: int
    answered: int
    rate: float
    limits: Interval
    segments: tuple[SegmentResponse, ...]
    r: RIndicator | None
    unreached: tuple[str, ...]
    reached: float

    @property
    def notable(self) -> tuple[SegmentResponse, ...]:
        """Segments that are over- or under-represented by more than chance (family corrected) and by enough to matter."""
        return tuple(one for one in self.segments if one.p_family < 0.05 and abs(one.difference) >= NOTABLE)


def represent(segments: Sequence[Asked], confidence: float = 0.95) -> Representativeness:
    """How the answers stand for the asked, segment by segment.

    **Source**: standardised differences: Austin 2009, Statistics in Medicine 28:3083; tests: Campbell 2007, Statistics in Medicine
    26:3661, with Holm 1979; the R-indicator: see `r_indicator`. It only sees the segments that it is given: answers may be unlike the
    asked in what nobody recorded. Raises BadInput without anybody asked, for counts that cannot be, and for a segment told twice.
    """
    asked, answered = _check(segments)
    rate = answered / asked
    p_values = [_p_of(one, asked, answered) for one in segments]
    family = holm(p_values)
    reached = sum(one.asked for one in segments if one.answered)
    told = tuple(
        _told(one, asked, answered, reached, p, p_family, confidence)
        for one, p, p_family in zip(segments, p_values, family, strict=True)
        if one.asked
    )
    unreached = tuple(one.segment for one in segments if one.asked and not one.answered)
    limits = wilson_interval(answered, asked, confidence)
    indicator = r_indicator(segments, confidence) if len(told) > 1 and 0 < answered < asked else None
    return Representativeness(asked, answered, rate, limits, told, indicator, unreached, reached / asked)


def _check(segments: Sequence[Asked]) -> tuple[int, int]:
    """How many were asked and answered in total."""
    names = [one.segment for one in segments]
    if len(set(names)) < len(names):
        raise BadInput(f"Each segment is told once, but they came as {names}.")
    wrong = [one for one in segments if not 0 <= one.answered <= one.asked]
    if wrong:
        raise BadInput(
            f"Of the people asked some answer, so 0 <= answered <= asked, but '{wrong[0].segment}' came with {wrong[0].answered} of {wrong[0].asked}."
        )
    asked = sum(one.asked for one in segments)
    if not asked:
        raise BadInput("Nobody was asked, so there is nothing that answers could stand for.")
    return asked, sum(one.answered for one in segments)


def _p_of(one: Asked, asked: int, answered: int) -> float:
    """Of "the segment answers as often as everybody else"; 1 where there is nobody else, or no difference to be had."""
    others, rest = asked - one.asked, answered - one.answered
    if not one.asked or not others or answered in (0, asked):
        return 1.0
    return campbell_test(one.answered, one.asked, rest, others).p


def _told(one: Asked, asked: int, answered: int, reached: int, p: float, p_family: float, confidence: float) -> SegmentResponse:
    share_asked, share_answered = one.asked / asked, one.answered / answered if answered else 0.0
    rate = one.answered / one.asked
    weight = (one.asked / reached) / share_answered if one.answered else None
    return SegmentResponse(
        segment=one.segment,
        asked=one.asked,
        answered=one.answered,
        rate=rate,
        limits=wilson_interval(one.answered, one.asked, confidence),
        share_asked=share_asked,
        share_answered=share_answered,
        difference=standardised_difference(share_answered, share_asked) if answered else 0.0,
        p=p,
        p_family=p_family,
        weight=weight,
        contribution=math.sqrt(share_asked) * (rate - answered / asked),
    )


def standardised_difference(a: float, b: float) -> float:
    """a - b, two shares, in units of their standard deviation; 0 where both are 0 or both are 1.

    Does not grow with the number of people, as a test does. **Source**: Austin 2009, Statistics in Medicine 28:3083, section 2.
    """
    if not (0 <= a <= 1 and 0 <= b <= 1):
        raise BadInput(f"Shares lie between 0 and 1, but {a} and {b} came.")
    spread = math.sqrt((a * (1 - a) + b * (1 - b)) / 2)
    if a == b:
        return 0.0
    # From nobody to everybody: as far as shares can be apart.
    return (a - b) / spread if spread > 0 else math.copysign(10.0, a - b)


def r_indicator(segments: Sequence[Asked], confidence: float = 0.95) -> RIndicator:
    """How alike segments answer, adjusted for chance, with an interval that respects its end at 1.

    S**2 is the spread of response rates between the segments, weighted by the asked; chance alone makes it larger by what rates of
    so many people vary, and that is taken off. The interval turns the chi-square of equal rates around (noncentral, df = segments - 1).

    **Source**: Schouten, Cobben & Bethlehem 2009, Survey Methodology 35:101 (R-indicator); Shlomo, Skinner & Schouten 2012, J. Statistical
    Planning and Inference 142:201 (bias adjustment, here for one variable); Smithson 2003, Confidence Intervals, chapter 4 (noncentral
    interval). Comparable only between surveys with the same segments. It stops being sound where segments have a few people each, and
    its interval is a little off where rates differ so much that their variances do, too (simulated in tests/stats/test_representativeness.py).
    Raises BadInput with fewer than two segments, and where everybody or nobody answered.
    """
    check_confidence(confidence)
    n, answered = _check(segments)
    used = [one for one in segments if one.asked]
    if len(used) < 2 or not 0 < answered < n:
        raise BadInput(
            f"An R-indicator needs two segments, and people with and without an answer, but {answered} of {n} in {len(used)} came."
        )
    asked = np.array([one.asked for one in used], float)
    rates = np.array([one.answered for one in used]) / asked
    rate, spread = answered / n, _spread(asked, rates)
    adjusted = max(spread - _by_chance(asked, rates, rate), 0.0)
    df, variance = len(used) - 1, rate * (1 - rate)
    chi_square = n * spread / variance
    low = noncentrality(chi_square, df, (1 + confidence) / 2) * variance / n
    # Rates that are more alike than chance makes them would give no width: they count as alike as chance makes them usually.
    high = noncentrality(max(chi_square, float(chdtri(df, 0.5))), df, (1 - confidence) / 2) * variance / n
    value = _r(adjusted)
    limits = Interval(min(_r(high), value), max(_r(low), value))
    return RIndicator(value, _r(spread), limits, chi_square, df, float(chdtrc(df, chi_square)))


def _spread(asked: Floats, rates: Floats) -> float:
    weights = asked / asked.sum()
    return float((weights * (rates - (weights * rates).sum()) ** 2).sum())


def _by_chance(asked: Floats, rates: Floats, rate: float) -> float:
    """What chance adds to the spread on average; where a segment is one person, its variance is taken from everybody."""
    weights = asked / asked.sum()
    variances = np.where(asked > 1, rates * (1 - rates) / np.maximum(asked - 1, 1), rate * (1 - rate))
    return float((weights * (1 - weights) * variances).sum())


def _r(spread: float) -> float:
    return max(1 - 2 * math.sqrt(spread), 0.0)


def noncentrality(chi_square: float, df: int, level: float) -> float:
    """The noncentrality with which a chi-square stays at or below the observed one with probability `level`; 0 where none is so small.

    A limit of the interval of a noncentrality: level 0.975 for the lower, 0.025 for the upper one of 95 %.
    """
    if chi_square < 0 or df < 1 or not 0 < level < 1:
        raise BadInput(
            f"A noncentrality needs a chi-square of 0 or more, df of 1 or more, and 0 < level < 1, but {chi_square}, {df} and {level} came."
        )
    if float(chndtr(chi_square, df, 0.0)) <= level:
        return 0.0
    most = max(chi_square, 1.0)
    while float(chndtr(chi_square, df, most)) > level:
        most *= 2
    low = 0.0
    # Halving is as exact as a root finder, and spares every start of the program the import of one.
    while most - low > 1e-10 * max(most, 1e-3):
        middle = (low + most) / 2
        low, most = (middle, most) if float(chndtr(chi_square, df, middle)) > level else (low, middle)
    return low


def count_segments(segment: Sequence[Hashable], answered: Sequence[bool]) -> list[Asked]:
    """The segments of people told one by one: (people,) the segment of each who was asked, and whether the person answered."""
    if len(segment) != len(answered):
        raise BadInput(f"Each person asked has a segment, but {len(segment)} segments and {len(answered)} answers came.")
    counts: dict[str, list[int]] = {}
    for one, did in zip(segment, answered, strict=True):
        count = counts.setdefault(str(one), [0, 0])
        count[0] += 1
        count[1] += bool(did)
    return [Asked(name, *count) for name, count in sorted(counts.items())]
