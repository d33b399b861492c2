"""Conformance against all words that a design allows, a golden case, and pm4py."""

from __future__ import annotations

import itertools
import json
import random
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from many import many

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines import alignment, conformance, observed
from touchpath.timelines.alignment import DONE, EXTRA, LONGEST_CASE, MOST_WORK, SKIPPED, explain, longest_case
from touchpath.timelines.arrays import NO_BYTES, Cells, one_cell
from touchpath.timelines.conformance import ANOTHER, SCALE, TAKEN, Conformance
from touchpath.timelines.design import branches_of, compile_flow
from touchpath.timelines.moments import Ratio

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


@cache
def allows(flow, word, whole):
    """Whether a flow allows an order of steps (or, if not `whole`, one that begins so); told by dividing it among the parts."""
    kind, *parts = flow
    if kind == "step":
        return word == (parts[0],) or (word == () and not whole)
    if kind == "one_of":
        return any(allows(part, word, whole) for part in parts)
    if kind == "optional":
        return word == () or allows(parts[0], word, whole)
    if kind == "all_of" and len(parts) > 1:
        chosen = itertools.product((True, False), repeat=len(word))
        divided = (
            [tuple(itertools.compress(word, mask)), tuple(s for s, m in zip(word, mask, strict=True) if not m)] for mask in chosen
        )
        return any(allows(parts[0], mine, whole) and allows(("all_of", *parts[1:]), rest, whole) for mine, rest in divided)
    rest = flow if kind == "repeat" else (kind, *parts[1:])
    alone = kind == "repeat" or not parts[1:] or not whole
    splits = [place for place in range(len(word) + 1) if kind != "repeat" or place] if kind == "repeat" or parts[1:] else []
    return (alone and allows(parts[0], word, whole)) or any(
        allows(parts[0], word[:place], True) and allows(rest, word[place:], whole) for place in splits
    )


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


@many(120)
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


@many(120)
@given(flows(), st.lists(st.integers(0, 5), min_size=1, max_size=6))
def test_an_alignment_explains_the_path_by_a_word_of_the_design(small_timelines, flow, path):
    machine = compile_flow(flow)
    moves = explain(machine, path)
    assert [move.step for move in moves if move.how != SKIPPED] == path
    assert allows(flow, tuple(move.step for move in moves if move.how != EXTRA), True)
    whole = Conformance(STEPS, flow).map(timelines_of(small_timelines, [path]), one_cell(), NO_BYTES, 99).summary
    assert sum(move.how != DONE for move in moves) == whole.skipped.sum() + whole.extra.sum()


@settings(max_examples=60, deadline=None)
@given(flows(), st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=3), min_size=1, max_size=4))
def test_an_open_case_is_on_its_way_while_some_word_of_the_design_begins_like_it(small_timelines, flow, cases):
    asked = Conformance(STEPS, flow, timedelta(days=1))
    found = asked.map(timelines_of(small_timelines, cases), one_cell(), NO_BYTES, 10).summary
    begins = [allows(flow, tuple(case), False) for case in cases]
    ratio = found.on_way.cell(0)
    assert (found.cases[0], found.open[0], ratio.x, ratio.y) == (len(cases), len(cases), len(cases), sum(begins))
    assert found.fits.cell(0).x == found.skipped.sum() == found.extra.sum() == found.variants.codes.size == 0


CASES = st.lists(st.sampled_from([(0, 1), (0, 1, 1), (0,), (1,), (2, 0), (0, 0), (0, 1, 2)]), min_size=1, max_size=4)


def repeated(small_timelines, people, words=None):
    """Timelines in which each owner has some cases, an hour apart."""
    hour, end = 3_600_000_000, 4 * 3_600_000_000
    signals = {
        owner: [(at * hour + place, LETTERS[step], {}) for at, case in enumerate(cases) for place, step in enumerate(case)]
        for owner, cases in people.items()
    }
    return small_timelines(signals, words), Conformance(STEPS, sequence(0, 1), timedelta(minutes=30)), end + hour


