"""Histories of purchases against a slow reader, and the promises of their summaries."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from many import many

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_BYTES, Cells
from touchpath.timelines.purchases import DAY, Purchases

BOUGHT = EventRule(("bought",))
QUARTER = DAY // 4
fields = st.fixed_dictionaries({}, optional={"value": st.integers(-2, 9)})
signals = st.tuples(st.integers(0, 40).map(lambda n: n * QUARTER), st.sampled_from(["bought", "bought", "seen"]), fields)
some_people = st.dictionaries(st.integers(1, 50), st.lists(signals, max_size=9), max_size=6)
borders = st.lists(st.integers(0, 44).map(lambda n: n * QUARTER), min_size=2, max_size=4, unique=True).map(sorted)


def slow_history(mine, until):
    """Repeat occasions, days to the last, days watched, and hundredths of money, of one owner's signals in any order."""
    bought = sorted(
        ((time, given.get("value")) for time, kind, given in mine if kind == "bought" and time < until), key=lambda b: b[0]
    )
    if not bought:
        return None
    occasions = []
    for time, _ in bought:
        if not occasions or time >= occasions[-1] + DAY:
            occasions.append(time)
    money = sum(value or 0 for time, value in bought if len(occasions) > 1 and time >= occasions[1]) * 100
    first = occasions[0]
    return len(occasions) - 1, (occasions[-1] - first) // DAY, (until - first) // DAY, money


@many(300)
@given(some_people, borders, st.integers(0, 48).map(lambda n: n * QUARTER), st.booleans())
def test_histories_agree_with_a_slow_reader(small_timelines, people, edges, end, cut):
    codes = np.array([owner % 3 - 1 for owner in sorted(people)], np.int32) if cut else np.empty(0, np.int32)
    cells = Cells(np.array(edges, np.int64), 2 if cut else 1, owner_codes=codes)
    found = Purchases(BOUGHT).map(small_timelines(people), cells, NO_BYTES, end)
    expected = [Counter() for _ in range(cells.count)]
    money = np.zeros(cells.count, np.int64)
    for owner, mine in people.items():
        for period, high in enumerate(edges[1:]):
            history = slow_history(mine, min(high, end + 1))
            if edges[period] <= end and history and (not cut or owner % 3):
                cell = period * cells.segments + (owner % 3 - 1 if cut else 0)
                expected[cell][history[:3]] += 1
                money[cell] += history[3]
    for cell in range(cells.count):
        histories, sums = found.summary.of(cell)
        counted = Counter()
        for history, owners in zip(histories.tolist(), sums[:, 0].tolist(), strict=True):
            counted[tuple(history)] += owners
        assert counted == expected[cell]
        assert sums[:, 1].sum() == money[cell]
    if not cut and edges[0] <= end:
        whole = [slow_history(people[owner], min(edges[-1], end + 1)) for owner in sorted(people)]
        assert found.outcomes.tolist() == [history[0] if history else -1 for history in whole]


@given(some_people, st.data())
def test_any_division_of_people_gives_the_same_histories(small_timelines, shard, people, data):
    whole = small_timelines(people, {"kind": ("", "bought", "seen")})
    chosen = {owner for owner in people if data.draw(st.booleans())}
    fold, cells = Purchases(BOUGHT), Cells(np.array([0, 3 * DAY, 12 * DAY], np.int64))
    parts = [fold.map(shard(whole, part), cells, NO_BYTES, 10 * DAY).summary for part in (chosen, set(people) - chosen)]
    together = fold.map(whole, cells, NO_BYTES, 10 * DAY).summary
    assert parts[0] + parts[1] == parts[1] + parts[0] == together
    assert together - parts[0] == parts[1]


def test_segments_of_signals_are_refused(small_timelines):
    cells = Cells(np.array([0, 9], np.int64), 2, signal_codes=np.array([0], np.int32))
    with pytest.raises(BadInput, match="'fixed' or 'latest'"):
        Purchases(BOUGHT).map(small_timelines({1: [(5, "bought", {})]}), cells, NO_BYTES, 10)
