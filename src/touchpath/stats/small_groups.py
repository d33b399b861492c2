"""Which numbers of a table to hide so that no small group of people can be seen, nor worked out from the others and the total.

This protects people, whatever a number's statistical worth: a share of 400 people may be told of a group of 6, and hidden of a group of 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from touchpath.model.errors import BadInput


class Hidden(NamedTuple):
    """What to hide of a row of groups: each group or not, and whether their total has to go, too."""

    groups: tuple[bool, ...]
    total: bool


def hide_small_groups(people: Sequence[int], least: int, total_shown: bool = True) -> Hidden:
    """Hide groups of 1 to least - 1 people, and as many more as keep the hidden ones from being worked out by taking the others off the total.

    Hidden groups are at least two and have `least` people together: the smallest groups that are left are hidden until that holds; where
    there are none left, the total is hidden. Groups of nobody are shown: there is nobody to protect, and hiding them protects nobody.

    **Source**: primary and secondary (complementary) suppression: Hundepool et al. 2012, Statistical Disclosure Control, sections 4.2 and
    4.3. Groups must not overlap. It does not guard against differences between two tables with other groups or periods.
    Raises BadInput for counts below 0 and a least below 1.
    """
    counts: NDArray[np.int64] = np.asarray(people, np.int64)
    if least < 1 or (counts.size and int(counts.min()) < 0):
        raise BadInput(f"Groups have 0 people or more and the least to show is 1 or more, but {list(people)} and {least} came.")
    hidden = (counts > 0) & (counts < least)
    if not total_shown or not hidden.any():
        return Hidden(tuple(bool(one) for one in hidden), False)
    for place in sorted(np.flatnonzero((counts > 0) & ~hidden).tolist(), key=lambda one: (int(counts[one]), one)):
        if _safe(counts, hidden, least):
            break
        hidden[place] = True
    return Hidden(tuple(bool(one) for one in hidden), not _safe(counts, hidden, least))


def _safe(counts: NDArray[np.int64], hidden: NDArray[np.bool_], least: int) -> bool:
    """Whether taking what is shown off the total leaves too many, and more than one group, to tell one apart."""
    return int(hidden.sum()) > 1 and int(counts[hidden].sum()) >= least
