"""Questionnaires: what they ask, how they are scored, what they may be used for; each fact once."""

from __future__ import annotations

from touchpath.stats.questionnaires.kinds import Bands, Ends, Item, Questionnaire, Scale
from touchpath.stats.questionnaires.registry import QUESTIONNAIRES
from touchpath.stats.questionnaires.scoring import NOT_ANSWERED, ScoringKey, score_items, score_table, scoring_key

__all__ = [
    "NOT_ANSWERED",
    "QUESTIONNAIRES",
    "Bands",
    "Ends",
    "Item",
    "Questionnaire",
    "Scale",
    "ScoringKey",
    "score_items",
    "score_table",
    "scoring_key",
]
