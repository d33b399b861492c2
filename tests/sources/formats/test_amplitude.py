"""Amplitude exports: zips of packed hours, times in UTC, people, devices, sessions, and merged ids."""

import gzip
import hashlib
import io
import json
import zipfile

EVENT = {
    "$insert_id": "ea31ba7b", "$schema": 13, "amplitude_event_type": None, "amplitude_id": 45975551903, "app": 100011471,
    "city": "Hemel Hempstead", "client_event_time": "2026-03-01 10:36:28.583000", "data": {"group_ids": {}}, "data_type": "event",
    "device_family": "Mac OS X", "device_id": "d-9", "event_id": 135, "event_properties": {"plan": "pro", "who": "Ann@Example.com "},
    "event_time": "2026-03-01 10:36:28.583000", "event_type": "session_start", "groups": {"company": ["Acme"]},
    "ip_address": "192.0.2.7", "language": "English", "location_lat": 51.7, "session_id": 1772361388583,
    "server_upload_time": "2026-03-01 10:36:30.000000", "user_id": "u81",
    "user_properties": {"plan": "pro", "email": "ann@example.com", "name": "Ann"}, "uuid": "9f0e-1",
}  # fmt: skip


def lines(*rows):
    return "".join(json.dumps(one) + "\n" for one in rows)


def test_a_zip_of_packed_hours_is_read_whole(read):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for hour in (9, 10):
            name = f"100011471/100011471_2026-03-01_{hour}#0.json.gz"
            file.writestr(name, gzip.compress(lines({**EVENT, "uuid": f"e{hour}"}).encode()))
    format, rows, refused, _ = read("export.zip", packed.getvalue())
    assert (format, refused) == ("amplitude", [])
    assert [row["id"] for row in rows] == ["e9", "e10"]


def test_an_event_keeps_who_when_and_what_and_no_contact(read):
    _, (row,), _, _ = read("export.json", lines(EVENT), account="company")
    assert row["occurred_at"].isoformat() == "2026-03-01T10:36:28.583000+00:00"
    assert row["actors"] == ["user:u81", "external:amplitude-45975551903", "anonymous:d-9"]
    assert (dict(row["objects"]), row["account"]) == ({"session": "d-9.1772361388583"}, "Acme")
    said = row["properties"] + row["context"]
    assert "192.0.2.7" not in said
    assert "51.7" not in said
    assert "xample.com" not in said
    assert "Ann" not in said
    assert json.loads(row["context"])["user"] == {"plan": "pro"}


def test_a_user_known_by_an_address_is_known_by_its_hash(read):
    _, (row,), _, _ = read("export.json", lines({**EVENT, "user_id": "Ann@Example.com"}))
    assert row["actors"][0] == f"email:{hashlib.sha256(b'ann@example.com').hexdigest()}"


def test_events_without_session_user_or_uuid_are_still_told_apart(read):
    bare = {**EVENT, "uuid": None, "user_id": None, "session_id": -1}
    _, rows, _, _ = read("export.json", lines(bare, {**bare, "$insert_id": None}))
    assert rows[0]["id"] == "d-9/ea31ba7b"
    assert len(rows[1]["id"]) == 32
    assert "objects" not in rows[0]
    assert rows[0]["actors"] == ["external:amplitude-45975551903", "anonymous:d-9"]


def test_revenue_is_the_value(read):
    bought = {**EVENT, "event_type": "revenue_amount", "event_properties": {"$revenue": 49.5, "$currency": "EUR"}}
    _, (row,), _, _ = read("export.json", lines(bought))
    assert (row["value"], row["unit"]) == (49.5, "EUR")


def test_merged_ids_join_two_people(read):
    merge = {
        "scope": 1,
        "merge_time": 1772361388583,
        "merge_server_time": 1772361388999,
        "amplitude_id": 1,
        "merged_amplitude_id": 2,
    }
    format, rows, refused, _ = read(
        "-189524_2026-03-01_17.json.gz", gzip.compress(lines(merge, {**merge, "amplitude_id": None}).encode())
    )
    assert format == "amplitude"
    assert rows[0]["actors"] == ["external:amplitude-1", "external:amplitude-2"]
    assert rows[0]["occurred_at"].isoformat() == "2026-03-01T10:36:28.583000+00:00"
    assert "one of them is missing" in refused[0].reason


def test_a_bad_time_is_refused_with_words(read):
    _, rows, refused, _ = read("export.json", lines(EVENT, {**EVENT, "event_time": None}))
    assert len(rows) == 1
    assert "'event_time' came as None" in refused[0].reason
