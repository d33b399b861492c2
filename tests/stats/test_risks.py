"""Risk differences, ratios and lifts against a clustered regression, plain formulas and simulations; adjusted p-values against SciPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from touchpath.model.errors import BadInput
from touchpath.stats.intervals import t_quantile
from touchpath.stats.lift import lift, lift_interval
from touchpath.stats.multiple import benjamini_hochberg
from touchpath.stats.proportions import newcombe_interval
from touchpath.stats.risks import (
    RiskSums,
    _inside_weights,
    _outside_weights,
    _score_p,
    _smaller_tail,
    risk_difference_interval,
    risk_p_values,
    risk_ratio_interval,
)
from touchpath.timelines.cooccurrence import Pair


def draw_cases(rng, people=60, most=6, effect=0.0, each_once=False):
    """(person, group, event) of each case; people differ in how often they have both."""
    person = np.repeat(np.arange(people), 1 if each_once else rng.integers(1, most, people))
    own = rng.beta(1, 2, people)[person] if not each_once else np.full(person.size, 0.3)
    group = rng.random(person.size) < own
    event = rng.random(person.size) < np.clip(0.2 + 0.4 * own + effect * group, 0, 1)
    return person, group.astype(int), event.astype(int)


def sums_of(person, group, event):
    rows = np.array(
        [[np.sum(part[person == p]) for part in (group, group * event, group * 0 + 1, event)] for p in np.unique(person)]
    )
    n, m, x, y = rows.T
    products = [int(a @ b) for a, b in [(n, n), (n, m), (m, m), (n, x), (n, y), (m, x), (m, y), (x, x), (x, y), (y, y)]]
    sides = int((n > 0).sum()), int((x - n > 0).sum())
    return RiskSums(len(rows), *(int(column.sum()) for column in (n, m, x, y)), *products, *sides)


def risk_p(sums):
    return risk_p_values([sums])[0]


@pytest.mark.parametrize("seed", range(5))
def test_errors_are_those_of_a_regression_clustered_by_person(seed):
    """Liang & Zeger's sandwich, written out: bread of the design, meat of the scores added up by person."""
    person, group, event = draw_cases(np.random.default_rng(seed))
    design = np.stack((1 - group, group), axis=1)
    bread = np.linalg.inv(design.T @ design)
    shares = bread @ design.T @ event
    scores = design * (event - design @ shares)[:, None]
    by_person = np.array([scores[person == p].sum(0) for p in np.unique(person)])
    people = len(by_person)
    covariance = bread @ by_person.T @ by_person @ bread * people / (people - 1)
    sums = sums_of(person, group, event)
    inside, outside = _inside_weights(sums, sums.inside), _outside_weights(sums, sums.outside)
    found = [[sums.covariance(one, other) for other in (outside, inside)] for one in (outside, inside)]
    assert np.array(found) == pytest.approx(covariance, rel=1e-9)


def test_the_interval_of_a_difference_covers_it():
    rng, hits = np.random.default_rng(22), 0
    for _ in range(400):
        low, high = risk_difference_interval(sums_of(*draw_null(rng)))
        hits += low <= 0 <= high
    assert 0.92 <= hits / 400 <= 0.985


def test_a_small_group_without_events_does_not_look_certain():
    person = np.arange(60) // 2
    group, event = (np.arange(60) % 20 == 0).astype(int), (np.arange(60) % 5 == 1).astype(int)
    low, high = risk_difference_interval(sums_of(person, group, event))
    assert low < -0.1
    assert high > 0.2


@pytest.mark.parametrize("seed", range(3))
def test_with_one_case_each_the_formulas_are_the_plain_ones(seed):
    person, group, event = draw_cases(np.random.default_rng(seed), people=80, each_once=True)
    sums = sums_of(person, group, event)
    n, m, x, y, people = sums.n, sums.m, sums.x, sums.y, sums.people
    assert risk_difference_interval(sums) == newcombe_interval(m, n, y - m, x - n)
    spread = math.sqrt(people / (people - 1))
    katz = math.sqrt(1 / m - 1 / n + 1 / (y - m) - 1 / (x - n)) * spread * t_quantile(0.95, people - 1)
    ratio = sums.inside / sums.outside
    assert risk_ratio_interval(sums) == pytest.approx((ratio * math.exp(-katz), ratio * math.exp(katz)))
    table = [[m, n - m], [y - m, x - n - y + m]]
    tails = [stats.fisher_exact(table, alternative=side).pvalue for side in ("less", "greater")]
    assert risk_p(sums) == pytest.approx(min(2 * min(tails), 1.0))


@pytest.mark.parametrize("seed", range(3))
def test_with_several_cases_p_is_that_of_the_clustered_score(seed):
    person, group, event = draw_cases(np.random.default_rng(seed))
    score = (group - group.mean()) * (event - event.mean())
    by_person = np.array([score[person == p].sum() for p in np.unique(person)])
    people = by_person.size
    t = by_person.sum() / math.sqrt((by_person**2).sum() * people / (people - 1))
    assert _score_p(sums_of(person, group, event)) == pytest.approx(2 * stats.t.sf(abs(t), people - 1))
    assert risk_p(sums_of(person, group, event)) >= _score_p(sums_of(person, group, event))


