"""Timelines that several folds read one after the other: what two of them ask is worked out once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import fields
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import DTypeLike, NDArray

from touchpath.timelines.arrays import NO_BYTES, Bytes, Int32s, Timelines
from touchpath.timelines.kernels import fixed

R = TypeVar("R")

_NOTHING = object()


class Room:
    """Memory for what is worked out over one shard after the other: what was written once is not asked for anew, which takes longer than to
    fill it. For one thread."""

    def __init__(self) -> None:
        self._blocks = list[Bytes]()
        self._taken = 0

    def clear(self) -> None:
        """Give all of it back: what was taken before is written over."""
        self._taken = 0

    def take(self, size: int, dtype: DTypeLike) -> NDArray[Any]:
        """So many numbers that say nothing yet."""
        if self._taken == len(self._blocks):
            self._blocks.append(NO_BYTES)
        bytes_ = size * np.dtype(dtype).itemsize
        if self._blocks[self._taken].size < bytes_:
            self._blocks[self._taken] = np.empty(bytes_ + bytes_ // 4, np.uint8)  # the next shard may be a little larger
        self._taken += 1
        return self._blocks[self._taken - 1][:bytes_].view(dtype)


class Shared(Timelines):
    """The same timelines, which keep what was worked out over them as long as they live. For one thread.

    room: of the thread, for what lives no longer than these; None = they have one of their own.
    """

    __slots__ = ("_kept", "room")

    _kept: dict[Hashable, Any]
    room: Room

    def __init__(self, timelines: Timelines, room: Room | None = None) -> None:
        columns = {name: fixed(getattr(timelines, name)) for name in ("owners", "starts", "times", "kinds", "skip")}
        super().__init__(**{field.name: getattr(timelines, field.name) for field in fields(Timelines)} | columns)
        object.__setattr__(self, "_kept", {})
        object.__setattr__(self, "room", room or Room())
        self.room.clear()

    def once(self, what: Hashable, work: Callable[[], R]) -> R:
        """What this work gives; done when it is first asked for."""
        found = self._kept.get(what, _NOTHING)  # one look: of many rules the hash takes long
        if found is _NOTHING:
            found = self._kept[what] = work()
        return cast(R, found)


def worked_out(timelines: Timelines, what: Hashable, people: Bytes | Int32s, work: Callable[[], R]) -> R:
    """What this work gives for these people (zero-length = all), or for these codes, once where timelines are shared."""
    if not isinstance(timelines, Shared):
        return work()
    # The people are kept with it: otherwise others could come to have the same id.
    return timelines.once((what, id(people) if people.size else 0), lambda: (work(), people))[0]


def room_for(timelines: Timelines, size: int, dtype: DTypeLike = np.int64) -> NDArray[Any]:
    """Memory for so many numbers that live no longer than what is worked out over these timelines; where they are shared, that of their room."""
    return timelines.room.take(size, dtype) if isinstance(timelines, Shared) else np.empty(size, dtype)
