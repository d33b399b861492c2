"""Time between two signals: from one of a first kind to the next of a second, and promised against actual times.

docs/definitions/between.md tells the rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.model.time import deadline_micros, microseconds
from touchpath.timelines.arrays import NO_INT64S, NO_VALUE, VALUE_SCALE, Bytes, Cells, Int64s, Timelines
from touchpath.timelines.durations import Durations
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.gather import gather
from touchpath.timelines.kernels import fixed, kernel
from touchpath.timelines.match import as_number, match
from touchpath.timelines.moments import Moments
from touchpath.timelines.opening import OpenTime
from touchpath.timelines.summaries import Counts
from touchpath.timelines.tally import count_by, tally
from touchpath.timelines.waits import Waits

#: Which starts are cases.
Which = Literal["each", "first"]
#: Outcome codes: how an owner's latest case that is decided went.
MISSED, MET = 0, 1

_FROM, _TO = 1, 2
_NEVER = np.iinfo(np.int64).max
#: A promise may not be longer than this.
_FARTHEST = 100 * 366 * 86_400_000_000


@dataclass(frozen=True, slots=True, eq=False)
class BetweenCounts(Counts):
    """Cases (signals that begin one) in the cell of the signal.

    cases, open, met: (cells,) all; of these those that may still be met; those met in time.   share: per owner x = cases decided, y = met.
    times: of those met.   promised, kept: (cells,) cases whose promise is over at the end of the data, and those met by then.
    promises: per owner x = promised, y = kept.   late: by how much promises were broken, where it came in the end.
    waits: of all cases, to their end or, if it has not come, to the end of the data.   untied: starts without an object, where they need one;
    they are no cases.   unpromised: cases that promise nothing that can be read, where a promise is asked for.
    """

    cases: Int64s
    open: Int64s
    met: Int64s
    share: Moments
    times: Durations
    promised: Int64s
    kept: Int64s
    promises: Moments
    late: Durations
    waits: Waits
    untied: Int64s
    unpromised: Int64s


@dataclass(frozen=True, slots=True)
class Between:
    """How long it takes from a signal of `start` to the next of `end`, by the same owner (about the same object, with `same`).

    A signal of `end` counts if it comes later, or at the same instant unless it meets `start` too. `each`: every start is a case, else
    only the first of an owner (and object). `limit`: what comes later than that, inclusive, is too late; a case is open until its
    limit is over. Without a limit a case that was not met is open. `promise`: what the start says in `promised` is a promised time in this unit; without a unit it is a promised day or moment
    (see `deadline_micros`), of `zone` where it names none.
    `hours`: times, limits and promises are open time, which stands still while nobody is there.
    Outcome: how the latest decided case went (MISSED, MET), -1 = none.
    """

    start: EventRule
    end: EventRule
    limit: timedelta | None = None
    same: str = ""
    which: Which = "each"
    promise: timedelta | None = None
    hours: OpenTime | None = None
    promised: str = ""
    zone: str = "UTC"

    def __post_init__(self) -> None:
        for name, span in (("limit", self.limit), ("unit of a promise", self.promise)):
            if span is not None and not timedelta() < span <= timedelta(days=36_525):
                raise BadInput(f"The {name} is above 0 and at most 100 years, but {span} came.")
        if self.which not in get_args(Which):
            raise BadInput(f"Cases begin with each start or with the first, but '{self.which}' came.")

    def ending(self, edges: Int64s, end: int) -> Ending:
        """Who still waits, waits on."""
        return Ending(end)

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[BetweenCounts]:
        """Read each timeline once."""
        rows = gather(timelines, match(timelines, (self.start, self.end)), people, cells)
        rows = rows.at(rows.times <= end)
        objects = timelines.wide(f"objects.{self.same}")[rows.rows] if self.same else np.zeros(rows.rows.size, np.int64)
        order = np.lexsort((rows.rows, objects, rows.owners)) if self.same else np.arange(rows.rows.size)
        lost = rows.cells[(objects == 0) & ((rows.bits & _FROM) != 0)] if self.same else NO_INT64S
        order = order[(objects[order] != 0) | (not self.same)]
        rows, objects = rows.at(order), fixed(objects[order])
        next_end = np.empty(order.size, np.int64)
        _find_ends(rows.owners, objects, rows.times, rows.bits, next_end)
        begins = (rows.bits & _FROM) != 0
        if self.which == "first":
            begins &= _first_of_each(rows.owners, objects, begins)
        place = np.flatnonzero(begins & (rows.cells >= 0))
        place = place[np.argsort(rows.rows[place], kind="stable")]
        values = self._values(timelines, rows.rows[place])
        cases = _Cases(rows.owners[place], rows.cells[place], rows.times[place], next_end[place], values)
        return self._count(cases, timelines.owners, cells.count, end, lost[lost >= 0])

    def _values(self, timelines: Timelines, rows: Int64s) -> Int64s:
        """(rows,) what each start promises: millionths of the unit, or a moment; NO_VALUE = nothing that can be read."""
        if self.promised in ("", "value"):
            return timelines.wide("value")[rows] if self.promise else np.full(rows.size, NO_VALUE, np.int64)
        codes, words = timelines.code(self.promised)[rows], timelines.words.get(self.promised, ("",))
        used = np.unique(codes)
        read = [self._read(words[code]) for code in used.tolist()]
        return np.array(read, np.int64)[np.searchsorted(used, codes)] if read else np.zeros(0, np.int64)

    def _read(self, word: str) -> int:
        if self.promise is None:
            due = deadline_micros(word, self.zone)
            return NO_VALUE if due is None else due
        number = as_number(word)
        return NO_VALUE if number is None or abs(number) > _FARTHEST else round(number * VALUE_SCALE)

    def _count(self, cases: _Cases, owners: Int64s, cells: int, end: int, lost: Int64s) -> Folded[BetweenCounts]:
        limit = microseconds(self.limit) if self.limit else _NEVER
        came, began = cases.ends != _NEVER, self._passed(cases.times)
        took = np.where(came, self._passed(np.where(came, cases.ends, cases.times)) - began, _NEVER)
        # A limit is over when no later moment can be within it: with business hours not before they open again.
        since = self._passed(np.array([end, end + 1], np.int64))
        waited, over = since[0] - began, since[1] - began
        met = took <= (limit if self.limit else _NEVER - 1)
        waiting = over <= limit if self.limit else ~met
        decided = ~waiting
        met &= decided
        outcomes = np.full(owners.size, -1, np.int32)
        outcomes[cases.owners[decided]] = np.where(met, MET, MISSED)[decided]
        span = self._promised(cases)
        promised = over > span
        kept = promised & (took <= span)
        late = promised & came & ~kept
        keys = owners[cases.owners]
        summary = BetweenCounts(
            cases=count_by(cells, cases.cells),
            open=count_by(cells, cases.cells[waiting]),
            met=count_by(cells, cases.cells[met]),
            share=tally(cells, cases.owners[decided], cases.cells[decided], met[decided].astype(np.int64)),
            times=Durations.of(cells, cases.cells[met], keys[met], took[met] // 1000),
            promised=count_by(cells, cases.cells[promised]),
            kept=count_by(cells, cases.cells[kept]),
            promises=tally(cells, cases.owners[promised], cases.cells[promised], kept[promised].astype(np.int64)),
            late=Durations.of(cells, cases.cells[late], keys[late], (took[late] - span[late]) // 1000),
            waits=Waits.of(cells, cases.cells, cases.owners, keys, np.where(came, took, waited) // 1000, came),
            untied=count_by(cells, lost),
            unpromised=count_by(cells, cases.cells[(span == _NEVER) & (self.promise is not None or self.promised != "")]),
        )
        return Folded(summary, outcomes)

    def _passed(self, times: Int64s) -> Int64s:
        """The time on the clock that measures: the calendar's, or open time."""
        return times if self.hours is None else self.hours.by(times)

    def _promised(self, cases: _Cases) -> Int64s:
        """How long each case was promised to take; never without a promise, or with one below 0 or beyond 100 years."""
        if self.promise is None:
            known = cases.values != NO_VALUE
            return np.where(known, self._passed(np.where(known, cases.values, 0)) - self._passed(cases.times), _NEVER)
        known = (cases.values != NO_VALUE) & (cases.values >= 0)
        unit = microseconds(self.promise)
        known &= np.where(known, cases.values, 0) <= _FARTHEST // unit * VALUE_SCALE
        whole, part = np.divmod(np.where(known, cases.values, 0), VALUE_SCALE)
        return np.where(known, whole * unit + part * (unit // 1000) // (VALUE_SCALE // 1000), _NEVER)


@dataclass(frozen=True, slots=True)
class _Cases:
    """Cases in order of owner and time: place of the owner, cell, start, when the end came (_NEVER = not yet), what the start promises."""

    owners: Int64s
    cells: Int64s
    times: Int64s
    ends: Int64s
    values: Int64s


def _first_of_each(
    owners: Int64s, objects: Int64s, begins: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """(rows,) the first row of each owner and object that begins a case."""
    found, places = np.zeros(owners.size, np.bool_), np.flatnonzero(begins)
    new = np.ones(places.size, np.bool_)
    new[1:] = (owners[places][1:] != owners[places][:-1]) | (objects[places][1:] != objects[places][:-1])
    found[places[new]] = True
    return found


@kernel
def _find_ends(owners: Int64s, objects: Int64s, times: Int64s, bits: Int64s, ends: Int64s) -> None:
    """For each row the time of the next end after it, walking back instant by instant; _NEVER if there is none."""
    i, following = owners.size - 1, _NEVER
    while i >= 0:
        last = i
        while i >= 0 and owners[i] == owners[last] and objects[i] == objects[last] and times[i] == times[last]:
            i -= 1
        if last + 1 < owners.size and (owners[last + 1] != owners[last] or objects[last + 1] != objects[last]):
            following = _NEVER
        now, later = following, following
        for row in range(i + 1, last + 1):
            if bits[row] & _TO:
                later = times[row]
                if not bits[row] & _FROM:
                    now = times[row]
        for row in range(i + 1, last + 1):
            ends[row] = now
        following = later
