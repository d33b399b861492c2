"""Kano metrics of one feature: whom having it would please, and whom lacking it would annoy."""

from __future__ import annotations

from collections.abc import Callable

from touchpath.metrics.conclude import compare_share, conclude_share
from touchpath.metrics.metric import Metric, Number
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.model.experience import Question
from touchpath.stats.kano import CATEGORIES, Category, conclude_kano
from touchpath.stats.questionnaires.kano import KANO
from touchpath.timelines.kano import KanoCounts, KanoPairs
from touchpath.timelines.moments import Ratio

_NOBODY = "nobody answered both questions without wanting rather not to have it"
#: Those whom the feature concerns.
_CONCERNED: tuple[Category, ...] = ("attractive", "one-dimensional", "must-be", "indifferent")
_BETTER: tuple[Category, ...] = ("attractive", "one-dimensional")
_WORSE: tuple[Category, ...] = ("one-dimensional", "must-be")


def _among(summary: KanoCounts, cell: int, categories: tuple[Category, ...]) -> int:
    return sum(int(summary.categories[cell, CATEGORIES.index(one)]) for one in categories)


def _ratio(summary: KanoCounts, cell: int, of: tuple[Category, ...]) -> Ratio:
    """Everybody counts once."""
    n, some = _among(summary, cell, _CONCERNED), _among(summary, cell, of)
    return Ratio(n, n, some, n, some, some)


def category_sentence(summary: KanoCounts, cell: int) -> str:
    """The category of a feature, or between which two it is undecided."""
    counts = [int(count) for count in summary.categories[cell]]
    told = ", ".join(f"{count} {name}" for name, count in zip(CATEGORIES, counts, strict=True) if count)
    found = conclude_kano(counts)
    if found.decided:
        return f"Category: {found.category} ({told})."
    needed = f"the two largest differ by {found.difference}, and Fong's test asks for {found.needed:.1f}"
    return f"Category undecided: {needed} ({told})."


def _estimate(of: tuple[Category, ...], worse: bool) -> Callable[..., Number]:
    def estimate(summary: KanoCounts, cell: int, confidence: float = 0.95) -> Number:
        number = conclude_share(_ratio(summary, cell, of), "people", _NOBODY, confidence)
        if isinstance(number, Undefined):
            return number
        printed = f"As printed by Berger et al.: {-number.value:.2f}."
        notes = (category_sentence(summary, cell), *((printed,) if worse else ()))
        return _warned(number.noted(*notes), summary, cell)

    return estimate


def _warned(number: Estimate, summary: KanoCounts, cell: int) -> Estimate:
    dropped, off_scale = int(summary.dropped[cell]), int(summary.off_scale[cell])
    doubtful = _among(summary, cell, ("questionable",))
    turned = _among(summary, cell, ("reverse",))
    told = (
        (dropped, "Left out for answering only one of the two questions"),
        (doubtful, "Left out of the share for answers that contradict each other"),
        (turned, "Left out of the share for wanting rather not to have it"),
        (off_scale, "Answers off the scale, which count as missing"),
    )
    warnings = [f"{why}: {count}." for count, why in told if count]
    return number.warned(*warnings)


def _compare(of: tuple[Category, ...]) -> Callable[..., Comparison | Undefined]:
    def compare(summary: KanoCounts, before: int, after: int, confidence: float = 0.95) -> Comparison | Undefined:
        return compare_share(_ratio(summary, before, of), _ratio(summary, after, of), _NOBODY, confidence)

    return compare


def _metric(
    name: str, title: str, asks: str, of: tuple[Category, ...], definition: str
) -> Metric[tuple[Question, ...], KanoCounts]:
    return Metric(
        name=name,
        title=title,
        asks=asks,
        discipline="CX",
        level="interface",
        horizon="quarter",
        need="emotional",
        unit="share",
        better="neither",
        scale="0 to 1",
        interval="wilson",
        subject="questionnaire",
        fold=KanoPairs.of,
        estimate=_estimate(of, name == "kano_worse"),
        compare=_compare(of),
        method="Wilson interval. The category is the most frequent one, and undecided unless Fong's test (two-sided 90 %) tells the two "
        "most frequent apart.",
        definition="Each person's latest pair of answers (how one feels with the feature, and without it) falls into a category by the "
        f"evaluation table. {definition} Reverse and questionable pairs are left out of the share and counted.",
        formula=definition.removesuffix("."),
        source=KANO.source,
        caveats=(
            *KANO.caveats,
            "Features age: what delights today is taken for granted tomorrow.",
            "Different groups differ: cut by persona before believing 'indifferent'.",
            "People who answered in both periods are counted as if they were different people.",
        ),
        licence=KANO.licence,
    )


KANO_BETTER = _metric(
    "kano_better",
    "Kano: better with it",
    "Which share of people would be more satisfied with the feature?",
    _BETTER,
    "Better = (attractive + one-dimensional) / (attractive + one-dimensional + must-be + indifferent).",
)
KANO_WORSE = _metric(
    "kano_worse",
    "Kano: worse without it",
    "Which share of people would be less satisfied without the feature?",
    _WORSE,
    "Worse = (one-dimensional + must-be) / (attractive + one-dimensional + must-be + indifferent), told as a positive share.",
)
