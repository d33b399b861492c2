"""The highest point of a likelihood with positive parameters, or the news that it has none: it goes on rising towards an edge."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from touchpath.model.errors import BadInput

Floats = NDArray[np.float64]

#: A step (in logarithms) below which the search stands still; a stride, and a rise so small that with it a parameter is known to
#: less than a factor of e^50, so that it runs off.
_STILL, _STRIDE, _NO_RISE = 1e-7, 0.3, 2e-5
#: How exact a log-likelihood is, relative to itself: what falls by less has not fallen.
_NOISE = 1e-11
#: The furthest that a parameter's logarithm may go.
_FURTHEST = 40.0
_ROUNDS = 300


class Terrain(NamedTuple):
    """A log-likelihood at one point: its value, first derivatives (parameters,) and second derivatives (parameters, parameters)."""

    value: float
    slope: Floats
    bend: Floats


@dataclass(frozen=True)
class Summit:
    """Where the search ended: the parameters, the log-likelihood there, and the parameters that still run off (none at a maximum).

    covariance: of the logarithms of the parameters, from the second derivatives; only at a maximum.
    """

    parameters: Floats
    value: float
    runaways: tuple[str, ...]
    covariance: Floats | None


def climb(terrain: Callable[[Floats], Terrain], names: Sequence[str], starts: Sequence[Sequence[float]]) -> Summit:
    """The highest point that Newton's steps in the logarithms of the parameters reach from any of the starts.

    A point counts as a maximum only where the second derivatives say so and the next step is no longer than 1e-7. Where rises have died
    away although steps have not, the likelihood has no maximum, and `runaways` names what goes to zero or to infinity.
    Raises BadInput when no start gets to either end.
    """
    ends = [end for end in (_climb_from(terrain, names, start) for start in starts) if end is not None]
    if not ends:
        raise BadInput("The likelihood could not be maximised: the search did not settle from any start.")
    best = max(end.value for end in ends)
    return max(ends, key=lambda end: (end.value > best - 1e-6, not end.runaways, end.value))


def maximum(summit: Summit, because: str) -> Summit:
    """The summit itself; raises BadInput, with the reason in words, where it is only the place at which the search gave up rising."""
    if summit.runaways:
        raise BadInput(f"The likelihood has no maximum: it still rises while {' and '.join(summit.runaways)}. {because}")
    return summit


def _in_logs(terrain: Callable[[Floats], Terrain], logs: Floats) -> Terrain:
    point = np.exp(logs)
    value, slope, bend = terrain(point)
    slope = slope * point
    return Terrain(value, slope, bend * np.outer(point, point) + np.diag(slope))


def _climb_from(terrain: Callable[[Floats], Terrain], names: Sequence[str], start: Sequence[float]) -> Summit | None:
    logs, damping = np.log(np.asarray(start, float)), 0.0
    here = _in_logs(terrain, logs)
    for _ in range(_ROUNDS):
        curvature, axes = np.linalg.eigh(-here.bend)
        along, steepest = axes.T @ here.slope, np.abs(curvature).max()
        width = np.maximum(np.abs(curvature), 1e-13 * steepest)
        newton = axes @ (along / width)
        length = float(np.linalg.norm(newton))
        if length < _STILL and curvature[0] > 0:
            logs = logs + newton
            return Summit(np.exp(logs), _in_logs(terrain, logs).value, (), (axes / curvature) @ axes.T)
        if length > _STRIDE and abs(float(newton @ here.slope)) < _NO_RISE:
            return Summit(np.exp(logs), here.value, _running(names, newton), None)
        step = axes @ (along / (width + damping * steepest)) if damping else newton
        after = logs + step * min(1.0, 2.0 / max(float(np.linalg.norm(step)), 1e-300))
        if np.abs(after).max() > _FURTHEST:
            return Summit(np.exp(logs), here.value, _running(names, step), None)
        there = _in_logs(terrain, after)
        if there.value >= here.value - _NOISE * (1 + abs(here.value)):
            logs, here, damping = after, there, damping / 10 if damping > 1e-9 else 0.0
        else:
            damping = max(damping * 8, 1e-6)
    return None


def _running(names: Sequence[str], step: Floats) -> tuple[str, ...]:
    """In words, which parameters the step still moves."""
    far = np.abs(step).max() / 4
    return tuple(
        f"{name} goes to {'infinity' if move > 0 else '0'}" for name, move in zip(names, step, strict=True) if abs(move) > far
    )


def total(weights: Floats, values: Floats) -> float:
    """The sum of weights times values, (rows,) each; without BLAS, whose threads cost more than they bring on long rows."""
    return float(np.einsum("i,i->", weights, values))


def check_positive(**parameters: float) -> None:
    """Raises BadInput unless every parameter is a finite number above 0."""
    wrong = [f"{name} = {value}" for name, value in parameters.items() if not (math.isfinite(value) and value > 0)]
    if wrong:
        raise BadInput(f"The parameters of this model are above 0, but {', '.join(wrong)} came.")
