"""Rank tests: laws, and the exact p against every possible arrangement."""

from __future__ import annotations

from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.stats.ranks import friedman, kruskal_wallis, mann_whitney, mid_ranks, paired_differences, signed_rank

FEW = st.lists(st.integers(0, 4), min_size=1, max_size=5)
SOME = st.lists(st.floats(-5, 5).map(lambda value: round(value, 1)), min_size=1, max_size=9)


@given(FEW, FEW)
def test_the_exact_p_counts_every_way_to_deal_the_numbers(a, b):
    ranks = mid_ranks([*a, *b])
    sums = [sum(dealt) for dealt in combinations(ranks.tolist(), len(a))]
    observed = sum(ranks[: len(a)])
    tail = min(sum(s <= observed for s in sums), sum(s >= observed for s in sums)) / len(sums)
    assert mann_whitney(a, b).p == pytest.approx(min(2 * tail, 1), rel=1e-9)


@given(st.lists(st.integers(-4, 4), min_size=1, max_size=8))
def test_the_exact_p_counts_every_way_to_sign_the_differences(differences):
    told = [d for d in differences if d]
    ranks = mid_ranks([abs(d) for d in told]).tolist()
    sums = [sum(rank for rank, up in zip(ranks, signs, strict=True) if up) for signs in product([0, 1], repeat=len(told))]
    found = signed_rank(differences, "greater")
    assert found.statistic == sum(rank for rank, d in zip(ranks, told, strict=True) if d > 0)
    assert found.p == pytest.approx(sum(s >= found.statistic for s in sums) / len(sums), rel=1e-9)


@given(SOME, SOME, st.booleans())
def test_the_order_of_the_groups_only_turns_u_round(a, b, exact):
    one, other = mann_whitney(a, b, exact), mann_whitney(b, a, exact)
    assert one.statistic + other.statistic == pytest.approx(len(a) * len(b))
    assert one.p == pytest.approx(other.p)


@given(SOME, SOME)
def test_only_the_order_counts(a, b):
    assert mann_whitney(a, b) == mann_whitney([x**3 for x in a], [x**3 for x in b])
    if len(a) == len(b):
        assert kruskal_wallis([a, b]) == kruskal_wallis([[x**3 for x in a], [x**3 for x in b]])


@given(st.lists(st.lists(st.integers(0, 5), min_size=3, max_size=3), min_size=1, max_size=8))
def test_the_order_of_tasks_and_people_does_not_matter(blocks):
    found = friedman(blocks)
    turned = friedman([row[::-1] for row in reversed(blocks)])
    assert found.df == turned.df == 2
    assert found.statistic == (None if turned.statistic is None else pytest.approx(turned.statistic))


def test_equal_decimals_are_equal_differences():
    assert paired_differences([0.3, 0.2, 1e20], [0.1, 0.0, 1.0]) == [0.2, 0.2, 1e20]


def test_too_many_values_for_an_exact_test_are_refused_with_the_way_out():
    a, b = list(range(0, 600, 2)), list(range(1, 601, 2))
    with pytest.raises(BadInput, match="normal approximation is as good"):
        mann_whitney(a, b)
    assert 0.9 < mann_whitney(a, b, exact=False).p <= 1
    with pytest.raises(BadInput, match="normal approximation"):
        signed_rank(list(range(1, 2000)))


@pytest.mark.parametrize(
    "test",
    [
        lambda: mann_whitney([], [1]),
        lambda: signed_rank([]),
        lambda: paired_differences([1], [1, 2]),
        lambda: kruskal_wallis([[1, 2]]),
        lambda: kruskal_wallis([[1, 2], []]),
        lambda: friedman([[1], [2]]),
        lambda: friedman([[1, 2], [2]]),
        lambda: friedman([]),
    ],
)
def test_groups_that_cannot_be_ranked_are_refused(test):
    with pytest.raises(BadInput):
        test()
