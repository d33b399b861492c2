"""How much work a task was: the NASA Task Load Index and the Subjective Mental Effort Question."""

from __future__ import annotations

from collections.abc import Sequence

from touchpath.model.errors import BadInput
from touchpath.stats.questionnaires.kinds import Bands, Item, Questionnaire, Scale
from touchpath.stats.questionnaires.scoring import CHOICES, numbered

_SIX = (1, 2, 3, 4, 5, 6)
_WEIGHTS = (7, 8, 9, 10, 11, 12)
_NAMES = ("mental demand", "physical demand", "temporal demand", "performance", "effort", "frustration")
#: How many of the six ratings a raw score needs.
RAW_LEAST = 5
_QUARTILES = Bands(
    "Quarter of published scores",
    ((0.0, "lowest"), (36.8, "second"), (49.9, "third"), (60.0, "highest")),
    "Grier, Proceedings of HFES 59:1727",
    2015,
    judged=False,
    why="tasks differ, and the index has no absolute bands",
)

NASA_TLX = Questionnaire(
    name="nasa_tlx",
    title="NASA Task Load Index",
    items=(
        *numbered(
            (
                "Mental demand: How mentally demanding was the task?",
                "Physical demand: How physically demanding was the task?",
                "Temporal demand: How hurried or rushed was the pace of the task?",
                "Performance: How successful were you in accomplishing what you were asked to do?",
                "Effort: How hard did you have to work to accomplish your level of performance?",
                "Frustration: How insecure, discouraged, irritated, stressed, and annoyed were you?",
            )
        ),
        *(
            Item(number, f"Weight of {name}: how often it was chosen in the 15 pairs", ends=(0, 5), worth=(0, 100))
            for number, name in zip(_WEIGHTS, _NAMES, strict=True)
        ),
    ),
    scales=(
        Scale("nasa_tlx", "NASA-TLX (raw)", "How much of a load was the task?", _SIX, least=RAW_LEAST, bands=(_QUARTILES,)),
        Scale(
            "nasa_tlx_weighted",
            "NASA-TLX (weighted)",
            "How much of a load was the task, each kind of load weighed by how much it mattered?",
            _SIX,
            least=6,
            weights=_WEIGHTS,
            headline=False,
            bands=(_QUARTILES,),
        ),
    ),
    ends=((0, 100), (0, 20)),
    worth=(0, 100),
    better="lower",
    level="interface",
    horizon="task",
    source="Hart & Staveland 1988; Hart 2006",
    licence="Work of the United States government (NASA Ames), free to use.",
    worded=True,
    checked="Six items, 0 to 100 in steps of 5, 15 pairs and the division by 15 read on pages that quote Hart & Staveland; the quartiles of "
    "Grier 2015 are recalled, the paper's abstract was read.",
    caveats=(
        "Performance runs from perfect (0) to failure (100): do not turn it around.",
        "Raw is the default: weights rarely change the picture and cost 15 more questions.",
        "Scales of 0 to 20 are taken as 0 to 100 in steps of 5.",
    ),
)
SMEQ = Questionnaire(
    name="smeq",
    title="Subjective Mental Effort Question",
    items=tuple(numbered(("how hard the task was to do, on a line from 0 to 150 with labelled marks",))),
    scales=(Scale("smeq", "Subjective Mental Effort Question", "How hard was it to do?", (1,), least=1),),
    ends=((0, 150),),
    worth=(0, 150),
    better="lower",
    level="interface",
    horizon="task",
    source="Zijlstra & van Doorn 1985; Sauro & Dumas 2009",
    licence="Published by Zijlstra & van Doorn; terms of use not found, so the labels are not given here.",
    worded=False,
    checked="Range 0 to 150 read on a page that quotes Sauro & Lewis 2012; the places of the labels were not verified.",
)


def raw_load(ratings: Sequence[float | None]) -> float:
    """The mean of the six ratings of the NASA-TLX, 0 to 100; of five where one is missing.

    Raises BadInput for more missing, or a rating off the scale.
    """
    given = [rating for rating in ratings if rating is not None]
    if len(ratings) != len(_SIX) or len(given) < RAW_LEAST:
        raise BadInput(f"The raw NASA-TLX needs {RAW_LEAST} of six ratings, but {len(given)} of {len(ratings)} came.")
    for rating in given:
        if not 0 <= rating <= 100:
            raise BadInput(f"Ratings of the NASA-TLX lie between 0 and 100, but {rating} came.")
    return sum(given) / len(given)


def weighted_load(ratings: Sequence[float], weights: Sequence[int]) -> float:
    """The ratings of the NASA-TLX weighed by how often each was chosen in the 15 pairs, 0 to 100.

    Source: Hart & Staveland 1988. Raises BadInput unless there are six weights of 0 to 5 that come to 15.
    """
    if len(weights) != len(_SIX) or not all(0 <= weight <= 5 for weight in weights) or sum(weights) != CHOICES:
        raise BadInput(f"Weights of the NASA-TLX are six numbers from 0 to 5 that come to {CHOICES}, but {list(weights)} came.")
    raw_load(ratings)
    return sum(weight * rating for weight, rating in zip(weights, ratings, strict=True)) / CHOICES
