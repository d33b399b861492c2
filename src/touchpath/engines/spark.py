"""Runs folds on a Spark cluster: every fold's own `map`, inside `mapInArrow`, where the timelines' files are."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

from touchpath.engines.executor import UNOPENED, Question, Reply
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
from touchpath.engines.spark_run import Run
from touchpath.engines.spark_session import close_session, need_master, open_session
from touchpath.model.errors import Cancelled, Unavailable
from touchpath.timelines.arrays import Timelines, TimelineSet
from touchpath.timelines.fold import Ask, Cut, Failed, Fold, Selection, Summary, Who

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

S = TypeVar("S", bound=Summary)
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class SparkEngine:
    """Folds over shards on the executors of a cluster; the same summary, bit for bit, as on this machine.

    Safe to use from several threads: their queries share the cluster.
    master: as in spark://host:7077. properties: Spark's own, by name; they count for the first engine of a process, which
    opens the connection that all share. cancelled: asked again and again while the cluster works; once it says True, the job
    is stopped there and Cancelled is raised.
    most_sent: shards whose files a worker cannot open are sent to it, up to this many bytes in one query.
    patience_seconds: how long a query waits while the cluster has no worker for it.
    task_signals: neighbouring shards share a task until it reads about this many signals; a task costs about 0.1 s by itself.
    An error in a shard keeps its type and gets a note that names the shard; trouble of the cluster is Unavailable.
    """

    master: str
    cancelled: Callable[[], bool] = never
    properties: Mapping[str, str] = field(default_factory=dict)
    most_sent: int = 1 << 30
    patience_seconds: float = 60.0
    task_signals: int = 2_000_000

    def summarise(self, fold: Fold[S], timelines: TimelineSet, cut: Cut, who: Sequence[Who]) -> S:
        """One summary of all shards; owners must pass every one of `who`."""
        return self._ask(ask_summary(fold, timelines, cut, who), add_summaries, timelines)

    def summarise_all(self, asks: Sequence[Ask[Any]], timelines: TimelineSet) -> tuple[Any | Failed, ...]:
        """The summary of each, or why there is none, from one job."""
        return self._ask(ask_each(asks, timelines), add_each, timelines) if asks else ()

    def keeps(self, ask: Ask[Any], timelines: TimelineSet) -> bool:
        """Never: every summary is read."""
        return False

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
        """Leave the cluster, if this process is connected to one."""
        close_session()

    def _ask(self, one: Callable[[Timelines], R], join: Callable[[Iterable[R]], R], timelines: TimelineSet) -> R:
        self._stop_if_cancelled()
        shards, question = shards_of(timelines), Question(one, join, timelines.words)
        replies = self._replies([parcel for number, shard in enumerate(shards) for parcel in pack(number, shard)], question)
        if unopened := sorted({reply.shard: reply.content.decode() for reply in replies if reply.what == UNOPENED}.items()):
            self._check_size(shards, unopened)
            sent = [parcel for number, _ in unopened for parcel in pack_by_hand(number, shards[number])]
            replies = [reply for reply in replies if reply.what != UNOPENED] + self._replies(sent, question)
        self._stop_if_cancelled()
        in_order = sorted(replies, key=lambda reply: (reply.shard, reply.piece))
        return join([cast(R, pickle.loads(reply.content)) for reply in in_order])  # noqa: S301

    def _replies(self, parcels: Sequence[Parcel], question: Question) -> list[Reply]:
        return Run(self.open(), self.cancelled, self.patience_seconds, self.task_signals).replies(parcels, question)

    def _stop_if_cancelled(self) -> None:
        if self.cancelled():
            raise Cancelled("The query was cancelled.")

    def _check_size(self, shards: Sequence[Timelines], unopened: Sequence[tuple[int, str]]) -> None:
        """A swapped base or a small cluster without a shared folder is fine; a large one is told to share it."""
        total = sum(bytes_of(shards[number]) for number, _ in unopened)
        if total > self.most_sent:
            raise Unavailable(
                f"The workers cannot open the files of {len(unopened)} of {len(shards)} shards ({unopened[0][1]}), and "
                f"{total >> 20:,} MiB are more than the {self.most_sent >> 20:,} MiB that may be sent in one query. Let every "
                "worker see the workspace's folder under the same path, or raise TOUCHPATH_SPARK_MOST_SENT_MB."
            )


def open_engine(settings: Mapping[str, Any]) -> SparkEngine:
    """The engine as settings want it: `spark_master`, `spark_most_sent_mb`, `spark_patience_seconds`. Connects when it is first asked.

    Raises BadInput without a master, or if it is none.
    """
    master = str(settings.get("spark_master", ""))
    need_master(master)
    return SparkEngine(
        master,
        most_sent=int(settings.get("spark_most_sent_mb", 1024)) << 20,
        patience_seconds=float(settings.get("spark_patience_seconds", 60.0)),
    )
