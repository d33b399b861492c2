"""Bootstrap intervals: published ones, laws, and what cannot be told."""

from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from touchpath.model.errors import BadInput
from touchpath.stats.bootstrap import bootstrap, bootstrap_sums
from touchpath.stats.clustered import clustered_ratio_interval, sum_people
from touchpath.stats.resampling import draw_again, quantile_of, ratio_of_sums, sum_by_person

#: The spatial test of 26 children, Efron & Tibshirani 1993, table 14.1, column A.
SPATIAL = [48, 36, 20, 29, 42, 42, 20, 42, 22, 41, 45, 14, 6, 0, 33, 28, 34, 4, 32, 24, 47, 41, 24, 26, 30, 41]


def moments(values) -> np.ndarray:
    found = np.asarray(values, float)
    return np.stack([np.ones(found.size), found, found**2], axis=1)


def variance(sums: np.ndarray) -> np.ndarray:
    """The plug-in variance of each resample."""
    return sums[:, 2] / sums[:, 0] - (sums[:, 1] / sums[:, 0]) ** 2


def test_bca_agrees_with_efron_and_tibshirani_1993_table_14_2():
    # Printed: theta 171.5, a .061, BCa (115.8, 259.6), percentile (100.8, 233.9) (as recalled), from 2,000 resamples, whose own noise is about 3.
    bca = bootstrap_sums([moments(SPATIAL)], variance, seed=1, resamples=40_000, confidence=0.9)
    assert bca.value == pytest.approx(171.5, abs=0.05)
    assert bca.acceleration == pytest.approx(0.061, abs=0.0005)
    assert bca.bias == pytest.approx(0.146, abs=0.04)
    assert bca.limits == pytest.approx((115.8, 259.6), abs=5)
    percentile = bootstrap_sums([moments(SPATIAL)], variance, seed=1, resamples=40_000, confidence=0.9, kind="percentile")
    assert percentile.limits == pytest.approx((100.8, 233.9), abs=4)


def test_bca_agrees_with_scipy():
    values = np.random.default_rng(4).exponential(30, 60)
    ours = bootstrap_sums([moments(values)], ratio_of_sums, seed=5, resamples=20_000)
    theirs = scipy_stats.bootstrap((values,), np.mean, n_resamples=20_000, rng=np.random.default_rng(6)).confidence_interval
    assert ours.limits == pytest.approx(tuple(theirs), rel=0.01)
    assert ours.error == pytest.approx(values.std() / np.sqrt(60), rel=0.02)


def test_bca_of_a_difference_agrees_with_scipy():
    random = np.random.default_rng(4)
    a, b = random.exponential(30, 40), random.exponential(20, 25)

    def difference(sums: np.ndarray) -> np.ndarray:
        return ratio_of_sums(sums[:, :3]) - ratio_of_sums(sums[:, 3:])

    ours = bootstrap_sums([moments(a), moments(b)], difference, seed=5, resamples=20_000)
    theirs = scipy_stats.bootstrap(
        (a, b),
        lambda x, y, axis: x.mean(axis) - y.mean(axis),
        n_resamples=20_000,
        rng=np.random.default_rng(6),
    ).confidence_interval
    assert ours.limits == pytest.approx(tuple(theirs), abs=0.6)


def test_people_with_many_rows_are_drawn_whole():
    random = np.random.default_rng(8)
    person = np.repeat(np.arange(200), 5)
    answers = random.normal(random.normal(0, 1, 200)[person], 0.5)
    people = sum_by_person(person, np.stack([np.ones(1000), answers], axis=1))
    clustered = bootstrap_sums([people], ratio_of_sums, seed=1)
    by_formula = clustered_ratio_interval(sum_people(people[:, 0].tolist(), people[:, 1].tolist()))
    assert clustered.people == 200
    assert clustered.limits == pytest.approx(by_formula, abs=0.01)
    by_rows = bootstrap_sums([np.stack([np.ones(1000), answers], axis=1)], ratio_of_sums, seed=1)
    assert by_rows.limits.high - by_rows.limits.low < 0.6 * (clustered.limits.high - clustered.limits.low)


