"""Importance of predictors: published shares, laws, all orders against drawn ones, and what cannot be told. R's: test_causes_oracle."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.stats.procedures import run_procedure
from touchpath.stats.relative_importance import (
    johnson_each,
    lmg_each,
    lmg_sampled,
    r_squared,
    standardized_slopes,
    survey_of,
)

OUTCOME = [4, 5, 3, 2, 5, 4, 1, 3]
PREDICTORS = {"ease": [4, 5, 2, 2, 4, 5, 1, 3], "speed": [3, 5, 4, 1, 5, 3, 2, 2], "price": [2, 3, 5, 1, 2, 4, 3, 3]}


def surveyed(seed, n, predictors, common=1.0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, predictors)) + common * rng.normal(size=(n, 1))
    y = x @ rng.uniform(-1, 1, predictors) + rng.normal(size=n)
    return survey_of(y.tolist(), {f"q{one}": x[:, one].tolist() for one in range(predictors)})


@given(st.integers(0, 10_000), st.integers(1, 5), st.floats(0, 3))
def test_importances_sum_to_what_is_explained_and_none_is_below_zero(seed, predictors, common):
    survey = surveyed(seed, 30, predictors, common)
    for method in (lmg_each, johnson_each):
        found = method(survey.correlations[None])[0]
        assert found.sum() == pytest.approx(r_squared(survey.correlations), abs=1e-9)
        assert found.min() > -1e-9


@given(st.integers(0, 10_000))
def test_lmg_is_the_mean_gain_over_all_orders(seed):
    correlations = surveyed(seed, 25, 4).correlations

    def explained(columns):
        chosen = [*columns, 4]
        return r_squared(correlations[np.ix_(chosen, chosen)]) if columns else 0.0

    gains = np.zeros(4)
    for order in permutations(range(4)):
        for place, one in enumerate(order):
            gains[one] += explained(order[: place + 1]) - explained(order[:place])
    assert lmg_each(correlations[None])[0] == pytest.approx(gains / 24, abs=1e-9)


def test_uncorrelated_predictors_get_the_square_of_their_correlation():
    signs = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]] * 3)
    outcome = (3 * signs[:, 0] + signs[:, 1] + np.repeat([1, -1, 0], 4)).tolist()
    survey = survey_of(outcome, {"a": signs[:, 0].tolist(), "b": signs[:, 1].tolist()})
    squares = survey.correlations[:2, 2] ** 2
    assert lmg_each(survey.correlations[None])[0] == pytest.approx(squares)
    assert johnson_each(survey.correlations[None])[0] == pytest.approx(squares)
    assert standardized_slopes(survey.correlations).vif == pytest.approx([1, 1])


@given(st.permutations(["ease", "speed", "price"]), st.floats(0.1, 100), st.floats(-50, 50))
def test_neither_order_nor_scale_of_the_questions_matters(names, factor, shift):
    moved = {name: [factor * one + shift for one in PREDICTORS[name]] for name in names}
    for procedure, key in (("lmg_shapley", "importance"), ("johnson_relative_weights", "raw_weights")):
        plain = run_procedure(procedure, {"outcome": OUTCOME, "predictors": PREDICTORS})[key]
        other = run_procedure(procedure, {"outcome": OUTCOME, "predictors": moved})[key]
        assert other == {name: pytest.approx(plain[name], abs=1e-7) for name in names}


def test_drawn_orders_come_as_close_to_all_orders_as_they_say():
    correlations = surveyed(5, 200, 8).correlations
    exact = lmg_each(correlations[None])[0]
    found = [lmg_sampled(correlations, 400, np.random.default_rng(seed)) for seed in range(200)]
    distances = np.array([(one.importance - exact) / one.error for one in found])
    assert np.mean(np.abs(distances) < 2) > 0.92
    assert all(one.importance.sum() == pytest.approx(exact.sum()) for one in found)


def test_more_than_twelve_predictors_are_drawn_with_their_error_and_always_alike():
    survey = surveyed(6, 200, 14)
    inputs = {
        "outcome": survey.rows[:, -1].tolist(),
        "predictors": {name: survey.rows[:, i].tolist() for i, name in enumerate(survey.names)},
    }
    found = run_procedure("lmg_shapley", inputs)
    assert found == run_procedure("lmg_shapley", inputs)
    assert sum(found["importance"].values()) == pytest.approx(found["r_squared"])
    assert 0 < max(found["monte_carlo_error"].values()) < 0.005


def test_one_predictor_is_all_that_explains():
    inputs = {"outcome": OUTCOME, "predictors": {"ease": PREDICTORS["ease"]}}
    found = run_procedure("lmg_shapley", inputs)
    assert found["importance"]["ease"] == pytest.approx(found["r_squared"])
    assert run_procedure("standardized_beta_and_vif", inputs)["vif"]["ease"] == pytest.approx(1)


@pytest.mark.parametrize("procedure", ["lmg_shapley", "johnson_relative_weights", "standardized_beta_and_vif"])
@pytest.mark.parametrize(
    ("outcome", "predictors", "says"),
    [
        ([1, 2, 3, 5], {"a": [1, 2, 4, 4], "b": [3, 3, 3, 3]}, "same in b"),
        ([0.1] * 4, {"a": [1, 2, 4, 4]}, "same in the outcome"),
        ([1, 2, 3, 5], {"a": [1, 2, 4, 4], "b": [2, 4, 8, 8]}, "b follows"),
        ([1, 2, 3, 5, 4], {"a": [1, 2, 4, 4, 1], "b": [2, 4, 1, 8, 0], "c": [3, 6, 5, 12, 1]}, "c follows"),
        ([1, 2, 3], {"a": [1, 2, 4], "b": [2, 9, 8], "c": [1, 0, 0]}, "cannot tell"),
        ([1, 2, 3], {"a": [1, 2]}, "a has 2"),
        ([1, 2, 3], {}, "."),
        ([1], {"a": [1]}, "same in"),
    ],
)
def test_ratings_from_which_no_driver_can_be_told_are_refused(procedure, outcome, predictors, says):
    with pytest.raises(BadInput, match=says):
        run_procedure(procedure, {"outcome": outcome, "predictors": predictors})


def test_thirteen_predictors_are_too_many_for_all_orders():
    with pytest.raises(BadInput, match="at most 12"):
        lmg_each(np.eye(14)[None])
