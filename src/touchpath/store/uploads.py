"""Files that people brought in through the browser, kept until they are imported or given up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

#: kept: nobody asked for the import yet. waiting, running: it goes on by itself, also after a restart. stopped: somebody stopped
#: it. failed: `said` tells why. done: the whole file is in. undone: it was in, and all of it was erased again.
UploadState = Literal["kept", "waiting", "running", "stopped", "failed", "done", "undone"]


@dataclass(frozen=True, slots=True)
class Upload:
    """One file that was brought in. name: as it was called there, made safe. job: its import's, "" before the first start.

    format: the known format that it is read as, with the answers to what that leaves open; "" = it is read by its mapping.
    """

    id: str
    name: str
    bytes: int
    uploaded_at: datetime
    state: UploadState = "kept"
    said: str = ""
    job: str = ""
    format: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def active(self) -> bool:
        """Whether its import runs or waits for its turn."""
        return self.state in ("waiting", "running")


class Receiving(Protocol):
    """A file on its way in: nothing of it counts before `finish`."""

    def write(self, piece: bytes) -> None:
        """Add to the file; raises BadInput above the size limit, Unavailable when the disk is full."""
        ...

    def finish(self) -> Upload:
        """Keep the file, durable when this returns; raises BadInput for an empty one."""
        ...

    def abandon(self) -> None:
        """Leave nothing of it; fine after `finish`, which it does not undo."""
        ...


class Uploads(Protocol):
    """Keeps uploaded files, each with its mapping and its state."""

    def receive(self, name: str) -> Receiving:
        """Begin to take a file in."""
        ...

    def load(self, id: str) -> Upload:
        """One upload; raises Missing."""
        ...

    def all(self) -> list[Upload]:
        """All uploads, newest first."""
        ...

    def save(self, upload: Upload) -> None:
        """Keep an upload's state, durable when this returns."""
        ...

    def file(self, id: str) -> Path:
        """Where the file is."""
        ...

    def mapping(self, id: str) -> Path:
        """Where its mapping is or will be."""
        ...

    def keep_mapping(self, id: str, text: str) -> None:
        """Keep the text of its mapping."""
        ...

    def held(self, id: str) -> AbstractContextManager[bool]:
        """The right to import it, for one process and thread at a time; gives False when another has it."""
        ...

    def drop(self, id: str) -> None:
        """Delete the file, its mapping and its state."""
        ...

    def unfinished(self) -> Iterator[Upload]:
        """Uploads whose import was asked for and is not over."""
        ...
