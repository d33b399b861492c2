"""Procedures about net scores: promoters less detractors, positive less negative."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec

from touchpath.stats.intervals import z_quantile
from touchpath.stats.nps import Tally, adjusted_score, nps_difference, nps_interval, nps_t_interval, nps_wald_interval
from touchpath.stats.procedures.checked import Answer, Count, Numbers, Open, Procedure
from touchpath.stats.procedures.limits import limits
from touchpath.stats.proportions import wilson_interval
from touchpath.stats.scores import check_rating, nps_tally


class Group(msgspec.Struct, forbid_unknown_fields=True):
    """The answers of one group. The confidence of the comparison counts; one given with a group is taken and not used."""

    promoters: Count
    passives: Count
    detractors: Count
    confidence: Open = 0.95

    def tally(self) -> Tally:
        """The same, as the formulas take it."""
        return Tally(self.promoters, self.passives, self.detractors)


def _nps_ratings(ratings: Numbers) -> Answer:
    tally = nps_tally(ratings)
    return {**tally._asdict(), "nps": tally.score}


def _nps(promoters: Count, passives: Count, detractors: Count, confidence: Open = 0.95) -> Answer:
    tally = Tally(promoters, passives, detractors)
    adjusted = 100 * adjusted_score(tally).score
    return {"nps": tally.score, "nps_adj": adjusted} | limits(nps_interval(tally, confidence))


def _nps_wald(promoters: Count, passives: Count, detractors: Count, confidence: Open = 0.95) -> Answer:
    tally = Tally(promoters, passives, detractors)
    error, interval = nps_wald_interval(tally, confidence)
    return {"nps": tally.score, "se": error} | limits(interval)


def _nps_t(promoters: Count, passives: Count, detractors: Count, confidence: Open = 0.95) -> Answer:
    tally = Tally(promoters, passives, detractors)
    if tally.n == 1:
        return {"nps": tally.score, "lower": None, "upper": None}
    return {"nps": tally.score} | limits(nps_t_interval(tally, confidence))


def _nps_difference(a: Group, b: Group, confidence: Open = 0.95) -> Answer:
    """The limits as the formula gives them: of few answers and a high confidence they may lie beyond -200 and 200."""
    found = nps_difference(a.tally(), b.tally(), confidence)
    half = z_quantile(confidence) * found.error
    return {
        "diff": found.difference,
        "diff_adj": found.adjusted,
        "se": found.error,
        "lower": found.adjusted - half,
        "upper": found.adjusted + half,
        "z": found.z,
        "p": found.p,
    }


def _net_sentiment(positive: Count, neutral: Count, negative: Count, confidence: Open = 0.95) -> Answer:
    tally = Tally(positive, neutral, negative)
    return {"net": tally.score} | limits(nps_interval(tally, confidence))


def _top_two(ratings: Numbers, scale_points: Annotated[int, msgspec.Meta(ge=3)] = 5, confidence: Open = 0.95) -> Answer:
    for rating in ratings:
        check_rating(rating, 1, scale_points)
    satisfied, n = sum(rating >= scale_points - 1 for rating in ratings), len(ratings)
    return {"csat": satisfied / n} | limits(wilson_interval(satisfied, n, confidence)) | {"mean": sum(ratings) / n}


NET_SCORES: Mapping[str, Procedure] = {
    "net_sentiment": _net_sentiment,
    "nps_adjusted_wald_interval": _nps,
    "nps_difference_adjusted_wald": _nps_difference,
    "nps_from_ratings": _nps_ratings,
    "nps_trinomial_t_interval": _nps_t,
    "nps_wald": _nps_wald,
    "top_two_box": _top_two,
}
