"""Compiling every kernel ahead of time."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from touchpath.bootstrap.folder import create_workspace
from touchpath.bootstrap.workspace import open_workspace
from touchpath.model.signal import Signal
from touchpath.services.warm import warm_kernels

_WARM_MAPPING = """format: touchpath-mapping/1
source: warm
signals:
  - kind: {column: what}
    id: [who, at]
    occurred_at: {column: at, zone: UTC}
    actors: {user: who}
    properties: {plan: plan}
"""
_WARM_BACKWARDS = "from touchpath.services.warm import warm_kernels; warm_kernels(backwards=True)"


def warm_everything() -> float:
    """Compile every kernel, of questions, builds and imports alike, on a throwaway workspace; gives the seconds it took."""
    began = time.perf_counter()
    # From the other end, for the second processor. Should it fail, everything is compiled here.
    beside = subprocess.Popen([sys.executable, "-c", _WARM_BACKWARDS], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    warm_kernels()
    beside.wait()
    with TemporaryDirectory() as folder:
        place = Path(folder)
        create_workspace(place / "warm")
        (place / "warm.csv").write_text("who,what,at,plan\na,seen,2026-01-01 10:00:00,pro\nb,seen,2026-01-01 11:00:00,free\n")
        (place / "warm.yaml").write_text(_WARM_MAPPING)
        with closing(open_workspace(place / "warm")) as workspace:
            for person in ("user:a", "user:b"):
                moment = datetime(2026, 1, 2, tzinfo=UTC)
                workspace.record([Signal("warm", person, "seen", moment, (person, "anonymous:x"), value=1.0)])
                workspace.timelines.open("person", ("plan",))
            workspace.imports.run(place / "warm.csv", place / "warm.yaml")
            workspace.timelines.open("person", ("plan",))
    return time.perf_counter() - began
