"""One call of Segment's and RudderStack's clients as a signal."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from touchpath.model.email import email_actor
from touchpath.model.errors import BadInput
from touchpath.model.signal import JsonText, Signal
from touchpath.services.clock_skew import read_moment, settle
from touchpath.services.receiving import Fault, Terms
from touchpath.sources.wire.commerce import amount_of, order_of
from touchpath.sources.wire.mending import NoFields, read_json
from touchpath.sources.wire.shape import (
    add_marks,
    against_name,
    fitting,
    json_text,
    kept,
    known_actor,
    refused_consent,
    signal_id,
    text_id,
    unknown_actor,
    without_personal,
)
from touchpath.store.spool import Post

#: Kinds of the calls that have no event name of their own.
KINDS = {
    "identify": "user.identified", "page": "page.viewed", "screen": "screen.viewed", "group": "account.joined",
    "alias": "user.aliased", "merge": "user.aliased",
}  # fmt: skip
TYPES = frozenset({*KINDS, "track"})
LONGEST_ID = 500
#: An organisation's name is nobody's own.
_OF_ACCOUNTS = frozenset({"name"})
_PHONES = frozenset({"phone", "mobile", "phone_number", "phonenumber"})

Id = str | int | float | None
_NOTHING = msgspec.Raw(b"null")


class Call(msgspec.Struct, rename="camel"):
    """One call. Ids that are numbers are read as text; what is odd elsewhere costs only itself."""

    type: str | None = None
    event: Id = None
    message_id: Any = None
    user_id: Id = None
    anonymous_id: Id = None
    previous_id: Id = None
    group_id: Id = None
    name: Any = None
    category: Any = None
    channel: Any = None
    timestamp: Any = None
    original_timestamp: Any = None
    sent_at: Any = None
    merge_properties: Any = None
    properties: dict[str, Any] | NoFields | None = None
    traits: dict[str, Any] | NoFields | None = None
    context: msgspec.Raw = _NOTHING


class Anything(msgspec.Struct):
    """An object of JSON, whatever it holds: that is read over, not kept."""


class Checked(msgspec.Struct, rename="camel"):
    """The same, as far as it has to be looked at before the answer."""

    type: str | None = None
    event: Id = None
    user_id: Id = None
    anonymous_id: Id = None
    previous_id: Id = None
    group_id: Id = None
    properties: Anything | NoFields | None = None
    traits: Anything | NoFields | None = None
    context: Anything | NoFields | None = None


_read_call = msgspec.json.Decoder(Call).decode
_read_context = msgspec.json.Decoder(dict[str, Any] | NoFields | None).decode
_read_any = msgspec.json.Decoder().decode


def reason_against(call: Call | Checked, type: str) -> str:
    """Why a call cannot be taken; "" = it can."""
    user, anonymous = call.user_id, call.anonymous_id
    if type == "track":
        if reason := _against_name(call.event):
            return reason
        if _is_plain(user) and (anonymous is None or _is_plain(anonymous)):
            return ""
    elif type not in TYPES:
        return f"The type came as '{type}'. There are: {', '.join(sorted(TYPES))}."
    if _is_nothing(user) and _is_nothing(anonymous):
        return "Neither 'userId' nor 'anonymousId' says who it was."
    if _is_long(user) or _is_long(anonymous):
        return f"The 'userId' or 'anonymousId' is too long; at most {LONGEST_ID} characters will do."
    if type == "group" and _is_nothing(call.group_id):
        return "A group call needs 'groupId'."
    if type == "alias" and (_is_nothing(call.previous_id) or _is_long(call.previous_id)):
        return f"An alias call needs 'previousId', of at most {LONGEST_ID} characters."
    return ""


def _against_name(event: Id) -> str:
    if not isinstance(event, str):
        return "" if event is not None else "A track call needs the name of its event in 'event'."
    if not (reason := against_name(event)):
        return ""
    return "A track call needs the name of its event in 'event'." if not event or event.isspace() else reason


def _is_plain(id: Id) -> bool:
    """Whether it is a text of a fitting length: what nearly all are."""
    return isinstance(id, str) and 0 < len(id) <= LONGEST_ID and not id.isspace()


def _is_nothing(id: Id) -> bool:
    return not id.strip() if isinstance(id, str) else id is None


def _is_long(id: Id) -> bool:
    return len(id if isinstance(id, str) else str(id)) > LONGEST_ID


class Around(NamedTuple):
    """The context of a call: as it came, with what the body says of all calls; as it is kept; and that as text."""

    said: Mapping[str, Any]
    kept: Mapping[str, Any]
    text: JsonText

    @property
    def traits(self) -> Mapping[str, Any]:
        """Of the person, where the context says them."""
        traits = self.said.get("traits")
        return traits if isinstance(traits, dict) else {}


@dataclass(frozen=True, slots=True)
class Reading:
    """What the calls of one body are read with. type: that of the path, "" for a batch. context: what the body says of all calls."""

    post: Post
    terms: Terms
    received: datetime
    type: str
    sent_at: datetime | None
    context: Mapping[str, Any]
    _seen: dict[bytes, Around] = field(default_factory=dict)

    def signal(self, raw: bytes | msgspec.Raw, place: int) -> Signal | Fault:
        """The signal of one call, or why there is none. Raises BadInput when it has the wrong form."""
        call = read_json(_read_call, raw)
        type = self.type or call.type or ""
        if reason := reason_against(call, type):
            return Fault(place, "bad_call", reason)
        terms, around = self.terms, self._around(call.context)
        if terms.consent and refused_consent(terms, self.post, _consent(around.said)):
            return Fault(place, "no_consent", "")
        occurred, note = self._when(call)
        known, context = around.traits, around.kept
        traits = call.traits or (known if type == "identify" else {})  # RudderStack's clients say them in the context
        said, agent = _properties(call, type, traits, terms), around.said.get("userAgent")
        add_marks(said, self.post, agent if isinstance(agent, str) else "", note)
        properties, told = kept(said, terms)
        value, unit = amount_of(properties)
        return Signal(
            source=terms.source,
            id=signal_id(call.message_id, raw) if call.message_id else _digest(raw),
            kind=text_id(call.event) if type == "track" else KINDS[type],
            occurred_at=occurred,
            actors=_actors(call, type, traits, known),
            account=fitting(call.group_id, "account") or fitting(context.get("groupId"), "account") or None,
            objects=_objects(properties, context),
            channel=fitting(call.channel, "channel") or _channel(context),
            value=value,
            unit=unit,
            properties=told,
            context=around.text,
            received_at=self.received,
        )

    def _around(self, raw: msgspec.Raw) -> Around:
        """The context of a call. Calls of one body often have the same: it is read once."""
        written = bytes(raw)
        found = self._seen.get(written)
        if found is None:
            said = {**self.context, **(read_json(_read_context, written) or {})}
            traits = said.get("traits")
            told = {**said, "traits": without_personal(traits, self.terms)} if traits and isinstance(traits, dict) else said
            found = self._seen[written] = Around(said, *kept(told, self.terms))
        return found

    def _when(self, call: Call) -> tuple[datetime, str]:
        """Of the body's and the call's own `sentAt` the body's counts: it is new on each retry."""
        sent = self.sent_at if self.sent_at is not None else _moment(call.sent_at)
        said = _moment(call.timestamp)
        if said is None:
            said = _moment(call.original_timestamp)
        if said is None and not (call.timestamp is None and call.original_timestamp is None):
            return self.received, "unreadable"
        settled = settle(said, sent, self.received)
        return settled.occurred_at, settled.note


