"""Metrics that a model defines itself, counted on paper, and against computations written in another way."""

import math
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from touchpath import Signal
from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.document import dump_model, to_document
from touchpath.model.errors import BadInput, ModelErrors
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.metric_definition import MetricKind
from touchpath.model.parse import parse_document, parse_model
from touchpath.services.metric_check import check_metric

HEAD = """format: touchpath-model/1
brand: {id: shop, title: Shop}
dimensions: [{id: channel, title: Channel, field: channel}]
tasks: [{id: pay, title: Pay, start: {kind: pay.started}, success: {kind: paid}, limit: 1h}]
questions: [{id: ease, title: "Easy?", asked: {kind: answered}, scale: {low: 1, high: 5}, metric: csat}]
"""
METRICS = """metrics:
  - {id: got_help, title: Got help, kind: share, numerator: {kind: helped}, denominator: {kind: paid}, better: lower}
  - {id: helped_at_all, title: Helped at all, kind: share, numerator: {kind: helped}}
  - {id: refunds_per_order, title: Refunds per order, kind: events, numerator: {kind: refunded}, denominator: {kind: paid}}
  - {id: money_back, title: Money back, kind: sums, numerator: {kind: refunded}, denominator: {kind: paid}}
  - {id: order_value, title: Order value, kind: mean, numerator: {kind: paid}}
  - {id: spent, title: Spent, kind: mean, numerator: {kind: paid}, per: person}
  - {id: upper_half, title: Median spent, kind: quantile, quantile: 0.5, numerator: {kind: paid}, per: person}
  - {id: very_easy, title: Very easy, kind: item, question: ease, points: [5, 5]}
  - {id: mean_ease, title: Mean ease, kind: item, question: ease, worthwhile: 0.5}
  - id: health
    title: Health
    kind: composite
    together: independent
    parts:
      - {metric: very_easy, weight: 2, worst: 0, best: 1}
      - {metric: got_help, weight: 1, worst: 1, best: 0}
  - id: careful
    title: Careful health
    kind: composite
    parts: [{metric: very_easy, weight: 2, worst: 0, best: 1}, {metric: got_help, weight: 1, worst: 1, best: 0}]
  - id: blind
    title: With a part that has no number
    kind: composite
    parts: [{metric: very_easy, worst: 0, best: 1}, {metric: task_success, subject: pay, worst: 0, best: 1}]
"""
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
#: Per person: what they paid, what they got back, whether they got help, how easy it was.
PEOPLE = {
    "a": ((20.0, 30.0), (), True, 5),
    "b": ((10.0,), (10.0,), False, 4),
    "c": ((40.0, 5.0, 5.0), (2.5,), False, 5),
    "d": ((8.0,), (), False, 2),
    "e": ((12.0, 12.0), (12.0, 6.0), True, 5),
    "f": ((15.0,), (), False, 3),
}


def at(person: str, minute: int, kind: str, **fields) -> Signal:
    moment = START + timedelta(minutes=minute)
    return Signal("test", f"{person}-{minute}-{kind}", kind, moment, (f"user:{person}",), **fields)


def facts():
    for person, (paid, back, helped, ease) in PEOPLE.items():
        yield from (at(person, minute, "paid", value=value, unit="EUR") for minute, value in enumerate(paid))
        yield from (at(person, 10 + minute, "refunded", value=value, unit="EUR") for minute, value in enumerate(back))
        yield from [at(person, 30, "helped", channel="phone")] * helped
        yield at(person, 40, "answered", value=float(ease))
    yield at("g", 50, "seen")


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("defined") / "shop"
    create_workspace(folder, "Shop")
    workspace = open_workspace(folder)
    workspace.models.apply(HEAD + METRICS, "me", "first")
    workspace.record(facts())
    yield workspace
    workspace.close()


def total(shop, name) -> Estimate:
    found = shop.platform.measure(name).total
    assert isinstance(found, Estimate)
    return found


def test_a_share_of_people_is_among_those_of_the_denominator_or_among_all(shop):
    assert (total(shop, "got_help").value, total(shop, "got_help").n) == (pytest.approx(2 / 6), 6)
    assert (total(shop, "helped_at_all").value, total(shop, "helped_at_all").n) == (pytest.approx(2 / 7), 7)


