"""Exact sums beyond 64 bits, against Python's own integers."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from touchpath.timelines.kernels import add_product, add_wide, find_period, limbs_of, rate_of
from touchpath.timelines.moments import whole

NEVER, ENDLESS = int(np.iinfo(np.int64).min), int(np.iinfo(np.int64).max)
moments = (
    st.integers(NEVER, ENDLESS)
    | st.integers(-50, 50)
    | st.integers(1_736_121_600_000_000, 1_736_121_600_000_000 + 90 * 86_400_000_000)
)
factors = st.tuples(st.integers(0, 2**47 - 1), st.integers(0, 2**47 - 1))


@given(st.lists(factors, max_size=40))
def test_sums_of_products_are_exact_in_two_words_and_in_limbs(products):
    wide, limbs = np.zeros(3, np.int64), np.zeros(3, np.int64)
    for x, y in products:
        add_wide(wide, 1, x, y)
        add_product(limbs, x, y)
    assert limbs_of(wide[1:]).tolist() == limbs.tolist()
    assert whole(limbs) == sum(x * y for x, y in products)


@given(st.sets(moments, min_size=2, max_size=40).map(sorted), st.lists(moments, max_size=20))
@example([NEVER, ENDLESS], [NEVER, 0, ENDLESS - 1, ENDLESS])
@example([NEVER, 0, 1, ENDLESS], [-1, 0, 1])
@example([0, 1, 2, 3, 10**15], [0, 1, 2, 3, 4, 10**15 - 1])
def test_a_time_is_in_the_period_between_its_borders_however_unequal_they_are(edges, times):
    borders = np.array(edges, np.int64)
    for time in (*times, *edges, *(edge - 1 for edge in edges[1:])):
        period = find_period(time, borders, rate_of(borders))
        if edges[0] <= time < edges[-1]:
            assert edges[period] <= time < edges[period + 1]
        else:
            assert period == -1
