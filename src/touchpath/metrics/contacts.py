"""What contacts mean: first contact resolution, contacts per case, hand-offs that show, and time to resolution."""

from __future__ import annotations

import math

from touchpath.metrics.conclude import conclude_mean, conclude_share, conclude_time
from touchpath.metrics.metric import Number
from touchpath.timelines.contacts import ContactCounts

_NOBODY = "no case is decided"


def estimate_first(summary: ContactCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of the decided cases that were settled at the first contact, clustered by person."""
    return conclude_share(summary.share.cell(cell), "cases", _NOBODY, confidence)


def estimate_contacts(summary: ContactCounts, cell: int, confidence: float = 0.95) -> Number:
    """How often people got in touch about one decided case."""
    ratio = summary.contacts.cell(cell)
    return conclude_mean(ratio, "per_case", "cases", _NOBODY, confidence, bounds=(1.0, math.inf))


def estimate_channels(summary: ContactCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of the decided cases in which people used more than one channel."""
    return conclude_share(summary.channels.cell(cell), "cases", _NOBODY, confidence)


def estimate_agents(summary: ContactCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of the decided cases with any agent known on which more than one worked."""
    return conclude_share(summary.agents.cell(cell), "cases", "no agent is known", confidence)


def estimate_resolution_time(summary: ContactCounts, cell: int, confidence: float = 0.95) -> Number:
    """Typical seconds from the first contact to the last resolution, of decided cases that stand resolved."""
    return conclude_time(summary.times, cell, "cases", "no decided case stands resolved", confidence)
