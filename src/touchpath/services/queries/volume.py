"""The query `volume`: how many people did something, and how often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from touchpath.metrics.conclude import conclude_rate, conclude_share
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.rules import EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import rule_title, rules_at
from touchpath.services.results import Table, Value
from touchpath.timelines.moments import Ratio
from touchpath.timelines.volume import Volume, VolumeCounts


@dataclass(frozen=True, slots=True)
class VolumeQuery:
    """People who did each of some things, and how often, among those who did anything (or one of `among`)."""

    of: tuple[EventRule, ...]
    among: tuple[EventRule, ...] = ()

    name: ClassVar[str] = "volume"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: of, among."""
        fields.needed("of")
        return cls(rules_at(fields, "of"), rules_at(fields, "among"))

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """What is counted, and among whom."""
        return (*self.of, *self.among)

    def fold(self, setting: Setting) -> Volume:
        """People and signals by rule."""
        return Volume(self.of, self.among)

    def tables(self, summary: VolumeCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """One row per rule: people, signals, the share of people and the number per person."""
        rows = tuple(
            (*where, rule_title(rule), *self._numbers(summary, cell, number, confidence))
            for cell, where in each_cell(frame)
            for number, rule in enumerate(self.of)
        )
        return (Table("volume", (*WHERE, "what", "base", "people", "signals", "share", "per_person"), rows),)

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """`did`: at least one of the things; `did not`: none of them."""
        return {"did": frozenset(range(1, 1 << len(self.of))), "did not": frozenset({0})}

    def _numbers(self, summary: VolumeCounts, cell: int, rule: int, confidence: float) -> tuple[Value, ...]:
        base, people, signals = (int(n) for n in (summary.base[cell], summary.people[cell, rule], summary.signals[cell, rule]))
        share = conclude_share(Ratio(base, base, people, base, people, people), "people", "nobody is in the base", confidence)
        moments = summary.moments.cell(cell * len(self.of) + rule)
        return base, people, signals, share, conclude_rate(moments, "per_person", "people", "nobody is in the base", confidence)
