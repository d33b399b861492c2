"""Pulling: records of a connection become signals in the lake, once, however often the run is stopped and started."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice

import pyarrow as pa

from touchpath.model.errors import BadInput, Cancelled, TouchpathError, Unavailable
from touchpath.model.signal import Signal
from touchpath.services.connections import Connection, ConnectionService
from touchpath.services.connectors import Connector, RawBatch, RawRecord, Stream
from touchpath.services.record import signal_table
from touchpath.services.secrets import known_texts, redact
from touchpath.services.tidying import tidy
from touchpath.store.pulls import Cursor, PullState, PullStates
from touchpath.store.signals import Appended, Quarantine, Rejected, SignalStore

#: Called after each batch with the state so far.
Progress = Callable[[PullState], None]

_RECORDS_AT_ONCE = 5_000
_SECONDS_AT_ONCE = 10.0
_REPLAYED_AT_ONCE = 1_000
_MOST_STANDSTILL = 100
_TIDIED_EVERY = 32
_LONGEST_PROBLEM = 2_000
_LAKE_WAITS = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Taken:
    """A batch of records as signals, and those that were refused, with their whole text."""

    signals: pa.Table
    rejected: tuple[Rejected, ...]


def job_of(connection: str, stream: str) -> str:
    """The name under which the lake, the quarantine and the states know one stream of a connection."""
    return f"pull-{connection}-{stream}"


class PullService:
    """Runs connections. `give_back` lets other processes write to the lake between two batches."""

    def __init__(
        self,
        connections: ConnectionService,
        lake: SignalStore,
        quarantine: Quarantine,
        states: PullStates,
        *,
        give_back: Callable[[], None] = lambda: None,
        clock: Callable[[], datetime] = _now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._connections, self._lake, self._quarantine, self._states = connections, lake, quarantine, states
        self._give_back, self._clock, self._sleep = give_back, clock, sleep

    def run(self, name: str, progress: Progress | None = None, stop: threading.Event | None = None) -> list[PullState]:
        """Read what is new in every stream of a connection; gives their states, each with its problem if it has one.

        A stream that fails keeps what it read and never costs the others; the next run goes on where it stopped. Raises Conflict
        while another run is at it, Cancelled when `stop` is set (which also ends waiting for the other system).
        """
        connection = self._connections.get(name)
        with self._states.running(name):
            connector = self._connections.open(connection, self._waiting(stop))
            try:
                streams = self._connections.streams(connection, connector)
                return [self._run_stream(connection, connector, stream, progress, stop) for stream in streams]
            finally:
                connector.close()
                tidy(self._lake)
                self._give_back()

    def check(self, name: str) -> str:
        """One cheap request; what it says, or an error that says what to do."""
        connector = self._connections.open(self._connections.get(name), self._sleep, tries=1)
        try:
            return connector.check()
        finally:
            connector.close()

    def states(self, connection: Connection) -> list[PullState]:
        """The last run of every stream of a connection."""
        connector = self._connections.open(connection, self._sleep)
        streams = self._connections.streams(connection, connector)
        connector.close()
        return [self._states.load(job_of(connection.name, stream.name)) for stream in streams]

    def rejected(self, connection: Connection) -> list[Rejected]:
        """The records of a connection that were refused, with their reasons; `place` is the stream."""
        return [one for state in self.states(connection) for one in self._quarantine.rejected(state.job)]

    def remove(self, name: str) -> None:
        """Remove a connection and how far it was read; what it brought stays, and refused records too."""
        connection = self._connections.get(name)
        with self._states.running(name):
            jobs = []
            with suppress(BadInput):  # a source whose package is gone cannot say its streams, and is removed all the same
                jobs = [state.job for state in self.states(connection)]
            self._connections.remove(name)
            for job in jobs:
                self._states.remove(job)

    def replay(self, name: str) -> list[PullState]:
        """Read a connection's refused records again, without asking the other system; what can be taken leaves the quarantine."""
        connection = self._connections.get(name)
        with self._states.running(name):
            connector = self._connections.open(connection, self._sleep)
            streams = self._connections.streams(connection, connector)
            try:
                return [self._replay_stream(connector, stream, job_of(name, stream.name)) for stream in streams]
            finally:
                connector.close()
                self._give_back()

    def retry(self, name: str, stream: str, pattern: str = "", *, keep: bool = False) -> tuple[int, int, list[str]]:
        """Read the refused records of one stream again that were refused for a reason ("" = for any).

        With `keep` what is good now is taken and leaves the quarantine. Gives how many records are good, how many signals they stand
        for, and the reasons why the others stay.
        """
        connection, job = self._connections.get(name), job_of(name, stream)
        good, signals, reasons = 0, 0, list[str]()
        with self._states.running(name):
            connector = self._connections.open(connection, self._sleep)
            try:
                found = next(one for one in connector.discover() if one.name == stream)
                for some in _pieces(self._quarantine.of_group(job, pattern), _REPLAYED_AT_ONCE):
                    taken = self._again(connector, found, job, some, keep)
                    good += len(some) - len(taken.rejected)
                    signals += taken.signals.num_rows
                    reasons += [one.reason for one in taken.rejected]
            finally:
                connector.close()
                self._give_back()
        return good, signals, reasons

    def _run_stream(
        self,
        connection: Connection,
        connector: Connector,
        stream: Stream,
        progress: Progress | None,
        stop: threading.Event | None,
    ) -> PullState:
        job = job_of(connection.name, stream.name)
        reached = self._where(job)
        state = PullState(job, reached.sequence, reached.cursor, started_at=self._clock())
        held = {one.line for one in self._quarantine.replay(job)}
        try:
            for batch in _grouped(_moving(connector.read(stream.name, state.cursor))):
                state = self._take(connector, stream, batch, state, held)
                if progress is not None:
                    progress(state)
                if stop is not None and stop.is_set():
                    raise Cancelled(f"The run of '{connection.name}' was stopped; the next one goes on from there.")
        except Cancelled:
            self._states.save(replace(state, ended_at=self._clock(), problem="Stopped on request."))
            raise
        except TouchpathError as error:
            state = replace(state, problem=_told(connection, str(error)))
        except Exception as error:  # a connector's own fault, ours or a package's
            problem = f"The connector failed at {stream.name}: {type(error).__name__}: {error}"
            state = replace(state, problem=_told(connection, problem))
        state = replace(state, ended_at=self._clock())
        self._states.save(state)
        return state

    def _where(self, job: str) -> PullState:
        """Where reading goes on, by what the lake holds.

        The cursor after a batch is written before the batch is appended, so exactly one of both is true: the lake holds that
        batch, or it does not. A lake that knows less than the state (put back from a backup) is read into from the start.
        """
        state, kept = self._states.load(job), self._lake.progress(job)
        held = -1 if kept is None else kept
        if held < state.sequence:
            return PullState(job, sequence=held)
        if held > state.sequence:
            return replace(state, sequence=held, cursor=state.ahead if state.ahead is not None else state.cursor, ahead=None)
        return replace(state, ahead=None)

    def _take(self, connector: Connector, stream: Stream, batch: RawBatch, state: PullState, held: set[int]) -> PullState:
        """Keep one batch: refused records, then the cursor ahead, then the signals. A kill in between repeats the batch."""
        if not batch.records:
            if batch.cursor != state.cursor:
                state = replace(state, cursor=batch.cursor, ahead=None)
                self._states.save(state)
            return state
        taken = self._signals(connector, stream, batch.records)
        self._quarantine.keep(state.job, taken.rejected)
        self._states.save(replace(state, ahead=batch.cursor))
        done = self._append(taken.signals, state.job, state.sequence + 1)
        self._release(stream, state.job, batch.records, taken.rejected, held)
        if state.sequence % _TIDIED_EVERY == 0:
            tidy(self._lake)
        state = _counted(replace(state, sequence=state.sequence + 1, cursor=batch.cursor), batch.records, taken, done)
        self._states.save(state)
        return state

    def _append(self, signals: pa.Table, job: str | None = None, sequence: int | None = None) -> Appended:
        """Append, waiting for other writers up to half a minute; then let them write."""
        for seconds in (*_LAKE_WAITS, None):
            try:
                return self._lake.append(signals, job=job, sequence=sequence)
            except Unavailable:
                if seconds is None:
                    raise
                self._sleep(seconds)
            finally:
                self._give_back()
        raise AssertionError  # not reached: the last round returns or raises

    def _signals(self, connector: Connector, stream: Stream, records: Sequence[RawRecord]) -> Taken:
        """The signals of some records; a record that cannot be read, or one of whose signals is refused, is told with its reason."""
        signals: list[Signal] = []
        owners: list[int] = []
        reasons: dict[int, str] = {}
        for number, record in enumerate(records):
            try:
                found = list(connector.to_signals(stream.name, record))
            except Exception as error:  # whatever a record holds, it must not cost the others
                reasons[number] = _reason(error)
                continue
            signals += found
            owners += [number] * len(found)
        table, refused = signal_table(enumerate(signals), self._clock())
        for one in refused:
            reasons.setdefault(owners[one.line], one.reason)
        rejected = [_rejected(stream, records[number], reason) for number, reason in reasons.items()]
        return Taken(table, tuple(rejected))

    def _release(
        self, stream: Stream, job: str, records: Iterable[RawRecord], rejected: Iterable[Rejected], held: set[int]
    ) -> None:
        """Drop older versions, refused once, of records that could be taken now."""
        refused = {one.line for one in rejected}
        if held:
            lines = {record_number(stream, record) for record in records} & held - refused
            self._quarantine.release(job, [Rejected(stream.name, line, "", "") for line in lines])
            held -= lines
        held |= refused

    def _replay_stream(self, connector: Connector, stream: Stream, job: str) -> PullState:
        state = PullState(job, started_at=self._clock())
        for some in _pieces(self._quarantine.replay(job), _REPLAYED_AT_ONCE):
            records = [_parsed(one.record) for one in some]
            taken = self._signals(connector, stream, records)
            state = _counted(state, records, taken, self._settle(job, some, taken))
        return replace(state, ended_at=self._clock())

    def _again(self, connector: Connector, stream: Stream, job: str, some: list[Rejected], keep: bool) -> Taken:
        taken = self._signals(connector, stream, [_parsed(one.record) for one in some])
        if keep:
            self._settle(job, some, taken)
        return taken

    def _settle(self, job: str, some: list[Rejected], taken: Taken) -> Appended:
        """Keep the signals of records that were refused before; those that are good now leave the quarantine."""
        done = self._append(taken.signals)
        still = {one.line for one in taken.rejected}
        self._quarantine.keep(job, taken.rejected)
        self._quarantine.release(job, [one for one in some if one.line not in still])
        return done

    def _waiting(self, stop: threading.Event | None) -> Callable[[float], None]:
        """Sleeping that ends when the run is stopped."""
        if stop is None:
            return self._sleep

        def wait(seconds: float) -> None:
            if stop.wait(seconds):
                raise Cancelled("The run was stopped while it waited; the next one goes on from there.")

        return wait


