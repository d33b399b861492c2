"""Felt against real waits: five pairs worked by hand, people who come again, and what has no number."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from touchpath.metrics.felt import WAIT_PERCEPTION_CORRELATION, WAIT_PERCEPTION_GAP
from touchpath.metrics.metric import Place
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.rules import EventRule
from touchpath.stats.association import correlation
from touchpath.timelines.felt import Felt

ASKED = Felt(EventRule(("said",)), EventRule(("came",)), EventRule(("served",)))


def waits(*pairs):
    """People who wait so many minutes each, one after the other, and say how many; a list is one person's."""
    people = {}
    for owner, mine in enumerate(pairs):
        signals, now = [], 0
        for felt, real in mine if isinstance(mine, list) else [mine]:
            signals += [(now, "came"), (now + 60 * real, "served"), (now + 60 * real + 1, "said", felt)]
            now += 60 * real + 100
        people[owner] = signals
    return people


FIVE = [(10, 4), (5, 6), (8, 5), (15, 12), (2, 1)]


def measured(summarise, *pairs):
    counts = summarise(ASKED, waits(*pairs))
    return tuple(metric.estimate(counts, Place(0)) for metric in (WAIT_PERCEPTION_GAP, WAIT_PERCEPTION_CORRELATION))


def test_five_pairs_worked_by_hand(summarise):
    gap, together = measured(summarise, *FIVE)
    differences = np.array([felt - real for felt, real in FIVE]) * 60
    assert (gap.value, gap.n, gap.unit) == (pytest.approx(144.0), 5, "seconds")
    half = 2.776445 * differences.std(ddof=1) / 5**0.5
    assert (gap.low, gap.high) == pytest.approx((144 - half, 144 + half), abs=1e-3)
    assert gap.notes == ("Felt 480.0 s, real 336.0 s on average.",)
    known = correlation(*zip(*FIVE, strict=True))
    assert (together.value, *(together.low, together.high)) == pytest.approx((known.pearson, *known.limits), abs=1e-9)


def test_people_who_come_again_are_the_unit(summarise):
    """Twenty people with the same five pairs each: as sure as twenty people, not as a hundred pairs."""
    draw = np.random.default_rng(3)
    people = [[(round(real * f, 1), real) for real in (2, 4, 6, 9)] for f in draw.uniform(0.5, 2.0, 40)]
    gap, together = measured(summarise, *people)
    assert (gap.n, together.n) == (160, 160)
    assert gap.method == "t, clustered by person (40 people)"
    assert together.method == "Fisher z, grouped jackknife, clustered by person (40 people)"
    alone = correlation(*zip(*(pair for mine in people for pair in mine), strict=True))
    assert together.value == pytest.approx(alone.pearson, abs=1e-6)
    assert together.low < together.value < together.high


def test_answers_without_a_wait_are_told(summarise):
    people = waits(*FIVE) | {9: [(0, "said", 3.0)]}
    found = WAIT_PERCEPTION_GAP.estimate(summarise(ASKED, people), Place(0))
    assert found.warnings == ("1 answers belong to no wait and are left out.",)


@pytest.mark.parametrize(
    ("pairs", "reason"),
    [
        ([], "no answer belongs to a wait"),
        ([(1, 1), (2, 3), (4, 5)], "3 pairs, and a correlation needs 4"),
        ([(5, 1), (5, 2), (5, 3), (5, 4)], "felt or real waits are all alike, or lie on one line"),
        ([(1, 1), (2, 2), (3, 3), (4, 4)], "felt or real waits are all alike, or lie on one line"),
        ([[(1, 2), (3, 4), (6, 2), (2, 9)]], "too few people to tell how sure this is"),
    ],
)
def test_what_has_no_correlation(summarise, pairs, reason):
    assert measured(summarise, *pairs)[1].reason == reason


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 60)), min_size=4, max_size=15), st.integers(1, 30))
def test_feeling_everything_longer_moves_the_gap_and_not_the_correlation(summarise, pairs, more):
    longer = [(felt + more, real) for felt, real in pairs]
    (gap, together), (moved, same) = measured(summarise, *pairs), measured(summarise, *longer)
    assert moved.value - gap.value == pytest.approx(60 * more)
    if isinstance(together, Undefined):
        assert isinstance(same, Undefined)
    else:
        assert isinstance(same, Estimate)
        assert -1 <= together.low <= together.value <= together.high <= 1
        assert (same.value, same.low, same.high) == pytest.approx((together.value, together.low, together.high), abs=1e-6)
