"""Segments of signals as of the start of each period, against the same fold asked of one segment's people in one period at a time."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_BYTES, Cells
from touchpath.timelines.by_period import ByPeriod, _segments_at
from touchpath.timelines.recurring import Recurring
from touchpath.timelines.states import States

SET, END = EventRule(("set",)), EventRule(("end",))
FOLDS = (States((SET, END)), Recurring(SET, END))
WORDS = {"kind": ("", "set", "end", "seen"), "channel": ("", "web", "shop")}
fields = st.fixed_dictionaries({"value": st.sampled_from([1, 2]), "channel": st.sampled_from(["web", "shop", ""])})
signals = st.tuples(st.integers(0, 12), st.sampled_from(["set", "end", "seen"]), fields)
some_people = st.dictionaries(st.integers(1, 50), st.lists(signals, max_size=7), min_size=1, max_size=5)
borders = st.lists(st.integers(0, 14), min_size=2, max_size=4, unique=True).map(sorted)


def segment_in(timeline, low, high, end):
    """The channel that one counts in, or None: of the last set or end before the period, else of the first in it."""
    mine = [signal for signal in sorted(timeline, key=lambda s: s[0]) if signal[1] != "seen" and signal[0] <= end]
    before, inside = [s for s in mine if s[0] < low], [s for s in mine if low <= s[0] < high]
    chosen = before[-1] if before else inside[0] if inside else None
    return None if chosen is None else chosen[2]["channel"]


@given(some_people, borders, st.integers(0, 14), st.sampled_from(FOLDS))
def test_each_cell_is_the_fold_of_those_who_are_in_it(small_timelines, people, edges, end, fold):
    timelines = small_timelines(people, WORDS)
    codes = timelines.code("channel") - 1  # no channel = in no segment
    cells = Cells(np.array(edges, np.int64), 2, signal_codes=codes.astype(np.int32))
    found = ByPeriod(fold, (SET, END)).map(timelines, cells, NO_BYTES, end).summary
    for period, (low, high) in enumerate(itertools.pairwise(edges)):
        for segment, channel in enumerate(("web", "shop")):
            chosen = [segment_in(people[owner], low, high, end) == channel for owner in sorted(people)]
            alone = fold.map(timelines, Cells(np.array([low, high], np.int64)), np.array(chosen, np.uint8), end).summary
            for name, part in alone._parts().items():
                whole = getattr(found, name)
                if hasattr(whole, "cell"):
                    rows, cell = len(part.counts), period * 2 + segment
                    assert [whole.cell(cell * rows + row) for row in range(rows)] == [part.cell(row) for row in range(rows)]
                elif name != "unpriced" or any(chosen):
                    assert whole[period * 2 + segment].tolist() == part[0].tolist(), name


@given(some_people, borders, st.sampled_from(FOLDS))
def test_without_segments_of_signals_it_is_the_fold_itself(small_timelines, people, edges, fold):
    timelines, cells = small_timelines(people, WORDS), Cells(np.array(edges, np.int64))
    mine, plain = (one.map(timelines, cells, NO_BYTES, 9) for one in (ByPeriod(fold, (SET, END)), fold))
    assert mine.summary == plain.summary
    assert mine.outcomes.tolist() == plain.outcomes.tolist()


def test_the_kernel_is_compiled_once(small_timelines):
    for people in ({1: [(1, "set", {"channel": "web"})]}, {}):
        timelines = small_timelines(people, WORDS)
        cells = Cells(np.array([0, 5, 9], np.int64), 2, signal_codes=timelines.code("channel"))
        ByPeriod(FOLDS[0], (SET,)).map(timelines, cells, NO_BYTES, 9)
    assert len(_segments_at.signatures) == 1
