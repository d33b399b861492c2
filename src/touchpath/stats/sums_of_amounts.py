"""How far a sum of amounts might have come out otherwise, when both how many there are and how large each is depend on chance."""

from __future__ import annotations

from scipy.special import gammaincinv

from touchpath.model.errors import BadInput
from touchpath.stats.intervals import Interval, check_confidence


def sum_interval(total: float, squares: float, confidence: float = 0.95) -> Interval:
    """Interval of a sum of independent amounts above 0 of which a Poisson number came. squares: the sum of their squares.

    Gamma limits that have the sum's mean and variance; the upper one as if one more amount of `squares / total` (the mean amount, each
    weighed by itself) had come. For equal amounts these are Garwood's exact limits of their number, times the amount.

    **Source**: Fay & Feuer 1997, Statistics in Medicine 16:791 (gamma limits of weighted sums of Poisson counts, with the largest weight
    where this has the self-weighted mean). Simulated at 95 % with 20 amounts expected: 95 % for equal ones and for a log-normal spread of
    0.5, 92 % for one of 1; a few very large amounts make it too narrow. Raises BadInput unless 0 < total**2 / squares.
    """
    if not (total > 0 and squares > 0):
        raise BadInput(f"A sum of amounts and of their squares must be above 0, but came as {total} and {squares}.")
    check_confidence(confidence)
    tail, one = (1 - confidence) / 2, squares / total
    low = one * float(gammaincinv(total / one, tail))
    more, spread = total + one, squares + one * one
    return Interval(low, spread / more * float(gammaincinv(more * more / spread, 1 - tail)))