@pytest.mark.parametrize("most", [12, 300, 200_000])
def test_tails_are_those_of_scipy(most):
    rng = np.random.default_rng(most)
    x = rng.integers(2, most, 400)
    n, y = rng.integers(1, x), rng.integers(0, x + 1)
    m = rng.hypergeometric(y, x - y, n)
    m[::3] = np.minimum(n, y)[::3]  # as far out as can be
    m[1::3] = np.maximum(0, n + y - x)[1::3]
    smaller = np.minimum(stats.hypergeom.cdf(m, x, y, n), stats.hypergeom.sf(m - 1, x, y, n))
    assert _smaller_tail(n, m, x, y) == pytest.approx(smaller, rel=1e-7, abs=1e-280)


def test_groups_without_cases_or_events_are_refused():
    empty = RiskSums(5, 0, 0, 9, 3, *[0] * 7, 20, 9, 3, 0, 5)
    for function in (risk_difference_interval, risk_ratio_interval, risk_p):
        with pytest.raises(BadInput, match="a case in each"):
            function(empty)
    with pytest.raises(BadInput, match="event in both groups"):
        risk_ratio_interval(RiskSums(5, 2, 0, 9, 3, 2, 0, 0, 4, 2, 0, 0, 20, 9, 3, 2, 5))
    assert risk_p(RiskSums(5, 2, 0, 9, 0, 2, 0, 0, 4, 0, 0, 0, 20, 0, 0, 2, 5)) == 1.0


def test_false_alarms_are_as_rare_as_they_say():
    rng = np.random.default_rng(21)
    ps = [risk_p(sums_of(*draw_null(rng))) for _ in range(400)]
    assert 0.005 <= np.mean(np.array(ps) < 0.05) <= 0.075


def draw_null(rng):
    """People differ in how often they are in the group and, apart from it, in how often they have the event."""
    person = np.repeat(np.arange(80), rng.integers(1, 6, 80))
    group = rng.random(person.size) < rng.beta(1, 2, 80)[person]
    event = rng.random(person.size) < rng.beta(1, 2, 80)[person]
    return person, group.astype(int), event.astype(int)


def pair_of(person, first, second):
    rows = np.array(
        [[np.sum(part[person == p]) for part in (first * 0 + 1, first, second, first * second)] for p in np.unique(person)]
    )
    t, a, b, c = rows.T
    squares = [int(p @ q) for p, q in [(t, t), (a, a), (b, b), (c, c), (a, t), (b, t), (c, t), (a, b), (c, a), (c, b)]]
    sums = (int(column.sum()) for column in (t, a, b, c))
    return Pair(len(rows), int((c > 0).sum()), *sums, *squares, int((a > 0).sum()), int((b > 0).sum()))


def test_the_lift_of_independent_cases_has_the_multinomial_variance():
    person, first, second = draw_cases(np.random.default_rng(2), people=120, each_once=True)
    pair = pair_of(person, first, second)
    variance = 1 / pair.c - 1 / pair.a - 1 / pair.b - 1 / pair.t + 2 * pair.c / (pair.a * pair.b)
    half = t_quantile(0.95, pair.people - 1) * math.sqrt(variance * pair.people / (pair.people - 1))
    value = pair.c * pair.t / (pair.a * pair.b)
    assert lift(pair) == value
    assert lift_interval(pair) == pytest.approx((value * math.exp(-half), value * math.exp(half)))


def test_the_interval_of_a_lift_covers_it():
    rng, hits = np.random.default_rng(5), 0
    for _ in range(300):
        low, high = lift_interval(pair_of(*draw_null(rng)))
        hits += low <= 1 <= high
    assert 0.91 <= hits / 300 <= 0.985


def test_a_lift_of_nothing_is_refused():
    nothing = pair_of(np.arange(4), np.array([1, 1, 0, 0]), np.array([0, 0, 1, 0]))
    assert lift(nothing) == 0
    with pytest.raises(BadInput, match="a case with both"):
        lift_interval(nothing)
    with pytest.raises(BadInput, match="each of two things"):
        lift(pair_of(np.arange(2), np.array([1, 1]), np.array([0, 0])))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_adjusted_p_values_agree_with_scipy(values):
    assert benjamini_hochberg(values) == pytest.approx(stats.false_discovery_control(values).tolist())


def test_adjusted_p_values_of_benjamini_and_hochberg_1995():
    """The 15 p-values of their example, page 295: four are below 0.05."""
    values = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    assert sum(p <= 0.05 for p in benjamini_hochberg(values)) == 4


def test_p_values_outside_0_to_1_are_refused():
    with pytest.raises(BadInput, match="between 0 and 1"):
        benjamini_hochberg([0.2, 1.2])
    assert benjamini_hochberg([]) == []
