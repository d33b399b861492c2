"""Snowplow's tracker protocol: POST /com.snowplowanalytics.snowplow/tp2 and GET /i.

Trackers have no key: the application id (`aid`) is taken for it, so a write key with that text has to be made.

Source: docs.snowplow.io, "Snowplow Tracker Protocol" and "Canonical event model"; recorded requests of its trackers.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.model.time import from_micros
from touchpath.services.clock_skew import read_moment, settle
from touchpath.services.receiving import Fault, Opened, Reply, Route, Terms
from touchpath.sources.wire.mending import UNREADABLE, in_words, read_json
from touchpath.sources.wire.shape import (
    add_marks,
    against_name,
    fitting,
    json_text,
    known_actor,
    refused_consent,
    signal_id,
    text_id,
    unknown_actor,
    without_addresses,
)
from touchpath.sources.wire.vitals import MEASURED, each_measure
from touchpath.store.spool import Post

_PATH, _PIXEL = "/com.snowplowanalytics.snowplow/tp2", "/i"
_GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
#: A body that is too large is refused with 400: these trackers send again after 413, for ever.
_TOO_LARGE, _LARGEST = 400, 2 << 20
_LARGEST_EVENT = 1 << 20
_LONGEST_ID = 500

#: Kinds of the events that the protocol itself names.
KINDS = {"pv": "page.viewed", "pp": "page.pinged", "tr": "order.placed", "ti": "order.item_added", "ad": "ad.shown"}
#: Self-describing events of Snowplow's own plugins, under the kinds that they have everywhere.
_OWN = {
    "link_click": "link.clicked",
    "button_click": "button.clicked",
    "submit_form": "form.sent",
    "change_form": "form.changed",
    "focus_form": "form.entered",
    "application_error": "page.error",
    "site_search": "search.started",
    "screen_view": "screen.viewed",
    "add_to_cart": "cart.added",
    "remove_from_cart": "cart.removed",
    "web_vitals": "page.measured",
    "consent_preferences": "consent.given",
}
_VENDOR = "com.snowplowanalytics.snowplow"
#: What of a payload is said elsewhere in the signal, or is of no use to anybody.
_ELSEWHERE = frozenset(
    {
        "e",
        "eid",
        "aid",
        "dtm",
        "stm",
        "ttm",
        "uid",
        "duid",
        "sid",
        "ue_pr",
        "ue_px",
        "co",
        "cx",
        "ip",
        "cookie",
        "cs",
        "cd",
        "nuid",
        "tnuid",
    }
)
_CONTEXT = frozenset(
    {"url", "page", "refr", "lang", "res", "vp", "ds", "tz", "ua", "p", "tv", "tna", "vid", "ip", "mac", "f_pdf"}
)
#: Names that a page has with other trackers, so that one step of a model fits them all.
_SEEN, _ON_PAGES = {"url": "url", "title": "page", "referrer": "refr"}, frozenset({"page.viewed", "page.pinged"})
_CHANNELS = {
    "web": "web",
    "mob": "app",
    "app": "app",
    "pc": "app",
    "tv": "tv",
    "srv": "server",
    "iot": "device",
    "cnsl": "console",
}


class _Payload(msgspec.Struct):
    data: list[Any]
    schema: str = ""


@dataclass(frozen=True, slots=True)
class _Told:
    """What a self-describing JSON says: the vendor and name of its schema, and its content."""

    vendor: str
    name: str
    content: Any


_read_payload = msgspec.json.Decoder(_Payload).decode


class Snowplow:
    """Events of Snowplow's trackers."""

    name = "snowplow"
    routes: Sequence[Route] = (Route(_PATH, largest=_LARGEST, too_large=_TOO_LARGE), Route(_PIXEL, ("GET",)))
    headers: frozenset[str] = frozenset()

    def admit(self, post: Post, terms: Terms) -> None:
        """The key is all there is."""

    def answer(self, post: Post) -> Reply | None:
        """Every request brings something."""
        return None

    def open(self, post: Post) -> Opened:
        """The events of a payload, or the one in the address."""
        if post.path == _PIXEL and not post.body:
            events: list[Any] = [dict(parse_qsl(post.query, keep_blank_values=True))]
            plain = msgspec.json.encode({"data": events})
            return Opened(_key(events), events, True, plain=plain)
        try:
            events = read_json(_read_payload, post.body).data
        except BadInput as error:
            raise BadInput(f'The body is not {{"schema": ..., "data": [...]}}: {error}.') from error
        return Opened(_key(events), events, post.path == _PIXEL)

    def judge(self, opened: Opened) -> Sequence[Fault]:
        """Events that cannot be read."""
        faults = []
        for place, event in enumerate(opened.events):
            try:
                _named_kind(_checked(event))
            except BadInput as error:
                faults.append(Fault(place, "bad_event", str(error)))
        return faults

    def once(self, opened: Opened) -> bool:
        """`stm` is set anew for each try."""
        return True

    def respond(self, opened: Opened, faults: Sequence[Fault]) -> Reply:
        """What collectors answer."""
        if opened.envelope:
            return Reply(200, _GIF, "image/gif")
        return Reply(200, b'"ok"')

    def signals(self, post: Post, opened: Opened, terms: Terms) -> Iterator[tuple[int, Signal | Fault]]:
        """One signal an event; vitals of a page are one a measure."""
        received = from_micros(post.received_at)
        for place, event in enumerate(opened.events):
            try:
                found: Signal | Fault = _signal(_checked(event), post, terms, received)
            except BadInput as error:
                found = Fault(place, "bad_event", str(error))
            if isinstance(found, Signal) and found.kind == MEASURED:
                yield from ((place, one) for one in each_measure(found))
            else:
                yield place, found

    def alone(self, opened: Opened, place: int) -> bytes:
        """A payload with this event only."""
        return msgspec.json.encode({"data": [opened.events[place]]})


