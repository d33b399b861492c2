"""How alike channels are: the spread between their scores net of sampling noise, and the gap between the best and the worst."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from touchpath.metrics.conclude import compare_intervals, few
from touchpath.metrics.metric import Number, QueryMetric
from touchpath.metrics.places import at_cell, change_of_cells
from touchpath.model.errors import BadInput
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.stats.clustered import each_once, estimate_ratio
from touchpath.stats.comparisons import compare_means
from touchpath.stats.heterogeneity import heterogeneity, spread_interval
from touchpath.stats.intervals import z_quantile
from touchpath.stats.intraclass import Group, intraclass
from touchpath.stats.means import Mean
from touchpath.stats.p_values import say_p
from touchpath.timelines.across import AcrossCounts

#: Fewer answers of a channel say too little of it; with fewer channels than that only the gap is told.
LEAST_ANSWERS, LEAST_CHANNELS = 30, 3
#: Units of shares and means; times are compared as ratios, counts and totals grow with the segment.
_OF_MEANS = ("share", "score", "per_person", "per_case", "per_attempt")


class Scored(NamedTuple):
    """One channel: its word, how many answers of how many people, and their mean."""

    word: int
    answers: int
    people: int
    mean: Mean


def scored(summary: AcrossCounts, cell: int, least: int = 1) -> list[Scored]:
    """The channels of a cell whose mean has an error, with at least so many answers."""
    found = []
    for word, ratio in summary.of(cell):
        if ratio.people < 2 or ratio.x < least:
            continue
        mean = Mean(*estimate_ratio(ratio))
        if mean.error > 0:
            found.append(Scored(word, ratio.x, ratio.people, mean))
    return found


def _left_out(summary: AcrossCounts, cell: int, used: Sequence[Scored]) -> tuple[str, ...]:
    missing = len(summary.of(cell)) - len(used)
    warnings: tuple[str, ...] = (f"{missing} channels say too little and are left out.",) if missing else ()
    if nowhere := int(summary.nowhere[cell]):
        warnings += (f"{nowhere:,} answers came without a channel and are left out.",)
    return warnings


def estimate_spread(summary: AcrossCounts, cell: int, confidence: float = 0.95) -> Number:
    """Standard deviation between channels net of sampling noise (tau), in points. I2, Q and p are told beside."""
    channels = scored(summary, cell, LEAST_ANSWERS)
    n = sum(one.answers for one in channels)
    if len(channels) < LEAST_CHANNELS:
        reason = f"{len(channels)} channels have {LEAST_ANSWERS} answers, and the spread needs {LEAST_CHANNELS}; the gap is told"
        return Undefined(reason, n, "answers")
    scores, errors = [one.mean.mean for one in channels], [one.mean.error for one in channels]
    found = _spread(scores, errors, n, "answers", "score", "channels", confidence)
    people = min((one.people for one in channels), default=0)
    told = found.warned(*few(sum(one.people for one in channels)), *_left_out(summary, cell, channels))
    return replace(told, people=people)


def _spread(
    scores: Sequence[float], errors: Sequence[float], n: int, n_unit: str, unit: str, what: str, confidence: float
) -> Estimate:
    found, limits = heterogeneity(scores, errors), spread_interval(scores, errors, confidence)
    tau = math.sqrt(found.tau2)
    low, high = min(limits.low, tau), max(limits.high, tau)
    note = f"{len(scores)} {what}: I2 {found.i2:.0f} %, Q {found.q:.2f} on {found.df} degrees of freedom, {say_p(found.p)}."
    return Estimate(tau, low, high, n, n_unit, unit, confidence, "DerSimonian-Laird, Q profile", notes=(note,))


def spread_between(numbers: Sequence[Number], confidence: float = 0.95) -> Number:
    """The spread between the numbers of several segments net of noise, for any share or mean: errors are read off their intervals.

    The longer side of an interval stands for z errors (MOVER, Zou & Donner 2008, reads each side so; the longer one errs to the safe side where
    a share is near 0 or 1). So it is as sound as the intervals, and people who count in several segments are counted as different people. Undefined for times, counts and totals, and for fewer than three segments of 30 and more.
    """
    known = [one for one in numbers if isinstance(one, Estimate) and one.n >= LEAST_ANSWERS and 0 < one.high - one.low < math.inf]
    n, unit = sum(one.n for one in known), known[0].unit if known else ""
    if known and unit not in _OF_MEANS:
        return Undefined("a spread is told of shares and means", n, known[0].n_unit)
    if len(known) < LEAST_CHANNELS:
        return Undefined(f"{len(known)} segments have {LEAST_ANSWERS}, and the spread needs {LEAST_CHANNELS}", n)
    errors = [max(one.high - one.value, one.value - one.low) / z_quantile(one.confidence) for one in known]
    found = _spread([one.value for one in known], errors, n, known[0].n_unit, unit, "segments", confidence)
    missing = len(numbers) - len(known)
    return found.warned(f"{missing} segments say too little and are left out.") if missing else found


def estimate_gap(summary: AcrossCounts, cell: int, confidence: float = 0.95) -> Number:
    """Score of the best channel less that of the worst, in points, with Welch's interval of that difference."""
    channels = sorted(scored(summary, cell), key=lambda one: (one.mean.mean, one.word))
    n = sum(one.answers for one in channels)
    if len(channels) < 2:
        return Undefined("a gap needs two channels in which people differ", n, "answers")
    worst, best = channels[0], channels[-1]
    change = compare_means(worst.mean, best.mean, confidence, "score")
    warnings = few(worst.people + best.people) + _left_out(summary, cell, channels)
    return Estimate(
        change.value, change.low, change.high, n, "answers", "score", confidence, "Welch t, best less worst", warnings=warnings,
        people=min(worst.people, best.people),
    )  # fmt: skip


