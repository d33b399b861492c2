"""Zendesk: tickets, what happened to them, and how satisfied people said they were.

Sources: developer.zendesk.com (tickets, incremental exports, ticket audits, satisfaction ratings, CSAT survey responses, webhook event
types). A ticket's states are told with an id to the minute, since webhooks, exports and CSV files tell the same moment with
different precision; comments and ratings have ids of their own.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from datetime import datetime

from touchpath.model.signal import Signal
from touchpath.sources.vendors.reading import (
    id_of,
    maybe_id,
    maybe_moment,
    maybe_record,
    moment,
    number,
    properties_of,
    record_of,
    records_in,
    text_in,
)
from touchpath.sources.vendors.zendesk_tickets import (
    DONE,
    TOUCHPOINT,
    ZendeskTicket,
    account_of,
    change_signals,
    changed_to,
    comment_signals,
    state_signals,
    status_word,
    user_actors,
)

SOURCE = "zendesk"
_METRIC_KNOWN = frozenset(
    ["id", "url", "ticket_id", "created_at", "updated_at", "status", "instance_id", "metric", "type", "custom_status_updated_at"]
)


def ticket_signals(ticket: Mapping[str, object], source: str = SOURCE, *, history: bool = True) -> Iterator[Signal]:
    """A ticket as the API gives it: opened, its metrics, and its state.

    `requester` may hold the user's record (side-loaded), and `metric_set`, `metric_sets` or `ticket_metric` the metrics. history:
    whether what happened is to be taken from the ticket as it stands (solved, rated), because its events are not read apart.
    """
    if maybe_record(ticket.get("ticket")):
        ticket = {**maybe_record(ticket.get("ticket")), **{name: value for name, value in ticket.items() if name != "ticket"}}
    common = ZendeskTicket(ticket, source)
    metrics = _metrics(ticket)
    if ticket.get("status") == "deleted":
        yield common.signal("deleted", "ticket.deleted", moment(ticket.get("updated_at"), "updated_at"))
        return
    yield common.opened()
    if metrics:
        at = maybe_moment(metrics.get("updated_at")) or maybe_moment(ticket.get("updated_at")) or common.created_at
        yield common.signal("metrics", "ticket.measured", at, properties=_measured(metrics))
    if not history:
        return
    for comment in records_in(ticket.get("comments"))[1:]:  # the first one is the description
        when = maybe_moment(comment.get("created_at"))
        if when is not None:
            yield from comment_signals(common, comment, when, ticket)
    solved = maybe_moment(metrics.get("solved_at"))
    if solved and str(ticket.get("status", "")).lower() in DONE:
        yield common.state("solved", solved)
    assigned = maybe_moment(metrics.get("assigned_at"))
    if assigned and maybe_id(ticket.get("assignee_id")):
        yield common.state("assigned", assigned, agent=maybe_id(ticket.get("assignee_id")))
    rating = maybe_record(ticket.get("satisfaction_rating"))
    if rating.get("score") not in (None, "unoffered") and maybe_id(rating.get("id")):
        at = solved or maybe_moment(ticket.get("updated_at")) or common.created_at
        yield from rating_signals({"created_at": at.isoformat(), **rating, "ticket": ticket}, source)


def event_signals(event: Mapping[str, object], source: str = SOURCE) -> Iterator[Signal]:
    """One entry of the incremental ticket events (or one audit of a ticket): replies, comments, states, assignments.

    `ticket` holds the ticket's record with its requester, so that the event has a person; `users` what is known of authors.
    """
    ticket = {"id": event.get("ticket_id"), **maybe_record(event.get("ticket"))}
    common = ZendeskTicket(ticket, source)
    at = moment(event.get("created_at") or event.get("timestamp"), "created_at")
    children = records_in(event.get("child_events") or event.get("events"))
    is_first = any(_type(child) == "Create" for child in children)
    for child in children:
        when = maybe_moment(child.get("created_at")) or at
        if _type(child) == "Comment" and not is_first:
            yield from comment_signals(common, child, when, event)
        elif _type(child) == "Change":
            yield from change_signals(common, child, when)
        elif _type(child) == "Create" and changed_to(child, "assignee_id"):
            yield common.state("assigned", when, agent=maybe_id(changed_to(child, "assignee_id")))
        elif _type(child) == "SatisfactionRating" and maybe_id(child.get("id")):
            yield common.rated(f"event/{maybe_id(child.get('id'))}", child, when)


def rating_signals(rating: Mapping[str, object], source: str = SOURCE) -> Iterator[Signal]:
    """A legacy satisfaction rating: offered, or answered good or bad; `ticket` may hold the ticket's record."""
    ticket = {"id": rating.get("ticket_id"), "requester_id": rating.get("requester_id"), **maybe_record(rating.get("ticket"))}
    common = ZendeskTicket(ticket, source)
    at = moment(rating.get("updated_at") or rating.get("created_at"), "created_at of the rating")
    yield common.rated(id_of(rating, what="rating"), rating, at)


