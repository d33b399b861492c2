"""Whatever a survey tool sends, its record becomes signals that the lake takes, or is refused in words: never anything else."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from many import many

from touchpath.model.errors import BadInput
from touchpath.services.record import signal_table
from touchpath.sources.vendors import delighted, formbricks, qualtrics, surveymonkey, typeform

NOW = datetime(2026, 7, 1, tzinfo=UTC)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=12)
    | st.just("2026-03-01T09:00:00Z"),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=8), inside, max_size=3),
    max_leaves=8,
)
FIELD = {"id": "f1", "ref": "r", "type": "nps", "title": "How?"}
TYPEFORM = {
    "event_type": "form_response",
    "form_response": {
        "form_id": "lT", "token": "t1", "landed_at": "2026-03-01T09:07:02Z", "submitted_at": "2026-03-01T09:09:02Z", "hidden": {"user_id": "u"},
        "calculated": {"score": 9}, "variables": [{"key": "a", "type": "number", "number": 4}],
        "definition": {"id": "lT", "title": "x", "fields": [FIELD, {"id": "m", "type": "matrix", "title": "M", "properties": {"fields": [FIELD]}}]},
        "answers": [{"type": "number", "number": 9, "field": FIELD},
                    {"type": "choices", "choices": {"ids": ["a"], "labels": ["A"], "other": "B"}, "field": {"id": "f2", "type": "ranking"}}],
    },
}  # fmt: skip
DELIGHTED = {
    "event_type": "survey_response.updated",
    "event_data": {
        "id": "1", "person": {"id": "2", "email": "a@example.com"}, "survey_type": "nps", "score": 9, "comment": "x", "created_at": 1732186844,
        "person_properties": {"plan": "pro"}, "tags": ["a"],
        "additional_answers": [{"value": {"select_many": [{"id": "D", "text": "C"}], "scale": 4}, "question": {"id": "q", "type": "x", "text": "Y?"}}],
    },
}  # fmt: skip
SURVEY = {
    "id": "9", "title": "S", "pages": [{"questions": [
        {"id": "1", "family": "matrix", "subtype": "ranking", "headings": [{"heading": "H"}], "display_options": {"display_type": "nps"},
         "answers": {"rows": [{"id": "r", "text": "R"}], "choices": [{"id": "c", "text": "1", "weight": 100}], "other": {"id": "o", "text": "O"}}},
    ]}],
}  # fmt: skip
SURVEYMONKEY = {
    "response": {
        "id": "5", "recipient_id": "6", "response_status": "completed", "collection_mode": "default", "total_time": 1,
        "date_created": "2026-03-01T09:00:00Z", "date_modified": "2026-03-01T09:00:00Z", "custom_variables": {"a": "b"},
        "pages": [{"questions": [{"id": "1", "answers": [{"row_id": "r", "choice_id": "c"}, {"other_id": "o", "text": "x"}]}]}],
    },
    "survey": SURVEY,
}  # fmt: skip
FORMBRICKS = {
    "response": {
        "id": "r", "surveyId": "s", "createdAt": "2026-03-01T09:00:00Z", "finished": True, "contact": {"id": "c", "userId": "u"},
        "data": {"q1": 9, "q2": ["a"], "q3": {"row": "x"}}, "ttc": {"_total": 1}, "meta": {"url": "x?y", "userAgent": {"os": "z"}}, "tags": [{"name": "t"}],
    },
    "survey": {"hiddenFields": {"fieldIds": ["h"]}, "blocks": [{"elements": [
        {"id": "q2", "type": "ranking", "headline": {"default": "A"}, "choices": [{"id": "1", "label": {"default": "a"}}]}]}]},
}  # fmt: skip
QUALTRICS = {
    "record": {
        "responseId": "R", "labels": {"QID3": ["a"]},
        "values": {"endDate": "2026-03-01T09:00:00Z", "finished": 1, "status": 0, "QID1": 9, "QID2_TEXT": "x", "QID3": ["1"], "QID4_1": 2, "plan": "p"},
    },
    "survey": {"id": "SV", "questions": {"QID4": {"wording": "W", "type": "RO", "rows": {"1": "R"}}}},
}  # fmt: skip
INVITATION = {
    "contactId": "c",
    "distributionId": "d",
    "sentAt": "2026-03-01T09:00:00Z",
    "openedAt": None,
    "status": "HardBounce",
    "responseId": "R",
}
DEFINITION = {
    "SurveyID": "SV",
    "Questions": {"QID1": {"QuestionText": "x", "QuestionType": "RO", "Choices": {"1": {"Display": "y"}}}},
}
WEBHOOK = {
    "event_type": "response_completed",
    "object_id": "5",
    "event_datetime": "2026-03-01T09:00:00Z",
    "resources": {"survey_id": "9"},
}

READERS = {
    "typeform": (TYPEFORM, typeform.webhook_signals),
    "delighted": (DELIGHTED, delighted.webhook_signals),
    "surveymonkey": (
        SURVEYMONKEY,
        lambda found: surveymonkey.survey_response_signals(_part(found, "response"), _part(found, "survey")),
    ),
    "surveymonkey-webhook": (WEBHOOK, surveymonkey.webhook_signals),
    "formbricks": (
        FORMBRICKS,
        lambda found: formbricks.survey_response_signals(_part(found, "response"), _part(found, "survey")),
    ),
    "formbricks-webhook": ({"event": "responseFinished", "data": FORMBRICKS["response"]}, formbricks.webhook_signals),
    "qualtrics": (QUALTRICS, lambda found: qualtrics.survey_response_signals(_part(found, "record"), _part(found, "survey"))),
    "qualtrics-definition": (
        DEFINITION,
        lambda found: qualtrics.survey_response_signals(QUALTRICS["record"], qualtrics.survey_of(found)),
    ),
    "qualtrics-invitation": (INVITATION, qualtrics.invitation_signals),
}


def _part(found, name):
    part = found.get(name)
    return part if isinstance(part, dict) else {}


def places(value, path=()):
    """Every place in a document, as the way to it."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in inside:
        yield (*path, name)
        yield from places(member, (*path, name))


@pytest.mark.parametrize("kind", READERS)
@many(120)
@given(data=st.data())
def test_a_record_with_anything_anywhere_is_taken_or_refused_in_words(kind, data):
    whole, read = READERS[kind]
    record = copy.deepcopy(whole)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from(sorted(places(record), key=str)))
        *way, last = place
        target = record
        for step in way:
            target = target[step]
        target[last] = data.draw(JSON)
    try:
        signals = list(read(record))
    except BadInput:
        return
    table, refused = signal_table(enumerate(signals), NOW)
    assert table.num_rows + len(refused) == len(signals)
    assert len({signal.id for signal in signals}) == len(signals)
    json.dumps(record)
