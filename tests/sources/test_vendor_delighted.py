"""Delighted: the documented webhook, and the same response from the API."""

import pytest

from touchpath.model.email import email_actor
from touchpath.model.errors import BadInput
from touchpath.sources.vendors import delighted

RESPONSE = {
    "id": "5435",
    "person": {"id": "5975", "email": "charlie@example.com", "name": "Charlie", "created_at": 1732186784},
    "survey_type": "nps",
    "score": 9,
    "comment": "Fast and flawless!",
    "permalink": "https://app.delighted.com/r/x",
    "created_at": 1732186844,
    "updated_at": 1732187444,
    "person_properties": {"customer_id": "123", "plan": "pro", "Delighted Source": "email"},
    "notes": [{"id": "1", "text": "called back", "user_email": "agent@example.com"}],
    "tags": ["shipping"],
    "additional_answers": [
        {
            "id": "4",
            "value": {"free_response": None, "scale": None, "select_one": None, "select_many": [{"id": "D", "text": "Convenience"}, {"id": "u", "text": "Friendly staff"}]},
            "question": {"id": "enum_z9EvYV", "type": "select_many", "text": "What did you enjoy?"},
        },
        {"id": "6", "value": {"scale": 5, "free_response": None}, "question": {"id": "sc_1", "type": "scale", "text": "How helpful?"}},
        {"id": "7", "value": {"free_response": "More shops"}, "question": {"id": "fr_1", "type": "free_response", "text": "Ideas?"}},
    ],
}  # fmt: skip


def answers(signals):
    return [signal for signal in signals if signal.kind == "survey.answered"]


def test_score_and_comment_are_one_answer_and_each_further_question_has_its_own():
    found = answers(delighted.survey_response_signals(RESPONSE))
    assert [(one.properties["question"], one.value, one.text, one.properties.get("answer")) for one in found] == [
        ("nps", 9.0, "Fast and flawless!", None),
        ("enum_z9EvYV", None, None, "Convenience"),
        ("enum_z9EvYV", None, None, "Friendly staff"),
        ("sc_1", 5.0, None, None),
        ("fr_1", None, "More shops", None),
    ]
    assert found[0].properties["scale"] == "nps"
    assert "scale" not in found[3].properties
    assert found[0].channel == "email"
    assert found[0].actors == ("external:delighted-5975", email_actor("charlie@example.com"))


@pytest.mark.parametrize("sort", ["stars", "thumbs", "smileys", "pmf"])
def test_other_survey_types_are_not_taken_for_one_of_the_three_scales(sort):
    (first, *_) = answers(delighted.survey_response_signals({**RESPONSE, "survey_type": sort}))
    assert "scale" not in first.properties


def test_a_comment_that_comes_later_corrects_the_answer_and_adds_none():
    first = {"event_type": "survey_response.created", "event_data": {**RESPONSE, "comment": None, "additional_answers": []}}
    later = {"event_type": "survey_response.updated", "event_data": RESPONSE}
    before, after = ({one.id: one for one in delighted.webhook_signals(event)} for event in (first, later))
    assert before.keys() < after.keys()
    assert before["5435/score"].text is None
    assert after["5435/score"].text == "Fast and flawless!"


def test_the_person_may_be_an_id_alone():
    (first, *_) = delighted.survey_response_signals({**RESPONSE, "person": "5975"})
    assert first.actors == ("external:delighted-5975",)


def test_nothing_of_the_person_or_the_agent_is_kept_in_clear():
    told = repr(list(delighted.survey_response_signals(RESPONSE)))
    assert "Charlie" not in told
    assert "example.com" not in told


def test_an_unsubscription_is_a_signal_of_its_own():
    event = {
        "event_type": "unsubscribe.created",
        "event_data": {"person_id": "5975", "email": "c@example.com", "unsubscribed_at": 1732186844},
    }
    (signal,) = delighted.webhook_signals(event)
    assert (signal.kind, signal.actors) == ("survey.unsubscribed", ("external:delighted-5975", email_actor("c@example.com")))


@pytest.mark.parametrize(
    ("event", "says"),
    [
        ({"event_type": "person.created"}, "person.created"),
        ({"event_type": "survey_response.created", "event_data": {"score": 3}}, "'id'"),
        ({"event_type": "survey_response.created", "event_data": {"id": "1", "created_at": "soon"}}, "created_at"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(event, says):
    with pytest.raises(BadInput, match=says):
        list(delighted.webhook_signals(event))


def test_a_signature_fits_its_body_only():
    body = b'{"event_id":"b8"}'
    assert delighted.verify(body, "sha256=21cde018cf23132209044d10145fbca74a20afff4575aa07df3066faad624ee8", "key")
    assert not delighted.verify(b"{}", "sha256=21cde018cf23132209044d10145fbca74a20afff4575aa07df3066faad624ee8", "key")
    assert not delighted.verify(body, "sha256=", "key")
    assert not delighted.verify(body, None, "key")
