"""How often somebody may try."""

from __future__ import annotations

import pytest

from touchpath.model.errors import TooMany
from touchpath.services import throttle as throttles
from touchpath.services.throttle import Limit, Throttle, whose


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def tries(throttle: Throttle, name: str, most: int = 1000) -> int:
    """How many are let through before one is not."""
    for done in range(most):
        try:
            throttle.take(name, "Too often.")
        except TooMany:
            return done
    return most


def test_no_more_than_the_limit_are_let_through_and_the_bucket_empties_evenly():
    clock = Clock()
    throttle = Throttle(Limit(5, 100.0), clock)
    assert tries(throttle, "a") == 5
    assert tries(throttle, "b") == 5
    clock.now = 40.0
    assert tries(throttle, "a") == 2
    clock.now = 1_000.0
    assert tries(throttle, "a") == 5


def test_a_refusal_says_how_long_to_wait_and_that_is_enough():
    clock = Clock()
    throttle = Throttle(Limit(4, 60.0), clock)
    tries(throttle, "a")
    clock.now = 3.5
    with pytest.raises(TooMany, match=r"Too often\. Try again in 12 seconds\.") as raised:
        throttle.take("a", "Too often.")
    clock.now += raised.value.seconds
    throttle.take("a", "Too often.")


def test_what_was_none_after_all_is_given_back():
    throttle = Throttle(Limit(2, 60.0), Clock())
    tries(throttle, "a")
    throttle.give_back("a")
    throttle.give_back("nobody")
    assert tries(throttle, "a") == 1
    throttle.forget("a")
    assert tries(throttle, "a") == 2


def test_names_are_forgotten_before_they_fill_the_memory(monkeypatch):
    monkeypatch.setattr(throttles, "MOST_NAMES", 10)
    throttle = Throttle(Limit(1, 60.0), Clock())
    for n in range(50):
        throttle.take(str(n), "")
    assert len(throttle._levels) == 10


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("", ""),
        ("unknown", "unknown"),
    ],
)
def test_addresses_of_one_household_count_as_one(address: str, name: str):
    assert whose(address) == name