def test_a_median_of_people_with_several_rows_agrees_with_drawing_rows_by_hand():
    random = np.random.default_rng(3)
    person = np.repeat(np.arange(40), random.integers(1, 5, 40))
    values = random.lognormal(3, 1, person.size)
    found = bootstrap(quantile_of(values, person), [np.ones(40, np.int64)], seed=2, resamples=4000, kind="percentile")
    rows = [values[person == one] for one in range(40)]
    by_hand = [np.median(np.concatenate([rows[one] for one in random.integers(0, 40, 40)])) for _ in range(4000)]
    assert found.value == pytest.approx(np.median(values))
    assert found.limits == pytest.approx(np.quantile(by_hand, [0.025, 0.975]), rel=0.08)


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(-20, 20)), min_size=5, max_size=40), st.integers(0, 5), st.randoms())
@settings(max_examples=40, deadline=None)
def test_one_seed_gives_one_answer_whatever_order_people_come_in(pairs, seed, order):
    people = np.array(pairs, float)
    mixed = list(pairs)
    order.shuffle(mixed)
    one = bootstrap_sums([people], ratio_of_sums, seed=seed, resamples=300)
    assert one == bootstrap_sums([np.array(mixed, float)], ratio_of_sums, seed=seed, resamples=300)
    assert one.limits is None or one.limits.low <= one.limits.high


@given(st.lists(st.integers(0, 50), min_size=6, max_size=40), st.floats(0.5, 0.9))
@settings(max_examples=40, deadline=None)
def test_more_confidence_gives_wider_percentile_limits(values, confidence):
    one = bootstrap_sums([moments(values)], ratio_of_sums, seed=1, resamples=400, confidence=confidence, kind="percentile")
    more = bootstrap_sums(
        [moments(values)], ratio_of_sums, seed=1, resamples=400, confidence=confidence + 0.05, kind="percentile"
    )
    if one.limits is not None:
        assert more.limits.low <= one.limits.low <= one.limits.high <= more.limits.high


def test_few_kinds_and_many_kinds_of_people_are_drawn_from_one_distribution():
    random = np.random.default_rng(1)
    few = draw_again(np.array([300, 700]), 20_000, random)
    assert (few.sum(axis=1) == 1000).all()
    assert few[:, 0].mean() == pytest.approx(300, abs=0.5)
    assert few[:, 0].var() == pytest.approx(210, rel=0.05)
    many = draw_again(np.array([3, 7]), 20_000, random)
    assert (many.sum(axis=1) == 10).all()
    assert many[:, 0].mean() == pytest.approx(3, abs=0.05)
    assert many[:, 0].var() == pytest.approx(2.1, rel=0.05)


def test_that_everybody_is_alike_is_told():
    found = bootstrap_sums([moments([1] * 30)], ratio_of_sums, seed=1)
    assert (found.value, found.limits) == (1.0, None)
    assert "every resample gives the same value" in found.warnings[-1]


@pytest.mark.parametrize(
    ("people", "reason"), [(1, "1 person is too few"), (2, "2 people are too few"), (4, "4 people are too few")]
)
def test_too_few_people_are_told(people, reason):
    found = bootstrap_sums([moments(range(people))], ratio_of_sums, seed=1)
    assert found.value == pytest.approx((people - 1) / 2)
    assert found.limits is None
    assert reason in found.warnings[0]


def test_few_people_get_limits_and_a_warning():
    found = bootstrap_sums([moments(range(8))], ratio_of_sums, seed=1)
    assert found.limits is not None
    assert "8 people are few" in found.warnings[0]


def test_a_few_resamples_without_the_statistic_are_left_out_and_told():
    people = np.array([[0, 0]] * 30 + [[1, value] for value in range(6)], float)
    found = bootstrap_sums([people], ratio_of_sums, seed=1)
    assert 0 < found.undefined < 100
    assert found.limits is not None
    assert f"undefined in {found.undefined} of 10000" in found.warnings[0]
    assert np.isfinite([*found.limits, found.error]).all()


