"""How a measured series went: planted steps, seasons and odd points are found, and level series are left alone."""

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from touchpath.metrics.catalogue import METRICS
from touchpath.model.errors import BadInput
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.time import Period, calendar_periods
from touchpath.services.measure import words_of
from touchpath.services.results import Measurement, Reading
from touchpath.services.trending import judge_trend
from touchpath.stats.proportions import wilson_interval

START = datetime(2024, 1, 1, tzinfo=UTC)
WORDS = words_of(METRICS["task_success"])
LONG = (0.0, 1.0)


def share(yes: int, n: int) -> Estimate | Undefined:
    if not n:
        return Undefined("nobody started")
    low, high = wilson_interval(yes, n)
    return Estimate(yes / n, low, high, n, "attempts")


def measured(numbers, grain="week") -> Measurement:
    days = {"week": 7, "day": 1}[grain]
    periods = calendar_periods(Period(START, START + timedelta(days=days * len(numbers))), grain)
    readings = tuple(Reading(number, period) for number, period in zip(numbers, periods, strict=True))
    return Measurement(WORDS, "Buy", numbers[-1], readings, None, Period(START, periods[-1].end), "v")


def shares(chances, n, seed):
    random = np.random.default_rng(seed)
    return [
        share(int(random.binomial(size, p)), int(size)) for p, size in zip(chances, np.broadcast_to(n, len(chances)), strict=True)
    ]


