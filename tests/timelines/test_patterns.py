"""Patterns against a slow reader that lists all of them with itertools."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from many import many

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines import patterns
from touchpath.timelines.arrays import NO_BYTES, one_cell
from touchpath.timelines.cases import Cases
from touchpath.timelines.moments import Ratio
from touchpath.timelines.patterns import AT_ONCE, LATER, Patterns

FAR = 10**12


def ratio(pairs):
    rows = [(x, y, x * x, x * y, y * y) for x, y in pairs]
    return Ratio(len(rows), *(sum(column) for column in zip(*rows, strict=True))) if rows else Ratio(0, 0, 0, 0, 0, 0)


def slow_patterns(run, asked):
    """Every pattern of a run-up."""
    found = {(AT_ONCE, *run[at : at + size]) for size in range(1, asked.length + 1) for at in range(len(run) - size + 1)}
    for size in range(2, asked.gapped + 1):
        for places in itertools.combinations(range(len(run)), size):
            if asked.apart is None or all(b - a - 1 <= asked.apart for a, b in itertools.pairwise(places)):
                found.add((LATER, *(run[place] for place in places)))
    return found


def slow_cases(question, asked):
    """[(owner, cell, patterns, whether it has the outcome)], cases at once and open by cell."""
    found, at_once, waiting = [], Counter(), Counter()
    for case, signals in question.slow_with(asked.outcome.kinds):
        if case.cell < 0 or case.open:
            waiting[case.cell] += case.open
            continue
        until = next((place for place, (_, kind, _) in enumerate(signals) if kind in asked.outcome.kinds), None)
        run = [node for node in case.nodes[:until] if node is not None]
        run = run[-asked.run :] if asked.part == "last" else run[: asked.run]
        if run:
            found.append((case.owner, case.cell, slow_patterns(tuple(run), asked), until is not None))
        else:
            at_once[case.cell] += 1
    return found, at_once, waiting


@many(400)
@given(
    st.data(),
    st.sampled_from("cd"),
    st.integers(1, 5),
    st.sampled_from(["last", "first"]),
    st.integers(1, 3),
    st.sampled_from([0, 2, 3]),
    st.sampled_from([None, 0, 1]),
    st.sampled_from([(), ("a",), ("a", "b")]),
    st.booleans(),
)
def test_patterns_agree_with_a_slow_reader(case_question, data, outcome, run, part, length, gapped, apart, pattern, at_once):
    question = case_question(data)
    names = question.timelines.words["kind"]
    places = tuple(names.index(name) if question.cases.nodes is None else "ab".index(name) for name in pattern)
    given_pattern = pattern if question.cases.nodes is None else places
    asked = Patterns(EventRule((outcome,)), question.cases, run, part, length, gapped, apart, given_pattern, at_once)
    result = asked.map(*question.arguments)
    found, early, waiting = slow_cases(question, asked)
    totals, taken, outcomes = (
        defaultdict(lambda: defaultdict(lambda: [0, 0])),
        defaultdict(lambda: defaultdict(lambda: [0, 0])),
        {},
    )
    for owner, cell, had, ended in found:
        for counts in (totals[cell][owner], *(taken[cell, trail][owner] for trail in had)):
            counts[0] += 1
            counts[1] += ended
        mine = (AT_ONCE if at_once else LATER, *places) in had if pattern else ended
        outcomes[owner] = max(outcomes.get(owner, 0), int(mine))
    summary = result.summary
    for cell in range(question.cells.count):
        assert summary.cases.cell(cell) == ratio(totals[cell].values())
        assert (summary.open[cell], summary.at_once[cell]) == (waiting[cell], early[cell])
    assert set(summary.patterns.trails()) == set(taken)
    for row, (cell, trail) in enumerate(summary.patterns.trails()):
        mine = taken[cell, trail]
        assert summary.patterns.second(row) == ratio(mine.values())
        crossed = [sum(mine[o][i] * totals[cell][o][j] for o in mine) for i, j in [(0, 0), (0, 1), (1, 0), (1, 1)]]
        assert summary.patterns.sums[row, 6:10].tolist() == crossed
    assert result.outcomes.tolist() == [outcomes.get(owner, -1) for owner in sorted(question.people)]


@settings(max_examples=100)
@given(st.data())
def test_any_division_of_people_gives_the_same_summary(case_question, data):
    question = case_question(data)
    asked = Patterns(EventRule(("c",)), question.cases, 4, gapped=3)
    a, b, c = (asked.map(*part).summary for part in question.parts())
    assert asked.map(*question.arguments).summary == a + b + c == c + (b + a)


def test_more_patterns_than_the_first_table_holds(small_timelines):
    rng = np.random.default_rng(9)
    people = {
        person: [(at, "abcdefghijkl"[kind], {}) for at, kind in enumerate(rng.integers(0, 12, 30).tolist())]
        for person in range(200)
    }
    asked = Patterns(EventRule(("z",)), run=30, length=5, gapped=3)
    found = asked.map(small_timelines(people), one_cell(), NO_BYTES, FAR).summary
    expected = Counter()
    for mine in people.values():
        run = tuple("abcdefghijkl".index(kind) + 1 for _, kind, _ in mine)
        expected.update(slow_patterns(run, asked))
    assert found.patterns.count == len(expected) > 1 << 13
    assert sorted(found.patterns.sums[:, 1].tolist()) == sorted(expected.values())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"run": 0}, "1 to 30"),
        ({"length": 6}, "1 to 5"),
        ({"gapped": 1}, "2 or 3"),
        ({"apart": -1}, "0 or more"),
        ({"part": "end"}, "'end'"),
    ],
)
def test_patterns_that_cannot_be_asked_are_refused(change, said):
    with pytest.raises(BadInput, match=said):
        Patterns(EventRule(("a",)), **change)


def test_patterns_are_compiled_once(small_timelines):
    timelines = small_timelines({1: [(0, "a", {"objects.order": "x"}), (5, "b", {})]})
    Patterns(EventRule(("a",))).map(timelines, one_cell(), NO_BYTES, FAR)
    cases = Cases((EventRule(("a",)),), same="order")
    Patterns(EventRule(("b",)), cases, 5, "first", 2, 3, 1, (0,), False).map(timelines, one_cell(), np.ones(1, np.uint8), 9)
    assert len(patterns._follow.signatures) == 1
