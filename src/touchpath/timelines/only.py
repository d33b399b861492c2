"""A fold over some of the signals only: what fails a rule is as if it had never happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic

import numpy as np

from touchpath.model.experience import Dimension
from touchpath.model.rules import Condition, EventRule
from touchpath.timelines.arrays import NO_BYTES, Bytes, Cells, Column, Int64s, Timelines
from touchpath.timelines.fold import Ending, Fold, Folded, S, ending_of
from touchpath.timelines.kernels import fixed
from touchpath.timelines.match import match, words_pass
from touchpath.timelines.order import expand
from touchpath.timelines.segments import is_of_owner, owner_values, signal_values
from touchpath.timelines.shared import Shared

#: A dimension, and what its value must be.
Held = tuple[Dimension, Condition]

#: Blocks of timelines have about this many signals.
BLOCK_SIGNALS = 1 << 21


@dataclass(frozen=True, slots=True)
class OnlySignals(Generic[S]):
    """The fold `of`, over the signals that meet `rule` alone. The end of the data stays where it is.

    held: conditions on the value that a dimension has at the time of the signal, as a cut by it gives: carried forward from
    earlier signals, those left out among them, if it changes from signal to signal.   failing: over all other signals instead.
    """

    rule: EventRule
    of: Fold[S]
    held: tuple[Held, ...] = ()
    failing: bool = False

    def ending(self, edges: Int64s, end: int) -> Ending:
        """As the fold itself: the last of some signals is no later than the last of all."""
        return ending_of(self.of, edges, end)

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[S]:
        """Read each timeline once, without the signals that fail."""
        kept, left = self._left(timelines)
        if cells.signal_codes.size:
            cells = replace(cells, signal_codes=fixed(cells.signal_codes[kept]))
        return self.of.map(left, cells, people, end)

    def _left(self, timelines: Timelines) -> tuple[Int64s, Timelines]:
        """The rows that meet the rule, and the timelines of these alone; worked out once for all folds that share the rule."""
        if isinstance(timelines, Shared):
            return timelines.once(("only", self.rule, self.held, self.failing), lambda: self._only(timelines, Shared))
        return self._only(timelines, lambda left: left)

    def _only(self, timelines: Timelines, wrap: Callable[[Timelines], Timelines]) -> tuple[Int64s, Timelines]:
        kept = rows_that(timelines, self.rule, self.held)
        if self.failing:
            kept = np.delete(np.arange(timelines.times.size), kept)
        return kept, wrap(only_rows(timelines, kept))


def rows_that(timelines: Timelines, rule: EventRule, held: Sequence[Held] = ()) -> Int64s:
    """The rows of the signals that meet a rule, at whose time dimensions have values that meet their conditions; ascending."""
    passes = match(timelines, [rule]).of(0)
    for dimension, condition in held:
        words = words_pass(timelines.words.get(dimension.field, ("",)), condition)
        if is_of_owner(dimension):
            passes = passes & np.repeat(words[owner_values(timelines, dimension)], np.diff(timelines.starts))
        else:
            passes = passes & words[signal_values(timelines, dimension)]
    return np.flatnonzero(passes)


def only_rows(timelines: Timelines, kept: Int64s) -> Timelines:
    """The same owners with some of their signals. kept: rows, ascending. Further columns are cut when they are asked for."""
    return Timelines(
        owners=timelines.owners,
        starts=fixed(np.searchsorted(kept, timelines.starts), np.int64),
        times=fixed(timelines.times[kept]),
        kinds=fixed(timelines.kinds[kept]),
        columns=_Cut(timelines.columns, kept),
        words=timelines.words,
        skip=timelines.skip,
    )


def only_owners(timelines: Timelines, places: Int64s) -> Timelines:
    """Some of the owners with all of their signals. places: theirs in `owners`, ascending. Columns are cut when they are asked for."""
    begins, ends = timelines.starts[places], timelines.starts[places + 1]
    kept = expand(fixed(begins), fixed(ends))
    return replace(
        timelines,
        owners=fixed(timelines.owners[places]),
        starts=fixed(np.concatenate([np.zeros(1, np.int64), np.cumsum(ends - begins)])),
        times=fixed(timelines.times[kept]),
        kinds=fixed(timelines.kinds[kept]),
        columns=_Cut(timelines.columns, kept),
        skip=NO_BYTES,
        reopen=None,
    )


def blocks_of(timelines: Timelines, most: int = BLOCK_SIGNALS) -> Iterator[tuple[Timelines, slice]]:
    """The same timelines in blocks of neighbouring owners, about `most` signals each, and which owners these are; an owner is never divided.

    Nothing is copied: what is read of memory-mapped columns is read block by block.
    """
    first = 0
    while first < timelines.people:
        after = int(np.searchsorted(timelines.starts, timelines.starts[first] + most, "right")) - 1
        last = min(max(after, first + 1), timelines.people)
        low, high = int(timelines.starts[first]), int(timelines.starts[last])
        owners, rows = slice(first, last), slice(low, high)
        yield (
            replace(
                timelines,
                owners=timelines.owners[owners],
                starts=fixed(timelines.starts[first : last + 1] - low),
                times=fixed(timelines.times[rows]),
                kinds=fixed(timelines.kinds[rows]),
                columns=_Cut(timelines.columns, rows),
                skip=timelines.skip[owners],
                reopen=None,
            ),
            owners,
        )
        first = last


class _Cut(Mapping[str, Column]):
    """Columns of which only some rows are left, cut one by one as they are read."""

    def __init__(self, whole: Mapping[str, Column], kept: Int64s | slice) -> None:
        self._whole, self._kept, self._found = whole, kept, dict[str, Column]()

    def __getitem__(self, name: str) -> Column:
        if name not in self._found:
            self._found[name] = fixed(self._whole[name][self._kept])  # type: ignore[assignment]
        return self._found[name]

    def __contains__(self, name: object) -> bool:
        return name in self._whole

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole)

    def __len__(self) -> int:
        return len(self._whole)
