"""Questionnaires: their registry, their scores, and their procedures."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.stats.procedures import run_procedure
from touchpath.stats.questionnaires import NOT_ANSWERED, QUESTIONNAIRES, score_items, score_table, scoring_key
from touchpath.stats.questionnaires.sus import PERCENTILES, sus_grade

SCALES = [(one, scale) for one in QUESTIONNAIRES.values() for scale in one.scales]
every_questionnaire = pytest.mark.parametrize("one", QUESTIONNAIRES.values(), ids=lambda one: one.name)
every_scale = pytest.mark.parametrize(("one", "scale"), SCALES, ids=lambda one: getattr(one, "name", ""))
UEQ_REVERSED = {3, 4, 5, 9, 10, 12, 17, 18, 19, 21, 23, 24, 25}


@every_questionnaire
def test_a_questionnaire_of_the_registry_holds_together(one):
    assert [item.number for item in one.items] == list(range(1, len(one.items) + 1))
    assert one.source
    assert one.licence
    assert one.checked
    for scale in one.scales:
        assert 1 <= scale.least <= len(scale.items) == len(set(scale.items))
        assert set(scale.items) | set(scale.weights) <= {item.number for item in one.items}
        for bands in scale.bands:
            assert list(bands.edges) == sorted(bands.edges)
            assert bands.source
            assert bands.year


def test_names_of_scales_are_not_used_twice():
    names = [scale.name for _, scale in SCALES]
    assert len(names) == len(set(names))


@every_scale
def test_the_best_and_the_worst_response_score_the_ends_of_the_scale(one, scale):
    key = scoring_key(one, scale.name)
    best = [item.low if item.reverse else item.high for item in key.items]
    worst = [item.high if item.reverse else item.low for item in key.items]
    for place in key.weights:
        best[place] = worst[place] = [5, 4, 3, 2, 1, 0][key.weights.index(place)]
    scored = score_table(key, np.array([best, worst], np.int64))
    worths = [one.worth_of(one.item(number)) for number in scale.items]
    high, low = (sum(worth[end] for worth in worths) / len(worths) for end in (1, 0))
    assert [key.score(int(points)) for points in scored.points] == pytest.approx([high, low])


@every_scale
@settings(max_examples=20)
@given(data=st.data())
def test_a_score_is_the_mean_of_what_the_answered_items_are_worth(one, scale, data):
    asked = {item.number: data.draw(st.sampled_from(one.ends_of(item)[:1])) for item in one.items}
    key = scoring_key(one, scale.name, asked)
    ratings = [data.draw(st.one_of(st.integers(item.low, item.high), st.none())) for item in key.items]
    table = np.array([[NOT_ANSWERED if rating is None else rating for rating in ratings]], np.int64)
    points = int(score_table(key, table).points[0])
    worths, answered = [], 0
    for number in scale.items:
        item, (low, high), rating = one.item(number), asked[number], ratings[number - 1]
        worst, best = one.worth_of(item)
        share = Fraction(1, 2) if rating is None else Fraction(high - rating if item.reverse else rating - low, high - low)
        answered += rating is not None
        if rating is not None or one.centre:
            worths.append(worst + (best - worst) * share)
    if scale.weights:
        weights = [ratings[number - 1] for number in scale.weights]
        if None in weights or sum(weights) != 15 or answered < 6:
            assert points == -1
        else:
            assert key.floor + points * key.step == sum(w * x for w, x in zip(weights, worths, strict=True)) / 15
    elif answered < scale.least:
        assert points == -1
    else:
        assert key.floor + points * key.step == sum(worths) / len(worths)


def test_sus_agrees_with_brooke_1996():
    # Brooke's worked example: 22 points, SUS 55.
    assert score_items(QUESTIONNAIRES["sus"], ["sus"], [5, 4, 2, 1, 2, 3, 2, 4, 5, 2]) == {"sus": 55.0}


@given(st.lists(st.integers(1, 5), min_size=10, max_size=10))
def test_reversing_every_sus_answer_mirrors_the_score(items):
    one, other = (run_procedure("sus_score", {"items": given_})["sus"] for given_ in (items, [6 - item for item in items]))
    assert one + other == 100
    found = run_procedure("sus_subscales", {"items": items})
    assert found["sus"] == one == pytest.approx((8 * found["usability"] + 2 * found["learnability"]) / 10)


@pytest.mark.parametrize(
    ("mean", "grade"),
    [(100, "A+"), (84.1, "A+"), (80.75, "A"), (80.74, "A-"), (74.05, "B"), (74.0, "B-"), (68, "C"), (51.7, "D"), (0, "F")],
)
def test_sus_grades_follow_the_curved_scale_of_sauro_and_lewis(mean, grade):
    assert sus_grade(mean) == grade


def test_percentile_bands_of_the_grades_leave_no_gap():
    bands = list(PERCENTILES.values())
    assert (bands[0][0], bands[-1][1]) == (0, 100)
    assert all(after[0] == before[1] + 1 for before, after in pairwise(bands))


# Procedure, input, expected: formulas of docs/questionnaires.md by hand.
@pytest.mark.parametrize(
    ("procedure", "inputs", "expected"),
    [
        ("sus_score_all_positive", {"items": [4] * 10}, {"sus": 75.0}),
        ("sus_subscales", {"items": [4, 2, 5, 1, 4, 2, 5, 1, 4, 3]}, {"sus": 82.5, "usability": 84.375, "learnability": 75.0}),
        ("sus_score_missing_as_neutral", {"items": [5, 1, None, 1, 5, 1, 5, 1, 5, None]}, {"sus": 90.0, "imputed_items": 2}),
        ("umux_lite_score", {"items": [4, 5], "scale_points": 5}, {"umux_lite": 87.5, "umux_lite_regressed": 79.775}),
        ("umux_lite_score", {"items": [1, 7]}, {"umux_lite": 50.0, "umux_lite_regressed": 55.4}),
        ("ux_lite_group", {"respondents": [[5, 4]]}, {"mean": 87.5, "lower": None, "upper": None}),
        (
            # The t interval of 87.5, 50 and 87.5, as R's t.test gives it.
            "ux_lite_group",
            {"respondents": [[5, 4], [3, 3], [4, 5]], "scale_points": 5, "confidence": 0.95},
            {"mean": 75.0, "lower": 21.2168408781, "upper": 128.7831591219},
        ),
        (
            "supr_q_raw_scores",
            {"items": {"usability_1": 5, "usability_2": 4, "trust_1": None, "trust_2": 4, "loyalty_return": 3, "ltr": 9}},
            {"overall": None, "usability": 4.5, "trust": None, "appearance": None, "loyalty": 3.75},
        ),
        (
            "nasa_tlx",
            {"ratings": {"mental": 30, "physical": None, "temporal": 60, "performance": 40, "effort": 30, "frustration": 40}},
            {"raw_tlx": 40.0, "weighted_tlx": None, "missing_ratings": 1},
        ),
        ("ueq_s_group", {"respondents": [[7, 7, None, None, 1, None, None, None]]}, {"per_person": [[3.0, None, None]]}),
    ],
)
def test_a_procedure_follows_its_definition(procedure, inputs, expected):
    found = run_procedure(procedure, inputs)
    for key, value in expected.items():
        assert found[key] == (pytest.approx(value) if isinstance(value, float) else value), key


@given(st.lists(st.integers(1, 7), min_size=26, max_size=26))
def test_ueq_scales_agree_with_their_items(items):
    found = run_procedure("ueq_scales", {"items": items})
    turned = {number: 4 - item if number in UEQ_REVERSED else item - 4 for number, item in enumerate(items, 1)}
    assert found["attractiveness"] == pytest.approx(sum(turned[n] for n in (1, 12, 14, 16, 24, 25)) / 6)
    assert found["dependability"] == pytest.approx(sum(turned[n] for n in (8, 11, 17, 19)) / 4)
    mirrored = run_procedure("ueq_scales", {"items": [8 - item for item in items]})
    assert all(mirrored[name] == pytest.approx(-score) for name, score in found.items())


@given(st.lists(st.lists(st.integers(1, 5), min_size=10, max_size=10), min_size=2, max_size=8))
def test_a_group_agrees_with_its_scores_and_its_order_does_not_matter(rows):
    found = run_procedure("sus_group", {"respondents": rows})
    scores = [run_procedure("sus_score", {"items": row})["sus"] for row in rows]
    apart = run_procedure("mean_t_interval", {"values": scores})
    assert {key: found[key] for key in apart} == pytest.approx(apart)
    assert run_procedure("sus_group", {"respondents": rows[::-1]}) == pytest.approx(found)


def test_a_group_leaves_out_who_missed_too_much_and_says_so():
    whole, holed, empty = [5, 1] * 5, [None, None, *[5, 1] * 4], [None] * 3 + [3] * 7
    found = run_procedure("sus_group", {"respondents": [whole, holed, empty]})
    assert (found["n"], found["mean"], found["imputed"], found["dropped"]) == (2, 95.0, 1, 1)
    alone = run_procedure("sus_group", {"respondents": [whole]})
    assert (alone["sd"], alone["lower"], alone["cronbach_alpha"]) == (None, None, None)
    with pytest.raises(BadInput, match="misses too many items"):
        run_procedure("sus_group", {"respondents": [empty]})


TLX = dict.fromkeys(("mental", "physical", "temporal", "performance", "effort", "frustration"), 50)


@pytest.mark.parametrize(
    ("procedure", "inputs"),
    [
        ("sus_score", {"items": [3] * 11}),
        ("sus_score", {"items": [6] + [3] * 9}),
        ("sus_score", {"items": [None] + [3] * 9}),
        ("sus_score", {"items": [2.5] + [3] * 9}),
        ("sus_score_missing_as_neutral", {"items": [None] * 3 + [3] * 7}),
        ("sus_score_all_positive", {"items": [0] * 10}),
        ("sus_grade", {"mean_sus": 100.1}),
        ("sus_group", {"respondents": []}),
        ("umux_score", {"items": [5, 3, 8, 2]}),
        ("umux_score", {"items": [5, 3, 6]}),
        ("umux_lite_score", {"items": [5, 8], "scale_points": 7}),
        ("umux_lite_score", {"items": [5], "scale_points": 7}),
        ("umux_lite_score", {"items": [1, 1], "scale_points": 1}),
        ("ux_lite_group", {"respondents": [[5, 6]]}),
        ("supr_q_raw_scores", {"items": {"usability": 5}}),
        ("supr_q_raw_scores", {"items": {"ltr": 11}}),
        ("ueq_scales", {"items": [4] * 25 + [8]}),
        ("ueq_s_group", {"respondents": [[4] * 7]}),
        ("nasa_tlx", {"ratings": TLX | {"effort": 101}}),
        ("nasa_tlx", {"ratings": TLX | {"effort": None, "mental": None}}),
        ("nasa_tlx", {"ratings": TLX, "weights": dict.fromkeys(TLX, 2)}),
        ("nasa_tlx", {"ratings": TLX, "weights": dict(zip(TLX, (6, 5, 4, 0, 0, 0), strict=True))}),
        ("nasa_tlx", {"ratings": TLX | {"joy": 3}}),
    ],
)
def test_what_cannot_be_scored_is_refused(procedure, inputs):
    with pytest.raises(BadInput):
        run_procedure(procedure, inputs)


def test_the_unit_of_points_does_not_depend_on_the_rating_scale():
    one = QUESTIONNAIRES["umux_lite"]
    seven, five = (scoring_key(one, "umux_lite", dict.fromkeys((1, 2), ends)) for ends in ((1, 7), (1, 5)))
    for (a, b), (key, points) in product([(0, 0), (1, 1)], [(seven, 7), (five, 5)]):
        ratings = np.array([[1 + a * (points - 1), 1 + b * (points - 1)]], np.int64)
        assert key.score(int(score_table(key, ratings).points[0])) == 100 * a
    assert (seven.step, seven.floor) == (five.step, five.floor)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({2: (1, 7), 4: (1, 7), 13: (1, 7)}, "the scale 'UEQ perspicuity' of 'ueq' is asked as a whole; item 21 is missing"),
        ({2: (1, 7), 4: (1, 7), 13: (1, 7), 21: (1, 5)}, "scale of 1 to 7, but its scale runs from 1 to 5"),
        ({27: (1, 7)}, "'ueq' has items 1 to 26, but 'item' is 27"),
    ],
)
def test_faults_of_asked_items_are_told(asked, said):
    told = [fault for _, fault in QUESTIONNAIRES["ueq"].faults(asked.items())]
    assert any(said in fault for fault in told), told


def test_mixed_rating_scales_are_a_fault():
    faults = list(QUESTIONNAIRES["umux_lite"].faults([(1, (1, 7)), (2, (1, 5))]))
    assert faults == [(1, "the items of 'umux_lite' are asked on one scale, but there are several")]
