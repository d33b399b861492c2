"""Runs folds on this machine: one thread per core, each taking shard after shard."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial, reduce
from operator import add
from typing import TypeVar

import numpy as np

from touchpath.model.errors import Cancelled
from touchpath.timelines.arrays import Int64s, Timelines, TimelineSet
from touchpath.timelines.fold import Cut, Fold, Folded, Selection, Summary, Who, Whole
from touchpath.timelines.who import who_are

S = TypeVar("S", bound=Summary)
R = TypeVar("R")


def never() -> bool:
    """The query is never cancelled."""
    return False


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """Folds over shards on threads; the same summary, bit for bit, whatever the number of threads.

    threads: None = one per core. cancelled: asked before each shard, and again before the answer is given; once it says
    True, what runs ends after its current shards and raises Cancelled. `threading.Event().is_set` fits.
    An error in a shard keeps its type and gets a note that names the shard.
    """

    threads: int | None = None
    cancelled: Callable[[], bool] = never

    def summarise(self, fold: Fold[S], timelines: TimelineSet, cut: Cut, who: Sequence[Who]) -> S:
        """One summary of all shards; owners must pass every one of `who`."""
        one = partial(_fold_shard, fold, cut, who, timelines.end)
        return reduce(add, (folded.summary for folded in self._each(one, timelines)))

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
        one = partial(_select_shard, fold, cut or Whole(), who, timelines.end, outcomes)
        keys = np.sort(np.concatenate(list(self._each(one, timelines))))
        return Selection(timelines.unit, keys, title, timelines.data_version)

    def _each(self, one: Callable[[Timelines], R], timelines: TimelineSet) -> Iterator[R]:
        """What `one` says of every shard, in the order of shards; an empty workspace is one shard with nobody in it."""
        shards = timelines.shards or (_nobody(),)
        calls = [partial(self._call, one, number, shard) for number, shard in enumerate(shards)]
        threads = min(self.threads or os.cpu_count() or 1, len(calls))
        if threads <= 1:
            yield from (call() for call in calls)
        else:
            yield from _on_threads(calls, threads)
        if self.cancelled():
            raise Cancelled("The query was cancelled.")

    def _call(self, one: Callable[[Timelines], R], number: int, shard: Timelines) -> R:
        if self.cancelled():
            raise Cancelled("The query was cancelled.")
        try:
            return one(shard)
        except Exception as error:
            error.add_note(f"in shard {number} ({shard.people} owners, {shard.signals} signals)")
            raise


def _on_threads(calls: Sequence[Callable[[], R]], threads: int) -> Iterator[R]:
    """Results in the order of calls; after an error nothing new starts."""
    with ThreadPoolExecutor(threads, "fold") as pool:
        futures: list[Future[R]] = [pool.submit(call) for call in calls]
        try:
            yield from (future.result() for future in futures)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _fold_shard(fold: Fold[S], cut: Cut, who: Sequence[Who], end: int, shard: Timelines) -> Folded[S]:
    return fold.map(shard, cut.cells(shard), who_are(shard, who), end)


def _select_shard(fold: Fold[S], cut: Cut, who: Sequence[Who], end: int, outcomes: frozenset[int], shard: Timelines) -> Int64s:
    found = _fold_shard(fold, cut, who, end, shard).outcomes
    chosen: Int64s = shard.owners[np.isin(found, sorted(outcomes))]
    return chosen


def _nobody() -> Timelines:
    return Timelines(np.empty(0, np.int64), np.zeros(1, np.int64), np.empty(0, np.int64), np.empty(0, np.int32))
