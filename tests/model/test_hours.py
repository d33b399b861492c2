"""Business hours against a clock that is looked at once a minute, with hours that a zone's clock skips or shows twice."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchpath.model.document import dump_model, to_document
from touchpath.model.errors import BadInput
from touchpath.model.experience import Schedule
from touchpath.model.hours import WEEKDAYS, open_spans, parse_opening
from touchpath.model.parse import parse_document, parse_model
from touchpath.timelines.opening import OpenTime

MINUTE = 60_000_000


def open_minutes(schedule, first, last, zone):
    """The minutes (since 1970, UTC) in which a schedule is open, by looking at the wall clock in every minute."""
    tz = ZoneInfo(schedule.zone or zone)
    begin = int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp()) // 60 - 1500
    minutes = range(begin, begin + ((last - first).days + 4) * 1440 + 1500)
    walls = [(minute, datetime.fromtimestamp(minute * 60, tz).replace(tzinfo=None)) for minute in minutes]
    found = set()
    for step in range((last - first).days + 1):
        day = first + timedelta(days=step)
        midnight = datetime.combine(day, time())
        for opening in map(parse_opening, schedule.open):
            if day in schedule.closed or day.weekday() not in opening.days:
                continue
            opens, closes = (midnight + timedelta(minutes=at) for at in (opening.opens, opening.closes))
            begun = next(minute for minute, wall in walls if wall >= opens)
            over = next(minute for minute, wall in reversed(walls) if wall < closes)
            found.update(range(begun, over + 1))
    return found


times = st.integers(0, 47).map(lambda half: f"{half // 2:02d}:{half % 2 * 30:02d}")
lines = st.tuples(st.sampled_from(WEEKDAYS), st.sampled_from(WEEKDAYS), times, times).filter(lambda line: line[2] != line[3])
zones = st.sampled_from(["Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])
#: Around changes of the clock in Europe, North America and on Lord Howe Island, and a leap day.
days = st.sampled_from(
    [date(2026, 3, 28), date(2026, 10, 24), date(2026, 3, 7), date(2026, 10, 31), date(2026, 4, 4), date(2024, 2, 28)]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(lines, min_size=1, max_size=3), zones, days, st.booleans())
def test_spans_hold_the_minutes_that_a_watched_clock_is_open(openings, zone, first, holiday):
    texts = tuple(f"{a}-{b} {opens}-{closes}" for a, b, opens, closes in openings)
    last = first + timedelta(days=2)
    schedule = Schedule("s", "S", texts, "", (first + timedelta(days=1),) if holiday else ())
    spans = open_spans(schedule, first, last, zone)
    assert all(a[1] < b[0] for a, b in itertools.pairwise(spans))
    minutes = open_minutes(schedule, first, last, zone)
    assert {m for start, end in spans for m in range(start // MINUTE, end // MINUTE)} == minutes
    if spans:
        passed = OpenTime(*zip(*spans, strict=True))
        asked = sorted({start for start, _ in spans} | {end for _, end in spans} | {spans[0][0] - MINUTE, spans[-1][1] + MINUTE})
        counted = [sum(m * MINUTE < at for m in minutes) * MINUTE for at in asked]
        assert passed.by(np.array(asked, np.int64)).tolist() == counted


def hours_on(day, text="mon-sun 01:00-05:00", zone="Europe/Madrid"):
    return sum(end - start for start, end in open_spans(Schedule("", "", (text,)), day, day, zone)) / MINUTE / 60


def test_a_night_in_which_the_clock_jumps_has_an_hour_less_or_more():
    assert [hours_on(date(2026, *day)) for day in ((3, 28), (3, 29), (10, 25))] == [4, 3, 5]


def test_an_opening_time_that_the_clock_skips_is_the_moment_of_the_jump():
    assert hours_on(date(2026, 3, 29), "sun 02:30-05:00") == 2


def test_an_hour_shown_twice_is_open_twice():
    assert hours_on(date(2026, 10, 25), "sun 02:00-03:00") == 2


def test_hours_over_midnight_belong_to_the_day_they_open():
    saturday = Schedule("", "", ("sat 22:00-02:00",), closed=(date(2026, 1, 4),))
    assert sum(end - start for start, end in open_spans(saturday, date(2026, 1, 3), date(2026, 1, 5), "UTC")) == 4 * 60 * MINUTE


def test_weekdays_may_go_around_the_end_of_the_week():
    assert parse_opening("sat-mon 09:00-24:00") == ((5, 6, 0), 540, 1440)


@pytest.mark.parametrize(
    "text", ["", "09:00-17:00", "mon 9-17", "mo 09:00-17:00", "mon 09:60-17:00", "mon 24:00-25:00", "mon 09:00-09:00"]
)
def test_what_says_no_opening_hours_is_refused(text):
    with pytest.raises(BadInput, match="as in mon-fri 09:00-17:30"):
        parse_opening(text)


MODEL = """
format: touchpath-model/1
brand: {id: shop, title: Shop}
schedules:
- id: support
  title: Support
  open: [mon-fri 09:00-17:30, sat 10:00-12:00]
  zone: Europe/Madrid
  closed: [2026-12-25]
"""


def test_a_schedule_is_part_of_a_model_and_comes_back_from_its_texts():
    experience = parse_model(MODEL)
    expected = ("mon-fri 09:00-17:30", "sat 10:00-12:00")
    assert experience.schedule("support") == Schedule("support", "Support", expected, "Europe/Madrid", (date(2026, 12, 25),))
    assert parse_model(dump_model(experience)) == experience == parse_document(to_document(experience))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("mon-fri 09:00-17:30", "mon-fri 9 to 5", "does not say when"),
        ("Europe/Madrid", "Europe/Madird", "no time zone"),
        ("2026-12-25", "christmas", "days as in 2026-12-25"),
        ("open: [mon-fri 09:00-17:30, sat 10:00-12:00]", "open: []", "lists when one is open"),
    ],
)
def test_what_is_wrong_with_a_schedule_is_told(old, new, said):
    with pytest.raises(BadInput, match=said):
        parse_model(MODEL.replace(old, new))


def test_hours_that_never_open_are_refused():
    with pytest.raises(BadInput, match="never open"):
        OpenTime((), ())
    with pytest.raises(BadInput, match="follow each other"):
        OpenTime((0, 5), (5, 9))
