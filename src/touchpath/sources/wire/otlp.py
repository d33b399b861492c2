"""OpenTelemetry's events: log records with an event name, by OTLP/HTTP in JSON or protobuf, POST /v1/logs.

Source: opentelemetry.io, "OTLP Specification" (HTTP, partial success) and "Semantic conventions for events"; recorded exporters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import xxhash

from touchpath.model.email import email_actor
from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.model.time import from_micros
from touchpath.services.clock_skew import settle
from touchpath.services.receiving import Fault, Opened, Reply, Route, Terms
from touchpath.sources.wire.mending import read_json
from touchpath.sources.wire.otlp_protobuf import read_logs
from touchpath.sources.wire.shape import (
    add_marks,
    fitting,
    json_text,
    known_actor,
    refused_consent,
    unknown_actor,
    without_addresses,
    without_personal,
)
from touchpath.store.spool import Post

_DEEPEST = 32
_LARGEST = 16 << 20
_USER = ("user.id", "enduser.id")
_DEVICE = ("device.id", "app.installation.id")
_BROWSER = ("browser.platform", "browser.language", "url.full")


@dataclass(frozen=True, slots=True)
class _Record:
    """A log record with the attributes of what it came from."""

    resource: Mapping[str, Any]
    record: Mapping[str, Any]


class Otlp:
    """Events of OpenTelemetry's SDKs. Log records without an event name are no events: they are counted as rejected."""

    name = "otlp"
    routes: Sequence[Route] = (Route("/v1/logs", largest=_LARGEST),)
    headers: frozenset[str] = frozenset()

    def admit(self, post: Post, terms: Terms) -> None:
        """The key is all there is."""

    def answer(self, post: Post) -> Reply | None:
        """Every request brings something."""
        return None

    def open(self, post: Post) -> Opened:
        """The log records of a request."""
        if post.body[:1] in (b"\x0a", b"") and post.body.lstrip()[:1] not in (b"{", b"["):
            whole: Any = read_logs(post.body)
            plain = msgspec.json.encode(whole)
        else:
            plain = None
            try:
                whole = read_json(msgspec.json.decode, post.body)
            except BadInput as error:
                raise BadInput(f"The body is neither OTLP/JSON nor protobuf: {error}.") from error
        return Opened("", list(_records(whole)), plain=plain)

    def judge(self, opened: Opened) -> Sequence[Fault]:
        """Records that are no events."""
        return [
            Fault(place, "no_event", reason, "ignore")
            for place, event in enumerate(opened.events)
            if (reason := _reason(_record(event)))
        ]

    def once(self, opened: Opened) -> bool:
        """A record's id is made from all that it says."""
        return True

    def respond(self, opened: Opened, faults: Sequence[Fault]) -> Reply:
        """Partial success, as exporters expect it."""
        if not faults:
            return Reply(200, b"{}")
        partial = {"rejectedLogRecords": str(len(faults)), "errorMessage": faults[0].reason}
        return Reply(200, msgspec.json.encode({"partialSuccess": partial}))

    def signals(self, post: Post, opened: Opened, terms: Terms) -> Iterator[tuple[int, Signal | Fault]]:
        """One signal a record."""
        received = from_micros(post.received_at)
        for place, event in enumerate(opened.events):
            record = _record(event)
            reason = _reason(record)
            yield place, Fault(place, "no_event", reason, "ignore") if reason else _signal(record, post, terms, received)

    def alone(self, opened: Opened, place: int) -> bytes:
        """A request with this record only."""
        one = _record(opened.events[place])
        resource = {"attributes": [{"key": name, "value": {"stringValue": str(value)}} for name, value in one.resource.items()]}
        return msgspec.json.encode({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [one.record]}]}]})


def _records(whole: Any) -> Iterator[_Record]:
    """Every log record of a request; whatever has another form raises BadInput."""
    for logs in _listed(_object(whole, "The body").get("resourceLogs"), "resourceLogs"):
        resource = _attributes(_object(_object(logs, "resourceLogs").get("resource") or {}, "resource").get("attributes"))
        for scope in _listed(logs.get("scopeLogs"), "scopeLogs"):
            for record in _listed(_object(scope, "scopeLogs").get("logRecords"), "logRecords"):
                yield _Record(resource, _object(record, "A log record"))


