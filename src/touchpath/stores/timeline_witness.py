"""What the timelines of persons are told beside the signals: the organisation's rules, and what its members decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from touchpath.model.keys import name_keys
from touchpath.model.signal import ACTOR_NAMESPACES
from touchpath.store.signals import SignalStore
from touchpath.timelines.arrays import Int64s
from touchpath.timelines.decisions import Decisions
from touchpath.timelines.guards import Rules
from touchpath.timelines.handovers import Sightings, find_sightings

#: Links nothing, but has signals of its own.
_ZEROES = name_keys(f"{namespace}:0" for namespace in ACTOR_NAMESPACES)


@dataclass(frozen=True, slots=True)
class Terms:
    """By which rules ids become persons. decisions: what members decided, as of now; asked whenever timelines are opened."""

    rules: Rules = field(default_factory=Rules)
    decisions: Callable[[], Decisions] = Decisions


@dataclass(frozen=True, slots=True)
class LakeWitness:
    """Finds sightings in the signals; `new` are those that came last."""

    signals: SignalStore
    new: Sequence[pa.RecordBatch] = ()

    def all_of(self, devices: Int64s, filed_under: Int64s) -> Sightings:
        """All sightings of some devices: a signal that names one is filed under it, under an id that it is linked with, or under a 0."""
        keys = np.union1d(filed_under, _ZEROES).tolist()
        return find_sightings(self.signals.scan(["actors", "occurred_at"], actor_keys=keys), devices)

    def new_of(self, devices: Int64s) -> Sightings:
        """The sightings of some devices that are new."""
        return find_sightings(self.new, devices)
