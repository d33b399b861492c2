"""Timelines in files: a `TimelineStore` that is derived from the signals and may be deleted at any time."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from touchpath.model.errors import BadInput, Unavailable
from touchpath.store.signals import SignalStore
from touchpath.stores.timeline_builder import Builder, Limits
from touchpath.stores.timeline_manifest import UnitFolder
from touchpath.stores.timeline_unit import UnitTimelines
from touchpath.stores.timeline_witness import Terms
from touchpath.timelines.arrays import TimelineSet
from touchpath.timelines.encode import PERSON
from touchpath.timelines.identity import Identity


class TimelineFiles:
    """Timelines of persons, accounts and objects in one folder, always as new as the signals.

    folder: holds one folder per unit; deleting it, or any of those, only costs a rebuild.
    memory_limit: bytes that a build may take. overlay_share: fold new signals into the base when the people they touch have
    more than this share of its signals. threads: for builds, 0 = one per processor.
    lake: says what tells this lake from another one ("" before it exists); timelines built from another lake are built again.
    background: fold in on a thread, so that no query waits for it.
    limits: what a build takes at once, instead of what follows from `memory_limit` and `threads`.
    terms: by which rules and decisions ids become persons.
    """

    def __init__(
        self,
        folder: str | Path,
        signals: SignalStore,
        *,
        memory_limit: int = 4 << 30,
        overlay_share: float = 0.05,
        threads: int = 0,
        lake: Callable[[], str] = str,
        background: bool = True,
        limits: Limits | None = None,
        terms: Terms | None = None,
    ) -> None:
        self._folder = Path(folder)
        self._signals = signals
        self._share = overlay_share
        self._lake = lake
        self._background = background
        self._limits = limits or Limits.within(memory_limit, threads or os.cpu_count() or 1)
        self._terms = terms or Terms()
        self._units: dict[str, UnitTimelines] = {}
        self._lock = threading.Lock()

    def open(self, unit: str = PERSON, properties: Sequence[str] = ()) -> TimelineSet:
        """Timelines that hold every signal appended before this call, with a column for each of `properties`.

        Builds what is missing, reads only what is new. Columns beyond those of `Timelines`: "actor", for persons the key of
        the actor that a signal is filed under. Raises Unavailable, saying what to do, if files are damaged.
        """
        return self._unit(unit).open(tuple(properties)).timelines

    def rebuild(self, unit: str = PERSON, properties: Sequence[str] = ()) -> TimelineSet:
        """Build from the signals alone and swap it in; properties that were ever asked for keep their columns."""
        return self._unit(unit).rebuild(tuple(properties)).timelines

    def person_of(self, actor_key: int, at: int | None = None) -> int:
        """The key of the person whom an actor belongs to, see `TimelineStore.person_of`."""
        return self.identity().persons.person(actor_key, at)

    def persons_of(self, actor_keys: Sequence[int], times: Sequence[int] | None = None) -> list[int]:
        """Whose some signals are, see `TimelineStore.persons_of`."""
        persons, actors = self.identity().persons, np.array(actor_keys, np.int64)
        owners = persons.whole(actors) if times is None else persons.persons(actors, np.array(times, np.int64))
        found: list[int] = owners.tolist()
        return found

    def actors_of(self, person: int) -> list[int]:
        """All actor keys that belong to a person, ascending, devices that were theirs for a while among them."""
        return self.identity().persons.actors(person)

    def identity(self) -> Identity:
        """Who is whom, as new as the signals and the decisions."""
        return self._unit(PERSON).open(()).identity

    def verify(self) -> list[str]:
        """What is wrong with the files, each in a sentence naming unit and file; reads all of them. Empty = all is well."""
        found = []
        for unit in self.units():
            try:
                found += [f"Timelines of {unit}: {fault}." for fault in self._files(unit).faults()]
            except Unavailable as error:
                found.append(str(error))
        return found

    def units(self) -> list[str]:
        """Units that have timelines here."""
        return UnitFolder.units(self._folder)

    def remove(self) -> None:
        """Delete all timelines, as after an erasure; they are built again when they are next asked for."""
        for unit in self.units():
            self._unit(unit).remove()

    def close(self) -> None:
        """Wait for what is being written."""
        for unit in self._units.values():
            unit.close()

    def _files(self, unit: str) -> UnitFolder:
        return UnitFolder(self._folder, unit)

    def _unit(self, unit: str) -> UnitTimelines:
        if not unit:
            raise BadInput('Timelines need a unit: "person", "account" or a kind of object, as in "order".')
        with self._lock:
            if unit not in self._units:
                builder = Builder(self._files(unit), unit, self._signals, self._lake, self._limits, self._terms)
                self._units[unit] = UnitTimelines(builder, self._share, background=self._background)
            return self._units[unit]
