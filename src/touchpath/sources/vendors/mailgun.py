"""Mailgun's webhooks: what became of each e-mail.

Source: documentation.mailgun.com, "Webhooks: payload" and "Securing webhooks".
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from datetime import datetime

from touchpath.model.email import email_actor
from touchpath.model.signal import Signal
from touchpath.sources.vendors.reading import (
    actors,
    id_of,
    maybe_record,
    moment,
    properties_of,
    record_of,
    text_in,
    user_id,
)

SOURCE = "mailgun"
TOLERANCE_SECONDS = 300
KINDS = {
    "accepted": "email.sent",
    "rejected": "email.dropped",
    "delivered": "email.delivered",
    "failed": "email.bounced",
    "opened": "email.opened",
    "clicked": "email.clicked",
    "unsubscribed": "email.unsubscribed",
    "complained": "email.reported",
}
_KEPT_ELSEWHERE = ("event", "timestamp", "id", "recipient", "message", "ip", "user-variables", "storage", "envelope", "flags")


def verify(payload: Mapping[str, object], secret: str, now: datetime) -> bool:
    """Whether the signature in a webhook's own body fits the signing key, and is of now."""
    signed = maybe_record(payload.get("signature"))
    sent, token, signature = (text_in(signed.get(name)) or "" for name in ("timestamp", "token", "signature"))
    if not sent.isdecimal() or abs(now.timestamp() - int(sent)) > TOLERANCE_SECONDS:
        return False
    expected = hmac.new(secret.encode(), f"{sent}{token}".encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())


def webhook_signals(payload: Mapping[str, object], source: str = SOURCE) -> Iterator[Signal]:
    """The signal of one webhook. Temporary failures are deferrals; user variables stay as properties."""
    event = record_of(payload.get("event-data"), "event-data")
    word = text_in(event.get("event")) or "seen"
    kind = KINDS.get(word, f"email.{word}")
    if word == "failed" and event.get("severity") == "temporary":
        kind = "email.deferred"
    variables = maybe_record(event.get("user-variables"))
    message = text_in(maybe_record(maybe_record(event.get("message")).get("headers")).get("message-id"))
    bot = {"$traffic": "bot"} if maybe_record(event.get("client-info")).get("bot") else {}
    yield Signal(
        source=source,
        id=id_of(event, "id", "event of Mailgun"),
        kind=kind,
        occurred_at=moment(event.get("timestamp"), "timestamp"),
        actors=actors(user_id(variables.get("user_id")), email_actor(event.get("recipient"))),
        objects={"message": message} if message else {},
        channel="email",
        properties={**properties_of(event, without=_KEPT_ELSEWHERE, **bot), **properties_of(variables, without=("user_id",))},
    )
