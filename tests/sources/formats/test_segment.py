"""Archives of Segment calls give the very signals that the clients' own requests give."""

import gzip
import json
from datetime import UTC, datetime

from touchpath.services.receiving import Terms
from touchpath.sources.wire.segment import Segment
from touchpath.store.spool import Post

CALL = {
    "type": "track", "event": "Order Completed", "messageId": "m1", "userId": "u81", "anonymousId": "a-9",
    "timestamp": "2026-03-01T09:00:00.123Z", "originalTimestamp": "2026-03-01T08:59:30.000Z", "sentAt": "2026-03-01T08:59:31.000Z",
    "receivedAt": "2026-03-01T09:00:01.000Z", "properties": {"order_id": "o1", "revenue": 49.5, "currency": "EUR"},
    "context": {"ip": "192.0.2.7", "library": {"name": "analytics.js"}, "page": {"url": "https://shop.example/"}},
}  # fmt: skip


def lines(*rows):
    return "".join(json.dumps(one) + "\n" for one in rows)


def test_a_call_is_the_signal_that_it_was_live(read):
    format, (row,), refused, _ = read("1772355600.json.gz", gzip.compress(lines(CALL).encode()))
    assert (format, refused) == ("segment", [])
    body = json.dumps(
        {"batch": [{name: CALL[name] for name in CALL if name not in ("sentAt", "receivedAt", "originalTimestamp")}]}
    )
    post = Post("segment", "k", int(datetime(2026, 3, 1, 9, 0, 1, tzinfo=UTC).timestamp() * 1e6), "/v1/batch", "", body.encode())
    ((_, live),) = Segment().signals(post, Segment().open(post), Terms("k", "segment"))
    assert (row["id"], row["kind"], row["occurred_at"], tuple(row["actors"])) == (
        live.id,
        live.kind,
        live.occurred_at,
        live.actors,
    )
    assert (row["value"], row["unit"], dict(row["objects"]), row["properties"]) == (
        live.value,
        live.unit,
        live.objects,
        live.properties,
    )
    assert "192.0.2.7" not in str(row)


def test_every_type_of_call_is_read_and_bad_ones_are_refused_alone(read):
    calls = [
        {**CALL, "type": "page", "name": "Home", "messageId": "m2"},
        {**CALL, "type": "identify", "traits": {"plan": "pro", "email": "ann@example.com"}, "messageId": "m3"},
        {**CALL, "type": "alias", "previousId": "old", "messageId": "m4"},
        {**CALL, "type": "track", "event": None, "messageId": "m5"},
        {**CALL, "type": "unheard", "messageId": "m6"},
        {**CALL, "timestamp": "soon", "messageId": "m7"},
    ]
    _, rows, refused, _ = read("calls.json", lines(CALL, *calls))
    assert [row["kind"] for row in rows] == ["Order Completed", "page.viewed", "user.identified", "user.aliased"]
    assert [one.line for one in refused] == [5, 6, 7]
    assert "ann@example.com" not in str(rows)
