"""How people learn a task: their last time against their first, and the slope of the power law of practice, person by person.

Integers only, as in `durations`: any division of people gives the same bits. docs/definitions/task.md tells the rules.
"""

from __future__ import annotations

import math

import numpy as np

from touchpath.timelines.arrays import Int64s
from touchpath.timelines.durations import LN_2, LN_STEPS, LOG_SCALE, log_of
from touchpath.timelines.kernels import fixed, kernel
from touchpath.timelines.moments import Moments, add_person

#: People with fewer times than this have no slope.
LEAST_TRIALS = 3
#: Attempts from the tenth on share a number, so they tell no trial.
_POOLED = 9


def learn(cells: int, cell: Int64s, owner: Int64s, milliseconds: Int64s, number: Int64s) -> tuple[Moments, Moments]:
    """Gains and slopes of successful attempts, one row each; number: 0 = a person's first attempt.

    gains: per person with two times or more in a cell x = 1, y = ln(last time) - ln(first time).   slopes: per person with three or more x
    = 1, y = b of the power law T = a k**-b, k = number of the attempt, by least squares of ln T on ln k. Both in LOG_SCALE. Attempts from
    the tenth on are left out.
    """
    gains, slopes = Moments.zero(cells), Moments.zero(cells)
    kept = number < _POOLED
    cell, owner, milliseconds, number = cell[kept], owner[kept], milliseconds[kept], number[kept]
    order = np.lexsort((number, cell, owner))
    cell, owner, milliseconds, number = (fixed(column[order], np.int64) for column in (cell, owner, milliseconds, number))
    _learn(cell, owner, milliseconds, number, LN_STEPS, LN_2, gains.counts, gains.squares, slopes.counts, slopes.squares)
    return gains, slopes


@kernel
def _learn(
    cell: Int64s,
    owner: Int64s,
    milliseconds: Int64s,
    number: Int64s,
    steps: Int64s,
    log_two: int,
    gains: Int64s,
    gain_squares: Int64s,
    slopes: Int64s,
    slope_squares: Int64s,
) -> None:
    row = 0
    while row < owner.size:
        low, here = row, cell[row]
        n, sum_x, sum_y, sum_xx, sum_xy = 0, 0, 0, 0, 0
        first, last = 0, 0
        while row < owner.size and owner[row] == owner[low] and cell[row] == here:
            x, y = log_of(number[row] + 1, steps, log_two), log_of(milliseconds[row], steps, log_two)
            first = y if n == 0 else first
            last = y
            n, sum_x, sum_y, sum_xx, sum_xy = n + 1, sum_x + x, sum_y + y, sum_xx + x * x, sum_xy + x * y
            row += 1
        if n >= 2:
            add_person(gains[here], gain_squares[here], 1, last - first)
        if n >= LEAST_TRIALS:
            slope = (n * sum_xy - sum_x * sum_y) / (n * sum_xx - sum_x * sum_x)
            add_person(slopes[here], slope_squares[here], 1, math.floor(-slope * LOG_SCALE + 0.5))