def _moment(said: object) -> datetime | None:
    if said is None:
        return None
    try:
        return read_moment(said)
    except BadInput:
        return None


def _digest(raw: bytes | msgspec.Raw) -> str:
    """An id for a call that has none: what stays the same on a retry, which has another `sentAt`."""
    whole = read_json(_read_any, raw)
    said = {name: value for name, value in whole.items() if name not in ("sentAt", "_metadata", "messageId")}
    return signal_id("", json_text(said).encode())


def _properties(call: Call, type: str, traits: Mapping[str, Any], terms: Terms) -> dict[str, Any]:
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


def _actors(call: Call, type: str, traits: Mapping[str, Any], known: Mapping[str, Any]) -> tuple[str, ...]:
    """Strongest first. An alias names the former id both ways: nobody says whether it was anonymous."""
    user, anonymous = text_id(call.user_id), text_id(call.anonymous_id)
    named = [known_actor(user)] if user else []
    former = text_id(call.previous_id) if type == "alias" else ""
    if former:
        named.append(known_actor(former))
    if type == "merge":
        named += _merged(call.merge_properties)
    if (traits or known) and (address := traits.get("email") or known.get("email")):
        named += filter(None, (email_actor(address),))
    if anonymous:
        named.append(unknown_actor(anonymous))
    if former:
        named.append(unknown_actor(former))
    return tuple(named) if len(named) < 2 or (len(named) == 2 and named[0] != named[1]) else tuple(dict.fromkeys(named))


def _merged(listed: Any) -> Iterator[str]:
    """The ids of RudderStack's merge: an address and a phone number as hashes, others as ids of another system."""
    for one in listed if isinstance(listed, list) else ():
        told: Mapping[str, Any] = one if isinstance(one, dict) else {}
        sort, value = text_id(told.get("type")), text_id(told.get("value"))
        if not sort or not value or len(sort) + len(value) > LONGEST_ID:
            continue
        if sort.lower() in _PHONES:
            digits = "".join(filter(str.isdigit, value))
            yield f"external:phone-{hashlib.sha256(digits.encode()).hexdigest()}"
        elif sort.lower() != "email":
            yield f"external:{sort}-{value}"
        elif address := email_actor(value):
            yield address


def _objects(properties: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, str]:
    """What the e-commerce and session conventions of these trackers name."""
    device, named = context.get("device"), {}
    if order := order_of(properties):
        named["order"] = order
    if session := fitting(context.get("sessionId"), "objects") or fitting(properties.get("session_id"), "objects"):
        named["session"] = session
    if isinstance(device, dict) and (id := fitting(device.get("id"), "objects")):
        named["device"] = id
    return named


def _channel(context: Mapping[str, Any]) -> str | None:
    library = context.get("library")
    if "page" in context or (isinstance(library, dict) and library.get("name") == "analytics.js"):
        return "web"
    return "app" if "app" in context and "device" in context else None


def _consent(context: Mapping[str, Any]) -> Mapping[str, Any]:
    """Categories that were allowed or refused, as Segment's and RudderStack's clients say them."""
    consent, managed = context.get("consent"), context.get("consentManagement")
    said: dict[str, Any] = {}
    if isinstance(managed, dict):
        for name, allowed in (("allowedConsentIds", True), ("deniedConsentIds", False)):
            listed = managed.get(name)
            said |= {id: allowed for id in listed if isinstance(id, str)} if isinstance(listed, list) else {}
    categories = consent.get("categoryPreferences") if isinstance(consent, dict) else None
    return {**said, **categories} if isinstance(categories, dict) else said
