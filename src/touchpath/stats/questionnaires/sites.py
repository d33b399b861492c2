"""Questionnaires about websites: the SUPR-Q and the short Visual Aesthetics of Websites Inventory."""

from __future__ import annotations

from touchpath.stats.questionnaires.kinds import Bands, Item, Questionnaire, Scale
from touchpath.stats.questionnaires.scoring import numbered

SUPR_Q = Questionnaire(
    name="supr_q",
    title="SUPR-Q (raw scores)",
    items=(
        *numbered(
            (
                "usability, first item",
                "usability, second item",
                "trust, first item",
                "trust, second item",
                "appearance, first item",
                "appearance, second item",
                "loyalty: likely to return",
            )
        ),
        Item(8, "loyalty: likely to recommend", ends=(0, 10), worth=(0, 5)),
    ),
    scales=(
        Scale("supr_q", "SUPR-Q (raw)", "How good do people find the website?", tuple(range(1, 9)), least=8),
        Scale("supr_q_usability", "SUPR-Q usability (raw)", "How easy do people find the website?", (1, 2), 2, headline=False),
        Scale("supr_q_trust", "SUPR-Q trust (raw)", "How far do people trust the website?", (3, 4), 2, headline=False),
        Scale("supr_q_appearance", "SUPR-Q appearance (raw)", "How attractive do people find it?", (5, 6), 2, headline=False),
        Scale("supr_q_loyalty", "SUPR-Q loyalty (raw)", "Will people return and recommend it?", (7, 8), 2, headline=False),
    ),
    ends=((1, 5),),
    worth=(1, 5),
    source="Sauro 2015, Journal of Usability Studies 10(2):68",
    licence="Percentile ranks need MeasuringU's licensed database, and none are made up here. The wording is theirs.",
    worded=False,
    checked="Items, scales, halving of the likelihood to recommend and division by 8 read on pages that quote Sauro 2015.",
    caveats=(
        "Raw scores only: they run from 0.875 to 5, because half the likelihood to recommend reaches 0.",
        "Any missing item leaves out the scale that it belongs to.",
        "Number the items as listed here, the likelihood to recommend last.",
    ),
)
VISAWI_S = Questionnaire(
    name="visawi_s",
    title="Visual Aesthetics of Websites Inventory, short",
    items=tuple(numbered(("simplicity", "diversity", "colourfulness", "craftsmanship"))),
    scales=(
        Scale(
            "visawi_s",
            "VisAWI-S",
            "How beautiful do people find the website?",
            (1, 2, 3, 4),
            least=4,
            bands=(
                Bands(
                    "Cut-off of a good impression",
                    ((1.0, "below"), (4.5, "at or above")),
                    "Hirschfeld & Thielsch, Ergonomics 58:310",
                    2015,
                ),
            ),
        ),
    ),
    ends=((1, 7),),
    worth=(1, 7),
    level="interface",
    need="emotional",
    source="Moshagen & Thielsch 2013, Behaviour & Information Technology 32:1305",
    licence="Available from its authors (visawi.de); the wording is theirs and not given here.",
    worded=False,
    checked="Four items, one for each facet, and their mean read in the abstract and recalled from the paper; terms and cut-off not verified.",
)
