"""Totals against a slow reader with exact fractions."""

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
from touchpath.timelines.arrays import NO_BYTES, Cells, one_cell
from touchpath.timelines.moments import Ratio
from touchpath.timelines.totals import SCALE, Totals, _count

REFUNDED, PAID, EITHER = EventRule(("refunded",)), EventRule(("paid",)), EventRule(("paid", "refunded"))
values = st.none() | st.integers(-(10**6), 10**9).map(lambda n: n / 1000) | st.sampled_from([0.0, 0.00005, -0.00005])
signals = st.tuples(st.integers(0, 9), st.sampled_from(["paid", "refunded", "seen"]), st.fixed_dictionaries({"value": values}))
some_people = st.dictionaries(st.integers(1, 2**50), st.lists(signals, max_size=8), max_size=5)
WORDS = {"kind": ("", "paid", "refunded", "seen")}
EDGES = np.array([0, 4, 8], np.int64)


def slowly(people, numerator, of_values, per="same"):
    """Per cell: person moments as Ratio, and how many signals carry no value."""
    sums, without = [defaultdict(lambda: [0, 0]) for _ in range(2)], [0, 0]
    for owner, (time, kind, carried) in ((one, signal) for one, mine in people.items() for signal in mine):
        cell = next((c for c, (low, high) in enumerate(itertools.pairwise(EDGES)) if low <= time < high), None)
        if cell is None or not (kind in numerator.kinds or kind == "paid"):
            continue
        above, below, lacks = kind in numerator.kinds, kind == "paid", of_values and carried["value"] is None
        without[cell] += lacks and (above or per == "same")
        if lacks and (per == "same" or not below):
            continue
        amount = math.floor(Fraction(str(carried["value"] or 0)) * SCALE + Fraction(1, 2)) if of_values else 1
        sums[cell][owner][0] += below * (amount if per == "same" else 1)
        sums[cell][owner][1] += amount * above
        if per == "people":
            sums[cell][owner][0] = min(sums[cell][owner][0], 1)
    return [_ratio(pairs.values()) for pairs in sums], without


def _ratio(pairs):
    x, y = ([pair[at] for pair in pairs] for at in (0, 1))
    return Ratio(
        len(x), sum(x), sum(y), sum(a * a for a in x), sum(a * b for a, b in zip(x, y, strict=True)), sum(b * b for b in y)
    )


@many(200)
@given(some_people, st.sampled_from([REFUNDED, EITHER]), st.booleans(), st.sampled_from(["same", "signals", "people"]))
def test_totals_agree_with_a_slow_reader(small_timelines, people, numerator, of_values, per):
    asked = Totals(numerator, PAID, of_values, per)
    found = asked.map(small_timelines(people, WORDS), Cells(EDGES), NO_BYTES, 9).summary
    ratios, without = slowly(people, numerator, of_values, per)
    assert [found.moments.cell(cell) for cell in (0, 1)] == ratios
    assert found.without.tolist() == without


@given(some_people, st.data())
def test_any_division_of_people_gives_the_same_summary(small_timelines, shard, people, data):
    whole, asked = small_timelines(people, WORDS), Totals(REFUNDED, PAID, of_values=True)
    chosen = {owner for owner in people if data.draw(st.booleans())}
    parts = [asked.map(shard(whole, part), Cells(EDGES), NO_BYTES, 9).summary for part in (chosen, set(people) - chosen)]
    assert parts[0] + parts[1] == parts[1] + parts[0] == asked.map(whole, Cells(EDGES), NO_BYTES, 9).summary


def test_who_has_either_is_an_outcome(small_timelines):
    people = {1: [(1, "paid", {"value": 3})], 2: [(1, "refunded", {"value": 3})], 3: [(1, "seen", {})], 4: [(1, "paid", {})]}
    shard = small_timelines(people, WORDS)
    assert Totals(REFUNDED, PAID).map(shard, one_cell(), NO_BYTES, 9).outcomes.tolist() == [1, 1, -1, 1]
    assert Totals(REFUNDED, PAID, of_values=True).map(shard, one_cell(), NO_BYTES, 9).outcomes.tolist() == [1, 1, -1, -1]


def test_too_much_for_one_person_is_refused_rather_than_rounded(small_timelines):
    rich = {1: [(time, "paid", {"value": 9e9}) for time in range(9)]}
    with pytest.raises(BadInput, match="too much to be added up exactly"):
        Totals(REFUNDED, PAID, of_values=True).map(small_timelines(rich), one_cell(), NO_BYTES, 99)


def test_the_kernel_is_compiled_once(small_timelines):
    for people in ({1: [(1, "paid", {"value": 3})]}, {}):
        Totals(REFUNDED, PAID).map(small_timelines(people, WORDS), one_cell(), NO_BYTES, 9)
    assert len(_count.signatures) <= 1
