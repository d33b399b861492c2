"""The way in: exactly 200 once it is durable, failures that old clients understand, and nothing else reachable."""

import asyncio
import gzip
import json
import zlib
from base64 import b64encode

import httpx
import pyarrow as pa
import pytest

from touchpath.model.errors import Unavailable
from touchpath.services.keys import WriteKeys
from touchpath.services.receiving import Terms
from touchpath.services.reception import Desk, Reception
from touchpath.sources.wire import RECEIVERS
from touchpath.stores.records import open_records
from touchpath.stores.spool import SpoolFile
from touchpath.web.ingest import Ingest

KEY = "tp_0123456789"
CALL = {"type": "track", "event": "Seen", "userId": "u1", "messageId": "m1"}
BATCH = json.dumps({"batch": [CALL], "sentAt": "2026-03-01T12:00:00Z"}).encode()


@pytest.fixture
def desk(tmp_path):
    records = open_records(tmp_path / "records.sqlite")
    keys = WriteKeys(records)
    keys.add(Terms("", "web", internal=("203.0.113.0/24",)), "test", KEY)
    keys.add(Terms("", "shop", origins=("https://*.shop.example",)), "test", "only-for-pages")
    spool = SpoolFile(tmp_path / "spool.sqlite", reserve_mb=0)
    yield Desk("one", keys, spool)
    spool.close()
    records.close()


class Client:
    """Asks an ASGI application without a network."""

    def __init__(self, app):
        self._transport = httpx.ASGITransport(app=app)

    def request(self, method, path, **options):
        async def ask():
            async with httpx.AsyncClient(transport=self._transport, base_url="http://in.example") as client:
                return await client.request(method, path, **options)

        return asyncio.run(ask())

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, **options):
        return self.request("POST", path, **options)

    def options(self, path, **options):
        return self.request("OPTIONS", path, **options)


@pytest.fixture
def client(desk):
    return Client(Ingest(RECEIVERS, Reception([desk]), trusts_proxy=True))


def basic(key):
    return {"authorization": f"Basic {b64encode(f'{key}:'.encode()).decode()}"}


def posts(desk):
    return [one.post for one in desk.spool.waiting(0, 1 << 30)]


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (BATCH, basic(KEY)),
        (BATCH, {"authorization": f"Bearer {KEY}"}),
        (json.dumps({"batch": [CALL], "writeKey": KEY}).encode(), {}),
        (gzip.compress(BATCH, mtime=0), basic(KEY)),
        (gzip.compress(BATCH[:40], mtime=0) + gzip.compress(BATCH[40:], mtime=0), basic(KEY)),
        (gzip.compress(BATCH, mtime=0), {**basic(KEY), "content-encoding": "gzip"}),
        (gzip.compress(BATCH, mtime=0), {**basic(KEY), "content-type": "application/x-www-form-urlencoded"}),
        (zlib.compress(BATCH), {**basic(KEY), "content-encoding": "deflate"}),
        (pa.compress(BATCH, codec="zstd", asbytes=True), basic(KEY)),
        (b"".join(pa.compress(part, codec="zstd", asbytes=True) for part in (BATCH[:40], BATCH[40:])), basic(KEY)),
        (pa.compress(BATCH, codec="brotli", asbytes=True), {**basic(KEY), "content-encoding": "br"}),
        (BATCH, {**basic(KEY), "content-type": "text/plain"}),
    ],
)
def test_a_batch_is_taken_however_it_is_signed_and_packed(client, desk, body, headers):
    answer = client.post("/v1/batch", content=body, headers=headers)
    assert (answer.status_code, answer.json()["success"]) == (200, True)
    (post,) = posts(desk)
    assert json.loads(post.body)["batch"] == [CALL]
    assert post.key == "web-1"


