"""Open time: how much business time has passed by a moment, from a table. Kernels and folds never divide by a day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.timelines.arrays import Int64s


@dataclass(frozen=True, slots=True)
class OpenTime:
    """Spans [opens, closes) in microseconds, ascending and apart, in which business time runs; it stands still in between.

    It must reach over all times that it is asked about. Raises BadInput without any span, and for spans that are not in order.
    """

    opens: tuple[int, ...]
    closes: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.opens:
            raise BadInput("These business hours are never open in the time of the data. Look at their days, and at 'closed'.")
        borders = np.array([self.opens, self.closes]).T.ravel()
        if len(self.opens) != len(self.closes) or bool((np.diff(borders) <= 0).any()):
            raise BadInput("Business hours must be spans that follow each other without touching.")

    def by(self, times: Int64s) -> Int64s:
        """How many open microseconds have passed by each time, counted from the first opening."""
        opens, closes = np.array(self.opens, np.int64), np.array(self.closes, np.int64)
        before = np.concatenate(([0], np.cumsum(closes - opens)))
        span = np.searchsorted(opens, times, "right") - 1
        inside = np.minimum(times, closes[span]) - opens[span]
        passed: Int64s = np.where(span < 0, 0, before[span] + inside)
        return passed
