"""A secret key in a file of its own, outside the workspace, that only its owner may read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from touchpath.model.errors import BadInput, Unavailable
from touchpath.stores.durability import sync_folder

_BYTES = 32
_OTHERS = 0o077


class KeyFile:
    """32 random bytes, as 64 hexadecimal digits in one file.

    workspace: the folder that it must not be in. setting: the name of what says where the file is.
    """

    def __init__(self, path: str | Path, workspace: Path, setting: str = "TOUCHPATH_PRIVACY_KEY_FILE") -> None:
        self.path, self._workspace, self._setting = Path(path).expanduser(), workspace, setting

    def read(self) -> bytes:
        """The key; raises Unavailable when the file is not there or cannot be read, BadInput when it is unfit."""
        self._check_place()
        try:
            mode, text = self.path.stat().st_mode, self.path.read_text("ascii").strip()
        except FileNotFoundError as error:
            raise Unavailable(
                f"The key {self.path} is not there. Put it back from where you keep it, or say where it is: {self._setting}."
            ) from error
        except (OSError, UnicodeDecodeError) as error:
            raise Unavailable(f"The key {self.path} cannot be read: {error}.") from error
        if mode & _OTHERS:
            raise BadInput(f"Others may read the key {self.path} (mode {mode & 0o777:03o}). Change that: chmod 600 {self.path}")
        try:
            key = bytes.fromhex(text)
        except ValueError:
            key = b""
        if len(key) != _BYTES:
            raise BadInput(f"The key {self.path} is damaged: it should hold {2 * _BYTES} hexadecimal digits. Put back a copy.")
        return key

    def make(self) -> bytes:
        """The key, made now if it was not there; a copy of it belongs with the backups, in another place."""
        self._check_place()
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            file = os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            return self.read()
        except OSError as error:
            raise Unavailable(
                f"The key {self.path} cannot be made: {error}. Say where else: TOUCHPATH_PRIVACY_KEY_FILE."
            ) from error
        with os.fdopen(file, "w") as opened:
            opened.write(secrets.token_hex(_BYTES) + "\n")
            opened.flush()
            os.fsync(opened.fileno())
        sync_folder(self.path.parent)
        return self.read()

    def _check_place(self) -> None:
        if self.path.resolve().is_relative_to(self._workspace.resolve()):
            raise BadInput(
                f"The key {self.path} lies in the workspace, where it protects nothing. Set {self._setting} to another place."
            )


def usual_key_place(name: str = "privacy.key") -> Path:
    """Where a key is unless a setting says otherwise: in the user's configuration folder."""
    try:
        return Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser() / "touchpath" / name
    except RuntimeError:  # Whoever runs this has no home.
        return Path("/etc/touchpath") / name
