"""A log of 40 signals, and timelines of it in files that take little at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from slow_timelines import TINY, SignalLog, some_rows

from touchpath.stores.timeline_files import TimelineFiles


@pytest.fixture
def log() -> SignalLog:
    log = SignalLog()
    log.append(some_rows(40))
    return log


@pytest.fixture
def files(log: SignalLog, tmp_path: Path) -> Iterator[TimelineFiles]:
    files = TimelineFiles(tmp_path, log, limits=TINY)  # type: ignore[arg-type]
    yield files
    files.close()
