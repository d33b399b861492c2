"""Runs folds on a Spark cluster: every fold's own `map`, inside `mapInArrow`, where the timelines' files are."""

from __future__ import annotations

import pickle
import re
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pyarrow as pa

from touchpath.engines.executor import ERROR, UNOPENED, Question, Reply
from touchpath.engines.shards import (
    add_each,
    add_summaries,
    ask_each,
    ask_owners,
    ask_summary,
    join_owners,
    never,
    selection,
    shards_of,
)
from touchpath.engines.shipping import Parcel, bytes_of, pack, pack_by_hand
from touchpath.engines.spark_session import open_session
from touchpath.engines.versions import differ, version_reader
from touchpath.model.errors import Cancelled, TouchpathError, Unavailable
from touchpath.timelines.arrays import Timelines, TimelineSet
from touchpath.timelines.fold import Ask, Cut, Failed, Fold, Selection, Summary, Who

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

S = TypeVar("S", bound=Summary)
R = TypeVar("R")

_VERSIONS = "versions"
_PARCELS = pa.schema([("parcels", pa.binary())])
_REPLIES = "shard bigint, piece bigint, what string, content binary"

#: Neighbouring shards share a task, so that there are about this many tasks for each core.
_TASKS_PER_CORE = 4
_ASK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class SparkEngine:
    """Folds over shards on the executors of a cluster; the same summary, bit for bit, as on this machine.

    master: as in spark://host:7077. properties: Spark's own, by name. cancelled: asked again and again while the cluster
    works; once it says True, the job is stopped there and Cancelled is raised.
    most_sent: shards whose files a worker cannot open are sent to it, up to this many bytes in one query.
    An error in a shard keeps its type and gets a note that names the shard; trouble of the cluster is Unavailable.
    """

    master: str
    cancelled: Callable[[], bool] = never
    properties: Mapping[str, str] = field(default_factory=dict)
    most_sent: int = 1 << 30

    def summarise(self, fold: Fold[S], timelines: TimelineSet, cut: Cut, who: Sequence[Who]) -> S:
        """One summary of all shards; owners must pass every one of `who`."""
        return self._ask(ask_summary(fold, timelines, cut, who), add_summaries, timelines)

    def summarise_all(self, asks: Sequence[Ask[Any]], timelines: TimelineSet) -> tuple[Any | Failed, ...]:
        """The summary of each, or why there is none, from one job."""
        return self._ask(ask_each(asks, timelines), add_each, timelines) if asks else ()

    def select(
        self,
        fold: Fold[S],
        timelines: TimelineSet,
        outcomes: frozenset[int],
        who: Sequence[Who],
        title: str,
        cut: Cut | None = None,
    ) -> Selection:
        """The owners whose outcome is one of `outcomes`, looking only at what falls into the cells of `cut` (None = all)."""
        owners = self._ask(ask_owners(fold, timelines, outcomes, who, cut), join_owners, timelines)
        return selection(timelines, owners, title)

    def open(self) -> SparkSession:
        """Connect to the cluster, or use the connection that is there."""
        return open_session(self.master, self.properties)

    def close(self) -> None:
        """Leave the cluster."""
        self.open().stop()

    def _ask(self, one: Callable[[Timelines], R], join: Callable[[Iterable[R]], R], timelines: TimelineSet) -> R:
        self._stop_if_cancelled()
        shards, question = shards_of(timelines), Question(one, join, timelines.words)
        run = _Run(self.open(), self.cancelled)
        replies = run.replies([parcel for number, shard in enumerate(shards) for parcel in pack(number, shard)], question)
        if unopened := sorted({reply.shard: reply.content.decode() for reply in replies if reply.what == UNOPENED}.items()):
            self._check_size(shards, unopened)
            sent = [parcel for number, _ in unopened for parcel in pack_by_hand(number, shards[number])]
            replies = [reply for reply in replies if reply.what != UNOPENED] + run.replies(sent, question)
        self._stop_if_cancelled()
        in_order = sorted(replies, key=lambda reply: (reply.shard, reply.piece))
        return join([cast(R, pickle.loads(reply.content)) for reply in in_order])  # noqa: S301

    def _stop_if_cancelled(self) -> None:
        if self.cancelled():
            raise Cancelled("The query was cancelled.")

    def _check_size(self, shards: Sequence[Timelines], unopened: Sequence[tuple[int, str]]) -> None:
        """A swapped base or a small cluster without a shared folder is fine; a large one is told to share it."""
        total = sum(bytes_of(shards[number]) for number, _ in unopened)
        if total > self.most_sent:
            raise Unavailable(
                f"The workers cannot open the files of {len(unopened)} of {len(shards)} shards ({unopened[0][1]}), and "
                f"{total >> 20:,} MiB are too much to send. Let every worker see the workspace's folder under the same path."
            )


