"""Exact sums beyond 64 bits, against Python's own integers."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from touchpath.timelines.kernels import add_product, add_wide, limbs_of
from touchpath.timelines.moments import whole

factors = st.tuples(st.integers(0, 2**47 - 1), st.integers(0, 2**47 - 1))


@given(st.lists(factors, max_size=40))
def test_sums_of_products_are_exact_in_two_words_and_in_limbs(products):
    wide, limbs = np.zeros(3, np.int64), np.zeros(3, np.int64)
    for x, y in products:
        add_wide(wide, 1, x, y)
        add_product(limbs, x, y)
    assert limbs_of(wide[1:]).tolist() == limbs.tolist()
    assert whole(limbs) == sum(x * y for x, y in products)
