"""What flows mean: the share that goes each way, the share that is lost at each step, and how long it takes to get there."""

from __future__ import annotations

import math

from touchpath.metrics.conclude import conclude_mean, conclude_share
from touchpath.metrics.metric import Number
from touchpath.timelines.flows import FlowCounts

_NO_FLOW = "no flow is decided"


def estimate_way(summary: FlowCounts, base: int, row: int, confidence: float = 0.95) -> Number:
    """Share of the flows that begin with this path; base: the row of their cell at step 0."""
    return conclude_share(summary.trails.share(row, summary.reached.cell(base)), "flows", _NO_FLOW, confidence)


def estimate_end(summary: FlowCounts, row: int, confidence: float = 0.95) -> Number:
    """Of the flows that begin with this path, the share that ends with it."""
    return conclude_share(summary.trails.second(row), "flows", _NO_FLOW, confidence)


def estimate_way_time(summary: FlowCounts, row: int, confidence: float = 0.95) -> Number:
    """Mean seconds between the signal and the path's last node."""
    return conclude_mean(summary.trails.spent(row), "seconds", "flows", _NO_FLOW, confidence, 0.001, (0.0, math.inf))


def estimate_lost(summary: FlowCounts, row: int, confidence: float = 0.95) -> Number:
    """Of the flows that come to a step, the share that ends there."""
    return conclude_share(summary.reached.cell(row), "flows", "no flow comes so far", confidence)