@pytest.mark.parametrize("name", ["refunds_per_order", "money_back"])
def test_ratios_of_totals_have_the_delta_interval_over_people(shop, name):
    """Recomputed with NumPy's covariance, as metrics.md 6.3 writes the delta method."""
    counted = len if name == "refunds_per_order" else sum
    x, y = (np.array([counted(one[at]) for one in PEOPLE.values()], float) for at in (0, 1))
    ratio, n = y.sum() / x.sum(), x.size
    variance = np.cov(y, x)
    error = math.sqrt((variance[0, 0] - 2 * ratio * variance[0, 1] + ratio**2 * variance[1, 1]) / (n * x.mean() ** 2))
    half = stats.t.ppf(0.975, n - 1) * error
    found = total(shop, name)
    assert (found.value, found.low, found.high) == pytest.approx((ratio, ratio - half, ratio + half))
    assert (found.n, found.n_unit) == (6, "people")


def test_a_mean_per_person_is_over_peoples_sums(shop):
    sums = np.array([sum(one[0]) for one in PEOPLE.values()])
    low, high = stats.t.interval(0.95, sums.size - 1, sums.mean(), stats.sem(sums))
    found = total(shop, "spent")
    assert (found.value, found.low, found.high) == pytest.approx((sums.mean(), low, high))
    assert (total(shop, "order_value").value, total(shop, "order_value").n) == (pytest.approx(157 / 10), 10)


def test_a_quantile_of_people_is_read_from_their_sums(shop):
    sums = sorted(sum(one[0]) for one in PEOPLE.values())
    assert sums[2] <= total(shop, "upper_half").value <= sums[3]


def test_an_item_is_a_share_of_points_or_a_mean(shop):
    assert (total(shop, "very_easy").value, total(shop, "very_easy").n) == (0.5, 6)
    assert total(shop, "mean_ease").value == 4.0


def test_a_composite_weighs_its_parts_and_shows_them(shop):
    measured = shop.platform.measure("health")
    assert [(part.words.id, part.weight, part.score) for part in measured.parts] == [
        ("very_easy", 2.0, 50.0),
        ("got_help", 1.0, pytest.approx(100 * 4 / 6)),
    ]
    assert measured.total.value == pytest.approx((2 * 50 + 100 * 4 / 6) / 3)
    assert (measured.total.unit, measured.total.n) == ("score", 6)


def test_independent_parts_add_their_squares_and_others_their_widths(shop):
    """Zou & Donner 2008, equation 3: each side of the interval from the same side of the parts; a part that is better when lower turns."""
    top, helped = total(shop, "very_easy"), total(shop, "got_help")
    down = (2 / 3 * 100 * (top.value - top.low), 1 / 3 * 100 * (helped.high - helped.value))
    up = (2 / 3 * 100 * (top.high - top.value), 1 / 3 * 100 * (helped.value - helped.low))
    apart, anyhow = total(shop, "health"), total(shop, "careful")
    assert (apart.value - apart.low, apart.high - apart.value) == pytest.approx((math.hypot(*down), math.hypot(*up)))
    assert (anyhow.value - anyhow.low, anyhow.high - anyhow.value) == pytest.approx((sum(down), sum(up)))
    assert "independent" in apart.method
    assert "any way" in anyhow.method


def test_a_composite_without_one_of_its_parts_has_no_number_and_says_why(shop):
    measured = shop.platform.measure("blind")
    assert isinstance(measured.total, Undefined)
    assert measured.total.reason.startswith("'task_success' has no number: ")
    assert [part.score for part in measured.parts] == [50.0, None]


def test_a_composite_is_cut_like_any_other(shop):
    days = shop.platform.measure("health", grain="day")
    assert [reading.number.value for reading in days.readings] == [pytest.approx(shop.platform.measure("health").total.value)]


def test_values_in_several_currencies_are_not_added_up(tmp_path):
    create_workspace(tmp_path / "two", "Two")
    two = open_workspace(tmp_path / "two")
    two.models.apply(HEAD + METRICS, "me", "first")
    two.record([at("a", 0, "paid", value=1.0, unit="EUR"), at("b", 0, "paid", value=1.0, unit="USD")])
    with pytest.raises(BadInput, match=r"Values come in EUR, USD, which cannot be added up.*'order_value'.*unit: EUR"):
        two.platform.measure("order_value")
    two.close()


