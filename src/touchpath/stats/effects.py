"""What a change of each kind of number is to a test: how far apart, in units that one person's share of the noise is told in.

Each family below knows what it takes to plan one kind of number (a share, a mean, a time ...) and turns a change of it into an `Effect`.
`detectable.py` makes sample sizes, power and the smallest detectable change of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from touchpath.model.errors import BadInput
from touchpath.stats.intervals import z_quantile


class Effect(NamedTuple):
    """A change on the scale of its test.

    distance: from no change, with its sign. spread_same, spread_changed: standard deviation of the estimated distance times the square
    root of n, when nothing changed and when this did. df_of, df_less: the test's degrees of freedom are df_of * n - df_less; df_of 0 for
    a normal test. groups: 2 where n people are in each of two groups, 1 where the same n people are measured twice.
    """

    distance: float
    spread_same: float
    spread_changed: float
    df_of: float = 0.0
    df_less: float = 0.0
    groups: int = 2


class Family(Protocol):
    """A kind of number to plan. `no_change`: the change that is none, 0 for differences and 1 for ratios."""

    @property
    def no_change(self) -> float: ...
    def effect(self, change: float) -> Effect:
        """The change as an effect; raises BadInput for one that is not possible."""
        ...

    def possible(self) -> tuple[float, float]:
        """The least and the greatest change there can be (both not reached themselves)."""
        ...


def _need(possible: bool, what: str, came: object) -> None:
    if not possible:
        raise BadInput(f"{what}, but {came} came.")


def _need_ratio(ratio: float) -> None:
    _need(0 < ratio < math.inf, "A change told as a ratio (0.8 for a fifth less) must be above 0", ratio)


@dataclass(frozen=True, slots=True)
class Share:
    """A share of independent people in each of two groups; the change is a difference of shares. Test: two shares, normal.

    before: the share without the change, 0 to 1. **Source**: Fleiss, Levin & Paik 2003, Statistical Methods for Rates and Proportions,
    equation 4.14 (R's power.prop.test).
    """

    before: float
    no_change: float = 0.0

    def __post_init__(self) -> None:
        _need(0 <= self.before <= 1, "A share lies between 0 and 1", self.before)

    def possible(self) -> tuple[float, float]:
        return -self.before, 1 - self.before

    def effect(self, change: float) -> Effect:
        after = self.before + change
        _need(-1e-12 <= after <= 1 + 1e-12, f"A share of {self.before} can change so that it stays between 0 and 1", change)
        after, pooled = min(max(after, 0.0), 1.0), min(max(self.before + change / 2, 0.0), 1.0)
        apart = self.before * (1 - self.before) + after * (1 - after)
        return Effect(change, math.sqrt(2 * pooled * (1 - pooled)), math.sqrt(apart))


@dataclass(frozen=True, slots=True)
class PairedShare:
    """A share of the same people twice; the change is a difference of shares. Test: McNemar.

    differ: the share of people whose two answers differ, above 0. **Source**: Connor 1987, Biometrics 43:207.
    """

    differ: float
    no_change: float = 0.0

    def __post_init__(self) -> None:
        _need(0 < self.differ <= 1, "The share of people whose answers differ lies above 0 and at most at 1", self.differ)

    def possible(self) -> tuple[float, float]:
        return -self.differ, self.differ

    def effect(self, change: float) -> Effect:
        _need(abs(change) <= self.differ, f"Where {self.differ} of people differ, a share changes by no more", change)
        return Effect(change, math.sqrt(self.differ), math.sqrt(max(self.differ - change**2, 0.0)), groups=1)


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean of independent people in each of two groups; the change is a difference. Test: two-sample t.

    sd: between people, in the unit of the mean. **Source**: Cohen 1988, Statistical Power Analysis, section 2.5 (R's power.t.test).
    """

    sd: float
    no_change: float = 0.0

    def __post_init__(self) -> None:
        _need(0 < self.sd < math.inf, "A standard deviation must be above 0", self.sd)

    def possible(self) -> tuple[float, float]:
        return -math.inf, math.inf

    def effect(self, change: float) -> Effect:
        spread = self.sd * math.sqrt(2)
        return Effect(change, spread, spread, 2, 2)


@dataclass(frozen=True, slots=True)
class PairedMean:
    """A mean of the same people twice; the change is a difference. Test: paired t.

    sd: between people; correlation: of a person's two values, -1 to below 1. The noise is the sd of differences, sd * sqrt(2 (1 - r)).
    """

    sd: float
    correlation: float
    no_change: float = 0.0

    def __post_init__(self) -> None:
        _need(0 < self.sd < math.inf, "A standard deviation must be above 0", self.sd)
        _need(
            -1 <= self.correlation < 1,
            "A correlation of two values of a person lies between -1 and 1, 1 left out",
            self.correlation,
        )

    def possible(self) -> tuple[float, float]:
        return -math.inf, math.inf

    def effect(self, change: float) -> Effect:
        spread = self.sd * math.sqrt(2 * (1 - self.correlation))
        return Effect(change, spread, spread, 1, 1, groups=1)


@dataclass(frozen=True, slots=True)
class Time:
    """A typical time (geometric mean) of independent people in each of two groups; the change is a ratio. Test: t on logarithms.

    sd_of_logs: between people, of natural logarithms (0.5 to 0.8 is usual for task times).
    """

    sd_of_logs: float
    no_change: float = 1.0

    def __post_init__(self) -> None:
        _need(0 < self.sd_of_logs < math.inf, "A standard deviation must be above 0", self.sd_of_logs)

    def possible(self) -> tuple[float, float]:
        return 0.0, math.inf

    def effect(self, change: float) -> Effect:
        _need_ratio(change)
        spread = self.sd_of_logs * math.sqrt(2)
        return Effect(math.log(change), spread, spread, 2, 2)


@dataclass(frozen=True, slots=True)
class Rate:
    """Events per person in each of two groups; the change is a ratio of rates. Test: normal on the logarithm.

    events: expected per person without the change (rate times exposure). dispersion: variance of a person's events as a multiple of their
    mean, 1 for Poisson. **Source**: Zhu & Lakkis 2014, Statistics in Medicine 33:376 (method 3, with the pooled rate for no change).
    """

    events: float
    dispersion: float = 1.0
    no_change: float = 1.0

    def __post_init__(self) -> None:
        _need(0 < self.events < math.inf, "Expected events per person must be above 0", self.events)
        _need(0 < self.dispersion < math.inf, "A dispersion must be above 0", self.dispersion)

    def possible(self) -> tuple[float, float]:
        return 0.0, math.inf

    def effect(self, change: float) -> Effect:
        _need_ratio(change)
        after = self.events * change
        same, changed = 4 / (self.events + after), 1 / self.events + 1 / after
        return Effect(math.log(change), math.sqrt(same * self.dispersion), math.sqrt(changed * self.dispersion))


@dataclass(frozen=True, slots=True)
class NetScore:
    """A net score (NPS, net sentiment) of independent people in each of two groups; the change is in points. Test: normal.

    promoters, detractors: shares without the change. Half of a change comes from more promoters and half from fewer detractors, as far as
    there are people for it.
    """

    promoters: float
    detractors: float
    no_change: float = 0.0

    def __post_init__(self) -> None:
        both = (self.promoters, self.detractors)
        _need(min(both) >= 0 and sum(both) <= 1, "Shares of promoters and detractors are 0 or more and at most 1 together", both)

    def possible(self) -> tuple[float, float]:
        score = 100 * (self.promoters - self.detractors)
        return -100 - score, 100 - score

    def effect(self, change: float) -> Effect:
        low, high = self.possible()
        _need(low <= change <= high, f"The score can change by {low:g} to {high:g} points", change)
        promoters, detractors = self._after(change / 100)
        before = _net_variance(self.promoters, self.detractors)
        after = _net_variance(promoters, detractors)
        pooled = _net_variance((self.promoters + promoters) / 2, (self.detractors + detractors) / 2)
        return Effect(change / 100, math.sqrt(2 * pooled), math.sqrt(before + after))

    def _after(self, change: float) -> tuple[float, float]:
        """The shares after the change."""
        if change < 0:
            detractors, promoters = NetScore(self.detractors, self.promoters)._after(-change)
            return promoters, detractors
        fewer = min(change / 2, self.detractors)
        passives = 1 - self.promoters - self.detractors
        more = min(change - fewer, passives + fewer)
        return self.promoters + more, max(self.detractors - (change - more), 0.0)


def _net_variance(promoters: float, detractors: float) -> float:
    return max(promoters + detractors - (promoters - detractors) ** 2, 0.0)


@dataclass(frozen=True, slots=True)
class RatioOfSums:
    """A ratio of sums over independent people (clicks / views) in each of two groups; the change is a difference. Test: normal.

    mean_x, mean_y: of what is below and above the line, per person; sd_x, sd_y, correlation: between people.
    **Source**: Deng, Knoblich & Lu 2018, KDD "Applying the delta method in metric analytics", section 3.1.
    """

    mean_x: float
    mean_y: float
    sd_x: float
    sd_y: float
    correlation: float
    no_change: float = 0.0

    def __post_init__(self) -> None:
        _need(self.mean_x > 0, "The mean of what is below the line must be above 0", self.mean_x)
        _need(
            min(self.sd_x, self.sd_y) >= 0 and max(self.sd_x, self.sd_y) > 0,
            "Standard deviations are 0 or more, one above 0",
            (self.sd_x, self.sd_y),
        )
        _need(-1 <= self.correlation <= 1, "A correlation lies between -1 and 1", self.correlation)

    def possible(self) -> tuple[float, float]:
        return -math.inf, math.inf

    def effect(self, change: float) -> Effect:
        before, after = (self._variance(self.mean_y / self.mean_x + one) for one in (0.0, change))
        return Effect(change, math.sqrt(2 * before), math.sqrt(before + after))

    def _variance(self, ratio: float) -> float:
        together = self.correlation * self.sd_x * self.sd_y
        found = (self.sd_y**2 - 2 * ratio * together + ratio**2 * self.sd_x**2) / self.mean_x**2
        _need(found > 0, "The ratio must vary between people", f"a variance of {found:g}")
        return found


@dataclass(frozen=True, slots=True)
class Quantile:
    """A median or other quantile of independent people in each of two groups; the change is a difference. Test: normal approximation.

    q: 0.5 for the median. density: of values at the quantile, per unit of the value; `density_at` takes it from an interval.
    **Source**: Serfling 1980, Approximation Theorems of Mathematical Statistics, section 2.3.3. Rough where values are few or heaped.
    """

    q: float
    density: float
    no_change: float = 0.0

    def __post_init__(self) -> None:
        _need(0 < self.q < 1, "A quantile lies between 0 and 1, as 0.5 for the median", self.q)
        _need(0 < self.density < math.inf, "A density must be above 0", self.density)

    def possible(self) -> tuple[float, float]:
        return -math.inf, math.inf

    def effect(self, change: float) -> Effect:
        spread = math.sqrt(2 * self.q * (1 - self.q)) / self.density
        return Effect(change, spread, spread)


def density_at(low: float, high: float, n: int, q: float = 0.5, confidence: float = 0.95) -> float:
    """How dense values are at a quantile, from the limits of its interval and the n that gave them."""
    _need(high > low and n > 0, "A density needs limits that differ and at least one value", (low, high, n))
    return 2 * z_quantile(confidence) * math.sqrt(q * (1 - q) / n) / (high - low)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Who has not yet (churned, bought ...) at the end, in each of two groups; the change is a hazard ratio. Test: log-rank.

    waits: the share that still waits at the end of the observation without the change, 0 up to below 1; hazards are proportional.
    **Source**: Schoenfeld 1981, Biometrika 68:316 (events needed), events per person from the two curves' ends.
    """

    waits: float
    no_change: float = 1.0

    def __post_init__(self) -> None:
        _need(0 <= self.waits < 1, "The share that still waits at the end lies between 0 and 1, 1 left out", self.waits)

    def possible(self) -> tuple[float, float]:
        return 0.0, math.inf

    def effect(self, change: float) -> Effect:
        _need_ratio(change)
        events = (1 - self.waits) + (1 - self.waits**change)
        return Effect(math.log(change), math.sqrt(4 / events), math.sqrt(4 / events))


@dataclass(frozen=True, slots=True)
class Clustered:
    """Any of the families with several rows a person: the family tells one row, n counts people.

    rows: per person on average; alike: the correlation of two rows of one person (ICC); varying: standard deviation of rows per person
    over their mean. Design effect 1 + ((varying**2 + 1) * rows - 1) * alike. **Source**: Kish 1965, Survey Sampling, section 5.4; Eldridge,
    Ashby & Kerry 2006, Int. J. Epidemiology 35:1292 (unequal sizes). Degrees of freedom are those of people.
    """

    family: Family
    rows: float
    alike: float
    varying: float = 0.0

    def __post_init__(self) -> None:
        _need(1 <= self.rows < math.inf, "People have at least one row on average", self.rows)
        _need(0 <= self.alike <= 1, "The correlation of rows of one person lies between 0 and 1", self.alike)
        _need(0 <= self.varying < math.inf, "The variation of rows per person is 0 or more", self.varying)

    @property
    def no_change(self) -> float:
        return self.family.no_change

    @property
    def design_effect(self) -> float:
        """How many rows tell as much as one independent one."""
        return 1 + ((self.varying**2 + 1) * self.rows - 1) * self.alike

    def possible(self) -> tuple[float, float]:
        return self.family.possible()

    def effect(self, change: float) -> Effect:
        one = self.family.effect(change)
        wider = math.sqrt(self.design_effect / self.rows)
        return one._replace(spread_same=one.spread_same * wider, spread_changed=one.spread_changed * wider)
