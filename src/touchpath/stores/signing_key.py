"""A workspace's own key for what it signs, such as links; drawn once, and readable by its owner alone."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from touchpath.stores.durability import make_folder, sync_folder

_BYTES = 32


class SigningKey:
    """The key in one file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def bytes(self) -> bytes:
        """The key; made if there is none."""
        make_folder(self._path.parent)
        with suppress(FileExistsError):
            draft = self._path.with_name(f"{self._path.name}.{secrets.token_hex(4)}")
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                os.write(descriptor, secrets.token_bytes(_BYTES))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            try:
                os.link(draft, self._path)
            finally:
                draft.unlink()
            sync_folder(self._path.parent)
        return self._path.read_bytes()
