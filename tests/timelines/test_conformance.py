"""Conformance against all words that a design allows, a golden case, and pm4py."""

from __future__ import annotations

import itertools
import json
import random
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_BYTES, Cells, one_cell
from touchpath.timelines.conformance import LONGEST_CASE, SCALE, Conformance
from touchpath.timelines.design import compile_flow

LETTERS = "abcdef"
STEPS = tuple(EventRule((letter,)) for letter in LETTERS)


def words_of(flow, most):
    """All orders of steps that a flow allows, with at most so many steps; told by what the words of its parts are."""
    kind, *parts = flow
    if kind == "step":
        return {(parts[0],)}
    inside = [words_of(part, most) for part in parts]
    if kind == "one_of":
        return set().union(*inside)
    if kind == "all_of":
        found = {()}
        for words in inside:
            found = {mixed for a in found for b in words for mixed in interleaved(a, b) if len(mixed) <= most}
        return found
    found = {()}
    for words in inside:
        found = {a + b for a in found for b in words if len(a + b) <= most}
    if kind == "optional":
        return found | {()}
    if kind == "repeat":
        once = found
        while True:
            more = found | {a + b for a in found for b in once if len(a + b) <= most}
            if more == found:
                return found
            found = more
    return found


def interleaved(a, b):
    if not a or not b:
        return {a + b}
    return {a[:1] + rest for rest in interleaved(a[1:], b)} | {b[:1] + rest for rest in interleaved(a, b[1:])}


def distance(a, b):
    """Steps to leave out of and to add to `a` to make `b`."""
    row = list(range(len(b) + 1))
    for place, step in enumerate(a, 1):
        before, row = row, [place]
        for other, wanted in enumerate(b, 1):
            row.append(before[other - 1] if step == wanted else 1 + min(before[other], row[-1]))
    return row[-1]


def flows():
    """Two small parts one after the other: few enough words to write all of them down."""
    step = st.tuples(st.just("step"), st.integers(0, 4))
    kinds = st.sampled_from(["sequence", "one_of", "all_of"])
    part = st.one_of(
        st.builds(lambda kind, parts: (kind, *parts), kinds, st.lists(step, min_size=1, max_size=3)),
        st.tuples(st.sampled_from(["repeat", "optional"]), step),
        st.builds(lambda kind, one, other: (kind, ("sequence", one, other)), st.sampled_from(["repeat", "optional"]), step, step),
    )
    return st.one_of(part, st.builds(lambda kind, one, other: (kind, one, other), kinds, part, part))


def timelines_of(small_timelines, cases):
    return small_timelines(
        {owner: [(time, LETTERS[step], {}) for time, step in enumerate(case)] for owner, case in enumerate(cases, 1)}
    )


@settings(max_examples=120, deadline=None)
@given(flows(), st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=4), min_size=1, max_size=3))
def test_costs_agree_with_the_nearest_word_of_the_design(small_timelines, flow, cases):
    machine = compile_flow(flow)
    words = words_of(flow, machine.shortest + 9)
    assert min(map(len, words)) == machine.shortest
    found = Conformance(STEPS, flow).map(timelines_of(small_timelines, cases), one_cell(), NO_BYTES, 10**6).summary
    costs = [min(distance(case, word) for word in words if len(word) <= 2 * len(case) + machine.shortest) for case in cases]
    worst = [len(case) + machine.shortest for case in cases]
    assert found.fitting[0] == costs.count(0)
    ratio = found.steps.cell(0)
    assert (ratio.people, ratio.x, ratio.y) == (len(cases), sum(worst), sum(worst) - sum(costs))
    assert found.fitness.cell(0).y == sum(SCALE - round(cost * SCALE / most) for cost, most in zip(costs, worst, strict=True))
    assert found.skipped.sum() + found.extra.sum() == sum(costs)
    assert (found.done + found.extra)[0].tolist() == [sum(case.count(step) for case in cases) for step in range(6)]
    assert found.again[0].tolist() == [sum(case.count(step) > 1 for case in cases) for step in range(6)]


def sequence(*parts):
    return ("sequence", *(("step", part) if isinstance(part, int) else part for part in parts))


