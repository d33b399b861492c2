"""Google Analytics 4 as it is exported to BigQuery, and from there as JSON lines (one event a line) or Parquet.

**Source**: "BigQuery Export schema", developers.google.com/analytics/bigquery/event-schema. BigQuery writes 64-bit integers as text and
leaves out what is null. Choices made:

- Google gives events no id. Since 2024 each has its place in a batch (`batch_page_id`, `batch_ordering_id`, `batch_event_index`):
  with the user's pseudo id, the time and the name that tells it apart. Without those the parameters and items take part, so that
  only events which are alike in everything count once.
- `ga_session_id` is unique for one user only, so the session is named by both.
- Where consent was denied both ids are missing: the event is kept without a person, and counted in the report.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.sources.formats.format import Convert, Opening, Sure
from touchpath.sources.formats.head import Head
from touchpath.sources.formats.pieces import JsonShape, ParquetShape, Row, Shape
from touchpath.sources.formats.reading import (
    digest_of,
    filled,
    instant,
    number_of,
    offset_minutes,
    packed,
    person_actor,
    text_of,
    traits_of,
)
from touchpath.sources.formats.records import RecordFormat

_TELLING = frozenset({"event_timestamp", "event_name", "event_params"})
_VALUES = ("string_value", "int_value", "double_value", "float_value")
_BATCH = ("batch_page_id", "batch_ordering_id", "batch_event_index")
_CONTEXT = (
    "platform", "stream_id", "device", "geo", "app_info", "traffic_source", "collected_traffic_source",
    "session_traffic_source_last_click", "privacy_info",
)  # fmt: skip
_CHANNELS = {"WEB": "web", "ANDROID": "app", "IOS": "app"}
_NOBODY = "events of nobody: consent was denied, so Google kept no id"


def _tells(head: Head) -> Sure | None:
    if not head.keys >= _TELLING:
        return None
    known = head.keys & {"user_pseudo_id", "stream_id", "event_bundle_sequence_id", "user_first_touch_timestamp", "event_date"}
    return Sure(0.99 if known else 0.8, "it holds event_name, event_timestamp and event_params")


def _shape(head: Head, _options: Mapping[str, str]) -> Shape:
    return ParquetShape() if head.columns else JsonShape()


def _begin(opening: Opening) -> Convert:
    def convert(row: Row) -> Iterator[Signal]:
        yield _signal(row, opening)

    return convert


def _signal(row: Row, opening: Opening) -> Signal:
    params, ecommerce = params_of(row.get("event_params") or ()), row.get("ecommerce") or {}
    items = [item_of(one) for one in row.get("items") or ()]
    pseudo, user = text_of(row.get("user_pseudo_id")), text_of(row.get("user_id"))
    if not (pseudo or user):
        opening.notes[_NOBODY] += 1
    value, unit = _money(params, ecommerce)
    device = row.get("device") or {}
    return Signal(
        source=opening.source,
        id=_id(row, pseudo, params, items),
        kind=row.get("event_name") or "",
        occurred_at=instant(_whole(row.get("event_timestamp"), "event_timestamp"), "event_timestamp"),
        actors=tuple(actor for actor in (user and person_actor(user), pseudo and f"anonymous:{pseudo}") if actor),
        objects=_objects(params, ecommerce, pseudo or user),
        channel=_CHANNELS.get(row.get("platform") or ""),
        value=value,
        unit=unit,
        properties=packed({**params, "items": items, **_extra(ecommerce)}),
        context=packed(
            {**{name: row.get(name) for name in _CONTEXT}, "user": traits_of(params_of(row.get("user_properties") or ()))}
        ),
        utc_offset_minutes=offset_minutes(device.get("time_zone_offset_seconds")),
    )


def params_of(pairs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Parameters as plain values: each comes as a key and a union of four value fields, at most one of which is filled."""
    found = {}
    for pair in pairs:
        value = pair.get("value") or {}
        name = next((one for one in _VALUES if value.get(one) is not None), None)
        if name is not None:
            found[str(pair["key"])] = _typed(name, value[name])
    return found


def _typed(name: str, value: object) -> object:
    if name == "string_value":
        return value
    number = _whole(value, name) if name == "int_value" else number_of(value)
    return value if number is None else number


def item_of(item: Mapping[str, Any]) -> dict[str, Any]:
    """One item of a cart without what Google left open ("(not set)")."""
    plain = {name: value for name, value in filled(item).items() if value != "(not set)"}
    if "item_params" in plain:
        plain["item_params"] = params_of(plain["item_params"])
    return plain


def _whole(value: object, name: str) -> int:
    try:
        return int(value)  # type: ignore[call-overload, no-any-return]
    except (TypeError, ValueError) as error:
        raise BadInput(f"'{name}' came as {value!r}. It should be a whole number.") from error


def _id(row: Row, pseudo: str | None, params: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> str:
    """A digest of what tells the event from others. Numbers count as text: JSON writes them so, Parquet does not."""
    parts = [
        pseudo,
        *(text_of(row.get(name)) for name in ("stream_id", "event_timestamp", "event_name", "event_bundle_sequence_id")),
    ]
    place = [text_of(row.get(name)) for name in _BATCH]
    if pseudo and None not in place:
        return digest_of(*parts, *place)
    return digest_of(*parts, params, [{name: text_of(value) or value for name, value in item.items()} for item in items])


def _objects(params: Mapping[str, Any], ecommerce: Mapping[str, Any], user: str | None) -> dict[str, str]:
    session, order = (
        text_of(params.get("ga_session_id")),
        text_of(ecommerce.get("transaction_id")) or text_of(params.get("transaction_id")),
    )
    objects = {"session": f"{user}.{session}" if session and user else None, "order": None if order == "(not set)" else order}
    return {kind: id for kind, id in objects.items() if id}


def _money(params: Mapping[str, Any], ecommerce: Mapping[str, Any]) -> tuple[float | None, str | None]:
    """The revenue of a purchase, else the event's value, and its currency."""
    revenue = number_of(ecommerce.get("purchase_revenue"))
    value = number_of(params.get("value")) if revenue is None else revenue
    return value, text_of(params.get("currency")) if value is not None else None


def _extra(ecommerce: Mapping[str, Any]) -> dict[str, Any]:
    """What the export knows of a sale beyond its parameters."""
    known = {
        name: number_of(ecommerce.get(name)) for name in ("total_item_quantity", "shipping_value", "tax_value", "refund_value")
    }
    return {name: value for name, value in known.items() if value}


GA4 = RecordFormat(
    name="ga4",
    title="GA4 BigQuery export",
    source="ga4",
    shape=_shape,
    tells=_tells,
    begin=_begin,
)