@pytest.mark.parametrize(
    ("path", "body", "headers", "status", "code"),
    [
        ("/v1/batch", BATCH, {}, 401, "unknown_key"),
        ("/v1/batch", BATCH, basic("nobody-knows-it"), 401, "unknown_key"),
        ("/v1/batch", b"{", basic(KEY), 400, "bad_input"),
        ("/v1/batch", b"\xff\xfe", basic(KEY), 400, "bad_input"),
        ("/v1/batch", b"", basic(KEY), 400, "bad_input"),
        ("/v1/batch", gzip.compress(BATCH, mtime=0)[:20], basic(KEY), 400, "bad_input"),
        ("/v1/batch", b" " * (5 << 20), basic(KEY), 413, "too_large"),
        ("/v1/batch", gzip.compress(b" " * (64 << 20), mtime=0), basic(KEY), 413, "too_large"),
        ("/v1/batch", gzip.compress(b" " * (1 << 20), mtime=0) * 64, basic(KEY), 413, "too_large"),
        ("/v1/batch", gzip.compress(BATCH, mtime=0) + b"and more", basic(KEY), 400, "bad_input"),
        ("/nowhere", b"{}", basic(KEY), 404, "missing"),
    ],
)
def test_a_failure_always_has_code_message_and_detail(client, desk, path, body, headers, status, code):
    answer = client.post(path, content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["message"] == answer.json()["detail"] != ""
    assert posts(desk) == []


def test_a_full_spool_says_when_to_come_again_and_takes_nothing(client, desk, monkeypatch):
    monkeypatch.setattr(desk.spool, "_reserve", 1 << 62)
    answer = client.post("/v1/batch", content=BATCH, headers=basic(KEY))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert posts(desk) == []
    monkeypatch.undo()
    assert client.post("/v1/batch", content=BATCH, headers=basic(KEY)).status_code == 200


def test_addresses_are_cut_short_before_they_reach_the_disk(client, desk):
    call = {**CALL, "context": {"ip": "198.51.100.77", "note": 'they said "ip": "198.51.100.77"'}}
    body = json.dumps({"batch": [call]}).encode()
    client.post("/v1/batch", content=body, headers={**basic(KEY), "x-forwarded-for": "192.0.2.1, 203.0.113.9"})
    (post,) = posts(desk)
    context = json.loads(post.body)["batch"][0]["context"]
    assert context == {**call["context"], "ip": "198.51.100.0"}
    assert (post.address, post.internal) == ("203.0.113.0", True)


def test_pages_may_ask_from_allowed_origins_only(client):
    asks = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,x-retry-count"}
    preflight = client.options("/v1/t", headers={**asks, "origin": "https://anywhere.example"})
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-headers"] == "authorization,x-retry-count"
    assert int(preflight.headers["access-control-max-age"]) >= 7200
    good, bad = "https://www.shop.example", "https://shop.example.evil"
    taken = client.post("/v1/t", content=json.dumps(CALL), headers={**basic("only-for-pages"), "origin": good})
    assert (taken.status_code, taken.headers["access-control-allow-origin"]) == (200, good)
    refused = client.post("/v1/t", content=json.dumps(CALL), headers={**basic("only-for-pages"), "origin": bad})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")


def test_a_revoked_key_writes_no_more(client, desk):
    desk.keys.revoke("web-1", "test")
    assert client.post("/v1/batch", content=BATCH, headers=basic(KEY)).status_code == 401


def test_the_settings_that_browsers_wait_for_name_this_server(client):
    answer = client.get("/v1/projects/wk/settings", headers={"host": "in.example:8401"})
    assert answer.json()["integrations"]["Segment.io"] == {
        "apiKey": "wk", "apiHost": "in.example:8401/v1", "protocol": "http", "unbundledIntegrations": [],
        "addBundledMetadata": True,
    }  # fmt: skip


def test_our_own_protocol_answers_for_each_signal(client, desk):
    good = {"id": "1", "kind": "store.visited", "occurred_at": "2026-03-01T10:00:00+01:00", "actors": ["user:7"]}
    late = {"id": "2", "kind": "store.visited", "occurred_at": "2199-03-01T10:00:00Z"}
    bad = {"id": "3", "kind": "store.visited", "occurred_at": "2026-03-01T10:00:00Z", "actors": ["me"]}
    answer = client.post("/v1/signals", json={"signals": [good, late, bad], "key": KEY})
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [(one["id"], one["result"]) for one in results] == [("1", "ok"), ("2", "warning"), ("3", "drop")]
    assert "user:ID" in results[2]["message"]
    assert len(posts(desk)) == 1


def test_the_schema_of_our_own_protocol_is_published(client):
    schema = client.get("/v1/signals.schema.json").json()
    assert schema["properties"]["signals"]["items"] == {"$ref": "#/$defs/SignalIn"}
    assert set(schema["$defs"]["SignalIn"]["required"]) == {"id", "kind", "occurred_at"}


def test_what_is_not_for_a_receiver_goes_on_to_the_pages(desk):
    async def pages(scope, receive, send):
        await send({"type": "http.response.start", "status": 299, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    client = Client(Ingest(RECEIVERS, Reception([desk]), pages))
    assert client.get("/w/one/").status_code == 299
    assert client.post("/v1/batch", content=BATCH, headers=basic(KEY)).status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        (f"/hooks/sendgrid/{KEY}", b'[{"event": "open", "sg_event_id": "1", "timestamp": 1772355600}]', {}),
        (f"/hooks/chargebee/{KEY}", b'{"event_type": "x", "id": "1", "occurred_at": 1772355600}', basic("user-of-hook")),
        ("/v1/t", json.dumps({**CALL, "writeKey": KEY}).encode(), {}),
        ("/com.snowplowanalytics.snowplow/tp2", json.dumps({"data": [{"e": "pv", "eid": "1", "aid": KEY}]}).encode(), {}),
    ],
)
def test_a_key_is_kept_nowhere_in_clear(client, desk, path, body, headers):
    assert client.post(path, content=body, headers=headers).status_code == 200
    (post,) = posts(desk)
    assert post.key == "web-1"
    assert KEY not in repr(post)
    assert "authorization" not in post.headers


@pytest.mark.parametrize("name", ["token", "writeKey", "%74oken", "write%4Bey"])
def test_a_key_in_the_address_is_not_kept_however_it_is_written(client, desk, name):
    assert client.post(f"/v1/t?{name}={KEY}&a=1", content=json.dumps(CALL).encode()).status_code == 200
    (post,) = posts(desk)
    assert post.query == "a=1"


def test_a_webhook_with_a_wrong_signature_leaves_nothing_behind(client, desk, monkeypatch):
    monkeypatch.setenv("HOOK_SECRET", "whsec")
    desk.keys.add(Terms("", "stripe", secret="env:HOOK_SECRET"), "test", "stripe-hook-key")
    answer = client.post("/hooks/stripe/stripe-hook-key", content=b"{}", headers={"stripe-signature": "t=1,v1=00"})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert posts(desk) == []


def test_a_key_for_signed_webhooks_takes_nothing_unsigned_elsewhere(client, desk, monkeypatch):
    monkeypatch.setenv("HOOK_SECRET", "whsec")
    desk.keys.add(Terms("", "stripe", secret="env:HOOK_SECRET"), "test", "stripe-hook-key")
    signal = {"id": "forged", "kind": "invoice.paid", "occurred_at": "2026-03-01T10:00:00Z"}
    answer = client.post("/v1/signals", json={"signals": [signal], "key": "stripe-hook-key"})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert posts(desk) == []


def test_a_secret_that_is_gone_is_our_fault_and_its_place_is_not_told(client, desk, monkeypatch):
    monkeypatch.delenv("HOOK_SECRET", raising=False)
    desk.keys.add(Terms("", "stripe", secret="env:HOOK_SECRET"), "test", "stripe-hook-key")
    answer = client.post("/hooks/stripe/stripe-hook-key", content=b"{}", headers={"stripe-signature": "t=1,v1=00"})
    assert (answer.status_code, "HOOK_SECRET" in answer.text) == (503, False)


DEEP = b'{"a":' * 100_000 + b"1" + b"}" * 100_000


@pytest.mark.parametrize(
    "path", [f"/hooks/stripe/{KEY}", f"/hooks/mailgun/{KEY}", "/v1/logs", "/v1/signals", "/v1/batch", "/batch"]
)
@pytest.mark.parametrize("body", [DEEP, b'{"signals":[' + DEEP + b"]}", b'{"resourceLogs":[' + DEEP + b"]}"])
def test_nesting_without_end_is_refused_in_words(client, desk, path, body):
    answer = client.post(path, content=body, headers=basic(KEY))
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_input")
    assert posts(desk) == []


@pytest.mark.parametrize("path", [f"/hooks/typeform/{KEY}", "/v1/logs", "/v1/signals"])
def test_half_a_character_costs_nothing(client, desk, path):
    signal = {"id": "1", "kind": "a.b", "occurred_at": "2026-03-01T10:00:00Z", "text": "HALF"}
    body = json.dumps({"signals": [signal]} if path == "/v1/signals" else {"resourceLogs": [], "said": "HALF"})
    answer = client.post(path, content=body.replace("HALF", "\\ud83d").encode(), headers=basic(KEY))
    assert answer.status_code == 200
    assert answer.json().get("dropped", 0) == 0
    assert len(posts(desk)) == 1


def test_what_nobody_foresaw_is_told_as_every_failure_is(client, desk, monkeypatch):
    def fails(post):
        raise KeyError("secret-text")

    monkeypatch.setattr(desk.spool, "keep", fails)
    answer = client.post("/v1/batch", content=BATCH, headers=basic(KEY))
    assert (answer.status_code, answer.json()["code"], "secret-text" in answer.text) == (500, "failed", False)


def test_bodies_without_a_length_are_bounded_together_too(client, desk, monkeypatch):
    monkeypatch.setattr("touchpath.web.ingest.MOST_BYTES", 1_000)

    async def pieces():
        for _ in range(20):
            yield b" " * 100
        yield BATCH

    answer = client.post("/v1/batch", content=pieces(), headers=basic(KEY))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert client.post("/v1/batch", content=BATCH, headers=basic(KEY)).status_code == 200


def test_a_check_of_an_address_with_head_is_answered(client):
    assert client.request("HEAD", f"/hooks/surveymonkey/{KEY}").status_code == 200


def test_the_text_of_a_key_stays_where_it_is_content(client, desk):
    body = json.dumps({**CALL, "writeKey": KEY, "properties": {"said": KEY, "list": [KEY]}}).encode()
    assert client.post("/v1/t", content=body).status_code == 200
    (post,) = posts(desk)
    assert json.loads(post.body) == {**CALL, "writeKey": "", "properties": {"said": KEY, "list": [KEY]}}


def test_a_key_made_just_now_by_another_process_is_known(desk, monkeypatch):
    monkeypatch.setattr("touchpath.services.reception.LOOK_AGAIN", 0.0)
    client = Client(Ingest(RECEIVERS, Reception([desk])))
    WriteKeys(desk.keys._records).add(Terms("", "fresh"), "test", "made-just-now")
    assert client.post("/v1/batch", content=BATCH, headers=basic("made-just-now")).status_code == 200


def test_keys_known_so_far_hold_while_the_records_cannot_be_read(desk, monkeypatch):
    monkeypatch.setattr("touchpath.services.reception.LOOK_AGAIN", 0.0)
    reception = Reception([desk])

    def unreadable():
        raise Unavailable("busy")

    monkeypatch.setattr(desk.keys, "refresh", unreadable)
    assert reception.find("nobody-knows-it") is None
    assert reception.find(KEY) is not None