GOLDEN = sequence(0, 1, 2, ("one_of", ("step", 3), ("step", 4)), 5)


def test_the_golden_case(small_timelines):
    """journeys.md: d, s, o, (f or u), r; 10 cases; computed with pm4py 2.7.23."""
    cases = [(0, 1, 2, 3, 5)] * 6 + [(0, 1, 2, 4, 5)] * 2 + [(0, 1, 1, 2, 4, 4, 5), (0, 1, 4)]
    found = Conformance(STEPS, GOLDEN).map(timelines_of(small_timelines, cases), one_cell(), NO_BYTES, 99)
    ratio, steps = found.summary.fitness.cell(0), found.summary.steps.cell(0)
    assert found.summary.fitting[0] / 10 == 0.8
    assert ratio.y / ratio.x / SCALE == pytest.approx(0.95833, abs=5e-6)
    assert steps.y / steps.x == pytest.approx(0.96, abs=1e-12)
    assert found.outcomes.tolist() == [1] * 8 + [0, 0]
    assert found.summary.again[0].tolist() == [0, 1, 0, 0, 1, 0]
    assert found.summary.skipped[0].tolist() == [0, 0, 1, 0, 0, 1]
    assert found.summary.extra[0].tolist() == [0, 1, 0, 0, 1, 0]


def tree(flow):
    """A flow as pm4py writes process trees."""
    kind, *parts = flow
    if kind == "step":
        return f"'{LETTERS[parts[0]]}'"
    inside = [tree(part) for part in parts]
    if kind == "repeat":
        return f"*( {inside[0]}, tau )"
    if kind == "optional":
        return f"X( {inside[0]}, tau )"
    sign = {"sequence": "->", "one_of": "X", "all_of": "+"}[kind]
    return inside[0] if len(inside) == 1 else f"{sign}( {', '.join(inside)} )"


def random_flow(rng, depth):
    if depth == 0 or rng.random() < 0.2:
        return ("step", rng.randrange(5))
    kind = rng.choice(["sequence", "sequence", "one_of", "all_of", "repeat", "optional"])
    if kind in ("repeat", "optional"):
        return (kind, random_flow(rng, 0))
    return (kind, *(random_flow(rng, depth - 1) for _ in range(rng.randint(2, 3))))


def test_fitness_agrees_with_pm4py(small_timelines):
    rng = random.Random(5)
    asked = [(GOLDEN, [[0, 1, 2, 3, 5], [0, 1, 4]])]
    while len(asked) < 25:
        flow = sequence(random_flow(rng, 2), random_flow(rng, 1))
        asked.append((flow, [[rng.randrange(5) for _ in range(rng.randint(1, 7))] for _ in range(12)]))
    questions = [{"tree": tree(flow), "log": [[LETTERS[step] for step in case] for case in log]} for flow, log in asked]
    script = Path(__file__).with_name("pm4py_alignments.py")
    done = subprocess.run([sys.executable, script], input=json.dumps(questions), capture_output=True, text=True, check=True)
    for (flow, log), theirs in zip(asked, json.loads(done.stdout), strict=True):
        found = Conformance(STEPS, flow).map(timelines_of(small_timelines, log), one_cell(), NO_BYTES, 10**6).summary
        fitness, steps = found.fitness.cell(0), found.steps.cell(0)
        assert 100 * found.fitting[0] / len(log) == pytest.approx(theirs["fitting"]), flow
        assert fitness.y / fitness.x / SCALE == pytest.approx(theirs["average"], abs=1e-8), flow
        assert steps.y / steps.x == pytest.approx(theirs["log"], abs=1e-4), flow


def test_a_case_ends_with_its_window_and_the_next_signal_begins_another(small_timelines):
    people = {1: [(0, "a", {}), (10, "b", {}), (11, "a", {}), (12, "b", {}), (21, "b", {}), (22, "a", {})]}
    asked = Conformance(STEPS[:2], sequence(0, 1), timedelta(microseconds=10))
    found = asked.map(small_timelines(people), Cells(np.array([0, 11, 40], np.int64)), NO_BYTES, 30)
    assert found.summary.cases.tolist() == [1, 2]
    assert found.summary.open.tolist() == [0, 1]  # the case of 22 is open until 32
    assert found.summary.fitting.tolist() == [1, 0]
    assert found.outcomes.tolist() == [2]


