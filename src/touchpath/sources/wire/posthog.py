"""PostHog's capture protocols: v0, which most clients speak, and v1, which answers for each event.

v0 takes one event, a list or a batch, plain, gzipped, or as base64 in a form or the address; a `distinct_id` of more than 200 characters is
cut, as PostHog cuts it. v1 refuses what v0 mends. Overload is always told as 503: posthog-js loses what was answered with 429.

Whom a `distinct_id` names, and what events are called here: `sources/vendors/posthog.py`.
Source: PostHog, "API: capture" and "Identifying users"; recorded requests of its clients.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import msgspec

from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.model.time import from_micros
from touchpath.services.clock_skew import read_moment, settle
from touchpath.services.receiving import Fault, Opened, Reply, Route, Terms
from touchpath.sources.vendors.posthog import LONGEST_ID
from touchpath.sources.wire.mending import UNREADABLE, NoFields, plain_words, read_json
from touchpath.sources.wire.posthog_config import CONFIG_ROUTES, answer_config
from touchpath.sources.wire.posthog_signals import Event, Reading, distinct_of
from touchpath.sources.wire.replies import TAKEN
from touchpath.sources.wire.shape import against_name
from touchpath.sources.wire.wrapped import unwrap
from touchpath.store.spool import Post

LARGEST_EVENT = 250_000
_LARGEST_BODY = 8 << 20
_LARGEST_BATCH = 20 << 20
_V0 = ("/e", "/i/v0/e", "/capture", "/track", "/engage")
_V1 = ("/i/v1/analytics/events", "/i/v1/general/events")
#: Parts of a recording, which tell a whole page and all that was typed.
_REPLAY = ("$snapshot", "$snapshot_items")
_RESULTS = {"drop": "drop", "ignore": "drop", "warning": "warning"}
_SENT_HEADER = "posthog-request-timestamp"
#: Ids that v1 refuses, because programs write them where nobody is known; compared in lower case.
ILLEGAL_IDS = frozenset(
    {
        "", "null", "none", "nil", "undefined", "nan", "0", "-1", "[object object]", "true", "false", "anonymous", "guest", "email",
        "id", "distinctid", "distinct_id", "user", "not_authenticated", "00000000-0000-0000-0000-000000000000",
    }
)  # fmt: skip


class _Inside(msgspec.Struct):
    """Of the properties only what has to be looked at before the answer."""

    distinct_id: Any = None
    token: Any = None


class _Checked(msgspec.Struct):
    event: Any = None
    distinct_id: Any = None
    other_id: Any = msgspec.field(name="$distinct_id", default=None)
    uuid: Any = None
    timestamp: Any = None
    properties: _Inside | NoFields | None = None


class _Body(msgspec.Struct):
    """A batch; or, without one, a single event with its token beside it."""

    batch: list[msgspec.Raw] | None = None
    api_key: Any = None
    token: Any = None
    other_token: Any = msgspec.field(name="$token", default=None)
    sent_at: Any = None
    created_at: Any = None


@dataclass(frozen=True, slots=True)
class _Envelope:
    """How a body's events are to be read. event: the name of those that have none."""

    received: datetime
    sent_at: object
    v1: bool = False
    event: str = ""


_read_body = msgspec.json.Decoder(_Body).decode
_read_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_check_event = msgspec.json.Decoder(_Checked).decode
_read_event = msgspec.json.Decoder(Event).decode


class PostHog:
    """Events of PostHog's clients."""

    name: ClassVar[str] = "posthog"
    routes: Sequence[Route] = (
        *(Route(path, ("POST", "GET"), _LARGEST_BODY) for path in _V0),
        Route("/batch", ("POST", "GET"), _LARGEST_BATCH),
        *(Route(path, largest=_LARGEST_BATCH) for path in _V1),
        *CONFIG_ROUTES,
    )

    headers: frozenset[str] = frozenset()

    def admit(self, post: Post, terms: Terms) -> None:
        """The key is all there is."""

    def answer(self, post: Post) -> Reply | None:
        """What keeps posthog-js quiet: settings, flags, surveys, and replay, which is not kept."""
        return answer_config(post)

    def open(self, post: Post) -> Opened:
        """The events of a batch, of a list, or the one event."""
        plain = unwrap(post, _LARGEST_BATCH)
        body = (plain or post.body).strip()
        v1 = post.path in _V1
        try:
            opened = _opened(body, post, v1)
        except BadInput as error:
            raise BadInput(f"The body is no event and no batch of events: {error}.") from error
        return Opened(opened.key, opened.events, opened.envelope, plain)

    def judge(self, opened: Opened) -> Sequence[Fault]:
        """Events without a name or a person, or of the wrong form; in v1 also those that v0 mends."""
        envelope = _envelope(opened)
        faults = []
        for place, raw in enumerate(opened.events):
            if fault := _fault(place, raw, envelope):  # type: ignore[arg-type]
                faults.append(fault)
        return faults

    def once(self, opened: Opened) -> bool:
        """Each retry has another `sent_at`, and so another corrected time."""
        return True

    def respond(self, opened: Opened, faults: Sequence[Fault]) -> Reply:
        """v0 cannot tell of single events; v1 has a result for each uuid."""
        if not _envelope(opened).v1:
            return TAKEN
        wrong = {fault.place: fault for fault in faults}
        results: dict[str, dict[str, str]] = {}
        for place, raw in enumerate(opened.events):
            if uuid := _uuid(raw):
                fault = wrong.get(place)
                results[uuid] = {"result": _RESULTS[fault.result], "details": fault.reason} if fault else {"result": "ok"}
        return Reply(200, msgspec.json.encode({"results": results}))

    def signals(self, post: Post, opened: Opened, terms: Terms) -> Iterator[tuple[int, Signal | Fault]]:
        """The signals of each event; an answered survey and the vitals of a page are several."""
        envelope = _envelope(opened)
        wrong = {fault.place: fault for fault in self.judge(opened) if fault.result != "warning"}
        reading = Reading(post, terms, envelope.received, _moment(envelope.sent_at))
        for place, raw in enumerate(opened.events):
            if place in wrong:
                yield place, wrong[place]
                continue
            try:
                event = read_json(_read_event, raw)
                event.event = event.event or envelope.event
                found = list(reading.signals(event, bytes(raw))) if not reading.refused(event) else []  # type: ignore[call-overload]
            except (BadInput, *UNREADABLE) as error:
                yield place, Fault(place, "bad_event", f"The event has the wrong form: {plain_words(error)}.")
                continue
            if not found:
                yield place, Fault(place, "no_consent", "")
            yield from ((place, signal) for signal in found)

    def alone(self, opened: Opened, place: int) -> bytes:
        """A batch of this event only."""
        envelope, raw = _envelope(opened), msgspec.Raw(bytes(opened.events[place]))  # type: ignore[call-overload]
        return msgspec.json.encode({"batch": [raw], "created_at" if envelope.v1 else "sent_at": envelope.sent_at})


