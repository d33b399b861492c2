"""Webhooks of survey tools, help desks, billing systems and mail services: /hooks/VENDOR/KEY.

What a payload means is told by `sources/vendors`, as for pulling and files. The key stands in the address, as these systems send no key of
ours; where the key's terms name the secret that a vendor signs with, a wrong signature is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from touchpath.model.errors import BadInput, Missing, NotAllowed, Unavailable
from touchpath.model.signal import Signal
from touchpath.model.time import from_micros
from touchpath.services.receiving import Fault, Opened, Reply, Route, Terms
from touchpath.services.secrets import Secret
from touchpath.sources.vendors import (
    chargebee,
    delighted,
    formbricks,
    hubspot,
    intercom,
    jira,
    mailgun,
    sendgrid,
    stripe,
    surveymonkey,
    typeform,
    zendesk,
)
from touchpath.sources.wire.mending import read_json
from touchpath.sources.wire.replies import TAKEN
from touchpath.store.spool import Post

Payload = Mapping[str, Any]
_LARGEST = 8 << 20


@dataclass(frozen=True, slots=True)
class Arrived:
    """A post as signatures see it. address: the whole address that the sender used, as far as it is known here."""

    post: Post
    address: str

    @property
    def now(self) -> datetime:
        """When it came in."""
        return from_micros(self.post.received_at)

    def header(self, name: str) -> str | None:
        """One header, by its lower-case name."""
        return self.post.headers.get(name)


@dataclass(frozen=True, slots=True)
class Hook:
    """One vendor's webhooks. signed: whether a post fits a secret; headers: what that reads."""

    vendor: str
    signals: Callable[[Payload, str], Iterator[Signal]]
    signed: Callable[[Arrived, str], bool]
    headers: Sequence[str] = ()


def _typeform_fits(came: Arrived, secret: str) -> bool:
    return typeform.verify(came.post.body, came.header("typeform-signature"), secret)


def _stripe_fits(came: Arrived, secret: str) -> bool:
    return stripe.verify(came.post.body, came.header("stripe-signature"), secret, came.now)


def _zendesk_fits(came: Arrived, secret: str) -> bool:
    signature, sent = (came.header(f"x-zendesk-webhook-signature{end}") for end in ("", "-timestamp"))
    return zendesk.verify(came.post.body, signature, sent, secret)


def _delighted_fits(came: Arrived, secret: str) -> bool:
    return delighted.verify(came.post.body, came.header("x-delighted-webhook-signature"), secret)


def _surveymonkey_fits(came: Arrived, secret: str) -> bool:
    client, key = secret.partition(":")[::2]
    return surveymonkey.verify(came.post.body, came.header("sm-signature"), client, key)


def _formbricks_fits(came: Arrived, secret: str) -> bool:
    id, sent, signature = (came.header(f"webhook-{name}") for name in ("id", "timestamp", "signature"))
    return formbricks.verify(came.post.body, id, sent, signature, secret, came.now)


def _intercom_fits(came: Arrived, secret: str) -> bool:
    return intercom.verify(came.post.body, came.header("x-hub-signature"), secret)


def _jira_fits(came: Arrived, secret: str) -> bool:
    return jira.verify(came.post.body, came.header("x-hub-signature"), secret)


def _hubspot_fits(came: Arrived, secret: str) -> bool:
    sent, signature = came.header("x-hubspot-request-timestamp"), came.header("x-hubspot-signature-v3")
    return hubspot.verify("POST", came.address, came.post.body, sent, signature, secret, came.now)


def _chargebee_fits(came: Arrived, secret: str) -> bool:
    user, password = secret.partition(":")[::2]
    return chargebee.verify(came.header("authorization"), user, password)


def _sendgrid_fits(came: Arrived, public_key: str) -> bool:
    signature, sent = (came.header(f"x-twilio-email-event-webhook-{name}") for name in ("signature", "timestamp"))
    return sendgrid.verify(came.post.body, signature, sent, public_key)


def _mailgun_fits(came: Arrived, secret: str) -> bool:
    payload = read_json(msgspec.json.decode, came.post.body)
    return isinstance(payload, dict) and mailgun.verify(payload, secret, came.now)


def _formbricks_signals(payload: Payload, source: str) -> Iterator[Signal]:
    return formbricks.webhook_signals(payload, source)


