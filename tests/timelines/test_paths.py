"""The directly-follows graph against a slow reader with dictionaries."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from many import many

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines import paths
from touchpath.timelines.arrays import NO_BYTES, Cells, one_cell
from touchpath.timelines.paths import NODE_BITS, DirectlyFollows

UNIT = 700  # microseconds
FAR = 10**9
KINDS = ("a", "b", "c")
WORDS = {"kind": ("", *KINDS)}
MICRO = timedelta(microseconds=1)


def at(units, kind):
    return (units * UNIT, kind, {})


def as_tables(summary):
    """{(cell, from, to): numbers} and {(cell, node): numbers}."""
    mask = (1 << NODE_BITS) - 1
    edges, nodes = {}, {}
    for row, code in enumerate(summary.edges.tolist()):
        one = summary.times.cell(row)
        key = (code >> 2 * NODE_BITS, code >> NODE_BITS & mask, code & mask)
        edges[key] = (one.people, one.x, one.y, one.xx, one.xy, one.yy)
    for code, visits in zip(summary.nodes.tolist(), summary.visits.tolist(), strict=True):
        nodes[code >> NODE_BITS, code & mask] = tuple(visits)
    return edges, nodes


def node_of(kind, asked):
    if asked.nodes is None:
        return WORDS["kind"].index(kind)
    return next((number for number, rule in enumerate(asked.nodes) if kind in rule.kinds), None)


def slow_paths(people, cell_of, asked, end):
    """The same two dictionaries, one person and one signal after the other."""
    taken, marks = defaultdict(lambda: defaultdict(list)), defaultdict(Counter)
    for owner, timeline in people.items():
        signals = [
            (t, node_of(k, asked), cell_of(owner, (t, k, more))) for t, k, more in timeline if node_of(k, asked) is not None
        ]
        for place, (time, node, cell) in enumerate(signals):
            before = signals[place - 1] if place else None
            after = signals[place + 1] if place + 1 < len(signals) else None
            gap = asked.gap // MICRO if asked.gap else FAR
            if cell >= 0:
                marks[cell, node]["signals"] += 1
                marks[cell, node]["begins"] += before is None or time - before[0] > gap
                if after and after[0] - time <= gap:
                    taken[cell, node, after[1]][owner].append((after[0] - time) // 1000)
                else:
                    marks[cell, node]["open" if not after and asked.gap and time + gap > end else "ends"] += 1
    edges = {}
    for key, owners in taken.items():
        each = [(len(times), sum(times)) for times in owners.values()]
        products = [sum(column) for column in zip(*((x, y, x * x, x * y, y * y) for x, y in each), strict=True)]
        edges[key] = (len(each), *products)
    return edges, {key: tuple(found[name] for name in ("signals", "begins", "ends", "open")) for key, found in marks.items()}


signals = st.builds(
    lambda time, kind, segment: (time * UNIT, kind, {"segment": segment}),
    st.integers(0, 9),
    st.sampled_from(KINDS),
    st.integers(-1, 1),
)
some_people = st.dictionaries(st.integers(1, 50), st.lists(signals, max_size=10), max_size=4)
ways = st.builds(
    DirectlyFollows,
    st.sampled_from([None, (EventRule(("a",)), EventRule(("b",))), (EventRule(("a", "b")), EventRule(("b", "c")))]),
    st.none() | st.integers(1, 5).map(lambda units: timedelta(microseconds=units * UNIT)),
)
edges = st.lists(st.integers(0, 10), min_size=2, max_size=4, unique=True).map(sorted)


@many(300)
@given(some_people, ways, edges, st.sampled_from(["none", "signal", "owner"]), st.integers(9, 15), st.data())
def test_paths_agree_with_a_slow_reader(small_timelines, people, asked, borders, cut, end, data):
    ordered = {owner: sorted(people[owner], key=lambda signal: signal[0]) for owner in sorted(people)}
    timelines = small_timelines({owner: [(t, k, {}) for t, k, _ in timeline] for owner, timeline in ordered.items()}, words=WORDS)
    bounds, segments = np.array(borders, np.int64) * UNIT, 1 if cut == "none" else 2
    per_signal = np.array([more["segment"] for timeline in ordered.values() for *_, more in timeline], np.int32)
    per_owner = np.array([owner % 3 - 1 for owner in ordered], np.int32)
    codes = {"none": {}, "signal": {"signal_codes": per_signal}, "owner": {"owner_codes": per_owner}}[cut]
    cells = Cells(bounds, segments, **codes)

    def cell_of(owner, signal):
        period = int(np.searchsorted(bounds, signal[0], "right")) - 1
        segment = {"none": 0, "signal": signal[2]["segment"], "owner": owner % 3 - 1}[cut]
        return period * segments + segment if 0 <= period < len(borders) - 1 and segment >= 0 else -1

    chosen = data.draw(st.sets(st.sampled_from(sorted(people) or [0]), min_size=1)) if people else set()
    mask = np.array([owner in chosen for owner in ordered], np.uint8)
    folded = asked.map(timelines, cells, mask, end * UNIT)
    read = {owner: timeline for owner, timeline in ordered.items() if owner in chosen}
    assert as_tables(folded.summary) == slow_paths(read, cell_of, asked, end * UNIT)


@given(some_people, ways, edges, st.sets(st.integers(1, 50)), st.sets(st.integers(1, 50)))
def test_any_division_of_people_adds_up_to_the_same_graph(small_timelines, shard, people, asked, borders, some, others):
    whole = small_timelines({o: [(t, k, {}) for t, k, _ in timeline] for o, timeline in people.items()}, words=WORDS)
    cells = Cells(np.array(borders, np.int64) * UNIT)
    parts = (set(people) & some, set(people) & others - some, set(people) - some - others)
    a, b, c = (asked.map(shard(whole, part), cells, NO_BYTES, 12 * UNIT).summary for part in parts)
    assert asked.map(whole, cells, NO_BYTES, 12 * UNIT).summary == a + b + c == c + (a + b) == (b + c) + a


def graph_of(small_timelines, people, asked, most=None):
    timelines = small_timelines(people, words=WORDS)
    return asked.map(timelines, one_cell(), NO_BYTES, FAR).summary.graph(0, most)


def test_a_signal_may_follow_itself(small_timelines):
    graph = graph_of(small_timelines, {1: [at(0, "a"), at(2, "a"), at(5, "b")]}, DirectlyFollows())
    assert list(zip(graph.sources.tolist(), graph.targets.tolist(), graph.milliseconds.tolist(), strict=True)) == [
        (1, 1, 1),
        (1, 2, 2),
    ]


def test_signals_that_are_no_node_are_passed_over(small_timelines):
    graph = graph_of(
        small_timelines, {1: [at(0, "a"), at(1, "b"), at(2, "c")]}, DirectlyFollows((EventRule(("a",)), EventRule(("c",))))
    )
    assert (graph.sources.tolist(), graph.targets.tolist(), graph.nodes.tolist()) == ([0], [1], [0, 1])


def test_the_rarest_edges_are_pooled_and_counted(small_timelines):
    people = {1: [at(0, "a"), at(1, "b"), at(2, "c")], 2: [at(0, "a"), at(1, "b")], 3: [at(0, "b"), at(1, "a")]}
    graph = graph_of(small_timelines, people, DirectlyFollows(), most=1)
    assert (graph.sources.tolist(), graph.targets.tolist(), graph.people.tolist()) == ([1], [2], [2])
    assert (graph.pooled_edges, graph.pooled_counts) == (2, 2)


def test_a_graph_of_more_edges_than_the_first_table_holds(small_timelines):
    kinds = [f"k{number:03}" for number in range(400)]
    rng = np.random.default_rng(5)
    walk = [(time, kinds[kind], {}) for time, kind in enumerate(rng.integers(0, 400, 60_000).tolist())]
    timelines = small_timelines({1: walk})
    folded = DirectlyFollows().map(timelines, one_cell(), NO_BYTES, FAR)
    pairs = Counter(zip(timelines.kinds.tolist(), timelines.kinds.tolist()[1:], strict=False))
    assert len(pairs) > 1 << 15
    assert {(a, b): n for (_, a, b), (_, n, *_) in as_tables(folded.summary)[0].items()} == pairs
    assert folded.outcomes.tolist() == [59_999]


def test_people_are_told_by_a_move_they_made(small_timelines):
    people = {1: [at(0, "a"), at(1, "b"), at(2, "a"), at(3, "b")], 2: [at(0, "b"), at(1, "a")], 3: [at(0, "a"), at(9, "b")]}
    timelines = small_timelines(people, words=WORDS)

    def made(*nodes, **more):
        return DirectlyFollows(move=nodes, **more).map(timelines, one_cell(), NO_BYTES, FAR).outcomes.tolist()

    assert made("a", "b") == [1, 0, 1]
    assert made("a", "b", gap=timedelta(milliseconds=5)) == [1, 0, 0]
    assert made("a", "nothing") == [0, 0, 0]
    assert made(1, 0, nodes=(EventRule(("b",)), EventRule(("a",)))) == [1, 0, 1]
    counted = DirectlyFollows().map(timelines, one_cell(), NO_BYTES, FAR).outcomes.tolist()
    assert counted == [3, 1, 1]


def test_a_graph_that_cannot_be_asked_says_what_would_do():
    with pytest.raises(BadInput, match="1 to 62 nodes, but 0"):
        DirectlyFollows(())
    with pytest.raises(BadInput, match="above 0"):
        DirectlyFollows(gap=timedelta())


def test_paths_are_compiled_once(small_timelines):
    timelines = small_timelines({1: [at(0, "a"), at(1, "b")]}, words=WORDS)
    DirectlyFollows().map(timelines, one_cell(), NO_BYTES, FAR)
    cells = Cells(np.array([0, 5]), 2, owner_codes=np.ones(1, np.int32))
    DirectlyFollows((EventRule(("a",)),), timedelta(1)).map(timelines, cells, np.ones(1, np.uint8), 5)
    assert [len(kernel.signatures) for kernel in (paths._follow,)] == [1]


def test_moments_of_very_long_moves_are_exact(small_timelines):
    century = 100 * 365 * 86_400_000_000
    people = {
        owner: [(0, "a", {}), (century - owner, "b", {}), (century, "a", {}), (2 * century, "b", {})] for owner in range(1, 9)
    }
    summary = DirectlyFollows().map(small_timelines(people, WORDS), one_cell(), NO_BYTES, 3 * century).summary
    each = [2 * century // 1000 - 1] * 8
    edges, _ = as_tables(summary)
    assert edges[0, 1, 2] == (8, 16, sum(each), 8 * 4, sum(2 * y for y in each), sum(y * y for y in each))