def record_number(stream: Stream, record: RawRecord) -> int:
    """A number that stays the same for every version of a record: of its key, or of all of it when the key is not there."""
    key = [record.get(name) for name in stream.key]
    known = key if stream.key and all(part is not None for part in key) else record
    text = json.dumps([stream.name, known], sort_keys=True, default=str)
    return int.from_bytes(hashlib.blake2b(text.encode(errors="replace"), digest_size=8).digest()) >> 1


def _rejected(stream: Stream, record: RawRecord, reason: str) -> Rejected:
    text = json.dumps(record, ensure_ascii=False, default=str)
    return Rejected(stream.name, record_number(stream, record), reason, text.encode(errors="replace").decode())


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, TouchpathError) else f"cannot be read: {type(error).__name__}: {error}"


def _parsed(text: str) -> RawRecord:
    record = json.loads(text)
    return record if isinstance(record, dict) else {}


def _counted(state: PullState, records: Sequence[RawRecord], taken: Taken, done: Appended) -> PullState:
    return replace(
        state,
        ahead=None,
        records=state.records + len(records),
        signals=state.signals + taken.signals.num_rows,
        new=state.new + done.new,
        duplicates=state.duplicates + done.duplicates,
        corrections=state.corrections + done.corrections,
        rejected=state.rejected + len(taken.rejected),
    )


