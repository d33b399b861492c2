"""Which numbers of a table to hide so that no small group of people can be seen, nor worked out from the others and the total.

This protects people, whatever a number's statistical worth: a share of 400 people may be told of a group of 6, and hidden of a group of 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.linalg import lsmr

from touchpath.model.errors import BadInput

#: Of so many unknowns at most equations are solved at once; what is nearer to nothing than the second counts as nothing.
_DENSE, _ZERO = 500, 1e-6


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


def hide_small_cells(people: NDArray[np.int64], least: int, few: NDArray[np.bool_] | None = None) -> NDArray[np.bool_]:
    """The same for a table of rows and columns, each with its total: (rows, columns) True = hide. few: (columns,) those that go anyway.

    Where all of a row or column is hidden and still too few, its total would have to go too: it is that of too few people itself.
    """
    counts = _checked(people, least)
    places = np.arange(counts.size).reshape(counts.shape)
    small = ((counts > 0) & (counts < least)).ravel()
    if few is not None:
        small |= np.broadcast_to(few, counts.shape).ravel()
    return hide_in_lines(counts.reshape(-1, 1), small, [*places, *places.T], least).reshape(counts.shape)


def hide_in_lines(
    counts: NDArray[np.int64], small: NDArray[np.bool_], lines: Sequence[NDArray[np.int64]], least: int
) -> NDArray[np.bool_]:
    """The small rows of a table, and the others that would give them away: (rows,) True = hide.

    counts: (rows, what is counted), all of whole numbers.   small: (rows,) those that must go.   lines: places of rows that add up to
    something known; a row may be in several, as a cell is in its row and its column. A line of one row is that row.

    First the smallest others of a line go, until at least two of it are hidden and have `least` together; those of nobody go last. Then
    whatever could still be solved from all lines at once goes with another row of its line, so that no hidden row has only one solution.

    **Source**: Hundepool et al. 2012, Statistical Disclosure Control, section 4.3 (linked tables, and the audit by the equations of a
    table). Unlike there no upper and lower bounds of hidden cells are computed. Raises BadInput like `hide_small_groups`.
    """
    amounts = _checked(counts, least)
    hidden, kept = small.copy(), [np.asarray(line, np.int64) for line in lines if len(line) > 1]
    size = amounts.max(axis=1, initial=0)
    order = np.lexsort((np.arange(size.size), size, size == 0))
    rank = np.empty(size.size, np.int64)
    rank[order] = np.arange(size.size)
    ranked = [line[np.argsort(rank[line])] for line in kept]
    before = -1
    while before != int(hidden.sum()):
        before = int(hidden.sum())
        for line in ranked:
            _complete(amounts, hidden, line, least)
        if before == int(hidden.sum()):
            _unsolve(hidden, ranked)
    return hidden


def hide_in_chain(counts: Sequence[int], least: int, hidden: Sequence[bool] = ()) -> list[bool]:
    """Which of several groups to hide of which each is part of the one before: (groups,) True = hide.

    Shown groups are empty or have `least` people, and so has each difference between those shown next to each other; none is hidden between
    two equal ones, which would tell it. hidden: those that go anyway. Raises BadInput like `hide_small_groups`.
    """
    found: list[bool] = []
    last, between = -1, False
    for number, count in enumerate(_checked(counts, least).tolist()):
        lost = last - count
        small = 0 < count < least or (last >= 0 and (0 < abs(lost) < least or (between and lost == 0)))
        gone = small or (number < len(hidden) and hidden[number])
        found.append(gone)
        last, between = (last, True) if gone else (count, False)
    return found


def solvable(hidden: NDArray[np.bool_], lines: Sequence[NDArray[np.int64]], seed: int = 0) -> NDArray[np.bool_]:
    """Hidden rows of which the sums of lines leave only one solution: (rows,) True = solvable.

    A row is solvable when it is 0 in everything that the sums leave free: a random vector, taken to that space, is 0 there. Chance can only
    make a row look solvable that is not. Where the computation does not settle, all rows count as solvable.
    """
    found, places = np.zeros(hidden.size, np.bool_), np.flatnonzero(hidden)
    if not places.size:
        return found
    column = np.full(hidden.size, -1, np.int64)
    column[places] = np.arange(places.size)
    inside = [inner for line in lines if (inner := column[line[hidden[line]]]).size]
    if not inside:
        return found
    row_of = np.repeat(np.arange(len(inside)), [inner.size for inner in inside])
    sums = csr_array((np.ones(row_of.size), (row_of, np.concatenate(inside))), shape=(len(inside), places.size))
    free = _freed(sums, np.random.default_rng(seed).standard_normal(places.size))
    found[places] = np.abs(free) < _ZERO
    return found


def _freed(sums: csr_array, vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """A vector less what the sums hold of it; 0 throughout where that cannot be computed well enough."""
    if vector.size <= _DENSE:
        held = np.linalg.lstsq(sums.T.toarray(), vector, rcond=None)[0]
    else:
        held = lsmr(sums.T, vector, atol=1e-13, btol=1e-13, conlim=0, maxiter=20 * _DENSE)[0]
    free: NDArray[np.float64] = vector - sums.T @ held
    return free if float(np.abs(sums @ free).max()) < _ZERO / 10 else np.zeros_like(free)


def _complete(counts: NDArray[np.int64], hidden: NDArray[np.bool_], line: NDArray[np.int64], least: int) -> None:
    """Hide the first others of a line, ordered by what they cost, until what is hidden of it is enough."""
    mine = hidden[line]
    if not mine.any():
        return
    sums, gone = counts[line[mine]].sum(axis=0), int(mine.sum())
    # What is hidden and nobody at all is known to be nobody, wherever others are shown: it hides nothing of the lines that cross.
    some = counts[line].sum(axis=0) > 0
    for place in line[~mine]:
        if gone > 1 and not (some & (sums < least)).any():
            return
        hidden[place] = True
        sums, gone = sums + counts[place], gone + 1


def _unsolve(hidden: NDArray[np.bool_], lines: Sequence[NDArray[np.int64]]) -> None:
    """Hide one more row in a line of each row that can be solved, where there is one."""
    found = solvable(hidden, lines)
    for line in lines:
        shown = line[~hidden[line]]
        if found[line].any() and shown.size:
            hidden[shown[0]] = True


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
