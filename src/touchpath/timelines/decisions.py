"""What members decided about who is whom, as numbers: a set, like the links, so that its order never matters."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from touchpath.timelines.arrays import NO_INT64S, Int64s
from touchpath.timelines.links import Links


@dataclass(frozen=True, slots=True, eq=False)
class Decisions:
    """Pairs of ids that are one person whatever the guards say, pairs whose link does not count, and ids that join nobody.

    alone: (ids,) actor keys, ascending. revision: how often decisions were made or taken back; 0 = never.
    """

    same: Links = field(default_factory=Links)
    apart: Links = field(default_factory=Links)
    alone: Int64s = field(default_factory=lambda: NO_INT64S)
    revision: int = 0

    def same_as(self, other: Decisions) -> bool:
        """Whether the same was decided."""
        return self is other or (self.revision == other.revision and not self.touched(other).size)

    def touched(self, before: Decisions) -> Int64s:
        """Ids about which something else was decided before, ascending."""
        changed = [self.same - before.same, before.same - self.same, self.apart - before.apart, before.apart - self.apart]
        ends = [end for links in changed for end in (links.first, links.second)]
        return np.unique(np.concatenate([*ends, np.setxor1d(self.alone, before.alone)]))
