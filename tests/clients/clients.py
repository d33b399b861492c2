"""The published clients that are held to: where each is installed, what drives it, and what one visit makes it send.

`python tests/clients/clients.py` prints the table of README.md, which a test compares with it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
VISIT = HERE / "visit.json"
PATIENCE_SECONDS = 300


@dataclass(frozen=True)
class Client:
    """One published client.

    events: how many a visit makes. dates_retries: each request says anew when it is sent, so a clock can be put right whatever
    the delay; without it, times move by as long as the server was away.
    """

    name: str
    package: str
    environment: str
    driver: str
    protocol: str
    events: int
    speaks: str
    arguments: tuple[str, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)
    dates_retries: bool = True

    @property
    def version(self) -> str:
        """What the lock file says."""
        if self.environment in ("current", "old"):
            lock = ROOT / "requirements" / ("clients.lock" if self.environment == "current" else "clients-old.lock")
            found = re.search(rf"^{re.escape(self.package)}==(\S+)", lock.read_text(), re.MULTILINE)
            assert found, f"{lock} does not name {self.package}"
            return found[1]
        return json.loads((HERE / "package-lock.json").read_text())["packages"][f"node_modules/{self.package}"]["version"]

    @property
    def program(self) -> Path | str:
        if self.environment in ("current", "old"):
            return ROOT / ".venv-clients" / self.environment / "bin" / "python"
        return "node"

    def missing(self) -> str:
        """Why it cannot run here; empty when it can."""
        installed = HERE / "node_modules" / self.package if self.program == "node" else Path(self.program)
        return "" if installed.exists() else f"{self.package} is not installed; make test installs it"

    def start(self, host: str, key: str, folder: Path, rounds: int = 1, pause_seconds: float = 0.0, visit: Path = VISIT) -> Play:
        """Plays the visit `rounds` times in a process of its own; its notes go to the folder."""
        folder.mkdir(parents=True)
        told = {"host": host, "key": key, "folder": str(folder), "run": self.name, "visit": str(visit)}
        told |= {"rounds": rounds, "pause_seconds": pause_seconds}
        words = [str(self.program), str(HERE / "drivers" / self.driver), json.dumps(told), *self.arguments]
        with (folder / "said.txt").open("wb") as said:
            running = subprocess.Popen(words, stdout=said, stderr=said, env=os.environ | {"PYTHONPATH": ""} | self.variables)
        more = len(json.loads(visit.read_bytes())["steps"]) - len(json.loads(VISIT.read_bytes())["steps"])
        return Play(self, folder, rounds * (self.events + more), running)


@dataclass(frozen=True)
class Play:
    """A visit being played: wait for its end, then read what the client meant to send and what it gave up."""

    client: Client
    folder: Path
    events: int
    running: subprocess.Popen[bytes]

    def finish(self) -> None:
        assert self.running.wait(PATIENCE_SECONDS) == 0, (self.folder / "said.txt").read_text()[-2000:]
        assert len(self.intended) == self.events, "the driver left out a step of the visit"

    def stop(self) -> None:
        self.running.kill()
        self.running.wait()

    @property
    def intended(self) -> list[dict[str, object]]:
        return self._notes("intended.jsonl")

    @property
    def given_up(self) -> dict[str, str]:
        """The ids that the client itself says it lost, with its reason."""
        return {str(one["id"]): str(one["reason"]) for one in self._notes("given_up.jsonl")}

    def _notes(self, name: str) -> list[dict[str, object]]:
        path = self.folder / name
        return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


SERVER_SIDE = (
    Client("segment-python", "segment-analytics-python", "current", "segment_python.py", "segment", 12, "/v1/batch"),
    Client("analytics-python", "analytics-python", "old", "analytics_python.py", "segment", 12, "/v1/batch"),
    Client("rudder-python", "rudder-sdk-python", "current", "rudder_python.py", "segment", 12, "/v1/batch, gzip"),
    Client("segment-node", "@segment/analytics-node", "node", "segment_node.mjs", "segment", 12, "/v1/batch"),
    Client(
        "rudder-node", "@rudderstack/rudder-sdk-node", "node", "rudder_node.mjs", "segment", 12, "/v1/batch, gzip called a form",
        dates_retries=False,
    ),
    Client("posthog-python", "posthog", "current", "posthog_python.py", "posthog", 12, "/batch/"),
    Client(
        "posthog-python-v1", "posthog", "current", "posthog_python.py", "posthog", 12, "/i/v1/analytics/events, gzip",
        variables={"POSTHOG_CAPTURE_MODE": "v1"},
    ),
    Client("posthog-node", "posthog-node", "node", "posthog_node.mjs", "posthog", 12, "/batch/, gzip", dates_retries=False),
    Client("snowplow-python", "snowplow-tracker", "current", "snowplow_python.py", "snowplow", 9, "/com.snowplowanalytics.snowplow/tp2"),
    Client("snowplow-python-get", "snowplow-tracker", "current", "snowplow_python.py", "snowplow", 9, "GET /i", arguments=("get",), dates_retries=False),
)  # fmt: skip

BROWSERS = (
    Client("segment-next", "@segment/analytics-next", "chromium", "segment_next.mjs", "segment", 12, "/v1/p t i g a s"),
    Client("segment-next-batching", "@segment/analytics-next", "chromium", "segment_next_batching.mjs", "segment", 10, "/v1/b"),
    Client(
        "posthog-js",
        "posthog-js",
        "chromium",
        "posthog_js.mjs",
        "posthog",
        15,
        "/e/ and where the config sends it, gzip unmarked",
    ),
    Client(
        "rudder-js",
        "@rudderstack/analytics-js",
        "chromium",
        "rudder_js.mjs",
        "segment",
        11,
        "/v1/page track identify group alias",
    ),
    Client(
        "snowplow-js",
        "@snowplow/browser-tracker",
        "chromium",
        "snowplow_js.mjs",
        "snowplow",
        8,
        "/com.snowplowanalytics.snowplow/tp2",
    ),
)
CLIENTS = {one.name: one for one in (*SERVER_SIDE, *BROWSERS)}


def table() -> str:
    """What README.md shows of the clients."""
    heads = ("Client", "Version", "Runs in", "Sends to", "Events of a visit", "In the lake", "Times after a retry")
    rows = [heads, ("---",) * len(heads)]
    for client in CLIENTS.values():
        times = "put right" if client.dates_retries else "late by the wait"
        package = f"{client.package} {' '.join((*client.arguments, *client.variables.values()))}".strip()
        runs_in = {"node": "Node", "chromium": "Chromium"}.get(client.environment, "Python")
        rows.append((package, client.version, runs_in, client.speaks, str(client.events), f"{client.events}, each once", times))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


if __name__ == "__main__":
    sys.stdout.write(table())
