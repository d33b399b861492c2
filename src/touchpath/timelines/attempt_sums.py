"""What attempts at a task add up to, cell by cell: how many ended how, how long they took, and the moments over people.

The attempts of one owner are put by for each cell that they are in, and counted into it as those of one person: intervals go by people.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from touchpath.timelines.arrays import Int32s, Int64s
from touchpath.timelines.attempts import ABANDONED, SUCCEEDED, Found, Met, walk
from touchpath.timelines.kernels import LIMBS, add_wide, find_period, find_segment, lean_kernel, plain, put_limbs, rate_of
from touchpath.timelines.moments import Moments, add_ratio

#: Attempts are numbered per person up to this; the last number stands for it and all later ones.
NUMBERS = 10
#: Successes per minute are kept in parts of this: a success within a millisecond, the shortest there is, comes to 6e11 of them.
PACE_SCALE = 10_000_000
_MINUTE = 60_000 * PACE_SCALE


class Where(NamedTuple):
    """Where attempts count, as `Cells` says it; those that start after `closed` are open.

    nowhere: the cell of those that start between the edges, but in no segment.   whole: the cell of all between the edges. -1 = there is none.
    """

    edges: Int64s
    segments: int
    by_signal: Int32s
    by_owner: Int32s
    closed: int
    nowhere: int
    whole: int


class _Mine(NamedTuple):
    """Of the owner in hand, in one cell: closed, won, errors, abandoned, faulty, late and late and won attempts, pace, and milliseconds."""

    closed: int
    won: int
    errors: int
    abandoned: int
    faulty: int
    late: int
    late_won: int
    pace: int
    spent: int


class Sums(NamedTuple):
    """Per cell: open attempts, counts by number, and sums over people.

    closed: people, x, xx of closed attempts.   shares: (cells, 4, 3) y, xy, yy of successes, errors, abandoned and faulty attempts.   later:
    as `add_ratio` adds it.   amounts: (cells, 2) y of pace and milliseconds.   products: (cells, 8) xy and yy of pace, then of
    milliseconds, of two words each.   mine: (cells, 9) scratch, see _Mine.   touched: scratch, the owner's cells.
    """

    open: Int64s
    by_number: Int64s
    closed: Int64s
    shares: Int64s
    later: Int64s
    amounts: Int64s
    products: Int64s
    mine: Int64s
    touched: Int64s


class Put(NamedTuple):
    """What is told of one shard. outcomes: (people,) as the fold says.   times: (4, successes) cell, owner's key, milliseconds and attempt
    number; memory is only taken where it is written."""

    outcomes: Int32s
    times: Int64s


class AttemptMoments(NamedTuple):
    """Moments over people, in the order in which they are written; see `AttemptCounts`."""

    success: Moments
    errors: Moments
    abandonment: Moments
    faulty: Moments
    later: Moments
    pace: Moments
    spent: Moments

    def part(self, low: int, high: int) -> AttemptMoments:
        """Those of the cells from low to before high."""
        return AttemptMoments(*(one.part(low, high) for one in self))


#: Where the moments stand that are not of shares.
_LATER, _PACE = (AttemptMoments._fields.index(name) for name in ("later", "pace"))


def no_sums(cells: int) -> Sums:
    """Nothing counted yet."""
    return Sums(
        open=np.zeros(cells, np.int64),
        by_number=np.zeros((cells, NUMBERS, 2), np.int64),
        closed=np.zeros((cells, 3), np.int64),
        shares=np.zeros((cells, 4, 3), np.int64),
        later=np.zeros((cells, 6), np.int64),
        amounts=np.zeros((cells, 2), np.int64),
        products=np.zeros((cells, 8), np.int64),
        mine=np.zeros((cells, 9), np.int64),
        touched=np.zeros(cells, np.int64),
    )


@lean_kernel
def add_found(owners: Int64s, starts: Int64s, attempts: Found, where: Where, sums: Sums, put: Put) -> int:
    """Add up attempts in order of owner and start; returns how many rows of times there are."""
    row, high, owner, rate = plain(0), plain(0), plain(0), rate_of(where.edges)
    while high < attempts.first.size:
        low = high
        while starts[owner + 1] <= attempts.first[low]:
            owner += 1
        while high < attempts.first.size and attempts.first[high] < starts[owner + 1]:
            high += 1
        row = _add(owner, owners[owner], low, high, attempts, where, rate, sums, put, row)
    return row


@lean_kernel
def add_met(
    owners: Int64s, firsts: Int64s, afters: Int64s, met: Met, limit: int, room: Found, where: Where, sums: Sums, put: Put
) -> int:
    """Find the attempts of one owner after the other, and add them up while they are at hand; returns how many rows of times there are.

    firsts, afters: where each owner's signals begin and end.   room: for the attempts of one owner.   where: by_signal is of these signals.
    """
    row, rate = plain(0), rate_of(where.edges)
    for owner in range(firsts.size):
        if firsts[owner] < afters[owner]:
            last = walk(met, firsts[owner], afters[owner], limit, plain(0), room)
            row = _add(owner, owners[owner], plain(1), last + 1, room, where, rate, sums, put, row)
    return row


@lean_kernel
def _add(
    owner: int, key: int, low: int, high: int, attempts: Found, where: Where, rate: float, sums: Sums, put: Put, row: int
) -> int:
    """Count one owner's attempts, after so many rows of times; returns how many there are then."""
    number, places, cell, outcome = 0, plain(0), plain(-1), -1
    done, won, errors, abandoned, faulty, late, late_won, pace, spent = 0, 0, 0, 0, 0, 0, 0, 0, 0
    for i in range(np.uint64(low), np.uint64(high)):
        began, ending = attempts.began[i], attempts.ending[i]
        period = find_period(began, where.edges, rate)
        segment = find_segment(attempts.first[i], owner, where.by_signal, where.by_owner)
        here = where.nowhere if segment < 0 else period * where.segments + segment
        here = -1 if period < 0 else here
        if here >= 0 and began > where.closed:
            sums.open[here] += 1
        elif here >= 0:
            if here != cell:
                places = _put_by(sums, cell, places, _Mine(done, won, errors, abandoned, faulty, late, late_won, pace, spent))
                done, won, errors, abandoned, faulty, late, late_won, pace, spent = 0, 0, 0, 0, 0, 0, 0, 0, 0
                cell = here
            outcome, took, at = ending, attempts.took[i] // 1000, np.uint64(row)
            succeeded, last = ending == SUCCEEDED, number == NUMBERS - 1
            done += 1
            won += succeeded
            errors += attempts.errors[i]
            abandoned += ending == ABANDONED
            faulty += attempts.errors[i] > 0
            late += last
            late_won += last & succeeded
            if succeeded:
                pace += _MINUTE // max(took, 1)
                spent += took
            sums.by_number[here, number, 0] += 1
            sums.by_number[here, number, 1] += succeeded
            put.times[0, at], put.times[1, at], put.times[2, at], put.times[3, at] = here, key, took, number
            row += succeeded
        number += number < NUMBERS - 1
    put.outcomes[owner] = outcome
    if cell >= 0:
        last_ones = _Mine(done, won, errors, abandoned, faulty, late, late_won, pace, spent)
        if places == 0:  # as with most people
            _add_to_one(sums, cell, where.whole, last_ones)
        else:
            _add_to_several(sums, _put_by(sums, cell, places, last_ones), where.whole)
    return row


