"""How far people who judge the same things agree: kappa of two raters, Krippendorff's alpha of any number, and a model against people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from touchpath.model.errors import BadInput

Matrix = NDArray[np.float64]
Places = NDArray[np.int64]
#: The ratio alpha looks at each two different values, so that there have to be few enough.
MOST_VALUES = 20_000
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
    **Source**: Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, section C, alpha = 1 - observed / expected disagreement of
    coincidences, without their matrix. Raises BadInput for one rater, rows of different lengths, or nothing judged twice.
    """
    values, thing, size = _pairable(judgements)
    distinct, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    if distinct.size == 1 or (level == "ratio" and distinct[0] < 0):
        return None
    if level == "nominal":
        within, between = _unlike(place, thing, size, counts)
    elif level == "ratio":
        within, between = _proportions(values, size, distinct, counts)
    else:
        scale = np.cumsum(counts) - counts / 2 if level == "ordinal" else distinct
        within, between = _squares(np.asarray(scale[place], np.float64), thing, size)
    return 1 - (values.size - 1) * float((within / (size - 1)).sum()) / between


def _pairable(judgements: Sequence[Sequence[float | None]]) -> tuple[Matrix, Places, Places]:
    """All judgements of things judged twice or more: their values, the number of the thing, and of each thing how often it was judged."""
    if len(judgements) < 2 or len({len(row) for row in judgements}) != 1:
        sizes = sorted({len(row) for row in judgements})
        raise BadInput(
            f"Agreement needs two raters or more with one judgement (or none) for each thing, but {len(judgements)} came with {sizes}."
        )
    columns = zip(*judgements, strict=True)
    paired = [thing for column in columns if len(thing := [one for one in column if one is not None]) > 1]
    if not paired:
        raise BadInput("Agreement needs at least one thing that two raters judged, but there is none.")
    size = np.asarray([len(thing) for thing in paired], np.int64)
    return np.concatenate([np.asarray(thing, np.float64) for thing in paired]), np.repeat(np.arange(size.size), size), size


# Each of the following answers the squared differences of all ordered pairs of judgements, added up: of each thing, and of everything.


def _unlike(place: Places, thing: Places, size: Places, counts: Places) -> tuple[Matrix, float]:
    kinds = counts.size
    cells, alike = np.unique(thing * kinds + place, return_counts=True)
    same = np.bincount(cells // kinds, alike.astype(np.float64) ** 2, minlength=size.size)
    return np.asarray(size.astype(np.float64) ** 2 - same), float(counts.sum()) ** 2 - float(
        (counts.astype(np.float64) ** 2).sum()
    )


def _squares(scale: Matrix, thing: Places, size: Places) -> tuple[Matrix, float]:
    around = scale - scale.mean()
    apart = around - (np.bincount(thing, around) / size)[thing]
    return np.asarray(2 * size * np.bincount(thing, apart**2)), 2 * scale.size * float(around @ around)


def _proportions(values: Matrix, size: Places, distinct: Matrix, counts: Places) -> tuple[Matrix, float]:
    if distinct.size > MOST_VALUES:
        raise BadInput(f"The ratio alpha compares each two of at most {MOST_VALUES} different values, but {distinct.size} came.")
    ends = np.cumsum(size)
    within = [float(_ratio(values[a:b], values[a:b]).sum()) for a, b in zip(ends - size, ends, strict=True)]
    between = 0.0
    for start in range(0, distinct.size, 500):
        part = slice(start, start + 500)
        between += float(counts[part] @ _ratio(distinct[part], distinct) @ counts)
    return np.asarray(within), between


def _ratio(some: Matrix, others: Matrix) -> Matrix:
    """The squared difference of each two values as a part of their sum; of two zeros 0."""
    together = some[:, None] + others[None, :]
    found = some[:, None] - others[None, :]
    np.divide(found, together, out=found, where=together > 0)
    return np.square(found, out=found)