def compare_spreads(summary: AcrossCounts, before: int, after: int, confidence: float = 0.95) -> Comparison | Undefined:
    """Difference of two spreads, from their intervals."""
    a, b = (estimate_spread(summary, cell, confidence) for cell in (before, after))
    return compare_intervals(a, b, confidence)


def compare_gaps(summary: AcrossCounts, before: int, after: int, confidence: float = 0.95) -> Comparison | Undefined:
    """Difference of two gaps, from their intervals."""
    a, b = (estimate_gap(summary, cell, confidence) for cell in (before, after))
    return compare_intervals(a, b, confidence)


def estimate_icc(summary: AcrossCounts, cell: int, confidence: float = 0.95) -> Number:
    """Share of the variance of answers that lies between channels, 0 where they differ less than chance makes them."""
    channels = [ratio for _, ratio in summary.of(cell) if ratio.people >= 2 and ratio.x >= LEAST_ANSWERS]
    n = sum(one.x for one in channels)
    if len(channels) < LEAST_CHANNELS:
        return Undefined(
            f"{len(channels)} channels have {LEAST_ANSWERS} answers, and this share needs {LEAST_CHANNELS}", n, "answers"
        )
    if not all(each_once(one) for one in channels):
        return Undefined(
            "people answer more than once in a channel, so answers do not vary by themselves; take the latest", n, "answers"
        )
    try:
        found = intraclass([Group(one.x, one.y, one.yy) for one in channels], confidence)
    except BadInput as error:
        return Undefined(str(error).rstrip("."), n, "answers")
    value, low, high = (max(one, 0.0) for one in (found.value, *found.limits))
    note = f"{len(channels)} channels: F {found.f:.2f} on {found.df[0]} and {found.df[1]} degrees of freedom, {say_p(found.p)}."
    missing = len(summary.of(cell)) - len(channels)
    warnings = (f"{missing} channels say too little and are left out.",) if missing else ()
    return Estimate(
        value, low, high, n, "answers", "share", confidence, "one-way ANOVA, F limits", warnings=warnings, notes=(note,)
    )


