"""Volume against a slow reader."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_BYTES, Cells
from touchpath.timelines.volume import Volume

EDGES = np.array([2, 6, 10], np.int64)
RULES = (EventRule(("paid",)), EventRule(("paid", "viewed")), EventRule(("called",)))
signals = st.tuples(st.integers(0, 11), st.sampled_from(["paid", "viewed", "called", "slept"]), st.just({}))
some_people = st.dictionaries(st.integers(1, 2**50), st.lists(signals, max_size=10), max_size=6)


@pytest.mark.parametrize("among", [(), (EventRule(("viewed",)), EventRule(("slept",)))])
@given(people=some_people)
def test_people_and_signals_are_counted_as_a_slow_reader_counts_them(small_timelines, among, people):
    folded = Volume(RULES, among).map(small_timelines(people), Cells(EDGES), NO_BYTES, 11)
    wanted = {kind for rule in among for kind in rule.kinds}
    outcomes = dict.fromkeys(sorted(people), -1)
    for cell in range(2):
        rows = []
        for owner, timeline in people.items():
            kinds = [kind for time, kind, _ in timeline if EDGES[cell] <= time < EDGES[cell + 1]]
            if wanted & set(kinds) or (kinds and not among):
                rows.append([sum(kind in rule.kinds for kind in kinds) for rule in RULES])
                met = sum(1 << rule for rule, number in enumerate(rows[-1]) if number)
                outcomes[owner] = max(outcomes[owner], 0) | met
        assert folded.summary.base[cell] == len(rows)
        for rule in range(3):
            numbers = [row[rule] for row in rows]
            assert folded.summary.people[cell, rule] == sum(number > 0 for number in numbers)
            assert folded.summary.signals[cell, rule] == sum(numbers)
            ratio = folded.summary.moments.cell(cell * 3 + rule)
            assert (ratio.people, ratio.x, ratio.y, ratio.yy) == (len(rows), len(rows), sum(numbers), sum(n * n for n in numbers))
    assert folded.outcomes.tolist() == list(outcomes.values())


@pytest.mark.parametrize("rules", [(), RULES * 11])
def test_too_few_and_too_many_rules_are_refused(rules):
    with pytest.raises(BadInput, match="Volume counts 1 to 31 rules"):
        Volume(rules)
