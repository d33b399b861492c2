"""Whether a number changed because people's experience did, or because other people make it up: change within segments, and of the mix."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from touchpath.model.errors import BadInput
from touchpath.model.estimate import Comparison, Undefined
from touchpath.stats.comparisons import difference_of
from touchpath.stats.intervals import Interval, t_quantile

#: Fewer groups of people than this give no error that could be trusted.
LEAST_GROUPS = 10


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment at two times: how many count in it, and its number (None where nobody does)."""

    title: str
    n_before: float
    before: float | None
    n_after: float
    after: float | None


@dataclass(frozen=True, slots=True)
class Part:
    """What one segment adds to the change of the whole. share_before, share_after: of all that count."""

    title: str
    share_before: float
    share_after: float
    before: float
    after: float
    within: float
    mix: float


class Split(NamedTuple):
    """change = within + mix, in the unit of the number; parts: the same by segment, in the order given."""

    change: float
    within: float
    mix: float
    parts: tuple[Part, ...]


def split_change(segments: Sequence[Segment]) -> Split:
    """The change of a mean or share over all, divided into change within segments and change of their mix.

    within = sum of mean weight * change of number; mix = sum of mean number * change of weight, where a segment's mean number is told from
    the mean of both wholes, so that a segment adds to the mix what it lies above or below. Neither time is the standard, and nothing is left
    over. A segment that is there at one time only has not changed: all it adds is mix.
    **Source**: Kitagawa 1955, JASA 50:1168, formula 3 (two components); Das Gupta 1993, US Bureau of the Census P23-186.
    Only for numbers that are the mean of their segments' weighted by n. Raises BadInput where nobody counts at one of the times.
    """
    n_before, n_after = math.fsum(one.n_before for one in segments), math.fsum(one.n_after for one in segments)
    if not n_before > 0 or not n_after > 0:
        raise BadInput(f"A change has somebody at both times, but {n_before:g} and {n_after:g} count.")
    there = [(one, *_both(one)) for one in segments if one.n_before or one.n_after]
    first = math.fsum(one.n_before / n_before * before for one, before, _ in there)
    second = math.fsum(one.n_after / n_after * after for one, _, after in there)
    middle = (first + second) / 2
    parts = []
    for one, before, after in there:
        share, later = one.n_before / n_before, one.n_after / n_after
        within = (share + later) / 2 * (after - before)
        parts.append(Part(one.title, share, later, before, after, within, ((before + after) / 2 - middle) * (later - share)))
    return Split(second - first, math.fsum(one.within for one in parts), math.fsum(one.mix for one in parts), tuple(parts))


def _both(one: Segment) -> tuple[float, float]:
    """The segment's numbers at both times; the one there is for both where there is only one."""
    before = one.before if one.n_before else one.after
    after = one.after if one.n_after else one.before
    if before is None or after is None or min(one.n_before, one.n_after) < 0:
        raise BadInput(f"Segment '{one.title}' has {one.n_before:g} and {one.n_after:g} people, but lacks a number.")
    return before, after


#: How what is concluded from the whole and from an equal mix disagree: they go opposite ways, the difference is gone, or only then to be seen.
Disagreement = Literal["reversed", "explained", "hidden"]


#: Said where segments that all go one way may do so by chance.
_BY_CHANCE = " How far the segments go the other way may be chance; that the mix moved the whole is not."


@dataclass(frozen=True, slots=True)
class MixChange:
    """A change with its two parts, each with its interval; parts by segment."""

    by: str
    change: Comparison
    within: Comparison
    mix: Comparison
    parts: tuple[Part, ...]

    @property
    def disagrees(self) -> Disagreement | None:
        """How what is concluded of the whole and of the segments disagree, as between groups; None where they do not."""
        return _disagreement(self)

    @property
    def reversed(self) -> Literal["every", "balance"] | None:
        """Simpson's paradox: the whole goes one way beyond noise, and the segments the other, each of them or beyond noise on balance."""
        if self.disagrees != "reversed":
            return None
        return "every" if _every(self.change, self.parts) else "balance"

    @property
    def sentence(self) -> str:
        """What to tell a reader, with a disagreement of the whole and its segments first where there is one."""
        whole, within, mix = (_told(one) for one in (self.change, self.within, self.mix))
        split = f"Of a change of {whole}, {within} came within the segments of {self.by} and {mix} from their mix."
        ways = ("rose", "fell") if self.change.value > 0 else ("fell", "rose")
        read = f"{split} Read the segments, not the whole."
        if self.disagrees == "explained":
            return (
                f"The mix explains it: the whole {ways[0]}, but within segments on balance there is no detectable change. {read}"
            )
        if self.disagrees == "hidden":
            way = "rose" if self.within.value > 0 else "fell"
            return (
                f"The mix hides it: the whole did not detectably change, but within segments on balance the number {way}. {read}"
            )
        if not self.reversed:
            moved = "" if self.mix.changed else " The mix made no detectable change."
            return split + moved
        who = "in every segment" if self.reversed == "every" else "within segments on balance"
        return f"Simpson's paradox: the whole {ways[0]}, but {who} the number {ways[1]}. {read}{'' if self.within.changed else _BY_CHANCE}"


