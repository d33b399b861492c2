"""How a query is divided by two or three dimensions at once: every combination of their segments is one segment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.experience import Dimension
from touchpath.model.time import Period
from touchpath.timelines.arrays import NO_INT32S, Bytes, Cells, Int32s, Int64s, Timelines, TimelineSet
from touchpath.timelines.cut import MAX_CELLS, OTHER, Cutting, prepare_cut
from touchpath.timelines.kernels import fixed, is_read, kernel
from touchpath.timelines.segments import is_of_owner

#: A query is divided by so many dimensions at most.
MOST_DIMENSIONS = 3

#: So many combinations are counted at most; of a dimension with more values than fit, more are pooled.
_MOST_COMBINATIONS = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Crossing:
    """Periods x combinations, the same for every shard: cell = period * len(labels) + place of the combination in `labels`.

    cuts: one per dimension.   places: (combinations,) int32 segment of each, -1 = nobody is in it; combinations count the last
    dimension fastest.   labels: for each segment its label in every dimension.   pooled: how many combinations "other" stands for.
    """

    edges: Int64s
    cuts: tuple[Cutting, ...]
    places: Int32s
    labels: tuple[tuple[str, ...], ...]
    pooled: int = 0

    @property
    def dimension(self) -> Dimension | None:
        """None: it is not one."""
        return None

    def cells(self, timelines: Timelines) -> Cells:
        """The cells of one shard: of signals, or of owners if all dimensions are of owners."""
        codes, of_owners = _combined(timelines, self.cuts)
        placed = np.empty(codes.size, np.int32)
        _place(codes, self.places, placed)
        owners, signals = (placed, NO_INT32S) if of_owners else (NO_INT32S, placed)
        return Cells(fixed(self.edges), len(self.labels), signal_codes=fixed(signals), owner_codes=fixed(owners))

    def count(self, timelines: Timelines) -> Int64s:
        """(combinations,) how many signals, or owners, are in each between the first and the last edge."""
        codes, of_owners = _combined(timelines, self.cuts)
        counts = np.zeros(self.places.size + 1, np.int64)
        span = (int(self.edges[0]), int(self.edges[-1]))
        _count(fixed(timelines.starts), fixed(timelines.times), fixed(timelines.skip), fixed(codes), of_owners, *span, counts)
        return counts[:-1]


def _combined(timelines: Timelines, cuts: Sequence[Cutting]) -> tuple[Int32s, bool]:
    """The combination of each owner, or of each signal if any dimension is of signals; -1 = in a segment of none."""
    parts = [cut.cells(timelines) for cut in cuts]
    of_owners = all(cut.dimension is not None and is_of_owner(cut.dimension) for cut in cuts)
    codes = np.zeros(timelines.people if of_owners else timelines.signals, np.int32)
    for cut, part in zip(cuts, parts, strict=True):
        if cut.dimension is not None and is_of_owner(cut.dimension) and not of_owners:
            _cross_owners(codes, fixed(timelines.starts), part.owner_codes, part.segments)
        else:
            _cross(codes, part.owner_codes if of_owners else part.signal_codes, part.segments)
    return fixed(codes), of_owners


@kernel
def _cross(codes: Int32s, more: Int32s, segments: int) -> None:
    """Add a dimension to combinations; nowhere in one is nowhere in all."""
    for i in range(codes.size):
        codes[i] = codes[i] * segments + more[i] if codes[i] >= 0 and more[i] >= 0 else -1


@kernel
def _cross_owners(codes: Int32s, starts: Int64s, more: Int32s, segments: int) -> None:
    """The same for signals by what holds of their owners."""
    for owner in range(starts.size - 1):
        for i in range(starts[owner], starts[owner + 1]):
            codes[i] = codes[i] * segments + more[owner] if codes[i] >= 0 and more[owner] >= 0 else -1


@kernel
def _place(codes: Int32s, places: Int32s, placed: Int32s) -> None:
    for i in range(codes.size):
        placed[i] = places[codes[i]] if codes[i] >= 0 else -1


@kernel
def _count(
    starts: Int64s, times: Int64s, skip: Bytes, codes: Int32s, of_owner: bool, low: int, high: int, counts: Int64s
) -> None:
    """What is in no combination is counted in the last place."""
    for owner in range(starts.size - 1):
        if not is_read(owner, skip[:0], skip):
            continue
        for i in range(starts[owner], starts[owner + 1]):
            if low <= times[i] < high:
                code = codes[owner if of_owner else i]
                counts[code if code >= 0 else counts.size - 1] += 1
                if of_owner:
                    break


def prepare_crossing(
    timelines: TimelineSet, periods: Sequence[Period], dimensions: Sequence[Dimension]
) -> tuple[Crossing, tuple[str, ...]]:
    """How to divide a query by periods and two or three dimensions, and what its segments are called.

    Each dimension keeps its own most frequent values and pools the rest, as if it were alone. Of the combinations that occur the
    most frequent stay, ties by name, as many as fit into 4,096 cells with the periods; the rest becomes "other".
    """
    if not 2 <= len(dimensions) <= MOST_DIMENSIONS or len({one.id for one in dimensions}) < len(dimensions):
        named = ", ".join(one.id for one in dimensions)
        raise BadInput(f"A query is divided by up to {MOST_DIMENSIONS} different dimensions, but {named} came.")
    fitting = int(_MOST_COMBINATIONS ** (1 / len(dimensions)))
    cuts = tuple(prepare_cut(timelines, periods, replace(one, max_cells=min(one.max_cells, fitting)))[0] for one in dimensions)
    combinations = int(np.prod([len(cut.labels) for cut in cuts]))
    crossing = Crossing(cuts[0].edges, cuts, fixed(np.zeros(combinations, np.int32)), ())
    counts = sum((crossing.count(shard) for shard in timelines.shards), np.zeros(combinations, np.int64))
    labels = [tuple(cut.labels[i] for cut, i in zip(cuts, at, strict=True)) for at in np.ndindex(*(len(c.labels) for c in cuts))]
    used = sorted(np.flatnonzero(counts).tolist(), key=lambda code: (-int(counts[code]), labels[code]))
    most = max(1, MAX_CELLS // (int(crossing.edges.size) - 1))
    kept = used if len(used) <= most else used[: most - 1]
    places = np.full(combinations, -1, np.int32)
    places[kept] = np.arange(len(kept))
    places[used[len(kept) :]] = len(kept)
    told = [labels[code] for code in kept] + ([(OTHER,) * len(cuts)] if len(kept) < len(used) else [])
    names = [" / ".join(parts) for parts in told[: len(kept)]] + [OTHER] * (len(told) - len(kept))
    whole = replace(crossing, places=fixed(places), labels=tuple(told) or (("",) * len(cuts),), pooled=len(used) - len(kept))
    return whole, tuple(_distinct(names)) or ("",)


def _distinct(names: Sequence[str]) -> list[str]:
    """The same names; one that came before gets a number."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return found
