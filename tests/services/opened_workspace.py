"""A new workspace with a model and signals, open as long as a test needs it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from touchpath.bootstrap import Workspace, create_workspace, open_workspace
from touchpath.model.signal import Signal


@contextmanager
def workspace_of(folder: Path, model: str, signals: Iterable[Signal]) -> Iterator[Workspace]:
    """The workspace in a folder that does not exist yet."""
    create_workspace(folder)
    with closing(open_workspace(folder)) as workspace:
        workspace.models.apply(model, "test", "", file="model.yaml")
        workspace.record(list(signals))
        yield workspace
