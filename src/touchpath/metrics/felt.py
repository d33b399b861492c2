"""Felt waits beside real ones: by how much people misjudge them, and whether who waits longer also feels it."""

from __future__ import annotations

import math
from typing import Any

from touchpath.metrics.conclude import compare_intervals, compare_mean, conclude_mean, few
from touchpath.metrics.metric import Number, QueryMetric
from touchpath.metrics.places import at_cell, change_of_cells
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.stats.association import fisher_interval
from touchpath.stats.clustered import each_once
from touchpath.stats.intervals import Interval, t_quantile
from touchpath.stats.jackknife import Counts, jackknife
from touchpath.timelines.felt import FeltCounts

_NOBODY = "no answer belongs to a wait"
#: Fewer pairs have no limits of a correlation.
LEAST_PAIRS = 4


def estimate_gap(summary: FeltCounts, cell: int, confidence: float = 0.95) -> Number:
    """Mean of felt less real waits in seconds: above 0 where waits feel longer than they are."""
    return _told(conclude_mean(summary.pairs.cell(cell), "seconds", "pairs", _NOBODY, confidence, 0.1), summary, cell)


def compare_gaps(summary: FeltCounts, before: int, after: int, confidence: float = 0.95) -> Comparison | Undefined:
    """Difference of two mean gaps in seconds."""
    a, b = summary.pairs.cell(before), summary.pairs.cell(after)
    return compare_mean(a, b, "seconds", _NOBODY, confidence, 0.1)


def _told(number: Number, summary: FeltCounts, cell: int) -> Number:
    if isinstance(number, Undefined):
        return number
    pairs, felt, real, *_ = (int(part) for part in summary.sums[cell].sum(axis=0))
    number = number.noted(f"Felt {felt / pairs / 10:,.1f} s, real {real / pairs / 10:,.1f} s on average.")
    if alone := int(summary.alone[cell]):
        number = number.warned(f"{alone:,} answers belong to no wait and are left out.")
    return number


def estimate_correlation(summary: FeltCounts, cell: int, confidence: float = 0.95) -> Number:
    """Pearson's correlation of felt and real waits, -1 to 1: Fisher's limits, of groups of people where they have several pairs."""
    pairs, buckets = summary.pairs.cell(cell), summary.sums[cell]
    if pairs.x < LEAST_PAIRS:
        return Undefined(
            f"{pairs.x} pairs, and a correlation needs {LEAST_PAIRS}" if pairs.x else _NOBODY,
            pairs.x,
            "pairs",
            people=pairs.people,
        )
    r = _pearson(buckets.sum(axis=0))
    if r is None or abs(r) >= 1:
        return Undefined("felt or real waits are all alike, or lie on one line", pairs.x, "pairs", people=pairs.people)
    if each_once(pairs):
        limits, method = fisher_interval(r, pairs.x, confidence), "Fisher z"
    else:
        limits, method = (
            _clustered(buckets, confidence),
            f"Fisher z, grouped jackknife, clustered by person ({pairs.people} people)",
        )
    if limits is None:
        return Undefined("too few people to tell how sure this is", pairs.x, "pairs", people=pairs.people)
    low, high = limits
    warnings, behind = few(pairs.people), pairs.people
    return Estimate(r, low, high, pairs.x, "pairs", "ratio", confidence, method, warnings=warnings, people=behind)


def _pearson(sums: Counts) -> float | None:
    """The correlation from sums of n, f, r, ff, fr and rr; None where one of the two does not vary."""
    n, f, r, ff, fr, rr = (int(part) for part in sums)
    spread = (n * ff - f * f) * (n * rr - r * r)
    return None if spread <= 0 else max(-1.0, min(1.0, (n * fr - f * r) / math.sqrt(spread)))


def _clustered(buckets: Counts, confidence: float) -> Interval | None:
    """Limits on the scale of Fisher's z by leaving groups of people out; None where a group is all that varies."""
    used = buckets[buckets[:, 0] > 0]
    rest = [_pearson(buckets.sum(axis=0) - group) for group in used]
    if len(used) < 2 or any(one is None or abs(one) >= 1 for one in rest):
        return None
    whole = jackknife(buckets, lambda sums: math.atanh(_pearson(sums) or 0.0))
    half = t_quantile(confidence, whole.df) * whole.error
    return Interval(math.tanh(whole.mean - half), math.tanh(whole.mean + half))


def compare_correlations(summary: FeltCounts, before: int, after: int, confidence: float = 0.95) -> Comparison | Undefined:
    """Difference of two correlations, from their intervals."""
    a, b = (estimate_correlation(summary, cell, confidence) for cell in (before, after))
    return compare_intervals(a, b, confidence)


_WORDS: dict[str, Any] = {
    "discipline": "CX",
    "level": "journey",
    "horizon": "task",
    "need": "emotional",
    "query": "felt",
}
_WHO = "Only those who answered after a wait are in it; who left while waiting is not."
_MEMORY = "People round to 5, 10 and 15 minutes, and remember the end better than the whole: ask soon."

WAIT_PERCEPTION_GAP: QueryMetric[FeltCounts] = QueryMetric(
    **_WORDS,
    name="wait_perception_gap",
    title="Felt against real waits",
    asks="By how much do waits feel longer than they are?",
    unit="seconds",
    better="lower",
    scale="below 0 where waits feel shorter than they are",
    interval="t-clustered",
    estimate=at_cell(estimate_gap),
    compare=change_of_cells(compare_gaps),
    definition="The mean of what people say that they waited less what they did, of answers that belong to a wait. People are the unit.",
    formula="sum of (felt - real) / pairs",
    source="Student 1908; Deng, Knoblich & Lu 2018; pairs as in docs/definitions/felt.md",
    minimum_n=2,
    caveats=(_WHO, _MEMORY, "A few very long waits carry a mean: read the correlation beside it."),
)
WAIT_PERCEPTION_CORRELATION: QueryMetric[FeltCounts] = QueryMetric(
    **_WORDS,
    name="wait_perception_correlation",
    title="Do felt waits follow real ones",
    asks="Do those who wait longer also feel it?",
    unit="ratio",
    better="neither",
    scale="-1 to 1",
    interval="fisher-z",
    estimate=at_cell(estimate_correlation),
    compare=change_of_cells(compare_correlations),
    definition="Pearson's correlation of what people say that they waited and what they did, of answers that belong to a wait.",
    formula="covariance of felt and real waits / (sd of felt * sd of real)",
    source="Fisher 1921; Wolter 2007 where people have several pairs; pairs as in docs/definitions/felt.md",
    minimum_n=LEAST_PAIRS,
    caveats=(
        "Near 0, shorter waits alone will not be felt: what happens while people wait may matter more. It is an association, no effect.",
        "Waits that are all alike cannot correlate, however well they are felt.",
        _WHO,
        _MEMORY,
    ),
)
