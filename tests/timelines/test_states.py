"""States over time against a slow reader that asks for the state at single moments."""

from __future__ import annotations

import itertools
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from many import many

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_BYTES, Cells, one_cell
from touchpath.timelines.states import States

MS = 1000
TRIAL, PAID, GONE = 1, 2, 3
STATES = (EventRule(("trial",)), EventRule(("paid", "both")), EventRule(("gone", "both")))


def changes_of(signals, lapse, lapsed, last):
    """[(time, state)] of one owner, told by what each instant does; only what is known by `last`."""
    found, state, renewed = [], 0, None
    for time in sorted({time for time, _, _ in signals if time <= last}):
        named = [place for t, kind, _ in signals if t == time for place in [first_state(kind)] if place]
        if not named:
            continue
        if lapse and state not in (0, lapsed) and time - renewed > lapse:
            found.append((renewed + lapse, lapsed))
            state = lapsed
        if max(named) != state:
            found.append((time, max(named)))
            state = max(named)
        renewed = time
    if lapse and state not in (0, lapsed) and last - renewed >= lapse:
        found.append((renewed + lapse, lapsed))
    return found


def first_state(kind):
    return next((place for place, rule in enumerate(STATES, 1) if kind in rule.kinds), 0)


def state_before(changes, moment):
    """The state just before a moment."""
    return max(((time, place, state) for place, (time, state) in enumerate(changes) if time < moment), default=(0, 0, 0))[2]


def slow_states(people, borders, lapse, size, end, segment_of, segments):
    cells = (len(borders) - 1) * segments
    moves, entered, spent = np.zeros((cells, size, size), int), np.zeros((cells, size), int), np.zeros((cells, size), int)
    last = min(end, borders[-1] - 1)
    for owner, signals in people.items():
        if segment_of(owner) < 0:
            continue
        changes = changes_of(signals, lapse, size - 1, last)
        for period, (low, high) in enumerate(itertools.pairwise(borders)):
            if low > last:
                continue
            cell = period * segments + segment_of(owner)
            before, after = state_before(changes, low), state_before(changes, min(high, last + 1))
            if before or after:
                moves[cell, before, after] += 1
            for time, state in changes:
                entered[cell, state] += low <= time < high
            marks = sorted({low, min(high, last + 1), *(time for time, _ in changes if low < time < min(high, last + 1))})
            for since, until in itertools.pairwise(marks):
                if state := state_before(changes, since + 1):
                    spent[cell, state] += (until - since) // MS
    return moves, entered, spent


signals = st.tuples(
    st.integers(0, 20).map(lambda n: n * 300), st.sampled_from(["trial", "paid", "gone", "both", "seen"]), st.just({})
)
some_people = st.dictionaries(st.integers(1, 50), st.lists(signals, max_size=7), max_size=4)
borders = st.lists(st.integers(0, 22).map(lambda n: n * 300), min_size=2, max_size=5, unique=True).map(sorted)


@many(300)
@given(some_people, borders, st.sampled_from([0, 0, 600, 1500]), st.integers(0, 25).map(lambda n: n * 300), st.booleans())
def test_states_agree_with_asking_moment_by_moment(small_timelines, people, edges, lapse, end, cut):
    asked = States(STATES, timedelta(microseconds=lapse) if lapse else None)
    codes = np.array([owner % 3 - 1 for owner in sorted(people)], np.int32) if cut else np.empty(0, np.int32)
    cells = Cells(np.array(edges, np.int64), 2 if cut else 1, owner_codes=codes)
    found = asked.map(small_timelines(people), cells, NO_BYTES, end)
    expected = slow_states(people, edges, lapse, asked.size, end, (lambda o: o % 3 - 1) if cut else (lambda o: 0), cells.segments)
    for mine, theirs in zip((found.summary.moves, found.summary.entered, found.summary.milliseconds), expected, strict=True):
        assert mine.tolist() == theirs.tolist()


@given(some_people, st.randoms(use_true_random=False))
def test_the_stored_order_of_equal_times_does_not_matter(small_timelines, people, random):
    shuffled = {owner: random.sample(given, len(given)) for owner, given in people.items()}
    asked, cells = States(STATES), Cells(np.array([0, 3000, 9000], np.int64))
    first, second = (asked.map(small_timelines(each), cells, NO_BYTES, 6000) for each in (people, shuffled))
    assert first.summary == second.summary
    assert first.outcomes.tolist() == second.outcomes.tolist()


@given(some_people, st.integers(0, 25))
def test_whoever_ends_a_period_in_a_state_begins_the_next_in_it(small_timelines, people, end):
    cells = Cells(np.array([0, 1500, 3000, 4500], np.int64))
    moves = States(STATES, timedelta(microseconds=900)).map(small_timelines(people), cells, NO_BYTES, end * 300).summary.moves
    whole = [period for period in range(1, 3) if cells.edges[period] <= end * 300]
    assert all(moves[p - 1].sum(axis=0)[1:].tolist() == moves[p].sum(axis=1)[1:].tolist() for p in whole)


def test_the_outcome_is_the_state_in_the_end(small_timelines):
    people = {1: [(5, "trial", {})], 2: [(5, "trial", {}), (9, "paid", {})], 3: [(5, "seen", {})], 4: [(5, "paid", {})]}
    assert States(STATES).map(small_timelines(people, skip=[4]), one_cell(), NO_BYTES, 10).outcomes.tolist() == [1, 2, 0, -1]


def test_a_signal_exactly_when_a_state_would_lapse_renews_it(small_timelines):
    asked = States(STATES, timedelta(microseconds=10))
    renewed = asked.map(small_timelines({1: [(0, "paid", {}), (10, "paid", {})]}), one_cell(), NO_BYTES, 19)
    lapsed = asked.map(small_timelines({1: [(0, "paid", {}), (11, "paid", {})]}), one_cell(), NO_BYTES, 19)
    assert renewed.summary.entered[0].tolist() == [0, 0, 1, 0, 0]
    assert lapsed.summary.entered[0].tolist() == [0, 0, 2, 0, 1]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: States(()), "1 to 30 states, but 0"),
        (lambda: States(STATES * 11), "but 33"),
        (lambda: States(STATES, timedelta(0)), "lapses after more than 0"),
    ],
)
def test_impossible_states_are_refused(make, said):
    with pytest.raises(BadInput, match=said):
        make()


def test_segments_of_signals_are_refused(small_timelines):
    cells = Cells(np.array([0, 9], np.int64), 2, signal_codes=np.array([0], np.int32))
    with pytest.raises(BadInput, match="'fixed' or 'latest'"):
        States(STATES).map(small_timelines({1: [(5, "trial", {})]}), cells, NO_BYTES, 10)
