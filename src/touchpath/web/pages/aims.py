"""What numbers are held against on pages: their targets, and what happened meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from touchpath.services.metric_targets import KeptTarget
from touchpath.services.results import Measurement
from touchpath.web.charts.trend import Event
from touchpath.web.platform import PlatformProtocol


@dataclass(frozen=True, slots=True)
class Shown:
    """A measurement with the title of what it is of, and with its target where it has one."""

    measured: Measurement
    of: str
    target: KeptTarget | None = None

    @property
    def standing(self) -> str:
        """Whether it reached its target; "" without one."""
        return self.target.standing(self.measured.total) if self.target else ""


def target_of(platform: PlatformProtocol, metric: str, subject: str) -> KeptTarget | None:
    """The target of a number, where it has one."""
    kept = platform.targets.list() if platform.targets else ()
    return next((one for one in kept if (one.target.metric, one.target.subject) == (metric, subject)), None)


def events_of(platform: PlatformProtocol) -> tuple[Event, ...]:
    """What happened, as trends mark it: at the beginning of its day."""
    kept = platform.happenings.list() if platform.happenings else ()
    zone = ZoneInfo(platform.zone)
    return tuple(Event(datetime.combine(one.happening.day, time(), zone), one.happening.title) for one in kept)
