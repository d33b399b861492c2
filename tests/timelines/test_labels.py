"""Labels against a slow reader."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from many import many

from touchpath.model.rules import Condition, EventRule
from touchpath.timelines.arrays import NO_BYTES, Cells, one_cell
from touchpath.timelines.labels import NEGATIVE, NEUTRAL, POSITIVE, Labels

NEG, NEU = EventRule(("bad",)), EventRule(("so",))
POS = EventRule(("good", "bad"), (Condition("value", ">", 0),))
EDGES = [0, 4, 9]
WORDS = {"kind": ("", "bad", "so", "good")}
signals = st.tuples(
    st.integers(0, 10), st.sampled_from(["bad", "so", "good"]), st.fixed_dictionaries({"value": st.sampled_from([0, 1])})
)
some_people = st.dictionaries(st.integers(1, 2**50), st.lists(signals, max_size=8), max_size=5)


def label(kind, value):
    """The labels that a signal has: one called bad with a value above 0 has two."""
    positive = kind in ("good", "bad") and value > 0
    return [NEGATIVE] * (kind == "bad") + [NEUTRAL] * (kind == "so") + [POSITIVE] * positive


@many(200)
@given(some_people, st.sampled_from(["all", "first", "latest"]))
def test_labels_agree_with_a_slow_reader(small_timelines, people, take):
    found = (
        Labels(NEG, NEU, POS, take).map(small_timelines(people, WORDS), Cells(np.array(EDGES, np.int64)), NO_BYTES, 20).summary
    )
    for cell, (low, high) in enumerate(itertools.pairwise(EDGES)):
        counted, twice = [], 0
        for mine in people.values():
            given = [
                label(kind, fields["value"]) for time, kind, fields in sorted(mine, key=lambda s: s[0]) if low <= time < high
            ]
            twice += sum(len(labels) > 1 for labels in given)
            one = [labels[0] for labels in given if len(labels) == 1]
            counted.append(one if take == "all" else one[:1] if take == "first" else one[-1:])
        flat = [point for mine in counted for point in mine]
        assert found.scores[cell].tolist() == [flat.count(point) for point in (NEGATIVE, NEUTRAL, POSITIVE)]
        assert found.off_scale[cell] == twice
        ratio = found.moments.cell(cell)
        spoke = [(len(mine), sum(mine)) for mine in counted if mine]
        assert (
            (ratio.people, ratio.x, ratio.y) == (len(spoke), *(sum(part) for part in zip(*spoke, strict=True))) if spoke else True
        )
        assert ratio.xy == sum(x * y for x, y in spoke)


def test_the_outcome_is_the_last_label(small_timelines):
    people = {
        1: [(1, "good", {"value": 1}), (2, "bad", {"value": 0})],
        2: [(1, "bad", {"value": 1})],
        3: [(1, "so", {"value": 0})],
    }
    found = Labels(NEG, NEU, POS).map(small_timelines(people, WORDS), one_cell(), NO_BYTES, 20)
    assert found.outcomes.tolist() == [NEGATIVE, -1, NEUTRAL]
