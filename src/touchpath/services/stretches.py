"""A strip from afar: how many signals of each source fell into each stretch of time, however many signals there are.

A stretch is as long as a calendar unit, the finest of which not too many fit; so a year is seen by week, a month by day, a day by hour and a
visit by minute. Sums over all stretches are what the strip has in the period.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import cast, get_args

import numpy as np
from numpy.typing import NDArray

from touchpath.model.time import Grain, Period, calendar_periods
from touchpath.services.results import Stretch, StretchUnit, StripOverview
from touchpath.timelines.arrays import Int64s

#: So many stretches are told apart at most, but for those that are begun at either end.
MOST = 62
#: Equal parts that the whole is told in, whatever is looked at.
PARTS = 120
_CLOCK: dict[StretchUnit, timedelta] = {
    "minute": timedelta(minutes=1),
    "five minutes": timedelta(minutes=5),
    "quarter hour": timedelta(minutes=15),
    "hour": timedelta(hours=1),
    "six hours": timedelta(hours=6),
}
_CALENDAR: dict[StretchUnit, timedelta] = {
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
    "quarter": timedelta(days=91),
    "year": timedelta(days=365),
}
_MOMENT = timedelta(microseconds=1)


def see_from_afar(
    times: Int64s,
    sources: Sequence[str],
    friction: NDArray[np.bool_],
    whole: tuple[datetime, datetime],
    within: Period | None,
    zone: str,
) -> StripOverview:
    """Some signals (of one strip, oldest first) by stretch. whole: when the first and the last signal of all of the strip were.

    within: the part that is looked at; None = all. zone: whose days and hours they are.
    """  # fmt: skip
    all_of_it = _rounded(Period(whole[0], whole[1] + _MOMENT), zone)
    shown = within or all_of_it
    unit = unit_for(shown)
    pieces = [_cut(piece, shown) for piece in pieces_of(shown, unit, zone)]
    return StripOverview(
        all_of_it, shown, unit, tuple(_counted(pieces, times, sources, friction)), _life(all_of_it, times)
    )  # fmt: skip


def unit_for(shown: Period) -> StretchUnit:
    """The finest unit of which at most `MOST` fit into a period."""
    length = shown.end - shown.start
    return next((unit for unit, one in (_CLOCK | _CALENDAR).items() if length <= MOST * one + _slack(unit)), "years")


def pieces_of(shown: Period, unit: StretchUnit, zone: str) -> list[Period]:
    """The stretches of one unit that touch a period, each whole, in the civil time of a zone: hours begin anew at midnight."""
    if unit in _CLOCK:
        days = calendar_periods(shown, "day", zone)
        return [
            piece for day in days for piece in _steps(day, _CLOCK[unit]) if piece.end > shown.start and piece.start < shown.end
        ]
    if unit in get_args(Grain):
        return list(calendar_periods(shown, cast(Grain, unit), zone))
    years = calendar_periods(shown, "year", zone)
    each = -(-len(years) // MOST)
    return [Period(years[at].start, years[min(at + each, len(years)) - 1].end) for at in range(0, len(years), each)]


def _slack(unit: StretchUnit) -> timedelta:
    """What calendar units are longer at times: an hour of a day, a day of a month."""
    return timedelta(0) if unit in _CLOCK else max(timedelta(hours=1), _CALENDAR[unit])


def _steps(day: Period, step: timedelta) -> Iterator[Period]:
    at = day.start
    while at < day.end:
        yield Period(at, min(at + step, day.end))
        at += step


def _rounded(span: Period, zone: str) -> Period:
    """All of the units that it is seen in."""
    pieces = pieces_of(span, unit_for(span), zone)
    return Period(pieces[0].start, pieces[-1].end)


def _cut(piece: Period, shown: Period) -> Period:
    return Period(max(piece.start, shown.start), min(piece.end, shown.end))


def _counted(pieces: Sequence[Period], times: Int64s, sources: Sequence[str], friction: NDArray[np.bool_]) -> Iterator[Stretch]:
    edges = np.array([*(piece.micros[0] for piece in pieces), pieces[-1].micros[1]], np.int64)
    places = np.searchsorted(edges, times, side="right") - 1
    inside = (places >= 0) & (places < len(pieces))
    names: dict[str, int] = {}
    codes = np.fromiter((names.setdefault(one, len(names)) for one in sources), np.int64, len(sources))
    cells = np.bincount(places[inside] * max(1, len(names)) + codes[inside], minlength=len(pieces) * max(1, len(names)))
    rough = np.bincount(places[inside & friction], minlength=len(pieces)).tolist()
    for piece, row, moments in zip(pieces, cells.reshape(len(pieces), -1).tolist(), rough, strict=True):
        yield Stretch(piece, {name: row[code] for name, code in names.items() if row[code]}, moments)


def _life(whole: Period, times: Int64s) -> tuple[int, ...]:
    """How many of them fell into each of many equal parts of the whole."""
    start, end = whole.micros
    parts = np.clip((times - start) * PARTS // (end - start), 0, PARTS - 1)
    return tuple(np.bincount(parts, minlength=PARTS).tolist())


def is_inside(times: Int64s, within: Period | None) -> NDArray[np.bool_]:
    """Which times are in a period; None = all."""
    if within is None:
        return np.ones(times.size, np.bool_)
    start, end = within.micros
    return (times >= start) & (times < end)