def test_many_resamples_without_the_statistic_give_no_limits():
    people = np.array([[0, 0]] * 30 + [[1, 5], [1, 2]], float)
    found = bootstrap_sums([people], ratio_of_sums, seed=1)
    assert found.value == 3.5
    assert found.limits is None
    assert "undefined in more resamples" in found.warnings[-1]


def test_a_statistic_that_is_undefined_for_everybody_is_told():
    found = bootstrap_sums([np.zeros((9, 2))], ratio_of_sums, seed=1)
    assert (found.value, found.limits, found.error) == (None, None, None)
    assert found.warnings == ("the statistic is not defined for these people",)


def test_where_one_person_carries_the_statistic_percentile_limits_are_given_and_told():
    people = np.array([[0, 0]] * 2 + [[1, 3], [2, 5]] + [[0, 0]] * 3, float)
    found = bootstrap_sums(
        [np.concatenate([people, [[1, 4]] * 20])], lambda sums: np.where(sums[:, 0] > 22, ratio_of_sums(sums), np.nan), seed=1
    )
    assert found.limits is None or found.kind == "percentile"
    assert found.warnings


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"confidence": 1.0}, "confidence"),
        ({"resamples": 10}, "at least 200 resamples"),
        ({"kind": "normal"}, "'normal' came"),
    ],
)
def test_wrong_choices_are_refused(changes, message):
    with pytest.raises(BadInput, match=message):
        bootstrap_sums([moments(range(9))], ratio_of_sums, seed=1, **changes)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([], "at least one group"),
        ([np.zeros((0, 2))], "not empty"),
        ([[[1.0, float("nan")]]], "finite"),
        ([[1.0, 2.0]], "2-dimensional"),
    ],
)
def test_wrong_people_are_refused(groups, message):
    with pytest.raises(BadInput, match=message):
        bootstrap_sums(groups, ratio_of_sums, seed=1)


def test_each_observation_needs_its_person():
    with pytest.raises(BadInput, match="3 observations and 2 people"):
        sum_by_person(["a", "b"], np.ones((3, 1)))


def test_the_grouped_acceleration_agrees_with_leaving_out_one_by_one():
    values = np.random.default_rng(9).exponential(1, 4000)
    grouped = bootstrap_sums([moments(values)], ratio_of_sums, seed=1, resamples=400).acceleration
    centred = values - values.mean()
    exact = (centred**3).sum() / (6 * (centred**2).sum() ** 1.5)
    assert grouped == pytest.approx(exact, abs=0.006)


def test_memory_stays_bounded_for_many_people():
    people = moments(np.random.default_rng(1).exponential(1, 20_000))
    tracemalloc.start()
    bootstrap_sums([people], ratio_of_sums, seed=1, resamples=200)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60e6


def test_memory_stays_bounded_where_people_have_many_rows():
    random = np.random.default_rng(1)
    values, person = random.exponential(1, 50_000), random.integers(0, 20, 50_000)
    tracemalloc.start()
    bootstrap(quantile_of(values, person), [np.ones(20, np.int64)], seed=1, resamples=300, kind="percentile")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20e6


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30)), min_size=1, max_size=20), st.floats(0.05, 0.95))
def test_a_weighted_quantile_is_that_of_the_values_repeated(rows, q):
    weights, values = (np.array(column, float) for column in zip(*rows, strict=True))
    found = quantile_of(values, np.arange(values.size), q)(weights[None, :])[0]
    repeated = np.repeat(values, weights.astype(int))
    assert np.isnan(found) if not repeated.size else found == pytest.approx(np.quantile(repeated, q))


@pytest.mark.slow
def test_ten_thousand_resamples_of_a_hundred_thousand_people_take_seconds():
    people = moments(np.random.default_rng(1).exponential(1, 100_000))
    start = time.perf_counter()
    found = bootstrap_sums([people], ratio_of_sums, seed=1)
    assert time.perf_counter() - start < 90
    assert found.limits == pytest.approx(
        (people[:, 1].mean() - 1.96 * found.error, people[:, 1].mean() + 1.96 * found.error), abs=5e-4
    )
