"""Answers across channels against a slow reader."""

from __future__ import annotations

import itertools
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from many import many

from touchpath.model.errors import BadInput
from touchpath.model.experience import Question
from touchpath.model.rules import EventRule
from touchpath.timelines.across import Across
from touchpath.timelines.arrays import NO_BYTES, Cells, one_cell
from touchpath.timelines.moments import Ratio

ASKED = Question("q", "", EventRule(("rated",)), 1, 5, "")
EDGES = [0, 4, 9]
WORDS = {"kind": ("", "rated", "seen"), "channel": ("", "phone", "shop", "web")}
signals = st.tuples(
    st.integers(0, 10),
    st.sampled_from(["rated", "rated", "seen"]),
    st.fixed_dictionaries(
        {}, optional={"value": st.sampled_from([1, 2, 3, 4, 5, 6, 2.5]), "channel": st.sampled_from(WORDS["channel"][1:])}
    ),
)
some_people = st.dictionaries(st.integers(1, 2**50), st.lists(signals, max_size=8), max_size=5)


def slowly(people, low, high, points, take):
    """{channel: Ratio}, how many answers have no channel, and how many no rating on the scale."""
    sums, nowhere, left_out = defaultdict(list), 0, 0
    for mine in people.values():
        given = [f for time, kind, f in sorted(mine, key=lambda s: s[0]) if kind == "rated" and low <= time < high]
        rated = [f for f in given if f.get("value") in (1, 2, 3, 4, 5)]
        left_out += len(given) - len(rated)
        rated = rated if take == "all" else rated[:1] if take == "first" else rated[-1:]
        nowhere += sum("channel" not in f for f in rated)
        own = defaultdict(list)
        for f in rated:
            if "channel" in f:
                own[f["channel"]].append(f["value"] if points is None else 100 * (points[0] <= f["value"] <= points[1]))
        for channel, counted in own.items():
            sums[channel].append((len(counted), sum(counted)))
    ratios = {}
    for channel, rows in sums.items():
        x, y = (np.array(part) for part in zip(*rows, strict=True))
        ratios[channel] = Ratio(len(rows), *(int(part.sum()) for part in (x, y, x * x, x * y, y * y)))
    return ratios, nowhere, left_out


@many(200)
@given(some_people, st.sampled_from(["all", "first", "latest"]), st.sampled_from([None, (4, 5), (1, 1)]))
def test_channels_agree_with_a_slow_reader(small_timelines, people, take, points):
    timelines = small_timelines(people, WORDS)
    found = Across(ASKED, "channel", points, take).map(timelines, Cells(np.array(EDGES, np.int64)), NO_BYTES, 20).summary
    for cell, (low, high) in enumerate(itertools.pairwise(EDGES)):
        ratios, nowhere, left_out = slowly(people, low, high, points, take)
        assert {WORDS["channel"][word]: ratio for word, ratio in found.of(cell)} == ratios
        assert (found.nowhere[cell], found.left_out[cell]) == (nowhere, left_out)


@given(some_people, some_people)
def test_two_groups_of_people_add_up(small_timelines, some, others):
    others = {owner + 2**51: mine for owner, mine in others.items()}
    first, second, both = (
        Across(ASKED).map(small_timelines(people, WORDS), one_cell(), NO_BYTES, 20).summary
        for people in (some, others, some | others)
    )
    assert first + second == both


def test_points_off_the_scale_and_columns_without_words_are_refused():
    with pytest.raises(BadInput, match=r"scale from 1 to 5, but \[4, 6\] came"):
        Across(ASKED, points=(4, 6))
    with pytest.raises(BadInput, match="'value' holds no words"):
        Across(ASKED, "value")
