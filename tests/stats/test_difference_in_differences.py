"""Differences in differences: published numbers, laws, and groups that are missing. R's numbers: test_causes_oracle."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.stats.difference_in_differences import did_from_means, did_regression
from touchpath.stats.procedures import run_procedure

GROUPS = ([1, 1, 1, 1, 0, 0, 0, 0], [0, 0, 1, 1, 0, 0, 1, 1])
FOUR = st.lists(st.tuples(st.booleans(), st.booleans(), st.floats(-100, 100)), min_size=0, max_size=30).map(
    lambda rest: [(True, True, 1.0), (True, False, 2.0), (False, True, 4.0), (False, False, 8.0), *rest]
)


def test_card_and_krueger_find_what_their_four_means_say():
    # 1994, table 3: 21.03 - 20.44 - (21.17 - 23.33) = 2.75; the paper prints 2.76.
    assert did_from_means(20.44, 21.03, 23.33, 21.17) == pytest.approx(2.75)


@given(FOUR)
def test_the_regression_gives_the_difference_of_the_four_means(rows):
    def mean(treated, post):
        chosen = [y for d, t, y in rows if (d, t) == (treated, post)]
        return sum(chosen) / len(chosen)

    treated, post, outcome = ([row[place] for row in rows] for place in range(3))
    found = did_regression(outcome, [int(one) for one in treated], [int(one) for one in post])
    expected = did_from_means(mean(True, False), mean(True, True), mean(False, False), mean(False, True))
    assert found.did == pytest.approx(expected, abs=1e-7)


def test_each_observation_its_own_cluster_is_the_error_for_unequal_sizes():
    outcome = [3, 5, 9, 8, 4, 6, 5, 8]
    found = did_regression(outcome, *GROUPS, list(range(8)))
    # CR1 with clusters of one: n / (n - 1) * (n - 1) / (n - k), which is HC1.
    assert found.se_cluster == pytest.approx(found.se_hc1)


def test_the_labels_and_the_order_of_clusters_do_not_matter():
    outcome, clusters = [3, 5, 9, 8, 4, 6, 5, 8], ["a", "b", "a", "b", "c", "d", "c", "d"]
    back = [one[::-1] for one in (outcome, *GROUPS, clusters)]
    assert did_regression(*back).se_cluster == pytest.approx(did_regression(outcome, *GROUPS, clusters).se_cluster)


def test_errors_that_cannot_be_known_are_none():
    found = run_procedure("did_2x2_regression", {"outcome": [1, 2, 3, 5], "treated": [1, 1, 0, 0], "post": [0, 1, 0, 1]})
    assert (found["se_ols"], found["se_hc1"], found["se_cluster"]) == (None, None, None)
    assert found["did"] == pytest.approx(-1)


def test_one_cluster_or_none_leaves_the_other_errors():
    outcome = [3, 5, 9, 8, 4, 6, 5, 8]
    for given_clusters in (None, ["shop"] * 8):
        inputs = {"outcome": outcome, "treated": GROUPS[0], "post": GROUPS[1], "cluster": given_clusters}
        found = run_procedure("did_2x2_regression", inputs)
        assert found["se_cluster"] is None
        assert found["se_ols"] > 0


def test_an_outcome_that_never_changes_has_no_difference():
    found = did_regression([7.0] * 8, *GROUPS)
    assert found.did == pytest.approx(0, abs=1e-12)


def test_an_empty_group_is_named():
    with pytest.raises(BadInput, match="none treated before"):
        did_regression([1, 2, 3], [1, 0, 0], [1, 0, 1])


@pytest.mark.parametrize(
    ("outcome", "treated", "post", "clusters"),
    [
        ([1, 2], [1, 1, 0, 0], [0, 1, 0, 1], None),
        ([1, 2, 3, 4], [1, 1, 0, 0], [0, 1, 0], None),
        ([1, 2, 3, 4], [1, 1, 0, 0], [0, 1, 0, 1], ["a"]),
        ([1, 2, 3, 4], [2, 1, 0, 0], [0, 1, 0, 1], None),
    ],
)
def test_observations_that_do_not_fit_together_are_refused(outcome, treated, post, clusters):
    with pytest.raises(BadInput):
        did_regression(outcome, treated, post, clusters)
