"""Fillings of forms against a slow reader that keeps lists."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from many import many

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_BYTES, Cells, one_cell
from touchpath.timelines.forms import LEFT, WAIT_SCALE, WAS_SENT, Forms, _find

SECOND = 1_000_000
GAP, END = 6 * SECOND, 30 * SECOND
CHANGED, SENT = EventRule(("changed", "both")), EventRule(("sent", "both"))
ASKED = Forms(CHANGED, SENT, gap=timedelta(seconds=6))
EDGES = np.array([2 * SECOND, 14 * SECOND, 25 * SECOND], np.int64)
FIELDS = ("", "name", "phone", "street")
WORDS = {"kind": ("", "both", "changed", "other", "sent"), "properties.field": FIELDS}
signals = st.builds(
    lambda time, kind, field: (time * SECOND, kind, {"properties.field": field}),
    st.integers(0, 29),
    st.sampled_from(["changed", "changed", "changed", "sent", "both", "other"]),
    st.sampled_from(["name", "street", "phone", ""]),
)
some_people = st.dictionaries(st.integers(1, 2**40), st.lists(signals, max_size=16), max_size=5)


def slow_fillings(timeline):
    """[([(time, field), ...], sent)] of one person."""
    found, running = [], None
    for time, kind, more in sorted(timeline, key=lambda one: one[0]):
        if running and time - running[0][-1][0] > GAP:
            running = None
        if kind in ("changed", "both"):
            if not running:
                running = ([], [])
                found.append(running)
            running[0].append((time, more["properties.field"]))
        if kind in ("sent", "both") and running:
            running[1].append(time)
            running = None
    return [(changes, bool(sent)) for changes, sent in found]


def cell_at(time):
    return next((cell for cell in range(2) if EDGES[cell] <= time < EDGES[cell + 1]), None)


def told_of(changes, sent):
    """{field: (refilled, changes, left, logs of waits)} of one filling."""
    named = [field for _, field in changes if field]
    told = {}
    for field in set(named):
        runs = sum(1 for at, one in enumerate(named) if one == field and (at == 0 or named[at - 1] != field))
        first = next(at for at, (_, one) in enumerate(changes) if one == field)
        waits = [math.log(max((changes[first][0] - changes[first - 1][0]) // 1000, 1))] if first else []
        told[field] = (runs > 1, named.count(field), not sent and named[-1] == field, waits)
    return told


@many(300)
@given(some_people)
def test_fillings_agree_with_a_slow_reader(small_timelines, people):
    found = ASKED.map(small_timelines(people, WORDS), Cells(EDGES), NO_BYTES, END)
    sums = [defaultdict(lambda: [0, 0, 0]) for _ in range(2)]
    fields = [defaultdict(lambda: defaultdict(lambda: [0, 0, 0, 0, 0, 0.0])) for _ in range(2)]
    waiting, outcomes = [0, 0], {}
    for owner, timeline in people.items():
        for changes, sent in slow_fillings(timeline):
            cell = cell_at(changes[0][0])
            over = sent or changes[-1][0] + GAP <= END
            if cell is None or not over:
                if cell is not None:
                    waiting[cell] += 1
                continue
            told = told_of(changes, sent)
            outcomes[owner] = WAS_SENT if sent else LEFT
            mine = sums[cell][owner]
            mine[0], mine[1], mine[2] = mine[0] + 1, mine[1] + (not sent), mine[2] + any(one[0] for one in told.values())
            for field, (refilled, count, left, waits) in told.items():
                row = fields[cell][field][owner]
                row[:] = [a + b for a, b in zip(row, (1, refilled, count, left, len(waits), sum(waits)), strict=True)]
    summary = found.summary
    for cell in range(2):
        rows = list(sums[cell].values())
        for moments, column in ((summary.left, 1), (summary.refilled, 2)):
            ratio = moments.cell(cell)
            assert (ratio.people, ratio.x, ratio.y) == (len(rows), sum(r[0] for r in rows), sum(r[column] for r in rows))
            assert (ratio.xy, ratio.yy) == (sum(r[0] * r[column] for r in rows), sum(r[column] ** 2 for r in rows))
        assert summary.open[cell] == waiting[cell]
        told = {FIELDS[code]: ratios for code, ratios in summary.fields.of(cell)}
        assert set(told) == set(fields[cell])
        for field, by_owner in fields[cell].items():
            rows = list(by_owner.values())
            for name, column in (("refilled", 1), ("changes", 2), ("left", 3)):
                ratio = told[field][name]
                assert (ratio.people, ratio.x, ratio.y) == (len(rows), sum(r[0] for r in rows), sum(r[column] for r in rows))
                assert (ratio.xx, ratio.xy) == (sum(r[0] ** 2 for r in rows), sum(r[0] * r[column] for r in rows))
                assert ratio.yy == sum(r[column] ** 2 for r in rows)
            waits = told[field]["waits"]
            assert (waits.people, waits.x) == (sum(r[4] > 0 for r in rows), sum(r[4] for r in rows))
            assert waits.y / WAIT_SCALE == pytest.approx(sum(r[5] for r in rows), abs=0.05)
    assert found.outcomes.tolist() == [outcomes.get(owner, -1) for owner in sorted(people)]


@settings(max_examples=80, deadline=None)
@given(some_people, st.data())
def test_any_division_of_people_gives_the_same_summary(small_timelines, shard, people, data):
    whole = small_timelines(people, WORDS)
    chosen = {owner for owner in people if data.draw(st.booleans())}
    parts = [ASKED.map(shard(whole, part), Cells(EDGES), NO_BYTES, END).summary for part in (chosen, set(people) - chosen)]
    together = ASKED.map(whole, Cells(EDGES), NO_BYTES, END).summary
    assert parts[0] + parts[1] == parts[1] + parts[0] == together
    assert (together - parts[1]).left == parts[0].left
    assert (together - parts[1]).fields == parts[0].fields


def test_changes_that_name_no_field_are_counted(small_timelines):
    people = {1: [(0, "changed", {}), (SECOND, "changed", {"properties.field": "name"}), (2 * SECOND, "sent", {})]}
    summary = ASKED.map(small_timelines(people), one_cell(), NO_BYTES, END).summary
    assert (summary.unread[0], summary.left.cell(0).x, summary.left.cell(0).y) == (1, 1, 0)
    assert summary.fields.of(0)[0][1]["waits"].x == 1


def test_a_gap_of_nothing_is_refused():
    with pytest.raises(BadInput, match="above 0 and at most 100 years, but 0:00:00 came"):
        Forms(CHANGED, SENT, gap=timedelta())


def test_the_kernel_is_compiled_once(small_timelines):
    for people in ({1: [(1, "changed", {"properties.field": "name"})]}, {}):
        ASKED.map(small_timelines(people, WORDS), one_cell(), NO_BYTES, 9)
    assert len(_find.signatures) <= 1
