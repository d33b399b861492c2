"""Series of a metric over time: scales on which they vary evenly, what repeats with the days or months, and how neighbours go together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from touchpath.model.errors import BadInput

Floats = NDArray[np.float64]
#: plain: means and rates. root: counts, whose spread grows with the root of their size. log: amounts that change by factors.
Scale = Literal["plain", "root", "log"]
LEAST_CYCLES = 4
SHUFFLES = 999


def checked(values: Sequence[float], least: int) -> Floats:
    """The series; raises BadInput for fewer points than would do and for points that are missing or not finite."""
    found = np.asarray(values, np.float64)
    if found.ndim != 1 or found.size < least:
        raise BadInput(f"A series of at least {least} points would do here, but {found.size} came.")
    if not np.isfinite(found).all():
        raise BadInput(
            f"A series has a finite number at every time, but {int((~np.isfinite(found)).sum())} of {found.size} are not."
        )
    return found


def to_scale(values: Floats, scale: Scale) -> Floats:
    """The values on a scale on which they vary evenly. Counts of 0 are taken; "log" raises BadInput for values not above 0.

    **Source**: Anscombe 1948, Biometrika 35:246 (root of count + 3/8)."""
    if scale == "plain":
        return values
    if scale == "root":
        if float(values.min()) < 0:
            raise BadInput(f"The scale 'root' is for counts of 0 or more, but one value is {values.min()}.")
        return np.asarray(np.sqrt(values + 0.375))
    if float(values.min()) <= 0:
        raise BadInput(f"The scale 'log' is for amounts above 0, but one value is {values.min()}.")
    return np.asarray(np.log(values))


def from_scale(values: Floats, scale: Scale) -> Floats:
    """Back to the unit of the series; counts are not below 0."""
    if scale == "plain":
        return values
    return np.asarray(np.exp(values) if scale == "log" else np.maximum(np.maximum(values, 0.0) ** 2 - 0.375, 0.0))


@dataclass(frozen=True, slots=True)
class Season:
    """What repeats. profile: (period,) how far each place of the period lies from the usual, on the scale given, from the series' first
    place on. strength: share of the variance around the trend that the profile explains, 0 to 1. p: how often chance alone repeats as
    much; cycles: whole periods looked at."""

    profile: tuple[float, ...]
    strength: float
    p: float
    cycles: int


def seasonal(values: Floats, period: int, seed: int) -> Season:
    """Whether something repeats every `period` points, told apart from noise that goes on from point to point.

    The trend (a moving average over one period) is taken off, and the spread of the places' means is compared with that after every cycle
    was turned round by a random number of places, which keeps neighbours together. At least four cycles, so that chance seldom repeats.
    The decomposition is the classical one (Hyndman & Athanasopoulos 2021, Forecasting, 3rd ed., section 3.4) with medians in place of
    means for the profile; the test by turning cycles round is ours (simulated: docs/guide/trends.md).
    """
    if period < 2 or values.size < period * LEAST_CYCLES:
        raise BadInput(
            f"What repeats shows from {LEAST_CYCLES} periods of 2 or more on, but {values.size} points of {period} came."
        )
    rest = values - moving_average(values, period)
    cycles = values.size // period
    table = rest[: cycles * period].reshape(cycles, period)
    middle = np.median(table, axis=0)
    profile = middle - middle.mean()
    left = table - profile
    strength = max(0.0, 1 - float(left.var()) / float(table.var())) if table.var() > 0 else 0.0
    random = np.random.default_rng(seed)
    turns = random.integers(0, period, (SHUFFLES, cycles))
    places = (np.arange(period) + turns[:, :, None]) % period
    turned = np.take_along_axis(np.broadcast_to(table, (SHUFFLES, cycles, period)), places, axis=2).mean(axis=1).var(axis=1)
    as_much = int((turned >= table.mean(axis=0).var() * (1 - 1e-9)).sum())
    return Season(tuple(float(one) for one in profile), strength, (1 + as_much) / (SHUFFLES + 1), cycles)


def moving_average(values: Floats, period: int) -> Floats:
    """The mean over one period around each point (half weights at both ends of an even one); the ends keep the nearest whole one."""
    weights = np.ones(period) if period % 2 else np.concatenate([[0.5], np.ones(period - 1), [0.5]])
    smooth = np.convolve(values, weights / period, mode="valid")
    before = (values.size - smooth.size) // 2
    return np.concatenate([np.full(before, smooth[0]), smooth, np.full(values.size - smooth.size - before, smooth[-1])])


def autoregression(rows: Floats, order: int) -> tuple[Floats, Floats]:
    """How each point follows from those before it: coefficients (series, order) and what they leave over (series, points - order).

    rows: (series, points) around 0. Burg's method, whose models are always stable.
    **Source**: Burg 1975, Maximum Entropy Spectral Analysis; as in Brockwell & Davis 2016, section 5.1.2.
    """
    forward, backward = rows.copy(), rows.copy()
    found = np.zeros((len(rows), 0))
    for _ in range(order):
        ahead, behind = forward[:, 1:], backward[:, :-1]
        size = (ahead**2).sum(axis=1) + (behind**2).sum(axis=1)
        reflection = 2 * (ahead * behind).sum(axis=1) / np.where(size > 0, size, 1.0)
        found = np.column_stack([found - reflection[:, None] * found[:, ::-1], reflection])
        forward, backward = ahead - reflection[:, None] * behind, behind - reflection[:, None] * ahead
    return found, forward


def best_order(row: Floats, most: int) -> int:
    """The order of autoregression that BIC prefers, 0 for none. **Source**: Schwarz 1978, Annals of Statistics 6:461."""
    scores = []
    for order in range(most + 1):
        left = autoregression(row[None], order)[1]
        scores.append(row.size * np.log(max(float((left**2).mean()), 1e-300)) + order * np.log(row.size))
    return int(np.argmin(scores))


def simulate(coefficients: Floats, shocks: Floats) -> Floats:
    """Series that follow these coefficients: (series, points) from shocks (series, warm-up + points), the warm-up a quarter of them."""
    order = coefficients.size
    path = np.zeros((shocks.shape[0], shocks.shape[1] + order))
    for at in range(shocks.shape[1]):
        path[:, order + at] = path[:, at : at + order] @ coefficients[::-1] + shocks[:, at]
    return path[:, order + shocks.shape[1] // 4 :]
