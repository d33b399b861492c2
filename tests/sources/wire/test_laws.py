"""What holds for every receiver, whatever comes: nothing but BadInput, a signal or a fault for each event, and one judgement."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from many import many
from receiver_laws import AT, anything, check, encoded, leaves, texts

from touchpath.sources.wire.amplitude import Amplitude
from touchpath.sources.wire.by_shape import ByShape
from touchpath.sources.wire.mixpanel import Mixpanel
from touchpath.sources.wire.native import Native
from touchpath.sources.wire.segment import Segment
from touchpath.store.spool import Post

RECEIVERS = {receiver.name: receiver for receiver in (Native(), Segment(), ByShape(), Mixpanel(), Amplitude())}
PATHS = [
    ("native", "/v1/signals", "signals"), ("segment", "/v1/batch", "batch"), ("segment", "/v1/track", ""), ("segment", "/v1/i", ""),
    ("segment", "/api/s/x", ""), ("posthog", "/batch", "batch"), ("posthog", "/e", ""), ("posthog", "/engage", "batch"),
    ("posthog", "/i/v1/analytics/events", "batch"), ("posthog", "/track", ""), ("mixpanel", "/import", ""), ("amplitude", "/2/httpapi", "events"),
]  # fmt: skip

names = st.sampled_from(
    [
        "type", "event", "userId", "anonymousId", "previousId", "groupId", "messageId", "name", "category", "channel", "timestamp",
        "originalTimestamp", "sentAt", "traits", "context", "properties", "mergeProperties", "distinct_id", "$distinct_id", "uuid",
        "offset", "session_id", "$set", "$set_once", "id", "kind", "occurred_at", "actors", "objects", "value", "unit", "account",
        "api_key", "token", "sent_at", "event_type", "user_id", "device_id", "time", "insert_id", "event_properties", "user_properties",
        "groups", "$group_id", "$group_key", "$token", "$user_id", "$time", "$add",
    ]
)  # fmt: skip
inner_names = names | st.sampled_from(
    [
        "email", "$email", "revenue", "total", "currency", "order_id", "$session_id", "$device_id", "$is_identified", "$groups", "alias",
        "$anon_distinct_id", "$group_type", "$group_key", "$group_set", "$survey_id", "$survey_response", "$survey_response_1",
        "$survey_response_q", "$survey_questions", "$survey_submission_id", "$survey_completed", "$web_vitals_LCP_value", "page",
        "library", "device", "consent", "consentManagement", "userAgent", "distinct_id", "time", "$insert_id", "mp_lib", "$distinct_ids", "company", "$timezone_offset", "$ignore_sent_at", "$event_type",
    ]
)  # fmt: skip
inside = st.dictionaries(inner_names, anything, max_size=5)
kinds = st.sampled_from(
    [
        "Seen",
        "$identify",
        "$create_alias",
        "$groupidentify",
        "survey sent",
        "survey dismissed",
        "$snapshot",
        "$web_vitals",
        "$autocapture",
    ]
)
likely = {
    "type": st.sampled_from(["track", "identify", "page", "group", "alias", "merge"]), "event": kinds, "userId": texts, "distinct_id": texts,
    "uuid": texts, "groupId": texts, "previousId": texts, "id": texts, "kind": texts,
    "occurred_at": st.sampled_from(["2026-03-01T10:00:00Z", "1900-01-01T00:00:00Z", "2199-12-31T23:59:59+14:00"]),
    "event_type": kinds, "user_id": texts, "device_id": texts, "time": leaves, "event_properties": inside, "user_properties": inside,
    "groups": anything, "$distinct_id": texts, "$set": inside, "$group_id": texts, "$group_key": texts,
    "properties": inside, "traits": inside, "context": inside, "timestamp": leaves, "offset": leaves,
}  # fmt: skip
events = (
    st.dictionaries(names, anything, max_size=6)
    | st.fixed_dictionaries({}, optional=likely)
    | st.fixed_dictionaries(
        {name: likely[name] for name in ("type", "event", "userId", "distinct_id", "event_type", "user_id", "properties")}
    )
    | anything
)
envelopes = st.fixed_dictionaries(
    {},
    optional={
        "sentAt": leaves,
        "sent_at": leaves,
        "created_at": leaves,
        "context": anything,
        "api_key": anything,
        "writeKey": anything,
    },
)


@pytest.mark.parametrize(("name", "path", "list_name"), PATHS)
@settings(max_examples=20, deadline=None)
@given(envelope=envelopes, found=st.lists(events, min_size=1, max_size=3))
def test_every_event_is_a_signal_or_a_fault_and_both_judgements_agree(name, path, list_name, envelope, found):
    send_each(name, path, list_name, envelope, found)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "path", "list_name"), PATHS)
@many(2000)
@given(envelope=envelopes, found=st.lists(events, min_size=1, max_size=3))
def test_very_many_events_are_signals_or_faults_and_both_judgements_agree(name, path, list_name, envelope, found):
    send_each(name, path, list_name, envelope, found)


def send_each(name, path, list_name, envelope, found):
    for body in (
        [{**envelope, list_name: found}] if list_name else [{**envelope, **one} for one in found if isinstance(one, dict)]
    ):
        check(RECEIVERS[name], path, encoded(body))


@pytest.mark.parametrize("name", RECEIVERS)
@settings(max_examples=40, deadline=None)
@given(body=st.binary(max_size=60) | anything.map(encoded), query=texts)
def test_whatever_comes_raises_nothing_but_bad_input(name, body, query):
    for one, path, _ in PATHS:
        if one == name:
            check(RECEIVERS[name], path, body, query)


def test_the_strategy_reaches_signals_of_every_kind():
    """A law that only ever sees refusals holds nothing."""
    body = {
        "batch": [
            {"type": "track", "event": "Seen", "userId": "u1", "distinct_id": "u1", "uuid": "1", "properties": {"email": "a@b.c"}}
        ]
    }
    for name, path, list_name in PATHS:
        if list_name == "batch":
            opened = RECEIVERS[name].open(Post(name, "k", AT, path, "", msgspec.json.encode(body)))
            assert RECEIVERS[name].judge(opened) == []
