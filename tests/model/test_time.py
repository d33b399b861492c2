"""Periods follow civil time, daylight saving included."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.model.time import Period, calendar_periods, from_micros, to_micros


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def test_a_time_without_a_zone_is_refused_with_words():
    with pytest.raises(BadInput, match="has no zone"):
        to_micros(datetime(2026, 3, 1))  # noqa: DTZ001


@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001
def test_microseconds_go_there_and_back(moment):
    assert from_micros(to_micros(moment)) == moment


def test_a_period_that_ends_before_it_starts_is_refused():
    with pytest.raises(BadInput, match="must start before it ends"):
        Period(utc(2026, 2, 1), utc(2026, 1, 1))


def test_the_day_on_which_clocks_go_forward_has_23_hours():
    days = calendar_periods(Period(utc(2026, 3, 28), utc(2026, 3, 30)), "day", "Europe/Madrid")
    lengths = [period.end - period.start for period in days]
    assert lengths == [timedelta(hours=24), timedelta(hours=23), timedelta(hours=24)][: len(lengths)]
    assert timedelta(hours=23) in lengths


def test_the_day_on_which_clocks_go_back_has_25_hours():
    days = calendar_periods(Period(utc(2026, 10, 24, 12), utc(2026, 10, 25, 12)), "day", "Europe/Madrid")
    assert [period.end - period.start for period in days] == [timedelta(hours=24), timedelta(hours=25)]


def test_months_know_leap_years():
    months = calendar_periods(Period(utc(2028, 1, 15), utc(2028, 3, 2)), "month")
    assert [(period.end - period.start).days for period in months] == [31, 29, 31]


def test_weeks_may_start_on_sunday():
    (week,) = calendar_periods(Period(utc(2026, 11, 22), utc(2026, 11, 23)), "week", week_start=6)
    assert week.start == utc(2026, 11, 22)


def test_an_unknown_grain_is_refused_with_what_there_is():
    with pytest.raises(BadInput, match="day, week, month, quarter, year"):
        calendar_periods(Period(utc(2026, 1, 1), utc(2026, 1, 2)), "fortnight")


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.timedeltas(timedelta(seconds=1), timedelta(days=400)),
    st.sampled_from(["day", "week", "month", "quarter", "year"]),
    st.sampled_from(["UTC", "Europe/Madrid", "America/Sao_Paulo", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
def test_periods_touch_without_gap_and_cover_the_span(start, length, grain, zone):
    span = Period(start, start + length)
    periods = calendar_periods(span, grain, zone)
    assert periods[0].start <= span.start < periods[0].end
    assert periods[-1].start < span.end <= periods[-1].end
    assert all(a.end == b.start for a, b in pairwise(periods))
    midnights = [period.start.astimezone(ZoneInfo(zone)) for period in periods]
    assert all(moment.hour in (0, 1) for moment in midnights)  # a zone may skip midnight itself
