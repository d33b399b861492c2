"""Counts alone are those of the folds that tell more."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from many import many

from touchpath.model.errors import BadInput
from touchpath.timelines.arrays import NO_BYTES, Cells, one_cell
from touchpath.timelines.counting import CountMoves, CountSessions
from touchpath.timelines.paths import DirectlyFollows
from touchpath.timelines.sessions import Sessions

signals = st.tuples(st.integers(0, 20), st.sampled_from("abc"), st.just({}))
some_people = st.dictionaries(st.integers(1, 50), st.lists(signals, max_size=9), max_size=5)
borders = st.lists(st.integers(0, 22), min_size=2, max_size=4, unique=True).map(sorted)


@many(200)
@given(some_people, borders, st.sampled_from(["none", "owner", "signal"]), st.data())
def test_counts_are_those_of_the_folds_that_tell_more(small_timelines, people, edges, cut, data):
    skip = [owner for owner in people if data.draw(st.booleans())]
    timelines = small_timelines(people, skip=skip)
    owners = np.array([owner % 3 - 1 for owner in sorted(people)], np.int32)
    places = (np.arange(timelines.signals) % 3 - 1).astype(np.int32)
    none = np.empty(0, np.int32)
    cells = Cells(
        np.array(edges, np.int64),
        1 if cut == "none" else 2,
        places if cut == "signal" else none,
        owners if cut == "owner" else none,
    )
    gap = timedelta(microseconds=3)
    full, counted = (fold(gap).map(timelines, cells, NO_BYTES, 99) for fold in (Sessions, CountSessions))
    assert counted.summary.sessions.tolist() == full.summary.sessions.tolist()
    assert counted.summary.owners.tolist() == full.summary.per_person.counts[:, 0].tolist()
    assert counted.outcomes.tolist() == full.outcomes.tolist()
    graph, moves = (fold().map(timelines, cells, NO_BYTES, 99) for fold in (DirectlyFollows, CountMoves))
    for cell in range(cells.count):
        told = graph.summary.graph(cell)
        expected = np.zeros_like(moves.summary.moves[cell])
        expected[told.sources, told.targets] = told.counts
        assert moves.summary.moves[cell].tolist() == expected.tolist()
    assert moves.outcomes.tolist() == graph.outcomes.tolist()


def test_what_cannot_be_counted_is_refused(small_timelines):
    with pytest.raises(BadInput, match="above 0"):
        CountSessions(timedelta(0))
    crowd = small_timelines({1: [(0, "a", {})]}, {"kind": ("", *(str(n) for n in range(5_000)))})
    with pytest.raises(BadInput, match="too many for a table"):
        CountMoves().map(crowd, one_cell(), NO_BYTES, 9)
