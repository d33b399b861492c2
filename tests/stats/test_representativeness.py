"""Who answered against who was asked: by hand, laws, and a simulation of the R-indicator."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from touchpath.model.errors import BadInput
from touchpath.stats.raking import Margin, post_stratify
from touchpath.stats.representativeness import (
    Asked,
    count_segments,
    noncentrality,
    r_indicator,
    represent,
    standardised_difference,
)

SURVEY = [Asked("young", 400, 40), Asked("middle", 400, 120), Asked("old", 200, 100)]
segment_lists = st.lists(st.tuples(st.integers(1, 300), st.floats(0, 1)), min_size=2, max_size=6).map(
    lambda pairs: [Asked(str(place), asked, round(asked * rate)) for place, (asked, rate) in enumerate(pairs)]
)


def test_segments_are_told_as_by_hand():
    found = represent(SURVEY)
    young = found.segments[0]
    assert (found.asked, found.answered, found.rate) == (1000, 260, 0.26)
    assert (young.rate, young.share_asked, young.share_answered) == (0.1, 0.4, pytest.approx(40 / 260))
    p, q = 40 / 260, 0.4
    assert young.difference == pytest.approx((p - q) / math.sqrt((p * (1 - p) + q * (1 - q)) / 2))
    assert young.weight == pytest.approx(0.4 / (40 / 260))
    assert [one.segment for one in found.notable] == ["young", "middle", "old"]


def test_tests_are_corrected_for_their_family():
    found = represent(SURVEY)
    expected = scipy_stats.chi2_contingency([[40, 360], [220, 380]], correction=False)[1]
    assert found.segments[0].p == pytest.approx(expected, rel=0.1)
    assert all(one.p_family >= one.p for one in found.segments)


def test_weights_give_the_answers_the_segments_of_the_asked():
    found = represent(SURVEY)
    values = [one.segment for one in SURVEY for _ in range(one.answered)]
    weights = post_stratify(Margin("age", values, {one.segment: one.asked / 1000 for one in SURVEY}))
    assert sorted(set(weights.round(9))) == sorted(round(one.weight, 9) for one in found.segments)
    assert sum(one.weight * one.answered for one in found.segments) == pytest.approx(260)


def test_the_r_indicator_by_hand():
    # Rates .1, .3, .5 with weights .4, .4, .2: mean .26, S**2 = .4*.0256 + .4*.0016 + .2*.0576 = .0224.
    found = r_indicator(SURVEY)
    assert found.raw == pytest.approx(1 - 2 * math.sqrt(0.0224))
    chance = 0.4 * 0.6 * 0.09 / 399 + 0.4 * 0.6 * 0.21 / 399 + 0.2 * 0.8 * 0.25 / 199
    assert found.value == pytest.approx(1 - 2 * math.sqrt(0.0224 - chance))
    table = [[40, 120, 100], [360, 280, 100]]
    assert found.chi_square == pytest.approx(scipy_stats.chi2_contingency(table, correction=False)[0])
    assert found.p < 1e-20


def test_alike_segments_have_an_r_of_one():
    found = r_indicator([Asked("a", 100, 30), Asked("b", 200, 60)])
    assert (found.value, found.raw, found.limits.high) == (1.0, 1.0, 1.0)
    assert 0.75 < found.limits.low < 0.95
    assert found.p == pytest.approx(1)


def test_a_segment_that_nobody_answered_in_is_told():
    found = represent([Asked("a", 50, 10), Asked("b", 30, 0), Asked("c", 20, 5)])
    assert found.unreached == ("b",)
    assert found.reached == 0.7
    assert [one.weight for one in found.segments] == [pytest.approx(50 / 70 * 15 / 10), None, pytest.approx(20 / 70 * 15 / 5)]


@given(segment_lists)
def test_laws_of_representativeness(segments):
    found = represent(segments)
    assert found.limits.low <= found.rate <= found.limits.high
    assert sum(one.share_asked for one in found.segments) == pytest.approx(1)
    if found.answered:
        assert sum(one.share_answered for one in found.segments) == pytest.approx(1)
        assert sum(one.weight * one.answered for one in found.segments if one.weight) == pytest.approx(found.answered)
    if found.r:
        assert 0 <= found.r.limits.low <= found.r.value <= found.r.limits.high <= 1
        assert found.r.raw <= found.r.value
        assert sum(one.contribution**2 for one in found.segments) == pytest.approx(((1 - found.r.raw) / 2) ** 2, abs=1e-9)


@given(segment_lists)
def test_the_order_of_segments_does_not_matter(segments):
    one, other = represent(segments), represent(segments[::-1])
    assert {s.segment: s.p_family for s in other.segments} == pytest.approx({s.segment: s.p_family for s in one.segments})
    assert (one.r is None) == (other.r is None)


@given(st.floats(0, 1), st.floats(0, 1))
def test_standardised_differences_change_sign_with_the_sides(a, b):
    assert standardised_difference(a, b) == -standardised_difference(b, a)


def test_noncentrality_agrees_with_scipy():
    found = noncentrality(20.0, 3, 0.975)
    assert scipy_stats.ncx2.cdf(20.0, 3, found) == pytest.approx(0.975, abs=1e-7)
    assert noncentrality(1.0, 3, 0.975) == 0


def test_people_are_counted_into_segments():
    assert count_segments(["b", "a", "b"], [True, False, False]) == [Asked("a", 1, 0), Asked("b", 2, 1)]


@pytest.mark.parametrize(
    ("segments", "message"),
    [
        ([], "Nobody was asked"),
        ([Asked("a", 0, 0)], "Nobody was asked"),
        ([Asked("a", 3, 4)], "'a' came with 4 of 3"),
        ([Asked("a", 3, -1)], "'a' came with -1 of 3"),
        ([Asked("a", 3, 1), Asked("a", 3, 1)], "told once"),
    ],
)
def test_what_cannot_be_is_refused(segments, message):
    with pytest.raises(BadInput, match=message):
        represent(segments)


@pytest.mark.parametrize(
    "segments", [[Asked("a", 9, 3)], [Asked("a", 9, 0), Asked("b", 9, 0)], [Asked("a", 9, 9), Asked("b", 3, 3)]]
)
def test_an_r_indicator_needs_something_to_compare(segments):
    assert represent(segments).r is None
    with pytest.raises(BadInput, match="two segments"):
        r_indicator(segments)


def test_lists_of_unlike_length_are_refused():
    with pytest.raises(BadInput, match="1 segments and 2 answers"):
        count_segments(["a"], [True, False])


def r_of(asked: np.ndarray, rates: np.ndarray) -> float:
    weights = asked / asked.sum()
    return 1 - 2 * math.sqrt(float((weights * (rates - (weights * rates).sum()) ** 2).sum()))


def simulate(asked: list[int], rates: list[float], rounds: int, seed: int) -> tuple[float, float, float]:
    """How often the interval holds the true R; the mean error of the adjusted value and of the raw one."""
    random, people, true = np.random.default_rng(seed), np.array(asked), np.array(rates)
    truth, held, adjusted, raw = r_of(people, true), 0, 0.0, 0.0
    for _ in range(rounds):
        answered = random.binomial(people, true)
        found = r_indicator([Asked(str(i), int(a), int(b)) for i, (a, b) in enumerate(zip(people, answered, strict=True))])
        held += found.limits.low - 1e-12 <= truth <= found.limits.high + 1e-12
        adjusted += found.value - truth
        raw += found.raw - truth
    return held / rounds, adjusted / rounds, raw / rounds


WORLDS = {
    "alike": ([200, 300, 500], [0.2, 0.2, 0.2]),
    "a little unlike": ([200, 300, 500], [0.25, 0.2, 0.15]),
    "unlike": ([100, 200, 300, 400], [0.6, 0.4, 0.2, 0.3]),
    "small segments": ([30, 25, 40, 20, 35], [0.3, 0.4, 0.2, 0.5, 0.3]),
    "rare answers": ([800, 1200, 2000], [0.02, 0.03, 0.06]),
}


def test_the_interval_of_an_r_indicator_holds_it_and_the_adjustment_helps():
    held, adjusted, raw = simulate(*WORLDS["a little unlike"], rounds=400, seed=1)
    assert held >= 0.92
    assert abs(adjusted) < abs(raw)


@pytest.mark.slow
@pytest.mark.parametrize("world", WORLDS)
def test_the_interval_of_an_r_indicator_holds_it_everywhere(world):
    held, adjusted, raw = simulate(*WORLDS[world], rounds=4000, seed=2)
    assert held >= 0.93
    assert abs(adjusted) < max(abs(raw), 0.02)
