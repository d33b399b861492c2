"""HubSpot: feedback submissions, tickets, contacts, and the events of its webhooks.

Sources: developers.hubspot.com (CRM objects, feedback submissions, tickets, pipelines, webhooks v3, request validation v3). Records hold their fields
under `properties`, all as texts. What a pull joins stands beside: `contact` (the record), `history` (the stages a ticket went through) and
`stages` (which of them are closed).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise

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
    user_id,
)

SOURCE = "hubspot"
#: A webhook older than this was sent again by somebody else. Source: "Validating requests from HubSpot".
TOLERANCE_SECONDS = 300

_SCALES = {"nps": "0 to 10", "ces": "1 to 7"}
_FEEDBACK_KNOWN = frozenset(
    [
        "hs_survey_id",
        "hs_survey_type",
        "hs_survey_name",
        "hs_survey_channel",
        "hs_value",
        "hs_content",
        "hs_submission_timestamp",
        "hs_contact_id",
        "hs_ticket_id",
        "hs_contact_email_rollup",
        "hs_contact_firstname",
        "hs_contact_lastname",
        "hs_lastmodifieddate",
        "hs_createdate",
        "hs_object_id",
        "hs_response_group",
    ]
)
_TICKET_KNOWN = frozenset(
    [
        "subject",
        "content",
        "createdate",
        "closed_date",
        "hs_lastmodifieddate",
        "hs_object_id",
        "hs_pipeline_stage",
        "first_agent_reply_date",
        "last_reply_date",
        "time_to_close",
        "time_to_first_agent_reply",
        "hubspot_owner_id",
        "source_type",
        "hs_lastactivitydate",
        "hs_last_message_received_at",
        "hs_last_message_sent_at",
        "hs_all_owner_ids",
        "hs_updated_by_user_id",
        "hs_num_times_contacted",
        "notes_last_updated",
        "num_notes",
        "hs_resolution",
    ]
)
_METRICS = ("time_to_close", "time_to_first_agent_reply")


def verify(
    method: str, address: str, body: bytes, timestamp: str | None, signature: str | None, secret: str, now: datetime
) -> bool:
    """Whether `X-HubSpot-Signature-v3` fits the request as it came, and `X-HubSpot-Request-Timestamp` (ms) is of now.

    **Source**: developers.hubspot.com, "Validating requests": base64 of HMAC SHA-256 over method + URI + body + timestamp.
    """
    sent = timestamp or ""
    if not sent.isdecimal() or abs(now.timestamp() - int(sent) / 1000) > TOLERANCE_SECONDS:
        return False
    text = method.encode() + address.encode() + body + sent.encode()
    expected = base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest())
    return hmac.compare_digest(expected, (signature or "").encode())


def webhook_signals(payload: object, source: str = SOURCE) -> Iterator[Signal]:
    """The events of a webhook (a list, or one of them), each under its own name: they say that something changed, not to what it belongs."""
    events = records_in(payload if isinstance(payload, list) else [payload])
    if not events:
        raise BadInput("A webhook of HubSpot is a list of events with subscriptionType and objectId.")
    for event in events:
        yield _event(event, source)


def feedback_signals(record: Mapping[str, object], source: str = SOURCE, *, user_key: str = "") -> Iterator[Signal]:
    """A feedback submission: one answer, with the value as it was given."""
    id, told = id_of(record, what="submission"), maybe_record(record.get("properties"))
    sort = str(told.get("hs_survey_type") or "").lower()
    survey, ticket = maybe_id(told.get("hs_survey_id")), maybe_id(told.get("hs_ticket_id"))
    at = moment(
        told.get("hs_submission_timestamp") or told.get("hs_createdate") or record.get("createdAt"), "hs_submission_timestamp"
    )
    value = number(told.get("hs_value"))
    yield Signal(
        source, f"feedback/{id}", "survey.answered", at,
        _people(record, told.get("hs_contact_id"), source, user_key) or actors(email_actor(told.get("hs_contact_email_rollup"))), None,
        {"response": id, **({"ticket": ticket} if ticket else {})}, "survey", text_in(told.get("hs_survey_channel")),
        value=value, unit=None if value is None else "points", text=text_in(told.get("hs_content")),
        properties=properties_of(
            told, without=_FEEDBACK_KNOWN, survey=f"hubspot-{survey or sort or 'unknown'}", question=sort or "rating", scale=_SCALES.get(sort),
            title=told.get("hs_survey_name"), group=told.get("hs_response_group"),
        ),
    )  # fmt: skip


def ticket_signals(record: Mapping[str, object], source: str = SOURCE, *, user_key: str = "") -> Iterator[Signal]:
    """A ticket: opened, first answered, the stages it went through, its times."""
    found = _Ticket(record, source, user_key)
    told = found.told
    about = [text_in(told.get("subject")), text_in(told.get("content"))]
    yield found.signal(
        "opened", "ticket.opened", moment(told.get("createdate") or record.get("createdAt"), "createdate of the ticket"),
        text="\n\n".join(part for part in about if part) or None, properties=properties_of(told, without=_TICKET_KNOWN),
    )  # fmt: skip
    replied = maybe_moment(told.get("first_agent_reply_date"))
    if replied:
        yield found.signal(f"replied {minute(replied)}", "ticket.replied", replied, properties={"first": True})
    history = records_in(record.get("history"))
    closed_at = maybe_moment(told.get("closed_date"))
    if history:
        yield from _stages(found, history, maybe_record(record.get("stages")))
    elif closed_at:
        yield found.signal(f"solved {minute(closed_at)}", "ticket.solved", closed_at)
    seconds = {name.replace("time_to", "seconds_to"): number(told.get(name)) for name in _METRICS}
    metrics = {name: value / 1000 for name, value in seconds.items() if value is not None}
    if metrics:
        at = maybe_moment(told.get("hs_lastmodifieddate")) or closed_at or moment(told.get("createdate"), "createdate")
        yield found.signal("metrics", "ticket.measured", at, properties=properties_of(metrics))


def contact_signals(record: Mapping[str, object], source: str = SOURCE, *, user_key: str = "") -> Iterator[Signal]:
    """A contact: the ids that belong together, and the stage of its lifecycle."""
    id, told = id_of(record, what="contact"), maybe_record(record.get("properties"))
    at = moment(told.get("createdate") or record.get("createdAt"), "createdate of the contact")
    who = _people({"contact": record}, id, source, user_key)
    yield Signal(
        source, f"contact/{id}", "contact.created", at, who, properties=properties_of({"lifecycle": told.get("lifecyclestage")})
    )


class _Ticket:
    """What all signals of one ticket share."""

    def __init__(self, record: Mapping[str, object], source: str, user_key: str) -> None:
        self.source, self.id, self.told = source, id_of(record, what="ticket"), maybe_record(record.get("properties"))
        self.actors = _people(record, None, source, user_key)
        self.channel = (text_in(self.told.get("source_type")) or "").lower() or None

    def signal(
        self, id: str, kind: str, at: datetime, *, text: str | None = None, properties: Mapping[str, object] | None = None
    ) -> Signal:
        """A signal of this ticket."""
        return Signal(
            self.source, f"ticket/{self.id}/{id}", kind, at, self.actors, None, {"ticket": self.id}, "help-desk", self.channel,
            text=text, properties=properties or {},
        )  # fmt: skip


def _stages(found: _Ticket, history: list[Mapping[str, object]], closed: Mapping[str, object]) -> Iterator[Signal]:
    """Solved, reopened, or moved on, oldest first; the first stage is where the ticket was opened."""
    moves = sorted((at, str(each.get("value"))) for each in history if (at := maybe_moment(each.get("timestamp"))))
    for (_, before), (at, now) in pairwise(moves):
        was_done, is_done = closed.get(before) is True, closed.get(now) is True
        if is_done and not was_done:
            yield found.signal(f"solved {minute(at)}", "ticket.solved", at)
        elif was_done and not is_done:
            yield found.signal(f"reopened {minute(at)}", "ticket.reopened", at)
        else:
            said = {"status": now, "status_before": before}
            yield found.signal(f"stage {now} {minute(at)}", "ticket.status_changed", at, properties=said)


def _event(event: Mapping[str, object], source: str) -> Signal:
    sort = text_in(event.get("subscriptionType"))
    if sort is None:
        raise BadInput(f"The event '{event.get('eventId')}' has no subscriptionType.")
    object_id, noun = maybe_id(event.get("objectId")), sort.partition(".")[0]
    parts = (event.get("eventId"), event.get("subscriptionId"), event.get("objectId"), event.get("occurredAt"))
    who = actors(external_id(source, object_id)) if noun == "contact" else ()
    name = text_in(event.get("propertyName"))
    changed = {name: event.get("propertyValue")} if name else {}
    return Signal(
        source, "event/" + "-".join(maybe_id(part) or "" for part in parts), sort[:128], moment(event.get("occurredAt"), "occurredAt"), who,
        objects={noun: object_id} if object_id and noun in ("ticket", "deal", "conversation") else {},
        properties=properties_of(changed, property=name, by=event.get("changeSource")),
    )  # fmt: skip


def _people(record: Mapping[str, object], other: object, source: str, user_key: str) -> tuple[str, ...]:
    contact = maybe_record(record.get("contact"))
    told = maybe_record(contact.get("properties"))
    user = told.get(user_key) if user_key else None
    return actors(user_id(user), external_id(source, contact.get("id") or other), email_actor(told.get("email")))