#: Every vendor whose webhooks are understood.
HOOKS: Mapping[str, Hook] = {
    hook.vendor: hook
    for hook in (
        Hook("typeform", typeform.webhook_signals, _typeform_fits, ["typeform-signature"]),
        Hook("stripe", stripe.webhook_signals, _stripe_fits, ["stripe-signature"]),
        Hook(
            "zendesk",
            zendesk.webhook_signals,
            _zendesk_fits,
            ["x-zendesk-webhook-signature", "x-zendesk-webhook-signature-timestamp"],
        ),
        Hook("delighted", delighted.webhook_signals, _delighted_fits, ["x-delighted-webhook-signature"]),
        Hook("surveymonkey", surveymonkey.webhook_signals, _surveymonkey_fits, ["sm-signature"]),
        Hook("formbricks", _formbricks_signals, _formbricks_fits, ["webhook-id", "webhook-timestamp", "webhook-signature"]),
        Hook("intercom", intercom.webhook_signals, _intercom_fits, ["x-hub-signature"]),
        Hook("jira", jira.webhook_signals, _jira_fits, ["x-hub-signature"]),
        Hook("hubspot", hubspot.webhook_signals, _hubspot_fits, ["x-hubspot-signature-v3", "x-hubspot-request-timestamp"]),
        Hook("chargebee", chargebee.webhook_signals, _chargebee_fits, ["authorization"]),
        Hook(
            "sendgrid",
            sendgrid.event_signals,
            _sendgrid_fits,
            ["x-twilio-email-event-webhook-signature", "x-twilio-email-event-webhook-timestamp"],
        ),
        Hook("mailgun", mailgun.webhook_signals, _mailgun_fits),
    )
}


class Webhooks:
    """Posts of other systems to /hooks/VENDOR/KEY: one JSON object, or a list of them.

    public_url: where others reach us, for signatures that hold the address; "" = https and the host that the post names.
    """

    name = "webhook"
    routes: Sequence[Route] = (Route("/hooks/{vendor}/{key}", ("POST", "HEAD"), _LARGEST, signed=True),)
    headers: frozenset[str] = frozenset().union(*(hook.headers for hook in HOOKS.values()))

    def __init__(self, public_url: str = "") -> None:
        self._public_url = public_url.rstrip("/")

    def admit(self, post: Post, terms: Terms) -> None:
        """The signature must fit, where there is a secret."""
        hook = _hook(post)
        if not terms.secret:
            return
        try:
            fits = hook.signed(Arrived(post, self._address(post)), Secret(terms.secret).reveal())
        except (Missing, BadInput) as error:
            # What is wrong is ours to mend, so the sender must hold on to what it has.
            raise Unavailable("The secret of this key cannot be read on the server now. Send it again later.") from error
        if not fits:
            raise NotAllowed(f"The signature of this {hook.vendor} webhook does not fit the secret, or is too old.")

    def _address(self, post: Post) -> str:
        base = self._public_url or f"https://{post.headers.get('host', '')}"
        return f"{base}{post.path}?{post.query}" if post.query else f"{base}{post.path}"

    def answer(self, post: Post) -> Reply | None:
        """Every post brings something."""
        return None

    def open(self, post: Post) -> Opened:
        """The payloads of a post."""
        _hook(post)
        try:
            whole = read_json(msgspec.json.decode, post.body)
        except BadInput as error:
            raise BadInput(f"The webhook's body is not JSON: {error}.") from error
        return Opened(post.path.split("/")[3], whole if isinstance(whole, list) else [whole], post.path.split("/")[2])

    def judge(self, opened: Opened) -> Sequence[Fault]:
        """Payloads that the vendor's reader does not understand."""
        return [found for _, found in _read(opened, "judged") if isinstance(found, Fault)]

    def once(self, opened: Opened) -> bool:
        """The same id with other content is what the vendor knows better by now."""
        return False

    def respond(self, opened: Opened, faults: Sequence[Fault]) -> Reply:
        """Taken, whatever is in it: what could not be read is in the quarantine, and sending it again would not help."""
        return TAKEN

    def signals(self, post: Post, opened: Opened, terms: Terms) -> Iterator[tuple[int, Signal | Fault]]:
        """The signals of each payload."""
        received = from_micros(post.received_at)
        for place, found in _read(opened, terms.source):
            yield place, found if isinstance(found, Fault) else found.but(received_at=received)

    def alone(self, opened: Opened, place: int) -> bytes:
        """This payload only."""
        return msgspec.json.encode(opened.events[place])


def _hook(post: Post) -> Hook:
    vendor = post.path.split("/")[2]
    if vendor not in HOOKS:
        raise BadInput(f"Webhooks of '{vendor}' are not understood. Those of: {', '.join(sorted(HOOKS))}.")
    return HOOKS[vendor]


def _read(opened: Opened, source: str) -> Iterator[tuple[int, Signal | Fault]]:
    """The signals of each payload, or why there are none; a payload that fails halfway gives none."""
    hook = HOOKS[str(opened.envelope)]
    for place, payload in enumerate(opened.events):
        if not isinstance(payload, Mapping):
            yield place, Fault(place, "bad_payload", f"A payload must be a JSON object, but came as {type(payload).__name__}.")
            continue
        try:
            found = list(hook.signals(payload, source))
        except BadInput as error:
            yield place, Fault(place, "bad_payload", str(error))
            continue
        yield from ((place, signal) for signal in found)
