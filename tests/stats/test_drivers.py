"""Drivers with their intervals, ranks and ties: what is put in is found, and what a reader must be told is told."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from touchpath.model.errors import BadInput
from touchpath.stats.drivers import find_drivers
from touchpath.stats.explained_variance import chance_at_most, r_squared_interval

RATINGS = Path(__file__).parents[3] / "shared" / "data" / "satisfaction-driver-surveys" / "yellow_pages_customer_sat.csv"


def answers(seed, n, slopes, common=0.6):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, len(slopes))) + common * rng.normal(size=(n, 1))
    y = x @ np.asarray(slopes) + rng.normal(size=n)
    return y.tolist(), {f"q{one}": x[:, one].tolist() for one in range(len(slopes))}


def test_the_strongest_driver_comes_first_and_two_alike_are_said_to_tie():
    found = find_drivers(*answers(1, 400, [1.5, 0.5, 0.5, 0.0]), seed=1)
    first = found.drivers[0]
    assert (first.name, first.rank, first.ranks, first.tied_with) == ("q0", 1, (1, 1), ())
    second, third, last = found.drivers[1:]
    assert second.tied_with == (third.name,)
    assert (last.name, last.tied_with) == ("q3", ())
    assert sum(one.importance for one in found.drivers) == pytest.approx(found.r_squared)
    assert sum(one.share for one in found.drivers) == pytest.approx(1)
    assert found.warnings == ()
    assert "not what changing it would do" in found.caveat


def test_a_share_has_no_sign_and_the_correlation_tells_it():
    found = find_drivers(*answers(2, 300, [-1.0, 0.3], common=0), seed=1)
    assert found.drivers[0].name == "q0"
    assert found.drivers[0].importance > 0 > found.drivers[0].correlation
    assert found.drivers[0].beta < 0


@pytest.mark.parametrize("method", ["lmg", "johnson"])
def test_one_seed_gives_one_answer(method):
    inputs = answers(3, 60, [1, 0.5])
    assert find_drivers(*inputs, seed=9, method=method) == find_drivers(*inputs, seed=9, method=method)
    assert find_drivers(*inputs, seed=9, method=method) != find_drivers(*inputs, seed=8, method=method)


def test_respondents_with_a_missing_answer_are_left_out_and_counted():
    outcome, predictors = answers(4, 80, [1, 0.5])
    gaps = {"q0": [None, *predictors["q0"][1:]], "q1": [*predictors["q1"][:-1], None]}
    found = find_drivers(outcome, gaps, seed=1)
    without = find_drivers(outcome[1:-1], {name: column[1:-1] for name, column in predictors.items()}, seed=1)
    assert (found.n, found.left_out) == (78, 2)
    assert found.drivers == without.drivers


def test_people_who_answer_often_are_drawn_with_all_their_answers():
    outcome, predictors = answers(5, 60, [1, 0.5])
    often = {name: column * 5 for name, column in predictors.items()}
    people = [f"person {one}" for one in range(60)] * 5
    by_person = find_drivers(outcome * 5, often, seed=1, people=people)
    by_row = find_drivers(outcome * 5, often, seed=1)

    def width(found):
        return found.drivers[0].limits.high - found.drivers[0].limits.low

    assert (by_person.n, by_person.people) == (300, 60)
    assert width(by_person) == pytest.approx(width(find_drivers(outcome, predictors, seed=1)), rel=0.1)
    assert width(by_row) < 0.6 * width(by_person)


def test_predictors_hardly_told_apart_and_few_people_are_warned_of():
    outcome, predictors = answers(6, 25, [1, 0.5])
    predictors["twin"] = [one + 0.01 * place for place, one in enumerate(predictors["q0"])]
    warnings = " ".join(find_drivers(outcome, predictors, seed=1).warnings)
    assert "VIF above 10: q0" in warnings
    assert "25 people for 3 drivers, fewer than 10 each" in warnings


def test_a_predictor_that_few_people_vary_in_has_no_intervals():
    outcome, predictors = answers(7, 40, [1, 0.5])
    predictors["rare"] = [1.0] + [0.0] * 39
    found = find_drivers(outcome, predictors, seed=1)
    assert found.undefined > 300
    assert all(one.limits is None and one.ranks is None and len(one.tied_with) == 2 for one in found.drivers)
    assert "too many for intervals" in " ".join(found.warnings)


def test_many_predictors_are_drawn_and_say_so():
    found = find_drivers(*answers(8, 200, [1.0] + [0.1] * 13), seed=1)
    assert found.drivers[0].name == "q0"
    assert all(0 < one.monte_carlo_error < 0.01 for one in found.drivers)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"resamples": 100}, "1000 resamples"),
        ({"confidence": 1.0}, "confidence"),
        ({"people": ["a"]}, "needs its person"),
        ({"method": "pratt"}, "'pratt'"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(change, says):
    with pytest.raises(BadInput, match=says):
        find_drivers(*answers(9, 30, [1, 0.5]), **{"seed": 1, **change})


def test_too_few_whole_answers_are_refused():
    with pytest.raises(BadInput, match="at least 5 whole answers, but 4 came"):
        find_drivers([1, 2, 4, 3, 5], {"a": [2, 1, 3, 4, None], "b": [1, 3, 2, 2, 1]}, seed=1)


def covered(truth, n, predictors, rounds, seed=0):
    rng = np.random.default_rng(seed)
    slope = math.sqrt(truth / (1 - truth))
    hits = 0
    for _ in range(rounds):
        x = rng.normal(size=(n, predictors))
        y = slope * x[:, 0] + rng.normal(size=n)
        x, y = x - x.mean(axis=0), y - y.mean()
        rest = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
        limits = r_squared_interval(1 - float(rest @ rest / (y @ y)), n, predictors)
        hits += limits.low <= truth <= limits.high
    return hits / rounds


def test_the_interval_of_r_squared_covers_it():
    assert 0.92 < covered(0.3, 40, 4, 300) < 0.98


@pytest.mark.slow
@pytest.mark.parametrize(("truth", "n", "predictors"), [(0.1, 30, 2), (0.3, 40, 4), (0.6, 100, 8), (0.8, 25, 5), (0.95, 20, 3)])
def test_the_interval_of_r_squared_covers_it_as_often_as_it_says(truth, n, predictors):
    assert covered(truth, n, predictors, 1_500, seed=1) == pytest.approx(0.95, abs=0.017)


def test_with_one_predictor_it_is_close_to_fishers_interval_of_the_correlation():
    z, half = math.atanh(0.5), 1.959964 / math.sqrt(397)
    limits = r_squared_interval(0.25, 400, 1)
    assert limits == pytest.approx((math.tanh(z - half) ** 2, math.tanh(z + half) ** 2), abs=2e-3)


def test_the_chance_of_an_r_squared_is_a_chance():
    at = [chance_at_most(one, 0.4, 50, 3) for one in np.linspace(0, 1, 21)]
    assert at[0] == pytest.approx(0)
    assert at[-1] == pytest.approx(1)
    assert np.all(np.diff(at) >= -1e-12)
    # Without any relation it is a beta distribution: half of samples of 5 with 2 predictors explain more than half.
    assert chance_at_most(0.5, 0.0, 5, 2) == pytest.approx(0.5)


def test_r_squared_at_its_ends():
    assert r_squared_interval(0.0, 100, 5) == (0, 0)
    assert r_squared_interval(1.0, 10, 2) == (1, 1)
    assert r_squared_interval(0.5, 4, 3) is None
    with pytest.raises(BadInput):
        r_squared_interval(1.2, 10, 2)


@pytest.mark.skipif(not RATINGS.exists(), reason="the survey is not beside this checkout")
def test_advertisers_go_by_price_and_reach():
    with RATINGS.open() as lines:
        rows = list(csv.DictReader(lines))
    predictors = {f"q{one}": [float(row[f"q{one}"]) for row in rows] for one in range(2, 11)}
    found = find_drivers([float(row["q1"]) for row in rows], predictors, seed=1)
    assert (found.n, found.left_out) == (1811, 0)
    assert [one.name for one in found.drivers][:3] == ["q4", "q6", "q2"]
    assert found.drivers[0].tied_with == ("q6",)
