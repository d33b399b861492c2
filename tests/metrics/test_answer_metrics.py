"""Metrics of answers and questionnaires, from signals to numbers."""

from __future__ import annotations

import dataclasses

import pytest

from touchpath.metrics.answers import CUSTOMER_EFFORT, CUSTOMER_SATISFACTION, NPS, SINGLE_EASE
from touchpath.metrics.questionnaires import SUS, grade_band
from touchpath.model.errors import BadInput
from touchpath.model.estimate import Undefined
from touchpath.model.experience import Question
from touchpath.model.rules import EventRule
from touchpath.timelines.answers import Answers

RECOMMEND = Question("nps", "", EventRule(("answered",)), 0, 10, "nps")
SATISFIED = Question("csat", "", EventRule(("answered",)), 1, 5, "csat")
EASY = Question("seq", "", EventRule(("answered",)), 1, 7, "seq")
SUS_ITEMS = tuple(Question(f"q{n}", "", EventRule((f"q{n}",)), 1, 5, "sus", "sus", n) for n in range(1, 11))


def answers(*ratings, at=0):
    return {owner: [(at, "answered", rating)] for owner, rating in enumerate(ratings)}


def measured(summarise, metric, subject, people, **how):
    return metric.estimate(summarise(metric.fold(subject), people, **how), 0)


def test_nps_agrees_with_the_formula_of_rocks_2016(summarise):
    found = measured(summarise, NPS, RECOMMEND, answers(*[10] * 25, *[9] * 25, *[7] * 15, *[8] * 15, *[6] * 10, *[0] * 10))
    assert (found.value, found.n, found.unit, found.method) == (30.0, 100, "score", "adjusted-Wald")
    assert (found.low, found.high) == pytest.approx((14.0511, 44.2012), abs=1e-4)
    assert found.warnings == ()


def test_a_small_nps_shows_its_counts(summarise):
    found = measured(summarise, NPS, RECOMMEND, answers(10, 9, 8, 3))
    assert found.warnings == ("Only 4 people: read it as a story, not as a measure.",)
    assert found.notes == ("2 promoters, 1 passives, 1 detractors.",)


def test_a_few_who_all_agree_stand_inside_their_own_interval(summarise):
    found = measured(summarise, NPS, RECOMMEND, answers(10, 10, 9))
    assert (found.value, found.high) == (100.0, 100.0)
    assert found.low < 60


def test_nps_of_people_who_answer_again_is_clustered(summarise):
    people = {owner: [(time, "answered", 10 if owner % 3 else 2) for time in range(6)] for owner in range(60)}
    latest = NPS.estimate(summarise(NPS.fold(RECOMMEND), people), 0)
    every = NPS.estimate(summarise(Answers(RECOMMEND, "all"), people), 0)
    assert (latest.n, every.n) == (60, 360)
    assert every.method == "adjusted-Wald, clustered by person (60 people)"
    assert every.high - every.low == pytest.approx(latest.high - latest.low, rel=0.15)


def test_two_nps_periods_are_compared_in_points(summarise):
    before, after = [10] * 40 + [8] * 35 + [3] * 25, [10] * 30 + [8] * 40 + [3] * 30
    people = answers(*before) | {100 + k: [(500, "answered", rating)] for k, rating in enumerate(after)}
    found = NPS.compare(summarise(NPS.fold(RECOMMEND), people, edges=(0, 100, 1000)), 1, 0)
    assert (found.value, found.changed) == (15.0, None)
    assert (found.low, found.high) == pytest.approx((-6.7810, 35.9072), abs=1e-4)


def test_satisfaction_agrees_with_wilson_and_tells_the_mean(summarise):
    found = measured(summarise, CUSTOMER_SATISFACTION, SATISFIED, answers(5, 5, 4, 3, 2, 4, 5, 4))
    assert (found.value, found.method) == (0.75, "Wilson")
    assert (found.low, found.high) == pytest.approx((0.409275, 0.928521), abs=1e-6)
    assert (found.notes, found.warnings) == (("The mean is 4.00 of 5.",), ())


def test_satisfaction_of_people_who_answer_again_is_clustered(summarise):
    people = {owner: [(time, "answered", 5 if owner % 2 else 1) for time in range(10)] for owner in range(100)}
    found = CUSTOMER_SATISFACTION.estimate(summarise(Answers(SATISFIED, "all"), people), 0)
    assert (found.value, found.n) == (0.5, 1000)
    assert found.method == "Wilson, clustered by person (100 people)"
    assert found.high - found.low > 0.15


