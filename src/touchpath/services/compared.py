"""What a comparison answers: two sides beside each other, how far apart they are, and how sure that is among all that were compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from touchpath.model.estimate import Comparison, Undefined
from touchpath.model.time import Period
from touchpath.services.results import MetricWords, Number

if TYPE_CHECKING:
    from touchpath.stats.intervals import Interval
    from touchpath.stats.mixes import MixBetween, MixChange

#: Each segment with all the others together, every pair of segments, each with a named one, or two periods.
How = Literal["rest", "pairs", "against", "periods"]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sides before they are judged. compare: how they differ, at a confidence."""

    before_title: str
    after_title: str
    before: Number
    after: Number
    compare: Callable[[float], Comparison | Undefined]
    segment: str = ""


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two sides of one metric. found: after - before (or after / before) by the metric's own method, or why there is none.

    p: what belongs to that interval; p_family: corrected for the number of comparisons (Holm); both None where there is no comparison.
    together: limits of which all of the family hold at once (Bonferroni). smallest: the smallest difference (or ratio above 1) that would
    have been found in four of five cases, at the family's rate. segment: of a change within one ("" = of everybody).
    """

    before_title: str
    after_title: str
    before: Number
    after: Number
    found: Comparison | Undefined
    p: float | None = None
    p_family: float | None = None
    together: Interval | None = None
    smallest: float | None = None
    segment: str = ""

    @property
    def changed(self) -> Literal["up", "down"] | None:
        """The direction, where it is more than noise among all that was compared."""
        if not isinstance(self.found, Comparison):
            return None
        if self.p_family is None:  # made from two intervals, without a test
            return self.found.changed
        if self.p_family > 1 - self.found.confidence + 1e-12:
            return None
        before = 0.0 if self.found.kind == "difference" else 1.0
        return "up" if self.found.value > before else "down"

    @property
    def words(self) -> str:
        """Both sides in words, with the verdict."""
        told = f"{self.after_title} is {self.verdict} than {self.before_title}"
        return f"{self.segment}: {told}" if self.segment else told

    @property
    def verdict(self) -> str:
        """What to tell a reader; "" where the sides cannot be compared."""
        if not isinstance(self.found, Comparison):
            return ""
        return {None: "no detectable change", "up": "higher", "down": "lower"}[self.changed]


@dataclass(frozen=True, slots=True)
class Compared:
    """One metric between segments or periods. before of a contrast is what the other is held against.

    by: the dimension, "" for periods. total: of everybody. notes: what to know before reading, as that people may be on both sides.
    mix: of two periods by a dimension, how much of the change came within segments and how much from their mix, or why nobody knows.
    mixes: of groups, what is left of their difference where the mix of another dimension is made equal, wherever that mix plays a part.
    """

    metric: MetricWords
    about: str
    how: How
    by: str
    total: Number
    contrasts: tuple[Contrast, ...]
    confidence: float
    period: Period
    data_version: str
    subject: str = ""
    notes: tuple[str, ...] = ()
    maturity: timedelta = timedelta()
    mix: MixChange | Undefined | None = None
    mixes: tuple[MixBetween, ...] = ()

    @property
    def sentence(self) -> str:
        """The whole in one sentence: what differs, or that nothing does."""
        told = [one for one in self.contrasts if one.p_family is not None]
        changed = [one for one in told if one.changed]
        small = len(self.contrasts) - len(told)
        aside = f" {small} could not be compared." if small else ""
        if self.mix is not None and not isinstance(self.mix, Undefined):
            aside += f" {self.mix.sentence}"
        aside += "".join(f" {one.sentence}" for one in self.mixes if one.disagrees)
        if not told:
            return f"Nothing could be compared: {_first_reason(self.contrasts)}."
        if not changed:
            return f"No detectable change in {_times(len(told))}.{aside}"
        words = "; ".join(one.words for one in changed[:5])
        more = f"; and {len(changed) - 5} more" if len(changed) > 5 else ""
        return f"{words}{more}: {len(changed)} of {_times(len(told))}.{aside}"


def _times(count: int) -> str:
    return "1 comparison" if count == 1 else f"{count} comparisons"


def _first_reason(contrasts: tuple[Contrast, ...]) -> str:
    return next((one.found.reason for one in contrasts if isinstance(one.found, Undefined)), "there is only one segment")
