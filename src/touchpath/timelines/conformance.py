"""Conformance: how far observed journeys follow a designed one. See docs/definitions/conformance.md."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.flow import Flow, check_size, steps_in
from touchpath.model.rules import EventRule
from touchpath.model.time import microseconds
from touchpath.timelines.arrays import Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.design import Machine, compile_flow
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.gather import Gathered, gather
from touchpath.timelines.kernels import fixed, kernel, lean_kernel
from touchpath.timelines.match import MAX_RULES, match
from touchpath.timelines.moments import Moments, add_person
from touchpath.timelines.summaries import Counts
from touchpath.timelines.tally import count_by

#: Fitness of single cases is kept in units of 2**-30.
SCALE = 1 << 30
#: Cases with more signals than this are not aligned but counted apart.
LONGEST_CASE = 5_000
#: Outcome codes: how an owner's latest case went.
DEVIATING, FITTING, OPEN = 0, 1, 2

_FAR = np.iinfo(np.int32).max // 2
_SYNC, _EXTRA, _SKIP = 1, 2, 3


@dataclass(frozen=True, slots=True, eq=False)
class ConformanceCounts(Counts):
    """Cases in the cell of their first signal.

    cases, open, long, fitting: (cells,) all; of these those not over at the end of the data; those over but too long to align; those
    that follow the design exactly.   fits: per owner x = cases aligned, y = those that follow it exactly.   fitness: per owner x = cases aligned, y = sum of their fitness in units of SCALE.
    steps: per owner x = the most that their cases could cost, y = that less what they cost.   done, skipped, extra, again:
    (cells, steps) steps done as designed, left out, done besides, and cases in which a step's signal comes more than once.
    """

    cases: Int64s
    open: Int64s
    long: Int64s
    fitting: Int64s
    fits: Moments
    fitness: Moments
    steps: Moments
    done: Int64s
    skipped: Int64s
    extra: Int64s
    again: Int64s


@dataclass(frozen=True, slots=True)
class Conformance:
    """Cases aligned with a design at the least cost: 1 for every step left out and for every signal besides, 0 for a step done.

    `steps`: an event rule each; a signal that meets several is the first of them, one that meets none is not looked at. `flow`:
    the orders allowed, see `design`. A case begins with an owner's first such signal (of one object, with `same`) and holds all until
    `window` after it, inclusive; the next signal begins another. Without a window all is one case. A case is open until its
    window is over; without a window none is. Signals of one instant are taken in the order of the steps.
    Fitness of a case = 1 - cost / (its signals + the steps of the shortest way through the design).
    Of equally cheap alignments the one counts that, read from the end, does a step rather than take a signal as extra, and that rather
    than leave a step out; then the earlier state of the design.

    Source: A. Adriansyah, Aligning observed and modeled behavior (2014), with unit costs.
    """

    steps: tuple[EventRule, ...]
    flow: Flow
    window: timedelta | None = None
    same: str = ""

    def __post_init__(self) -> None:
        if not 1 <= len(self.steps) <= MAX_RULES:
            raise BadInput(f"A design has 1 to {MAX_RULES} steps, but {len(self.steps)} came.")
        if self.window is not None and not timedelta() < self.window <= timedelta(days=36_525):
            raise BadInput(f"A window is above 0 and at most 100 years, but {self.window} came.")
        used = set(steps_in(self.flow))
        check_size(self.flow)
        if not used <= set(range(len(self.steps))):
            raise BadInput(f"The flow names step {max(used)}, but there are only {len(self.steps)} steps, counted from 0.")

    def ending(self, edges: Int64s, end: int) -> Ending:
        """A case is closed once its window is over; without a window at once."""
        return Ending(reach=microseconds(self.window) if self.window else 0)

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[ConformanceCounts]:
        """Read each timeline once, align each distinct case once."""
        machine = compile_flow(self.flow)
        gathered = gather(timelines, match(timelines, self.steps), people, cells)
        cases = self._cases(gathered, timelines, end)
        variants = _variants(cases)
        aligned = _align(machine, variants, len(self.steps))
        return _count(cases, variants, aligned, machine.shortest, timelines.people, cells.count)

    def _cases(self, gathered: Gathered, timelines: Timelines, end: int) -> _Cases:
        """The cases, in order of owner and object."""
        step = _lowest(gathered.bits)
        objects = timelines.wide(f"objects.{self.same}")[gathered.rows] if self.same else np.zeros(gathered.rows.size, np.int64)
        known = np.flatnonzero((objects != 0) | (not self.same))
        order = known[np.lexsort((step[known], gathered.times[known], objects[known], gathered.owners[known]))]
        rows, step, objects = gathered.at(order), fixed(step[order]), fixed(objects[order])
        window = microseconds(self.window) if self.window else -1
        starts = np.empty(order.size + 1, np.int64)
        starts = fixed(starts[: _cut(rows.owners, objects, rows.times, window, starts) + 1])
        first = starts[:-1]
        late = rows.times[first] > end - window if self.window else np.zeros(first.size, np.bool_)
        return _Cases(starts, step, rows.owners[first], rows.cells[first], fixed(late.astype(np.int64)), rows.times[first])


class _Cases(NamedTuple):
    """starts: (cases + 1,) offsets into steps; owners, cells, open, times: (cases,) of each case, times of its first signal."""

    starts: Int64s
    steps: Int64s
    owners: Int64s
    cells: Int64s
    open: Int64s
    times: Int64s


class _Variants(NamedTuple):
    """Distinct cases: of: (cases,) which variant each is; example: (variants,) a case of each."""

    of: Int64s
    example: Int64s
    cases: _Cases


class _Aligned(NamedTuple):
    """Per variant: cost (-1 = too long), and (variants, steps) of each step done, skipped, extra, and whether it came again."""

    cost: Int64s
    done: Int64s
    skipped: Int64s
    extra: Int64s
    again: Int64s


@kernel
def _lowest_bits(bits: Int64s, found: Int64s) -> None:
    for i in range(bits.size):
        step, rest = 0, bits[i]
        while rest & 1 == 0:
            rest >>= 1
            step += 1
        found[i] = step


def _lowest(bits: Int64s) -> Int64s:
    """(rows,) the first rule that each row meets."""
    found = np.empty(bits.size, np.int64)
    _lowest_bits(fixed(bits, np.int64), found)
    return found


@kernel
def _cut(owners: Int64s, objects: Int64s, times: Int64s, window: int, starts: Int64s) -> int:
    """Write where each case begins, and where the last one ends; returns how many there are. window: -1 = no end."""
    cases, began = 0, 0
    for i in range(owners.size):
        same = i > 0 and owners[i] == owners[i - 1] and objects[i] == objects[i - 1]
        if not same or (window >= 0 and times[i] - began > window):
            starts[cases] = i
            began = times[i]
            cases += 1
    starts[cases] = owners.size
    return cases


@kernel
def _hash_cases(starts: Int64s, steps: Int64s, first: Int64s, second: Int64s) -> None:
    for case in range(starts.size - 1):
        a, b = 1469598103934665603, 88172645463325252
        for i in range(starts[case], starts[case + 1]):
            a = (a ^ (steps[i] + 1)) * 1099511628211
            b = (b + steps[i] + 1) * 6364136223846793005 + 1442695040888963407
            b ^= b >> 29
        first[case], second[case] = a, b


@kernel
def _all_equal(starts: Int64s, steps: Int64s, of: Int64s, example: Int64s) -> bool:
    """Whether every case has exactly the steps of its variant's example."""
    for case in range(of.size):
        other = example[of[case]]
        length = starts[case + 1] - starts[case]
        if starts[other + 1] - starts[other] != length:
            return False
        for i in range(length):
            if steps[starts[case] + i] != steps[starts[other] + i]:
                return False
    return True


