"""Recurring value over time: levels such as monthly recurring revenue, and what moved them. See docs/definitions/recurring.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_VALUE, VALUE_SCALE, Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.gather import Bools, Gathered, gather
from touchpath.timelines.kernels import fixed, lean_kernel
from touchpath.timelines.match import match
from touchpath.timelines.moments import Moments, add_person
from touchpath.timelines.summaries import Counts
from touchpath.timelines.tally import count_by

#: What can move a level, in the order of the summary's columns.
MOVEMENTS = ("new", "reactivation", "expansion", "contraction", "churn")
NEW, REACTIVATION, EXPANSION, CONTRACTION, CHURN = range(5)

#: Levels are kept in hundredths (cents). One object's level is at most this, so that an owner's stays below 2**47.
SCALE = 100
HIGHEST = 1 << 44

_SETS, _ENDS, _FORCED = 1, 2, 4
#: What `_Counted.mine` counts beside MOVEMENTS: churn that is involuntary.
_FORCED_CHURN = 5


@dataclass(frozen=True, slots=True, eq=False)
class RecurringCounts(Counts):
    """Levels of owners in hundredths, per cell.

    owners: (cells, 4) owners with a level above 0 at the period's start; of these still above 0 at its end; owners above 0 at its end;
    of those above 0 at the start, how many were at 0 at some time of the period.
    levels: (cells, 2) sums at the start and at the end.   movers, events, amounts: (cells, 5) by MOVEMENTS: owners with at least one,
    how often, and by how much (always 0 or more).   gross, net: per owner above 0 at the start x = that level, y = what is left of it
    at the end of it, without and with what came on top.   lost, balance: per owner who was above 0 at any time of the period x = level at
    the start, y = contraction and churn in the period, and these less expansion and reactivation.   churns: per owner who was above 0 at
    the start, new, or churned x = 1 if one of the first two, y = how often they churned.   held: per owner above 0 at the end x = 1, y = that
    level.   moved: rows cell * 5 + movement, per owner with such a movement x = 1, y = by how much.   forced: (cells,) of the owners above 0 at
    the start, those at 0 at the end whose last churn was involuntary.   forced_lost: as `lost`, y = involuntary churn.
    unpriced: (cells,) signals that set no usable level.
    """

    owners: Int64s
    levels: Int64s
    movers: Int64s
    events: Int64s
    amounts: Int64s
    gross: Moments
    net: Moments
    lost: Moments
    balance: Moments
    churns: Moments
    held: Moments
    moved: Moments
    forced: Int64s
    forced_lost: Moments
    unpriced: Int64s


@dataclass(frozen=True, slots=True)
class Recurring:
    """How a recurring value stands and moves: a signal of `sets` says the new level (its `value`), one of `ends` says 0.

    `same`: kind of object that carries a level of its own (subscription); an owner's level is the sum of those of their objects, and
    signals about no such object do not count. Without it an owner has one level. `monthly`: for values that are paid for several
    months, (column, ((word, months), ...)): the value is divided by the months of the signal's word; a word without months is unpriced.
    What happens in one instant is one movement of its net amount; of several signals about one object in one instant an end counts
    before any level, and of levels the highest. Movements: from 0 for the first time is new, from 0 again reactivation, to 0 churn, up
    expansion, down contraction. What happens exactly at a border belongs to the period that begins there. `involuntary`: which ends are; a
    churn is involuntary if an end that is lowered the level in its instant.

    Cells: by period and by segments of owners. Outcome: 0 never had a level, 1 has one in the end, 2 had one; -1 = not read.
    Raises BadInput for segments of signals, no months, and months that are not above 0.
    """

    sets: EventRule
    ends: EventRule
    same: str = ""
    monthly: tuple[str, tuple[tuple[str, int], ...]] | None = None
    involuntary: EventRule | None = None

    def __post_init__(self) -> None:
        if self.monthly is not None and (not self.monthly[1] or min(months for _, months in self.monthly[1]) < 1):
            raise BadInput(f"Months to divide by are whole numbers above 0, but {dict(self.monthly[1])} came.")

    def ending(self, edges: Int64s, end: int) -> Ending:
        """What counts is which periods have begun."""
        return Ending(int((edges <= end).sum()))

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[RecurringCounts]:
        """Read each timeline once."""
        if cells.signal_codes.size:
            raise BadInput("Levels are cut by what an owner is, not by a signal. Take a dimension that is 'fixed' or 'latest'.")
        rules = (self.sets, self.ends, *((self.involuntary,) if self.involuntary else ()))
        gathered = gather(timelines, match(timelines, rules), people, cells)
        gathered = gathered.at((gathered.times <= end) & (gathered.bits & (_SETS | _ENDS) != 0))
        objects = timelines.wide(f"objects.{self.same}")[gathered.rows] if self.same else np.zeros(gathered.rows.size, np.int64)
        levels = np.where(gathered.bits & _ENDS != 0, 0, self._levels(timelines, gathered))
        usable = (levels >= 0) & ((objects != 0) | (not self.same))
        changes = _changes(gathered.at(usable), objects[usable], levels[usable])
        counted = _Counted.zero(cells.count)
        outcomes = np.full(timelines.people, -1, np.int32)
        outcomes[_read(timelines, cells, people)] = 0
        where = _Where(fixed(cells.edges, np.int64), cells.segments, fixed(cells.owner_codes, np.int32), end)
        _fold_levels(
            changes.owners, changes.times, changes.levels, changes.forced, where, counted, np.zeros(4, np.int64), outcomes
        )
        lost = gathered.cells[~usable]
        return Folded(counted.summary(count_by(cells.count, lost[lost >= 0])), outcomes)

    def _levels(self, timelines: Timelines, gathered: Gathered) -> Int64s:
        """(rows,) the level that each signal sets in hundredths, rounded to the nearest; -1 = none that can be used."""
        values = timelines.wide("value")[gathered.rows]
        months = self._months(timelines, gathered.rows)
        divisor = np.maximum(months, 1) * (VALUE_SCALE // SCALE)
        known = (values != NO_VALUE) & (values >= 0) & (months > 0)
        rounded = (np.where(known, values, 0) + divisor // 2) // divisor
        usable: Int64s = np.where(known & (rounded <= HIGHEST), rounded, -1)
        return usable

    def _months(self, timelines: Timelines, rows: Int64s) -> Int64s:
        if self.monthly is None:
            return np.ones(rows.size, np.int64)
        column, months = self.monthly
        of_word = dict(months)
        table = np.array([of_word.get(word, 0) for word in timelines.words.get(column, ("",))], np.int64)
        found: Int64s = table[timelines.code(column)[rows]]
        return found


def _read(timelines: Timelines, cells: Cells, people: Bytes) -> Bools:
    """(people,) who is read at all."""
    read = np.ones(timelines.people, np.bool_)
    for mask in (people, timelines.skip == 0, cells.owner_codes >= 0):
        if mask.size:
            read &= mask != 0
    return read


class _Changes(NamedTuple):
    """The level of owners after each instant that says anything about it, in order of owner and time. forced: 1 = an involuntary end
    lowered it."""

    owners: Int64s
    times: Int64s
    levels: Int64s
    forced: Bytes


def _changes(gathered: Gathered, objects: Int64s, levels: Int64s) -> _Changes:
    """What the levels of single objects come to for their owners; raises BadInput where an owner's is beyond 47 bits."""
    # In one instant an end (level 0, and it is an end) comes last, before it the highest level: the last one counts.
    ends = (gathered.bits & _ENDS) != 0
    forced = ends & ((gathered.bits & _FORCED) != 0)
    order = np.lexsort((forced, levels, ends, gathered.times, objects, gathered.owners))
    order = order[~_repeats(*(column[order] for column in (gathered.owners, objects, gathered.times)))]
    owner, thing, time, level, forced = (
        gathered.owners[order],
        objects[order],
        gathered.times[order],
        levels[order],
        forced[order],
    )
    before = np.where(_follows(owner, thing), np.roll(level, 1), 0)
    order = np.lexsort((time, owner))
    owner, time, moved, forced = owner[order], time[order], (level - before)[order], forced[order]
    total, begins = np.cumsum(moved), ~_follows(owner)
    base = (total - moved)[begins][np.cumsum(begins) - 1]
    last = ~_repeats(owner, time)
    summed = (total - base)[last]
    if summed.size and int(summed.max()) >= 1 << 47:
        raise BadInput(f"A level of {int(summed.max()) / SCALE:,.2f} is too high to be added up exactly. Check the values.")
    instants: Int64s = np.cumsum(last) - last  # of each row the number of its owner's instant
    by_force = np.zeros(summed.size, np.uint8)
    by_force[instants[forced & (moved < 0)]] = 1
    return _Changes(fixed(owner[last]), fixed(time[last]), fixed(summed), by_force)


