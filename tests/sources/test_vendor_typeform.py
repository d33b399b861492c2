"""Typeform: the webhook's payload as documented, and the same response as the API gives it."""

import json

import pytest

from touchpath.model.email import email_actor
from touchpath.model.errors import BadInput
from touchpath.sources.vendors import typeform

FIELDS = [
    {"id": "Nps1", "ref": "nps", "type": "nps", "title": "How likely ...?"},
    {"id": "Why1", "ref": "why", "type": "long_text", "title": "Why?"},
    {"id": "Chan", "ref": "channels", "type": "multiple_choice", "title": "Which channels?"},
    {"id": "Rank", "ref": "rank", "type": "ranking", "title": "Put in order"},
    {
        "id": "Mat1",
        "type": "matrix",
        "title": "How satisfied were you with",
        "properties": {"fields": [{"id": "MatA", "type": "multiple_choice", "title": "<b>Delivery</b>"}]},
    },
    {"id": "Mail", "type": "email", "title": "Your address"},
    {"id": "Tel1", "type": "phone_number", "title": "Your phone"},
    {"id": "Yes1", "type": "yes_no", "title": "Again?"},
    {"id": "Num1", "type": "number", "title": "How many?"},
]
ANSWERS = [
    {"type": "number", "number": 9, "field": {"id": "Nps1", "ref": "nps", "type": "nps"}},
    {"type": "text", "text": "Fast", "field": {"id": "Why1", "type": "long_text"}},
    {
        "type": "choices",
        "choices": {"ids": ["c1", "c2"], "labels": ["Phone", "Chat"], "other": "Pigeon"},
        "field": {"id": "Chan", "type": "multiple_choice"},
    },
    {"type": "choices", "choices": {"labels": ["Price", "Speed"]}, "field": {"id": "Rank", "type": "ranking"}},
    {"type": "choice", "choice": {"id": "d1", "label": "Very"}, "field": {"id": "MatA", "type": "multiple_choice"}},
    {"type": "email", "email": "Ann@example.com", "field": {"id": "Mail", "type": "email"}},
    {"type": "phone_number", "phone_number": "+34600000000", "field": {"id": "Tel1", "type": "phone_number"}},
    {"type": "boolean", "boolean": False, "field": {"id": "Yes1", "type": "yes_no"}},
    {"type": "number", "number": 3, "field": {"id": "Num1", "type": "number"}},
]


def a_webhook(**changes: object) -> dict[str, object]:
    response = {
        "form_id": "lT4Z3j",
        "token": "a3a1",
        "landed_at": "2026-03-01T09:07:02Z",
        "submitted_at": "2026-03-01T09:09:02Z",
        "hidden": {"user_id": "u_81", "plan": "pro"},
        "calculated": {"score": 9},
        "variables": [{"key": "segment", "type": "text", "text": "smb"}],
        "definition": {"id": "lT4Z3j", "title": "Relationship NPS", "fields": FIELDS},
        "answers": ANSWERS,
        **changes,
    }
    return {"event_id": "01KX", "event_type": "form_response", "form_response": response}


def by_question(signals):
    found = {}
    for signal in signals:
        if signal.kind == "survey.answered":
            found.setdefault(signal.properties["question"], []).append(signal)
    return found


def test_a_response_is_started_answered_question_by_question_and_completed():
    signals = list(typeform.webhook_signals(a_webhook()))
    assert [signals[0].kind, signals[-1].kind] == ["survey.started", "survey.completed"]
    assert signals[-1].value == 120.0
    assert signals[-1].unit == "seconds"
    assert {signal.objects["response"] for signal in signals} == {"a3a1"}
    assert {signal.actors for signal in signals} == {("user:u_81",)}
    answered = by_question(signals)
    (nps,) = answered["Nps1"]
    assert (nps.value, nps.unit, nps.properties["scale"]) == (9.0, "points", "nps")
    assert nps.properties["wording"] == "How likely ...?"
    assert (nps.properties["survey"], nps.properties["plan"], nps.properties["segment"]) == ("lT4Z3j", "pro", "smb")
    assert answered["Why1"][0].text == "Fast"
    assert (answered["Num1"][0].value, answered["Num1"][0].unit) == (3.0, None)
    assert (answered["Yes1"][0].value, answered["Yes1"][0].properties["answer"]) == (0.0, "no")