def _variants(cases: _Cases) -> _Variants:
    """Equal cases together, found by a 128-bit hash and compared."""
    first, second = np.empty((2, cases.owners.size), np.int64)
    _hash_cases(cases.starts, cases.steps, first, second)
    _, example, of = np.unique(np.stack((first, second), axis=1), axis=0, return_index=True, return_inverse=True)
    example, of = fixed(example, np.int64), fixed(of.ravel(), np.int64)
    if not _all_equal(cases.starts, cases.steps, of, example):
        example, of = (fixed(np.arange(cases.owners.size, dtype=np.int64)),) * 2
    return _Variants(of, example, cases)


def _align(machine: Machine, variants: _Variants, steps: int) -> _Aligned:
    """Align every variant once."""
    cases, count = variants.cases, variants.example.size
    moves = [(before, machine.mentions[mention], after) for before, mention, after in machine.edges]
    edges = fixed(np.array(moves, np.int64).reshape(-1, 3).T.copy())
    ends = np.zeros(machine.states, np.int64)
    ends[sorted(machine.ends)] = 1
    lengths = np.diff(cases.starts)
    longest = int(lengths[lengths <= LONGEST_CASE].max(initial=0))
    cost = np.empty(count, np.int64)
    done, skipped, extra, again = np.zeros((4, count, steps), np.int64)
    costs, came, used = np.empty((2, machine.states), np.int32), *np.empty((2, longest + 1, machine.states), np.int32)
    _align_all(
        cases.starts,
        cases.steps,
        variants.example,
        edges,
        fixed(ends),
        LONGEST_CASE,
        cost,
        done,
        skipped,
        extra,
        again,
        costs,
        came,
        used,
    )
    return _Aligned(cost, done, skipped, extra, again)


