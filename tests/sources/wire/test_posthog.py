"""PostHog's capture: every form of a body, whom an id names, times, surveys, and what a client is answered."""

import base64
import gzip
import hashlib
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from touchpath.model.errors import BadInput
from touchpath.sources.wire.posthog import PostHog
from touchpath.store.spool import Post

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
POSTHOG = PostHog()
UUID = "01890a5d-ac96-7cc1-8128-aa1cae696609"
EVENT = {"event": "seen", "distinct_id": "u1", "uuid": UUID, "properties": {"plan": "pro"}}
BATCH = {"api_key": "phc_1", "batch": [EVENT]}
PLAIN = json.dumps(BATCH).encode()
CODED = base64.b64encode(PLAIN)
ADA = hashlib.sha256(b"ada@example.com").hexdigest()


def event(name="seen", distinct="u1", properties=None, **more):
    return {"event": name, "distinct_id": distinct, "uuid": UUID, "properties": properties or {}, **more}


@pytest.mark.parametrize(
    ("body", "query"),
    [
        (PLAIN, ""),
        (json.dumps([{**EVENT, "api_key": "phc_1"}]).encode(), ""),
        (json.dumps([{**EVENT, "properties": {"plan": "pro", "token": "phc_1"}}]).encode(), ""),
        (json.dumps({**EVENT, "token": "phc_1"}).encode(), ""),
        (json.dumps({**EVENT, "$token": "phc_1"}).encode(), ""),
        (b"data=" + quote(CODED).encode(), ""),
        (b"compression=base64&data=" + quote(CODED).encode(), ""),
        (b"data=" + quote(PLAIN).encode(), ""),
        (b"data=" + quote(base64.b64encode(gzip.compress(PLAIN, mtime=0))).encode(), "compression=gzip-js"),
        (base64.b64encode(gzip.compress(PLAIN[:9], mtime=0) + gzip.compress(PLAIN[9:], mtime=0)), "compression=gzip-js"),
        (CODED, "compression=base64"),
        (base64.urlsafe_b64encode(PLAIN).rstrip(b"="), ""),
        (b"", "_=1772366400000&data=" + quote(CODED)),
    ],
)
def test_every_form_of_a_body_gives_the_same_signal(ask, body, query):
    asked = ask(POSTHOG, "/e", body, query)
    assert (asked.opened.key, asked.faults) == ("phc_1", [])
    (signal,) = asked.signals
    assert (signal.id, signal.kind, signal.actors, asked.properties()) == (UUID, "seen", ("user:u1",), {"plan": "pro"})
    assert json.loads(asked.reply.body)["status"] == 1
    assert (asked.opened.plain is None) == (body[:1] in (b"{", b"["))


@pytest.mark.parametrize("body", [b"", b"data=", b"data=%7B", b"!!", base64.b64encode(b"\x80lz"), b"7", b'"text"', b"{"])
def test_what_is_no_event_at_all_is_refused_in_words(body):
    with pytest.raises(BadInput, match="body"):
        POSTHOG.open(Post("posthog", "k", 0, "/e", "", body))


