"""Snowplow's events become signals; what cannot be read is refused alone."""

import base64
import json
from pathlib import Path

import msgspec
import pytest

from touchpath.model.errors import BadInput
from touchpath.services.receiving import Fault, Terms
from touchpath.sources.wire.snowplow import Snowplow
from touchpath.store.spool import Post

RECEIVER = Snowplow()
MICROS = 1_795_377_431_000_000
EVENT = {
    "e": "pv",
    "eid": "e-1",
    "aid": "demo-shop",
    "p": "web",
    "duid": "d-1",
    "sid": "s-1",
    "url": "https://shop.example/",
    "dtm": "1795377429000",
    "stm": "1795377430000",
}
ORDER = {
    "schema": "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0",
    "data": {"schema": "iglu:com.example/order_completed/jsonschema/1-0-0", "data": {"order_id": "o-1", "total": 59.9}},
}
PLAN = {
    "schema": "iglu:x/contexts/jsonschema/1-0-1",
    "data": [{"schema": "iglu:com.example/user/jsonschema/1-0-0", "data": {"plan": "pro"}}],
}
WIRE = Path(__file__).parents[3] / "shared/reference/wire"


def packed(document):
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


def read(*events, headers=None):
    body = json.dumps({"schema": "iglu:x", "data": events}).encode()
    post = Post("snowplow", "k", MICROS, "/com.snowplowanalytics.snowplow/tp2", "", body, headers or {})
    opened = RECEIVER.open(post)
    found = [one for _, one in RECEIVER.signals(post, opened, Terms("k", "web"))]
    refused = [place for place, one in enumerate(found) if isinstance(one, Fault)]
    assert [fault.place for fault in RECEIVER.judge(opened)] == refused
    return opened, found


def test_a_page_view_is_put_right_by_the_clock_of_the_device():
    opened, (signal,) = read(EVENT)
    assert opened.key == "demo-shop"
    assert (signal.kind, signal.id, signal.actors, signal.objects, signal.channel) == (
        "page.viewed", "e-1", ("anonymous:d-1",), {"session": "s-1"}, "web",
    )  # fmt: skip
    assert signal.occurred_at.isoformat() == "2026-11-22T19:57:10+00:00"
    assert json.loads(signal.context)["url"] == "https://shop.example/"


@pytest.mark.parametrize(
    "form", [{"ue_pr": json.dumps(ORDER), "co": json.dumps(PLAN)}, {"ue_px": packed(ORDER), "cx": packed(PLAN)}]
)
def test_a_self_describing_event_is_called_by_its_schema(form):
    _, (signal,) = read({**EVENT, "e": "ue", "uid": "u-1", **form})
    assert (signal.kind, signal.actors) == ("order_completed", ("user:u-1", "anonymous:d-1"))
    assert json.loads(signal.properties) == {"order_id": "o-1", "schema": "com.example/order_completed", "total": 59.9}
    assert json.loads(signal.context)["contexts"] == {"user": {"plan": "pro"}}


def test_a_structured_event_is_called_by_its_action():
    _, (signal,) = read({**EVENT, "e": "se", "se_ca": "shop", "se_ac": "add-to-basket", "se_va": "2"})
    assert (signal.kind, signal.value) == ("add-to-basket", 2.0)
    assert json.loads(signal.properties) == {"category": "shop", "value": "2"}


def test_somebody_who_wants_to_be_anonymous_has_no_device():
    _, (signal,) = read({**EVENT, "ip": "203.0.113.7"}, headers={"sp-anonymous": "*"})
    assert signal.actors == ()
    assert "203.0.113" not in signal.context


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"e": "pv"}, "eid"),
        ({**EVENT, "e": "xx"}, "'xx'"),
        ({**EVENT, "e": "se"}, "se_ac"),
        ({**EVENT, "e": "ue", "ue_px": "%%%"}, "ue_px"),
        ({**EVENT, "e": "ue", "ue_pr": "{"}, "ue_pr"),
        (5, "int"),
    ],
)
def test_a_bad_event_is_refused_alone(bad, words):
    opened, (first, refused, last) = read(EVENT, bad, {**EVENT, "eid": "e-2"})
    assert words in refused.reason
    assert (first.id, last.id) == ("e-1", "e-2")
    assert msgspec.json.decode(RECEIVER.alone(opened, 1)) == {"data": [bad]}


