"""Answers that take a while: each runs beside whoever waits for it, can be looked at and stopped, and ends when nobody looks any longer."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from touchpath.model.errors import Cancelled, TooMany
from touchpath.timelines.stopping import watched_by

#: A run that nobody has looked at for so many seconds is stopped: whoever waited has gone away.
LAPSE_SECONDS = 15.0
#: So many run at once, so many more may wait for their turn.
AT_ONCE, MOST = 3, 24


@dataclass(eq=False)
class Run:
    """One answer on its way. key: what it answers, and for whom; only who asks the same may look at it. A `Watcher`."""

    id: str
    key: Hashable
    clock: Callable[[], float]
    answer: Future[Any] = field(default_factory=Future)
    _looked: float = 0.0
    _stopped: bool = False
    _planned: int = 0
    _read: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def is_done(self) -> bool:
        """Whether there is an answer, or an error in its place."""
        return self.answer.done()

    @property
    def share(self) -> float | None:
        """How much of what is planned so far was read; None before anything is planned. It may fall when more is planned."""
        return self._read / self._planned if self._planned else None

    def look(self) -> None:
        """Say that somebody still waits."""
        self._looked = self.clock()

    def stop(self) -> None:
        """Say that nobody waits any longer."""
        self._stopped = True

    def wants_none(self) -> bool:
        """Whether it was stopped, or nobody has looked for too long."""
        return self._stopped or self.clock() - self._looked > LAPSE_SECONDS

    def planned(self, shards: int) -> None:
        """So many more shards will be read."""
        with self._lock:
            self._planned += shards

    def read(self) -> None:
        """One of them was."""
        with self._lock:
            self._read += 1


class Runs:
    """All runs of a server. Safe to use from many threads; nothing outlives the server."""

    def __init__(self, at_once: int = AT_ONCE, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="run")
        self._most, self._clock = at_once + most, clock
        self._runs = dict[str, Run]()
        self._lock = threading.Lock()
        self._closed = False

    def find(self, id: str, key: Hashable) -> Run | None:
        """The run with this id, if it answers this key."""
        with self._lock:
            found = self._runs.get(id)
        return found if found is not None and found.key == key else None

    def begin(self, key: Hashable, ask: Callable[[], Any]) -> Run:
        """Begin an answer; raises TooMany when too many are under way."""
        with self._lock:
            if self._closed:
                raise TooMany("The server stops just now. Ask again when it is back.", 5)
            self._sweep()
            if sum(not one.is_done for one in self._runs.values()) >= self._most:
                raise TooMany("Too many questions are being answered just now. Try again in a moment.", 5)
            run = Run(secrets.token_urlsafe(9), key, self._clock)
            run.look()
            self._runs[run.id] = run
        self._pool.submit(_answer, run, ask)
        return run

    def stop(self, id: str) -> None:
        """Stop a run; one that nobody knows is stopped already."""
        with self._lock:
            found = self._runs.get(id)
        if found is not None:
            found.stop()

    def close(self) -> None:
        """Stop all of them, and begin no more. Takes no lock, as a signal handler may call it."""
        self._closed = True
        for run in list(self._runs.values()):
            run.stop()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _sweep(self) -> None:
        """Forget runs that are over and were not looked at for long."""
        for id, run in list(self._runs.items()):
            if run.is_done and run.wants_none():
                del self._runs[id]


def _answer(run: Run, ask: Callable[[], Any]) -> None:
    """Ask, unless everybody has gone before its turn came."""
    try:
        if run.wants_none():
            raise Cancelled("The query was cancelled before it began.")
        with watched_by(run):
            found = ask()
    except BaseException as error:
        run.answer.set_exception(error)
    else:
        run.answer.set_result(found)
