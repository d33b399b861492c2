"""Weights that bring the people who answered to known shares of everybody: by one variable or cell, by several at once, and cut where few carry much."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from touchpath.model.errors import BadInput
from touchpath.stats.resampling import Floats, Int64s, finite

#: Shares of a margin must add up to 1 this closely.
_SUMS_TO = 1e-6


@dataclass(frozen=True, slots=True)
class Margin:
    """One variable with known shares.

    values: (people,) what each person has. shares: the share of everybody who has each value; they add up to 1.
    """

    name: str
    values: Sequence[Hashable]
    shares: Mapping[Hashable, float]


@dataclass(frozen=True, slots=True)
class Raked:
    """Weights fitted to margins, with mean 1.

    converged: every share is as near as was asked. rounds: how often all margins were gone through. gap: the largest distance between
    a weighted share and its target, in shares.
    """

    weights: Floats
    converged: bool
    rounds: int
    gap: float


def post_stratify(margin: Margin, weights: ArrayLike | None = None) -> Floats:
    """Weights (mean 1) with which each value of one margin has its known share; cells of several variables are tuples as values.

    weights: those to begin with, all above 0, or None for equal ones. **Source**: Holt & Smith 1979, J. R. Statist. Soc. A 142:33.
    Raises BadInput where nobody has a value of a known share above 0: cells have to be merged then.
    """
    return rake([margin], weights, most_rounds=1).weights


def rake(
    margins: Sequence[Margin],
    weights: ArrayLike | None = None,
    *,
    tolerance: float = 1e-6,
    most_rounds: int = 200,
) -> Raked:
    """Weights (mean 1) with which every margin has its known shares, moved as little as possible (iterative proportional fitting).

    Goes through the margins again and again until no weighted share is further than `tolerance` from its target; when that does not
    happen in `most_rounds` (margins that contradict each other among these people), `converged` is False and `gap` says how far it got.
    **Source**: Deming & Stephan 1940, Annals of Mathematical Statistics 11:427; Deville, Särndal & Sautory 1993, JASA 88:1013.
    Raises BadInput for margins whose shares do not add up to 1, for values without a known share or people, and weights of 0 or less.
    """
    if not margins:
        raise BadInput("Weights are fitted to at least one margin, but none came.")
    codes, targets = zip(*(_coded(margin) for margin in margins), strict=True)
    current = _begin(weights, codes[0].size)
    if any(code.size != current.size for code in codes):
        raise BadInput(f"Each person needs a value in every margin, but the margins have {[code.size for code in codes]} values.")
    gap, rounds = _gap(current, codes, targets), 0
    while gap > tolerance and rounds < most_rounds:
        for code, target in zip(codes, targets, strict=True):
            shares = np.bincount(code, current, target.size) / current.sum()
            current = current * (target / shares)[code]
        gap, rounds = _gap(current, codes, targets), rounds + 1
    return Raked(current / current.mean(), gap <= tolerance, rounds, gap)


def margin_gap(weights: ArrayLike, margins: Sequence[Margin]) -> float:
    """The largest distance between a weighted share and its target: how far weights are from their margins, after a cut for example."""
    codes, targets = zip(*(_coded(margin) for margin in margins), strict=True)
    return _gap(_begin(weights, codes[0].size), codes, targets)


def _coded(margin: Margin) -> tuple[Int64s, Floats]:
    """The place of each person's value among the margin's values, and the target share of each."""
    known = list(margin.shares)
    targets = np.array([margin.shares[value] for value in known], np.float64)
    if not known or not np.isfinite(targets).all() or targets.min() <= 0 or abs(targets.sum() - 1) > _SUMS_TO:
        raise BadInput(f"The shares of '{margin.name}' must be above 0 and add up to 1, but came as {dict(margin.shares)}.")
    place = {value: number for number, value in enumerate(known)}
    strange = [value for value in dict.fromkeys(margin.values) if value not in place]
    if strange:
        raise BadInput(f"People have {strange[0]!r} as '{margin.name}', of which no share is known. Known are: {known}.")
    codes = np.array([place[value] for value in margin.values], np.int64)
    empty = [value for value, people in zip(known, np.bincount(codes, minlength=len(known)), strict=True) if not people]
    if empty:
        raise BadInput(
            f"Nobody has {empty[0]!r} as '{margin.name}', so no weight can give it a share: merge it with another value."
        )
    return codes, targets / targets.sum()


def _begin(weights: ArrayLike | None, people: int) -> Floats:
    return np.ones(people) if weights is None else checked_weights(weights, people)


def checked_weights(weights: ArrayLike, people: int) -> Floats:
    """The weights as an array; raises BadInput unless there is one above 0 for each of the people (or rows)."""
    found = finite(weights, "Weights", 1)
    if found.size != people:
        raise BadInput(f"Each needs a weight, but {people} values and {found.size} weights came.")
    if float(found.min()) <= 0:
        raise BadInput(f"A weight must be above 0, but {found.min()} came. Leave out whoever does not count.")
    return found


def _gap(weights: Floats, codes: Sequence[Int64s], targets: Sequence[Floats]) -> float:
    total = weights.sum()
    return max(
        float(np.abs(np.bincount(code, weights, target.size) / total - target).max())
        for code, target in zip(codes, targets, strict=True)
    )


@dataclass(frozen=True, slots=True)
class Trimmed:
    """Weights (mean 1) of which none is above the ceiling, and what that did.

    cut: how many were cut. moved: the share of all weight that went from them to the others. largest: before and after.
    effective_before, effective_after: Kish's effective n.
    """

    weights: Floats
    cut: int
    moved: float
    largest_before: float
    largest_after: float
    effective_before: float
    effective_after: float


def trim(weights: ArrayLike, ceiling: float = 5.0) -> Trimmed:
    """Weights cut at a ceiling, a multiple of their mean; what is cut off goes to the others in proportion, so the sum stays.

    Trades a little bias for less noise; afterwards margins are no longer met exactly (`margin_gap`).
    **Source**: Potter 1990, Proceedings of the Survey Research Methods Section, ASA, p. 225; the default of five means is a habit, not a
    theorem. Raises BadInput for a ceiling of 1 or less, and for weights of 0 or less.
    """
    if not ceiling > 1:
        raise BadInput(f"A ceiling of weights is a multiple of their mean above 1, but came as {ceiling}.")
    before = checked_weights(weights, np.size(weights))
    before = before / before.mean()
    after = before.copy()
    over = after > ceiling
    while (after > ceiling * (1 + 1e-12)).any():
        over |= after > ceiling
        after[over] = ceiling
        after[~over] *= (after.size - ceiling * over.sum()) / after[~over].sum()
    cut = int(over.sum())
    moved = float(np.maximum(before - after, 0).sum() / before.sum())
    return Trimmed(after, cut, moved, float(before.max()), float(after.max()), effective_n(before), effective_n(after))


def effective_n(weights: ArrayLike) -> float:
    """How many people with equal weights would tell as much as these: (sum of w)**2 / sum of w*w.

    For what does not depend on the weights. **Source**: Kish 1965, Survey Sampling, section 11.7; Kish 1992, J. Official Statistics 8:183.
    """
    found = checked_weights(weights, np.size(weights))
    return float(found.sum() ** 2 / (found**2).sum())
