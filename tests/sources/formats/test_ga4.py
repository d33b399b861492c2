"""GA4 exports: unions of values, text integers, sessions of users, purchases, and events of nobody."""

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from touchpath.sources.formats.ga4 import params_of

PURCHASE = {
    "event_date": "20260301",
    "event_timestamp": "1772355600123456",
    "event_name": "purchase",
    "event_params": [
        {"key": "ga_session_id", "value": {"int_value": "1772355000"}},
        {"key": "currency", "value": {"string_value": "EUR", "int_value": None, "float_value": None, "double_value": None}},
        {"key": "tax", "value": {"double_value": 1.5}},
        {"key": "empty", "value": {}},
        {"key": "firebase_event_origin", "value": {"string_value": "auto"}},
    ],
    "event_bundle_sequence_id": "7",
    "user_id": "u81",
    "user_pseudo_id": "99.1772000000",
    "privacy_info": {"analytics_storage": "Yes"},
    "user_properties": [{"key": "plan", "value": {"string_value": "pro", "set_timestamp_micros": "1"}}],
    "device": {"category": "mobile", "time_zone_offset_seconds": "7200"},
    "geo": {"country": "Spain"},
    "ecommerce": {"transaction_id": "T-1", "purchase_revenue": 49.5, "total_item_quantity": "2"},
    "items": [
        {
            "item_id": "A1",
            "quantity": "2",
            "item_brand": "(not set)",
            "item_params": [{"key": "size", "value": {"string_value": "XL"}}],
        }
    ],
    "stream_id": "1",
    "platform": "WEB",
}


def lines(*rows):
    return "".join(json.dumps(one) + "\n" for one in rows)


def test_a_purchase_keeps_its_people_session_order_money_and_items(read):
    format, (row,), refused, _ = read("events.json", lines(PURCHASE))
    assert (format, refused) == ("ga4", [])
    assert row["kind"] == "purchase"
    assert row["occurred_at"].isoformat() == "2026-03-01T09:00:00.123456+00:00"
    assert row["utc_offset_minutes"] == 120
    assert row["actors"] == ["user:u81", "anonymous:99.1772000000"]
    assert dict(row["objects"]) == {"order": "T-1", "session": "99.1772000000.1772355000"}
    assert (row["value"], row["unit"], row["channel"]) == (49.5, "EUR", "web")
    properties = json.loads(row["properties"])
    assert properties["items"] == [{"item_id": "A1", "quantity": "2", "item_params": {"size": "XL"}}]
    assert (properties["tax"], properties["ga_session_id"], "empty" in properties) == (1.5, 1772355000, False)
    assert json.loads(row["context"])["user"] == {"plan": "pro"}


def test_parquet_says_the_same_as_json_lines(read):
    whole = {**PURCHASE, "event_timestamp": int(PURCHASE["event_timestamp"]), "event_params": [
        {"key": one["key"], "value": {name: one["value"].get(name) for name in ("string_value", "int_value", "float_value", "double_value")}}
        for one in PURCHASE["event_params"]
    ]}  # fmt: skip
    for one in whole["event_params"]:
        if one["value"]["int_value"]:
            one["value"]["int_value"] = int(one["value"]["int_value"])
    held = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([whole]), held)
    format, (row,), refused, _ = read("events.parquet", held.getvalue())
    _, (expected,), _, _ = read("events.json", lines(PURCHASE))
    assert (format, refused) == ("ga4", [])
    different = {name for name in expected if row.get(name) != expected[name]}
    assert different <= {"context"}


def test_an_event_without_consent_is_kept_without_a_person_and_counted(read):
    nobody = {
        **PURCHASE,
        "user_id": None,
        "user_pseudo_id": None,
        "privacy_info": {"analytics_storage": "No"},
        "event_name": "page_view",
    }
    _, rows, _, notes = read("events.json", lines(PURCHASE, nobody))
    assert "actors" not in rows[1]
    assert "session" not in dict(rows[1]["objects"])
    assert list(notes.values()) == [1]


def test_the_same_event_has_the_same_id_and_others_have_others(read):
    placed = {**PURCHASE, "batch_page_id": "5", "batch_ordering_id": "1", "batch_event_index": "1"}
    later_known = {**placed, "user_id": "someone", "traffic_source": {"source": "google"}}
    second = {**placed, "batch_event_index": "2"}
    other_params = {**PURCHASE, "event_params": PURCHASE["event_params"][:1]}
    _, rows, _, _ = read("events.json", lines(PURCHASE, PURCHASE, other_params, placed, later_known, second))
    ids = [row["id"] for row in rows]
    assert ids[0] == ids[1] != ids[2]
    assert ids[3] == ids[4] != ids[5]
    assert len(set(ids)) == 4


def test_times_that_are_none_are_refused_with_words(read):
    _, rows, refused, _ = read(
        "events.json", lines(PURCHASE, {**PURCHASE, "event_timestamp": "soon"}, {**PURCHASE, "event_timestamp": "9" * 30})
    )
    assert len(rows) == 1
    assert "'event_timestamp' came as 'soon'" in refused[0].reason
    assert "which is no time" in refused[1].reason


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=5),
        st.text(max_size=5) | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False),
    )
)
def test_parameters_come_back_as_they_went_in(values):
    fields = {str: "string_value", int: "int_value", float: "double_value"}
    written = [{"key": k, "value": {fields[type(v)]: str(v) if isinstance(v, int) else v}} for k, v in values.items()]
    assert params_of(written) == values
