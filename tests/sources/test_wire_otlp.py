"""OpenTelemetry's events, as JSON and as protobuf."""

import base64
import json
import struct
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.services.receiving import Fault, Terms
from touchpath.sources.wire.otlp import Otlp
from touchpath.sources.wire.otlp_protobuf import read_logs
from touchpath.store.spool import Post

RECEIVER, MICROS = Otlp(), 1_795_377_431_000_000
WIRE = Path(__file__).parents[3] / "shared/reference/wire"


def text(value):
    return {"stringValue": value}


def a_request(*records, resource=()):
    attributes = [{"key": key, "value": text(value)} for key, value in dict(resource).items()]
    return {"resourceLogs": [{"resource": {"attributes": attributes}, "scopeLogs": [{"logRecords": list(records)}]}]}


RECORD = {
    "timeUnixNano": "1795377007386000999",
    "eventName": "checkout.failed",
    "severityText": "ERROR",
    "body": text("payment failed"),
    "attributes": [
        {"key": "order.id", "value": text("o-1")},
        {"key": "user.id", "value": text("u-1")},
        {"key": "session.id", "value": text("s-1")},
        {"key": "user.email", "value": text("ada@example.com")},
        {"key": "tries", "value": {"intValue": "3"}},
        {"key": "cart", "value": {"kvlistValue": {"values": [{"key": "sku", "value": {"arrayValue": {"values": [text("A")]}}}]}}},
    ],
}


def read(body):
    post = Post("otlp", "k", MICROS, "/v1/logs", "", body)
    opened = RECEIVER.open(post)
    found = [one for _, one in RECEIVER.signals(post, opened, Terms("k", "app"))]
    assert [fault.place for fault in RECEIVER.judge(opened)] == [n for n, one in enumerate(found) if isinstance(one, Fault)]
    return opened, found


def test_an_event_says_who_what_and_when():
    _, (signal,) = read(json.dumps(a_request(RECORD, resource={"service.name": "shop"})).encode())
    assert (signal.kind, signal.surface, signal.objects) == ("checkout.failed", "shop", {"session": "s-1", "order": "o-1"})
    assert signal.actors[0] == "user:u-1"
    assert signal.actors[1].startswith("email:")
    assert signal.occurred_at.isoformat() == "2026-11-22T19:50:07.386000+00:00"
    properties = json.loads(signal.properties)
    assert (properties["body"], properties["tries"], properties["cart"]) == ("payment failed", 3, {"sku": ["A"]})
    assert "ada@example.com" not in signal.properties


def test_plain_logs_are_rejected_and_counted_while_events_stay():
    plain = {name: value for name, value in RECORD.items() if name != "eventName"}
    opened, (event, refused) = read(json.dumps(a_request(RECORD, plain)).encode())
    assert event.kind == "checkout.failed"
    assert "event name" in refused.reason
    answer = json.loads(RECEIVER.respond(opened, RECEIVER.judge(opened)).body)
    assert answer["partialSuccess"]["rejectedLogRecords"] == "1"
    assert json.loads(RECEIVER.alone(opened, 1))["resourceLogs"][0]["scopeLogs"][0]["logRecords"] == [plain]


def test_the_same_record_sent_again_has_the_same_id():
    body = json.dumps(a_request(RECORD)).encode()
    assert read(body)[1][0].id == read(body)[1][0].id
    other = json.dumps(a_request({**RECORD, "timeUnixNano": "1795377007386000000"})).encode()
    assert read(body)[1][0].id != read(other)[1][0].id


def varint(number):
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def field(number, body):
    return varint(number << 3 | 2) + varint(len(body)) + body


def packed(value):
    ((name, inner),) = value.items()
    if name == "stringValue":
        return field(1, inner.encode())
    if name == "boolValue":
        return varint(2 << 3) + varint(int(inner))
    if name == "intValue":
        return varint(3 << 3) + varint(int(inner) & (1 << 64) - 1)
    if name == "doubleValue":
        return varint(4 << 3 | 1) + struct.pack("<d", inner)
    if name == "arrayValue":
        return field(5, b"".join(field(1, packed(one)) for one in inner["values"]))
    return field(6, b"".join(field(1, field(1, one["key"].encode()) + field(2, packed(one["value"]))) for one in inner["values"]))


VALUES = st.recursive(
    st.one_of(
        st.text(max_size=5).map(text),
        st.booleans().map(lambda one: {"boolValue": one}),
        st.integers(-(2**63), 2**63 - 1).map(lambda one: {"intValue": str(one)}),
        st.floats(allow_nan=False).map(lambda one: {"doubleValue": one}),
    ),
    lambda some: st.one_of(
        st.lists(some, max_size=3).map(lambda many: {"arrayValue": {"values": many}}),
        st.lists(st.builds(lambda key, value: {"key": key, "value": value}, st.text(max_size=3), some), max_size=3).map(
            lambda many: {"kvlistValue": {"values": many}}
        ),
    ),
    max_leaves=8,
)


@given(VALUES, st.integers(0, 2**64 - 1))
def test_protobuf_says_the_same_as_json(value, nanos):
    record = varint(1 << 3 | 1) + struct.pack("<Q", nanos) + field(5, packed(value)) + field(12, b"seen")
    body = field(1, field(1, field(1, field(1, b"service.name") + field(2, packed(text("shop"))))) + field(2, field(2, record)))
    (logs,) = read_logs(body)["resourceLogs"]
    assert logs["resource"]["attributes"] == [{"key": "service.name", "value": text("shop")}]
    (found,) = logs["scopeLogs"][0]["logRecords"]
    assert (found["body"], found["timeUnixNano"], found["eventName"]) == (value, str(nanos), "seen")


@given(st.binary(max_size=60))
def test_damaged_bodies_are_refused_with_words(body):
    for damaged in (b"\x0a" + body, body):
        with suppress(BadInput):
            opened, found = read(damaged)
            assert len(found) == len(opened.events)


@pytest.mark.parametrize(
    "body",
    [b"[]", b"{", b'{"resourceLogs": 5}', b'{"resourceLogs": [5]}', b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[1]}]}]}'],
)
def test_another_form_is_refused_with_words(body):
    with pytest.raises(BadInput):
        read(body)


@pytest.mark.parametrize("name", ["opentelemetry-js-otlp-http-json-0.223.1", "opentelemetry-python-otlp-http-1.45.2"])
def test_what_the_published_exporters_sent_is_understood(name):
    file = WIRE / f"{name}.jsonl"
    if not file.exists():
        pytest.skip("the recorded requests are not beside this project")
    sent = [
        one for one in map(json.loads, file.read_text().splitlines()) if one["scenario"] == "ok" and one["path"] == "/v1/logs"
    ]
    assert sent
    for one in sent:
        _, (signal,) = read(base64.b64decode(one.get("body_raw_b64") or one["body_b64"]))
        assert (signal.kind, signal.objects, signal.surface) == ("checkout.failed", {"order": "o-1001"}, "demo-shop")
