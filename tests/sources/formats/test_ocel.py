"""Object-centric logs: the same signals from every form they are written in, several objects, changes, and persons by relation."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

ORDER = {
    "id": "o1",
    "type": "order",
    "attributes": [
        {"name": "price", "time": "1970-01-01T00:00:00Z", "value": 10.5},
        {"name": "price", "time": "2026-03-01T10:30:00Z", "value": 12.5},
    ],
    "relationships": [{"objectId": "c1", "qualifier": "placed by"}],
}
OBJECTS = [
    ORDER,
    {"id": "i1", "type": "line item", "attributes": [], "relationships": []},
    {"id": "i2", "type": "line item", "attributes": []},
    {"id": "c1", "type": "Customer", "attributes": [{"name": "tier", "time": "1970-01-01T00:00:00Z", "value": "gold"}]},
]


def event(id, type, time, *objects, **attributes):
    return {
        "id": id,
        "type": type,
        "time": time,
        "attributes": [{"name": name, "value": value} for name, value in attributes.items()],
        "relationships": [{"objectId": one, "qualifier": how} for one, how in objects],
    }


EVENTS = [
    event(
        "e1",
        "Place Order",
        "2026-03-01T10:00:00Z",
        ("c1", "buyer"),
        ("i1", "item"),
        ("i2", "item"),
        ("o1", "order"),
        channel="web",
    ),
    event("e2", "Pick", "2026-03-01T11:00:00Z", ("o1", "order"), ("i1", "picked")),
    event("e3", "Audit", "2026-03-01T12:00:00Z", ("i2", "checked")),
]
LOG = {
    "objectTypes": [
        {"name": "order", "attributes": [{"name": "price", "type": "float"}]},
        {"name": "line item", "attributes": []},
        {"name": "Customer", "attributes": [{"name": "tier", "type": "string"}]},
    ],
    "eventTypes": [
        {"name": "Place Order", "attributes": [{"name": "channel", "type": "string"}]},
        {"name": "Pick", "attributes": []},
        {"name": "Audit", "attributes": []},
    ],
    "events": EVENTS,
    "objects": OBJECTS,
}


def by_id(rows):
    return {row["id"]: row for row in rows}


def test_events_keep_their_objects_attributes_as_of_then_and_people(read):
    format, rows, refused, notes = read("log.json", json.dumps(LOG))
    assert (format, refused) == ("ocel", [])
    placed, picked, audit = (by_id(rows)[id] for id in ("e1", "e2", "e3"))
    assert dict(placed["objects"]) == {"order": "o1", "line_item": "i1", "customer": "c1"}
    properties = json.loads(placed["properties"])
    assert (properties["channel"], properties["order.price"], properties["customer.tier"]) == ("web", 10.5, "gold")
    assert [(one["id"], one["qualifier"]) for one in properties["objects"]] == [
        ("c1", "buyer"),
        ("i1", "item"),
        ("i2", "item"),
        ("o1", "order"),
    ]
    assert placed["actors"] == ["external:log-c1"]
    assert json.loads(picked["properties"])["order.price"] == 12.5
    assert picked["actors"] == ["external:log-c1"]
    assert "actors" not in audit
    assert list(notes.values()) == [1]


def test_a_change_of_an_attribute_is_a_signal_of_its_own(read):
    _, rows, _, _ = read("log.json", json.dumps(LOG))
    (change,) = [row for row in rows if row["kind"] == "order.changed"]
    assert change["occurred_at"].isoformat() == "2026-03-01T10:30:00+00:00"
    assert dict(change["objects"]) == {"order": "o1"}
    assert json.loads(change["properties"]) == {"order.price": 12.5}


def test_an_event_can_stand_for_one_signal_per_object(read):
    _, rows, _, _ = read("log.json", json.dumps(LOG), unfold="line item")
    assert {row["id"]: dict(row["objects"])["line_item"] for row in rows if row["kind"] == "Place Order"} == {
        "e1/i1": "i1",
        "e1/i2": "i2",
    }


def test_any_type_of_object_can_be_the_person(read):
    _, rows, _, _ = read("log.json", json.dumps(LOG), person="order", source="shop")
    assert by_id(rows)["e2"]["actors"] == ["external:shop-o1"]


@pytest.mark.parametrize("broken", [{"relationships": [{}]}, {"time": "?"}, {"id": None, "type": None}])
def test_one_bad_event_costs_no_other(read, broken):
    log = {**LOG, "events": [EVENTS[0], {**EVENTS[1], **broken}, EVENTS[2]]}
    _, rows, refused, _ = read("log.json", json.dumps(log, indent=1))
    assert {"e1", "e3"} <= by_id(rows).keys()
    assert len(refused) + len(rows) == 4


def test_a_broken_document_gives_what_came_before(read):
    text = json.dumps(LOG, indent=1)
    _, rows, refused, _ = read("log.json", text[: text.index('"e3"')])
    assert {"e1", "e2"} <= by_id(rows).keys()
    assert "not JSON" in refused[0].reason


@pytest.fixture(scope="module")
def by_pm4py(tmp_path_factory):
    """The log in every form, written by pm4py."""
    folder = tmp_path_factory.mktemp("logs")
    (folder / "log.json").write_text(json.dumps(LOG))
    (folder / "log.xes").write_text(
        '<log><trace><string key="concept:name" value="1"/><event><string key="concept:name" value="a"/>'
        '<date key="time:timestamp" value="2026-03-01T10:00:00+01:00"/></event></trace></log>'
    )
    script = Path(__file__).with_name("pm4py_logs.py")
    subprocess.run([sys.executable, str(script), str(folder)], check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("name", ["ocel2.json", "ocel2.xml", "ocel2.sqlite"])
def test_the_forms_that_pm4py_writes_give_the_same_signals(read, by_pm4py, name):
    _, expected, _, _ = read("log.json", json.dumps(LOG))
    format, rows, refused, _ = read(name, (by_pm4py / name).read_bytes(), source="log")
    assert (format, refused) == ("ocel", [])

    def plain(row):
        properties = {name: str(value) for name, value in json.loads(row.get("properties", "{}")).items() if name != "objects"}
        return (row["kind"], row["occurred_at"], row.get("actors"), sorted(row["objects"]), properties)

    assert {row["id"]: plain(row) for row in rows} == {row["id"]: plain(row) for row in expected}


@pytest.mark.parametrize("name", ["ocel1.jsonocel", "ocel1.xmlocel"])
def test_ocel_1_has_no_qualifiers_and_no_changes(read, by_pm4py, name):
    format, rows, refused, _ = read(name, (by_pm4py / name).read_bytes())
    assert (format, refused) == ("ocel", [])
    placed = by_id(rows)["e1"]
    assert dict(placed["objects"]) == {"order": "o1", "line_item": "i1", "customer": "c1"}
    assert json.loads(placed["properties"])["customer.tier"] == "gold"
    assert {row["kind"] for row in rows} == {"Place Order", "Pick", "Audit"}


def test_table_names_of_a_log_are_never_run_as_sql(read, tmp_path):
    path = tmp_path / "hostile.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.executescript("""
            CREATE TABLE event (ocel_id TEXT, ocel_type TEXT); CREATE TABLE object (ocel_id TEXT, ocel_type TEXT);
            CREATE TABLE event_object (ocel_event_id TEXT, ocel_object_id TEXT, ocel_qualifier TEXT);
            CREATE TABLE event_map_type (ocel_type TEXT, ocel_type_map TEXT); CREATE TABLE object_map_type (ocel_type TEXT, ocel_type_map TEXT);
            CREATE TABLE "event_x""; DROP TABLE event; --" (ocel_id TEXT, ocel_time TEXT);
            INSERT INTO event_map_type VALUES ('x', 'x"; DROP TABLE event; --'); INSERT INTO event VALUES ('e', 'x');
            INSERT INTO "event_x""; DROP TABLE event; --" VALUES ('e', '2026-03-01 10:00:00');
            INSERT INTO event_map_type VALUES ('gone', 'gone');
        """)
    _, rows, refused, _ = read("hostile.sqlite", path.read_bytes())
    assert [row["id"] for row in rows] == ["e"]
    assert refused == []
