"""Numbers with their names: one metric measured, several of them, and UX and CX side by side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from touchpath.metrics.benchmarks import Verdict
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.model.time import Period

if TYPE_CHECKING:
    from touchpath.metrics.weighing import Weighing
    from touchpath.stats.mixes import MixChange

Number = Estimate | Undefined


@dataclass(frozen=True, slots=True)
class MetricWords:
    """How to speak of a metric: what every number opens to.

    `subject`: what it is measured of: "task", "question", "journey", "questionnaire", "signals" or "query"; "" = no such thing.
    `interval`: the method by its title. `benchmarks`: one sentence each. `query`: which query a metric of one is measured of.
    `worthwhile`: the smallest difference that is worth finding, in words. `also`: what the field calls it besides.
    """

    id: str
    title: str
    asks: str
    discipline: str
    unit: str
    better: str
    method: str
    definition: str
    source: str
    caveats: tuple[str, ...] = ()
    subject: str = ""
    level: str = ""
    horizon: str = ""
    need: str = ""
    scale: str = ""
    interval: str = ""
    formula: str = ""
    minimum_n: int = 1
    benchmarks: tuple[str, ...] = ()
    version: int = 1
    version_label: str = "1"
    licence: str = ""
    family: str = ""
    query: str = ""
    worthwhile: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Late:
    """What changed a past period after it was over. corrected: those of the late signals that replaced an earlier revision."""

    signals: int
    corrected: int

    def __add__(self, other: Late) -> Late:
        return Late(self.signals + other.signals, self.corrected + other.corrected)

    @property
    def sentence(self) -> str:
        """What to tell a reader; "" when nothing changed."""
        if not self.signals:
            return ""
        came = self.signals - self.corrected
        parts = [f"{came:,} signal{'' if came == 1 else 's'} came late"] if came else []
        parts += [f"{self.corrected:,} {'was' if self.corrected == 1 else 'were'} corrected"] if self.corrected else []
        return f"{' and '.join(parts)} after the period was over, so its numbers may differ from those shown before."


@dataclass(frozen=True, slots=True)
class Reading:
    """One number of a measurement: its period and segment ("" = all), None = whole span. late: what changed it after it was over.

    beside: of parts that may overlap, how many of the same period count besides those of this part; None = not asked.
    """

    number: Number
    period: Period | None = None
    segment: str = ""
    complete: bool = True
    late: Late | None = None
    beside: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a composite: its own number, and what that is on the composite's scale (None while it has no number)."""

    words: MetricWords
    subject: str
    weight: float
    number: Number
    score: float | None


@dataclass(frozen=True, slots=True)
class Measurement:
    """One metric, whole and cut. `readings` go period by period, segment by segment.

    maturity: how long after a period's end its numbers may still change, as with a time limit; so in every answer.
    verdicts: what each published benchmark says of the total. parts: of a composite, in total.
    spread: of a share or mean by a dimension in one period, how far its segments differ beyond chance; None = not asked.
    mix: by period and segment, how much of the last change came within segments and how much from their mix, where that can be told.
    notes: what to know before reading, as that parts overlap.
    weighing: of a number in which accounts weigh otherwise, how; all its numbers are then weighed. None = as the metric is defined.
    change_p: the two-sided p-value that goes with `change`, for families of them; None where it found nothing.
    """

    metric: MetricWords
    about: str
    total: Number
    readings: tuple[Reading, ...]
    change: Comparison | None
    period: Period
    data_version: str
    subject: str = ""
    maturity: timedelta = timedelta()
    verdicts: tuple[Verdict, ...] = ()
    parts: tuple[Part, ...] = ()
    spread: Number | None = None
    mix: MixChange | None = None
    notes: tuple[str, ...] = ()
    weighing: Weighing | None = None
    change_p: float | None = None


@dataclass(frozen=True, slots=True)
class Pack:
    """Several metrics, measured together."""

    measurements: tuple[Measurement, ...]


@dataclass(frozen=True, slots=True)
class OverviewRow:
    """UX and CX numbers of one product or journey, side by side."""

    kind: str
    id: str
    title: str
    ux: tuple[Measurement, ...]
    cx: tuple[Measurement, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    rows: tuple[OverviewRow, ...]
    people: int
    signals: int
    sources: tuple[str, ...]
    period: Period | None
    data_version: str
    about: str = ""
