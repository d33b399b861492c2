"""Verdicts: only when the whole interval lies in one band."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.metrics.benchmarks import Band, Benchmark, around, judge
from touchpath.metrics.questionnaires import SUS
from touchpath.model.estimate import Estimate, Undefined

AVERAGE = around("Average", 0.78, "Sauro", 2011)


def number(low: float, high: float, n: int = 100) -> Estimate:
    return Estimate((low + high) / 2, low, high, n, "people")


@pytest.mark.parametrize(
    ("low", "high", "label"),
    [(0.5, 0.7, "below it"), (0.8, 0.9, "at it or above"), (0.7, 0.8, ""), (0.7, 0.78, ""), (0.78, 0.9, "at it or above")],
)
def test_a_verdict_needs_the_whole_interval_on_one_side(low, high, label):
    verdict = judge(number(low, high), AVERAGE)
    assert verdict.label == label
    assert label or verdict.reason == "inconclusive, the interval reaches from 'below it' to 'at it or above'"


def test_nothing_is_judged_of_fewer_than_five():
    assert judge(number(0.9, 1.0, n=4), AVERAGE).sentence == "Average: not judged, fewer than 5 people"


def test_what_has_no_number_is_not_judged():
    assert judge(Undefined("nobody answered"), AVERAGE).sentence == "Average: not judged, nobody answered"


def test_a_benchmark_that_the_field_warns_against_gives_no_verdict():
    lore = Benchmark("Lore", (Band("all"),), "somebody", 2003, graded=False, why="it is lore")
    assert judge(number(0.1, 0.2), lore).sentence == "Lore: not judged, it is lore"
    assert lore.told.endswith("No verdict is given: it is lore.")


def test_a_figure_that_was_not_read_in_its_source_says_so():
    assert "quoted from memory" in AVERAGE.told
    assert "quoted from memory" not in around("Average", 68.0, "Sauro", 2011, "read").told


def test_the_bands_of_sus_hold_their_lower_edge():
    acceptability = SUS.benchmarks[1]
    assert judge(number(71.1, 80.0), acceptability).label == "acceptable"
    assert judge(number(51.7, 71.0), acceptability).label == "marginal"
    assert (
        judge(number(51.0, 72.0), acceptability).reason
        == "inconclusive, the interval reaches from 'not acceptable' to 'acceptable'"
    )


@given(st.lists(st.floats(0, 1), min_size=2, max_size=2).map(sorted), st.floats(0, 0.2))
def test_a_wider_interval_never_wins_a_verdict(ends, more):
    narrow, wide = judge(number(*ends), AVERAGE), judge(number(ends[0] - more, ends[1] + more), AVERAGE)
    assert not wide.label or wide.label == narrow.label