def _follows(*columns: Int64s) -> Bools:
    """(rows,) whether a row has the same values as the row before it."""
    same = np.zeros(columns[0].size, np.bool_)
    if same.size:
        same[1:] = np.all([column[1:] == column[:-1] for column in columns], axis=0)
    return same


def _repeats(*columns: Int64s) -> Bools:
    """(rows,) whether the row after it has the same values."""
    same = np.zeros(columns[0].size, np.bool_)
    same[:-1] = _follows(*columns)[1:]
    return same


class _Where(NamedTuple):
    """Period borders, how many segments, each owner's segment (zero-length = all in 0), and the end of the data."""

    edges: Int64s
    segments: int
    owners: Int32s
    end: int


class _Counted(NamedTuple):
    """As in RecurringCounts. moments, squares: (7, cells, ...) of gross, net, lost, balance, churns, held and forced_lost; moved_counts,
    moved_squares: (cells, 5, ...). mine: (2, 6) how often and by how much the owner in hand moved in the running period, MOVEMENTS and
    involuntary churn."""

    owners: Int64s
    levels: Int64s
    movers: Int64s
    events: Int64s
    amounts: Int64s
    moments: Int64s
    squares: Int64s
    moved_counts: Int64s
    moved_squares: Int64s
    forced: Int64s
    mine: Int64s

    @classmethod
    def zero(cls, cells: int) -> _Counted:
        """Nothing counted yet."""
        movers, events, amounts = np.zeros((3, cells, 5), np.int64)
        moments, moved = Moments.zero(7 * cells), Moments.zero(5 * cells)
        return cls(
            owners=np.zeros((cells, 4), np.int64),
            levels=np.zeros((cells, 2), np.int64),
            movers=movers,
            events=events,
            amounts=amounts,
            moments=moments.counts.reshape(7, cells, 3),
            squares=moments.squares.reshape(7, cells, 3, -1),
            moved_counts=moved.counts.reshape(cells, 5, 3),
            moved_squares=moved.squares.reshape(cells, 5, 3, -1),
            forced=np.zeros(cells, np.int64),
            mine=np.zeros((2, 6), np.int64),
        )

    def summary(self, unpriced: Int64s) -> RecurringCounts:
        """The counts of all owners."""
        gross, net, lost, balance, churns, held, forced_lost = (
            Moments(*pair) for pair in zip(self.moments, self.squares, strict=True)
        )
        cells = self.forced.size
        moved = Moments(self.moved_counts.reshape(5 * cells, 3), self.moved_squares.reshape(5 * cells, 3, -1))
        return RecurringCounts(
            owners=self.owners,
            levels=self.levels,
            movers=self.movers,
            events=self.events,
            amounts=self.amounts,
            gross=gross,
            net=net,
            lost=lost,
            balance=balance,
            churns=churns,
            held=held,
            moved=moved,
            forced=self.forced,
            forced_lost=forced_lost,
            unpriced=unpriced,
        )


