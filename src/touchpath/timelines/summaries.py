"""What all summaries share: they add and subtract field by field, and are equal when every count is."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import reduce
from typing import Any, Self, TypeVar, cast

import numpy as np

from touchpath.timelines.arrays import Int64s
from touchpath.timelines.moments import add_counts, add_up

S = TypeVar("S")

#: Fewer summaries than this are added one after the other.
_FEW = 3


class Counts:
    """Base of frozen dataclasses whose fields are int64 arrays (cell first) or summaries themselves."""

    __slots__ = ()

    def _parts(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}  # type: ignore[arg-type]

    def __add__(self, other: Self) -> Self:
        theirs = other._parts()
        return type(self)(**{name: _add(mine, theirs[name]) for name, mine in self._parts().items()})

    @classmethod
    def add_all(cls, parts: Sequence[Self]) -> Self:
        """The sum of several at once."""
        if cls.__add__ is not Counts.__add__:
            return _add_halves(parts)
        of_each = [part._parts() for part in parts]
        return cls(**{name: add_all([fields[name] for fields in of_each]) for name in of_each[0]})

    def __sub__(self, other: Self) -> Self:
        theirs = other._parts()
        return type(self)(**{name: mine - theirs[name] for name, mine in self._parts().items()})

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        theirs = other._parts()
        return all(_same(mine, theirs[name]) for name, mine in self._parts().items())

    __hash__ = None  # type: ignore[assignment]


def subtracts(summary: object) -> bool:
    """Whether the summary of some owners can be taken from that of all, which leaves exactly that of the others."""
    if isinstance(summary, Counts):
        # Who adds in a way of their own, by the larger say, has to subtract in a way of their own.
        kind = type(summary)
        if kind.__add__ is not Counts.__add__ and kind.__sub__ is Counts.__sub__:
            return False
        return all(isinstance(part, np.ndarray) or subtracts(part) for part in summary._parts().values())
    return hasattr(summary, "__sub__")


def add_all(parts: Sequence[S]) -> S:
    """The sum of one summary or more, in this order, bit for bit as adding one after the other, but without reading what was added before each time."""
    if len(parts) < _FEW:
        return reduce(_add, parts)
    if isinstance(parts[0], np.ndarray):
        return cast(S, add_up(cast(Sequence[Int64s], parts)))
    own = getattr(type(parts[0]), "add_all", _add_halves)
    return cast(S, own(parts))


def _add_halves(parts: Sequence[S]) -> S:
    """Neighbours are added first, then their sums: summaries that grow are read a few times, however many there are."""
    while len(parts) > 1:
        last = parts[len(parts) // 2 * 2 :]
        parts = [*map(_add, parts[::2], parts[1::2]), *last]
    return parts[0]


def _add(mine: Any, theirs: Any) -> Any:
    return add_counts(mine, theirs) if isinstance(mine, np.ndarray) else mine + theirs


def _same(mine: Any, theirs: Any) -> bool:
    return np.array_equal(mine, theirs) if isinstance(mine, np.ndarray) else bool(mine == theirs)
