"""What is concluded from paths: words, intervals, and findings that are as rare as they say where there is nothing to find."""

from __future__ import annotations

import itertools
from datetime import timedelta

import numpy as np
import pytest

from touchpath.metrics.cooccurrence import estimate_first, estimate_lift, estimate_second
from touchpath.metrics.flows import estimate_end, estimate_lost, estimate_way, estimate_way_time
from touchpath.metrics.patterns import (
    NO_CAUSE,
    compare_patterns,
    estimate_difference,
    estimate_ratio_of_shares,
    estimate_with,
    estimate_without,
    rank_tested,
)
from touchpath.metrics.rework import estimate_measure, estimate_reworked, nearest_return
from touchpath.metrics.variants import estimate_throughput, estimate_variant, estimate_variant_time
from touchpath.model.estimate import Undefined
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_BYTES, Timelines, one_cell
from touchpath.timelines.cases import Cases
from touchpath.timelines.cooccurrence import Cooccurrence
from touchpath.timelines.flows import Flows
from touchpath.timelines.patterns import AT_ONCE, Patterns
from touchpath.timelines.rework import REWORK, Rework
from touchpath.timelines.variants import Variants

FAR, DAY, MINUTE = 10**15, 86_400_000_000, 60_000_000
WORDS = ("", "a", "b", "c", "d", "e", "end", "out")


def timelines_of(people):
    """people: for each the paths of their days, as lists of codes of WORDS, one signal a minute."""
    owners = np.arange(len(people), dtype=np.int64)
    kinds = np.array([kind for days in people for day in days for kind in day], np.int32)
    times = [day * DAY + at * MINUTE for days in people for day, path in enumerate(days) for at in range(len(path))]
    starts = np.cumsum([0, *(sum(map(len, days)) for days in people)]).astype(np.int64)
    return Timelines(owners, starts, np.array(times, np.int64), kinds, words={"kind": WORDS})


def folded(fold, people):
    return fold.map(timelines_of(people), one_cell(), NO_BYTES, FAR).summary


DAYS = Cases(gap=timedelta(hours=1))


def draw_people(rng, effect):
    """160 people with 1 to 6 days each; who is careless does more and ends badly more often; `effect` is that of a then b."""
    found = []
    for _ in range(160):
        careless, days = rng.beta(2, 3), []
        for _ in range(rng.integers(1, 7)):
            path = [int(one) for one in rng.choice(5, rng.integers(2, 7), p=[0.3, 0.25, 0.2, 0.15, 0.1]) + 1]
            had = any(pair == (1, 2) for pair in itertools.pairwise(path))
            days.append([*path, 7] if rng.random() < 0.1 + 0.3 * careless + effect * had else path)
        found.append(days)
    return found


def findings(summary):
    return [one for one in compare_patterns(summary, 0, 10) if one.adjusted is not None and one.adjusted <= 0.05]


def test_nothing_is_found_where_there_is_nothing():
    rng, alarms = np.random.default_rng(31), 0
    for _ in range(40):
        alarms += bool(findings(folded(Patterns(EventRule(("out",)), DAYS), draw_people(rng, 0.0))))
    assert alarms <= 6  # 5 % of 40 is 2; more than 6 by chance once in 500


def test_a_planted_pattern_is_found_first():
    summary = folded(Patterns(EventRule(("out",)), DAYS), draw_people(np.random.default_rng(32), 0.45))
    first = min(findings(summary), key=lambda one: rank_tested(one, 0.95))
    assert compare_patterns(summary, 0, 10).clearest(1, 0.95, str) == [first]
    assert summary.patterns.trail(first.row) == (AT_ONCE, 1, 2)
    difference = estimate_difference(first.sums)
    assert difference.low < 0.45 < difference.high + 0.1
    assert NO_CAUSE in difference.warnings
    assert estimate_with(summary, first.row).value - estimate_without(summary, 0, first.row).value == pytest.approx(
        difference.value
    )
    assert estimate_ratio_of_shares(first.sums).value == pytest.approx(
        estimate_with(summary, first.row).value / estimate_without(summary, 0, first.row).value
    )


