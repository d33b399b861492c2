"""How far a share moved between two groups of people who are partly the same."""

from __future__ import annotations

import math
from dataclasses import dataclass

from touchpath.model.errors import BadInput
from touchpath.stats.intervals import Interval
from touchpath.stats.proportions import wilson_interval


@dataclass(frozen=True, slots=True)
class Moved:
    """People who have something, and all people: of the first group only, of the second only, and of both."""

    first: tuple[int, int]
    second: tuple[int, int]
    both: tuple[int, int]

    def __post_init__(self) -> None:
        for have, people in (self.first, self.second, self.both):
            if not 0 <= have <= people:
                raise BadInput(f"Of {people} people {have} have it; that must be between none and all of them.")

    @property
    def before(self) -> tuple[int, int]:
        """Of the whole first group."""
        return self.first[0] + self.both[0], self.first[1] + self.both[1]

    @property
    def after(self) -> tuple[int, int]:
        """Of the whole second group."""
        return self.second[0] + self.both[0], self.second[1] + self.both[1]


def shift_interval(moved: Moved, confidence: float = 0.95) -> tuple[float, Interval]:
    """Share of the second group minus that of the first, with its interval, where some people are in both.

    The limits of the two shares are joined with the correlation that the people in both give them (method of variance estimates
    recovery). Without anybody in both it is Newcombe's hybrid score interval, with everybody in both his interval for paired shares
    without a correction of the correlation.

    **Source**: Newcombe 1998, Statistics in Medicine 17:2635 (method 8 and its limits) and 17:873 (independent, method 10); Zou & Donner
    2008, Statistics in Medicine 27:1693 (section 3, dependent estimates). People are independent of each other. Raises BadInput for an empty group.
    It stops being sound where a group is one of few people whose values are nearly all alike: then it is wide, and rightly so.
    """
    (x1, n1), (x2, n2) = moved.before, moved.after
    if not n1 or not n2:
        raise BadInput("A shift needs people in both groups.")
    p1, p2 = x1 / n1, x2 / n2
    one, other = wilson_interval(x1, n1, confidence), wilson_interval(x2, n2, confidence)
    r = _correlation(moved, p1, p2)
    down = _reach(p2 - other.low, one.high - p1, r)
    up = _reach(other.high - p2, p1 - one.low, r)
    return p2 - p1, Interval(p2 - p1 - down, p2 - p1 + up)


def _correlation(moved: Moved, p1: float, p2: float) -> float:
    """Of the two shares, by the people who are in both; 0 where a share does not vary."""
    have, people = moved.both
    spread = p1 * (1 - p1) * p2 * (1 - p2)
    if not people or spread <= 0:
        return 0.0
    together = have * (1 - p1) * (1 - p2) + (people - have) * p1 * p2
    found = together / math.sqrt(moved.before[1] * moved.after[1] * spread)
    return min(1.0, max(-1.0, found))


def _reach(one: float, other: float, r: float) -> float:
    return math.sqrt(max(0.0, one * one - 2 * r * one * other + other * other))
