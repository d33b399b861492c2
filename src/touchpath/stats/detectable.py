"""Before the measuring: how many people find a change, which change so many people can find, and how sure a number of them is.

All two-sided. `family` says what kind of number it is (`effects.py`); n counts people in each of two groups of equal size, or people
measured twice where the family is paired. Simulated power of every family: tests/stats/test_detectable.py.
"""

from __future__ import annotations

import math
from typing import Literal

from scipy.optimize import brentq
from scipy.special import nctdtr, ndtr, ndtri, stdtrit

from touchpath.model.errors import BadInput
from touchpath.stats.effects import Effect, Family, Share
from touchpath.stats.intervals import z_quantile

#: No comparison is planned for more people a group than this.
MOST_PEOPLE = 1e12
#: From so many degrees of freedom on Student's t is the normal distribution in all digits that count here.
_NORMAL = 1e6


def _check(power: float, alpha: float) -> None:
    if not 0 < alpha < 1:
        raise BadInput(f"An error rate lies between 0 and 1, as in 0.05, but came as {alpha}.")
    if not alpha < power < 1:
        raise BadInput(f"A power lies between the error rate ({alpha}) and 1, as in 0.8, but came as {power}.")


def power_of(family: Family, n: float, change: float, alpha: float = 0.05) -> float:
    """The probability that n people a group show a change of this size, 0 to 1, by a two-sided test; alpha where there is none.

    Raises BadInput for a change that is not possible, and for too few people for a test (two, or two pairs, for t tests).
    """
    if not 0 < alpha < 1:
        raise BadInput(f"An error rate lies between 0 and 1, as in 0.05, but came as {alpha}.")
    effect = family.effect(change)
    least = _least(effect)
    if not n >= least:
        raise BadInput(f"Power needs at least {least:g} people a group, but {n} came.")
    return _power(effect, n, alpha)


def _least(effect: Effect) -> float:
    """The least people for whom there is a test; a t test needs one degree of freedom."""
    return (1 + effect.df_less) / effect.df_of if effect.df_of else 1.0


def _power(effect: Effect, n: float, alpha: float) -> float:
    root, distance = math.sqrt(n), abs(effect.distance)
    df = effect.df_of * n - effect.df_less
    if effect.df_of and df < _NORMAL:
        limit, shift = -float(stdtrit(df, alpha / 2)), root * distance / effect.spread_changed
        if shift > 1e3:
            return 1.0
        wrong_way = float(nctdtr(df, shift, -limit))
        # SciPy gives NaN for some tails below 1e-16, which add nothing.
        return min(float(nctdtr(df, -shift, -limit)) + (wrong_way if wrong_way > 0 else 0.0), 1.0)
    limit = -float(ndtri(alpha / 2)) * effect.spread_same
    if effect.spread_changed == 0:
        return float(root * distance > limit)
    above, below = (root * distance - limit) / effect.spread_changed, (-root * distance - limit) / effect.spread_changed
    return min(float(ndtr(above) + ndtr(below)), 1.0)


def people_for(family: Family, change: float, power: float = 0.8, alpha: float = 0.05) -> float:
    """How many people each group (or how many pairs) needs to find a change of this size; not rounded: round up.

    Raises BadInput for no change, for one that is not possible, for a power not above alpha, and beyond MOST_PEOPLE.
    """
    _check(power, alpha)
    effect = family.effect(change)
    if effect.distance == 0:
        raise BadInput(f"A change of {change} is none; no number of people finds it.")
    least = _least(effect)
    most = max(4.0, 2 * least)
    while _power(effect, most, alpha) < power:
        most *= 4
        if most > MOST_PEOPLE:
            raise BadInput(f"To find a change of {change} takes more than {MOST_PEOPLE:.0e} people a group.")
    if _power(effect, least, alpha) >= power:
        return least
    return float(brentq(lambda n: _power(effect, n, alpha) - power, least, most, xtol=1e-9, rtol=1e-12))


def people_for_shares(a: float, b: float, power: float = 0.8, alpha: float = 0.05) -> float:
    """How many people each of two groups needs so that two shares, 0 to 1, are told apart: in closed form, as R's power.prop.test.

    The wrong tail, which `people_for` counts, is left out; the two differ in low power only. Source: Fleiss, Levin & Paik 2003,
    Statistical Methods for Rates and Proportions, equation 4.14. Raises BadInput for equal shares, or a power not above alpha.
    """
    _check(power, alpha)
    effect = Share(a).effect(b - a)
    if effect.distance == 0:
        raise BadInput(f"Two unequal shares are needed, but both are {a}.")
    reach = float(ndtri(power)) * effect.spread_changed - float(ndtri(alpha / 2)) * effect.spread_same
    if not reach < abs(effect.distance) * math.sqrt(MOST_PEOPLE):
        raise BadInput(f"To tell {a} from {b} takes more than {MOST_PEOPLE:.0e} people a group.")
    return (reach / effect.distance) ** 2


def smallest_change(
    family: Family, n: float, power: float = 0.8, alpha: float = 0.05, direction: Literal["up", "down"] = "up"
) -> float | None:
    """The smallest change that n people a group find with this power (the minimum detectable change), in the family's own terms.

    None where not even the greatest possible change is found so surely. Raises BadInput as `power_of` and `people_for` do.
    """
    _check(power, alpha)
    sign = {"up": 1, "down": -1}.get(direction)
    if sign is None:
        raise BadInput(f"A change goes 'up' or 'down', but '{direction}' came.")
    power_of(family, n, family.no_change, alpha)
    bound = family.possible()[0 if sign < 0 else 1]

    def missing(step: float) -> float:
        return power_of(family, n, _change(family.no_change, bound, sign * step), alpha) - power

    least = 1e-3 * family.effect(family.no_change).spread_same / math.sqrt(n) or 1e-12
    for doublings in range(200):
        if missing(least * 2**doublings) >= 0:
            found = float(brentq(missing, 0.0, least * 2**doublings, rtol=1e-12, xtol=1e-12 * least))
            return _change(family.no_change, bound, sign * found)
    return None


def _change(none: float, bound: float, step: float) -> float:
    """A change `step` away from none: ratios by their logarithm, differences straight on, or ever nearer to their bound if they have one."""
    if none != 0:
        return none * math.exp(max(min(step, 600.0), -600.0))
    if math.isinf(bound):
        return step
    room = abs(bound)
    return math.copysign(-room * math.expm1(-abs(step) / room), step) if room else 0.0


def people_for_width(family: Family, half_width: float, confidence: float = 0.95) -> float:
    """How many people one group needs so that its interval reaches no further than half_width to each side; not rounded: round up.

    By the normal approximation, in the unit of the number (net scores: points / 100); for times, rates and hazards half_width is on
    logarithms (0.1 for about 10 %). Where the family is paired, the interval is that of the change.
    """
    if not 0 < half_width < math.inf:
        raise BadInput(f"Half the width of an interval must be above 0, but came as {half_width}.")
    effect = family.effect(family.no_change)
    return max(effect.spread_same**2 / effect.groups * (z_quantile(confidence) / half_width) ** 2, _least(effect))
