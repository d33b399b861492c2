"""The files that one file stands for: itself, or what a zip holds. Nothing is ever unpacked to disk."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from touchpath.model.errors import BadInput, Missing

ZIP_MAGIC = b"PK\x03\x04"

#: A zip may hold so many files; an export of a year by the hour holds 8,784.
MOST_PARTS = 100_000


#: What unpacks to more than this many times its size was made to fill somebody's disk or time; what is small is let pass.
MOST_UNPACKED = 250
SURELY_FINE = 1 << 30


@dataclass(frozen=True, slots=True)
class Part:
    """One file to read: a file of its own, or a member of a zip. `name` is how places in it are told.

    member_size, packed_size: bytes of a member, unpacked and in the zip.
    """

    path: Path
    member: str = ""
    member_size: int = 0
    packed_size: int = 0

    @property
    def name(self) -> str:
        return f"{self.path.name}/{self.member}" if self.member else self.path.name

    @property
    def size(self) -> int:
        """Bytes, as they come out of `open`."""
        return self.member_size if self.member else self.path.stat().st_size

    def open(self) -> IO[bytes]:
        """The bytes from the start."""
        if not self.member:
            return open_binary(self.path)
        try:
            return zipfile.ZipFile(self.path).open(self.member)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, KeyError) as error:
            raise BadInput(f"{self.name} cannot be unpacked: {error}. Unpack the zip, and import what is in it.") from error


def as_part(file: Path | Part) -> Part:
    """A file of its own as a part."""
    return file if isinstance(file, Part) else Part(file)


def open_binary(path: Path) -> IO[bytes]:
    """The file, or an error that says what is there instead."""
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise Missing(f"There is no file '{path}'.") from error
    except IsADirectoryError as error:
        raise BadInput(f"'{path}' is a folder. Name one file.") from error
    except PermissionError as error:
        raise BadInput(f"'{path}' may not be read by this user.") from error


def parts_of(path: Path) -> tuple[Part, ...]:
    """What to read, in the order of names (2 before 10). Raises BadInput for a zip that is damaged, locked or empty."""
    with open_binary(path) as file:
        magic = file.read(4)
    if magic != ZIP_MAGIC:
        return (Part(path),)
    try:
        with zipfile.ZipFile(path) as packed:
            found = [one for one in packed.infolist() if _counts(one)]
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise BadInput(f"{path.name} is a damaged zip: {error}. Export or copy it again.") from error
    if len(found) > MOST_PARTS:
        raise BadInput(f"{path.name} holds {len(found):,} files; at most {MOST_PARTS:,} will do. Import it in pieces.")
    if locked := next((one.filename for one in found if one.flag_bits & 1), None):
        raise BadInput(f"{path.name} is locked by a password ({locked}). Unpack it, and import what is in it.")
    if not found:
        raise BadInput(f"{path.name} is a zip without files.")
    _check_sizes(path, found)
    found.sort(key=lambda one: _natural(one.filename))
    return tuple(Part(path, one.filename, one.file_size, one.compress_size) for one in found)


def _check_sizes(path: Path, found: Sequence[zipfile.ZipInfo]) -> None:
    """Raise BadInput for a zip that was made to unpack without end. No more than these sizes is ever read of a member."""
    size, packed, unpacked = path.stat().st_size, sum(one.compress_size for one in found), sum(one.file_size for one in found)
    if packed > size:
        raise BadInput(f"{path.name} is a damaged zip: its files overlap. Export or copy it again.")
    if unpacked > SURELY_FINE and unpacked > MOST_UNPACKED * size:
        raise BadInput(
            f"{path.name} unpacks to {unpacked:,} bytes, more than {MOST_UNPACKED} times its size, as no export does. "
            "If it is one, unpack it, and import what is in it."
        )


def _counts(member: zipfile.ZipInfo) -> bool:
    """Whether a member is a file somebody meant, and not a folder or what a Mac leaves behind."""
    parts = member.filename.split("/")
    return not member.is_dir() and "__MACOSX" not in parts and not parts[-1].startswith(".")


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"([0-9]+)", name) if part]
