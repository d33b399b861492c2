"""Webhooks of survey tools, help desks, billing systems and mail services: /hooks/VENDOR/KEY.

What a payload means is told by `sources/vendors`, as for pulling and files. The key stands in the address, as these systems send no key of
ours; where the vendor signs and the key's terms name the secret, a wrong signature is refused.
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
class Hook:
    """One vendor's webhooks. signed: whether a post fits a secret at a time; None = this vendor cannot sign in a way we check."""

    vendor: str
    signals: Callable[[Payload, str], Iterator[Signal]]
    signed: Callable[[Post, str, datetime], bool] | None
    headers: frozenset[str] = frozenset()


def _by_header(name: str, fits: Callable[[bytes, str | None, str], bool]) -> Callable[[Post, str, datetime], bool]:
    return lambda post, secret, now: fits(post.body, post.headers.get(name), secret)


def _surveymonkey_fits(post: Post, secret: str, _: datetime) -> bool:
    client, key = secret.partition(":")[::2]
    return surveymonkey.verify(post.body, post.headers.get("sm-signature"), client, key)


def _formbricks_fits(post: Post, secret: str, now: datetime) -> bool:
    id, sent, signature = (post.headers.get(f"webhook-{name}") for name in ("id", "timestamp", "signature"))
    return formbricks.verify(post.body, id, sent, signature, secret, now)


def _chargebee_fits(post: Post, secret: str, _: datetime) -> bool:
    user, password = secret.partition(":")[::2]
    return chargebee.verify(post.headers.get("authorization"), user, password)


def _mailgun_fits(post: Post, secret: str, now: datetime) -> bool:
    payload = read_json(msgspec.json.decode, post.body)
    return isinstance(payload, dict) and mailgun.verify(payload, secret, now)


def _formbricks_signals(payload: Payload, source: str) -> Iterator[Signal]:
    return formbricks.webhook_signals(payload, source)


#: Every vendor whose webhooks are understood.
HOOKS: Mapping[str, Hook] = {
    hook.vendor: hook
    for hook in (
        Hook(
            "typeform",
            typeform.webhook_signals,
            _by_header("typeform-signature", typeform.verify),
            frozenset({"typeform-signature"}),
        ),
        Hook(
            "stripe",
            stripe.webhook_signals,
            lambda post, secret, now: stripe.verify(post.body, post.headers.get("stripe-signature"), secret, now),
            frozenset({"stripe-signature"}),
        ),
        Hook(
            "zendesk",
            zendesk.webhook_signals,
            lambda post, secret, now: zendesk.verify(
                post.body,
                post.headers.get("x-zendesk-webhook-signature"),
                post.headers.get("x-zendesk-webhook-signature-timestamp"),
                secret,
            ),
            frozenset({"x-zendesk-webhook-signature", "x-zendesk-webhook-signature-timestamp"}),
        ),
        Hook(
            "delighted",
            delighted.webhook_signals,
            _by_header("x-delighted-webhook-signature", delighted.verify),
            frozenset({"x-delighted-webhook-signature"}),
        ),
        Hook("surveymonkey", surveymonkey.webhook_signals, _surveymonkey_fits, frozenset({"sm-signature"})),
        Hook(
            "formbricks",
            _formbricks_signals,
            _formbricks_fits,
            frozenset({"webhook-id", "webhook-timestamp", "webhook-signature"}),
        ),
        Hook(
            "intercom", intercom.webhook_signals, _by_header("x-hub-signature", intercom.verify), frozenset({"x-hub-signature"})
        ),
        Hook("jira", jira.webhook_signals, _by_header("x-hub-signature", jira.verify), frozenset({"x-hub-signature"})),
        Hook("hubspot", hubspot.webhook_signals, None),
        Hook("chargebee", chargebee.webhook_signals, _chargebee_fits, frozenset({"authorization"})),
        Hook("sendgrid", sendgrid.event_signals, None),
        Hook("mailgun", mailgun.webhook_signals, _mailgun_fits),
    )
}


class Webhooks:
    """Posts of other systems to /hooks/VENDOR/KEY: one JSON object, or a list of them."""

    name = "webhook"
    routes: Sequence[Route] = (Route("/hooks/{vendor}/{key}", ("POST", "HEAD"), _LARGEST, signed=True),)
    headers: frozenset[str] = frozenset().union(*(hook.headers for hook in HOOKS.values()))

    def admit(self, post: Post, terms: Terms) -> None:
        """The signature must fit, where there is a secret."""
        hook = _hook(post)
        if not terms.secret:
            return
        if hook.signed is None:
            raise NotAllowed(f"Signatures of {hook.vendor} cannot be checked. Make a key without --secret for it.")
        try:
            secret = Secret(terms.secret).reveal()
        except Missing as error:
            raise Unavailable("The secret of this key cannot be read on the server now. Send it again later.") from error
        if not hook.signed(post, secret, from_micros(post.received_at)):
            raise NotAllowed(f"The signature of this {hook.vendor} webhook does not fit the secret, or is too old.")

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
