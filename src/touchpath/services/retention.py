"""How long the signals of each source are kept, and taking out what is older."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.services.forgetting import Erased, Forgetting
from touchpath.store.records import Record, RecordStore

KIND = "retention"
#: Fewer days would take signals out before anybody saw them.
FEWEST_DAYS, MOST_DAYS = 1, 36_500


@dataclass(frozen=True, slots=True)
class KeptFor:
    """A source's period: its signals are kept for so many days from when they happened."""

    source: str
    days: int
    member: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Due:
    """What is older than its source may be kept: so many rows (a signal has one per revision) from before a moment."""

    source: str
    days: int
    before: datetime
    rows: int


@dataclass(frozen=True)
class Retention:
    """The periods of one workspace. A source without one is kept for ever."""

    records: RecordStore
    forgetting: Forgetting
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def keep(self, source: str, days: int, member: str, why: str = "") -> KeptFor:
        """Keep a source's signals for so many days from now on; nothing is taken out before `expire`."""
        if not FEWEST_DAYS <= days <= MOST_DAYS:
            raise BadInput(f"{days} days came. Give {FEWEST_DAYS} to {MOST_DAYS:,} days.")
        if not source.strip():
            raise BadInput("The source has no name. The sources of signals: touchpath kinds")
        self._save(source, {"days": days}, member, why)
        return _kept(self.records.load(KIND, source))

    def keep_for_ever(self, source: str, member: str, why: str = "") -> None:
        """Take a source's period back; raises Missing when it has none."""
        if source not in {one.source for one in self.periods()}:
            raise Missing(unknown("source with a period", source, [one.source for one in self.periods()]))
        self._save(source, {"days": 0}, member, why)

    def periods(self) -> tuple[KeptFor, ...]:
        """All periods in force, by source."""
        return tuple(kept for record in self.records.list(KIND) if (kept := _kept(record)).days)

    def due(self) -> tuple[Due, ...]:
        """What would be taken out now, by source; nothing is done."""
        now = self.clock()
        dues = ((one, now - timedelta(days=one.days)) for one in self.periods())
        return tuple(
            Due(one.source, one.days, before, self.forgetting.signals.count_before(one.source, before)) for one, before in dues
        )

    def expire(self, member: str) -> Sequence[Erased]:
        """Take out, for good, what is older than its source may be kept; each source with anything to take is in the audit log."""
        why = "kept for {} days"
        return [
            self.forgetting.forget_before(due.source, due.before, member, why.format(due.days)) for due in self.due() if due.rows
        ]

    def _save(self, source: str, document: dict[str, object], member: str, why: str) -> None:
        expected = self.records.revision(KIND, source)
        self.records.save(KIND, source, document, expected=expected, member=member, why=why)


def _kept(record: Record) -> KeptFor:
    return KeptFor(record.id, int(str(record.document["days"])), record.member, record.at, record.why)
