"""Runs folds on this machine: one thread per core, each taking shard after shard."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from touchpath.engines.shards import (
    add_summaries,
    ask_owners,
    ask_summary,
    join_owners,
    never,
    note_of,
    selection,
    shards_of,
)
from touchpath.model.errors import Cancelled
from touchpath.timelines.arrays import Timelines, TimelineSet
from touchpath.timelines.fold import Cut, Fold, Selection, Summary, Who

S = TypeVar("S", bound=Summary)
R = TypeVar("R")


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
        return add_summaries(self._each(ask_summary(fold, timelines, cut, who), timelines))

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
        owners = join_owners(self._each(ask_owners(fold, timelines, outcomes, who, cut), timelines))
        return selection(timelines, owners, title)

    def _each(self, one: Callable[[Timelines], R], timelines: TimelineSet) -> Iterator[R]:
        """What `one` says of every shard, in the order of shards."""
        calls = [partial(self._call, one, number, shard) for number, shard in enumerate(shards_of(timelines))]
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
            error.add_note(note_of(number, shard))
            raise


def open_engine(settings: Mapping[str, Any]) -> LocalEngine:
    """The engine as settings want it: `threads`, 0 = one per processor."""
    return LocalEngine(settings.get("threads") or None)


def _on_threads(calls: Sequence[Callable[[], R]], threads: int) -> Iterator[R]:
    """Results in the order of calls; after an error nothing new starts."""
    with ThreadPoolExecutor(threads, "fold") as pool:
        futures: list[Future[R]] = [pool.submit(call) for call in calls]
        try:
            yield from (future.result() for future in futures)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