def _key(events: Sequence[Any]) -> str:
    first = events[0] if events else None
    return str(first.get("aid") or "") if isinstance(first, dict) else ""


def _checked(event: Any) -> Mapping[str, str]:
    """An event as names and texts; numbers are read as texts."""
    if not isinstance(event, dict):
        raise BadInput(f"An event must be an object of names and texts, but came as {type(event).__name__}.")
    texts = {name: str(value) for name, value in event.items() if isinstance(value, str | int | float) and value != ""}
    if sum(map(len, texts.values())) > _LARGEST_EVENT:
        raise BadInput(f"An event may have {_LARGEST_EVENT:,} characters.")
    if not texts.get("eid", "").strip():
        raise BadInput("An event needs its id in 'eid'.")
    if max(len(texts.get(name, "")) for name in ("uid", "duid")) > _LONGEST_ID:
        raise BadInput(f"'uid' and 'duid' may have {_LONGEST_ID} characters.")
    return texts


def _named_kind(event: Mapping[str, str]) -> tuple[str, Mapping[str, Any]]:
    """The kind of an event, checked, and what it says of itself."""
    kind, said = _kind(event)
    if reason := against_name(kind):
        raise BadInput(reason)
    return kind, said


def _kind(event: Mapping[str, str]) -> tuple[str, Mapping[str, Any]]:
    """The kind of an event, and what it says of itself. Structured events are called by their action, self-describing ones by schema."""
    sort = event.get("e", "")
    if sort in KINDS:
        return KINDS[sort], {}
    if sort == "se":
        if not event.get("se_ac"):
            raise BadInput("A structured event needs its action in 'se_ac'.")
        said = {"category": "se_ca", "label": "se_la", "property": "se_pr", "value": "se_va"}
        return event["se_ac"], {name: event[code] for name, code in said.items() if code in event}
    if sort == "ue":
        told = _told(_json(event, "ue_pr", "ue_px"))
        if told is None:
            raise BadInput("A self-describing event needs its content in 'ue_pr' or 'ue_px'.")
        own = _OWN.get(told.name) if told.vendor.startswith("com.snowplowanalytics") else None
        content = told.content if isinstance(told.content, dict) else {"content": told.content}
        return own or told.name, {**content, "schema": f"{told.vendor}/{told.name}"}
    raise BadInput(f"The event's sort 'e' came as '{sort}'. There are: {', '.join(sorted((*KINDS, 'se', 'ue')))}.")


def _json(event: Mapping[str, str], plain: str, packed: str) -> Any:
    """The JSON that stands in one field in clear, or in another as base64; None when neither is there."""
    try:
        if plain in event:
            return msgspec.json.decode(event[plain])
        if packed in event:
            text = event[packed].replace("-", "+").replace("_", "/")
            return msgspec.json.decode(base64.b64decode(text + "=" * (-len(text) % 4), validate=True))
    except (*UNREADABLE, binascii.Error) as error:
        raise BadInput(f"The JSON of '{plain if plain in event else packed}' cannot be read: {in_words(error)}.") from error
    return None


