"""SurveyMonkey: responses of the bulk endpoint with the survey's details, and webhooks, in the documented shapes."""

import pytest

from touchpath.model.email import email_actor
from touchpath.model.errors import BadInput
from touchpath.sources.vendors import surveymonkey

SURVEY = {
    "id": "105723396",
    "title": "Support",
    "language": "en",
    "pages": [
        {
            "id": "p1",
            "questions": [
                {
                    "id": "10",
                    "family": "matrix",
                    "subtype": "rating",
                    "headings": [{"heading": "How likely is it that you would recommend us?"}],
                    "answers": {
                        "rows": [{"id": "r1", "text": ""}],
                        "choices": [
                            {"id": f"n{point}", "text": f"{point}", "weight": -100 if point < 7 else 0 if point < 9 else 100}
                            for point in range(11)
                        ],
                    },
                },
                {
                    "id": "11",
                    "family": "matrix",
                    "subtype": "rating",
                    "headings": [{"heading": "How easy was <em>it</em>?"}],
                    "answers": {
                        "rows": [{"id": "ra", "text": "Search"}, {"id": "rb", "text": "Checkout"}],
                        "choices": [{"id": "w1", "text": "Hard", "weight": 1}, {"id": "w5", "text": "Easy", "weight": 5}],
                    },
                },
                {
                    "id": "12",
                    "family": "multiple_choice",
                    "subtype": "vertical",
                    "headings": [{"heading": "Which channel, if any?"}],
                    "answers": {
                        "choices": [{"id": "c1", "text": "Phone"}, {"id": "c2", "text": "Chat"}],
                        "other": {"id": "o1", "text": "Other (please specify)"},
                    },
                },
                {
                    "id": "13",
                    "family": "matrix",
                    "subtype": "ranking",
                    "headings": [{"heading": "Put in order"}],
                    "answers": {
                        "rows": [{"id": "x", "text": "Price"}, {"id": "y", "text": "Speed"}],
                        "choices": [{"id": "k1", "text": "1"}, {"id": "k2", "text": "2"}],
                    },
                },
                {"id": "14", "family": "open_ended", "subtype": "essay", "headings": [{"heading": "Why?"}]},
                {
                    "id": "15",
                    "family": "demographic",
                    "subtype": "international",
                    "headings": [{"heading": "Who are you?"}],
                    "answers": {"rows": [{"id": "d1", "text": "Name"}, {"id": "d2", "text": "Email Address"}]},
                },
            ],
        }
    ],
}
RESPONSE = {
    "id": "5007154325",
    "survey_id": "105723396",
    "collector_id": "50253586",
    "recipient_id": "564728340",
    "response_status": "completed",
    "collection_mode": "default",
    "total_time": 144,
    "custom_value": "acct-42",
    "custom_variables": {"user_id": "u_81", "plan": "pro"},
    "ip_address": "192.0.2.7",
    "date_created": "2026-06-10T07:48:07+00:00",
    "date_modified": "2026-06-10T08:09:25+00:00",
    "pages": [
        {
            "id": "p1",
            "questions": [
                {"id": "10", "answers": [{"row_id": "r1", "choice_id": "n9"}]},
                {"id": "11", "answers": [{"row_id": "ra", "choice_id": "w1"}, {"row_id": "rb", "choice_id": "w5"}]},
                {"id": "12", "answers": [{"choice_id": "c1"}, {"choice_id": "c2"}, {"other_id": "o1", "text": "Pigeon"}]},
                {"id": "13", "answers": [{"row_id": "x", "choice_id": "k2"}, {"row_id": "y", "choice_id": "k1"}]},
                {"id": "14", "answers": [{"text": "Slow"}]},
                {"id": "15", "answers": [{"row_id": "d1", "text": "Ann Bee"}, {"row_id": "d2", "text": "ann@example.com"}]},
            ],
        }
    ],
}


def answered(response, survey=SURVEY):
    return [one for one in surveymonkey.survey_response_signals(response, survey) if one.kind == "survey.answered"]


def of(question, **changes):
    found = answered({**RESPONSE, **changes})
    return [one for one in found if str(one.properties["question"]).partition("/")[0] == question]


def test_a_net_promoter_question_is_known_by_the_weights_that_the_survey_gives():
    (nps,) = of("10")
    assert (nps.value, nps.properties["scale"], nps.properties["question"]) == (9.0, "nps", "10")
    assert all("scale" not in one.properties for one in of("11"))


