"""Where the values of a property are found that no timeline has a column for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class FoundValues:
    """The signals that have a property, newest revisions only.

    keys: (signals,) int64 signal keys, ascending, each once.   codes: (signals,) int32 into `words`, never 0.
    words: the texts by code; code 0 is "" (none).   version: of the store that was read.   rows, bytes: what was read.
    """

    keys: NDArray[np.int64]
    codes: NDArray[np.int32]
    words: Sequence[str]
    version: int
    rows: int = 0
    bytes: int = 0


class PropertyStore(Protocol):
    """Finds what signals say of a property, by reading all of them."""

    @property
    def version(self) -> int:
        """Of the signals, as in SignalStore."""
        ...

    def find(self, name: str) -> FoundValues:
        """The values of one property, with the same meaning as a column of timelines has it: scalars as text."""
        ...

    def cost(self, name: str) -> tuple[int, int, bool]:
        """Rows and bytes that finding this property reads, and whether it is kept, so that nothing is read."""
        ...

    def clear(self) -> None:
        """Forget what was found and is kept, as after an erasure."""
        ...

    def names(self) -> Sequence[str]:
        """Names of properties that signals have, from as many of them as is quick to read: for "did you mean"."""
        ...
