"""The query `rfm`: how long ago, how often and for how much people did something, scored in fifths and grouped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from touchpath.metrics.conclude import conclude_share
from touchpath.metrics.rfm import GROUPS, group_of, quintiles
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.rules import EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import needed_rule_at
from touchpath.services.results import Table, Value
from touchpath.timelines.arrays import Int64s
from touchpath.timelines.moments import Ratio
from touchpath.timelines.rfm import SCALE, Rfm, RfmCounts

_DAY = 86_400_000


@dataclass(frozen=True, slots=True)
class RfmQuery:
    """Recency, frequency and money of something people do (orders), in fifths, with the groups marketers name by them."""

    of: EventRule

    name: ClassVar[str] = "rfm"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: of."""
        return cls(needed_rule_at(fields, "of"))

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """What people do."""
        return (self.of,)

    def fold(self, setting: Setting) -> Rfm:
        """People by recency, frequency and money."""
        return Rfm(self.of)

    def tables(self, summary: RfmCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """`groups`: champions, at risk ...; `scores`: every combination of scores that somebody has."""
        means = ("days_since", "times", "money")
        groups = Table("groups", (*WHERE, "group", "people", "share", *means), tuple(self._groups(summary, frame, confidence)))
        scores = ("recency", "frequency", "monetary")
        return groups, Table("scores", (*WHERE, *scores, "people", *means), tuple(self._scores(summary, frame)))

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """Once, and never; more often is a filter of its own."""
        return {"once": frozenset({1}), "never": frozenset({-1})}

    def _groups(self, summary: RfmCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        for cell, where in each_cell(frame):
            scores, sums = scored(summary, cell)
            named = np.array([group_of(recency, frequency) for recency, frequency, _ in scores.tolist()], object)
            total = int(sums[:, 0].sum())
            for name, *_ in GROUPS:
                part = sums[named == name].sum(axis=0)
                people = int(part[0])
                share = conclude_share(Ratio(total, total, people, total, people, people), "people", "nobody did it", confidence)
                yield (*where, name, people, share, *_means(part))

    def _scores(self, summary: RfmCounts, frame: Frame) -> Iterator[tuple[Value, ...]]:
        for cell, where in each_cell(frame):
            scores, sums = scored(summary, cell)
            for row in sorted(set(map(tuple, scores.tolist())), reverse=True):
                part = sums[(scores == row).all(axis=1)].sum(axis=0)
                yield (*where, *row, int(part[0]), *_means(part))


def scored(summary: RfmCounts, cell: int) -> tuple[Int64s, Int64s]:
    """(rows, 3) scores of recency, frequency and money, and (rows, 4) sums, of one cell."""
    bins, sums = summary.of(cell)
    best = (False, True, True)
    scores = [quintiles(bins[:, column], sums[:, 0], highest_is_best=highest) for column, highest in enumerate(best)]
    return np.stack(scores, axis=1), sums


def _means(part: Int64s) -> tuple[Value, ...]:
    """Days since the last, times, and money per person; blank for nobody."""
    people, ago, often, money = (int(number) for number in part)
    return (ago / _DAY / people, often / people, money / SCALE / people) if people else (None, None, None)
