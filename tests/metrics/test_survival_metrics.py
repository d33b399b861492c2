"""How long customers stay: R's leukaemia data told as signals, a cohort compared, and what is not known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from touchpath.metrics.metric import Place
from touchpath.metrics.survival import CUSTOMER_HALF_LIFE, CUSTOMER_SURVIVAL
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.rules import EventRule
from touchpath.services.queries.between import BetweenQuery
from touchpath.services.queries.query import place_in
from touchpath.timelines.between import Between

WEEK = 7 * 86_400
#: `aml` of R's package survival: weeks until relapse of those maintained, and whether it was seen.
MAINTAINED = ((9, 1), (13, 1), (13, 0), (18, 1), (23, 1), (28, 0), (31, 1), (34, 1), (45, 0), (48, 1), (161, 0))
FOLD = Between(EventRule(("joined",)), EventRule(("left",)), None, "", "each")


END = 200 * WEEK


@pytest.fixture
def counted(summarise):
    """count(durations): customers who left after so many weeks, or joined so many weeks before the end of the data."""

    def count(durations):
        people = {}
        for place, (weeks, left) in enumerate(durations):
            joined = 0 if left else END - weeks * WEEK
            people[place + 1] = [(joined, "joined"), *([(weeks * WEEK, "left")] if left else [])]
        return summarise(FOLD, people, end=END)

    return count


def test_shares_and_half_life_are_those_of_r(counted):
    # summary(survfit(Surv(time, status) ~ 1, aml maintained, conf.type = "log-log"), times = c(9.5, 18.5)); median 31.
    summary = counted(MAINTAINED)
    for weeks, expected in ((9.5, (0.909090909, 0.508080206, 0.986673823)), (18.5, (0.715909091, 0.350190386, 0.899023974))):
        found = CUSTOMER_SURVIVAL.estimate(summary, Place(0, terms=(weeks * WEEK,)))
        assert isinstance(found, Estimate)
        assert (found.value, found.low, found.high) == pytest.approx(expected, abs=1e-8)
        assert (found.n, found.n_unit) == (11, "customers")
    half = CUSTOMER_HALF_LIFE.estimate(summary, Place(0))
    assert half.value == pytest.approx(31 * WEEK, rel=0.01)  # bins are up to 0.8 % wide


def test_past_what_was_seen_nothing_is_said(counted):
    assert isinstance(CUSTOMER_SURVIVAL.estimate(counted(MAINTAINED), Place(0, terms=(170 * WEEK,))), Undefined)
    assert isinstance(CUSTOMER_HALF_LIFE.estimate(counted([(9, 1), (20, 0), (20, 0)]), Place(0)), Undefined)
    without = CUSTOMER_SURVIVAL.estimate(counted(MAINTAINED), Place(0))
    assert isinstance(without, Undefined)
    assert "'at'" in without.reason


def test_the_time_asked_about_comes_from_the_query():
    query = BetweenQuery(FOLD, at=(timedelta(weeks=9), timedelta(weeks=20)))
    assert place_in(query, None, 0).terms == (9 * WEEK, 20 * WEEK)


def test_two_cohorts_are_compared_by_the_limits_of_both(summarise):
    weeks = 60
    stay = [(weeks, 0)] * 60 + [(5, 1)] * 4
    go = [(5, 1)] * 40 + [(weeks, 0)] * 24
    people = {}
    for place, (long, left) in enumerate([*stay, *go]):
        joined = (place >= len(stay)) * 10 * WEEK
        people[place + 1] = [(joined, "joined"), *([(joined + long * WEEK, "left")] if left else [])]
    summary = summarise(FOLD, people, (0, 5 * WEEK, 15 * WEEK), end=70 * WEEK)
    at = [Place(cell, terms=(20 * WEEK,)) for cell in (0, 1)]
    change = CUSTOMER_SURVIVAL.compare(summary, *at)
    assert change.changed == "down"
    assert change.value == pytest.approx(24 / 64 - 60 / 64)
    assert CUSTOMER_SURVIVAL.compare(summary, at[0], at[0]).changed is None
    assert isinstance(CUSTOMER_HALF_LIFE.compare(summary, *at), Undefined)
