"""One question to one cluster: a job that can be watched, stopped, and told in words when it fails."""

from __future__ import annotations

import itertools
import pickle
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import pyarrow as pa

from touchpath.engines.executor import ERROR, Question, Reply
from touchpath.engines.shipping import PIECE_BYTES, Parcel, bytes_of
from touchpath.engines.spark_task import REPLIES, VERSIONS, answer_task, join_task
from touchpath.engines.spark_words import in_words, no_workers
from touchpath.engines.versions import differ, version_reader, versions_here
from touchpath.model.errors import Cancelled, TouchpathError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

T = TypeVar("T")

_PARCELS = pa.schema([("bin", pa.int64()), ("parcels", pa.binary())])

#: So many tasks for each core at most: enough to even out the quick and the slow.
_TASKS_PER_CORE = 4

#: With more tasks than this their answers are added up on the workers, so that not all of them travel to the driver.
_MOST_ANSWERS = 64

_ASK_SECONDS, _LOOK_SECONDS = 0.05, 1.0
_POOLS = itertools.cycle(f"touchpath-{number}" for number in range(16))


@dataclass(frozen=True, slots=True)
class Run:
    """Asks a cluster. patience_seconds and task_signals are those of the engine; most_answers: how many reach the driver."""

    session: SparkSession
    cancelled: Callable[[], bool]
    patience_seconds: float
    task_signals: int
    most_answers: int = _MOST_ANSWERS

    def replies(self, parcels: Sequence[Parcel], question: Question) -> list[Reply]:
        """The replies to all parcels, in no order; raises the error of the first shard that has one."""
        try:
            replies = self._replies(parcels, question)
        except TouchpathError:
            raise
        except Exception as error:
            raise in_words(error) from error
        for reply in sorted(replies, key=lambda reply: (reply.shard, reply.piece)):
            if reply.what == VERSIONS:
                raise differ(versions_here(), pickle.loads(reply.content))  # noqa: S301
            if reply.what == ERROR:
                raise pickle.loads(reply.content)  # noqa: S301
        return replies

    def _replies(self, parcels: Sequence[Parcel], question: Question) -> list[Reply]:
        from pyspark import cloudpickle

        dumps: Callable[[object], bytes] = cloudpickle.dumps
        context = self.session.sparkContext
        groups = list(grouped(parcels, _TASKS_PER_CORE * context.defaultParallelism, self.task_signals))
        bins = min(len(groups), self.most_answers)
        sent = context.broadcast(dumps(question))
        try:
            rows = [dumps(group) for group in groups]
            table = pa.table([[number * bins // len(rows) for number in range(len(rows))], rows], _PARCELS)
            told = self.session.createDataFrame(table).mapInArrow(answer_task(sent, version_reader(), versions_here()), REPLIES)
            if bins < len(groups):
                told = told.repartition(bins, "bin").mapInArrow(join_task(sent), REPLIES)
            return [Reply(*row[1:]) for row in self._collected(told.collect)]
        finally:
            sent.destroy()  # Its copies on the workers, and the file that PySpark keeps here: both hold the words of timelines.

    def _collected(self, collect: Callable[[], list[T]]) -> list[T]:
        """What a job gives, on a thread of its own, stopped on the cluster if it is cancelled, if no worker is left, or if we are interrupted."""
        from pyspark import InheritableThread

        context, group = self.session.sparkContext, f"touchpath-{uuid.uuid4().hex}"
        found, failed, done = list[T](), list[BaseException](), threading.Event()

        def work() -> None:
            try:
                context.setJobGroup(group, "touchpath", interruptOnCancel=True)
                context.setLocalProperty("spark.scheduler.pool", next(_POOLS))
                found.extend(collect())
            except BaseException as error:
                failed.append(error)
            finally:
                done.set()

        thread, workers, stop = InheritableThread(target=work, daemon=True), _Workers(self.session, self.patience_seconds), ""
        thread.start()
        try:
            while not done.wait(_ASK_SECONDS):
                stop = stop or ("cancelled" if self.cancelled() else "no workers" if workers.are_gone() else "")
                if stop:
                    context.cancelJobGroup(group)
        finally:
            if not done.is_set():
                context.cancelJobGroup(group)
        thread.join()
        if stop == "cancelled":
            raise Cancelled("The query was cancelled.")
        if failed:
            raise no_workers(self.session, self.patience_seconds) if stop else failed[0]
        return found


class _Workers:
    """Looks now and then whether anybody is there to work."""

    def __init__(self, session: SparkSession, patience_seconds: float) -> None:
        self._context = session.sparkContext
        self._patience = patience_seconds
        self._seen = self._looked = time.monotonic()

    def are_gone(self) -> bool:
        """Whether there has been no executor for as long as we are patient. Without a cluster, the driver itself works."""
        now = time.monotonic()
        if now - self._looked < _LOOK_SECONDS or str(self._context.master).startswith("local"):
            return False
        self._looked = now
        if executors(self._context) > 0:
            self._seen = now
        return now - self._seen > self._patience


def executors(context: object) -> int:
    """How many executors a cluster has for us now."""
    return int(context._jsc.sc().getExecutorMemoryStatus().size()) - 1  # type: ignore[attr-defined]


def grouped(parcels: Sequence[Parcel], most: int, signals: int) -> Iterator[list[Parcel]]:
    """Neighbours together until they have so many signals, or more if that makes more than `most` groups.

    Arrays that are sent stay in messages of about the size of a piece.
    """
    share = max(signals, -(-sum(parcel.signals for parcel in parcels) // max(most, 1)))
    group, read, sent = list[Parcel](), 0, 0
    for parcel in parcels:
        carried = bytes_of(parcel.by_hand) if parcel.by_hand else 0
        if group and (read + parcel.signals > share or sent + carried > PIECE_BYTES):
            yield group
            group, read, sent = [], 0, 0
        group.append(parcel)
        read, sent = read + parcel.signals, sent + carried
    if group:
        yield group