def response_signals(response: Mapping[str, object], source: str = SOURCE) -> Iterator[Signal]:
    """A response to one of the newer CSAT surveys: one signal an answer, with the raw rating and its own category.

    A rating of a custom scale stays what it is: it is never turned into good or bad, nor mixed with the legacy ratings. `ticket` may
    hold the ticket's record; otherwise the ticket is the one that `subject_zrns` names.
    """
    response = maybe_record(response.get("survey_response")) or response
    id = id_of(response, what="survey response")
    survey = maybe_id(maybe_record(response.get("survey")).get("id") or response.get("survey_id")) or "unknown"
    ticket = {"requester_id": response.get("responder_id"), "id": _about_ticket(response), **maybe_record(response.get("ticket"))}
    common = ZendeskTicket(ticket, source)
    answers = records_in(response.get("answers"))
    for place, answer in enumerate(answers):
        if answer.get("type") == "skipped":
            continue
        question = maybe_record(answer.get("question"))
        name = maybe_id(question.get("id")) or str(answer.get("type"))
        at = maybe_moment(answer.get("updated_at")) or moment(answer.get("created_at"), "created_at of the answer")
        yield Signal(
            source, f"survey_response/{id}/{name if maybe_id(question.get('id')) else place}", "survey.answered", at,
            common.actors, common.account, {**common.objects, "response": id}, "survey",
            value=number(answer.get("rating")), unit="points" if number(answer.get("rating")) is not None else None,
            text=text_in(answer.get("value")) or text_in(answer.get("comment")),
            properties=properties_of(
                answer, without=("created_at", "updated_at", "value", "comment", "rating"),
                survey=f"zendesk-csat-{survey}", question=name, rating_category=answer.get("rating_category"),
                scale=_scale(question), survey_version=maybe_record(response.get("survey")).get("version") or response.get("survey_version"),
            ),
        )  # fmt: skip


def user_signals(user: Mapping[str, object], source: str = SOURCE) -> Iterator[Signal]:
    """An end user: the ids by which they are known belong to one person. Agents are nobody's customer."""
    if user.get("role") not in (None, "end-user"):
        return
    id = id_of(user, what="user")
    yield Signal(
        source, f"user/{id}", "contact.created", moment(user.get("created_at"), "created_at"), user_actors(user, id, source),
        account_of(source, user), properties=properties_of(
            maybe_record(user.get("user_fields")), locale=user.get("locale"), time_zone=user.get("time_zone"), tags=user.get("tags")
        ),
    )  # fmt: skip


def verify(body: bytes, signature: str | None, sent: str | None, secret: str) -> bool:
    """Whether a webhook's `X-Zendesk-Webhook-Signature` header (BASE64) fits its timestamp header and the body as it came.

    **Source**: developer.zendesk.com, "Verifying and authenticating webhook requests".
    """
    digest = hmac.new(secret.encode(), (sent or "").encode() + body, hashlib.sha256).digest()
    return hmac.compare_digest((signature or "").encode(), base64.b64encode(digest))


def webhook_signals(body: Mapping[str, object], source: str = SOURCE) -> Iterator[Signal]:
    """A webhook: an event of the newer kind (`zen:event-type:...`), or a ticket that a trigger sends.

    An event that is none of ours becomes a signal under its own name.
    """
    kind = text_in(body.get("type"))
    if kind is None or not kind.startswith("zen:event-type:"):
        yield from ticket_signals(body, source)
        return
    name = kind.removeprefix("zen:event-type:")
    detail, event = record_of(body.get("detail"), "detail"), maybe_record(body.get("event"))
    at = moment(body.get("time"), "time")
    if not name.startswith("ticket."):
        yield _own(body, name, at, source)
        return
    yield from _ticket_event(ZendeskTicket(_lowered(detail), source), name.removeprefix("ticket."), event, at, body)


