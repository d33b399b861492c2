"""Mixpanel's and Amplitude's clients: told from PostHog's by shape, their events, profiles and groups, and the answers they expect."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from touchpath.sources.formats.mixpanel import actors_of
from touchpath.sources.wire.amplitude import Amplitude
from touchpath.sources.wire.by_shape import ByShape
from touchpath.sources.wire.mixpanel import Mixpanel

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHARED, MIXPANEL, AMPLITUDE = ByShape(), Mixpanel(), Amplitude()
ADA = f"email:{hashlib.sha256(b'ada@example.com').hexdigest()}"
UUID = "57c5a9a0-c91c-406a-b1f3-29cb3f63f940"


def event(name="Order Completed", **inside):
    return {
        "event": name,
        "properties": {"token": "mp-token", "distinct_id": "u1", "time": 1772359200, "$insert_id": "i1", **inside},
    }


def form(value):
    return b"data=" + quote(base64.b64encode(json.dumps(value).encode())).encode()


@pytest.mark.parametrize(
    "body", [form([event()]), b"data=" + quote(json.dumps(event())).encode(), json.dumps([event()]).encode()]
)
def test_an_event_of_mixpanel_is_known_by_its_shape(ask, body):
    asked = ask(SHARED, "/track", body, "verbose=1")
    (signal,) = asked.signals
    assert (asked.opened.key, signal.id, signal.kind, signal.actors) == (
        "mp-token",
        "i1/1772359200/Order Completed",
        "Order Completed",
        ("user:u1",),
    )
    assert signal.occurred_at == NOON - timedelta(hours=2)
    assert json.loads(asked.reply.body)["status"] == 1
    assert "mp-token" not in str(signal)


def test_an_event_of_posthog_on_the_same_address_stays_one(ask):
    old = {"event": "$pageview", "properties": {"token": "phc", "distinct_id": "u1", "$lib": "web", "time": 5}}
    assert ask(SHARED, "/track", old).signals[0].kind == "page.viewed"
    assert ask(SHARED, "/batch", {"api_key": "k", "batch": [{"event": "x", "distinct_id": 1}]}).signals[0].kind == "x"


@pytest.mark.parametrize(
    ("name", "inside", "actors"),
    [
        ("seen", {"distinct_id": f"$device:{UUID}", "$device_id": UUID}, (f"anonymous:{UUID}",)),
        ("seen", {"$user_id": "u1", "$device_id": UUID}, ("user:u1", f"anonymous:{UUID}")),
        ("seen", {"distinct_id": "ada@example.com"}, (ADA,)),
        ("$identify", {"$identified_id": "u1", "$anon_id": UUID}, ("user:u1", f"anonymous:{UUID}")),
        ("$merge", {"$distinct_ids": ["u1", UUID, None]}, ("user:u1", f"anonymous:{UUID}")),
    ],
)
def test_people_are_named_as_in_exports(ask, name, inside, actors):
    asked = ask(MIXPANEL, "/import", [event(name, **inside)])
    assert asked.signals[0].actors == actors == tuple(dict.fromkeys(actors_of(name, event(name, **inside)["properties"])))


def test_what_mixpanel_notices_by_itself_has_our_names_and_its_clock_is_put_right(ask):
    seen = event(
        "$mp_web_page_view", **{"$current_url": "https://s.example/", "mp_lib": "web", "$browser": "Chrome", "time": 1772359200.5}
    )
    asked = ask(SHARED, "/track", form([seen]), "verbose=1&_=1772359205500")
    (signal,) = asked.signals
    assert (signal.kind, signal.channel, signal.occurred_at) == ("page.viewed", "web", NOON - timedelta(seconds=5))
    assert (asked.properties()["url"], asked.context()["$browser"]) == ("https://s.example/", "Chrome")


def test_profiles_and_groups_are_described(ask):
    profile = {
        "$token": "mp-token",
        "$distinct_id": "u1",
        "$time": 1772359200,
        "$set": {"plan": "pro", "$email": "Ada@example.com", "$name": "Ada"},
    }
    counted = {"$token": "mp-token", "$distinct_id": "u1", "$add": {"orders": 1}}
    asked = ask(SHARED, "/engage", form([profile, counted]))
    assert [(one.kind, one.actors) for one in asked.signals] == [
        ("user.described", ("user:u1", ADA)),
        ("user.described", ("user:u1",)),
    ]
    assert asked.properties() == {"plan": "pro", "$email": "[not kept]", "$name": "[not kept]"}
    assert asked.properties(1) == {"$add": {"orders": 1}}
    group = {"$token": "mp-token", "$group_key": "company", "$group_id": "org-7", "$set": {"name": "Example GmbH"}}
    asked = ask(MIXPANEL, "/groups", form(group))
    assert [(one.kind, one.actors, one.account) for one in asked.signals] == [("account.described", (), "org-7")]
    assert asked.properties()["name"] == "Example GmbH"
    again = ask(MIXPANEL, "/groups", form(group), "_=1772359209999")
    assert again.signals[0].id == asked.signals[0].id


def test_a_strict_import_is_told_what_was_refused_though_the_rest_is_taken(ask):
    lines = b"\n".join(json.dumps(one).encode() for one in (event(), {"event": "x"}, event("later", **{"$insert_id": "i2"})))
    asked = ask(MIXPANEL, "/import", lines, "strict=1&project_id=1")
    told = json.loads(asked.reply.body)
    assert (asked.reply.status, told["num_records_imported"], [one["index"] for one in told["failed_records"]]) == (400, 2, [1])
    assert told["message"] == told["detail"] != ""
    assert [one.id.partition("/")[0] for one in asked.signals] == ["i1", "i2"]
    assert ask(MIXPANEL, "/import", lines).reply.status == 200


AMPLITUDE_EVENT = {
    "user_id": "user-42", "device_id": "dev-1", "event_type": "Order Completed", "insert_id": "a1", "time": 1772359200000, "session_id": 1772359000000,
    "event_properties": {"order_id": "o1"}, "revenue": 59.9, "groups": {"company": ["org-7"]}, "user_properties": {"$set": {"plan": "pro"}},
    "platform": "iOS", "language": "de",
}  # fmt: skip


@pytest.mark.parametrize(("receiver", "path"), [(AMPLITUDE, "/2/httpapi"), (SHARED, "/batch")])
def test_an_event_of_amplitude_is_a_signal_and_the_code_is_in_the_body(ask, receiver, path):
    asked = ask(receiver, path, {"api_key": "amp-key", "events": [AMPLITUDE_EVENT], "client_upload_time": "2026-03-01T10:00:07Z"})
    (signal,) = asked.signals
    assert (asked.opened.key, signal.id, signal.kind, signal.actors) == (
        "amp-key",
        "dev-1/a1",
        "Order Completed",
        ("user:user-42", "anonymous:dev-1"),
    )
    assert (signal.value, signal.account, dict(signal.objects)) == (
        59.9,
        "org-7",
        {"order": "o1", "session": "dev-1.1772359000000"},
    )
    assert signal.occurred_at == NOON - timedelta(seconds=7)
    assert asked.context()["traits"] == {"plan": "pro"}
    told = json.loads(asked.reply.body)
    assert (told["code"], told["events_ingested"]) == (200, 1)


def test_amplitudes_own_events_have_our_names_and_bad_ones_cost_nothing_else(ask):
    named = {
        "$identify": "user.described", "$groupidentify": "account.described", "[Amplitude] Page Viewed": "page.viewed",
        "[Amplitude] Rage Click": "page.rage_clicked", "session_start": "session_start",
    }  # fmt: skip
    events = [{**AMPLITUDE_EVENT, "event_type": name, "insert_id": name} for name in named]
    bad = [{"event_type": "x"}, {"user_id": "u"}, 7, {**AMPLITUDE_EVENT, "user_id": "x" * 300}]
    asked = ask(AMPLITUDE, "/2/httpapi", {"api_key": "k", "events": [*events, *bad]})
    assert [one.kind for one in asked.signals] == list(named.values())
    assert [place for place, _ in asked.faults] == [5, 6, 7, 8]
    assert asked.properties()["plan"] == "pro"
    assert asked.signals[1].actors == ()
