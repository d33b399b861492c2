"""Numerator and denominator of a number: what was divided by what, in the words of its formula."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from touchpath.metrics.metric import Place
from touchpath.model.estimate import Estimate
from touchpath.services.results import Measurement
from touchpath.timelines.recurring import SCALE as OF_LEVELS
from touchpath.timelines.recurring import RecurringCounts
from touchpath.timelines.totals import SCALE as OF_VALUES
from touchpath.timelines.totals import TotalCounts

#: What stands above the line of a mean whose formula does not name it.
ADDED_UP = "what the formula takes the mean of, added up"
#: Methods of numbers that are one sum over another.
_RATIOS = ("Wilson", "adjusted-Wald", "exact Poisson", "t", "delta method")
#: A formula that tells a hundredfold.
_HUNDRED = "100 * "
#: A formula that begins with what it tells: "Better = ...".
_NAMED = re.compile(r"^\w+ = ")
#: Denominator of parts of money.
_AT_START = "level at the start"
#: Units that a mean has from what it is the mean of.
_OF_WHAT = ("seconds", "value", "money")


@dataclass(frozen=True, slots=True)
class Counted:
    """One side of a ratio: which, in words, and how much of it there is, in `unit` ("count": so many; else as in Estimate)."""

    side: str
    words: str
    count: float
    unit: str = "count"


def sides_of(measured: Measurement, summary: Any, at: Place, of_values: bool = False) -> tuple[Counted, ...]:
    """Numerator and denominator of a number that is one sum over another; nothing for any other, such as a median or a correlation.

    of_values: the denominator is a sum of values too, not a number of signals or people.
    """
    number, words = measured.total, measured.metric
    if not isinstance(number, Estimate) or not _is_ratio(number):
        return ()
    over, under = words_of_sides(words.formula) or (ADDED_UP, number.n_unit)
    factor = 100 if over != ADDED_UP and words.formula.startswith(_HUNDRED) else 1
    below, unit = _below(summary, at, under, of_values) or (float(number.n), "count")
    above = Counted("numerator", over, _whole(number.value * below / factor), number.unit if number.unit in _OF_WHAT else unit)
    return above, Counted("denominator", under, _whole(below), unit)


def words_of_sides(formula: str) -> tuple[str, str] | None:
    """What a formula divides by what, where it is one division: "100 * (a - b) / c" says "a - b" and "c"."""
    above, over, below = _NAMED.sub("", formula).removeprefix(_HUNDRED).partition(" / ")
    if not over or " / " in below or re.search(r"\b(mean|exp|median|max|sqrt)\b", above) or _depth(above) or _depth(below):
        return None
    return _bare(above), _bare(below)


def _depth(part: str) -> int:
    return part.count("(") - part.count(")")


def _bare(part: str) -> str:
    """Without the brackets around all of it."""
    inner = part[1:-1]
    return inner if part.startswith("(") and part.endswith(")") and "(" not in inner else part


def _is_ratio(number: Estimate) -> bool:
    return number.unit != "count" and number.method.partition(",")[0] in _RATIOS


def _below(summary: Any, at: Place, words: str, of_values: bool) -> tuple[float, str] | None:
    """The denominator where n counts something else: of totals their own, of money the level at the period's start."""
    if isinstance(summary, TotalCounts):
        below = summary.moments.cell(at.cell).x
        return (below / OF_VALUES, "value") if of_values else (float(below), "count")
    if isinstance(summary, RecurringCounts) and words == _AT_START:
        return summary.net.cell(at.cell).x / OF_LEVELS, "value"
    return None


def _whole(amount: float) -> float:
    """The sum without what dividing and multiplying did to its last digits."""
    return float(f"{amount:.12g}")
