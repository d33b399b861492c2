"""Agreement of raters, items, channels and models: published numbers, R's, and what must hold for any judgements."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.stats.agreement import classification_quality, cohen_kappa, krippendorff_alpha, quadratic_kappa
from touchpath.stats.heterogeneity import heterogeneity
from touchpath.stats.procedures import run_procedure
from touchpath.stats.reliability import cronbach_alpha, intraclass_correlations

LEVELS = ("nominal", "ordinal", "interval", "ratio")
# Krippendorff 2011, section C: four observers, twelve units, missing judgements.
OBSERVERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]


@pytest.mark.parametrize(("level", "printed"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)])
def test_krippendorffs_alpha_is_that_of_his_paper(level, printed):
    assert krippendorff_alpha(OBSERVERS, level) == pytest.approx(printed, abs=5e-4)


def test_kappa_counts_agreement_beyond_chance_as_in_cohens_definition():
    # 20 + 15 of 50 agree, (25 * 30 + 25 * 20) / 2500 by chance.
    assert cohen_kappa([[20, 5], [10, 15]]) == pytest.approx((0.7 - 0.5) / (1 - 0.5))


def test_a_kappa_weighted_by_squares_of_two_categories_is_the_plain_one():
    assert quadratic_kappa([[20, 5], [10, 15]]) == pytest.approx(cohen_kappa([[20, 5], [10, 15]]))


def test_where_chance_agrees_fully_there_is_no_kappa():
    assert cohen_kappa([[7, 0], [0, 0]]) is None
    assert quadratic_kappa([[7]]) is None


def test_an_empty_category_keeps_its_place_on_the_scale():
    near, far = [[5, 2], [1, 5]], [[5, 0, 2], [0, 0, 0], [1, 0, 5]]
    assert cohen_kappa(near) == cohen_kappa(far)
    assert quadratic_kappa([[5, 1, 1], [0, 0, 0], [1, 0, 5]]) != quadratic_kappa([[5, 1, 1], [1, 0, 5], [0, 0, 0]])


def test_a_category_that_nobody_used_has_no_part_in_the_mean_of_f1():
    found = classification_quality([[8, 2, 0], [1, 9, 0], [0, 0, 0]])
    assert found.f1 == (pytest.approx(16 / 19), pytest.approx(18 / 21), None)
    assert found.macro_f1 == pytest.approx((16 / 19 + 18 / 21) / 2)
    assert found.accuracy == pytest.approx(17 / 20)


def test_a_category_that_the_model_never_hits_counts_as_nothing():
    assert classification_quality([[8, 0], [4, 0]]).macro_f1 == pytest.approx((16 / 20 + 0) / 2)


@pytest.mark.parametrize("matrix", [[[1, 2]], [[1, 2], [3]], [[0, 0], [0, 0]], [[1, -1], [2, 3]]])
def test_a_table_of_agreement_that_is_none_is_refused(matrix):
    with pytest.raises(BadInput):
        cohen_kappa(matrix)


def test_without_any_possible_disagreement_there_is_no_alpha():
    assert [krippendorff_alpha([[3, 3, 3], [3, None, 3]], level) for level in LEVELS] == [None] * 4


def test_values_below_zero_have_no_ratio_but_the_other_alphas():
    found = run_procedure("krippendorff_alpha", {"reliability_data": [[-1, 0, 1, 1], [-1, 0, 1, 0]]})
    assert found["ratio"] is None
    assert all(found[level] is not None for level in LEVELS[:3])


def test_two_zeros_agree_on_a_ratio_scale():
    assert krippendorff_alpha([[0, 1, 4], [0, 1, 4]], "ratio") == 1.0


@pytest.mark.parametrize("data", [[[1, 2, 3]], [[1, 2], [1]], [[1, None], [None, 2]], [[], []]])
def test_judgements_that_cannot_be_compared_are_refused(data):
    with pytest.raises(BadInput):
        krippendorff_alpha(data, "nominal")


def slow_alpha(data, level):
    """From the definition: mean squared difference within things over that between any two pairable judgements."""
    things = [[one for one in column if one is not None] for column in zip(*data, strict=True)]
    things = [thing for thing in things if len(thing) > 1]
    pool = [one for thing in things for one in thing]

    def apart(a, b):
        if level == "nominal":
            return float(a != b)
        if level == "ordinal":
            low, high = min(a, b), max(a, b)
            count = [pool.count(one) for one in sorted(set(pool)) if low <= one <= high]
            return (sum(count) - (count[0] + count[-1]) / 2) ** 2
        return float((a - b) ** 2) if level == "interval" else ((a - b) / (a + b)) ** 2 if a + b else 0.0

    within = sum(
        apart(a, b) / (len(thing) - 1) for thing in things for i, a in enumerate(thing) for j, b in enumerate(thing) if i != j
    )
    between = sum(apart(a, b) for i, a in enumerate(pool) for j, b in enumerate(pool) if i != j)
    return 1 - within / len(pool) * (len(pool) - 1) * len(pool) / between if between else None


@given(
    st.integers(2, 4).flatmap(
        lambda raters: st.lists(
            st.lists(st.one_of(st.none(), st.integers(0, 5)), min_size=raters, max_size=raters), min_size=1, max_size=8
        )
    ),
    st.sampled_from(LEVELS),
)
def test_alpha_is_the_definition_for_any_judgements(columns, level):
    data = [list(row) for row in zip(*columns, strict=True)]
    if any(sum(one is not None for one in column) > 1 for column in columns):
        expected = slow_alpha(data, level)
        got = krippendorff_alpha(data, level)
        assert got is None if expected is None else got == pytest.approx(expected, abs=1e-9)
        assert got is None or got <= 1 + 1e-12


@given(st.integers(1, 5).flatmap(lambda k: st.lists(st.lists(st.integers(0, 9), min_size=k, max_size=k), min_size=k, max_size=k)))
def test_kappa_stays_at_or_below_one_and_does_not_mind_who_is_first(matrix):
    if sum(map(sum, matrix)) == 0:
        return
    turned = [list(column) for column in zip(*matrix, strict=True)]
    for kappa in (cohen_kappa, quadratic_kappa):
        got = kappa(matrix)
        assert got is None or -1 - 1e-12 <= got <= 1
        assert got is None or got == pytest.approx(kappa(turned), abs=1e-12)


def test_shrout_and_fleiss_find_their_correlations():
    ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    # Shrout & Fleiss 1979, table 4: .17, .29, .71.
    assert intraclass_correlations(ratings) == pytest.approx((0.17, 0.29, 0.71), abs=5e-3)


def test_ratings_that_do_not_vary_have_no_correlation():
    assert intraclass_correlations([[3, 3], [3, 3]]) == (None, None, None)
    assert intraclass_correlations([[1, 2], [1, 2], [1, 2]]).consistency is None
    assert intraclass_correlations([[1, 1], [2, 2]]) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize("rows", [[[1, 2]], [[1], [2]], [[1, 2], [3]], []])
def test_a_table_too_small_for_reliability_is_refused(rows):
    for measure in (cronbach_alpha, intraclass_correlations):
        with pytest.raises(BadInput):
            measure(rows)


def test_items_that_cancel_out_have_no_alpha():
    assert cronbach_alpha([[1, 5], [5, 1], [3, 3]]) is None
    assert cronbach_alpha([[0.1, 0.2], [0.1, 0.2]]) is None


@given(st.lists(st.lists(st.integers(1, 7), min_size=3, max_size=3), min_size=2, max_size=12), st.integers(-50, 50))
def test_reliability_does_not_mind_where_the_scale_begins(rows, shift):
    moved = [[one + shift for one in row] for row in rows]
    assert cronbach_alpha(moved) == pytest.approx(cronbach_alpha(rows))
    for a, b in zip(intraclass_correlations(moved), intraclass_correlations(rows), strict=True):
        assert a == pytest.approx(b, abs=1e-9)


def test_channels_that_differ_as_noise_does_have_no_variance_between_them():
    found = heterogeneity([3.0, 3.0, 3.0], [0.1, 0.2, 0.3])
    assert found == pytest.approx((0, 2, 1, 0, 0, 0, 3))


@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(0.01, 10)), min_size=2, max_size=8), st.floats(0.01, 100))
def test_a_change_of_unit_changes_tau_and_not_i2(channels, factor):
    scores, errors = zip(*channels, strict=True)
    found = heterogeneity(scores, errors)
    scaled = heterogeneity([factor * one for one in scores], [factor * one for one in errors])
    assert 0 <= found.i2 < 100
    assert scaled.i2 == pytest.approx(found.i2, abs=1e-6)
    assert math.isclose(scaled.tau2, found.tau2 * factor**2, rel_tol=1e-6, abs_tol=1e-6)


@pytest.mark.parametrize(("scores", "errors"), [([1.0], [0.1]), ([1.0, 2.0], [0.1]), ([1.0, 2.0], [0.1, 0.0]), ([], [])])
def test_channels_without_errors_are_refused(scores, errors):
    with pytest.raises(BadInput):
        heterogeneity(scores, errors)


def test_tau_is_the_spread_of_channels_without_their_noise():
    rng = np.random.default_rng(3)
    found = [heterogeneity((50 + rng.normal(0, 2, 20) + rng.normal(0, 1, 20)).tolist(), [1.0] * 20).tau2 for _ in range(2_000)]
    # Truth 4; cutting off at 0 never applies here.
    assert np.mean(found) == pytest.approx(4, abs=0.1)


def test_thousands_of_different_ratings_take_no_matrix_of_them_all():
    random = np.random.default_rng(4)
    truth = random.normal(50, 10, 20_000)
    ratings = [(truth + random.normal(0, 5, truth.size)).tolist() for _ in range(2)]
    # The share of the variance that the two have in common: 100 of 125.
    assert krippendorff_alpha(ratings, "interval") == pytest.approx(0.8, abs=0.01)
    assert krippendorff_alpha(ratings, "nominal") == pytest.approx(0, abs=0.001)
    with pytest.raises(BadInput, match="at most 20000 different values"):
        krippendorff_alpha(ratings, "ratio")
