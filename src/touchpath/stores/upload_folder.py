"""Uploaded files in one folder: each in a folder of its own, with its mapping and a small JSON file that says how far it is."""

from __future__ import annotations

import errno
import json
import os
import re
import secrets
import shutil
import threading
import time
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from touchpath.model.errors import BadInput, Missing, Unavailable
from touchpath.store.uploads import Upload
from touchpath.stores.actors_in_texts import file_names_actor, holds_actor
from touchpath.stores.durability import WriterLock, make_folder, sync_folder, write_whole

_ID = re.compile(r"[0-9a-f]{16}")
_STRANGE = re.compile(r"[\x00-\x1f\x7f<>:\"|?*]")
_LONGEST_NAME = 120
#: What a visitor who left in the middle has sent is deleted after so long.
_ABANDONED_SECONDS = 24 * 3600


def safe_name(name: str) -> str:
    """A file's name without folders, control characters or a leading dot, at most 120 characters, its ending kept.

    >>> safe_name("../../etc/passwd"), safe_name("C:\\\\Users\\\\me\\\\ord\\ners.csv"), safe_name("..")
    ('passwd', 'ord_ers.csv', 'file')
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = _STRANGE.sub("_", last).strip(". ")
    stem, dot, ending = plain.rpartition(".")
    if len(plain.encode()) > _LONGEST_NAME:
        ending = ending if dot and len(ending.encode()) <= 12 else ""
        kept = (stem or plain).encode()[: _LONGEST_NAME - 13].decode("utf-8", "ignore")
        plain = f"{kept}.{ending}" if ending else kept
    return plain or "file"


class UploadFolder:
    """`Uploads` in one folder. Safe to call from many threads."""

    def __init__(self, folder: str | Path, limit: int) -> None:
        """limit: the most bytes that one file may have."""
        self._folder, self._limit = Path(folder), limit
        self._writing = threading.Lock()

    def receive(self, name: str) -> ReceivingFile:
        """Begin to take a file in."""
        self._clear_abandoned()
        return ReceivingFile(self, self._folder / secrets.token_hex(8), safe_name(name), self._limit)

    def load(self, id: str) -> Upload:
        """One upload; raises Missing."""
        try:
            return _read(self._place(id) / "upload.json")
        except OSError:
            raise Missing(f"There is no upload '{id}'. It may have been deleted; the list of imports shows all.") from None

    def all(self) -> list[Upload]:
        """All uploads, newest first."""
        found = [_read(path) for path in self._folder.glob("*/upload.json")] if self._folder.exists() else []
        return sorted(found, key=lambda one: (one.uploaded_at, one.id), reverse=True)

    def save(self, upload: Upload) -> None:
        """Keep an upload's state, durable when this returns."""
        plain = {**asdict(upload), "uploaded_at": upload.uploaded_at.isoformat()}
        with self._writing:
            write_whole(self._place(upload.id) / "upload.json", json.dumps(plain, indent=1).encode())

    def file(self, id: str) -> Path:
        """Where the file is: alone in a folder, so that a mapping which looks up files finds nothing of ours there."""
        return self._place(id) / "files" / self.load(id).name

    def mapping(self, id: str) -> Path:
        """Where its mapping is or will be."""
        return self._place(id) / "mapping" / "mapping.yaml"

    def keep_mapping(self, id: str, text: str) -> None:
        """Keep the text of its mapping."""
        self.load(id)
        make_folder(self.mapping(id).parent)
        with self._writing:
            write_whole(self.mapping(id), text.encode())

    @contextmanager
    def held(self, id: str) -> Iterator[bool]:
        """The right to import it, for one process and thread at a time; gives False when another has it."""
        lock = WriterLock(self._place(id) / "importing.lock")
        try:
            lock.take()
        except Unavailable:
            yield False
            return
        try:
            yield True
        finally:
            lock.release()

    def drop(self, id: str) -> None:
        """Delete the file, its mapping and its state."""
        self.load(id)
        (self._place(id) / "upload.json").unlink()
        shutil.rmtree(self._place(id))
        sync_folder(self._folder)

    def forget(self, actors: Sequence[str]) -> int:
        """Delete uploads whose file, mapping or name names one of these actors, or cannot be looked through; gives how many.

        Raises Unavailable while one of them is being imported.
        """
        named = [one for one in self.all() if self._names(one, actors)]
        for one in named:
            with self.held(one.id) as free:
                if not free:
                    raise Unavailable(f"{one.name} names the person and is being imported. Try again when that is over.")
            self.drop(one.id)
        return len(named) + sum(self._forget_torn(place, actors) for place in self._torn())

    def _torn(self) -> list[Path]:
        """Folders of files that are no upload (any more): one is on its way in, or a kill came while one was deleted."""
        found = self._folder.iterdir() if self._folder.exists() else ()
        return [place for place in found if not (place / "upload.json").exists()]

    def _forget_torn(self, place: Path, actors: Sequence[str]) -> bool:
        # A kill may have left the file or the mapping alone, so neither tells of the other: all of it goes if any of it must.
        if not any(file_names_actor(path, actors) for path in place.rglob("*") if path.is_file()):
            return False
        shutil.rmtree(place)
        sync_folder(self._folder)
        return True

    def _names(self, upload: Upload, actors: Sequence[str]) -> bool:
        if holds_actor(f"{upload.name} {upload.said}", actors) or holds_actor(upload.name.replace(".", " "), actors):
            return True
        files = [path for path in self._place(upload.id).rglob("*") if path.is_file() and path.name != "importing.lock"]
        return any(file_names_actor(path, actors) for path in files)

    def unfinished(self) -> Iterator[Upload]:
        """Uploads whose import was asked for and is not over, oldest first."""
        return (one for one in reversed(self.all()) if one.active)

    def _place(self, id: str) -> Path:
        if not _ID.fullmatch(id):
            raise Missing(f"There is no upload '{id[:40]}'. The list of imports shows all.")
        return self._folder / id

    def _clear_abandoned(self) -> None:
        if not self._folder.exists():
            return
        for place in self._folder.iterdir():
            if not (place / "upload.json").exists() and time.time() - place.stat().st_mtime > _ABANDONED_SECONDS:
                shutil.rmtree(place, ignore_errors=True)


