"""Lift: how much more often two things come together than they would if one said nothing about the other."""

from __future__ import annotations

import math
from typing import Protocol

from touchpath.model.errors import BadInput
from touchpath.stats.intervals import Interval, t_quantile


class PairSums(Protocol):
    """Sums over people of their cases (t), those with the first thing (a), the second (b) and both (c), and of products."""

    @property
    def people(self) -> int: ...
    @property
    def t(self) -> int: ...
    @property
    def a(self) -> int: ...
    @property
    def b(self) -> int: ...
    @property
    def c(self) -> int: ...
    @property
    def tt(self) -> int: ...
    @property
    def aa(self) -> int: ...
    @property
    def bb(self) -> int: ...
    @property
    def cc(self) -> int: ...
    @property
    def at(self) -> int: ...
    @property
    def bt(self) -> int: ...
    @property
    def ct(self) -> int: ...
    @property
    def ab(self) -> int: ...
    @property
    def ca(self) -> int: ...
    @property
    def cb(self) -> int: ...


def lift(sums: PairSums) -> float:
    """(cases with both * all cases) / (cases with the first * cases with the second); 1 = independent, 0 = never together.

    Source: Brin, Motwani, Ullman & Tsur 1997, SIGMOD ("interest"). Raises BadInput where one of the two never comes.
    """
    if sums.a == 0 or sums.b == 0:
        raise BadInput(f"Lift needs cases with each of two things, but {sums.a} and {sums.b} came.")
    return sums.c * sums.t / (sums.a * sums.b)


def lift_interval(sums: PairSums, confidence: float = 0.95) -> Interval:
    """Interval of the lift by the delta method on its logarithm, clustered by person, t with people - 1.

    Each person's part of log(c * t / (a * b)) is c_i/c - a_i/a - b_i/b + t_i/t; the variance is people / (people - 1) times the sum of its squares.
    Where each person has one case that is 1/c - 1/a - 1/b - 1/t + 2 c / (a b), the multinomial variance.
    Source: Deng, Knoblich & Lu 2018, KDD "Applying the delta method in metric analytics", section 3. Too narrow for few cases with both.
    Raises BadInput where the two never come together, and for fewer than two people.
    """
    if sums.c == 0 or sums.people < 2:
        raise BadInput(f"The interval of a lift needs a case with both and two people, but {sums.c} and {sums.people} came.")
    a, b, c, t = 1 / sums.a, 1 / sums.b, 1 / sums.c, 1 / sums.t
    squares = c * c * sums.cc + a * a * sums.aa + b * b * sums.bb + t * t * sums.tt
    crossed = c * t * sums.ct + a * b * sums.ab - c * a * sums.ca - c * b * sums.cb - a * t * sums.at - b * t * sums.bt
    error = math.sqrt(max(squares + 2 * crossed, 0.0) * sums.people / (sums.people - 1))
    half = t_quantile(confidence, sums.people - 1) * error
    return Interval(lift(sums) * math.exp(-half), lift(sums) * math.exp(half))
