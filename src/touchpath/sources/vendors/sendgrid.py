"""SendGrid's event webhook: what became of each e-mail.

Source: docs.sendgrid.com, "Event Webhook Reference" and "Getting started with the Event Webhook security features".
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

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


def verify(body: bytes, signature: str | None, timestamp: str | None, public_key: str) -> bool:
    """Whether `X-Twilio-Email-Event-Webhook-Signature` fits the timestamp beside it and the body, byte by byte as they came.

    How old a signature may be is nowhere said, and SendGrid repeats a post for up to 24 hours; a post that somebody sends again changes nothing,
    as its events are known by their ids. Raises BadInput when the public key is none: then nothing can be said of the signature.

    **Source**: docs.sendgrid.com, "Getting started with the Event Webhook security features": ECDSA of P-256 over SHA-256 of timestamp + body,
    DER, in base64.
    """
    key = _public_key(public_key)
    try:
        key.verify(base64.b64decode(signature or "", validate=True), (timestamp or "").encode() + body, ec.ECDSA(SHA256()))
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return bool(timestamp)


def _public_key(text: str) -> ec.EllipticCurvePublicKey:
    """The key as the settings of SendGrid's Event Webhook show it: base64 without PEM's first and last line, which may stand."""
    lines = [line.strip() for line in text.splitlines() if not line.startswith("-----")]
    try:
        key = load_der_public_key(base64.b64decode("".join(lines), validate=True))
    except (binascii.Error, ValueError) as error:
        raise BadInput("The public key of SendGrid's Event Webhook is not readable. Copy it as its settings show it.") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise BadInput("The public key of SendGrid's Event Webhook must be one of the curve P-256.")
    return key


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
