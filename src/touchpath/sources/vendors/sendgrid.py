"""SendGrid's event webhook: what became of each e-mail.

Source: docs.sendgrid.com, "Event Webhook Reference" and "Getting started with the Event Webhook security features".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from touchpath.model.email import email_actor
from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.sources.vendors.reading import actors, id_of, moment, properties_of, text_in, user_id

SOURCE = "sendgrid"
#: What happened, by the vendor's word.
KINDS = {
    "processed": "email.sent",
    "dropped": "email.dropped",
    "delivered": "email.delivered",
    "deferred": "email.deferred",
    "bounce": "email.bounced",
    "blocked": "email.bounced",
    "open": "email.opened",
    "click": "email.clicked",
    "spamreport": "email.reported",
    "unsubscribe": "email.unsubscribed",
    "group_unsubscribe": "email.unsubscribed",
    "group_resubscribe": "email.resubscribed",
}
_KEPT_ELSEWHERE = ("email", "timestamp", "event", "sg_event_id", "sg_message_id", "ip", "user_id", "smtp-id")


def event_signals(event: Mapping[str, object], source: str = SOURCE) -> Iterator[Signal]:
    """The signal of one event. An opening by a machine (Apple's mail privacy) is marked as a bot's.

    Custom arguments stay as properties; one that is called `user_id` says who it was.
    """
    word = text_in(event.get("event"))
    if word is None:
        raise BadInput("An event of SendGrid needs 'event', as in open or click.")
    message = (text_in(event.get("sg_message_id")) or "").partition(".")[0]
    machine = {"$traffic": "bot"} if event.get("sg_machine_open") is True else {}
    yield Signal(
        source=source,
        id=id_of(event, "sg_event_id", "event of SendGrid"),
        kind=KINDS.get(word, f"email.{word}"),
        occurred_at=moment(event.get("timestamp"), "timestamp"),
        actors=actors(user_id(event.get("user_id")), email_actor(event.get("email"))),
        objects={"message": message} if message else {},
        channel="email",
        properties=properties_of(event, without=_KEPT_ELSEWHERE, **machine),
    )
