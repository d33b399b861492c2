"""Cases: timelines divided into the paths of nodes that variants, rework, flows and patterns read. See docs/definitions/variants.md."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.model.time import microseconds
from touchpath.timelines.arrays import NO_BYTES, NO_INT64S, Bytes, Cells, Int32s, Int64s, Timelines
from touchpath.timelines.kernels import find_cell, fixed, lean_kernel
from touchpath.timelines.match import MAX_RULES, match
from touchpath.timelines.objects import sort_by_object

#: Codes keep a node in 16 bits.
NODE_BITS = 16
MAX_NODES = (1 << NODE_BITS) - 1

ENDLESS = np.iinfo(np.int64).max
_LONGEST = timedelta(days=100 * 366)


class Line(NamedTuple):
    """One shard as cases are read from it, and the owner in hand.

    codes, node_of: a code per signal, and the node of each code, -1 = none. objects: (signals,) hashes that cases are held to,
    zero-length = not held. extra: (signals,) 1 = is lined up though it may be no node (then its node is -1), zero-length = none. gap, window: microseconds, ENDLESS = none. rows, nodes: scratch, the owner's signals that are nodes, in
    the order of cases; spare: scratch to sort them.
    """

    starts: Int64s
    times: Int64s
    codes: Int32s
    node_of: Int64s
    objects: Int64s
    extra: Bytes
    people: Bytes
    skip: Bytes
    edges: Int64s
    segments: int
    signal_codes: Int32s
    owner_codes: Int32s
    gap: int
    window: int
    end: int
    rows: Int64s
    nodes: Int64s
    spare: Int64s


@dataclass(frozen=True, slots=True)
class Cases:
    """How timelines are divided into cases, each a path of nodes.

    `nodes`: event rules; a signal that meets none is passed over, one that meets several is the first of them. None = every kind
    of signal is a node, numbered by its code in `words["kind"]`. A case is all of an owner (with `same`: all about one object of
    the owner); with `gap` a longer pause ends it, with `window` it takes no signal later than that after its first; the next signal
    begins another. It is open while a signal after the end of the data could still belong to it; without gap and window none is.
    Signals with equal times keep their stored order.

    Raises BadInput for no node, more than 62 rules or 65,535 kinds, and a gap or window that is not above 0.
    """

    nodes: tuple[EventRule, ...] | None = None
    gap: timedelta | None = None
    window: timedelta | None = None
    same: str = ""

    def __post_init__(self) -> None:
        if self.nodes is not None and not 1 <= len(self.nodes) <= MAX_RULES:
            raise BadInput(f"Paths of rules have 1 to {MAX_RULES} nodes, but {len(self.nodes)} came.")
        for name, span in (("gap between cases", self.gap), ("window of a case", self.window)):
            if span is not None and not timedelta() < span <= _LONGEST:
                raise BadInput(f"The {name} is above 0 and at most 100 years, but {span} came.")

    def line(self, timelines: Timelines, cells: Cells, people: Bytes, end: int, extra: Bytes = NO_BYTES) -> Line:
        """A shard, ready to be read case by case. extra: see `Line`."""
        codes, node_of = self._codes(timelines)
        longest = int(np.diff(timelines.starts).max(initial=0)) + 1
        return Line(
            fixed(timelines.starts, np.int64),
            fixed(timelines.times, np.int64),
            codes,
            node_of,
            fixed(timelines.wide(f"objects.{self.same}"), np.int64) if self.same else NO_INT64S,
            fixed(extra, np.uint8),
            fixed(people, np.uint8),
            fixed(timelines.skip, np.uint8),
            fixed(cells.edges, np.int64),
            cells.segments,
            fixed(cells.signal_codes, np.int32),
            fixed(cells.owner_codes, np.int32),
            microseconds(self.gap) if self.gap else ENDLESS,
            microseconds(self.window) if self.window else ENDLESS,
            end,
            *(np.empty(longest, np.int64) for _ in range(3)),
        )

    def count(self, timelines: Timelines) -> int:
        """How many nodes there are."""
        return len(timelines.words.get("kind", ("",))) if self.nodes is None else len(self.nodes)

    def place(self, timelines: Timelines, name: int | str) -> int:
        """A node by its place among the rules, or by its kind; -1 = a kind that no signal has."""
        if isinstance(name, int):
            return name
        words = timelines.words.get("kind", ("",))
        return words.index(name) if name in words else -1

    def _codes(self, timelines: Timelines) -> tuple[Int32s, Int64s]:
        if self.nodes is None:
            count = self.count(timelines)
            if count > MAX_NODES:
                raise BadInput(f"Paths have at most {MAX_NODES:,} nodes, but there are {count:,} kinds. Give rules as nodes.")
            return fixed(timelines.kinds, np.int32), fixed(np.arange(count, dtype=np.int64))
        matched = match(timelines, self.nodes)
        lowest = [(int(bits) & -int(bits)).bit_length() - 1 for bits in matched.bits]
        return matched.codes, fixed(np.array(lowest, np.int64))


@lean_kernel
def line_up(line: Line, owner: int) -> int:
    """Write the owner's signals that are nodes, those about one object together; returns how many there are."""
    n = 0
    for row in range(line.starts[owner], line.starts[owner + 1]):
        node = line.node_of[line.codes[row]]
        line.rows[n], line.nodes[n] = row, node
        wanted = node >= 0 or (line.extra.size > 0 and line.extra[row] != 0)
        n += wanted and (line.objects.size == 0 or line.objects[row] != 0)
    if line.objects.size > 0:
        sort_by_object(line.objects, line.rows, line.spare, n)
        for place in range(n):
            line.nodes[place] = line.node_of[line.codes[line.rows[place]]]
    return n


@lean_kernel
def case_end(line: Line, first: int, n: int) -> int:
    """Where the case that begins at place `first` of the `n` in hand ends (exclusive)."""
    row = line.rows[first]
    began = before = line.times[row]
    place = first + 1
    while place < n:
        following = line.rows[place]
        time = line.times[following]
        if line.objects.size > 0 and line.objects[following] != line.objects[row]:
            break
        if time - before > line.gap or time - began > line.window:
            break
        before = time
        place += 1
    return place


@lean_kernel
def case_is_open(line: Line, first: int, after: int) -> bool:
    """Whether a signal after the end of the data could still belong to the case at places `first` to `after`."""
    if line.gap == ENDLESS and line.window == ENDLESS:
        return False
    began, last = line.times[line.rows[first]], line.times[line.rows[after - 1]]
    return (line.gap == ENDLESS or last > line.end - line.gap) and (line.window == ENDLESS or began > line.end - line.window)


@lean_kernel
def case_cell(line: Line, owner: int, first: int) -> int:
    """The cell of the case that begins at place `first`: that of its first signal, or -1."""
    row = line.rows[first]
    return find_cell(row, owner, line.times[row], line.edges, line.segments, line.signal_codes, line.owner_codes)
