"""How hard customers find it to get something done: the two customer effort scores, which must never be mixed.

Version 2 asks for agreement with "made it easy" (1 to 7, higher is better); version 1 asked for effort (1 to 5, lower is better).
Sources: Dixon, Freeman & Toman 2010, HBR 88(7):116 (version 1); Dixon, Toman & DeLisi 2013, The Effortless Experience (version 2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from touchpath.model.errors import BadInput
from touchpath.stats.nps import Tally
from touchpath.stats.scores import check_rating

EASE_POINTS = 7
EFFORT_POINTS = 5


def check_ease(counts: Mapping[int, int]) -> int:
    """How many answered; raises BadInput for points outside 1..7, negative counts, or nobody."""
    for point, count in counts.items():
        check_rating(point, 1, EASE_POINTS)
        if count < 0:
            raise BadInput(f"Answers are counted from 0 on, but {count} came for {point}.")
    answers = sum(counts.values())
    if not answers:
        raise BadInput("An effort score needs at least one answer, but none came.")
    return answers


def ease_mean(counts: Mapping[int, int]) -> float:
    """The mean of version 2's 1-to-7 answers, from how many gave each. Raises BadInput as `check_ease`."""
    answers = check_ease(counts)
    return sum(point * count for point, count in counts.items()) / answers


def ease_tally(counts: Mapping[int, int]) -> Tally:
    """Answers of 6 and 7, of 4 and 5, and of 1 to 3: their net score is version 2's net easy index, -100 to 100."""
    answers = check_ease(counts)
    easy = sum(count for point, count in counts.items() if point >= 6)
    hard = sum(count for point, count in counts.items() if point <= 3)
    return Tally(easy, answers - easy - hard, hard)


def effort_mean(ratings: Sequence[float]) -> float:
    """The mean of version 1's 1-to-5 ratings, lower is better; 6 less it is the ease. Raises BadInput for others, or none."""
    if not ratings:
        raise BadInput("An effort score needs at least one rating, but none came.")
    for rating in ratings:
        check_rating(rating, 1, EFFORT_POINTS)
    return sum(ratings) / len(ratings)
