"""Ratings and the System Usability Scale."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.stats.scores import nps_tally, sus_grade, sus_points


def test_sus_points_agree_with_brooke_1996():
    # Brooke's worked example: 22 points, SUS 55.
    assert sus_points([5, 4, 2, 1, 2, 3, 2, 4, 5, 2]) == (22, 0)


def test_a_missing_sus_item_counts_as_the_centre():
    assert sus_points([5, 1, None, 1, 5, 1, 5, 1, 5, None]) == (36, 2)


@given(st.lists(st.integers(1, 5), min_size=10, max_size=10))
def test_reversing_every_sus_answer_mirrors_the_score(items):
    assert sus_points(items)[0] + sus_points([6 - item for item in items])[0] == 40


@pytest.mark.parametrize("items", [[3] * 9, [3] * 11, [3] * 9 + [6], [3] * 9 + [0], [None] * 3 + [3] * 7])
def test_a_wrong_sus_response_is_refused(items):
    with pytest.raises(BadInput):
        sus_points(items)


@pytest.mark.parametrize(
    ("mean", "grade"),
    [(100, "A+"), (84.1, "A+"), (80.75, "A"), (80.74, "A-"), (74.05, "B"), (74.0, "B-"), (68, "C"), (51.7, "D"), (0, "F")],
)
def test_sus_grades_follow_the_curved_scale_of_sauro_and_lewis(mean, grade):
    assert sus_grade(mean) == grade


def test_ratings_fall_into_promoters_passives_and_detractors():
    assert nps_tally([10, 9, 8, 7, 6, 0]) == (2, 2, 2)


def test_a_rating_off_the_scale_is_refused():
    with pytest.raises(BadInput, match="from 0 to 10, but 11 came"):
        nps_tally([9, 11])
