"""HubSpot's feedback, tickets, contacts and webhooks as signals."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import pytest

from touchpath.model.errors import BadInput
from touchpath.services.record import signal_table
from touchpath.sources.vendors.hubspot import contact_signals, feedback_signals, ticket_signals, verify, webhook_signals

NOW = datetime(2026, 3, 2, tzinfo=UTC)
CONTACT = {"id": "501", "properties": {"email": "Jo@Example.com", "user_id": "u_81", "firstname": "Jo"}}


def submission(**more):
    told = {"hs_survey_id": "7", "hs_survey_type": "NPS", "hs_survey_name": "Relationship", "hs_survey_channel": "EMAIL", "hs_value": "9",
            "hs_response_group": "PROMOTER", "hs_sentiment": "POSITIVE", "hs_content": "Great", "hs_submission_timestamp": "2026-03-01T09:00:00Z",
            "hs_contact_id": "501", "hs_ticket_id": "31", "hs_contact_firstname": "Jo", **more}  # fmt: skip
    return {"id": "11", "properties": told, "contact": CONTACT}


def ticket(*history, **more):
    told = {"subject": "Where is it?", "content": "The parcel", "createdate": "2026-03-01T09:00:00Z", "hs_pipeline_stage": "4", "hs_ticket_priority": "HIGH",
            "source_type": "EMAIL", "first_agent_reply_date": "2026-03-01T09:30:00Z", "closed_date": "2026-03-01T10:00:00Z", "time_to_close": "3600000", **more}  # fmt: skip
    stages = [{"value": stage, "timestamp": f"2026-03-01T{time}:00Z"} for stage, time in history]
    return {"id": "31", "properties": told, "contact": CONTACT, "history": stages, "stages": {"1": False, "2": False, "4": True}}


def test_a_submission_is_one_answer_with_its_raw_value():
    (found,) = feedback_signals(submission(), user_key="user_id")
    assert (found.id, found.kind, found.value, found.text, found.channel) == (
        "feedback/11",
        "survey.answered",
        9.0,
        "Great",
        "EMAIL",
    )
    assert found.actors[:2] == ("user:u_81", "external:hubspot-501")
    assert found.objects == {"response": "11", "ticket": "31"}
    assert found.properties == {
        "survey": "hubspot-7",
        "question": "nps",
        "scale": "0 to 10",
        "title": "Relationship",
        "group": "PROMOTER",
        "hs_sentiment": "POSITIVE",
    }
    assert "'Jo'" not in str(found)
    (csat,) = feedback_signals(submission(hs_survey_type="CSAT", hs_value="2"))
    assert (csat.value, "scale" in csat.properties) == (2.0, False)


def test_a_ticket_is_told_by_the_stages_it_went_through():
    found = list(ticket_signals(ticket(("4", "11:00"), ("1", "09:00"), ("2", "09:10"), ("4", "10:00"), ("2", "10:30"))))
    assert [(one.id, one.kind) for one in found] == [
        ("ticket/31/opened", "ticket.opened"),
        ("ticket/31/replied 2026-03-01T09:30Z", "ticket.replied"),
        ("ticket/31/stage 2 2026-03-01T09:10Z", "ticket.status_changed"),
        ("ticket/31/solved 2026-03-01T10:00Z", "ticket.solved"),
        ("ticket/31/reopened 2026-03-01T10:30Z", "ticket.reopened"),
        ("ticket/31/solved 2026-03-01T11:00Z", "ticket.solved"),
        ("ticket/31/metrics", "ticket.measured"),
    ]
    assert found[-1].properties == {"seconds_to_close": 3600.0}
    assert signal_table(enumerate(found), NOW)[1] == []


def test_without_history_a_ticket_is_solved_when_it_was_closed():
    assert "ticket/31/solved 2026-03-01T10:00Z" in [one.id for one in ticket_signals(ticket())]


def test_a_contact_joins_ids():
    (found,) = contact_signals({**CONTACT, "createdAt": "2026-03-01T09:00:00Z"}, user_key="user_id")
    assert found.actors == ("user:u_81", "external:hubspot-501", "email:" + hashlib.sha256(b"jo@example.com").hexdigest())


def test_webhook_events_keep_their_own_names():
    event = {"eventId": 100, "subscriptionId": 25, "occurredAt": 1772355600123, "subscriptionType": "ticket.propertyChange", "objectId": 31,
             "propertyName": "hs_pipeline_stage", "propertyValue": "4", "changeSource": "CRM_UI"}  # fmt: skip
    (one, two) = webhook_signals([event, {**event, "objectId": 32}])
    assert (one.kind, one.objects, one.properties) == (
        "ticket.propertyChange", {"ticket": "31"}, {"property": "hs_pipeline_stage", "by": "CRM_UI", "hs_pipeline_stage": "4"},
    )  # fmt: skip
    assert one.id != two.id
    (named,) = webhook_signals(
        {**event, "subscriptionType": "contact.propertyChange", "propertyName": "email", "propertyValue": "a@b.co"}
    )
    assert "a@b.co" not in str(named)
    assert named.actors == ("external:hubspot-31",)


@pytest.mark.parametrize("bad", [None, [], [3], [{"eventId": 1}], {"subscriptionType": "ticket.creation", "occurredAt": "soon"}])
def test_what_is_no_event_is_refused_with_words(bad):
    with pytest.raises(BadInput):
        list(webhook_signals(bad))


def test_a_signature_fits_only_its_own_request_and_time():
    sent = str(int(NOW.timestamp() * 1000))
    text = b"POST" + b"https://x.org/hook" + b"[]" + sent.encode()
    good = base64.b64encode(hmac.new(b"client", text, hashlib.sha256).digest()).decode()
    assert verify("POST", "https://x.org/hook", b"[]", sent, good, "client", NOW)
    assert not verify("POST", "https://x.org/other", b"[]", sent, good, "client", NOW)
    assert not verify("POST", "https://x.org/hook", b"[]", str(int(sent) - 301_000), good, "client", NOW)
    assert not verify("POST", "https://x.org/hook", b"[]", None, None, "client", NOW)
