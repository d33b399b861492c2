"""Volume: how many people did something, and how often."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.kernels import find_cell, fixed, is_read, lean_kernel
from touchpath.timelines.match import match
from touchpath.timelines.moments import Moments, add_person
from touchpath.timelines.summaries import Counts

#: Outcomes are 32-bit masks of rules, with the sign kept free.
MOST_RULES = 31
_ANYTHING = EventRule(())


@dataclass(frozen=True, slots=True, eq=False)
class VolumeCounts(Counts):
    """People and signals of several rules, in the cell of the signal.

    base: (cells,) people among whom is counted.   people, signals: (cells, rules).   moments: rows cell * rules + rule, per
    person of the base x = 1, y = signals of that rule.
    """

    base: Int64s
    people: Int64s
    signals: Int64s
    moments: Moments


@dataclass(frozen=True, slots=True)
class Volume:
    """People who met each rule, and their signals, among the people of each cell.

    `among`: people count in a cell only if a signal of theirs meets one of these rules there; empty = any signal at all.
    Outcome of a person: bit mask of the rules met in any cell whose base they are in; -1 = in no base.
    Raises BadInput for no rules, and for more than 31 of either.
    """

    rules: tuple[EventRule, ...]
    among: tuple[EventRule, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= len(self.rules) <= MOST_RULES or len(self.among) > MOST_RULES:
            came = f"{len(self.rules)} and {len(self.among)}"
            raise BadInput(f"Volume counts 1 to {MOST_RULES} rules among people of up to {MOST_RULES}, but {came} came.")

    def ending(self, edges: Int64s, end: int) -> Ending:
        """Nothing about a count stays open."""
        return Ending()

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[VolumeCounts]:
        """Read each timeline once; nothing about a count stays open."""
        rules = len(self.rules)
        matched = match(timelines, (*self.rules, *(self.among or (_ANYTHING,))))
        base, met, signals = np.zeros(cells.count, np.int64), *np.zeros((2, cells.count, rules), np.int64)
        moments = Moments.zero(cells.count * rules)
        outcomes = np.full(timelines.people, -1, np.int32)
        _count(
            fixed(timelines.starts),
            fixed(timelines.times),
            matched.codes,
            matched.bits,
            fixed(people),
            fixed(timelines.skip),
            fixed(cells.edges),
            cells.segments,
            fixed(cells.signal_codes),
            fixed(cells.owner_codes),
            base,
            met,
            signals,
            moments.counts,
            moments.squares,
            outcomes,
            np.zeros((cells.count, rules), np.int64),
            *np.zeros((2, cells.count), np.int64),
        )
        return Folded(VolumeCounts(base, met, signals, moments), outcomes)


@lean_kernel
def _add_signal(met: int, row: Int64s) -> None:
    """Count one signal for each rule it meets."""
    for rule in range(row.size):
        row[rule] += (met >> rule) & 1


@lean_kernel
def _count(
    starts: Int64s,
    times: Int64s,
    codes: Int32s,
    bits: Int64s,
    people: Bytes,
    skip: Bytes,
    edges: Int64s,
    segments: int,
    by_signal: Int32s,
    by_owner: Int32s,
    base: Int64s,
    met: Int64s,
    signals: Int64s,
    moments: Int64s,
    squares: Int64s,
    outcomes: Int32s,
    own: Int64s,
    masks: Int64s,
    touched: Int64s,
) -> None:
    """Add up each owner's signals per cell and rule, then count the owner where the base was met. Base rules follow the others.

    own, masks, touched: zeros to work with, (cells, rules), (cells,) and (cells,).
    """
    rules = met.shape[1]
    for owner in range(starts.size - 1):
        if not is_read(owner, people, skip):
            continue
        places, mask = 0, -1
        for i in range(starts[owner], starts[owner + 1]):
            cell = find_cell(i, owner, times[i], edges, segments, by_signal, by_owner) if bits[codes[i]] else -1
            if cell >= 0:
                if masks[cell] == 0:
                    touched[places] = cell
                    places += 1
                masks[cell] |= bits[codes[i]]
                _add_signal(bits[codes[i]], own[cell])
        for place in range(places):
            cell = touched[place]
            if masks[cell] >> rules:
                base[cell] += 1
                mask = max(mask, 0) | (masks[cell] & ((1 << rules) - 1))
                for rule in range(rules):
                    met[cell, rule] += own[cell, rule] > 0
                    signals[cell, rule] += own[cell, rule]
                    row = cell * rules + rule
                    add_person(moments[row], squares[row], 1, own[cell, rule])
            masks[cell] = 0
            own[cell] = 0
        outcomes[owner] = mask
