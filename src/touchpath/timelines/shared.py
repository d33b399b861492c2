"""Timelines that several folds read one after the other: what two of them ask is worked out once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import fields
from typing import Any, TypeVar, cast

from touchpath.timelines.arrays import Bytes, Int32s, Timelines
from touchpath.timelines.kernels import fixed

R = TypeVar("R")


class Shared(Timelines):
    """The same timelines, which keep what was worked out over them as long as they live. For one thread."""

    __slots__ = ("_kept",)

    _kept: dict[Hashable, Any]

    def __init__(self, timelines: Timelines) -> None:
        columns = {name: fixed(getattr(timelines, name)) for name in ("owners", "starts", "times", "kinds", "skip")}
        super().__init__(**{field.name: getattr(timelines, field.name) for field in fields(Timelines)} | columns)
        object.__setattr__(self, "_kept", {})

    def once(self, what: Hashable, work: Callable[[], R]) -> R:
        """What this work gives; done when it is first asked for."""
        if what not in self._kept:
            self._kept[what] = work()
        return cast(R, self._kept[what])


def worked_out(timelines: Timelines, what: Hashable, people: Bytes | Int32s, work: Callable[[], R]) -> R:
    """What this work gives for these people (zero-length = all), or for these codes, once where timelines are shared."""
    if not isinstance(timelines, Shared):
        return work()
    # The people are kept with it: otherwise others could come to have the same id.
    return timelines.once((what, id(people) if people.size else 0), lambda: (work(), people))[0]