def _told(connection: Connection, problem: str) -> str:
    """A problem without the connection's secrets, should a connector have put one there."""
    return redact(problem[:_LONGEST_PROBLEM], known_texts(connection.secrets.values()))


def _moving(batches: Iterator[RawBatch]) -> Iterator[RawBatch]:
    """The batches, until their cursor stands still for so long that the other system must be sending the same page for ever."""
    last, still = None, 0
    for batch in batches:
        still = still + 1 if batch.cursor == last else 0
        if still >= _MOST_STANDSTILL:
            raise Unavailable("The same place was read again and again: the other system does not move on. Run it again later.")
        last = batch.cursor
        yield batch


def _grouped(batches: Iterator[RawBatch], timer: Callable[[], float] = time.monotonic) -> Iterator[RawBatch]:
    """Pages joined to some thousand records or some seconds of reading, as the lake likes them; none is lost when reading fails."""
    records: list[RawRecord] = []
    cursor: Cursor = {}
    began, waits = timer(), False
    try:
        for batch in batches:
            records += batch.records
            cursor, waits = batch.cursor, True
            if len(records) >= _RECORDS_AT_ONCE or timer() - began >= _SECONDS_AT_ONCE:
                yield RawBatch(tuple(records), cursor)
                records, began, waits = [], timer(), False
    except Exception:
        if waits:
            yield RawBatch(tuple(records), cursor)
        raise
    if waits:
        yield RawBatch(tuple(records), cursor)


def _pieces(records: Iterable[Rejected], size: int) -> Iterator[list[Rejected]]:
    stream = iter(records)
    while some := list(islice(stream, size)):
        yield some
