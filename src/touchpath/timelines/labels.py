"""Labels: what was said counted as negative, neutral or positive, by what the signals say of it. See docs/definitions/sentiment.md."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchpath.model.rules import EventRule
from touchpath.timelines.answers import AnswerCounts, Take, taken
from touchpath.timelines.arrays import Bytes, Cells, Int64s, Timelines
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.gather import gather
from touchpath.timelines.match import match
from touchpath.timelines.tally import buckets_of, count_by, tally

#: Points of the scale of labels, and outcome codes: the last label of an owner that counts.
NEGATIVE, NEUTRAL, POSITIVE = 0, 1, 2

#: What each set of met rules (1 negative, 2 neutral, 4 positive) is labelled; -1 = more than one label.
_POINT = np.array([-1, NEGATIVE, NEUTRAL, -1, POSITIVE, -1, -1, -1], np.int64)


@dataclass(frozen=True, slots=True)
class Labels:
    """Signals that meet one of three rules, as answers on the scale NEGATIVE, NEUTRAL, POSITIVE in the cell of the signal.

    A signal that meets two rules has no label: it is counted as `off_scale`; `unrated` stays 0. `take`: every one, or the first or latest
    of each owner and period.
    """

    negative: EventRule
    neutral: EventRule
    positive: EventRule
    take: Take = "all"

    def ending(self, edges: Int64s, end: int) -> Ending:
        """Nothing about a label stays open."""
        return Ending()

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[AnswerCounts]:
        """Read each timeline once."""
        rows = gather(timelines, match(timelines, (self.negative, self.neutral, self.positive)), people, cells)
        rows = rows.at(rows.cells >= 0)
        points = _POINT[rows.bits & 7]
        labelled, point = rows.at(points >= 0), points[points >= 0]
        kept = taken(self.take, labelled.owners, labelled.cells // cells.segments)
        owner, cell, point = labelled.owners[kept], labelled.cells[kept], point[kept]
        outcomes = np.full(timelines.people, -1, np.int32)
        outcomes[owner] = point
        summary = AnswerCounts(
            buckets=count_by(cells.count, cell, buckets_of(timelines.owners[owner]), (point, 3)),
            moments=tally(cells.count, owner, cell, point),
            unrated=np.zeros(cells.count, np.int64),
            off_scale=count_by(cells.count, rows.cells[points < 0]),
        )
        return Folded(summary, outcomes)
