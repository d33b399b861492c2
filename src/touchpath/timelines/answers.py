"""Answers to one question: which of them count, and how they spread over the scale.

docs/definitions/answers.md tells the rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from touchpath.model.errors import BadInput
from touchpath.model.experience import Question
from touchpath.timelines.arrays import NO_VALUE, VALUE_SCALE, Bytes, Cells, Int64s, Timelines
from touchpath.timelines.fold import Ending, Folded
from touchpath.timelines.gather import Gathered, gather
from touchpath.timelines.match import match
from touchpath.timelines.moments import Moments
from touchpath.timelines.one_by_one import Each
from touchpath.timelines.summaries import Counts
from touchpath.timelines.tally import buckets_of, count_by, tally

#: Outcome codes of `BandedAnswers`: where on the scale a rating lies.
BELOW, MIDDLE, ABOVE = 0, 1, 2

#: Which answers of a person in a period count: every one, the first or the latest.
Take = Literal["all", "first", "latest"]


@dataclass(frozen=True, slots=True, eq=False)
class AnswerCounts(Counts):
    """Answers to one question on a scale of `points` whole numbers from `low` up, in the cell of the answer.

    buckets: (cells, BUCKETS, points) answers by bucket of person and point of the scale.   moments: per person x = answers,
    y = sum of their ratings.   unrated: (cells,) answer signals without a value.   off_scale: (cells,) ratings outside the
    scale or between its points. The last two are no answers.
    """

    buckets: Int64s
    moments: Moments
    unrated: Int64s
    off_scale: Int64s

    @property
    def scores(self) -> Int64s:
        """(cells, points) answers by point of the scale."""
        scores: Int64s = self.buckets.sum(axis=1)
        return scores


def taken(take: Take, owner: Int64s, period: Int64s) -> NDArray[np.bool_]:
    """Which rows count, when rows are in order of owner and time: all, or the first or last of each owner and period."""
    if take not in get_args(Take):
        raise BadInput(f"Answers can be taken as {', '.join(get_args(Take))}, but '{take}' came.")
    if take == "all" or owner.size == 0:
        return np.ones(owner.size, np.bool_)
    parts = (owner[1:] != owner[:-1]) | (period[1:] != period[:-1])
    return np.concatenate(([True], parts) if take == "first" else (parts, [True]))


@dataclass(frozen=True, slots=True)
class _Read:
    """All answer signals that count somewhere, in order. fits: which are on the scale; whole: their ratings, where they are."""

    gathered: Gathered
    unrated: NDArray[np.bool_]
    fits: NDArray[np.bool_]
    whole: Int64s


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers to one question; by default the latest of each person in each period.

    "Latest" and "first" pick among all answers of the period that count in any cell, so the segments of a period add up to the
    whole. Of answers with equal times the one stored last is the latest.
    Outcome of a person: the last rating counted, less the scale's lowest; -1 = none.
    """

    question: Question
    take: Take = "latest"

    @property
    def points(self) -> int:
        """How many points the scale has."""
        return self.question.high - self.question.low + 1

    def ending(self, edges: Int64s, end: int) -> Ending:
        """Nothing about an answer stays open."""
        return Ending()

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[AnswerCounts]:
        """Read each timeline once; nothing about an answer stays open."""
        read = self._read(timelines, cells, people)
        owner, _, cell, point = self._each(read, cells)
        outcomes = np.full(timelines.people, -1, np.int32)
        outcomes[owner] = point
        summary = AnswerCounts(
            buckets=count_by(cells.count, cell, buckets_of(timelines.owners[owner]), (point, self.points)),
            moments=tally(cells.count, owner, cell, point + self.question.low),
            unrated=count_by(cells.count, read.gathered.cells[read.unrated]),
            off_scale=count_by(cells.count, read.gathered.cells[~read.unrated & ~read.fits]),
        )
        return Folded(summary, outcomes)

    def each(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Each:
        """The answers that count, by their ratings."""
        found = self._each(self._read(timelines, cells, people), cells)
        return found._replace(points=found.points + self.question.low)

    def _read(self, timelines: Timelines, cells: Cells, people: Bytes) -> _Read:
        gathered = gather(timelines, match(timelines, (self.question.asked,)), people, cells)
        gathered = gathered.at(gathered.cells >= 0)
        values = timelines.wide("value")[gathered.rows]
        unrated = values == NO_VALUE
        whole, part = np.divmod(values, VALUE_SCALE)
        fits = ~unrated & (part == 0) & (whole >= self.question.low) & (whole <= self.question.high)
        return _Read(gathered, unrated, fits, whole)

    def _each(self, read: _Read, cells: Cells) -> Each:
        """The answers that are taken; points are counted from 0."""
        rated, point = read.gathered.at(read.fits), read.whole[read.fits] - self.question.low
        kept = taken(self.take, rated.owners, rated.cells // cells.segments)
        return Each(rated.owners[kept], rated.rows[kept], rated.cells[kept], point[kept])


def bands(question: Question) -> tuple[int, int]:
    """The last point of the scale's low end and the first of its high end, counted from 0.

    0 to 10 is cut as the net promoter score cuts it (0 to 6, 9 and 10); of other scales the two points at each end, or one if there
    are only two or three.
    """
    if (question.low, question.high) == (0, 10):
        return 6, 9
    points = question.high - question.low + 1
    return (1, points - 2) if points > 3 else (0, points - 1)


@dataclass(frozen=True, slots=True)
class BandedAnswers:
    """The same answers; outcome of a person: at which end of the scale the last rating counted lies (BELOW, MIDDLE, ABOVE)."""

    answers: Answers

    def ending(self, edges: Int64s, end: int) -> Ending:
        """Nothing about an answer stays open."""
        return Ending()

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[AnswerCounts]:
        """Read each timeline once."""
        folded = self.answers.map(timelines, cells, people, end)
        below, above = bands(self.answers.question)
        points = folded.outcomes
        banded = np.where(points > below, np.where(points >= above, ABOVE, MIDDLE), BELOW)
        return Folded(folded.summary, np.where(points < 0, -1, banded).astype(np.int32))
