"""Cohorts that have had unlike times: where everybody does as everybody before them, no number may say that people changed."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from touchpath import Signal
from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.errors import BadInput
from touchpath.model.estimate import Undefined
from touchpath.model.time import Period
from touchpath.services.effect_found import EffectAsked

START = datetime(2026, 1, 5, tzinfo=UTC)
MODEL = """format: touchpath-model/1
brand: {id: desk, title: Desk}
dimensions: [{id: channel, title: Channel, field: channel}]
metrics:
  - id: ever
    title: Back some time
    metric: day_7_retention
    query: {query: retention, start: joined, return: visited, interval: day, kind: on-or-after}
  - id: soon
    title: Back in the second week
    metric: bracket_retention
    query: {query: retention, start: joined, return: visited, interval: day, kind: bracket, brackets: [[7, 13]]}
  - id: steps
    title: From joining to visiting
    metric: onboarding_completion
    query: {query: funnel, steps: [joined, visited], window: 20d, open: counted}
"""
WHY = "those who started earlier have had more time to come back"
WEEKS = 22


def facts():
    """Of thirty who join in each week a third is back after ten days, a third after thirty, a third never."""
    for person in range(30 * WEEKS):
        joined = START + timedelta(weeks=person // 30, hours=3)
        channel = "web" if person % 2 else "app"
        yield Signal("test", f"{person} joins", "joined", joined, (f"user:{person}",), channel=channel)
        days = (10, 30, None)[person % 3]
        if days and joined + timedelta(days=days) < START + timedelta(weeks=WEEKS):
            yield Signal(
                "test", f"{person} is back", "visited", joined + timedelta(days=days), (f"user:{person}",), channel=channel
            )


def weeks(first: int, last: int) -> Period:
    return Period(START + timedelta(weeks=first), START + timedelta(weeks=last))


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ended") / "desk"
    create_workspace(folder, "Desk")
    with closing(open_workspace(folder)) as workspace:
        workspace.models.apply(MODEL, "me", "first")
        workspace.record(facts())
        yield workspace.platform


def test_cohorts_with_unlike_times_are_shown_and_not_compared(platform):
    ever, soon = (platform.measure(name, grain="week") for name in ("ever", "soon"))
    shares = [one.number.value for one in ever.readings if not isinstance(one.number, Undefined)]
    assert (shares[0], shares[-2]) == (pytest.approx(2 / 3), pytest.approx(1 / 3))  # What would be called a fall.
    assert not any(one.complete for one in ever.readings)
    assert ever.change is None
    assert ever.verdicts == ()
    assert [WHY in note for note in ever.notes] == [True]
    assert (soon.notes, soon.change is not None and soon.change.value) == ((), 0.0)
    assert [one.complete for one in soon.readings] == [True] * (WEEKS - 3) + [
        False
    ] * 3  # The second week is over for everybody, or not.
    assert platform.measure("ever").notes == ()


def test_a_trend_says_why_it_judges_nothing(platform):
    trend = platform.trend("ever", grain="week")
    assert (trend.used, trend.shape, trend.odd) == ((), None, ())
    assert WHY in trend.sentences[0]
    assert platform.trend("soon", grain="week").shape == "level"


def test_two_periods_are_not_compared_and_segments_of_the_same_time_are(platform):
    (contrast,) = platform.compare("ever", periods=(weeks(0, 4), weeks(9, 13))).contrasts
    assert isinstance(contrast.found, Undefined)
    assert WHY in contrast.found.reason
    by_channel = platform.compare("ever", periods=(weeks(0, 4), weeks(9, 13)), by="channel")
    assert all(isinstance(one.found, Undefined) for one in by_channel.contrasts)
    assert isinstance(by_channel.mix, Undefined) or by_channel.mix is None
    (apart,) = platform.compare("ever", by="channel").contrasts
    assert not isinstance(apart.found, Undefined)
    (same,) = platform.compare("soon", periods=(weeks(0, 4), weeks(9, 13))).contrasts
    assert not isinstance(same.found, Undefined)


def test_no_effect_is_judged_on_it(platform):
    with pytest.raises(BadInput, match=WHY):
        platform.effect(EffectAsked("ever", START + timedelta(weeks=8)))


def test_a_period_whose_entries_still_go_on_is_not_complete_where_open_ones_count(platform):
    complete = [one.complete for one in platform.measure("steps", grain="week").readings]
    assert complete == [True] * (WEEKS - 4) + [False] * 4  # The data end early in the last week; windows are of 20 days.