@lean_kernel
def _close(counted: _Counted, cell: int, start: int, end: int, dipped: int, forced: int) -> None:
    """Count one owner in one period. dipped: 1 = their level was 0 at some time of it; forced: 1 = their last churn was involuntary."""
    mine = counted.mine
    counted.levels[cell, 0] += start
    counted.levels[cell, 1] += end
    counted.owners[cell, 0] += start > 0
    counted.owners[cell, 1] += start > 0 and end > 0
    counted.owners[cell, 2] += end > 0
    counted.owners[cell, 3] += start > 0 and dipped > 0
    for kind in range(5):
        counted.movers[cell, kind] += mine[0, kind] > 0
        counted.events[cell, kind] += mine[0, kind]
        counted.amounts[cell, kind] += mine[1, kind]
        if mine[0, kind] > 0:
            add_person(counted.moved_counts[cell, kind], counted.moved_squares[cell, kind], 1, mine[1, kind])
    counted.forced[cell] += start > 0 and end == 0 and forced > 0
    if end > 0:
        add_person(counted.moments[5, cell], counted.squares[5, cell], 1, end)
    lost = mine[1, CONTRACTION] + mine[1, CHURN]
    if start > 0:
        add_person(counted.moments[0, cell], counted.squares[0, cell], start, min(start, end))
        add_person(counted.moments[1, cell], counted.squares[1, cell], start, end)
    if start > 0 or lost > 0 or end > 0:
        add_person(counted.moments[2, cell], counted.squares[2, cell], start, lost)
        back = mine[1, EXPANSION] + mine[1, REACTIVATION]
        add_person(counted.moments[3, cell], counted.squares[3, cell], start, lost - back)
        add_person(counted.moments[6, cell], counted.squares[6, cell], start, mine[1, _FORCED_CHURN])
    base = int(start > 0 or mine[0, NEW] > 0)
    if base or mine[0, CHURN] > 0:
        add_person(counted.moments[4, cell], counted.squares[4, cell], base, mine[0, CHURN])
    mine[:] = 0


