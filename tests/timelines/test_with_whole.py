"""Folds that count a whole beside its cells in one pass, against the same folds asked twice."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.model.experience import Task
from touchpath.model.rules import EventRule
from touchpath.timelines import durations
from touchpath.timelines.arrays import NO_BYTES, NO_INT32S, Cells
from touchpath.timelines.durations import BUCKETS, Durations, DurationTally
from touchpath.timelines.fold import Totalling
from touchpath.timelines.funnel import Funnel
from touchpath.timelines.sessions import Sessions
from touchpath.timelines.shared import Shared
from touchpath.timelines.tasks import Attempts
from touchpath.timelines.totals import Totals
from touchpath.timelines.volume import Volume

A, B, C, ANY = EventRule(("a",)), EventRule(("b",)), EventRule(("c",)), EventRule(())
UNIT = 700  # microseconds: some durations are no whole milliseconds
END = 20 * UNIT
SPAN = timedelta(microseconds=4 * UNIT)
TASK = Task("t", "", A, B, failure=C, error=EventRule(("d",)), limit=SPAN)
FOLDS = [
    Attempts(TASK),
    Funnel((A, B, C), SPAN, step_times=False),
    Funnel((A, EventRule(("a", "b"))), SPAN, step_times=False),
    Sessions(SPAN),
    Sessions(SPAN, of=EventRule(("a", "c"))),
    Totals(A, B),
    Totals(EventRule(("a", "b")), EventRule(("b", "c")), of_values=True),
    Totals(A, ANY, of_values=True, per="people", part=True),
    Volume((A, B), (C, A)),
    Volume((ANY,), (ANY,)),
]
fields = st.fixed_dictionaries(
    {"channel": st.sampled_from(["web", "shop", ""])}, optional={"value": st.sampled_from([-1, 2, 700])}
)
signals = st.tuples(st.integers(0, 24).map(lambda time: time * UNIT), st.sampled_from("abcde"), fields)
some_people = st.dictionaries(st.integers(1, 50), st.lists(signals, max_size=12), max_size=5)
borders = st.lists(st.integers(0, 22), min_size=3, max_size=5, unique=True).map(sorted)
WORDS = {"kind": ("", *"abcde"), "channel": ("", "web", "shop")}


@pytest.mark.parametrize("fold", FOLDS, ids=lambda fold: type(fold).__name__)
@settings(max_examples=60)
@given(
    people=some_people,
    edges=borders,
    by=st.sampled_from(["nothing", "owner", "signal"]),
    end=st.sampled_from([END, 40 * UNIT]),
    data=st.data(),
)
def test_a_whole_and_its_cells_are_as_if_asked_one_by_one(small_timelines, fold, people, edges, by, end, data):
    at = np.array(edges, np.int64) * UNIT
    assert isinstance(fold, Totalling)
    tally, apart, together = fold.tally((at.size - 1) * (1 if by == "nothing" else 2)), [], []
    split = data.draw(st.integers(0, 50))
    for shard in ({one: told for one, told in people.items() if (one > split) == later} for later in (False, True)):
        timelines = small_timelines(shard, WORDS)
        mask = np.array([data.draw(st.booleans()) for _ in shard], np.uint8) if data.draw(st.booleans()) else NO_BYTES
        owners = np.arange(timelines.people, dtype=np.int32) % 3 - 1  # -1 = in no segment
        segments = {
            "nothing": (1, NO_INT32S, NO_INT32S),
            "owner": (2, NO_INT32S, owners),
            "signal": (2, (timelines.code("channel") - 1).astype(np.int32), NO_INT32S),
        }
        cells, whole = Cells(at, *segments[by]), Cells(at[[0, -1]])
        tally.add(Shared(timelines), cells, mask, end)
        apart.append(fold.map(timelines, cells, mask, end).summary)
        together.append(fold.map(timelines, whole, mask, end).summary)
    assert tally.both() == (apart[0] + apart[1], together[0] + together[1])


@pytest.mark.parametrize(
    "fold",
    [
        Attempts(TASK, learning=True),
        Attempts(Task("t", "", A, B, same="order", limit=SPAN)),
        Funnel((A, B), SPAN),
        Funnel((A, B), SPAN, reentry=False, step_times=False),
        Funnel((A, B), SPAN, every=True, step_times=False),
        Funnel((A, B), SPAN, same="order", step_times=False),
    ],
    ids=repr,
)
def test_what_a_whole_does_not_follow_from_is_asked_one_by_one(fold):
    assert fold.tally(2) is None


def test_a_funnel_without_times_of_steps_is_the_same_in_all_else(small_timelines):
    people = {1: [(0, "a", {}), (UNIT, "b", {}), (3 * UNIT, "c", {})], 2: [(0, "a", {}), (0, "b", {})], 3: [(UNIT, "a", {})]}
    for way in ({}, {"every": True}, {"reentry": False}):
        with_times, without = (Funnel((A, B, C), SPAN, **way, step_times=told) for told in (True, False))
        more, less = (
            one.map(small_timelines(people), Cells(np.array([0, 9000])), NO_BYTES, END).summary for one in (with_times, without)
        )
        assert more.step_times.counts.sum() == 3
        assert less.step_times == Durations.none(0)
        assert {name: part for name, part in more._parts().items() if name != "step_times"}.keys() == less._parts().keys() - {
            "step_times"
        }
        for name in ("entrants", "open", "reached"):
            assert getattr(more, name).tolist() == getattr(less, name).tolist()
        for name in ("from_entry", "from_previous", "times"):
            assert getattr(more, name) == getattr(less, name)


def test_times_that_only_together_are_too_long_are_refused_together_alone():
    rows = np.array([0, 1]), np.array([7, 7]), np.array([1 << 46, (1 << 46) + 1])
    assert Durations.of(2, *rows).totals.counts[:, 2].tolist() == [1 << 46, (1 << 46) + 1]
    with pytest.raises(BadInput, match="4,400 years"):
        DurationTally(4, whole=3).add(rows)


@given(parts=st.lists(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3), st.integers(0, 5000)), max_size=6), max_size=4))
@pytest.mark.parametrize("most_waiting", [0, 5, 1 << 20])
def test_durations_go_on_from_shard_to_shard_however_few_may_wait(most_waiting, parts):
    tally, by_cell, together = DurationTally(4, whole=3), Durations.none(3), Durations.none(1)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(durations, "_MOST_WAITING", most_waiting)
        for part in parts:
            rows = np.array(sorted(part, key=lambda row: row[1]), np.int64).reshape(-1, 3).T
            tally.add(rows)
            by_cell += Durations.of(3, *rows)
            together += Durations.of(1, 0 * rows[0], rows[1], rows[2])
        found = tally.durations()
    assert (found.part(0, 3), found.part(3, 4)) == (by_cell, together)


def test_some_neighbouring_cells_are_a_part(small_timelines):
    rows = np.array([0, 2, 1, 2]), np.array([5, 5, 9, 9]), np.array([4, 900, 17, 5])
    whole = Durations.of(3, *rows)
    kept = rows[0] >= 1
    assert whole.part(1, 3) == Durations.of(2, rows[0][kept] - 1, rows[1][kept], rows[2][kept])
    assert whole.part(0, 3) == whole
    assert whole.part(1, 1) == Durations.none(0)
    assert (whole.part(1, 3).codes < 2 * BUCKETS * 8192).all()
