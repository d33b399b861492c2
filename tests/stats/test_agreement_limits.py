"""Limits of agreement and reliability: those of R's psych, coverage by simulation, and where there are none."""

from __future__ import annotations

import numpy as np
import pytest

from touchpath.model.errors import BadInput
from touchpath.stats.agreement_limits import cronbach_limits, icc_limits, kappa_limits, krippendorff_limits

SHROUT = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
SCALE = [[4, 5, 4, 3], [3, 3, 4, 2], [5, 5, 5, 4], [2, 3, 2, 2], [4, 4, 3, 4], [1, 2, 2, 1], [5, 4, 5, 5], [3, 4, 3, 3]]
LABELS = [[20, 5, 0], [10, 15, 3], [1, 4, 42]]


def flat(limits):
    return [end for pair in limits for end in pair]


def test_limits_of_icc_are_those_of_psych():
    # R 4.2.2, psych 2.2.9: ICC(lmer = FALSE).
    expected = [-0.13293232487, 0.7225600623, 0.01878651337, 0.7610843696, 0.34246476503, 0.9458582600]
    assert flat(icc_limits(SHROUT)) == pytest.approx(expected, abs=1e-8)
    narrower = [-0.04785746543, 0.5441024283, 0.07884594790, 0.6022571129, 0.49053406047, 0.8966577784]
    assert flat(icc_limits(SHROUT, 0.8)) == pytest.approx(narrower, abs=1e-8)


def test_limits_of_cronbachs_alpha_are_those_of_psych():
    # R 4.2.2, psych 2.2.9: alpha.ci (Feldt).
    assert cronbach_limits(SCALE) == pytest.approx((0.8285237, 0.9870256), abs=1e-6)


def test_limits_of_kappa_are_those_of_peers():
    # Plain: R 4.2.2, psych 2.2.9 cohen.kappa, and statsmodels 0.15. Quadratic: statsmodels; psych's error of .0317 is too small, as
    # kappas of 5,000 tables drawn from this one have a standard deviation of .0413.
    assert kappa_limits(LABELS) == pytest.approx((0.5203868396, 0.7651055493), abs=1e-8)
    assert kappa_limits(LABELS, "quadratic") == pytest.approx((0.7360786903, 0.8973110446), abs=1e-8)


def test_agreement_without_any_error_or_chance_has_no_limits():
    assert kappa_limits([[7, 0], [0, 0]]) is None
    assert kappa_limits([[7, 0], [0, 5]]) is None
    assert icc_limits([[1, 1], [2, 2], [3, 3]]) == (None, None, None)
    assert icc_limits([[3, 3], [3, 3]]) == (None, None, None)
    assert cronbach_limits([[1, 5], [5, 1], [3, 3]]) is None
    assert krippendorff_limits([[1] * 12, [1] * 12], "nominal", seed=1) is None


def test_limits_of_icc_hold_the_agreement_of_everybody():
    random = np.random.default_rng(1)
    held = 0
    for _ in range(300):
        # Variances of 4 between customers, 1 between channels and 1 of the rest.
        ratings = random.normal(0, 2, (40, 1)) + random.normal(0, 1, (1, 8)) + random.normal(0, 1, (40, 8))
        limits = icc_limits(ratings.tolist()).agreement
        held += limits.low <= 4 / 6 <= limits.high
    assert 0.91 < held / 300 < 0.985


def test_limits_of_krippendorffs_alpha_hold_that_of_everything():
    random = np.random.default_rng(2)

    def judged(things):
        truth = random.integers(0, 3, things)
        return [np.where(random.random(things) < 0.8, truth, random.integers(0, 3, things)).tolist() for _ in range(2)]

    # Both right with 0.8 ** 2, else by chance: alpha of everything is 0.64.
    held = 0
    for seed in range(25):
        limits = krippendorff_limits(judged(80), "nominal", seed=seed, resamples=200)
        held += limits.low <= 0.64 <= limits.high
    assert held / 25 >= 0.84


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: krippendorff_limits([[1, 2, 1], [1, 2, 2]], "nominal", seed=1), "10 things judged twice"),
        (lambda: krippendorff_limits([[1, 2] * 6, [1, 2] * 6], "nominal", seed=1, resamples=10), "200 resamples"),
        (lambda: icc_limits(SHROUT, 1.0), "confidence"),
        (lambda: cronbach_limits([[1, 2]]), "two or more"),
        (lambda: kappa_limits([[1, 2]]), "as many columns"),
    ],
)
def test_limits_that_cannot_be_had_are_refused(call, says):
    with pytest.raises(BadInput, match=says):
        call()
