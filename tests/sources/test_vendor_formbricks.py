"""Formbricks: the documented webhooks, and the same response from the management API."""

from datetime import UTC, datetime

import pytest

from touchpath.model.email import email_actor
from touchpath.model.errors import BadInput
from touchpath.sources.vendors import formbricks

SURVEY = {
    "id": "cm1",
    "name": "Relationship",
    "type": "link",
    "hiddenFields": {"enabled": True, "fieldIds": ["user_id", "campaign"]},
    "blocks": [
        {
            "elements": [
                {"id": "q1", "type": "nps", "headline": {"default": "How likely ...?"}},
                {"id": "q2", "type": "openText", "inputType": "text", "headline": {"default": "<p>Why?</p>", "de": "Warum?"}},
                {
                    "id": "q3",
                    "type": "multipleChoiceMulti",
                    "headline": {"default": "Which?"},
                    "choices": [{"id": "c1", "label": {"default": "Phone", "de": "Telefon"}}, {"id": "c2", "label": {"default": "Chat"}}],
                },
                {"id": "q4", "type": "matrix", "headline": {"default": "How satisfied?"}},
                {"id": "q5", "type": "ranking", "headline": {"default": "Order"}, "choices": []},
                {"id": "q6", "type": "contactInfo", "headline": {"default": "Who are you?"}},
                {"id": "q7", "type": "rating", "range": 5, "headline": {"default": "How easy?"}},
            ]
        }
    ],
}  # fmt: skip
DATA = {
    "q1": 9,
    "q2": "Fast",
    "q3": ["Telefon", "Chat", ""],
    "q4": {"Price": "Very", "Speed": "4"},
    "q5": ["B", "A"],
    "q6": ["Ann", "Bee", "ann@example.com"],
    "q7": 5,
    "user_id": "u_81",
    "campaign": "spring",
}
RESPONSE = {
    "id": "cmr1",
    "surveyId": "cm1",
    "createdAt": "2026-03-01T09:07:02.507Z",
    "updatedAt": "2026-03-01T09:09:02.507Z",
    "finished": True,
    "contactId": "ct1",
    "contactAttributes": {"plan": "pro", "email": "ann@example.com"},
    "data": DATA,
    "variables": {"score": 7},
    "ttc": {"_total": 4947.9, "q1": 2154.7},
    "meta": {"country": "DE", "url": "https://app.formbricks.com/s/cm1", "userAgent": {"browser": "Chrome", "device": "desktop"}},
    "language": "de",
    "tags": [{"name": "vip"}],
}


def answered(response=RESPONSE, survey=SURVEY):
    return [one for one in formbricks.survey_response_signals(response, survey) if one.kind == "survey.answered"]


def test_every_answer_is_a_signal_and_hidden_fields_are_properties():
    assert [(one.properties["question"], one.value, one.text, one.properties.get("answer")) for one in answered()] == [
        ("q1", 9.0, None, None),
        ("q2", None, "Fast", None),
        ("q3", None, None, "Telefon"),
        ("q3", None, None, "Chat"),
        ("q4/Price", None, None, "Very"),
        ("q4/Speed", 4.0, None, "4"),
        ("q5", 1.0, None, "B"),
        ("q5", 2.0, None, "A"),
        ("q6", None, None, "given"),
        ("q7", 5.0, None, None),
    ]
    first = answered()[0]
    assert (first.properties["scale"], first.properties["wording"]) == ("nps", "How likely ...?")
    assert (first.properties["campaign"], first.properties["plan"], first.properties["country"]) == ("spring", "pro", "DE")
    assert answered()[2].properties["choice"] == "c1"
    assert "scale" not in answered()[-1].properties


def test_who_answered():
    assert answered()[0].actors == ("user:u_81", "external:formbricks-ct1", email_actor("ann@example.com"))


def test_nothing_personal_is_kept_in_clear():
    told = repr(answered())
    assert "Bee" not in told
    assert "ann@example.com" not in told


def test_webhooks_of_one_response_correct_each_other_and_add_none():
    """A response is created, updated and finished; the survey in a webhook has no elements, so answers go by their ids."""
    events = [
        {
            "event": "responseCreated",
            "data": {**RESPONSE, "finished": False, "data": {"q1": 9}, "survey": {"title": "Relationship"}},
        },
        {"event": "responseFinished", "data": {**RESPONSE, "survey": {"title": "Relationship", "type": "link"}}},
    ]
    first, last = ({one.id for one in formbricks.webhook_signals([event])} for event in events)
    assert first < last
    assert "cmr1/ended" not in first


def test_webhook_and_pull_tell_the_same_answers():
    (webhook,) = ({one.id: one.value for one in formbricks.webhook_signals({"event": "responseFinished", "data": RESPONSE})},)
    pulled = {one.id: one.value for one in formbricks.survey_response_signals(RESPONSE, SURVEY) if one.value is not None}
    assert pulled.keys() <= webhook.keys()
    assert {"cmr1/q1", "cmr1/q4/Speed", "cmr1/ended"} <= pulled.keys()


def test_a_response_that_was_not_finished_is_partial():
    assert {one.properties["status"] for one in answered({**RESPONSE, "finished": False})} == {"partial"}


def test_older_surveys_list_their_questions_without_blocks():
    survey = {"questions": [{"id": "q1", "type": "csat", "headline": "How was it?"}]}
    (one,) = answered({**RESPONSE, "data": {"q1": 4}}, survey)
    assert (one.properties["scale"], one.properties["wording"]) == ("csat", "How was it?")


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        ({"event": "surveyDeleted", "data": {}}, "surveyDeleted"),
        ([{"event": "responseCreated", "data": {"createdAt": "2026-03-01T09:07:02Z"}}], "'id'"),
        ({"event": "responseCreated", "data": {"id": "r"}}, "createdAt"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(payload, says):
    with pytest.raises(BadInput, match=says):
        list(formbricks.webhook_signals(payload))


def test_a_signature_fits_its_id_time_and_body_only():
    """The key, id, time, body and signature of the Standard Webhooks specification's own example."""
    secret, id, sent = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330"
    body, good = b'{"test": 2432232314}', "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    now = datetime.fromtimestamp(1614265360, UTC)
    assert formbricks.verify(body, id, sent, good, secret, now)
    assert formbricks.verify(body, id, sent, f"v1,AAAA {good}", secret, now)
    assert not formbricks.verify(b"{}", id, sent, good, secret, now)
    assert not formbricks.verify(body, "msg_other", sent, good, secret, now)
    assert not formbricks.verify(body, id, sent, good, secret, datetime.fromtimestamp(1614266000, UTC))
    assert not formbricks.verify(body, id, None, good, secret, now)
    assert not formbricks.verify(body, id, sent, good, "whsec_é", now)
