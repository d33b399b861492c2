"""How many people a comparison needs, and what a number of people can find. As R's power.t.test and power.prop.test, two-sided."""

from __future__ import annotations

import math

from scipy.optimize import brentq
from scipy.special import nctdtr, ndtr, ndtri, stdtrit

from touchpath.model.errors import BadInput

#: No comparison here is planned for more people a group than this.
MOST_PEOPLE = 1e12
#: From this many degrees of freedom on Student's t is the normal distribution in all digits that count here.
_NORMAL = 1e8


def _check_rates(alpha: float, power: float) -> None:
    if not 0 < alpha < 1:
        raise BadInput(f"An error rate lies between 0 and 1, as in 0.05, but came as {alpha}.")
    if not alpha < power < 1:
        raise BadInput(f"A power lies between the error rate ({alpha}) and 1, as in 0.8, but came as {power}.")


def power_two_means(n: float, difference: float, sd: float, alpha: float = 0.05) -> float:
    """The probability that two groups of n people each are told apart by a two-sided t test where their means differ so much.

    Both tails count, so no difference is found with probability alpha. Source: Cohen 1988, Statistical Power Analysis, section 2.5.
    Raises BadInput for n of 1 or less, an sd of 0 or less, or alpha outside 0..1.
    """
    if not n > 1 or not sd > 0 or not 0 < alpha < 1:
        raise BadInput(f"Power needs n > 1, sd > 0 and 0 < alpha < 1, but came with {n}, {sd} and {alpha}.")
    return _power(n, abs(difference / sd), alpha)


def _power(n: float, effect: float, alpha: float) -> float:
    df, shift = 2 * (n - 1), math.sqrt(n / 2) * effect
    if df > _NORMAL or shift > 1e3:
        limit = -float(ndtri(alpha / 2))
        return min(float(ndtr(shift - limit) + ndtr(-shift - limit)), 1.0)
    limit = -float(stdtrit(df, alpha / 2))
    wrong_way = float(nctdtr(df, shift, -limit))
    # SciPy gives NaN for some tails below 1e-16, which add nothing.
    return min(float(nctdtr(df, -shift, -limit)) + (wrong_way if wrong_way > 0 else 0.0), 1.0)


def sample_size_two_means(difference: float, sd: float, power: float = 0.8, alpha: float = 0.05) -> float:
    """How many people each of two groups needs so that a two-sided t test finds a difference of means; round up.

    Raises BadInput for no difference, an sd of 0 or less, a power not above alpha, and for more people than MOST_PEOPLE.
    """
    _check_rates(alpha, power)
    if not sd > 0 or difference == 0:
        raise BadInput(f"A sample size needs a difference other than 0 and sd > 0, but came with {difference} and {sd}.")
    effect = abs(difference / sd)
    least, most = 1 + 1e-3, 4.0
    while _power(most, effect, alpha) < power:
        most *= 4
        if most > MOST_PEOPLE:
            raise BadInput(f"To find a difference of {difference} where the sd is {sd} takes more than {MOST_PEOPLE:.0e} people.")
    if _power(least, effect, alpha) >= power:
        return least
    return float(brentq(lambda n: _power(n, effect, alpha) - power, least, most, xtol=1e-9, rtol=1e-12))


def sample_size_two_proportions(a: float, b: float, power: float = 0.8, alpha: float = 0.05) -> float:
    """How many people each of two groups needs so that two shares, 0 to 1, are told apart, two-sided; round up.

    Normal approximation, with the pooled variance where they are equal. Source: Fleiss, Levin & Paik 2003, Statistical Methods for
    Rates and Proportions, equation 4.14. Raises BadInput for equal shares, or a power not above alpha.
    """
    _check_rates(alpha, power)
    if not (0 <= a <= 1 and 0 <= b <= 1) or a == b:
        raise BadInput(f"Two unequal shares between 0 and 1 are needed, but {a} and {b} came.")
    alike = -float(ndtri(alpha / 2)) * math.sqrt((a + b) * (1 - (a + b) / 2))
    apart = float(ndtri(power)) * math.sqrt(a * (1 - a) + b * (1 - b))
    root = (alike + apart) / abs(a - b)
    if root > math.sqrt(MOST_PEOPLE):
        raise BadInput(f"To tell {a} from {b} takes more than {MOST_PEOPLE:.0e} people.")
    return root * root