class ReceivingFile:
    """A `Receiving` that writes to its final place; without the state file beside it, nobody sees it."""

    def __init__(self, uploads: UploadFolder, place: Path, name: str, limit: int) -> None:
        self._uploads, self._place, self._name, self._limit = uploads, place, name, limit
        self._bytes = 0
        self._file: BinaryIO | None = None

    def write(self, piece: bytes) -> None:
        """Add to the file."""
        if self._bytes + len(piece) > self._limit:
            self.abandon()
            raise BadInput(
                f"{self._name} is larger than {self._limit >> 20:,} MiB, the most that may be uploaded. Import it on the server "
                "itself (touchpath import), compress it with gzip, or raise the setting TOUCHPATH_UPLOAD_LIMIT_MB."
            )
        try:
            if self._file is None:
                make_folder(self._place / "files")
                self._file = (self._place / "files" / self._name).open("wb")
            self._file.write(piece)
        except OSError as error:
            self.abandon()
            raise _no_room(error, self._name) from error
        self._bytes += len(piece)

    def finish(self) -> Upload:
        """Keep the file, durable when this returns."""
        if self._file is None or not self._bytes:
            self.abandon()
            raise BadInput(f"{self._name} is empty. Choose a file that holds something.")
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            sync_folder(self._place / "files")
            upload = Upload(self._place.name, self._name, self._bytes, datetime.now(UTC))
            self._uploads.save(upload)
        except OSError as error:
            self.abandon()
            raise _no_room(error, self._name) from error
        self._file = None
        return upload

    def abandon(self) -> None:
        """Leave nothing of it, unless it is finished."""
        if self._file is not None:
            self._file.close()
            self._file = None
            shutil.rmtree(self._place, ignore_errors=True)


def _no_room(error: OSError, name: str) -> Unavailable:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Unavailable(
            f"The disk is full, so {name} could not be kept. Nothing of it is left; free some room and send it again."
        )
    return Unavailable(f"{name} could not be kept: {error.strerror or error}. Nothing of it is left; try again.")


def _read(path: Path) -> Upload:
    plain = json.loads(path.read_bytes())
    return Upload(**{**plain, "uploaded_at": datetime.fromisoformat(plain["uploaded_at"])})
