"""Records of connections that were refused: read again as their connector reads them now."""

from __future__ import annotations

from collections import Counter

from touchpath.services.connections import Connection, ConnectionService
from touchpath.services.pulling import PullService
from touchpath.services.quarantine import Origin, Retried
from touchpath.store.signals import reason_pattern

_PREFIX = "pull-"
_MOST_REASONS = 20


class PulledAgain:
    """A `Replayer` for connections that are still there."""

    origin: Origin = "connection"

    def __init__(self, connections: ConnectionService, pulls: PullService) -> None:
        self._connections, self._pulls = connections, pulls

    def knows(self, job: str) -> bool:
        """Whether a job is a stream of a connection, there or removed."""
        return job.startswith(_PREFIX)

    def title(self, job: str) -> str:
        """The connection and its stream."""
        found = self._of(job)
        return f"{found[0].name}: {found[1]}" if found else job.removeprefix(_PREFIX)

    def hindrance(self, job: str) -> str:
        """Why its records cannot be tried again here, and what would do."""
        return "" if self._of(job) else "The connection was removed. Add it again under its name: touchpath connect add NAME ..."

    def retry(self, job: str, pattern: str, keep: bool) -> Retried:
        """Read the records again; with `keep`, take those that are good now."""
        found = self._of(job)
        if found is None:
            return Retried(0)
        good, signals, reasons = self._pulls.retry(found[0].name, found[1], pattern, keep=keep)
        still = Counter(reason_pattern(reason) for reason in reasons)
        return Retried(good, tuple(still.most_common(_MOST_REASONS)), signals)

    def _of(self, job: str) -> tuple[Connection, str] | None:
        """The connection and the stream of a job. Streams have no '-' in their names, so the last one parts them."""
        name, _, stream = job.removeprefix(_PREFIX).rpartition("-")
        return next(((one, stream) for one in self._connections.all() if one.name == name), None)
