"""The segment of each owner or signal: the word codes of a dimension, read as the dimension says it changes."""

from __future__ import annotations

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.experience import Dimension
from touchpath.timelines.arrays import Int32s, Int64s, Timelines
from touchpath.timelines.kernels import fixed, kernel


def is_of_owner(dimension: Dimension) -> bool:
    """Whether an owner has one value of this dimension, rather than each signal its own."""
    return dimension.level != "signal" and dimension.changes != "as_of_signal"


def coded(timelines: Timelines, dimension: Dimension) -> Int32s:
    """(signals,) the words of the dimension's field as codes; raises BadInput for a field of numbers or of objects."""
    if dimension.field == "value" or dimension.field.startswith("objects."):
        raise BadInput(f"Dimension '{dimension.id}' reads {dimension.field}, which has no words to cut by. Use a property.")
    return fixed(timelines.code(dimension.field), np.int32)


def owner_values(timelines: Timelines, dimension: Dimension) -> Int32s:
    """(people,) word code of each owner: the first known one if the dimension is fixed, the last known one if not; 0 = none."""
    values = np.zeros(timelines.people, np.int32)
    _owner_values(fixed(timelines.starts), coded(timelines, dimension), dimension.changes == "fixed", values)
    return values


def signal_values(timelines: Timelines, dimension: Dimension) -> Int32s:
    """(signals,) word code of each signal: its own, or for a dimension of owners the last one known by then; 0 = none."""
    codes = coded(timelines, dimension)
    if dimension.level == "signal":
        return codes
    values = np.zeros(timelines.signals, np.int32)
    _carry(fixed(timelines.starts), codes, values)
    return values


@kernel
def _owner_values(starts: Int64s, codes: Int32s, first: bool, values: Int32s) -> None:
    for owner in range(starts.size - 1):
        for i in range(starts[owner], starts[owner + 1]):
            if codes[i] != 0:
                values[owner] = codes[i]
                if first:
                    break


@kernel
def _carry(starts: Int64s, codes: Int32s, values: Int32s) -> None:
    for owner in range(starts.size - 1):
        known = 0
        for i in range(starts[owner], starts[owner + 1]):
            if codes[i] != 0:
                known = codes[i]
            values[i] = known
