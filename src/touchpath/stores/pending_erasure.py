"""The erasure that is being done, in one small file that is gone when it is finished."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from touchpath.model.errors import BadInput
from touchpath.store.erasing import Pending
from touchpath.stores.durability import WriterLock, sync_folder, write_whole


class PendingErasureFile:
    """A `PendingErasures` in one JSON file that only its owner may read."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)

    @contextmanager
    def alone(self, patience: float) -> Iterator[None]:
        """The right to erase, for one thread of one process at a time; raises Unavailable when it is not free after so many seconds."""
        lock = WriterLock(self._path.with_suffix(".lock"), patience)
        lock.take()
        try:
            yield
        finally:
            lock.release()

    def load(self) -> Pending | None:
        """The one that was begun and not finished, or None."""
        try:
            contents = self._path.read_bytes()
        except FileNotFoundError:
            return None
        if not contents.strip(b"\0"):
            self._path.unlink(missing_ok=True)
            return None
        try:
            plain = json.loads(contents)
        except ValueError as error:
            raise BadInput(
                f"{self._path} is damaged ({error}). Delete it, and begin the erasure that it stood for again."
            ) from error
        times = {name: datetime.fromisoformat(plain[name]) for name in ("began", "moment") if plain[name]}
        return Pending(**{**plain, **times, "ids": tuple(plain["ids"]), "handed": tuple(plain.get("handed", ()))})

    def save(self, pending: Pending) -> None:
        """Remember that it was begun, durable when this returns."""
        write_whole(self._path, json.dumps(asdict(pending), default=datetime.isoformat).encode())
        self._path.chmod(0o600)

    def clear(self) -> None:
        """It is finished: the bytes are overwritten, then the file goes."""
        if not self._path.exists():
            return
        with self._path.open("r+b") as file:
            file.write(b"\0" * self._path.stat().st_size)
            file.flush()
            os.fsync(file.fileno())
        self._path.unlink()
        sync_folder(self._path.parent)
