"""Churn, cohorts and first contacts: worked examples, laws, and a slow way to count episodes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.stats.churn import annualise_monthly, first_contact_resolution, period_churn
from touchpath.stats.procedures import run_procedure


def test_joiners_count_in_neither_part_of_churn():
    found = run_procedure("period_churn", {"at_start": 500, "lost_of_start": 25, "joined": 90, "confidence": 0.95})
    # Wilson limits of 25 of 500: R, prop.test(25, 500, correct = FALSE).
    assert found == pytest.approx({"churn": 0.05, "lower": 0.0340937452, "upper": 0.0727681612, "retention": 0.95}, abs=1e-6)


@pytest.mark.parametrize(("at_start", "lost"), [(0, 0), (10, 11), (10, -1)])
def test_more_leavers_than_customers_are_refused(at_start, lost):
    with pytest.raises(BadInput):
        period_churn(at_start, lost)


@pytest.mark.parametrize(
    ("monthly", "annual"), [(0.0, 0.0), (1.0, 1.0), (0.05, 0.459639912337), (1e-12, 1.2e-11), (0.5, 1 - 2**-12)]
)
def test_a_months_churn_over_a_year(monthly, annual):
    assert annualise_monthly(monthly) == pytest.approx(annual, rel=1e-10)


def test_ages_not_observed_yet_are_empty_and_count_in_no_pooled_share():
    cohorts = [
        {"size": 100, "active": [100, 60, 50]},
        {"size": 50, "active": [50, 20]},
        {"size": 0, "active": [0]},
        {"size": 10, "active": [9, None]},
    ]
    found = run_procedure("cohort_retention", {"cohorts": cohorts})
    assert found["retention"] == [[1.0, 0.6, 0.5], [1.0, 0.4, None], [None, None, None], [0.9, None, None]]
    assert found["pooled"] == pytest.approx([159 / 160, 80 / 150, 0.5])


@pytest.mark.parametrize("cohorts", [[], [{"size": 3, "active": [4]}], [{"size": -1, "active": []}], [{"size": 3}]])
def test_impossible_cohorts_are_refused(cohorts):
    with pytest.raises(BadInput):
        run_procedure("cohort_retention", {"cohorts": cohorts})


def test_a_chain_of_contacts_is_one_problem_and_young_ones_wait():
    contacts = [
        ("ann", "bill", 1),
        ("ann", "bill", 8),
        ("ann", "bill", 15),
        ("ann", "bill", 23),
        ("ann", "login", 3),
        ("bob", "bill", 24),
    ]
    rows = [{"customer": who, "issue": what, "day": day} for who, what, day in contacts]
    found = run_procedure("fcr_repeat_contact_window", {"contacts": rows, "window_days": 7, "observation_end_day": 30})
    # Ann's bill: 1-8-15 is one problem (gaps of 7), 23 another; login one; Bob's began after day 23, so it is too young.
    assert found == {"eligible": 3, "first_contact_resolved": 2, "rate": 2 / 3}


def test_nothing_old_enough_has_no_rate():
    contacts = [{"customer": "a", "issue": "b", "day": 29}]
    found = run_procedure("fcr_repeat_contact_window", {"contacts": contacts, "window_days": 7, "observation_end_day": 30})
    assert found == {"eligible": 0, "first_contact_resolved": 0, "rate": None}


contacts = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.integers(0, 40)), max_size=30)


@given(contacts, st.integers(0, 10), st.integers(0, 50))
def test_episodes_are_those_of_the_slow_definition(contacts, window, end):
    eligible = resolved = 0
    for place, (who, what, day) in enumerate(contacts):
        others = [(d, at) for at, (w, i, d) in enumerate(contacts) if (w, i) == (who, what) and at != place]
        opens = not any((d, at) < (day, place) and day - d <= window for d, at in others)
        continued = any((d, at) > (day, place) and d - day <= window for d, at in others)
        if opens and day <= end - window:
            eligible += 1
            resolved += not continued
    assert first_contact_resolution(contacts, window, end) == (eligible, resolved)


@given(contacts, st.integers(0, 10), st.integers(0, 40), st.randoms(use_true_random=False))
def test_neither_order_nor_contacts_after_the_end_matter(contacts, window, end, random):
    found = first_contact_resolution(contacts, window, end)
    assert first_contact_resolution(random.sample(contacts, len(contacts)), window, end) == found
    assert first_contact_resolution([row for row in contacts if row[2] <= end], window, end) == found
