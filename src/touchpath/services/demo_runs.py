"""Making demo workspaces beside a server: asked for by a page, watched, stopped."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from touchpath.model.errors import Cancelled, Conflict, Missing, TouchpathError, unknown

State = Literal["none", "running", "stopped", "failed", "done"]
#: Called with what the work is at: words, and the share that is done (None = unknown).
Report = Callable[[str, float | None], None]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DemoShown:
    """A demo and how far it is. workspace: where it is, once it is there; said: what the work is at, or why it failed."""

    name: str
    title: str
    state: State = "none"
    workspace: str = ""
    said: str = ""
    share: float | None = None
    stopping: bool = False


class Maker(Protocol):
    """Makes a demo workspace and has the server show it."""

    def make(self, name: str, report: Report, stop: threading.Event) -> str:
        """The name of the workspace; raises Cancelled when it was stopped, and leaves nothing of it then."""
        ...

    def there(self, name: str) -> str:
        """The name of the workspace if it is there already, else ""."""
        ...


class DemoRuns:
    """The demos of a server, of which one is made at a time. Safe to call from many threads."""

    def __init__(self, titles: Mapping[str, str], maker: Maker) -> None:
        self._titles, self._maker = titles, maker
        self._lock = threading.Lock()
        self._shown: dict[str, DemoShown] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def all(self) -> tuple[DemoShown, ...]:
        """Every demo that there is."""
        return tuple(self.show(name) for name in self._titles)

    def show(self, name: str) -> DemoShown:
        """One of them; raises Missing."""
        if name not in self._titles:
            raise Missing(unknown("demo", name, self._titles))
        with self._lock:
            known = self._shown.get(name)
        if known is not None and known.state == "running":
            return replace(known, stopping=self._stop.is_set())
        there = self._maker.there(name)
        if there:
            return DemoShown(name, self._titles[name], "done", there)
        return known if known is not None and known.state != "done" else DemoShown(name, self._titles[name])

    def start(self, name: str) -> None:
        """Ask for one; raises Missing, or Conflict while one is being made or when it is there already."""
        shown = self.show(name)
        if shown.state == "done":
            raise Conflict(f"The demo '{name}' is there already, as the workspace '{shown.workspace}'.")
        with self._lock:
            busy = next((one.name for one in self._shown.values() if one.state == "running"), "")
            if busy:
                raise Conflict(f"The demo '{busy}' is being made. Wait until it is done, or stop it.")
            self._stop = threading.Event()
            self._shown[name] = DemoShown(name, self._titles[name], "running")
            self._thread = threading.Thread(target=self._run, args=(name, self._stop), name=f"demo-{name}", daemon=True)
        self._thread.start()

    def stop(self, name: str) -> None:
        """Ask the one that is being made to stop; nothing of it is left then."""
        if self.show(name).state == "running":
            self._stop.set()

    def leave(self) -> None:
        """Stop what is being made, and do not wait for it: a signal handler may call this."""
        self._stop.set()

    def close(self) -> None:
        """Stop what is being made, and wait until it has."""
        self.leave()
        if self._thread is not None:
            self._thread.join()

    def _run(self, name: str, stop: threading.Event) -> None:
        def report(said: str, share: float | None) -> None:
            self._put(name, "running", said=said, share=share)

        try:
            self._put(name, "done", workspace=self._maker.make(name, report, stop))
        except Cancelled:
            self._put(name, "stopped")
        except TouchpathError as error:
            self._put(name, "failed", said=str(error))
        except Exception:
            _log.exception("making the demo %s failed", name)
            self._put(name, "failed", said="An error that nobody foresaw stopped it; the server's log has it.")

    def _put(self, name: str, state: State, *, workspace: str = "", said: str = "", share: float | None = None) -> None:
        with self._lock:
            self._shown[name] = DemoShown(name, self._titles[name], state, workspace, said, share)
