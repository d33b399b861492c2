"""Only the numbers: sessions and moves counted and nothing else, several times as fast as with times and people.

For a quick look at very much data (`counts_only` of a query). `Sessions` and `DirectlyFollows` tell the rules; these folds give the same counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.time import microseconds
from touchpath.timelines.arrays import NO_VALUE, Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.kernels import find_cell, fixed, is_read, lean_kernel
from touchpath.timelines.sessions import LONGEST
from touchpath.timelines.summaries import Counts

#: More pairs of kinds in all cells are refused: their table would have 64 MB.
MOST_PAIRS = 1 << 23

_ENDLESS = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, eq=False)
class SessionNumbers(Counts):
    """sessions: (cells,) by the cell of their first signal.   owners: (cells,) with at least one."""

    sessions: Int64s
    owners: Int64s


@dataclass(frozen=True, slots=True)
class CountSessions:
    """How many sessions there are, by the rules of `Sessions` with a gap alone. Outcome: an owner's sessions in the cells, -1 = none."""

    gap: timedelta = timedelta(minutes=30)

    def __post_init__(self) -> None:
        if not timedelta() < self.gap <= LONGEST:
            raise BadInput(f"The gap of a session is above 0 and at most 100 years, but {self.gap} came.")

    def ending(self, edges: Int64s, end: int) -> Ending:
        """Sessions are counted as soon as they begin."""
        return Ending()

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[SessionNumbers]:
        """Read each timeline once."""
        sessions, owners = np.zeros((2, cells.count), np.int64)
        outcomes = np.full(timelines.people, -1, np.int32)
        common = (fixed(timelines.starts, np.int64), fixed(timelines.times, np.int64), fixed(people), fixed(timelines.skip))
        where = (fixed(cells.edges, np.int64), cells.segments, fixed(cells.signal_codes), fixed(cells.owner_codes))
        if cells.count == 1 and not cells.signal_codes.size and not cells.owner_codes.size:
            low, high = int(cells.edges[0]), int(cells.edges[1])
            _count_all(*common, microseconds(self.gap), low, high, sessions, owners, outcomes)
        else:
            seen = np.full(cells.count, -1, np.int64)
            _count_by_cell(*common, *where, microseconds(self.gap), sessions, owners, seen, outcomes)
        return Folded(SessionNumbers(sessions, owners), outcomes)


@lean_kernel
def _count_all(
    starts: Int64s,
    times: Int64s,
    people: Bytes,
    skip: Bytes,
    gap: int,
    low: int,
    high: int,
    sessions: Int64s,
    owners: Int64s,
    outcomes: Int32s,
) -> None:
    """Sessions that begin from `low` up to but without `high`: a signal begins one unless the signal before it is near."""
    for owner in range(starts.size - 1):
        mine = times[starts[owner] : starts[owner + 1]]  # a slice's places are known not to be negative: eight compared at once
        if mine.size == 0 or not is_read(owner, people, skip):
            continue
        found = int(low <= mine[0] < high)
        for i in range(1, mine.size):
            found += (mine[i] - mine[i - 1] > gap) & (mine[i] >= low) & (mine[i] < high)
        if found > 0:
            sessions[0] += found
            owners[0] += 1
            outcomes[owner] = found


@lean_kernel
def _count_by_cell(
    starts: Int64s,
    times: Int64s,
    people: Bytes,
    skip: Bytes,
    edges: Int64s,
    segments: int,
    signal_codes: Int32s,
    owner_codes: Int32s,
    gap: int,
    sessions: Int64s,
    owners: Int64s,
    seen: Int64s,
    outcomes: Int32s,
) -> None:
    """The same by cell. seen: (cells,) the last owner counted in each, -1 at first."""
    for owner in range(starts.size - 1):
        if not is_read(owner, people, skip):
            continue
        found = 0
        for i in range(starts[owner], starts[owner + 1]):
            if i > starts[owner] and times[i] - times[i - 1] <= gap:
                continue
            cell = find_cell(i, owner, times[i], edges, segments, signal_codes, owner_codes)
            if cell < 0:
                continue
            sessions[cell] += 1
            owners[cell] += seen[cell] != owner
            seen[cell] = owner
            found += 1
        if found > 0:
            outcomes[owner] = found


@dataclass(frozen=True, slots=True, eq=False)
class MoveNumbers(Counts):
    """moves: (cells, kinds, kinds) how often a signal of one kind is directly followed by one of another, in the cell of the first."""

    moves: Int64s


@dataclass(frozen=True, slots=True)
class CountMoves:
    """How often what directly follows what, by the rules of `DirectlyFollows` over kinds without a gap. Outcome: moves, -1 = no signal.

    Raises BadInput where there are too many kinds for a table.
    """

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[MoveNumbers]:
        """Read each timeline once."""
        kinds = len(timelines.words.get("kind", ("",)))
        if cells.count * kinds**2 > MOST_PAIRS:
            raise BadInput(f"{kinds:,} kinds in {cells.count:,} cells are too many for a table of moves. Ask for paths instead.")
        moves, outcomes = np.zeros((cells.count, kinds, kinds), np.int64), np.full(timelines.people, -1, np.int32)
        common = (
            fixed(timelines.starts, np.int64), fixed(timelines.times, np.int64), fixed(timelines.kinds, np.int32), fixed(people), fixed(timelines.skip)
        )  # fmt: skip
        where = (fixed(cells.edges, np.int64), cells.segments, fixed(cells.signal_codes), fixed(cells.owner_codes))
        _count_moves(*common, *where, moves, outcomes)
        return Folded(MoveNumbers(moves), outcomes)


@lean_kernel
def _count_neighbours(kinds: Int32s, moves: Int64s) -> None:
    """Count each kind with the next one. moves: (kinds, kinds)."""
    before = np.uint64(kinds[0])  # unsigned: a place that may be negative costs a test
    for i in range(1, kinds.size):
        following = np.uint64(kinds[i])
        moves[before, following] += 1
        before = following


@lean_kernel
def _count_moves(
    starts: Int64s,
    times: Int64s,
    kinds: Int32s,
    people: Bytes,
    skip: Bytes,
    edges: Int64s,
    segments: int,
    signal_codes: Int32s,
    owner_codes: Int32s,
    moves: Int64s,
    outcomes: Int32s,
) -> None:
    one = edges.size == 2 and segments == 1 and signal_codes.size == 0 and owner_codes.size == 0
    ever = edges[0] == NO_VALUE and edges[edges.size - 1] == _ENDLESS  # then no time need be read
    for owner in range(starts.size - 1):
        if not is_read(owner, people, skip) or starts[owner] == starts[owner + 1]:
            continue
        low, last = starts[owner], starts[owner + 1] - 1
        if one and (ever or (times[low] >= edges[0] and times[last] < edges[1])):
            _count_neighbours(kinds[low : last + 1], moves[0])
            outcomes[owner] = last - low
            continue
        found = -1
        for i in range(low, last + 1):
            cell = find_cell(i, owner, times[i], edges, segments, signal_codes, owner_codes)
            if cell >= 0:
                found = max(found, 0)
                if i < last:
                    moves[cell, kinds[i], kinds[i + 1]] += 1
                    found += 1
        outcomes[owner] = found
