"""Our own protocol: POST /v1/signals takes signals as they are and answers for each of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from touchpath.model.errors import BadInput, unknown
from touchpath.model.signal import ACTOR_NAMESPACES, JsonText, Signal
from touchpath.model.time import from_micros
from touchpath.services.clock_skew import Settled, settle
from touchpath.services.receiving import Fault, Opened, Reply, Route, Terms
from touchpath.services.record import LONGEST
from touchpath.sources.wire.mending import NoFields, plain_words, read_json
from touchpath.sources.wire.shape import add_marks, refused_consent
from touchpath.store.spool import Post

PATH = "/v1/signals"
MOST_SIGNALS = 5_000
NATIVE = "native"

_PLAIN = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$(?!\n)"
_ACTOR = (
    rf"^(?:(?:{'|'.join(name for name in ACTOR_NAMESPACES if name != 'email')}):[\s\S]*\S[\s\S]*|email:[0-9a-f]{{64}})$(?!\n)"
)


def _text(name: str, least: int = 0) -> Meta:
    return Meta(min_length=least, max_length=LONGEST[name])


def _needed(name: str) -> Meta:
    return Meta(pattern=_PLAIN, max_length=LONGEST[name])


_Actor = Annotated[str, Meta(pattern=_ACTOR, max_length=LONGEST["actors"])]
_Named = Annotated[str, _text("objects", 1)]


class SignalIn(msgspec.Struct, forbid_unknown_fields=True):
    """One signal as it is sent. The published schema is made from this."""

    id: Annotated[str, _needed("id")]
    kind: Annotated[str, _needed("kind")]
    occurred_at: Annotated[datetime, Meta(tz=True)]
    actors: list[_Actor] = []
    account: Annotated[str, _text("account")] | None = None
    objects: dict[_Named, _Named] | NoFields = {}
    touchpoint: Annotated[str, _text("touchpoint")] | None = None
    channel: Annotated[str, _text("channel")] | None = None
    surface: Annotated[str, _text("surface")] | None = None
    value: float | None = None
    unit: Annotated[str, _text("unit")] | None = None
    text: Annotated[str, _text("text")] | None = None
    properties: dict[str, Any] | NoFields = {}
    context: dict[str, Any] | NoFields = {}
    consent: dict[str, bool] | NoFields = {}
    utc_offset_minutes: Annotated[int, Meta(ge=-1080, le=1080)] | None = None


@dataclass(frozen=True, slots=True)
class _Envelope:
    """When the sender says it sent a body, and when it came."""

    sent_at: datetime | None
    received_at: datetime


class _Body(msgspec.Struct):
    signals: list[msgspec.Raw]
    key: str = ""
    sent_at: Annotated[datetime, Meta(tz=True)] | None = None


_read_body = msgspec.json.Decoder(_Body).decode
_read_signal = msgspec.json.Decoder(SignalIn).decode
_encode = msgspec.json.Encoder(order="sorted").encode
_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_MISSING = re.compile(r"Object missing required field `(\w+)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_STEPS = re.compile(r"\[\d+\]|\w+")
_QUOTES = re.compile("[\"']")
_LONGEST_SHOWN = 60
_ID = re.compile(rb'"id"\s*:\s*("(?:[^"\\]|\\.)*")')


class Native:
    """Signals as they are. Each gets an answer of its own: ok, warning (taken, something was mended) or drop (kept aside, see why)."""

    name = NATIVE
    routes: Sequence[Route] = (Route(PATH, largest=16 << 20), Route("/v1/signals.schema.json", ("GET",)))

    headers: frozenset[str] = frozenset()

    def admit(self, post: Post, terms: Terms) -> None:
        """The key is all there is."""

    def answer(self, post: Post) -> Reply | None:
        """The JSON Schema of a body."""
        if post.path != PATH:
            return Reply(200, msgspec.json.encode(schema()), "application/schema+json")
        return None

    def open(self, post: Post) -> Opened:
        """The signals of a body."""
        try:
            body = read_json(_read_body, post.body)
        except BadInput as error:
            raise BadInput(
                f'The body is not {{"signals": [...]}}: {plain_words(error)}. The schema is at /v1/signals.schema.json.'
            ) from error
        if len(body.signals) > MOST_SIGNALS:
            raise BadInput(f"The body holds {len(body.signals):,} signals; at most {MOST_SIGNALS:,} may come at a time.")
        return Opened(body.key, body.signals, _Envelope(body.sent_at, from_micros(post.received_at)))

    def judge(self, opened: Opened) -> Sequence[Fault]:
        """Signals that do not have the form of the schema, and those whose time had to be mended."""
        faults = []
        for place, raw in enumerate(opened.events):
            try:
                signal = _checked(raw)  # type: ignore[arg-type]
            except BadInput as error:
                faults.append(Fault(place, "bad_signal", _in_words(error, raw)))
                continue
            settled = _when(signal, opened)
            if settled.note == "future":
                reason = f"It says that it happened at {signal.occurred_at.isoformat()}, which is yet to come: taken as now."
                faults.append(Fault(place, "future", reason, "warning"))
        return faults

    def once(self, opened: Opened) -> bool:
        """A sender who says when it sent has its times put right, differently on each retry; else new content is a correction."""
        return _envelope(opened).sent_at is not None

    def respond(self, opened: Opened, faults: Sequence[Fault]) -> Reply:
        """One result a signal, in the order they came."""
        results: list[dict[str, str]] = [{"id": _id(raw), "result": "ok"} for raw in opened.events]
        for fault in faults:
            results[fault.place] |= {"result": fault.result, "code": fault.code, "message": fault.reason}
        dropped = sum(fault.result == "drop" for fault in faults)
        body = {"success": True, "accepted": len(results) - dropped, "dropped": dropped, "results": results}
        return Reply(200, msgspec.json.encode(body))

    def signals(self, post: Post, opened: Opened, terms: Terms) -> Iterator[tuple[int, Signal | Fault]]:
        """Each signal as it is."""
        for place, raw in enumerate(opened.events):
            try:
                signal = _checked(raw)  # type: ignore[arg-type]
            except BadInput as error:
                yield place, Fault(place, "bad_signal", _in_words(error, raw))
                continue
            if refused_consent(terms, post, signal.consent or {}):
                yield place, Fault(place, "no_consent", "")
            else:
                yield place, _signal(signal, post, opened, terms)

    def alone(self, opened: Opened, place: int) -> bytes:
        """A body with this signal only."""
        raw = msgspec.Raw(bytes(opened.events[place]))  # type: ignore[call-overload]
        return msgspec.json.encode({"signals": [raw], "sent_at": _envelope(opened).sent_at})


def schema() -> dict[str, Any]:
    """The JSON Schema of a body."""
    (reference,), parts = msgspec.json.schema_components([SignalIn], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Signals for Touchpath",
        "type": "object",
        "required": ["signals"],
        "properties": {
            "signals": {"type": "array", "maxItems": MOST_SIGNALS, "items": reference},
            "key": {"type": "string", "description": "The write key, if no Authorization header carries it."},
            "sent_at": {
                "type": ["string", "null"],
                "format": "date-time",
                "description": "The sender's clock while sending: times are then put right by how far it is off.",
            },
        },
        "$defs": parts,
    }


def _checked(raw: bytes) -> SignalIn:
    signal = read_json(_read_signal, raw)
    if not _EARLIEST <= signal.occurred_at < _LATEST:
        raise BadInput(f"occurred_at is {signal.occurred_at.isoformat()}; times from 1900 to 2199 will do.")
    for name in ("properties", "context"):
        if len(raw) > LONGEST[name] and len(_encode(getattr(signal, name)).decode()) > LONGEST[name]:
            raise BadInput(f"{name} are longer than {LONGEST[name]:,} characters as JSON.")
    return signal


def _envelope(opened: Opened) -> _Envelope:
    assert isinstance(opened.envelope, _Envelope)
    return opened.envelope


def _when(signal: SignalIn, opened: Opened) -> Settled:
    envelope = _envelope(opened)
    return settle(signal.occurred_at, envelope.sent_at, envelope.received_at)


def _signal(signal: SignalIn, post: Post, opened: Opened, terms: Terms) -> Signal:
    settled = _when(signal, opened)
    properties, context = signal.properties or {}, signal.context or {}
    add_marks(properties, post, str(context.get("user_agent", "")), settled.note)
    offset = signal.occurred_at.utcoffset()
    minutes = int(offset.total_seconds() // 60) if offset else None
    return Signal(
        source=terms.source,
        id=signal.id,
        kind=signal.kind,
        occurred_at=settled.occurred_at.astimezone(UTC),
        actors=tuple(dict.fromkeys(signal.actors)),
        account=signal.account,
        objects=signal.objects or {},
        touchpoint=signal.touchpoint,
        channel=signal.channel,
        surface=signal.surface,
        value=signal.value,
        unit=signal.unit,
        text=signal.text,
        properties=JsonText(_encode(properties).decode()) if properties else JsonText(""),
        context=JsonText(_encode(context).decode()) if context else JsonText(""),
        utc_offset_minutes=signal.utc_offset_minutes if signal.utc_offset_minutes is not None else minutes,
        received_at=_envelope(opened).received_at,
    )


def _in_words(error: Exception, raw: object) -> str:
    """What is wrong with a signal, for people: the field, what came in it, and what would do."""
    said, _, where = str(error).partition(" - at `$")
    path = where.rstrip("`").removeprefix(".")
    if found := _MISSING.fullmatch(said):
        return f"There is no {found[1]}; every signal needs one."
    if found := _UNKNOWN.fullmatch(said):
        return unknown("field", found[1], SignalIn.__struct_fields__)
    if not path and said.startswith("Expected"):
        return f"A signal is an object with id, kind and occurred_at, but '{_shown(read_json(msgspec.json.decode, raw))}' came."
    if not path:
        return f"{said.removesuffix('.')}."
    came = f"{path} came as '{_came(raw, path)}'"
    if "RFC3339" in said or "`datetime`" in said:
        return f"{came}, which is no time with a zone. Write it as in '2026-03-01T12:00:00Z' or '2026-03-01T12:00:00+01:00'."
    if "matching regex" in said and path.startswith("actors"):
        shapes = ", ".join(f"{name}:ID" for name in ACTOR_NAMESPACES if name != "email")
        return f"{came}, which is no id of a person. It needs the form {shapes}, or email: and the SHA-256 (hex) of the address."
    if "matching regex" in said:
        return f"{came}; it needs some text, without control characters."
    return f"{came}: {plain_words(said)}."


def _came(raw: object, path: str) -> str:
    """What came in a field, cut short and without quotes of its own, so that what hides quoted words hides all of it."""
    value = read_json(msgspec.json.decode, raw)
    try:
        for part in _STEPS.findall(path):
            value = value[int(part[1:-1])] if part.startswith("[") else value[part]
    except (LookupError, TypeError):
        return "..."
    return _shown(value)


def _shown(value: object) -> str:
    """A value as a sentence quotes it; what cannot be seen, or turns the text around it, stands as its code."""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    cut = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]} ..."
    return "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in _QUOTES.sub("’", cut))


def _id(raw: object) -> str:
    found = _ID.search(bytes(raw))  # type: ignore[call-overload]
    try:
        return str(msgspec.json.decode(found[1])) if found else ""
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


def signals_body(signals: Sequence[Signal]) -> bytes:
    """A body of this protocol, for signals that a part of ours takes in the way of live ones. Their source goes with the key."""
    names = SignalIn.__struct_fields__
    rows = [{name: getattr(signal, name) for name in names if getattr(signal, name, None)} for signal in signals]
    return _encode({"signals": rows})
