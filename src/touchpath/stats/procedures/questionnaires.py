"""Procedures about questionnaires."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
import numpy as np

from touchpath.model.errors import BadInput
from touchpath.stats.means import mean_of, mean_t_interval
from touchpath.stats.procedures.checked import Answer, Numbers, Open, Procedure
from touchpath.stats.procedures.limits import limits
from touchpath.stats.questionnaires.scoring import (
    Int64s,
    ScoringKey,
    check_items,
    percent_of_scale,
    score_items,
    score_table,
    scoring_key,
)
from touchpath.stats.questionnaires.sites import SUPR_Q
from touchpath.stats.questionnaires.sus import SUS, SUS_POSITIVE, sus_grade
from touchpath.stats.questionnaires.ueq import UEQ, UEQ_S
from touchpath.stats.questionnaires.umux import UMUX, umux_lite_as_sus
from touchpath.stats.questionnaires.workload import raw_load, weighted_load
from touchpath.stats.reliability import cronbach_alpha

#: Every answer is there.
Whole = Annotated[list[int], msgspec.Meta(min_length=1)]
#: Some answers may be missing.
Holed = Annotated[list[int | None], msgspec.Meta(min_length=1)]
Respondents = Annotated[list[Holed], msgspec.Meta(min_length=1)]
Points = Annotated[int, msgspec.Meta(ge=2)]
Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]


class SuprQ(msgspec.Struct, forbid_unknown_fields=True):
    """One response to the SUPR-Q: seven agreements from 1 to 5, and how likely one recommends it, 0 to 10."""

    usability_1: int | None = None
    usability_2: int | None = None
    trust_1: int | None = None
    trust_2: int | None = None
    appearance_1: int | None = None
    appearance_2: int | None = None
    loyalty_return: int | None = None
    ltr: int | None = None


class Loads(msgspec.Struct, forbid_unknown_fields=True):
    """The six ratings of the NASA-TLX."""

    mental: Percent | None = None
    physical: Percent | None = None
    temporal: Percent | None = None
    performance: Percent | None = None
    effort: Percent | None = None
    frustration: Percent | None = None


class Choices(msgspec.Struct, forbid_unknown_fields=True):
    """How often each load was chosen in the 15 pairs."""

    mental: int
    physical: int
    temporal: int
    performance: int
    effort: int
    frustration: int


def _of(one: msgspec.Struct) -> list[int | None]:
    return list(msgspec.structs.astuple(one))


def _straight(items: Sequence[int]) -> bool:
    """All ratings alike."""
    return len(set(items)) == 1


def _sus(items: Whole) -> Answer:
    return {**score_items(SUS, ["sus"], items), "straight_lining": _straight(items)}


def _sus_missing(items: Holed) -> Answer:
    sus = score_items(SUS, ["sus"], items)["sus"]
    missing = sum(item is None for item in items)
    if sus is None:
        raise BadInput(f"A SUS response may miss {len(SUS.items) - SUS.scale('sus').least} items, but {missing} are missing.")
    return {"sus": sus, "imputed_items": missing, "straight_lining": _straight([item for item in items if item is not None])}


def _sus_positive(items: Whole) -> Answer:
    return {"sus": score_items(SUS_POSITIVE, ["sus_positive"], items)["sus_positive"], "straight_lining": _straight(items)}


def _sus_subscales(items: Whole) -> Answer:
    found = score_items(SUS, ["sus", "sus_usability", "sus_learnability"], items)
    return {"sus": found["sus"], "usability": found["sus_usability"], "learnability": found["sus_learnability"]}


def _sus_group(respondents: Respondents, confidence: Open = 0.95) -> Answer:
    key = scoring_key(SUS, "sus")
    scored = score_table(key, np.concatenate([check_items(SUS, items) for items in respondents]))
    kept = scored.points >= 0
    if not kept.any():
        raise BadInput(f"Each of the {len(respondents)} responses misses too many items to have a SUS score.")
    told = _mean([key.score(int(points)) for points in scored.points[kept]], confidence)
    alpha = cronbach_alpha(scored.parts[kept].tolist()) if kept.sum() > 1 else None
    imputed = int(np.count_nonzero(scored.missing[kept]))
    return {**told, "cronbach_alpha": alpha, "imputed": imputed, "dropped": int(np.count_nonzero(~kept))}


def _mean(scores: Sequence[float], confidence: float) -> dict[str, object]:
    """Mean, standard deviation and t interval; the last two are undefined for one score."""
    n, mean = len(scores), math.fsum(scores) / len(scores)
    if n == 1:
        return {"n": 1, "mean": mean, "sd": None, "lower": None, "upper": None}
    found = mean_of(scores)
    return {"n": n, "mean": mean, "sd": found.error * math.sqrt(n)} | limits(mean_t_interval(found, confidence))


def _sus_grade(mean_sus: float) -> Answer:
    return {"grade": sus_grade(mean_sus)}


def _sus_grades(scores: Numbers) -> Answer:
    return {"grades": [sus_grade(score) for score in scores]}


def _umux(items: Whole) -> Answer:
    return {"umux": score_items(UMUX, ["umux"], items)["umux"]}


def _two(items: Sequence[int], points: int) -> float:
    if len(items) != 2:
        raise BadInput(f"UMUX-Lite and UX-Lite have two items, but {len(items)} came.")
    return percent_of_scale(items, points)


def _umux_lite(items: Whole, scale_points: Points = 7) -> Answer:
    score = _two(items, scale_points)
    return {"umux_lite": score, "umux_lite_regressed": umux_lite_as_sus(score)}


def _ux_lite(
    respondents: Annotated[list[Whole], msgspec.Meta(min_length=1)], scale_points: Points = 5, confidence: Open = 0.95
) -> Answer:
    return _mean([_two(items, scale_points) for items in respondents], confidence)


def _supr_q(items: SuprQ) -> Answer:
    found = score_items(SUPR_Q, [scale.name for scale in SUPR_Q.scales], _of(items))
    overall = found.pop("supr_q")
    return {"overall": overall} | {name.removeprefix("supr_q_"): score for name, score in found.items()}


def _nasa_tlx(ratings: Loads, weights: Choices | None = None) -> Answer:
    given = list(msgspec.structs.astuple(ratings))
    answer: dict[str, object] = {"raw_tlx": raw_load(given), "weighted_tlx": None}
    if weights is not None:
        tallies = msgspec.structs.astuple(weights)
        filled = [0.0 if rating is None else rating for rating in given]
        weighted = weighted_load(filled, tallies)  # refuses wrong weights even where a rating is missing
        answer["weighted_tlx"] = None if None in given else weighted
    return answer | {"missing_ratings": given.count(None)}


def _ueq(items: Holed) -> Answer:
    found = score_items(UEQ, [scale.name for scale in UEQ.scales], items)
    return {name.removeprefix("ueq_"): score for name, score in found.items()}


def _ueq_s(respondents: Respondents) -> Answer:
    ratings = np.concatenate([check_items(UEQ_S, items) for items in respondents])
    scales = [_scores(scoring_key(UEQ_S, name), ratings) for name in ("ueq_s_pragmatic", "ueq_s_hedonic", "ueq_s")]
    means = dict(zip(("mean_pragmatic", "mean_hedonic", "mean_overall"), map(_mean_of_known, scales), strict=True))
    return {"per_person": [list(person) for person in zip(*scales, strict=True)], **means}


def _scores(key: ScoringKey, ratings: Int64s) -> list[float | None]:
    """The score of each response, None with too many items missing."""
    return [None if points < 0 else key.score(int(points)) for points in score_table(key, ratings).points]


def _mean_of_known(scores: Sequence[float | None]) -> float | None:
    known = [score for score in scores if score is not None]
    return math.fsum(known) / len(known) if known else None


QUESTIONNAIRES: Mapping[str, Procedure] = {
    "nasa_tlx": _nasa_tlx,
    "supr_q_raw_scores": _supr_q,
    "sus_grade": _sus_grade,
    "sus_grade_many": _sus_grades,
    "sus_group": _sus_group,
    "sus_score": _sus,
    "sus_score_all_positive": _sus_positive,
    "sus_score_missing_as_neutral": _sus_missing,
    "sus_subscales": _sus_subscales,
    "ueq_s_group": _ueq_s,
    "ueq_scales": _ueq,
    "umux_lite_score": _umux_lite,
    "umux_score": _umux,
    "ux_lite_group": _ux_lite,
}
