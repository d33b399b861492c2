"""Jira Service Management: requests with their history, comments and satisfaction.

Sources: developer.atlassian.com (Jira Cloud platform REST v3: issue, changelog, comment; Service Desk REST: feedback; webhooks). A request is solved when
it gets a resolution, and reopened when it loses it; a workflow that sets none is read by the category of its status, as far as the request
tells. Ids are the issue's number, as keys change when an issue is moved.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from datetime import datetime

from touchpath.model.email import email_actor
from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.sources.vendors.reading import (
    actors,
    external_id,
    id_of,
    maybe_id,
    maybe_moment,
    maybe_record,
    minute,
    moment,
    number,
    properties_of,
    records_in,
    text_in,
)

SOURCE = "jira"
FEEDBACK_SURVEY, FEEDBACK_SCALE = "jira-csat", "1, 2, 3, 4, 5"

_LONGEST_TEXT, _DEEPEST = 50_000, 30


def verify(body: bytes, signature: str | None, secret: str) -> bool:
    """Whether a webhook's `X-Hub-Signature` header (sha256=HEX) fits the body as it came.

    **Source**: developer.atlassian.com, webhooks, "Secure admin webhooks" (WebSub).
    """
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest((signature or "").encode(), f"sha256={digest}".encode())


def webhook_signals(payload: Mapping[str, object], source: str = SOURCE) -> Iterator[Signal]:
    """The signals of a webhook: of its issue, what changed, and its comment; of another event, a signal under its own name."""
    name = text_in(payload.get("webhookEvent"))
    if name is None:
        raise BadInput("A webhook of Jira has a 'webhookEvent'; this one has none.")
    issue, at = maybe_record(payload.get("issue")), moment(payload.get("timestamp"), "timestamp of the webhook")
    comment, change = maybe_record(payload.get("comment")), maybe_record(payload.get("changelog"))
    if name in ("jira:issue_created", "jira:issue_updated") and issue:
        history = [{**change, "created": at.isoformat(), "author": payload.get("user")}] if change else []
        yield from issue_signals({**issue, "changelog": {"histories": history}}, source)
    elif name in ("comment_created", "comment_updated") and issue and comment:
        yield from _comment(_Issue(issue, source), comment)
    else:
        about = _Issue(issue, source) if issue else None
        yield Signal(
            source, f"event/{name} {maybe_id(issue.get('id')) or ''} {int(at.timestamp() * 1000)}", name.removeprefix("jira:")[:128], at,
            about.actors if about else (), objects=about.objects if about else {},
            properties=properties_of({key: value for key, value in payload.items() if key not in ("issue", "user", "timestamp")}),
        )  # fmt: skip


def issue_signals(issue: Mapping[str, object], source: str = SOURCE) -> Iterator[Signal]:
    """A request: opened, its history, its comments, its satisfaction.

    `changelog.histories` may be as an issue expands them or as they are fetched in bulk; `feedback` is the answer of the service desk.
    """
    found = _Issue(issue, source)
    fields = found.fields
    yield found.signal(
        "opened", "ticket.opened", moment(fields.get("created"), "created of the issue"),
        text="\n\n".join(part for part in (text_in(fields.get("summary")), plain(fields.get("description"))) if part) or None,
        properties=found.about(),
    )  # fmt: skip
    histories = records_in(maybe_record(issue.get("changelog")).get("histories"))
    told = [signal for history in histories for signal in _history(found, history)]
    yield from told
    solved_at = _solved_at(fields)
    if solved_at and not any(signal.kind == "ticket.solved" for signal in told):
        yield found.signal(f"solved {minute(solved_at)}", "ticket.solved", solved_at)
    for comment in records_in(maybe_record(fields.get("comment")).get("comments")):
        yield from _comment(found, comment)
    yield from _feedback(found, maybe_record(issue.get("feedback")), solved_at)


def plain(value: object) -> str | None:
    """The words of a text, or of a document in Atlassian's format (nodes with `content` and `text`)."""
    if isinstance(value, str):
        return value.strip()[:_LONGEST_TEXT] or None
    return " ".join(" ".join(_words(value, _DEEPEST)).split())[:_LONGEST_TEXT] or None


