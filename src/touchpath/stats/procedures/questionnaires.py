"""Procedures about questionnaires."""

from __future__ import annotations

from collections.abc import Mapping

from touchpath.stats.procedures.checked import Answer, Numbers, Procedure
from touchpath.stats.scores import sus_grade, sus_points


def _sus(items: list[int | None]) -> Answer:
    points, imputed = sus_points(items)
    given = {item for item in items if item is not None}
    return {"sus": points * 2.5, "imputed_items": imputed, "straight_lining": len(given) == 1}


def _sus_grade(mean_sus: float) -> Answer:
    return {"grade": sus_grade(mean_sus)}


def _sus_grades(scores: Numbers) -> Answer:
    return {"grades": [sus_grade(score) for score in scores]}


QUESTIONNAIRES: Mapping[str, Procedure] = {
    "sus_grade": _sus_grade,
    "sus_grade_many": _sus_grades,
    "sus_score": _sus,
    "sus_score_missing_as_neutral": _sus,
}
