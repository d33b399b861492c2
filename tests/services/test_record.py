"""Good signals are kept, bad ones come back with the reason, and neither disturbs the other."""

import math
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.signal import JsonText, Signal
from touchpath.services.record import _one_by_one, record_signals, signal_table
from touchpath.store.signals import SIGNAL_SCHEMA
from touchpath.stores.delta_lake import DeltaLake

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
GOOD = Signal("shop", "1", "page.viewed", NOON, actors=("user:1",))


@pytest.fixture
def lake(tmp_path):
    with DeltaLake(tmp_path / "lake") as lake:
        yield lake


def rows(lake, *columns):
    return [row for batch in lake.scan(columns) for row in batch.to_pylist()]


def test_a_whole_signal_is_kept_as_it_was(lake):
    email = "email:" + "0" * 64
    signal = Signal(
        source="shop", id="7", kind="order.placed", occurred_at=NOON, actors=("user:1", email, "user:1"), account="acme",
        objects={"order": "7", "cart": "3"}, touchpoint="till", channel="store", surface="pos", value=12, unit="EUR", text="Thanks",
        properties=MappingProxyType({"b": [1, {"ü": None}], "a": True}), context={"ip": "::1"}, received_at=NOON + timedelta(hours=1),
    )  # fmt: skip
    assert record_signals(lake, [signal]).appended.new == 1
    assert rows(lake, "actors", "objects", "value", "properties", "context", "received_at", "utc_offset_minutes") == [
        {
            "actors": ["user:1", email],
            "objects": [("cart", "3"), ("order", "7")],
            "value": 12.0,
            "properties": '{"a":true,"b":[1,{"ü":null}]}',
            "context": '{"ip":"::1"}',
            "received_at": NOON + timedelta(hours=1),
            "utc_offset_minutes": None,
        }
    ]


def test_the_local_offset_of_a_time_is_kept(lake):
    berlin = timezone(timedelta(hours=1))
    record_signals(lake, [GOOD.but(occurred_at=NOON.astimezone(berlin)), GOOD.but(id="2", utc_offset_minutes=-300)])
    assert [(row["occurred_at"], row["utc_offset_minutes"]) for row in rows(lake, "occurred_at", "utc_offset_minutes")] == [
        (NOON, 60),
        (NOON, -300),
    ]


def test_signals_without_a_time_of_receipt_get_the_one_given(lake):
    record_signals(lake, [GOOD], received_at=NOON + timedelta(days=1))
    assert rows(lake, "received_at") == [{"received_at": NOON + timedelta(days=1)}]


def test_the_order_of_names_is_no_correction(lake):
    one = GOOD.but(properties={"a": 1, "b": 2}, objects={"order": "1", "cart": "2"})
    other = GOOD.but(properties={"b": 2, "a": 1}, objects={"cart": "2", "order": "1"})
    assert record_signals(lake, [one, other]).appended.duplicates == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"source": ""}, "source is empty"),
        ({"id": "  "}, "id is empty"),
        ({"kind": None}, "kind is empty"),
        ({"id": "a\nb"}, "id holds a control character"),
        ({"id": "x" * 513}, "id has 513 characters; at most 512"),
        ({"id": 5}, "id must be text, but came as int"),
        ({"occurred_at": NOON.replace(tzinfo=None)}, "occurred_at is 2026-03-01T12:00:00, without a zone"),
        ({"occurred_at": "2026-03-01"}, "occurred_at must be a datetime, but came as str"),
        ({"occurred_at": NOON.replace(year=26)}, "times from 1900 to 2199"),
        ({"received_at": NOON.replace(tzinfo=None)}, "received_at is"),
        ({"utc_offset_minutes": 5000}, "utc_offset_minutes is 5000"),
        ({"actors": ("42",)}, "actors has '42'; an id names its kind: user:ID"),
        ({"actors": ("user: ",)}, "actors has 'user: '"),
        ({"actors": ("email:ann@example.org",)}, "e-mail id that is not a hash"),
        ({"actors": "user:1"}, "must be a tuple of ids"),
        ({"actors": (7,)}, "actors must be text, but came as int"),
        ({"account": 5}, "account must be text"),
        ({"text": "\ud800"}, "text is not valid Unicode at character 0"),
        ({"objects": {"order": ""}}, "objects has"),
        ({"objects": [("order", "1")]}, "objects must map names to values"),
        ({"objects": {"order": 7}}, "objects must be text, but came as int"),
        ({"value": float("nan")}, "value is nan"),
        ({"value": 10**400}, "value is too large"),
        ({"value": "12"}, "value must be a number, but came as str"),
        ({"value": True}, "value must be a number, but came as bool"),
        ({"properties": {"a": float("inf")}}, "properties cannot be written as JSON"),
        ({"properties": {"a": {1, 2}}}, "properties cannot be written as JSON"),
        ({"context": {"a": "x" * 300_000}}, "context has 300,008 characters"),
    ],
)
def test_a_bad_signal_says_why_and_never_costs_the_others(lake, change, words):
    outcome = record_signals(lake, [GOOD.but(id="before"), GOOD.but(**change), GOOD.but(id="after")])
    (refused,) = outcome.rejected
    assert outcome.appended.new == 2
    assert words in refused.reason
    assert (refused.place, refused.line) == ("signal", 2)
    assert "page.viewed" in refused.record or change.get("kind", 0) is None


