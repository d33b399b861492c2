"""Numbers of others: entered with a source, held against one's own only where the intervals are apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from touchpath.metrics.benchmarks import against_own
from touchpath.metrics.catalogue import CATALOGUE
from touchpath.model.errors import BadInput, Missing
from touchpath.model.estimate import Estimate, Undefined
from touchpath.services.outside import OutsideFigure, OutsideNumbers, compare
from touchpath.stores.records import open_records

FIGURE = OutsideFigure("nps", "The other shop", 41.0, date(2026, 1, 31), "Annual report 2025, page 9")
NPS = (-100.0, 100.0)
TODAY = date(2026, 3, 1)


@pytest.fixture
def outside(tmp_path):
    records = open_records(tmp_path / "records.sqlite")
    yield OutsideNumbers(records)
    records.close()


def number(value: float, half: float, n: int = 200) -> Estimate:
    return Estimate(value, value - half, value + half, n, "answers", "score")


def test_a_number_is_kept_with_its_source_and_who_entered_it(outside):
    kept = outside.enter(FIGURE, NPS, "ana", TODAY)
    assert (kept.figure, kept.member) == (FIGURE, "ana")
    assert outside.list() == outside.list("nps") == (kept,)
    assert outside.list("sus") == ()


def test_the_newest_day_comes_first(outside):
    for day in (date(2025, 1, 31), date(2026, 1, 31), date(2024, 1, 31)):
        outside.enter(replace(FIGURE, as_of=day), NPS, "ana", TODAY)
    assert [one.figure.as_of.year for one in outside.list()] == [2026, 2025, 2024]


def test_what_is_taken_back_is_shown_no_longer_and_stays_in_the_history(outside):
    kept = outside.enter(FIGURE, NPS, "ana", TODAY)
    assert outside.take_back(kept.id, "bo", "it was another year") == kept
    assert outside.list() == ()
    with pytest.raises(Missing, match="No number of others"):
        outside.take_back(kept.id, "bo", "again")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"source": " "}, "'source' is blank"),
        ({"who": ""}, "'who' is blank"),
        ({"value": 141.0}, "'nps' runs from -100 to 100, but 141 came"),
        ({"value": float("nan")}, "but nan came"),
        ({"low": 30.0}, "give 'low' and 'high', or neither"),
        ({"low": 45.0, "high": 50.0}, "The value lies in its interval"),
        ({"n": 0}, "1 or more, but 0 came"),
        ({"as_of": date(2027, 1, 1)}, "has not come yet"),
        ({"note": "x" * 501}, "up to 500 printable characters"),
        ({"who": "a\nb"}, "printable"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(outside, change, said):
    with pytest.raises(BadInput, match=said):
        outside.enter(replace(FIGURE, **change), NPS, "ana", TODAY)
    assert outside.list() == ()


@pytest.mark.parametrize(
    ("own", "label"),
    [
        (number(60, 5), "above it"),
        (number(20, 5), "below it"),
        (number(43, 5), ""),
        (number(46, 5), ""),
        (number(60, 5, n=4), ""),
    ],
)
def test_ours_is_above_or_below_only_with_its_whole_interval(own, label):
    assert compare(own, FIGURE).label == label


def test_their_interval_counts_too():
    assert compare(number(50, 5), replace(FIGURE, low=35.0, high=47.0)).reason == "inconclusive, the intervals meet"
    assert compare(number(60, 5), replace(FIGURE, low=35.0, high=47.0)).label == "above it"


def test_what_has_no_number_is_not_judged():
    assert compare(Undefined("nobody answered"), FIGURE).reason == "not judged, nobody answered"


def test_a_figure_of_one_task_speaks_of_that_task(outside):
    outside.enter(replace(FIGURE, metric="task_success", subject="pay", value=0.8), (0.0, 1.0), "ana", TODAY)
    assert [verdict.label for verdict in outside.verdicts("task_success", "pay", number(0.9, 0.05))] == ["above it"]
    assert outside.verdicts("task_success", "return", number(0.9, 0.05)) == ()


def test_scales_have_their_ends():
    ends = {name: CATALOGUE[name].bounds for name in ("nps", "task_success", "sus", "task_time", "active_people")}
    inf = float("inf")
    assert ends == {"nps": NPS, "task_success": (0, 1), "sus": (0, 100), "task_time": (0, inf), "active_people": (0, inf)}


def test_ones_own_history_needs_four_whole_periods_and_speaks_only_of_what_lies_beyond_all():
    past = [number(value, 3) for value in (40.0, 44.0, 42.0, 41.0)]
    assert against_own(past[:3], number(60, 5)) is None
    assert against_own(past, number(60, 5)).sentence == "Own history, 4 whole periods before: above all of them"
    assert against_own(past, number(30, 5)).label == "below all of them"
    assert against_own(past, number(48, 5)).label == ""
    assert against_own(past, Undefined("nobody answered")).reason == "not judged, nobody answered"


def test_a_measurement_tells_what_others_have(company):
    platform = company.platform
    figure = OutsideFigure("task_success", "The other shop", 0.001, date(2025, 12, 31), "their talk", "checkout")
    kept = platform.enter_outside(figure, "ana")
    assert kept.at <= datetime.now(UTC)
    try:
        told = [one.sentence for one in platform.measure("task_success", "checkout").verdicts]
        assert "The other shop, 2025-12-31: 0.001 (their talk): above it" in told
        assert not any("other shop" in one.sentence for one in platform.measure("task_time", "checkout").verdicts)
    finally:
        platform.take_back_outside(kept.id, "ana", "end of the test")
    with pytest.raises(Missing, match="No metric is called 'npps'"):
        platform.enter_outside(replace(figure, metric="npps"), "ana")
