"""Runs folds on this machine: one thread per core, each taking shard after shard."""

from __future__ import annotations

import itertools
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import copy_context
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
from touchpath.engines.together import Reader, add_read, plan_of
from touchpath.model.errors import Cancelled
from touchpath.timelines.arrays import Timelines, TimelineSet
from touchpath.timelines.fold import Ask, Cut, Failed, Fold, Selection, Summary, Who
from touchpath.timelines.stopping import nobody_waits, watcher

S = TypeVar("S", bound=Summary)
R = TypeVar("R")

#: Shards that wait to be read, by number.
_Waiting = deque[tuple[int, Timelines]]


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """Folds over shards on threads; the same summary, bit for bit, whatever the number of threads.

    threads: None = one per core. cancelled: asked before each shard, and again before the answer is given; once it says
    True, what runs ends after its current shards and raises Cancelled. `threading.Event().is_set` fits. So does what runs for a
    watcher (timelines/stopping.py) who no longer waits.
    An error in a shard keeps its type and gets a note that names the shard.
    """

    threads: int | None = None
    cancelled: Callable[[], bool] = never

    def summarise(self, fold: Fold[S], timelines: TimelineSet, cut: Cut, who: Sequence[Who]) -> S:
        """One summary of all shards; owners must pass every one of `who`."""
        return add_summaries(self._each(ask_summary(fold, timelines, cut, who), timelines))

    def summarise_all(self, asks: Sequence[Ask[Any]], timelines: TimelineSet) -> Sequence[Any | Failed]:
        """The summary of each, or why there is none; a thread reads a shard for all of them before it takes the next.

        Where there are fewer shards than threads, the folds are parted among the threads too.
        """
        shards, threads = shards_of(timelines), self._threads
        plans = [plan_of(group) for group in _parted(asks, -(-threads // len(shards)))]
        waiting = [deque(enumerate(shards)) for _ in plans]
        several = range(min(threads, len(shards)))
        calls = [
            partial(self._read_on, Reader(plan, timelines.end), own, waiting)
            for plan, own in zip(plans, waiting, strict=True)
            for _ in several
        ]
        readers = iter(list(self._run(calls, len(plans) * len(shards))))
        return tuple(itertools.chain.from_iterable(add_read(plan, [next(readers) for _ in several]) for plan in plans))

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
        owners = join_owners(self._each(ask_owners(fold, timelines, outcomes, who, cut), timelines))
        return selection(timelines, owners, title)

    def _each(self, one: Callable[[Timelines], R], timelines: TimelineSet) -> Iterator[R]:
        """What `one` says of every shard, in the order of shards."""
        shards = shards_of(timelines)
        return self._run([partial(self._call, one, number, shard) for number, shard in enumerate(shards)], len(shards))

    def _read_on(self, reader: Reader, waiting: _Waiting, all_waiting: Sequence[_Waiting]) -> Reader:
        """Read the next shard until none waits; after an error none does any more."""
        try:
            for number, shard in _taken(waiting):
                self._call(partial(reader.read, number), number, shard)
        except BaseException:
            for others in all_waiting:
                others.clear()
            raise
        return reader

    @property
    def _threads(self) -> int:
        return self.threads or os.cpu_count() or 1

    def _run(self, calls: Sequence[Callable[[], R]], shards: int) -> Iterator[R]:
        """The results in the order of calls, which read so many shards."""
        threads = min(self._threads, len(calls))
        if (watching := watcher()) is not None:
            watching.planned(shards)
        if threads <= 1:
            yield from (call() for call in calls)
        else:
            yield from _on_threads(calls, threads)
        self._check()

    def _check(self) -> None:
        if self.cancelled() or nobody_waits():
            raise Cancelled("The query was cancelled.")

    def _call(self, one: Callable[[Timelines], R], number: int, shard: Timelines) -> R:
        self._check()
        try:
            found = one(shard)
        except Exception as error:
            error.add_note(note_of(number, shard))
            raise
        if (watching := watcher()) is not None:
            watching.read()
        return found


def open_engine(settings: Mapping[str, Any]) -> LocalEngine:
    """The engine as settings want it: `threads`, 0 = one per processor."""
    return LocalEngine(settings.get("threads") or None)


def _taken(waiting: _Waiting) -> Iterator[tuple[int, Timelines]]:
    """One after the other; other threads take theirs meanwhile."""
    while waiting:
        try:
            yield waiting.popleft()
        except IndexError:
            return


def _parted(asks: Sequence[Ask[Any]], parts: int) -> list[Sequence[Ask[Any]]]:
    """Neighbours together, in as many groups; groups of the same size, as far as that goes."""
    if parts == 1:
        return [asks] if asks else []
    size = max(1, -(-len(asks) // (2 * parts)))  # Twice as many as threads: folds take unequal times.
    return [asks[start : start + size] for start in range(0, len(asks), size)]


def _on_threads(calls: Sequence[Callable[[], R]], threads: int) -> list[R]:
    """The results in the order of calls. The caller's thread works too: on few processors one that only waits is in the way.

    After an error nothing new starts; of several the one of the first call is raised.
    """
    waiting, lock = iter(enumerate(calls)), threading.Lock()
    found, failed = dict[int, R](), dict[int, BaseException]()

    def work() -> None:
        while not failed:
            with lock:
                number, call = next(waiting, (-1, None))
            if call is None:
                return
            try:
                found[number] = call()
            except BaseException as error:
                failed[number] = error

    others = [
        threading.Thread(target=copy_context().run, args=(work,), name=f"fold-{number}", daemon=True)
        for number in range(1, threads)
    ]
    for other in others:
        other.start()
    work()
    for other in others:
        other.join()
    if failed:
        raise failed[min(failed)]
    return [found[number] for number in range(len(calls))]
