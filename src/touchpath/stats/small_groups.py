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
    counts = _checked(people, least)
    small = (counts > 0) & (counts < least)
    hidden = _with_others(counts, small, least) if total_shown else small
    return Hidden(tuple(bool(one) for one in hidden), total_shown and bool(hidden.any()) and not _safe(counts, hidden, least))


def hide_small_cells(people: NDArray[np.int64], least: int) -> NDArray[np.bool_]:
    """The same for a table of rows and columns, each with its total: (rows, columns) True = hide.

    Rows and columns are gone through until no hidden cell can be worked out from its row or its column. Where all of a row is hidden and
    still too few, its total would have to go too: it is that of too few people itself.
    """
    counts = _checked(people, least)
    hidden = (counts > 0) & (counts < least)
    before = -1
    while before != int(hidden.sum()):
        before = int(hidden.sum())
        for row in range(counts.shape[0]):
            hidden[row] = _with_others(counts[row], hidden[row], least)
        for column in range(counts.shape[1]):
            hidden[:, column] = _with_others(counts[:, column], hidden[:, column], least)
    return hidden


def _checked(people: Sequence[int] | NDArray[np.int64], least: int) -> NDArray[np.int64]:
    counts: NDArray[np.int64] = np.asarray(people, np.int64)
    if least < 1 or (counts.size and int(counts.min()) < 0):
        raise BadInput(
            f"Groups have 0 people or more and the least to show is 1 or more, but {counts.tolist()} and {least} came."
        )
    return counts


def _with_others(counts: NDArray[np.int64], hidden: NDArray[np.bool_], least: int) -> NDArray[np.bool_]:
    """What is hidden of a line, and the smallest others that must go with it."""
    found = hidden.copy()
    for place in sorted(np.flatnonzero((counts > 0) & ~hidden).tolist(), key=lambda one: (int(counts[one]), one)):
        if not found.any() or _safe(counts, found, least):
            break
        found[place] = True
    return found


def _safe(counts: NDArray[np.int64], hidden: NDArray[np.bool_], least: int) -> bool:
    """Whether taking what is shown off the total leaves too many, and more than one group, to tell one apart."""
    return int(hidden.sum()) > 1 and int(counts[hidden].sum()) >= least
