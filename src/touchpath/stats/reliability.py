"""How far several measures of the same thing go together: items of a scale (Cronbach's alpha), raters or channels (ICC)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from touchpath.model.errors import BadInput


def rectangle(rows: Sequence[Sequence[float]], row: str, column: str) -> NDArray[np.float64]:
    """The rows as a table; raises BadInput for rows of different lengths, and for fewer than two rows or columns."""
    sizes = sorted({len(one) for one in rows})
    if len(rows) < 2 or len(sizes) != 1 or sizes[0] < 2:
        raise BadInput(
            f"Here two or more {row} with the same two or more {column} each would do, but {len(rows)} came with {sizes}."
        )
    return np.asarray(rows, np.float64)


def cronbach_alpha(respondents: Sequence[Sequence[float]]) -> float | None:
    """How consistently the items of a scale are answered, from the spread of the items and of their sum; 1 at most, below 0 possible.

    respondents: (respondents, items). None where all have the same sum. Items that do not vary count as items.
    **Source**: Cronbach 1951, Psychometrika 16:297: k / (k - 1) * (1 - sum of the items' variances / variance of the sum). It is no proof
    that the items measure one thing, and it rises with the number of items.
    """
    table = rectangle(respondents, "respondents", "items")
    items = table.shape[1]
    total = table.sum(axis=1)
    spread = float(np.var(total, ddof=1))
    if spread <= 1e-24 * float(np.square(total).max(initial=0)):
        return None
    each = float(np.var(table, axis=0, ddof=1).sum())
    return float(items / (items - 1) * (1 - each / spread))


def alpha_from_sums(n: int, sums: Sequence[tuple[int, int]]) -> float | None:
    """Cronbach's alpha from whole numbers: for each item, and last for all items together, its sum and its sum of squares.

    n: respondents. None for fewer than two respondents or items, or where all have the same sum. Exact until the last division.
    """
    items = len(sums) - 1
    spreads = [n * squares - total * total for total, squares in sums]
    if n < 2 or items < 2 or spreads[-1] <= 0:
        return None
    return items / (items - 1) * (1 - sum(spreads[:-1]) / spreads[-1])


class Icc(NamedTuple):
    """Intraclass correlations of single ratings; each is None where nothing varies that it compares.

    one_way: each thing has raters of its own. agreement: the same raters, whose levels matter. consistency: the same raters, whose
    levels do not matter. In the notation of Shrout & Fleiss (1,1), (2,1) and (3,1).
    """

    one_way: float | None
    agreement: float | None
    consistency: float | None


def intraclass_correlations(ratings: Sequence[Sequence[float]]) -> Icc:
    """Which part of the spread of ratings lies between the rated, rather than between ratings of the same; 1 at most, below 0 possible.

    ratings: (customers, channels), or (things, raters). For channel consistency read `agreement`.
    **Source**: Shrout & Fleiss 1979, Psychological Bulletin 86:420, table 1 and equations for (1,1), (2,1) and (3,1). Raises BadInput for
    fewer than two rows or columns. With few rows the interval is wide; a narrow range of customers makes it small whatever the agreement.
    """
    n, k, msb, msw, msj, mse = mean_squares(ratings)
    return Icc(
        _share(msb - msw, msb + (k - 1) * msw),
        _share(msb - mse, msb + (k - 1) * mse + k * (msj - mse) / n),
        _share(msb - mse, msb + (k - 1) * mse),
    )


class MeanSquares(NamedTuple):
    """Of n rows with k ratings each: mean squares between rows, within rows, between columns, and of what neither explains."""

    n: int
    k: int
    between: float
    within: float
    columns: float
    rest: float


def mean_squares(ratings: Sequence[Sequence[float]]) -> MeanSquares:
    """The analysis of variance of a table of ratings; squares that only rounding left are 0. Raises BadInput as `rectangle`."""
    table = rectangle(ratings, "rows", "ratings")
    n, k = table.shape
    table = table - table.mean()
    floor = 1e-24 * float(np.square(table).sum())
    between = k * float(np.square(table.mean(axis=1)).sum())
    columns = n * float(np.square(table.mean(axis=0)).sum())
    within = float(np.square(table - table.mean(axis=1, keepdims=True)).sum())
    rest = float(np.square(table - table.mean(axis=1, keepdims=True) - table.mean(axis=0)).sum())
    between, columns, within, rest = (0.0 if one <= floor else one for one in (between, columns, within, rest))
    return MeanSquares(n, k, between / (n - 1), within / (n * (k - 1)), columns / (k - 1), rest / ((n - 1) * (k - 1)))


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None
