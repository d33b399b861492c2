"""When things happen: weeks with busy weekends, waking hours, and the local clocks of four countries."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from touchpath.model.time import to_micros
from touchpath.sources.demo.truths import END, START

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
FIRST, LAST = to_micros(START), to_micros(END)
WEEKS = (END - START) // timedelta(weeks=1)

COUNTRIES = ("DE", "AT", "ES", "GB", "US")
COUNTRY_SHARES = (0.34, 0.08, 0.16, 0.26, 0.16)
_ZONES = ("Europe/Berlin", "Europe/Vienna", "Europe/Madrid", "Europe/London", "America/New_York")

#: People are about from 6 in the morning to midnight, most of all in the evening.
_HOURS = np.array([0] * 6 + [1, 2, 3, 4, 4, 4, 5, 5, 4, 4, 5, 6, 7, 9, 10, 9, 6, 3], float)
_HOURS_UP_TO = np.cumsum(_HOURS) / _HOURS.sum()


def _offsets(zone: str) -> list[int]:
    """Minutes east of UTC at noon of each day of the year (nothing starts before six, so noon speaks for the day)."""
    noons = (datetime(2025, 11, 2, 12, tzinfo=ZoneInfo(zone)) + timedelta(days=day) for day in range(WEEKS * 7))
    return [int(noon.utcoffset() / timedelta(minutes=1)) for noon in noons]  # type: ignore[operator]


#: (countries, days) minutes east of UTC.
OFFSETS = np.array([_offsets(zone) for zone in _ZONES], np.int16)


def draw_weekdays(rng: Generator, shares: tuple[float, ...], count: int) -> Int64s:
    """Days of the company's week, 0 Sunday to 6 Saturday; `shares` come Monday first."""
    return draw_codes(rng, (shares[6], *shares[:6]), count)


def draw_codes(rng: Generator, shares: tuple[float, ...], count: int) -> Int64s:
    """Codes 0, 1, 2 ... drawn with these shares."""
    up_to = np.cumsum(shares)
    return np.searchsorted(up_to[:-1] / up_to[-1], rng.random(count), side="right")


def draw_clock(rng: Generator, count: int) -> Int64s:
    """Times of day in microseconds since local midnight."""
    hours = np.searchsorted(_HOURS_UP_TO, rng.random(count), side="right")
    return hours * HOUR + (rng.random(count) * HOUR).astype(np.int64)


def local_to_utc(days: Int64s, clock: Int64s, country: NDArray[np.integer]) -> tuple[Int64s, NDArray[np.int16]]:
    """UTC microseconds and offset in minutes of a local day (counted from the company's first) and time of day."""
    offsets = OFFSETS[country, days]
    return FIRST + days * DAY + clock - offsets * np.int64(MINUTE), offsets


def offset_at(times: Int64s, country: NDArray[np.integer]) -> NDArray[np.int16]:
    """The offset in minutes that holds on the UTC day of these times."""
    days = np.clip((times - FIRST) // DAY, 0, WEEKS * 7 - 1)
    found: NDArray[np.int16] = OFFSETS[country, days]
    return found


def spread(rng: Generator, median: float | Floats, sigma: float, count: int) -> Int64s:
    """Lognormal spans in microseconds around a median in seconds, at least a millisecond."""
    seconds = median * np.exp(sigma * rng.standard_normal(count))
    return np.maximum(seconds * SECOND, 1_000).astype(np.int64)
