"""Procedures about the two customer effort scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from touchpath.stats.effort import EFFORT_POINTS, ease_mean, ease_tally, effort_mean
from touchpath.stats.procedures.checked import Answer, Count, Numbers, Procedure

#: How many gave each answer from 1 to 7; an answer that nobody gave may be left out.
Ease = dict[Literal["1", "2", "3", "4", "5", "6", "7"], Count]


def _by_point(counts: Ease) -> dict[int, int]:
    return {int(point): count for point, count in counts.items()}


def _mean(counts: Ease) -> Answer:
    return {"mean": ease_mean(_by_point(counts))}


def _net_index(counts: Ease) -> Answer:
    return {"index": ease_tally(_by_point(counts)).score}


def _version_1(ratings: Numbers) -> Answer:
    mean = effort_mean(ratings)
    return {"mean": mean, "ease_mean": EFFORT_POINTS + 1 - mean}


EFFORT: Mapping[str, Procedure] = {
    "ces_mean": _mean,
    "ces_net_index": _net_index,
    "ces_v1_mean": _version_1,
}
