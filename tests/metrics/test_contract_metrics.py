"""How long customers with contracts will stay: the published example told as signals, and what is not told."""

from __future__ import annotations

import itertools
import random

import pytest

from touchpath.metrics.contracts import CONTRACT_LIFETIME
from touchpath.metrics.metric import Place
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.rules import EventRule
from touchpath.timelines.between import Between

TERM = 30 * 86_400
#: Fader & Hardie 2007, table 1, "High End": of 1,000 customers those left after each of seven renewals. Fit: alpha 0.668, beta 3.806.
LEFT = (1000, 869, 743, 653, 593, 551, 517, 491)
FOLD = Between(EventRule(("joined",)), EventRule(("quit",)), None, "", "each")
END = 7.3 * TERM


@pytest.fixture
def counted(summarise):
    """count(left, late): customers who began together; late: how much of a term after a renewal leaving is recorded; twice: each has two
    contracts that go the same way."""

    def count(left=LEFT, late=0.0, twice=False):
        people, owners, begun = (
            {},
            iter(random.Random(7).sample(range(2**40), 2000)),
            [(0, "joined"), *([(1, "joined")] if twice else [])],
        )
        for renewal, (before, after) in enumerate(itertools.pairwise(left), 1):
            for _ in range(before - after):
                people[next(owners)] = [*begun, ((renewal + late) * TERM, "quit")]
        for _ in range(left[-1]):
            people[next(owners)] = begun
        return summarise(FOLD, people, end=END)

    return count


def expected(alpha, beta, terms):
    """Terms by the recursion of the paper, equation 7: of those who renewed t - 1 times (beta + t - 1) / (alpha + beta + t - 1) renew again."""
    share, total = 1.0, 0.0
    for t in range(1, terms + 1):
        total += share
        share *= (beta + t - 1) / (alpha + beta + t - 1)
    return total


@pytest.mark.parametrize("late", [0.0, 0.03])
def test_the_published_example_is_projected(counted, late):
    found = CONTRACT_LIFETIME.estimate(counted(late=late), Place(0, terms=(TERM, 12 * TERM)))
    assert isinstance(found, Estimate)
    assert found.value / TERM == pytest.approx(expected(0.668, 3.806, 12), abs=2e-3)
    assert (found.n, found.n_unit, found.unit) == (1000, "customers", "seconds")
    assert found.notes == ("sBG: alpha 0.6681, beta 3.806; 12 terms ahead, 7.16 of them expected.",)
    assert 0.1 < (found.high - found.low) / TERM < 1.2
    assert found.low < found.value < found.high


def test_within_what_was_seen_it_agrees_with_the_counts(counted):
    """Seven terms: those at the start and after each of six renewals, over 1,000, which the model smooths."""
    found = CONTRACT_LIFETIME.estimate(counted(), Place(0, terms=(TERM, 7 * TERM)))
    assert found.value / TERM == pytest.approx(sum(LEFT[:7]) / 1000, abs=0.05)


def test_a_far_horizon_says_how_little_was_seen(counted):
    found = CONTRACT_LIFETIME.estimate(counted(), Place(0, terms=(TERM, 24 * TERM)))
    assert found.warnings == ("It looks 24 terms ahead, and only 7 renewals were seen.",)


def test_several_contracts_of_one_customer_are_drawn_together(counted):
    place = Place(0, terms=(TERM, 12 * TERM))
    once, twice = (CONTRACT_LIFETIME.estimate(counted(twice=each), place) for each in (False, True))
    assert (twice.n, twice.people) == (2000, 1000)
    assert twice.value == pytest.approx(once.value, rel=1e-6)
    assert 0.7 < (twice.high - twice.low) / (once.high - once.low) < 1.4


def test_what_cannot_be_projected_says_why(counted):
    def reason(summary, *terms):
        found = CONTRACT_LIFETIME.estimate(summary, Place(0, terms=terms))
        assert isinstance(found, Undefined)
        return found.reason

    assert "give it the term of the contract and the horizon" in reason(counted(), TERM)
    assert reason(counted((60, 50, 45)), TERM, 12 * TERM) == "60 contracts, and a projection needs 100"
    assert "nobody cancelled" in reason(counted((200, 200)), TERM, 12 * TERM)
    assert "nobody renewed" in reason(counted((200, 0)), TERM, 12 * TERM)


def test_cohorts_are_compared_by_their_limits(counted):
    summary = counted()
    place = Place(0, terms=(TERM, 12 * TERM))
    assert CONTRACT_LIFETIME.compare(summary, place, place).changed is None
