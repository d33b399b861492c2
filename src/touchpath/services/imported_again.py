"""Rows of imported files that were refused: read again by the mapping or the answers as they are now."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

from touchpath.model.errors import Missing
from touchpath.services.imports import ImportService
from touchpath.services.quarantine import Origin, Retried
from touchpath.services.uploads import UploadService
from touchpath.store.jobs import ImportReport
from touchpath.store.signals import Rejected, reason_pattern

_JOB = re.compile(r"[0-9a-f]{32}")
_MOST_REASONS = 20


class ImportedAgain:
    """A `Replayer` for imports whose file was brought in through the browser and is still here."""

    origin: Origin = "import"

    def __init__(self, imports: ImportService, uploads: UploadService, release: Callable[[], None] = lambda: None) -> None:
        self._imports, self._uploads, self._release = imports, uploads, release

    def knows(self, job: str) -> bool:
        """Whether a job is an import."""
        return bool(_JOB.fullmatch(job)) and self._imports.job(job) is not None

    def title(self, job: str) -> str:
        """The file's name."""
        report = self._imports.job(job)
        return report.place if report else job

    def hindrance(self, job: str) -> str:
        """Why its records cannot be tried again here, and what would do."""
        if self._uploads.of_job(job) is not None:
            return ""
        title = self.title(job)
        return f"The file was not brought in here, or was deleted. In the terminal: touchpath replay {job[:12]} {title} --map MAPPING.yaml"

    def retry(self, job: str, pattern: str, keep: bool) -> Retried:
        """Read the records again; with `keep`, take those that are good now."""
        upload, still = self._uploads.of_job(job), Counter[str]()
        if upload is None:
            raise Missing(self.hindrance(job))

        def refusing(refused: Sequence[Rejected]) -> None:
            still.update(reason_pattern(one.reason) for one in refused)

        try:
            report: ImportReport = self._imports.replay(
                job, *self._uploads.reading(upload.id), pattern=pattern, try_only=not keep, refusing=refusing
            )
        finally:
            self._release()
        return Retried(report.read - report.rejected, tuple(still.most_common(_MOST_REASONS)), report.signals)
