"""Making sure that what was written is on disk, whole, and written by one process at a time."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from touchpath.model.errors import Unavailable

_BETWEEN = 0.01  # seconds between two tries for a lock


def sync_file(path: Path) -> None:
    """Force one file's contents to disk."""
    _sync(path, os.O_RDONLY)


def sync_folder(path: Path) -> None:
    """Force a folder's list of names to disk, so that new and renamed files survive a power cut."""
    _sync(path, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, mode: int) -> None:
    descriptor = os.open(path, mode)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_all(files: Iterable[Path]) -> None:
    """Force files to disk, and then the folders that name them."""
    folders: dict[Path, None] = {}
    for path in files:
        sync_file(path)
        folders[path.parent] = None
    for folder in folders:
        sync_folder(folder)


def make_folder(path: Path) -> None:
    """Create a folder (with its parents) so that it survives a power cut; fine if it is there."""
    missing = [path, *path.parents]
    missing = [folder for folder in missing if not folder.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for folder in missing:
        sync_folder(folder.parent)


def write_whole(path: Path, contents: bytes) -> None:
    """Replace a file so that a reader, or a crash, sees the old contents or the new and nothing between."""
    new = path.with_name(path.name + ".new")
    with new.open("wb") as file:
        file.write(contents)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    sync_folder(path.parent)


class WriterLock:
    """The right to write to one folder: held by one process at a time, given back when that process ends, however it ends.

    patience: seconds to wait for a process that has it.
    """

    def __init__(self, path: Path, patience: float = 0.0) -> None:
        self._path, self._patience = path, patience
        self._file: BinaryIO | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._file is not None

    def take(self) -> None:
        """Take the lock; raises Unavailable and names the process that has it when that takes longer than the patience."""
        if self._file is not None:
            return
        make_folder(self._path.parent)
        file = self._path.open("a+b")
        until = time.monotonic() + self._patience
        while not _locked(file):
            if time.monotonic() >= until:
                file.seek(0)
                owner = file.read(32).decode("ascii", "replace").strip() or "unknown"
                file.close()
                raise Unavailable(_taken(self._path, owner))
            time.sleep(_BETWEEN)
        file.truncate(0)
        file.write(f"{os.getpid()}\n".encode())
        file.flush()
        self._file = file

    def release(self) -> None:
        """Give the lock back."""
        if self._file is not None:
            self._file.truncate(0)
            self._file.close()
            self._file = None


def _locked(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _taken(path: Path, owner: str) -> str:
    return (
        f"Process {owner} is writing to {path.parent}, and only one process may at a time. Try again when it has finished; "
        f"reading is possible meanwhile."
    )
