"""Flows against a slow reader that walks from each anchor."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from many import many

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines import flows
from touchpath.timelines.arrays import NO_BYTES, one_cell
from touchpath.timelines.cases import NODE_BITS, Cases
from touchpath.timelines.flows import ANY, NOTHING, Flows
from touchpath.timelines.moments import Ratio

FAR = 10**12
MICRO = timedelta(microseconds=1)


def ratio(pairs):
    rows = [(x, y, x * x, x * y, y * y) for x, y in pairs]
    return Ratio(len(rows), *(sum(column) for column in zip(*rows, strict=True))) if rows else Ratio(0, 0, 0, 0, 0, 0)


def slow_steps(case, place, asked):
    """(time, node) of the steps from the anchor at `place`, and whether more could have been taken."""
    found, last = [], case.signals[place][1]
    way = case.signals[place + 1 :] if asked.direction == "after" else reversed(case.signals[:place])
    for time, node, _ in way:
        if asked.within and abs(time - case.signals[place][0]) > asked.within // MICRO:
            break
        if node is None or (asked.collapse and node == last):
            continue
        found.append((time, node))
        last = node
    return found[: asked.steps]


def slow_flows(question, asked):
    """[(owner, cell, steps with times, anchor's time)] that are decided, and open ones by cell."""
    found, waiting = [], Counter()
    for case, signals in question.slow_with(asked.anchor.kinds):
        anchors = [place for place, (_, kind, _) in enumerate(signals) if kind in asked.anchor.kinds]
        for place in anchors if asked.which == "each" else anchors[:1]:
            cell, time = question.cell_of(case.owner, signals[place]), signals[place][0]
            if cell < 0:
                continue
            bounded = bool(question.cases.gap or question.cases.window)
            late = time + asked.within // MICRO > question.end if asked.within else bounded
            if asked.direction == "after" and late and (case.open or not bounded):
                waiting[cell] += 1
            else:
                found.append((case.owner, cell, slow_steps(case, place, asked), time))
    return found, waiting


@many(500)
@given(
    st.data(),
    st.sampled_from("ac"),
    st.integers(1, 3),
    st.sampled_from(["after", "before"]),
    st.sampled_from(["first", "each"]),
    st.sampled_from([None, 2, 4]),
    st.booleans(),
    st.sampled_from([(), ("b",), (ANY, "b"), ("b", NOTHING), (NOTHING,), (ANY, ANY, NOTHING)]),
)
def test_flows_agree_with_a_slow_reader(case_question, data, anchor, steps, direction, which, within, collapse, path):
    question = case_question(data)
    span = timedelta(milliseconds=within) if within else None
    path = path[:steps]
    nodes = path if question.cases.nodes is None else tuple(1 if one == "b" else one for one in path)
    asked = Flows(EventRule((anchor,)), question.cases, steps, direction, which, span, collapse, nodes)
    result = asked.map(*question.arguments)
    found, waiting = slow_flows(question, asked)
    summary, rows = result.summary, steps + 1
    anchors, trails, links = defaultdict(Counter), defaultdict(lambda: defaultdict(lambda: [0, 0, 0])), defaultdict(list)
    reached, took, names = defaultdict(lambda: defaultdict(lambda: [0, 0])), defaultdict(int), question.timelines.words["kind"]
    wanted = tuple(names.index(one) if isinstance(one, str) else one for one in nodes)
    for owner, cell, taken, began in found:
        way = [node for _, node in taken]
        anchors[cell][owner] += 1
        took[owner] = max(took[owner], int(goes_so(way, wanted, steps)))
        for length in range(len(way) + 1):
            ends = length == len(way) < steps
            mine, spent = trails[cell, tuple(way[:length])][owner], abs(taken[length - 1][0] - began) if length else 0
            trails[cell, tuple(way[:length])][owner] = [mine[0] + 1, mine[1] + ends, mine[2] + spent // 1000]
            reached[cell * rows + length][owner][0] += 1
            reached[cell * rows + length][owner][1] += ends
            if length < len(way) or ends:
                links[cell, length, way[length - 1] if length else NOTHING, NOTHING if ends else way[length]].append(owner)
    assert summary.open.tolist() == [waiting[cell] for cell in range(question.cells.count)]
    for row in range(question.cells.count * rows):
        assert summary.reached.cell(row) == ratio(reached[row].values())
    assert {(row // rows, trail) for row, trail in summary.trails.trails()} == set(trails)
    for row, (base, trail) in enumerate(summary.trails.trails()):
        mine = trails[base // rows, trail]
        assert summary.trails.second(row) == ratio([(n, m) for n, m, _ in mine.values()])
        assert summary.trails.spent(row) == ratio([(n, ms) for n, _, ms in mine.values()])
        everybody = anchors[base // rows]
        assert summary.trails.share(row, summary.reached.cell(base)) == ratio(
            [(count, mine[owner][0] if owner in mine else 0) for owner, count in everybody.items()]
        )
    expected = {key: [len(set(owners)), len(owners)] for key, owners in links.items()}
    assert links_of(summary.links) == expected
    assert result.outcomes.tolist() == [took.get(owner, -1) for owner in sorted(question.people)]


def goes_so(way, wanted, steps):
    """Whether a flow begins with a path, in which ANY is any node and NOTHING its end; without a path whether it has a step."""
    told = [*way, *([NOTHING] if len(way) < steps else [])]
    if len(told) < len(wanted):
        return False
    fits = (one in (ANY, node) if node != NOTHING else one == NOTHING for one, node in zip(wanted, told, strict=False))
    return all(fits) and (bool(wanted) or len(way) > 0)


def links_of(links):
    mask = (1 << NODE_BITS) - 1
    return {
        (code >> 2 * NODE_BITS + 4, code >> 2 * NODE_BITS & 15, code >> NODE_BITS & mask, code & mask): counts
        for code, counts in zip(links.codes.tolist(), links.counts.tolist(), strict=True)
    }


@many(150)
@given(st.data(), st.sampled_from(["after", "before"]))
def test_any_division_of_people_gives_the_same_summary(case_question, data, direction):
    question = case_question(data)
    asked = Flows(EventRule(("a",)), question.cases, 2, direction, "each")
    a, b, c = (asked.map(*part).summary for part in question.parts())
    assert asked.map(*question.arguments).summary == a + b + c == c + (b + a)


def test_more_flows_than_the_first_tables_hold(small_timelines):
    rng = np.random.default_rng(6)
    walk = [(place, "abcdefghij"[kind], {}) for place, kind in enumerate(rng.integers(0, 10, 20_000).tolist())]
    asked = Flows(EventRule(("a",)), steps=4, which="each")
    found = asked.map(small_timelines({1: walk}), one_cell(), NO_BYTES, FAR).summary
    kinds = "".join(kind for _, kind, _ in walk)
    ways = Counter(
        kinds[at + 1 : at + 1 + n] for at in range(len(kinds)) if kinds[at] == "a" for n in range(5) if at + n < len(kinds)
    )
    assert found.trails.count == len(ways) > 1 << 10
    assert sorted(found.trails.sums[:, 1].tolist()) == sorted(ways.values())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"steps": 0}, "1 to 10 steps"),
        ({"steps": 11}, "1 to 10 steps"),
        ({"within": timedelta()}, "above 0"),
        ({"direction": "up"}, "'up'"),
        ({"which": "last"}, "'last'"),
        ({"path": (1, 1), "steps": 1}, "more 'steps'"),
    ],
)
def test_flows_that_cannot_be_asked_are_refused(change, said):
    with pytest.raises(BadInput, match=said):
        dataclasses.replace(Flows(EventRule(("a",))), **change)


def test_flows_are_compiled_once(small_timelines):
    timelines = small_timelines({1: [(0, "a", {"objects.order": "x"}), (5, "b", {})]})
    Flows(EventRule(("a",))).map(timelines, one_cell(), NO_BYTES, FAR)
    cases = Cases((EventRule(("a",)),), timedelta(1), same="order")
    asked = Flows(EventRule(("b",)), cases, 2, "before", "each", timedelta(1), True, (0,))
    asked.map(timelines, one_cell(), np.ones(1, np.uint8), 9)
    assert len(flows._follow.signatures) == 1