def _object(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BadInput(f"{what} must be an object, but came as {type(value).__name__}.")
    return value


def _listed(value: Any, what: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadInput(f"{what} must be a list, but came as {type(value).__name__}.")
    return value


def _record(event: object) -> _Record:
    assert isinstance(event, _Record)
    return event


def _attributes(pairs: Any) -> dict[str, Any]:
    """Attributes as plain names and values; what has another form is left out."""
    found = {}
    for pair in pairs if isinstance(pairs, list) else []:
        if isinstance(pair, dict) and isinstance(pair.get("key"), str):
            found[pair["key"]] = _plain(pair.get("value"), _DEEPEST)
    return found


def _plain(value: Any, depth: int) -> Any:
    if not isinstance(value, dict) or not depth:
        return None
    for name in ("stringValue", "boolValue", "doubleValue", "bytesValue"):
        if name in value:
            return value[name]
    if "intValue" in value:
        return int(value["intValue"]) if str(value["intValue"]).lstrip("-").isdecimal() else value["intValue"]
    if isinstance(value.get("arrayValue"), dict):
        listed = value["arrayValue"].get("values")
        return [_plain(one, depth - 1) for one in listed] if isinstance(listed, list) else []
    if isinstance(value.get("kvlistValue"), dict):
        pairs = value["kvlistValue"].get("values")
        named = (
            [pair for pair in pairs if isinstance(pair, dict) and isinstance(pair.get("key"), str)]
            if isinstance(pairs, list)
            else []
        )
        return {pair["key"]: _plain(pair.get("value"), depth - 1) for pair in named}
    return None


def _name(record: _Record) -> str:
    named = record.record.get("eventName") or _attributes(record.record.get("attributes")).get("event.name")
    return fitting(named, "kind") if isinstance(named, str) else ""


def _reason(record: _Record) -> str:
    if not _name(record) or not _name(record).isprintable():
        return "A log record needs a short event name ('eventName') to be an event; plain logs are not kept."
    return ""


def _signal(one: _Record, post: Post, terms: Terms, received: datetime) -> Signal | Fault:
    if refused_consent(terms, post, {}):
        return Fault(0, "no_consent", "")
    attributes, body = _attributes(one.record.get("attributes")), _plain(one.record.get("body"), _DEEPEST)
    said = {**(body if isinstance(body, dict) else {"body": body} if body is not None else {}), **attributes}
    if severity := one.record.get("severityText"):
        said.setdefault("severity", severity)
    settled = settle(_moment(one.record), None, received)
    properties = without_addresses(without_personal({name: value for name, value in said.items() if name != "event.name"}, terms))
    add_marks(properties, post, _text(attributes.get("user_agent.original")), settled.note)
    identity = msgspec.json.encode((one.resource, one.record), order="sorted")
    return Signal(
        source=terms.source,
        id=xxhash.xxh3_128_hexdigest(identity),
        kind=_name(one),
        occurred_at=settled.occurred_at,
        actors=_actors(attributes, one.resource),
        objects=_objects(attributes, one.resource),
        channel="web" if any(name in attributes or name in one.resource for name in _BROWSER) else None,
        surface=fitting(one.resource.get("service.name"), "surface") or None,
        properties=json_text(properties),
        context=json_text(dict(one.resource)),
        received_at=received,
    )


def _moment(record: Mapping[str, Any]) -> datetime | None:
    for name in ("timeUnixNano", "observedTimeUnixNano"):
        nanos = str(record.get(name) or "")
        if nanos.isdecimal() and 0 < int(nanos) < 1 << 63:
            return from_micros(int(nanos) // 1000)
    return None


def _first(names: Sequence[str], *places: Mapping[str, Any]) -> str:
    return next((text for place in places for name in names if (text := fitting(place.get(name), "objects"))), "")


def _actors(attributes: Mapping[str, Any], resource: Mapping[str, Any]) -> tuple[str, ...]:
    user, device = _first(_USER, attributes, resource), _first(_DEVICE, attributes, resource)
    named = (
        known_actor(user) if user else None,
        email_actor(attributes.get("user.email")),
        unknown_actor(device) if device else None,
    )
    return tuple(actor for actor in named if actor)


def _objects(attributes: Mapping[str, Any], resource: Mapping[str, Any]) -> dict[str, str]:
    named = {"session": _first(("session.id",), attributes, resource), "order": _first(("order.id", "order_id"), attributes)}
    return {kind: id for kind, id in named.items() if id}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
