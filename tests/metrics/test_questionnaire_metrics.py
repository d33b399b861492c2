"""Metrics of the registry's questionnaires, from signals to numbers."""

from __future__ import annotations

import math
import statistics

import pytest

from touchpath.metrics.catalogue import METRICS, QUESTION_SCALES, told_metrics
from touchpath.metrics.questionnaires import QUESTIONNAIRE_METRICS, items_of
from touchpath.model.errors import BadInput
from touchpath.model.estimate import Undefined
from touchpath.model.rules import EventRule
from touchpath.stats.questionnaires import QUESTIONNAIRES


def items(metric, *numbers):
    """Items of a questionnaire; the answers to item 3 are signals of kind q3."""
    found = items_of(metric, lambda number: EventRule((f"q{number}",)))
    return tuple(one for one in found if not numbers or one.item in numbers)


def people(*responses):
    return {
        owner: [(place, f"q{number}", rating) for place, (number, rating) in enumerate(ratings.items())]
        for owner, ratings in enumerate(responses)
    }


def in_order(*ratings):
    return {number: rating for number, rating in enumerate(ratings, 1) if rating is not None}


def measured(summarise, metric, subject, given):
    one = METRICS[metric]
    return one.estimate(summarise(one.fold(subject), given), 0)


def t_interval(scores):
    """By the formula, with the quantile of three degrees of freedom from a table."""
    assert len(scores) == 4
    half = 3.182446 * statistics.stdev(scores) / math.sqrt(len(scores))
    mean = statistics.mean(scores)
    return mean - half, mean, mean + half


@pytest.mark.parametrize("metric", QUESTIONNAIRE_METRICS)
def test_every_scale_has_a_fold_of_its_questionnaires_items(metric):
    one = METRICS[metric]
    asked = items(metric)
    assert one.fold(asked if one.subject == "questionnaire" else asked[0]).key.name == metric


def test_the_short_ueq_has_three_scales(summarise):
    given = people(
        in_order(6, 5, 7, 6, 4, 5, 3, 4), in_order(2, 4, 5, 3, 6, 5, 5, 6), in_order(*[5] * 8), in_order(*[4] * 4, *[6] * 4)
    )
    # Per person by hand: the mean of its items, less 4; the first two are the worked example of the reference vectors.
    for metric, scores in (
        ("ueq_s_pragmatic", [2.0, -0.5, 1.0, 0.0]),
        ("ueq_s_hedonic", [0.0, 1.5, 1.0, 2.0]),
        ("ueq_s", [1.0, 0.5, 1.0, 1.0]),
    ):
        found = measured(summarise, metric, items(metric), given)
        assert (found.low, found.value, found.high) == pytest.approx(t_interval(scores), abs=1e-5)
        assert "1 response gave every item the same rating; kept, but look at them." in found.warnings


def test_a_score_is_kept_on_its_scale_and_lower_may_be_better(summarise):
    given = people(in_order(*[1] * 16), in_order(*[1] * 15, 7), in_order(*[1] * 7, *[None] * 9))
    found = measured(summarise, "pssuq", items("pssuq"), given)
    assert (found.value, found.low, found.n) == (pytest.approx((1 + 22 / 16) / 2), 1.0, 2)
    assert METRICS["pssuq"].better == "lower"
    assert "1 response missed more than 8 items and is left out." in found.warnings


def test_the_supr_q_halves_the_likelihood_to_recommend(summarise):
    given = people(*(in_order(*[3] * 7, recommend) for recommend in (5, 6, 7, 9)))
    found = measured(summarise, "supr_q", items("supr_q"), given)
    assert (found.low, found.value, found.high) == pytest.approx(t_interval([2.9375, 3.0, 3.0625, 3.1875]), abs=1e-5)


def test_a_rating_scale_of_another_length_gives_the_same_score(summarise):
    for ends, ratings in (((1, 5), (1, 3, 5)), ((1, 7), (1, 4, 7)), ((0, 10), (0, 5, 10))):
        question = items("trust")[0]
        question = type(question)(question.id, "", question.asked, *ends, "trust")
        given = people(*({1: rating} for rating in ratings))
        assert measured(summarise, "trust", question, given).value == pytest.approx(50)


def test_an_emotion_is_read_from_minus_to_plus(summarise):
    question = items("valence")[0]
    found = measured(summarise, "valence", question, people({1: 9}, {1: 5}, {1: 7}, {1: 9}))
    assert (found.value, found.n_unit) == (62.5, "answers")


