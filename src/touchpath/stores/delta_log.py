"""The Delta table's log: which data files count, who added them when, and how far each job has come."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Schema, Transaction
from deltalake.exceptions import DeltaError
from deltalake.transaction import AddAction, RemoveAction

from touchpath.model.errors import Conflict, Unavailable
from touchpath.store.signals import STORED_SCHEMA
from touchpath.stores.durability import make_folder, sync_all, sync_folder
from touchpath.stores.signal_files import STATISTICS, NewFile

_SCHEMA = Schema.from_arrow(STORED_SCHEMA)
_SETTINGS: dict[str, str | None] = {
    "delta.dataSkippingStatsColumns": ",".join(STATISTICS),
    "delta.enableDeletionVectors": "false",
    "delta.enableExpiredLogCleanup": "false",
    "delta.logRetentionDuration": "interval 0 days",
    "delta.deletedFileRetentionDuration": "interval 0 days",
}
CHECKPOINT_EVERY = 100
OPENING_TRIES = 5
Told = TypeVar("Told")
_NO_HOOKS = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)


@dataclass(frozen=True, slots=True)
class DataFile:
    """One data file that counts: rows, bytes, and the range of its actor keys (None, None = nobody's signals)."""

    name: str
    rows: int
    size: int
    first_actor: int | None
    last_actor: int | None
    corrected: bool


class DeltaLog:
    """Reads the log at any time; writes to it durably: what `commit` added has reached the disk when it returns."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._entries = folder / "_delta_log"
        self._table: DeltaTable | None = None
        self._basis: tuple[int | str, ...] = ()
        self._files: tuple[int, tuple[DataFile, ...]] = (-2, ())
        self._told: tuple[int, dict[str, int | None]] = (-2, {})
        self._durable = -1
        self._alone = 0
        self._lock = threading.RLock()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While nobody but this thread writes, it looks at the folder once, and again after each commit, not at every question."""
        with self._lock:
            self._look()
            self._alone = threading.get_ident()
        try:
            yield
        finally:
            self._alone = 0

    @property
    def version(self) -> int:
        """The newest version; -1 before anything was kept (version 0 only creates the table)."""
        with self._lock:
            table = self._newest()
            return table.version() or -1 if table else -1

    @property
    def identity(self) -> str:
        """What tells this table from any other, "" before it exists."""
        return self._ask(lambda table: str(table.metadata().id)) or ""

    def progress(self, job: str) -> int | None:
        """The last sequence that was committed for a job, and that is sure to be on disk."""
        with self._lock:
            self.make_durable()
            return self._ask(lambda table: self._progress_of(table, job))

    def _progress_of(self, table: DeltaTable, job: str) -> int | None:
        """Remembered for one version: the table looks into its checkpoint each time."""
        if self._told[0] != table.version():
            self._told = table.version(), {}
        told = self._told[1]
        if job not in told:
            told[job] = table.transaction_version(job)
        return told[job]

    def files(self) -> tuple[DataFile, ...]:
        """The data files that hold the newest version's rows."""
        return self._ask(self._files_of) or ()

    def _files_of(self, table: DeltaTable) -> tuple[DataFile, ...]:
        if self._files[0] != table.version():
            self._files = (table.version(), tuple(sorted(_files(table), key=lambda file: file.name)))
        return self._files[1]

    def added_since(self, version: int) -> list[Path]:
        """Files that brought new rows after a version, as they were added. Raises Conflict where the log cannot tell."""
        newest = self.version
        if version > newest:
            raise Conflict(f"The lake is at version {newest}, so nothing can be read after version {version}. Read all of it.")
        added: list[Path] = []
        for entry in range(max(version, -1) + 1, newest + 1):
            added += self._added_by(entry)
        gone = [path for path in added if not path.exists()]
        if gone:
            raise Conflict(f"Signals added after version {version} have been merged into other files since. Read all of them.")
        return added

    def commit(self, adds: Sequence[NewFile], removes: Sequence[str], *, new_rows: bool, doing: str,
               progress: tuple[str, int] | None = None) -> int:  # fmt: skip
        """Let these files count and those not any more, in one step; gives the new version.

        The data files and their folder reach the disk before the log names them; the entry and its folder before this returns.
        """
        with self._lock:
            table = self.create()
            sync_folder(self.folder)
            sizes = {file.name: file.size for file in self.files()} if removes else {}
            now = time.time_ns() // 1_000_000
            actions: list[AddAction | RemoveAction] = [_add(file, now, new_rows=new_rows) for file in adds]
            actions += [RemoveAction(name, new_rows, now, sizes[name], {}) for name in removes]
            transactions = [Transaction(*progress)] if progress else None
            properties = CommitProperties(custom_metadata={"touchpath": doing}, app_transactions=transactions)
            try:
                table.create_write_transaction(
                    actions, "append", _SCHEMA, commit_properties=properties, post_commithook_properties=_NO_HOOKS
                )
            except DeltaError as error:
                raise Unavailable(f"The log of the lake cannot be written: {error}. Nothing was kept; try again.") from error
            before, told = self._told
            self._look()
            self.make_durable()
            version = self.version
            if before == version - 1 and self._is_alone:  # nobody else wrote, so what other jobs came to is as it was
                self._told = version, told | dict([progress] if progress else [])
            if version % CHECKPOINT_EVERY == 0:
                self.checkpoint()
            return version

    def make_durable(self) -> None:
        """Force to disk what an earlier process may have committed without living to do so."""
        own = self._is_alone and self._table is not None and self._durable >= 0
        known = range(self._durable + 1, self._table.version() + 1) if own and self._table else self.entries()
        waiting = [version for version in known if version > self._durable]
        sync_all(self.entry(version) for version in waiting)
        self._durable = max(waiting, default=self._durable)

    def checkpoint(self) -> None:
        """Sum the log up in one file, so that opening stays quick."""
        table = self._newest()
        if table is not None:
            table.create_checkpoint()
            sync_all([*self._entries.glob(f"{table.version():020d}.checkpoint*.parquet"), self._last_checkpoint])

    def mend(self) -> None:
        """Drop what a power cut tore: a last entry or a checkpoint that never became whole was never relied upon."""
        with self._lock:
            last = self.entry(self.entries()[-1]) if self.entries() else None
            if last is not None and not _whole(last):
                last.unlink()
            for checkpoint in self._entries.glob("*.checkpoint*.parquet"):
                if not _readable(checkpoint):
                    checkpoint.unlink()
                    self._last_checkpoint.unlink(missing_ok=True)
            self._table = None
            self.make_durable()

    def drop_unused(self, seconds: float = 0, most_bytes: int = 0) -> None:
        """Delete data files that do not count (any more); of the newest so many bytes stay for so many seconds.

        Whoever reads what came after an older version finds its files among those.
        """
        counting = {file.name for file in self.files()}
        unused = [(path.stat(), path) for path in self.folder.glob("*.parquet") if path.name not in counting]
        since = time.time() - seconds
        for about, path in sorted(unused, key=lambda one: one[0].st_mtime, reverse=True):
            most_bytes -= about.st_size
            if most_bytes < 0 or about.st_mtime < since:
                path.unlink()
        if self.folder.exists():
            sync_folder(self.folder)

    def mark_unused(self, names: Sequence[str]) -> None:
        """Say of data files that they count no more since now."""
        for name in names:
            os.utime(self.folder / name)

    def drop_history(self, keep: int) -> None:
        """Delete log entries, and checkpoints, older than the last `keep` versions, after summing up what they said."""
        with self._lock:
            self.checkpoint()
            newest = self.entries()[-1]
            for path in self._entries.iterdir():
                number = path.name.split(".", 1)[0]
                old = number.isdigit() and int(number) <= newest - keep and int(number) < newest
                earlier = ".checkpoint" in path.name and number.isdigit() and int(number) < newest
                if old or earlier or "#" in path.name:
                    path.unlink()
            self._table = None  # it may have been read from a checkpoint that is gone
            sync_folder(self._entries)

    @property
    def _last_checkpoint(self) -> Path:
        return self._entries / "_last_checkpoint"

    def entry(self, version: int) -> Path:
        """Where one version's log entry is."""
        return self._entries / f"{version:020d}.json"

    def entries(self) -> list[int]:
        """Versions whose log entries are still there, oldest first."""
        return _versions(self._names())

    def _names(self) -> list[str]:
        """The files of the log: one look at the folder, which is asked for again and again and holds thousands."""
        try:
            return os.listdir(self._entries)  # noqa: PTH208 - a path object for each would cost ten times as much
        except FileNotFoundError:
            return []

    def _added_by(self, version: int) -> list[Path]:
        try:
            lines = self.entry(version).read_text("utf-8").splitlines()
        except FileNotFoundError as error:
            raise Conflict(f"The log no longer tells what version {version} added. Read all signals.") from error
        actions = [json.loads(line) for line in lines]
        if any(action["remove"]["dataChange"] for action in actions if "remove" in action):
            raise Conflict(f"Signals were erased in version {version}. Read all signals that are left.")
        return [self.folder / action["add"]["path"] for action in actions if "add" in action and action["add"]["dataChange"]]

    def create(self) -> DeltaTable:
        """The table, created empty (version 0) if it was not there."""
        table = self._newest()
        if table is not None:
            return table
        make_folder(self.folder)
        table = DeltaTable.create(str(self.folder), _SCHEMA, name="signals", configuration=_SETTINGS)
        sync_all([self.entry(0)])
        sync_folder(self.folder)
        self._table = table
        return table

    def _newest(self) -> DeltaTable | None:
        """The table as it is now."""
        with self._lock:
            return self._table if self._is_alone and self._table is not None else self._look()

    @property
    def _is_alone(self) -> bool:
        return self._alone == threading.get_ident()

    def _ask(self, question: Callable[[DeltaTable], Told]) -> Told | None:
        """What the newest table says; None if there is none. Asked again when a writer drops what it was to be read from meanwhile."""
        with self._lock:
            for _ in range(OPENING_TRIES):
                table = self._newest()
                try:
                    return question(table) if table else None
                except DeltaError as error:
                    self._table, fault = None, error
            raise Unavailable(f"The log of the lake cannot be read: {fault}. Ask again.") from fault

    def _look(self) -> DeltaTable | None:
        """The table as the folder has it. An open one goes on from where it was, unless what it was read from was replaced."""
        with self._lock:
            names = self._names()
            entries = _versions(names)
            checkpoints = (name for name in names if ".checkpoint" in name and name.endswith(".parquet"))
            basis: tuple[int | str, ...] = (*entries[:1], *sorted(checkpoints))
            if not entries:
                self._table = None
            elif self._table is None or basis != self._basis:
                self._table, self._told = _opened(self.folder), (-2, {})
            elif self._table.version() != entries[-1]:
                self._table.update_incremental()
            self._basis = basis
            return self._table


def _versions(names: Sequence[str]) -> list[int]:
    """Which versions have an entry among these files, oldest first."""
    return sorted(int(stem) for name in names if name.endswith(".json") and (stem := name.removesuffix(".json")).isdigit())


def _opened(folder: Path) -> DeltaTable:
    """The table, opened; tried again when a writer drops old log entries at the same moment."""
    for _ in range(OPENING_TRIES - 1):
        with suppress(DeltaError):
            return DeltaTable(str(folder))
    return DeltaTable(str(folder))


def _add(file: NewFile, now: int, *, new_rows: bool) -> AddAction:
    statistics = {
        "numRecords": file.rows,
        "minValues": dict(file.smallest),
        "maxValues": dict(file.largest),
        "nullCount": dict(file.nulls),
    }
    return AddAction(file.name, file.size, {}, now, new_rows, json.dumps(statistics))


def _files(table: DeltaTable) -> list[DataFile]:
    actions = table.get_add_actions(flatten=True)
    if actions.num_rows == 0:
        return []
    names = ("path", "num_records", "size_bytes", "null_count.actor_key", "min.actor_key", "max.actor_key", "max.revision")
    columns = [actions.column(name).to_pylist() if name in actions.column_names else [None] * actions.num_rows for name in names]
    return [_file(*row) for row in zip(*columns, strict=True)]


def _file(
    name: str, rows: int, size: int, nobody: int | None, first: int | None, last: int | None, revision: int | None
) -> DataFile:
    """A file that says too little about itself (another tool wrote it) may hold anyone and anything."""
    if first is None and nobody != rows:
        first, last = -(1 << 63), (1 << 63) - 1
    return DataFile(name, rows, size, first, last, corrected=revision is None or revision > 0)


def _whole(entry: Path) -> bool:
    """Whether a log entry was written to its end."""
    try:
        return bool([json.loads(line) for line in entry.read_text("utf-8").splitlines()])
    except ValueError:
        return False


def _readable(checkpoint: Path) -> bool:
    try:
        pq.read_metadata(checkpoint)
    except (pa.ArrowException, OSError):
        return False
    return True
