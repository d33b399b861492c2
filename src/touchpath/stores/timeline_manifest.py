"""The manifest: which files make up the timelines of one unit, and which signals are in them."""

from __future__ import annotations

import fcntl
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

import msgspec

from touchpath.model.errors import Unavailable
from touchpath.stores.durability import make_folder, sync_folder, write_whole
from touchpath.stores.timeline_identity import identity_from
from touchpath.stores.timeline_shards import FileEntry, ShardFiles, check_contents, check_size, damaged, read_arrays
from touchpath.timelines.arrays import Timelines
from touchpath.timelines.identity import Identity

FORMAT = "touchpath-timelines/2"
_MANIFEST = "manifest.json"
_LOCK = "build.lock"
_VERSION = "base-"
_UNIT = "unit-"


class Manifest(msgspec.Struct, frozen=True):
    """Which files make up one base.

    lake: which lake it was built from. lake_version: every signal appended up to it is in. folder: where the files are.
    bits: there are 2**bits shards. words: JSON files {column: [words]}. identity: links and persons, for persons only.
    shards: the files of each shard, the one with its order first. rules, decisions: what persons follow beside the signals.
    """

    unit: str
    lake: str
    lake_version: int
    folder: str
    bits: int
    properties: tuple[str, ...]
    words: tuple[FileEntry, ...]
    identity: FileEntry | None
    shards: tuple[tuple[FileEntry, ...], ...]
    rules: str = ""
    decisions: int = 0
    format: str = FORMAT

    @property
    def files(self) -> Iterator[FileEntry]:
        """Every file."""
        yield from self.words
        if self.identity:
            yield self.identity
        for shard in self.shards:
            yield from shard


@dataclass(frozen=True, slots=True)
class Base:
    """One opened base: shards without words, the words, and who is whom."""

    manifest: Manifest
    shards: tuple[Timelines, ...]
    words: Mapping[str, Sequence[str]]
    identity: Identity

    @property
    def signals(self) -> int:
        """How many signals are in it."""
        return sum(shard.signals for shard in self.shards)


class UnitFolder:
    """The folder of one unit: a manifest, and the files of the base that it names. Anything else in it is left from a crash."""

    def __init__(self, folder: Path, unit: str) -> None:
        self.path = folder / f"{_UNIT}{quote(unit, safe='')}"
        self._manifest = self.path / _MANIFEST

    @staticmethod
    def units(folder: Path) -> list[str]:
        """Units that have a folder there."""
        return sorted(unquote(path.name.removeprefix(_UNIT)) for path in folder.glob(f"{_UNIT}*"))

    @contextmanager
    def building(self, *, wait: bool = True) -> Iterator[bool]:
        """Hold the right to build; one process and thread at a time. Without `wait`, False = somebody else has it."""
        make_folder(self.path)
        with (self.path / _LOCK).open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    def manifest(self) -> Manifest | None:
        """The manifest as of now; None if there is none, or only of a format that is no longer read."""
        try:
            text = self._manifest.read_bytes()
        except FileNotFoundError:
            return None
        try:
            found = msgspec.json.decode(text, type=Manifest)
        except msgspec.DecodeError as error:
            raise damaged(self.path, f"{_MANIFEST} cannot be read ({error})") from error
        return found if found.format == FORMAT else None

    def open(self) -> Base | None:
        """The base as of now, or None. If it is swapped meanwhile, the next one is opened."""
        while (manifest := self.manifest()) is not None:
            try:
                return self._open(manifest)
            except FileNotFoundError as error:
                if self.manifest() == manifest:
                    raise damaged(self.path, f"the file {Path(error.filename).name} is not there") from error
        return None

    def _open(self, manifest: Manifest) -> Base:
        folder = (self.path / manifest.folder).absolute()
        shards = tuple(ShardFiles(folder, files)() for files in manifest.shards)
        words: dict[str, Sequence[str]] = {}
        for entry in manifest.words:
            check_size(folder, entry)
            words |= msgspec.json.decode((folder / entry.name).read_bytes(), type=dict[str, list[str]])
        if manifest.identity is None:
            return Base(manifest, shards, words, Identity())
        who = identity_from(read_arrays(folder, manifest.identity), manifest.rules, manifest.decisions)
        return Base(manifest, shards, words, who)

    def new_folder(self) -> Path:
        """A folder for the next base; what earlier crashes left is removed. Only while building."""
        self.clean()
        folder = self.path / f"{_VERSION}{uuid.uuid4().hex[:12]}"
        make_folder(folder)
        return folder

    def swap(self, manifest: Manifest) -> None:
        """Let this base count from now on, in one step, and delete the one before; what is mapped stays readable."""
        sync_folder(self.path / manifest.folder)
        write_whole(self._manifest, msgspec.json.encode(manifest))
        self.clean()

    def clean(self) -> None:
        """Delete the files of no base that counts. Only while building."""
        try:
            manifest = self.manifest()
        except Unavailable:
            manifest = None
        current = manifest.folder if manifest else ""
        for path in self.path.glob(f"{_VERSION}*"):
            if path.name != current:
                shutil.rmtree(path, ignore_errors=True)

    def faults(self) -> list[str]:
        """What is wrong with the files, each in a sentence: reads all of them. If they are swapped meanwhile, reads the next."""
        while (manifest := self.manifest()) is not None:
            folder = self.path / manifest.folder
            found = [fault for entry in manifest.files if (fault := check_contents(folder, entry))]
            if not found or self.manifest() == manifest:
                return found
        return []

    def remove(self) -> None:
        """Delete everything."""
        with self.building():
            self._manifest.unlink(missing_ok=True)
            sync_folder(self.path)
            self.clean()
