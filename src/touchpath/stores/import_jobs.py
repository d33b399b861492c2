"""Import jobs as small JSON files in one folder, each replaced as a whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path

from touchpath.model.errors import BadInput
from touchpath.store.jobs import ImportReport
from touchpath.stores.actors_in_texts import holds_actor
from touchpath.stores.durability import make_folder, sync_folder, write_whole

#: What stands where the name of a file named somebody who was erased.
ERASED = "(erased)"


class ImportJobFiles:
    """`ImportJobs` in one folder: a file a job."""

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)

    def load(self, job: str) -> ImportReport | None:
        """The report of a job as it was saved last, or None."""
        path = self._path(job)
        return _read(path) if path.exists() else None

    def save(self, report: ImportReport) -> None:
        """Keep a report, durable when this returns."""
        make_folder(self._folder)
        plain = {**asdict(report), "started_at": report.started_at.isoformat()}
        write_whole(self._path(report.job), json.dumps(plain, indent=1).encode())

    def all(self) -> list[ImportReport]:
        """The reports of all jobs, newest first."""
        found = [_read(path) for path in self._folder.glob("*.json")] if self._folder.exists() else []
        return sorted(found, key=lambda report: report.started_at, reverse=True)

    def drop(self, job: str) -> None:
        """Forget a job, so that the same file is new again."""
        self._path(job).unlink(missing_ok=True)
        if self._folder.exists():
            sync_folder(self._folder)

    def forget(self, actors: Sequence[str]) -> int:
        """Blot out names of files and notes that name one of these actors; gives in how many jobs."""
        named = [report for report in self.all() if holds_actor(report.place, actors) or holds_actor(str(report.notes), actors)]
        for report in named:
            self.save(replace(report, place=ERASED, notes={}))
        return len(named)

    def _path(self, job: str) -> Path:
        return self._folder / f"{job}.json"


def _read(path: Path) -> ImportReport:
    try:
        plain = json.loads(path.read_bytes())
        return ImportReport(**{**plain, "started_at": datetime.fromisoformat(plain["started_at"])})
    except (ValueError, TypeError, KeyError) as error:
        raise BadInput(
            f"The job file {path} cannot be read ({error}). Delete it: the import then counts from its next batch."
        ) from error
