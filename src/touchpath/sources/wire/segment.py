"""Segment's HTTP tracking API v1, which RudderStack and Jitsu speak too.

Source: Segment, "HTTP API source" and "Spec: Common fields"; RudderStack, "HTTP API"; recorded requests of their clients.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import xxhash

from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.model.time import from_micros
from touchpath.services.clock_skew import read_moment, settle
from touchpath.services.receiving import Fault, Opened, Reply, Route, Terms
from touchpath.sources.wire.replies import TAKEN
from touchpath.sources.wire.shape import add_marks, email_actor, json_text, refused_consent, without_personal
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
_KNOWN = frozenset(_TYPES.values())
_BATCHES = frozenset({"batch", "b", "import"})
#: Kinds of the calls that have no event name of their own.
KINDS = {
    "identify": "user.identified", "page": "page.viewed", "screen": "screen.viewed", "group": "account.joined",
    "alias": "user.aliased",
}  # fmt: skip

#: An organisation's name is nobody's own.
_OF_ACCOUNTS = frozenset({"name"})

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
    sent_at: str | int | float | None
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

    headers: frozenset[str] = frozenset()

    def admit(self, post: Post, terms: Terms) -> None:
        """The key is all there is."""

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
                reason = _reason(call, given or call.type or "") or _shape(call)
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
        reading = _Reading(post, envelope, terms, from_micros(post.received_at), _moment(envelope.sent_at))
        for place, raw in enumerate(opened.events):
            if place >= MOST_EVENTS or len(raw) > LARGEST_EVENT:  # type: ignore[arg-type]
                yield place, _too_large(place)
                continue
            try:
                yield place, reading.signal(raw, place)  # type: ignore[arg-type]
            except (msgspec.DecodeError, UnicodeDecodeError, BadInput) as error:
                yield place, Fault(place, "bad_call", f"The call has the wrong form: {error}.")

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


def _shape(call: _Checked) -> str:
    """What is no object but has to be one; "" = all are."""
    for name in ("properties", "traits", "context"):
        if memoryview(getattr(call, name))[0] not in b"{n":
            return f"The {name} of the call must be an object of names and values."
    return ""


def _reason(call: _Call | _Checked, type: str) -> str:
    """Why a call cannot be taken; "" = it can."""
    if type not in _KNOWN:
        return f"The type came as '{type}'. There are: {', '.join(sorted(_KNOWN))}."
    if type == "track" and not (call.event if isinstance(call.event, str) else call.event is not None):
        return "A track call needs the name of its event in 'event'."
    if call.user_id in (None, "") and call.anonymous_id in (None, ""):
        return "Neither 'userId' nor 'anonymousId' says who it was."
    if type == "group" and call.group_id in (None, ""):
        return "A group call needs 'groupId'."
    if type == "alias" and call.previous_id in (None, ""):
        return "An alias call needs 'previousId'."
    return ""


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the calls of one body are read with. sent_at: None when the body does not say."""

    post: Post
    envelope: _Envelope
    terms: Terms
    received: datetime
    sent_at: datetime | None

    def signal(self, raw: bytes, place: int) -> Signal | Fault:
        """The signal of one call, or why there is none."""
        call = _read_call(raw)
        type = self.envelope.type or call.type or ""
        if reason := _reason(call, type):
            return Fault(place, "bad_call", reason)
        terms, context = self.terms, call.context or {}
        if self.envelope.context:
            context = {**self.envelope.context, **context}
        if terms.consent and refused_consent(terms, self.post, _consent(context)):
            return Fault(place, "no_consent", "")
        occurred, note = self._when(call)
        said = context.get("traits")
        known = said if isinstance(said, dict) else {}
        traits = call.traits or (known if type == "identify" else {})  # RudderStack's clients say them in the context
        if known:
            context = {**context, "traits": without_personal(known, terms)}
        properties = _properties(call, type, traits, terms)
        add_marks(properties, self.post, _text(context.get("userAgent")), note)
        value, unit = _money(properties)
        return Signal(
            source=terms.source,
            id=_id(call.message_id) or xxhash.xxh3_128_hexdigest(bytes(raw)),
            kind=str(call.event) if type == "track" else KINDS[type],
            occurred_at=occurred,
            actors=_actors(call, traits, known),
            account=_id(call.group_id) or _id(context.get("groupId")) or None,
            objects=_objects(properties, context),
            channel=call.channel or _channel(context),
            value=value,
            unit=unit,
            properties=json_text(properties),
            context=json_text(context),
            received_at=self.received,
        )

    def _when(self, call: _Call) -> tuple[datetime, str]:
        said = call.timestamp if call.timestamp is not None else call.original_timestamp
        try:
            sent = self.sent_at if call.sent_at is None else read_moment(call.sent_at)
            settled = settle(read_moment(said), sent, self.received)
        except BadInput:
            return self.received, "unreadable"
        return settled.occurred_at, settled.note


def _moment(said: str | int | float | None) -> datetime | None:
    try:
        return read_moment(said)
    except BadInput:
        return None


def _properties(call: _Call, type: str, traits: Mapping[str, Any], terms: Terms) -> dict[str, Any]:
    if type == "identify":
        properties = dict(without_personal(traits, terms))
    elif type == "group":
        properties = dict(without_personal(traits, terms, but=_OF_ACCOUNTS))
    else:
        properties = call.properties or {}
    if call.name:
        properties.setdefault("name", call.name)
    if call.category:
        properties.setdefault("category", call.category)
    return properties


def _actors(call: _Call, traits: Mapping[str, Any], known: Mapping[str, Any]) -> tuple[str, ...]:
    """Strongest first. An alias names the former id both ways: nobody says whether it was anonymous."""
    user, anonymous, former = _id(call.user_id), _id(call.anonymous_id), _id(call.previous_id)
    named = [f"user:{user}"] if user else []
    if former:
        named.append(f"user:{former}")
    if address := traits.get("email") or known.get("email"):
        named += filter(None, (email_actor(address),))
    if anonymous:
        named.append(f"anonymous:{anonymous}")
    if former:
        named.append(f"anonymous:{former}")
    return tuple(named) if len(named) < 2 else tuple(dict.fromkeys(named))


def _objects(properties: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, str]:
    """What the e-commerce and session conventions of these trackers name."""
    device, named = context.get("device"), {}
    if order := _id(properties.get("order_id")) or _id(properties.get("orderId")):
        named["order"] = order
    if session := _id(context.get("sessionId")) or _id(properties.get("session_id")):
        named["session"] = session
    if isinstance(device, dict) and (id := _id(device.get("id"))):
        named["device"] = id
    return named


def _money(properties: Mapping[str, Any]) -> tuple[float | None, str | None]:
    for name in ("revenue", "total", "value"):
        amount = properties.get(name)
        if isinstance(amount, int | float) and not isinstance(amount, bool):
            return amount, _text(properties.get("currency")) or None
    return None, None


def _id(value: object) -> str:
    """An id as text; numbers are read as text, anything else as nothing."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


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
