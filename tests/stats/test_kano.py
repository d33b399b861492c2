"""Kano categories, coefficients and Fong's test."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.stats.kano import CATEGORIES, conclude_kano, kano_category


@pytest.mark.parametrize(
    ("pair", "category"),
    [
        ((1, 1), "questionable"),
        ((1, 2), "attractive"),
        ((1, 5), "one-dimensional"),
        ((3, 5), "must-be"),
        ((2, 4), "indifferent"),
        ((3, 1), "reverse"),
        ((5, 4), "reverse"),
        ((5, 5), "questionable"),
    ],
)
def test_pairs_fall_into_the_evaluation_table(pair, category):
    assert kano_category(*pair) == category


def test_the_whole_evaluation_table_is_that_of_berger_et_al_1993():
    # As printed in the description of the R package stp25kano, row by row.
    letters = {"A": "attractive", "O": "one-dimensional", "M": "must-be", "I": "indifferent", "R": "reverse", "Q": "questionable"}
    told = [letters[letter] for row in ("QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ") for letter in row]
    assert told == [kano_category(a, b) for a in range(1, 6) for b in range(1, 6)]


# Counts A, O, M, I, R, Q of 296 people; category, Better, Worse, Fong's limit and verdict as printed by stp25kano (R).
@pytest.mark.parametrize(
    ("counts", "category", "better", "worse", "needed", "decided"),
    [
        ((45, 123, 95, 33, 0, 0), "one-dimensional", 0.568, 0.736, 19.4, True),
        ((54, 54, 101, 81, 3, 3), "must-be", 0.372, 0.534, 18.5, True),
        ((121, 24, 15, 124, 6, 6), "indifferent", 0.511, 0.137, 19.8, False),
        ((93, 87, 65, 51, 0, 0), "attractive", 0.608, 0.514, 18.5, False),
        ((83, 18, 9, 177, 6, 3), "indifferent", 0.352, 0.094, 19.9, True),
    ],
)
def test_conclusions_agree_with_an_r_package(counts, category, better, worse, needed, decided):
    found = conclude_kano(counts)
    assert (found.category, found.decided) == (category, decided)
    assert (found.better.value, found.worse.value) == pytest.approx((better, worse), abs=5e-4)
    assert found.needed == pytest.approx(needed, abs=0.05)


def test_equal_counts_have_no_category():
    found = conclude_kano([10, 10, 0, 0, 0, 0])
    assert (found.category, found.decided) == (None, False)


def test_a_feature_that_concerns_nobody_has_no_coefficients():
    found = conclude_kano([0, 0, 0, 0, 3, 2])
    assert (found.category, found.better, found.worse) == ("reverse", None, None)


@pytest.mark.parametrize("counts", [[0] * 6, [1] * 5, [1, 2, 3, -1, 0, 0]])
def test_counts_that_are_none_are_refused(counts):
    with pytest.raises(BadInput):
        conclude_kano(counts)


@given(st.lists(st.integers(0, 200), min_size=6, max_size=6).filter(lambda counts: sum(counts[:4]) > 0))
def test_coefficients_lie_in_their_intervals_and_need_a_clear_winner(counts):
    found = conclude_kano(counts)
    for coefficient in (found.better, found.worse):
        assert 0 <= coefficient.low <= coefficient.value <= coefficient.high <= 1
    if found.decided:
        assert counts[CATEGORIES.index(found.category)] == max(counts[:5])
        assert found.difference >= found.needed