@lean_kernel
def _skip_ahead(edges: Int64s, costs: Int32s, came: Int32s, used: Int32s, row: int) -> None:
    """Leave steps out where that is cheaper, until nothing changes. costs: (2, states), row % 2 is in hand."""
    changed = True
    while changed:
        changed = False
        for e in range(edges.shape[1]):
            cost = costs[row % 2, edges[0, e]] + 1
            if cost < costs[row % 2, edges[2, e]]:
                costs[row % 2, edges[2, e]] = cost
                came[row, edges[2, e]], used[row, edges[2, e]] = _SKIP, e
                changed = True


@kernel
def _align_all(
    starts: Int64s,
    steps: Int64s,
    example: Int64s,
    edges: Int64s,
    ends: Int64s,
    most: int,
    cost: Int64s,
    done: Int64s,
    skipped: Int64s,
    extra: Int64s,
    again: Int64s,
    costs: Int32s,
    came: Int32s,
    used: Int32s,
) -> None:
    """The cheapest alignment of each variant. came, used: (longest + 1, states) how a state was reached, and over which edge."""
    states = ends.size
    for variant in range(example.size):
        low, high = starts[example[variant]], starts[example[variant] + 1]
        seen = 0
        for i in range(low, high):
            if seen >> steps[i] & 1:
                again[variant, steps[i]] = 1
            seen |= 1 << steps[i]
        if high - low > most:
            cost[variant] = -1
            continue
        for state in range(states):
            costs[0, state] = _FAR
        costs[0, 0], came[0, 0] = 0, 0
        _skip_ahead(edges, costs, came, used, 0)
        for row in range(1, high - low + 1):
            step, now, before = steps[low + row - 1], row % 2, (row - 1) % 2
            for state in range(states):
                costs[now, state] = _FAR
            for e in range(edges.shape[1]):
                if edges[1, e] == step and costs[before, edges[0, e]] < costs[now, edges[2, e]]:
                    costs[now, edges[2, e]] = costs[before, edges[0, e]]
                    came[row, edges[2, e]], used[row, edges[2, e]] = _SYNC, e
            for state in range(states):
                if costs[before, state] + 1 < costs[now, state]:
                    costs[now, state] = costs[before, state] + 1
                    came[row, state] = _EXTRA
            _skip_ahead(edges, costs, came, used, row)
        row, best = high - low, -1
        for state in range(states):
            if ends[state] and (best < 0 or costs[row % 2, state] < costs[row % 2, best]):
                best = state
        cost[variant] = costs[row % 2, best]
        while row > 0 or best != 0:
            how, edge = came[row, best], used[row, best]
            if how == _EXTRA:
                extra[variant, steps[low + row - 1]] += 1
                row -= 1
                continue
            if how == _SYNC:
                done[variant, edges[1, edge]] += 1
                row -= 1
            else:
                skipped[variant, edges[1, edge]] += 1
            best = edges[0, edge]