def compare_iccs(summary: AcrossCounts, before: int, after: int, confidence: float = 0.95) -> Comparison | Undefined:
    """Difference of two shares between channels, from their intervals."""
    a, b = (estimate_icc(summary, cell, confidence) for cell in (before, after))
    return compare_intervals(a, b, confidence)


_WORDS: dict[str, Any] = {
    "discipline": "CX",
    "level": "relationship",
    "horizon": "quarter",
    "need": "functional",
    "unit": "score",
    "better": "lower",
    "query": "consistency",
    "scale": "0 and up, in points of the question's scale, or in percentage points where the query names points",
}
_MIX = "Channels get different people and different matters: adjust for the mix before blaming a channel."
_HOUSE = "A measure of the house: nothing published says how much is much."

CHANNEL_CONSISTENCY: QueryMetric[AcrossCounts] = QueryMetric(
    **_WORDS,
    name="channel_consistency",
    title="Spread between channels",
    asks="How far do channels differ from each other, beyond chance?",
    interval="q-profile",
    estimate=at_cell(estimate_spread),
    compare=change_of_cells(compare_spreads),
    definition="The standard deviation between the channels' mean ratings (or shares of the query's points) net of sampling noise, of channels "
    "with 30 answers and more, at least three of them. People are the unit; the latest answer of each counts in its channel.",
    formula="tau = sqrt(max(0, (Q - df) / (sum w - sum w^2 / sum w))), w = 1 / squared error of a channel's mean",
    source="DerSimonian & Laird 1986; Higgins & Thompson 2002 for I2; Viechtbauer 2007 for the interval",
    minimum_n=LEAST_CHANNELS * LEAST_ANSWERS,
    caveats=(
        _HOUSE,
        "0 says that chance alone would do, not that channels are alike: read the upper limit.",
        "With few channels it is a rough number, as the interval shows.",
        _MIX,
    ),
)
CHANNEL_GAP: QueryMetric[AcrossCounts] = QueryMetric(
    **_WORDS,
    name="channel_gap",
    title="Gap between channels",
    asks="How far is the worst channel behind the best?",
    interval="t-clustered",
    estimate=at_cell(estimate_gap),
    compare=change_of_cells(compare_gaps),
    definition="The highest less the lowest mean rating (or share of the query's points) of the channels, sampling noise included.",
    formula="max of the channels' scores - min of them",
    source="Welch 1947",
    minimum_n=4,
    caveats=(
        _HOUSE,
        "The two were chosen because they lie apart, so it is too large by chance, the more the more channels there are; the interval does not "
        "know of that. channel_consistency does.",
        _MIX,
    ),
)
CHANNEL_ICC: QueryMetric[AcrossCounts] = QueryMetric(
    **(_WORDS | {"unit": "share", "scale": "0 to 1"}),
    name="channel_icc",
    title="Variance between channels",
    asks="How much of the difference between answers goes with the channel?",
    interval="f-anova",
    estimate=at_cell(estimate_icc),
    compare=change_of_cells(compare_iccs),
    definition="The intraclass correlation of answers in one channel: the variance between channels over that of all answers, of channels with 30 "
    "answers and more, at least three of them; the latest answer of each person. Below 0 in the sample it is told as 0.",
    formula="(F - 1) / (F + n0 - 1), F = variance of channels' means over variance within, n0 = (N - sum n^2 / N) / (channels - 1)",
    source="Shrout & Fleiss 1979, ICC(1,1); Donner & Wells 1986",
    minimum_n=LEAST_CHANNELS * LEAST_ANSWERS,
    caveats=(
        _HOUSE,
        "A small share can be a wide gap: answers differ mostly between people. Read it beside channel_consistency, which is in points.",
        "The upper limit is far off with few channels.",
        _MIX,
    ),
)