def test_many_signals_are_kept_in_batches_and_counted_together(lake, monkeypatch):
    monkeypatch.setattr("touchpath.services.record._BATCH", 10)
    outcome = record_signals(lake, (GOOD.but(id=str(number % 25), value=float(number // 50)) for number in range(60)))
    assert (outcome.appended.new, outcome.appended.duplicates, outcome.appended.corrections) == (25, 25, 10)
    assert outcome.appended.version == lake.version


def test_no_signals_are_no_fault(lake):
    outcome = record_signals(lake, [])
    assert (outcome.appended.new, outcome.appended.version, outcome.rejected) == (0, -1, ())


_TEXTS = st.one_of(st.none(), st.text(max_size=8), st.sampled_from(["", " ", "a\x00", "x" * 200, "\ud800", 7, b"x"]))
_ACTORS = st.lists(
    st.sampled_from(["user:1", "user: ", "email:x", f"email:{'a' * 64}", "device:4", "anonymous:\n", "external:a b", 5]),
    max_size=3,
).map(tuple)
_MOMENTS = st.sampled_from(
    [NOON, NOON.replace(tzinfo=None), NOON.astimezone(ZoneInfo("Asia/Tokyo")), datetime(1800, 1, 1, tzinfo=UTC), "noon", None]
)
_OBJECTS = st.sampled_from([{}, {"order": "1"}, {"": "1"}, {"order": ""}, {"b": "2", "a": "1"}, {"order": 5}, None, "x"])
_JSON = st.sampled_from([{}, JsonText(""), JsonText("{}"), JsonText('{"a":1}'), {"b": 2, "a": 1}, {"a": math.nan}, 5])
_VALUES = st.sampled_from([None, 1, 1.5, math.inf, True, "7", 10**400])
_SIGNALS = st.builds(
    Signal,
    source=st.sampled_from(["web", "", " ", "a\n", None]),
    id=st.one_of(st.text(max_size=4), st.just("i" * 600)),
    kind=st.sampled_from(["seen", "", "k" * 129]),
    occurred_at=_MOMENTS,
    actors=_ACTORS,
    account=_TEXTS,
    objects=_OBJECTS,
    value=_VALUES,
    text=_TEXTS,
    properties=_JSON,
    context=_JSON,
    utc_offset_minutes=st.sampled_from([None, 60, -2000, "1"]),
    received_at=st.sampled_from([None, NOON, "noon"]),
)


@given(st.lists(_SIGNALS, max_size=6), st.booleans())
def test_many_signals_at_once_fare_as_each_one_alone(signals, with_good):
    signals = [*signals, GOOD.but(properties=JsonText('{"a":1}'), context={})] if with_good else signals
    together, refused = signal_table(enumerate(signals), NOON)
    alone = [_one_by_one([(place, signal)], NOON) for place, signal in enumerate(signals)]
    assert together.equals(pa.concat_tables([SIGNAL_SCHEMA.empty_table(), *(table for table, _, _ in alone)]).combine_chunks())
    assert [(one.line, one.reason) for one in refused] == [(one.line, one.reason) for _, _, some in alone for one in some]
