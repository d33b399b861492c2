"""Curves of independent people, log-rank tests and Cox models against R's package survival (oracles/survival.R); laws and refusals."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.stats.cox import cox_single_covariate
from touchpath.stats.durations import log_rank, median_survival, point_at, restricted_mean, survival_curve
from touchpath.stats.procedures import run_procedure

ORACLE = json.loads((Path(__file__).parents[1] / "oracles" / "survival.json").read_text())
SETS = sorted(ORACLE["sets"])
#: Weeks to relapse of Freireich et al. 1963 (Klein & Moeschberger 2003, section 1.2): 6-MP against placebo.
TREATED = ((6, 1), (6, 1), (6, 1), (6, 0), (7, 1), (9, 0), (10, 1), (10, 0), (11, 0), (13, 1), (16, 1), (17, 0), (19, 0), (20, 0),
           (22, 1), (23, 1), (25, 0), (32, 0), (32, 0), (34, 0), (35, 0))  # fmt: skip
PLACEBO = tuple((week, 1) for week in (1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23))


def given_to_r(name):
    found = ORACLE["sets"][name]
    return found["input"]["time"], found["input"]["status"], found["input"]["x"], found


@pytest.mark.parametrize("name", SETS)
def test_curves_errors_and_both_limits_are_those_of_r(name):
    times, status, _, found = given_to_r(name)
    expected = found["curve"]
    got = run_procedure("kaplan_meier", {"durations": times, "event_observed": status, "at_times": expected["at"]})["at"]
    keys = {"survival": "survival", "se": "se_greenwood"} | {limit: limit for limit in expected if limit.startswith("log")}
    for place, point in enumerate(got.values()):
        for theirs, ours in keys.items():
            value = expected[theirs][place]
            if point["survival"] == 0 and theirs == "se":
                assert point[ours] is None
            else:
                assert point[ours] == (None if value is None else pytest.approx(value, abs=1e-11)), (point, theirs)


@pytest.mark.parametrize("name", SETS)
def test_restricted_means_and_their_errors_are_those_of_r(name):
    times, status, _, found = given_to_r(name)
    mean = restricted_mean(survival_curve(times, status), found["tau"])
    assert mean.mean == pytest.approx(found["rmst"], rel=1e-10)
    assert mean.error == pytest.approx(found["rmst_se"], rel=1e-9)


@pytest.mark.parametrize("name", SETS)
def test_log_rank_tests_are_those_of_r(name):
    times, status, x, found = given_to_r(name)
    got = log_rank(times, status, [str(value) for value in x])
    assert (got.chi2, got.df) == (pytest.approx(found["log_rank"]["chi2"], rel=1e-9), found["log_rank"]["df"])
    assert sorted(got.expected) == pytest.approx(sorted(found["log_rank"]["expected"]), rel=1e-9)


def test_a_log_rank_test_of_four_groups_is_that_of_r():
    cells = ORACLE["four_groups"]
    got = log_rank(cells["time"], cells["status"], cells["group"])
    assert (got.chi2, got.df) == (pytest.approx(cells["chi2"], rel=1e-9), cells["df"])


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("name", SETS)
def test_cox_models_are_those_of_r(name, ties):
    times, status, x, found = given_to_r(name)
    expected = found[ties]
    got = cox_single_covariate(times, status, x, ties)
    assert got.coefficient == pytest.approx(expected["coef"], abs=1e-9)
    assert got.error == pytest.approx(expected["se"], rel=1e-8)
    assert got.p == pytest.approx(expected["p"], rel=1e-7)
    assert (got.low, got.high) == (pytest.approx(expected["lower"], rel=1e-7), pytest.approx(expected["upper"], rel=1e-7))
    assert got.log_likelihood == pytest.approx(expected["log_likelihood"], rel=1e-10)
    if expected["proportional"] is None:
        assert got.proportional is None
    else:
        assert got.proportional == pytest.approx(expected["proportional"], rel=1e-6)


def test_the_trial_of_freireich_gives_its_published_hazard_ratio():
    # Klein & Moeschberger 2003, example 8.2 and Cox 1972: log hazard ratio about 1.5 (Breslow 1.509, Efron 1.572), log-rank 16.79.
    cases = TREATED + PLACEBO
    times, ended = [case[0] for case in cases], [case[1] for case in cases]
    placebo = [0] * len(TREATED) + [1] * len(PLACEBO)
    assert cox_single_covariate(times, ended, placebo, "breslow").coefficient == pytest.approx(1.509, abs=5e-4)
    assert cox_single_covariate(times, ended, placebo, "efron").coefficient == pytest.approx(1.572, abs=5e-4)
    assert log_rank(times, ended, [str(arm) for arm in placebo]).chi2 == pytest.approx(16.79, abs=5e-3)


cases = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 1), st.integers(0, 1)), min_size=2, max_size=40)


def columns(cases):
    return tuple([case[place] for case in cases] for place in range(3))


@given(cases, st.randoms(use_true_random=False))
def test_the_order_of_people_does_not_matter(cases, random):
    shuffled = random.sample(cases, len(cases))
    for compute in (lambda c: log_rank(c[0], c[1], [str(x) for x in c[2]]).chi2, lambda c: cox_single_covariate(*c).coefficient):
        try:
            one = compute(columns(cases))
        except BadInput:
            with pytest.raises(BadInput):
                compute(columns(shuffled))
            continue
        assert compute(columns(shuffled)) == pytest.approx(one, abs=1e-8)


@given(cases)
def test_swapping_the_groups_turns_the_hazard_ratio_over(cases):
    times, ended, x = columns(cases)
    try:
        one = cox_single_covariate(times, ended, x)
    except BadInput:
        assume(False)
    other = cox_single_covariate(times, ended, [1 - value for value in x])
    assert other.coefficient == pytest.approx(-one.coefficient, abs=1e-8)
    assert other.error == pytest.approx(one.error, rel=1e-8)


@given(cases)
def test_without_ties_both_ways_to_count_them_agree_and_the_score_test_is_the_log_rank_test(cases):
    times, ended, x = columns([(place * 1.5, *case[1:]) for place, case in enumerate(cases)])
    try:
        efron = cox_single_covariate(times, ended, x)
    except BadInput:
        assume(False)
    assert cox_single_covariate(times, ended, x, "breslow").coefficient == pytest.approx(efron.coefficient, abs=1e-9)


@given(cases, st.floats(0.5, 9))
def test_a_restricted_mean_lies_within_its_horizon_and_grows_with_it(cases, horizon):
    curve = survival_curve(*columns(cases)[:2])
    last = max(case[0] for case in cases)
    horizon = min(horizon, last)
    assume(horizon > 0)
    shorter, longer = restricted_mean(curve, horizon / 2).mean, restricted_mean(curve, horizon).mean
    assert 0 <= shorter <= longer <= horizon + 1e-12


def test_the_median_is_the_first_time_at_half_and_none_where_never_reached():
    assert median_survival(survival_curve([1, 2, 4, 9], [1, 1, 1, 1])) == 2
    assert median_survival(survival_curve([1, 2, 4, 9], [1, 0, 0, 0])) is None


def test_the_curve_past_its_end_is_not_known_unless_nobody_is_left():
    assert point_at(survival_curve([1, 2], [1, 0]), 3).survival is None
    assert point_at(survival_curve([1, 2], [0, 1]), 3).survival == 0
    assert restricted_mean(survival_curve([1, 3], [1, 1]), 10).mean == 2
    with pytest.raises(BadInput, match="would invent the rest"):
        restricted_mean(survival_curve([1, 3], [1, 0]), 10)


@pytest.mark.parametrize(
    ("durations", "ended", "covariate", "said"),
    [
        ([1, 2, 3], [0, 0, 0], [0, 1, 0], "nobody did"),
        ([1, 2, 3, 4], [1, 1, 0, 0], [1, 1, 0, 0], "separation"),
        ([1, 2, 3, 4], [1, 1, 0, 0], [0, 0, 1, 1], "separation"),
        ([1, 2, 3], [1, 1, 1], [1, 1, 1], "nothing to compare"),
        ([1, 2, 3], [0, 1, 1], [1, 0, 0], "nothing to compare"),
        ([1], [1], [1], "nothing to compare"),
        ([1, 2], [1], [0, 1], "belong together"),
        ([1, 2], [1, 1], [0], "covariates"),
        ([1, -2], [1, 1], [0, 1], "0 or longer"),
    ],
)
def test_a_hazard_ratio_that_is_not_there_is_an_error(durations, ended, covariate, said):
    with pytest.raises(BadInput, match=said):
        cox_single_covariate(durations, ended, covariate)


def test_separation_at_ties_is_found_although_single_steps_look_fine():
    # Newton alone would stop at a coefficient near 20 and call it converged.
    with pytest.raises(BadInput, match="separation"):
        cox_single_covariate([5, 5, 5, 9, 9], [1, 1, 1, 0, 0], [1, 1, 1, 0, 0], "breslow")


@pytest.mark.parametrize("scale", [0.1, 1.0, 1e9])
def test_the_unit_of_a_covariate_only_moves_the_coefficient(scale):
    times, status, x, found = given_to_r("number")
    got = cox_single_covariate(times, status, [value * scale + 3 * scale for value in x])
    assert got.coefficient * scale == pytest.approx(found["efron"]["coef"], rel=1e-7)


@pytest.mark.parametrize(
    ("group", "ended"),
    [(["a", "a", "a"], [1, 1, 1]), (["a", "b", "b"], [0, 0, 0]), (["a", "a", "b"], [0, 0, 1]), (["a", "b"], [1, 1, 1])],
)
def test_a_log_rank_test_without_a_comparison_is_an_error(group, ended):
    with pytest.raises(BadInput):
        log_rank([1, 2, 3], ended, group)


def test_other_ways_to_count_ties_are_refused_by_name():
    with pytest.raises(BadInput, match="efron or breslow, but 'exact' came"):
        cox_single_covariate([1, 2], [1, 1], [0, 1], "exact")


def test_times_are_keys_as_people_write_them():
    inputs = {"durations": [1, 2, 3], "event_observed": [1, 0, 1], "at_times": [0, 1.0, 2.5, 40]}
    found = run_procedure("kaplan_meier", inputs)["at"]
    assert list(found) == ["0", "1", "2.5", "40"]
    assert found["0"]["survival"] == 1.0
    assert math.isclose(found["2.5"]["survival"], 2 / 3)


def covered(people, ratio, rounds, seed):
    """In which share of simulated data sets the 95 % interval of a hazard ratio holds the true one."""
    rng, hits = np.random.default_rng(seed), 0
    for _ in range(rounds):
        x = np.arange(people) % 2
        leaves, seen = rng.exponential(10 / ratio**x), rng.uniform(2, 30, people)
        times = np.round(np.minimum(leaves, seen), 1)
        found = cox_single_covariate(times.tolist(), (leaves <= seen).astype(int).tolist(), x.tolist())
        hits += found.low <= ratio <= found.high
    return hits / rounds


def test_the_interval_of_a_hazard_ratio_holds_the_true_one():
    assert covered(60, 2.0, 60, 1) >= 0.87


@pytest.mark.slow
@pytest.mark.parametrize("ratio", [1.0, 0.5, 3.0])
def test_the_interval_of_a_hazard_ratio_holds_the_true_one_often(ratio):
    assert 0.93 <= covered(80, ratio, 1500, 2) <= 0.97
