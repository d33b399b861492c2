"""Published numbers to hold one's own against, and the verdict: only when the whole interval lies in one band."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from touchpath.model.estimate import Estimate, Undefined

#: Below so many people nothing is judged.
LEAST = 5
#: One's own history begins with so many whole periods.
LEAST_PAST = 4

#: How sure the published figure itself is: read in its source, or recalled and not read again there.
Status = Literal["read", "recalled"]


@dataclass(frozen=True, slots=True)
class Band:
    """A part of the scale with a name, from `low` up to and without `high`; the last one holds its upper end too."""

    label: str
    low: float = -math.inf
    high: float = math.inf

    def holds(self, low: float, high: float) -> bool:
        """Whether a whole interval lies inside."""
        return self.low <= low and high < self.high


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A published number or scale: bands from the lowest to the highest, or one edge between two of them.

    source, year: who published it and when ("" and 0 are refused).   status: whether the figure was read there.
    graded: False = told as context, with no verdict, where the field warns against grading (`why`).
    """

    title: str
    bands: tuple[Band, ...]
    source: str
    year: int
    status: Status = "recalled"
    graded: bool = True
    why: str = ""

    @property
    def told(self) -> str:
        """The bands, the source and how sure the figure is, in one sentence."""
        parts = ", ".join(f"{band.label} ({_reach(band)})" for band in self.bands)
        sure = "" if self.status == "read" else "; quoted from memory of the source, not read again there"
        off = "" if self.graded else f" No verdict is given: {self.why}."
        return f"{self.title}: {parts} ({self.source}, {self.year}{sure}).{off}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a benchmark says of a number. label: the band of the whole interval; "" = inconclusive or not judged, for `reason`."""

    benchmark: str
    label: str
    reason: str = ""

    @property
    def sentence(self) -> str:
        """What to tell a reader."""
        return f"{self.benchmark}: {self.label}" if self.label else f"{self.benchmark}: {self.reason}"


def around(title: str, edge: float, source: str, year: int, status: Status = "recalled") -> Benchmark:
    """A benchmark that is one published average: below it, or at it and above."""
    return Benchmark(title, (Band("below it", high=edge), Band("at it or above", edge)), source, year, status)


def judge(number: Estimate | Undefined, benchmark: Benchmark) -> Verdict:
    """The band in which the whole interval lies; else why there is no verdict.

    Source: the product's rule (metrics are judged only when the whole interval is on one side of a benchmark). An interval that
    ends exactly on an edge counts as beyond it, so that the edge belongs to the higher band.
    """
    if not benchmark.graded:
        return Verdict(benchmark.title, "", f"not judged, {benchmark.why}")
    if isinstance(number, Undefined):
        return Verdict(benchmark.title, "", f"not judged, {number.reason}")
    if number.group < LEAST:
        return Verdict(
            benchmark.title, "", f"not judged, fewer than {LEAST} {number.n_unit if number.people is None else 'people'}"
        )
    for band in benchmark.bands:
        if band.holds(number.low, number.high):
            return Verdict(benchmark.title, band.label)
    held = [band.label for band in benchmark.bands if number.low < band.high and number.high >= band.low]
    if not held:
        return Verdict(benchmark.title, "", "not on its scale")
    reach = f"inconclusive, the interval reaches from '{held[0]}' to '{held[-1]}'"
    return Verdict(benchmark.title, "", reach)


def against_own(past: Sequence[Estimate], now: Estimate | Undefined) -> Verdict | None:
    """Where the newest whole period stands beside all whole periods before it; None while there are fewer than four of them.

    Above or below only when its whole interval lies beyond every value of the past. Out of many periods one will now and then do so by
    chance: it is a reason to look, not a test.
    """
    if len(past) < LEAST_PAST:
        return None
    title, values = f"Own history, {len(past)} whole periods before", [one.value for one in past]
    if isinstance(now, Undefined):
        return Verdict(title, "", f"not judged, {now.reason}")
    if now.low > max(values) or now.high < min(values):
        return Verdict(title, "above all of them" if now.low > max(values) else "below all of them")
    return Verdict(title, "", "inconclusive, the newest whole period reaches into what was there before")


def _reach(band: Band) -> str:
    if math.isinf(band.low):
        return f"below {band.high:g}" if math.isfinite(band.high) else "anything"
    return f"from {band.low:g}" if math.isinf(band.high) else f"{band.low:g} to below {band.high:g}"
