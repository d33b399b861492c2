"""What recency, frequency and money mean: scores from 1 to 5, and the groups that marketers name by them.

Scores are fifths of the people (Hughes, Strategic Database Marketing, 1994): 5 = latest, most often, most money. People with equal values
get equal scores, so fifths may differ in size. Values are compared by bins that are at most 0.8 % wide.
"""

from __future__ import annotations

import numpy as np

from touchpath.timelines.arrays import Int64s

#: Groups by the scores of recency and frequency, the first that fits. Names as in common use; the borders are ours.
GROUPS = (
    ("champions", range(4, 6), range(4, 6)),
    ("loyal", range(3, 6), range(3, 6)),
    ("new", range(4, 6), range(1, 2)),
    ("promising", range(3, 6), range(1, 3)),
    ("cannot lose", range(1, 2), range(4, 6)),
    ("at risk", range(1, 3), range(3, 6)),
    ("asleep", range(1, 3), range(1, 3)),
)


def quintiles(bins: Int64s, owners: Int64s, *, highest_is_best: bool) -> Int64s:
    """(rows,) the score 1 to 5 of each row. bins: (rows,) values; owners: (rows,) how many people have them.

    The score of a value is by the share of people whose value is worse, counted to the middle of those who share it.
    """
    if not bins.size:
        return np.empty(0, np.int64)
    values, place = np.unique(bins if highest_is_best else -bins, return_inverse=True)
    people = np.bincount(place, owners, values.size).astype(np.int64)
    below = np.cumsum(people) - people
    doubled = 2 * below + people
    scores: Int64s = np.minimum(1 + doubled * 5 // (2 * int(people.sum())), 5).astype(np.int64)
    return scores[place]


def group_of(recency: int, frequency: int) -> str:
    """The name of a pair of scores."""
    return next(name for name, recencies, frequencies in GROUPS if recency in recencies and frequency in frequencies)
