"""Live signals as the members of a workspace see them: who may send, what came, what waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from touchpath.model.time import from_micros
from touchpath.services.keys import WriteKeys
from touchpath.store.intake_counts import COUNTED, IntakeCounts, IntakeDay

#: What of the counts is worth a look, and what it means.
MEANINGS = {
    "signals": "taken in",
    "duplicates": "sent again, counted once",
    "corrections": "new content under a known id",
    "refused": "kept in the quarantine",
    "ignored": "says nothing about an experience, not kept",
    "no_consent": "not kept, as people wished",
    "late": "older than seven days when they came",
    "future": "from the future, set back to when they came",
    "unreadable": "without a readable time",
    "bot": "marked as of bots",
    "internal": "marked as of our own networks",
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """What was accepted and is not in the lake yet. since: when the oldest came; None = nothing waits."""

    posts: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Intake:
    """What takes live signals into a workspace. backlog: how many posts wait, and when the oldest came (UTC microseconds)."""

    keys: WriteKeys
    counts: IntakeCounts
    backlog: Callable[[], tuple[int, int]]

    def days(self, number: int, today: date | None = None) -> Sequence[IntakeDay]:
        """What came by day and source on the last days (UTC), newest first."""
        last = today or datetime.now(UTC).date()
        return self.counts.days(last - timedelta(days=number - 1))

    def waiting(self) -> Waiting:
        """What waits in the spool."""
        posts, oldest = self.backlog()
        return Waiting(posts, from_micros(oldest) if oldest else None)


def by_source(days: Sequence[IntakeDay]) -> dict[str, Counter[str]]:
    """The counts of some days added up by source, most signals first."""
    summed: dict[str, Counter[str]] = {}
    for one in days:
        summed.setdefault(one.source, Counter()).update(one.counts)
    return dict(sorted(summed.items(), key=lambda item: (-item[1]["signals"], item[0])))


def counted(days: Sequence[IntakeDay]) -> tuple[str, ...]:
    """Which of the counts there are any of; signals always."""
    found = {what for one in days for what, count in one.counts.items() if count}
    return tuple(what for what in COUNTED if what in found or what == "signals")
