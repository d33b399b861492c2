"""Amplitude's HTTP API v2: POST /2/httpapi, and /batch where a body of its shape comes there (see `by_shape`).

Who did it and which id an event has is told as in Amplitude's exports (`sources/formats/amplitude.py`). Source: Amplitude, "HTTP V2 API" and
"Batch Event Upload API"; recorded requests of its client.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import msgspec

from touchpath.model.email import email_actor
from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.model.time import from_micros
from touchpath.services.clock_skew import moment_or_none, settle_said
from touchpath.services.receiving import Fault, Opened, Reply, Route, Terms
from touchpath.sources.vendors.posthog import ACCOUNT_GROUPS
from touchpath.sources.wire.commerce import amount_of, order_of
from touchpath.sources.wire.loose_events import fault_of, read_each
from touchpath.sources.wire.mending import read_json
from touchpath.sources.wire.shape import (
    add_marks,
    against_name,
    fitting,
    json_text,
    known_actor,
    may_hold_address,
    signal_id,
    text_id,
    unknown_actor,
    without_addresses,
    without_personal,
)
from touchpath.store.spool import Post

LONGEST_ID = 255
_LARGEST_BODY = 20 << 20
#: What its clients notice by themselves, in our words; whatever an organisation named itself keeps its name.
KINDS = {
    "[Amplitude] Page Viewed": "page.viewed",
    "[Amplitude] Element Clicked": "element.clicked",
    "[Amplitude] Element Changed": "form.changed",
    "[Amplitude] Form Submitted": "form.sent",
    "[Amplitude] Rage Click": "page.rage_clicked",
    "[Amplitude] Dead Click": "page.dead_clicked",
    "[Amplitude] Screen Viewed": "screen.viewed",
    "$identify": "user.described",
    "$groupidentify": "account.described",
}
_CONTEXT = (
    "platform", "os_name", "os_version", "device_brand", "device_manufacturer", "device_model", "carrier", "country", "region", "city", "dma",
    "language", "app_version", "version_name", "library", "ip", "user_agent",
)  # fmt: skip
_SETS = ("$setOnce", "$set")
_NO_SESSION = frozenset({"", "-1", "0"})


class _Body(msgspec.Struct):
    api_key: Any
    events: list[msgspec.Raw]
    client_upload_time: Any = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """When the client sent, as far as it says so."""

    received: datetime
    sent_at: datetime | None
    said: object = None


_read_body = msgspec.json.Decoder(_Body).decode


class Amplitude:
    """Events of Amplitude's clients."""

    name: ClassVar[str] = "amplitude"
    routes: Sequence[Route] = (Route("/2/httpapi", largest=_LARGEST_BODY),)
    headers: frozenset[str] = frozenset()

    def admit(self, post: Post, terms: Terms) -> None:
        """The key is all there is."""

    def answer(self, post: Post) -> Reply | None:
        """Everything brings events."""
        return None

    def open(self, post: Post) -> Opened:
        """The events of a body."""
        try:
            body = read_json(_read_body, post.body)
        except BadInput as error:
            raise BadInput(f'The body is not {{"api_key": "...", "events": [...]}}: {error}.') from error
        key = body.api_key if isinstance(body.api_key, str) else ""
        said = body.client_upload_time
        return Opened(key, body.events, Envelope(from_micros(post.received_at), moment_or_none(said), said))

    def judge(self, opened: Opened) -> Sequence[Fault]:
        """Events without a name or a person."""
        return [fault for place, raw in enumerate(opened.events) if (fault := fault_of(place, raw, _reason))]

    def once(self, opened: Opened) -> bool:
        """Each retry says another time of sending."""
        return True

    def respond(self, opened: Opened, faults: Sequence[Fault]) -> Reply:
        """Its clients look for the code in the body, and cannot learn of single events without sending all others again."""
        told = {"success": True, "status": 1, "code": 200, "events_ingested": len(opened.events) - len(faults)}
        return Reply(200, msgspec.json.encode(told))

    def signals(self, post: Post, opened: Opened, terms: Terms) -> Iterator[tuple[int, Signal | Fault]]:
        """One signal an event."""
        envelope = opened.envelope
        assert isinstance(envelope, Envelope)
        yield from read_each(opened.events, post, terms, _reason, lambda event, raw: _signal(event, raw, post, envelope, terms))

    def alone(self, opened: Opened, place: int) -> bytes:
        """A body of this event only."""
        envelope, raw = opened.envelope, msgspec.Raw(bytes(opened.events[place]))  # type: ignore[call-overload]
        assert isinstance(envelope, Envelope)
        return msgspec.json.encode({"api_key": "", "events": [raw], "client_upload_time": envelope.said})