@pytest.mark.parametrize(
    ("name", "distinct", "properties", "actors"),
    [
        ("seen", "d-9", {"$device_id": "d-9"}, ("anonymous:d-9",)),
        ("seen", UUID, {}, (f"anonymous:{UUID}",)),
        ("seen", "x1", {"$is_identified": False}, ("anonymous:x1",)),
        ("seen", UUID, {"$is_identified": True, "$device_id": "d-9"}, (f"user:{UUID}", f"anonymous:{UUID}", "anonymous:d-9")),
        ("seen", "u1", {"$is_identified": True, "$device_id": "d-9"}, ("user:u1", "anonymous:d-9")),
        ("seen", 42, {}, ("user:42",)),
        ("seen", 42.0, {}, ("user:42",)),
        ("seen", " ada@example.com ", {}, (f"email:{ADA}",)),
        ("seen", "ada@example.com", {"$is_identified": False}, (f"email:{ADA}",)),
        ("seen", "x" * 300, {}, (f"user:{'x' * 200}",)),
        ("$identify", "u1", {"$anon_distinct_id": "d-9"}, ("user:u1", "anonymous:d-9")),
        ("$identify", UUID, {"$anon_distinct_id": "d-9"}, (f"user:{UUID}", f"anonymous:{UUID}", "anonymous:d-9")),
        ("$create_alias", "u1", {"alias": "old"}, ("user:u1", "user:old", "anonymous:u1", "anonymous:old")),
        ("$create_alias", "u1", {"alias": UUID}, ("user:u1", "anonymous:u1", f"anonymous:{UUID}")),
        ("$groupidentify", "$company_acme", {"$group_type": "company", "$group_key": "acme"}, ()),
        ("$groupidentify", UUID, {"$group_type": "company", "$group_key": "acme"}, ()),
        ("$groupidentify", "u1", {"$group_type": "company", "$group_key": "acme", "$is_identified": True}, ("user:u1",)),
    ],
)
def test_an_id_names_the_same_person_in_all_events_of_a_visit(ask, name, distinct, properties, actors):
    asked = ask(POSTHOG, "/batch", {"api_key": "k", "batch": [event(name, distinct, properties)]})
    assert asked.signals[0].actors == actors


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (event(distinct=None), "no 'distinct_id'"),
        (event(distinct=""), "no 'distinct_id'"),
        (event(distinct={"id": 1}), "no 'distinct_id'"),
        (event(distinct=True), "no 'distinct_id'"),
        (event(name=""), "no name"),
        (event(name=5), "must be text"),
        (event(name="a\nb"), "control character"),
        (event(name="x" * 129), "129 characters"),
        ({**EVENT, "properties": [1]}, "wrong form: it needs an object, but a list that holds something came"),
        (event(properties={"x": "y" * 260_000}), "250,000 bytes"),
        (event("$snapshot"), "not kept"),
        (7, "wrong form"),
    ],
)
def test_one_bad_event_costs_nothing_else(ask, found, reason):
    asked = ask(POSTHOG, "/batch", {"api_key": "k", "batch": [EVENT, found, {**EVENT, "uuid": "2"}]})
    assert [signal.id for signal in asked.signals] == [UUID, "2"]
    ((place, said),) = asked.faults
    assert (place, reason in said) == (1, True)
    assert [(fault.place, fault.reason) for fault in asked.warned] == asked.faults


@pytest.mark.parametrize("path", ["/batch", "/e", "/i/v1/analytics/events"])
def test_an_empty_array_is_an_empty_object_as_php_writes_it(ask, path):
    php, empty = ({**EVENT, "properties": none, "$set": none, "$set_once": none} for none in ([], {}))
    asked, like = (ask(POSTHOG, path, {"api_key": "k", "batch": [one]}) for one in (php, empty))
    assert (asked.faults, asked.warned) == ([], [])
    assert asked.signals == like.signals


def test_the_id_may_stand_where_browsers_put_it(ask):
    inside = {"event": "seen", "uuid": "1", "properties": {"distinct_id": 7}}
    other = {"event": "seen", "uuid": "2", "$distinct_id": "u8"}
    asked = ask(POSTHOG, "/e", [inside, other])
    assert [signal.actors for signal in asked.signals] == [("user:7",), ("user:u8",)]


@pytest.mark.parametrize(
    ("found", "envelope", "query", "moment", "note"),
    [
        ({"timestamp": "2026-03-01T10:00:00Z"}, {}, "", NOON - timedelta(hours=2), None),
        ({"timestamp": "2026-03-01T10:00:00Z"}, {"sent_at": "2026-03-01T10:00:05Z"}, "", NOON - timedelta(seconds=5), None),
        ({"timestamp": "2026-03-01T10:00:00Z"}, {}, "_=1772359205000", NOON - timedelta(seconds=5), None),
        ({"timestamp": "2026-03-01T10:00:00Z"}, {}, "sent_at=1772359205000", NOON - timedelta(seconds=5), None),
        ({"offset": 2500}, {}, "", NOON - timedelta(seconds=2.5), None),
        ({"offset": 1e300}, {}, "", NOON, "unreadable"),
        ({}, {"sent_at": "2026-03-01T10:00:05Z"}, "", NOON, None),
        ({"timestamp": "soon"}, {}, "", NOON, "unreadable"),
        ({"timestamp": {"at": 1}}, {}, "", NOON, "unreadable"),
        ({"timestamp": "0001-01-01T00:00:00Z"}, {"sent_at": "9999-12-31T00:00:00Z"}, "", NOON, "unreadable"),
        ({"timestamp": "2026-03-03T12:00:00Z"}, {}, "", NOON, "future"),
        ({"timestamp": "2026-02-01T12:00:00Z"}, {"historical_migration": True}, "", NOON - timedelta(days=28), "late"),
        ({"timestamp": "2026-03-01T10:00:00Z"}, {"sent_at": [1]}, "", NOON - timedelta(hours=2), None),
    ],
)
def test_times_are_put_right_by_when_the_client_sent(ask, found, envelope, query, moment, note):
    asked = ask(POSTHOG, "/e", {"api_key": "k", "batch": [event(**found)], **envelope}, query)
    assert asked.signals[0].occurred_at == moment
    assert asked.properties().get("$time") == note


