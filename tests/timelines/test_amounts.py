"""Amounts against a slow reader with exact fractions."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from many import many

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines.amounts import Amounts, _code_amounts
from touchpath.timelines.arrays import NO_BYTES, Cells, one_cell
from touchpath.timelines.durations import bin_edges
from touchpath.timelines.kernels import bucket_of, fixed

PAID = EventRule(("paid",))
texts = st.sampled_from(["", "12", "-0.5", "1e3", "0.00005", "much", "2.55", "nan"])
values = (
    st.none() | st.integers(-(10**6), 10**9).map(lambda n: n / 1000) | st.sampled_from([0.0, 0.005, -0.005, 1.5, 255.0, 256.0])
)
fields = st.fixed_dictionaries({"value": values, "properties.size": texts, "unit": st.sampled_from(["", "EUR", "USD"])})
signals = st.tuples(st.integers(0, 9), st.sampled_from(["paid", "paid", "seen"]), fields)
some_people = st.dictionaries(st.integers(1, 2**50), st.lists(signals, max_size=8), max_size=5)
WORDS = {
    "kind": ("", "paid", "seen"),
    "unit": ("", "EUR", "USD"),
    "properties.size": ("", "12", "-0.5", "1e3", "0.00005", "much", "2.55", "nan"),
}
EDGES = np.array([0, 4, 8], np.int64)


def in_units(given, decimals):
    """A number as a whole number of units, halves up; None for what is no number."""
    try:
        return math.floor(Fraction(str(given)) * 10**decimals + Fraction(1, 2))
    except ValueError:
        return None


@many(300)
@given(some_people, st.sampled_from(["value", "properties.size"]), st.integers(0, 6))
def test_amounts_agree_with_a_slow_reader(small_timelines, people, column, decimals):
    asked = Amounts(PAID, column, decimals)
    found = asked.map(small_timelines(people, WORDS), Cells(EDGES), NO_BYTES, 9)
    kept, without, unread, units = defaultdict(list), [0, 0], [0, 0], defaultdict(int)
    for owner, (time, kind, carried) in ((one, signal) for one, mine in people.items() for signal in mine):
        cell = next((c for c, (low, high) in enumerate(itertools.pairwise(EDGES)) if low <= time < high), None)
        if kind != "paid" or cell is None:
            continue
        number = carried[column]
        if number in (None, ""):
            without[cell] += 1
        elif (amount := in_units(number, decimals)) is None:
            unread[cell] += 1
        else:
            kept[cell, owner].append(amount)
            units[WORDS["unit"].index(carried["unit"])] += 1
    summary = found.summary
    assert (summary.without.tolist(), summary.unread.tolist()) == (without, unread)
    assert dict(zip(summary.units.codes.tolist(), summary.units.counts.tolist(), strict=True)) == units
    assert found.outcomes.tolist() == [1 if any(who == owner for _, who in kept) else -1 for owner in sorted(people)]
    for cell in range(2):
        mine = {owner: amounts for (where, owner), amounts in kept.items() if where == cell}
        ratio, every = summary.moments.cell(cell), [amount for amounts in mine.values() for amount in amounts]
        assert (ratio.people, ratio.x, ratio.y) == (len(mine), len(every), sum(every))
        assert ratio.yy == sum(sum(amounts) ** 2 for amounts in mine.values())
        assert summary.extremes.of(cell) == ((min(every), max(every)) if every else None)
        sums = [(bucket_of(owner), sum(amounts)) for owner, amounts in mine.items()]
        singles = [(bucket_of(owner), amount) for owner, amounts in mine.items() for amount in amounts]
        for spread, rows in ((summary.amounts, singles), (summary.totals, sums)):
            table = spread.table(cell)
            assert table.counts.sum(axis=1).tolist() == [sum(at == bucket for at, _ in rows) for bucket in range(64)]
            assert (np.diff(table.mean) > 0).all()
            ordered = sorted(amount for _, amount in rows)
            for mean, count in zip(table.mean, table.counts.sum(axis=0).tolist(), strict=True):
                inside, ordered = ordered[:count], ordered[count:]
                assert mean == pytest.approx(sum(inside) / count, rel=2e-7)
                assert max(inside) - min(inside) <= max(abs(max(inside, key=abs)) / 127, 0)
            assert not ordered


def test_bins_know_their_own_width():
    """The kernel takes a bin's width from its number; it must be the one that the bin has."""
    low, high = bin_edges(np.arange(6000))
    for found in (0, 255, 256, 383, 384, 1000, 5999):
        codes, parts = np.empty((2, 2), np.int64)
        nowhere, ends = fixed(np.zeros(2, np.int64)), fixed(np.array([low[found], high[found]]))
        _code_amounts(nowhere, nowhere, ends, codes, parts)
        width = int(high[found] - low[found] + 1)
        assert (codes[0] - codes[1], parts[0], parts[1]) == (0, 0, (width - 1) * 65536 // width)


@given(some_people, st.data())
def test_any_division_of_people_gives_the_same_summary(small_timelines, shard, people, data):
    whole, asked = small_timelines(people, WORDS), Amounts(PAID)
    chosen = {owner for owner in people if data.draw(st.booleans())}
    parts = [asked.map(shard(whole, part), Cells(EDGES), NO_BYTES, 9).summary for part in (chosen, set(people) - chosen)]
    assert parts[0] + parts[1] == parts[1] + parts[0] == asked.map(whole, Cells(EDGES), NO_BYTES, 9).summary
    mask = np.array([owner in chosen for owner in sorted(people)], np.uint8)
    if people:
        assert asked.map(whole, Cells(EDGES), mask, 9).summary == parts[0]
        skipped = small_timelines(people, WORDS, set(people) - chosen)
        assert asked.map(skipped, Cells(EDGES), NO_BYTES, 9).summary == parts[0]


def test_too_much_for_one_person_is_refused_rather_than_rounded(small_timelines):
    rich = {1: [(time, "paid", {"value": 9e6}) for time in range(20)]}
    with pytest.raises(BadInput, match="as in decimals: 4"):
        Amounts(PAID, decimals=6).map(small_timelines(rich), one_cell(), NO_BYTES, 99)
    assert (
        Amounts(PAID, decimals=2).map(small_timelines(rich), one_cell(), NO_BYTES, 99).summary.moments.cell(0).y == 20 * 9 * 10**8
    )


@pytest.mark.parametrize(("change", "said"), [({"column": "channel"}, "'channel' came"), ({"decimals": 7}, "0 to 6")])
def test_impossible_questions_are_refused(change, said):
    with pytest.raises(BadInput, match=said):
        Amounts(PAID, **change)


def test_the_kernel_is_compiled_once(small_timelines):
    for people in ({1: [(1, "paid", {"value": 3})]}, {}):
        Amounts(PAID).map(small_timelines(people, WORDS), one_cell(), NO_BYTES, 9)
    assert len(_code_amounts.signatures) == 1
