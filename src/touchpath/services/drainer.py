"""Keeps spools empty: one round after another for each workspace, while small files are merged beside."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from touchpath.model.errors import TouchpathError
from touchpath.services.drain import Drained
from touchpath.services.tidying import tidy
from touchpath.store.signals import SignalStore

#: Seconds from one round to the next at least: each makes a version of the lake.
BETWEEN = 0.5
_IDLE = 0.1
_AFTER_A_FAULT = 1.0
_log = logging.getLogger(__name__)


class Lake(SignalStore, Protocol):
    """A signal store whose right to write can be given back."""

    def close(self) -> None: ...


class Rounds(Protocol):
    """What takes the next posts into the lake."""

    def round(self) -> Drained: ...


class Drainer:
    """Drains one workspace. After each round others may write, too: the lake's lock is given back."""

    def __init__(self, drain: Rounds, lake: Lake, clock: Callable[[], float] = time.monotonic) -> None:
        self._drain, self._lake, self._clock = drain, lake, clock
        self._next = 0.0
        self._tidying: threading.Thread | None = None

    def step(self) -> bool:
        """One round, if it is time for one; gives whether there was anything to do."""
        now = self._clock()
        if now < self._next:
            return False
        try:
            drained = self._drain.round()
        except (TouchpathError, OSError, sqlite3.Error):
            _log.exception("the spool could not be drained; trying again")
            self._next = self._clock() + _AFTER_A_FAULT
            return False
        if not drained.posts:
            self._next = now + _IDLE
            return False
        self._tidy_beside()
        self._next = now + BETWEEN
        return True

    def finish(self) -> None:
        """Wait for a merge that is under way, and give the lake back."""
        if self._tidying is not None:
            self._tidying.join()
        self._lake.close()

    def _tidy_beside(self) -> None:
        """Merge small files on a thread of their own; while that goes on, the lock stays here."""
        if self._tidying is not None and self._tidying.is_alive():
            return
        self._lake.close()
        self._tidying = threading.Thread(target=self._tidy, name="tidy", daemon=True)
        self._tidying.start()

    def _tidy(self) -> None:
        try:
            tidy(self._lake)
        except (TouchpathError, OSError):
            _log.exception("small files could not be merged; they are at the next occasion")


def run_all(drainers: Sequence[Drainer], stop: threading.Event) -> None:
    """Drain until stopped; what is in the spools then stays there for the next start."""
    try:
        while not stop.is_set():
            worked = [drainer.step() for drainer in drainers]
            if not any(worked):
                stop.wait(0.05)
    finally:
        for drainer in drainers:
            drainer.finish()
