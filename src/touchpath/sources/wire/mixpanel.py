"""Mixpanel's ingestion: /import and /groups, and what its clients send to /track and /engage (see `by_shape`).

Who did it is told as in Mixpanel's exports (`sources/formats/mixpanel.py`). Source: Mixpanel, "Ingestion API"; recorded requests of its clients.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import msgspec

from touchpath.model.email import email_actor
from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.model.time import from_micros
from touchpath.services.clock_skew import moment_or_none, settle_said
from touchpath.services.receiving import Fault, Opened, Reply, Route, Terms
from touchpath.sources.formats.mixpanel import actors_of
from touchpath.sources.vendors.mixpanel import KINDS
from touchpath.sources.vendors.posthog import ACCOUNT_GROUPS
from touchpath.sources.wire.commerce import amount_of, order_of
from touchpath.sources.wire.loose_events import fault_of, read_each, read_event
from touchpath.sources.wire.mending import read_json
from touchpath.sources.wire.shape import (
    add_marks,
    against_name,
    fitting,
    json_text,
    may_hold_address,
    signal_id,
    text_id,
    without_addresses,
    without_personal,
)
from touchpath.sources.wire.wrapped import unwrap
from touchpath.store.spool import Post

LONGEST_ID = 255
_LOOKED_AT = 20
_LARGEST_BODY = 10 << 20
#: What is done to a profile. Only what is set is known afterwards; the rest is kept as it was asked for.
_SETS = ("$set_once", "$set")
_CHANGES = frozenset({*_SETS, "$add", "$append", "$union", "$remove", "$unset", "$delete"})
_OWN = frozenset({"token", "time", "$insert_id"})
_CONTEXT_STARTS = (
    "$os",
    "$browser",
    "$device",
    "$screen",
    "$lib",
    "mp_lib",
    "mp_sent",
    "$initial_",
    "$mp_autocapture",
    "$manufacturer",
    "$model",
)


@dataclass(frozen=True, slots=True)
class Envelope:
    """When the client sent, and whether it wants to be told of single refused events."""

    received: datetime
    sent_at: datetime | None
    strict: bool = False


_read_list = msgspec.json.Decoder(list[msgspec.Raw]).decode


class Mixpanel:
    """Events, profiles and groups of Mixpanel's clients."""

    name: ClassVar[str] = "mixpanel"
    routes: Sequence[Route] = tuple(Route(path, ("POST", "GET"), _LARGEST_BODY) for path in ("/import", "/groups"))
    headers: frozenset[str] = frozenset()

    def admit(self, post: Post, terms: Terms) -> None:
        """The token is all there is."""

    def answer(self, post: Post) -> Reply | None:
        """Everything brings events."""
        return None

    def open(self, post: Post) -> Opened:
        """The events of a list, of lines, or the one event."""
        plain = unwrap(post, _LARGEST_BODY)
        body = (plain or post.body).strip()
        asked = dict(parse_qsl(post.query)) if post.query else {}
        try:
            events = read_json(_read_list, body) if body[:1] == b"[" else _lines(body)
        except BadInput as error:
            raise BadInput(f"The body is no event and no list of events: {error}.") from error
        received = from_micros(post.received_at)
        return Opened(
            _token(events), events, Envelope(received, moment_or_none(asked.get("_")), asked.get("strict") == "1"), plain
        )

    def judge(self, opened: Opened) -> Sequence[Fault]:
        """Events without a name or a person, profiles without one, groups without an id."""
        return [fault for place, raw in enumerate(opened.events) if (fault := fault_of(place, raw, _reason))]

    def once(self, opened: Opened) -> bool:
        """Each retry says another time of sending."""
        return True

    def respond(self, opened: Opened, faults: Sequence[Fault]) -> Reply:
        """What was taken; a strict client is told with 400 what was not, as its protocol has it, though the rest was taken."""
        taken, envelope = len(opened.events) - len(faults), opened.envelope
        told: dict[str, Any] = {"success": True, "status": 1, "error": None, "code": 200, "num_records_imported": taken}
        if not faults or not (isinstance(envelope, Envelope) and envelope.strict):
            return Reply(200, msgspec.json.encode(told))
        said = f"{len(faults):,} of {len(opened.events):,} events were refused; the others were taken."
        failed = [
            {"index": fault.place, "insert_id": _insert_id(opened.events[fault.place]), "message": fault.reason}
            for fault in faults
        ]
        told |= {
            "success": False,
            "status": 0,
            "error": said,
            "code": "some_refused",
            "message": said,
            "detail": said,
            "failed_records": failed,
        }
        return Reply(400, msgspec.json.encode(told))

    def signals(self, post: Post, opened: Opened, terms: Terms) -> Iterator[tuple[int, Signal | Fault]]:
        """One signal an event, a changed profile or a described group."""
        envelope = opened.envelope
        assert isinstance(envelope, Envelope)
        yield from read_each(opened.events, post, terms, _reason, lambda event, raw: _signal(event, raw, post, envelope, terms))

    def alone(self, opened: Opened, place: int) -> bytes:
        """A list of this event only."""
        return msgspec.json.encode([msgspec.Raw(bytes(opened.events[place]))])  # type: ignore[call-overload]


def is_mixpanel(event: Mapping[str, Any]) -> bool:
    """Whether an event that came to an address that PostHog has as well is one of Mixpanel's clients."""
    inside = event.get("properties")
    if "event" not in event:
        return bool(_CHANGES & event.keys()) and not event.keys() & {"properties", "api_key", "batch"}
    if not isinstance(inside, dict) or event.keys() & {"uuid", "timestamp", "distinct_id", "api_key", "offset"}:
        return False
    return "mp_lib" in inside or ("token" in inside and "time" in inside and "$lib" not in inside)


