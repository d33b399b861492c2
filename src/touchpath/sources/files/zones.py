"""Local times of a zone as instants, with a documented rule for the hours that clocks show twice or never."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.time import from_micros, microseconds, to_micros
from touchpath.sources.files.rows import Booleans
from touchpath.timelines.arrays import Int64s


@dataclass(frozen=True, slots=True)
class Resolved:
    """Instants (UTC microseconds), their offsets in minutes, and which local times a clock shows twice or never."""

    micros: Int64s
    offset_minutes: Int64s
    twice: Booleans
    never: Booleans


def find_zone(name: str) -> ZoneInfo:
    """The time zone of this name; raises BadInput."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInput(f"There is no time zone '{name}'. Write a name such as Europe/Amsterdam or UTC.") from error


def resolve_local(local: Int64s, zone: str) -> Resolved:
    """Local times (microseconds, as if they were UTC) of a zone as instants.

    A time that the clock shows twice (autumn) is taken as the first of the two. A time that it never shows (spring) is taken
    with the offset from before the change, which moves it on by the hour that was left out. Both are marked.

    **Source**: the same rule as fold=0 of PEP 495.
    """
    if local.size == 0:
        return Resolved(local, local, np.zeros(0, np.bool_), np.zeros(0, np.bool_))
    first, last = from_micros(int(local.min())).year, from_micros(int(local.max())).year
    changes, offsets = _changes(zone, first - 1, last + 1)
    before, after = offsets[:-1], offsets[1:]
    place = np.searchsorted(changes + np.maximum(before, after), local, side="right")
    unsure = np.searchsorted(changes + np.minimum(before, after), local, side="right") > place
    offset = offsets[place]
    gap = np.append(after > before, False)[place] & unsure
    return Resolved(local - offset, offset // 60_000_000, unsure & ~gap, gap)


def offset_minutes(instants: Int64s, zone: str) -> Int64s:
    """The zone's offset from UTC, in minutes, at each instant."""
    if instants.size == 0:
        return instants
    first, last = from_micros(int(instants.min())).year, from_micros(int(instants.max())).year
    changes, offsets = _changes(zone, first - 1, last + 1)
    return offsets[np.searchsorted(changes, instants, side="right")] // 60_000_000


@lru_cache(maxsize=256)
def _changes(zone: str, first_year: int, last_year: int) -> tuple[Int64s, Int64s]:
    """Instants at which the zone's offset changes, and the offsets (one more), both in microseconds."""
    tz = find_zone(zone)
    at = datetime(first_year, 1, 1, tzinfo=UTC)
    end = datetime(last_year, 12, 31, tzinfo=UTC)
    changes: list[int] = []
    offsets = [_offset(tz, at)]
    while at < end:
        following = at + timedelta(days=1)
        if _offset(tz, following) != offsets[-1]:
            moment = _change_between(tz, at, following)
            changes.append(to_micros(moment))
            offsets.append(_offset(tz, moment))
            at = moment
        else:
            at = following
    return np.array(changes, np.int64), np.array(offsets, np.int64)


def _offset(tz: ZoneInfo, moment: datetime) -> int:
    return microseconds(moment.astimezone(tz).utcoffset() or timedelta(0))


def _change_between(tz: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The first whole second at which the offset differs from the one at `low`."""
    start = _offset(tz, low)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if _offset(tz, middle) == start else (low, middle)
    return high
