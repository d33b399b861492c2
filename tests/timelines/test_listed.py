"""Signals of a span that meet rules, listed, against a slow reader; and what is kept of them while timelines are shared."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_BYTES, NO_VALUE
from touchpath.timelines.listed import Span, Wanted, list_ahead, list_signals, plan_lists, reads_some
from touchpath.timelines.shared import Room, Shared

A, AB, ANY = EventRule(("a",)), EventRule(("a", "b")), EventRule(())
ENDLESS = int(np.iinfo(np.int64).max)
some_people = st.dictionaries(
    st.integers(1, 9), st.lists(st.tuples(st.integers(0, 12), st.sampled_from("abc"), st.just({})), max_size=9), max_size=6
)
borders = st.sampled_from([NO_VALUE, 0, 3, 7]), st.sampled_from([4, 8, ENDLESS]), st.sampled_from([0, 1, 5])


def places(timelines, listed):
    """The rows of each owner, once it is clear that times and codes are theirs."""
    rows = listed.rows if listed.rows.size else np.arange(timelines.signals)
    found = [rows[first:after].tolist() for first, after in zip(listed.firsts, listed.afters, strict=True)]
    for first, after, mine in zip(listed.firsts, listed.afters, found, strict=True):
        assert listed.times[first:after].tolist() == timelines.times[mine].tolist()
        assert listed.codes[first:after].tolist() == timelines.kinds[mine].tolist()
    return found


@given(some_people, st.sampled_from([(A,), (AB, A), (ANY,)]), st.tuples(*borders), st.booleans(), st.data())
def test_signals_are_listed_as_a_slow_reader_finds_them(small_timelines, people, rules, span, shared, data):
    timelines = small_timelines(people, {"kind": ("", "a", "b", "c")})
    asked, (low, high, longer) = Span(*span), span
    chosen = (
        np.array([data.draw(st.booleans()) for _ in range(timelines.people)], np.uint8) if data.draw(st.booleans()) else NO_BYTES
    )
    kinds = {kind for kind in "abc" if any(not rule.kinds or kind in rule.kinds for rule in rules)}
    expected = []
    for owner in range(timelines.people):
        mine = range(int(timelines.starts[owner]), int(timelines.starts[owner + 1])) if not chosen.size or chosen[owner] else ()
        inside = [row for row in mine if low <= timelines.times[row] < high + longer]
        expected.append([row for row in inside if timelines.words["kind"][timelines.kinds[row]] in kinds])
    _, listed = list_signals(Shared(timelines) if shared else timelines, rules, asked, chosen)
    assert places(timelines, listed) == expected


@given(
    some_people,
    st.lists(st.sampled_from([(A,), (AB, A), (ANY,), (EventRule(("c",)), A), ()]), min_size=1, max_size=6),
    st.booleans(),
)
def test_lists_made_together_are_those_made_alone(small_timelines, people, wanted, some):
    timelines = small_timelines(people, {"kind": ("", "a", "b", "c")}, skip=list(people)[:1] if some else ())
    chosen = np.array([place % 2 for place in range(timelines.people)], np.uint8) if some else NO_BYTES
    spans = [Span(NO_VALUE, 8, 2), Span(3, 8), Span(3, 8, 5)]
    asked = [Wanted(rules, spans[place % 3]) for place, rules in enumerate(wanted)]
    shared = Shared(timelines)
    list_ahead(shared, plan_lists(shared.words["kind"], asked, every=reads_some(shared, chosen)), chosen)
    for one in asked:
        together, alone = list_signals(shared, *one, chosen)[1], list_signals(timelines, *one, chosen)[1]
        assert places(timelines, together) == places(timelines, alone)


@given(some_people, st.lists(st.sets(st.sampled_from("abcd")), min_size=1, max_size=13), st.booleans())
def test_any_number_of_lists_of_one_span_are_made_together(small_timelines, people, kinds_of, some):
    timelines = small_timelines(people, {"kind": ("", "a", "b", "c", "d")})
    chosen = np.array([place % 2 for place in range(timelines.people)], np.uint8) if some else NO_BYTES
    asked = [Wanted(tuple(EventRule((kind,)) for kind in sorted(kinds)), Span(2, 9)) for kinds in kinds_of]
    shared = Shared(timelines)
    list_ahead(shared, plan_lists(shared.words["kind"], asked, every=True), chosen)
    for one in asked:
        together, alone = list_signals(shared, *one, chosen)[1], list_signals(timelines, *one, chosen)[1]
        assert places(timelines, together) == places(timelines, alone)


def test_a_room_is_used_again_by_the_shards_that_follow_and_by_nothing_else_in_one():
    room = Room()
    first, second = room.take(8, np.int64), room.take(4, np.int32)
    first[:], second[:] = 1, 2
    assert not np.shares_memory(first, second)
    assert (first.dtype, second.dtype, first.size, second.size) == (np.int64, np.int32, 8, 4)
    room.clear()
    assert np.shares_memory(room.take(6, np.int64), first)
    assert room.take(100, np.int64).size == 100


def test_lists_of_one_shard_do_not_change_those_that_other_timelines_keep(small_timelines):
    people = {1: [(1, "a", {}), (2, "b", {})], 2: [(3, "a", {})]}
    alone, room = Shared(small_timelines(people)), Room()
    kept = list_signals(alone, (A,), Span(0, 9), NO_BYTES)[1]
    for shard in ({3: [(5, "a", {})]}, {4: [(4, "b", {}), (7, "a", {}), (8, "a", {})]}, people):
        timelines = small_timelines(shard)
        listed = list_signals(Shared(timelines, room), (A,), Span(0, 9), NO_BYTES)[1]
        assert places(timelines, listed) == places(timelines, list_signals(timelines, (A,), Span(0, 9), NO_BYTES)[1])
    assert kept.rows.tolist() == [0, 2]


def test_shared_timelines_list_the_same_once_for_the_same_people(small_timelines):
    shared = Shared(small_timelines({1: [(1, "a", {})], 2: [(2, "b", {}), (3, "a", {})]}))
    asked, first, second = (shared, [A], Span(0, 9)), np.array([1, 0], np.uint8), np.array([0, 1], np.uint8)
    assert list_signals(*asked, NO_BYTES)[1] is list_signals(*asked, NO_BYTES)[1]
    assert list_signals(*asked, first)[1].rows.tolist() == [0]
    assert list_signals(*asked, second)[1].rows.tolist() == [2]
    for _ in range(20):  # others that may come to lie where those before lay
        chosen = np.array([0, 1], np.uint8)
        assert list_signals(*asked, chosen)[1].rows.tolist() == [2]
        del chosen
        assert list_signals(*asked, np.array([1, 0], np.uint8))[1].rows.tolist() == [0]
