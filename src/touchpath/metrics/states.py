"""What states and movements mean: shares of owners in a state, and of those who moved from one to another."""

from __future__ import annotations

from touchpath.metrics.conclude import conclude_share
from touchpath.metrics.metric import Number
from touchpath.timelines.moments import Ratio
from touchpath.timelines.states import StateCounts


def _once(n: int, y: int) -> Ratio:
    """A ratio to which everybody contributes once."""
    return Ratio(n, n, y, n, y, y)


def estimate_state(summary: StateCounts, cell: int, state: int, confidence: float = 0.95) -> Number:
    """Share of owners in a state at the end of the period, of those in any."""
    ended = summary.moves[cell].sum(axis=0)
    return conclude_share(_once(int(ended[1:].sum()), int(ended[state])), "people", "nobody is in any state", confidence)


def estimate_move(summary: StateCounts, cell: int, before: int, after: int, confidence: float = 0.95) -> Number:
    """Share of those who began the period in one state who ended it in another (or the same)."""
    began = summary.moves[cell, before]
    return conclude_share(_once(int(began.sum()), int(began[after])), "people", "nobody began the period there", confidence)