@pytest.mark.parametrize("least", [1, 10])
@pytest.mark.parametrize("effect", [0.0, 0.6])
def test_the_clearest_patterns_are_the_first_of_all_in_order(effect, least):
    summary = folded(Patterns(EventRule(("out",)), DAYS), draw_people(np.random.default_rng(34), effect))
    compared = compare_patterns(summary, 0, least)
    names = {row: "".join(map(str, trail)) for row, (_, trail) in enumerate(summary.patterns.trails())}
    everything = sorted(compared, key=lambda one: (rank_tested(one, 0.95), names[one.row]))
    assert compared.count == sum(one.p is not None for one in everything)
    for top in (1, 2, 5, 20, 100, len(everything)):
        assert compared.clearest(top, 0.95, names.__getitem__) == everything[:top]


def test_cases_with_and_without_are_all_cases():
    """The moments of the cases without a pattern, against those counted one by one."""
    people = draw_people(np.random.default_rng(33), 0.2)
    summary = folded(Patterns(EventRule(("out",)), DAYS, gapped=0, length=1), people)
    row = next(row for row, (_, trail) in enumerate(summary.patterns.trails()) if trail == (AT_ONCE, 5))
    without = [[7 in day for day in days if 5 not in day] for days in people]
    found = estimate_without(summary, 0, row)
    assert (found.n, found.value) == (sum(map(len, without)), sum(map(sum, without)) / sum(map(len, without)))
    assert f"({sum(bool(days) for days in without)} people)" in found.method


def test_what_cannot_be_compared_says_why():
    summary = folded(Patterns(EventRule(("out",)), DAYS), [[[1, 7]], [[1]]])
    (one,) = (one for one in compare_patterns(summary, 0, 1))
    assert (one.p, one.adjusted) == (None, None)
    for estimate in (estimate_difference, estimate_ratio_of_shares):
        assert estimate(one.sums).reason == "every case has it"
    assert isinstance(estimate_without(summary, 0, one.row), Undefined)


def test_variants_say_what_they_rest_on():
    summary = folded(Variants(DAYS), [[[1, 2], [1, 2]], [[1, 2]], [[3]]])
    rows = {summary.variants.trail(row): row for row in range(summary.variants.count)}
    share = estimate_variant(summary, 0, rows[1, 2])
    assert (share.value, share.n, share.n_unit) == (0.75, 4, "cases")
    assert share.method == "Wilson, clustered by person (3 people)"
    assert estimate_variant_time(summary, rows[1, 2]).value == 60.0
    assert estimate_variant_time(summary, rows[3,]).reason == "one signal alone takes no time"
    assert estimate_throughput(summary, 0).n == 3
    nobody = folded(Variants(DAYS), [])
    assert estimate_throughput(nobody, 0).reason == "no case of two signals or more is over"


def test_rework_says_what_it_rests_on():
    summary = folded(Rework(DAYS), [[[1, 1], [1]], [[1, 2]]])
    row = summary.nodes_of(0)[1]
    assert estimate_measure(summary, row, REWORK).value == estimate_reworked(summary, 0).value == 1 / 3
    assert nearest_return(summary, row) == 0
    assert nearest_return(summary, summary.nodes_of(0)[2]) is None


def test_flows_say_what_they_rest_on():
    summary = folded(Flows(EventRule(("a",)), DAYS, 1), [[[1, 2]], [[1, 2]], [[1]]])
    rows = {trail: row for row, (_, trail) in enumerate(summary.trails.trails())}
    assert estimate_way(summary, 0, rows[2,]).value == pytest.approx(2 / 3)
    assert estimate_end(summary, rows[()]).value == estimate_lost(summary, 0).value == pytest.approx(1 / 3)
    assert estimate_way_time(summary, rows[2,]).value == 60.0


def test_pairs_say_what_they_rest_on():
    pair = folded(Cooccurrence(DAYS), [[[1, 2]], [[1]], [[2, 1]], [[3]]]).pair(0, 1, 2)
    assert estimate_lift(pair).value == 2 * 4 / (3 * 2)
    assert (estimate_second(pair).value, estimate_first(pair).value) == (2 / 3, 1.0)
    assert estimate_lift(pair.turned).value == estimate_lift(pair).value
    assert estimate_second(pair.turned).value == 1.0
    none = folded(Cooccurrence(DAYS), [[[1]], [[3]]])
    assert estimate_lift(none.pair(0, 1, 3)).reason == "no case has both"
    assert estimate_lift(none.pair(0, 1, 2)).reason == "one of the two never comes"
    assert isinstance(estimate_second(none.pair(0, 2, 3)), Undefined)