def test_a_client_may_ask_that_its_times_are_taken_as_they_are(ask):
    said = event(timestamp="2026-03-01T10:00:00Z", properties={"$ignore_sent_at": True})
    asked = ask(POSTHOG, "/e", {"api_key": "k", "batch": [said], "sent_at": "2026-03-01T10:00:05Z"})
    assert asked.signals[0].occurred_at == NOON - timedelta(hours=2)


@pytest.mark.parametrize(
    ("name", "properties", "kind"),
    [
        ("$pageview", {}, "page.viewed"),
        ("$pageleave", {}, "page.left"),
        ("$screen", {"$screen_name": "Basket"}, "screen.viewed"),
        ("$rageclick", {}, "page.rage_clicked"),
        ("$dead_click", {}, "page.dead_clicked"),
        ("$exception", {}, "page.error"),
        ("$autocapture", {"$event_type": "click"}, "element.clicked"),
        ("$autocapture", {"$event_type": "touch"}, "$autocapture"),
        ("$set", {}, "user.described"),
        ("$merge_dangerously", {"alias": "old"}, "user.aliased"),
        ("Order Completed", {}, "Order Completed"),
        ("pageview", {}, "pageview"),
    ],
)
def test_what_clients_notice_by_themselves_has_our_names(ask, name, properties, kind):
    assert ask(POSTHOG, "/e", event(name, properties=properties)).signals[0].kind == kind


def test_a_page_is_told_in_the_words_of_other_trackers_too(ask):
    told = {
        "$current_url": "https://s.example/a",
        "$pathname": "/a",
        "$lib": "web",
        "$timezone_offset": -60,
        "$browser": "Safari",
    }
    asked = ask(
        POSTHOG, "/e", event("$pageview", properties={**told, "$session_id": "s1", "$groups": {"company": 7, "team": "t"}})
    )
    (signal,) = asked.signals
    assert (signal.channel, signal.utc_offset_minutes, signal.account, dict(signal.objects)) == (
        "web",
        60,
        "7",
        {"session": "s1"},
    )
    assert asked.properties() == {
        "$current_url": "https://s.example/a",
        "$pathname": "/a",
        "url": "https://s.example/a",
        "path": "/a",
    }
    assert asked.context()["$browser"] == "Safari"


def test_traits_are_kept_without_what_tells_who_it_is(ask):
    traits = {"email": "Ada@example.com ", "name": "Ada", "plan": "pro", "second": "ada@example.com"}
    asked = ask(POSTHOG, "/e", event("$identify", **{"$set": traits, "$set_once": {"plan": "free", "since": 2026}}))
    assert asked.signals[0].actors == ("user:u1", f"email:{ADA}")
    assert asked.properties() == {
        "email": "[not kept]", "name": "[not kept]", "plan": "pro", "since": 2026, "second": f"email:{ADA}",
    }  # fmt: skip
    kept = ask(POSTHOG, "/e", event("$identify", **{"$set": traits}), personal_traits=True)
    assert kept.properties()["name"] == "Ada"
    bought = ask(POSTHOG, "/e", event("bought", properties={"order_id": 5, "revenue": "9.5", "currency": "eur", "$set": traits}))
    assert (bought.signals[0].value, bought.signals[0].unit, bought.signals[0].objects) == (9.5, "EUR", {"order": "5"})
    assert bought.context()["traits"]["plan"] == "pro"
    assert "da@example" not in str(bought.signals[0]).lower()


