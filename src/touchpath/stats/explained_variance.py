"""How sure R squared is: its interval when predictors are measured like the outcome, not chosen."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq
from scipy.special import betainc, gammaln

from touchpath.model.errors import BadInput
from touchpath.stats.intervals import Interval, check_confidence


def r_squared_interval(r_squared: float, n: int, predictors: int, confidence: float = 0.95) -> Interval | None:
    """Limits of the R squared of everybody, from that of n respondents and so many predictors; None where n is not above predictors + 1.

    Both limits are exact for ratings that are jointly normal, and hold roughly for others. The lower limit is 0 where no relation explains
    the sample well enough; the sample's R squared itself is too high on average.
    **Source**: the distribution of R squared as a mixture of beta distributions with negative binomial weights (Muirhead 1982, Aspects of
    Multivariate Statistical Theory, section 5.2; recalled, and checked by simulation), turned around as by Helland 1987, Biometrics 43:61.
    Raises BadInput for an R squared outside 0 to 1.
    """
    check_confidence(confidence)
    if not 0 <= r_squared <= 1 or predictors < 1:
        raise BadInput(f"R squared lies between 0 and 1 and needs a predictor, but came as {r_squared} with {predictors}.")
    if n <= predictors + 1:
        return None
    if r_squared > 1 - 1e-12:
        return Interval(1.0, 1.0)
    tail = (1 - confidence) / 2
    return Interval(_where(1 - tail, r_squared, n, predictors), _where(tail, r_squared, n, predictors))


def _where(level: float, r_squared: float, n: int, predictors: int) -> float:
    """The true R squared at which the sample's would be at most the observed one with this probability; 0 where there is none."""

    def beyond(truth: float) -> float:
        return chance_at_most(r_squared, truth, n, predictors) - level

    if beyond(0.0) <= 0:
        return 0.0
    above = r_squared
    while beyond(above) > 0:
        above = 1 - (1 - above) / 2
    return float(brentq(beyond, 0.0, above, xtol=1e-12))


def chance_at_most(r_squared: float, truth: float, n: int, predictors: int) -> float:
    """How probable a sample's R squared of at most this is, when everybody's is `truth` (below 1)."""
    size, rest = (n - 1) / 2, (n - predictors - 1) / 2
    if truth == 0:
        return float(betainc(predictors / 2, rest, r_squared))
    mean, spread = size * truth / (1 - truth), math.sqrt(size * truth) / (1 - truth)
    reach = 12 * spread + 60 / (1 - truth)
    # Where the counts spread widely every so many of them is enough: what is summed is smooth.
    count = np.arange(max(math.floor(mean - reach), 0), mean + reach, max(1, int(spread / 200)), dtype=np.float64)
    logs = gammaln(size + count) - gammaln(count + 1) + count * math.log(truth)
    weights = np.exp(logs - logs.max())
    return float(weights @ betainc(predictors / 2 + count, rest, r_squared) / weights.sum())
