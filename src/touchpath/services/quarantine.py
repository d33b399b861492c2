"""The quarantine: everything that could not be taken, by what is wrong with it, to be tried again or given up."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Literal, Protocol

from touchpath.model.errors import BadInput, Conflict, Missing, unknown
from touchpath.model.signal import Signal
from touchpath.services.record import signal_table
from touchpath.store.signals import Quarantine, Rejected, SignalStore, reason_pattern

Origin = Literal["import", "live", "connection", "record"]
ORIGINS: dict[Origin, str] = {
    "import": "Imported files",
    "live": "Live ingestion",
    "connection": "Connections",
    "record": "Recorded by Python",
}
_AT_ONCE = 5_000
_MOST_REASONS = 20


@dataclass(frozen=True, slots=True)
class Held:
    """Records of one job that were refused for one reason. title: the file, source or connection that they came by.

    samples: the first ones. mendable: whether they can be tried again here; if not, `advice` says how.
    """

    job: str
    origin: Origin
    title: str
    pattern: str
    records: int
    samples: tuple[Rejected, ...] = ()
    mendable: bool = False
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Retried:
    """What trying again came to. taken: records that can be taken now (or were); still: those that cannot, by reason."""

    taken: int
    still: tuple[tuple[str, int], ...] = ()
    signals: int = 0

    @property
    def refused(self) -> int:
        """How many records stay where they are."""
        return sum(count for _, count in self.still)


class Replayer(Protocol):
    """Knows how the records of some jobs are read again."""

    origin: Origin

    def knows(self, job: str) -> bool:
        """Whether a job's records are its own."""
        ...

    def title(self, job: str) -> str:
        """What a job read, in words for people."""
        ...

    def hindrance(self, job: str) -> str:
        """Why its records cannot be tried again here, and what would do; "" when they can."""
        ...

    def retry(self, job: str, pattern: str, keep: bool) -> Retried:
        """Read the records again that were refused for a reason ("" = for any); with `keep`, take those that are good now."""
        ...


class QuarantineService:
    """The quarantine of one workspace. Safe to call from many threads."""

    def __init__(self, quarantine: Quarantine, replayers: Sequence[Replayer]) -> None:
        self._quarantine, self._replayers = quarantine, replayers

    def groups(
        self, *, origin: str = "", job: str = "", words: str = "", samples: int = 2, limit: int = 200, skip: int = 0
    ) -> tuple[Held, ...]:
        """What is kept, by job and reason, most first; narrowed to an origin, a job, or reasons that hold some words.

        skip: so many of the first ones are left out.
        """
        if origin and origin not in ORIGINS:
            raise BadInput(unknown("origin", origin, ORIGINS))
        found = (self._held(group.job, group.pattern, group.records) for group in self._quarantine.groups())
        fitting = (
            held
            for held in found
            if (not origin or held.origin == origin)
            and (not job or held.job == job)
            and words.casefold() in f"{held.pattern} {held.title}".casefold()
        )
        return tuple(
            replace(held, samples=tuple(self._quarantine.of_group(held.job, held.pattern, limit=samples)))
            for held in islice(fitting, skip, skip + limit)
        )

    def total(self) -> int:
        """How many records are kept in all."""
        return sum(self._quarantine.jobs().values())

    def held_of(self, job: str) -> int:
        """How many records are kept of one job."""
        return self._quarantine.jobs().get(job, 0)

    def jobs(self) -> tuple[Held, ...]:
        """All jobs that have records, most first, each with the number of all its records."""
        counts = Counter(self._quarantine.jobs())
        return tuple(self._held(job, "", records) for job, records in counts.most_common())

    def group(self, job: str, pattern: str = "", samples: int = 50) -> Held:
        """One group with its first records; raises Missing when nothing is kept for it (any more)."""
        counts = {group.pattern: group.records for group in self._quarantine.groups() if group.job == job}
        records = counts.get(pattern, 0) if pattern else sum(counts.values())
        if not records:
            raise Missing("Nothing is kept for this reason any more: the records were taken, given up, or erased.")
        held = self._held(job, pattern, records)
        return replace(held, samples=tuple(self._quarantine.of_group(job, pattern, limit=samples)))

    def retry(self, job: str, pattern: str = "", *, keep: bool = False) -> Retried:
        """Try records again as they would be read now; with `keep`, those that are good now are taken and leave the quarantine."""
        replayer = self._replayer(job)
        hindrance = replayer.hindrance(job) if replayer else "Nobody knows any more how they are read."
        if replayer is None or hindrance:
            raise Conflict(f"These records cannot be tried again here. {hindrance}")
        return replayer.retry(job, pattern, keep)

    def give_up(self, job: str, pattern: str = "") -> int:
        """Erase records for good; gives how many."""
        return self._quarantine.give_up(job, pattern)

    def _replayer(self, job: str) -> Replayer | None:
        return next((one for one in self._replayers if one.knows(job)), None)

    def _held(self, job: str, pattern: str, records: int) -> Held:
        replayer = self._replayer(job)
        if replayer is None:
            live = job.startswith("live ")
            advice = "" if live else "They are tried again in the terminal: touchpath connect replay NAME"
            title = job.removeprefix("live ").removeprefix("pull-")
            return Held(job, "live" if live else "connection", title, pattern, records, advice=advice)
        hindrance = replayer.hindrance(job)
        return Held(job, replayer.origin, replayer.title(job), pattern, records, (), not hindrance, hindrance)