def test_each_row_of_a_matrix_is_an_answer_with_its_weight():
    assert [(one.properties["row"], one.value, one.properties["answer"]) for one in of("11")] == [
        ("Search", 1.0, "Hard"),
        ("Checkout", 5.0, "Easy"),
    ]
    assert of("11")[0].properties["wording"] == "How easy was it ?"


def test_each_choice_is_an_answer_and_what_was_typed_beside_them_is_text():
    assert [(one.properties["answer"], one.text) for one in of("12")] == [
        ("Phone", None),
        ("Chat", None),
        ("Other (please specify)", "Pigeon"),
    ]


def test_a_ranking_keeps_its_places():
    assert [(one.properties["row"], one.properties["rank"]) for one in of("13")] == [("Price", 2), ("Speed", 1)]


def test_who_answered_and_what_came_along():
    first = answered(RESPONSE)[0]
    assert first.actors == ("user:u_81", "external:surveymonkey-564728340")
    assert (first.properties["plan"], first.properties["custom_value"]) == ("pro", "acct-42")


def test_nothing_personal_is_kept_in_clear():
    told = repr(answered(RESPONSE))
    assert not any(part in told for part in ("Ann Bee", "ann@example.com", "192.0.2.7"))
    assert email_actor("ann@example.com") in told


def test_the_response_is_timed_from_its_start_to_its_end():
    started, *_, ended = surveymonkey.survey_response_signals(RESPONSE, SURVEY)
    assert (started.kind, started.occurred_at.minute) == ("survey.started", 48)
    assert (ended.kind, ended.value, ended.properties["answers"]) == ("survey.completed", 144.0, 11)


@pytest.mark.parametrize(("status", "kind"), [("disqualified", "survey.disqualified"), ("overquota", "survey.disqualified")])
def test_the_disqualified_end_otherwise(status, kind):
    *_, ended = surveymonkey.survey_response_signals({**RESPONSE, "response_status": status}, SURVEY)
    assert ended.kind == kind


@pytest.mark.parametrize("mode", ["preview", "survey_preview"])
def test_previews_are_marked(mode):
    assert all(one.properties["test"] for one in answered({**RESPONSE, "collection_mode": mode}))


def test_without_the_survey_nothing_is_lost():
    assert len(answered(RESPONSE, {})) == len(answered(RESPONSE))


def a_webhook(**changes):
    return {
        "event_type": "response_completed",
        "event_id": "1",
        "object_type": "response",
        "object_id": "5007154325",
        "event_datetime": "2026-06-10T08:09:26+00:00",
        "resources": {"survey_id": "105723396", "recipient_id": "0"},
        **changes,
    }


def test_a_webhook_tells_the_end_under_the_id_that_pulling_gives_it():
    (told,) = surveymonkey.webhook_signals(a_webhook())
    *_, pulled = surveymonkey.survey_response_signals(RESPONSE, SURVEY)
    assert (told.id, told.kind, told.source) == (pulled.id, pulled.kind, pulled.source)
    assert told.actors == ("anonymous:surveymonkey-5007154325",)


def test_an_update_waits_for_pulling():
    assert list(surveymonkey.webhook_signals(a_webhook(event_type="response_updated"))) == []


@pytest.mark.parametrize(
    ("record", "says"),
    [
        ({**RESPONSE, "id": None}, "'id'"),
        ({**RESPONSE, "date_modified": "06/10/2026", "date_created": None}, "date_modified"),
        ({**RESPONSE, "response_status": "lost"}, "'lost'"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(record, says):
    with pytest.raises(BadInput, match=says):
        list(surveymonkey.survey_response_signals(record, SURVEY))


@pytest.mark.parametrize(
    "webhook", [a_webhook(event_type="collector_created"), a_webhook(event_datetime="now"), a_webhook(object_id="")]
)
def test_a_webhook_about_something_else_is_refused(webhook):
    with pytest.raises(BadInput):
        list(surveymonkey.webhook_signals(webhook))


def test_a_signature_fits_its_body_only():
    body, good = (
        b'{"event_id":"1"}',
        "1pzcc3X1a3SKtedpFNP01N33Twg=",
    )  # by openssl dgst -sha1 -hmac 'client&secret' -binary | base64
    assert surveymonkey.verify(body, good, "client", "secret")
    assert not surveymonkey.verify(body + b"\n", good, "client", "secret")
    assert not surveymonkey.verify(body, good, "client", "other")
    assert not surveymonkey.verify(body, None, "client", "secret")
