"""XES logs: cases, moments of activities, nested and typed attributes, and XML made to do harm."""

import gzip
import json

import pytest

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<global scope="event"><string key="concept:name" value="none"/></global>
<string key="concept:name" value="a log"/>
"""


def event(name="a", time="2026-03-01T10:00:00+01:00", more=""):
    return f'<event><string key="concept:name" value="{name}"/><date key="time:timestamp" value="{time}"/>{more}</event>'


def log(*events, case='<string key="concept:name" value="c1"/>'):
    return f"{HEAD}<trace>{case}{''.join(events)}</trace></log>"


def test_an_event_keeps_case_time_resource_and_attributes_of_both(read):
    more = (
        '<string key="org:resource" value="Ann"/><float key="cost:total" value="12.5"/><string key="cost:currency" value="EUR"/>'
        '<string key="lifecycle:transition" value="COMPLETE"/><boolean key="urgent" value="true"/>'
        '<string key="place" value="Bonn"><string key="street" value="Weg 1"/></string>'
    )
    case = '<string key="concept:name" value="c1"/><int key="AMOUNT_REQ" value="20000"/>'
    format, (row,), refused, _ = read("log.xes", log(event(more=more), case=case))
    assert (format, refused) == ("xes", [])
    assert (row["kind"], row["value"], row["unit"], row["utc_offset_minutes"]) == ("a", 12.5, "EUR", 60)
    assert row["occurred_at"].isoformat() == "2026-03-01T09:00:00+00:00"
    assert (row["actors"], dict(row["objects"])) == (["external:log-c1"], {"case": "c1"})
    assert json.loads(row["properties"]) == {
        "resource": "Ann", "total": 12.5, "lifecycle": "complete", "urgent": True, "place": "Bonn", "place/street": "Weg 1",
        "case:AMOUNT_REQ": 20000,
    }  # fmt: skip


def test_moments_of_an_activity_can_be_properties_kinds_or_left_out(read):
    moments = [event(more=f'<string key="lifecycle:transition" value="{one}"/>') for one in ("start", "complete")]
    assert [row["kind"] for row in read("log.xes", log(*moments))[1]] == ["a", "a"]
    assert [row["kind"] for row in read("log.xes", log(*moments), lifecycle="kind")[1]] == ["a.start", "a.complete"]
    assert [row["kind"] for row in read("log.xes", log(*moments), lifecycle="completed")[1]] == ["a"]


def test_the_person_can_be_an_attribute_of_event_or_case(read):
    case = '<string key="concept:name" value="c1"/><string key="customer" value="7"/>'
    _, rows, _, _ = read(
        "log.xes", log(event(), event(more='<string key="customer" value="8"/>'), case=case), person="customer", object="claim"
    )
    assert [row["actors"] for row in rows] == [["external:log-7"], ["external:log-8"]]
    assert dict(rows[0]["objects"]) == {"claim": "c1"}


def test_events_alike_in_everything_count_as_often_as_they_stand_there(read):
    _, first, _, _ = read("log.xes", log(event(), event("b"), event()))
    _, reordered, _, _ = read("log.xes", log(event(), event(), event("b")))
    assert len({row["id"] for row in first}) == 3
    assert {row["id"] for row in first} == {row["id"] for row in reordered}


def test_days_with_slashes_are_read_too(read):
    _, (row,), _, _ = read("log.xes", log(event(time="2019/11/03 01:11:19.000")))
    assert row["occurred_at"].isoformat() == "2019-11-03T01:11:19+00:00"


def test_a_log_is_known_before_its_first_trace(read):
    many = "".join(f'<string key="meta_{n}" value="{"x" * 50}"/>' for n in range(6_000))
    format, rows, _, _ = read("log.xml", f'<log>{many}<trace><string key="concept:name" value="c1"/>{event()}</trace></log>')
    assert (format, len(rows)) == ("xes", 1)


def test_an_identity_names_the_event(read):
    _, (row,), _, _ = read("log.xes", log(event(more='<id key="identity:id" value="9f"/>')))
    assert row["id"] == "9f"


def test_local_times_are_of_the_zone_that_was_said(read):
    _, (row,), _, _ = read("log.xes.gz", gzip.compress(log(event(time="2026-07-01T10:00:00")).encode()), zone="Europe/Madrid")
    assert row["occurred_at"].isoformat() == "2026-07-01T08:00:00+00:00"


def test_events_without_name_or_time_are_refused_alone(read):
    bare = '<event><string key="x" value="1"/></event>'
    _, rows, refused, _ = read("log.xes", log(event(), bare, event(time="noon"), event("b")))
    assert [row["kind"] for row in rows] == ["a", "b"]
    assert "no concept:name" in refused[0].reason
    assert "'time:timestamp' came as 'noon'" in refused[1].reason


def test_a_log_that_ends_in_the_middle_gives_what_came_before(read):
    _, rows, refused, _ = read("log.xes", log(event(), event("b"))[:-20])
    assert [row["kind"] for row in rows] == ["a"]
    assert "not XML from here on" in refused[0].reason


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE log [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE log [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE log SYSTEM "http://192.0.2.1/log.dtd">',
    ],
)
def test_declared_entities_are_never_expanded(read, declaration):
    text = log(event("&x;" if "x SYSTEM" in declaration else "a")).replace("<log ", declaration + "<log ", 1)
    _, rows, refused, _ = read("log.xes", text)
    assert rows == []
    assert "declares a document type or entities" in refused[0].reason


@pytest.mark.parametrize("harm", ["<string key='a' value='1'>" * 5_000, "<string key='a' value='1'>" + "x" * 3_000_000])
def test_nesting_and_texts_have_an_end(read, harm):
    _, rows, refused, _ = read("log.xes", log(event(), event("b", more=harm)))
    assert [row["kind"] for row in rows] == ["a"]
    assert "deeper than" in refused[0].reason or "longer than" in refused[0].reason
