"""Single items: one question each, in our words or published, for feelings that longer questionnaires leave out."""

from __future__ import annotations

from typing import Literal

from touchpath.stats.questionnaires.kinds import Ends, Questionnaire, Scale
from touchpath.stats.questionnaires.scoring import numbered

_PERCENT = "Cohen, Cohen, Aiken & West 1999, Multivariate Behavioral Research 34:315 (percent of the maximum possible)"
_SCALES: tuple[Ends, ...] = ((1, 5), (1, 7), (0, 10))
_CAVEATS = (
    "A single item is coarse: read changes of many people, not the level of a few.",
    "Scales of other lengths are put on 0 to 100 in equal steps; answers on a short and a long scale still differ a little.",
)


def _single(
    name: str, title: str, asks: str, wording: str, discipline: Literal["UX", "CX"], horizon: Literal["session", "quarter"]
) -> Questionnaire:
    return Questionnaire(
        name=name,
        title=title,
        items=tuple(numbered((wording,))),
        scales=(Scale(name, title, asks, (1,), least=1),),
        ends=_SCALES,
        worth=(0, 100),
        discipline=discipline,
        level="interface" if discipline == "UX" else "relationship",
        horizon=horizon,
        need="emotional",
        source=_PERCENT,
        licence="Our own wording, free to use.",
        worded=True,
        checked="A house item without published norms.",
        caveats=_CAVEATS,
    )


ENJOYMENT = _single("enjoyment", "Enjoyment", "How much did people enjoy it?", "I enjoyed using this.", "UX", "session")
AESTHETICS = _single("aesthetics", "Aesthetics", "How beautiful do people find it?", "This looks good to me.", "UX", "session")
TRUST = _single("trust", "Trust", "How far do people trust the organisation?", "I trust this organisation.", "CX", "quarter")
BRAND_CONNECTION = _single(
    "brand_connection",
    "Brand connection",
    "How close do people feel to the brand?",
    "I feel close to this brand.",
    "CX",
    "quarter",
)
VALENCE = Questionnaire(
    name="valence",
    title="Emotion (valence)",
    items=tuple(numbered(("how pleasant or unpleasant one feels, as with the manikins of the SAM or the figures of PrEmo",))),
    scales=(Scale("valence", "Emotion (valence)", "How pleasant or unpleasant did people feel?", (1,), least=1),),
    ends=((1, 9), (-3, 3), (1, 5), (1, 7)),
    worth=(-100, 100),
    discipline="CX",
    level="journey",
    horizon="session",
    need="emotional",
    source="Bradley & Lang 1994, Journal of Behavior Therapy and Experimental Psychiatry 25:49 (nine points)",
    licence="A question in words is free to ask; the drawings of the SAM and of PrEmo belong to their authors.",
    worded=False,
    checked="Nine points of the SAM recalled; the highest rating must be the most pleasant (some prints of the SAM run the other way).",
    caveats=(
        "Put on -100 (most unpleasant) to 100 in equal steps, 0 in the middle. The highest rating must be the most pleasant.",
        "Ask at the step, not at the end: memory keeps the peak and the end.",
    ),
)
SINGLE_EASE = Questionnaire(
    name="single_ease",
    title="Single Ease Question",
    items=tuple(numbered(("Overall, how difficult or easy was the task to complete?",))),
    scales=(Scale("single_ease", "Single Ease Question", "How easy did people find this task, right after it?", (1,), least=1),),
    ends=((1, 7),),
    worth=(1, 7),
    averaged=False,
    level="interface",
    horizon="task",
    source="Sauro & Dumas 2009, CHI",
    licence="One published question, in free use; no restriction was found.",
    worded=True,
    checked="Scale (1 very difficult to 7 very easy) and use right after the task read on pages that quote Sauro & Dumas.",
)