@settings(max_examples=100, deadline=None)
@given(st.lists(CASES, min_size=1, max_size=6), st.integers(1, 4), st.booleans())
def test_the_most_frequent_ways_are_those_that_a_slow_count_finds(small_timelines, lists, most, fitting):
    people = dict(enumerate(lists, 1))
    timelines, asked, end = repeated(small_timelines, people)
    found = asked.map(timelines, one_cell(), NO_BYTES, end).summary
    counts = Counter(case for cases in lists for case in cases)
    kept = sorted((case for case in counts if fitting or case != (0, 1)), key=lambda case: (-counts[case], len(case), case))
    top = found.variants.top(0, most, found.fits.cell(0), fitting=fitting)
    assert [variant.path for variant in top.variants] == kept[:most]
    assert (top.pooled, top.pooled_cases) == (len(kept[most:]), sum(counts[case] for case in kept[most:]))
    for variant in top.variants:
        by_owner = [(len(cases), cases.count(variant.path)) for cases in lists]
        assert variant.owners == sum(y > 0 for _, y in by_owner)
        assert variant.cost == distance(variant.path, (0, 1))
        sums = [sum(column) for column in zip(*((x, y, x * x, x * y, y * y) for x, y in by_owner), strict=True)]
        assert variant.share == Ratio(len(lists), *sums)
    (only,) = found.variants.top(0, most, found.fits.cell(0), fitting=False, only=kept[-1]).variants if kept else (None,)
    assert only is None or only.path == kept[-1]


@settings(max_examples=100, deadline=None)
@given(st.lists(CASES, min_size=2, max_size=6), st.data())
def test_what_is_on_top_does_not_depend_on_how_people_are_divided(small_timelines, shard, lists, data):
    people = dict(enumerate(lists, 1))
    whole, asked, end = repeated(small_timelines, people, {"kind": ("", *LETTERS)})
    cells = Cells(np.array([0, 3_600_000_000, end], np.int64))
    chosen = {owner for owner in people if data.draw(st.booleans())}
    one, other = (asked.map(shard(whole, part), cells, NO_BYTES, end).summary for part in (chosen, set(people) - chosen))
    together = asked.map(whole, cells, NO_BYTES, end).summary
    assert one + other == other + one == together
    for cell in range(2):
        asked_for = (cell, 2, together.fits.cell(cell))
        assert (one + other).variants.top(*asked_for, fitting=True) == together.variants.top(*asked_for, fitting=True)


@given(st.lists(CASES, min_size=1, max_size=5), st.sampled_from([(0, 1), (0, 1, 1), (2, 0)]))
def test_the_people_of_one_way_are_those_with_any_case_that_went_it(small_timelines, lists, path):
    timelines, asked, end = repeated(small_timelines, dict(enumerate(lists, 1)))
    found = replace(asked, variant=path).map(timelines, one_cell(), NO_BYTES, end)
    assert found.outcomes.tolist() == [TAKEN if path in cases else ANOTHER for cases in lists]
    assert found.summary == asked.map(timelines, one_cell(), NO_BYTES, end).summary


def test_a_way_that_is_not_over_is_nobodys_way_yet(small_timelines):
    asked = Conformance(STEPS, sequence(0, 1), timedelta(microseconds=9), variant=(0, 1))
    people = {
        1: [(0, "a", {}), (1, "b", {})],
        2: [(91, "a", {}), (92, "b", {})],
        3: [(0, "a", {}), (91, "a", {})],
        4: [(0, "f", {})],
    }
    assert replace(asked, steps=STEPS[:2]).map(small_timelines(people), one_cell(), NO_BYTES, 95).outcomes.tolist() == [
        1,
        2,
        0,
        -1,
    ]


