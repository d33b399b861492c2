"""How a query is divided: calendar periods x the most frequent values of one dimension, the rest pooled as "other"."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.experience import Dimension
from touchpath.model.time import Period
from touchpath.timelines.arrays import NO_VALUE, Bytes, Cells, Int32s, Int64s, Timelines, TimelineSet, one_cell
from touchpath.timelines.kernels import fixed, is_read, lean_kernel
from touchpath.timelines.segments import is_of_owner, owner_values, signal_values

#: No query divides into more cells than this.
MAX_CELLS = 4096

_ENDLESS = np.iinfo(np.int64).max

#: What the labels call signals or owners without a value, and everything beyond the most frequent values.
NONE = "(none)"
OTHER = "other"
#: What the label calls all segments together but those that are kept apart, see `keep_apart`.
REST = "the rest"


@dataclass(frozen=True, slots=True, eq=False)
class Cutting:
    """Periods x segments, the same for every shard: cell = period * len(labels) + place of the segment in `labels`.

    places: (words,) int32 segment of each word code of the dimension. pooled: how many values "other" stands for.
    """

    edges: Int64s
    labels: tuple[str, ...] = ("",)
    dimension: Dimension | None = None
    places: Int32s | None = None
    pooled: int = 0

    @property
    def periods(self) -> int:
        """How many periods there are."""
        return int(self.edges.size) - 1

    def cells(self, timelines: Timelines) -> Cells:
        """The cells of one shard."""
        if self.dimension is None or self.places is None:
            return Cells(fixed(self.edges))
        if is_of_owner(self.dimension):
            owners = self.places[owner_values(timelines, self.dimension)]
            return Cells(fixed(self.edges), len(self.labels), owner_codes=fixed(owners))
        signals = np.empty(timelines.signals, np.int32)
        _place(fixed(signal_values(timelines, self.dimension)), fixed(self.places), signals)
        return Cells(fixed(self.edges), len(self.labels), signal_codes=fixed(signals))

    def count(self, timelines: Timelines) -> Int64s:
        """(words,) how often each value comes between the first and the last edge: what is counted to choose the segments."""
        if self.dimension is None:
            return np.zeros(0, np.int64)
        words = len(timelines.words.get(self.dimension.field, ("",)))
        return count_words(timelines, self.dimension, self.edges, words)


@lean_kernel
def _place(codes: Int32s, places: Int32s, placed: Int32s) -> None:
    for i in range(codes.size):
        placed[i] = places[np.uint32(codes[i])]


def period_edges(periods: Sequence[Period]) -> Int64s:
    """The borders of neighbouring periods in microseconds, periods + 1 of them; none given = all of time.

    Raises BadInput if a period does not start where the one before it ends.
    """
    if not periods:
        return one_cell().edges
    for before, after in itertools.pairwise(periods):
        if before.end != after.start:
            raise BadInput(f"Periods must follow each other without a gap, but {before} is followed by {after}.")
    return np.array([periods[0].micros[0], *(period.micros[1] for period in periods)], np.int64)


def prepare_cut(
    timelines: TimelineSet, periods: Sequence[Period], dimension: Dimension | None
) -> tuple[Cutting, tuple[str, ...]]:
    """How to divide a query by periods and one dimension, and what its segments are called.

    Values are counted first (signals, or owners for a dimension of owners, inside the periods); the `max_cells` most frequent
    stay, ties by name, and never more than fit into 4,096 cells; the rest becomes "other". What has no value is "(none)".
    Raises BadInput for too many periods, and for a dimension of another unit than these timelines.
    """
    edges = period_edges(periods)
    count = int(edges.size) - 1
    if count > MAX_CELLS:
        raise BadInput(f"A query may have {MAX_CELLS} periods at most, but {count} came. Ask for a coarser grain.")
    if dimension is None:
        return Cutting(fixed(edges)), ("",)
    check_level(timelines.unit, dimension)
    words = timelines.words.get(dimension.field, ("",))
    counts = sum((count_words(shard, dimension, edges, len(words)) for shard in timelines.shards), np.zeros(len(words), np.int64))
    places, labels, pooled = _choose(words, counts, max(1, min(dimension.max_cells, MAX_CELLS // count)))
    return Cutting(fixed(edges), labels, dimension, fixed(places), pooled), labels


def keep_apart(cut: Cutting, kept: Sequence[str]) -> Cutting:
    """The same cut with only some segments kept apart, in this order; all others together are the last one, called "the rest".

    The same people are counted once in it, so nothing of it is a sum of numbers. Raises BadInput for a segment that the cut has not.
    """
    if missing := [name for name in kept if name not in cut.labels]:
        raise BadInput(f"There is no segment {missing[0]!r} to keep apart. There are: {', '.join(cut.labels)}.")
    if cut.places is None:
        raise BadInput("What is not cut by a dimension has no segments to keep apart.")
    moved = np.array([kept.index(name) if name in kept else len(kept) for name in cut.labels], np.int32)
    places = np.where(cut.places < 0, -1, moved[cut.places]).astype(np.int32)
    return replace(cut, labels=(*kept, REST), places=fixed(places))


def check_level(unit: str, dimension: Dimension) -> None:
    """Raise BadInput for a dimension of another unit than these timelines."""
    own = unit if unit in ("person", "account") else "object"
    if dimension.level not in ("signal", own):
        raise BadInput(
            f"Dimension '{dimension.id}' belongs to the level '{dimension.level}', but these are timelines of the unit "
            f"'{unit}'. They can be read by dimensions of the levels: signal, {own}."
        )


def count_words(timelines: Timelines, dimension: Dimension, edges: Int64s, words: int) -> Int64s:
    """(words,) how often each word of a dimension comes between the first and the last edge: signals, or owners."""
    counts = np.zeros(words, np.int64)
    of_owner = is_of_owner(dimension)
    codes = owner_values(timelines, dimension) if of_owner else signal_values(timelines, dimension)
    span = (int(edges[0]), int(edges[-1]))
    _count(fixed(timelines.starts), fixed(timelines.times), fixed(timelines.skip), fixed(codes), of_owner, *span, counts)
    return counts


@lean_kernel
def _count(
    starts: Int64s, times: Int64s, skip: Bytes, codes: Int32s, of_owner: bool, low: int, high: int, counts: Int64s
) -> None:
    ever = low == NO_VALUE and high == _ENDLESS  # then no time need be read
    for owner in range(starts.size - 1):
        if not is_read(owner, skip[:0], skip):
            continue
        row, after = np.uint64(starts[owner]), np.uint64(starts[owner + 1])
        while row < after and not ever and times[row] < low:
            row += np.uint64(1)
        if of_owner:
            counts[np.uint32(codes[owner])] += row < after and (ever or times[row] < high)
            continue
        held, many = np.uint32(0), 0  # Neighbours are often alike: they are counted together.
        while row < after and (ever or times[row] < high):
            code = np.uint32(codes[row])
            if code != held:
                counts[held] += many
                held, many = code, 0
            many += 1
            row += np.uint64(1)
        counts[held] += many


def _choose(words: Sequence[str], counts: Int64s, most: int) -> tuple[Int32s, tuple[str, ...], int]:
    """The segment of each word, the segments' names, and how many values were pooled."""
    used = sorted((code for code in range(1, len(words)) if counts[code]), key=lambda code: (-int(counts[code]), words[code]))
    none = [0] if counts[0] and (most > 1 or not used) else []
    rest = [0] if counts[0] and not none else []
    room = most - len(none or rest)
    kept = used if len(used) <= room else used[: max(room - 1, 0)]
    pooled = len(used) - len(kept)
    labels = [words[code] for code in kept]
    places = np.full(len(words), -1, np.int32)
    places[kept] = np.arange(len(kept))
    for name, codes in ((NONE, none), (OTHER, used[len(kept) :] + rest)):
        if codes:
            places[codes] = len(labels)
            labels.append(name if name not in labels else f"{name} (pooled)")
    return places, tuple(labels) or ("",), pooled