@pytest.mark.parametrize("metric", [SINGLE_EASE, CUSTOMER_EFFORT])
def test_seven_point_means_agree_with_r_t_test(summarise, metric):
    found = measured(summarise, metric, EASY, answers(5, 6, 6, 7, 4, 5, 7))
    assert (found.value, found.low, found.high) == pytest.approx((5.714286, 4.685212, 6.743359), abs=1e-6)


def test_an_interval_stays_on_its_scale(summarise):
    found = measured(summarise, SINGLE_EASE, EASY, answers(7, 7, 6))
    assert found.high == 7.0


def test_nobody_and_one_person_are_undefined(summarise):
    assert measured(summarise, NPS, RECOMMEND, {1: [(0, "slept")]}) == Undefined("nobody answered", 0, "answers")
    assert measured(summarise, SINGLE_EASE, EASY, answers(4)).reason == "only 1 person, and an interval needs two"


def test_ratings_off_the_scale_are_told(summarise):
    found = measured(summarise, SINGLE_EASE, EASY, answers(4, 5, 6, 9, 0, 7, 3))
    assert (found.n, found.warnings) == (5, ("2 ratings off the scale are left out.",))


def test_everybody_alike_is_no_certainty(summarise):
    found = measured(summarise, SINGLE_EASE, EASY, answers(5, 5, 5, 5, 5))
    assert (found.low, found.high) == (5.0, 5.0)
    assert found.warnings == ("Everybody counts the same, so the interval has no width; that is no certainty.",)
    counts = summarise(SINGLE_EASE.fold(EASY), answers(5, 5, 5))
    assert isinstance(SINGLE_EASE.compare(counts, 0, 0), Undefined)


@pytest.mark.parametrize(("metric", "question"), [(NPS, EASY), (CUSTOMER_EFFORT, SATISFIED), (SINGLE_EASE, RECOMMEND)])
def test_a_question_on_another_scale_is_refused(metric, question):
    with pytest.raises(BadInput, match=f"but '{question.id}' runs from {question.low} to {question.high}"):
        metric.fold(question)


def sus_people(*responses):
    return {
        owner: [(item, f"q{item}", rating) for item, rating in enumerate(ratings, 1) if rating]
        for owner, ratings in enumerate(responses)
    }


def test_sus_agrees_with_brooke_1996_and_tells_its_grades(summarise):
    brooke = [5, 4, 2, 1, 2, 3, 2, 4, 5, 2]
    best = [5, 1] * 5
    found = measured(summarise, SUS, SUS_ITEMS, sus_people(brooke, best, brooke, best, brooke, best))
    assert (found.value, found.n, found.n_unit) == (77.5, 6, "responses")
    assert found.low == pytest.approx(77.5 - 2.570582 * 24.6475 / 6**0.5, abs=1e-3)
    assert found.notes == ("Grade B+, plausible F to A+.", "Percentile 80 to 84 of published studies.")
    assert found.warnings == ()


def test_sus_tells_what_was_imputed_and_left_out(summarise):
    whole, two_missing, three_missing = [5, 2] * 5, [0, 0] + [5, 1] * 4, [0, 0, 0] + [3] * 7
    found = measured(summarise, SUS, SUS_ITEMS, sus_people(*[whole, two_missing] * 3, three_missing))
    assert found.n == 6
    assert found.warnings == (
        "3 responses missed items, which count as the centre.",
        "1 response missed more than 2 items and is left out.",
    )


def test_only_unscored_sus_responses_are_undefined(summarise):
    found = measured(summarise, SUS, SUS_ITEMS, sus_people([3] * 7 + [0] * 3))
    assert found.reason == "nobody answered enough items"


def test_one_grade_is_told_once():
    assert grade_band(90, 86, 94) == "Grade A+."


def test_sus_periods_are_compared_in_points(summarise):
    low, high = sus_people(*[[3] * 10, [4, 3] * 5] * 10), sus_people(*[[5, 1] * 5, [5, 2] * 5] * 10)
    later = {100 + owner: [(500 + time, kind, rating) for time, kind, rating in row] for owner, row in high.items()}
    found = SUS.compare(summarise(SUS.fold(SUS_ITEMS), low | later, edges=(0, 100, 1000)), 0, 1)
    assert (found.changed, found.value) == ("up", 37.5)


def test_sus_items_on_another_scale_are_refused():
    with pytest.raises(BadInput, match="asked on a scale of 1 to 5, but its scale runs from 1 to 7"):
        SUS.fold(tuple(dataclasses.replace(item, high=7) for item in SUS_ITEMS))