def test_alpha_is_told_from_fifteen_complete_responses_on(summarise):
    rows = [in_order(*[1 + (number * place) % 7 for place in range(1, 5)]) for number in range(15)]
    found = measured(summarise, "visawi_s", items("visawi_s"), people(*rows))
    assert any(note.startswith("Cronbach's alpha") and "15 complete" in note for note in found.notes)
    fewer = measured(summarise, "visawi_s", items("visawi_s"), people(*rows[1:]))
    assert fewer.notes == ()


def test_a_weighted_load_without_right_weights_is_left_out(summarise):
    right = in_order(30, 15, 60, 40, 30, 40, 3, 0, 5, 1, 3, 3)
    found = measured(summarise, "nasa_tlx_weighted", items("nasa_tlx"), people(right, right, right | {7: 5}))
    assert (found.value, found.n) == (pytest.approx(640 / 15), 2)
    assert "1 response missed a rating, or had weights that do not come to 15, and is left out." in found.warnings


def test_only_scales_that_are_asked_as_a_whole_are_told():
    assert told_metrics("ueq", items("ueq", 2, 4, 13, 21, 3, 10, 15, 26)) == ("ueq_perspicuity", "ueq_novelty")
    assert told_metrics("ueq", items("ueq", 2, 4)) == ()
    assert told_metrics("sus", items("sus")) == ("sus",)
    assert told_metrics("nasa_tlx", items("nasa_tlx", 1, 2, 3, 4, 5, 6)) == ("nasa_tlx",)
    assert told_metrics("kano", items("kano")) == ("kano_better", "kano_worse")
    assert told_metrics("nps", ()) == ("nps",)
    assert told_metrics("nonsense", ()) == ()


def test_a_scale_that_is_not_asked_is_refused_with_its_items():
    with pytest.raises(BadInput, match="missing: 7, 8, 9, 10, 11, 12"):
        METRICS["nasa_tlx_weighted"].fold(items("nasa_tlx", 1, 2, 3, 4, 5, 6))


def test_single_items_may_be_on_each_scale_of_theirs_and_no_other():
    assert QUESTION_SCALES["smeq"] == ((0, 150),)
    assert QUESTION_SCALES["single_ease"] == QUESTIONNAIRES["single_ease"].ends
    question = items("smeq")[0]
    with pytest.raises(BadInput, match="scale of 0 to 150"):
        METRICS["smeq"].fold(type(question)("q", "", question.asked, 0, 100, "smeq"))


KANO = items("kano")
ATTRACTIVE, WANTED, MUST_BE, INDIFFERENT, REVERSE = {1: 1, 2: 3}, {1: 1, 2: 5}, {1: 3, 2: 5}, {1: 3, 2: 3}, {1: 5, 2: 1}


def test_a_kano_feature_has_shares_and_a_category(summarise):
    given = people(*[ATTRACTIVE] * 2, *[WANTED] * 10, *[MUST_BE] * 2, *[INDIFFERENT] * 6, REVERSE, {1: 1})
    better, worse = (measured(summarise, name, KANO, given) for name in ("kano_better", "kano_worse"))
    assert (better.value, better.n, better.method) == (0.6, 20, "Wilson")
    # Wilson's limits of 12 of 20, as prop.test(12, 20, correct = FALSE) of R gives them.
    assert (better.low, better.high) == pytest.approx((0.386582, 0.781193), abs=1e-6)
    assert worse.value == 0.6
    assert better.notes[0].startswith("Category undecided: the two largest differ by 4, and Fong's test asks for 5.2")
    assert "As printed by Berger et al.: -0.60." in worse.notes
    assert better.warnings == (
        "Left out for answering only one of the two questions: 1.",
        "Left out of the share for wanting rather not to have it: 1.",
    )


def test_a_clear_kano_category_is_told(summarise):
    found = measured(summarise, "kano_better", KANO, people(*[MUST_BE] * 20, *[INDIFFERENT] * 3))
    assert found.notes == ("Category: must-be (20 must-be, 3 indifferent).",)


def test_a_feature_that_nobody_cares_for_has_no_share(summarise):
    assert isinstance(measured(summarise, "kano_better", KANO, people(REVERSE, REVERSE)), Undefined)
