"""A filter's people and everybody else as two segments: each sums up to what a filter alone reads."""

from dataclasses import dataclass

import numpy as np
import pytest

from touchpath.timelines.arrays import NO_BYTES, NO_VALUE
from touchpath.timelines.inside import Inside

EDGES = np.array([NO_VALUE, np.iinfo(np.int64).max], np.int64)


@dataclass(frozen=True)
class Of:
    chosen: tuple[int, ...] | None

    def people(self, timelines):
        if self.chosen is None:
            return NO_BYTES
        return np.isin(np.arange(timelines.people), self.chosen).astype(np.uint8)


@dataclass(frozen=True)
class Shard:
    people: int = 4


@pytest.mark.parametrize(("chosen", "codes"), [((0, 2), [0, 1, 0, 1]), ((), [1, 1, 1, 1]), (None, [0, 0, 0, 0])])
def test_chosen_people_are_the_first_group_and_all_others_the_second(chosen, codes):
    cut = Inside(EDGES, Of(chosen), ("them", "the rest"))
    cells = cut.cells(Shard())
    assert cells.owner_codes.tolist() == codes
    assert (cells.segments, cells.count) == (2, 2)
    assert cut.count(Shard()).tolist() == [codes.count(0), codes.count(1)]
    assert (cut.dimension, cut.pooled) == (None, 0)
