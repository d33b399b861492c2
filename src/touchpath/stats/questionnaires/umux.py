"""The Usability Metric for User Experience and its two-item descendants."""

from __future__ import annotations

from touchpath.stats.questionnaires.kinds import Questionnaire, Scale
from touchpath.stats.questionnaires.scoring import numbered

_LICENCE = "Published items; no statement on reuse was found, so the wording is not given here."
_TWO = ("whether it does what one needs (usefulness)", "whether it is easy to use")

UMUX = Questionnaire(
    name="umux",
    title="Usability Metric for User Experience",
    items=tuple(
        numbered(
            (
                "whether its capabilities meet what one needs",
                "whether using it is frustrating",
                "whether it is easy to use",
                "whether too much time goes into putting things right",
            ),
            reverse=(2, 4),
        )
    ),
    scales=(
        Scale(
            "umux",
            "UMUX (Usability Metric for User Experience)",
            "How usable and useful do people find the product?",
            (1, 2, 3, 4),
            least=4,
        ),
    ),
    ends=((1, 7),),
    worth=(0, 100),
    source="Finstad 2010, Interacting with Computers 22:323",
    licence=_LICENCE,
    worded=False,
    checked="Items, order and scoring read on pages that quote the paper; licence not verified.",
    caveats=("Any missing item leaves the response out.",),
)
UMUX_LITE = Questionnaire(
    name="umux_lite",
    title="UMUX-Lite",
    items=tuple(numbered(_TWO)),
    scales=(Scale("umux_lite", "UMUX-Lite", "How usable and useful do people find the product?", (1, 2), least=2),),
    ends=((1, 7), (1, 5)),
    worth=(0, 100),
    source="Lewis, Utesch & Maher 2013, CHI",
    licence=_LICENCE,
    worded=False,
    checked="Scoring read on MeasuringU; licence not verified.",
    caveats=(
        "Not turned into SUS scores by regression: its authors no longer recommend that (Lah, Lewis & Sumak 2020).",
        "SUS grades may be read into it only roughly.",
    ),
)
UX_LITE = Questionnaire(
    name="ux_lite",
    title="UX-Lite",
    items=tuple(numbered(_TWO)),
    scales=(
        Scale("ux_lite", "UX-Lite", "How easy and useful do people find the product?", (1, 2), least=2),
        Scale("ux_lite_usefulness", "UX-Lite usefulness", "How useful do people find the product?", (1,), 1, headline=False),
        Scale("ux_lite_ease", "UX-Lite ease", "How easy do people find the product?", (2,), 1, headline=False),
    ),
    ends=((1, 5),),
    worth=(0, 100),
    source="Lewis & Sauro 2021, MeasuringU",
    licence="UX-Lite is a trademark of MeasuringU; the wording is not given here.",
    worded=False,
    checked="Items and five-point scale read on MeasuringU; terms of use not found.",
    caveats=("SUS grades may be read into it only roughly.",),
)

#: The abandoned way from UMUX-Lite to a SUS score. Source: Lewis, Utesch & Maher 2013; withdrawn by Lah, Lewis & Sumak 2020.
LEGACY_SLOPE, LEGACY_INTERCEPT = 0.65, 22.9


def umux_lite_as_sus(score: float) -> float:
    """The SUS score that the regression of 2013 foresees for a UMUX-Lite score; too low for good products, and no longer recommended."""
    return LEGACY_SLOPE * score + LEGACY_INTERCEPT
