"""Whether counts of days changed beyond noise: a test that knows the days of the week and that counts vary more than chance alone.

**Source**: Farrington, Andrews, Beale & Catchpole 1996, J. R. Statist. Soc. A 159:547 (limits by the 2/3 power, equations 2 and 3, with
dispersion estimated and at least 1, and with past outbreaks kept out of the baseline), widened where the negative binomial is wider, as
Noufaily et al. 2013 found the 2/3 power to raise false alarms for small skewed counts; the weekday means in place of a trend, and limits
by Student's t with the baseline's degrees of freedom, are ours. Zero counts: the negative binomial with that mean and dispersion.
It stops being sound where the level itself moves within the eight weeks (strong growth, a season's start, a holiday): that is reported
as a change, as it is one. Simulated false alarms: tests/stats/test_drift.py.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

WEEKS = 8
BASELINE = 7 * WEEKS
#: A baseline needs so many days, and so many of the same day of the week.
LEAST_DAYS, LEAST_WEEKDAYS = 28, 3
#: Series with fewer signals a day are too sparse: the dispersion cannot be told from eight weeks, and false alarms get too many.
LEAST_USUAL, LEAST_TO_MISS = 5.0, 1.0
#: Changes are looked for in so many days before the end.
LOOKED_AT = 28

Counts = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Drift:
    """What the last whole day came to, against what was to be expected.

    day: its place in the series. observed: what that day held. expected, low, high: the mean of its weekday in the baseline and the
    limits between which it stays with the probability 1 - alpha. days: of the baseline (the interval's n). dispersion: variance as a
    multiple of the mean, at least 1. p: two-sided. since: the place of the first day of the unbroken run of days beyond their limits
    on the same side, -1 for none. quiet: days without any signal at the end, and how probable so long a silence is (1 if there was as
    long a one in the eight weeks before). usual: signals per day in the baseline.
    """

    day: int
    observed: float
    expected: float
    low: float
    high: float
    days: int
    dispersion: float
    p: float
    since: int
    quiet: int
    p_quiet: float
    usual: float

    @property
    def changed(self) -> bool:
        """Whether the last day lies beyond its limits, of a series that is not too sparse for the test to hold its rate."""
        return self.since >= 0 and self.usual >= LEAST_USUAL

    def silent(self, alpha: float) -> bool:
        """Whether the silence at the end is longer than chance explains."""
        return self.p_quiet < alpha and self.usual >= LEAST_TO_MISS

    @property
    def side(self) -> Literal["up", "down"]:
        """Which way the last day lies from what was expected."""
        return "up" if self.observed > self.expected else "down"


def judge_days(counts: Counts, known: NDArray[np.bool_], alpha: float) -> list[Drift | None]:
    """The last day of each series of daily counts against the eight weeks before.

    counts: (series, days), the days on end, the last one whole. known: which of them the series existed on, True from its first
    signal on. alpha: of each single test. None for a series with fewer than 28 days of baseline, or 3 of the weekday.
    Days beyond their limits are kept out of later baselines, so that a change that lasts stays visible for four weeks.
    """
    series, days = counts.shape
    usable = known.copy()
    alarms = np.zeros((series, days), np.int8)
    last: list[Drift | None] = [None] * series
    for day in range(max(LEAST_DAYS, days - LOOKED_AT), days):
        found = _expect(counts, usable, day, alpha)
        below, above = counts[:, day] < found.low, counts[:, day] > found.high
        alarms[:, day] = np.where(found.judged, above.astype(np.int8) - below, 0)
        usable[:, day] &= alarms[:, day] == 0
        if day == days - 1:
            last = [_drift(counts[one], alarms[one], found, one, day) if found.judged[one] else None for one in range(series)]
    return last


@dataclass(frozen=True, slots=True)
class _Expected:
    """Of every series for one day."""

    mean: Counts
    low: Counts
    high: Counts
    days: NDArray[np.int64]
    dispersion: Counts
    p: Counts
    judged: NDArray[np.bool_]
    weekdays: Counts
    usual: Counts


def _expect(counts: Counts, usable: NDArray[np.bool_], day: int, alpha: float) -> _Expected:
    start = max(0, day - BASELINE)
    weekday = (np.arange(start, day) - day) % 7
    seen, mask = counts[:, start:day], usable[:, start:day]
    means, sizes = np.zeros((len(counts), 7)), np.zeros((len(counts), 7))
    for one in range(7):
        at = weekday == one
        sizes[:, one] = mask[:, at].sum(axis=1)
        means[:, one] = np.where(mask[:, at], seen[:, at], 0).sum(axis=1) / np.maximum(sizes[:, one], 1)
    # A weekday that never had a signal may have one, once: half a signal in all its weeks is the least that is expected.
    means = np.maximum(means, 0.5 / np.maximum(sizes, 1))
    fitted = means[:, weekday]
    days = mask.sum(axis=1)
    freedom = np.maximum(days - (sizes > 0).sum(axis=1), 1)
    pearson = np.where(mask, (seen - fitted) ** 2 / fitted, 0).sum(axis=1)
    dispersion = np.maximum(pearson / freedom, 1.0)
    mean, size = means[:, 0], sizes[:, 0]
    spread = np.sqrt(dispersion / mean * (1 + 1 / np.maximum(size, 1)))
    reach = 2 / 3 * special.stdtrit(freedom, 1 - alpha / 2) * spread
    score = 1.5 * ((counts[:, day] / mean) ** (2 / 3) - 1) / spread
    few, many, p_counted = _counted(counts[:, day], mean, spread**2 * mean**2, alpha)
    low = np.minimum(mean * np.maximum(1 - reach, 0) ** 1.5, few)
    high = np.maximum(mean * (1 + reach) ** 1.5, many)
    p = np.maximum(2 * special.stdtr(freedom, -np.abs(score)), p_counted)
    judged = (days >= LEAST_DAYS) & (size >= LEAST_WEEKDAYS) & usable[:, day]
    usual = np.where(mask, seen, 0).sum(axis=1) / np.maximum(days, 1)
    return _Expected(mean, low, high, days, dispersion, p, judged, means, usual)


def _counted(observed: Counts, mean: Counts, variance: Counts, alpha: float) -> tuple[Counts, Counts, Counts]:
    """Limits and p by the negative binomial with a mean and variance: small counts are too skewed for the 2/3 power.

    **Source**: Noufaily et al. 2013, Statistics in Medicine 32:1206, section 3.4.
    """
    chance = mean / np.maximum(variance, mean * (1 + 1e-9))
    size = mean * chance / (1 - chance)
    at_most = special.betainc(size, observed + 1, chance)
    at_least = np.where(observed > 0, special.betainc(np.maximum(observed, 1), size, 1 - chance), 1.0)
    p = np.minimum(2 * np.minimum(at_most, at_least), 1)
    return _quantile(alpha / 2, size, chance), _quantile(1 - alpha / 2, size, chance), p


def _quantile(share: float, size: Counts, chance: Counts) -> Counts:
    """The smallest count that a negative binomial stays at or below with this probability."""
    found: Counts = np.maximum(np.ceil(np.nan_to_num(special.nbdtrik(share, size, chance)) - 1e-9), 0.0)
    return found


def _drift(counts: Counts, alarms: NDArray[np.int8], found: _Expected, one: int, day: int) -> Drift:
    since = day if alarms[day] else -1
    while since > 0 and alarms[since - 1] == alarms[day]:
        since -= 1
    filled = np.flatnonzero(counts[: day + 1])
    quiet = day - int(filled[-1]) if filled.size else day + 1
    return Drift(
        day,
        float(counts[day]),
        float(found.mean[one]),
        float(found.low[one]),
        float(found.high[one]),
        int(found.days[one]),
        float(found.dispersion[one]),
        float(found.p[one]),
        since,
        quiet,
        1.0 if quiet <= _longest(filled) else _silence(found.weekdays[one], float(found.dispersion[one]), quiet),
        float(found.usual[one]),
    )


def _longest(filled: NDArray[np.int64]) -> int:
    """The most days on end without a signal between two that had one."""
    return int(np.diff(filled[filled >= filled[-1] - BASELINE]).max(initial=1)) - 1 if filled.size else 0


def _silence(weekdays: Counts, dispersion: float, days: int) -> float:
    """How probable it is that so many days on end hold nothing. weekdays: expected per day, [0] the last day's weekday, [6] the day before.

    **Source**: P(0) of a negative binomial with mean m and variance d * m is d ** (-m / (d - 1)); of a Poisson, exp(-m).
    """
    if not days:
        return 1.0
    expected = sum(float(weekdays[-place % 7]) for place in range(days))
    return math.exp(-expected * (1.0 if dispersion <= 1 + 1e-9 else math.log(dispersion) / (dispersion - 1)))