def _count(
    cases: _Cases, variants: _Variants, aligned: _Aligned, shortest: int, people: int, cells: int
) -> Folded[ConformanceCounts]:
    """The summary of all cases, and how each owner's latest one went."""
    inside, waiting = cases.cells >= 0, cases.open != 0
    cost = aligned.cost[variants.of] if variants.of.size else np.empty(0, np.int64)
    worst = np.diff(cases.starts) + shortest
    closed = inside & ~waiting
    judged = closed & (cost >= 0)
    outcomes = np.full(people, -1, np.int32)
    shown = judged | (inside & waiting)
    how = np.where(waiting, OPEN, np.where(cost == 0, FITTING, DEVIATING))
    # The latest case of an owner is written last; of cases that begin together the one that fits less well.
    order = np.lexsort((-how, cases.times))
    latest = order[shown[order]]
    outcomes[cases.owners[latest]] = how[latest]
    owner, cell = cases.owners[judged], cases.cells[judged]
    fitness = SCALE - (cost[judged] * SCALE + worst[judged] // 2) // np.maximum(worst[judged], 1)
    by_step = [_by_step(cells, cell, variants.of[judged], part) for part in aligned[1:]]
    summary = ConformanceCounts(
        cases=count_by(cells, cases.cells[inside]),
        open=count_by(cells, cases.cells[inside & waiting]),
        long=count_by(cells, cases.cells[closed & (cost < 0)]),
        fitting=count_by(cells, cell[cost[judged] == 0]),
        fits=_ratios(cells, owner, cell, np.ones(owner.size, np.int64), (cost[judged] == 0).astype(np.int64)),
        fitness=_ratios(cells, owner, cell, np.ones(owner.size, np.int64), fitness),
        steps=_ratios(cells, owner, cell, worst[judged], worst[judged] - cost[judged]),
        done=by_step[0],
        skipped=by_step[1],
        extra=by_step[2],
        again=by_step[3],
    )
    return Folded(summary, outcomes)


def _by_step(cells: int, cell: Int64s, variant: Int64s, part: Int64s) -> Int64s:
    """(cells, steps) what the variants' steps come to."""
    found, (count, steps) = np.zeros((cells, part.shape[1]), np.int64), part.shape
    pairs, times = np.unique(cell * count + variant, return_counts=True)
    np.add.at(found, pairs // max(count, 1), part[pairs % max(count, 1)] * times[:, None])
    return found.reshape(cells, steps)


def _ratios(cells: int, owner: Int64s, cell: Int64s, x: Int64s, y: Int64s) -> Moments:
    """Per owner and cell: sums of x and of y."""
    order = np.lexsort((cell, owner))
    owner, cell, x, y = owner[order], cell[order], x[order], y[order]
    first = np.ones(owner.size, np.bool_)
    first[1:] = (owner[1:] != owner[:-1]) | (cell[1:] != cell[:-1])
    places = np.flatnonzero(first)
    moments = Moments.zero(cells)
    if places.size:
        sums = np.add.reduceat(x, places), np.add.reduceat(y, places)
        if int(max(sums[0].max(), sums[1].max())) >= 1 << 47:
            raise BadInput("One person has too many cases to add up exactly. Take a unit of its own, such as the order.")
        _add_ratios(fixed(cell[places]), fixed(sums[0]), fixed(sums[1]), moments.counts, moments.squares)
    return moments


@kernel
def _add_ratios(cell: Int64s, x: Int64s, y: Int64s, counts: Int64s, squares: Int64s) -> None:
    for i in range(cell.size):
        add_person(counts[cell[i]], squares[cell[i]], x[i], y[i])
