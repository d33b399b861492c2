"""Numerator and denominator in the words of formulas."""

from __future__ import annotations

import pytest

from touchpath.metrics.catalogue import CATALOGUE
from touchpath.services.sides import words_of_sides


@pytest.mark.parametrize(
    ("formula", "sides"),
    [
        ("a / b", ("a", "b")),
        ("100 * (promoters - detractors) / answers", ("promoters - detractors", "answers")),
        ("100 * (a - b) / (a + b)", ("a - b", "a + b")),
        ("Better = (a + b) / (a + c)", ("a + b", "a + c")),
        ("sum of min(end, start) / level at the start", ("sum of min(end, start)", "level at the start")),
        ("mean over responses of sum of worths of items / how many count", None),
        ("(successes / attempts) / mean minutes of successes", None),
        ("sum of levels at the end", None),
    ],
)
def test_a_formula_of_one_division_names_its_sides(formula, sides):
    assert words_of_sides(formula) == sides


def test_no_side_is_a_piece_of_a_bracket():
    for metric in CATALOGUE.values():
        for side in words_of_sides(metric.formula) or ():
            assert side.count("(") == side.count(")"), metric.name