def _told(wrapped: Any) -> _Told | None:
    """What a wrapped self-describing JSON holds."""
    inner = wrapped.get("data") if isinstance(wrapped, dict) else None
    if not isinstance(inner, dict) or not isinstance(inner.get("schema"), str):
        return None
    return _named(inner)


def _named(told: Mapping[str, Any]) -> _Told:
    parts = str(told.get("schema", "")).removeprefix("iglu:").split("/")
    return _Told(parts[0], parts[1] if len(parts) > 1 else parts[0], told.get("data"))


def _signal(event: Mapping[str, str], post: Post, terms: Terms, received: datetime) -> Signal | Fault:
    kind, said = _named_kind(event)
    try:
        contexts, unread = _contexts(event), {}
    except BadInput:
        contexts, unread = {}, {name: event[name] for name in ("co", "cx") if name in event}
    if refused_consent(terms, post, {}):
        return Fault(0, "no_consent", "")
    occurred, note = _when(event, received)
    rest = {name: value for name, value in event.items() if name not in _ELSEWHERE | _CONTEXT and not name.startswith("se_")}
    seen = {ours: event[code] for ours, code in _SEEN.items() if code in event} if kind in _ON_PAGES else {}
    properties = {**rest, **unread, **seen, **said}
    add_marks(properties, post, event.get("ua", ""), note)
    context = {name: event[name] for name in sorted(_CONTEXT) if name in event}
    anonymous = post.headers.get("sp-anonymous") is not None
    if anonymous:
        context.pop("ip", None)
    value, unit = _money(event)
    told: dict[str, Any] = {**context, **({"contexts": contexts} if contexts else {})}
    if not terms.personal_traits:
        properties, told = without_addresses(properties), without_addresses(told)
    return Signal(
        source=terms.source,
        id=signal_id(event["eid"], b""),
        kind=kind,
        occurred_at=occurred,
        actors=_actors(event, contexts, anonymous),
        objects=_objects(event, contexts),
        channel=_CHANNELS.get(event.get("p", "")),
        value=value,
        unit=unit,
        properties=json_text(properties),
        context=json_text(told),
        received_at=received,
    )


def _contexts(event: Mapping[str, str]) -> dict[str, Any]:
    """What the event's contexts say, by schema name; several of one name as a list."""
    wrapped = _json(event, "co", "cx")
    found: dict[str, Any] = {}
    listed = wrapped.get("data") if isinstance(wrapped, dict) else None
    for each in listed if isinstance(listed, list) else []:
        if isinstance(each, dict):
            told = _named(each)
            if told.name in found:
                held = found[told.name]
                found[told.name] = [*(held if isinstance(held, list) else [held]), told.content]
            else:
                found[told.name] = told.content
    return found


def _when(event: Mapping[str, str], received: datetime) -> tuple[datetime, str]:
    """The true time when it is said; else the device's, put right by how far its clock was off when it sent."""
    try:
        if true := read_moment(event.get("ttm")):
            settled = settle(true, None, received)
        else:
            settled = settle(read_moment(event.get("dtm")), read_moment(event.get("stm")), received)
    except BadInput:
        return received, "unreadable"
    return settled.occurred_at, settled.note


def _actors(event: Mapping[str, str], contexts: Mapping[str, Any], anonymous: bool) -> tuple[str, ...]:
    session = contexts.get("client_session")
    device = (
        text_id(event.get("duid"))
        or fitting(session.get("userId") if isinstance(session, dict) else None, "account")[:_LONGEST_ID]
    )
    user = text_id(event.get("uid"))
    named = [known_actor(user)] if user else []
    if device and not anonymous and device != "00000000-0000-0000-0000-000000000000":
        named.append(unknown_actor(device))
    return tuple(named)


def _objects(event: Mapping[str, str], contexts: Mapping[str, Any]) -> dict[str, str]:
    session = contexts.get("client_session")
    id = fitting(event.get("sid"), "objects") or fitting(
        session.get("sessionId") if isinstance(session, dict) else None, "objects"
    )
    named = {"session": id, "order": fitting(event.get("tr_id"), "objects") or fitting(event.get("ti_id"), "objects")}
    return {kind: id for kind, id in named.items() if id}


def _money(event: Mapping[str, str]) -> tuple[float | None, str | None]:
    for amount, currency in (("tr_tt", "tr_cu"), ("ti_pr", "ti_cu"), ("se_va", "")):
        try:
            value = float(event[amount])
        except (KeyError, ValueError):
            continue
        if math.isfinite(value):
            return value, fitting(event.get(currency), "unit") or None
    return None, None
