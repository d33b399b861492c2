"""Mixpanel's raw event export: JSON lines of {"event": name, "properties": {...}}.

**Source**: "Raw Event Export" and "ID Management", docs.mixpanel.com. Choices made:

- `time` counts seconds, but projects made before 2023 count the local time of the project as if it were UTC. Nothing in the file tells
  which, so the project's zone is asked for; UTC is right for newer projects. Where an event then happened after Mixpanel had processed it,
  the report says so, as a wrong zone shows that way.
- Exports hold duplicates; Mixpanel says to tell events apart by name, person, time and `$insert_id`. The person is left out here, as its
  id changes when Mixpanel merges people.
- Who did it: `$user_id` and `$device_id` where they are there (simplified id merge). An older `distinct_id` is a person's own id, unless
  it is written as those that Mixpanel's clients draw. `$identify`, `$create_alias` and `$merge` name both of the ids that they join.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.services.formats import Option
from touchpath.sources.formats.format import Convert, Opening, Sure
from touchpath.sources.formats.head import Head
from touchpath.sources.formats.pieces import JsonShape, Row
from touchpath.sources.formats.reading import (
    as_if_local,
    digest_of,
    number_of,
    packed,
    person_actor,
    seconds_or_milliseconds,
    seems_generated,
    text_of,
)
from touchpath.sources.formats.records import RecordFormat

_DEVICE = "$device:"
_WHO = frozenset({"distinct_id", "$user_id", "$device_id", "$distinct_id_before_identity"})
_OWN = frozenset({"time", "$insert_id", "token", "mp_processing_time_ms", "$mp_api_timestamp_ms"}) | _WHO
_CONTEXT = frozenset({
    "$os", "$os_version", "$browser", "$browser_version", "$device", "$screen_height", "$screen_width", "$city", "$region",
    "mp_country_code", "mp_lib", "$lib_version", "$manufacturer", "$model", "$carrier", "$wifi", "$app_version_string",
    "$app_build_number", "$import", "$mp_api_endpoint", "$mp_event_size", "$failure_description", "$warnings",
})  # fmt: skip
_EARLY = "events that Mixpanel processed before they happened: is the project's zone right?"
_SLACK = timedelta(minutes=10)


def _tells(head: Head) -> Sure | None:
    found = [one.get("properties") for one in head.objects if isinstance(one.get("event"), str)]
    ours = [one for one in found if isinstance(one, dict) and "time" in one and ("distinct_id" in one or "$device_id" in one)]
    if not ours or len(ours) < len(head.objects) / 2:
        return None
    marked = any("$insert_id" in one or "mp_lib" in one or "mp_processing_time_ms" in one for one in ours)
    return Sure(0.97 if marked else 0.7, "its lines hold an event with properties, among them time and distinct_id")


def _begin(opening: Opening) -> Convert:
    account = opening.options["account"]

    def convert(row: Row) -> Iterator[Signal]:
        yield _signal(row, opening, account)

    return convert


def _signal(row: Row, opening: Opening, account: str) -> Signal:
    event, properties = row.get("event"), row.get("properties")
    if not isinstance(properties, dict) or not isinstance(event, str):
        raise BadInput('This record is no event of Mixpanel: {"event": "...", "properties": {...}} would do.')
    occurred_at = as_if_local(seconds_or_milliseconds(properties.get("time"), "time"), opening.zone)
    processed = number_of(properties.get("mp_processing_time_ms"))
    if processed and occurred_at > seconds_or_milliseconds(processed, "mp_processing_time_ms") + _SLACK:
        opening.notes[_EARLY] += 1
    group = properties.get(account) if account else None
    inside = {name: value for name, value in properties.items() if name not in _OWN}
    return Signal(
        source=opening.source,
        id=_id(event, properties),
        kind=event,
        occurred_at=occurred_at,
        actors=tuple(dict.fromkeys(actors_of(event, properties))),
        account=text_of(group[0] if isinstance(group, list) and group else group),
        objects=_objects(properties),
        properties=packed({name: value for name, value in inside.items() if name not in _CONTEXT}),
        context=packed({name: value for name, value in inside.items() if name in _CONTEXT}),
    )


def _id(event: str, properties: Mapping[str, Any]) -> str:
    insert = text_of(properties.get("$insert_id"))
    if insert:
        return f"{insert}/{properties.get('time')}/{event}"
    return digest_of(event, {name: value for name, value in properties.items() if name != "mp_processing_time_ms"})


def actors_of(event: str, properties: Mapping[str, Any]) -> Iterator[str]:
    """Everybody whom an event names, known people first."""
    found = list(_named(event, properties))
    yield from (one for one in found if not one.startswith("anonymous:"))
    yield from (one for one in found if one.startswith("anonymous:"))


def _named(event: str, properties: Mapping[str, Any]) -> Iterator[str]:
    user, device = text_of(properties.get("$user_id")), text_of(properties.get("$device_id"))
    if user:
        yield person_actor(user)
    if device:
        yield f"anonymous:{device.removeprefix(_DEVICE)}"
    if event == "$identify":
        yield from _both(properties.get("$identified_id"), properties.get("$anon_id"))
    if event == "$create_alias":
        yield from _both(properties.get("alias"), properties.get("distinct_id"))
    elif event == "$merge":
        listed = properties.get("$distinct_ids")
        yield from (_actor(str(one)) for one in listed if text_of(one)) if isinstance(listed, list) else ()
    for name in ("distinct_id", "$distinct_id_before_identity"):
        id = text_of(properties.get(name))
        if id and id not in (user, device) and event not in ("$identify", "$create_alias", "$merge"):
            yield _actor(id)


def _both(known: object, unknown: object) -> Iterator[str]:
    """The two ids that an event joins: a person's own, and the one that came before it."""
    person, before = text_of(known), text_of(unknown)
    if person:
        yield person_actor(person)
    if before:
        yield f"anonymous:{before.removeprefix(_DEVICE)}"


def _actor(id: str) -> str:
    if id.startswith(_DEVICE):
        return f"anonymous:{id.removeprefix(_DEVICE)}"
    return f"anonymous:{id}" if seems_generated(id) else person_actor(id)


def _objects(properties: Mapping[str, Any]) -> dict[str, str]:
    session = text_of(properties.get("$session_id")) or text_of(properties.get("session_id"))
    return {"session": session} if session else {}


MIXPANEL = RecordFormat(
    name="mixpanel",
    title="Mixpanel event export",
    source="mixpanel",
    shape=JsonShape(),
    tells=_tells,
    begin=_begin,
    options=(
        Option(
            "zone",
            "What is the time zone of the Mixpanel project? Projects made before 2023 export local times; say UTC for newer ones.",
            "zone",
            required=True,
        ),
        Option("account", "Which property names the organisation that people belong to (a group key, such as company)?"),
    ),
)
