"""One event of PostHog's clients as signals: mostly one; an answered survey gives one an answer, web vitals one a measure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec

from touchpath.model.email import email_actor
from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.services.clock_skew import Settled, read_moment, settle
from touchpath.services.receiving import Terms
from touchpath.sources.vendors.posthog import LONGEST_ID, Vital, account_of, actors_of, answers_of, is_context, kind_of, vitals_of
from touchpath.sources.vendors.responses import Response, response_signals
from touchpath.sources.wire.commerce import amount_of, order_of
from touchpath.sources.wire.mending import NoFields
from touchpath.sources.wire.shape import (
    add_marks,
    fitting,
    json_text,
    may_hold_address,
    refused_consent,
    signal_id,
    text_id,
    without_addresses,
    without_personal,
)
from touchpath.sources.wire.vitals import measured
from touchpath.store.spool import Post

#: Properties that have a place of their own in a signal, or say nothing about it.
_OWN = frozenset(
    {"token", "distinct_id", "$set", "$set_once", "$groups", "$group_set", "$session_id", "$insert_id", "$time", "$sent_at"}
)
_ABOUT_PEOPLE = frozenset({"user.identified", "user.described"})
#: An organisation's name is nobody's own.
_OF_ACCOUNTS = frozenset({"name"})
_SENT, _SHOWN = "survey sent", frozenset({"survey.sent", "survey.dismissed"})
#: Names that other trackers give what PostHog names with a $, so that one step of a model fits them all.
_SURVEY = {"survey": "$survey_id", "survey_title": "$survey_name"}
_ALSO = {
    "page.viewed": {"url": "$current_url", "path": "$pathname", "referrer": "$referrer"},
    "screen.viewed": {"name": "$screen_name"},
    "survey.sent": _SURVEY,
    "survey.dismissed": _SURVEY,
}
#: What answers say under other names.
_SURVEY_STARTS = (
    "$survey_response",
    "$survey_questions",
    "$survey_id",
    "$survey_name",
    "$survey_completed",
    "$survey_submission_id",
)
_APPS = frozenset({"posthog-ios", "posthog-android", "posthog-react-native", "posthog-flutter"})
_MOST_OFFSET = 18 * 60


class Event(msgspec.Struct):
    """One event as it came. What it may hold is looked at where it is used."""

    event: Any = None
    distinct_id: Any = None
    other_id: Any = msgspec.field(name="$distinct_id", default=None)
    uuid: Any = None
    timestamp: Any = None
    offset: Any = None
    session_id: Any = None
    properties: dict[str, Any] | NoFields | None = None
    set: Any = msgspec.field(name="$set", default=None)
    set_once: Any = msgspec.field(name="$set_once", default=None)


def distinct_of(*places: object) -> str:
    """The `distinct_id` from the places where clients put it, as text; numbers are read as text. "" = there is none."""
    return next((text for value in places if (text := text_id(value))), "")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the events of one body are read with. sent_at: None when the body does not say."""

    post: Post
    terms: Terms
    received: datetime
    sent_at: datetime | None

    def refused(self, event: Event) -> bool:
        """Whether somebody's wish keeps the event out."""
        if not self.terms.consent:
            return False
        consent = (event.properties or {}).get("$consent")
        return refused_consent(self.terms, self.post, consent if isinstance(consent, dict) else {})

    def signals(self, event: Event, raw: bytes) -> Iterator[Signal]:
        """The signals of one event that has been judged; at least one."""
        properties = event.properties or {}
        traits = _traits(event, properties)
        address = email_actor(traits.get("email") or traits.get("$email"))
        if not self.terms.personal_traits and may_hold_address(raw):
            properties, traits = without_addresses(properties), without_addresses(traits)
        base = self._signal(event, properties, traits, raw)
        if address and base.actors:
            base = base.but(actors=_with(base.actors, address))
        if event.event == _SENT:
            yield from self._response(base, properties, ended=properties.get("$survey_completed") is not False)
        elif event.event == "$web_vitals" and (vitals := list(vitals_of(properties))):
            yield from (_measured(base, vital) for vital in vitals)
        elif base.kind in _SHOWN:
            yield base.but(touchpoint="survey", objects={**base.objects, **_response_of(properties)})
            if any(name.startswith("$survey_response") for name in properties):
                yield from (one for one in self._response(base, properties, ended=False) if one.kind == "survey.answered")
        else:
            yield base

    def _signal(self, event: Event, properties: Mapping[str, Any], traits: Mapping[str, Any], raw: bytes) -> Signal:
        asked = event.properties or {}
        distinct = distinct_of(event.distinct_id, event.other_id, asked.get("distinct_id"))[:LONGEST_ID]
        actors = actors_of(event.event, distinct, asked)
        kind = kind_of(event.event, properties)
        if kind == "account.described" and actors:
            kind = "account.joined"
        when = self._when(event, properties)
        value, unit = amount_of(properties)
        session = fitting(properties.get("$session_id"), "objects") or fitting(event.session_id, "objects")
        order = order_of(properties)
        return Signal(
            source=self.terms.source,
            id=signal_id(event.uuid or properties.get("$insert_id"), raw),
            kind=kind,
            occurred_at=when.occurred_at,
            actors=actors,
            account=fitting(account_of(event.event, properties), "account") or None,
            objects={name: id for name, id in (("session", session), ("order", order)) if id},
            channel=_channel(properties),
            value=value,
            unit=unit,
            properties=json_text(self._told(kind, properties, traits, when.note)),
            context=json_text(self._context(kind, properties, traits)),
            utc_offset_minutes=_offset(properties.get("$timezone_offset")),
            received_at=self.received,
        )

    def _told(self, kind: str, properties: Mapping[str, Any], traits: Mapping[str, Any], note: str) -> dict[str, Any]:
        told = {name: value for name, value in properties.items() if not _is_elsewhere(name)}
        about = traits if kind in _ABOUT_PEOPLE else properties.get("$group_set") if kind.startswith("account.") else None
        if isinstance(about, dict):
            told = {
                **without_personal(about, self.terms, but=_OF_ACCOUNTS if kind.startswith("account.") else frozenset()),
                **told,
            }
        for ours, theirs in _ALSO.get(kind, {}).items():
            if ours not in told and properties.get(theirs) not in (None, ""):
                told[ours] = properties[theirs]
        agent = properties.get("$raw_user_agent") or properties.get("$user_agent")
        add_marks(told, self.post, agent if isinstance(agent, str) else "", note)
        return told

    def _context(self, kind: str, properties: Mapping[str, Any], traits: Mapping[str, Any]) -> dict[str, Any]:
        context = {name: value for name, value in properties.items() if is_context(name)}
        if traits and kind not in _ABOUT_PEOPLE:
            context["traits"] = without_personal(traits, self.terms)
        if groups := properties.get("$groups"):
            context["$groups"] = groups
        return context

    def _when(self, event: Event, properties: Mapping[str, Any]) -> Settled:
        """`timestamp`, put right unless `$ignore_sent_at`; else `offset` milliseconds before it came."""
        sent = None if properties.get("$ignore_sent_at") is True else self.sent_at
        try:
            said = read_moment(event.timestamp)
            if said is None and isinstance(event.offset, int | float) and not isinstance(event.offset, bool):
                return settle(self.received - timedelta(milliseconds=event.offset), None, self.received)
            return settle(said, sent, self.received)
        except (BadInput, OverflowError):
            return Settled(self.received, "unreadable")

    def _response(self, base: Signal, properties: Mapping[str, Any], *, ended: bool) -> Iterator[Signal]:
        """An answered survey: each answer, and its end; one that is still being answered has a beginning instead."""
        id = _response_of(properties).get("response") or base.id
        whole = Response(
            source=base.source,
            id=id,
            answered_at=base.occurred_at,
            actors=base.actors,
            survey=text_id(properties.get("$survey_id")) or None,
            survey_title=text_id(properties.get("$survey_name")) or None,
            started_at=None if ended else base.occurred_at,
            status="complete" if ended else "partial",
            channel=base.channel,
            language=text_id(properties.get("$survey_language")) or None,
            hidden={
                name: value
                for name, value in msgspec.json.decode(str(base.properties) or "{}").items()
                if not name.startswith(_SURVEY_STARTS)
            },
            answers=tuple(answers_of(properties)),
        )
        for signal in response_signals(whole):
            yield signal.but(
                id=signal_id(signal.id, signal.id.encode()),
                account=base.account,
                objects={**base.objects, **signal.objects},
                properties=json_text(signal.properties),  # type: ignore[arg-type]  # a mapping: response_signals says so
                context=base.context,
                utc_offset_minutes=base.utc_offset_minutes,
                received_at=base.received_at,
            )


