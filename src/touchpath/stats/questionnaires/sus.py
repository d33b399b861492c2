"""The System Usability Scale, its all-positive version, and the grades of its means."""

from __future__ import annotations

import math

from touchpath.model.errors import BadInput
from touchpath.stats.questionnaires.kinds import Bands, Questionnaire, Scale
from touchpath.stats.questionnaires.scoring import numbered

_ALL = tuple(range(1, 11))
_HIGHER = (
    "It is no percentage: 68 is about average, and grades are for means, never for one person.",
    "Below about 15 responses the grade is hardly known.",
)

#: The curved grading scale. Source: Sauro & Lewis 2016, Quantifying the User Experience, 2nd ed., table 8.6.
GRADES = Bands(
    "Curved grade",
    (
        (0.0, "F"),
        (51.7, "D"),
        (62.7, "C-"),
        (65.0, "C"),
        (71.1, "C+"),
        (72.6, "B-"),
        (74.1, "B"),
        (77.2, "B+"),
        (78.9, "A-"),
        (80.8, "A"),
        (84.1, "A+"),
    ),
    "Sauro & Lewis, Quantifying the User Experience, 2nd ed., curved grading scale",
    2016,
    read=True,
)
#: Percentile bands of the same grades, in the same order: (lowest, highest).
PERCENTILES = dict(
    zip(
        (name for _, name in GRADES.edges),
        ((0, 14), (15, 34), (35, 40), (41, 59), (60, 64), (65, 69), (70, 79), (80, 84), (85, 89), (90, 95), (96, 100)),
        strict=True,
    )
)
ACCEPTABILITY = Bands(
    "Acceptability",
    ((0.0, "not acceptable"), (51.7, "marginal"), (71.1, "acceptable")),
    "Bangor, Kortum & Miller",
    2008,
    read=True,
)
AVERAGE = Bands("Average SUS of some 500 studies", ((0.0, "below"), (68.0, "at or above")), "Sauro, MeasuringU", 2011, read=True)
#: Mean scores that went with each adjective: points on the scale, not bands.
ADJECTIVES = Bands(
    "Adjective whose mean score is the highest not above",
    (
        (12.5, "worst imaginable"),
        (20.3, "awful"),
        (35.7, "poor"),
        (50.9, "OK"),
        (71.4, "good"),
        (85.5, "excellent"),
        (90.9, "best imaginable"),
    ),
    "Bangor, Kortum & Miller, Journal of Usability Studies 4(3):114",
    2009,
    judged=False,
    why="the numbers are mean scores of people who chose the adjective, not its bounds",
)

SUS = Questionnaire(
    name="sus",
    title="System Usability Scale",
    items=tuple(
        numbered(
            (
                "I think that I would like to use this system frequently.",
                "I found the system unnecessarily complex.",
                "I thought the system was easy to use.",
                "I think that I would need the support of a technical person to be able to use this system.",
                "I found the various functions in this system were well integrated.",
                "I thought there was too much inconsistency in this system.",
                "I would imagine that most people would learn to use this system very quickly.",
                "I found the system very cumbersome to use.",
                "I felt very confident using the system.",
                "I needed to learn a lot of things before I could get going with this system.",
            ),
            reverse=(2, 4, 6, 8, 10),
        )
    ),
    scales=(
        Scale(
            "sus",
            "System Usability Scale",
            "How usable do people find the product as a whole?",
            _ALL,
            least=8,
            bands=(GRADES, AVERAGE, ACCEPTABILITY, ADJECTIVES),
        ),
        Scale(
            "sus_usability",
            "SUS usability subscale",
            "How usable do people find the product, learning it apart?",
            (1, 2, 3, 5, 6, 7, 8, 9),
            least=6,
            headline=False,
        ),
        Scale(
            "sus_learnability",
            "SUS learnability subscale",
            "How easy do people find it to learn the product?",
            (4, 10),
            least=2,
            headline=False,
        ),
    ),
    ends=((1, 5),),
    worth=(0, 100),
    centre=True,
    source="Brooke 1996, 2013; Sauro & Lewis 2016; subscales Lewis & Sauro 2009",
    licence="Free to use with acknowledgement of the source (Brooke 1996, Digital Equipment Corporation 1986).",
    worded=True,
    checked="Wording and scoring read in several copies; that its author allows free use is recalled from Brooke 2013.",
    caveats=_HIGHER,
)
SUS_POSITIVE = Questionnaire(
    name="sus_positive",
    title="System Usability Scale, all-positive version",
    items=tuple(numbered([f"the positive counterpart of item {number} of the SUS" for number in _ALL])),
    scales=(
        Scale(
            "sus_positive",
            "System Usability Scale, all-positive version",
            "How usable do people find the product as a whole?",
            _ALL,
            least=8,
            bands=(GRADES, AVERAGE, ACCEPTABILITY),
        ),
    ),
    ends=((1, 5),),
    worth=(0, 100),
    centre=True,
    source="Sauro & Lewis 2011",
    licence="Wording published in Sauro & Lewis 2011 (ACM); no statement on reuse was found, so none is given here.",
    worded=False,
    checked="Scoring read in the abstract and secondary sources; wording not verified.",
    caveats=(
        *_HIGHER,
        "With no reversed item, agreeing with everything looks like praise: mind how many gave all the same rating.",
    ),
)


def sus_grade(mean: float) -> str:
    """The letter grade of a mean SUS score, looked up after rounding half up to one decimal; for means, not for one person.

    Raises BadInput outside 0 to 100.
    """
    if not 0 <= mean <= 100:
        raise BadInput(f"A SUS score lies between 0 and 100, but {mean} came.")
    return GRADES.name(math.floor(mean * 10 + 0.5) / 10)
