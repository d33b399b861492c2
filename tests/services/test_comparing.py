"""Comparisons of groups and periods in simulated workspaces: planted effects are found, and where there is none, none is called."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from scipy.stats import ttest_ind

from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.metrics.conclude import compare_intervals
from touchpath.model.errors import BadInput, Missing
from touchpath.model.estimate import Comparison, Undefined
from touchpath.model.signal import Signal
from touchpath.model.time import Period
from touchpath.stats.comparisons import compare_shares
from touchpath.stats.multiple import holm

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SPRING = Period(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
SUMMER = Period(datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))
MODEL = """format: touchpath-model/1
brand: {id: shop, title: Shop}
dimensions:
  - {id: channel, title: Channel, field: channel}
roles:
  - {id: buyer, title: Buyer, rule: {kind: order.placed}}
questions:
  - {id: csat, title: Satisfied, asked: {kind: survey.answered}, scale: {low: 1, high: 5}, metric: customer_satisfaction}
"""


def answer(who: str, at: datetime, channel: str, satisfied: bool) -> Signal:
    return Signal("web", f"{who}-a", "survey.answered", at, (f"user:{who}",), channel=channel, value=5.0 if satisfied else 2.0)


def opened(folder, signals):
    create_workspace(folder)
    workspace = open_workspace(folder)
    workspace.models.apply(MODEL, "test", "", file="model.yaml")
    workspace.record(signals)
    return workspace


#: Channel: satisfied of how many, in spring and in summer.
PLANTED = {
    "web": ((120, 200), (124, 200)),
    "app": ((160, 200), (158, 200)),
    "shop": ((131, 200), (80, 200)),
    "fax": ((2, 2), (1, 1)),
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    signals = []
    for channel, seasons in PLANTED.items():
        for season, (satisfied, n) in zip(("spring", "summer"), seasons, strict=True):
            start = NOON if season == "spring" else SUMMER.start
            for k in range(n):
                who, at = f"{channel}-{season}-{k}", start + timedelta(minutes=k)
                signals.append(answer(who, at, channel, k < satisfied))
                if channel == "app":
                    signals.append(Signal("web", f"{who}-o", "order.placed", at, (f"user:{who}",)))
    signals.append(Signal("web", "last", "page.viewed", SUMMER.end - timedelta(hours=1), ("user:last",), channel="web"))
    workspace = opened(tmp_path_factory.mktemp("planted") / "w", signals)
    yield workspace
    workspace.close()


def test_each_channel_is_held_against_all_the_others(workspace):
    found = workspace.platform.compare("customer_satisfaction", "csat", by="channel", period=SPRING)
    told = {one.after_title: one for one in found.contrasts}
    assert {name: one.changed for name, one in told.items()} == {"web": "down", "app": "up", "shop": None, "fax": None}
    by_hand = compare_shares((120 + 131 + 2, 402), (160, 200))
    assert told["app"].found == by_hand
    raw = [told[name].p for name in ("web", "app", "shop")]
    assert [told[name].p_family for name in ("web", "app", "shop")] == pytest.approx(holm(raw))
    assert told["shop"].verdict == "no detectable change"
    assert 0.1 < told["shop"].smallest < 0.2


def test_a_small_group_is_refused_with_how_many_would_do(workspace):
    found = workspace.platform.compare("customer_satisfaction", "csat", by="channel", period=SPRING)
    (fax,) = (one for one in found.contrasts if one.after_title == "fax")
    assert isinstance(fax.found, Undefined)
    assert fax.p is None
    assert fax.verdict == ""
    assert "fax: 2 " in fax.found.reason
    assert "needs 5 on each side" in fax.found.reason
    assert "would find a difference of 5 points" in fax.found.reason
    assert "1 could not be compared" in found.sentence


def test_pairs_and_one_segment_are_compared_cell_by_cell(workspace):
    pairs = workspace.platform.compare("customer_satisfaction", "csat", by="channel", pairs=True, period=SPRING)
    assert len(pairs.contrasts) == 6
    against = workspace.platform.compare("customer_satisfaction", "csat", by="channel", against="web", period=SPRING)
    told = {one.after_title: one for one in against.contrasts}
    assert set(told) == {"app", "shop", "fax"}
    assert {one.before_title for one in against.contrasts} == {"web"}
    assert told["app"].found == compare_shares((120, 200), (160, 200))


def test_two_periods_with_a_gap_between_are_one_comparison(workspace):
    found = workspace.platform.compare("customer_satisfaction", "csat", periods=(SPRING, SUMMER))
    (one,) = found.contrasts
    assert one.found == compare_shares((413, 602), (363, 601))
    assert one.p == one.p_family
    assert not any("longer" in note for note in found.notes)
    week = Period(NOON, NOON + timedelta(days=7))
    uneven = workspace.platform.compare("customer_satisfaction", "csat", periods=(week, SUMMER))
    assert any("of 7 and 30 days" in note for note in uneven.notes)
    (back,) = workspace.platform.compare("customer_satisfaction", "csat", periods=(SUMMER, SPRING)).contrasts
    assert isinstance(back.found, Comparison)
    assert back.found.value == pytest.approx(-one.found.value)


def test_a_period_that_the_data_do_not_cover_is_shown_and_not_compared(workspace):
    later = Period(SUMMER.start, SUMMER.end + timedelta(days=1))
    earlier = Period(SPRING.start - timedelta(days=1), SPRING.end)
    for periods, why in (
        ((SPRING, later), "not over: the last signal is of 2026-06-30"),
        ((earlier, SUMMER), "before the first"),
    ):
        found = workspace.platform.compare("customer_satisfaction", "csat", periods=periods, by="channel")
        assert {one.p for one in found.contrasts} == {None}
        assert all(isinstance(one.found, Undefined) and why in one.found.reason for one in found.contrasts)
        assert isinstance(found.mix, Undefined)
        assert why in found.sentence
        assert found.contrasts[0].after.n == 601


def test_how_large_groups_are_is_not_compared_but_that_of_periods_is(workspace):
    for by in ("channel", "role"):
        found = workspace.platform.compare("active_people", by=by)
        assert found.contrasts
        assert all("how large each group is" in one.found.reason for one in found.contrasts)
    (one,) = workspace.platform.compare("active_people", periods=(SPRING, SUMMER)).contrasts
    assert isinstance(one.found, Comparison)


def test_what_adds_up_over_time_needs_periods_of_one_length(workspace):
    week = Period(SPRING.start, SPRING.start + timedelta(days=7))
    for metric, told in (("active_people", False), ("sessions_per_person", False), ("customer_satisfaction", True)):
        (one,) = workspace.platform.compare(metric, "csat" if told else "", periods=(week, SUMMER)).contrasts
        assert isinstance(one.found, Comparison) is told
        assert told or "periods of different length" in one.found.reason
    (month,) = workspace.platform.compare("active_people", periods=(SPRING, SUMMER)).contrasts  # 31 and 30 days
    assert isinstance(month.found, Comparison)


def test_buyers_are_compared_with_everybody_else(workspace):
    found = workspace.platform.compare("customer_satisfaction", "csat", by="role", period=SPRING)
    (one,) = found.contrasts
    assert (one.after_title, one.before_title, one.after.n, one.before.n) == ("Buyer", "the rest", 200, 402)
    assert one.changed == "up"
    assert one.found.value == pytest.approx(160 / 200 - 253 / 402)


def test_viewers_see_no_small_side_nor_what_gives_it_away(workspace):
    found = workspace.platform.for_viewers().compare("customer_satisfaction", "csat", by="channel", period=SPRING)
    told = {one.after_title: one for one in found.contrasts}
    assert told["fax"].after.n == 0
    assert "2 " not in told["fax"].found.reason
    assert sum(isinstance(one.found, Undefined) for one in found.contrasts) == 2


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({}, BadInput, "a dimension, or two periods"),
        ({"by": "channel", "pairs": True, "periods": (SPRING, SUMMER)}, BadInput, "leave the rest out"),
        ({"by": "channel", "against": "sms"}, Missing, "No segment is called 'sms'"),
        ({"by": "channel", "against": "web", "pairs": True}, BadInput, "not both"),
        ({"by": "colour"}, Missing, "colour"),
        ({"by": "role", "pairs": True}, BadInput, "everybody else"),
        ({"periods": (SPRING, Period(NOON, SUMMER.end))}, BadInput, "overlap"),
    ],
)
def test_what_cannot_be_compared_is_said(workspace, asked, error, words):
    with pytest.raises(error, match=words):
        workspace.platform.compare("customer_satisfaction", "csat", **asked)


def test_where_channels_do_not_differ_a_family_is_seldom_called(tmp_path):
    """40 surveys of five alike channels: at 5 % about 2 families hold a false finding; more than 6 would be 1 chance in 200."""
    random = np.random.default_rng(5)
    signals = []
    for survey in range(40):
        day = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=survey)
        for k, satisfied in enumerate(random.random(300) < 0.6):
            who = f"{survey}-{k}"
            signals.append(answer(who, day + timedelta(minutes=k), "abcde"[k % 5], bool(satisfied)))
    workspace = opened(tmp_path / "w", signals)
    called = 0
    for survey in range(40):
        day = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=survey)
        found = workspace.platform.compare(
            "customer_satisfaction", "csat", by="channel", period=Period(day, day + timedelta(days=1))
        )
        assert len(found.contrasts) == 5
        called += any(one.changed for one in found.contrasts)
    workspace.close()
    assert called <= 6


def test_what_was_planted_in_the_demo_company_is_found(company):
    found = company.platform.compare("nps", by="channel")
    told = {one.after_title: one.changed for one in found.contrasts}
    assert told == {"app": "up", "web": None, "email": "down"}


TIMES = """format: touchpath-model/1
brand: {id: shop, title: Shop}
tasks:
  - {id: buy, title: Buy, start: {kind: buy.started}, success: {kind: buy.done}, limit: 7d}
