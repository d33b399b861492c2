"""Folders of files: on this machine, or under a prefix of object storage (S3 and what speaks like it, Google Cloud Storage, Azure)."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.fs
import xxhash

from touchpath.model.errors import BadInput, Missing, Unavailable
from touchpath.services.secrets import Secret, redact
from touchpath.sources.pull.table_rows import checked_path
from touchpath.sources.pull.web import checked_base

_SCHEMES = ("s3", "gs", "az")
_FORMS = "/a/folder, s3://bucket/prefix, gs://bucket/prefix or az://container/prefix"
_SECONDS = 30
_ROOM = 256 << 20


@dataclass(frozen=True, slots=True)
class Found:
    """One file: its name below the place, its size, and when it was written (nanoseconds since 1970)."""

    name: str
    size: int
    modified: int

    @property
    def mark(self) -> str:
        """What tells this state of the file from all others: 16 hex digits."""
        return xxhash.xxh3_64_hexdigest(f"{self.name}\x1f{self.size}\x1f{self.modified}".encode())


class Place:
    """A folder or a prefix."""

    def __init__(self, address: str, settings: Mapping[str, str], secrets: Mapping[str, Secret]) -> None:
        self.address, self._settings, self._secrets = address, settings, secrets
        scheme, _, rest = address.partition("://")
        if "://" not in address:
            self._scheme, self._base = "", str(checked_path("place", address))
        elif scheme in _SCHEMES and rest.strip("/"):
            self._scheme, self._base = scheme, rest.strip("/")
        else:
            raise BadInput(f"The place came as '{address}'. Give it as {_FORMS}.")
        if settings.get("endpoint"):
            checked_base("the object storage", settings["endpoint"])
        self._opened: pyarrow.fs.FileSystem | None = None

    @property
    def is_local(self) -> bool:
        """Whether it is a folder of this machine."""
        return not self._scheme

    def files(self, pattern: str, before: int) -> list[Found]:
        """The files that match a pattern, by name (2 before 10), written before a moment (nanoseconds since 1970).

        Left out: names that begin with a dot or an underscore, at any level, and empty files, as tools leave them behind.
        """
        with self._told("listed"):
            selector = pyarrow.fs.FileSelector(self._base, recursive=True)
            listed = self._filesystem().get_file_info(selector)
        found = [
            Found(one.path[len(self._base) :].lstrip("/"), one.size, one.mtime_ns or 0)
            for one in listed
            if one.type == pyarrow.fs.FileType.File and one.size
        ]
        wanted = [one for one in found if _wanted(one.name, pattern) and one.modified < before]
        return sorted(wanted, key=lambda one: _natural(one.name))

    @contextmanager
    def local(self, file: Found) -> Iterator[Path]:
        """The file on this machine, for as long as it is read; one from elsewhere is fetched and deleted afterwards."""
        if self.is_local:
            yield Path(self._base) / file.name
            return
        with TemporaryDirectory(prefix="touchpath-") as folder:
            free = shutil.disk_usage(folder).free
            if file.size + _ROOM > free:
                raise Unavailable(
                    f"{file.name} has {file.size >> 20:,} MiB, and {folder} has room for {free >> 20:,}. Make room (TMPDIR)."
                )
            path = Path(folder) / (re.sub(r"[^\w.-]", "_", file.name.rpartition("/")[2]) or "file")
            with (
                self._told(f"read ({file.name})"),
                self._filesystem().open_input_stream(self._at(file), compression=None) as source,
                path.open("wb") as to,
            ):
                shutil.copyfileobj(source, to, 1 << 20)
            if path.stat().st_size != file.size:
                raise Unavailable(f"{file.name} changed while it was fetched. The next run reads it again.")
            yield path

    def _at(self, file: Found) -> str:
        return f"{self._base.rstrip('/')}/{file.name}"

    def _filesystem(self) -> pyarrow.fs.FileSystem:
        if self._opened is None:
            self._opened = self._open()
        return self._opened

    def _open(self) -> pyarrow.fs.FileSystem:
        """The storage; without secrets it proves itself as this machine does (variables, profile, role)."""
        secret = {name: one.reveal() for name, one in self._secrets.items()}
        key, hidden = secret.get("access_key"), secret.get("secret_key")
        if not self._scheme:
            return pyarrow.fs.LocalFileSystem()
        if self._scheme == "gs":
            return pyarrow.fs.GcsFileSystem(**self._endpoint())
        if self._scheme == "az":
            account = self._settings.get("account", "")
            if not account:
                raise BadInput("Azure needs the setting 'account': the name of the storage account.")
            return pyarrow.fs.AzureFileSystem(account_name=account, account_key=hidden)
        region = self._settings.get("region") or None
        timeouts = {"connect_timeout": _SECONDS, "request_timeout": 4 * _SECONDS}
        return pyarrow.fs.S3FileSystem(access_key=key, secret_key=hidden, region=region, **timeouts, **self._endpoint())

    def _endpoint(self) -> dict[str, Any]:
        parts = urlsplit(self._settings.get("endpoint", ""))
        return {"endpoint_override": parts.netloc, "scheme": parts.scheme} if parts.netloc else {}

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Errors of the storage in words, without secrets."""
        try:
            yield
        except FileNotFoundError as error:
            raise Missing(f"{self.address} cannot be {what}: there is no such place.") from error
        except (OSError, pa.ArrowException) as error:
            told = redact(" ".join(str(error).split())[:400], [one.reveal() for one in self._secrets.values()])
            raise Unavailable(f"{self.address} cannot be {what} now: {told}") from None


def _wanted(name: str, pattern: str) -> bool:
    return fnmatch(name, pattern) and not any(part.startswith((".", "_")) for part in name.split("/"))


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"([0-9]+)", name) if part]
