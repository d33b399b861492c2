"""Whether scores of several channels (or teams, or countries) differ by more than sampling noise, and by how much."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from scipy.special import chdtrc, chdtri

from touchpath.model.errors import BadInput
from touchpath.stats.intervals import Interval, check_confidence

#: So often an interval is halved: to the last digit of what it began with.
_HALVINGS = 60


class Heterogeneity(NamedTuple):
    """q: Cochran's Q with its degrees of freedom and p. i2: percent of the spread of scores that is not sampling noise. tau2: the
    variance between channels net of noise, in squared units of the scores; its root is the headline. range: highest less lowest score,
    noise included. mean: weighted by precision."""

    q: float
    df: int
    p: float
    i2: float
    tau2: float
    range: float
    mean: float


def heterogeneity(scores: Sequence[float], errors: Sequence[float]) -> Heterogeneity:
    """How far the scores of two or more channels lie apart beyond what their standard errors explain.

    **Source**: Cochran 1954, Biometrics 10:101 (Q); DerSimonian & Laird 1986, Controlled Clinical Trials 7:177 (tau2 by moments, at
    least 0); Higgins & Thompson 2002, Statistics in Medicine 21:1539 (I2). Raises BadInput for one channel, unequal lengths, or an error
    that is not above 0. With few channels tau2 is imprecise and Q misses differences; the standard errors count as known.
    """
    if len(scores) != len(errors) or len(scores) < 2:
        raise BadInput(f"Two or more scores with one standard error each would do, but {len(scores)} and {len(errors)} came.")
    if not min(errors) > 0:
        raise BadInput(f"Standard errors must be above 0, but one came as {min(errors)}.")
    finest = min(errors)
    weights = [(finest / error) ** 2 for error in errors]
    whole = math.fsum(weights)
    mean = math.fsum(weight * score for weight, score in zip(weights, scores, strict=True)) / whole
    q = math.fsum(((score - mean) / error) ** 2 for score, error in zip(scores, errors, strict=True))
    df = len(scores) - 1
    beyond, pairs = max(q - df, 0.0), _pairs(weights)
    if not pairs > 0:
        raise BadInput(f"Standard errors from {finest:g} to {max(errors):g} lie too far apart to be weighed against each other.")
    tau2 = finest * (beyond / pairs) * finest * whole if beyond else 0.0
    return Heterogeneity(q, df, float(chdtrc(df, q)), 100 * beyond / q if beyond else 0.0, tau2, max(scores) - min(scores), mean)


def _pairs(weights: Sequence[float]) -> float:
    """(sum of weights)**2 - sum of their squares, as twice the sum over pairs: nothing cancels where one weighs nearly everything."""
    ascending = sorted(weights)
    return 2 * math.fsum(weight * lighter for weight, lighter in zip(ascending[1:], accumulate(ascending), strict=False))


def spread_interval(scores: Sequence[float], errors: Sequence[float], confidence: float = 0.95) -> Interval:
    """Limits of tau, the standard deviation between channels net of noise, in units of the scores; from 0 up.

    The values of tau2 at which the generalised Q, with weights 1 / (error squared + tau2), is as far out in its chi-square distribution
    as the confidence allows (Q profile). **Source**: Viechtbauer 2007, Statistics in Medicine 26:37. Exact for normal scores with known
    errors; with few channels wide, and it does not always hold the DerSimonian-Laird value. Raises BadInput as `heterogeneity` does.
    """
    check_confidence(confidence)
    df, tail = heterogeneity(scores, errors).df, (1 - confidence) / 2
    return Interval(*(_spread_at(scores, errors, float(chdtri(df, share))) for share in (tail, 1 - tail)))


def _generalised_q(scores: Sequence[float], errors: Sequence[float], variance: float) -> float:
    weights = [1 / (error * error + variance) for error in errors]
    mean = math.fsum(weight * score for weight, score in zip(weights, scores, strict=True)) / math.fsum(weights)
    return math.fsum(weight * (score - mean) ** 2 for weight, score in zip(weights, scores, strict=True))


def _spread_at(scores: Sequence[float], errors: Sequence[float], q: float) -> float:
    """The spread at which the generalised Q, which falls with it, comes to q; 0 where it is lower from the start."""
    if _generalised_q(scores, errors, 0.0) <= q:
        return 0.0
    least, most = 0.0, (max(scores) - min(scores)) ** 2 + max(errors) ** 2
    while _generalised_q(scores, errors, most) > q:
        most *= 2
    for _ in range(_HALVINGS):
        middle = (least + most) / 2
        if _generalised_q(scores, errors, middle) > q:
            least = middle
        else:
            most = middle
    return math.sqrt((least + most) / 2)
