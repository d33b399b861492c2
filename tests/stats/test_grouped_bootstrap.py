"""The bootstrap over groups of people: it covers, and says where there is no telling."""

import math

import numpy as np
import pytest

from touchpath.model.errors import BadInput
from touchpath.stats.grouped_bootstrap import bootstrap_error, bootstrap_limits, draw_groups


def test_every_draw_takes_as_many_groups_as_there_are_and_the_seed_fixes_them():
    drawn = draw_groups(50, 200, 7)
    assert drawn.shape == (200, 50)
    assert (drawn.sum(axis=1) == 50).all()
    assert np.array_equal(drawn, draw_groups(50, 200, 7))
    with pytest.raises(BadInput, match="Groups are drawn"):
        draw_groups(0, 200, 7)


@pytest.mark.parametrize(("people", "groups"), [(30, 25), (200, 50), (2_000, 50)])
def test_limits_of_a_ratio_hold_it_about_as_often_as_they_say(people, groups):
    """800 simulated samples of skewed people: at 95 % the limits miss in 3 to 8 %, the more the fewer people there are."""
    random, truth, held = np.random.default_rng(people), 2.0, 0
    times = draw_groups(groups, 200, 1)
    for _ in range(800):
        weights = random.integers(1, 4, people)
        values = random.exponential(truth, people) * weights
        place = random.integers(0, groups, people)
        sums = np.stack([np.bincount(place, one, groups) for one in (weights, values)])
        above, below = times @ sums[1], times @ sums[0]
        limits = bootstrap_limits(float(values.sum() / weights.sum()), above / below, groups, 0.95)
        assert limits is not None
        held += limits.low <= truth <= limits.high
    assert 0.915 < held / 800 < 0.975


def test_the_error_is_that_of_the_groups():
    random = np.random.default_rng(3)
    means = random.normal(size=50)
    drawn = draw_groups(50, 20_000, 1) @ means / 50
    assert bootstrap_error(drawn, 50) == pytest.approx(means.std(ddof=1) / math.sqrt(50), rel=0.02)


def test_there_is_no_error_of_few_groups_of_what_is_hardly_defined_or_never_differs():
    drawn = np.random.default_rng(3).normal(size=200)
    assert bootstrap_error(drawn, 9) is None
    assert bootstrap_error(np.where(np.arange(200) < 25, np.nan, drawn), 50) is None
    assert bootstrap_error(np.full(200, 81.3), 50) is None
    assert bootstrap_limits(81.3, np.full(200, 81.3), 50, 0.95) is None
