"""Segment's and RudderStack's calls: ids, money, traits, times, pixels, limits, and what clients write that the specification does not."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

import pytest

from touchpath.model.errors import BadInput
from touchpath.sources.wire.segment import MOST_EVENTS, Segment
from touchpath.store.spool import Post

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SEGMENT = Segment()
ADA = f"email:{hashlib.sha256(b'ada@example.com').hexdigest()}"


def call(**more):
    return {"type": "track", "event": "Seen", "userId": "u1", "messageId": "m1", **more}


def batch(*calls, **more):
    return {"batch": list(calls), **more}


@pytest.mark.parametrize(
    ("more", "kind", "actors", "account"),
    [
        ({}, "Seen", ("user:u1",), None),
        ({"event": 404}, "404", ("user:u1",), None),
        ({"userId": 42, "anonymousId": "a"}, "Seen", ("user:42", "anonymous:a"), None),
        ({"userId": 42.0}, "Seen", ("user:42",), None),
        ({"userId": " u1 "}, "Seen", ("user:u1",), None),
        ({"userId": "Ada@example.com"}, "Seen", (ADA,), None),
        ({"userId": None, "anonymousId": "ada@example.com"}, "Seen", (ADA,), None),
        ({"type": "identify", "traits": {"email": " ADA@example.com"}}, "user.identified", ("user:u1", ADA), None),
        ({"type": "identify", "context": {"traits": {"email": "ada@example.com"}}}, "user.identified", ("user:u1", ADA), None),
        ({"type": "page"}, "page.viewed", ("user:u1",), None),
        ({"type": "screen"}, "screen.viewed", ("user:u1",), None),
        ({"type": "group", "groupId": 7}, "account.joined", ("user:u1",), "7"),
        ({"context": {"groupId": "g"}}, "Seen", ("user:u1",), "g"),
        ({"type": "alias", "previousId": "old"}, "user.aliased", ("user:u1", "user:old", "anonymous:old"), None),
        (
            {"type": "merge", "mergeProperties": [{"type": "email", "value": "ada@example.com"}, {"type": "crm", "value": 5}, 7]},
            "user.aliased", ("user:u1", ADA, "external:crm-5"), None,
        ),
    ],
)  # fmt: skip
def test_a_call_is_a_signal_of_whom_it_names(ask, more, kind, actors, account):
    (signal,) = ask(SEGMENT, "/v1/batch", batch(call(**more))).signals
    assert (signal.kind, signal.actors, signal.account) == (kind, actors, account)


def test_a_phone_number_that_joins_people_is_kept_as_a_hash(ask):
    merge = call(type="merge", mergeProperties=[{"type": "mobile", "value": "+1-202-555-0146"}])
    (signal,) = ask(SEGMENT, "/v1/merge", merge).signals
    assert signal.actors[1] == f"external:phone-{hashlib.sha256(b'12025550146').hexdigest()}"
    assert "2025550146" not in str(signal)


@pytest.mark.parametrize(
    ("properties", "value", "unit", "order"),
    [
        ({"order_id": "o1", "revenue": 9.5, "total": 12, "currency": "EUR"}, 9.5, "EUR", "o1"),
        ({"orderId": 7, "total": "12.50", "currency": "usd"}, 12.5, "USD", "7"),
        ({"value": 3}, 3.0, None, None),
        ({"value": True, "revenue": "much"}, None, None, None),
        ({"revenue": 10**400}, None, None, None),
        ({"order_id": "x" * 600, "currency": "y" * 100, "total": 1}, 1.0, None, None),
    ],
)
def test_orders_and_money_are_read_by_the_conventions_of_shops(ask, properties, value, unit, order):
    (signal,) = ask(SEGMENT, "/v1/t", call(properties=properties)).signals
    assert (signal.value, signal.unit, signal.objects.get("order")) == (value, unit, order)


def test_addresses_are_hashed_wherever_they_stand_and_names_are_not_kept(ask):
    said = call(
        type="identify",
        traits={"email": "ada@example.com", "firstName": "Ada", "plan": "pro"},
        context={"traits": {"phone": "1"}, "page": {"user": "ada@example.com"}, "library": {"name": "@segment/analytics-node"}},
    )
    whole = batch(said, call(messageId="m2", properties={"to": ["ada@example.com"]}), context={"owner": "ada@example.com"})
    asked = ask(SEGMENT, "/v1/batch", whole)
    assert asked.properties() == {"email": "[not kept]", "firstName": "[not kept]", "plan": "pro"}
    assert asked.context() == {
        "owner": ADA, "page": {"user": ADA}, "traits": {"phone": "[not kept]"}, "library": {"name": "@segment/analytics-node"},
    }  # fmt: skip
    assert asked.properties(1) == {"to": [ADA]}
    assert "example.com" not in str(asked.signals)
    kept = ask(SEGMENT, "/v1/batch", whole, personal_traits=True)
    assert kept.properties()["firstName"] == "Ada"


def test_what_a_batch_says_of_all_its_calls_is_merged_into_each(ask):
    asked = ask(
        SEGMENT,
        "/v1/batch",
        batch(call(context={"locale": "de"}), call(messageId="m2"), context={"locale": "en", "app": {"name": "x"}}),
    )
    assert [asked.context(place) for place in (0, 1)] == [
        {"locale": "de", "app": {"name": "x"}},
        {"locale": "en", "app": {"name": "x"}},
    ]
    again = json.loads(SEGMENT.alone(asked.opened, 1))
    assert again["context"] == {"locale": "en", "app": {"name": "x"}}


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (call(type="eat"), "type came as 'eat'"),
        (call(type=None), "type came as ''"),
        (call(event=None), "needs the name"),
        (call(event="  "), "needs the name"),
        (call(event="a\tb"), "control character"),
        (call(event="x" * 129), "129 characters"),
        (call(event={"name": "Seen"}), "wrong form"),
        (call(userId=None), "Neither"),
        (call(userId=" ", anonymousId=""), "Neither"),
        (call(userId="x" * 501), "500 characters"),
        (call(userId={"$oid": "1"}), "wrong form"),
        (call(userId=10**600), "500 characters"),
        (call(type="group"), "groupId"),
        (call(type="alias"), "previousId"),
        (call(properties=["a"]), "it needs an object, but a list that holds something came (in properties)"),
        (call(traits=5), "it needs an object, but a whole number came (in traits)"),
        (call(context=[[]]), "it needs an object, but a list that holds something came"),
        (call(context="web"), "it needs an object, but a text came"),
        (call(properties={"x": "y" * 33_000}), "32,768 bytes"),
        (None, "wrong form"),
        ("call", "wrong form"),
    ],
)
def test_one_bad_call_costs_nothing_else(ask, found, reason):
    asked = ask(SEGMENT, "/v1/batch", batch(call(), found, call(messageId="m3")))
    assert [signal.id for signal in asked.signals] == ["m1", "m3"]
    ((place, said),) = asked.faults
    assert place == 1
    assert reason in said
    assert [fault.place for fault in asked.warned] == [1]
    alone = Post("segment", "k", 0, "/v1/batch", "", SEGMENT.alone(asked.opened, 1))
    assert len(SEGMENT.judge(SEGMENT.open(alone))) == 1


@pytest.mark.parametrize("type", ["track", "identify", "page", "group"])
def test_an_empty_array_is_an_empty_object_as_php_writes_it(ask, type):
    php = call(type=type, groupId="g", properties=[], traits=[], context=[])
    empty = call(type=type, groupId="g", properties={}, traits={}, context={})
    for path, body in (
        ("/v1/batch", batch(php, context=[])),
        ("/v1/batch", batch(php, context={"locale": "en"})),
        ("/v1/track", php),
    ):
        asked = ask(SEGMENT, path, body)
        assert (asked.faults, asked.warned) == ([], [])
        like = ask(SEGMENT, path, {**body, "batch": [empty]} if "batch" in body else empty)
        assert asked.signals == like.signals


@pytest.mark.parametrize(
    "raw",
    [
        b'{"type":"track","event":"Seen","userId":"u1","messageId":"m1","properties":{"note":"half \\ud83d"}}',
        b'{"type":"track","event":"Seen","userId":"u1","messageId":"m1","properties":{"note":"\xff"}}',
        b'{"type":"track","event":"Seen","userId":"u1","messageId":"m1","properties":{"note":NaN}}',
        b'{"type":"track","event":"Seen","userId":"u1","messageId":"m1","properties":{"note":-Infinity}}',
        b'{"type":"track","event":"Seen","userId":"u1","messageId":"m1","properties":{"note":1e999}}',
        b'{"type":"track","event":"Seen","userId":"u1","messageId":"m1","properties":{"note":1' + b"0" * 5000 + b"}}",
        b'{"type":"track","event":"Seen","userId":"u1","messageId":"m1","properties":{"note":"a\nb"}}',
    ],
)
def test_json_that_the_standard_forbids_costs_no_call(ask, raw):
    good = json.dumps(call(messageId="m2")).encode()
    asked = ask(SEGMENT, "/v1/batch", b'\xef\xbb\xbf{"batch":[' + raw + b"," + good + b"]}")
    assert [signal.id for signal in asked.signals] == ["m1", "m2"]
    assert (asked.faults, asked.warned) == ([], [])
    assert list(asked.properties()) == ["note"]


def test_a_large_body_is_mended_where_that_takes_little_memory(ask):
    calls = [call(messageId=f"m{number}", properties={"x": "y" * 2000}) for number in range(1000)]
    body = json.dumps(batch(*calls, call(messageId="half", properties={"note": "@"}))).encode()
    asked = ask(SEGMENT, "/v1/batch", body.replace(b'"@"', b'"\\ud83d"'))
    assert len(asked.signals) == 1001
    assert asked.properties(1000) == {"note": "\N{REPLACEMENT CHARACTER}"}
    with pytest.raises(BadInput, match="no batch"):
        SEGMENT.open(Post("segment", "k", 0, "/v1/batch", "", body.replace(b'"@"', b"NaN")))


def test_nesting_without_end_is_refused_in_words():
    for body in (b"[" * 100_000, b'{"batch":[{"type":"track","properties":' + b'{"a":' * 50_000):
        with pytest.raises(BadInput, match="too deep"):
            SEGMENT.open(Post("segment", "k", 0, "/v1/batch", "", body))


def test_more_calls_than_a_batch_may_have_are_refused_one_by_one(ask):
    asked = ask(SEGMENT, "/v1/batch", batch(*(call(messageId=f"m{number}") for number in range(MOST_EVENTS + 2))))
    assert len(asked.signals) == MOST_EVENTS
    assert [place for place, _ in asked.faults] == [MOST_EVENTS, MOST_EVENTS + 1]


def test_a_context_for_all_calls_is_bounded_like_a_call():
    body = json.dumps(batch(call(), context={"x": "y" * 40_000})).encode()
    with pytest.raises(BadInput, match="context of the batch"):
        SEGMENT.open(Post("segment", "k", 0, "/v1/batch", "", body))


@pytest.mark.parametrize(
    ("more", "sent", "moment", "note"),
    [
        ({"timestamp": "2026-03-01T10:00:00Z"}, "2026-03-01T10:00:05Z", NOON - timedelta(seconds=5), None),
        ({"originalTimestamp": "2026-03-01T10:00:00Z"}, "2026-03-01T10:00:05Z", NOON - timedelta(seconds=5), None),
        ({"timestamp": "2026-03-01T11:00:00Z", "sentAt": "2026-03-01T11:30:00Z"}, None, NOON - timedelta(minutes=30), None),
        ({"timestamp": "2026-03-01T11:00:00Z", "sentAt": "x"}, "2026-03-01T11:00:09Z", NOON - timedelta(seconds=9), None),
        ({"timestamp": "what", "originalTimestamp": "2026-03-01T10:00:00Z"}, None, NOON - timedelta(hours=2), None),
        ({"timestamp": 1772359200}, None, NOON - timedelta(hours=2), None),
        ({"timestamp": "1772359200000"}, None, NOON - timedelta(hours=2), None),
        ({"timestamp": "2026-03-01T10:00:00+02:00"}, None, NOON - timedelta(hours=4), None),
        ({"timestamp": "2026-03-01 10:00:00"}, {"at": 1}, NOON - timedelta(hours=2), None),
        ({"timestamp": True}, None, NOON, "unreadable"),
        ({"timestamp": "0001-01-01T00:00:00Z"}, None, NOON, "unreadable"),
        ({"timestamp": "0001-01-01T00:00:00Z"}, "9999-12-31T23:59:59Z", NOON, "unreadable"),
        ({"timestamp": "9999-12-31T23:59:59Z"}, None, NOON, "future"),
        ({}, "2026-03-01T10:00:00Z", NOON, None),
    ],
)
def test_times_are_put_right_and_odd_ones_marked(ask, more, sent, moment, note):
    asked = ask(SEGMENT, "/v1/batch", batch(call(**more), sentAt=sent))
    assert (asked.signals[0].occurred_at, asked.properties().get("$time")) == (moment, note)


def test_a_call_without_an_id_gets_the_same_one_on_each_retry(ask):
    bare = {"type": "track", "event": "Seen", "userId": "u1"}
    first, again, other = (
        ask(SEGMENT, "/v1/t", {**bare, **more}).signals[0].id
        for more in (
            {"sentAt": "2026-03-01T10:00:00Z", "messageId": None},
            {"sentAt": "2026-03-01T10:00:09Z", "_metadata": {"retryCount": 1}},
            {"properties": {"x": 1}},
        )
    )
    assert first == again != other
    assert (
        ask(SEGMENT, "/v1/t", call(messageId="x" * 600)).signals[0].id
        != ask(SEGMENT, "/v1/t", call(messageId="y" * 600)).signals[0].id
    )


@pytest.mark.parametrize(
    "query",
    [
        "writeKey=k&data=" + quote(base64.b64encode(json.dumps(call(type=None, event="Opened")).encode())),
        urlencode({"writeKey": "k", "event": "Opened", "userId": "u1", "messageId": "m1", "properties.plan": "pro"}),
    ],
)
@pytest.mark.parametrize("path", ["/pixel/v1/track", "/v1/pixel/track"])
def test_an_image_brings_a_call(ask, path, query):
    asked = ask(SEGMENT, path, b"", query)
    assert [(signal.id, signal.kind) for signal in asked.signals] == [("m1", "Opened")]
    assert asked.reply.body.startswith(b"GIF89a")
    again = ask(SEGMENT, path, asked.opened.plain)
    assert again.signals == asked.signals


def test_fields_of_an_address_are_nested_by_their_dots(ask):
    query = (
        "anonymousId=a&name=Mail&context.page.url=https%3A%2F%2Fs.example%2F&properties.a.b.c=1&properties=2&context.page.url.x=3"
    )
    asked = ask(SEGMENT, "/pixel/v1/page", b"", query)
    assert asked.context()["page"] == {"url": "https://s.example/"}
    assert asked.properties() == {"a": {"b": {"c": "1"}}, "name": "Mail"}


@pytest.mark.parametrize(
    "consent",
    [
        {"consent": {"categoryPreferences": {"analytics": False}}},
        {"consentManagement": {"deniedConsentIds": ["analytics"], "allowedConsentIds": ["ads"]}},
    ],
)
def test_consent_is_obeyed_as_both_families_say_it(ask, consent):
    asked = ask(SEGMENT, "/v1/batch", batch(call(context=consent), call(messageId="m2")), consent="analytics")
    assert [signal.id for signal in asked.signals] == ["m2"]


def test_a_refused_single_call_is_kept_without_its_key():
    body = json.dumps({"event": "Seen", "writeKey": "secret-key"}).encode()
    opened = SEGMENT.open(Post("segment", "k", 0, "/v1/track", "", body))
    assert opened.key == "secret-key"
    assert json.loads(SEGMENT.alone(opened, 0)) == {"event": "Seen"}
    jitsu = SEGMENT.open(Post("segment", "k", 0, "/api/s/unheard", "", body))
    again = SEGMENT.open(Post("segment", "k", 0, "/api/s/unheard", "", SEGMENT.alone(jitsu, 0)))
    assert [fault.reason for fault in SEGMENT.judge(again)] == [fault.reason for fault in SEGMENT.judge(jitsu)] != []
