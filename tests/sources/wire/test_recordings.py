"""Every body that PostHog's and other single-protocol clients were recorded to send, byte by byte through the way in, read back as signals.

Segment's family is held to its recordings in tests/clients/test_wire.py, over a real server.
"""

import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from touchpath.model.signal import Signal
from touchpath.services.keys import WriteKeys
from touchpath.services.receiving import Terms
from touchpath.services.reception import Desk, Reception
from touchpath.sources.vendors.mixpanel import KINDS as MIXPANEL_KINDS
from touchpath.sources.wire import RECEIVERS
from touchpath.store.spool import Post
from touchpath.stores.records import open_records
from touchpath.stores.spool import SpoolFile
from touchpath.web.ingest import Ingest

FOLDER = Path(__file__).parents[4] / "shared" / "reference" / "wire"
FILES = (
    "posthog-js-1.449.2",
    "posthog-node-5.70.0",
    "posthog-python-7.91.1",
    "posthog-python-gzip-7.91.1",
    "posthog-python-capture-v1-7.91.1",
)
pytestmark = pytest.mark.skipif(
    not FOLDER.exists(), reason="the recorded requests are not beside this checkout (../shared/reference/wire)"
)
KINDS = {
    "$pageview": {"page.viewed"}, "$pageleave": {"page.left"}, "$rageclick": {"page.rage_clicked"}, "$dead_click": {"page.dead_clicked"},
    "$exception": {"page.error"}, "$identify": {"user.identified"}, "$set": {"user.described"}, "$set_once": {"user.described"},
    "$create_alias": {"user.aliased"}, "$groupidentify": {"account.joined", "account.described"}, "survey shown": {"survey.sent"},
    "survey sent": {"survey.answered", "survey.completed"}, "$web_vitals": {"page.measured"}, "$autocapture": {"element.clicked", "form.changed"},
}  # fmt: skip


def recorded(file):
    for line in (FOLDER / f"{file}.jsonl").read_bytes().splitlines():
        one = json.loads(line)
        if one["scenario"] == "ok" and one["method"] in ("POST", "GET"):
            yield one


def send(app, one):
    async def ask():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://in.example") as client:
            headers = {
                name: value for name, value in one["headers"] if name.lower() not in ("host", "content-length", "connection")
            }
            address = f"{one['path']}?{one['query_raw']}" if one.get("query_raw") else one["path"]
            return await client.request(
                one["method"], address, headers=headers, content=base64.b64decode(one.get("body_raw_b64") or "")
            )

    return asyncio.run(ask())


@pytest.fixture
def sent_again(tmp_path):
    """Answers of the way in to a client's requests, and the signals that the kept posts become."""
    records = open_records(tmp_path / "records.sqlite")
    keys = WriteKeys(records)
    spool = SpoolFile(tmp_path / "spool.sqlite", reserve_mb=0)
    for key in ("phc_demo", "amp_demo"):
        keys.add(Terms("", key.partition("_")[0]), "test", key)
    app = Ingest(RECEIVERS, Reception([Desk("one", keys, spool)]))
    receivers = {receiver.name: receiver for receiver in RECEIVERS}

    def again(file):
        answers = [(one, send(app, one)) for one in recorded(file)]
        signals = []
        for post in (spooled.post for spooled in spool.waiting(0, 1 << 30)):
            assert b"phc_demo" not in post.body.replace(b'"token":"phc_demo"', b"").replace(b"project/phc_demo", b"")
            receiver = receivers[post.receiver]
            opened = receiver.open(post)
            signals += [found for _, found in receiver.signals(post, opened, keys.terms(post.key))]
        assert all(isinstance(one, Signal) for one in signals)
        return answers, signals

    yield again
    spool.close()
    records.close()


def events_of(one):
    told = one.get("body_json")
    if one["method"] != "POST" or one["path"] in ("/flags/", "/s/"):
        return []
    return [(event, told.get("sent_at") or dict(one["headers"])["PostHog-Request-Timestamp"]) for event in told["batch"]]


def names_of(event):
    """The ids that an event names, in whichever namespace."""
    told = event["properties"]
    distinct = event.get("distinct_id") or told.get("distinct_id")
    alias = told.get("alias") if event["event"] == "$create_alias" else None
    return {id for id in (distinct, told.get("$device_id"), told.get("$anon_distinct_id"), alias) if id}