@settings(max_examples=80, deadline=None)
@given(st.permutations(range(6)), st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=6), min_size=1, max_size=4))
def test_a_branch_is_taken_by_those_who_do_a_step_of_it(small_timelines, order, cases):
    a, b, c, d, e, f = (("step", step) for step in order)
    flow = ("sequence", a, ("one_of", ("sequence", b, c), d), ("optional", ("repeat", e)), f)
    found = Conformance(STEPS, flow).map(timelines_of(small_timelines, cases), one_cell(), NO_BYTES, 99).summary
    moves = [explain(compile_flow(flow), case) for case in cases]
    done = [{move.step for move in one if move.how == DONE} for one in moves]
    wanted = [{order[1], order[2]}, {order[3]}, {order[1], order[2], order[3]}, {order[4]}]
    assert [found.taken.cell(row).y for row in range(4)] == [sum(bool(steps & part) for steps in done) for part in wanted]
    assert {found.taken.cell(row).x for row in range(4)} == {len(cases)}
    assert [branch.part for branch in branches_of(flow)] == [("sequence", b, c), d, (), ("repeat", e)]


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


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from("vwxyz"), st.lists(st.integers(0, 3), min_size=1, max_size=4), min_size=1), st.data())
def test_journeys_held_to_orders_are_the_journeys_of_the_orders(small_timelines, orders, data):
    """Whose order it is does not matter to its journey, only to the intervals; a filter of people takes their orders along."""
    buyers = {order: data.draw(st.integers(1, 2)) for order in orders}
    of_order = {
        number: [(time, LETTERS[step], {}) for time, step in enumerate(orders[order])] for number, order in enumerate(orders, 1)
    }
    of_person = {buyer: [] for buyer in sorted(set(buyers.values()))}
    for order, steps in orders.items():
        of_person[buyers[order]] += [(time, LETTERS[step], {"objects.order": order}) for time, step in enumerate(steps)]
    wanted = data.draw(st.sampled_from([{1, 2}, {1}, {2}]))
    masks = [np.array([owner in wanted for owner in owners], np.uint8) for owners in (of_person, buyers.values())]
    design = Conformance(STEPS[:4], sequence(0, ("one_of", ("step", 1), ("step", 2)), 3))
    held = replace(design, same="order").map(small_timelines(of_person), one_cell(), masks[0], 9).summary
    whole = design.map(small_timelines(of_order), one_cell(), masks[1], 9).summary
    for name in ("cases", "fitting", "done", "skipped", "extra", "again"):
        assert np.array_equal(getattr(held, name), getattr(whole, name)), name
    ratios = [(one.cell(row).x, one.cell(row).y) for one in (held.taken, whole.taken) for row in range(3)]
    assert ratios[:3] == ratios[3:]
    tops = [
        [(way.path, way.share.y) for way in one.variants.top(0, 9, one.fits.cell(0), fitting=True).variants]
        for one in (held, whole)
    ]
    assert tops[0] == tops[1]


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


@pytest.mark.parametrize(
    ("flow", "moves"),
    [
        (("all_of", *(("step", n) for n in range(12))), 24_576),
        (("repeat", ("all_of", *(("optional", ("step", n)) for n in range(11)))), 33_781),
        (("repeat", ("one_of", *(("step", n % 62) for n in range(200)))), 40_200),
    ],
)
def test_the_largest_designs_are_made_at_once_and_align_long_cases_within_limits(small_timelines, flow, moves):
    machine, steps = compile_flow(flow), tuple(EventRule((f"s{number}",)) for number in range(62))
    assert len(machine.edges) == moves
    longest = longest_case(machine)
    assert longest == MOST_WORK // moves < LONGEST_CASE
    people = {owner: [(time, f"s{time % 62}", {}) for time in range(many)] for owner, many in ((1, longest), (2, longest + 1))}
    found = Conformance(steps, flow).map(small_timelines(people), one_cell(), NO_BYTES, 10**6).summary
    assert (found.cases[0], found.long[0], found.fitness.cell(0).x) == (2, 1, 1)


def test_twelve_steps_in_any_order_are_allowed():
    machine = compile_flow(("all_of", *(("step", n) for n in range(12))))
    assert (machine.states, machine.shortest) == (4_096, 12)
    assert all(before != after for before, _, after in itertools.islice(machine.edges, 100))


def test_each_kernel_is_compiled_for_one_signature(small_timelines):
    asked = Conformance(STEPS, GOLDEN, timedelta(days=1), "order", variant=(0, 1))
    timelines = timelines_of(small_timelines, [(0, 1), (1, 2)])
    for cells in (one_cell(), Cells(np.array([0, 1, 9], np.int64))):
        found = asked.map(timelines, cells, NO_BYTES, 10**12).summary
        assert found + found is not None
    explain(compile_flow(GOLDEN), (0, 1))
    kernels = (
        observed._lowest_bits, observed._cut, observed._hash_cases, observed._all_equal, observed._copy_paths,
        alignment._align_all, alignment._trace, conformance._add_ratios,
    )  # fmt: skip
    assert {kernel.__name__: len(kernel.signatures) for kernel in kernels} == {kernel.__name__: 1 for kernel in kernels}
