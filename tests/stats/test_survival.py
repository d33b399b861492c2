"""Curves of waits against R's documented output, against SciPy, and against what a simulation of people with several cases holds."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf

from touchpath.model.errors import BadInput
from touchpath.stats.survival import kaplan_meier

#: Acute myelogenous leukaemia (Miller 1997), data `aml` of R's package survival: weeks, and whether the relapse was seen.
MAINTAINED = ((9, 1), (13, 1), (13, 0), (18, 1), (23, 1), (28, 0), (31, 1), (34, 1), (45, 0), (48, 1), (161, 0))
OTHERS = ((5, 1), (5, 1), (8, 1), (8, 1), (12, 1), (16, 0), (23, 1), (27, 1), (30, 1), (33, 1), (43, 1), (45, 1))


def counted(cases, groups=1):
    """Times, and counts by group and time; the group of a case is its place modulo `groups`, or its third value."""
    times = sorted({case[0] for case in cases})
    table = np.zeros((2, groups, len(times)), np.int64)
    for place, case in enumerate(cases):
        table[case[1], case[2] if len(case) > 2 else place % groups, times.index(case[0])] += 1
    return np.array(times, float), table[1], table[0]


def test_the_curve_of_maintained_patients_is_the_one_that_r_prints():
    # summary(survfit(Surv(time, status) ~ x, data = aml)): survival and std.err of x = Maintained.
    found = kaplan_meier(*counted(MAINTAINED), True)
    seen = np.isin(found.times, [9, 13, 18, 23, 31, 34, 48])
    assert found.waits[seen] == pytest.approx([0.909, 0.818, 0.716, 0.614, 0.491, 0.368, 0.184], abs=5e-4)
    assert found.error[seen] == pytest.approx([0.0867, 0.1163, 0.1397, 0.1526, 0.1642, 0.1627, 0.1535], abs=5e-5)
    assert found.at_risk[seen].tolist() == [11, 10, 8, 7, 5, 4, 2]


def test_the_medians_are_those_that_r_prints():
    # print(survfit(Surv(time, status) ~ x, data = aml)): median 31 and 23; the first upper limit is never reached.
    first, second = (kaplan_meier(*counted(cases), True).quantile(0.5) for cases in (MAINTAINED, OTHERS))
    assert (first[0], second[0]) == (31, 23)
    assert math.isinf(first[2])
    assert second[1] <= 23 <= second[2] < math.inf


def test_before_anything_is_over_the_share_is_as_sure_as_so_many_cases_make_it():
    # Ten cases of which none is over yet: Wilson's lower limit of 10 of 10. It was (1, 1), which held the truth in 56 % of cases.
    share, limits = kaplan_meier(*counted([(time, 1) for time in range(5, 15)]), True).at(4)
    assert share == 1
    assert limits == pytest.approx((0.7225, 1.0), abs=1e-4)


def test_a_flat_piece_at_the_share_counts_at_its_middle():
    assert kaplan_meier(*counted([(1, 1), (2, 1), (4, 1), (9, 1)]), True).quantile(0.5)[0] == 3


cases = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 1)), min_size=1, max_size=30)


@given(cases)
def test_curve_and_limits_agree_with_scipy(cases):
    over = [time for time, seen in cases if seen]
    waiting = [time for time, seen in cases if not seen]
    expected = ecdf(CensoredData(uncensored=over, right=waiting)).sf
    found = kaplan_meier(*counted(cases), True)
    assert found.times.tolist() == expected.quantiles.tolist()
    assert found.waits == pytest.approx(expected.probabilities, abs=1e-12)
    inside = (found.waits > 1e-9) & (found.waits < 1 - 1e-9)
    if inside.any():
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # there are no limits where nobody, or everybody, still waits
            limits = expected.confidence_interval(0.95, method="log-log")
        assert found.low[inside] == pytest.approx(limits.low.probabilities[inside], abs=1e-9)
        assert found.high[inside] == pytest.approx(limits.high.probabilities[inside], abs=1e-9)


@given(cases, st.integers(2, 8))
def test_limits_hold_the_curve_and_groups_never_make_them_narrower(cases, groups):
    alone, grouped = kaplan_meier(*counted(cases), True), None
    assert (alone.low <= alone.waits + 1e-12).all()
    assert (alone.waits <= alone.high + 1e-12).all()
    if len(cases) >= 2:
        grouped = kaplan_meier(*counted(cases, groups), False)
        assert grouped.waits == pytest.approx(alone.waits, abs=1e-12)
        assert (grouped.error >= alone.error - 1e-12).all()


@pytest.mark.parametrize(("groups", "said"), [(0, "at least one case"), (1, "two groups")])
def test_too_little_is_refused(groups, said):
    times, over, waiting = counted([(1, 1), (2, 0)])
    with pytest.raises(BadInput, match=said):
        kaplan_meier(times, over * groups, waiting * groups, groups == 0)


def covered(people, alike, seed):
    """In which share of simulated data sets the 95 % interval of the median holds the true one, by rows and by groups of people."""
    rng = np.random.default_rng(seed)
    true, hits, rounds = math.log(2), np.zeros(2), 250
    for _ in range(rounds):
        often = rng.integers(1, 9, people)
        person = np.repeat(np.arange(people), often)
        # A gamma frailty makes the waits of one person alike; scaled so that the median over all waits stays ln 2.
        frailty = rng.gamma(1 / alike, alike, people) if alike else np.ones(people)
        scale = ((0.5 ** (-alike) - 1) / alike if alike else true) / true
        waits = rng.exponential(1.0, person.size) / frailty[person] / scale
        seen_until = rng.uniform(0.2, 4, person.size)
        rows = [
            (round(min(wait, stop), 2), int(wait <= stop), int(who) % 64)
            for wait, stop, who in zip(waits, seen_until, person, strict=True)
        ]
        for place, independent in enumerate((True, False)):
            _, low, high = kaplan_meier(*counted(rows, 64), independent).quantile(0.5)
            hits[place] += low - 0.01 <= true <= high + 0.01
    return hits / rounds


@pytest.mark.slow
def test_intervals_by_person_hold_the_median_where_rows_do_not():
    by_row, by_person = covered(200, 1.0, 5)
    assert by_row < 0.9
    assert 0.91 <= by_person <= 0.99


@pytest.mark.slow
def test_intervals_by_person_are_sound_without_any_likeness():
    by_row, by_person = covered(200, 0.0, 6)
    assert 0.91 <= by_row <= 1
    assert 0.92 <= by_person <= 1
