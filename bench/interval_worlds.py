"""What a world is in which an interval is tried, and a row of the table of coverage.

A world says how likely an interval is to hold the truth there, and to lie wholly above or below it: by adding up all outcomes where they
can be listed (binomial and Poisson counts), else by drawing data sets. Worlds of one interval and one number of people are one row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from touchpath.model.errors import BadInput

Limits = tuple[float, float]


class Coverage(NamedTuple):
    """How often an interval held the truth, lay wholly below it, and above it: shares of the data sets that have an interval; and the
    share that has none."""

    holds: float
    below: float
    above: float
    none: float = 0.0


class World(NamedTuple):
    """One truth and one way of drawing people: `cover` gets a generator and the number of data sets."""

    name: str
    cover: Callable[[Generator, int], Coverage]


Worlds = Callable[[], Sequence[World]]


@dataclass(frozen=True)
class Case:
    """One row of the table: an interval, how many people, and the worlds it is tried in.

    least: the coverage that each world has to reach (tests hold it); caveat: where that is much below 0.95, what to know.
    slow: each data set costs so many times one of the others.
    """

    family: str
    interval: str
    people: str
    worlds: Worlds
    least: float
    caveat: str = ""
    slow: int = 1


def drawn(name: str, truth: float, draw: Callable[[Generator], Limits | None]) -> World:
    """A world whose data sets are drawn; `draw` gives limits, or None where there is no interval."""

    def cover(random: Generator, rounds: int) -> Coverage:
        found = [_limits(draw, random) for _ in range(rounds)]
        given = np.array([limits for limits in found if limits is not None]).reshape(-1, 2)
        below, above = float((given[:, 1] < truth - 1e-9).mean()), float((given[:, 0] > truth + 1e-9).mean())
        return Coverage(1 - below - above, below, above, 1 - len(given) / rounds)

    return World(name, cover)


def _limits(draw: Callable[[Generator], Limits | None], random: Generator) -> Limits | None:
    try:
        return draw(random)
    except BadInput:
        return None


def listed(name: str, truth: float, outcomes: Sequence[tuple[float, Limits | None]]) -> World:
    """A world whose outcomes are listed, each with its probability: its coverage is exact."""

    def cover(random: Generator, rounds: int) -> Coverage:
        total = sum(p for p, limits in outcomes if limits is not None)
        below = sum(p for p, limits in outcomes if limits is not None and limits[1] < truth - 1e-12) / total
        above = sum(p for p, limits in outcomes if limits is not None and limits[0] > truth + 1e-12) / total
        return Coverage(1 - below - above, below, above, max(1 - total, 0.0))

    return World(name, cover)
