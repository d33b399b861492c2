"""From the spool into the lake: exactly once, however often it is stopped on the way."""

from __future__ import annotations

import logging
import math
import threading
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.model.time import from_micros
from touchpath.services.keys import WriteKeys
from touchpath.services.receiving import Opened, Receiver, Terms
from touchpath.services.record import signal_table
from touchpath.services.traffic import PROPERTY
from touchpath.store.intake_counts import IntakeCounts, IntakeDay
from touchpath.store.signals import SIGNAL_SCHEMA, Quarantine, Rejected, SignalStore
from touchpath.store.spool import Post, Spool, Spooled

#: Bytes of posts (unpacked) that are taken into the lake at once: some 13,000 events of common size. Half of it costs a tenth more
#: for each event; twice as much makes the first ones wait twice as long.
AT_ONCE = 16 << 20
#: So many times that much is taken in one round: while the lake takes one part, the next one is read.
PARTS = 4
#: Under which job name the quarantine keeps refused live events; the write key's source follows.
JOB = "live "
#: So much of a spool's name tells its posts from those of another one.
_MARKED = 8
_NO_CONSENT = "no_consent"
_log = logging.getLogger(__name__)


class _Kept(msgspec.Struct):
    """A refused event as the quarantine keeps it: enough to read it again by itself."""

    receiver: str
    key: str
    received_at: int
    path: str
    query: str
    headers: dict[str, str]
    body: str


