"""Imports of files that were brought in through the browser: looked at, tried out, run beside the server, undone."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from touchpath.model.errors import BadInput, Conflict, Fault, Missing, ModelErrors, TouchpathError, unknown
from touchpath.services.formats import Chosen, KnownFormat, Recognition
from touchpath.services.imports import How, ImportService
from touchpath.services.open_times import TimeChoice, Wizard
from touchpath.services.previews import ImportPreview
from touchpath.store.jobs import ImportReport
from touchpath.store.uploads import Receiving, Upload, Uploads, UploadState

LONGEST_MAPPING = 256 << 10
#: A preview stops after so many rows or seconds; what it says is then said of the beginning of the file.
PREVIEW_ROWS, PREVIEW_SECONDS = 200_000, 5.0
#: So many signals from the beginning of a file are put on timelines.
PREVIEW_SIGNALS = 5_000
_LONGEST_ANSWER = 200
_TRIES, _BETWEEN_TRIES = 50, 0.1
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UploadShown:
    """An upload and how far its import is. stopping: somebody asked it to stop, and it ends the batch that it is at."""

    upload: Upload
    report: ImportReport | None = None
    stopping: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """What an import, as it is settled now, would do: a preview, or why there is none. whole: it read the file to its end.

    unread: columns of the file that the mapping leaves out.
    """

    preview: ImportPreview | None
    faults: tuple[Fault, ...] = ()
    whole: bool = True
    unread: tuple[str, ...] = ()


class UploadService:
    """The uploads of one workspace. Safe to call from many threads."""

    def __init__(
        self,
        uploads: Uploads,
        imports: ImportService,
        wizard: Wizard,
        at_once: int = 1,
        release: Callable[[], None] = lambda: None,
        undo: Callable[[str, str], Mapping[str, int]] | None = None,
    ) -> None:
        """wizard: proposes a mapping for a file. at_once: how many imports run beside each other. release: called after each of them.

        undo: takes out what a job brought, told who wants it; gives how much went, by place.
        """
        self._undo = undo
        self._uploads, self._imports, self._wizard, self._release = uploads, imports, wizard, release
        self._at_once = at_once
        self._pool: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._stops: dict[str, threading.Event] = {}
        self._reports: dict[str, ImportReport] = {}

    def receive(self, name: str) -> Receiving:
        """Begin to take a file in."""
        return self._uploads.receive(name)

    def recognise(self, id: str) -> Upload:
        """Look at an uploaded file and settle how to read it: as the format that it surely is, else by a proposed mapping.

        What hinders a proposal is kept as words.
        """
        upload = self._uploads.load(id)
        try:
            found = self.recognised(id)
            if found:
                upload = replace(upload, format=found[0].format.name)
            else:
                self._uploads.keep_mapping(id, self._wizard.propose(self._uploads.file(id)))
        except TouchpathError as error:
            upload = replace(upload, said=str(error))
        self._uploads.save(upload)
        return upload

    def recognised(self, id: str) -> tuple[Recognition, ...]:
        """What an uploaded file may be, surest first."""
        return self._imports.recognise(self._uploads.file(id))

    def formats(self) -> tuple[KnownFormat, ...]:
        """The formats that are read without a mapping, by title."""
        return self._imports.formats()

    def choose(self, id: str, format: str, options: Mapping[str, str]) -> None:
        """Read the file as a known format with these answers, or, with "", by its mapping, of which one is proposed if there is none."""
        upload = self._idle(id)
        known = {one.name: one for one in self.formats()}
        if format and format not in known:
            raise BadInput(unknown("format", format, known))
        asked = {option.name for option in known[format].options} if format else ()
        answers = {name: text.strip()[:_LONGEST_ANSWER] for name, text in options.items() if name in asked and text.strip()}
        upload = replace(upload, format=format, options=answers, said="")
        if not format and not self._uploads.mapping(id).exists():
            try:
                self._uploads.keep_mapping(id, self._wizard.propose(self._uploads.file(id)))
            except TouchpathError as error:
                upload = replace(upload, said=str(error))
        self._uploads.save(upload)

    def all(self) -> tuple[UploadShown, ...]:
        """All uploads, newest first."""
        return tuple(self._shown(upload) for upload in self._uploads.all())

    def elsewhere(self) -> tuple[ImportReport, ...]:
        """Imports that came another way: from the terminal, or from Python; newest first."""
        ours = {upload.job for upload in self._uploads.all()}
        return tuple(report for report in self._imports.jobs() if report.job not in ours)

    def show(self, id: str) -> UploadShown:
        """One upload and how far its import is; raises Missing."""
        return self._shown(self._uploads.load(id))

    def of_job(self, job: str) -> Upload | None:
        """The upload that an import read, if it came this way and is still here."""
        return next((upload for upload in self._uploads.all() if upload.job == job), None)

    def reading(self, id: str) -> tuple[Path, How]:
        """Where the file is, and how it is read."""
        upload = self._uploads.load(id)
        how = Chosen(upload.format, upload.options) if upload.format else self._uploads.mapping(id)
        return self._uploads.file(id), how

    def mapping(self, id: str) -> str:
        """The text of an upload's mapping, "" when none could be proposed and nobody has written one."""
        self._uploads.load(id)
        path = self._uploads.mapping(id)
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def keep_mapping(self, id: str, text: str) -> None:
        """Keep an edited mapping, faults and all; raises BadInput when it is too long, Conflict while the import runs."""
        upload = self._idle(id)
        if len(text.encode()) > LONGEST_MAPPING:
            raise BadInput(f"The mapping has {len(text.encode()):,} bytes, and {LONGEST_MAPPING:,} is the most.")
        self._uploads.keep_mapping(id, text.replace("\r\n", "\n"))
        if upload.said:
            self._uploads.save(replace(upload, said=""))

    def time_choices(self, id: str) -> tuple[TimeChoice, ...] | None:
        """What a time that an upload's mapping leaves open could be; None = it leaves none open."""
        mapping = self.mapping(id)
        return None if self._uploads.load(id).format else self._wizard.time_choices(self._uploads.file(id), mapping)

    def settle_time(self, id: str, time: TimeChoice | date) -> None:
        """Say the time that an upload's mapping leaves open; raises Conflict while the import runs."""
        self.keep_mapping(id, self._wizard.settle_time(self.mapping(id), time))

    def day_orders(self, id: str) -> tuple[str, str] | None:
        """Two formats of an upload's days between which no date tells day from month, the proposed one first; None = no doubt."""
        return None if self._uploads.load(id).format else self._wizard.day_orders(self.mapping(id))

    def settle_days(self, id: str, form: str) -> None:
        """Say which of the two formats is meant; raises BadInput for another one, Conflict while the import runs."""
        orders = self.day_orders(id)
        if orders is None or form not in orders:
            raise BadInput(f"The order of day and month came as '{form[:40]}'. Choose one of those that are offered.")
        self.keep_mapping(id, self._wizard.settle_days(self.mapping(id), form))

    def try_out(self, id: str) -> Trial:
        """Read the file, or its beginning when it is long, as it is settled now, and write nothing."""
        deadline = time.monotonic() + PREVIEW_SECONDS

        def go_on(report: ImportReport) -> bool:
            return report.read < PREVIEW_ROWS and time.monotonic() < deadline

        try:
            path, how = self.reading(id)
            preview = self._imports.preview(path, how, first=PREVIEW_SIGNALS, progress=go_on)
            unread = self._wizard.unread_columns(path, self.mapping(id)) if isinstance(how, Path) else ()
        except ModelErrors as errors:
            return Trial(None, errors.faults)
        except (BadInput, Missing) as error:
            return Trial(None, (Fault("", 0, str(error)),))
        return Trial(preview, (), preview.report.complete, unread)

    def start(self, id: str) -> None:
        """Ask for the import: it begins when its turn has come. Raises BadInput for a mapping or answers that cannot be used."""
        upload = self._idle(id)
        if upload.state == "done":
            raise Conflict(f"{upload.name} is imported already. Undo that import first to read the file in another way.")
        self._imports.open(*self.reading(id))
        self._submit(replace(upload, state="waiting", said=""))

    def stop(self, id: str) -> None:
        """Ask a running import to stop after the batch that it is at; what is in stays in, and it can go on later."""
        upload = self._uploads.load(id)
        with self._lock:
            asked = self._stops.get(id)
        if asked is not None:
            asked.set()
        elif upload.active:
            self._save(upload, "stopped")

    def undo(self, job: str, member: str) -> Mapping[str, int]:
        """Take everything out again that one import brought, however it came; gives how much went: signals, quarantine.

        Raises Missing for a job that nobody knows, Conflict while it runs.
        """
        self.report(job)
        if self._undo is None:
            raise Conflict("Imports cannot be undone here. In the terminal: touchpath undo JOB")
        upload = self.of_job(job)
        if upload is None:
            return self._undo(job, member)
        self._idle(upload.id)
        with self._uploads.held(upload.id) as mine:
            if not mine:
                raise Conflict(f"{upload.name} is being imported. Stop that first.")
            went = self._undo(job, member)
            self._reports.pop(upload.id, None)
            said = f"{went.get('signals', 0):,} signals and {went.get('quarantine', 0):,} refused records were erased."
            self._uploads.save(replace(upload, state="undone", said=said, job=""))
        return went

    def report(self, job: str) -> ImportReport:
        """How far an import is, by its id; raises Missing."""
        found = self._imports.job(job) if re.fullmatch("[0-9a-f]{32}", job) else None
        if found is None:
            raise Missing(f"There is no import '{job[:40]}'. The list of imports shows all.")
        return found

    def drop(self, id: str) -> None:
        """Delete an uploaded file; signals that came from it stay."""
        self._idle(id)
        self._uploads.drop(id)

    def resume(self) -> int:
        """Go on with every import that a stopped server left in the middle; gives how many."""
        left = list(self._uploads.unfinished())
        for upload in left:
            self._submit(replace(upload, state="waiting"))
        return len(left)

    def close(self) -> None:
        """Stop after the batches at work. Unfinished imports stay asked for: the next server goes on with them."""
        self._closing.set()
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _submit(self, upload: Upload) -> None:
        stop = threading.Event()
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._at_once, thread_name_prefix="import")
            self._stops[upload.id] = stop
        self._uploads.save(upload)
        self._pool.submit(self._run, upload.id, stop)

    def _run(self, id: str, stop: threading.Event) -> None:
        """Import one upload; whatever happens is kept as its state."""
        try:
            for _ in range(_TRIES):
                with self._uploads.held(id) as mine:
                    if mine:
                        self._import(self._uploads.load(id), stop)
                        return
                if self._closing.wait(_BETWEEN_TRIES):  # the run before it lets go in a moment; another process does not
                    return
        except Missing:
            _log.info("upload %s was deleted before its import began", id)
        except Exception:
            _log.exception("the state of upload %s could not be kept", id)
        finally:
            with self._lock:
                if self._stops.get(id) is stop:
                    del self._stops[id]

    def _import(self, upload: Upload, stop: threading.Event) -> None:
        if stop.is_set():
            self._save(upload, "stopped")
            return

        def go_on(report: ImportReport) -> bool:
            self._reports[upload.id] = report
            self._release()  # between two batches others may write: what comes in live must not wait for a long file
            return not (stop.is_set() or self._closing.is_set())

        try:
            upload = replace(upload, state="running", job=self._imports.open(*self.reading(upload.id)).identity)
            self._uploads.save(upload)
            report = self._imports.run(*self.reading(upload.id), go_on)
            self._reports[upload.id] = report
            if report.complete:
                self._save(upload, "done")
            elif stop.is_set():
                self._save(upload, "stopped")
        except (TouchpathError, OSError) as error:
            self._save(upload, "failed", str(error))
        except Exception:
            _log.exception("the import of upload %s failed", upload.id)
            self._save(upload, "failed", "An error that nobody foresaw stopped it; the server's log has it. What is in stays in.")
        finally:
            self._release()

    def _save(self, upload: Upload, state: UploadState, said: str = "") -> None:
        self._uploads.save(replace(upload, state=state, said=said))

    def _idle(self, id: str) -> Upload:
        upload = self._uploads.load(id)
        if upload.active:
            raise Conflict(f"{upload.name} is being imported. Stop that first.")
        return upload

    def _shown(self, upload: Upload) -> UploadShown:
        report = self._reports.get(upload.id) or (self._imports.job(upload.job) if upload.job else None)
        with self._lock:
            asked = self._stops.get(upload.id)
        return UploadShown(upload, report, stopping=asked is not None and asked.is_set())
