"""Numbers in which accounts weigh otherwise: worked by hand, at every door, with what cannot be said, and for viewers."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from scipy import stats

from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.metrics.weighing import WEIGHTS
from touchpath.model.errors import BadInput
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.signal import Signal
from touchpath.model.time import Period
from touchpath.services.board_answers import BoardView, fill_board
from touchpath.services.board_blocks import make_block
from touchpath.services.measure_document import read_measure
from touchpath.services.tables import rows
from touchpath.services.weighed import can_weigh
from touchpath.space import Space

START = datetime(2026, 1, 5, tzinfo=UTC)
MODEL = """format: touchpath-model/1
brand: {id: desk, title: Desk}
tasks:
  - {id: export, title: Export, start: {kind: export.started}, success: {kind: export.done}, limit: 1h}
questions:
  - {id: nps, title: Recommend, asked: {kind: nps.answered}, scale: {low: 0, high: 10}, metric: nps}
  - {id: csat, title: Satisfied, asked: {kind: csat.answered}, scale: {low: 1, high: 5}, metric: customer_satisfaction}
  - {id: ces, title: Easy, asked: {kind: ces.answered}, scale: {low: 1, high: 7}, metric: customer_effort}
  - {id: hope, title: Hopes, asked: {kind: ces.answered}, scale: {low: 1, high: 7}, metric: single_ease}
dimensions:
  - {id: channel, title: Channel, field: channel}
metrics:
  - {id: hopeful, title: Hopeful, kind: item, question: hope, points: [6, 7], discipline: CX}
  - {id: hopes, title: Mean hope, kind: item, question: hope, discipline: CX}
