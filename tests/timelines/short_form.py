"""A questionnaire of three items, the second reversed, one of which may be missing: enough to meet every rule often."""

from __future__ import annotations

from touchpath.stats.questionnaires.kinds import Questionnaire, Scale
from touchpath.stats.questionnaires.scoring import ScoringKey, numbered, scoring_key


def short_form(low: int, high: int) -> ScoringKey:
    """Points are the sum of the three items' steps above their worst; a missing one counts as the centre."""
    questionnaire = Questionnaire(
        name="short",
        title="Short",
        items=tuple(numbered(("a", "b", "c"), reverse=(2,))),
        scales=(Scale("short", "Short", "?", (1, 2, 3), least=2),),
        ends=((low, high),),
        worth=(0, 3 * (high - low)),
        centre=True,
        source="",
        licence="",
        worded=False,
        checked="",
    )
    return scoring_key(questionnaire, "short")