def test_a_denominator_that_cannot_be_told_from_nothing_gives_no_ratio(tmp_path):
    create_workspace(tmp_path / "few", "Few")
    few = open_workspace(tmp_path / "few")
    few.models.apply(HEAD + METRICS, "me", "first")
    few.record([at("a", 0, "paid"), *(at(person, 1, "refunded") for person in "abcdefgh")])
    found = few.platform.measure("refunds_per_order").total
    assert found.reason == "the denominator rests on so few people that it cannot be told from 0"
    assert few.platform.measure("money_back").total.reason == "there is nothing of the denominator"
    few.close()


def test_every_kind_comes_back_as_it_was():
    model = parse_model(HEAD + METRICS, check=check_metric)
    assert parse_model(dump_model(model), check=check_metric) == model == parse_document(to_document(model))
    kinds = {one.kind for one in model.metrics} | {"ratio", "rate", "query"}
    assert kinds == set(MetricKind.__args__)


FAULTY = {
    "a key of another kind": (
        "kind: mean, numerator: {kind: a}, question: ease",
        r"m.yaml:7: metrics/m: 'question' does not belong to a metric of the kind 'mean', which has: numerator, per",
    ),
    "no question": ("kind: item", r"'question' is missing: an item is measured of a question"),
    "an unknown question": ("kind: item, question: eaze", r"No question is called 'eaze'\. Did you mean 'ease'"),
    "points off the scale": ("kind: item, question: ease, points: [4, 6]", r"'ease' runs from 1 to 5, but 'points' 4 to 6 came"),
    "points that are none": ("kind: item, question: ease, points: [5, 4]", r"'points' are the lowest and the highest answer"),
    "no quantile": ("kind: quantile, numerator: {kind: a}", r"'quantile' is missing"),
    "a quantile that is none": (
        "kind: quantile, numerator: {kind: a}, quantile: 2",
        r"'quantile' is a number from 0.001 to 0.999",
    ),
    "no denominator": ("kind: events, numerator: {kind: a}", r"'denominator' is missing"),
    "one part": ("kind: composite, parts: [{metric: nps, worst: 0, best: 1}]", r"'parts' are 2 to 20 metrics .* 1 came"),
    "an unknown part": (
        "kind: composite, parts: [{metric: npps, worst: 0, best: 1}, {metric: active_people, worst: 0, best: 9}]",
        r"part 'npps': No metric is called 'npps'\. Did you mean 'nps'",
    ),
    "a part of something unknown": (
        "kind: composite, parts: [{metric: task_success, subject: payy, worst: 0, best: 1}, {metric: active_people, worst: 0, best: 9}]",
        r"part 'task_success': No task is called 'payy'\. Did you mean 'pay'",
    ),
    "a composite as a part": (
        "kind: composite, parts: [{metric: m, worst: 0, best: 1}, {metric: active_people, worst: 0, best: 9}]",
        r"part 'm' is a composite itself",
    ),
    "worst as good as best": (
        "kind: composite, parts: [{metric: active_people, worst: 1, best: 1}, {metric: active_people, worst: 0, best: 9}]",
        r"'worst' and 'best' are the values that count as 0 and as 100, but both are 1",
    ),
    "a weight below 0": (
        "kind: composite, parts: [{metric: active_people, weight: -1, worst: 0, best: 1}, {metric: active_people, worst: 0, best: 9}]",
        r"'weight' is a number from 1e-06",
    ),
}


@pytest.mark.parametrize(("entry", "message"), FAULTY.values(), ids=FAULTY)
def test_a_faulty_metric_is_told_with_its_line(entry, message):
    text = HEAD + "metrics:\n  - {id: m, title: M, " + entry + "}\n"
    with pytest.raises(ModelErrors, match=message):
        parse_model(text, "m.yaml", check=check_metric)


def test_the_guide_defines_metrics_that_can_be_measured():
    page = (Path(__file__).parents[2] / "docs/guide/model.md").read_text(encoding="utf-8")
    text = "".join(re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    assert len(parse_model(text, "model.md", check=check_metric).metrics) == 12
