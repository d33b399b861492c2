"""UX beside CX: a description with an interval, refused with few pairs, and not fooled by two series that drift."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from touchpath.model.errors import BadInput
from touchpath.model.estimate import Undefined
from touchpath.stats.ux_with_cx import Association, associate


def test_pages_are_compared_as_they_are():
    random = np.random.default_rng(1)
    ux = random.normal(size=40)
    cx = 0.6 * ux + random.normal(size=40)
    found = associate(ux.tolist(), cx.tolist(), in_time=False)
    peer = stats.pearsonr(ux, cx)
    assert (found.pearson, found.p) == pytest.approx((peer.statistic, peer.pvalue))
    assert tuple(found.limits) == pytest.approx(tuple(peer.confidence_interval()))
    assert found.spearman == pytest.approx(stats.spearmanr(ux, cx).statistic)
    assert (found.n, found.differenced, found.neighbours) == (40, False, None)
    assert "does not say" in found.caveat


def test_fewer_than_ten_pairs_are_refused_with_the_number_that_would_do():
    found = associate([float(one) for one in range(9)], [1.0, 3, 2, 5, 4, 6, 8, 7, 9], in_time=False)
    assert isinstance(found, Undefined)
    assert "9 pairs are too few" in found.reason
    assert "10 would do" in found.reason


def test_months_that_drift_are_compared_by_their_changes():
    random = np.random.default_rng(2)
    alarms, naive = 0, 0
    for _ in range(200):
        a, b = np.cumsum(random.normal(size=(2, 36)), axis=1)
        found = associate(a.tolist(), b.tolist(), in_time=True)
        alarms += found.p <= 0.05
        naive += associate(a.tolist(), b.tolist(), in_time=False).p <= 0.05
    assert alarms / 200 < 0.1
    assert naive / 200 > 0.5


def test_ten_drifting_months_leave_nine_changes_and_are_refused():
    line = [float(one) for one in range(10)]
    assert "9 changes are too few" in associate(line, line, in_time=True).reason


def test_months_without_drift_keep_their_levels():
    random = np.random.default_rng(3)
    found = associate(random.normal(size=36).tolist(), random.normal(size=36).tolist(), in_time=True)
    assert (found.differenced, found.n) == (False, 36)


def test_a_lead_pairs_each_ux_with_the_cx_after_it():
    random = np.random.default_rng(4)
    ux = random.normal(size=40)
    cx = np.concatenate([random.normal(size=3), ux[:-3]])
    found = associate(ux.tolist(), cx.tolist(), in_time=True, lead=3)
    assert isinstance(found, Association)
    assert (found.pearson, found.n) == (pytest.approx(1), 37)


def test_a_metric_that_does_not_vary_goes_with_nothing():
    assert associate([5.0] * 12, [float(one) for one in range(12)], in_time=False).reason == "one of the two does not vary"


@pytest.mark.parametrize(
    ("ux", "cx", "how"),
    [
        ([1.0] * 12, [1.0] * 11, {"in_time": False}),
        ([1.0] * 12, [1.0] * 12, {"in_time": False, "lead": 2}),
        ([1.0] * 12, [1.0] * 12, {"in_time": True, "lead": -1}),
        ([1.0] * 11 + [float("nan")], [1.0] * 12, {"in_time": False}),
    ],
)
def test_pairs_that_are_none_are_refused(ux, cx, how):
    with pytest.raises(BadInput):
        associate(ux, cx, **how)
