"""The same laws for protocols whose events are built another way: Snowplow's fields of text, and OpenTelemetry's nested values."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from receiver_laws import anything, check, encoded, leaves, texts

from touchpath.sources.wire.otlp import Otlp
from touchpath.sources.wire.snowplow import Snowplow

TP2 = "/com.snowplowanalytics.snowplow/tp2"
SORTS = st.sampled_from(["pv", "ue", "se", "tr"])
FIELDS = [
    "uid", "duid", "sid", "dtm", "stm", "ttm", "url", "page", "refr", "ue_pr", "ue_px", "co", "cx", "tr_id", "tr_tt", "tr_cu", "se_ca", "se_ac",
    "se_va", "p", "ua", "ip",
]  # fmt: skip
fields = texts | st.sampled_from(
    [
        "1772359200000", "eyJkYXRhIjp7fX0", '{"data":{"schema":"a/b","data":{"lcp":1}}}', '{"data":[1,{"schema":5}]}', '{"data":7}', "nan", "[[[[",
        '{"data":{"schema":"com.snowplowanalytics.snowplow/web_vitals/jsonschema/1-0-0","data":{"lcp":1,"cls":null}}}',
    ]
)  # fmt: skip
tracked = (
    st.fixed_dictionaries({"e": SORTS, "eid": fields}, optional=dict.fromkeys(FIELDS, fields))
    | st.dictionaries(st.sampled_from(["e", "eid", *FIELDS]), fields | leaves, max_size=8)
    | anything
)
values = (
    st.fixed_dictionaries(
        {},
        optional={
            "stringValue": fields, "intValue": fields | st.integers(), "doubleValue": leaves, "boolValue": leaves, "arrayValue": anything,
            "kvlistValue": anything,
        },
    )
    | anything
)  # fmt: skip
NAMES = ["event.name", "enduser.id", "user.id", "session.id", "user.email", "device.id", "order.id", "x"]
attributes = st.lists(st.fixed_dictionaries({"key": st.sampled_from(NAMES), "value": values}) | anything, max_size=4)
records = st.fixed_dictionaries(
    {},
    optional={
        "eventName": fields,
        "attributes": attributes,
        "body": values,
        "timeUnixNano": fields | leaves,
        "severityText": anything,
    },
)


def held(most):
    """The laws, tried on so many bodies."""

    @settings(max_examples=most, deadline=None)
    @given(found=st.lists(tracked, min_size=1, max_size=3))
    def snowplow(found):
        check(Snowplow(), TP2, encoded({"schema": "iglu:x", "data": found}))

    @settings(max_examples=most, deadline=None)
    @given(found=st.lists(records | anything, max_size=3), resource=attributes)
    def otlp(found, resource):
        logs = {"resource": {"attributes": resource}, "scopeLogs": [{"logRecords": found}]}
        check(Otlp(), "/v1/logs", encoded({"resourceLogs": [logs]}))

    @settings(max_examples=most, deadline=None)
    @given(body=st.binary(max_size=40) | anything.map(encoded), query=texts)
    def whatever(body, query):
        check(Snowplow(), TP2, body, query)
        check(Otlp(), "/v1/logs", body)

    snowplow()
    otlp()
    whatever()


def test_every_event_is_a_signal_or_a_fault_and_both_judgements_agree():
    held(40)


@pytest.mark.slow
def test_very_many_events_are_signals_or_faults_and_both_judgements_agree():
    held(3000)
