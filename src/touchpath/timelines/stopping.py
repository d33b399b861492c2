"""How whoever waits for an answer says that they no longer do, and sees how far it has come."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Watcher(Protocol):
    """Whoever waits for an answer. Safe to be asked from several threads."""

    def wants_none(self) -> bool:
        """Whether nobody waits any longer: what runs ends with Cancelled before the next shard."""
        ...

    def planned(self, shards: int) -> None:
        """So many more shards will be read."""
        ...

    def read(self) -> None:
        """One of them was."""
        ...


_WATCHER: ContextVar[Watcher | None] = ContextVar("watcher", default=None)


@contextmanager
def watched_by(watcher: Watcher) -> Iterator[None]:
    """What is asked inside of this is asked for a watcher; threads that an engine starts for it know."""
    before = _WATCHER.set(watcher)
    try:
        yield
    finally:
        _WATCHER.reset(before)


def watcher() -> Watcher | None:
    """Whoever waits for what is asked just now."""
    return _WATCHER.get()


def nobody_waits() -> bool:
    """Whether whoever asked no longer waits."""
    one = _WATCHER.get()
    return one is not None and one.wants_none()
