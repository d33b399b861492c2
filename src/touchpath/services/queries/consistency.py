"""The query `consistency`: the same question in several channels: each one's score, and how far they differ beyond chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from touchpath.metrics.conclude import conclude_mean
from touchpath.metrics.consistency import estimate_gap, estimate_spread
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.nodes import ListNode, Scalar
from touchpath.model.rules import Condition, EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.answers import AnswersQuery
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.results import Table, Value
from touchpath.timelines.across import Across, AcrossCounts


@dataclass(frozen=True, slots=True)
class ConsistencyQuery:
    """How people answer a question in each channel (or what another column says), and how far channels differ beyond chance."""

    answers: AnswersQuery
    across: str = "channel"
    points: tuple[int, int] | None = None

    name: ClassVar[str] = "consistency"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: question, or asked and scale; take, across, points."""
        across, points = fields.text("across", "channel"), _points(fields)
        return cls(AnswersQuery.read(fields), across, points)

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """Which signals are answers, and the column that tells them apart."""
        named = (EventRule((), (Condition(self.across, "exists", True),)),) if "." in self.across else ()
        return (*self.answers.rules(experience), *named)

    def fold(self, setting: Setting) -> Across:
        """Answers by channel; raises Missing for a question that the model does not have, BadInput for points off its scale."""
        asked = self.answers.fold(setting).answers
        return Across(asked.question, self.across, self.points, asked.take)

    def tables(self, summary: AcrossCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """`consistency`: spread and gap; `channels`: each with its answers and its score, lowest first."""
        numbers = (*WHERE, "channels", "nowhere", "left_out", "spread", "gap")
        rows = (
            (
                *where,
                len(summary.of(cell)),
                int(summary.nowhere[cell]),
                int(summary.left_out[cell]),
                estimate_spread(summary, cell, confidence),
                estimate_gap(summary, cell, confidence),
            )
            for cell, where in each_cell(frame)
        )
        each = Table("channels", (*WHERE, "channel", "answers", "people", "score"), tuple(self._rows(summary, frame, confidence)))
        return Table("consistency", numbers, tuple(rows)), each

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """Who answered in any channel."""
        return {"answered": frozenset({1})}

    def _rows(self, summary: AcrossCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        words = frame.timelines.words.get(self.across, ("",))
        for cell, where in each_cell(frame):
            for word, ratio in sorted(summary.of(cell), key=lambda one: (one[1].y / one[1].x, words[one[0]])):
                score = conclude_mean(ratio, "score", "answers", "nobody answered", confidence)
                yield (*where, words[word], ratio.x, ratio.people, score)


def _points(fields: Fields) -> tuple[int, int] | None:
    """A first and a last point, as [4, 5]."""
    found = fields.node("points")
    if found is None:
        return None
    texts = [one.text if isinstance(one, Scalar) else "" for one in found.items] if isinstance(found, ListNode) else []
    if len(texts) != 2 or not all(text.lstrip("-").isascii() and text.lstrip("-").isdigit() for text in texts):
        fields.fault(found.line, "'points' are a first and a last point of the scale, as in [4, 5].")
        return None
    return int(texts[0]), int(texts[1])
