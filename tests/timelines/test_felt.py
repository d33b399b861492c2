"""Felt waits against a slow reader."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from many import many

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_BYTES, Cells, one_cell
from touchpath.timelines.felt import Felt

SAID, CAME, SERVED = EventRule(("said",)), EventRule(("came", "both")), EventRule(("served", "both"))
TENTH = 100_000
EDGES = [0, 4 * TENTH, 9 * TENTH]
WORDS = {"kind": ("", "both", "came", "said", "seen", "served")}
signals = st.tuples(
    st.integers(0, 10).map(lambda tenths: tenths * TENTH),
    st.sampled_from(["both", "came", "said", "said", "seen", "served"]),
    st.fixed_dictionaries({}, optional={"value": st.sampled_from([-1, 0, 0.1, 0.25, 3]), "objects.sub": st.sampled_from("ab")}),
)
some_people = st.dictionaries(st.integers(1, 2**50), st.lists(signals, max_size=10), max_size=5)


def pairs_of(mine, window):
    """(time of the answer, felt, real) in tenths; felt is None where nothing usable is said, real where there is no wait."""
    rank = {"came": 0, "both": 0, "served": 1, "said": 2, "seen": 3}
    began, wait = None, None
    for time, kind, fields in sorted(mine, key=lambda s: (s[0], rank[s[1]])):
        if kind in ("served", "both") and began is not None:
            wait, began = (time, time - began), None
        if kind in ("came", "both") and began is None:
            began = time
        if kind == "said":
            value, real = fields.get("value"), None
            if wait is not None and time - wait[0] <= window:
                real, wait = wait[1], None
            yield (
                time,
                None if value is None or value < 0 else math.floor(value * 10 + 0.5),
                None if real is None else real // TENTH,
            )


@many(300)
@given(some_people, st.integers(1, 6), st.booleans())
def test_pairs_agree_with_a_slow_reader(small_timelines, people, window, same):
    asked = Felt(SAID, CAME, SERVED, timedelta(seconds=1), timedelta(microseconds=window * TENTH), "sub" if same else "")
    found = asked.map(small_timelines(people, WORDS), Cells(np.array(EDGES, np.int64)), NO_BYTES, 20 * TENTH).summary
    expected = [defaultdict(list) for _ in range(2)]
    alone, unread = [0, 0], [0, 0]
    for owner, mine in people.items():
        groups = [[s for s in mine if s[2].get("objects.sub") == name] for name in "ab"] if same else [mine]
        for time, felt, real in itertools.chain.from_iterable(pairs_of(group, window * TENTH) for group in groups):
            cell = next((c for c, (low, high) in enumerate(itertools.pairwise(EDGES)) if low <= time < high), None)
            if cell is None:
                continue
            unread[cell] += felt is None
            alone[cell] += felt is not None and real is None
            if felt is not None and real is not None:
                expected[cell][owner].append((felt, real))
    assert (found.alone.tolist(), found.unread.tolist()) == (alone, unread)
    for cell in (0, 1):
        flat = [pair for mine in expected[cell].values() for pair in mine]
        sums = [sum(part) for part in zip(*((1, f, r, f * f, f * r, r * r) for f, r in flat), strict=True)] or [0] * 6
        assert found.sums[cell].sum(axis=0).tolist() == sums
        ratio, own = found.pairs.cell(cell), [(len(mine), sum(f - r for f, r in mine)) for mine in expected[cell].values()]
        assert (ratio.people, ratio.x, ratio.y) == (len(own), sum(x for x, _ in own), sum(y for _, y in own))
        assert (ratio.xy, ratio.yy) == (sum(x * y for x, y in own), sum(y * y for _, y in own))


def test_the_outcome_says_whose_answer_has_a_wait(small_timelines):
    people = {
        1: [(1, "came", {}), (5, "served", {}), (6, "said", {"value": 1})],
        2: [(6, "said", {"value": 1})],
        3: [(1, "came", {}), (5, "served", {})],
    }
    found = Felt(SAID, CAME, SERVED).map(small_timelines(people, WORDS), one_cell(), NO_BYTES, 20)
    assert found.outcomes.tolist() == [1, 0, -1]


def test_a_wait_of_more_than_a_year_is_told_and_in_no_pair(small_timelines):
    year = 367 * 86_400_000_000
    people = {1: [(1, "came", {}), (year, "served", {}), (year + 1, "said", {"value": 3})], 2: [(1, "said", {"value": 1e12})]}
    found = Felt(SAID, CAME, SERVED).map(small_timelines(people, WORDS), one_cell(), NO_BYTES, 2 * year).summary
    assert (found.unread.tolist(), found.alone.tolist(), found.pairs.cell(0).x) == ([2], [0], 0)


@pytest.mark.parametrize("wrong", [{"unit": timedelta()}, {"window": timedelta(days=-1)}])
def test_a_unit_and_a_window_are_above_0(wrong):
    with pytest.raises(BadInput, match="is above 0"):
        Felt(SAID, CAME, SERVED, **wrong)
