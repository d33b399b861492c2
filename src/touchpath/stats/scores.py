"""Ratings and questionnaires of one person: shares of top boxes, the System Usability Scale and its grades."""

from __future__ import annotations

import math
from collections.abc import Sequence

from touchpath.model.errors import BadInput
from touchpath.stats.nps import Tally

#: Lowest mean of each grade, best first. Source: Sauro & Lewis 2016, Quantifying the User Experience, 2nd ed., table 8.6.
SUS_GRADES = (
    (84.1, "A+"),
    (80.8, "A"),
    (78.9, "A-"),
    (77.2, "B+"),
    (74.1, "B"),
    (72.6, "B-"),
    (71.1, "C+"),
    (65.0, "C"),
    (62.7, "C-"),
    (51.7, "D"),
    (0.0, "F"),
)
#: What a missing item counts as, and how many may be missing. Source: Brooke 1996 (mark the centre point if unsure).
SUS_NEUTRAL = 3
SUS_MAY_MISS = 2


def check_rating(rating: float, low: int, high: int) -> None:
    """Raises BadInput unless the rating is a whole number on the scale."""
    if not low <= rating <= high or rating != math.floor(rating):
        raise BadInput(f"A rating must be a whole number from {low} to {high}, but {rating} came.")


def nps_tally(ratings: Sequence[float]) -> Tally:
    """Promoters (9-10), passives (7-8) and detractors (0-6) among 0-to-10 ratings. Source: Reichheld 2003, HBR 81(12):46."""
    for rating in ratings:
        check_rating(rating, 0, 10)
    promoters, detractors = sum(r >= 9 for r in ratings), sum(r <= 6 for r in ratings)
    return Tally(promoters, len(ratings) - promoters - detractors, detractors)


def sus_points(items: Sequence[int | None]) -> tuple[int, int]:
    """Contribution points (0 to 40) of ten answers in order, and how many missing ones counted as the centre.

    Odd items give x - 1, even items 5 - x; SUS = points * 2.5. Source: Brooke 1996, in Usability Evaluation in Industry.
    Raises BadInput for other than ten items, a rating off the 1-to-5 scale, or more than two missing.
    """
    if len(items) != 10:
        raise BadInput(f"The SUS has ten items, but {len(items)} came.")
    missing = sum(item is None for item in items)
    if missing > SUS_MAY_MISS:
        raise BadInput(f"A SUS response may miss {SUS_MAY_MISS} items, but {missing} are missing.")
    points = 0
    for number, item in enumerate(items, 1):
        rating = SUS_NEUTRAL if item is None else item
        check_rating(rating, 1, 5)
        points += rating - 1 if number % 2 else 5 - rating
    return points, missing


def sus_grade(mean: float) -> str:
    """The letter grade of a mean SUS score, looked up after rounding half up to one decimal; for means, not for one person."""
    if not 0 <= mean <= 100:
        raise BadInput(f"A SUS score lies between 0 and 100, but {mean} came.")
    rounded = math.floor(mean * 10 + 0.5) / 10
    return next(grade for floor, grade in SUS_GRADES if rounded >= floor)
