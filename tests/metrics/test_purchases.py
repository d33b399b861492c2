"""What the query `purchases` concludes: shares and values from a fold over purchases agree with the same customers told one by one."""

from __future__ import annotations

import numpy as np
import pytest

from touchpath.metrics.purchases import LIFETIME_VALUE, Horizon, estimate_repeat, estimate_value
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.rules import EventRule
from touchpath.services.queries.purchases import PurchasesQuery
from touchpath.services.queries.query import place_in
from touchpath.stats.lifetime_value import Terms, base_of, lifetime_value
from touchpath.timelines.purchases import Purchases

DAY = 86_400
END = 280 * DAY
BOUGHT = EventRule(("bought",))


def a_shop(n, seed, follows=0.0):
    """Purchases of n customers who behave as the two models say: person -> [(seconds, kind, value)]. follows: how value grows with rate."""
    rng = np.random.default_rng(seed)
    shop = {}
    for customer in range(1, n + 1):
        rate, stop, level = rng.gamma(0.9, 1 / 35.0), rng.beta(0.9, 3.0), rng.gamma(4, 1 / 60.0)
        now, bought = rng.uniform(0, 120), []
        while now < 280:
            value = round(float(rng.gamma(6, 1 / level)) * (1 + follows * len(bought)), 2)
            bought.append((int(now * DAY), "bought", value))
            if len(bought) > 1 and rng.random() < stop:
                break
            now += max(1.0, rng.exponential(1 / rate))
        shop[customer] = bought
    return shop


def told(shop):
    """The same customers one by one: x, t_x, T in weeks, m; slowly."""
    rows = []
    for bought in shop.values():
        occasions = []
        for time, _, _ in bought:
            if not occasions or time - occasions[-1] >= DAY:
                occasions.append(time)
        again = sum(value for time, _, value in bought if len(occasions) > 1 and time >= occasions[1])
        x = len(occasions) - 1
        rows.append((x, (occasions[-1] - occasions[0]) // DAY / 7, (END - occasions[0]) // DAY / 7, again / x if x else 0.0))
    return list(zip(*rows, strict=True))


@pytest.fixture
def counted(summarise):
    return lambda shop: summarise(Purchases(BOUGHT), shop, (0, END + DAY), END)


def test_a_value_from_counts_is_that_of_the_customers_one_by_one(counted):
    shop = a_shop(400, 3)
    query = PurchasesQuery(BOUGHT, ahead=26, margin=40, discount=10)
    at = place_in(query, None, 0)
    got = LIFETIME_VALUE.estimate(counted(shop), at)
    assert isinstance(got, Estimate)
    alone = lifetime_value(base_of(*told(shop)), Terms(26, 0.4, 1.1 ** (7 / 365.25) - 1), seed=1)
    assert got.value == pytest.approx(alone.mean, rel=1e-3)
    assert (got.low, got.high) == (pytest.approx(alone.low, rel=0.1), pytest.approx(alone.high, rel=0.1))
    assert (got.n, got.n_unit, got.unit, got.warnings) == (400, "customers", "money", ())


def test_the_unit_of_an_interval_hardly_changes_a_value(counted):
    summary = counted(a_shop(400, 4))
    weeks = estimate_value(summary, 0, Horizon(7, 12, 1.0, 0.0))
    days = estimate_value(summary, 0, Horizon(1, 84, 1.0, 0.0))
    assert days.value == pytest.approx(weeks.value, rel=1e-6)


def test_values_that_rise_with_frequency_are_warned_of(counted):
    got = estimate_value(counted(a_shop(400, 5, follows=0.8)), 0, Horizon(7, 12, 1.0, 0.0))
    assert any("unrelated; their correlation" in warning for warning in got.warnings)


def test_too_few_repeats_have_no_value_and_say_so(counted):
    got = estimate_value(counted(a_shop(60, 6)), 0, Horizon(7, 12, 1.0, 0.0))
    assert isinstance(got, Undefined)
    assert "needs 100 of them" in got.reason


def test_models_without_a_maximum_have_no_value_and_say_why(counted):
    shop = {who: [(0, "bought", 5), (20 * DAY, "bought", 5)] for who in range(1, 201)}
    got = estimate_value(counted(shop), 0, Horizon(7, 12, 1.0, 0.0))
    assert isinstance(got, Undefined)
    assert "maxim" in got.reason


def test_the_repeat_share_is_of_all_customers(counted):
    shop = a_shop(150, 7)
    got = estimate_repeat(counted(shop), 0)
    x = told(shop)[0]
    assert got.value == pytest.approx(sum(one > 0 for one in x) / 150)
    assert got.n == 150


def test_periods_of_the_same_customers_are_not_compared(counted):
    at = place_in(PurchasesQuery(BOUGHT), None, 0)
    assert isinstance(LIFETIME_VALUE.compare(counted(a_shop(20, 8)), at, at), Undefined)
