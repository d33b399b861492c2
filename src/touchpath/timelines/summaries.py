"""What all summaries share: they add and subtract field by field, and are equal when every count is."""

from __future__ import annotations

import dataclasses
from typing import Any, Self

import numpy as np

from touchpath.timelines.moments import add_counts


class Counts:
    """Base of frozen dataclasses whose fields are int64 arrays (cell first) or summaries themselves."""

    __slots__ = ()

    def _parts(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}  # type: ignore[arg-type]

    def __add__(self, other: Self) -> Self:
        theirs = other._parts()
        return type(self)(**{name: _add(mine, theirs[name]) for name, mine in self._parts().items()})

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


def _add(mine: Any, theirs: Any) -> Any:
    return add_counts(mine, theirs) if isinstance(mine, np.ndarray) else mine + theirs


def _same(mine: Any, theirs: Any) -> bool:
    return np.array_equal(mine, theirs) if isinstance(mine, np.ndarray) else bool(mine == theirs)
