"""How many people two silos know as one, counted per person, with the gaps."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.estimate import Undefined
from touchpath.model.signal import Signal
from touchpath.services import match_rate
from touchpath.services.match_rate import measure_match_rate
from touchpath.stats.proportions import wilson_interval
from touchpath.timelines.arrays import Timelines, TimelineSet

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_people_are_linked_when_two_sources_know_them(tmp_path):
    create_workspace(tmp_path / "w")
    workspace = open_workspace(tmp_path / "w")
    seen = [
        ("web", ("user:1", "anonymous:a")), ("web", ("anonymous:b",)), ("web", ("anonymous:c",)),
        ("desk", ("user:1",)), ("desk", ("external:d-9",)), ("billing", ("user:1",)), ("web", ()),
    ]  # fmt: skip
    workspace.record(
        [Signal(source, f"{n}", "seen", NOON + timedelta(minutes=n), actors) for n, (source, actors) in enumerate(seen)]
    )
    rate = workspace.platform.match_rate()
    assert (rate.people, rate.signals, rate.without_person) == (4, 7, 1)
    assert (rate.linked.value, rate.linked.n) == (0.25, 4)
    assert (rate.linked.low, rate.linked.high) == pytest.approx(wilson_interval(1, 4))
    assert {one.source: (one.people, one.linked.value) for one in rate.sources} == {
        "web": (3, 1 / 3), "desk": (2, 0.5), "billing": (1, 1.0),
    }  # fmt: skip
    assert {(pair.one, pair.other): pair.people for pair in rate.pairs} == {
        ("web", "desk"): 1, ("web", "billing"): 1, ("desk", "billing"): 1,
    }  # fmt: skip
    workspace.record([Signal("desk", "late", "seen", NOON, ("external:d-9", "anonymous:b"))])
    joined = workspace.platform.match_rate()
    assert (joined.people, joined.linked.value) == (3, 2 / 3)
    workspace.close()


def test_nobody_is_no_rate(tmp_path):
    create_workspace(tmp_path / "w")
    workspace = open_workspace(tmp_path / "w")
    rate = workspace.platform.match_rate()
    assert isinstance(rate.linked, Undefined)
    assert (rate.people, rate.sources, rate.pairs) == (0, (), ())
    workspace.close()


def a_set(people, skip):
    """Timelines in which each person has signals of some source codes."""
    starts = np.concatenate([[0], np.cumsum([len(one) for one in people])]).astype(np.int64)
    codes = np.array([code for one in people for code in one], np.int32)
    times = np.zeros(codes.size, np.int64)
    words = {"source": ["", *(f"s{n}" for n in range(1, 80))]}
    owners = np.arange(len(people), dtype=np.int64)
    shard = Timelines(owners, starts, times, codes, {"source": codes}, words=words, skip=np.array(skip, np.uint8))
    return TimelineSet("person", (shard,), 0, 1, "v")


@settings(max_examples=60)
@given(st.lists(st.tuples(st.lists(st.integers(0, 79), max_size=5), st.booleans()), max_size=8))
def test_counts_are_those_of_an_obvious_count(drawn):
    people, skip = [one for one, _ in drawn], [int(skipped) for _, skipped in drawn]
    rate = measure_match_rate(a_set(people, skip), [])
    seen = [{code for code in one if code} for one, skipped in zip(people, skip, strict=True) if one and not skipped]
    own = {one.source for one in rate.sources if one.source != match_rate.OTHERS}
    as_told = [{f"s{code}" if f"s{code}" in own else match_rate.OTHERS for code in one} for one in seen]
    assert rate.people == len(seen)
    assert {one.source: one.people for one in rate.sources} == {
        name: sum(name in one for one in as_told) for name in {name for one in as_told for name in one}
    }
    linked = sum(len(one) > 1 for one in as_told)
    assert (rate.linked.value * rate.linked.n if seen else 0) == pytest.approx(linked)
