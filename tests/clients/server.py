"""Our server as its users run it: `touchpath serve` in a process of its own, which tests may kill, starve and start again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.services.drain import JOB
from touchpath.services.receiving import Terms
from touchpath.store.signals import STORED_SCHEMA, Rejected
from touchpath.stores.delta_lake import DeltaLake
from touchpath.stores.quarantine import QuarantineFile
from touchpath.stores.spool import SpoolFile

PATIENCE_SECONDS = 60


def wait_until(ready: Callable[[], object], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Until `ready` says so; fails with the words of `what`."""
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, f"waited {seconds:g} s for {what}"
        time.sleep(0.05)


class Server:
    """A workspace of its own and the server over it, always on the same port."""

    def __init__(self, folder: Path, log: Path, keys: Mapping[str, str], **settings: str) -> None:
        """keys: the text of each source's write key, "" = one is drawn."""
        self.folder, self.log = folder, log
        self.settings = {f"TOUCHPATH_{name.upper()}": value for name, value in settings.items()}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        create_workspace(folder, "Clients")
        workspace = open_workspace(folder)
        self.keys = {source: workspace.live.keys.add(Terms("", source), "tests", text)[1] for source, text in keys.items()}
        workspace.close()
        self.running: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        words = [
            sys.executable,
            "-c",
            "from touchpath.cli.main import main; main()",
            "serve",
            str(self.folder),
            "--port",
            str(self.port),
        ]
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(words, stdout=log, stderr=log, env=os.environ | self.settings, start_new_session=True)
        wait_until(self._answers, "the server")

    def _answers(self) -> bool:
        assert self.running is not None
        assert self.running.poll() is None, self.log.read_text()[-2000:]
        try:
            return httpx.get(f"{self.address}/v1/signals.schema.json", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """kill -9: no word of goodbye."""
        self._end(signal.SIGKILL)

    def kill_all(self) -> None:
        """The same to the process that fills the lake as well, at the same moment."""
        assert self.running is not None
        os.killpg(self.running.pid, signal.SIGKILL)
        self.kill()

    def kill_drain(self) -> None:
        """The same to the process that fills the lake alone."""
        assert self.running is not None
        for children in Path(f"/proc/{self.running.pid}/task").glob("*/children"):
            for child in children.read_text().split():
                os.kill(int(child), signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.running is not None:
            self.running.send_signal(how)
            self.running.wait(PATIENCE_SECONDS)
            self.running = None

    def drain(self) -> None:
        """Until the lake has everything that was accepted."""
        spool = SpoolFile(self.folder / "spool.sqlite")
        wait_until(lambda: spool.backlog()[0] == 0, "an empty spool")

    def quarantined(self, source: str) -> list[Rejected]:
        """What was refused of a source."""
        return list(QuarantineFile(self.folder / "quarantine.sqlite").replay(f"{JOB}{source}"))

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """Every row of the lake, each revision, by source."""
        rows = defaultdict(list)
        for batch in DeltaLake(self.folder / "lake").scan(STORED_SCHEMA.names):
            for row in batch.to_pylist():
                rows[row["source"]].append(row)
        return rows
