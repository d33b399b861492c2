"""Days, weeks and months are those of the zone's own clock: changes of the clock, skipped days, odd offsets, exact midnights.

Each query that cuts by the calendar is held to a slow twin that asks Python's `zoneinfo` for the local date of every signal, and so
never computes a border. Borders are where the signals are drawn: at local midnights, a microsecond before, and around changes of the clock.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from law_documents import documents
from law_facts import draw_facts
from law_shop import differences, told_in_memory

from touchpath.engines.local import LocalEngine
from touchpath.model.time import Period, calendar_periods
from touchpath.services.vectors import answer_case

#: A zone, and a day worth looking at.
PLACES = (
    ("Europe/Madrid", date(2026, 3, 29)),  # Summer time begins,
    ("Europe/Madrid", date(2026, 10, 25)),  # and ends.
    ("America/New_York", date(2026, 11, 1)),
    ("America/Havana", date(2026, 11, 1)),  # Midnight to 1 o'clock comes twice.
    ("America/Sao_Paulo", date(2018, 11, 4)),  # The day has no midnight.
    ("America/Sao_Paulo", date(2018, 2, 18)),  # The hour before midnight comes twice.
    ("Asia/Beirut", date(2022, 3, 27)),
    ("Pacific/Apia", date(2011, 12, 30)),  # The day does not exist.
    ("Pacific/Apia", date(2026, 1, 1)),
    ("Pacific/Kiritimati", date(2026, 1, 1)),
    ("Pacific/Pago_Pago", date(2026, 1, 1)),
    ("Asia/Kathmandu", date(2026, 4, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),  # The clock changes by half an hour.
    ("UTC", date(2028, 2, 29)),
)
GRAINS = ("day", "week", "month", "quarter", "year")
LOCAL = LocalEngine(1)


def floor(day: date, grain: str, week_start: int = 0) -> date:
    """The first day of the period in which a day lies."""
    return {
        "day": lambda: day,
        "week": lambda: day - timedelta(days=(day.weekday() - week_start) % 7),
        "month": lambda: day.replace(day=1),
        "quarter": lambda: day.replace(month=day.month - (day.month - 1) % 3, day=1),
        "year": lambda: day.replace(month=1, day=1),
    }[grain]()


@st.composite
def cases(draw):
    """A zone with signals of three people around a day: at midnights, just before them, and at any time."""
    zone, day = draw(st.sampled_from(PLACES))
    tz = ZoneInfo(zone)

    def moment(days: int, kind: str, minutes: int) -> datetime:
        midnight = datetime.combine(day + timedelta(days=days), time(), tz).astimezone(UTC)
        return {
            "midnight": midnight,
            "before": midnight - timedelta(microseconds=1),
            "any": midnight + timedelta(minutes=minutes),
        }[kind]

    near = st.one_of(st.integers(-2, 2), st.integers(-45, 45))
    moments = st.builds(moment, near, st.sampled_from(["midnight", "before", "any"]), st.integers(0, 1440))
    signals = draw(st.lists(st.tuples(st.sampled_from("abc"), moments), min_size=1, max_size=25))
    return zone, draw(st.integers(0, 6)), signals


def local_days(case) -> dict[str, list[date]]:
    """The local date of each signal, by person, in order of time."""
    zone, _, signals = case
    found = defaultdict(list)
    for actor, at in sorted(signals, key=lambda signal: signal[1]):
        found[actor].append(at.astimezone(ZoneInfo(zone)).date())
    return found


def answer(case, **query):
    zone, week_start, signals = case
    told = [{"actor": actor, "at": at.isoformat(), "kind": "seen"} for actor, at in signals]
    return answer_case({"signals": told, "query": query, "zone": zone, "week_start": week_start}, LOCAL)


def day_of(case, moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(case[0])).date()


many = pytest.mark.parametrize("grain", GRAINS)


@many
@settings(max_examples=60)
@given(cases())
def test_signals_count_on_their_local_date(grain, case):
    table = answer(case, query="volume", of=["seen"], grain=grain).table("volume").records()
    expected = Counter(floor(day, grain, case[1]) for days in local_days(case).values() for day in days)
    # A period may begin on a day that the zone skipped: then its first moment lies on the next.
    begins = [floor(day_of(case, row["from"]), grain, case[1]) for row in table]
    assert {day: row["signals"] for day, row in zip(begins, table, strict=True) if row["signals"]} == dict(expected)
    assert all(before["to"] == after["from"] for before, after in pairwise(table))


@many
@settings(max_examples=60)
@given(cases())
def test_who_is_new_current_or_back_is_told_by_local_dates(grain, case):
    table = answer(case, query="lifecycle", grain=grain).table("lifecycle").records()
    periods = [floor(day_of(case, row["from"]), grain, case[1]) for row in table]
    expected = defaultdict(Counter)
    for days in local_days(case).values():
        active = sorted({periods.index(floor(day, grain, case[1])) for day in days})
        for before, after in pairwise([None, *active]):
            expected[after]["new" if before is None else "current" if after == before + 1 else "resurrected"] += 1
    names = ("new", "current", "resurrected")
    found = {place: {name: row[name] for name in names if row[name]} for place, row in enumerate(table)}
    assert {place: counts for place, counts in found.items() if counts} == {
        place: dict(counts) for place, counts in expected.items()
    }


@settings(max_examples=100)
@given(cases(), st.sampled_from(["day", "week", "month"]))
def test_returns_are_counted_in_calendar_intervals(case, interval):
    found = answer(case, query="retention", interval=interval, intervals=5).table("curve").records()
    last = max(at for _, at in case[2]) + timedelta(microseconds=1)
    periods = list(dict.fromkeys(floor(day_of(case, one.start), interval, case[1]) for one in span_of(case, interval, last)))
    reached = len(periods) - (span_of(case, interval, last)[-1].end > last)
    people, back = Counter(), Counter()
    for days in local_days(case).values():
        places = [periods.index(floor(day, interval, case[1])) for day in days]
        for k in range(1, 6):
            if places[0] + k < reached:
                people[k] += 1
                back[k] += any(place - places[0] == k for place in places)
    assert [(row["people"], row["returned"]) for row in found] == [(people[k], back[k]) for k in range(1, 6)]


def span_of(case, interval, last):
    """The intervals that the data touch, by the zone's calendar."""
    first = min(at for _, at in case[2])
    return calendar_periods(Period(first, last), interval, case[0], case[1])


