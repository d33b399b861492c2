"""Forms: fillings of a form, whether they are sent, and what happens at each field. docs/definitions/forms.md tells the rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.model.time import microseconds
from touchpath.timelines.arrays import Bytes, Cells, Int64s, Timelines
from touchpath.timelines.coded import add_coded, take_coded
from touchpath.timelines.durations import LN_2, LN_STEPS, LOG_SCALE, log_of
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.gather import Gathered, gather
from touchpath.timelines.kernels import fixed, kernel
from touchpath.timelines.match import match
from touchpath.timelines.moments import Moments, Ratio
from touchpath.timelines.summaries import Counts
from touchpath.timelines.tally import count_by, tally

_LONGEST = timedelta(days=36_525)
_CHANGED, _SENT = 1, 2
_WORD_BITS = 32
#: What is told of each field: fillings that came back to it, its changes, those unsent that ended with it, and how long people waited before it.
RATIOS = ("refilled", "changes", "left", "waits")
_PARTS = 6
#: Logarithms of milliseconds are kept in parts of this, so that sums of their squares stay whole numbers of 64 bits.
WAIT_SCALE = 1 << 10
#: Outcomes: how somebody's latest filling that is over went.
LEFT, WAS_SENT = 0, 1


@dataclass(frozen=True, slots=True, eq=False)
class Fields:
    """What happened at each field of each cell: ascending codes cell << 32 | word, and sums (codes, 4 * 6).

    Six sums for each of RATIOS, per person: people, x, y, xx, xy, yy. x = fillings in which the field was changed; of waits = those in which
    another change came before it, and y = ln(milliseconds) in WAIT_SCALE.
    """

    codes: Int64s
    sums: Int64s

    def __add__(self, other: Fields) -> Fields:
        return Fields(*add_coded(self.codes, self.sums, other.codes, other.sums))

    def __sub__(self, other: Fields) -> Fields:
        return Fields(*take_coded(self.codes, self.sums, other.codes, other.sums))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Fields):
            return NotImplemented
        return np.array_equal(self.codes, other.codes) and np.array_equal(self.sums, other.sums)

    __hash__ = None  # type: ignore[assignment]

    def of(self, cell: int) -> list[tuple[int, dict[str, Ratio]]]:
        """The word of each field of one cell, and its ratios by name."""
        low, high = np.searchsorted(self.codes, [cell << _WORD_BITS, (cell + 1) << _WORD_BITS])
        found = []
        for code, row in zip(self.codes[low:high].tolist(), self.sums[low:high].tolist(), strict=True):
            parts = {name: Ratio(*row[at * _PARTS : (at + 1) * _PARTS]) for at, name in enumerate(RATIOS)}
            found.append((code & ((1 << _WORD_BITS) - 1), parts))
        return found


@dataclass(frozen=True, slots=True, eq=False)
class FormCounts(Counts):
    """Fillings that are over, in the cell of their first change.

    left, refilled: per person x = fillings, y = not sent, and with a field that somebody came back to.   open: (cells,) fillings that may still
    go on.   unread: (cells,) changes that name no field, in the cell of their own.   fields: what happened at each.
    """

    left: Moments
    refilled: Moments
    open: Int64s
    unread: Int64s
    fields: Fields


@dataclass(frozen=True, slots=True)
class Forms:
    """Fillings of a form: from a change of a field to the sending, or until nothing was changed for longer than `gap`.

    field: the column that names the field. Changes that name none prolong a filling. Outcome: how the latest filling that is over went
    (LEFT, WAS_SENT), -1 = none. Raises BadInput for a gap that is not above 0 and at most 100 years.
    """

    changed: EventRule
    sent: EventRule
    field: str = "properties.field"
    gap: timedelta = timedelta(minutes=30)

    def __post_init__(self) -> None:
        if not timedelta() < self.gap <= _LONGEST:
            raise BadInput(f"The gap that ends a filling is above 0 and at most 100 years, but {self.gap} came.")

    def ending(self, edges: Int64s, end: int) -> Ending:
        """A filling is over once it is sent, or the gap after its last change is over."""
        return Ending(reach=microseconds(self.gap))

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[FormCounts]:
        """Read each timeline once."""
        rows = gather(timelines, match(timelines, (self.changed, self.sent)), people, cells)
        word = timelines.code(self.field)[rows.rows].astype(np.int64)
        filling, sent = np.full(rows.rows.size, -1, np.int64), np.zeros(rows.rows.size + 1, np.int64)
        count = _find(rows.owners, rows.times, rows.bits, microseconds(self.gap), filling, sent)
        changes = np.flatnonzero(filling >= 0)
        unread = rows.cells[changes[word[changes] == 0]]
        first = changes[np.flatnonzero(np.diff(filling[changes], prepend=-1))]
        last = changes[np.flatnonzero(np.diff(filling[changes], append=count))]
        was_sent = sent[:count] != 0
        over = was_sent | (rows.times[last] + microseconds(self.gap) <= end)
        owner, cell = rows.owners[first], rows.cells[first]
        kept = over & (cell >= 0)
        named = changes[word[changes] != 0]
        named = named[kept[filling[named]]]
        fields, back = _fields(rows.at(named), filling[named], word[named], rows, filling, owner, cell, was_sent)
        outcomes = np.full(timelines.people, -1, np.int32)
        outcomes[owner[kept]] = was_sent[kept]
        refilled = np.zeros(count, np.int64)
        refilled[back] = 1
        summary = FormCounts(
            left=tally(cells.count, owner[kept], cell[kept], (~was_sent[kept]).astype(np.int64)),
            refilled=tally(cells.count, owner[kept], cell[kept], refilled[kept]),
            open=count_by(cells.count, cell[~over & (cell >= 0)]),
            unread=count_by(cells.count, unread[unread >= 0]),
            fields=fields,
        )
        return Folded(summary, outcomes)


@kernel
def _find(owner: Int64s, time: Int64s, bits: Int64s, gap: int, filling: Int64s, sent: Int64s) -> int:
    """The filling of each change, and which are sent; returns how many fillings there are. A signal that is both changes, then sends."""
    count, running = 0, False
    last = 0
    for i in range(owner.size):
        if running and (owner[i] != owner[i - 1] or time[i] - last > gap):
            running = False
        if bits[i] & _CHANGED:
            if not running:
                count, running = count + 1, True
            filling[i], last = count - 1, time[i]
        if bits[i] & _SENT and running:
            sent[count - 1] = 1
            running = False
    return count


def _fields(
    named: Gathered,
    filling: Int64s,
    word: Int64s,
    rows: Gathered,
    fillings: Int64s,
    owner: Int64s,
    cell: Int64s,
    was_sent: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> tuple[Fields, Int64s]:
    """What happened at each field, from the changes that name one; and the fillings with a field that somebody came back to."""
    if not filling.size:
        return Fields(np.zeros(0, np.int64), np.zeros((0, len(RATIOS) * _PARTS), np.int64)), filling
    runs = np.ones(filling.size, np.int64)
    runs[1:] = (filling[1:] != filling[:-1]) | (word[1:] != word[:-1])
    ends = np.append(filling[1:] != filling[:-1], True)
    waited, came_after = _waits(named, filling, rows, fillings)
    order = np.lexsort((np.arange(filling.size), word, filling))
    starts = np.flatnonzero(_begins(filling[order], word[order]))
    at = order[starts]
    which, field = filling[at], word[at]
    refilled = (np.add.reduceat(runs[order], starts) > 1).astype(np.int64)
    changes = np.diff(np.append(starts, filling.size))
    left = np.add.reduceat((ends & ~was_sent[filling])[order].astype(np.int64), starts)
    told = ((1, refilled), (1, changes), (1, left), (came_after[at], np.where(came_after[at], waited[at], 0)))
    columns = [part for x, y in told for part in (np.broadcast_to(np.int64(x), which.shape).astype(np.int64), y)]
    return _by_person(owner[which], cell[which], field, columns), which[refilled > 0]


def _waits(named: Gathered, filling: Int64s, rows: Gathered, fillings: Int64s) -> tuple[Int64s, Int64s]:
    """(changes,) the logarithm of the time since the change before in the same filling, in WAIT_SCALE, and whether there is one."""
    changes = np.flatnonzero(fillings >= 0)
    places = np.searchsorted(rows.rows[changes], named.rows)
    before = changes[np.maximum(places - 1, 0)]
    has = ((places > 0) & (fillings[before] == filling)).astype(np.int64)
    logs = np.zeros(filling.size, np.int64)
    _log(fixed((named.times - rows.times[before]) // 1000), LN_STEPS, LN_2, LOG_SCALE // WAIT_SCALE, logs)
    return logs, has


@kernel
def _log(milliseconds: Int64s, steps: Int64s, log_two: int, divisor: int, logs: Int64s) -> None:
    for i in range(milliseconds.size):
        logs[i] = log_of(milliseconds[i], steps, log_two) // divisor


def _by_person(owner: Int64s, cell: Int64s, field: Int64s, columns: list[Int64s]) -> Fields:
    """Sums of people, x, y and their products by cell and field, from pairs of columns x and y per filling and field."""
    order = np.lexsort((owner, field, cell))
    owner, cell, field = owner[order], cell[order], field[order]
    people = np.flatnonzero(_begins(owner, cell, field))
    x_y = [np.add.reduceat(column[order], people) for column in columns]
    code = cell[people] << _WORD_BITS | field[people]
    starts = np.flatnonzero(_begins(code))
    sums = []
    for x, y in zip(x_y[::2], x_y[1::2], strict=True):
        sums += [np.add.reduceat(part, starts) for part in ((x > 0).astype(np.int64), x, y, x * x, x * y, y * y)]
    return Fields(code[starts], np.stack(sums, axis=1))


def _begins(*columns: Int64s) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """(rows,) whether a row differs from the one before it in any column."""
    begins = np.ones(columns[0].size, np.bool_)
    begins[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    return begins