roles:
  - {id: buyer, title: Buyer, rule: {kind: order.placed}}
"""


def test_a_few_times_are_never_held_against_a_median(tmp_path):
    """Waits are exponential on both sides: their geometric mean is a fifth below their median, which is no difference between people."""
    random, signals = np.random.default_rng(3), []
    for k in range(600):
        who = (f"user:{k}",)
        signals.append(Signal("web", f"{k}s", "buy.started", NOON, who))
        signals.append(Signal("web", f"{k}d", "buy.done", NOON + timedelta(seconds=float(random.exponential(600)) + 1), who))
        if k < 20:
            signals.append(Signal("web", f"{k}o", "order.placed", NOON + timedelta(days=9), who))
    create_workspace(tmp_path / "w")
    workspace = open_workspace(tmp_path / "w")
    workspace.models.apply(TIMES, "test", "", file="model.yaml")
    workspace.record(signals)
    (one,) = workspace.platform.compare("task_time", "buy", by="role").contrasts
    workspace.close()
    assert (one.before.n, one.after.n) == (580, 20)
    assert (one.before.method.split(",")[0], one.after.method.split(",")[0]) == ("median", "geometric mean")
    assert (one.found.kind, one.found.method) == ("ratio", "ratio of geometric means, Welch t on logarithms")
    assert isinstance(compare_intervals(one.before, one.after, 0.95), Undefined)
    logs = [np.log([(b.occurred_at - a.occurred_at).total_seconds() for a, b in zip(some[::2], some[1::2], strict=True)])
            for some in ([s for s in signals if s.kind != "order.placed"][:40], [s for s in signals if s.kind != "order.placed"][40:])]  # fmt: skip
    assert one.found.value == pytest.approx(np.exp(logs[0].mean() - logs[1].mean()), rel=1e-3)
    assert one.p == pytest.approx(float(ttest_ind(*logs, equal_var=False).pvalue), rel=1e-2)
