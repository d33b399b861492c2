"""Net scores: published formulas evaluated elsewhere, and what happens when people answer more than once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.stats.clustered import sum_people
from touchpath.stats.nps import Tally, clustered_nps_interval, effective_tally, nps_difference, nps_interval

tallies = st.builds(Tally, *[st.integers(0, 300)] * 3).filter(lambda tally: tally.n > 0)


def test_nps_interval_agrees_with_the_formula_of_rocks_2016():
    tally = Tally(50, 30, 20)
    assert tally.score == 30.0
    assert nps_interval(tally) == pytest.approx((14.0511301788, 44.2012970057), abs=1e-9)


def test_nps_difference_agrees_with_lewis_and_sauro_2021():
    found = nps_difference(Tally(40, 35, 25), Tally(30, 40, 30))
    assert (found.difference, found.z, found.p) == pytest.approx((15.0, 1.33728547179, 0.181129471427), abs=1e-9)
    assert (found.low, found.high) == pytest.approx((-6.78100067049, 35.9072142627), abs=1e-9)


@given(tallies)
def test_a_net_score_interval_stays_on_the_scale(tally):
    low, high = nps_interval(tally)
    assert -100 <= low < high <= 100


@given(tallies)
def test_swapping_promoters_and_detractors_mirrors_the_interval(tally):
    low, high = nps_interval(Tally(tally.detractors, tally.passives, tally.promoters))
    assert (-high, -low) == pytest.approx(nps_interval(tally), abs=1e-9)


def test_people_who_answer_alike_five_times_count_about_once():
    nets = [1] * 30 + [0] * 20 + [-1] * 10
    once = sum_people([1] * 60, nets)
    five_times = sum_people([5] * 60, [5 * net for net in nets])
    tally = Tally(150, 100, 50)
    assert effective_tally(tally, five_times).n == pytest.approx(59, abs=0.01)
    low, high = clustered_nps_interval(tally, five_times)
    assert (low, high) == pytest.approx(clustered_nps_interval(Tally(30, 20, 10), once), abs=0.01)


def test_a_score_that_everybody_gives_keeps_a_width():
    everybody = sum_people([4] * 20, [4] * 20)
    low, high = clustered_nps_interval(Tally(80, 0, 0), everybody)
    assert low < 90 < high <= 100


@pytest.mark.parametrize("tally", [Tally(0, 0, 0), Tally(-1, 2, 3)])
def test_impossible_counts_are_refused(tally):
    with pytest.raises(BadInput, match="A net score needs"):
        nps_interval(tally)


def covered(people: int, repeats: float, alike: float, rounds: int, seed: int) -> float:
    """Share of simulated surveys whose clustered interval holds the true net score of 20 (45 % promote, 25 % detract)."""
    random = np.random.default_rng(seed)
    hits = 0
    for _ in range(rounds):
        answers = 1 + random.poisson(repeats - 1, people)
        own = random.choice([1, 0, -1], people, p=[0.45, 0.30, 0.25])
        owner = np.repeat(np.arange(people), answers)
        keeps = random.random(owner.size) < alike
        given_ = np.where(keeps, own[owner], random.choice([1, 0, -1], owner.size, p=[0.45, 0.30, 0.25]))
        nets = np.bincount(owner, given_, people).astype(int)
        tally = Tally(int((given_ == 1).sum()), int((given_ == 0).sum()), int((given_ == -1).sum()))
        low, high = clustered_nps_interval(tally, sum_people(answers.tolist(), nets.tolist()))
        hits += low <= 20 <= high
    return hits / rounds


def test_a_clustered_net_score_covers_what_it_promises():
    assert covered(people=60, repeats=3, alike=0.6, rounds=600, seed=1) == pytest.approx(0.95, abs=0.025)


@pytest.mark.slow
@pytest.mark.parametrize("people", [10, 20, 50, 200])
@pytest.mark.parametrize("alike", [0.0, 0.5, 0.9])
def test_a_clustered_net_score_covers_what_it_promises_everywhere(people, alike):
    assert 0.93 <= covered(people, repeats=4, alike=alike, rounds=4000, seed=people) <= 0.985
