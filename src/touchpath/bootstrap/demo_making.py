"""Making a demo workspace while a server runs: in a process of its own, so that pages stay quick and stopping is at once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue

from touchpath.bootstrap.folder import is_workspace
from touchpath.bootstrap.workspace import Workspace, open_workspace
from touchpath.model.errors import Cancelled, Unavailable
from touchpath.services.demo_runs import Report
from touchpath.settings import Settings
from touchpath.sources.demo import DEFAULT_SEED, DEMOS

#: Where a workspace keeps the demos that were made from its pages: they are served along with it.
FOLDER = "demos"
#: People of the simulated company as it is made from a page, and about how many signals each of them leaves.
PEOPLE, SIGNALS_EACH = 5_000, 60
_COMMAND = "from touchpath.bootstrap.demo_making import main; main()"
_MADE, _UNFINISHED = "demo-", ".unfinished-"
_LONGEST_FAULT = 500


def made_demos(folder: Path) -> list[Path]:
    """The demo workspaces that were made from the pages of a workspace."""
    place = folder / FOLDER
    found = sorted(place.iterdir()) if place.is_dir() else []
    return [one for one in found if one.name.startswith(_MADE) and is_workspace(one)]


@dataclass(frozen=True)
class DemoMaker:
    """Makes demos below a workspace's folder. show: has the server show the new workspace; names: of those that it shows now.

    command: what the process runs, told the demo, the folder and the number of people.
    """

    folder: Path
    settings: Settings
    show: Callable[[Workspace], None]
    names: Callable[[], Sequence[str]]
    people: int = PEOPLE
    command: str = _COMMAND

    def there(self, name: str) -> str:
        """The name of the demo's workspace if the server shows it, else ""."""
        return next((one for one in (f"{_MADE}{name}",) if one in self.names()), "")

    def make(self, name: str, report: Report, stop: threading.Event) -> str:
        """Make the demo beside the others and show it; raises Cancelled when it was stopped, Unavailable when it failed."""
        unfinished, made = (self.folder / FOLDER / f"{kind}{name}" for kind in (_UNFINISHED, _MADE))
        if not is_workspace(made):
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.parent.mkdir(exist_ok=True)
            try:
                self._prepare(name, unfinished, report, stop)
                unfinished.rename(made)
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
        self.show(open_workspace(made, self.settings))
        return made.name

    def _prepare(self, name: str, folder: Path, report: Report, stop: threading.Event) -> None:
        command = [sys.executable, "-c", self.command, name, str(folder), str(self.people)]
        expected = self.people * SIGNALS_EACH if DEMOS[name].simulated else 0
        with subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
        ) as process:
            lines, faults = _lines_of(process.stdout), _lines_of(process.stderr)
            while process.poll() is None:
                if stop.is_set():
                    process.kill()
                    break
                try:
                    line = lines.get(timeout=0.1)
                except Empty:
                    continue
                report(line, share_of(line, expected))
            process.wait()
        if stop.is_set():
            raise Cancelled("Making the demo was stopped.")
        if process.returncode:
            said = "".join(faults.queue)[-_LONGEST_FAULT:].strip()
            raise Unavailable(f"The demo could not be made: {said or f'its process ended with {process.returncode}'}.")


def share_of(line: str, expected: int) -> float | None:
    """How much is done, by what the work says: nine tenths are bringing signals in. None where it is not known how many will come."""
    if not expected:
        return None
    count = line.split(" ", 1)[0].replace(",", "")
    return min(0.9, 0.9 * int(count) / expected) if count.isdecimal() else 0.95


def _lines_of(pipe: object) -> Queue[str]:
    """The lines of a pipe as they come; they are read beside whoever waits for them, as a full pipe would stop the process."""
    found = Queue[str]()

    def read() -> None:
        for line in pipe:  # type: ignore[attr-defined]
            found.put(line.strip())

    threading.Thread(target=read, name="demo-lines", daemon=True).start()
    return found


def main() -> None:
    """Make the demo that the arguments name: which, into which folder, of how many people; tells every step as a line."""
    from touchpath.bootstrap.demos import prepare_demo
    from touchpath.model.errors import TouchpathError

    name, folder, people = sys.argv[1:4]
    try:
        prepare_demo(name, Path(folder), int(people), DEFAULT_SEED, lambda step: print(step, flush=True))  # noqa: T201
    except TouchpathError as error:
        sys.exit(str(error))