@lean_kernel
def _put_by(sums: Sums, cell: int, places: int, more: _Mine) -> int:
    """Put attempts of the owner in hand by for their cell; returns how many cells the owner has come to."""
    if cell < 0:
        return places
    mine = sums.mine[np.uint64(cell)]
    if mine[0] == 0:
        sums.touched[places] = cell
        places += 1
    mine[0] += more.closed
    mine[1] += more.won
    mine[2] += more.errors
    mine[3] += more.abandoned
    mine[4] += more.faulty
    mine[5] += more.late
    mine[6] += more.late_won
    mine[7] += more.pace
    mine[8] += more.spent
    return places


@lean_kernel
def _add_to_one(sums: Sums, cell: int, whole: int, mine: _Mine) -> None:
    """Count an owner whose attempts are all in one cell, there and in the whole."""
    for to in range(1 if whole < 0 else 2):
        _add_owner(sums, np.uint64(whole if to else cell), mine)


@lean_kernel
def _add_to_several(sums: Sums, places: int, whole: int) -> None:
    """Count the owner in hand into each of their cells, and what these come to into the whole."""
    closed, won, errors, abandoned, faulty, late, late_won, pace, spent = 0, 0, 0, 0, 0, 0, 0, 0, 0
    for place in range(places if whole < 0 else places + 1):
        if place < places:
            cell = np.uint64(sums.touched[place])
            own = sums.mine[cell]
            mine = _Mine(own[0], own[1], own[2], own[3], own[4], own[5], own[6], own[7], own[8])
            closed, won, errors, abandoned = closed + own[0], won + own[1], errors + own[2], abandoned + own[3]
            faulty, late, late_won, pace, spent = faulty + own[4], late + own[5], late_won + own[6], pace + own[7], spent + own[8]
            for column in range(own.size):
                own[column] = 0
        else:
            cell, mine = np.uint64(whole), _Mine(closed, won, errors, abandoned, faulty, late, late_won, pace, spent)
        _add_owner(sums, cell, mine)


