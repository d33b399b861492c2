"""Intercom: conversations with their parts, statistics and ratings, and contacts.

Sources: developers.intercom.com (conversation, conversation part, conversation statistics, contact, webhook models, REST 2.x). Times are Unix
seconds. Statistics leave out the hours in which the office is closed.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from datetime import datetime

from touchpath.model.email import email_actor
from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.sources.vendors.payload import plain_text
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
    record_of,
    records_in,
    text_in,
    user_id,
)

SOURCE = "intercom"
RATING_SURVEY, RATING_SCALE = "intercom-conversation-rating", "1, 2, 3, 4, 5"

_TOUCHPOINT = "messenger"
_PEOPLE = frozenset({"user", "lead", "contact"})
#: Parts that say something by their sort alone. Source: "conversation part", part_type.
_STATES = {
    "close": "closed", "open": "reopened", "assignment": "assigned", "assign_and_reopen": "reopened", "assign_and_unsnooze": "assigned",
    "away_mode_assignment": "assigned", "default_assignment": "assigned", "snoozed": "snoozed", "unsnoozed": "unsnoozed", "timer_unsnooze": "unsnoozed",
}  # fmt: skip
_KNOWN = frozenset(
    [
        "type",
        "id",
        "created_at",
        "updated_at",
        "waiting_since",
        "snoozed_until",
        "open",
        "state",
        "read",
        "source",
        "contacts",
        "teammates",
        "admin_assignee_id",
        "team_assignee_id",
        "conversation_parts",
        "conversation_rating",
        "statistics",
        "sla_applied",
        "first_contact_reply",
        "linked_objects",
        "user",
        "customers",
        "assignee",
        "company",
        "redacted",
        "links",
        "ai_agent_participated",
    ]
)


def verify(body: bytes, signature: str | None, secret: str) -> bool:
    """Whether a webhook's `X-Hub-Signature` header (sha1=HEX) fits the body as it came; secret: the app's client secret.

    **Source**: developers.intercom.com, "Setting up webhooks", signed notifications.
    """
    digest = hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()
    return hmac.compare_digest((signature or "").encode(), f"sha1={digest}".encode())


def webhook_signals(payload: Mapping[str, object], source: str = SOURCE) -> Iterator[Signal]:
    """The signals of a notification: its conversation or contact, or, for another topic, a signal under the topic's own name."""
    topic = text_in(payload.get("topic"))
    if topic is None:
        raise BadInput(f"The notification '{payload.get('id')}' has no topic.")
    item = record_of(maybe_record(payload.get("data")).get("item"), "data.item")
    if topic == "ping":
        return
    sort = item.get("type")
    if sort == "conversation" and maybe_moment(item.get("created_at")):
        yield from conversation_signals(item, source)
    elif topic in ("contact.created", "contact.user.created", "contact.lead.created", "user.created", "contact.signed_up"):
        yield from contact_signals(item, source)
    else:
        who = (
            actors(*_known_as(item, source))
            if str(sort) in _PEOPLE
            else _Conversation({**item, "id": item.get("id") or "?"}, source).actors
        )
        yield Signal(
            source, f"event/{id_of(payload, what='notification')}", topic[:128], moment(payload.get("created_at"), "created_at"), who,
            objects=_objects(item), touchpoint=_TOUCHPOINT, properties=properties_of(item, without=("id", "contacts", "user", "source")),
        )  # fmt: skip


def contact_signals(contact: Mapping[str, object], source: str = SOURCE) -> Iterator[Signal]:
    """A contact: the ids by which they are known belong to one person."""
    id = id_of(contact, what="contact")
    at = maybe_moment(contact.get("signed_up_at")) or moment(contact.get("created_at"), "created_at of the contact")
    yield Signal(
        source, f"contact/{id}", "contact.created", at, actors(*_known_as(contact, source)), _account(contact, source),
        properties=properties_of(maybe_record(contact.get("custom_attributes")), role=contact.get("role") or contact.get("type")),
    )  # fmt: skip


def conversation_signals(conversation: Mapping[str, object], source: str = SOURCE) -> Iterator[Signal]:
    """A conversation as it stands: opened, each part once, its statistics, its rating.

    Without parts (lists and some exports leave them out) closings are taken from the statistics.
    """
    found = _Conversation(conversation, source)
    at = moment(conversation.get("created_at"), "created_at of the conversation")
    origin = maybe_record(conversation.get("source"))
    by_us = origin.get("delivered_as") in ("admin_initiated", "campaign", "automated", "operator_initiated")
    yield found.signal(
        "opened", "conversation.started" if by_us else "conversation.opened", at, text=None if by_us else _words(origin),
        properties=properties_of(
            conversation, without=_KNOWN | {"tags"}, delivered_as=origin.get("delivered_as"), page=origin.get("url"), subject=_plain(origin.get("subject")),
            tags=[tag.get("name") for tag in records_in(maybe_record(conversation.get("tags")).get("tags"))],
        ),
    )  # fmt: skip
    parts = records_in(maybe_record(conversation.get("conversation_parts")).get("conversation_parts"))
    for part in parts:
        yield from _part(found, part)
    statistics = maybe_record(conversation.get("statistics"))
    if not parts:
        closings = {maybe_moment(statistics.get(name)) for name in ("first_close_at", "last_close_at")}
        for closed_at in sorted(each for each in closings if each):
            yield found.state("closed", closed_at)
    if statistics:
        measured_at = maybe_moment(conversation.get("updated_at")) or at
        sla = maybe_record(conversation.get("sla_applied"))
        yield found.signal(
            "statistics", "conversation.measured", measured_at,
            properties=properties_of(statistics, without=("type",), sla=sla.get("sla_name"), sla_status=sla.get("sla_status")),
        )  # fmt: skip
    yield from _rating(found, maybe_record(conversation.get("conversation_rating")))