def test_a_pixel_carries_one_event_in_its_address():
    post = Post("snowplow", "k", MICROS, "/i", "e=pv&eid=e-9&aid=demo-shop&duid=d-1&page=A%20B", b"")
    opened = RECEIVER.open(post)
    assert RECEIVER.respond(opened, ()).body.startswith(b"GIF89a")
    kept = Post("snowplow", "k", MICROS, "/i", "", opened.plain)
    (signal,) = [one for _, one in RECEIVER.signals(kept, RECEIVER.open(kept), Terms("k", "web"))]
    assert (signal.id, json.loads(signal.context)["page"]) == ("e-9", "A B")


def test_a_body_that_is_no_payload_is_refused_whole():
    with pytest.raises(BadInput, match="data"):
        RECEIVER.open(Post("snowplow", "k", MICROS, "/com.snowplowanalytics.snowplow/tp2", "", b"[]"))


@pytest.mark.parametrize(
    "name",
    [
        "snowplow-browser-tracker-4.10.1",
        "snowplow-tracker-python-post-1.1.0",
        "snowplow-browser-tracker-get-4.10.1",
        "snowplow-tracker-python-get-1.1.0",
    ],
)
def test_what_the_published_trackers_sent_is_understood_whole(name):
    file = WIRE / f"{name}.jsonl"
    if not file.exists():
        pytest.skip("the recorded requests are not beside this project")
    requests = [
        one
        for one in map(json.loads, file.read_text().splitlines())
        if one["scenario"] == "ok" and one["method"] in ("POST", "GET")
    ]
    kinds = set()
    for one in requests:
        body = (
            base64.b64decode(one["body_raw_b64"])
            if one.get("body_raw_b64")
            else json.dumps(one.get("body_json")).encode()
            if one.get("body_json")
            else b""
        )
        post = Post("snowplow", "k", MICROS, one["path"], one.get("query_raw") or "", body)
        opened = RECEIVER.open(post)
        assert RECEIVER.judge(opened) == []
        assert opened.key == "demo-shop"
        kinds |= {found.kind for _, found in RECEIVER.signals(post, opened, Terms("k", "web"))}
    assert {"page.viewed", "order_completed"} <= kinds


def test_vitals_of_a_page_are_one_signal_a_measure():
    vitals = {
        "schema": "iglu:com.snowplowanalytics.snowplow/web_vitals/jsonschema/1-0-0",
        "data": {"lcp": 112.5, "cls": 0.1, "navigationType": "reload"},
    }
    told = {"schema": "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0", "data": vitals}
    _, found = read({**EVENT, "e": "ue", "ue_px": packed(told)})
    assert sorted((one.id, one.kind, one.value, one.unit) for one in found) == [
        ("e-1/CLS", "page.measured", 0.1, "score"), ("e-1/LCP", "page.measured", 112.5, "milliseconds"),
    ]  # fmt: skip
    assert json.loads(found[0].properties)["navigationType"] == "reload"
    empty = {**told, "data": {**vitals, "data": {}}}
    _, (one,) = read({**EVENT, "e": "ue", "ue_px": packed(empty)})
    assert (one.id, one.value) == ("e-1", None)


def test_addresses_are_kept_as_hashes_only():
    said = {"schema": "iglu:com.example/mail/jsonschema/1-0-0", "data": {"to": "ada@example.com"}}
    told = {**ORDER, "data": said}
    _, (one,) = read({**EVENT, "e": "ue", "uid": "Ada@example.com", "ue_px": packed(told)})
    assert one.actors[0].startswith("email:")
    assert "example.com" not in str(one.properties).replace("com.example", "")
    assert json.loads(one.properties)["to"] == one.actors[0]
