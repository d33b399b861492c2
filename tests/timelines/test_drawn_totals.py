"""Adding up summaries so and so often gives the same as adding them one by one."""

import numpy as np
import pytest

from touchpath.model.errors import BadInput
from touchpath.timelines.drawn_totals import total_of
from touchpath.timelines.durations import Durations
from touchpath.timelines.moments import Moments, add_person


def moments(random, cells):
    found = Moments.zero(cells)
    for cell in range(cells):
        for _ in range(int(random.integers(0, 5))):
            add_person(found.counts[cell], found.squares[cell], int(random.integers(1, 9)), int(random.integers(0, 1 << 34)))
    return found


def durations(random, cells=3):
    rows = int(random.integers(0, 20))
    owner = np.sort(random.integers(0, 6, rows))
    return Durations.of(cells, random.integers(-1, cells, rows), owner, random.integers(0, 10_000_000, rows))


def one_by_one(summaries, times):
    drawn = [one for one, often in zip(summaries, times, strict=True) for _ in range(often)]
    total = drawn[0]
    for one in drawn[1:]:
        total = total + one
    return total


@pytest.mark.parametrize("make", [lambda random: moments(random, 4), durations], ids=["moments", "durations"])
@pytest.mark.parametrize("seed", range(20))
def test_totals_are_those_of_adding_one_by_one(make, seed):
    random = np.random.default_rng(seed)
    summaries = [make(random) for _ in range(8)]
    total = total_of(summaries)
    for _ in range(5):
        times = random.multinomial(8, np.full(8, 1 / 8))
        assert total(times) == one_by_one(summaries, times.tolist())


def test_arrays_that_would_overflow_are_refused():
    total = total_of([np.array([1 << 61]), np.array([1])])
    with pytest.raises(BadInput, match="64 bits"):
        total(np.array([2, 0]))
