"""Answers, responses and attempts one by one, each with its account: what numbers are made of that weigh accounts.

An answer belongs to the account that it names; one that names none to the only account that its person has ever been named with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from touchpath.timelines.arrays import Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.fold import Folded
from touchpath.timelines.kernels import fixed, kernel
from touchpath.timelines.summaries import Counts

#: The columns of `Accounted`, in its order.
CELL, ACCOUNT, PERSON, POINTS, TIMES = range(5)


class Each(NamedTuple):
    """What counts, one row each, in order of owner: places of owners and of signals, cells, and what each is worth in whole points."""

    owners: Int64s
    rows: Int64s
    cells: Int64s
    points: Int64s


class OneByOne(Protocol):
    """A fold that can tell what it counts one by one."""

    def each(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Each:
        """What counts in some cell; read as `map` reads."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Accounted(Counts):
    """What counts by cell, account, person and points, in this order.

    rows: (rows, 5) cell, word code of the account (0 = none), key of the person, points, and how often.
    """

    rows: Int64s

    def __add__(self, other: Accounted) -> Accounted:
        return Accounted(_gathered(np.concatenate((self.rows, other.rows))))

    def of(self, cell: int) -> Int64s:
        """The rows of one cell."""
        low, high = np.searchsorted(self.rows[:, CELL], [cell, cell + 1])
        return self.rows[low:high]


@dataclass(frozen=True, slots=True)
class ByAccount:
    """What a fold counts, one by one, with the account of each. Nobody has an outcome: it is the fold's own that tells whom it finds."""

    fold: OneByOne

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[Accounted]:
        """Read each timeline once."""
        each = self.fold.each(timelines, cells, people, end)
        accounts = accounts_of(timelines, each.owners, each.rows)
        columns = (each.cells, accounts, timelines.owners[each.owners], each.points, np.ones(accounts.size, np.int64))
        return Folded(Accounted(_gathered(np.stack(columns, axis=1))), np.full(timelines.people, -1, np.int32))


def accounts_of(timelines: Timelines, owners: Int64s, rows: Int64s) -> Int64s:
    """(rows,) the account of each of these signals, in order of owner: the one named, else the only one of its owner; 0 = none."""
    found = np.zeros(rows.size, np.int64)
    codes = fixed(timelines.code("account"), np.int32)
    if codes.size:
        _find_accounts(fixed(timelines.starts), codes, fixed(owners, np.int64), fixed(rows, np.int64), found)
    return found


def _gathered(rows: Int64s) -> Int64s:
    """The rows in order, each once, with how often it came in all."""
    ordered = rows[np.lexsort(rows[:, POINTS::-1].T)]
    if not ordered.shape[0]:
        return ordered
    fresh = np.flatnonzero(np.append(True, (ordered[1:, :TIMES] != ordered[:-1, :TIMES]).any(axis=1)))
    found: Int64s = ordered[fresh]
    found[:, TIMES] = np.add.reduceat(ordered[:, TIMES], fresh)
    return found


@kernel
def _find_accounts(starts: Int64s, codes: Int32s, owners: Int64s, rows: Int64s, found: Int64s) -> None:
    owner, only = -1, 0
    for i in range(rows.size):
        if codes[rows[i]] != 0:
            found[i] = codes[rows[i]]
            continue
        if owners[i] != owner:
            owner, only = owners[i], 0
            for place in range(starts[owner], starts[owner + 1]):
                code = codes[place]
                if code != 0 and only != 0 and code != only:
                    only = 0
                    break
                if code != 0:
                    only = code
        found[i] = only
