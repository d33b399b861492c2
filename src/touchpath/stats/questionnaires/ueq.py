"""The User Experience Questionnaire, long and short."""

from __future__ import annotations

from touchpath.stats.questionnaires.kinds import Bands, Doubt, Questionnaire, Scale
from touchpath.stats.questionnaires.scoring import numbered

_LICENCE = "Free of charge; material and translations on ueq-online.org. Items must not be changed; whole scales may be left out."
_CLASSES = ("bad", "below average", "above average", "good", "excellent")
_HANDBOOK = "UEQ Handbook, version 11, general benchmark of 468 product evaluations"
_SHORT = "Hinderks, Schrepp & Thomaschewski, WEBIST"
_NEUTRAL = Bands(
    "Meaning", ((-3.0, "negative"), (-0.8, "neutral"), (0.8, "positive")), "UEQ Handbook, version 11", 2023, read=True
)


def _classes(*edges: float) -> Bands:
    """Classes of the general benchmark by the scores that they must exceed, lowest first."""
    return Bands("UEQ benchmark", tuple(zip((-3.0, *edges), _CLASSES, strict=True)), _HANDBOOK, 2023, read=True)


def _short_classes(*edges: float) -> Bands:
    return Bands("UEQ-S benchmark", tuple(zip((-3.0, *edges), _CLASSES, strict=True)), _SHORT, 2018)


UEQ = Questionnaire(
    name="ueq",
    title="User Experience Questionnaire",
    items=tuple(
        numbered(
            (
                "annoying / enjoyable",
                "not understandable / understandable",
                "creative / dull",
                "easy to learn / difficult to learn",
                "valuable / inferior",
                "boring / exciting",
                "not interesting / interesting",
                "unpredictable / predictable",
                "fast / slow",
                "inventive / conventional",
                "obstructive / supportive",
                "good / bad",
                "complicated / easy",
                "unlikable / pleasing",
                "usual / leading edge",
                "unpleasant / pleasant",
                "secure / not secure",
                "motivating / demotivating",
                "meets expectations / does not meet expectations",
                "inefficient / efficient",
                "clear / confusing",
                "impractical / practical",
                "organized / cluttered",
                "attractive / unattractive",
                "friendly / unfriendly",
                "conservative / innovative",
            ),
            reverse=(3, 4, 5, 9, 10, 12, 17, 18, 19, 21, 23, 24, 25),
        )
    ),
    scales=(
        Scale(
            "ueq_attractiveness",
            "UEQ attractiveness",
            "Do people like the product?",
            (1, 12, 14, 16, 24, 25),
            least=3,
            bands=(_classes(0.69, 1.18, 1.58, 1.84), _NEUTRAL),
        ),
        Scale(
            "ueq_perspicuity",
            "UEQ perspicuity",
            "Is it easy to get to know the product?",
            (2, 4, 13, 21),
            least=2,
            bands=(_classes(0.72, 1.20, 1.73, 2.00), _NEUTRAL),
        ),
        Scale(
            "ueq_efficiency",
            "UEQ efficiency",
            "Can people do what they want without needless effort?",
            (9, 20, 22, 23),
            least=2,
            bands=(_classes(0.60, 1.05, 1.50, 1.88), _NEUTRAL),
        ),
        Scale(
            "ueq_dependability",
            "UEQ dependability",
            "Do people feel in control?",
            (8, 11, 17, 19),
            least=2,
            bands=(_classes(0.78, 1.14, 1.48, 1.70), _NEUTRAL),
        ),
        Scale(
            "ueq_stimulation",
            "UEQ stimulation",
            "Is it exciting and motivating to use the product?",
            (5, 6, 7, 18),
            least=2,
            bands=(_classes(0.50, 1.00, 1.35, 1.70), _NEUTRAL),
        ),
        Scale(
            "ueq_novelty",
            "UEQ novelty",
            "Is the product new and creative?",
            (3, 10, 15, 26),
            least=2,
            bands=(_classes(0.16, 0.70, 1.12, 1.60), _NEUTRAL),
        ),
    ),
    ends=((1, 7),),
    worth=(-3, 3),
    whole=False,
    doubt=Doubt(spread=3, scales=2, alike=15),
    need="emotional",
    source="Laugwitz, Held & Schrepp 2008; Schrepp, UEQ Handbook version 11, 2023",
    licence=_LICENCE,
    worded=True,
    checked="Scales, short form, careless responses, benchmark and leaving out of scales read in Handbook version 11; order and polarity "
    "of the 26 items recalled and checked against public scorers, of which one forgets to reverse item 25.",
    caveats=(
        "Items count from left to right, 1 to 7; half of them have the better word on the left and are reversed here.",
        "There is no overall score of the long form.",
        "A response looks careless if answers lie more than 3 apart on two scales or more, or more than 15 of 26 are alike; such "
        "responses are counted and kept.",
    ),
)
UEQ_S = Questionnaire(
    name="ueq_s",
    title="User Experience Questionnaire, short",
    items=tuple(
        numbered(
            (
                "obstructive / supportive",
                "complicated / easy",
                "inefficient / efficient",
                "confusing / clear",
                "boring / exciting",
                "not interesting / interesting",
                "conventional / inventive",
                "usual / leading edge",
            )
        )
    ),
    scales=(
        Scale(
            "ueq_s",
            "UEQ-S overall",
            "How good is the experience with the product overall?",
            tuple(range(1, 9)),
            least=4,
            bands=(_short_classes(0.68, 1.02, 1.40, 1.58), _NEUTRAL),
        ),
        Scale(
            "ueq_s_pragmatic",
            "UEQ-S pragmatic quality",
            "How well does the product serve people's aims?",
            (1, 2, 3, 4),
            least=2,
            bands=(_short_classes(0.73, 1.15, 1.55, 1.73), _NEUTRAL),
        ),
        Scale(
            "ueq_s_hedonic",
            "UEQ-S hedonic quality",
            "How much does the product delight?",
            (5, 6, 7, 8),
            least=2,
            bands=(_short_classes(0.57, 0.88, 1.25, 1.55), _NEUTRAL),
        ),
    ),
    ends=((1, 7),),
    worth=(-3, 3),
    need="emotional",
    source="Schrepp, Hinderks & Thomaschewski 2017, IJIMAI 4(6):103; UEQ Handbook version 11, 2023",
    licence=_LICENCE,
    worded=True,
    checked="Items, order and scales read in Handbook version 11; the benchmark of 2018 is recalled, not read.",
    caveats=("Mind the overall mean: pragmatic and hedonic quality rarely matter alike.",),
)
