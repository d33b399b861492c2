"""Imports: a file, with a mapping or of a known format, becomes signals in the lake once, however often the import is stopped and started."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchpath.model.errors import BadInput
from touchpath.services.formats import Chosen, KnownFormat, Recognition
from touchpath.services.previews import ImportPreview, Previewing
from touchpath.services.tidying import tidy
from touchpath.store.jobs import ImportJobs, ImportReport
from touchpath.store.signals import Appended, Quarantine, Rejected, SignalStore

#: Called after each batch with the report so far; gives False to stop (what is done stays done).
Progress = Callable[[ImportReport], bool | None]

#: The note of signals that are not kept because of whom they name.
TURNED_AWAY = "of people who were erased and stay out"
_REPLAYED_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Batch:
    """One stretch of a file as signals (SIGNAL_SCHEMA). `sequence` counts from 0; the same file is always cut alike.

    rows: how many the stretch holds. silent: rows that stand for no signal. rejected: rows that could not be read.
    position: bytes of the file read so far. notes: what a reader of the report should know, with how often.
    """

    sequence: int
    signals: pa.Table
    rows: int
    silent: int
    rejected: tuple[Rejected, ...]
    position: int
    notes: Mapping[str, int]


class Feed(Protocol):
    """A file opened with its mapping or format. `identity` stays the same for the same contents, read alike."""

    @property
    def source(self) -> str: ...

    @property
    def place(self) -> str: ...

    @property
    def total(self) -> int: ...

    @property
    def identity(self) -> str: ...

    def batches(self, received_at: datetime, after: int = -1) -> Iterator[Batch]:
        """The signals, batch by batch; only batches with a sequence above `after`."""
        ...

    def again(self, refused: Sequence[Rejected], received_at: datetime) -> Iterator[Batch]:
        """The signals of records that were refused before, read from their kept text."""
        ...


class Source(Protocol):
    """Opens files of other systems as feeds of signals."""

    def open(self, path: Path, mapping: Path) -> Feed:
        """A file with its mapping; raises BadInput for what cannot be used, Missing for what is not there."""
        ...


class Formats(Protocol):
    """Recognises files of known tools, and opens them without a mapping."""

    def known(self) -> tuple[KnownFormat, ...]:
        """All formats, by title."""
        ...

    def recognise(self, path: Path) -> tuple[Recognition, ...]:
        """What a file may be, surest first; () when no format knows it."""
        ...

    def open(self, path: Path, chosen: Chosen) -> Feed:
        """A file read as the chosen format; raises BadInput for what cannot be used, with the question that is left open."""
        ...


#: How to read a file: by a mapping, or as a format.
How = Path | Chosen


def _now() -> datetime:
    return datetime.now(UTC)


class ImportService:
    """Imports files into one lake."""

    def __init__(
        self,
        source: Source,
        lake: SignalStore,
        quarantine: Quarantine,
        jobs: ImportJobs,
        clock: Callable[[], datetime] = _now,
        formats: Formats | None = None,
    ) -> None:
        self._source, self._lake, self._quarantine, self._jobs, self._clock = source, lake, quarantine, jobs, clock
        self._formats = formats

    def formats(self) -> tuple[KnownFormat, ...]:
        """The formats that are read without a mapping, by title."""
        return self._formats.known() if self._formats else ()

    def recognise(self, path: Path) -> tuple[Recognition, ...]:
        """What a file may be, surest first; () when no format knows it."""
        return self._formats.recognise(path) if self._formats else ()

    def open(self, path: Path, how: How) -> Feed:
        """A file, ready to be read; raises BadInput, Missing, or ModelErrors for faults of a mapping."""
        if isinstance(how, Path):
            return self._source.open(path, how)
        if self._formats is None:
            raise BadInput(f"No formats are known here. Give a mapping for {path.name}.")
        return self._formats.open(path, how)

    def run(self, path: Path, how: How, progress: Progress | None = None) -> ImportReport:
        """Import a file; a file that was imported before goes on where it stopped, or reports what it was.

        Each batch: what was refused goes into the quarantine, signals into the lake under (job, sequence), then the report is
        saved. A kill between any two of these steps loses and doubles nothing: the batch is done again, the quarantine keeps
        one entry per line, and the lake skips a sequence that it holds.
        """
        return self.run_feed(self.open(path, how), progress)

    def run_feed(self, feed: Feed, progress: Progress | None = None) -> ImportReport:
        """Import what a feed gives; `run` for whoever has opened it already."""
        report = self._jobs.load(feed.identity) or ImportReport(
            feed.identity, feed.source, feed.place, self._clock(), total=feed.total
        )
        if report.complete:
            return report
        self._jobs.save(report)
        for batch in feed.batches(report.started_at, after=report.sequence):
            report = self._take(batch, report)
            self._jobs.save(report)
            if progress is not None and progress(report) is False:
                return report
        report = replace(report, complete=True, position=report.total)
        self._jobs.save(report)
        tidy(self._lake)
        return report

    def preview(self, path: Path, how: How, *, first: int = 10, progress: Progress | None = None) -> ImportPreview:
        """Read a whole file and write nothing: counts, the `first` signals, kinds, time span, a sample of what was refused."""
        feed = self.open(path, how)
        report = ImportReport(feed.identity, feed.source, feed.place, self._clock(), total=feed.total)
        preview = Previewing(first)
        for batch in feed.batches(report.started_at):
            report = _counted(report, batch)
            preview.add(batch.signals, batch.rejected)
            if progress is not None and progress(report) is False:
                return preview.result(report)
        return preview.result(replace(report, complete=True, position=report.total))

    def replay(
        self,
        job: str,
        path: Path,
        how: How,
        progress: Progress | None = None,
        *,
        pattern: str = "",
        try_only: bool = False,
        refusing: Callable[[Sequence[Rejected]], None] = lambda refused: None,
    ) -> ImportReport:
        """Read a job's quarantined records again, by a mended mapping or as a format; those that can be taken now leave the quarantine.

        The file itself is not read again (only its header), but must be there. Records whose text could not be kept stay.
        pattern: only those that were refused for this reason. try_only: write nothing, and say what would be taken. refusing: told
        of what is refused again.
        What is taken belongs to the first import: it was received when that began, so that undoing it takes this back too.
        """
        feed, first = self.open(path, how), self._jobs.load(job)
        report = ImportReport(f"{job}-again", feed.source, feed.place, first.started_at if first else self._clock())
        records = self._quarantine.of_group(job, pattern)
        kept = (one for one in records if one.record and _is_in(one.place, feed.place))
        for some in _pieces(kept, _REPLAYED_AT_ONCE):
            refused = list[Rejected]()
            for batch in feed.again(some, report.started_at):
                report = _counted(report, batch) if try_only else self._replayed(batch, report)
                refused += batch.rejected
            refusing(refused)
            if not try_only:
                self._put_back(job, some, refused)
            if progress is not None and progress(report) is False:
                return report
        return replace(report, complete=True)

    def job(self, job: str) -> ImportReport | None:
        """How far one import is, by its full id."""
        return self._jobs.load(job)

    def jobs(self) -> list[ImportReport]:
        """All imports so far, newest first."""
        return self._jobs.all()

    def rejected(self, job: str) -> list[Rejected]:
        """What a job could not take, with reasons and lines."""
        return self._quarantine.rejected(job)

    def _take(self, batch: Batch, report: ImportReport) -> ImportReport:
        before = self._lake.progress(report.job)
        kept_already = before is not None and before >= batch.sequence
        if batch.rejected:
            self._quarantine.keep(report.job, batch.rejected)
        report = _counted(report, batch)
        if kept_already:
            return replace(report, unsplit=report.unsplit + batch.signals.num_rows)
        done = self._lake.append(batch.signals, job=report.job, sequence=batch.sequence)
        return replace(
            _noting_away(report, done),
            new=report.new + done.new,
            duplicates=report.duplicates + done.duplicates,
            corrections=report.corrections + done.corrections,
        )

    def _replayed(self, batch: Batch, report: ImportReport) -> ImportReport:
        done = self._lake.append(batch.signals)
        report = _noting_away(_counted(report, batch), done)
        return replace(
            report,
            new=report.new + done.new,
            duplicates=report.duplicates + done.duplicates,
            corrections=report.corrections + done.corrections,
        )

    def _put_back(self, job: str, tried: Sequence[Rejected], refused: Sequence[Rejected]) -> None:
        """Keep what is still refused, with its new reason, and let go of the rest; after a kill before this, all is tried again."""
        still = {(one.place, one.line) for one in refused}
        self._quarantine.keep(job, refused)
        self._quarantine.release(job, [one for one in tried if (one.place, one.line) not in still])


def _counted(report: ImportReport, batch: Batch) -> ImportReport:
    """The report with a batch's rows counted."""
    return replace(
        report,
        read=report.read + batch.rows,
        signals=report.signals + batch.signals.num_rows,
        rejected=report.rejected + len(batch.rejected),
        silent=report.silent + batch.silent,
        people_unknown=report.people_unknown + _without_actor(batch.signals),
        notes=dict(Counter(report.notes) + Counter(batch.notes)),
        sequence=batch.sequence,
        position=batch.position,
    )


def _is_in(place: str, file: str) -> bool:
    """Whether a record stands in a file, or in a part of it (files in a zip are named after it)."""
    return place == file or place.startswith(f"{file}/")


def _noting_away(report: ImportReport, done: Appended) -> ImportReport:
    """The report with what the lake turned away noted."""
    if not done.turned_away:
        return report
    return replace(report, notes=dict(Counter(report.notes) + Counter({TURNED_AWAY: done.turned_away})))


def _without_actor(signals: pa.Table) -> int:
    lengths = pc.fill_null(pc.list_value_length(signals.column("actors")), 0)
    return int(np.count_nonzero(np.asarray(lengths) == 0))


def _pieces(records: Iterable[Rejected], size: int) -> Iterator[list[Rejected]]:
    stream = iter(records)
    while some := list(islice(stream, size)):
        yield some