def _lines(body: bytes) -> Sequence[object]:
    """One object, or one a line, as /import takes them."""
    try:
        read_json(read_event, body)
        return (body,)
    except BadInput:
        lines = [line for line in body.split(b"\n") if line.strip()]
        if len(lines) < 2:
            raise
        return lines


def _token(events: Sequence[object]) -> str:
    """The token of the first event that names one."""
    for raw in events[:_LOOKED_AT]:
        try:
            event = read_json(read_event, raw)
        except BadInput:
            continue
        inside = event.get("properties")
        found = event.get("$token") or (inside.get("token") if isinstance(inside, dict) else "")
        if found and isinstance(found, str):
            return found
    return ""


def _reason(event: Mapping[str, Any]) -> str:
    if "event" not in event:
        if event.get("$group_id") is not None or event.get("$group_key") is not None:
            named = fitting(event.get("$group_id"), "account") and text_id(event.get("$group_key"))
            return "" if named else "A group needs '$group_key' and '$group_id'."
        if not _CHANGES & event.keys():
            return "It is neither an event ('event', 'properties') nor a change of a profile ('$distinct_id', '$set')."
        return _against_ids(_who(event))
    if not isinstance(event["event"], str):
        return "The name of the event must be text in 'event'."
    if reason := against_name(event["event"]):
        return reason
    inside = event.get("properties")
    if not isinstance(inside, dict):
        return "The properties of the event must be an object of names and values."
    return _against_ids(list(actors_of(event["event"], inside)))


def _against_ids(actors: Sequence[str]) -> str:
    if not actors:
        return "Neither 'distinct_id' nor '$user_id' nor '$device_id' says who it was."
    if any(len(actor) > LONGEST_ID + 20 for actor in actors):
        return f"An id is too long; at most {LONGEST_ID} characters will do."
    return ""


def _who(profile: Mapping[str, Any]) -> list[str]:
    """Whom a change of a profile is about, by the same rules as events."""
    told = {name: profile.get(f"${name}") for name in ("distinct_id",)} | {
        name: profile.get(name) for name in ("$user_id", "$device_id")
    }
    return list(dict.fromkeys(actors_of("", told)))


def _signal(event: Mapping[str, Any], raw: bytes, post: Post, envelope: Envelope, terms: Terms) -> Signal:
    if "event" not in event:
        return _profile(event, raw, post, envelope, terms)
    name, inside = event["event"], event["properties"]
    hide = not terms.personal_traits and may_hold_address(raw)
    actors = tuple(dict.fromkeys(actors_of(name, inside)))
    settled = settle_said(inside.get("time"), envelope.sent_at, envelope.received)
    told = {key: value for key, value in inside.items() if key not in _OWN and not key.startswith(_CONTEXT_STARTS)}
    context = {key: value for key, value in inside.items() if key.startswith(_CONTEXT_STARTS)}
    for who in ("distinct_id", "$user_id"):
        told.pop(who, None)
    if hide:
        told, context = without_addresses(told), without_addresses(context)
    if name == "$mp_web_page_view":
        told.setdefault("url", inside.get("$current_url"))
    add_marks(told, post, "", settled.note)
    value, unit = amount_of(inside)
    order = order_of(inside)
    return Signal(
        source=terms.source,
        id=_id(name, inside, raw),
        kind=KINDS.get(name, name),
        occurred_at=settled.occurred_at,
        actors=actors,
        account=_account(inside),
        objects={"order": order} if order else {},
        channel="web" if inside.get("mp_lib") == "web" else None,
        value=value,
        unit=unit,
        properties=json_text(told),
        context=json_text(context),
        received_at=envelope.received,
    )


def _profile(event: Mapping[str, Any], raw: bytes, post: Post, envelope: Envelope, terms: Terms) -> Signal:
    """What a client says of a person or an organisation."""
    group = fitting(event.get("$group_id"), "account")
    said: dict[str, Any] = {}
    for name in _SETS:
        said |= event[name] if isinstance(event.get(name), dict) else {}
    address = email_actor(said.get("$email") or said.get("email")) if not group else None
    told = dict(without_personal(said, terms, but=frozenset({"name", "$name"}) if group else frozenset()))
    told |= {name: event[name] for name in _CHANGES - {*_SETS} if name in event}
    if group:
        told |= {"$group_key": event["$group_key"]}
    if not terms.personal_traits:
        told = without_addresses(told)
    settled = settle_said(event.get("$time"), envelope.sent_at, envelope.received)
    add_marks(told, post, "", settled.note)
    known = [] if group else _who(event)
    strong = [actor for actor in known if not actor.startswith("anonymous:")]
    return Signal(
        source=terms.source,
        id=signal_id("", raw),
        kind="account.described" if group else "user.described",
        occurred_at=settled.occurred_at,
        actors=tuple(dict.fromkeys([*strong, *([address] if address else []), *known])),
        account=group or None,
        properties=json_text(told),
        received_at=envelope.received,
    )


def _id(name: str, inside: Mapping[str, Any], raw: bytes) -> str:
    """As in exports, which tell events apart by name, time in seconds and `$insert_id`."""
    insert, time = text_id(inside.get("$insert_id")), moment_or_none(inside.get("time"))
    return signal_id(f"{insert}/{int(time.timestamp())}/{name}" if insert and time else insert, raw)


def _insert_id(raw: object) -> str:
    try:
        inside = read_json(read_event, raw).get("properties")
    except BadInput:
        return ""
    return text_id(inside.get("$insert_id")) if isinstance(inside, dict) else ""


def _account(inside: Mapping[str, Any]) -> str | None:
    for name in ACCOUNT_GROUPS:
        group = inside.get(name)
        if found := fitting(group[0] if isinstance(group, list) and group else group, "account"):
            return found
    return None
