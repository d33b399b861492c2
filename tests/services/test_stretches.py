"""A strip from afar: every signal in exactly one stretch, in the civil time of a zone, however long the strip is."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchpath.model.time import Period, from_micros, to_micros
from touchpath.services.stretches import MOST, PARTS, is_inside, pieces_of, see_from_afar, unit_for

START = datetime(2026, 1, 1, tzinfo=UTC)
ZONES = ("UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Apia")
moments = st.integers(-2_208_988_800, 4_102_444_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))  # 1900 to 2100


def afar(times, within=None, zone="UTC", sources=None, friction=None):
    micros = np.array([to_micros(one) for one in sorted(times)], np.int64)
    rough = np.array(friction or [False] * len(times), np.bool_)
    return see_from_afar(micros, sources or ["web"] * len(times), rough, (min(times), max(times)), within, zone)


@settings(max_examples=30)
@given(st.lists(moments, min_size=1, max_size=40), st.sampled_from(ZONES))
def test_all_signals_are_in_stretches_that_follow_each_other(times, zone):
    seen = afar(times, zone=zone)
    assert sum(one.signals for one in seen.stretches) == sum(seen.life) == len(times)
    assert (len(seen.life), seen.is_whole) == (PARTS, True)
    assert all(one.period.end == other.period.start for one, other in zip(seen.stretches, seen.stretches[1:], strict=False))
    assert (seen.stretches[0].period.start, seen.stretches[-1].period.end) == (seen.shown.start, seen.shown.end)
    assert len(seen.stretches) <= MOST + 3


@settings(max_examples=30)
@given(
    st.lists(moments, min_size=2, max_size=40),
    st.sampled_from(ZONES),
    moments,
    st.timedeltas(timedelta(minutes=1), timedelta(days=40_000)),
)
def test_a_part_counts_what_is_in_it_and_nothing_else(times, zone, start, length):
    within = Period(start, start + length)
    seen = afar(times, within, zone)
    inside = is_inside(np.array([to_micros(one) for one in times]), within)
    assert sum(one.signals for one in seen.stretches) == np.count_nonzero(inside)
    assert (seen.shown, sum(seen.life)) == (within, len(times))
    assert (seen.stretches[0].period.start, seen.stretches[-1].period.end) == (within.start, within.end)


@pytest.mark.parametrize(
    ("length", "unit", "count"),
    [
        (timedelta(minutes=41), "minute", 41),
        (timedelta(hours=4), "five minutes", 48),
        (timedelta(hours=12), "quarter hour", 48),
        (timedelta(days=1), "hour", 24),
        (timedelta(days=7), "six hours", 28),
        (timedelta(days=31), "day", 31),
        (timedelta(days=365), "week", 53),
        (timedelta(days=3 * 365), "month", 36),
        (timedelta(days=3653), "quarter", 41),
        (timedelta(days=60 * 365), "year", 60),
        (timedelta(days=36_524), "years", 50),
    ],
)
def test_the_unit_is_the_finest_of_which_not_too_many_fit(length, unit, count):
    shown = Period(START, START + length)
    assert unit_for(shown) == unit
    assert len(pieces_of(shown, unit, "UTC")) == count


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 6, 1), 24)])
def test_a_day_has_as_many_hours_as_the_clocks_of_the_zone_say(day, hours):
    start = datetime(*day, tzinfo=UTC) - timedelta(hours=1 if day[1] == 3 else 2)  # Berlin's midnight
    seen = afar([start, start + timedelta(days=200)], Period(start, start + timedelta(hours=hours)), "Europe/Berlin")
    assert (seen.unit, len(seen.stretches)) == ("hour", hours)


def test_sources_and_moments_of_friction_are_counted_apart():
    times = [START + timedelta(days=at // 2, minutes=at) for at in range(6)]
    seen = afar(times, sources=["web", "tickets"] * 3, friction=[True, False, False, False, False, True])
    assert seen.unit == "hour"
    counted = [(dict(one.sources), one.friction) for one in seen.stretches if one.signals]
    assert counted == [({"web": 1, "tickets": 1}, 1), ({"web": 1, "tickets": 1}, 0), ({"web": 1, "tickets": 1}, 1)]


def test_fifty_thousand_signals_are_as_many_stretches_as_few():
    times = to_micros(START) + np.arange(50_000, dtype=np.int64) * 600_000_000
    ends = from_micros(int(times[0])), from_micros(int(times[-1]))
    seen = see_from_afar(times, ["web"] * 50_000, np.zeros(50_000, np.bool_), ends, None, "Europe/Berlin")
    assert (seen.unit, len(seen.stretches)) == ("week", 51)
    assert sum(one.signals for one in seen.stretches) == 50_000


def test_what_a_filter_leaves_nothing_of_keeps_the_whole():
    none = np.empty(0, np.int64)
    seen = see_from_afar(none, [], np.empty(0, np.bool_), (START, START + timedelta(days=30)), None, "UTC")
    assert (seen.unit, sum(one.signals for one in seen.stretches), set(seen.life)) == ("day", 0, {0})