@lean_kernel
def _add_owner(sums: Sums, cell: np.uint64, mine: _Mine) -> None:
    """Count an owner into one cell."""
    closed, shares, x = sums.closed[cell], sums.shares[cell], mine.closed
    closed[0] += 1
    closed[1] += x
    closed[2] += x * x
    _add_share(shares[0], x, mine.won)
    _add_share(shares[1], x, mine.errors)
    _add_share(shares[2], x, mine.abandoned)
    _add_share(shares[3], x, mine.faulty)
    add_ratio(sums.later[cell], mine.late, mine.late_won)
    if mine.won:
        sums.amounts[cell, 0] += mine.pace
        sums.amounts[cell, 1] += mine.spent
        products = sums.products[cell]
        add_wide(products, 0, x, mine.pace)
        add_wide(products, 2, mine.pace, mine.pace)
        add_wide(products, 4, x, mine.spent)
        add_wide(products, 6, mine.spent, mine.spent)


@lean_kernel
def _add_share(share: Int64s, x: int, y: int) -> None:
    share[0] += y
    share[1] += x * y
    share[2] += y * y


@lean_kernel
def _write_moments(sums: Sums, counts: Int64s, squares: Int64s) -> None:
    """All moments of all cells: (7, cells, 3) and (7, cells, 3, LIMBS)."""
    for cell in range(sums.open.size):
        closed, later = sums.closed[cell], sums.later[cell]
        for share in range(sums.shares.shape[1]):
            own = sums.shares[cell, share]
            counts[share, cell, 0], counts[share, cell, 1], counts[share, cell, 2] = closed[0], closed[1], own[0]
            put_limbs(squares[share, cell, 0], closed[2], 0)
            put_limbs(squares[share, cell, 1], own[1], 0)
            put_limbs(squares[share, cell, 2], own[2], 0)
        for column in range(3):
            counts[_LATER, cell, column] = later[column]
            put_limbs(squares[_LATER, cell, column], later[3 + column], 0)
        for amount in range(2):
            at, own = _PACE + amount, sums.products[cell]
            counts[at, cell, 0], counts[at, cell, 1], counts[at, cell, 2] = closed[0], closed[1], sums.amounts[cell, amount]
            put_limbs(squares[at, cell, 0], closed[2], 0)
            put_limbs(squares[at, cell, 1], own[4 * amount], own[4 * amount + 1])
            put_limbs(squares[at, cell, 2], own[4 * amount + 2], own[4 * amount + 3])


def moments_of(sums: Sums) -> AttemptMoments:
    """The moments of all cells."""
    cells = sums.open.size
    counts, squares = np.empty((7, cells, 3), np.int64), np.empty((7, cells, 3, LIMBS), np.int64)
    _write_moments(sums, counts, squares)
    return AttemptMoments(*(Moments(*both) for both in zip(counts, squares, strict=True)))
