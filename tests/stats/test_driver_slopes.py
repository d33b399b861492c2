"""Drivers with weights and clustered slopes, as R answers them (tests/oracles/drivers.R)."""

import json
from pathlib import Path

import pytest

from touchpath.model.errors import BadInput
from touchpath.stats.driver_slopes import outcome_slopes
from touchpath.stats.drivers import find_drivers

ORACLE = json.loads((Path(__file__).parents[1] / "oracles" / "drivers.json").read_text())["cases"]


@pytest.mark.parametrize("case", ORACLE)
def test_weighted_slopes_clustered_by_person_are_those_of_r(case):
    found = outcome_slopes(case["outcome"], case["predictors"], people=case["people"], weights=case["weights"])
    for one in found:
        told = (one.value, one.error, *one.limits, one.p, one.p_family)
        keys = ("slope", "error", "low", "high", "p", "p_holm")
        assert told == pytest.approx([case[key][one.name] for key in keys], rel=1e-8), one.name


@pytest.mark.parametrize("case", ORACLE)
def test_weighted_shares_and_correlations_are_those_of_r(case):
    found = find_drivers(case["outcome"], case["predictors"], people=case["people"], weights=case["weights"], seed=1)
    assert found.r_squared == pytest.approx(case["r_squared"], rel=1e-10)
    for one in found.drivers:
        assert one.importance == pytest.approx(case["importance"][one.name], rel=1e-9)
        assert one.correlation == pytest.approx(case["correlation"][one.name], rel=1e-9)
        assert one.correlation_limits is None or one.correlation_limits.low <= one.correlation <= one.correlation_limits.high


def test_a_weight_of_two_tells_what_two_alike_respondents_tell():
    y, x, z = [1.0, 4, 2, 5, 3, 4], [2.0, 3, 1, 5, 4, 4], [1.0, 0, 1, 1, 0, 0]
    weighted = find_drivers(y, {"x": x, "z": z}, weights=[2, 1, 1, 1, 1, 1], seed=1)
    doubled = find_drivers([*y, 1.0], {"x": [*x, 2.0], "z": [*z, 1.0]}, seed=1)
    told = {one.name: (one.importance, one.correlation, one.beta) for one in weighted.drivers}
    assert told == {one.name: pytest.approx((one.importance, one.correlation, one.beta)) for one in doubled.drivers}
    assert weighted.effective_n == pytest.approx(49 / 9)
    assert doubled.effective_n == 7


@pytest.mark.parametrize("weights", [[1, 1, 1, 0, 1], [1, 1, 1, 1], [1, 1, 1, float("nan"), 1], [1, 1, 1, -1, 1]])
def test_wrong_weights_are_refused(weights):
    with pytest.raises(BadInput, match="weight"):
        find_drivers([1, 2, 3, 4, 6], {"x": [1, 3, 2, 5, 4]}, weights=weights, seed=1)
    with pytest.raises(BadInput, match="weight"):
        outcome_slopes([1, 2, 3, 4, 6], {"x": [1, 3, 2, 5, 4]}, weights=weights)


def test_slopes_need_two_people():
    with pytest.raises(BadInput, match="1 people"):
        outcome_slopes([1, 2, 3, 5], {"x": [1, 2, 3, 4]}, people=["a"] * 4)
