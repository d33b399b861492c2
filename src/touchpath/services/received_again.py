"""Events that came live and were refused: read again by the rules and keys of today."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from touchpath.services.drain import JOB, Drain
from touchpath.services.quarantine import Origin, Retried, parsed_signals, pieces
from touchpath.services.record import signal_table
from touchpath.store.signals import Quarantine, Rejected, SignalStore, reason_pattern

_MOST_REASONS = 20


class ReceivedAgain:
    """A `Replayer` for live events, and for signals of live events that the lake could not keep."""

    origin: Origin = "live"

    def __init__(
        self, quarantine: Quarantine, drain: Drain, lake: SignalStore, release: Callable[[], None] = lambda: None
    ) -> None:
        self._quarantine, self._drain, self._lake, self._release = quarantine, drain, lake, release

    def knows(self, job: str) -> bool:
        """Whether a job's records came live."""
        return job.startswith(JOB)

    def title(self, job: str) -> str:
        """The source of the key that they came with."""
        return job.removeprefix(JOB)

    def hindrance(self, job: str) -> str:
        """Nothing hinders: all that is needed was kept with each event."""
        return ""

    def retry(self, job: str, pattern: str, keep: bool) -> Retried:
        """Read the events again; with `keep`, take those that are good now."""
        taken, still = 0, Counter[str]()
        try:
            for some in pieces(self._quarantine.of_group(job, pattern)):
                good, left = self._read(some, keep)
                taken, still = taken + len(good), still + Counter(reason_pattern(one.reason) for one in left)
                if keep:
                    self._quarantine.keep(job, left)
                    self._quarantine.release(job, good)
        finally:
            self._release()
        return Retried(taken, tuple(still.most_common(_MOST_REASONS)), taken)

    def _read(self, some: list[Rejected], keep: bool) -> tuple[list[Rejected], list[Rejected]]:
        """Those that are good now, and those that are not; events as they came, and signals that were made of them."""
        signals = [one for one in some if one.place.startswith("signal ")]
        good, left = self._drain.replay([one for one in some if not one.place.startswith("signal ")], keep=keep)
        numbered, refused = parsed_signals(signals)
        table, wrong = signal_table(numbered, datetime.now(UTC))
        refused += [replace(signals[one.line], reason=one.reason) for one in wrong]
        if keep and table.num_rows:
            self._lake.append(table)
        places = {(one.place, one.line) for one in refused}
        return [*good, *(one for one in signals if (one.place, one.line) not in places)], [*left, *refused]