def _reason(event: Mapping[str, Any]) -> str:
    name = event.get("event_type")
    if not isinstance(name, str):
        return "The event has no name in 'event_type'."
    if reason := against_name(name):
        return reason
    user, device = text_id(event.get("user_id")), text_id(event.get("device_id"))
    if not user and not device:
        return "Neither 'user_id' nor 'device_id' says who it was."
    return f"An id is too long; at most {LONGEST_ID} characters will do." if max(len(user), len(device)) > LONGEST_ID else ""


def _signal(event: Mapping[str, Any], raw: bytes, post: Post, envelope: Envelope, terms: Terms) -> Signal:
    name, inside, device = event["event_type"], _object(event.get("event_properties")), text_id(event.get("device_id"))
    traits = _traits(event.get("user_properties"))
    address = email_actor(traits.get("email") or traits.get("$email"))
    told, context = dict(inside), {key: event[key] for key in _CONTEXT if event.get(key) not in (None, "")}
    if name == "$identify":
        told = {**without_personal(traits, terms), **told}
    elif name == "$groupidentify":
        told = {**_traits(event.get("group_properties")), **told}
    elif traits:
        context["traits"] = without_personal(traits, terms)
    if groups := event.get("groups"):
        told["groups"] = groups
    if not terms.personal_traits and may_hold_address(raw):
        told, context = without_addresses(told), without_addresses(context)
    settled = settle_said(event.get("time"), envelope.sent_at, envelope.received)
    agent = event.get("user_agent")
    add_marks(told, post, agent if isinstance(agent, str) else "", settled.note)
    value, unit = amount_of({**inside, **{key: event[key] for key in ("revenue", "currency") if event.get(key) is not None}})
    return Signal(
        source=terms.source,
        id=_id(event, device, raw),
        kind=KINDS.get(name, name),
        occurred_at=settled.occurred_at,
        actors=_actors(event, device, address) if name != "$groupidentify" else (),
        account=_account(event.get("groups")),
        objects=_objects(event, inside, device),
        value=value,
        unit=unit,
        properties=json_text(told),
        context=json_text(context),
        received_at=envelope.received,
    )


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _traits(said: object) -> dict[str, Any]:
    """What an event says of the person: properties as they are, or what is to be set."""
    told = _object(said)
    if not any(name.startswith("$") for name in told):
        return told
    found: dict[str, Any] = {}
    for name in _SETS:
        found |= _object(told.get(name))
    return found


def _id(event: Mapping[str, Any], device: str, raw: bytes) -> str:
    insert = text_id(event.get("insert_id"))
    return signal_id(f"{device}/{insert}" if insert and device else insert, raw)


def _actors(event: Mapping[str, Any], device: str, address: str | None) -> tuple[str, ...]:
    user = text_id(event.get("user_id"))
    named = [known_actor(user)] if user else []
    named += [address] if address else []
    named += [unknown_actor(device)] if device else []
    return tuple(dict.fromkeys(named))


def _account(groups: object) -> str | None:
    found = _object(groups)
    named = [found[name] for name in ACCOUNT_GROUPS if name in found] or (list(found.values()) if len(found) == 1 else [])
    group = named[0] if named else None
    return fitting(group[0] if isinstance(group, list) and group else group, "account") or None


def _objects(event: Mapping[str, Any], inside: Mapping[str, Any], device: str) -> dict[str, str]:
    """A session's id is the moment it began, so the device takes part in its name."""
    session, order = text_id(event.get("session_id")), order_of(inside)
    named = {"order": order} if order else {}
    if device and session not in _NO_SESSION and (id := fitting(f"{device}.{session}", "objects")):
        named["session"] = id
    return named
