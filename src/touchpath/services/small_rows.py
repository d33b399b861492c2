"""Answers of queries for those who may not see small groups: which rows of their tables go, and what would give those away."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchpath.model.errors import NotAllowed
from touchpath.model.estimate import Estimate, Undefined
from touchpath.services.counted import COUNTED, Counted, Row
from touchpath.services.parties import without_overlap_counts
from touchpath.services.queries.query import WHERE
from touchpath.services.results import Number, QueryAnswer, Table, Value
from touchpath.stats.small_groups import hide_in_chain, hide_in_lines

#: What stands for the names of hidden rows.
HIDDEN = "(hidden)"
#: So many unknowns are not solved by a count, a mean and its interval.
_ENOUGH = 4

Cell = tuple[Value, ...]
_NOBODY: Mapping[Any, int] = {}


def withheld(least: int) -> Undefined:
    """What stands in place of a hidden number; it says nothing of how many there were."""
    return Undefined(f"hidden: a group of fewer than {least} people, or one that would give such a group away")


def shown_number(number: Number, least: int) -> Number:
    """A number of a group that is large enough, or of nobody."""
    return withheld(least) if 0 < number.group < least else number


def withhold_from_answer(
    whole: QueryAnswer, least: int, few: frozenset[str] = frozenset(), people: Mapping[Any, int] | None = None
) -> QueryAnswer:
    """The same answer without its small groups, nor those from which they could be worked out.

    Whoever asks a query says what is counted, so every count in it is a group: that of a segment, and that of a step, a value or a path.
    few: segments that go anyway, see `differences`. people: how many there are in each period and segment, where what is counted may be of
    fewer: where they are few, nothing is told. Raises NotAllowed for a query or a table of which is not known what it counts.
    """
    if least <= 1:
        return whole
    known = COUNTED.get(whole.query, {})
    if missing := [table.name for table in whole.tables if table.name not in known]:
        raise NotAllowed(
            f"What the table '{missing[0]}' of a query '{whole.query}' counts is not known, so small groups cannot be hidden in it. "
            "Ask somebody who may see single people."
        )
    sheets = {table.name: Sheet(table, known[table.name], least, few, people or {}) for table in whole.tables}
    before = -1
    while before != (now := sum(int(sheet.gone.sum()) for sheet in sheets.values())):
        before = now
        _spread(sheets)
    tables = tuple(sheet.shown(sheets) for sheet in sheets.values())
    notes = without_overlap_counts(whole.notes)
    if tables == whole.tables:
        return whole if notes == whole.notes else replace(whole, notes=notes)
    note = f"Groups of fewer than {least} people are hidden, and those that would give them away."
    return replace(whole, tables=tables, notes=(*notes, note))


def _spread(sheets: Mapping[str, Sheet]) -> None:
    """Hide what each table needs hidden, and what that means for the others."""
    for sheet in sheets.values():
        sheet.complete()
    lost = {cell for sheet in sheets.values() if sheet.is_whole for cell in sheet.lost()}
    for sheet in sheets.values():
        followed = {cell for name in sheet.counted.follows if name in sheets for cell in sheets[name].lost()}
        sheet.drop(lost | followed)


class Sheet:
    """One table while it is cut: which of its rows are gone."""

    def __init__(
        self, table: Table, counted: Counted, least: int, few: frozenset[str] = frozenset(), people: Mapping[Any, int] = _NOBODY
    ) -> None:
        self.table, self.counted, self.least = table, counted, least
        self.rows = table.records()
        self.where = tuple(name for name in WHERE if name in table.columns)
        self.cells: list[Cell] = [tuple(row[name] for name in self.where) for row in self.rows]
        counts = [[_count(row.get(name)) for name in counted.counts] for row in self.rows]
        there = [people.get(cell) for cell in self.cells]
        # Rows of a few busy people that go must have enough people together, too.
        both = [[*row, max(row, default=0) if n is None else n] for row, n in zip(counts, there, strict=True)]
        self.counts = np.array(both, np.int64).reshape(len(self.rows), len(counted.counts) + 1)
        aside = {name for names in (*counted.aside, *counted.apart.values()) for name in names}
        self.gone = np.array(
            [
                row.get("segment") in few or self._is_small(row, aside) or 0 < (n or 0) < least
                for row, n in zip(self.rows, there, strict=True)
            ],
            np.bool_,
        )
        self.lines = list(self._lines())

    @property
    def is_whole(self) -> bool:
        """Whether a row is all of its period and segment."""
        return not self.counted.labels and bool(self.counted.counts)

    def lost(self, scarce: bool = False) -> set[Cell]:
        """Where anything is hidden; `scarce`: where there are too few rows for it to be safe from a count, a mean and its interval."""
        found = {cell for cell, gone in zip(self.cells, self.gone, strict=True) if gone}
        return {cell for cell in found if self.cells.count(cell) < _ENOUGH} if scarce else found

    def drop(self, cells: set[Cell]) -> None:
        """Hide all rows of these periods and segments; without a column for one of both it counts for all of it."""
        if not cells:
            return
        at = [WHERE.index(name) for name in self.where]
        ours = {tuple(cell[place] for place in at) if len(cell) == len(WHERE) else cell for cell in cells}
        self.gone |= np.array([cell in ours for cell in self.cells], np.bool_)

    def complete(self) -> None:
        """Hide what would give hidden rows away."""
        before = -1
        while before != int(self.gone.sum()):
            before = int(self.gone.sum())
            if self.counted.whole:
                self.drop(self.lost())
            if self.counted.counts:
                self.gone = hide_in_lines(self.counts, self.gone, self.lines, self.least)
            if self.counted.chain:
                self._loosen()

    def shown(self, sheets: Mapping[str, Sheet]) -> Table:
        """The table as it may be seen."""
        blank = {name for names in self.counted.aside if self._any_small(names) for name in names}
        apart = [(sheets[name].lost(), columns) for name, columns in self.counted.apart.items() if name in sheets]
        apart += [(sheets[name].lost(scarce=True), columns) for name, columns in self.counted.scarce.items() if name in sheets]
        told: list[tuple[Value, ...]] = []
        for cell, places in _runs(self.cells):
            away = blank | {name for cells, columns in apart if cell in cells for name in columns}
            kept = [place for place in places if not (self.counted.named and self.gone[place])]
            told += [self._told(self.rows[place], bool(self.gone[place]), away) for place in kept]
            if len(kept) < len(places):
                told.append(self._told({**self.rows[places[0]], **self._nameless()}, True, away))
        return Table(self.table.name, self.table.columns, tuple(told))

    def _nameless(self) -> dict[str, Value]:
        first, *others = (name for name in self.counted.labels if name not in self.counted.plain)
        return {**dict.fromkeys(self.counted.labels), first: HIDDEN, **dict.fromkeys(others, "")}

    def _told(self, row: Row, gone: bool, away: Iterable[str]) -> tuple[Value, ...]:
        kept = (*self.where, *self.counted.labels)
        return tuple(
            value
            if name in kept or name.startswith("segment_") or isinstance(value, bool)
            else self._value(name, value, gone or name in away)
            for name, value in row.items()
        )

    def _value(self, name: str, value: Value, gone: bool) -> Value:
        if value is None or (gone and (isinstance(value, str) or name in self.counted.plain)):
            return None
        few = isinstance(value, Estimate | Undefined) and 0 < value.group < self.least
        share = self.counted.quantiles.get(name)
        if share is not None and isinstance(value, Estimate):
            few = few or min(share, 1 - share) * value.group < self.least
        return withheld(self.least) if gone or few or name in self.counted.single else value

    def _is_small(self, row: Row, aside: set[str]) -> bool:
        counts = [_count(row.get(name)) for name in self.counted.counts]
        for whole, *parts in self.counted.rests:
            counts.append(_count(row.get(whole)) - sum(_count(row.get(part)) for part in parts))
        for name, value in row.items():
            if name not in aside:
                counts += _sides(value)
                if isinstance(value, Estimate | Undefined) and value.people is not None:
                    counts.append(value.group)
        return any(0 < count < self.least for count in counts)

    def _any_small(self, names: Iterable[str]) -> bool:
        counts = (count for row in self.rows for name in names for count in (_count(row.get(name)), *_sides(row.get(name))))
        return any(0 < count < self.least for count in counts)

    def _lines(self) -> Iterator[NDArray[np.int64]]:
        """Rows that add up: as the table says, and the same labels over all segments and over all periods."""
        labels, columns = self.counted.labels, self.table.columns
        fixed: list[tuple[str, ...]] = [(*self.where, *held) for held in self.counted.lines]
        if "segment" in columns:
            fixed.append((*(name for name in self.where if name != "segment"), *labels))
        if "from" in columns:
            fixed.append(("segment", *labels))
        keyed: list[list[tuple[Hashable, ...]]] = [[tuple(row[name] for name in names) for row in self.rows] for names in fixed]
        keyed += [[(*cell, tell(row)) for cell, row in zip(self.cells, self.rows, strict=True)] for tell in self.counted.line_of]
        for keys in keyed:
            found: dict[tuple[Hashable, ...], list[int]] = {}
            for place, key in enumerate(keys):
                if key[-1:] != (None,):
                    found.setdefault(key, []).append(place)
            yield from (np.array(places, np.int64) for places in found.values() if len(places) > 1)

    def _loosen(self) -> None:
        """Hide rows of a chain until each loss between shown rows is none or enough, and none hidden lies between equal ones."""
        column = self.counts[:, self.counted.counts.index(self.counted.chain)]
        for _, places in _runs(self.cells):
            self.gone[places] = hide_in_chain(column[places].tolist(), self.least, self.gone[places].tolist())


def _runs(cells: Sequence[Cell]) -> Iterator[tuple[Cell, list[int]]]:
    """Rows that stand together in one period and segment."""
    found: dict[Cell, list[int]] = {}
    for place, cell in enumerate(cells):
        found.setdefault(cell, []).append(place)
    yield from found.items()


def _count(value: object) -> int:
    """How many a value stands for: a whole number itself, a number its people."""
    if isinstance(value, Estimate | Undefined):
        return value.group
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _sides(value: object) -> tuple[int, ...]:
    """Those that a share counts, and the others; of a number that is no count over another there are none."""
    if not isinstance(value, Estimate) or value.unit != "share":
        return ()
    part = value.value * value.n
    if abs(part - round(part)) > 1e-6 * max(1.0, part) or not 0 <= round(part) <= value.n:
        return ()
    return round(part), value.n - round(part)
