"""The lake: every signal ever taken, in a Delta table that Spark, Polars and DuckDB can read as it is."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from touchpath.model.errors import BadInput, Conflict, unknown
from touchpath.model.time import from_micros
from touchpath.store.signals import SIGNAL_SCHEMA, STORED_SCHEMA, Appended, KindCount, Screen
from touchpath.stores.compaction import choose, merge, small
from touchpath.stores.delta_log import DataFile, DeltaLog
from touchpath.stores.durability import WriterLock, sync_folder, write_whole
from touchpath.stores.erasure import Doomed, Gone, Left, OfImport, OfPeople, OlderThan, clear, gone_from, holds_moved
from touchpath.stores.fingerprints import contents, identities
from touchpath.stores.id_index import Entries, IdIndex
from touchpath.stores.judging import judge
from touchpath.stores.kind_counts import count_newest
from touchpath.stores.signal_files import NewFile, read_signals, write_signals
from touchpath.stores.signal_table import accept

#: Log entries of this many versions are kept, so that readers can ask what came since.
KEPT_VERSIONS = 2_000
#: Replaced files stay so long (seconds), if they are not more than so many bytes or this share of the lake: timelines that are being
#: built meanwhile then read only what came since they began.
KEPT_SECONDS, KEPT_BYTES, KEPT_SHARE = 900.0, 256 << 20, 0.5
_MANY = 1_000_000
Merge = Callable[[Path, Sequence[DataFile], Path], list[NewFile]]
#: The progress of a job whose batches may be appended again from the first one on.
_BEFORE_ALL = -1


class DeltaLake:
    """A `SignalStore` in one local folder: the Delta table `signals`, the index `ids`, and the writer's lock.

    Any number may read. The first write takes the lock (waiting for it at most `patience` seconds), mends what a crash left, and
    keeps the lock until `close`.

    The order of effects in `append` makes a crash at any point harmless: data file, then log entry (from here on the signals
    are kept), then index. What the index has not seen is read back from the lake before the next write.
    """

    def __init__(self, folder: str | Path, screen: Screen | None = None, *, patience: float = 0.0, merge: Merge = merge) -> None:
        """screen: who is kept out; asked with every append. merge: what makes large files of small ones."""
        self._folder = Path(folder)
        self._screen, self._merge = screen, merge
        self._log = DeltaLog(self._folder / "signals")
        self._lock = WriterLock(self._folder / "writer.lock", patience)
        self._erasing = self._folder / "erasing"
        self._spill = self._folder / "spill"
        self._index: IdIndex | None = None
        self._busy = threading.RLock()
        self._tidying = threading.Lock()
        self._kinds: tuple[int, list[KindCount]] = (-1, [])

    def append(self, signals: pa.Table, *, job: str | None = None, sequence: int | None = None, once: bool = False) -> Appended:
        """Keep these signals, durable when this returns; see `SignalStore.append`. A skipped sequence counts nothing.

        Ten thousand to a million at a time suit it best: a batch becomes one file, and is held in memory meanwhile.
        """
        if (job is None) != (sequence is None):
            raise BadInput("Give both job and sequence, or neither: a sequence numbers the batches of one job.")
        accepted = accept(signals)
        with self._writing() as index:
            if job is not None and sequence is not None and self._done(job, sequence):
                return Appended(0, 0, 0, self.version)
            accepted, away = self._screen.screen(accepted) if self._screen else (accepted, {})
            judged = judge(accepted, index, once=once)
            if not judged.rows.num_rows and job is None:
                self._count_away(away)
                return Appended(0, judged.duplicates, 0, self.version, sum(away.values()))
            files = [write_signals(self._log.folder, judged.rows)] if judged.rows.num_rows else []
            progress = (job, sequence) if job is not None and sequence is not None else None
            version = self._log.commit(files, [], new_rows=True, doing="append", progress=progress)
            index.add(judged.entries, version)
            self._count_away(away)
            return Appended(judged.new, judged.duplicates, judged.corrections, version, sum(away.values()))

    def progress(self, job: str) -> int | None:
        """The last sequence appended for a job, or None."""
        last = self._log.progress(job)
        return None if last == _BEFORE_ALL else last

    @property
    def identity(self) -> str:
        """What tells this lake from any other, for ever; "" before its first signal."""
        return self._log.identity

    @property
    def version(self) -> int:
        """Grows with each append, compaction and erasure; -1 = empty."""
        return self._log.version

    def files(self) -> list[Path]:
        """The Parquet files that hold the newest version, for Spark and other readers."""
        return [self._log.folder / file.name for file in self._log.files()]

    def scan(
        self,
        columns: Sequence[str],
        *,
        after: int | None = None,
        actor_keys: Sequence[int] | None = None,
        keys: Sequence[int] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Rows with these columns, streamed; see `SignalStore.scan`. Files and row groups without the actors are not read."""
        for name in columns:
            if name not in STORED_SCHEMA.names:
                raise BadInput(unknown("column of a stored signal", name, STORED_SCHEMA.names))
        where = _where(actor_keys, keys)
        if after is not None and after >= 0:
            return read_signals(self._log.added_since(after), columns, where)
        wanted = None if actor_keys is None else np.array(actor_keys, np.int64)
        files = [file for file in self._log.files() if wanted is None or _may_hold(file, wanted)]
        return read_signals([self._log.folder / file.name for file in files], columns, where)

    def kinds(self) -> list[KindCount]:
        """All kinds seen, most frequent first."""
        version = self.version
        if self._kinds[0] != version:
            files = self._log.files()
            corrected = [self._log.folder / file.name for file in files if file.corrected]
            total = count_newest([self._log.folder / file.name for file in files], corrected)
            counts = [KindCount(kind, n, from_micros(first), from_micros(last)) for kind, (n, first, last) in total.items()]
            self._kinds = (version, sorted(counts, key=lambda count: (-count.signals, count.kind)))
        return list(self._kinds[1])

    def forget(self, actors: Sequence[str], signals: Sequence[int] = ()) -> int:
        """Erase every signal of these actors, and those with these keys, for good; gives how many rows went.

        A signal is theirs if any of its actor ids is. Files that hold one are written again, the log starts over, and nothing
        of the old ones stays on disk; a crash in between is finished by the next write.
        """
        if isinstance(actors, str):
            raise BadInput(f"Give the actors to forget as a list, as in [{actors!r}].")
        return self._erase(lambda: OfPeople.of(actors, self._corrected(), signals))

    def forget_import(self, source: str, received_at: datetime, job: str | None = None) -> int:
        """Erase what one import brought; see `SignalStore.forget_import`. As safe as `forget`."""
        return self._erase(lambda: OfImport(source, received_at), restart=job)

    def forget_before(self, source: str, moment: datetime) -> int:
        """Erase a source's signals that happened before a moment; see `SignalStore.forget_before`. As safe as `forget`."""
        return self._erase(lambda: OlderThan.of(source, moment, self._corrected()))

    def count_before(self, source: str, moment: datetime) -> int:
        """How many rows `forget_before` would erase."""
        doomed = OlderThan.of(source, moment, self._corrected())
        return sum(gone_from(path, doomed).size for path in self.files())

    def _erase(self, choose: Callable[[], Doomed], restart: str | None = None) -> int:
        """Erase rows for good; gives how many. restart: a job whose batches may be appended again afterwards."""
        with self._tidying, self._writing() as index:
            doomed = choose()
            going = {path: gone for path in self.files() if (gone := gone_from(path, doomed)).size}
            progress = (restart, _BEFORE_ALL) if restart is not None and self._log.progress(restart) is not None else None
            if not going:
                if progress:
                    index.add(Entries.none(), self._log.commit([], [], new_rows=True, doing="restart", progress=progress))
                return 0
            gone = Gone.join(going.values())
            left = Left.of(gone, index)
            moved = left.moved
            paths = [*going, *(path for path in self._corrected() if path not in going and holds_moved(path, moved))]
            write_whole(self._erasing, b"")
            adds = [successor for path in paths if (successor := clear(path, doomed, moved)) is not None]
            names = [path.name for path in paths]
            version = self._log.commit(adds, names, new_rows=True, doing="erase", progress=progress)
            # Should this be the end, the index covers an older version, from which the log no longer leads: it is built again.
            index.discard(gone.high, gone.low, index.covers)
            index.add(left.entries, version)
            self._finish_erasing()
            return gone.size

    def _corrected(self) -> list[Path]:
        """Files that may hold revisions above 0."""
        return [self._log.folder / file.name for file in self._log.files() if file.corrected]

    def compact(self) -> None:
        """Merge small files into large ones by actor; changes no answer, and lets others append meanwhile.

        Files that were replaced stay for a while, for those who are reading them.
        """
        with self._tidying:
            with self._writing():
                shutil.rmtree(self._spill, ignore_errors=True)
                files = self._log.files()
                self._log.drop_unused(KEPT_SECONDS, max(KEPT_BYTES, int(KEPT_SHARE * sum(file.size for file in files))))
                chosen = choose(files)
            if not chosen:
                return
            try:
                made = self._merge(self._log.folder, chosen, self._spill)
                with self._writing() as index:
                    adds = [file.moved(self._spill, self._log.folder) for file in made]
                    replaced = [file.name for file in chosen]
                    version = self._log.commit(adds, replaced, new_rows=False, doing="compact")
                    self._log.mark_unused(replaced)
                    self._log.drop_history(KEPT_VERSIONS)
                    index.add(Entries.none(), version)
            finally:
                shutil.rmtree(self._spill, ignore_errors=True)

    @property
    def fragments(self) -> int:
        """How many small files wait to be merged; above some dozens, `compact` pays."""
        return sum(small(file) for file in self._log.files())

    def close(self) -> None:
        """Give the writer's lock back."""
        with self._busy:
            self._index = None
            self._lock.release()

    def __enter__(self) -> DeltaLake:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @contextmanager
    def _writing(self) -> Iterator[IdIndex]:
        """The index, up to date, while no one else writes. After any failure the next write starts by mending."""
        with self._busy:
            self._lock.take()
            index = self._index or self._mend()
            self._index = None
            with self._log.alone():
                yield index
            self._index = index

    def _count_away(self, away: dict[str, int]) -> None:
        if self._screen and away:
            self._screen.count(away)

    def _done(self, job: str, sequence: int) -> bool:
        last = self._log.progress(job)
        return last is not None and sequence <= last

    def _mend(self) -> IdIndex:
        """The index, brought up to the lake's version."""
        self._log.mend()
        self._log.create()
        if not self._tidying.locked():
            shutil.rmtree(self._spill, ignore_errors=True)
        if self._erasing.exists():
            self._finish_erasing()
        index = IdIndex(self._folder / "ids", self._log.identity)
        version = self.version
        if index.covers == version:
            return index
        try:
            self._catch_up(index, version)
        except Conflict:
            index.clear()
            self._catch_up(index, version)
        return index

    def _finish_erasing(self) -> None:
        shutil.rmtree(self._spill, ignore_errors=True)
        self._log.drop_unused()
        self._log.drop_history(0)
        self._erasing.unlink()
        sync_folder(self._folder)

    def _catch_up(self, index: IdIndex, version: int) -> None:
        before = index.covers
        for entries in _entries(self.scan(["revision", *SIGNAL_SCHEMA.names], after=before)):
            index.add(entries, before)
        index.add(Entries.none(), version)


