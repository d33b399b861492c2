"""People as the unit of resampling: their rows summed up, alike people counted together, and statistics told as functions of weights.

A statistic gets weights (resamples, kinds), how often each kind of person is in each resample, and answers one number for each resample,
NaN where it is not defined. So thousands of resamples are a few matrix products, whatever the number of rows behind each person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from touchpath.model.errors import BadInput

Floats = NDArray[np.float64]
Int64s = NDArray[np.int64]
#: Weights (resamples, kinds of people) to one number a resample; NaN where the statistic is not defined.
Statistic = Callable[[Floats], Floats]
#: Sums over people (resamples, columns) to one number a resample; NaN where it is not defined.
OfSums = Callable[[Floats], Floats]

#: So many numbers are worked on at once; they stay in the processor's cache.
_AT_ONCE = 200_000
#: Drawing the number of one kind takes about as long as drawing so many people.
_KIND_COSTS = 15


class Kinds(NamedTuple):
    """People who are alike in all columns counted together: rows (kinds, columns) in ascending order, people (kinds,) of each."""

    rows: Floats
    people: Int64s


def finite(values: ArrayLike, name: str, dimensions: int) -> Floats:
    """The values as an array; raises BadInput for another number of dimensions, no values, or values that are not finite."""
    found = np.asarray(values, np.float64)
    if found.ndim != dimensions or not found.size:
        raise BadInput(f"{name} must be {dimensions}-dimensional and not empty, but came with the shape {found.shape}.")
    if not np.isfinite(found).all():
        raise BadInput(f"{name} must be finite numbers, but {int((~np.isfinite(found)).sum())} of {found.size} are not.")
    return found


def sum_by_person(person: Sequence[object] | NDArray[np.generic], columns: ArrayLike) -> Floats:
    """One row a person from one row an observation: (rows, columns) summed into (people, columns), people in ascending order.

    person: (rows,) whose row it is. Raises BadInput for other lengths and for numbers that are not finite.
    """
    rows = finite(columns, "The columns of observations", 2)
    _, places = np.unique(np.asarray(person), return_inverse=True)
    if places.size != rows.shape[0]:
        raise BadInput(
            f"Each observation needs its person, but {rows.shape[0]} observations and {places.size} people's names came."
        )
    return np.stack([np.bincount(places, column) for column in rows.T], axis=1)


def kinds_of(people: ArrayLike) -> Kinds:
    """People (people, columns), alike ones together. Whatever order people come in, the kinds are the same."""
    rows, counts = np.unique(finite(people, "The sums of people", 2), axis=0, return_counts=True)
    return Kinds(rows, counts.astype(np.int64))


def of_sums(rows: Floats, statistic: OfSums) -> Statistic:
    """A statistic of sums over people, as one of weights; rows: (kinds, columns)."""
    return lambda weights: statistic(weights @ rows)


def ratio_of_sums(sums: Floats) -> Floats:
    """Column 1 over column 0, both summed; a mean where column 0 counts. NaN where nothing is below the line."""
    found: Floats = np.divide(sums[:, 1], sums[:, 0], out=np.full(sums.shape[0], np.nan), where=sums[:, 0] != 0)
    return found


def quantile_of(values: ArrayLike, person: NDArray[np.int64], q: float = 0.5) -> Statistic:
    """A quantile (linear interpolation, type 7) of all rows of the people drawn, as a statistic of weights (resamples, people).

    values: (rows,); person: (rows,) the place of its person among the weights.
    """
    if not 0 < q < 1:
        raise BadInput(f"A quantile must lie between 0 and 1, as in 0.5 for the median, but came as {q}.")
    found = finite(values, "The values", 1)
    order = np.argsort(found, kind="stable")
    ordered, owners = found[order], np.asarray(person)[order]

    def statistic(weights: Floats) -> Floats:
        # One resample after another: people may have many more rows than there are people.
        return np.array([_at_quantile(ordered, np.cumsum(row[owners]), q) for row in weights])

    return statistic


def _at_quantile(ordered: Floats, reached: Floats, q: float) -> float:
    """The type 7 quantile of values that count several times each; reached: how many are at or below each. NaN without any."""
    if reached[-1] < 1:
        return float("nan")
    rank = 1 + (reached[-1] - 1) * q
    below = np.floor(rank)
    first, second = ordered[np.searchsorted(reached, [below, np.ceil(rank)])]
    return float(first + (rank - below) * (second - first))


def chunk_sizes(wide: int, resamples: int) -> Iterator[int]:
    """How many resamples to work on at once, one chunk after another, so that memory stays bounded; wide: numbers in each resample."""
    at_once = max(_AT_ONCE // wide, 1)
    for start in range(0, resamples, at_once):
        yield min(at_once, resamples - start)


def draw_again(people: Int64s, resamples: int, random: np.random.Generator) -> Floats:
    """Weights (resamples, kinds) of as many people drawn with replacement as there are; people: (kinds,).

    Few kinds are drawn by their numbers (multinomial), many kinds person by person; both give the same distribution.
    """
    total = int(people.sum())
    if people.size * _KIND_COSTS < total:
        drawn: Floats = random.multinomial(total, people / total, size=resamples).astype(np.float64)
        return drawn
    who = np.repeat(np.arange(people.size), people)[random.integers(0, total, (resamples, total), np.uint32)]
    places = who + np.arange(0, resamples * people.size, people.size)[:, None]
    return np.bincount(places.ravel(), minlength=resamples * people.size).reshape(resamples, -1).astype(np.float64)
