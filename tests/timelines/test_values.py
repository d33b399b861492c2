"""Values, and recency, frequency and money, against slow readers."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from many import many

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_BYTES, Cells, one_cell
from touchpath.timelines.durations import bin_edges
from touchpath.timelines.rfm import Rfm
from touchpath.timelines.values import Values

BOUGHT = EventRule(("bought",))
fields = st.fixed_dictionaries({}, optional={"channel": st.sampled_from(["web", "app", "shop"]), "value": st.integers(-2, 9)})
signals = st.tuples(st.integers(0, 15).map(lambda n: n * 1000), st.sampled_from(["bought", "bought", "seen"]), fields)
some_people = st.dictionaries(st.integers(1, 50), st.lists(signals, max_size=8), max_size=6)
borders = st.lists(st.integers(0, 16).map(lambda n: n * 1000), min_size=2, max_size=4, unique=True).map(sorted)


def slow_value(given, take):
    """The values of one owner in one cell: [(time, word)] in any order."""
    words = sorted({word for _, word in given})
    if take == "any" or not words:
        return words
    if take == "most":
        return [max(words, key=lambda word: (sum(w == word for _, w in given), [-ord(c) for c in word]))]
    moment = min(given)[0] if take == "first" else max(given)[0]
    return [min(word for time, word in given if time == moment)]


@many(300)
@given(some_people, borders, st.sampled_from(["first", "last", "most", "any"]))
def test_values_agree_with_a_slow_reader(small_timelines, people, edges, take):
    timelines = small_timelines(people)
    found = Values("channel", take, BOUGHT).map(timelines, Cells(np.array(edges, np.int64)), NO_BYTES, 10**6).summary
    words = timelines.words.get("channel", ("",))
    for cell, (low, high) in enumerate(itertools.pairwise(edges)):
        expected, owners = Counter(), 0
        for mine in people.values():
            inside = [(t, f["channel"]) for t, kind, f in mine if kind == "bought" and low <= t < high and "channel" in f]
            expected.update(slow_value(inside, take))
            owners += bool(inside)
        codes, counts = found.of(cell)
        assert {words[code]: count for code, count in zip(codes.tolist(), counts.tolist(), strict=True)} == dict(expected)
        assert found.owners[cell] == owners


def test_the_outcome_of_a_value_is_its_word(small_timelines):
    timelines = small_timelines(
        {1: [(1, "bought", {"channel": "web"}), (2, "bought", {"channel": "app"})], 2: [(1, "bought", {})]}
    )
    outcomes = Values("channel", "last").map(timelines, one_cell(), NO_BYTES, 9).outcomes.tolist()
    assert [timelines.words["channel"][outcomes[0]], outcomes[1]] == ["app", -1]


@pytest.mark.parametrize(
    ("column", "take", "said"),
    [("value", "last", "holds no words"), ("objects.order", "last", "no words"), ("channel", "best", "'best' came")],
)
def test_impossible_values_are_refused(column, take, said):
    with pytest.raises(BadInput, match=said):
        Values(column, take)


@many(300)
@given(some_people, borders, st.integers(0, 20).map(lambda n: n * 1000), st.booleans())
def test_recency_frequency_and_money_agree_with_a_slow_reader(small_timelines, people, edges, end, cut):
    codes = np.array([owner % 3 - 1 for owner in sorted(people)], np.int32) if cut else np.empty(0, np.int32)
    cells = Cells(np.array(edges, np.int64), 2 if cut else 1, owner_codes=codes)
    found = Rfm(BOUGHT).map(small_timelines(people), cells, NO_BYTES, end)
    expected = defaultdict(list)
    for owner, mine in people.items():
        for period, high in enumerate(edges[1:]):
            until = min(high, end + 1)
            done = [(time, given) for time, kind, given in mine if kind == "bought" and time < until]
            if edges[period] <= end and done and (not cut or owner % 3):
                money = sum(given.get("value", 0) for _, given in done) * 100
                cell = period * cells.segments + (owner % 3 - 1 if cut else 0)
                expected[cell].append(((until - max(time for time, _ in done)) // 1000, len(done), money))
    for cell in range(cells.count):
        bins, sums = found.summary.of(cell)
        assert sums.sum(axis=0).tolist() == [len(expected[cell]), *np.array(expected[cell] or [(0, 0, 0)]).sum(axis=0).tolist()]
        low, high = bin_edges(bins)
        for ago, often, money in expected[cell]:
            row = (ago, often, max(money, 0))
            assert ((low <= row) & (row <= high)).all(axis=1).any()
    totals = [sum(kind == "bought" and t < min(edges[-1], end + 1) for t, kind, _ in people[owner]) for owner in sorted(people)]
    if not cut and edges[0] <= end:
        assert found.outcomes.tolist() == [total or -1 for total in totals]


@given(some_people, st.data())
def test_any_division_of_people_gives_the_same_sums(small_timelines, shard, people, data):
    whole = small_timelines(people, {"kind": ("", "bought", "seen"), "channel": ("", "web", "app", "shop")})
    chosen = {owner for owner in people if data.draw(st.booleans())}
    for fold in (Rfm(BOUGHT), Values("channel", "most"), Values("channel", "any")):
        cells = Cells(np.array([0, 5000, 9000], np.int64))
        parts = [fold.map(shard(whole, part), cells, NO_BYTES, 8000).summary for part in (chosen, set(people) - chosen)]
        assert parts[0] + parts[1] == parts[1] + parts[0] == fold.map(whole, cells, NO_BYTES, 8000).summary


def test_segments_of_signals_are_refused(small_timelines):
    cells = Cells(np.array([0, 9], np.int64), 2, signal_codes=np.array([0], np.int32))
    with pytest.raises(BadInput, match="'fixed' or 'latest'"):
        Rfm(BOUGHT).map(small_timelines({1: [(5, "bought", {})]}), cells, NO_BYTES, 10)
