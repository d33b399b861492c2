"""Features against a slow reader that looks through all signals for every anchor."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from many import many

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_BYTES
from touchpath.timelines.features import BATCH_ROWS, Feature, Features
from touchpath.timelines.only import blocks_of

A, B, ANY = EventRule(("a",)), EventRule(("b",)), EventRule(())


def span(units):
    return timedelta(microseconds=units)


COLUMNS = (
    Feature("n", "count", B, span(5)),
    Feature("ever", "did", B),
    Feature("sum", "sum", ANY, span(6)),
    Feature("mean", "mean", B, span(6)),
    Feature("least", "min", ANY, span(4)),
    Feature("most", "max", ANY, span(4)),
    Feature("first", "first", B, span(9)),
    Feature("last", "last", B),
    Feature("since", "since", B, span(8)),
    Feature("channels", "distinct", ANY, span(7), column="channel"),
    Feature("channel", "known", ANY, column="channel"),
    Feature("n_after", "count", B, span(3), after=True),
    Feature("label", "did", B, span(4), after=True),
    Feature("until", "until", B, span(4), after=True),
    Feature("most_after", "max", ANY, span(4), after=True),
    Feature("kinds_after", "distinct", ANY, span(2), after=True, column="kind"),
)


def slow_rows(people, asked, end):
    rows = []
    for owner in sorted(people):
        ordered = sorted(people[owner], key=lambda signal: signal[0])
        anchors = [(place, signal) for place, signal in enumerate(ordered) if signal[1] == "a"]
        chosen = {"each": anchors, "first": anchors[:1], "last": anchors[-1:]}[asked.which]
        ahead = max((feature.span for feature in asked.columns if feature.after), default=span(0)) // span(1)
        for _, (time, _, _) in chosen:
            row = {"owner": owner, "anchor_at": time, "open": bool(ahead) and time > end - ahead}
            rows.append(row | {feature.name: slow_value(ordered, time, feature, end) for feature in asked.columns})
    return rows


def slow_value(ordered, time, feature, end):
    reach = feature.span // span(1) if feature.span else 10**9
    if feature.after and time + reach > end:
        return None
    inside = [
        signal
        for signal in ordered
        if (not feature.rule.kinds or signal[1] in feature.rule.kinds)
        and (time < signal[0] <= time + reach if feature.after else time - reach <= signal[0] < time)
    ]
    values = [signal[2]["value"] for signal in inside if "value" in signal[2]]
    words = [signal[1] if feature.column == "kind" else signal[2].get(feature.column) for signal in inside]
    words = [word for word in words if word]
    return {
        "count": lambda: len(inside),
        "did": lambda: bool(inside),
        "sum": lambda: float(sum(values)),
        "mean": lambda: sum(values) / len(values) if values else None,
        "min": lambda: min(values, default=None),
        "max": lambda: max(values, default=None),
        "first": lambda: values[0] if values else None,
        "last": lambda: values[-1] if values else None,
        "since": lambda: (time - inside[-1][0]) / 1e6 if inside else None,
        "until": lambda: (inside[0][0] - time) / 1e6 if inside else None,
        "distinct": lambda: len(set(words)),
        "known": lambda: words[-1] if words else None,
    }[feature.measure]()


fields = st.fixed_dictionaries({}, optional={"value": st.integers(-3, 9), "channel": st.sampled_from(["web", "shop", "app"])})
signals = st.tuples(st.integers(0, 15), st.sampled_from("aabbc"), fields)
some_people = st.dictionaries(st.integers(1, 50), st.lists(signals, max_size=12), max_size=4)


def read(timelines, asked, end, **more):
    batches = list(asked.read(timelines, more.pop("people", NO_BYTES), end, **more))
    table = pa.Table.from_batches(batches, asked.schema)
    times = table.column("anchor_at").cast(pa.int64())
    return table.set_column(1, "anchor_at", times).drop_columns(["anchor_key"]).to_pylist()


@many(300)
@given(some_people, st.sampled_from(["each", "first", "last"]), st.integers(0, 20))
def test_features_agree_with_looking_through_everything(small_timelines, people, which, end):
    asked = Features(A, COLUMNS, which)
    assert read(small_timelines(people), asked, end) == slow_rows(people, asked, end)


def test_the_instant_of_the_anchor_is_in_no_window(small_timelines):
    people = {1: [(5, "a", {}), (5, "b", {}), (0, "b", {}), (10, "b", {})]}
    asked = Features(A, (Feature("before", "count", B, span(5)), Feature("after", "count", B, span(5), after=True)))
    assert [(row["before"], row["after"]) for row in read(small_timelines(people), asked, 10)] == [(1, 1)]


def test_a_row_says_which_signal_is_its_anchor(small_timelines):
    timelines = small_timelines({1: [(5, "a", {"key": 77}), (6, "b", {"key": 78})]})
    (batch,) = Features(A, (Feature("n", "count", B),)).read(timelines, NO_BYTES, 9)
    assert batch.column("anchor_key").to_pylist() == [77]


def test_only_anchors_of_a_period_and_of_chosen_people_are_told(small_timelines):
    timelines = small_timelines({1: [(5, "a", {}), (9, "a", {})], 2: [(6, "a", {})]}, skip=[])
    asked = Features(A, (Feature("n", "count", A),))
    assert [row["anchor_at"] for row in read(timelines, asked, 20, low=5, high=9)] == [5, 6]
    mask = np.array([0, 1], np.uint8)
    assert [row["owner"] for row in read(timelines, asked, 20, people=mask)] == [2]
    assert [row["n"] for row in read(timelines, asked, 20, low=9, high=10)] == [1]


def test_rows_come_in_batches_and_overlapping_windows_cost_no_more(small_timelines):
    count = BATCH_ROWS + 10
    people = {1: [(time, "a", {"value": time % 7}) for time in range(count)]}
    batches = list(
        Features(A, (Feature("most", "max", A), Feature("n", "count", A))).read(small_timelines(people), NO_BYTES, count)
    )
    assert [batch.num_rows for batch in batches] == [BATCH_ROWS, 10]
    assert batches[1].column("n").to_pylist()[-1] == count - 1
    assert batches[1].column("most").to_pylist()[-1] == 6.0


def test_nobody_gives_no_rows_of_the_right_shape(small_timelines):
    asked = Features(A, COLUMNS)
    assert sum(batch.num_rows for batch in asked.read(small_timelines({}), NO_BYTES, 5)) == 0
    assert asked.schema.names[:5] == ["owner", "anchor_at", "anchor_key", "open", "n"]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Feature("x", "median"), "'median' came"),
        (lambda: Feature("x", "count", after=True), "say how far"),
        (lambda: Feature("x", "count", span=span(0)), "above 0"),
        (lambda: Feature("x", "since", span=span(1), after=True), "looks back"),
        (lambda: Feature("x", "until"), "looks ahead"),
        (lambda: Feature("x", "known"), "the column it reads"),
        (lambda: Feature("x", "known", column="chanel"), "Did you mean 'channel'"),
        (lambda: Feature("x", "distinct", column="value"), "with words is called 'value'"),
        (lambda: Feature("x", "distinct", column="objects.order"), "with words is called 'objects.order'"),
        (lambda: Features(A, ()), "1 to 200"),
        (lambda: Features(A, (Feature("x", "count"),) * 2), "'x' is taken"),
        (lambda: Features(A, (Feature("open", "count"),)), "'open' is taken"),
        (lambda: Features(A, (Feature("x", "count"),), "second"), "'second' came"),
    ],
)
def test_impossible_features_are_refused(make, said):
    with pytest.raises(BadInput, match=said):
        make()


@settings(max_examples=100)
@given(some_people, st.integers(1, 8), st.integers(0, 20), st.booleans())
def test_block_by_block_gives_the_same_rows(small_timelines, people, most, end, some):
    timelines = small_timelines(people, skip=sorted(people)[:1] if some else ())
    asked, whole = Features(A, COLUMNS), []
    mask = np.array([place % 2 for place in range(len(people))], np.uint8) if some else NO_BYTES
    for block, owners in blocks_of(timelines, most):
        assert block.signals <= most or block.people == 1
        whole += read(block, asked, end, people=mask[owners])
    assert whole == read(timelines, asked, end, people=mask)


def test_blocks_hold_every_owner_once_and_copy_nothing(small_timelines):
    timelines = small_timelines({owner: [(time, "a", {"value": 1}) for time in range(owner)] for owner in range(9)})
    blocks = [block for block, _ in blocks_of(timelines, 6)]
    assert [block.owners.tolist() for block in blocks] == [[0, 1, 2, 3], [4], [5], [6], [7], [8]]
    assert all(np.shares_memory(block.columns["value"], timelines.columns["value"]) for block in blocks)
    assert all(block.times.size == block.starts[-1] for block in blocks)