class _Issue:
    """What all signals of one request share."""

    def __init__(self, issue: Mapping[str, object], source: str) -> None:
        self.source, self.id = source, id_of(issue, what="issue")
        self.key, self.fields = text_in(issue.get("key")), maybe_record(issue.get("fields"))
        reporter = maybe_record(self.fields.get("reporter"))
        self.reporter = maybe_id(reporter.get("accountId") or reporter.get("key"))
        self.actors = actors(external_id(source, self.reporter), email_actor(reporter.get("emailAddress")))
        self.objects = {"ticket": self.id}

    def about(self) -> dict[str, object]:
        """What the request is about, by names that stay."""
        named: dict[str, object] = {
            "key": self.key, "type": maybe_record(self.fields.get("issuetype")).get("name"), "priority": maybe_record(self.fields.get("priority")).get("name"),
            "project": maybe_record(self.fields.get("project")).get("key"), "labels": self.fields.get("labels"),
            "components": [each.get("name") for each in records_in(self.fields.get("components"))],
        }  # fmt: skip
        own = {
            name: value
            for name, value in self.fields.items()
            if name.startswith("customfield_") and not isinstance(value, Mapping | list)
        }
        return properties_of({**named, **own})

    def signal(
        self, id: str, kind: str, at: datetime, *, text: str | None = None, properties: Mapping[str, object] | None = None
    ) -> Signal:
        """A signal of this request."""
        return Signal(
            self.source, f"ticket/{self.id}/{id}", kind, at, self.actors, None, self.objects, "help-desk",
            text=text, properties=properties or {},
        )  # fmt: skip


def _history(found: _Issue, history: Mapping[str, object]) -> Iterator[Signal]:
    """What one entry of the changelog changed: resolution, status, assignee."""
    at = moment(history.get("created"), "created of the history")
    id = maybe_id(history.get("id")) or minute(at)
    for item in records_in(history.get("items")):
        field = str(item.get("fieldId") or item.get("field"))
        before, now = maybe_id(item.get("from")), maybe_id(item.get("to"))
        if field == "resolution" and now and not before:
            yield found.signal(
                f"solved {minute(at)}", "ticket.solved", at, properties=properties_of({}, resolution=item.get("toString"))
            )
        elif field == "resolution" and before and not now:
            yield found.signal(f"reopened {minute(at)}", "ticket.reopened", at)
        elif field == "status":
            said = properties_of({}, status=item.get("toString"), status_before=item.get("fromString"))
            yield found.signal(f"history {id} status", "ticket.status_changed", at, properties=said)
        elif field == "assignee" and now:
            yield found.signal(
                f"history {id} assignee", "ticket.assigned", at, properties=properties_of({}, agent=now, agent_before=before)
            )


def _comment(found: _Issue, comment: Mapping[str, object]) -> Iterator[Signal]:
    """A message of the customer, a reply, or a note that the customer does not see (its text is not kept)."""
    author = maybe_record(comment.get("author"))
    who = maybe_id(author.get("accountId") or author.get("key"))
    is_customer = author.get("accountType") == "customer" or (who is not None and who == found.reporter)
    is_public = comment.get("jsdPublic") is not False
    kind = "ticket.commented" if is_customer else "ticket.replied" if is_public else "ticket.noted"
    yield found.signal(
        f"comment {id_of(comment, what='comment')}", kind, moment(comment.get("created"), "created of the comment"),
        text=plain(comment.get("body")) if is_public else None, properties={} if is_customer or who is None else {"agent": who},
    )  # fmt: skip


def _feedback(found: _Issue, feedback: Mapping[str, object], solved_at: datetime | None) -> Iterator[Signal]:
    """The satisfaction, 1 to 5. The service desk does not say when it was given: the time of the solution is taken, and marked."""
    rating, at = number(feedback.get("rating")), solved_at or maybe_moment(found.fields.get("updated"))
    if rating is None or at is None:
        return
    said = {"survey": FEEDBACK_SURVEY, "question": "csat", "scale": FEEDBACK_SCALE, "time_of": "solution"}
    yield Signal(
        found.source, f"ticket/{found.id}/feedback", "survey.answered", at, found.actors, None, {**found.objects, "response": f"csat-{found.id}"},
        "survey", value=rating, unit="points", text=plain(maybe_record(feedback.get("comment")).get("body")), properties=said,
    )  # fmt: skip


def _solved_at(fields: Mapping[str, object]) -> datetime | None:
    """When the request was solved, by what it tells of itself."""
    resolved = maybe_moment(fields.get("resolutiondate"))
    category = maybe_record(maybe_record(fields.get("status")).get("statusCategory")).get("key")
    return resolved or (maybe_moment(fields.get("statuscategorychangedate")) if category == "done" else None)


def _words(node: object, depth: int) -> Iterator[str]:
    if not isinstance(node, Mapping) or depth == 0:
        return
    text = node.get("text")
    if isinstance(text, str):
        yield text
    for child in records_in(node.get("content")):
        yield from _words(child, depth - 1)
