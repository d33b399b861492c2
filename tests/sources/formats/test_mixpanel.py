"""Mixpanel exports: the zone trap, ids that merge, and duplicates."""

import json

import pytest

from touchpath.model.errors import BadInput


def event(name="Page View", **properties):
    return {
        "event": name,
        "properties": {"time": 1772355600, "distinct_id": "u81", "$insert_id": "i1", "mp_lib": "web", **properties},
    }


def lines(*rows):
    return "".join(json.dumps(one) + "\n" for one in rows)


def test_seconds_of_a_project_before_2023_are_local_times(read):
    _, (utc,), _, _ = read("export.txt", lines(event()), zone="UTC")
    _, (madrid,), _, _ = read("export.txt", lines(event()), zone="Europe/Madrid")
    assert utc["occurred_at"].isoformat() == "2026-03-01T09:00:00+00:00"
    assert madrid["occurred_at"].isoformat() == "2026-03-01T08:00:00+00:00"
    assert madrid["utc_offset_minutes"] == 60


def test_milliseconds_and_parts_of_seconds_are_understood(read):
    _, rows, _, _ = read("export.txt", lines(event(time=1772355600123), event(time=1772355600.5)), zone="UTC")
    assert [row["occurred_at"].microsecond for row in rows] == [123000, 500000]


def test_the_zone_is_asked_for(read):
    with pytest.raises(BadInput, match=r"What is the time zone of the Mixpanel project\?"):
        read("export.txt", lines(event()))


def test_a_wrong_zone_shows_in_the_notes(read):
    written = lines(event(mp_processing_time_ms=1772355601000))
    assert read("export.txt", written, zone="UTC")[3] == {}
    assert read("export.txt", written, zone="America/New_York")[3] == {
        "events that Mixpanel processed before they happened: is the project's zone right?": 1
    }


@pytest.mark.parametrize(
    ("name", "properties", "actors"),
    [
        ("Order", {"distinct_id": "u81", "$user_id": "u81", "$device_id": "d-9"}, ["user:u81", "anonymous:d-9"]),
        ("Order", {"distinct_id": "$device:d-9", "$device_id": "d-9"}, ["anonymous:d-9"]),
        ("Order", {"distinct_id": "$device:d-9"}, ["anonymous:d-9"]),
        ("Order", {"distinct_id": "u81"}, ["user:u81"]),
        ("Order", {"distinct_id": "18c3e0a7f21a5-0d4f6a2b9c8e1-1e525634-1fa400-18c3e0a7f22b6"}, ["anonymous:18c3e0a7f21a5-0d4f6a2b9c8e1-1e525634-1fa400-18c3e0a7f22b6"]),
        ("Order", {"distinct_id": "u81", "$distinct_id_before_identity": "$device:d-9"}, ["user:u81", "anonymous:d-9"]),
        ("$identify", {"distinct_id": "u81", "$identified_id": "u81", "$anon_id": "d-9"}, ["user:u81", "anonymous:d-9"]),
        ("$create_alias", {"distinct_id": "d-9", "alias": "u81"}, ["user:u81", "anonymous:d-9"]),
        ("$merge", {"distinct_id": "x", "$distinct_ids": ["$device:d-9", "u81"]}, ["user:u81", "anonymous:d-9"]),
    ],
)  # fmt: skip
def test_events_name_everybody_they_join(read, name, properties, actors):
    _, (row,), _, _ = read("export.txt", lines(event(name, **properties)), zone="UTC")
    assert row["actors"] == actors


def test_duplicates_of_the_export_have_one_id_and_merged_people_change_none(read):
    again = event(distinct_id="someone-else")
    bare = event(**{"$insert_id": None, "mp_processing_time_ms": 1772355600001})
    bare_again = event(**{"$insert_id": None, "mp_processing_time_ms": 1772355600999})
    _, rows, _, _ = read("export.txt", lines(event(), again, event(time=1772355601), bare, bare_again), zone="UTC")
    ids = [row["id"] for row in rows]
    assert ids[0] == ids[1] != ids[2]
    assert ids[3] == ids[4]


def test_properties_and_circumstances_are_told_apart(read):
    _, (row,), _, _ = read(
        "export.txt", lines(event(plan="pro", company=["Acme"], **{"$os": "iOS"})), zone="UTC", account="company"
    )
    assert json.loads(row["properties"]) == {"plan": "pro", "company": ["Acme"]}
    assert json.loads(row["context"]) == {"$os": "iOS", "mp_lib": "web"}
    assert row["account"] == "Acme"


def test_records_of_another_shape_are_refused(read):
    _, rows, refused, _ = read(
        "export.txt", lines(event(), event(time=None), {"event": "x"}, {"event": 1, "properties": {}}), zone="UTC"
    )
    assert len(rows) == 1
    assert [one.line for one in refused] == [2, 3, 4]
