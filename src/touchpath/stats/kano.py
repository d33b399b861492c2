"""The Kano model: whether a feature is taken for granted, wanted, a delight, or of no matter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

from touchpath.model.errors import BadInput
from touchpath.stats.intervals import Interval
from touchpath.stats.proportions import wilson_interval
from touchpath.stats.scores import check_rating

Category = Literal["attractive", "one-dimensional", "must-be", "indifferent", "reverse", "questionable"]
CATEGORIES: tuple[Category, ...] = get_args(Category)
_A, _O, _M, _I, _R, _Q = range(6)

#: The category of (how one feels with it, how one feels without it), each 1 like, 2 expect, 3 neutral, 4 live with, 5 dislike.
#: Source: Berger et al. 1993, Center for Quality of Management Journal 2(4):3, the evaluation table after Kano et al. 1984.
EVALUATION = (
    (_Q, _A, _A, _A, _O),
    (_R, _I, _I, _I, _M),
    (_R, _I, _I, _I, _M),
    (_R, _I, _I, _I, _M),
    (_R, _R, _R, _R, _Q),
)
#: The two-sided 90 % quantile that Fong's test uses, as printed.
FONG_Z = 1.65


def kano_category(functional: int, dysfunctional: int) -> Category:
    """The category of one person's pair of answers, each from 1 (like it) to 5 (dislike it)."""
    for answer in (functional, dysfunctional):
        check_rating(answer, 1, 5)
    return CATEGORIES[EVALUATION[functional - 1][dysfunctional - 1]]


class Coefficient(NamedTuple):
    """A share of those whom the feature concerns, with its limits; `of` is how many they are."""

    value: float
    low: float
    high: float
    of: int


class Kano(NamedTuple):
    """What pairs of answers come to.

    category: the most frequent; None where two or more are equally frequent.   decided: Fong's test tells the two most frequent
    apart.   difference, needed: between their counts, and what Fong's test asks for.   better: how many are more satisfied with it;
    worse: how many are less satisfied without it, told as a positive share; None where all answers are reverse or questionable.
    """

    category: Category | None
    decided: bool
    difference: int
    needed: float
    better: Coefficient | None
    worse: Coefficient | None


def conclude_kano(counts: Sequence[int], confidence: float = 0.95) -> Kano:
    """Category and coefficients from counts in the order of CATEGORIES.

    Better = (A + O) / (A + O + M + I), Worse = (O + M) / (A + O + M + I), with Wilson's limits. The category is the most frequent of
    all but questionable; it is undecided unless |a - b| >= 1.65 * sqrt((a + b) * (2 n - a - b) / (2 n)) for its two largest counts.
    **Source**: Berger et al. 1993 (coefficients; they print Worse with a minus sign); Fong 1996, Center for Quality of Management
    Journal 5(2):21 (test, two-sided 90 %). Raises BadInput for other than six counts of 0 or more, or none at all. The test takes
    the two largest of several counts, so it finds a winner a little too often.
    """
    if len(counts) != len(CATEGORIES) or min(counts) < 0 or sum(counts) == 0:
        raise BadInput(
            f"Kano counts are {len(CATEGORIES)} numbers of 0 or more ({', '.join(CATEGORIES)}), but {list(counts)} came."
        )
    kept = list(counts[:_Q])
    order = sorted(range(_Q), key=lambda place: -kept[place])
    a, b, n = kept[order[0]], kept[order[1]], sum(counts)
    needed = FONG_Z * math.sqrt((a + b) * (2 * n - a - b) / (2 * n))
    return Kano(
        category=CATEGORIES[order[0]] if a > b else None,
        decided=a > b and a - b >= needed,
        difference=a - b,
        needed=needed,
        better=_coefficient(counts[_A] + counts[_O], counts, confidence),
        worse=_coefficient(counts[_O] + counts[_M], counts, confidence),
    )


def _coefficient(some: int, counts: Sequence[int], confidence: float) -> Coefficient | None:
    concerned = sum(counts[:_R])
    if not concerned:
        return None
    limits: Interval = wilson_interval(some, concerned, confidence)
    return Coefficient(some / concerned, limits.low, limits.high, concerned)