"""
#: Ratings of ease by account; the last answered for no account.
RATINGS = {"big": (7, 6, 7, 5, 6, 7, 6, 7), "mid": (3, 2, 4, 3, 2, 3), "tiny": (1, 2), "": (4, 4, 5)}
PAID = {"big": 100.0, "mid": 300.0, "tiny": 600.0}


def signal(id, kind, day, who="", account=None, **more):
    return Signal("s", id, kind, START + timedelta(days=day), (who,) if who else (), account=account, **more)


def answers(kind, ratings, day=0, channel=None):
    for account, given in ratings.items():
        for k, rating in enumerate(given):
            yield signal(
                f"{kind}{account}{k}{day}",
                kind,
                day + k % 3,
                f"user:{account}{k}",
                account or None,
                value=float(rating),
                channel=channel,
            )


def signals():
    yield from answers("ces.answered", RATINGS)
    yield from answers("csat.answered", {a: [min(5, r) for r in given] for a, given in RATINGS.items()})
    yield from answers("nps.answered", {a: [r + 3 for r in given] for a, given in RATINGS.items()})
    for account, amount in PAID.items():
        yield signal(f"paid{account}", "invoice.paid", 2, account=account, value=amount, unit="EUR")
    for account, tries in (("big", (4, 0)), ("mid", (1, 1)), ("tiny", (0, 1))):  # tries that succeed, and that do not
        for k, succeeds in enumerate([True] * tries[0] + [False] * tries[1]):
            yield signal(f"t{account}{k}", "export.started", 1 + k, f"user:{account}0", account)
            if succeeds:
                yield signal(f"d{account}{k}", "export.done", 1 + k + 0.01, f"user:{account}0", account)
    yield signal("last", "page.viewed", 40, "user:big0")


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weighed") / "w"
    create_workspace(folder)
    with closing(open_workspace(folder)) as workspace:
        workspace.models.apply(MODEL, "test", "", file="model.yaml")
        workspace.record(list(signals()))
        yield workspace.platform


def by_hand(values, weights, clusters, confidence=0.95):
    """A weighted mean with its linearised error, clusters as the unit, written out."""
    names = sorted(set(clusters))
    mean = np.dot(weights, values) / np.sum(weights)
    totals = [sum(w * (v - mean) for v, w, c in zip(values, weights, clusters, strict=True) if c == name) for name in names]
    error = np.sqrt(len(names) / (len(names) - 1) * np.square(totals).sum()) / np.sum(weights)
    half = stats.t.ppf(0.5 + confidence / 2, len(names) - 1) * error
    return mean, max(1.0, mean - half), min(7.0, mean + half), error


def rows_of(weigh):
    """Values, weights and clusters of those in accounts."""
    return zip(*((r, weigh(a, len(given)), a) for a, given in RATINGS.items() if a for r in given), strict=True)


@pytest.mark.parametrize(
    ("weight", "weigh"), [("account", lambda a, n: 1 / n), ("revenue", lambda a, n: PAID[a] / n)], ids=["account", "revenue"]
)
def test_means_by_account_and_by_revenue_are_those_worked_by_hand(platform, weight, weigh):
    found = platform.measure("customer_effort", "ces", weight=weight)
    values, weights, clusters = rows_of(weigh)
    mean, low, high, error = by_hand(values, weights, clusters)
    assert (found.total.value, found.total.low, found.total.high) == pytest.approx((mean, low, high))
    assert (found.total.n, found.total.n_unit) == (16, "answers")
    made = found.weighing
    assert made.effective_n == pytest.approx(np.sum(weights) ** 2 / np.sum(np.square(weights)))
    spread = np.dot(weights, np.square(np.array(values) - mean)) / np.sum(weights)
    assert made.design_effect == pytest.approx(error**2 / (spread / 15))
    assert (made.accounts, made.left_out, made.alone) == (3, 3, 0)
    assert made.plain.value == pytest.approx(np.mean(values))
    assert made.plain.low == pytest.approx(by_hand(values, np.ones(16), clusters)[1])


@pytest.mark.parametrize(
    "ask", [("nps", "nps"), ("customer_satisfaction", "csat"), ("customer_effort", "ces"), ("hopeful", ""), ("hopes", "")]
)
def test_each_person_once_is_the_number_as_it_is_defined_with_accounts_as_the_unit(platform, ask):
    defined, found = platform.measure(*ask).total, platform.measure(*ask, weight="people")
    assert (found.total.value, found.total.n) == (pytest.approx(defined.value), defined.n)
    assert "clustered by account (3 accounts)" in found.total.method
    assert found.weighing.alone == 3
    assert found.total.high - found.total.low > 0


def test_each_account_once_is_the_mean_of_shares_and_scores_of_accounts(platform):
    nps = platform.measure("nps", "nps", weight="account").total
    scores = [100 * np.mean([(r + 3 >= 9) - (r + 3.0 <= 6) for r in RATINGS[a]]) for a in PAID]
    assert nps.value == pytest.approx(np.mean(scores))
    assert nps.low <= nps.value <= nps.high
    share = platform.measure("customer_satisfaction", "csat", weight="account").total
    assert share.value == pytest.approx(np.mean([np.mean([min(5, r) >= 4 for r in RATINGS[a]]) for a in PAID]))
    assert 0 <= share.low < share.high <= 1


def test_tasks_count_people_once_or_accounts_or_money(platform):
    assert platform.measure("task_success", "export").total.value == pytest.approx(5 / 7)
    found = [platform.measure("task_success", "export", weight=weight).total.value for weight in WEIGHTS]
    assert found == pytest.approx([(1 + 0.5 + 0) / 3, (1 + 0.5 + 0) / 3, (100 + 150 + 0) / 1000])
    assert platform.measure("task_abandonment", "export", weight="account").total.value == pytest.approx(0.5)


def test_an_account_with_most_of_the_weight_is_named_as_a_danger(platform):
    found = platform.measure("customer_effort", "ces", weight="revenue")
    assert found.weighing.largest == pytest.approx(0.6)
    assert "One account has 60% of the weight" in found.total.warnings[0]
    assert "Only 3 accounts" in platform.measure("customer_effort", "ces", weight="account").total.warnings[0]


def test_periods_and_segments_are_weighed_one_by_one(platform):
    found = platform.measure("customer_effort", "ces", grain="month", weight="account")
    assert [one.number.n for one in found.readings] == [16, 0]
    assert found.readings[0].number.value == pytest.approx(found.total.value)
    cut = platform.measure("customer_effort", "ces", by="channel", weight="account")
    assert cut.readings == () or all(one.number.n in (0, 16) for one in cut.readings)


def test_what_cannot_be_weighed_is_refused_with_what_can(platform):
    with pytest.raises(BadInput, match="'task_time' cannot be weighed"):
        platform.measure("task_time", "export", weight="account")
    with pytest.raises(BadInput, match=r"'money'\. There are: people, account, revenue"):
        platform.measure("nps", "nps", weight="money")
    with pytest.raises(BadInput, match="not cut by 'status'"):
        platform.measure("nps", "nps", by="status", weight="account")
    assert not can_weigh(platform.experience(), "active_people", "")


def test_all_of_a_pack_that_can_is_weighed_and_the_rest_is_as_defined(platform):
    asks = (("nps", "nps"), ("task_time", "export"), ("active_people", ""))
    nps, time, people = platform.measure_all(asks, weight="account").measurements
    assert (nps.weighing is not None, time.weighing, people.weighing) == (True, None, None)
    assert nps.total == platform.measure("nps", "nps", weight="account").total
    assert people.total == platform.measure("active_people").total


def test_one_that_cannot_be_measured_costs_its_own_number_only(platform):
    wrong, right = platform.measure_all((("nps", "csat"), ("nps", "nps")), weight="account").measurements
    assert "is read from answers on a scale of 0 to 10" in wrong.total.reason
    assert right.weighing is not None


def test_boards_weigh_numbers_and_leave_targets_as_they_are_defined(platform):
    blocks = [
        replace(make_block("", sort, {"number": number}), id=sort)
        for sort, number in (("metric", "nps:nps"), ("goal", "nps:nps"), ("chart", "task_time:export"))
    ]
    metric, goal, chart = fill_board(platform, None, blocks, BoardView(weight="account"))
    assert metric.measured.total == platform.measure("nps", "nps", weight="account").total
    assert goal.measured.weighing is None
    assert (chart.problem, chart.measured.weighing) == ("", None)
    board = platform.board(weight="revenue")
    assert {one.metric.id for one in board.numbers if one.weighing} >= {"nps", "task_success"}


def test_a_weighed_number_is_not_held_against_one_of_a_period_that_is_not_over(platform):
    block = replace(make_block("", "metric", {"number": "customer_satisfaction:csat"}), id="metric")

    def contrast(days):
        first = Period(START, START + timedelta(days=1))
        view = BoardView(Period(first.end, START + timedelta(days=days)), first, weight="account")
        return fill_board(platform, None, [block], view)[0].contrast

    assert "not over: the last signal is of 2026-02-14" in contrast(60).found.reason
    assert platform.uncovered(Period(START, START + timedelta(days=41))) == ""
    assert "not over" not in getattr(contrast(41).found, "reason", "")


def test_documents_and_python_ask_for_weights(platform):
    found = platform.answer("{metric: nps, subject: nps, weight: account}")
    assert found.weighing.weight == "account"
    assert "Each account counts once" in found.notes[0]
    with pytest.raises(BadInput, match="weight"):
        read_measure("{metric: nps, weight: heavy}", "UTC")
    assert rows(found)[0]["n"] == 16
    assert "weight" in Space.measure.__doc__


def a_platform(folder, given):
    create_workspace(folder)
    workspace = open_workspace(folder)
    workspace.models.apply(MODEL, "test", "", file="model.yaml")
    workspace.record(list(given))
    return closing(workspace)


@pytest.mark.parametrize(
    ("given", "weight", "reason"),
    [
        ({"": (1, 2, 3)}, "account", "none of the answers is of an account"),
        ({"a": (1, 2, 3)}, "account", "only one account counts"),
        ({"a": (1, 2, 3), "b": (4,)}, "revenue", "no signal says what accounts pay"),
        ({}, "account", "nobody answered"),
    ],
    ids=["no accounts", "one account", "no revenue", "nobody"],
)
def test_what_is_missing_is_said(tmp_path, given, weight, reason):
    other = [signal("p", "page.viewed", 0, "user:x")]
    with a_platform(tmp_path / "w", [*other, *answers("ces.answered", given)]) as workspace:
        found = workspace.platform.measure("customer_effort", "ces", weight=weight)
    assert isinstance(found.total, Undefined)
    assert reason in found.total.reason


def test_without_accounts_each_person_once_has_people_as_the_unit(tmp_path):
    with a_platform(tmp_path / "w", answers("ces.answered", {"": (1, 2, 3, 7)})) as workspace:
        found = workspace.platform.measure("customer_effort", "ces", weight="people").total
    assert "clustered by person (4 people)" in found.method


def test_several_currencies_and_amounts_a_month(tmp_path):
    paid = [signal(f"p{u}", "invoice.paid", 0, account=u, value=5.0, unit=u) for u in ("EUR", "USD")]
    with a_platform(tmp_path / "w", [*paid, *answers("ces.answered", {"EUR": (1, 2), "USD": (3,)})]) as workspace:
        found = workspace.platform.measure("customer_effort", "ces", weight="revenue").total
    assert "several currencies (EUR USD)" in found.reason
    monthly = [
        signal(f"m{a}", "subscription.started", 0, account=a, value=v, unit="EUR", objects={"subscription": a})
        for a, v in (("a", 10.0), ("b", 30.0))
    ]
    with a_platform(tmp_path / "v", [*monthly, *answers("ces.answered", {"a": (1, 3), "b": (6,)})]) as workspace:
        found = workspace.platform.measure("customer_effort", "ces", weight="revenue")
    assert found.total.value == pytest.approx((10 * 2 + 30 * 6) / 40)
    assert "by what they pay a month" in found.weighing.sentence


def test_viewers_get_accounts_of_enough_people_only(platform):
    viewers = platform.for_viewers()
    found = viewers.measure("customer_effort", "ces", weight="account")
    assert found.total.value == pytest.approx((np.mean(RATINGS["big"]) + np.mean(RATINGS["mid"])) / 2)
    assert (found.weighing.accounts, found.weighing.small, found.total.n) == (2, 1, 14)


def test_viewers_are_not_told_how_few_people_are_the_largest_account_or_in_none(platform):
    found = platform.for_viewers().measure("customer_effort", "ces", weight="people").weighing
    assert (found.alone, found.largest) == (None, pytest.approx(8 / 19))
    assert platform.measure("customer_effort", "ces", weight="people").weighing.alone == 3


def test_viewers_get_no_number_that_tells_of_the_few_left_out(tmp_path):
    given = {"big": (7, 6, 7, 5, 6), "mid": (3, 2, 4, 3, 2), "tiny": (1, 2)}
    with a_platform(tmp_path / "w", answers("ces.answered", given)) as workspace:
        viewers = workspace.platform.for_viewers()
        found = viewers.measure("customer_effort", "ces", grain="month", weight="account")
        members = workspace.platform.measure("customer_effort", "ces", weight="account").total
    assert isinstance(members, Estimate)
    assert found.total.reason.startswith("hidden")  # less the number of everybody it would tell what two people said
    assert found.weighing is None
    assert all(isinstance(one.number, Undefined) for one in found.readings)