def _told(one: Comparison) -> str:
    scale, word = (100.0, " points") if one.unit == "share" else (1.0, "")
    low, value, high = (f"{number * scale:+.3g}" for number in (one.low, one.value, one.high))
    return f"{value}{word} ({low} to {high})"


def judge_mix(by: str, whole: Split, without: Sequence[Split], unit: str, confidence: float = 0.95) -> MixChange | Undefined:
    """The split with intervals from the grouped jackknife: `without` are the same splits, each without one group of people.

    So people are the unit, however often they count and whether or not they are there at both times; the noise of weights is in it.
    **Source**: Wolter 2007, Introduction to Variance Estimation, 2nd ed., section 4.2; t with groups - 1 degrees of freedom.
    """
    if len(without) < LEAST_GROUPS:
        return Undefined(
            f"{len(without)} groups of people, and the split needs {LEAST_GROUPS} to tell how sure it is", len(without)
        )
    t, groups = t_quantile(confidence, len(without) - 1), len(without)

    def with_interval(value: float, others: Sequence[float]) -> Comparison:
        error = math.sqrt((groups - 1) / groups * math.fsum((one - value) ** 2 for one in others))
        limits = Interval(value - t * error, value + t * error)
        return difference_of(value, limits, confidence, unit, f"grouped jackknife by person ({groups} groups)")

    return MixChange(
        by,
        with_interval(whole.change, [one.change for one in without]),
        with_interval(whole.within, [one.within for one in without]),
        with_interval(whole.mix, [one.mix for one in without]),
        whole.parts,
    )


@dataclass(frozen=True, slots=True)
class MixBetween:
    """A difference between two groups, and what is left of it where both have the same mix of another dimension.

    by: that dimension. change: the plain difference, after - before; within: with the mean mix of both groups (the standardised difference);
    mix: what the mix adds; change = within + mix. disagrees: how the two conclusions differ, judged at the rate of all that were looked at.
    """

    by: str
    before_title: str
    after_title: str
    change: Comparison
    within: Comparison
    mix: Comparison
    parts: tuple[Part, ...]
    disagrees: Disagreement | None

    @property
    def sentence(self) -> str:
        """What to tell a reader."""
        whole, within = _told(self.change), _told(self.within)
        ways = ("higher", "lower") if self.change.value > 0 else ("lower", "higher")
        sides, equal = f"{self.after_title} is {ways[0]} than {self.before_title}", f"with an equal mix of {self.by}"
        if self.disagrees == "reversed":
            where = f"within every {self.by}" if _every(self.change, self.parts) else f"within {self.by} on balance"
            return (
                f"Simpson's paradox: {sides} by {whole} over all, but {ways[1]} {where}: by {within} {equal}. "
                f"Read the groups within {self.by}, not over all.{'' if self.within.changed else _BY_CHANCE}"
            )
        if self.disagrees == "explained":
            return f"The mix explains it: {sides} by {whole} over all, but {equal} there is no detectable difference ({within})."
        if self.disagrees == "hidden":
            way = "higher" if self.within.value > 0 else "lower"
            return (
                f"The mix hides a difference: {self.after_title} and {self.before_title} do not detectably differ over all ({whole}), but "
                f"{equal} {self.after_title} is {way} by {within}."
            )
        return f"{sides} by {whole} over all, and by {within} {equal}."


def _every(change: Comparison, parts: Sequence[Part]) -> bool:
    """Whether every segment that is on both sides goes the other way than the whole."""
    return all((one.after - one.before) * change.value < 0 for one in parts if one.share_before and one.share_after)


def judge_between(
    by: str,
    titles: tuple[str, str],
    whole: Split,
    without: Sequence[Split],
    unit: str,
    confidence: float = 0.95,
    strict: float | None = None,
) -> MixBetween | Undefined:
    """The split of a difference between two groups, with intervals as in `judge_mix`.

    titles: of the two groups. strict: the confidence at which conclusions are drawn, higher than that of the intervals where many splits are
    looked at. A paradox or an explanation needs a part of the mix that is beyond noise itself.
    It says nothing of causes: where the group brings the mix about (a new app draws other devices), the difference over all is its effect.
    """
    shown = judge_mix(by, whole, without, unit, confidence)
    sure = judge_mix(by, whole, without, unit, confidence if strict is None else strict)
    if isinstance(shown, Undefined) or isinstance(sure, Undefined):
        return Undefined(f"{len(without)} groups of people, and the split needs {LEAST_GROUPS}", len(without))
    return MixBetween(by, *titles, shown.change, shown.within, shown.mix, shown.parts, _disagreement(sure))


def _disagreement(split: MixChange) -> Disagreement | None:
    whole, within = split.change.changed, split.within.changed
    if split.mix.changed is None or whole == within:
        return None
    if whole is None:
        return "hidden"
    against = within is not None or (split.within.value * split.change.value < 0 and _every(split.change, split.parts))
    return "reversed" if against else "explained"
