"""Erasing: one person, one import, or what is older than its source may be kept; from everywhere, for good, and told in the audit log."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from touchpath.model.errors import Conflict, Missing
from touchpath.services.backups import Backup, Backups
from touchpath.services.persons_signals import first_received, rows_of
from touchpath.services.suppression import Suppression
from touchpath.store.erasing import Forgetful, Pending, PendingErasures
from touchpath.store.jobs import ImportJobs, ImportReport
from touchpath.store.records import Record, RecordStore
from touchpath.store.signals import SignalStore

#: Under which name the records keep what was erased.
KIND = "erasure"
#: Texts of a person that are shorter are not looked for in records: many people write "ok".
TELLING_TEXT = 12
#: Ids, without their namespace, that are shorter are left in what somebody said about an erasure.
TELLING_ID = 6
#: How long an erasure waits for another one.
PATIENCE_SECONDS = 60.0
ERASED = "(erased)"


class ErasableRecords(RecordStore, Forgetful, Protocol):
    """Records that can forget words."""


class ErasableQuarantine(Forgetful, Protocol):
    """A quarantine that can drop all of a job."""

    def release_all(self, job: str) -> int:
        """Drop every record of a job, from free space too; gives how many went."""
        ...


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did. went: how many rows and records, by where they were; signals are those of the lake.

    backups: copies that were taken when the signals were there, which this could not reach.
    """

    id: str
    went: Mapping[str, int]
    backups: tuple[Backup, ...] = ()

    @property
    def total(self) -> int:
        """How much went in all."""
        return sum(self.went.values())


@dataclass(frozen=True, slots=True)
class Planned:
    """What erasing somebody would take: their ids, signals by source, records, and the copies that it cannot reach."""

    ids: tuple[str, ...]
    signals: Mapping[str, int]
    backups: tuple[Backup, ...]

    @property
    def total(self) -> int:
        """How many signals."""
        return sum(self.signals.values())


