"""Segment's HTTP tracking API v1, which RudderStack and Jitsu speak too.

What `integrations` say of other tools means nothing here. Source: Segment, "HTTP API source", "Pixel tracking API" and "Spec: Common
fields"; RudderStack, "HTTP API", "Pixel API" and "Merge"; recorded requests of their clients.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import msgspec

from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.model.time import from_micros
from touchpath.services.clock_skew import read_moment
from touchpath.services.receiving import Fault, Opened, Reply, Route, Terms
from touchpath.sources.wire.mending import UNREADABLE, in_words, plain_words, read_json
from touchpath.sources.wire.replies import PIXEL, TAKEN
from touchpath.sources.wire.segment_signals import Checked, Reading, reason_against
from touchpath.sources.wire.shape import without_addresses
from touchpath.sources.wire.wrapped import unwrap
from touchpath.store.spool import Post

#: Segment refuses longer events, and batches of more; so do we, one by one.
LARGEST_EVENT = 32 << 10
MOST_EVENTS = 2_500
_LARGEST_BODY = 4 << 20  # RudderStack's; Segment's own is 500 kB

#: Types by the last part of the path; browsers use the short forms.
_TYPES = {
    "identify": "identify", "track": "track", "page": "page", "screen": "screen", "group": "group", "alias": "alias", "merge": "merge",
    "i": "identify", "t": "track", "p": "page", "s": "screen", "g": "group", "a": "alias",
}  # fmt: skip
_BATCHES = frozenset({"batch", "b", "import"})
_PIXELS = tuple(f"{start}/{type}" for start in ("/pixel/v1", "/v1/pixel") for type in sorted(set(_TYPES.values())))
_DEEPEST = 8


class _Batch(msgspec.Struct, rename="camel"):
    batch: list[msgspec.Raw]
    write_key: Any = None
    sent_at: Any = None
    context: Any = None


class _Single(msgspec.Struct, rename="camel"):
    write_key: Any = None
    sent_at: Any = None


@dataclass(frozen=True, slots=True)
class _Envelope:
    """What a body says about all of its calls. type: that of the path, "" = each call says it. single: the body is the call."""

    type: str
    sent_at: object
    context: Mapping[str, Any]
    single: bool = False
    pixel: bool = False


_read_batch = msgspec.json.Decoder(_Batch).decode
_read_single = msgspec.json.Decoder(_Single).decode
_check_call = msgspec.json.Decoder(Checked).decode
_encode = msgspec.json.encode


class Segment:
    """Calls of Segment's, RudderStack's and Jitsu's clients."""

    name: ClassVar[str] = "segment"
    routes: Sequence[Route] = (
        *(Route(f"/v1/{part}", largest=_LARGEST_BODY) for part in (*_TYPES, *_BATCHES)),
        Route("/beacon/v1/batch", largest=_LARGEST_BODY),
        Route("/api/s/{type}", largest=_LARGEST_BODY),
        Route("/api/s/s2s/{type}", largest=_LARGEST_BODY),
        *(Route(path, ("GET",)) for path in _PIXELS),
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
            return Reply(200, _encode(_settings(post)))
        return Reply(200, _SOURCE_CONFIG) if post.path == "/sourceConfig" else None

    def open(self, post: Post) -> Opened:
        """The calls of a batch, or the one call."""
        last = post.path.rsplit("/", 1)[-1]
        try:
            if post.path in _PIXELS:
                return _open_pixel(post, _TYPES[last])
            if last not in _BATCHES:
                single = read_json(_read_single, post.body)
                return Opened(
                    _text(single.write_key), (post.body,), _Envelope(_TYPES.get(last, ""), single.sent_at, {}, single=True)
                )
            batch = read_json(_read_batch, post.body)
        except BadInput as error:
            raise BadInput(f"The body is no call and no batch of calls: {error}.") from error
        context = batch.context if isinstance(batch.context, dict) else {}
        if context and len(_encode(context)) > LARGEST_EVENT:
            raise BadInput(f"The context of the batch is larger than {LARGEST_EVENT:,} bytes.")
        return Opened(_text(batch.write_key), batch.batch, _Envelope("", batch.sent_at, context))

    def judge(self, opened: Opened) -> Sequence[Fault]:
        """Calls that have no type, no person, no name, or the wrong form."""
        faults = []
        given = _envelope(opened).type
        for place, raw in enumerate(opened.events):
            if place >= MOST_EVENTS or len(raw) > LARGEST_EVENT:  # type: ignore[arg-type]
                faults.append(_too_large(place))
                continue
            try:
                call = _check_call(raw)  # type: ignore[arg-type]
                reason = reason_against(call, given or call.type or "")
            except UNREADABLE:
                reason = _second_look(raw, given)
            if reason:
                faults.append(Fault(place, "bad_call", reason))
        return faults

    def once(self, opened: Opened) -> bool:
        """Each retry has another `sentAt`, and so another corrected time."""
        return True

    def respond(self, opened: Opened, faults: Sequence[Fault]) -> Reply:
        """Always the same: these clients cannot learn of a single bad call."""
        return PIXEL if _envelope(opened).pixel else TAKEN

    def signals(self, post: Post, opened: Opened, terms: Terms) -> Iterator[tuple[int, Signal | Fault]]:
        """One signal a call."""
        envelope = _envelope(opened)
        context = envelope.context if terms.personal_traits else without_addresses(envelope.context)
        reading = Reading(post, terms, from_micros(post.received_at), envelope.type, _moment(envelope.sent_at), context)
        for place, raw in enumerate(opened.events):
            if place >= MOST_EVENTS or len(raw) > LARGEST_EVENT:  # type: ignore[arg-type]
                yield place, _too_large(place)
                continue
            try:
                yield place, reading.signal(raw, place)  # type: ignore[arg-type]
            except (BadInput, *UNREADABLE) as error:
                yield place, Fault(place, "bad_call", f"The call has the wrong form: {plain_words(in_words(error))}.")

    def alone(self, opened: Opened, place: int) -> bytes:
        """A batch of this call only; or the call itself, without the key that it came with."""
        raw: bytes = bytes(opened.events[place])  # type: ignore[call-overload]
        envelope = _envelope(opened)
        if not envelope.single:
            return _encode({"batch": [msgspec.Raw(raw)], "sentAt": envelope.sent_at, "context": envelope.context})
        whole = read_json(msgspec.json.decode, raw)
        return _encode({name: value for name, value in whole.items() if name != "writeKey"}) if "writeKey" in whole else raw


def _open_pixel(post: Post, type: str) -> Opened:
    """The one call of an image's address: JSON as base64 in `data`, or each field by its name, with dots for what is inside."""
    if post.body:
        plain: bytes | None = post.body
    elif "data" in (asked := dict(parse_qsl(post.query))):
        plain = unwrap(post, _LARGEST_BODY)
    else:
        plain = _encode(_nested(asked))
    assert plain is not None
    single = read_json(_read_single, plain)
    return Opened(_text(single.write_key), (plain,), _Envelope(type, single.sent_at, {}, single=True, pixel=True), plain)


def _nested(asked: Mapping[str, str]) -> dict[str, Any]:
    """{"context.page.url": ...} as {"context": {"page": {"url": ...}}}; what fits nowhere is left out."""
    whole: dict[str, Any] = {}
    for name, value in asked.items():
        *outer, last = name.split(".", _DEEPEST)
        inside: Any = whole
        for part in outer:
            inside = inside.setdefault(part, {}) if isinstance(inside, dict) else None
        if isinstance(inside, dict):
            inside.setdefault(last, value)
    return whole


def _settings(post: Post) -> dict[str, Any]:
    key = post.path.split("/")[3]
    host = f"{post.headers.get('host', '')}/v1"
    secure = "https" if post.headers.get("x-forwarded-proto") == "https" else "http"
    mine = {"apiKey": key, "apiHost": host, "protocol": secure, "unbundledIntegrations": [], "addBundledMetadata": True}
    return {
        "integrations": {"Segment.io": mine},
        "plan": {},
        "edgeFunction": {},
        "metrics": {"sampleRate": 0},
        "remotePlugins": [],
    }


_SOURCE_CONFIG = _encode(
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


def _second_look(raw: object, given: str) -> str:
    """Why a call cannot be taken that is no JSON as the standard has it."""
    try:
        call = read_json(_check_call, raw)
    except BadInput as error:
        return f"The call has the wrong form: {plain_words(error)}."
    return reason_against(call, given or call.type or "")


def _moment(said: object) -> Any:
    try:
        return read_moment(said)
    except BadInput:
        return None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _envelope(opened: Opened) -> _Envelope:
    assert isinstance(opened.envelope, _Envelope)
    return opened.envelope
