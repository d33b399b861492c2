"""Small timelines for metrics: people with a few signals each, as the arrays that folds read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest

from touchpath.timelines.arrays import NO_BYTES, NO_VALUE, VALUE_SCALE, Cells, Timelines, one_cell
from touchpath.timelines.fold import Fold

SECOND = 1_000_000
Happened = tuple[float, str] | tuple[float, str, float]


def timelines_of(people: Mapping[int, Sequence[Happened]]) -> Timelines:
    """Timelines of {owner: [(seconds, kind), (seconds, kind, value), ...]}, in time order."""
    rows = [signal for owner in sorted(people) for signal in people[owner]]
    kinds = ("", *sorted({row[1] for row in rows}))
    values = [NO_VALUE if len(row) < 3 else round(row[2] * VALUE_SCALE) for row in rows]
    return Timelines(
        owners=np.array(sorted(people), np.int64),
        starts=np.cumsum([0, *(len(people[owner]) for owner in sorted(people))]).astype(np.int64),
        times=np.array([round(row[0] * SECOND) for row in rows], np.int64),
        kinds=np.array([kinds.index(row[1]) for row in rows], np.int32),
        columns={"value": np.array(values, np.int64)},
        words={"kind": kinds},
    )


@pytest.fixture(scope="session")
def summarise() -> Callable[..., object]:
    """summarise(fold, people, edges=None, end=1e9): the summary, cut into periods at `edges` (seconds)."""

    def run(fold: Fold, people: Mapping[int, Sequence[Happened]], edges: Sequence[float] = (), end: float = 1e9) -> object:
        cells = Cells(np.array([edge * SECOND for edge in edges], np.int64)) if edges else one_cell()
        return fold.map(timelines_of(people), cells, NO_BYTES, round(end * SECOND)).summary

    return run
