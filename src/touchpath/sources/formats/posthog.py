"""PostHog's exports of events: batch exports as JSON lines or Parquet, and tables saved as CSV.

**Source**: "S3 destination for batch exports" and "Identifying users", posthog.com/docs. Choices made:

- `properties` and `person_properties` are objects in JSON lines and JSON as text in Parquet and CSV; a CSV may also hold single
  properties, in columns such as `properties.$current_url`. Times that name no zone are UTC.
- `person_id` is PostHog's judgement of who is who when the event came in: an id of another system. `distinct_id` is a person's own id,
  unless PostHog says that nobody had been identified, or it is the device's id or drawn at random.
- `$identify`, `$create_alias` and `$merge_dangerously` name both of the ids that they join.
- The IP address is left out; so are the elements that autocapture recorded.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.services.formats import Option
from touchpath.sources.formats.format import Convert, Opening, Sure
from touchpath.sources.formats.head import Head
from touchpath.sources.formats.pieces import CsvShape, JsonShape, ParquetShape, Row, Shape
from touchpath.sources.formats.reading import (
    digest_of,
    moment_of,
    number_of,
    packed,
    person_actor,
    seems_generated,
    text_of,
    traits_of,
)
from touchpath.sources.formats.records import RecordFormat

_TELLING = frozenset({"event", "distinct_id", "timestamp"})
_MARKS = frozenset({"uuid", "person_id", "person_properties", "elements_chain", "team_id", "_inserted_at"})
_OWN = frozenset(
    {"$ip", "token", "$set", "$set_once", "$groups", "$elements", "$elements_chain", "$sent_at", "$feature_flag_payloads"}
)
_CONTEXT_STARTS = (
    "$browser",
    "$os",
    "$device",
    "$geoip",
    "$screen_",
    "$viewport_",
    "$lib",
    "$raw_user_agent",
    "$user_agent",
    "$app_",
    "$network_",
    "$initial_",
)
_INSIDE = "properties."
_JOINING = frozenset({"$identify", "$create_alias", "$merge_dangerously"})


def _tells(head: Head) -> Sure | None:
    named = head.keys | frozenset(head.header)
    if not named >= _TELLING:
        return None
    marks = named & _MARKS
    inside = {name for one in head.objects for name in _named(one.get("properties"))} | {
        name.removeprefix(_INSIDE) for name in named if name.startswith(_INSIDE)
    }
    ours = any(name.startswith("$lib") or name == "$current_url" for name in inside)
    if not marks and not ours:
        return None
    return Sure(0.97 if ours or len(marks) > 1 else 0.75, "it holds event, distinct_id, timestamp and fields of PostHog")


def _shape(head: Head, _options: Mapping[str, str]) -> Shape:
    return ParquetShape() if head.columns else CsvShape() if head.rows else JsonShape()


def _begin(opening: Opening) -> Convert:
    def convert(row: Row) -> Iterator[Signal]:
        yield _signal(row, opening)

    return convert


def _signal(row: Row, opening: Opening) -> Signal:
    event = row.get("event") or ""
    properties = _object(row.get("properties")) | {
        name.removeprefix(_INSIDE): value for name, value in row.items() if name.startswith(_INSIDE)
    }
    traits = _object(row.get("person_properties")) or _object(properties.get("$set"))
    session, response = text_of(properties.get("$session_id")), text_of(properties.get("$survey_submission_id"))
    groups = properties.get("$groups") or {}
    value = number_of(properties.get("revenue", properties.get("$revenue")))
    return Signal(
        source=opening.source,
        id=text_of(row.get("uuid")) or digest_of({name: row[name] for name in row if name not in ("created_at", "_inserted_at")}),
        kind=event,
        occurred_at=moment_of(row.get("timestamp"), "timestamp"),
        actors=tuple(dict.fromkeys(_actors(event, row, properties))),
        account=text_of(groups.get(opening.options["account"])) if isinstance(groups, dict) else None,
        objects={kind: id for kind, id in (("session", session), ("response", response)) if id},
        value=value,
        unit=text_of(properties.get("currency")) if value is not None else None,
        properties=packed(
            {name: one for name, one in properties.items() if name not in _OWN and not _is_context(name)} | {"groups": groups}
        ),
        context=packed({name: one for name, one in properties.items() if _is_context(name)} | {"user": traits_of(traits)}),
    )


def _is_context(name: str) -> bool:
    return name.startswith(_CONTEXT_STARTS)


def _object(value: object) -> dict[str, Any]:
    """Properties, which come as an object or as JSON in a text."""
    if isinstance(value, str) and value.strip():
        try:
            value = json.loads(value)
        except ValueError as error:
            raise BadInput(f"Its properties are not JSON: {str(value)[:80]!r}.") from error
    return value if isinstance(value, dict) else {}


def _named(value: object) -> Iterable[str]:
    """The names of properties, as far as they can be read."""
    try:
        return _object(value)
    except BadInput:
        return ()


def _actors(event: str, row: Row, properties: Mapping[str, Any]) -> Iterator[str]:
    distinct, person = text_of(row.get("distinct_id")), text_of(row.get("person_id"))
    device = text_of(properties.get("$device_id"))
    before = text_of(properties.get("$anon_distinct_id") or properties.get("alias")) if event in _JOINING else None
    known = bool(distinct) and (event in _JOINING or not _is_anonymous(str(distinct), device, properties))
    if distinct and known:
        yield person_actor(distinct)
    if person and properties.get("$process_person_profile") is not False:
        yield f"external:posthog-{person}"
    for id in (None if known else distinct, device, before):
        if id:
            yield f"anonymous:{id}"


def _is_anonymous(distinct: str, device: str | None, properties: Mapping[str, Any]) -> bool:
    if properties.get("$is_identified") is True:
        return False
    return properties.get("$is_identified") is False or distinct == device or seems_generated(distinct)


POSTHOG = RecordFormat(
    name="posthog",
    title="PostHog event export",
    source="posthog",
    shape=_shape,
    tells=_tells,
    begin=_begin,
    options=(Option("account", "Which group type names the organisation that people belong to (such as company)?"),),
)