def test_several_choices_are_several_answers_and_what_was_typed_beside_them_is_text():
    channels = by_question(typeform.webhook_signals(a_webhook()))["Chan"]
    assert [answer.properties["answer"] for answer in channels] == ["Phone", "Chat", "other"]
    assert channels[2].text == "Pigeon"
    assert len({answer.id for answer in channels}) == 3


def test_a_ranking_keeps_the_places_and_a_matrix_its_rows():
    answered = by_question(typeform.webhook_signals(a_webhook()))
    assert [(answer.properties["rank"], answer.properties["answer"]) for answer in answered["Rank"]] == [
        (1, "Price"),
        (2, "Speed"),
    ]
    (delivery,) = answered["MatA"]
    assert (delivery.properties["wording"], delivery.properties["row"]) == ("How satisfied were you with", "Delivery")


def test_addresses_and_phone_numbers_are_never_kept_in_clear():
    told = json.dumps([dict(signal.properties) for signal in typeform.webhook_signals(a_webhook())])
    assert "example.com" not in told
    assert "34600000000" not in told
    assert email_actor("ann@example.com") in told


def test_the_only_address_typed_names_who_nobody_else_names():
    (signal, *_) = typeform.webhook_signals(a_webhook(hidden={"user_id": "xxxxx"}))
    assert signal.actors == (email_actor("ann@example.com"),)
    two = [*ANSWERS, {"type": "email", "email": "friend@example.com", "field": {"id": "Frnd", "type": "email"}}]
    (signal, *_) = typeform.webhook_signals(a_webhook(hidden={}, answers=two))
    assert signal.actors == ("anonymous:typeform-a3a1",)


def test_webhook_and_pull_tell_the_same_signals():
    webhook = a_webhook()
    response = dict(webhook["form_response"])
    form = response.pop("definition")
    assert list(typeform.form_response_signals(response, form)) == list(typeform.webhook_signals(webhook))


def test_a_partial_response_is_marked_and_has_no_end():
    webhook = {**a_webhook(submitted_at=None), "event_type": "form_response_partial"}
    signals = list(typeform.webhook_signals(webhook))
    assert "survey.completed" not in [signal.kind for signal in signals]
    assert {signal.properties["status"] for signal in signals} == {"partial"}


def test_a_field_of_a_sort_not_known_yet_keeps_its_answer():
    answers = [{"type": "hologram", "hologram": "shape 7", "field": {"id": "Holo", "type": "hologram"}}]
    (answer,) = by_question(typeform.webhook_signals(a_webhook(answers=answers)))["Holo"]
    assert answer.properties["answer"] == "shape 7"


@pytest.mark.parametrize(
    ("webhook", "says"),
    [
        ({"event_type": "ping"}, "'ping'"),
        (a_webhook(token=None), "'token'"),
        (a_webhook(landed_at="yesterday", submitted_at=None), "submitted_at"),
        ({"event_type": "form_response"}, "token"),
    ],
)
def test_what_is_no_response_is_refused_by_name(webhook, says):
    with pytest.raises(BadInput, match=says):
        list(typeform.webhook_signals(webhook))


def test_a_signature_fits_its_body_only():
    body = b'{"event_id":"01KX"}'
    good = "sha256=X8oMIfNETAEnDk/nADby1GfFM0l7xDBVkFWkE1iKB1I="  # by openssl dgst -sha256 -hmac 'open sesame' -binary | base64
    assert typeform.verify(body, good, "open sesame")
    assert not typeform.verify(body + b" ", good, "open sesame")
    assert not typeform.verify(body, good, "open barley")
    assert not typeform.verify(body, None, "open sesame")
    assert not typeform.verify(body, "sha256=é", "open sesame")
