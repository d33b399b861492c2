"""A share that moved between groups that partly share people."""

import numpy as np
import pytest

from touchpath.model.errors import BadInput
from touchpath.stats.proportions import newcombe_interval
from touchpath.stats.shifts import Moved, shift_interval


def test_without_anybody_in_both_it_is_newcombes_interval_for_two_groups():
    found, limits = shift_interval(Moved((48, 80), (56, 70), (0, 0)))
    assert found == pytest.approx(56 / 70 - 48 / 80)
    assert limits == pytest.approx(newcombe_interval(56, 70, 48, 80))
    assert limits == pytest.approx((0.0524, 0.3339), abs=5e-5)  # Newcombe 1998, 17:873, table II, (a) 56/70 - 48/80, method 10


def test_with_the_same_people_in_both_nothing_can_have_moved():
    found, limits = shift_interval(Moved((0, 0), (0, 0), (30, 80)))
    assert found == 0
    assert limits == pytest.approx(
        (0.0, 0.0), abs=0.11
    )  # the two limits differ in length, so they do not cancel to the last digit


@pytest.mark.parametrize("moved", [Moved((0, 0), (3, 5), (0, 0)), Moved((1, 4), (0, 0), (0, 0))])
def test_an_empty_group_is_refused(moved):
    with pytest.raises(BadInput, match="people in both groups"):
        shift_interval(moved)


def test_more_who_have_it_than_people_is_refused():
    with pytest.raises(BadInput, match="Of 3 people 4"):
        Moved((4, 3), (0, 0), (0, 0))


@pytest.mark.parametrize(("only", "both"), [(60, 60), (20, 120), (100, 10)])
def test_the_interval_holds_the_true_shift_95_times_in_100(only, both):
    rng, rounds, hits = np.random.default_rng(5), 3000, 0
    # Those in both have it as those of the first group alone; the others of the second group have it more often.
    more = 0.6
    true = (only * more + both * 0.3) / (only + both) - 0.3
    for _ in range(rounds):
        first, second, same = (int(rng.binomial(*one)) for one in ((only, 0.3), (only, more), (both, 0.3)))
        _, limits = shift_interval(Moved((first, only), (second, only), (same, both)))
        hits += limits.low <= true <= limits.high
    assert 0.94 <= hits / rounds <= 0.985
