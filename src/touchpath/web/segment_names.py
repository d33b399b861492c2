"""Names of segments for the search. Finding them may read every timeline, so they are looked up beside the requests."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field

from touchpath.web.platform import PlatformProtocol

#: So long a search waits for names that nobody has looked up yet; a later one finds them.
PATIENCE_SECONDS = 0.2
#: Names are looked up again when they are older than this.
FRESH_SECONDS = 60.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SegmentName:
    """One value of a dimension."""

    dimension: str
    title: str
    value: str


@dataclass(slots=True)
class _Known:
    names: tuple[SegmentName, ...] = ()
    looked_at: float = 0.0
    running: threading.Event | None = None


@dataclass
class SegmentNames:
    """What is known of each workspace, and the look-ups under way."""

    _known: dict[str, _Known] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, platform: PlatformProtocol) -> tuple[SegmentName, ...]:
        """The names as far as they are known; old ones are looked up again meanwhile."""
        with self._lock:
            known = self._known.setdefault(platform.name, _Known())
            first = not known.looked_at
            if known.running is None and (first or time.monotonic() - known.looked_at > FRESH_SECONDS):
                known.running = threading.Event()
                threading.Thread(
                    target=self._look, args=(platform, known, known.running), daemon=True, name="segment names"
                ).start()
            waiting = known.running
        if first and waiting is not None:
            waiting.wait(PATIENCE_SECONDS)
        return known.names

    def _look(self, platform: PlatformProtocol, known: _Known, done: threading.Event) -> None:
        try:
            known.names = tuple(
                SegmentName(one.id, one.title, value)
                for one in platform.experience().dimensions
                for value in platform.segments(one.id)
            )
        except Exception:
            _log.warning("The segments of '%s' could not be looked up for the search.", platform.name, exc_info=True)
        finally:
            with self._lock:
                known.looked_at, known.running = time.monotonic(), None
            done.set()