@lean_kernel
def _movement(before: int, after: int, known: bool) -> int:
    """Which movement leads from one level to another."""
    if before == 0:
        return REACTIVATION if known else NEW
    if after == 0:
        return CHURN
    return EXPANSION if after > before else CONTRACTION


@lean_kernel
def _fold_levels(
    owners: Int64s,
    times: Int64s,
    levels: Int64s,
    forced: Bytes,
    where: _Where,
    counted: _Counted,
    state: Int64s,
    outcomes: Int32s,
) -> None:
    """Follow the level of every owner who ever had one. state: (4,) zeros to work with: level, level at the start, dipped, forced."""
    last = where.edges.size - 1
    until = min(where.edges[last] - 1, where.end)
    i = 0
    while i < owners.size:
        owner = owners[i]
        segment = where.owners[owner] if where.owners.size else 0
        period, known = 0, False
        state[:] = 0
        while i < owners.size and owners[i] == owner:
            time, after, by_force = times[i], levels[i], forced[i]
            i += 1
            if time > until or segment < 0:
                continue
            while period < last and where.edges[period + 1] <= time:
                _close(counted, period * where.segments + segment, state[1], state[0], state[2], state[3])
                state[1], state[2] = state[0], state[0] == 0
                period += 1
            if after == state[0]:
                continue
            if time >= where.edges[0]:
                kind = _movement(state[0], after, known)
                counted.mine[0, kind] += 1
                counted.mine[1, kind] += abs(after - state[0])
                if after == 0:
                    state[2], state[3] = 1, by_force
                    counted.mine[0, _FORCED_CHURN] += by_force
                    counted.mine[1, _FORCED_CHURN] += by_force * state[0]
            else:
                state[1] = after
            state[0] = after
            known = True
        if segment < 0:
            outcomes[owner] = -1
            continue
        while period < last and where.edges[period] <= until:
            _close(counted, period * where.segments + segment, state[1], state[0], state[2], state[3])
            state[1], state[2] = state[0], state[0] == 0
            period += 1
        outcomes[owner] = 1 if state[0] > 0 else 2 if known else 0
