"""States of connections as small JSON files in one folder, each replaced as a whole."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path

from touchpath.model.errors import BadInput, Conflict, Unavailable
from touchpath.store.pulls import PullState
from touchpath.stores.actors_in_texts import file_names_actor
from touchpath.stores.durability import WriterLock, make_folder, write_whole

_MOMENTS = ("started_at", "ended_at")


class PullStateFiles:
    """`PullStates` in one folder: a file a job, a lock a connection."""

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)

    def load(self, job: str) -> PullState:
        """The state of a job as it was saved last; a fresh one when there is none."""
        path = self._path(job)
        return _read(path) if path.exists() else PullState(job)

    def save(self, state: PullState) -> None:
        """Keep a state, durable when this returns."""
        make_folder(self._folder)
        plain = asdict(state)
        for name in _MOMENTS:
            plain[name] = plain[name] and plain[name].isoformat()
        write_whole(self._path(state.job), json.dumps(plain, indent=1).encode())

    def remove(self, job: str) -> None:
        """Forget how far a job came."""
        self._path(job).unlink(missing_ok=True)

    def forget(self, actors: Sequence[str]) -> int:
        """Let states that name one of these actors begin anew: a cursor may be the id of somebody who was read last; gives how many.

        Their streams are read from the start then, which changes nothing, as the lake keeps every signal once.
        """
        named = [path for path in self._folder.glob("*.json") if file_names_actor(path, actors)]
        for state in map(_read, named):
            self.save(replace(state, cursor=None, ahead=None, problem=""))
        return len(named)

    @contextmanager
    def running(self, connection: str) -> Iterator[None]:
        """The right to run a connection, for one run at a time; raises Conflict while another has it."""
        lock = WriterLock(self._folder / f"{connection}.lock")
        try:
            lock.take()
        except Unavailable as error:
            raise Conflict(f"The connection '{connection}' is being run already. Wait until that run has ended.") from error
        try:
            yield
        finally:
            lock.release()

    def _path(self, job: str) -> Path:
        return self._folder / f"{job}.json"


def _read(path: Path) -> PullState:
    try:
        plain = json.loads(path.read_bytes())
        for name in _MOMENTS:
            plain[name] = plain[name] and datetime.fromisoformat(plain[name])
        return PullState(**plain)
    except (ValueError, TypeError, KeyError) as error:
        raise BadInput(
            f"The file {path} cannot be read ({error}). Delete it: the connection is then read from its start, and the lake "
            "keeps every signal once."
        ) from error
