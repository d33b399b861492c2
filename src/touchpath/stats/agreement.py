"""How far people who judge the same things agree: kappa of two raters, Krippendorff's alpha of any number, and a model against people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from touchpath.model.errors import BadInput

Matrix = NDArray[np.float64]
#: What differences between values mean: other (nominal), further apart in rank (ordinal), in distance (interval), in proportion (ratio).
Level = Literal["nominal", "ordinal", "interval", "ratio"]


def confusion(matrix: Sequence[Sequence[int]]) -> Matrix:
    """A square table of counts, rows one rater (or people), columns the other (or the model), the same categories in the same order.

    Raises BadInput for a table that is not square, that holds a count below 0, or that holds nothing.
    """
    sizes = {len(row) for row in matrix}
    if sizes != {len(matrix)}:
        raise BadInput(
            f"A table of agreement has as many columns as rows, but came with {len(matrix)} rows of {sorted(sizes)} columns."
        )
    table = np.asarray(matrix, np.float64)
    if table.min() < 0 or table.sum() == 0:
        raise BadInput("A table of agreement holds counts of 0 or more and at least one judgement, but came otherwise.")
    return table


def cohen_kappa(matrix: Sequence[Sequence[int]]) -> float | None:
    """Agreement of two raters beyond chance, every disagreement counting alike: 1 is full agreement, 0 what chance gives.

    None where both put everything into the same category, so that chance alone agrees fully.
    **Source**: Cohen 1960, Educational and Psychological Measurement 20:37. Depends on how common the categories are: two kappas from
    different mixtures are not comparable.
    """
    return _weighted(confusion(matrix), lambda distance: (distance > 0).astype(np.float64))


def quadratic_kappa(matrix: Sequence[Sequence[int]]) -> float | None:
    """Agreement of two raters beyond chance on ordered categories, a disagreement counting by the square of its steps.

    None as for `cohen_kappa`. Empty categories keep their place between the others.
    **Source**: Cohen 1968, Psychological Bulletin 70:213; with weights (i - j) ** 2.
    """
    return _weighted(confusion(matrix), lambda distance: distance**2)


def _weighted(table: Matrix, weigh: Callable[[Matrix], Matrix]) -> float | None:
    place = np.arange(len(table), dtype=np.float64)
    weights = weigh(np.abs(place[:, None] - place[None, :]))
    by_chance = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    expected = float((weights * by_chance).sum())
    return 1 - float((weights * table).sum()) / expected if expected > 0 else None


class Quality(NamedTuple):
    """A model against people. f1: of each category that people or the model used, None for the others."""

    accuracy: float
    macro_f1: float
    f1: tuple[float | None, ...]


def classification_quality(matrix: Sequence[Sequence[int]]) -> Quality:
    """How often a model's label is the people's (accuracy), and the mean over categories of F1, in which rare ones count like common ones.

    Rows are the people's labels, columns the model's. F1 = 2 * hits / (people's + model's), 0 for a category never hit. Categories that
    neither used have no F1 and are left out of the mean.
    **Source**: Sokolova & Lapalme 2009, Information Processing and Management 45:427, table 3 (F1 averaged over categories).
    """
    table = confusion(matrix)
    used = table.sum(axis=0) + table.sum(axis=1)
    f1 = tuple(2 * float(hits) / float(both) if both else None for hits, both in zip(np.diag(table), used, strict=True))
    known = [one for one in f1 if one is not None]
    return Quality(float(np.trace(table) / table.sum()), sum(known) / len(known), f1)


def krippendorff_alpha(judgements: Sequence[Sequence[float | None]], level: Level) -> float | None:
    """Agreement of any number of raters beyond chance, judgements missing where they may: 1 is full agreement, 0 what chance gives.

    judgements: (raters, things) with None for a missing one; things judged less than twice are left out. From .800 on it is usually
    called reliable, from .667 tentative (Krippendorff 2004). None where no two of the judgements differ, so that no disagreement was
    possible, and for `ratio` where a judgement is below 0, which a scale with a true zero does not have.
    **Source**: Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, section C, alpha = 1 - observed / expected disagreement by
    the matrix of coincidences. Raises BadInput for one rater, rows of different lengths, or nothing judged twice.
    """
    values, coincidences = _coincidences(judgements)
    if level == "ratio" and values[0] < 0:
        return None
    totals = coincidences.sum(axis=1)
    distances = DISTANCES[level](values, totals)
    expected = float((np.outer(totals, totals) * distances).sum())
    observed = float((coincidences * distances).sum())
    return 1 - (totals.sum() - 1) * observed / expected if expected > 0 else None


def _coincidences(judgements: Sequence[Sequence[float | None]]) -> tuple[Matrix, Matrix]:
    """The values that occur in pairs, ascending, and how often each pair comes together, each thing counting as often as it was judged."""
    if len(judgements) < 2 or len({len(row) for row in judgements}) != 1:
        sizes = [len(row) for row in judgements]
        raise BadInput(
            f"Agreement needs the judgements of two raters or more, one for each thing (or none), but came as {sizes}."
        )
    things = [[one for one in column if one is not None] for column in zip(*judgements, strict=True)]
    paired = [thing for thing in things if len(thing) > 1]
    if not paired:
        raise BadInput("Agreement needs at least one thing that two raters judged, but there is none.")
    values = np.unique(np.concatenate([np.asarray(thing, np.float64) for thing in paired]))
    found = np.zeros((values.size, values.size))
    for thing in paired:
        counts = np.bincount(np.searchsorted(values, thing), minlength=values.size).astype(np.float64)
        found += (np.outer(counts, counts) - np.diag(counts)) / (len(thing) - 1)
    return values, found


def _nominal(values: Matrix, _totals: Matrix) -> Matrix:
    return np.asarray(values[:, None] != values[None, :], np.float64)


def _ordinal(_values: Matrix, totals: Matrix) -> Matrix:
    middle = np.cumsum(totals) - totals / 2
    return np.asarray((middle[:, None] - middle[None, :]) ** 2)


def _interval(values: Matrix, _totals: Matrix) -> Matrix:
    return np.asarray((values[:, None] - values[None, :]) ** 2)


def _ratio(values: Matrix, _totals: Matrix) -> Matrix:
    together = values[:, None] + values[None, :]
    return np.asarray(((values[:, None] - values[None, :]) / np.where(together == 0, 1.0, together)) ** 2)


#: The squared difference of each two values, by the level of measurement.
DISTANCES: Mapping[Level, Callable[[Matrix, Matrix], Matrix]] = MappingProxyType(
    {"nominal": _nominal, "ordinal": _ordinal, "interval": _interval, "ratio": _ratio}
)
