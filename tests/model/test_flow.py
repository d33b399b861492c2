"""What a design says of single moves, against all ways through it written out."""

from __future__ import annotations

from itertools import pairwise, product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from many import many

from touchpath.model.flow import Flow, order_of

Way = tuple[Any, ...]


def mixed(one: Way, other: Way) -> set[Way]:
    """Every way to come through both, each in its own order."""
    if not one or not other:
        return {one + other}
    return {(one[0], *rest) for rest in mixed(one[1:], other)} | {(other[0], *rest) for rest in mixed(one, other[1:])}


def ways(flow: Flow) -> set[Way]:
    """Every way through a flow that repeats nothing more than twice."""
    kind, *parts = flow
    if kind == "step":
        return {tuple(parts)}
    found = [ways(part) for part in parts]
    if kind == "one_of":
        return set().union(*found)
    if kind in ("optional", "repeat"):
        return found[0] | ({()} if kind == "optional" else {one + two for one, two in product(found[0], repeat=2)})
    whole: set[Way] = {()}
    for part in found:
        whole = {way for one, two in product(whole, part) for way in ({one + two} if kind == "sequence" else mixed(one, two))}
    return whole


def grown(inner: st.SearchStrategy[Flow]) -> st.SearchStrategy[Flow]:
    several = st.tuples(st.sampled_from(["sequence", "one_of", "all_of"]), inner, inner)
    return several | st.tuples(st.sampled_from(["optional", "repeat"]), inner)


flows = st.recursive(st.tuples(st.just("step"), st.sampled_from("abcd")), grown, max_leaves=4)


@many(400)
@given(flows)
def test_first_and_last_steps_and_moves_are_those_of_all_ways_through_a_design(flow: Flow) -> None:
    found, all_ways = order_of(flow), ways(flow)
    assert found.first == {way[0] for way in all_ways if way}
    assert found.last == {way[-1] for way in all_ways if way}
    assert found.moves == {move for way in all_ways for move in pairwise(way)}
    assert found.blank == (() in all_ways)


def test_steps_in_a_row_may_pass_over_an_optional_one() -> None:
    order = order_of(("sequence", ("step", "find"), ("optional", ("step", "ask")), ("step", "pay")))
    assert order.moves == {("find", "ask"), ("ask", "pay"), ("find", "pay")}
    assert (order.first, order.last, order.blank) == ({"find"}, {"pay"}, False)
