"""Rework against a slow reader, the golden case, and pm4py."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from many import many

from touchpath.model.rules import EventRule
from touchpath.timelines import rework
from touchpath.timelines.arrays import NO_BYTES, one_cell
from touchpath.timelines.cases import Cases
from touchpath.timelines.moments import Ratio
from touchpath.timelines.rework import (
    BACK,
    BACKTRACK,
    DEAD_END,
    END,
    FARTHEST,
    REDO,
    REPETITION,
    REWORK,
    SELF_LOOP,
    Rework,
)

FAR = 10**12


def ratio(pairs):
    rows = [(x, y, x * x, x * y, y * y) for x, y in pairs]
    return Ratio(len(rows), *(sum(column) for column in zip(*rows, strict=True))) if rows else Ratio(0, 0, 0, 0, 0, 0)


def slow_signals(case, asked):
    """(node, measures, known, between) of each signal of one case."""
    for place, (_, node, fields) in enumerate(case.signals):
        before = [p for p in range(place) if case.nodes[p] == node]
        measures, known, between = set(), False, None
        if before:
            between = place - before[-1] - 1
            measures |= {REWORK, SELF_LOOP if between == 0 else REPETITION} | ({BACKTRACK} if between == 1 else set())
            now, then = (one.get(asked.resource) for one in (fields, case.signals[before[-1]][2]))
            known = bool(asked.resource and now and then)
            measures |= {REDO} if known and now != then else set()
        if asked.ordered and place and case.nodes[place - 1] > node:
            measures.add(BACK)
        yield node, measures, known, between


def slow_rework(question, asked, goals):
    """Signals by (cell, node, measure), cases of each owner there, loops, cases of each owner in all, outcomes."""
    signals, known, returns = Counter(), Counter(), Counter()
    with_node, measured = defaultdict(Counter), defaultdict(Counter)
    loops, totals, outcomes = defaultdict(list), defaultdict(list), {}
    for case in question.slow():
        if case.open:
            continue
        found = defaultdict(set)
        for node, measures, is_known, between in slow_signals(case, asked):
            found[node] |= measures
            signals.update((case.cell, node, measure) for measure in measures)
            known[case.cell, node] += is_known
            if between is not None:
                returns[case.cell, node, min(between, FARTHEST)] += 1
        last = case.nodes[-1]
        found[last] |= {END} | (set() if not asked.goals or goals & set(case.nodes) else {DEAD_END})
        signals.update((case.cell, last, measure) for measure in found[last] & {END, DEAD_END})
        for node in set(case.nodes):
            with_node[case.cell, node][case.owner] += 1
            for measure in found[node]:
                measured[case.cell, node, measure][case.owner] += 1
        for place in range(len(case.nodes)):
            for length in (2, 3):
                way = case.nodes[place : place + length]
                if len(set(way)) == length and place + length < len(case.nodes) and case.nodes[place + length] == way[0]:
                    loops[case.cell, way].append(case.owner)
        every = set().union(*found.values())
        totals[case.cell, case.owner].append(REWORK in every)
        outcomes[case.owner] = max(outcomes.get(case.owner, 0), 2 if REDO in every else int(REWORK in every))
    return signals, known, returns, with_node, measured, loops, totals, outcomes


@many(400)
@given(st.data(), st.booleans(), st.booleans(), st.sampled_from([(), ("a",), ("b",)]))
def test_rework_agrees_with_a_slow_reader(case_question, data, resource, ordered, goals):
    question = case_question(data)
    words = question.timelines.words["kind"]
    places = {words.index(goal) if question.cases.nodes is None else "ab".index(goal) for goal in goals}
    given_goals = goals if question.cases.nodes is None else tuple(places)
    asked = Rework(question.cases, "properties.agent" if resource else "", ordered, given_goals)
    found = asked.map(*question.arguments)
    signals, known, returns, with_node, measured, loops, totals, outcomes = slow_rework(question, asked, places)
    summary = found.summary
    for cell in range(question.cells.count):
        mine = {owner: each for (where, owner), each in totals.items() if where == cell}
        assert summary.cases.cell(cell) == ratio([(len(each), sum(each)) for each in mine.values()])
        assert summary.open[cell] == sum(case.open and case.cell == cell for case in question.slow())
        rows = summary.nodes_of(cell)
        assert set(rows) == {node for where, node in with_node if where == cell}
        for node, row in rows.items():
            assert [summary.signals(row, measure) for measure in range(8)] == [signals[cell, node, m] for m in range(8)]
            assert summary.known(row) == known[cell, node]
            assert summary.returns(row) == [returns[cell, node, between] for between in range(FARTHEST + 1)]
            owners = with_node[cell, node]
            for measure in range(8):
                pairs = [(cases, measured[cell, node, measure][owner]) for owner, cases in owners.items()]
                assert summary.share(row, measure) == ratio(pairs)
        expected = sorted((way, len(set(owners)), len(owners)) for (where, way), owners in loops.items() if where == cell)
        assert sorted(summary.loops_of(cell)) == expected
    assert found.outcomes.tolist() == [outcomes.get(owner, -1) for owner in sorted(question.people)]


@many(150)
@given(st.data())
def test_any_division_of_people_gives_the_same_summary(case_question, data):
    question = case_question(data)
    asked = Rework(question.cases, "properties.agent", True, (1,))
    a, b, c = (asked.map(*part).summary for part in question.parts())
    assert asked.map(*question.arguments).summary == a + b + c == c + (b + a)


GOLDEN = ["dsofr"] * 6 + ["dsour"] * 2 + ["dssouur", "dsu"]


def rework_of(small_timelines, log, asked):
    timelines = small_timelines({n + 1: [(at, step, {}) for at, step in enumerate(case)] for n, case in enumerate(log)})
    summary = asked.map(timelines, one_cell(), NO_BYTES, FAR).summary
    return {timelines.words["kind"][node]: row for node, row in summary.nodes_of(0).items()}, summary


def test_rework_and_distances_agree_with_pm4py(small_timelines):
    rng = random.Random(12)
    logs = [GOLDEN, *(["".join(rng.choices("abcd", k=rng.randint(1, 9))) for _ in range(12)] for _ in range(8))]
    script = Path(__file__).with_name("pm4py_paths.py")
    done = subprocess.run([sys.executable, script], input=json.dumps(logs), capture_output=True, text=True, check=True)
    for log, theirs in zip(logs, json.loads(done.stdout), strict=True):
        rows, summary = rework_of(small_timelines, log, Rework())
        again = {name: summary.share(row, REWORK).y for name, row in rows.items()}
        assert {name: count for name, count in again.items() if count} == theirs["rework"]
        nearest = {n: next((at for at, k in enumerate(summary.returns(row)) if k), None) for n, row in rows.items()}
        assert {name: at for name, at in nearest.items() if at is not None} == theirs["distances"]
    rows, summary = rework_of(small_timelines, GOLDEN, Rework())
    assert {name: summary.share(row, REWORK).y for name, row in rows.items()} == dict.fromkeys("dofr", 0) | {"s": 1, "u": 1}


def test_loops_of_more_nodes_than_the_first_table_holds(small_timelines):
    rng = np.random.default_rng(4)
    log = ["".join(chr(200 + letter) for letter in rng.integers(0, 300, 200)) for _ in range(40)]
    log += [case[:1] + case[1:2] + case[:1] for case in log]
    rows, summary = rework_of(small_timelines, log, Rework())
    assert len(rows) == 300
    loops = {way for case in log for way in ways_of(case)}
    assert len(summary.loops_of(0)) == len(loops)
    assert sum(summary.share(row, END).y for row in rows.values()) == 80


def ways_of(case):
    for place in range(len(case)):
        for length in (2, 3):
            way = case[place : place + length]
            if len(set(way)) == length and case[place + length : place + length + 1] == way[:1]:
                yield way


def test_rework_is_compiled_once(small_timelines):
    timelines = small_timelines({1: [(0, "a", {"channel": "web", "objects.order": "x"}), (5, "a", {})]})
    Rework().map(timelines, one_cell(), NO_BYTES, FAR)
    Rework(Cases((EventRule(("a",)),), same="order"), "channel", True, (0,)).map(timelines, one_cell(), np.ones(1, np.uint8), 9)
    assert len(rework._follow.signatures) == 1


@pytest.mark.parametrize("cells", [1 << 14, (1 << 14) + 1])
def test_more_cells_than_codes_can_hold_are_refused(small_timelines, cells):
    from touchpath.model.errors import BadInput
    from touchpath.timelines.arrays import Cells

    timelines, cut = small_timelines({1: [(0, "a", {})]}), Cells(np.arange(cells + 1, dtype=np.int64))
    if cells == 1 << 14:
        assert Rework().map(timelines, cut, NO_BYTES, FAR).summary.nodes_of(0)
    else:
        with pytest.raises(BadInput, match="16,384 cells"):
            Rework().map(timelines, cut, NO_BYTES, FAR)