@pytest.mark.parametrize("file", FILES)
def test_every_recorded_event_of_posthog_is_there_once_under_its_name_person_and_time(sent_again, file):
    answers, signals = sent_again(file)
    for one, answer in answers:
        scripts = one["path"].startswith("/static/")
        assert (answer.status_code, one["path"]) == (404 if scripts else 200, one["path"])
    sent = [found for one, _ in answers for found in events_of(one)]
    assert len(sent) == len({event["uuid"] for event, _ in sent}) > 4
    assert {signal.id.partition("/")[0] for signal in signals} == {event["uuid"] for event, _ in sent}
    for event, sent_at in sent:
        mine = [signal for signal in signals if signal.id.startswith(event["uuid"])]
        assert {signal.kind for signal in mine} <= KINDS.get(event["event"], {event["event"]})
        if "$device_id" in event["properties"] or event["event"] != "$groupidentify":
            named = {actor.partition(":")[2] for actor in mine[0].actors if not actor.startswith("email:")}
            assert named == names_of(event)
        else:
            assert mine[0].actors == ()
        behind = datetime.fromisoformat(sent_at) - datetime.fromisoformat(event["timestamp"])
        assert abs(mine[0].received_at - mine[0].occurred_at - max(behind, timedelta())) < timedelta(milliseconds=1)


def test_one_visit_of_posthog_js_names_one_visitor_and_one_known_person(sent_again):
    _, signals = sent_again("posthog-js-1.449.2")
    assert {actor for signal in signals for actor in signal.actors if actor.startswith("user:")} == {"user:user-42"}
    assert len({actor for signal in signals for actor in signal.actors if actor.startswith("anonymous:")}) == 1
    assert all(any(actor.startswith("anonymous:") for actor in signal.actors) for signal in signals)


def test_amplitudes_recorded_request_becomes_its_events(sent_again):
    answers, signals = sent_again("amplitude-python-1.3.0")
    ((one, answer),) = answers
    assert (answer.status_code, answer.json()["code"]) == (200, 200)
    sent = one["body_json"]["events"]
    assert [signal.id.rpartition("/")[2] for signal in signals] == [event["insert_id"] for event in sent]
    assert [signal.kind for signal in signals] == ["Order Completed", "user.described"]
    assert {signal.actors[0] for signal in signals} == {"user:user-42"}


@pytest.mark.parametrize("file", ["mixpanel-python-5.4.1", "mixpanel-browser-2.83.0"])
def test_mixpanels_recorded_requests_become_their_events_profiles_and_groups(file):
    receivers = {route.path: receiver for receiver in RECEIVERS for route in receiver.routes}
    for one in recorded(file):
        path = one["path"].rstrip("/")
        body = base64.b64decode(one["body_raw_b64"])
        post = Post("x", "k", int(datetime.now(UTC).timestamp() * 1e6), path, one.get("query_raw") or "", body)
        receiver = receivers[path]
        opened = receiver.open(post)
        told = one["body_json"] if isinstance(one["body_json"], list) else [one["body_json"]]
        assert (opened.key, receiver.judge(opened), len(opened.events)) == ("mp_demo", [], len(told))
        signals = [signal for _, signal in receiver.signals(post, opened, Terms("k", "web"))]
        for event, signal in zip(told, signals, strict=True):
            inside = event.get("properties") or {}
            assert signal.id.startswith(inside.get("$insert_id", ""))
            assert signal.kind in (event.get("event"), *MIXPANEL_KINDS.values(), "user.described", "account.described")
            who = inside.get("$user_id") or inside.get("distinct_id") or event.get("$distinct_id") or ""
            assert not who or signal.actors[0].partition(":")[2] == who.removeprefix("$device:")
        assert json.loads(receiver.respond(opened, []).body)["status"] == 1


def test_events_that_were_answered_retry_come_again_and_are_answered_each(sent_again):
    (one,) = [found for found in recorded("posthog-python-capture-v1-7.91.1") if "analytics" in found["path"]]
    answers, _ = sent_again("posthog-python-capture-v1-7.91.1")
    told = next(answer.json() for found, answer in answers if "analytics" in found["path"])
    assert {uuid: result["result"] for uuid, result in told["results"].items()} == {
        event["uuid"]: "ok" for event in one["body_json"]["batch"]
    }
