"""What a model file says about questionnaires is held to the registry."""

from __future__ import annotations

import pytest

from touchpath.metrics.catalogue import QUESTION_SCALES
from touchpath.model.errors import ModelErrors
from touchpath.model.parse import parse_model

HEAD = "format: touchpath-model/1\nbrand: {id: shop, title: The Shop}\nquestions:\n"


def question(number, questionnaire="sus", high=5, low=1, more=""):
    return (
        f"  - {{id: {questionnaire}-{number}, title: Item {number}, asked: {{kind: q{number}}}, scale: {{low: {low}, high: {high}}}, "
        f"questionnaire: {questionnaire}, item: {number}{more}}}\n"
    )


def faults(*lines):
    with pytest.raises(ModelErrors) as failed:
        parse_model(HEAD + "".join(lines), metrics=QUESTION_SCALES)
    return str(failed.value)


def test_the_metric_of_a_questionnaire_of_the_registry_need_not_be_said():
    model = parse_model(HEAD + "".join(map(question, range(1, 11))), metrics=QUESTION_SCALES)
    assert {one.metric for one in model.questions} == {"sus"}


def test_two_places_may_ask_the_same_questionnaire_under_names_of_their_own():
    lines = [question(n, place, more=", metric: sus") for place in ("sus-shop", "sus-app") for n in range(1, 11)]
    assert len(parse_model(HEAD + "".join(lines), metrics=QUESTION_SCALES).questions) == 20


def test_a_missing_item_is_told():
    assert "questions/sus-1: 'sus' is asked as a whole; items 4, 10 are missing." in faults(
        *(question(n) for n in range(1, 10) if n != 4)
    )


def test_wrong_numbers_and_scales_are_told_at_their_lines():
    told = faults(*map(question, range(1, 10)), question(10, high=7), question(11))
    assert "13: questions/sus-10: item 10 of 'sus' is asked on a scale of 1 to 5, but its scale runs from 1 to 7." in told
    assert "14: questions/sus-11: 'sus' has items 1 to 10, but 'item' is 11." in told


def test_a_part_of_a_scale_is_told_where_scales_may_be_left_out():
    perspicuity = [question(n, "ueq", 7) for n in (2, 4, 13, 21)]
    assert parse_model(HEAD + "".join(perspicuity), metrics=QUESTION_SCALES)
    told = faults(*perspicuity, question(3, "ueq", 7))
    assert "questions/ueq-3: the scale 'UEQ novelty' of 'ueq' is asked as a whole; items 10, 15, 26 are missing." in told


def test_raw_and_weighted_task_load_may_be_asked():
    raw = [question(n, "nasa_tlx", 100, 0) for n in range(1, 7)]
    weights = [question(n, "nasa_tlx", 5, 0) for n in range(7, 13)]
    assert parse_model(HEAD + "".join(raw), metrics=QUESTION_SCALES)
    assert parse_model(HEAD + "".join(raw + weights), metrics=QUESTION_SCALES)
    assert "item 12 is missing" in faults(*raw, *weights[:5])


def test_items_need_their_questionnaire():
    line = "  - {id: a, title: A, asked: {kind: a}, scale: {low: 1, high: 7}, metric: ueq_s}\n"
    assert "'ueq_s' reads items together. Write 'questionnaire: ueq_s' and 'item: 1' and so on." in faults(line)


def test_an_unknown_questionnaire_is_told_as_an_unknown_metric():
    assert "No metric is called 'suss'. Did you mean 'sus'?" in faults(question(1, "suss"))


def test_a_single_item_is_held_to_its_scales():
    line = "  - {id: a, title: A, asked: {kind: a}, scale: {low: 1, high: 4}, metric: trust}\n"
    assert "'trust' is read on a scale of 1 to 5 or 1 to 7 or 0 to 10, but its scale runs from 1 to 4." in faults(line)


def test_a_kano_pair_has_both_sides():
    assert parse_model(HEAD + question(1, "kano-mode", more=", metric: kano") + question(2, "kano-mode", more=", metric: kano"))
    assert "'kano' is asked as a whole; item 2 is missing" in faults(question(1, "kano-mode", more=", metric: kano"))
