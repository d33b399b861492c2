"""Jira Service Management's requests and webhooks as signals."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime

import pytest

from touchpath.model.errors import BadInput
from touchpath.services.record import signal_table
from touchpath.sources.vendors.jira import issue_signals, plain, verify, webhook_signals

REPORTER = {"accountId": "qm:8f:1", "accountType": "customer", "emailAddress": "jo@example.com", "displayName": "Jo Doe"}
AGENT = {"accountId": "712020:77", "accountType": "atlassian", "displayName": "Al Agent"}
DOCUMENT = {
    "type": "doc",
    "content": [{"type": "paragraph", "content": [{"type": "text", "text": "It does"}, {"type": "text", "text": "not start."}]}],
}


def history(number, time, *items):
    return {"id": str(number), "created": f"2026-03-01T{time}:00.000+0000", "author": AGENT, "items": list(items)}


def changed(field, before, now, was="", into=""):
    return {"field": field, "fieldId": field, "from": before, "to": now, "fromString": was, "toString": into}


def comment(number, author, time, **more):
    return {
        "id": str(number),
        "author": author,
        "created": f"2026-03-01T{time}:00.000+0000",
        "body": DOCUMENT,
        "jsdPublic": True,
        **more,
    }


def issue(*histories, comments=(), feedback=None, **more):
    fields = {"created": "2026-03-01T09:00:00.000+0000", "updated": "2026-03-02T09:00:00.000+0000", "summary": "Printer", "description": DOCUMENT,
              "status": {"name": "Resolved", "statusCategory": {"key": "done"}}, "resolutiondate": "2026-03-01T12:00:00.000+0000",
              "priority": {"name": "High"}, "issuetype": {"name": "Incident"}, "project": {"key": "SUP"}, "labels": ["hw"], "components": [{"name": "Office"}],
              "reporter": REPORTER, "assignee": AGENT, "comment": {"comments": list(comments)}, "customfield_10001": "EU", **more}  # fmt: skip
    return {
        "id": "10001",
        "key": "SUP-12",
        "fields": fields,
        "changelog": {"histories": list(histories)},
        "feedback": feedback or {},
    }


HISTORIES = (
    history(1, "09:10", changed("assignee", None, "712020:77")),
    history(2, "10:00", changed("status", "1", "3", "Open", "Resolved"), changed("resolution", None, "6", None, "Done")),
    history(3, "11:00", changed("status", "3", "1", "Resolved", "Open"), changed("resolution", "6", None, "Done", None)),
    history(4, "12:00", changed("resolution", None, "6", None, "Done")),
)


def test_a_request_is_told_by_its_history_comments_and_satisfaction():
    comments = [comment(1, AGENT, "09:30"), comment(2, AGENT, "09:40", jsdPublic=False), comment(3, REPORTER, "11:00")]
    found = list(
        issue_signals(
            issue(*HISTORIES, comments=comments, feedback={"type": "csat", "rating": 4, "comment": {"body": "Two tries"}})
        )
    )
    assert [(one.id.removeprefix("ticket/10001/"), one.kind) for one in found] == [
        ("opened", "ticket.opened"),
        ("history 1 assignee", "ticket.assigned"),
        ("history 2 status", "ticket.status_changed"),
        ("solved 2026-03-01T10:00Z", "ticket.solved"),
        ("history 3 status", "ticket.status_changed"),
        ("reopened 2026-03-01T11:00Z", "ticket.reopened"),
        ("solved 2026-03-01T12:00Z", "ticket.solved"),
        ("comment 1", "ticket.replied"),
        ("comment 2", "ticket.noted"),
        ("comment 3", "ticket.commented"),
        ("feedback", "survey.answered"),
    ]
    assert found[0].text == "Printer\n\nIt does not start."
    assert found[0].properties == {
        "key": "SUP-12",
        "type": "Incident",
        "priority": "High",
        "project": "SUP",
        "labels": ["hw"],
        "components": ["Office"],
        "customfield_10001": "EU",
    }
    assert found[8].text is None
    assert (found[-1].value, found[-1].text, found[-1].properties["scale"]) == (4.0, "Two tries", "1, 2, 3, 4, 5")
    assert {one.actors for one in found} == {("external:jira-qm:8f:1", "email:" + hashlib.sha256(b"jo@example.com").hexdigest())}
    assert not any(name in str(found) for name in ("Jo Doe", "Al Agent", "jo@example.com"))
    assert signal_table(enumerate(found), datetime.now(UTC))[1] == []


def test_without_a_resolution_the_category_of_the_status_tells():
    bare = issue(resolutiondate=None, statuscategorychangedate="2026-03-01T13:00:00.000+0000")
    assert [one.id for one in issue_signals(bare) if one.kind == "ticket.solved"] == ["ticket/10001/solved 2026-03-01T13:00Z"]
    assert not [one for one in issue_signals(issue(resolutiondate=None, status={})) if one.kind == "ticket.solved"]


def test_a_webhook_gives_what_a_pull_gives():
    pulled = {one.id: one for one in issue_signals(issue(*HISTORIES, comments=[comment(1, AGENT, "09:30")]))}
    hooked = {"webhookEvent": "jira:issue_updated", "timestamp": 1772355600000 + 3 * 3_600_000, "issue": issue(), "user": AGENT,
              "changelog": {"id": "4", "items": HISTORIES[3]["items"]}}  # fmt: skip
    found = list(webhook_signals(hooked))
    assert [one.id for one in found] == ["ticket/10001/opened", "ticket/10001/solved 2026-03-01T12:00Z"]
    assert all(pulled[one.id] == one for one in found)
    (one,) = webhook_signals(
        {"webhookEvent": "comment_created", "timestamp": 1772355600000, "issue": issue(), "comment": comment(1, AGENT, "09:30")}
    )
    assert pulled[one.id] == one
    (other,) = webhook_signals({"webhookEvent": "jira:issue_deleted", "timestamp": 1772355600000, "issue": issue()})
    assert (other.kind, other.objects) == ("issue_deleted", {"ticket": "10001"})


@pytest.mark.parametrize("bad", [{}, {"webhookEvent": "x"}, {"webhookEvent": "jira:issue_created", "timestamp": 1772355600000, "issue": {"id": "1", "fields": {}}}])  # fmt: skip
def test_what_is_no_webhook_is_refused_with_words(bad):
    with pytest.raises(BadInput):
        list(webhook_signals(bad))


def test_words_are_found_in_texts_and_documents_and_never_without_end():
    deep = {"type": "text", "text": "deep"}
    for _ in range(200):
        deep = {"content": [deep]}
    assert (plain(" a "), plain(DOCUMENT), plain(None), plain(deep), plain("")) == ("a", "It does not start.", None, None, None)


def test_a_signature_fits_only_its_own_body_and_secret():
    good = "sha256=" + hmac.new(b"hook", b"{}", hashlib.sha256).hexdigest()
    assert verify(b"{}", good, "hook")
    assert not any(verify(b"{}", header, "hook") for header in ("", None, good[:-1]))
