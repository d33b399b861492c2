"""James Lewis's questionnaires: after a scenario (ASQ), after a study (PSSUQ), and in the field (CSUQ)."""

from __future__ import annotations

from touchpath.stats.questionnaires.kinds import Questionnaire, Scale
from touchpath.stats.questionnaires.scoring import numbered

_LICENCE = "No licence fee for use (Sauro & Lewis 2012). The wording is copyrighted and not given here."
_CAVEATS = (
    "Lower is better here: 1 is strong agreement with praise. Some pages turn the scale around; do not mix both.",
    "A score is the mean of the items answered; at least half of them must be.",
)
_TOPICS = (
    "overall satisfaction with ease of use",
    "simple to use",
    "tasks done quickly",
    "comfortable to use",
    "easy to learn",
    "quickly productive",
    "error messages that help",
    "quick recovery from mistakes",
    "clear information",
    "information easy to find",
    "information that helps",
    "clear layout of screens",
    "pleasant interface",
    "liking the interface",
    "all functions expected",
    "overall satisfaction",
)


def _scales(name: str, title: str) -> tuple[Scale, ...]:
    return (
        Scale(name, title, "How satisfied are people with using the system?", tuple(range(1, 17)), least=8),
        Scale(
            f"{name}_system",
            f"{title} system usefulness",
            "How satisfied are people with how useful and easy the system is?",
            tuple(range(1, 7)),
            least=3,
            headline=False,
        ),
        Scale(
            f"{name}_information",
            f"{title} information quality",
            "How satisfied are people with messages, help and other information?",
            tuple(range(7, 13)),
            least=3,
            headline=False,
        ),
        Scale(
            f"{name}_interface",
            f"{title} interface quality",
            "How satisfied are people with the interface?",
            (13, 14, 15),
            least=2,
            headline=False,
        ),
    )


PSSUQ = Questionnaire(
    name="pssuq",
    title="Post-Study System Usability Questionnaire, version 3",
    items=tuple(numbered(_TOPICS)),
    scales=_scales("pssuq", "PSSUQ"),
    ends=((1, 7),),
    worth=(1, 7),
    better="lower",
    source="Lewis 2002, IJHCI 14:463; Sauro & Lewis 2016",
    licence=_LICENCE,
    worded=False,
    checked="Items, order, scale and averaging read on pages that quote Lewis 2002; which items form which subscale is recalled from it "
    "(1 to 6, 7 to 12, 13 to 15, all 16), and how many may be missing is our rule.",
    caveats=_CAVEATS,
)
CSUQ = Questionnaire(
    name="csuq",
    title="Computer System Usability Questionnaire, version 3",
    items=tuple(numbered(_TOPICS)),
    scales=_scales("csuq", "CSUQ"),
    ends=((1, 7),),
    worth=(1, 7),
    better="lower",
    source="Lewis 1995, IJHCI 7:57; Lewis 2018",
    licence=_LICENCE,
    worded=False,
    checked="As the PSSUQ, in the present tense (read on MeasuringU).",
    caveats=_CAVEATS,
)
ASQ = Questionnaire(
    name="asq",
    title="After-Scenario Questionnaire",
    items=tuple(numbered(("ease of completing the tasks", "time it took", "support information"))),
    scales=(
        Scale("asq", "After-Scenario Questionnaire", "How satisfied are people with what they just did?", (1, 2, 3), least=2),
    ),
    ends=((1, 7),),
    worth=(1, 7),
    better="lower",
    level="interface",
    horizon="task",
    source="Lewis 1991, SIGCHI Bulletin 23(1):78; 1995, IJHCI 7:57",
    licence=_LICENCE,
    worded=False,
    checked="Number of items, scale and averaging recalled from Lewis 1995; that one of three may be missing is our rule.",
    caveats=_CAVEATS[:1],
)
