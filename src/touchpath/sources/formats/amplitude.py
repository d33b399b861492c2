"""Amplitude's export: a zip of gzipped JSON lines, or the JSON lines themselves.

**Source**: "Export API" and "Export to Amazon S3" (merged ids), amplitude.com/docs. Choices made:

- Times name no zone and are UTC. `event_time` is the client's time mended by the server's clock.
- `uuid` is the event's id; older exports without it are told apart by device and `$insert_id`.
- Amplitude's own judgement of who is who comes along as `amplitude_id`, and files of merged ids say which of them became one: both are ids
  of another system. A device stands for its events before somebody signed in.
- A session's id is the moment it began, so the device takes part in its name; -1 means that there was none.
- IP addresses and places by coordinates are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.services.formats import Option
from touchpath.sources.formats.format import Convert, Opening, Sure
from touchpath.sources.formats.head import Head
from touchpath.sources.formats.pieces import JsonShape, Row
from touchpath.sources.formats.reading import (
    digest_of,
    moment_of,
    number_of,
    packed,
    person_actor,
    seconds_or_milliseconds,
    text_of,
    traits_of,
)
from touchpath.sources.formats.records import RecordFormat

_TELLING = frozenset({"event_type", "event_time", "event_properties"})
_MARKS = frozenset({"amplitude_id", "$insert_id", "server_upload_time", "client_event_time", "uuid"})
_MERGED = frozenset({"amplitude_id", "merged_amplitude_id"})
_CONTEXT = (
    "platform", "os_name", "os_version", "device_type", "device_family", "device_model", "device_brand", "device_manufacturer",
    "device_carrier", "language", "country", "region", "city", "dma", "version_name", "start_version", "library", "app",
    "is_attribution_event", "paying",
)  # fmt: skip


def _tells(head: Head) -> Sure | None:
    if head.keys >= _MERGED:
        return Sure(0.95, "its lines hold merged_amplitude_id")
    if head.keys >= _TELLING and len(head.keys & _MARKS) > 1:
        return Sure(0.98, "its lines hold event_type, event_time and ids of Amplitude")
    return None


def _begin(opening: Opening) -> Convert:
    def convert(row: Row) -> Iterator[Signal]:
        if "merged_amplitude_id" in row and "event_type" not in row:
            yield _merge(row, opening.source)
        else:
            yield _signal(row, opening)

    return convert


def _signal(row: Row, opening: Opening) -> Signal:
    inside, device = row.get("event_properties") or {}, text_of(row.get("device_id"))
    session = text_of(row.get("session_id"))
    groups = row.get("groups") or {}
    value = number_of(inside.get("$revenue", inside.get("revenue")))
    return Signal(
        source=opening.source,
        id=_id(row, device),
        kind=row.get("event_type") or "",
        occurred_at=moment_of(row.get("event_time"), "event_time"),
        actors=tuple(_actors(row, device)),
        account=_first(groups.get(opening.options["account"])),
        objects={"session": f"{device}.{session}"} if session not in (None, "-1", "0") and device else {},
        value=value,
        unit=text_of(inside.get("$currency", inside.get("currency"))) if value is not None else None,
        properties=packed({**inside, "groups": groups}),
        context=packed({**{name: row.get(name) for name in _CONTEXT}, "user": traits_of(row.get("user_properties") or {})}),
    )


def _first(group: Any) -> str | None:
    return text_of(group[0] if isinstance(group, list) and group else group)


def _id(row: Row, device: str | None) -> str:
    uuid, insert = text_of(row.get("uuid")), text_of(row.get("$insert_id"))
    if uuid:
        return uuid
    return f"{device}/{insert}" if insert else digest_of(row)


def _actors(row: Mapping[str, Any], device: str | None) -> Iterator[str]:
    user, amplitude = text_of(row.get("user_id")), text_of(row.get("amplitude_id"))
    if user:
        yield person_actor(user)
    if amplitude:
        yield f"external:amplitude-{amplitude}"
    if device:
        yield f"anonymous:{device}"


def _merge(row: Row, source: str) -> Signal:
    """Two of Amplitude's ids that became one."""
    ids = [text_of(row.get(name)) for name in ("amplitude_id", "merged_amplitude_id")]
    if None in ids:
        raise BadInput("A merge of ids names amplitude_id and merged_amplitude_id, and one of them is missing.")
    time = row.get("merge_event_time") or row.get("merge_time") or row.get("merge_server_time")
    return Signal(
        source=source,
        id=f"merged/{ids[1]}/{ids[0]}",
        kind="person.merged",
        occurred_at=moment_of(time, "merge_time") if isinstance(time, str) else seconds_or_milliseconds(time, "merge_time"),
        actors=tuple(f"external:amplitude-{id}" for id in ids),
    )


AMPLITUDE = RecordFormat(
    name="amplitude",
    title="Amplitude export",
    source="amplitude",
    shape=JsonShape(),
    tells=_tells,
    begin=_begin,
    options=(Option("account", "Which group type names the organisation that people belong to (such as company)?"),),
)