def test_an_answered_survey_is_one_answer_a_question_and_its_end(ask):
    told = {
        "$survey_id": "s1", "$survey_name": "Ease", "$survey_response": 9, "$survey_response_1": ["fast", "clear"],
        "$survey_response_2": "Quick checkout", "$survey_response_3": None,
    }  # fmt: skip
    asked = ask(POSTHOG, "/e", event("survey sent", properties=told))
    answers = [one for one in asked.signals if one.kind == "survey.answered"]
    assert [(one.id.removeprefix(UUID), one.value, one.text) for one in answers] == [
        ("/0", 9.0, None), ("/1", None, None), ("/1/2", None, None), ("/2", None, "Quick checkout"),
    ]  # fmt: skip
    assert [asked.properties(place).get("answer") for place in (1, 2)] == ["fast", "clear"]
    assert {one.objects["response"] for one in asked.signals} == {UUID}
    assert asked.signals[-1].kind == "survey.completed"
    assert asked.properties()["survey"] == "s1"


def test_answers_that_are_said_again_with_each_question_are_one(ask):
    def sent(uuid, completed, **responses):
        told = {"$survey_id": "s1", "$survey_submission_id": "r1", "$survey_completed": completed,
                "$survey_questions": [{"id": "q-a", "question": "How easy?"}, {"id": "q-b", "question": "Why?"}]}  # fmt: skip
        said = {f"$survey_response_{name.replace('_', '-')}": value for name, value in responses.items()}
        first = {"$survey_response": responses["q_a"]}
        return {**event("survey sent", properties=told | said | first), "uuid": uuid}

    batch = [sent("1", False, q_a="6"), sent("2", False, q_a="7"), sent("3", True, q_a="7", q_b="ok")]
    asked = ask(POSTHOG, "/batch", {"api_key": "k", "batch": batch})
    answers = {one.id: (one.value, one.text) for one in asked.signals if one.kind == "survey.answered"}
    assert list(answers.values()) == [(6.0, "6"), (7.0, "7"), (None, "ok")]
    assert {one.objects["response"] for one in asked.signals} == {"r1"}
    assert [one.kind for one in asked.signals if "answered" not in one.kind] == [
        "survey.started",
        "survey.started",
        "survey.completed",
    ]
    assert len({one.id for one in asked.signals if one.kind == "survey.started"}) == 1
    assert asked.properties(1)["wording"] == "How easy?"


def test_a_dismissed_survey_keeps_the_answers_that_were_given(ask):
    asked = ask(POSTHOG, "/e", event("survey dismissed", properties={"$survey_id": "s1", "$survey_response": 2}))
    assert [one.kind for one in asked.signals] == ["survey.dismissed", "survey.answered"]
    shown = ask(POSTHOG, "/e", event("survey shown", properties={"$survey_id": "s1"}))
    assert ([one.kind for one in shown.signals], shown.properties()["survey"]) == (["survey.sent"], "s1")


def test_web_vitals_are_one_measure_each(ask):
    told = {"$web_vitals_LCP_value": 112.5, "$web_vitals_LCP_event": {"rating": "good"}, "$web_vitals_CLS_value": 0.1, "x": 1}
    asked = ask(POSTHOG, "/e", event("$web_vitals", properties=told))
    assert [(one.id, one.kind, one.value, one.unit) for one in asked.signals] == [
        (f"{UUID}/LCP", "page.measured", 112.5, "milliseconds"), (f"{UUID}/CLS", "page.measured", 0.1, "score"),
    ]  # fmt: skip
    assert asked.properties() == {"measure": "LCP", "rating": "good", "x": 1}


def test_an_event_without_an_id_gets_the_same_one_on_each_retry(ask):
    bare = {"event": "seen", "distinct_id": "u1", "properties": {"$insert_id": "i1"}}
    assert ask(POSTHOG, "/e", bare).signals[0].id == "i1"
    bare = {"event": "seen", "distinct_id": "u1"}
    first, second = (ask(POSTHOG, "/e", {"api_key": "k", "batch": [bare], "sent_at": at}) for at in (1, 2))
    assert first.signals[0].id == second.signals[0].id != ""


def test_profiles_without_an_event_name_are_taken_on_their_old_path(ask):
    asked = ask(POSTHOG, "/engage", {"$token": "k", "$distinct_id": "u1", "$set": {"plan": "pro"}})
    assert (asked.opened.key, asked.signals[0].kind, asked.properties()) == ("k", "user.described", {"plan": "pro"})