@dataclass(frozen=True)
class Forgetting:
    """The erasures of one workspace.

    ids_of: every id of the person whom an actor belongs to. handed_of: keys of their signals on devices that were theirs only for a
    while, which do not name them. places: every other store that may hold people, by name. derive: delete
    what is made from signals and make it again. release: give the lake's lock back, so that other processes can write.

    An erasure is noted down before it begins, each step may be done twice, and the note goes last: a kill at any point leaves an
    erasure that `finish`, or any later erasure, brings to its end.
    """

    ids_of: Callable[[str], Sequence[str]]
    signals: SignalStore
    records: ErasableRecords
    quarantine: ErasableQuarantine
    jobs: ImportJobs
    suppression: Suppression
    backups: Backups
    pending: PendingErasures
    derive: Callable[[], None]
    release: Callable[[], None]
    places: Mapping[str, Forgetful] = field(default_factory=dict)
    settle: Callable[[], None] = lambda: None
    handed_of: Callable[[str], Sequence[int]] = lambda _: ()
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def plan(self, actors: Sequence[str]) -> Planned:
        """What erasing these people would take; nothing is done."""
        ids = self._all_ids(actors)
        sources: dict[str, int] = {}
        handed = self._all_handed(actors)
        for row in rows_of(self.signals, ids, handed):
            sources[row["source"]] = sources.get(row["source"], 0) + 1
        return Planned(ids, sources, self.backups.holding(first_received(self.signals, ids, handed)))

    def forget(self, actors: Sequence[str], member: str, why: str = "", *, keep_out: bool = True) -> Erased:
        """Erase the people whom these actors belong to, under all of their ids, for good.

        It goes from the records, the quarantine and every other place, from the lake, and from what is derived: timelines, search,
        answers kept in memory. keep_out: what still comes of them is turned away from now on.
        """
        with self._alone():
            ids, handed = self._all_ids(actors), self._all_handed(actors)
            self.suppression.hashes_of(ids)  # Without its key nothing is begun.
            return self._do(Pending(self._id(), "people", member, why, self.clock(), ids=ids, keep_out=keep_out, handed=handed))

    def undo_import(self, job: str, member: str, why: str = "") -> Erased:
        """Take everything out again that one import brought, its refused records too; what it had corrected counts again.

        The same file can then be imported as new. A signal that an earlier import had brought already stays. Raises Missing.
        """
        self._job(job)
        with self._alone():
            return self._do(Pending(self._id(), "import", member, why, self.clock(), job=job))

    def forget_before(self, source: str, moment: datetime, member: str, why: str = "") -> Erased:
        """Erase a source's signals that happened before a moment, as its retention period says."""
        with self._alone():
            return self._do(Pending(self._id(), "retention", member, why, self.clock(), source=source, moment=moment))

    def finish(self, patience: float = PATIENCE_SECONDS) -> Erased | None:
        """Bring an erasure to its end that was stopped on the way; None if there is none. Raises Unavailable while one is being done."""
        if self.pending.load() is None:
            return None
        with self.pending.alone(patience):
            return self._finish_last()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else erases meanwhile, and what was left half done is done."""
        with self.pending.alone(PATIENCE_SECONDS):
            self._finish_last()
            yield

    def _finish_last(self) -> Erased | None:
        pending = self.pending.load()
        return None if pending is None else self._finish(pending, resumed=True)

    def log(self) -> tuple[Record, ...]:
        """All erasures, newest first; people stand there as keyed hashes."""
        return tuple(sorted(self.records.list(KIND), key=lambda record: record.at, reverse=True))

    def let_in(self, actor: str, member: str, why: str) -> int:
        """Let somebody in again who was erased, as when they come back as a customer; gives how many ids. Raises Missing."""
        known = self.suppression.hashes_of([actor])
        lifted = self.suppression.lift(actor)
        document: dict[str, object] = {"what": "let in again", "people": list(known), "ids": lifted}
        self.records.save(KIND, self._id(), document, expected=0, member=member, why=why)
        return lifted

    def _do(self, pending: Pending) -> Erased:
        self.pending.save(pending)
        return self._finish(pending, resumed=False)

    def _finish(self, pending: Pending, *, resumed: bool) -> Erased:
        steps = {"people": self._forget_people, "import": self._forget_import, "retention": self._forget_old}
        backups: tuple[Backup, ...] = ()
        try:
            if pending.what == "people":
                backups = self.backups.holding(first_received(self.signals, pending.ids, pending.handed))
            went, says = steps[pending.what](pending)
        finally:
            self.release()
        self.derive()
        self._note(pending, {**says, "went": dict(went), "backups": [one.id for one in backups], "resumed": resumed})
        if pending.job:
            self.jobs.drop(pending.job)
        self.pending.clear()
        return Erased(pending.id, went, backups)

    def _forget_people(self, pending: Pending) -> tuple[dict[str, int], dict[str, object]]:
        ids = pending.ids
        people = self.suppression.add(pending.id, ids) if pending.keep_out else self.suppression.hashes_of(ids)
        self.settle()
        texts = {row["text"] for row in rows_of(self.signals, ids, pending.handed) if len(row["text"] or "") >= TELLING_TEXT}
        # The lake comes early, as answers follow it; the records before it, as they need the person's texts.
        went = {"records": self.records.forget([*ids, *sorted(texts)]), "signals": self.signals.forget(ids, pending.handed)}
        went["quarantine"] = self.quarantine.forget(ids)
        went |= {name: place.forget(ids) for name, place in self.places.items()}
        return went, {"what": "people", "people": list(people), "kept out": pending.keep_out}

    def _forget_import(self, pending: Pending) -> tuple[dict[str, int], dict[str, object]]:
        report = self.jobs.load(pending.job)
        if report is None:
            return {}, {"what": "import", "job": pending.job}
        gone = self.signals.forget_import(report.source, report.started_at, report.job)
        went = {"signals": gone, "quarantine": self.quarantine.release_all(report.job)}
        return went, {"what": "import", "job": report.job, "source": report.source}

    def _forget_old(self, pending: Pending) -> tuple[dict[str, int], dict[str, object]]:
        moment = pending.moment or pending.began
        gone = self.signals.forget_before(pending.source, moment)
        return {"signals": gone}, {"what": "retention", "source": pending.source, "before": moment.isoformat()}

    def _note(self, pending: Pending, document: dict[str, object]) -> None:
        """Write the audit log's entry, once."""
        document |= {"began": pending.began.isoformat()}
        why = pending.why
        for id in pending.ids:
            for word in (id, id.partition(":")[2]):
                why = why.replace(word, ERASED) if len(word) >= TELLING_ID else why
        try:
            self.records.save(KIND, pending.id, document, expected=0, member=pending.member, why=why)
        except Conflict:
            return

    def _job(self, job: str) -> ImportReport:
        report = self.jobs.load(job)
        if report is None:
            raise Missing(f"There is no import '{job}'. See all: touchpath jobs")
        return report

    def _all_ids(self, actors: Sequence[str]) -> tuple[str, ...]:
        return tuple(sorted({id for actor in actors for id in self.ids_of(actor)}))

    def _all_handed(self, actors: Sequence[str]) -> tuple[int, ...]:
        return tuple(sorted({key for actor in actors for key in self.handed_of(actor)}))

    def _id(self) -> str:
        return f"{self.clock():%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the audit log. went: signals and records. people: keyed hashes, cut to 16 digits."""

    erasure: str
    when: datetime
    what: str
    by: str
    why: str
    went: int
    people: str


def log_lines(records: Sequence[Record]) -> Iterator[LogLine]:
    """The audit log: when, what, who, why, how much, and whom as keyed hashes."""
    for record in records:
        went = record.document.get("went")
        people = record.document.get("people")
        total = sum(went.values()) if isinstance(went, Mapping) else 0
        whom = " ".join(str(one)[:16] for one in people) if isinstance(people, list) else ""
        yield LogLine(record.id, record.at, str(record.document.get("what")), record.member, record.why, total, whom)
