"""Groups that may overlap: sizes, pairs and flows against a count by hand, and the laws that every fold keeps."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.model.experience import Lifecycle
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_BYTES, Cells
from touchpath.timelines.fold import Selection
from touchpath.timelines.memberships import Chosen, Did, HasStatus, Memberships, Shift

END = 30
EDGES = [3, 10, 20, 28]
KINDS = ("bought", "asked", "left")
WORDS = {"kind": ("", *KINDS)}
LIFE = Lifecycle(EventRule(("bought",)), EventRule(("left",)))
GROUPS = (Did(EventRule(("bought",))), Did(EventRule(("asked",))), HasStatus(LIFE, "current", END + 1))
FOLD = Memberships(GROUPS)
people_of = st.dictionaries(
    st.integers(-(2**60), 2**60),
    st.lists(st.tuples(st.integers(0, END), st.sampled_from(KINDS), st.just({})), max_size=8),
    min_size=1,
    max_size=10,
)


def folded(fold, timelines, people=NO_BYTES, edges=EDGES):
    return fold.map(timelines, Cells(np.array(edges, np.int64)), people, END)


def is_current(signals, end):
    status = None
    for _, kind, _ in sorted((one for one in signals if one[0] < end), key=lambda one: one[0]):
        status = "current" if kind == "bought" else "past" if kind == "left" and status == "current" else status
    return status == "current"


def in_period(signals, kind, low, high):
    return any(low <= time < high and one == kind for time, one, _ in signals)


@settings(max_examples=80)
@given(people=people_of)
def test_sizes_pairs_and_flows_are_those_counted_by_hand(small_timelines, people):
    people = {who: [one for n, one in enumerate(them) if one[0] not in {x[0] for x in them[:n]}] for who, them in people.items()}
    found = folded(FOLD, small_timelines(people, WORDS)).summary
    spans = list(pairwise(EDGES))
    ever = [
        {who for who, them in people.items() if any(kind == "bought" for _, kind, _ in them)},
        {who for who, them in people.items() if any(kind == "asked" for _, kind, _ in them)},
        {who for who, them in people.items() if is_current(them, END + 1)},
    ]
    when = [
        [{who for who, them in people.items() if in_period(them, "bought", *span)} for span in spans],
        [{who for who, them in people.items() if in_period(them, "asked", *span)} for span in spans],
        [{who for who, them in people.items() if is_current(them, span[1])} for span in spans],
    ]
    assert found.pairs.tolist() == [[len(one & other) for other in ever] for one in ever]
    assert found.members.tolist() == [[len(one) for one in row] for row in when]
    assert found.stayed.tolist() == [[0, *(len(a & b) for a, b in pairwise(row))] for row in when]
    assert found.active.tolist() == [
        sum(any(low <= t < high for t, *_ in them) for them in people.values()) for low, high in spans
    ]
    assert found.known.tolist() == [sum(any(t < high for t, *_ in them) for them in people.values()) for _, high in spans]


@settings(max_examples=40)
@given(people=people_of, data=st.data())
def test_any_division_of_people_and_any_mask_gives_the_same_summary(small_timelines, shard, people, data):
    whole = small_timelines(people, WORDS)
    part = {owner: data.draw(st.integers(0, 1)) for owner in people}
    a, b = (folded(FOLD, shard(whole, [one for one in people if part[one] == number])).summary for number in (0, 1))
    assert a + b == folded(FOLD, whole).summary
    mask = np.array([part[owner] == 0 for owner in sorted(people)], np.uint8)
    masked = folded(FOLD, whole, mask)
    skipped = folded(FOLD, small_timelines(people, WORDS, skip=[one for one in people if part[one]]))
    assert masked.summary == a == skipped.summary
    assert masked.outcomes.tolist() == skipped.outcomes.tolist()


def test_people_found_elsewhere_are_told_by_the_periods_they_were_found_in(small_timelines):
    timelines = small_timelines({1: [(4, "asked", {})], 2: [(5, "asked", {})], 3: [(11, "asked", {})]}, WORDS)
    picked = [Selection("person", np.array(keys, np.int64), "") for keys in ([1, 2, 3], [1, 2], [2, 3])]
    found = folded(Memberships((Chosen(picked[0], tuple(picked[1:])),)), timelines, edges=[0, 10, 20]).summary
    assert found.members.tolist() == [[2, 2]]
    assert found.stayed.tolist() == [[0, 1]]


def test_a_shift_tells_who_was_in_one_period_only_and_who_in_both(small_timelines):
    people = {1: [(4, "asked", {})], 2: [(5, "asked", {}), (12, "asked", {})], 3: [(11, "asked", {})], 4: [(12, "left", {})]}
    cells = Cells(np.array([3, 10, 20], np.int64), 2, owner_codes=np.array([0, 1, 1, 0], np.int32))
    found = Shift(Did(EventRule(("asked",)))).map(small_timelines(people, WORDS), cells, NO_BYTES, END)
    assert found.summary.people.tolist() == [[1, 0, 0], [0, 1, 1]]
    assert found.outcomes.tolist() == [0, 2, 1, -1]


def test_too_many_groups_or_periods_are_refused(small_timelines):
    with pytest.raises(BadInput, match="63 groups came; at most 62"):
        Memberships((GROUPS[0],) * 63)
    with pytest.raises(BadInput, match="63 periods came"):
        folded(FOLD, small_timelines({1: []}, WORDS), edges=list(range(64)))