@settings(max_examples=100)
@given(cases(), st.sampled_from(["week", "month"]))
def test_active_days_are_local_dates(case, grain):
    found = answer(case, query="stickiness", grain=grain).table("days").records()
    expected = Counter()
    for days in local_days(case).values():
        by_period = Counter(floor(day, grain, case[1]) for day in set(days))
        expected.update((period, count) for period, count in by_period.items())
    assert {(floor(day_of(case, row["from"]), grain, case[1]), row["intervals"]): row["people"] for row in found} == dict(
        expected
    )


@settings(max_examples=100)
@given(cases())
def test_sessions_that_break_at_midnight_never_hold_two_dates(case):
    found = answer(case, query="sessions", gap="3h", midnight=True).table("sessions").records()[0]
    expected = 0
    for actor in "abc":
        times = sorted(at for who, at in case[2] if who == actor)
        for before, after in pairwise([None, *times]):
            expected += before is None or after - before > timedelta(hours=3) or day_of(case, before) != day_of(case, after)
    assert found["sessions"] == expected


@many
@pytest.mark.parametrize(("zone", "day"), PLACES)
def test_periods_are_without_a_gap_and_never_empty(grain, zone, day):
    middle = datetime.combine(day, time(12), UTC)
    periods = calendar_periods(Period(middle - timedelta(days=400), middle + timedelta(days=400)), grain, zone)
    assert all(before.end == after.start for before, after in pairwise(periods))
    assert periods[0].start <= middle - timedelta(days=400) < periods[0].end
    assert periods[-1].start < middle + timedelta(days=400) <= periods[-1].end
    local = [one.start.astimezone(ZoneInfo(zone)) for one in periods]
    assert [one.date() for one in local] == sorted({floor(one.date(), grain) for one in local})


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_a_zone_that_never_changes_its_clock_only_moves_every_answer(zone):
    """All documents of all queries: in the zone, as in UTC for facts that lie later by the offset. Business hours name their own zone."""
    offset = datetime(2026, 3, 1, tzinfo=ZoneInfo(zone)).utcoffset()
    facts = draw_facts(3, 60)
    there = [{**fact, "occurred_at": fact["occurred_at"] + offset} for fact in facts]
    here, moved = (told_in_memory(LOCAL, given, where) for given, where in ((facts, zone), (there, "UTC")))
    own = {f"person: {name}" for name, document in documents("person") if "hours" in document}
    here, moved = ({name: one for name, one in told.items() if name not in own} for told in (here, moved))
    assert len(here) > 50
    assert differences(shifted(here, offset), shifted(moved, timedelta())) == []


def shifted(told, offset):
    """All times later by the offset. Keys of people do not depend on times."""
    if isinstance(told, dict):
        return {name: shifted(one, offset) for name, one in told.items()}
    if isinstance(told, list | tuple):
        return [shifted(one, offset) for one in told]
    if isinstance(told, datetime):
        return told + offset
    try:
        moment = datetime.fromisoformat(told) if isinstance(told, str) and "T" in told else None
    except ValueError:
        moment = None
    return told if moment is None else moment + offset