def _fault(place: int, raw: bytes, envelope: _Envelope) -> Fault | None:
    try:
        event = read_json(_check_event, raw)
    except BadInput as error:
        return Fault(place, "bad_event", f"The event has the wrong form: {plain_words(error)}.")
    if event.event in _REPLAY:
        return Fault(place, "replay", "Recordings of sessions are not kept.", "ignore")
    if len(raw) > LARGEST_EVENT:
        return Fault(place, "too_large", f"An event may have {LARGEST_EVENT:,} bytes; this one has {len(raw):,}.")
    if reason := _reason(event, envelope):
        return Fault(place, "bad_event", reason)
    if envelope.v1 and _is_future(event, envelope):
        return Fault(
            place, "future", f"It says that it happened at {event.timestamp}, which is yet to come: taken as now.", "warning"
        )
    return None


def _is_future(event: _Checked, envelope: _Envelope) -> bool:
    said = _moment(event.timestamp)
    return said is not None and settle(said, _moment(envelope.sent_at), envelope.received).note == "future"


def _opened(body: bytes, post: Post, v1: bool) -> Opened:
    event = "$set" if post.path == "/engage" else ""
    asked = dict(parse_qsl(post.query)) if post.query else {}
    sent, received = asked.get("sent_at") or asked.get("_"), from_micros(post.received_at)
    if body[:1] == b"[" and not v1:
        events: Sequence[object] = read_json(_read_list, body)
        return Opened(_key_inside(events), events, _Envelope(received, sent, event=event))
    whole = read_json(_read_body, body)
    sent = whole.sent_at if whole.sent_at is not None else sent
    if v1:
        sent = post.headers.get(_SENT_HEADER) or whole.created_at
        if whole.batch is None:
            raise BadInput("'batch' is missing")
    events = (body,) if whole.batch is None else whole.batch
    key = _first_text(whole.api_key, whole.token, whole.other_token) or _key_inside(events)
    return Opened(key, events, _Envelope(received, sent, v1, event))


def _key_inside(events: Sequence[object]) -> str:
    """The token that an event of a list names among its properties or beside them."""
    for raw in events[:1]:
        try:
            whole, event = read_json(_read_body, raw), read_json(_check_event, raw)
        except BadInput:
            return ""
        inside = event.properties.token if event.properties else None
        return _first_text(whole.api_key, whole.token, whole.other_token, inside)
    return ""


def _first_text(*values: object) -> str:
    return next((value for value in values if isinstance(value, str) and value), "")


def _reason(event: _Checked, envelope: _Envelope) -> str:
    """Why an event cannot be taken; "" = it can."""
    if event.event in (None, "") and not envelope.event:
        return "The event has no name in 'event'."
    name = event.event or envelope.event
    if not isinstance(name, str) or not name.strip():
        return "The name of the event must be text in 'event'."
    if reason := against_name(name):
        return reason
    distinct = distinct_of(event.distinct_id, event.other_id, event.properties.distinct_id if event.properties else None)
    if not distinct.strip():
        return "The event has no 'distinct_id' (text or a number)."
    return _reason_of_v1(event, distinct) if envelope.v1 else ""


def _reason_of_v1(event: _Checked, distinct: str) -> str:
    if not isinstance(event.uuid, str) or not event.uuid:
        return "The event has no 'uuid'."
    if len(distinct) > LONGEST_ID:
        return f"The 'distinct_id' has {len(distinct):,} characters; at most {LONGEST_ID} will do."
    if distinct.strip().lower() in ILLEGAL_IDS:
        return f"The 'distinct_id' is '{distinct}', which names nobody."
    return ""


def _uuid(raw: object) -> str:
    try:
        uuid = read_json(_check_event, raw).uuid
    except BadInput:
        return ""
    return uuid if isinstance(uuid, str) else ""


def _moment(said: object) -> datetime | None:
    try:
        return read_moment(said)
    except BadInput:
        return None


def _envelope(opened: Opened) -> _Envelope:
    assert isinstance(opened.envelope, _Envelope)
    return opened.envelope
