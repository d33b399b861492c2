"""Conformance: how far observed journeys follow a designed one. See docs/definitions/conformance.md."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from touchpath.model.errors import BadInput
from touchpath.model.flow import Flow, check_size, steps_in
from touchpath.model.rules import EventRule
from touchpath.model.time import microseconds
from touchpath.timelines.alignment import Aligned, align
from touchpath.timelines.arrays import Bytes, Cells, Int64s, Timelines
from touchpath.timelines.design import Machine, branches_of, compile_flow
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.gather import Bools, gather
from touchpath.timelines.kernels import fixed, kernel
from touchpath.timelines.match import MAX_RULES, match
from touchpath.timelines.moments import Moments, add_person
from touchpath.timelines.observed import Variants, WayCounts, cut_cases, find_variants, same_path, take_paths
from touchpath.timelines.summaries import Counts
from touchpath.timelines.tally import count_by

#: Fitness of single cases is kept in units of 2**-30.
SCALE = 1 << 30
#: Outcome codes: how an owner's latest case went.
DEVIATING, FITTING, OPEN = 0, 1, 2
#: Outcome codes when one variant is asked for: whether any of an owner's cases took it.
ANOTHER, TAKEN = 0, 1


@dataclass(frozen=True, slots=True, eq=False)
class ConformanceCounts(Counts):
    """Cases in the cell of their first signal.

    cases, open, long, fitting: (cells,) all; of these those not over at the end of the data; those over but too long to align; those
    that follow the design exactly.   fits: per owner x = cases aligned, y = those that follow it exactly.   fitness: per owner
    x = cases aligned, y = sum of their fitness in units of SCALE.   steps: per owner x = the most that their cases could cost, y = that
    less what they cost.   on_way: per owner x = open cases that are not too long, y = those that have not left the design so far.
    taken: row cell * branches + branch, per owner x = cases aligned, y = those that took the branch.
    done, skipped, extra, again: (cells, steps) steps done as designed, left out, done besides, and cases in which a step's signal
    comes more than once.   variants: the paths of the cases aligned.
    """

    cases: Int64s
    open: Int64s
    long: Int64s
    fitting: Int64s
    fits: Moments
    fitness: Moments
    steps: Moments
    on_way: Moments
    taken: Moments
    done: Int64s
    skipped: Int64s
    extra: Int64s
    again: Int64s
    variants: WayCounts


@dataclass(frozen=True, slots=True)
class Conformance:
    """Cases aligned with a design at the least cost: 1 for every step left out and for every signal besides, 0 for a step done.

    `steps`: an event rule each; a signal that meets several is the first of them, one that meets none is not looked at. `flow`:
    the orders allowed, see `design`. A case begins with an owner's first such signal (of one object, with `same`) and holds all until
    `window` after it, inclusive; the next signal begins another. Without a window all is one case. A case is open until its
    window is over; without a window none is. Signals of one instant are taken in the order of the steps.
    Fitness of a case = 1 - cost / (its signals + the steps of the shortest way through the design).
    Of equally cheap alignments the one counts that, read from the end, does a step rather than leave one out, and that rather than take
    a signal as extra; then the earlier state of the design. A branch is taken by a case that does a step of it.
    `variant`: a path; outcomes then tell who has a case that took it, ANOTHER or TAKEN, rather than how the latest one went.

    Source: A. Adriansyah, Aligning observed and modeled behavior (2014), with unit costs.
    """

    steps: tuple[EventRule, ...]
    flow: Flow
    window: timedelta | None = None
    same: str = ""
    variant: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= len(self.steps) <= MAX_RULES:
            raise BadInput(f"A design has 1 to {MAX_RULES} steps, but {len(self.steps)} came.")
        if self.window is not None and not timedelta() < self.window <= timedelta(days=36_525):
            raise BadInput(f"A window is above 0 and at most 100 years, but {self.window} came.")
        check_size(self.flow)
        used = {*steps_in(self.flow), *self.variant}
        if not used <= set(range(len(self.steps))):
            raise BadInput(f"The flow names step {max(used)}, but there are only {len(self.steps)} steps, counted from 0.")

    def ending(self, edges: Int64s, end: int) -> Ending:
        """A case is closed once its window is over; without a window at once."""
        return Ending(reach=microseconds(self.window) if self.window else 0)

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[ConformanceCounts]:
        """Read each timeline once, align each distinct case once."""
        machine, branches = compile_flow(self.flow), branches_of(self.flow)
        gathered = gather(timelines, match(timelines, self.steps), people, cells)
        variants = find_variants(cut_cases(gathered, timelines, self.same, self.window, end))
        cases = variants.cases
        counted = np.where(cases.open == 0, cases.cells, -1)
        spans = np.array([(branch.low, branch.high) for branch in branches], np.int64).reshape(-1, 2)
        aligned = align(machine, variants, counted, (cells.count, len(self.steps)), spans)
        summary = _count(variants, aligned, machine, cells.count, len(self.steps))
        if self.variant:
            return Folded(summary, _who_took(variants, same_path(variants, self.variant), timelines.people))
        return Folded(summary, _latest(variants, aligned, timelines.people))


def _who_took(variants: Variants, same: Bools, people: int) -> NDArray[np.int32]:
    """Whether any case of an owner that is over took one path; OPEN for those without one that is over."""
    cases, outcomes = variants.cases, np.full(people, -1, np.int32)
    inside, over = cases.cells >= 0, cases.open == 0
    for shown, code in ((~over, OPEN), (over, ANOTHER), (over & same, TAKEN)):
        outcomes[cases.owners[inside & shown]] = code
    return outcomes


def _latest(variants: Variants, aligned: Aligned, people: int) -> NDArray[np.int32]:
    """How the latest case of each owner went; of cases that begin together the one that fits less well."""
    cases, cost, outcomes = variants.cases, aligned.cost[variants.of], np.full(people, -1, np.int32)
    how = np.where(cases.open != 0, OPEN, np.where(cost == 0, FITTING, DEVIATING))
    shown = (cases.cells >= 0) & ((cases.open != 0) | (cost >= 0))
    order = np.lexsort((-how, cases.times))
    latest = order[shown[order]]
    outcomes[cases.owners[latest]] = how[latest]
    return outcomes


def _count(variants: Variants, aligned: Aligned, machine: Machine, cells: int, steps: int) -> ConformanceCounts:
    """The summary of all cases."""
    cases, cost = variants.cases, aligned.cost[variants.of]
    inside, waiting = cases.cells >= 0, cases.open != 0
    closed = inside & ~waiting
    open_, judged = _Group.of(variants, inside & waiting & (cost >= 0), cells), _Group.of(variants, closed & (cost >= 0), cells)
    found = cost[judged.cases]
    worst = np.diff(cases.starts)[judged.cases] + machine.shortest
    done = np.zeros((cells, steps), np.int64)
    np.add.at(done.T, np.array(machine.mentions, np.int64), aligned.done.T)
    return ConformanceCounts(
        cases=count_by(cells, cases.cells[inside]),
        open=count_by(cells, cases.cells[inside & waiting]),
        long=count_by(cells, cases.cells[closed & (cost < 0)]),
        fitting=count_by(cells, cases.cells[judged.cases][found == 0]),
        fits=judged.ratios(np.ones_like(found), found == 0),
        fitness=judged.ratios(np.ones_like(found), SCALE - (found * SCALE + worst // 2) // np.maximum(worst, 1)),
        steps=judged.ratios(worst, worst - found),
        on_way=open_.ratios(np.ones(open_.cases.size, np.int64), aligned.on_way[variants.of[open_.cases]]),
        taken=_taken(judged, aligned.taken[variants.of[judged.cases]]),
        done=done,
        skipped=aligned.skipped,
        extra=aligned.extra,
        again=aligned.again,
        variants=_count_variants(variants, aligned.cost, judged),
    )


class _Group(NamedTuple):
    """Cases in order of owner, cell and variant, and where the cases of an owner in a cell begin.

    cases: places of the cases.   places: (groups,) offsets into these.   cell: (groups,).   cells: how many cells there are.
    """

    cases: Int64s
    places: Int64s
    cell: Int64s
    cells: int

    @classmethod
    def of(cls, variants: Variants, chosen: Bools, cells: int) -> _Group:
        """The chosen cases."""
        cases, places = variants.cases, np.flatnonzero(chosen)
        order = places[np.lexsort((variants.of[places], cases.cells[places], cases.owners[places]))]
        begins = np.flatnonzero(_changes(cases.owners[order], cases.cells[order]))
        return cls(order, begins, cases.cells[order][begins], cells)

    def sums(self, column: NDArray[np.integer] | Bools) -> Int64s:
        """(groups,) what a column of the cases comes to."""
        if not self.places.size:
            return np.zeros(0, np.int64)
        return np.asarray(np.add.reduceat(column.astype(np.int64), self.places), np.int64)

    def ratios(self, x: Int64s, y: Int64s | Bools) -> Moments:
        """Per owner and cell: sums of x and of y."""
        moments, sums = Moments.zero(self.cells), (self.sums(x), self.sums(y))
        if max(int(part.max(initial=0)) for part in sums) >= 1 << 47:
            raise BadInput("One person has too many cases to add up exactly. Take a unit of its own, such as the order.")
        _add_ratios(fixed(self.cell), fixed(sums[0]), fixed(sums[1]), moments.counts, moments.squares)
        return moments


def _changes(*columns: Int64s) -> Bools:
    """Whether each row differs from the one before it in any column."""
    first = np.ones(columns[0].size, np.bool_)
    first[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return first


def _taken(judged: _Group, taken: Bytes) -> Moments:
    """Of each cell and branch: per owner x = cases aligned, y = those that took it."""
    one, branches = np.ones(judged.cases.size, np.int64), taken.shape[1]
    found = [judged.ratios(one, taken[:, branch] != 0) for branch in range(branches)]
    whole = Moments.zero(judged.cells * branches)
    for branch, part in enumerate(found):
        whole.counts[branch::branches], whole.squares[branch::branches] = part.counts, part.squares
    return whole


def _count_variants(variants: Variants, cost: Int64s, judged: _Group) -> WayCounts:
    """How often each path was taken in each cell, and by how many."""
    of, size = variants.of[judged.cases], variants.example.size
    group = np.repeat(np.arange(judged.places.size), np.diff(np.append(judged.places, judged.cases.size)))
    x = np.diff(np.append(judged.places, judged.cases.size))
    begins = np.flatnonzero(_changes(group, of))
    y, group = np.diff(np.append(begins, of.size)), group[begins]
    codes, place = np.unique(judged.cell[group] * size + of[begins], return_inverse=True)
    counts = np.zeros((codes.size, 4), np.int64)
    np.add.at(counts, place, np.stack((np.ones_like(y), y, x[group] * y, y * y), axis=1))
    used, number = np.unique(codes % max(size, 1), return_inverse=True)
    first = variants.example[used]
    starts = variants.cases.starts
    offsets, steps = take_paths(starts[first], np.diff(starts)[first], variants.cases.steps.astype(np.uint8))
    codes = codes // max(size, 1) * used.size + number
    return WayCounts(variants.marks[used], cost[used], offsets, steps, codes, counts)


@kernel
def _add_ratios(cell: Int64s, x: Int64s, y: Int64s, counts: Int64s, squares: Int64s) -> None:
    for i in range(cell.size):
        add_person(counts[cell[i]], squares[cell[i]], x[i], y[i])
