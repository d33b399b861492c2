"""What coming together means: lift, and the share of the cases with one thing that have the other."""

from __future__ import annotations

from touchpath.metrics.conclude import conclude_share, few
from touchpath.metrics.metric import Number
from touchpath.model.estimate import Estimate, Undefined
from touchpath.stats.lift import lift, lift_interval
from touchpath.timelines.cooccurrence import Pair


def estimate_lift(pair: Pair, confidence: float = 0.95) -> Number:
    """How many times as often two nodes come in one case as they would if one said nothing about the other, clustered by person."""
    if pair.a == 0 or pair.b == 0:
        return Undefined("one of the two never comes", pair.t, "cases")
    if pair.c == 0:
        return Undefined("no case has both", pair.t, "cases")
    if pair.people < 2:
        return Undefined("only 1 person, and an interval needs two", pair.t, "cases", people=1)
    low, high = lift_interval(pair, confidence)
    method = f"lift, delta method on its logarithm, clustered by person ({pair.people} people)"
    warnings, behind = few(pair.with_both), pair.people
    return Estimate(lift(pair), low, high, pair.t, "cases", "times", confidence, method, warnings=warnings, people=behind)


def estimate_second(pair: Pair, confidence: float = 0.95) -> Number:
    """Of the cases with the first node, the share that has the second too."""
    return conclude_share(pair.second_with_first, "cases", "the first never comes", confidence)


def estimate_first(pair: Pair, confidence: float = 0.95) -> Number:
    """Of the cases with the second node, the share that has the first too."""
    return conclude_share(pair.first_with_second, "cases", "the second never comes", confidence)
