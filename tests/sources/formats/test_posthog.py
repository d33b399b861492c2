"""PostHog exports: JSON lines, Parquet and CSV, properties as text, and who is known."""

import csv
import hashlib
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ADDRESS = hashlib.sha256(b"ann@example.com").hexdigest()
EVENT = {
    "uuid": "01890a5d-ac96-7cc1-8128-aa1cae696609",
    "event": "$pageview",
    "distinct_id": "u81",
    "person_id": "01890000-0000-0000-0000-000000000001",
    "timestamp": "2026-03-01T09:00:00.123000Z",
    "created_at": "2026-03-01T09:00:01Z",
    "person_properties": {"plan": "pro", "email": "ann@example.com"},
    "elements_chain": "",
    "properties": {"$current_url": "https://shop.example/", "$device_id": "d-9", "$session_id": "s1", "$ip": "192.0.2.7",
                   "$browser": "Safari", "$lib": "web", "$groups": {"company": "acme"}, "revenue": 5, "currency": "EUR"},
}  # fmt: skip


def lines(*rows):
    return "".join(json.dumps(one) + "\n" for one in rows)


def as_text(row):
    return {name: json.dumps(value) if isinstance(value, dict) else value for name, value in row.items()}


def parquet(*rows):
    held = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([as_text(row) for row in rows]), held)
    return held.getvalue()


def table(*rows):
    held = io.StringIO()
    write = csv.DictWriter(held, list(rows[0]))
    write.writeheader()
    write.writerows(as_text(row) for row in rows)
    return held.getvalue()


@pytest.mark.parametrize(("name", "content"), [("e.jsonl", lines(EVENT)), ("e.parquet", parquet(EVENT)), ("e.csv", table(EVENT))])
def test_every_form_gives_the_same_signal(read, name, content):
    format, (row,), refused, _ = read(name, content, account="company")
    assert (format, refused) == ("posthog", [])
    assert (row["id"], row["kind"]) == (EVENT["uuid"], "page.viewed")
    assert row["occurred_at"].isoformat() == "2026-03-01T09:00:00.123000+00:00"
    assert row["actors"] == ["user:u81", f"external:posthog-{EVENT['person_id']}", f"email:{ADDRESS}", "anonymous:d-9"]
    assert (dict(row["objects"]), row["account"], row["value"], row["unit"]) == ({"session": "s1"}, "acme", 5.0, "EUR")
    context = json.loads(row["context"])
    assert (context["$browser"], context["$device_id"], context["traits"]["plan"]) == ("Safari", "d-9", "pro")
    assert "ann@example.com" not in str(row)
    assert "192.0.2.7" not in str(row)


def test_properties_may_stand_in_columns_of_their_own(read):
    content = "event,distinct_id,timestamp,properties.$current_url,properties.$lib\n$pageview,u81,2026-03-01 09:00:00,https://a.example/,web\n"
    format, (row,), _, _ = read("e.csv", content)
    assert format == "posthog"
    assert json.loads(row["properties"])["$current_url"] == "https://a.example/"
    assert row["occurred_at"].isoformat() == "2026-03-01T09:00:00+00:00"


@pytest.mark.parametrize(
    ("event", "distinct", "properties", "actors"),
    [
        ("order", "d-9", {"$device_id": "d-9"}, ["anonymous:d-9"]),
        ("order", "01890a5d-ac96-7cc1-8128-aa1cae696609", {}, ["anonymous:01890a5d-ac96-7cc1-8128-aa1cae696609"]),
        ("order", "x1", {"$is_identified": False}, ["anonymous:x1"]),
        (
            "order",
            "01890a5d-ac96-7cc1-8128-aa1cae696609",
            {"$is_identified": True},
            ["user:01890a5d-ac96-7cc1-8128-aa1cae696609", "anonymous:01890a5d-ac96-7cc1-8128-aa1cae696609"],
        ),
        ("$identify", "u81", {"$anon_distinct_id": "d-9"}, ["user:u81", "anonymous:d-9"]),
        ("$create_alias", "u81", {"alias": "old"}, ["user:u81", "user:old", "anonymous:u81", "anonymous:old"]),
        ("order", "u81", {"alias": "no join"}, ["user:u81"]),
    ],
)
def test_people_are_told_from_devices(read, event, distinct, properties, actors):
    row = {
        **EVENT,
        "event": event,
        "distinct_id": distinct,
        "person_id": None,
        "person_properties": None,
        "properties": {"$lib": "web", **properties},
    }
    _, (found,), _, _ = read("e.jsonl", lines(row))
    assert found["actors"] == actors


def test_events_without_a_person_profile_name_none(read):
    _, (row,), _, _ = read(
        "e.jsonl", lines({**EVENT, "person_properties": None, "properties": {"$lib": "web", "$process_person_profile": False}})
    )
    assert row["actors"] == ["user:u81"]


def test_properties_that_are_no_json_are_refused_alone(read):
    _, rows, refused, _ = read("e.jsonl", lines(EVENT, {**EVENT, "properties": "{oops"}))
    assert len(rows) == 1
    assert "properties are not JSON" in refused[0].reason
