"""Kano categories from signals."""

from __future__ import annotations

import dataclasses

import pytest

from touchpath.model.errors import BadInput
from touchpath.model.experience import Question
from touchpath.model.rules import EventRule
from touchpath.stats.kano import CATEGORIES
from touchpath.timelines.arrays import NO_BYTES, one_cell
from touchpath.timelines.kano import KanoPairs

PAIR = tuple(Question(f"k{n}", "", EventRule((f"k{n}",)), 1, 5, "kano", "kano-dark-mode", n) for n in (1, 2))


def pairs(*given):
    return {
        owner: [(at, f"k{item}", {"value": rating}) for at, (item, rating) in enumerate(answers)]
        for owner, answers in enumerate(given)
    }


def test_people_are_counted_by_the_category_of_their_latest_pair(small_timelines):
    attractive, must_be = [(1, 1), (2, 3)], [(1, 3), (2, 5)]
    people = pairs(attractive, must_be, [*attractive, *must_be], [(2, 3)], [(1, 1), (2, 7)], [(2, 5), (1, 1)])
    folded = KanoPairs.of(PAIR[::-1]).map(small_timelines(people), one_cell(), NO_BYTES, 99)
    told = dict(zip(CATEGORIES, folded.summary.categories[0].tolist(), strict=True))
    assert {name: count for name, count in told.items() if count} == {"attractive": 1, "one-dimensional": 1, "must-be": 2}
    assert (folded.summary.dropped[0], folded.summary.off_scale[0]) == (2, 1)
    assert folded.outcomes.tolist() == [0, 2, 2, -1, -1, 1]


@pytest.mark.parametrize(
    ("items", "said"),
    [
        (PAIR[:1], "item 2 is missing"),
        ((PAIR[0], PAIR[0]), "Item 1 of 'kano' is asked twice"),
        ((PAIR[0], dataclasses.replace(PAIR[1], high=7)), "scale of 1 to 5"),
        ((), "needs items 1 and 2"),
    ],
)
def test_a_pair_that_is_none_is_refused(items, said):
    with pytest.raises(BadInput, match=said):
        KanoPairs.of(items)
