"""Which past periods have changed since they were over: late signals and corrections, told by when signals arrived.

A number of a past period may change when signals come late or are corrected. It never does so without a mark: how many signals of the
period arrived later than one whole day after the first signal from beyond it, that is, after the period was known to be over.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import reduce

import numpy as np
import pyarrow as pa

from touchpath.model.errors import Conflict
from touchpath.model.time import Period, calendar_periods, from_micros, microseconds
from touchpath.services.results import Late
from touchpath.store.signals import SignalStore
from touchpath.timelines.arrays import Int64s

#: Signals may arrive this many whole days after the day on which a period is known to be over, before they are late.
GRACE_DAYS = 1

_COLUMNS = ("occurred_at", "received_at", "revision")
_DAY, _QUARTER = 86_400_000_000, 900_000_000


@dataclass(frozen=True, slots=True)
class _Times:
    """How many signals happened and arrived when, sparse, in order of both.

    occurred, received: (rows,) microseconds, cut to quarter hours, which every zone's days are made of.   counts: (rows, 2) signals, and
    corrections among them.
    """

    occurred: Int64s = field(default_factory=lambda: np.empty(0, np.int64))
    received: Int64s = field(default_factory=lambda: np.empty(0, np.int64))
    counts: Int64s = field(default_factory=lambda: np.empty((0, 2), np.int64))

    def plus(self, batch: pa.RecordBatch) -> _Times:
        """With the signals of one more batch."""
        occurred = np.concatenate((self.occurred, _quarters(batch["occurred_at"])))
        received = np.concatenate((self.received, _quarters(batch["received_at"])))
        corrected = batch["revision"].to_numpy(zero_copy_only=False) > 0
        counts = np.concatenate((self.counts, np.stack((np.ones(corrected.size, np.int64), corrected), axis=1)))
        order = np.lexsort((received, occurred))
        if not order.size:
            return self
        occurred, received = occurred[order], received[order]
        first = np.flatnonzero(np.concatenate(([True], (np.diff(occurred) != 0) | (np.diff(received) != 0))))
        return _Times(occurred[first], received[first], np.add.reduceat(counts[order], first, axis=0))


def _quarters(column: pa.Array) -> Int64s:
    micros: Int64s = column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_numpy(zero_copy_only=False)
    return micros // _QUARTER * _QUARTER


class Arrivals:
    """What came late, as of the newest signals. Reads only what was appended since it was last asked; safe to use from many threads."""

    def __init__(self, signals: SignalStore) -> None:
        self._signals, self._lock = signals, threading.Lock()
        self._version, self._times = -1, _Times()

    def late(self, periods: Sequence[Period], zone: str = "UTC", maturity: timedelta = timedelta()) -> tuple[Late, ...]:
        """What came late into each period. A period that is not known to be over has nothing late.

        maturity: how long after its end a period's numbers may still change. That time counts as one more period, which may have
        something late too.
        """
        times, more = self._current(), microseconds(maturity)
        spans = (period.micros for period in periods)
        return tuple(_late(times, start, end, zone) + _late(times, end, end + more, zone) for start, end in spans)

    def _current(self) -> _Times:
        with self._lock:
            version = self._signals.version
            if version != self._version:
                try:
                    new = self._signals.scan(_COLUMNS, after=self._version if self._version >= 0 else None)
                    self._times = reduce(_Times.plus, new, self._times)
                except Conflict:
                    self._times = reduce(_Times.plus, self._signals.scan(_COLUMNS), _Times())
                self._version = version
            return self._times


def _late(times: _Times, start: int, end: int, zone: str) -> Late:
    beyond = times.received[times.occurred >= end]
    if not beyond.size:
        return Late(0, 0)
    known = int(beyond.min())
    first_day = calendar_periods(Period(from_micros(known), from_micros(known + 1)), "day", zone)[-1]
    over = first_day.micros[1] + GRACE_DAYS * _DAY
    inside = (times.occurred >= start) & (times.occurred < end) & (times.received >= over)
    signals, corrected = times.counts[inside].sum(axis=0).tolist()
    return Late(int(signals), int(corrected))
