"""Net scores: the share of answers at the upper end of a scale less the share at the lower end, from -100 to 100."""

from __future__ import annotations

from touchpath.metrics.conclude import few, people_behind
from touchpath.metrics.metric import Number
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.stats.clustered import Sums, each_once, estimate_ratio, sum_people
from touchpath.stats.comparisons import compare_means, compare_nps
from touchpath.stats.means import Mean, as_spread_as_the_other
from touchpath.stats.nps import Tally, clustered_nps_interval, nps_interval
from touchpath.timelines.answers import AnswerCounts

_NOBODY = "nobody answered"


def tally_of(summary: AnswerCounts, cell: int, lower: int, upper: int) -> Tally:
    """Answers from point `upper` on, between, and up to point `lower`; points are counted from 0."""
    scores = summary.buckets[cell].sum(axis=0)
    return Tally(int(scores[upper:].sum()), int(scores[lower + 1 : upper].sum()), int(scores[: lower + 1].sum()))


def _by_bucket(summary: AnswerCounts, cell: int, lower: int, upper: int) -> Sums:
    """Per bucket of people: answers, and those at the upper end less those at the lower."""
    buckets = summary.buckets[cell]
    nets = buckets[:, upper:].sum(axis=1) - buckets[:, : lower + 1].sum(axis=1)
    return sum_people(buckets.sum(axis=1).tolist(), nets.tolist())


def conclude_net(
    summary: AnswerCounts, cell: int, lower: int, upper: int, confidence: float, n_unit: str = "answers", nobody: str = _NOBODY
) -> Number:
    """A net score with its adjusted-Wald interval; by person where people answered more than once.

    Source: Rocks 2016, American Statistician 70:365; at the effective number of answers where clustered.
    """
    ratio, tally = summary.moments.cell(cell), tally_of(summary, cell, lower, upper)
    if ratio.x == 0:
        return Undefined(nobody, 0, n_unit)
    method, limits = "adjusted-Wald", nps_interval(tally, confidence)
    if not each_once(ratio):
        groups = _by_bucket(summary, cell, lower, upper)
        if groups.people < 2:
            return Undefined("too few people to tell how sure this is", ratio.x, n_unit, people=ratio.people)
        method = f"adjusted-Wald, clustered by person ({ratio.people} people)"
        limits = clustered_nps_interval(tally, groups, confidence)
    low, high = min(limits.low, tally.score), max(limits.high, tally.score)  # a few who all agree lie beyond the adjusted limits
    warnings, behind = few(ratio.people), people_behind(ratio)
    return Estimate(tally.score, low, high, ratio.x, n_unit, "score", confidence, method, warnings=warnings, people=behind)


def compare_net(
    summary: AnswerCounts, before: int, after: int, lower: int, upper: int, confidence: float, nobody: str = _NOBODY
) -> Comparison | Undefined:
    """Difference of two net scores in points."""
    cells = (before, after)
    ratios = [summary.moments.cell(cell) for cell in cells]
    if not all(ratio.x for ratio in ratios):
        return Undefined(nobody)
    if all(each_once(ratio) for ratio in ratios):
        tallies = [tally_of(summary, cell, lower, upper) for cell in cells]
        return compare_nps(tallies[0], tallies[1], confidence)
    groups = [_by_bucket(summary, cell, lower, upper) for cell in cells]
    if min(group.people for group in groups) < 2:
        return Undefined("an interval needs more people on each side")
    means = [Mean(100 * net.ratio, 100 * net.error, net.df) for net in map(estimate_ratio, groups)]
    if means[0].error == means[1].error == 0:
        return Undefined("nobody differs from anybody on either side, so the difference has no interval")
    return compare_means(*as_spread_as_the_other(*means), confidence, "score", "Welch t, clustered by person")
