"""The intraclass correlation of a one-way layout: a published table, its coverage, and what is refused."""

import numpy as np
import pytest
from scipy import stats

from touchpath.model.errors import BadInput
from touchpath.stats.intraclass import Group, intraclass

#: Shrout & Fleiss 1979, table 2: six targets, each rated by four judges.
RATED = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


def groups(rows):
    return [Group(len(one), float(np.sum(one)), float(np.sum(np.square(one)))) for one in rows]


def test_shrout_and_fleiss_icc_1_1():
    """Their table 4 prints 0.17; R's psych::ICC prints F = 1.79 on 5 and 18, limits -0.133 and 0.723."""
    found = intraclass(groups(RATED))
    assert found.value == pytest.approx(0.166, abs=5e-4)
    assert found.limits == pytest.approx((-0.133, 0.723), abs=1e-3)
    assert (found.f, found.df) == (pytest.approx(1.79, abs=0.005), (5, 18))


def test_its_f_is_that_of_scipy_also_for_groups_of_different_sizes():
    rows = [[1, 2, 2, 3], [4, 5], [2, 3, 3, 3, 4, 2]]
    found = intraclass(groups(rows))
    plain = stats.f_oneway(*rows)
    assert (found.f, found.p) == (pytest.approx(plain.statistic), pytest.approx(plain.pvalue))


def test_limits_hold_the_truth_about_as_often_as_they_say():
    """600 simulated layouts of unequal groups with an intraclass correlation of 0.2."""
    random, sizes, held = np.random.default_rng(4), (40, 60, 80, 30, 90), 0
    for _ in range(600):
        rows = [random.normal(random.normal() * 0.5, 1.0, n) for n in sizes]
        limits = intraclass(groups(rows)).limits
        held += limits.low <= 0.2 <= limits.high
    assert 0.92 < held / 600 < 0.98


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([[1, 2]], "Two or more groups"),
        ([[1], [2]], "two answers"),
        ([[1, 1], [2, 2]], "Nobody differs"),
        ([[1, 2], []], "sizes"),
    ],
)
def test_what_cannot_be_told_is_refused_with_words(rows, words):
    with pytest.raises(BadInput, match=words):
        intraclass(groups(rows))