def test_cases_of_different_objects_are_apart(small_timelines):
    people = {
        1: [(0, "a", {"objects.order": "x"}), (1, "a", {"objects.order": "y"}), (2, "b", {"objects.order": "x"}), (3, "b", {})]
    }
    found = Conformance(STEPS[:2], sequence(0, 1), same="order").map(small_timelines(people), one_cell(), NO_BYTES, 9).summary
    assert (found.cases[0], found.fitting[0], found.skipped[0].tolist()) == (2, 1, [0, 1])


@given(st.lists(st.sampled_from(["x", "y", "z", "u", "v"]), min_size=1, max_size=5, unique=True))
def test_the_outcome_is_that_of_the_case_that_began_last(small_timelines, orders):
    signals = [(time, "a", {"objects.order": order}) for time, order in enumerate(orders)]
    signals += [(20 + time, "b", {"objects.order": order}) for time, order in enumerate(orders[:-1])]
    found = Conformance(STEPS[:2], sequence(0, 1), same="order").map(small_timelines({1: signals}), one_cell(), NO_BYTES, 99)
    assert found.summary.fitting[0] == len(orders) - 1
    assert found.outcomes.tolist() == [0]


@given(st.permutations([(0, "a", {}), (0, "b", {}), (0, "c", {})]))
def test_the_stored_order_of_equal_times_does_not_matter(small_timelines, signals):
    found = Conformance(STEPS, sequence(0, 1, 2)).map(small_timelines({1: signals}), one_cell(), NO_BYTES, 9).summary
    assert found.fitting[0] == 1


@given(st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=5), min_size=1, max_size=6), st.data())
def test_any_division_of_people_gives_the_same_summary(small_timelines, shard, cases, data):
    whole = small_timelines(
        {owner: [(time, LETTERS[step], {}) for time, step in enumerate(case)] for owner, case in enumerate(cases, 1)},
        {"kind": ("", *LETTERS)},
    )
    chosen = {owner for owner in range(1, len(cases) + 1) if data.draw(st.booleans())}
    asked, cells = Conformance(STEPS, GOLDEN, timedelta(microseconds=2)), Cells(np.array([0, 2, 9], np.int64))
    parts = [asked.map(shard(whole, part), cells, NO_BYTES, 5).summary for part in (chosen, set(range(1, 9)) - chosen)]
    assert parts[0] + parts[1] == parts[1] + parts[0] == asked.map(whole, cells, NO_BYTES, 5).summary


def test_a_case_that_is_too_long_is_counted_apart_at_once(small_timelines):
    people = {1: [(time, "ab"[time % 2], {}) for time in range(20 * LONGEST_CASE)], 2: [(0, "a", {}), (1, "b", {})]}
    found = Conformance(STEPS, sequence(0, 1)).map(small_timelines(people), one_cell(), NO_BYTES, 10**6).summary
    assert (found.cases[0], found.long[0], found.fitting[0], found.fitness.cell(0).x) == (2, 1, 1, 1)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Conformance((), sequence(0)), "1 to 62 steps"),
        (lambda: Conformance(STEPS, sequence(0, 9)), "step 9"),
        (lambda: Conformance(STEPS, ("one_of",)), "'one_of' of nothing"),
        (lambda: Conformance(STEPS, sequence(0), timedelta(0)), "above 0"),
        (lambda: Conformance(STEPS * 3, ("all_of", *(("step", n) for n in range(13)))), "states"),
    ],
)
def test_impossible_designs_are_refused(make, said):
    with pytest.raises(BadInput, match=said):
        make()


def test_twelve_steps_in_any_order_are_allowed():
    machine = compile_flow(("all_of", *(("step", n) for n in range(12))))
    assert (machine.states, machine.shortest) == (4_096, 12)
    assert all(before != after for before, _, after in itertools.islice(machine.edges, 100))
