"""Keeps the latest answers, so that a page that is opened again reads nothing.

Three levels keep what was worked out, each for another asker:

- `Ground.once` (services/ground.py): within one answer. Its parts share frames, filters and summaries; gone when it is given.
- `KeptAnswers` (here): the same question again, while neither signals nor model have changed. Reads nothing.
- `KeptSummaries` (engines/kept.py): a question after new signals, or one like it. Only the people whom they touched are read.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, TypeVar, cast

from touchpath.model.errors import Cancelled
from touchpath.timelines.stopping import nobody_waits

R = TypeVar("R")

#: How many answers are kept; an answer is kept for one data version and one model revision.
MOST_KEPT = 256


class KeptAnswers:
    """The latest answers of one version: the same page twice costs one pass, also when many ask for it at once.

    Answers of another version are dropped.
    """

    def __init__(self) -> None:
        self._version: Hashable = None
        self._kept: OrderedDict[Hashable, Future[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def clear(self) -> None:
        """Forget everything, as after an erasure."""
        with self._lock:
            self._version, self._kept = None, OrderedDict()

    def has(self, version: Hashable, query: Hashable) -> bool:
        """Whether the answer to a query is kept, ready to be given."""
        with self._lock:
            return version == self._version and query in self._kept and self._kept[query].done()

    def get(self, version: Hashable, query: Hashable, ask: Callable[[], R]) -> R:
        """The kept answer to a query; else a new one, which those who ask meanwhile wait for. An error is not kept."""
        with self._lock:
            if version != self._version:
                self._version, self._kept = version, OrderedDict()
            kept = self._kept
            known, answer = kept.get(query), Future[Any]()
            if known is None:
                kept[query] = answer
                while len(kept) > MOST_KEPT:
                    kept.popitem(last=False)
            else:
                kept.move_to_end(query)
        if known is not None:
            try:
                return cast(R, known.result())
            except Cancelled:
                if nobody_waits():
                    raise
                return self.get(version, query, ask)  # Whoever asked first went away; somebody else still wants to know.
        try:
            answer.set_result(ask())
        except BaseException as error:
            with self._lock:
                kept.pop(query, None)
            answer.set_exception(error)
        return cast(R, answer.result())