def _entries(batches: Iterator[pa.RecordBatch]) -> Iterator[Entries]:
    """What the index keeps of stored rows, about a million at a time."""
    waiting: list[Entries] = []
    for batch in batches:
        rows = pa.Table.from_batches([batch])
        high, low = identities(rows["source"], rows["id"])
        waiting.append(Entries(high, low, contents(rows), rows["revision"].to_numpy()))
        if sum(entries.size for entries in waiting) >= _MANY:
            yield Entries.join(waiting)
            waiting = []
    if waiting:
        yield Entries.join(waiting)


def _where(actors: Sequence[int] | None, keys: Sequence[int] | None) -> pc.Expression | None:
    conditions = []
    for name, wanted in (("actor_key", actors), ("key", keys)):
        if wanted is not None:
            chosen = pc.field(name).isin(pa.array(wanted, pa.int64()))
            between = (pc.field(name) >= min(wanted)) & (pc.field(name) <= max(wanted)) if len(wanted) else chosen
            conditions.append(between & chosen)
    if not conditions:
        return None
    return conditions[0] if len(conditions) == 1 else conditions[0] & conditions[1]


def _may_hold(file: DataFile, actors: NDArray[np.int64]) -> bool:
    if file.first_actor is None or file.last_actor is None:
        return False
    return bool(np.any((actors >= file.first_actor) & (actors <= file.last_actor)))
