"""What a page is narrowed to, and what it is held against."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from touchpath.model.errors import BadInput
from touchpath.model.time import Period
from touchpath.web.pages.filters import Filters

SPAN = Period(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))


def test_the_last_days_count_back_from_the_end_of_the_data() -> None:
    assert Filters(period="28").within(SPAN, "UTC") == Period(SPAN.end - timedelta(days=28), SPAN.end)
    assert Filters().within(SPAN, "UTC") is None
    assert Filters(period="28").within(None, "UTC") is None
    with pytest.raises(BadInput, match="'29'"):
        Filters(period="29").within(SPAN, "UTC")


def test_days_of_a_period_are_those_of_the_zone_and_the_last_one_belongs_to_it() -> None:
    found = Filters(period="custom", start="2026-03-29", end="2026-03-29").within(SPAN, "Europe/Madrid")
    # The clocks go forward that day, so it has 23 hours.
    assert found == Period(datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC))
    with pytest.raises(BadInput, match="'2026-05-01' to '2026-04-01'"):
        Filters(period="custom", start="2026-05-01", end="2026-04-01").within(SPAN, "UTC")
    with pytest.raises(BadInput, match="YYYY-MM-DD"):
        Filters(period="custom", start="29.3.2026").within(SPAN, "UTC")


def test_a_period_is_held_against_one_as_long_just_before_or_52_weeks_before() -> None:
    week = {"period": "custom", "start": "2026-03-02", "end": "2026-03-08"}
    before = Filters(**week, compare="before").against(SPAN, "UTC")
    assert before == Period(datetime(2026, 2, 23, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
    year = Filters(**week, compare="year").against(SPAN, "UTC")
    assert year == Period(datetime(2025, 3, 3, tzinfo=UTC), datetime(2025, 3, 10, tzinfo=UTC))
    assert year.start.weekday() == datetime(2026, 3, 2, tzinfo=UTC).weekday()


def test_without_a_period_or_a_wish_there_is_nothing_to_compare_with() -> None:
    assert Filters(compare="before").against(SPAN, "UTC") is None
    assert Filters(period="28").against(SPAN, "UTC") is None
    with pytest.raises(BadInput, match="before, year"):
        Filters(period="28", compare="last").against(SPAN, "UTC")


def test_channel_device_and_segment_are_cuts_of_their_dimensions() -> None:
    filters = Filters(channel="web", device="phone", segment="plan:pro:plus")
    assert filters.cuts() == (("channel", "web"), ("device", "phone"), ("plan", "pro:plus"))
    assert filters.cut() == ("plan", "pro:plus")
    assert Filters().cuts() == ()
    with pytest.raises(BadInput, match="DIMENSION:VALUE"):
        Filters(segment="web").cuts()