def _ticket_event(
    ticket: ZendeskTicket, name: str, event: Mapping[str, object], at: datetime, body: Mapping[str, object]
) -> Iterator[Signal]:
    """One webhook event of a ticket. Source: developer.zendesk.com/api-reference/webhooks/event-types/ticket-events."""
    before, now = status_word(event.get("previous")), status_word(event.get("current"))
    if name == "created":
        yield ticket.opened()
    elif name == "status_changed":
        yield from state_signals(ticket, before, now, at)
    elif name == "comment_added":
        comment = maybe_record(event.get("comment"))
        author = maybe_record(comment.get("author"))
        is_staff = author.get("is_staff")
        child = {**comment, "author_id": author.get("id"), "public": comment.get("is_public", comment.get("public", True))}
        users = [] if is_staff is None else [{"id": author.get("id"), "role": "agent" if is_staff else "end-user"}]
        yield from comment_signals(ticket, child, at, {"users": users})
    elif name == "agent_assignment_changed" and now not in ("", "0"):
        yield ticket.state("assigned", at, agent=now, agent_before=before if before not in ("", "0") else None)
    else:
        yield _own(body, f"ticket.{name}", at, ticket.source, ticket)


def _own(body: Mapping[str, object], kind: str, at: datetime, source: str, ticket: ZendeskTicket | None = None) -> Signal:
    """An event under its own name, with what it says."""
    known: tuple[str, ...] = ()
    if ticket is None and kind.startswith("user."):
        detail = maybe_record(body.get("detail"))
        known = user_actors(detail, maybe_id(detail.get("id")), source)
    return Signal(
        source, f"event/{id_of(body, what='event')}", kind[:128], at, ticket.actors if ticket else known,
        ticket.account if ticket else None, ticket.objects if ticket else {}, TOUCHPOINT, ticket.channel if ticket else None,
        properties=properties_of(maybe_record(body.get("event")), without=("meta",), subject=body.get("subject")),
    )  # fmt: skip


def _type(child: Mapping[str, object]) -> str:
    return str(child.get("event_type") or child.get("type") or "")


def _lowered(detail: Mapping[str, object]) -> Mapping[str, object]:
    """The ticket of a webhook as the API would write it: capitals gone, and absent ids as "0" or "" left out."""
    small = {"status", "priority", "type"}
    return {
        name: value.lower() if name in small and isinstance(value, str) else value
        for name, value in detail.items()
        if value not in ("", "0", None)
    }


def _metrics(ticket: Mapping[str, object]) -> Mapping[str, object]:
    for name in ("metric_set", "ticket_metric", "metric_sets"):
        found = ticket.get(name)
        if isinstance(found, list) and found:
            found = found[0]
        if isinstance(found, Mapping):
            return found
    return {}


def _measured(metrics: Mapping[str, object]) -> dict[str, object]:
    """The metrics, those by calendar and by business hours apart: reply_time_in_minutes_calendar ..."""
    flat: dict[str, object] = {}
    for name, value in metrics.items():
        if name in _METRIC_KNOWN:
            continue
        found = maybe_record(value)
        for part, each in found.items():
            flat[f"{name}_{part}"] = each
        if not found:
            flat[name] = value
    return properties_of(flat)


def _about_ticket(response: Mapping[str, object]) -> str | None:
    names = response.get("subject_zrns")
    for name in names if isinstance(names, list) else [response.get("subject_zrn")]:
        if isinstance(name, str) and name.startswith("zen:ticket:"):
            return maybe_id(name.removeprefix("zen:ticket:"))
    return None


def _scale(question: Mapping[str, object]) -> str | None:
    """The ratings that could be given, lowest first, as far as the question tells them."""
    found = [number(option.get("rating")) for option in records_in(question.get("options"))]
    ratings = sorted(rating for rating in found if rating is not None)
    return ", ".join(f"{rating:g}" for rating in ratings) or None
