"""Planning: R's answers, laws, and the power that each family promises against tests of simulated people."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.stats import plans
from touchpath.stats.clustered import clustered_share_interval, estimate_ratio, sum_people
from touchpath.stats.comparisons import compare_clustered_shares
from touchpath.stats.detectable import people_for, people_for_shares, people_for_width, power_of, smallest_change
from touchpath.stats.durations import log_rank
from touchpath.stats.effects import (
    Clustered,
    Mean,
    NetScore,
    PairedMean,
    PairedShare,
    Quantile,
    Rate,
    RatioOfSums,
    Share,
    Time,
    Waiting,
    density_at,
)
from touchpath.stats.means import mean_of, mean_t_interval, welch_difference
from touchpath.stats.nps import Tally, nps_difference
from touchpath.stats.paired_shares import mcnemar_test
from touchpath.stats.plans import plan, takes
from touchpath.stats.proportions import newcombe_interval
from touchpath.stats.rates import rate_ratio_interval
from touchpath.stats.times import geometric_mean_ratio, log_mean


def test_power_and_sizes_agree_with_r():
    # R 4.2.2: power.t.test(strict = TRUE), power.prop.test.
    assert power_of(Mean(1), 20, 1) == pytest.approx(0.868953027725, abs=1e-6)
    assert power_of(Mean(1), 3, 0.2) == pytest.approx(0.0542675263513, abs=1e-6)
    assert people_for(Mean(1), 1, power=0.9) == pytest.approx(22.0210977039, abs=1e-4)
    assert people_for(PairedMean(1.3 / math.sqrt(2), 0), 0.4, power=0.9) == pytest.approx(112.922910039, abs=1e-3)
    assert power_of(Share(0.5), 50, 0.25) == pytest.approx(0.740165901331, abs=1e-4)
    assert people_for(Share(0.5), 0.25, power=0.9) == pytest.approx(76.7069284518, abs=1e-3)
    assert smallest_change(Share(0.1), 300) == pytest.approx(0.079100909041, abs=3e-5)


@given(st.floats(0.5, 60), st.floats(1.5, 40), st.floats(1e-6, 0.5))
def test_power_is_a_share_however_clear_the_change(change, n, alpha):
    assert alpha < power_of(Mean(1), n, change, alpha) <= 1


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.6, 0.95))
def test_the_closed_form_of_two_shares_is_the_planned_size(a, b, power):
    if abs(a - b) < 0.01:
        with pytest.raises(BadInput):
            people_for_shares(a, a, power)
        return
    people = people_for_shares(a, b, power)
    assert people == pytest.approx(people_for_shares(b, a, power))
    assert max(people, 1) == pytest.approx(people_for(Share(a), b - a, power), rel=1e-3)


def test_events_of_a_log_rank_test_agree_with_schoenfeld_1981():
    # 4 (z + z)**2 / (ln 2)**2 events; 0.2 and 0.2**0.5 of people wait to the end.
    events = 4 * (1.959963985 + 1.281551566) ** 2 / math.log(0.5) ** 2
    assert people_for(Waiting(0.2), 0.5, power=0.9) == pytest.approx(events / (0.8 + 1 - math.sqrt(0.2)), rel=1e-6)


def test_the_people_of_paired_shares_agree_with_connor_1987():
    by_hand = (1.959963985 * math.sqrt(0.3) + 0.841621234 * math.sqrt(0.3 - 0.01)) ** 2 / 0.01
    assert people_for(PairedShare(0.3), 0.1) == pytest.approx(by_hand, rel=1e-5)


def test_rows_of_one_person_count_by_their_design_effect():
    clustered = Clustered(Share(0.5), rows=5, alike=0.3)
    assert clustered.design_effect == pytest.approx(2.2)
    assert people_for(clustered, 0.1) == pytest.approx(people_for(Share(0.5), 0.1) * 2.2 / 5)
    assert people_for(Clustered(Share(0.5), rows=1, alike=0.3), 0.1) == pytest.approx(people_for(Share(0.5), 0.1))


FAMILIES = {
    "share": (Share(0.4), 0.07),
    "paired share": (PairedShare(0.25), -0.06),
    "mean": (Mean(12), 4),
    "paired mean": (PairedMean(1.5, 0.6), 0.4),
    "time": (Time(0.6), 0.85),
    "rate": (Rate(0.7, 1.4), 1.3),
    "net score": (NetScore(0.45, 0.2), 10),
    "ratio of sums": (RatioOfSums(5, 1, 3, 1.2, 0.5), 0.05),
    "quantile": (Quantile(0.5, 0.02), 5),
    "waiting": (Waiting(0.6), 0.7),
    "clustered": (Clustered(Share(0.4), 4, 0.2, 0.8), 0.07),
}
every_family = pytest.mark.parametrize(("family", "change"), FAMILIES.values(), ids=FAMILIES)


@every_family
def test_size_power_and_smallest_change_tell_the_same(family, change):
    for power in (0.5, 0.8, 0.95):
        n = people_for(family, change, power)
        assert power_of(family, n, change) == pytest.approx(power, abs=1e-6)
        direction = "up" if change > family.no_change else "down"
        assert smallest_change(family, n, power, direction=direction) == pytest.approx(change, rel=1e-5)


@every_family
def test_power_grows_with_people_and_with_the_change(family, change):
    further = family.no_change + 1.2 * (change - family.no_change)
    n = people_for(family, change)
    assert power_of(family, 1.3 * n, change) > 0.81
    assert power_of(family, n, further) > 0.81
    assert power_of(family, n, change, alpha=0.01) < 0.79
    assert power_of(family, n, family.no_change) == pytest.approx(0.05, abs=1e-6)
    assert people_for(family, change, 0.9) > n


@given(st.floats(0.01, 0.99), st.floats(0.02, 0.9), st.integers(20, 5000))
def test_a_share_that_rises_is_a_failure_share_that_falls(before, room, n):
    change = room * (1 - before)
    assert power_of(Share(before), n, change) == pytest.approx(power_of(Share(1 - before), n, -change), abs=1e-9)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(-1, 1))
def test_a_net_score_changes_by_what_it_should(promoters, others, way):
    family = NetScore(promoters, others * (1 - promoters))
    low, high = family.possible()
    change = way * (high if way > 0 else -low) / 100
    after = family._after(change)
    assert after[0] - after[1] == pytest.approx(family.promoters - family.detractors + change, abs=1e-9)
    assert min(after) >= -1e-12
    assert sum(after) <= 1 + 1e-12


def test_a_share_near_its_end_has_no_detectable_rise():
    assert smallest_change(Share(0.97), 40) is None
    assert 0 < smallest_change(Share(0.5), 40) < 0.5
    assert -0.5 < smallest_change(Share(0.5), 40, direction="down") < 0


def test_the_interval_of_so_many_people_is_as_narrow_as_asked():
    n = math.ceil(people_for_width(Share(0.3), 0.04))
    assert n == pytest.approx(1.959964**2 * 0.21 / 0.04**2, abs=1)
    assert people_for_width(Clustered(Share(0.3), 4, 0.5), 0.04) == pytest.approx(n * 2.5 / 4, abs=1)
    assert people_for_width(PairedShare(0.3), 0.04) == pytest.approx(1.959964**2 * 0.3 / 0.04**2, abs=1)


def test_density_is_told_from_an_interval():
    # Normal values: density at the median 1 / (sd sqrt(2 pi)); the limits of n = 400 lie 1.2533 * 1.96 / 20 sd away.
    half = 1.959964 * math.sqrt(math.pi / 2) / 20
    assert density_at(-half, half, 400) == pytest.approx(1 / math.sqrt(2 * math.pi), rel=1e-6)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (lambda: people_for(Mean(1), 0), "is none"),
        (lambda: people_for(Time(1), 1.0), "is none"),
        (lambda: people_for(Mean(1), 1, power=0.05), "above|between"),
        (lambda: people_for(Mean(1), 1, alpha=0), "error rate"),
        (lambda: people_for(Mean(1), 1e-12), "more than 1e\\+12"),
        (lambda: people_for(Share(0.9), 0.2), "between 0 and 1"),
        (lambda: people_for(Time(1), -0.5), "above 0"),
        (lambda: power_of(Mean(1), 1, 1), "at least 1.5 people"),
        (lambda: power_of(Mean(1), 9, 1, alpha=2), "error rate"),
        (lambda: smallest_change(Mean(1), 9, direction="sideways"), "'sideways' came"),
        (lambda: people_for_width(Mean(1), 0), "above 0"),
        (lambda: Share(1.2), "between 0 and 1"),
        (lambda: PairedShare(0), "above 0"),
        (lambda: people_for(PairedShare(0.2), 0.3), "changes by no more"),
        (lambda: Mean(0), "above 0"),
        (lambda: PairedMean(1, 1), "1 left out"),
        (lambda: Rate(0), "above 0"),
        (lambda: Rate(1, 0), "above 0"),
        (lambda: NetScore(0.7, 0.4), "at most 1 together"),
        (lambda: people_for(NetScore(0.5, 0.5), 101), "-100 to 100 points"),
        (lambda: RatioOfSums(0, 1, 1, 1, 0), "above 0"),
        (lambda: people_for(RatioOfSums(1, 1, 1, 1, 1), 0.1), "must vary"),
        (lambda: Quantile(1, 1), "between 0 and 1"),
        (lambda: Waiting(1), "1 left out"),
        (lambda: Clustered(Share(0.5), 0.5, 0.1), "at least one row"),
        (lambda: Clustered(Share(0.5), 2, 1.1), "between 0 and 1"),
        (lambda: density_at(1, 1, 5), "differ"),
    ],
)
def test_what_cannot_be_planned_is_refused(asked, message):
    with pytest.raises(BadInput, match=message):
        asked()


def outside(limits, no_change: float) -> bool:
    return not limits[0] <= no_change <= limits[1]


def find_share(n, change, r):
    return outside(newcombe_interval(int(r.binomial(n, 0.4 + change)), n, int(r.binomial(n, 0.4)), n), 0)


def find_paired_share(n, change, r):
    only_a, only_b, _ = r.multinomial(n, [0.125 + change / 2, 0.125 - change / 2, 0.75])
    return mcnemar_test(int(only_a), int(only_b)).mid < 0.05


def find_mean(n, change, r):
    return welch_difference(mean_of(r.normal(change, 12, n).tolist()), mean_of(r.normal(0, 12, n).tolist())).p < 0.05


def find_paired_mean(n, change, r):
    both = r.multivariate_normal([0, change], 1.5**2 * np.array([[1, 0.6], [0.6, 1]]), n)
    return outside(mean_t_interval(mean_of((both[:, 1] - both[:, 0]).tolist())), 0)


def find_time(n, change, r):
    a, b = (log_mean(r.lognormal(3 + math.log(ratio), 0.6, n).tolist()) for ratio in (change, 1))
    return outside(geometric_mean_ratio(a, b)[1:], 1)


def find_rate(n, change, r):
    a, b = int(r.poisson(0.7 * change * n)), int(r.poisson(0.7 * n))
    return outside(rate_ratio_interval(a, n, b, n), 1)


def find_net_score(n, change, r):
    a = r.multinomial(n, [0.45 + change / 200, 0.35, 0.2 - change / 200])
    b = r.multinomial(n, [0.45, 0.35, 0.2])
    return nps_difference(Tally(*a.tolist()), Tally(*b.tolist())).p < 0.05


def find_ratio_of_sums(n, change, r):
    def one(ratio):
        x = r.gamma(25 / 9, 9 / 5, n)
        y = ratio * x + r.normal(0, 1.0, n)
        ratio_, error, _ = estimate_ratio(sum_people(x.tolist(), y.tolist()))
        return ratio_, error

    (a, error_a), (b, error_b) = one(0.2 + change), one(0.2)
    return abs(a - b) > 1.959964 * math.hypot(error_a, error_b)


def find_quantile(n, change, r):
    a, b = np.median(r.normal(change, 1, n)), np.median(r.normal(0, 1, n))
    return abs(a - b) > 1.959964 * math.sqrt(math.pi / n)


def find_waiting(n, change, r):
    hazard = -math.log(0.6)
    durations = np.concatenate([r.exponential(1 / (hazard * change), n), r.exponential(1 / hazard, n)])
    found = log_rank(np.minimum(durations, 1).tolist(), (durations <= 1).astype(int).tolist(), ["a"] * n + ["b"] * n)
    return found.chi2 > 3.841459


def find_clustered(n, change, r):
    def one(share):
        rows = np.full(n, 4)
        own = r.beta(share * 4, (1 - share) * 4, n)  # intra-person correlation 1 / (4 + 1) = 0.2
        return sum_people(rows.tolist(), r.binomial(rows, own).tolist())

    return compare_clustered_shares(one(0.4), one(0.4 + change)).changed is not None


# What to plan, the change, and the test that has to find it.
SIMULATED = {
    "share": (Share(0.4), 0.15, find_share),
    "paired share": (PairedShare(0.25), 0.1, find_paired_share),
    "mean": (Mean(12), 6, find_mean),
    "paired mean": (PairedMean(1.5, 0.6), 0.6, find_paired_mean),
    "time": (Time(0.6), 0.7, find_time),
    "rate": (Rate(0.7), 1.5, find_rate),
    "net score": (NetScore(0.45, 0.2), 20, find_net_score),
    "ratio of sums": (RatioOfSums(5, 1, 3, math.sqrt(0.36 + 1), 0.6 / math.sqrt(1.36)), 0.06, find_ratio_of_sums),
    "quantile": (Quantile(0.5, 1 / math.sqrt(2 * math.pi)), 0.5, find_quantile),
    "waiting": (Waiting(0.6), 0.55, find_waiting),
    "clustered": (Clustered(Share(0.4), 4, 0.2), 0.1, find_clustered),
}
every_test = pytest.mark.parametrize(("family", "change", "find"), SIMULATED.values(), ids=SIMULATED)


def found_share(family, change, find, rounds: int, seed: int) -> float:
    n = math.ceil(people_for(family, change, 0.8))
    random = np.random.default_rng(seed)
    return sum(bool(find(n, change, random)) for _ in range(rounds)) / rounds


@every_test
def test_planned_people_find_the_change_about_as_often_as_promised(family, change, find):
    assert found_share(family, change, find, rounds=400, seed=1) == pytest.approx(0.8, abs=0.075)


@pytest.mark.slow
@every_test
def test_planned_people_find_the_change_as_often_as_promised(family, change, find):
    assert found_share(family, change, find, rounds=5000, seed=2) == pytest.approx(0.8, abs=0.035)


def test_a_clustered_share_is_as_wide_as_planned():
    random = np.random.default_rng(3)
    n = math.ceil(people_for_width(Clustered(Share(0.3), 4, 0.2), 0.04))
    own = random.beta(0.3 * 4, 0.7 * 4, n)
    low, high = clustered_share_interval(sum_people([4] * n, random.binomial(4, own).tolist()))
    assert (high - low) / 2 == pytest.approx(0.04, abs=0.005)


def test_a_plan_in_words_is_the_same_plan():
    found = plan("share", {"before": 0.4, "change": 0.1, "n": 200, "rows": 4, "alike": 0.2})
    family = Clustered(Share(0.4), 4, 0.2)
    assert found.people == math.ceil(people_for(family, 0.1))
    assert found.reached == pytest.approx(power_of(family, 200, 0.1))
    assert found.up == pytest.approx(smallest_change(family, 200))
    assert found.down < 0 < found.up


@pytest.mark.parametrize("name", plans.FAMILIES)
def test_every_family_can_be_planned_by_name(name):
    needed, _ = takes(name)
    usual = {"before": 0.4, "differ": 0.3, "correlation": 0.5, "promoters": 0.4, "detractors": 0.2, "q": 0.5, "waits": 0.5}
    found = plan(name, {key: usual.get(key, 1.0) for key in needed} | {"n": 500.0})
    assert found.people is None
    assert found.down < (1 if found.ratio else 0) < found.up
