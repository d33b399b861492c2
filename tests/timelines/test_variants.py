"""Variants against a slow reader with dictionaries, the golden case, and pm4py."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from many import many

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines import trails
from touchpath.timelines.arrays import NO_BYTES, one_cell
from touchpath.timelines.cases import Cases
from touchpath.timelines.durations import Durations
from touchpath.timelines.moments import Ratio
from touchpath.timelines.trail_table import COLLISION, find_trail, mix_high, mix_low, new_table, trails_of
from touchpath.timelines.variants import Variants

FAR = 10**12


def ratio(pairs):
    """Per-person moments of (x, y), one pair per person."""
    rows = [(x, y, x * x, x * y, y * y) for x, y in pairs]
    return Ratio(len(rows), *(sum(column) for column in zip(*rows, strict=True))) if rows else Ratio(0, 0, 0, 0, 0, 0)


def collapsed(nodes):
    return tuple(node for place, node in enumerate(nodes) if place == 0 or node != nodes[place - 1])


def slow_variants(question, asked):
    """Open cases, moments of cases, of each variant, of its times, and who took the path."""
    waiting, totals, taken, spent, times, ways = (
        Counter(), defaultdict(Counter), defaultdict(Counter), defaultdict(Counter), [], defaultdict(list),
    )  # fmt: skip
    for case in question.slow():
        if case.open:
            waiting[case.cell] += 1
            continue
        path = collapsed(case.nodes) if asked.collapse else case.nodes
        milliseconds = (case.signals[-1][0] - case.signals[0][0]) // 1000
        times += [(case.cell, case.owner, milliseconds)] if len(case.signals) > 1 else []
        totals[case.cell, case.owner]["cases"] += 1
        totals[case.cell, case.owner]["long"] += len(path) > asked.longest
        ways[case.owner].append(path if len(path) <= asked.longest else object())
        if len(path) <= asked.longest:
            taken[case.cell, path][case.owner] += 1
            spent[case.cell, path][case.owner] += milliseconds
    return waiting, totals, taken, spent, times, ways


@many(400)
@given(st.data(), st.booleans(), st.sampled_from([1, 2, 100]), st.sampled_from([(), ("a", "b"), ("b",)]))
def test_variants_agree_with_a_slow_reader(case_question, data, collapse, longest, path):
    question = case_question(data)
    nodes = path if question.cases.nodes is None else tuple("ab".index(name) for name in path)
    asked = Variants(question.cases, collapse, longest, nodes)
    found = asked.map(*question.arguments)
    waiting, totals, taken, spent, times, ways = slow_variants(question, asked)
    summary, cells = found.summary, question.cells.count
    assert summary.open.tolist() == [waiting[cell] for cell in range(cells)]
    for cell in range(cells):
        mine = {owner: counts for (where, owner), counts in totals.items() if where == cell}
        assert summary.cases.cell(cell) == ratio([(counts["cases"], counts["long"]) for counts in mine.values()])
    assert Counter(summary.variants.trails()) == Counter(list(taken))
    for row, key in enumerate(summary.variants.trails()):
        all_cases = {owner: counts["cases"] for (cell, owner), counts in totals.items() if cell == key[0]}
        pairs = [(count, taken[key][owner]) for owner, count in all_cases.items()]
        assert summary.variants.share(row, summary.cases.cell(key[0])) == ratio(pairs)
        assert summary.variants.spent(row) == ratio([(taken[key][owner], spent[key][owner]) for owner in taken[key]])
    table = np.array(sorted(times, key=lambda row: row[1]), np.int64).reshape(-1, 3)
    assert summary.times == Durations.of(cells, *np.ascontiguousarray(table.T))
    way = tuple(question.timelines.words["kind"].index(name) for name in path) if question.cases.nodes is None else nodes
    for place, owner in enumerate(sorted(question.people)):
        mine = ways[owner]
        one_way = 3 if len(set(mine)) == 1 else 2
        took = int(any((collapsed(p) if collapse else p) == way for p in full_paths(question, owner)))
        assert found.outcomes[place] == (-1 if not mine else took if path else one_way)


def full_paths(question, owner):
    return [case.nodes for case in question.slow() if case.owner == owner and not case.open]


@many(150)
@given(st.data(), st.booleans())
def test_any_division_of_people_gives_the_same_summary(case_question, data, collapse):
    question = case_question(data)
    asked = Variants(question.cases, collapse, 4)
    a, b, c = (asked.map(*part).summary for part in question.parts())
    assert asked.map(*question.arguments).summary == a + b + c == c + (b + a)


def log_of(small_timelines, log):
    return small_timelines({n + 1: [(place, step, {}) for place, step in enumerate(case)] for n, case in enumerate(log)})


GOLDEN = ["dsofr"] * 6 + ["dsour"] * 2 + ["dssouur", "dsu"]


def test_the_golden_case_has_four_variants(small_timelines):
    """journeys.md, section 4: 10 cases, computed with pm4py 2.7.23."""
    timelines = log_of(small_timelines, GOLDEN)
    names = timelines.words["kind"]
    summary = Variants().map(timelines, one_cell(), NO_BYTES, FAR).summary
    shown, rarer, cases = summary.variants.most_taken(summary.variants.rows_of(0), 3, names)
    paths = ["".join(names[node] for node in summary.variants.trail(row)) for row in shown]
    assert (paths, rarer, cases) == (["dsofr", "dsour", "dssouur"], 1, 1)


@given(st.lists(st.sampled_from(["a", "b", "ab", "ba", "aab", "bb"]), max_size=25), st.integers(1, 7))
def test_the_most_frequent_variants_are_those_of_a_plain_sort(small_timelines, log, top):
    timelines = log_of(small_timelines, log)
    found = Variants().map(timelines, one_cell(), NO_BYTES, FAR).summary.variants
    names, counts = timelines.words["kind"], Counter(log)
    shown, rarer, cases = found.most_taken(found.rows_of(0), top, names)
    expected = sorted(counts, key=lambda path: (-counts[path], list(path)))
    assert ["".join(names[node] for node in found.trail(row)) for row in shown] == expected[:top]
    assert (rarer, cases) == (len(expected[top:]), sum(counts[path] for path in expected[top:]))


def test_variants_agree_with_pm4py(small_timelines):
    rng = random.Random(11)
    logs = [GOLDEN, *(["".join(rng.choices("abc", k=rng.randint(1, 4))) for _ in range(60)] for _ in range(5))]
    script = Path(__file__).with_name("pm4py_paths.py")
    done = subprocess.run([sys.executable, script], input=json.dumps(logs), capture_output=True, text=True, check=True)
    for log, theirs in zip(logs, json.loads(done.stdout), strict=True):
        timelines = log_of(small_timelines, log)
        found = Variants().map(timelines, one_cell(), NO_BYTES, FAR).summary.variants
        words = timelines.words["kind"]
        mine = {"".join(words[n] for n in trail): int(found.sums[row, 1]) for row, (_, trail) in enumerate(found.trails())}
        assert mine == theirs["variants"]


def test_more_variants_than_the_first_table_holds(small_timelines):
    rng = np.random.default_rng(3)
    walk = [(time * 10, "abcdefgh"[kind], {}) for time, kind in enumerate(rng.integers(0, 8, 30_000).tolist())]
    walk = [(time + 1000 * (place // 5), kind, more) for place, (time, kind, more) in enumerate(walk)]
    people = {1: walk[:20_000], 2: walk[20_000:]}
    asked = Variants(Cases(gap=timedelta(microseconds=100)))
    found = asked.map(small_timelines(people), one_cell(), NO_BYTES, FAR)
    paths = Counter("".join(kind for _, kind, _ in walk[at : at + 5]) for at in range(0, 30_000, 5))
    assert found.summary.variants.count == len(paths) > 1 << 10
    assert sorted(found.summary.variants.sums[:, 1].tolist()) == sorted(paths.values())
    assert found.outcomes.tolist() == [2, 2]


def one_trail(*hashes, nodes=(1, 2)):
    table = new_table(8, 64)
    row = find_trail(table, 0, *hashes, np.array(nodes, np.int64), 0, len(nodes))
    return table, row


def test_two_paths_with_one_hash_are_noticed_and_not_mixed():
    table, row = one_trail(5, 7)
    assert find_trail(table, 0, 5, 7, np.array([1, 2]), 0, 2) == row
    assert find_trail(table, 0, 5, 7, np.array([1, 3]), 0, 2) == COLLISION
    with pytest.raises(BadInput, match="128-bit hash"):
        trails_of(table) + trails_of(one_trail(5, 7, nodes=(2, 1))[0])
    assert (trails_of(table) + trails_of(one_trail(5, 8)[0])).count == 2


@given(st.lists(st.lists(st.integers(0, 5), max_size=6), min_size=2, max_size=40, unique_by=tuple))
def test_different_paths_have_different_hashes(paths):
    def both(nodes):
        high, low = mix_high(0, 0), mix_low(0, 0)
        for node in nodes:
            high, low = mix_high(high, node), mix_low(low, node)
        return high, low

    assert len({high for high, _ in map(both, paths)}) == len({low for _, low in map(both, paths)}) == len(paths)


def test_too_many_different_paths_are_refused(small_timelines, monkeypatch):
    timelines = log_of(small_timelines, ["a", "b", "ab", "ba"])
    whole = Variants().map(timelines, one_cell(), NO_BYTES, FAR).summary
    monkeypatch.setattr(trails, "MOST_TRAILS", 3)
    for refused in (lambda: whole + whole, lambda: Variants().map(timelines, one_cell(), NO_BYTES, FAR)):
        with pytest.raises(BadInput, match="more than 3 different paths"):
            refused()


@pytest.mark.parametrize("longest", [0, 10_001])
def test_a_length_that_cannot_be_asked_is_refused(longest):
    with pytest.raises(BadInput, match="1 to 10,000"):
        Variants(longest=longest)


@pytest.mark.parametrize("wrong", [{"gap": timedelta()}, {"window": timedelta(days=99_999)}, {"nodes": ()}])
def test_cases_that_cannot_be_are_refused(wrong):
    with pytest.raises(BadInput, match="came"):
        Cases(**wrong)


def test_variants_are_compiled_once(small_timelines):
    from touchpath.timelines import coded, moments, variants

    timelines = small_timelines({1: [(0, "a", {"objects.order": "x"}), (5, "b", {})]})
    Variants().map(timelines, one_cell(), NO_BYTES, FAR)
    cases = Cases((EventRule(("a",)),), timedelta(1), timedelta(1), "order")
    found = Variants(cases, True, 5, (0,)).map(timelines, one_cell(), np.ones(1, np.uint8), 9).summary
    found + found
    used = (variants._follow, trails._merge, trails._agree, trails._copy_nodes, coded._add_at, moments._carry)
    assert [len(kernel.signatures) for kernel in used] == [1] * len(used)
