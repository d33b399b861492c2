"""Which (source, id) pairs the lake has ever taken, with what content: sorted runs on disk, found again in milliseconds.

Derived from the lake and rebuilt from it at any time. Each run holds four arrays end to end, sorted by the first: high and low
half of the 128-bit identity (uint64), content fingerprint (uint64), revision (int32). New entries make a new run; runs of about
the same size are merged, so that there are few. A manifest names the runs and the lake version they cover; it is replaced as a
whole, after everything it names is on disk.
"""

from __future__ import annotations

import json
import mmap
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xxhash
from numpy.typing import NDArray

from touchpath.stores.durability import make_folder, sync_file, write_whole
from touchpath.stores.fingerprints import Unsigned

FORMAT = 1
FAN = 4
_BYTES = 28
_CHUNK = 1_000_000
_SMALLEST = 4096
Revisions = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Entries:
    """Identities with what was kept of them, in no particular order; all four arrays have one element per entry."""

    high: Unsigned
    low: Unsigned
    content: Unsigned
    revision: Revisions

    def take(self, which: NDArray[np.int64] | NDArray[np.bool_]) -> Entries:
        """Some of the entries."""
        return Entries(self.high[which], self.low[which], self.content[which], self.revision[which])

    @staticmethod
    def none() -> Entries:
        """No entries."""
        nothing = np.empty(0, np.uint64)
        return Entries(nothing, nothing, nothing, np.empty(0, np.int32))

    @staticmethod
    def join(parts: Sequence[Entries]) -> Entries:
        """All entries of several, one after the other."""
        return Entries(
            np.concatenate([part.high for part in parts]),
            np.concatenate([part.low for part in parts]),
            np.concatenate([part.content for part in parts]),
            np.concatenate([part.revision for part in parts]),
        )

    def sorted(self) -> Entries:
        """The same entries by identity."""
        return self.take(np.argsort(self.high, kind="stable"))

    @property
    def size(self) -> int:
        """How many entries there are."""
        return int(self.high.size)


