"""Single people, and what happened to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from touchpath.model.time import Period

#: What a strip is cut into: the finer, the less of it is looked at.
StretchUnit = Literal[
    "minute", "five minutes", "quarter hour", "hour", "six hours", "day", "week", "month", "quarter", "year", "years"
]


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One signal on a person's page. steps: of journeys that it matched, by title; visit: the number of the visit that it is in;
    friction: whether it is a moment of friction; actor: the first id that it names."""

    occurred_at: datetime
    kind: str
    source: str
    channel: str = ""
    surface: str = ""
    touchpoint: str = ""
    value: float | None = None
    unit: str = ""
    text: str = ""
    objects: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, object] = field(default_factory=dict)
    steps: tuple[str, ...] = ()
    revision: int = 0
    key: int = 0
    visit: int = 0
    friction: bool = False
    actor: str = ""


@dataclass(frozen=True, slots=True)
class StripVisit:
    """Signals that lie close together. number: as entries name it; friction: moments of it; sources: how many signals of each."""

    number: int
    start: datetime
    end: datetime
    signals: int
    friction: int
    sources: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time of a strip: how many signals of each source are in it, the sources without any left out; friction: moments of it."""

    period: Period
    sources: Mapping[str, int]
    friction: int = 0

    @property
    def signals(self) -> int:
        """Those of all sources."""
        return sum(self.sources.values())


@dataclass(frozen=True, slots=True)
class StripOverview:
    """A strip from afar. whole: all of it, in whole calendar units; shown: the part that is looked at, cut into stretches of one unit.

    life: signals in each of many equal parts of the whole, however little of it is shown.
    """

    whole: Period
    shown: Period
    unit: StretchUnit
    stretches: tuple[Stretch, ...]
    life: tuple[int, ...]

    @property
    def is_whole(self) -> bool:
        """Whether all of it is shown."""
        return self.shown == self.whole


@dataclass(frozen=True, slots=True)
class StatusSince:
    """A status of the lifecycle (potential, current, past) and when it began."""

    status: str
    since: datetime


@dataclass(frozen=True, slots=True)
class PersonTimeline:
    """Everything known to have happened to one person, newest first. `matching` of `total` signals fit the search; the entries are those after
    the first `start` of them.

    kinds: how many signals of each; visits: that the entries are in; friction: moments of it; earlier, later: the start of the part and the key of
    the next one among older, and among newer signals. Within a period, all of these are of the signals in it; total, sources, first and last
    never are. overview: how many signals there are when.
    roles: what they are to purchases and accounts, by title. statuses: of the lifecycle, oldest first; the last one holds.
    """

    actor: str
    actors: tuple[str, ...]
    entries: tuple[TimelineEntry, ...]
    total: int
    matching: int
    first: datetime | None
    last: datetime | None
    sources: Mapping[str, int]
    roles: tuple[str, ...] = ()
    statuses: tuple[StatusSince, ...] = ()
    start: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)
    visits: tuple[StripVisit, ...] = ()
    friction: int = 0
    earlier: tuple[int, int] | None = None
    later: tuple[int, int] | None = None
    accounts: tuple[str, ...] = ()
    overview: StripOverview | None = None


@dataclass(frozen=True, slots=True)
class PersonHit:
    """One search hit: an actor whose id, or one of whose signals, fits the search."""

    actor: str
    signals: int
    last: datetime