class RecordedAgain:
    """Signals that a program recorded and that did not pass: checked again by the rules of today."""

    origin: Origin = "record"

    def __init__(self, quarantine: Quarantine, lake: SignalStore, release: Callable[[], None] = lambda: None) -> None:
        self._quarantine, self._lake, self._release = quarantine, lake, release

    def knows(self, job: str) -> bool:
        """Whether a job's records are its own."""
        return job == "record"

    def title(self, job: str) -> str:
        """What a job read, in words for people."""
        return "record()"

    def hindrance(self, job: str) -> str:
        """Why its records cannot be tried again here."""
        return ""

    def retry(self, job: str, pattern: str, keep: bool) -> Retried:
        """Check the signals again; with `keep`, take those that pass now."""
        taken, still = 0, Counter[str]()
        try:
            for some in pieces(self._quarantine.of_group(job, pattern)):
                signals, refused = parsed_signals(some)
                table, wrong = signal_table(signals, datetime.now(UTC))
                refused += [replace(some[one.line], reason=one.reason) for one in wrong]
                good = len(some) - len(refused)
                taken, still = taken + good, still + Counter(reason_pattern(one.reason) for one in refused)
                if keep and good:
                    self._lake.append(table)
                    places = {(one.place, one.line) for one in refused}
                    self._quarantine.keep(job, refused)
                    self._quarantine.release(job, [one for one in some if (one.place, one.line) not in places])
        finally:
            self._release()
        return Retried(taken, tuple(still.most_common(_MOST_REASONS)), taken)


def parsed_signals(records: Sequence[Rejected]) -> tuple[list[tuple[int, Signal]], list[Rejected]]:
    """Signals from their kept text, numbered by their place in `records`, and the records that are no signal."""
    signals, refused = list[tuple[int, Signal]](), list[Rejected]()
    for number, one in enumerate(records):
        try:
            signals.append((number, read_signal(one.record)))
        except BadInput as error:
            refused.append(replace(one, reason=str(error)))
    return signals, refused


def read_signal(text: str) -> Signal:
    """A signal from the JSON that the quarantine keeps of it; raises BadInput."""
    try:
        found = json.loads(text)
        values: dict[str, Any] = {name: found[name] for name in Signal.__struct_fields__ if name in found}
        for name in ("occurred_at", "received_at"):
            if isinstance(values.get(name), str):
                values[name] = datetime.fromisoformat(values[name])
        return Signal(**{**values, "actors": tuple(values.get("actors") or ())})
    except (ValueError, TypeError, KeyError) as error:
        raise BadInput(f"The kept text is no signal: {error}.") from None


def pieces(records: Iterator[Rejected]) -> Iterator[list[Rejected]]:
    """Some thousand records at a time."""
    while some := list(islice(records, _AT_ONCE)):
        yield some
