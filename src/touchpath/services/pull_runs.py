"""Runs of connections beside the server: asked for by a page or a program, watched, stopped."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from touchpath.model.errors import Cancelled, Conflict, TouchpathError
from touchpath.services.connections import Connection, ConnectionService
from touchpath.services.pulling import PullService, job_of
from touchpath.store.pulls import PullState

_AT_ONCE = 2
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ConnectionShown:
    """A connection, the last run of each of its streams (or the one at work), and whether one is at work here.

    said: why the last run could not begin, "" = it could.
    """

    connection: Connection
    states: tuple[PullState, ...]
    running: bool = False
    stopping: bool = False
    said: str = ""

    @property
    def problems(self) -> tuple[PullState, ...]:
        """Streams that stopped before their end."""
        return tuple(state for state in self.states if state.problem)

    def stream(self, state: PullState) -> str:
        """The name of a state's stream."""
        return state.job.removeprefix(job_of(self.connection.name, ""))


class PullRuns:
    """The connections of one workspace, as pages and programs reach them. Safe to call from many threads.

    Connections are added in the terminal only: who could name a file and an address here could have the one sent to the other.
    """

    def __init__(self, connections: ConnectionService, pulls: PullService) -> None:
        self._connections, self._pulls = connections, pulls
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._stops: dict[str, threading.Event] = {}
        self._now: dict[str, PullState] = {}
        self._said: dict[str, str] = {}

    def all(self) -> tuple[ConnectionShown, ...]:
        """Every connection, by name."""
        return tuple(self._shown(connection) for connection in self._connections.all())

    def show(self, name: str) -> ConnectionShown:
        """One connection; raises Missing."""
        return self._shown(self._connections.get(name))

    def check(self, name: str) -> str:
        """One cheap request; what it says, or an error that says what to do."""
        return self._pulls.check(name)

    def start(self, name: str) -> None:
        """Ask for a run beside the server; raises Missing, or Conflict while one is at work here."""
        self._connections.get(name)
        with self._lock:
            if name in self._stops:
                raise Conflict(f"The connection '{name}' is being run already.")
            stop = self._stops[name] = threading.Event()
            self._said.pop(name, None)
            self._pool = self._pool or ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="pull")
            self._pool.submit(self._run, name, stop)

    def stop(self, name: str) -> None:
        """Ask a run to stop after the batch that it is at; what is in stays in, and the next run goes on."""
        self._connections.get(name)
        with self._lock:
            if name in self._stops:
                self._stops[name].set()

    def close(self) -> None:
        """Stop every run after the batch that it is at."""
        with self._lock:
            for stop in self._stops.values():
                stop.set()
            pool = self._pool
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, name: str, stop: threading.Event) -> None:
        try:
            self._pulls.run(name, self._watched, stop)
        except Cancelled:
            _log.info("the run of %s was stopped", name)
        except TouchpathError as error:
            self._said[name] = str(error)
        except Exception:
            self._said[name] = "The run failed for a reason that was not foreseen; the server's log has it."
            _log.exception("the run of %s failed", name)
        finally:
            with self._lock:
                del self._stops[name]

    def _watched(self, state: PullState) -> None:
        self._now[state.job] = state

    def _shown(self, connection: Connection) -> ConnectionShown:
        try:
            states = tuple(self._pulls.states(connection))
            said = self._said.get(connection.name, "")
        except TouchpathError as error:
            states, said = (), str(error)
        with self._lock:
            stop = self._stops.get(connection.name)
        if stop is not None:
            states = tuple(self._newer(state) for state in states)
        return ConnectionShown(connection, states, stop is not None, stop is not None and stop.is_set(), said)

    def _newer(self, state: PullState) -> PullState:
        """What the run at work last said of a stream, if that is newer than what was kept."""
        now = self._now.get(state.job, state)
        if now.started_at and state.started_at and now.started_at < state.started_at:
            return state
        return replace(now, problem="") if now.ended_at is None else now
