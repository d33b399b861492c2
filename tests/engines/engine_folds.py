"""Folds and calls that tests send to a cluster; workers import this file, so it stays light."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.timelines.arrays import NO_INT32S, TimelineSet
from touchpath.timelines.fold import Ask, Failed, Fold, Folded

PATIENCE_SECONDS = 240


@dataclass(frozen=True)
class Call:
    """What was asked of an engine. outcomes: None = a summary, else the people with these outcomes."""

    about: str
    fold: Fold
    cut: object
    who: tuple
    outcomes: frozenset[int] | None = None

    def by(self, engine, timelines: TimelineSet) -> object:
        """What an engine answers, or the error it raises."""
        try:
            if self.outcomes is None:
                return engine.summarise(self.fold, timelines, self.cut, self.who)
            return engine.select(self.fold, timelines, self.outcomes, self.who, self.about, self.cut)
        except Exception as error:
            return Refused(type(error).__name__, str(error))


@dataclass(frozen=True)
class Refused:
    """An error, by its type and its message."""

    kind: str
    text: str


def together(calls: Sequence[Call], engine, timelines: TimelineSet) -> list[object]:
    """What an engine answers to several calls for summaries at once."""
    found = engine.summarise_all([Ask(call.fold, call.cut, call.who) for call in calls], timelines)
    return [Refused(type(one.error).__name__, str(one.error)) if isinstance(one, Failed) else one for one in found]


@dataclass(frozen=True)
class Most:
    """Counts by name, of which the largest stays."""

    counts: dict[str, int]

    def __add__(self, other):
        return Most({key: max(self.counts.get(key, 0), other.counts.get(key, 0)) for key in self.counts | other.counts})


@dataclass(frozen=True)
class Held:
    """A fold that says where it runs, and waits until it may go on: a slow query that the test controls."""

    of: Fold
    folder: Path

    def map(self, timelines, cells, people, end):
        (self.folder / f"{os.getpid()}-{uuid.uuid4().hex}").touch()
        patient_until = time.monotonic() + PATIENCE_SECONDS
        while not (self.folder / "go").exists():
            if time.monotonic() > patient_until:
                raise BadInput("Nobody let this query go on.")
            time.sleep(0.02)
        return self.of.map(timelines, cells, people, end)

    def processes(self, answer: Future) -> list[int]:
        """The processes in which it has begun, waiting for the first while there is no answer."""
        patient_until = time.monotonic() + PATIENCE_SECONDS
        while not (found := [int(file.name.partition("-")[0]) for file in self.folder.glob("*-*")]):
            assert time.monotonic() < patient_until
            assert not answer.done(), answer.result()
            time.sleep(0.02)
        return found

    def let_go(self) -> None:
        """Let it go on, wherever it runs."""
        (self.folder / "go").touch()


class Stubborn(Exception):
    """An error that cannot be pickled."""

    def __init__(self, one, two):
        super().__init__(f"{one} {two}")


def stubborn(text: str) -> Stubborn:
    """Such an error, of a text."""
    return Stubborn(*text.split(" ", 1))


@dataclass(frozen=True)
class Broken:
    """A fold that cannot read one owner."""

    owner: int
    error: Callable[[str], Exception] = BadInput

    def map(self, timelines, cells, people, end):
        if self.owner in timelines.owners:
            raise self.error(f"Owner {self.owner} cannot be read.")
        return Folded(Most({}), NO_INT32S)


@dataclass(frozen=True)
class Signatures:
    """How often each kernel was compiled where this runs: more than once means that arrays came in several kinds."""

    def map(self, timelines, cells, people, end):
        import sys

        found = {
            f"{name}.{key}": len(value.signatures)
            for name, module in list(sys.modules.items())
            if name.startswith("touchpath.timelines")
            for key, value in vars(module).items()
            if hasattr(value, "signatures") and hasattr(value, "py_func") and value.__module__ == name
        }
        return Folded(Most(found), NO_INT32S)


@dataclass(frozen=True)
class Large:
    """A fold whose summary has so many numbers, which no compression makes smaller: each a multiple of how many signals there are."""

    numbers: int

    def map(self, timelines, cells, people, end):
        return Folded(Sum(np.random.default_rng(7).integers(0, 1 << 40, self.numbers) * timelines.signals), NO_INT32S)


@dataclass(frozen=True)
class Sum:
    """Numbers that add up."""

    numbers: np.ndarray

    def __add__(self, other):
        return Sum(self.numbers + other.numbers)