@dataclass(frozen=True, slots=True)
class Run:
    """One sorted file of entries, memory-mapped. `checksum` is the XXH3-64 of the whole file, in hexadecimal."""

    name: str
    checksum: str
    entries: Entries


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the identities asked for: entry `content`, `revision` of the question numbered `asked`."""

    asked: NDArray[np.int64]
    content: Unsigned
    revision: Revisions


class IdIndex:
    """All identities of one lake. `covers` is the lake version it holds; -1 = it must be built from the beginning."""

    def __init__(self, folder: Path, lake: str) -> None:
        self._folder = folder
        self._lake = lake
        self._manifest = folder / "manifest.json"
        self.covers = -1
        self._runs: list[Run] = []
        self._open()

    @property
    def size(self) -> int:
        """How many entries it holds, corrections included."""
        return sum(run.entries.size for run in self._runs)

    @property
    def runs(self) -> int:
        """How many runs a question has to look through."""
        return len(self._runs)

    def find(self, high: Unsigned, low: Unsigned) -> Known:
        """Every entry of these identities (arrays of the same length), in no particular order."""
        order = np.argsort(high, kind="stable")
        found = [_find(run.entries, high[order], low[order]) for run in self._runs]
        asked = np.concatenate([np.empty(0, np.int64), *(order[where] for where, _ in found)])
        entries = Entries.join([Entries.none(), *(run.entries.take(at) for run, (_, at) in zip(self._runs, found, strict=True))])
        return Known(asked, entries.content, entries.revision)

    def add(self, entries: Entries, covers: int) -> None:
        """Take entries in and say that the index now covers this lake version; durable when it returns."""
        runs = list(self._runs)
        if entries.size:
            runs.append(self._write([entries.sorted()]))
        for crowd in _crowds(runs):
            merged = self._write([run.entries for run in crowd])
            runs = [run for run in runs if run not in crowd] + [merged]
        self._swap(runs, covers)

    def discard(self, high: Unsigned, low: Unsigned, covers: int) -> None:
        """Drop all entries of these identities."""
        runs = []
        order = np.argsort(high, kind="stable")
        for run in self._runs:
            _, at = _find(run.entries, high[order], low[order])
            if at.size:
                left = np.ones(run.entries.size, np.bool_)
                left[at] = False
                runs += [self._write([run.entries.take(left)])] if left.any() else []
            else:
                runs.append(run)
        self._swap(runs, covers)

    def clear(self) -> None:
        """Forget everything, to be rebuilt from the first version on."""
        self._swap([], -1)

    def damaged(self) -> list[str]:
        """Names of runs whose bytes are not those that were written (reads everything)."""
        return [run.name for run in self._runs if _checksum(self._folder / run.name) != run.checksum]

    def _open(self) -> None:
        try:
            body = json.loads(self._manifest.read_bytes())
            told = body.pop("checksum")
        except (OSError, ValueError, KeyError):
            return
        if told != _seal(body) or body["format"] != FORMAT or body["lake"] != self._lake:
            return
        paths = [self._folder / name for name, _, _ in body["runs"]]
        sizes = [rows * _BYTES for _, rows, _ in body["runs"]]
        if any(not path.exists() or path.stat().st_size != size for path, size in zip(paths, sizes, strict=True)):
            return
        if body["covers"] < 0:
            return
        self._runs = [Run(name, checksum, _mapped(self._folder / name, rows)) for name, rows, checksum in body["runs"]]
        self.covers = body["covers"]

    def _swap(self, runs: list[Run], covers: int) -> None:
        make_folder(self._folder)
        rows = [(run.name, run.entries.size, run.checksum) for run in runs]
        body = {"format": FORMAT, "lake": self._lake, "covers": covers, "runs": rows}
        write_whole(self._manifest, json.dumps(body | {"checksum": _seal(body)}).encode())
        self._runs, self.covers = runs, covers
        kept = {run.name for run in runs}
        for path in self._folder.glob("*.run"):
            if path.name not in kept:
                path.unlink()

    def _write(self, parts: Sequence[Entries]) -> Run:
        """Merge sorted parts into one run file, a slice of identities at a time so that memory stays small."""
        make_folder(self._folder)
        rows = sum(part.size for part in parts)
        path = self._folder / f"{uuid.uuid4().hex}.run"
        path.touch()
        with path.open("r+b") as file:
            file.truncate(rows * _BYTES)
        target = _mapped(path, rows, writable=True)
        at = 0
        for slices in _slices(parts, -(-rows // _CHUNK)):
            piece = Entries.join(slices).sorted() if len(slices) > 1 else slices[0]
            end = at + piece.size
            target.high[at:end], target.low[at:end] = piece.high, piece.low
            target.content[at:end], target.revision[at:end] = piece.content, piece.revision
            at = end
        sync_file(path)
        return Run(path.name, _checksum(path), _mapped(path, rows))


def _find(entries: Entries, high: Unsigned, low: Unsigned) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs (position among the sorted questions, position among the entries) of equal identities."""
    first = np.searchsorted(entries.high, high, "left")
    near = np.flatnonzero(entries.high[np.minimum(first, entries.size - 1)] == high)
    counts = np.searchsorted(entries.high, high[near], "right") - first[near]
    asked = np.repeat(near, counts)
    at = np.repeat(first[near] - np.cumsum(counts) + counts, counts) + np.arange(asked.size)
    same = entries.low[at] == low[asked]
    return asked[same], at[same]


def _crowds(runs: Sequence[Run]) -> list[list[Run]]:
    """Groups of runs to be merged: once FAN runs share a size class, they and all smaller ones become one."""
    classes = [max(0, (run.entries.size // _SMALLEST).bit_length() // 2) for run in runs]
    full = [level for level in set(classes) if classes.count(level) >= FAN]
    return [[run for run, level in zip(runs, classes, strict=True) if level <= max(full)]] if full else []


def _slices(parts: Sequence[Entries], count: int) -> list[list[Entries]]:
    borders = [np.uint64((1 << 64) * number // count) for number in range(1, count)]
    cuts = [[0, *np.searchsorted(part.high, borders).tolist(), part.size] for part in parts] if borders else []
    if not cuts:
        return [list(parts)]
    return [
        [_slice(part, cut[number], cut[number + 1]) for part, cut in zip(parts, cuts, strict=True)] for number in range(count)
    ]


def _slice(entries: Entries, start: int, end: int) -> Entries:
    return Entries(entries.high[start:end], entries.low[start:end], entries.content[start:end], entries.revision[start:end])


def _mapped(path: Path, rows: int, *, writable: bool = False) -> Entries:
    with path.open("r+b" if writable else "rb") as file:
        whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_WRITE if writable else mmap.ACCESS_READ)
    return Entries(
        np.frombuffer(whole, np.uint64, rows, 0),
        np.frombuffer(whole, np.uint64, rows, 8 * rows),
        np.frombuffer(whole, np.uint64, rows, 16 * rows),
        np.frombuffer(whole, np.int32, rows, 24 * rows),
    )


def _checksum(path: Path) -> str:
    digest = xxhash.xxh3_64()
    with path.open("rb") as file:
        while block := file.read(1 << 22):
            digest.update(block)
    return digest.hexdigest()


def _seal(body: dict[str, object]) -> str:
    return xxhash.xxh3_64_hexdigest(json.dumps(body, sort_keys=True).encode())
