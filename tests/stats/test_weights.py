"""Weighted numbers and the weights themselves: R's survey package, laws, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.stats.clustered import clustered_ratio_interval, clustered_share_interval, sum_people
from touchpath.stats.nps import Tally, nps_interval
from touchpath.stats.proportions import wilson_interval
from touchpath.stats.raking import Margin, effective_n, margin_gap, post_stratify, rake, trim
from touchpath.stats.weights import weighted_mean, weighted_nps, weighted_share

#: Made by tests/oracles/weights.R.
ORACLE = json.loads((Path(__file__).parents[1] / "oracles" / "weights.json").read_text())
ROWS = {key: [row[key] for row in ORACLE["rows"]] for key in ORACLE["rows"][0]}
AGES = Margin("age", ROWS["age"], {"m": 0.3, "o": 0.4, "y": 0.3})
PLACES = Margin("place", ROWS["place"], {"n": 0.55, "s": 0.45})

weight_lists = st.lists(st.floats(0.1, 20), min_size=2, max_size=40)


def told(weighted) -> tuple[float, float]:
    return weighted.value, weighted.error


def test_weighted_means_agree_with_r_survey():
    assert told(weighted_mean(ROWS["value"], ROWS["weight"], ROWS["person"])) == pytest.approx(ORACLE["clustered"], rel=1e-9)
    assert told(weighted_mean(ROWS["value"], ROWS["weight"])) == pytest.approx(ORACLE["flat"], rel=1e-9)
    assert told(weighted_share(ROWS["top"], ROWS["weight"], ROWS["person"])) == pytest.approx(ORACLE["clustered_top"], rel=1e-9)


def test_large_values_that_are_alike_keep_their_digits():
    far = weighted_mean([value + 2**30 for value in ROWS["value"]], ROWS["weight"], ROWS["person"])
    near = weighted_mean(ROWS["value"], ROWS["weight"], ROWS["person"])
    assert told(far) == pytest.approx((near.value + 2**30, near.error), rel=1e-8)
    assert far.limits.high - far.limits.low == pytest.approx(near.limits.high - near.limits.low, abs=1e-6)
    assert far.plain_limits.high - far.plain_limits.low == pytest.approx(near.plain_limits.high - near.plain_limits.low, abs=1e-6)


def test_the_number_without_weights_stands_beside_and_agrees_with_r():
    found = weighted_mean(ROWS["value"], ROWS["weight"], ROWS["person"])
    assert found.plain == pytest.approx(ORACLE["equal"][0])
    half = (found.plain_limits.high - found.plain_limits.low) / 2
    assert half / 2.20098516 == pytest.approx(ORACLE["equal"][1], rel=1e-7)
    assert (found.answers, found.people) == (20, 12)


def test_post_stratified_weights_and_errors_agree_with_r():
    weights = post_stratify(AGES)
    assert weights == pytest.approx(ORACLE["post_weights"])
    found = weighted_mean(ROWS["value"], weights, ROWS["person"], fitted_to=[ROWS["age"]])
    assert told(found) == pytest.approx(ORACLE["post"], rel=1e-9)


@pytest.mark.parametrize(("begin", "name"), [(None, "raked"), (ROWS["weight"], "raked_own")])
def test_raked_weights_agree_with_r(begin, name):
    found = rake([AGES, PLACES], begin, tolerance=1e-12)
    theirs = np.array(ORACLE[f"{name}_weights"])
    assert found.converged
    assert found.weights == pytest.approx(theirs / theirs.mean(), rel=1e-6)
    value, _ = told(weighted_mean(ROWS["value"], found.weights, ROWS["person"], fitted_to=[ROWS["age"], ROWS["place"]]))
    assert value == pytest.approx(ORACLE[name][0], rel=1e-7)


def test_errors_of_raked_means_agree_with_r_for_many_people():
    # R takes the residuals margin by margin, we at once: the two agree when people are many.
    i = np.arange(1, 2001)
    values = (i * 7919) % 101 / 10 + 3 * (i % 3 == 0) + 2 * (i % 7 < 2)
    weights, age, place = 1 + (i * 31) % 17 / 8, (i % 3).tolist(), (i % 7 < 2).tolist()
    margins = [Margin("age", age, {0: 0.5, 1: 0.3, 2: 0.2}), Margin("place", place, {False: 0.65, True: 0.35})]
    raked = rake(margins, weights, tolerance=1e-12).weights
    assert told(weighted_mean(values, weights)) == pytest.approx(ORACLE["many"], rel=1e-9)
    assert told(weighted_mean(values, raked, fitted_to=[age, place])) == pytest.approx(ORACLE["many_raked"], rel=0.01)


@given(weight_lists, st.floats(0.01, 100))
def test_only_the_proportions_of_weights_matter(weights, scale):
    values = np.arange(len(weights)) % 2
    one, other = weighted_share(values, weights), weighted_share(values, np.array(weights) * scale)
    assert other.limits == pytest.approx(one.limits)
    assert other.effective_n == pytest.approx(one.effective_n)
    assert 1 <= one.effective_n <= len(weights) * (1 + 1e-9)


@given(st.lists(st.integers(0, 1), min_size=2, max_size=60))
def test_equal_weights_give_the_ordinary_share(values):
    found = weighted_share(values, np.full(len(values), 3.0))
    ordinary = clustered_share_interval(sum_people([1] * len(values), values))
    assert found.limits == pytest.approx(ordinary)
    assert found.plain_limits == pytest.approx(ordinary)
    wilson = wilson_interval(sum(values), len(values))
    assert found.limits.low <= wilson.low + 1e-9
    assert found.limits.high >= wilson.high - 1e-9


@given(st.lists(st.tuples(st.integers(-9, 9), st.floats(0.2, 5), st.integers(0, 6)), min_size=2, max_size=40))
def test_a_weighted_mean_is_a_ratio_of_sums_over_people(rows):
    values, weights, person = zip(*rows, strict=True)
    if len(set(person)) > 1:
        found = weighted_mean(values, weights, person)
        x = [sum(w for w, p in zip(weights, person, strict=True) if p == one) for one in set(person)]
        y = [sum(w * v for v, w, p in rows if p == one) for one in set(person)]
        assert found.limits == pytest.approx(clustered_ratio_interval(sum_people(x, y)), rel=1e-6, abs=1e-6)


@given(weight_lists)
def test_a_weighted_share_stays_possible_and_holds_itself(weights):
    values = [1] * len(weights)
    found = weighted_share(values, weights)
    assert found.limits.high == 1.0
    assert 0 <= found.limits.low < 1
    assert found.value == pytest.approx(1)


def test_a_weighted_net_score_with_equal_weights_is_about_the_ordinary_one():
    nets = [1] * 50 + [0] * 30 + [-1] * 20
    found = weighted_nps(nets, np.ones(100))
    assert (found.value, found.plain) == pytest.approx((30, 30))
    assert found.limits == found.plain_limits
    assert found.limits == pytest.approx(nps_interval(Tally(50, 30, 20)), abs=0.5)
    assert weighted_nps(nets, [2.0] * 50 + [1.0] * 50).value == pytest.approx(100 * (100 - 20) / 150)


def test_kish_effective_n_by_hand():
    # Half the people weigh three times as much: (4n/2)**2 / (10n/2) = 0.8 n.
    found = weighted_share([0, 1] * 50, [1.0] * 50 + [3.0] * 50)
    assert found.effective_n == pytest.approx(80)
    assert found.weighting_effect == pytest.approx(1.25)
    assert effective_n([1, 1, 1, 1]) == 4


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xy")), min_size=30, max_size=80))
@settings(max_examples=50)
def test_raking_meets_every_margin_or_tells_how_far_it_got(people):
    first, second = zip(*people, strict=True)
    if len(set(first)) == 3 and len(set(second)) == 2:
        margins = [Margin("one", first, {"a": 0.5, "b": 0.3, "c": 0.2}), Margin("two", second, {"x": 0.6, "y": 0.4})]
        found = rake(margins)
        assert found.weights.mean() == pytest.approx(1)
        assert margin_gap(found.weights, margins) == pytest.approx(found.gap, abs=1e-9)
        assert found.converged == (found.gap <= 1e-6)


def test_margins_that_contradict_each_other_are_told():
    # Everybody who is young lives in the north, and nobody else does: shares of 0.5 and 0.8 cannot both be met.
    age, place = ["y", "y", "o", "o"], ["n", "n", "s", "s"]
    found = rake([Margin("age", age, {"y": 0.5, "o": 0.5}), Margin("place", place, {"n": 0.8, "s": 0.2})], most_rounds=50)
    assert not found.converged
    assert (found.rounds, found.gap) == (50, pytest.approx(0.3))


def test_cutting_weights_keeps_their_sum_and_tells_what_it_did():
    weights = np.array([1.0] * 98 + [30, 40])
    found = trim(weights, 5)
    assert found.weights.mean() == pytest.approx(1)
    assert found.weights.max() == pytest.approx(5)
    assert found.cut == 2
    assert found.moved == pytest.approx((70 - 2 * 5 * 1.68) / 168, abs=0.001)
    assert found.effective_before == pytest.approx(168**2 / (98 + 2500))
    assert found.effective_after > 2 * found.effective_before


@given(weight_lists, st.floats(1.1, 10))
def test_cut_weights_stay_under_their_ceiling(weights, ceiling):
    found = trim(weights, ceiling)
    assert found.largest_after <= ceiling * (1 + 1e-9)
    assert found.weights.mean() == pytest.approx(1)
    assert (found.weights > 0).all()
    assert (found.cut == 0) == (found.largest_before <= ceiling * (1 + 1e-12))


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (lambda: weighted_mean([1, 2], [1, 0]), "above 0, but 0.0 came"),
        (lambda: weighted_mean([1, 2], [1, 2, 3]), "2 values and 3 weights"),
        (lambda: weighted_mean([1, 2], [1, 2], ["a"]), "2 answers and 1 people"),
        (lambda: weighted_mean([1, 2], [1, 2], ["a", "a"]), "two people"),
        (lambda: weighted_mean([1, float("nan")], [1, 2]), "finite"),
        (lambda: weighted_mean([1, 2], [1, 2], fitted_to=[["a"]]), "2 answers and 1 values"),
        (lambda: weighted_share([1, 2], [1, 2]), "0 or 1"),
        (lambda: weighted_nps([9, 10], [1, 2]), "1 for promoters"),
        (lambda: rake([]), "at least one margin"),
        (lambda: rake([Margin("age", ["y", "o"], {"y": 0.5, "o": 0.4})]), "add up to 1"),
        (lambda: rake([Margin("age", ["y", "o"], {"y": 1.0, "o": 0.0})]), "above 0"),
        (lambda: rake([Margin("age", ["y", "o"], {"y": 1.0})]), "'o' as 'age', of which no share"),
        (lambda: rake([Margin("age", ["y"], {"y": 0.5, "o": 0.5})]), "Nobody has 'o'"),
        (lambda: rake([Margin("age", ["y"], {"y": 1}), Margin("b", ["x", "x"], {"x": 1})]), "a value in every margin"),
        (lambda: trim([1, 2], 1.0), "above 1"),
        (lambda: effective_n([]), "not empty"),
    ],
)
def test_what_cannot_be_weighted_is_refused(asked, message):
    with pytest.raises(BadInput, match=message):
        asked()
