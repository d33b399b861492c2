"""Asked together is asked alone: whatever is counted in one pass, from shard to shard, on however many threads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from touchpath.engines import together
from touchpath.engines.local import LocalEngine
from touchpath.model.errors import BadInput
from touchpath.model.experience import Task
from touchpath.model.rules import EventRule
from touchpath.timelines.arrays import NO_BYTES, NO_INT32S, NO_VALUE, Cells, Timelines, TimelineSet
from touchpath.timelines.fold import Ask, Failed
from touchpath.timelines.funnel import Funnel
from touchpath.timelines.sessions import Sessions
from touchpath.timelines.tasks import Attempts
from touchpath.timelines.totals import Totals
from touchpath.timelines.volume import Volume

END, LONG = 60_000, timedelta(milliseconds=9)
A, B, C, D = (EventRule((kind,)) for kind in "abcd")
FOLDS: tuple[Any, ...] = (
    Attempts(Task("t", "T", A, B, failure=C, error=D, limit=LONG)),
    Funnel((A, B, C), LONG, step_times=False),
    Funnel((B, C), LONG),
    Totals(A, D),
    Totals(A, D, of_values=True),
    Volume((A, B), (C,)),
    Sessions(timedelta(milliseconds=3)),
)


@dataclass(frozen=True)
class Apart:
    """A cut by borders and into segments of signals or of owners, some of which are in none."""

    borders: tuple[int, ...]
    of: str = ""
    segments: int = 1
    shift: int = 0

    def cells(self, timelines: Timelines) -> Cells:
        edges = np.array(self.borders, np.int64)
        if not self.of:
            return Cells(edges)
        keys = timelines.wide("key") if self.of == "signals" else timelines.owners
        codes = ((keys + self.shift) % (self.segments + 1) - 1).astype(np.int32)
        return Cells(edges, self.segments, *((codes,) if self.of == "signals" else (NO_INT32S, codes)))


@dataclass(frozen=True)
class NotEvery:
    """Owners but each so many-th."""

    number: int

    def people(self, timelines: Timelines) -> Any:
        return (timelines.owners % self.number != 0).astype(np.uint8)


def shards(random: np.random.Generator) -> Iterator[Timelines]:
    """Up to six shards, some with nobody in it, some with owners to skip, a few with a value that is too large to be added up."""
    first, words = 0, {"kind": ("", *"abcd")}
    for _ in range(random.integers(1, 7)):
        people = int(random.integers(1, 9)) if random.random() < 0.7 else 0
        lengths = random.integers(1, 14, people)
        starts = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
        signals = int(starts[-1])
        times = [np.sort(random.integers(0, END // 1000, size)) * 1000 for size in lengths]
        values = random.integers(-5, 50, signals) * 1_000_000
        values[random.random(signals) < 0.2] = NO_VALUE
        if signals and random.random() < 0.15:
            values[random.integers(0, signals)] = 1 << 62
        columns = {"key": np.arange(first * 100, first * 100 + signals), "value": values.astype(np.int64)}
        kinds, owners = random.integers(1, 5, signals).astype(np.int32), np.arange(first, first + people, dtype=np.int64)
        skip = (random.random(people) < 0.3).astype(np.uint8) if random.random() < 0.4 else NO_BYTES
        yield Timelines(owners, starts, np.array([*np.concatenate([[], *times])], np.int64), kinds, columns, words, skip)
        first += people


def alone(ask: Ask[Any], timelines: TimelineSet) -> Any:
    """The summary of one ask, or what its error says."""
    try:
        return LocalEngine(1).summarise(ask.fold, timelines, ask.cut, ask.who)
    except BadInput as error:
        return str(error)


def agree(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask every fold by several cuts, in any order, together and alone."""
    random = np.random.default_rng(seed)
    timelines = TimelineSet("person", tuple(shards(random)), 0, END, "v")
    of, segments = ("", "signals", "owners")[random.integers(0, 3)], int(random.integers(1, 4))
    who = (NotEvery(int(random.integers(2, 5))),) if random.random() < 0.4 else ()
    cuts = (
        Apart((0, 50_000)),
        Apart((0, 11_000, 30_000, 50_000), of, segments),
        Apart((0, 50_000), of, segments, 1),
    )
    asks = [Ask(fold, cut, who) for fold in FOLDS for cut in cuts]
    asks = [asks[place] for place in random.permutation(len(asks))]
    monkeypatch.setattr(together, "_MOST_SIGNALS", 1 << 31 if random.random() < 0.6 else 100)
    expected = [alone(ask, timelines) for ask in asks]
    for threads in (1, 2, 3, 8):
        found = LocalEngine(threads).summarise_all(asks, timelines)
        assert [str(one.error) if isinstance(one, Failed) else one for one in found] == expected, (seed, threads)


@pytest.mark.parametrize("seed", [0, 7, 28, 39, 53, 55])
def test_asked_together_is_asked_alone(seed, monkeypatch):
    agree(seed, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 400))
def test_asked_together_is_asked_alone_in_many_more(seed, monkeypatch):
    agree(seed, monkeypatch)