class _Conversation:
    """What all signals of one conversation share. Its person is the contact who wrote first, or the first one in it."""

    def __init__(self, conversation: Mapping[str, object], source: str) -> None:
        self.source = source
        self.id = id_of(conversation, what="conversation")
        origin = maybe_record(conversation.get("source"))
        author = maybe_record(origin.get("author"))
        others = records_in(maybe_record(conversation.get("contacts")).get("contacts"))
        who = author if str(author.get("type")) in _PEOPLE else {}
        same = (
            next((each for each in others if maybe_id(each.get("id")) == maybe_id(who.get("id"))), None)
            if who
            else next(iter(others), None)
        )
        self.actors = actors(*_known_as({**who, **(same or {})}, source))
        self.channel = text_in(origin.get("type"))
        self.objects = {"conversation": self.id}

    def state(self, state: str, at: datetime, **more: object) -> Signal:
        """The conversation came into a state."""
        said = {name: value for name, value in more.items() if value is not None}
        return self.signal(f"{state} {minute(at)}", f"conversation.{state}", at, properties=said)

    def signal(
        self, id: str, kind: str, at: datetime, *, text: str | None = None, properties: Mapping[str, object] | None = None
    ) -> Signal:
        """A signal of this conversation."""
        return Signal(
            self.source, f"conversation/{self.id}/{id}", kind, at, self.actors, None, self.objects, _TOUCHPOINT, self.channel,
            text=text, properties=properties or {},
        )  # fmt: skip


def _part(found: _Conversation, part: Mapping[str, object]) -> Iterator[Signal]:
    """A part: something written, and what it did to the conversation (a reply may close it, too)."""
    sort, author = str(part.get("part_type") or ""), maybe_record(part.get("author"))
    at = moment(part.get("created_at"), "created_at of the part")
    agent = None if str(author.get("type")) in _PEOPLE else maybe_id(author.get("id"))
    bot = True if author.get("type") == "bot" else None
    words = _words(part)
    if sort == "note":
        yield found.signal(
            f"part {id_of(part, what='part')}", "conversation.noted", at, properties={"agent": agent} if agent else {}
        )
    elif words or sort == "comment":
        kind = "conversation.commented" if str(author.get("type")) in _PEOPLE else "conversation.replied"
        said = {name: value for name, value in (("agent", agent), ("bot", bot)) if value}
        yield found.signal(f"part {id_of(part, what='part')}", kind, at, text=words, properties=said)
    state = _STATES.get(sort)
    if state:
        to = maybe_record(part.get("assigned_to"))
        yield found.state(state, at, agent=maybe_id(to.get("id")) if state == "assigned" else agent, bot=bot)
    elif sort and sort not in ("comment", "note", "conversation_rating_changed", "conversation_rating_remark_added"):
        yield found.signal(f"part {id_of(part, what='part')} did", f"conversation.{sort}"[:128], at)


def _rating(found: _Conversation, rating: Mapping[str, object]) -> Iterator[Signal]:
    """How happy the contact said they were, 1 to 5; asked, when there is no answer yet."""
    score = number(rating.get("rating"))
    asked_at = maybe_moment(rating.get("requested_at"))
    said = {"survey": RATING_SURVEY, "question": "rating"}
    if asked_at:
        yield found.signal("rating asked", "survey.sent", asked_at, properties=said)
    if score is None:
        return
    at = maybe_moment(rating.get("updated_at")) or moment(rating.get("created_at"), "created_at of the rating")
    agent = maybe_id(maybe_record(rating.get("teammate")).get("id"))
    properties = {**said, "scale": RATING_SCALE, **({"agent": agent} if agent else {})}
    yield Signal(
        found.source, f"conversation/{found.id}/rating", "survey.answered", at, found.actors, None,
        {**found.objects, "response": f"rating-{found.id}"}, "survey", found.channel, value=score, unit="points",
        text=text_in(rating.get("remark")), properties=properties,
    )  # fmt: skip


def _known_as(contact: Mapping[str, object], source: str) -> tuple[str | None, ...]:
    return (
        user_id(contact.get("external_id") or contact.get("user_id")),
        external_id(source, contact.get("id")),
        email_actor(contact.get("email")),
    )


def _account(contact: Mapping[str, object], source: str) -> str | None:
    companies = maybe_record(contact.get("companies"))
    first = next(iter(records_in(companies.get("data") or companies.get("companies"))), {})
    own, theirs = maybe_id(first.get("company_id")), maybe_id(first.get("id"))
    return own or (f"{source}-{theirs}" if theirs else None)


def _objects(item: Mapping[str, object]) -> dict[str, str]:
    kind, id = {"conversation": "conversation", "ticket": "ticket"}.get(str(item.get("type"))), maybe_id(item.get("id"))
    return {kind: id} if kind and id else {}


def _words(record: Mapping[str, object]) -> str | None:
    return _plain(record.get("body"))


def _plain(value: object) -> str | None:
    return plain_text(value) if isinstance(value, str) else None