def test_a_planted_step_is_found_in_its_week_and_borne_by_the_counts():
    trend = judge_trend(measured(shares([0.8] * 30 + [0.6] * 22, 150, 1)), "week", bounds=LONG)
    assert trend.shape == "steps"
    (step,) = trend.steps
    assert abs((step.period.start - START).days // 7 - 30) <= 1
    assert step.borne is True
    assert (step.before, step.after) == (pytest.approx(0.8, abs=0.03), pytest.approx(0.6, abs=0.03))
    assert f"The level changed with the week of {trend.day(step.period)}: from 79.7 % to 60.1 %" in trend.sentences[0]


def test_level_series_are_seldom_called_changed_or_odd():
    """60 series that stay level: at 5 % about 3 are called; more than 8 would be 1 chance in 200. Odd points stay below 5 %."""
    called, odd, judged = 0, 0, 0
    for seed in range(60):
        trend = judge_trend(measured(shares([0.7] * 40, 80, seed)), "week", bounds=LONG)
        called += trend.shape != "level"
        odd, judged = odd + len(trend.odd), judged + trend.judged
    assert called <= 8
    assert judged == 60 * 13
    assert odd <= 0.05 * judged


def test_an_odd_week_is_told_but_not_one_of_few_people():
    numbers = shares([0.7] * 40, 200, 3)
    numbers[35] = share(60, 200)
    found = judge_trend(measured(numbers), "week", bounds=LONG)
    assert [(one.period.start - START).days // 7 for one in found.odd] == [35]
    assert "was odd: 30 %" in " ".join(found.sentences)
    numbers[35] = share(1, 4)
    assert judge_trend(measured(numbers), "week", bounds=LONG).odd == ()


def test_a_step_of_weeks_with_hardly_anybody_is_no_change_of_level():
    numbers = [share(yes, 3) for yes in (2, 2, 2, 2, 2, 1, 2, 2, 2)] + shares([0.8] * 30, 60, 9)
    found = judge_trend(measured(numbers), "week", bounds=LONG)
    assert found.shape == "level"
    assert [step.borne for step in found.steps] == [False]
    assert found.sentences[0].startswith("No detectable change of level in 39 weeks")
    assert "noise of so few" in found.sentences[1]


def test_weekdays_that_repeat_are_found_and_do_not_make_steps():
    week = np.array([0.7, 0.7, 0.7, 0.7, 0.7, 0.5, 0.45])
    found = judge_trend(measured(shares(np.resize(week, 140), 300, 4), "day"), "day", bounds=LONG)
    assert found.shape == "level"
    assert found.season is not None
    assert found.season.p <= 0.05
    assert any("repeats every week" in one for one in found.sentences)


def test_few_periods_are_refused_with_how_many_would_do():
    found = judge_trend(measured(shares([0.7] * 10, 80, 5)), "week", bounds=LONG)
    assert (found.shape, found.season, found.ahead, found.judged) == (None, None, None, 0)
    told = " ".join(found.sentences)
    assert "10 whole weeks; a change of level shows from 16 on" in told
    assert "which of them are odd shows from 27 on" in told
    assert "a season by year shows from 208 on" in told


def test_a_series_whose_weeks_go_together_warns_of_more_false_alarms():
    random, chances = np.random.default_rng(11), [0.6]
    for _ in range(99):
        chances.append(0.6 + 0.5 * (chances[-1] - 0.6) + float(random.normal(0, 0.04)))
    found = judge_trend(measured(shares(chances, 2000, 12)), "week", bounds=LONG)
    assert any("Neighbours go together" in one and "as often as stated" in one for one in found.sentences)
    alone = judge_trend(measured(shares([0.6] * 100, 200, 13)), "week", bounds=LONG)
    assert not any("Neighbours" in one for one in alone.sentences)


def test_a_change_in_few_points_is_told_with_how_often_it_may_be_false():
    """Series of 26 points that go together by 0.7 and have no step: those called changed look independent, and are still told apart."""
    random, called, warned = np.random.default_rng(5), 0, 0
    for _ in range(40):
        values = [0.0]
        for _ in range(75):
            values.append(0.7 * values[-1] + float(random.normal()))
        numbers = [Estimate(50 + one, 49.9 + one, 50.1 + one, 400, "people", "score") for one in values[-26:]]
        found = judge_trend(measured(numbers), "week", bounds=LONG)
        called += found.shape != "level"
        warned += found.shape != "level" and any("go together" in one and "four times" in one for one in found.reasons)
    assert called >= 4  # 5 % would be 2
    assert warned == called
    step = judge_trend(measured(shares([0.8] * 100 + [0.6] * 60, 150, 1)), "week", bounds=LONG)
    assert step.shape == "steps"
    assert not any("four times" in one for one in step.reasons)


def test_what_lies_before_a_gap_is_left_out_and_said():
    numbers = shares([0.7] * 40, 80, 6)
    numbers[10] = Undefined("nobody started")
    found = judge_trend(measured(numbers), "week", bounds=LONG)
    assert len(found.used) == 29
    assert any("11 of 40 weeks are left out" in one for one in found.sentences)


def test_the_week_in_which_the_data_begin_is_not_whole():
    found = judge_trend(
        measured(shares([0.7] * 40, 80, 7)),
        "week",
        bounds=LONG,
        first=Period(START + timedelta(days=2), START + timedelta(days=300)),
    )
    assert len(found.used) == 39


def test_a_series_without_any_variation_is_level():
    found = judge_trend(measured([share(50, 50)] * 30), "week", bounds=LONG)
    assert found.shape == "level"
    assert found.ahead is not None
    assert (found.ahead.low, found.ahead.high) == (1.0, 1.0)


def test_limits_stay_where_the_metric_can_be():
    found = judge_trend(measured(shares([0.97] * 40, 20, 8)), "week", bounds=LONG)
    assert found.ahead is not None
    assert 0 <= found.ahead.low <= found.ahead.high <= 1


def test_the_same_series_gets_the_same_answer():
    series = measured(shares([0.8] * 30 + [0.6] * 22, 150, 1))
    assert judge_trend(series, "week", bounds=LONG) == judge_trend(series, "week", bounds=LONG)


def test_the_demo_companys_checkout_by_week_is_told_and_never_without_numbers(company):
    found = company.platform.trend("task_success", "checkout", grain="week")
    assert found.shape == "level"
    assert len(found.used) > 40
    assert all(math.isfinite(step.before) and math.isfinite(step.after) for step in found.steps)
    assert all(found.sentences)
    with pytest.raises(BadInput, match="too few points"):
        company.platform.trend("nps", grain="year")