def test_capture_v1_answers_for_each_event(ask):
    good, nobody, far, long = (
        {**EVENT, "uuid": uuid, **more}
        for uuid, more in (
            ("1", {}),
            ("2", {"distinct_id": "[object Object]"}),
            ("3", {"timestamp": "2026-03-02T12:00:00Z"}),
            ("4", {"distinct_id": "x" * 201}),
        )
    )
    bare = {**EVENT, "uuid": None}
    body = {"created_at": "2026-03-01T11:00:00Z", "batch": [good, nobody, far, long, bare]}
    asked = ask(POSTHOG, "/i/v1/analytics/events", body, headers={"posthog-request-timestamp": "2026-03-01T12:00:00Z"})
    results = json.loads(asked.reply.body)["results"]
    assert {uuid: one["result"] for uuid, one in results.items()} == {"1": "ok", "2": "drop", "3": "warning", "4": "drop"}
    assert "names nobody" in results["2"]["details"]
    assert [(one.id, one.occurred_at) for one in asked.signals] == [("1", NOON), ("3", NOON)]
    assert [place for place, _ in asked.faults] == [1, 3, 4]


def test_capture_v1_reckons_with_the_time_of_each_attempt(ask):
    body = {"created_at": "2026-03-01T11:00:00Z", "batch": [{**EVENT, "timestamp": "2026-03-01T10:59:00Z"}]}
    asked = ask(POSTHOG, "/i/v1/analytics/events", body, headers={"posthog-request-timestamp": "2026-03-01T11:00:30Z"})
    assert asked.signals[0].occurred_at == NOON - timedelta(seconds=90)


def test_a_recording_is_neither_kept_nor_held_in_quarantine(ask):
    part = event("$snapshot", properties={"$snapshot_data": "x" * 300_000})
    asked = ask(POSTHOG, "/e", {"api_key": "k", "batch": [part, EVENT]})
    assert [(fault.place, fault.result) for fault in asked.warned] == [(0, "ignore")]
    assert [signal.kind for signal in asked.signals] == ["seen"]
    v1 = ask(POSTHOG, "/i/v1/analytics/events", {"batch": [part]})
    assert json.loads(v1.reply.body)["results"][UUID]["result"] == "drop"


@pytest.mark.parametrize("path", ["/e", "/i/v1/analytics/events"])
def test_a_refused_event_can_be_read_again_by_itself(path):
    body = json.dumps({"batch": [EVENT, {**EVENT, "uuid": "2", "distinct_id": None}], "sent_at": "2026-03-01T12:00:00Z"}).encode()
    opened = POSTHOG.open(Post("posthog", "k", 0, path, "", body))
    (fault,) = POSTHOG.judge(opened)
    again = POSTHOG.open(Post("posthog", "k", 0, path, "", POSTHOG.alone(opened, fault.place)))
    assert [one.reason for one in POSTHOG.judge(again)] == [fault.reason]
    assert json.loads(bytes(again.events[0]))["uuid"] == "2"


def test_consent_is_obeyed(ask):
    asked = ask(POSTHOG, "/e", event(properties={"$consent": {"analytics": False}}), consent="analytics")
    assert (asked.signals, asked.faults) == ([], [(0, "")])


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/flags", {"flags": {}, "errorsWhileComputingFlags": False}),
        ("/decide", {"featureFlags": {}}),
        ("/array/phc_1/config", {"hasFeatureFlags": False, "sessionRecording": False, "analytics": {"endpoint": "/i/v0/e/"}}),
        ("/api/surveys", {"surveys": []}),
        ("/s", {"status": 1, "quota_limited": ["recordings"]}),
    ],
)
def test_what_brings_no_events_is_answered_so_that_clients_are_content(path, told):
    reply = POSTHOG.answer(Post("posthog", "", 0, path, "", b"{}"))
    assert reply.status == 200
    assert told.items() <= json.loads(reply.body).items()


def test_the_settings_as_a_script_hold_the_key_as_text_and_nothing_else():
    reply = POSTHOG.answer(Post("posthog", "", 0, '/array/"];alert(1)</script>/config.js', "", b""))
    assert reply.content_type == "application/javascript"
    assert b'all["\\"];alert(1)\\u003c' in reply.body
    missing = POSTHOG.answer(Post("posthog", "", 0, "/static/1.449.2/surveys.js", "", b""))
    assert (missing.status, json.loads(missing.body)["code"]) == (404, "missing")
