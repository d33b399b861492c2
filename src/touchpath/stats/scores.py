"""Ratings of one person: held to their scale, and sorted into promoters, passives and detractors."""

from __future__ import annotations

import math
from collections.abc import Sequence

from touchpath.model.errors import BadInput
from touchpath.stats.nps import Tally


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
