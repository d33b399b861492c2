"""Single items and scales: examples counted by hand, and what holds for any answers."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from touchpath.metrics import items, scales
from touchpath.metrics.catalogue import CATALOGUE
from touchpath.metrics.defined import defined_metric
from touchpath.metrics.metric import Place
from touchpath.model.errors import BadInput
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.experience import Question
from touchpath.model.metric_definition import MetricDefinition
from touchpath.model.rules import EventRule
from touchpath.timelines.answers import Answers


def question(low, high):
    return Question("q", "", EventRule(("answered",)), low, high, "")


def people(*ratings, at=0):
    return {owner: [(at, "answered", rating)] for owner, rating in enumerate(ratings)}


def item(summarise, metric, scale, ratings):
    return metric.estimate(summarise(metric.fold(question(*scale)), people(*ratings)), 0)


def of_query(summarise, metric, scale, ratings, **how):
    given = ratings if isinstance(ratings, dict) else people(*ratings)
    return metric.estimate(summarise(Answers(question(*scale)), given, **how), Place(0))


def test_effort_of_2010_is_a_mean_that_tells_the_ease(summarise):
    found = item(summarise, items.CUSTOMER_EFFORT_2010, (1, 5), [1, 2, 2, 3])
    assert (found.value, found.n) == (2.0, 4)
    assert found.notes == ("As ease (6 - mean) it is 4.00.",)
    assert found.high - found.value == pytest.approx(3.182446 * 0.816497 / 2, abs=1e-5)


def test_the_two_versions_of_effort_read_different_scales():
    with pytest.raises(BadInput, match="'customer_effort_2010' is read from answers on a scale of 1 to 5"):
        items.CUSTOMER_EFFORT_2010.fold(question(1, 7))
    with pytest.raises(BadInput, match="'customer_effort' is read from answers on a scale of 1 to 7"):
        CATALOGUE["customer_effort"].fold(question(1, 5))
    assert (items.CUSTOMER_EFFORT_2010.better, CATALOGUE["customer_effort"].better) == ("lower", "higher")


def test_every_review_counts_and_people_are_the_unit(summarise):
    given = {1: [(0, "answered", 5), (9, "answered", 5), (20, "answered", 4)], 2: [(3, "answered", 1)], 3: [(4, "answered", 3)]}
    found = items.REVIEW_RATING.estimate(summarise(items.REVIEW_RATING.fold(question(1, 5)), given), 0)
    assert (found.value, found.n) == (pytest.approx(18 / 5), 5)
    assert found.method == "t, clustered by person (3 people)"
    assert found.notes == ("Reviews by stars: 1: 1, 2: 0, 3: 1, 4: 1, 5: 2.",)


def test_resolved_by_survey_is_the_share_of_yes(summarise):
    found = item(summarise, items.RESOLVED_BY_SURVEY, (0, 1), [1, 1, 1, 0, 2])
    assert (found.value, found.n, found.unit) == (0.75, 4, "share")
    assert found.warnings[-1] == "1 ratings off the scale are left out."


@pytest.mark.parametrize("points", [(), (4, 5)])
def test_an_item_of_the_model_tells_ratings_off_its_scale(summarise, points):
    asked = question(1, 5)
    metric = defined_metric(MetricDefinition("m", "M", "item", question="q", points=points), asked)
    found = metric.estimate(summarise(metric.fold(asked), people(5, 4, 1, 9)), 0)
    assert (found.n, found.warnings[-1]) == (3, "1 ratings off the scale are left out.")


def test_nobody_answered_is_no_number(summarise):
    assert item(summarise, items.REVIEW_RATING, (1, 5), []) == Undefined("nobody answered", 0, "answers")
    for metric in (scales.TOP_BOX, scales.SATISFACTION_INDEX, scales.EFFORT_NET, scales.LIKELIHOOD_TO_RECOMMEND):
        assert of_query(summarise, metric, (1, 7), []).reason == "nobody answered"


EIGHT = [5, 5, 4, 3, 2, 4, 5, 4]


@pytest.mark.parametrize(
    ("metric", "value"),
    [(scales.TOP_BOX, 3 / 8), (scales.TOP_TWO_BOX, 6 / 8), (scales.BOTTOM_TWO_BOX, 1 / 8), (scales.SATISFACTION_INDEX, 75.0)],
)
def test_eight_answers_counted_by_hand(summarise, metric, value):
    found = of_query(summarise, metric, (1, 5), EIGHT)
    assert (found.value, found.n) == (pytest.approx(value), 8)
    assert found.low < found.value < found.high


def test_top_two_box_has_the_interval_of_wilson(summarise):
    found = of_query(summarise, scales.TOP_TWO_BOX, (1, 5), EIGHT)
    assert (found.low, found.high) == pytest.approx((0.409275, 0.928521), abs=1e-6)


def test_an_index_has_the_interval_of_the_mean_moved(summarise):
    found = of_query(summarise, scales.SATISFACTION_INDEX, (1, 5), EIGHT)
    half = 2.364624 * 1.069045 / 8**0.5
    assert (found.low, found.high) == pytest.approx((75 - 25 * half, 75 + 25 * half), abs=1e-3)


def test_effort_in_its_variants(summarise):
    ratings = [7, 6, 5, 3, 1, 6]
    assert of_query(summarise, scales.EFFORT_AGREEMENT, (1, 7), ratings).value == pytest.approx(4 / 6)
    assert of_query(summarise, scales.EFFORT_NET, (1, 7), ratings).value == pytest.approx(100 * (3 - 2) / 6)


def test_likelihood_to_recommend_is_the_mean(summarise):
    assert of_query(summarise, scales.LIKELIHOOD_TO_RECOMMEND, (0, 10), [10, 9, 8, 3]).value == 7.5


@pytest.mark.parametrize("metric", [scales.EFFORT_AGREEMENT, scales.EFFORT_NET, scales.LIKELIHOOD_TO_RECOMMEND])
def test_a_number_of_one_scale_is_not_told_on_another(summarise, metric):
    found = of_query(summarise, metric, (1, 5), EIGHT)
    assert isinstance(found, Undefined)
    assert found.reason.endswith("but answers come on 1 to 5")
    counts = summarise(Answers(question(1, 5)), people(*EIGHT))
    assert isinstance(metric.compare(counts, Place(0), Place(0)), Undefined)


def test_a_short_scale_has_no_two_boxes(summarise):
    assert of_query(summarise, scales.TOP_TWO_BOX, (1, 3), [1, 2, 3]).reason == "a scale of 3 points is too short to be cut there"
    assert of_query(summarise, scales.TOP_BOX, (1, 3), [1, 2, 3]).value == pytest.approx(1 / 3)


QUICK = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(st.lists(st.integers(1, 7), min_size=2, max_size=30))
def test_shares_and_indexes_hold_together(summarise, ratings):
    counts, found = summarise(Answers(question(1, 7)), people(*ratings)), {}
    for metric in (scales.TOP_BOX, scales.TOP_TWO_BOX, scales.BOTTOM_TWO_BOX, scales.EFFORT_NET, scales.SATISFACTION_INDEX):
        number = metric.estimate(counts, Place(0))
        assert isinstance(number, Estimate)
        assert number.low <= number.value <= number.high
        found[metric.name] = number.value
    assert found["top_box"] <= found["top_two_box"] <= 1 - found["bottom_two_box"] + 1e-12
    assert found["satisfaction_index"] == pytest.approx(100 * (sum(ratings) / len(ratings) - 1) / 6)
    assert found["effort_net"] == pytest.approx(100 * sum((r >= 6) - (r <= 3) for r in ratings) / len(ratings))
    assert scales.scale_of(counts, 0) == (1, 7)


@QUICK
@given(st.lists(st.integers(1, 5), min_size=3, max_size=20), st.lists(st.integers(1, 5), min_size=3, max_size=20))
def test_a_change_is_the_difference_and_turns_its_sign(summarise, first, second):
    given = people(*first) | {100 + owner: [(500, "answered", rating)] for owner, rating in enumerate(second)}
    counts = summarise(Answers(question(1, 5)), given, edges=(0, 100, 1000))
    for metric in (scales.TOP_TWO_BOX, scales.SATISFACTION_INDEX):
        there, back = (metric.compare(counts, Place(a), Place(b)) for a, b in ((0, 1), (1, 0)))
        if isinstance(there, Undefined):
            assert isinstance(back, Undefined)
            continue
        values = [metric.estimate(counts, Place(cell)).value for cell in (0, 1)]
        assert there.value == pytest.approx(values[1] - values[0])
        assert (there.value, there.low, there.high) == pytest.approx((-back.value, -back.high, -back.low))