@lru_cache(maxsize=4096)
def _is_elsewhere(name: str) -> bool:
    """Whether a property is not told as one: it has a place of its own, or it is context."""
    return name in _OWN or is_context(name)


def _traits(event: Event, properties: Mapping[str, Any]) -> dict[str, Any]:
    """What an event says of the person: what was set once stands behind what was set."""
    told: dict[str, Any] = {}
    for said in (event.set_once, properties.get("$set_once"), event.set, properties.get("$set")):
        if isinstance(said, dict):
            told |= said
    return told


def _response_of(properties: Mapping[str, Any]) -> dict[str, str]:
    response = fitting(properties.get("$survey_submission_id"), "objects")
    return {"response": response} if response else {}


def _with(actors: tuple[str, ...], address: str) -> tuple[str, ...]:
    """Actors with the hash of an address behind what is stronger and before what is anonymous."""
    known = [one for one in actors if not one.startswith("anonymous:")]
    return tuple(dict.fromkeys((*known, address, *actors)))


def _measured(base: Signal, vital: Vital) -> Signal:
    """One vital of a page as a signal of its own."""
    told = {name: value for name, value in msgspec.json.decode(str(base.properties) or "{}").items() if "$web_vitals" not in name}
    return measured(base, vital.name, vital.value, told, vital.rating)


def _offset(minutes: object) -> int | None:
    """JavaScript counts minutes west of Greenwich."""
    return -minutes if isinstance(minutes, int) and not isinstance(minutes, bool) and abs(minutes) <= _MOST_OFFSET else None


def _channel(properties: Mapping[str, Any]) -> str | None:
    library = properties.get("$lib")
    if library == "web" or library == "js":
        return "web"
    return "app" if library in _APPS else None
