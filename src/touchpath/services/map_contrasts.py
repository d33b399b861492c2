"""How the numbers of a map differ from the same numbers beside them: one family of comparisons, corrected together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from touchpath.metrics.conclude import compare_intervals
from touchpath.metrics.metric import Number
from touchpath.model.estimate import Comparison, Undefined
from touchpath.services.compared import Contrast, Pair
from touchpath.services.comparing import judged
from touchpath.services.map_columns import Cell

_NOT_THERE = Undefined("the other version does not have it")
_THE_SAME = Undefined("counted the same in both versions")


@dataclass(frozen=True, slots=True)
class Beside:
    """The numbers of a column that stand beside, by their keys."""

    cells: Mapping[tuple[str, str, str], Cell]


def contrasts_of(
    here: Sequence[Sequence[Cell]],
    numbers: Sequence[Sequence[Number]],
    beside: Sequence[Beside | None],
    same_people: bool,
    confidence: float,
) -> dict[tuple[int, int], Contrast]:
    """The contrast of every number, by its column and its place there; none for columns that only one version has.

    All that are tested are one family (Holm 1979); what counts the same in several columns, as friction at one touchpoint of several steps, is
    tested once. same_people: both sides are of the same people and times, so what counts the same is the same, and is not tested.
    """
    found: dict[tuple[int, int], Contrast] = {}
    pairs: dict[tuple[int, int], Pair] = {}
    twins: dict[tuple[int, int], tuple[int, int]] = {}
    known: list[tuple[tuple[object, object, str], tuple[int, int]]] = []
    for at, (cells, other) in enumerate(zip(here, beside, strict=True)):
        for place, cell in enumerate(cells if other is not None else ()):
            there = other.cells.get(cell.key) if other is not None else None
            number = numbers[at][place]
            if there is None:
                found[at, place] = Contrast("beside", "here", _NOT_THERE, number, _NOT_THERE)
            elif same_people and cell.meaning is not None and cell.meaning == there.meaning:
                found[at, place] = Contrast("beside", "here", there.told(confidence), number, _THE_SAME)
            elif (twin := _twin(known, cell, there)) is not None:
                twins[at, place] = twin
            else:
                pairs[at, place] = _pair(cell, there, number, confidence)
                known.append(((cell.meaning, there.meaning, cell.lane), (at, place)))
    judgements = judged([*pairs.values()], Undefined("several metrics"), 1, confidence)
    tested = dict(zip(pairs, judgements, strict=True))
    return found | tested | {place: tested[twin] for place, twin in twins.items()}


def _twin(known: Sequence[tuple[tuple[object, object, str], tuple[int, int]]], cell: Cell, there: Cell) -> tuple[int, int] | None:
    """Where the same two numbers stand beside each other already."""
    if cell.meaning is None or there.meaning is None:
        return None
    return next((place for key, place in known if key == (cell.meaning, there.meaning, cell.lane)), None)


def _pair(cell: Cell, there: Cell, number: Number, confidence: float) -> Pair:
    def compare(sure: float) -> Comparison | Undefined:
        return compare_intervals(there.told(sure), cell.told(sure), sure)

    return Pair("beside", "here", there.told(confidence), number, compare)
