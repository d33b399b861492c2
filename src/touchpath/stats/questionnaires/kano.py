"""The pair of questions of the Kano model; `touchpath.stats.kano` concludes from it."""

from __future__ import annotations

from touchpath.stats.questionnaires.kinds import Questionnaire, Scale
from touchpath.stats.questionnaires.scoring import numbered

KANO = Questionnaire(
    name="kano",
    title="Kano pair of questions",
    items=tuple(
        numbered(
            (
                "How do you feel if you have it? (1 I like it, 2 I expect it, 3 I am neutral, 4 I can live with it, 5 I dislike it)",
                "How do you feel if you do not have it? (the same answers)",
            )
        )
    ),
    scales=(
        Scale("kano", "Kano category", "Is the feature taken for granted, wanted, a delight, or of no matter?", (1, 2), least=2),
    ),
    ends=((1, 5),),
    worth=(1, 5),
    averaged=False,
    source="Kano, Seraku, Takahashi & Tsuji 1984; Berger et al. 1993; Fong 1996",
    licence="A published method; the two questions are worded by whoever asks, with the five answers as given here.",
    worded=True,
    checked="Evaluation table, coefficients and Fong's test read in the description of the R package stp25kano, whose examples are among our "
    "tests; the papers themselves were not read.",
    caveats=(
        "Give each feature a questionnaire of its own, such as kano-dark-mode, with item 1 (with it) and item 2 (without it).",
        "1 is the best answer: I like it.",
    ),
)
