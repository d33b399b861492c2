"""Segment's HTTP tracking API v1, which RudderStack and Jitsu speak too.

Source: Segment, "HTTP API source" and "Spec: Common fields"; RudderStack, "HTTP API"; recorded requests of their clients.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
import xxhash

from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.model.time import from_micros
from touchpath.services.clock_skew import read_moment, settle
from touchpath.services.receiving import Fault, Opened, Reply, Route, Terms
from touchpath.sources.wire.replies import TAKEN
from touchpath.sources.wire.shape import add_marks, email_actor, first_text, json_text, refused_consent, without_personal
from touchpath.store.spool import Post

#: Segment refuses longer events, and batches of more; so do we, one by one.
LARGEST_EVENT = 32 << 10
MOST_EVENTS = 2_500
_LARGEST_BODY = 4 << 20  # RudderStack's; Segment's own is 500 kB

#: Types by the last part of the path; browsers use the short forms.
_TYPES = {
    "identify": "identify", "track": "track", "page": "page", "screen": "screen", "group": "group", "alias": "alias",
    "i": "identify", "t": "track", "p": "page", "s": "screen", "g": "group", "a": "alias", "merge": "alias",
}  # fmt: skip
_BATCHES = frozenset({"batch", "b", "import"})
#: Kinds of the calls that have no event name of their own.
KINDS = {
    "identify": "user.identified", "page": "page.viewed", "screen": "screen.viewed", "group": "account.joined",
    "alias": "user.aliased",
}  # fmt: skip

Id = str | int | float | None


class _Call(msgspec.Struct, rename="camel"):
    """One call. Ids that are numbers are read as text."""

    type: str | None = None
    event: Id = None
    message_id: Id = None
    user_id: Id = None
    anonymous_id: Id = None
    previous_id: Id = None
    group_id: Id = None
    name: str | None = None
    category: str | None = None
    channel: str | None = None
    timestamp: str | int | float | None = None
    original_timestamp: str | int | float | None = None
    sent_at: str | int | float | None = None
    properties: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None
    context: dict[str, Any] | None = None


_NOTHING = msgspec.Raw(b"null")


class _Checked(msgspec.Struct, rename="camel"):
    """The same, with what need not be looked at before the answer left as it came."""

    type: str | None = None
    event: Id = None
    message_id: Id = None
    user_id: Id = None
    anonymous_id: Id = None
    previous_id: Id = None
    group_id: Id = None
    timestamp: str | int | float | None = None
    properties: msgspec.Raw = _NOTHING
    traits: msgspec.Raw = _NOTHING
    context: msgspec.Raw = _NOTHING


class _Batch(msgspec.Struct, rename="camel"):
    batch: list[msgspec.Raw]
    write_key: str | None = None
    sent_at: str | int | float | None = None
    context: dict[str, Any] | None = None


class _Single(msgspec.Struct, rename="camel"):
    write_key: str | None = None
    sent_at: str | int | float | None = None


@dataclass(frozen=True, slots=True)
class _Envelope:
    """What a body says about all of its calls. type: that of the path, "" for a batch."""

    type: str
    sent_at: object
    context: Mapping[str, Any]


_read_batch = msgspec.json.Decoder(_Batch).decode
_read_single = msgspec.json.Decoder(_Single).decode
_read_call = msgspec.json.Decoder(_Call).decode
_check_call = msgspec.json.Decoder(_Checked).decode


class Segment:
    """Calls of Segment's, RudderStack's and Jitsu's clients."""

    name = "segment"
    routes: Sequence[Route] = (
        *(Route(f"/v1/{part}", largest=_LARGEST_BODY) for part in (*_TYPES, *_BATCHES)),
        *(Route(f"/beacon/v1/{part}", largest=_LARGEST_BODY) for part in ("batch",)),
        Route("/api/s/{type}", largest=_LARGEST_BODY),
        Route("/api/s/s2s/{type}", largest=_LARGEST_BODY),
        Route("/v1/m", largest=_LARGEST_BODY),
        Route("/v1/projects/{key}/settings", ("GET",)),
        Route("/sourceConfig", ("GET",)),
    )

    def answer(self, post: Post) -> Reply | None:
        """Settings that the browser clients wait for before they send anything; their own health figures are not wanted."""
        if post.path == "/v1/m":
            return TAKEN
        if post.path.startswith("/v1/projects/"):
            key = post.path.split("/")[3]
            host = f"{post.headers.get('host', '')}/v1"
            secure = "https" if post.headers.get("x-forwarded-proto") == "https" else "http"
            mine = {"apiKey": key, "apiHost": host, "protocol": secure, "unbundledIntegrations": [], "addBundledMetadata": True}
            return Reply(200, msgspec.json.encode({"integrations": {"Segment.io": mine}, "plan": {}, "edgeFunction": {}}))
        if post.path == "/sourceConfig":
            return Reply(200, _SOURCE_CONFIG)
        return None

    def open(self, post: Post) -> Opened:
        """The calls of a batch, or the one call."""
        last = post.path.rsplit("/", 1)[-1]
        try:
            if last in _BATCHES:
                batch = _read_batch(post.body)
                envelope = _Envelope("", batch.sent_at, batch.context or {})
                return Opened(batch.write_key or "", batch.batch, envelope)
            single = _read_single(post.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BadInput(f"The body is no call and no batch of calls: {error}.") from error
        return Opened(single.write_key or "", (post.body,), _Envelope(_TYPES.get(last, ""), single.sent_at, {}))

    def judge(self, opened: Opened) -> Sequence[Fault]:
        """Calls that have no type, no person, no name, or the wrong form."""
        faults = []
        given = opened.envelope.type  # type: ignore[attr-defined]
        for place, raw in enumerate(opened.events):
            if place >= MOST_EVENTS or len(raw) > LARGEST_EVENT:  # type: ignore[arg-type]
                faults.append(_too_large(place))
                continue
            try:
                call = _check_call(raw)  # type: ignore[arg-type]
                reason = _reason(call, given or call.type or "")
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                reason = f"The call has the wrong form: {error}."
            if reason:
                faults.append(Fault(place, "bad_call", reason))
        return faults

    def once(self, opened: Opened) -> bool:
        """Each retry has another `sentAt`, and so another corrected time."""
        return True

    def respond(self, opened: Opened, faults: Sequence[Fault]) -> Reply:
        """Always the same: these clients cannot learn of a single bad call."""
        return TAKEN

    def signals(self, post: Post, opened: Opened, terms: Terms) -> Iterator[tuple[int, Signal | Fault]]:
        """One signal a call."""
        envelope = opened.envelope
        assert isinstance(envelope, _Envelope)
        faults = {fault.place: fault for fault in self.judge(opened)}
        received = from_micros(post.received_at)
        for place, raw in enumerate(opened.events):
            if place in faults:
                yield place, faults[place]
                continue
            try:
                yield place, _signal(raw, post, envelope, terms, received)  # type: ignore[arg-type]
            except (msgspec.DecodeError, UnicodeDecodeError, BadInput) as error:
                yield place, Fault(place, "bad_call", f"The call cannot be read: {error}")

    def alone(self, opened: Opened, place: int) -> bytes:
        """A batch of this call only, or the call itself."""
        raw: bytes = bytes(opened.events[place])  # type: ignore[call-overload]
        envelope = opened.envelope
        assert isinstance(envelope, _Envelope)
        if envelope.type:
            return bytes(raw)
        whole = {"batch": [msgspec.Raw(raw)], "sentAt": envelope.sent_at, "context": envelope.context}
        return msgspec.json.encode(whole)


_SOURCE_CONFIG = msgspec.json.encode(
    {
        "source": {
            "id": "touchpath", "name": "touchpath", "writeKey": "", "enabled": True, "workspaceId": "touchpath",
            "config": {"statsCollection": {"errors": {"enabled": False}, "metrics": {"enabled": False}}},
            "connections": [], "destinations": [], "sourceDefinition": {"name": "Javascript"}, "dataplanes": {},
        },
        "updatedAt": "",
    }
)  # fmt: skip


def _too_large(place: int) -> Fault:
    reason = f"A call may have {LARGEST_EVENT:,} bytes, and a batch {MOST_EVENTS:,} calls."
    return Fault(place, "too_large", reason)


def _reason(call: _Checked, type: str) -> str:
    """Why a call cannot be taken; "" = it can."""
    for name in ("properties", "traits", "context"):
        if memoryview(getattr(call, name))[0] not in b"{n":
            return f"The {name} of the call must be an object of names and values."
    if type not in _TYPES.values():
        return f"The type came as '{type}'. There are: {', '.join(sorted(set(_TYPES.values())))}."
    if type == "track" and not (call.event if isinstance(call.event, str) else call.event is not None):
        return "A track call needs the name of its event in 'event'."
    if call.user_id in (None, "") and call.anonymous_id in (None, ""):
        return "Neither 'userId' nor 'anonymousId' says who it was."
    if type == "group" and call.group_id in (None, ""):
        return "A group call needs 'groupId'."
    if type == "alias" and call.previous_id in (None, ""):
        return "An alias call needs 'previousId'."
    return ""


def _signal(raw: bytes, post: Post, envelope: _Envelope, terms: Terms, received: datetime) -> Signal | Fault:
    call = _read_call(raw)
    type = envelope.type or call.type or ""
    context = {**envelope.context, **(call.context or {})} if envelope.context else call.context or {}
    traits, known = call.traits or {}, context.get("traits")
    said = without_personal(traits, terms) if type in ("identify", "group") else call.properties
    if refused_consent(terms, post, _consent(context)):
        return Fault(0, "no_consent", "")
    occurred, note = _when(call, envelope, received)
    properties = dict(said or {})
    if call.name and "name" not in properties:
        properties["name"] = call.name
    if call.category and "category" not in properties:
        properties["category"] = call.category
    add_marks(properties, post, _text(context.get("userAgent")), note)
    if isinstance(known, dict):
        context = {**context, "traits": without_personal(known, terms)}
    return Signal(
        source=terms.source,
        id=first_text((call.message_id,)) or xxhash.xxh3_128_hexdigest(bytes(raw)),
        kind=str(call.event) if type == "track" else KINDS[type],
        occurred_at=occurred,
        actors=_actors(call, traits, known if isinstance(known, dict) else {}),
        account=first_text((call.group_id, context.get("groupId"))) or None,
        objects=_objects(properties, context),
        channel=call.channel or _channel(context),
        **_money(properties),
        properties=json_text(properties),
        context=json_text(context),
        received_at=received,
    )


def _when(call: _Call, envelope: _Envelope, received: datetime) -> tuple[datetime, str]:
    said = call.timestamp if call.timestamp is not None else call.original_timestamp
    sent = call.sent_at if call.sent_at is not None else envelope.sent_at
    try:
        settled = settle(read_moment(said), read_moment(sent), received)
    except BadInput:
        return received, "unreadable"
    return settled.occurred_at.astimezone(UTC), settled.note


def _actors(call: _Call, traits: Mapping[str, Any], known: Mapping[str, Any]) -> tuple[str, ...]:
    """Strongest first. An alias names the former id both ways: nobody says whether it was anonymous."""
    user, anonymous, former = (first_text((id,)) for id in (call.user_id, call.anonymous_id, call.previous_id))
    named = [f"user:{user}" if user else None, f"user:{former}" if former else None]
    named += [email_actor(traits.get("email") or known.get("email"))]
    named += [f"anonymous:{anonymous}" if anonymous else None, f"anonymous:{former}" if former else None]
    return tuple(dict.fromkeys(actor for actor in named if actor))


def _objects(properties: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, str]:
    """What the e-commerce and session conventions of these trackers name."""
    device = context.get("device")
    named = {
        "order": first_text((properties.get("order_id"), properties.get("orderId"))),
        "session": first_text((context.get("sessionId"), properties.get("session_id"))),
        "device": first_text((device.get("id"),)) if isinstance(device, dict) else "",
    }
    return {kind: id for kind, id in named.items() if id}


def _money(properties: Mapping[str, Any]) -> dict[str, Any]:
    for name in ("revenue", "total", "value"):
        amount = properties.get(name)
        if isinstance(amount, int | float) and not isinstance(amount, bool):
            return {"value": amount, "unit": _text(properties.get("currency")) or None}
    return {}


def _channel(context: Mapping[str, Any]) -> str | None:
    library = context.get("library")
    name = _text(library.get("name")) if isinstance(library, dict) else ""
    if "page" in context or name == "analytics.js":
        return "web"
    return "app" if "app" in context and "device" in context else None


def _consent(context: Mapping[str, Any]) -> Mapping[str, Any]:
    consent = context.get("consent")
    categories = consent.get("categoryPreferences") if isinstance(consent, dict) else None
    return categories if isinstance(categories, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