@dataclass(frozen=True, slots=True)
class _Run:
    """One question to one cluster."""

    session: SparkSession
    cancelled: Callable[[], bool]

    def replies(self, parcels: Sequence[Parcel], question: Question) -> list[Reply]:
        """The replies to all parcels, in no order; raises the error of the first shard that has one."""
        from pyspark import cloudpickle

        dumps: Callable[[object], bytes] = cloudpickle.dumps

        context = self.session.sparkContext
        sent = context.broadcast(dumps(question))
        try:
            versions = version_reader()
            rows = [dumps(group) for group in _groups(parcels, _TASKS_PER_CORE * context.defaultParallelism)]
            tasks = self.session.createDataFrame(pa.table({"parcels": pa.array(rows, pa.binary())}, _PARCELS))
            told = tasks.mapInArrow(_task(sent, versions, versions()), _REPLIES)
            replies = [Reply(*row) for row in self._collected(told.collect)]
        finally:
            sent.unpersist()
        for reply in sorted(replies, key=lambda reply: (reply.shard, reply.piece)):
            if reply.what == _VERSIONS:
                raise differ(versions(), pickle.loads(reply.content))  # noqa: S301
            if reply.what == ERROR:
                raise pickle.loads(reply.content)  # noqa: S301
        return replies

    def _collected(self, collect: Callable[[], list[R]]) -> list[R]:
        """What a job gives, on a thread of its own, stopped on the cluster if it is cancelled or we are interrupted."""
        from pyspark import InheritableThread

        context, group = self.session.sparkContext, f"touchpath-{uuid.uuid4().hex}"
        found, failed, done = list[R](), list[BaseException](), threading.Event()

        def work() -> None:
            try:
                context.setJobGroup(group, "touchpath", interruptOnCancel=True)
                found.extend(collect())
            except BaseException as error:
                failed.append(error)
            finally:
                done.set()

        thread, stopped = InheritableThread(target=work, daemon=True), False
        thread.start()
        try:
            while not done.wait(_ASK_SECONDS):
                stopped = stopped or self.cancelled()
                if stopped:
                    context.cancelJobGroup(group)
        finally:
            if not done.is_set():
                context.cancelJobGroup(group)
        thread.join()
        if stopped:
            raise Cancelled("The query was cancelled.")
        if failed:
            raise _in_words(failed[0]) from failed[0]
        return found


def _groups(parcels: Sequence[Parcel], most: int) -> Iterator[list[Parcel]]:
    """Neighbours together, in `most` groups at most; pieces that carry their own arrays stay alone."""
    size, group = -(-len(parcels) // max(most, 1)), list[Parcel]()
    for parcel in parcels:
        if group and (parcel.by_hand is not None or len(group) == size):
            yield group
            group = []
        group.append(parcel)
    if group:
        yield group


def _task(
    sent: Any, versions: Callable[[], dict[str, str]], expected: dict[str, str]
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What each task runs. It travels as code, and looks at the versions before it loads anything of ours."""
    unequal = _VERSIONS

    def task(batches: Iterator[Any]) -> Iterator[Any]:
        import pickle

        import pyarrow

        def rows(replies: list[tuple[int, int, str, bytes]]) -> Any:
            columns = zip(*replies, strict=True)
            kinds = (pyarrow.int64(), pyarrow.int64(), pyarrow.string(), pyarrow.binary())
            arrays = [pyarrow.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
            return pyarrow.RecordBatch.from_arrays(arrays, ["shard", "piece", "what", "content"])

        found = versions()
        if found != expected:
            for _ in batches:
                pass
            yield rows([(-1, 0, unequal, pickle.dumps(found))])
            return
        from touchpath.engines.executor import answer

        question = pickle.loads(sent.value)  # noqa: S301
        for batch in batches:
            for parcels in batch.column(0):
                for reply in answer(pickle.loads(parcels.as_py()), question):  # noqa: S301
                    yield rows([(reply.shard, reply.piece, reply.what, reply.content)])

    return task


def _in_words(error: BaseException) -> BaseException:
    """A failed job as Unavailable; what is ours, and interruptions, stay as they are."""
    if isinstance(error, TouchpathError) or not isinstance(error, Exception):
        return error
    text = str(error)
    if "PYTHON_VERSION_MISMATCH" in text:
        worker, driver = (re.search(rf"{side}[^0-9]*([0-9]+\.[0-9]+)", text) for side in ("in worker", "in driver"))
        return differ({"Python": driver[1] if driver else "?"}, {"Python": worker[1] if worker else "?"})
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    causes = [line for line in lines if re.match(r"[\w.]*(Error|Exception)\b", line) and "SparkException" not in line]
    return Unavailable(f"The Spark cluster could not finish the query: {(causes or lines or [repr(error)])[-1]}")


def open_engine(settings: Mapping[str, Any]) -> SparkEngine:
    """The engine as settings want it: `spark_master`."""
    return SparkEngine(str(settings.get("spark_master", "")))
