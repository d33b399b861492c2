"""Qualtrics: exported responses in the documented shape, survey definitions, and the history of distributions."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from touchpath.model.email import email_actor
from touchpath.model.errors import BadInput
from touchpath.sources.vendors import qualtrics

DEFINITION = {
    "SurveyID": "SV_1",
    "SurveyName": "Relationship",
    "Questions": {
        "QID1": {"QuestionText": "How <b>likely</b> ...?", "DataExportTag": "Q1", "QuestionType": "MC", "Selector": "NPS"},
        "QID2": {"QuestionText": "Why?", "DataExportTag": "Q2", "QuestionType": "TE", "Selector": "ML"},
        "QID3": {"QuestionText": "Which channels?", "DataExportTag": "Q3", "QuestionType": "MC", "Selector": "MAVR"},
        "QID4": {
            "QuestionText": "How satisfied with",
            "DataExportTag": "Q4",
            "QuestionType": "Matrix",
            "Selector": "Likert",
            "Choices": {"1": {"Display": "Price"}, "2": {"Display": "Speed"}},
        },
        "QID5": {
            "QuestionText": "Order",
            "QuestionType": "RO",
            "Selector": "DND",
            "Choices": {"1": {"Display": "A"}, "2": {"Display": "B"}},
        },
    },
}
VALUES = {
    "startDate": "2026-03-01T09:12:44Z",
    "endDate": "2026-03-01T09:13:18Z",
    "recordedDate": "2026-03-01T09:13:19.446Z",
    "status": 0,
    "ipAddress": "192.0.2.9",
    "progress": 100,
    "duration": 34,
    "finished": 1,
    "_recordId": "R_1abcDEF",
    "recipientLastName": "Bee",
    "recipientEmail": "ann@example.com",
    "externalDataReference": "0031R",
    "locationLatitude": "48.3",
    "distributionChannel": "email",
    "userLanguage": "EN",
    "QID1_NPS_GROUP": 3,
    "QID1": 9,
    "QID2_TEXT": "Fast, clear",
    "QID3": ["3", "1"],
    "QID3_3_TEXT": "Pigeon",
    "QID4_1": 4,
    "QID4_2": 5,
    "QID5_1": 2,
    "QID5_2": 1,
    "QID4_DO": ["1", "2"],
    "QID9_FIRST_CLICK": 1.2,
    "Audience": "3",
    "Q_ContactID": "CID_7",
}
LABELS = {"QID1": "9", "QID3": ["Other", "Phone"], "QID4_1": "Satisfied", "QID4_2": "Very satisfied", "status": "IP Address"}
RECORD = {"responseId": "R_1abcDEF", "values": VALUES, "labels": LABELS}
SURVEY = qualtrics.survey_of(DEFINITION)


def signals(survey=SURVEY, **changes):
    return list(qualtrics.survey_response_signals({**RECORD, "values": {**VALUES, **changes}}, survey))


def answered(**changes):
    found = {}
    for one in signals(**changes):
        if one.kind == "survey.answered":
            found.setdefault(one.properties["question"], []).append(one)
    return found


def test_every_answer_is_a_signal_and_nothing_else_is():
    assert set(answered()) == {"QID1", "QID2", "QID3", "QID3_3_TEXT", "QID4_1", "QID4_2", "QID5_1", "QID5_2"}


def test_numbers_words_choices_rows_and_ranks():
    found = answered()
    (nps,) = found["QID1"]
    assert (nps.value, nps.unit, nps.properties["scale"], nps.properties["wording"]) == (9.0, "points", "nps", "How likely ...?")
    assert found["QID2"][0].text == "Fast, clear"
    assert [(one.properties["choice"], one.properties["answer"]) for one in found["QID3"]] == [("1", "Phone"), ("3", "Other")]
    assert found["QID3_3_TEXT"][0].text == "Pigeon"
    assert [(found[name][0].properties["row"], found[name][0].value) for name in ("QID4_1", "QID4_2")] == [
        ("Price", 4.0),
        ("Speed", 5.0),
    ]
    assert found["QID4_2"][0].properties["answer"] == "Very satisfied"
    assert [found[name][0].properties["rank"] for name in ("QID5_1", "QID5_2")] == [2, 1]


def test_a_net_promoter_question_is_known_without_a_definition_by_the_group_that_qualtrics_adds():
    first = next(one for one in signals({}) if one.kind == "survey.answered")
    assert first.properties["scale"] == "nps"
    without = {name: value for name, value in VALUES.items() if name != "QID1_NPS_GROUP"}
    plain = list(qualtrics.survey_response_signals({**RECORD, "values": without}, {}))
    assert all("scale" not in one.properties for one in plain)


def test_who_answered_and_what_came_along():
    first = signals()[0]
    assert first.actors == ("user:0031R", "external:qualtrics-CID_7", email_actor("ann@example.com"))
    assert (first.channel, first.properties["language"], first.properties["Audience"]) == ("email", "EN", "3")
    assert (signals()[-1].kind, signals()[-1].value) == ("survey.completed", 34.0)


def test_nothing_personal_is_kept_in_clear():
    told = repr(signals())
    assert not any(part in told for part in ("Bee", "ann@example.com", "192.0.2.9", "48.3"))


@pytest.mark.parametrize(
    "changes", [{"status": 1}, {"status": "Survey Preview"}, {"status": 2}, {"distributionChannel": "preview"}]
)
def test_previews_and_tests_are_kept_and_marked(changes):
    assert all(one.properties["test"] for one in signals(**changes))


@pytest.mark.parametrize("changes", [{"status": 4}, {"status": "Imported"}, {"status": "IP Address"}, {"status": 0}])
def test_others_are_not(changes):
    assert not any("test" in one.properties for one in signals(**changes))


@pytest.mark.parametrize("finished", [0, "False", "0", False])
def test_an_unfinished_response_is_partial(finished):
    found = signals(finished=finished)
    assert {one.properties["status"] for one in found} == {"partial"}
    assert "survey.completed" not in {one.kind for one in found}


@pytest.mark.parametrize(("flag", "status"), [("Screened", "disqualified"), ("QuotaMet", "over quota")])
def test_a_response_that_the_flow_ended_early_is_disqualified(flag, status):
    *_, ended = signals(Q_TerminateFlag=flag)
    assert (ended.kind, ended.properties["status"]) == ("survey.disqualified", status)


def test_an_edited_answer_keeps_its_id():
    before, after = ({one.id: one for one in signals(QID1=score)} for score in (9, 2))
    assert before.keys() == after.keys()
    assert [name for name in before if before[name] != after[name]] == ["R_1abcDEF/QID1"]


def test_a_choice_has_the_same_id_whether_it_came_alone_in_a_list_or_as_itself():
    listed, alone = (next(one.id for one in signals(QID3=said) if one.properties.get("choice") == "1") for said in (["1"], 1))
    assert listed == alone


def test_a_looped_question_tells_its_round():
    assert "2_QID7" in answered(**{"2_QID7": 3})


@pytest.mark.parametrize("record", [{"values": {}}, {"responseId": "R_1", "values": {"QID1": 3}}, {}])
def test_a_response_without_id_or_time_is_refused(record):
    with pytest.raises(BadInput):
        list(qualtrics.survey_response_signals(record, SURVEY))


SHARED = Path(__file__).resolve().parents[3] / "shared/data/connector-fixtures/qualtrics"
needs_fixtures = pytest.mark.skipif(
    not SHARED.exists(), reason="the example data sets are not beside this checkout (../shared/data)"
)


def fivetran(table):
    with (SHARED / f"{table}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@needs_fixtures
def test_invitations_of_a_real_table_become_sent_and_opened():
    names = {
        "contact_id": "contactId",
        "distribution_id": "distributionId",
        "sent_at": "sentAt",
        "opened_at": "openedAt",
        "status": "status",
    }
    rows = [
        {to: f"{row[name]}Z" if name.endswith("_at") and row[name] else row[name] for name, to in names.items()}
        for row in fivetran("distribution_contact")
    ]
    told = [one for row in rows for one in qualtrics.invitation_signals(row, "SV_1", "email")]
    assert [one.kind for one in told].count("survey.sent") == 5
    assert [one.kind for one in told].count("survey.opened") == 4
    assert told[0].occurred_at == datetime(2023, 3, 28, 7, 17, 14, 896000, tzinfo=UTC)
    assert told[0].actors == ("external:qualtrics-CID_4NG7JC9R7VTmHYi",)


def test_an_invitation_that_bounced_or_expired_says_so():
    sent = {"contactId": "CID_1", "distributionId": "EMD_1", "sentAt": "2026-03-01T09:00:00Z"}
    for status, kind in (
        ("HardBounce", "survey.bounced"),
        ("SessionExpired", "survey.expired"),
        ("SurveyFinished", "survey.sent"),
    ):
        *_, last = qualtrics.invitation_signals({**sent, "status": status})
        assert last.kind == kind


@needs_fixtures
def test_a_real_survey_response_table_is_read():
    renamed = {"start_date": "startDate", "end_date": "endDate", "recipient_email": "recipientEmail", "finished": "finished"}
    for row in fivetran("survey_response"):
        values = {to: f"{row[name]}Z" if name.endswith("date") else row[name] for name, to in renamed.items()}
        values |= {
            "status": row["status"],
            "distributionChannel": row["distribution_channel"],
            "duration": row["duration_in_seconds"],
        }
        (started,) = qualtrics.survey_response_signals({"responseId": row["id"], "values": values}, {})
        assert started.properties["status"] == "partial"
        assert started.channel in ("email", "link")
