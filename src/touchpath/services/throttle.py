"""How often somebody may try: counts of the last minutes, by name, in memory and bounded."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from touchpath.model.errors import TooMany

#: More names than this are not remembered; those that tried longest ago are forgotten.
MOST_NAMES = 50_000


@dataclass(frozen=True, slots=True)
class Limit:
    """So many times within so many seconds."""

    times: int
    seconds: float


class Throttle:
    """Counts what was done under a name, and says when it was too often. Safe to use from several threads.

    A leaky bucket: it holds `times`, and empties evenly within `seconds`, so that nobody can double the rate around the turn of a
    window. clock: seconds that only go up.
    """

    def __init__(self, limit: Limit, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._clock = limit, clock
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, name: str, message: str) -> None:
        """Count once; raises TooMany, and counts nothing, when this was done too often to be done once more."""
        with self._lock:
            level = self._level(name)
            if level + 1 > self._limit.times:
                wait = (level + 1 - self._limit.times) * self._limit.seconds / self._limit.times
                raise TooMany(f"{message} Try again in {_in_words(wait)}.", max(1, math.ceil(wait)))
            self._levels[name] = (level + 1, self._clock())
            self._levels.move_to_end(name)
            while len(self._levels) > MOST_NAMES:
                self._levels.popitem(last=False)

    def give_back(self, name: str) -> None:
        """One that was counted was none."""
        with self._lock:
            if name in self._levels:
                self._levels[name] = (max(0.0, self._level(name) - 1), self._clock())

    def forget(self, name: str) -> None:
        """What was done under a name counts no more."""
        with self._lock:
            self._levels.pop(name, None)

    def _level(self, name: str) -> float:
        level, at = self._levels.get(name, (0.0, self._clock()))
        return max(0.0, level - (self._clock() - at) * self._limit.times / self._limit.seconds)


def _in_words(seconds: float) -> str:
    """As people say it: "a minute", "5 minutes", "10 seconds"."""
    if seconds <= 55:
        return f"{math.ceil(seconds)} second{'s' if seconds > 1 else ''}"
    minutes = math.ceil(seconds / 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"


def whose(address: str) -> str:
    """The name under which an address is counted: the address itself, of IPv6 the network of 64 bits that one household has."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:64]
    if found.version == 6 and found.ipv4_mapped is None:
        return str(ip_network(f"{address}/64", strict=False))
    return str(found.ipv4_mapped or found) if found.version == 6 else str(found)