@dataclass
class _Batch:
    """Posts on their way: their signals, what was refused, and the counts by day and source. Up to `done` the lake has them.

    came: of each post with signals how many there were before it, and its place in the spool.
    """

    done: int = -1
    signals: list[Signal] = field(default_factory=list)
    came: list[tuple[int, int]] = field(default_factory=list)
    rejected: dict[str, list[Rejected]] = field(default_factory=lambda: defaultdict(list))
    counts: dict[tuple[date, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


@dataclass(frozen=True, slots=True)
class _Part:
    """Posts that were read, up to a place. once, more: what counts once, and what may be corrected.   full: more may wait behind them."""

    place: int
    posts: int
    once: _Taken
    more: _Taken
    full: bool


@dataclass(frozen=True, slots=True)
class _Taken:
    """A batch as the lake takes it."""

    batch: _Batch
    table: pa.Table

    @classmethod
    def of(cls, batch: _Batch, mark: Callable[[int], str]) -> _Taken:
        """The good signals as a table; the others are refused."""
        table, unfit = signal_table(enumerate(batch.signals), datetime.now(UTC))
        for one in unfit:
            before, post = batch.came[bisect_right(batch.came, (one.line, math.inf)) - 1]
            of_source = batch.rejected[batch.signals[one.line].source]
            of_source.append(Rejected(f"signal {mark(post)}", one.line - before, one.reason, one.record))
        return cls(batch, table)


@dataclass(frozen=True, slots=True)
class Drained:
    """What one round did. posts: how many left the spool; signals: how many the lake took as new."""

    posts: int = 0
    signals: int = 0


class Drain:
    """Takes posts out of one workspace's spool, one round at a time."""

    def __init__(
        self,
        spool: Spool,
        lake: SignalStore,
        receivers: Iterable[Receiver],
        keys: WriteKeys,
        quarantine: Quarantine,
        counts: IntakeCounts,
    ) -> None:
        self._spool, self._lake, self._keys, self._quarantine, self._counts = spool, lake, keys, quarantine, counts
        self._receivers = {receiver.name: receiver for receiver in receivers}
        self._one, self._identity = threading.Lock(), ""
        self._ahead = ThreadPoolExecutor(1, "drain-ahead")

    def round(self, most_bytes: int = AT_ONCE) -> Drained:
        """Take the next posts into the lake and release them, at most PARTS times so many bytes; nothing if none waits.

        A kill between any two steps is harmless: the quarantine and the counts know what they have of this batch, the lake skips a
        sequence that it holds, and posts are released last. Raises Unavailable while another process writes to the lake.
        """
        with self._one:
            return self._round(most_bytes)

    def _round(self, most_bytes: int) -> Drained:
        if self._spool.empty:
            return Drained()
        done = self._done("once"), self._done("corrected")
        posts, new, part = 0, 0, self._read(0, most_bytes, done)
        for left in reversed(range(PARTS)):
            if part is None:
                break
            following = self._ahead.submit(self._read, part.place, most_bytes, done) if part.full and left else None
            try:
                posts, new = posts + part.posts, new + self._keep(part)
            finally:
                wait([following] if following else [])
            part = following.result() if following else None
        return Drained(posts, new)

    def _read(self, after: int, most_bytes: int, done: tuple[int, int]) -> _Part | None:
        """The next posts behind a place as signals; None if there are none. Changes nothing. done: what the lake has of both kinds."""
        spooled = self._spool.waiting(after, most_bytes)
        if not spooled:
            return None
        self._identity = self._spool.identity
        self._keys.refresh()
        repeated, corrected = map(_Batch, done)
        for one in spooled:
            self._add(one, repeated, corrected)
        full = 2 * sum(len(one.post.body) for one in spooled) > most_bytes
        return _Part(spooled[-1].place, len(spooled), _Taken.of(repeated, self._mark), _Taken.of(corrected, self._mark), full)

    def _keep(self, part: _Part) -> int:
        """Take what was read into the lake, and release its posts; gives how many signals are new."""
        new = self._take(part.once, "once", part.place, once=True) + self._take(part.more, "corrected", part.place, once=False)
        self._spool.release(part.place)
        return new

    def catch_up(self) -> None:
        """Make sure that what comes next is not taken for something that the lake has.

        A spool that was copied, or put back, before its lake would give places anew that the lake knows. Called before anything
        is accepted.
        """
        if not self._spool.begun:
            return
        known = max(self._done("once"), self._done("corrected"))
        if known >= 0:
            self._spool.begin_after(known)

    def replay(self, rejected: Iterable[Rejected], *, keep: bool = True) -> tuple[list[Rejected], list[Rejected]]:
        """Read refused events again, after what refused them was mended: those that were taken now, and those that were not, with why.

        keep: without it nothing is written, and the first are those that would be taken.
        """
        taken, left = list[Rejected](), list[Rejected]()
        tables: dict[bool, list[pa.Table]] = {True: [], False: []}
        for one in rejected:
            found = self._again(one)
            if isinstance(found, str):
                left.append(replace(one, reason=found))
                continue
            taken.append(one)
            tables[found[1]].append(found[0])
        for once, some in tables.items() if keep else ():
            if some:
                self._lake.append(pa.concat_tables(some), once=once)
        return taken, left

    def _again(self, one: Rejected) -> tuple[pa.Table, bool] | str:
        """The signals of a refused event, and whether they count only once; or why it is still refused."""
        batch = _Batch()
        try:
            kept = msgspec.json.decode(one.record, type=_Kept)
        except msgspec.DecodeError:
            return one.reason
        post = Post(kept.receiver, kept.key, kept.received_at, kept.path, kept.query, kept.body.encode(), kept.headers)
        once = self._add(Spooled(0, post), batch, batch)
        for refused in batch.rejected.values():
            return refused[0].reason
        table, unfit = signal_table(enumerate(batch.signals), from_micros(post.received_at))
        if unfit or not batch.signals:
            return unfit[0].reason if unfit else one.reason
        return table, once is not None

    def _mark(self, place: int) -> str:
        """A post's place, told from the same place of a spool that was here before: the quarantine keeps one record a place."""
        return f"{self._identity[:_MARKED]}-{place}"

    def _job(self, name: str) -> str:
        return f"spool {self._spool.identity} {name}"

    def _done(self, name: str) -> int:
        last = self._lake.progress(self._job(name))
        return -1 if last is None else last

    def _add(self, one: Spooled, repeated: _Batch, corrected: _Batch) -> bool | None:
        post = one.post
        terms = self._keys.terms(post.key) or Terms(post.key, post.key or "unknown")
        receiver = self._receivers.get(post.receiver)
        try:
            if receiver is None:
                raise BadInput(f"No part of this version reads '{post.receiver}'.")
            opened = receiver.open(post)
            once = receiver.once(opened)
            batch = repeated if once else corrected
            if one.place > batch.done:
                self._add_signals(one, receiver, opened, terms, batch)
        except Exception as error:
            # A single post that nobody foresaw must not hold up all that came after it.
            _log.exception("post %d of %s cannot be read", one.place, post.receiver)
            self._refuse(one, terms, corrected, 0, f"It cannot be read: {error}", post.body)
            return None
        return True if once else None

    def _add_signals(self, one: Spooled, receiver: Receiver, opened: Opened, terms: Terms, batch: _Batch) -> None:
        day = from_micros(one.post.received_at).astimezone(UTC).date()
        counts = batch.counts[day, terms.source]
        batch.came.append((len(batch.signals), one.place))
        for place, found in receiver.signals(one.post, opened, terms):
            if isinstance(found, Signal):
                batch.signals.append(found)
            elif found.code == _NO_CONSENT:
                counts[_NO_CONSENT] += 1
            elif found.result == "ignore":
                counts["ignored"] += 1
            else:
                self._refuse(one, terms, batch, place, found.reason, receiver.alone(opened, place))

    def _refuse(self, one: Spooled, terms: Terms, batch: _Batch, place: int, reason: str, body: bytes) -> None:
        post = one.post
        kept = _Kept(
            post.receiver, post.key, post.received_at, post.path, post.query, dict(post.headers), body.decode("utf-8", "replace")
        )
        record = msgspec.json.encode(kept).decode()
        batch.rejected[terms.source].append(Rejected(f"{post.receiver} post {self._mark(one.place)}", place, reason, record))
        batch.counts[from_micros(post.received_at).astimezone(UTC).date(), terms.source]["refused"] += 1

    def _take(self, taken: _Taken, name: str, place: int, *, once: bool) -> int:
        job, batch, table = self._job(name), taken.batch, taken.table
        for source, rejected in batch.rejected.items():
            self._quarantine.keep(f"{JOB}{source}", rejected)
        if not table.num_rows and not batch.counts:
            return 0
        appended = self._lake.append(table if table.num_rows else SIGNAL_SCHEMA.empty_table(), job=job, sequence=place, once=once)
        self._counts.add(job, place, _days(batch, table, appended.duplicates, appended.corrections))
        return appended.new + appended.corrections


def _count_marks(table: pa.Table, counts: dict[tuple[date, str], Counter[str]]) -> None:
    """Bots, our own people and odd times say so among the properties."""
    marked = table.filter(pc.fill_null(pc.match_substring(table["properties"], '"$t'), False))
    for row in marked.select(["received_at", "source", "properties"]).to_pylist():
        marks: Mapping[str, object] = msgspec.json.decode(row["properties"])
        for name in (PROPERTY, "$time"):
            said = marks.get(name)
            if isinstance(said, str) and said in ("bot", "internal", "late", "future", "unreadable"):
                counts[row["received_at"].astimezone(UTC).date(), row["source"]][said] += 1


def _days(batch: _Batch, table: pa.Table, duplicates: int, corrections: int) -> list[IntakeDay]:
    """The counts by day and source. Duplicates are known for the batch as a whole, and stand with its last day and largest source."""
    if table.num_rows:
        _count_marks(table, batch.counts)
        days = pc.floor_temporal(table["received_at"], unit="day")
        for row in (
            pa.table({"day": days, "source": table["source"]})
            .group_by(["day", "source"])
            .aggregate([([], "count_all")])
            .to_pylist()
        ):
            batch.counts[row["day"].date(), row["source"]]["signals"] += row["count_all"]
        largest = max(batch.counts, key=lambda one: (one[0], batch.counts[one]["signals"]))
        batch.counts[largest] += Counter(duplicates=duplicates, corrections=corrections)
    return [IntakeDay(day, source, dict(counts)) for (day, source), counts in batch.counts.items()]
