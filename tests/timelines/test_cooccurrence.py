"""Co-occurrence against a slow reader with sets."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from many import many

from touchpath.model.rules import EventRule
from touchpath.timelines import cooccurrence
from touchpath.timelines.arrays import NO_BYTES, one_cell
from touchpath.timelines.cases import Cases
from touchpath.timelines.cooccurrence import Cooccurrence, Pair

FAR = 10**12


def slow_pair(mine, first, second):
    """The sums of one cell. mine: {owner: [set of nodes of each case]}."""
    rows = []
    for cases in mine.values():
        t, a, b = len(cases), sum(first in case for case in cases), sum(second in case for case in cases)
        rows.append((t, a, b, sum({first, second} <= case for case in cases)))
    tt, aa, bb, cc, at, bt, ct, ab, ca, cb = (
        sum(row[x] * row[y] for row in rows)
        for x, y in [(0, 0), (1, 1), (2, 2), (3, 3), (1, 0), (2, 0), (3, 0), (1, 2), (3, 1), (3, 2)]
    )
    t, a, b, c = (sum(row[column] for row in rows) for column in range(4))
    with_both, people_a, people_b = (sum(row[column] > 0 for row in rows) for column in (3, 1, 2))
    return Pair(len(rows), with_both, t, a, b, c, tt, aa, bb, cc, at, bt, ct, ab, ca, cb, people_a, people_b)


@many(400)
@given(st.data(), st.sampled_from([None, ("a", "b"), ("b", "a")]))
def test_pairs_agree_with_a_slow_reader(case_question, data, pair):
    question = case_question(data)
    words = question.timelines.words["kind"]
    places = tuple(words.index(name) if question.cases.nodes is None else "ab".index(name) for name in pair or ())
    asked = Cooccurrence(question.cases, (pair if question.cases.nodes is None else places) if pair else None)
    found = asked.map(*question.arguments)
    cells, outcomes, waiting = defaultdict(lambda: defaultdict(list)), {}, Counter()
    for case in question.slow():
        nodes = set(case.nodes)
        waiting[case.cell] += case.open
        if not case.open:
            cells[case.cell][case.owner].append(nodes)
            held = 2 * (places[0] in nodes) + (places[1] in nodes) if pair else 0
            outcomes[case.owner] = max(outcomes.get(case.owner, 0), held)
    for cell in range(question.cells.count):
        mine = cells[cell]
        nodes = sorted(set().union(*itertools.chain(*mine.values())))
        assert sorted(found.summary.nodes_of(cell)) == nodes
        assert found.summary.open[cell] == waiting[cell]
        had = {two for owner in mine.values() for two in itertools.combinations(sorted(set().union(*owner)), 2)}
        assert set(found.summary.pairs_of(cell)) == had
        for first, second in itertools.combinations(range(len(words)), 2):
            assert found.summary.pair(cell, first, second) == slow_pair(mine, first, second)
    assert found.outcomes.tolist() == [outcomes.get(owner, -1) for owner in sorted(question.people)]


@many(150)
@given(st.data())
def test_any_division_of_people_gives_the_same_summary(case_question, data):
    question = case_question(data)
    asked = Cooccurrence(question.cases)
    a, b, c = (asked.map(*part).summary for part in question.parts())
    assert asked.map(*question.arguments).summary == a + b + c == c + (b + a)


def test_more_nodes_and_pairs_than_the_first_tables_hold(small_timelines):
    rng = np.random.default_rng(8)
    people = {
        person: [(at, chr(200 + kind), {}) for at, kind in enumerate(rng.integers(0, 900, 120).tolist())] for person in range(60)
    }
    summary = Cooccurrence().map(small_timelines(people), one_cell(), NO_BYTES, FAR).summary
    expected = Counter(
        pair for mine in people.values() for pair in itertools.combinations(sorted({kind for _, kind, _ in mine}), 2)
    )
    assert len(summary.pairs_of(0)) == len(expected) > 1 << 16
    assert sorted(summary.pairs.counts[:, 1].tolist()) == sorted(expected.values())
    assert len(summary.nodes_of(0)) > 1 << 9


def test_cooccurrence_is_compiled_once(small_timelines):
    timelines = small_timelines({1: [(0, "a", {"objects.order": "x"}), (5, "b", {})]})
    Cooccurrence().map(timelines, one_cell(), NO_BYTES, FAR)
    cases = Cases((EventRule(("a",)), EventRule(("b",))), same="order")
    Cooccurrence(cases, (0, 1)).map(timelines, one_cell(), np.ones(1, np.uint8), 9)
    assert len(cooccurrence._follow.signatures) == 1
