"""What the registry tells people."""

from __future__ import annotations

from pathlib import Path

import pytest

from touchpath.metrics.catalogue import QUESTION_SCALES
from touchpath.metrics.questionnaire_page import model_lines, questionnaire_page
from touchpath.model.errors import BadInput, Missing
from touchpath.model.parse import parse_model
from touchpath.stats.questionnaires import QUESTIONNAIRES

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "questionnaires.md"
HEAD = "format: touchpath-model/1\nbrand: {id: shop, title: The Shop}\nquestions:\n"


def test_the_page_is_made_from_the_registry():
    """To renew: python -c "from touchpath.metrics.questionnaire_page import questionnaire_page as page; print(page(), end='')" > its file"""
    assert PAGE.read_text(encoding="utf-8") == questionnaire_page()


@pytest.mark.parametrize("name", QUESTIONNAIRES)
def test_the_printed_questions_are_a_sound_model(name):
    model = parse_model(HEAD + model_lines(name, f"{name}-app"), metrics=QUESTION_SCALES)
    assert [one.title for one in model.questions] == [item.asks for item in QUESTIONNAIRES[name].items]
    assert {one.metric for one in model.questions} == {name}


def test_an_unknown_questionnaire_and_a_wrong_name_are_told():
    with pytest.raises(Missing, match="Did you mean 'sus'"):
        model_lines("suss")
    with pytest.raises(BadInput, match="'a: b' came"):
        model_lines("sus", "a: b")


def test_no_wording_is_told_where_its_licence_was_not_found():
    assert {name for name, one in QUESTIONNAIRES.items() if not one.worded} >= {
        "supr_q",
        "pssuq",
        "csuq",
        "asq",
        "umux",
        "visawi_s",
    }
    assert "without" not in QUESTIONNAIRES["supr_q"].items[0].asks
