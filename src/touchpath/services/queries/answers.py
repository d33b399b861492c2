"""The query `answers`: what people answered to a question: mean, spread over the scale, and the share at its ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self, get_args

from touchpath.metrics.answers import estimate_mean, estimate_nps, estimate_points
from touchpath.model.experience import Experience, Question
from touchpath.model.fields import Fields
from touchpath.model.rules import EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import needed_rule_at
from touchpath.services.results import Table, Value
from touchpath.timelines.answers import ABOVE, BELOW, MIDDLE, AnswerCounts, Answers, BandedAnswers, Take, bands

_INLINE = ("asked", "scale")
_NO_QUESTION = Question("", "", EventRule(()), 0, 1, "")


@dataclass(frozen=True, slots=True)
class AnswersQuery:
    """What people answered to a question: mean, net score, how answers spread over the scale; the latest of each person by default."""

    question: str = ""
    inline: Question | None = None
    take: Take = "latest"

    name: ClassVar[str] = "answers"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: question, or asked and scale; take."""
        id, given = fields.text("question", ""), [key for key in _INLINE if fields.node(key) is not None]
        take = fields.choice("take", get_args(Take), "latest")
        if bool(id) == bool(given):
            fields.fault(
                fields.line, "name a 'question' of the model, or give 'asked' and 'scale', as in scale: {low: 1, high: 5}."
            )
        if id or not given:
            return cls(id, None, take)
        return cls("", _inline(fields), take)

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """Which signals are answers."""
        return (self._of(experience).asked,)

    def fold(self, setting: Setting) -> BandedAnswers:
        """Answers; raises Missing for a question that the model does not have."""
        return BandedAnswers(Answers(self._of(setting.experience), self.take))

    def tables(self, summary: AnswerCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """`answers`: mean, shares at both ends of the scale, net score of 0 to 10; `spread`: answers by point of the scale."""
        columns = (*WHERE, "answers", "people", "unrated", "off_scale", "mean", "low_share", "high_share", "net")
        spread = (*WHERE, "rating", "answers", "share")
        return (
            Table("answers", columns, tuple(self._rows(summary, frame, confidence))),
            Table("spread", spread, tuple(self._spread(summary, frame, confidence))),
        )

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """Where on the scale people's last answer counted lies: 0 to 6, 7 and 8, 9 and 10; of others the two points at each end."""
        return {"low": frozenset({BELOW}), "middle": frozenset({MIDDLE}), "high": frozenset({ABOVE})}

    def _of(self, experience: Experience | None) -> Question:
        if self.inline or experience is None:
            return self.inline or _NO_QUESTION
        return experience.question(self.question)

    def _rows(self, summary: AnswerCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        question = self._of(frame.experience)
        below, above = bands(question)
        ends, scale = ((0, below), (above, question.high - question.low)), (question.low, question.high)
        for cell, where in each_cell(frame):
            ratio = summary.moments.cell(cell)
            left_out = (int(summary.unrated[cell]), int(summary.off_scale[cell]))
            shares = (estimate_points(summary, cell, *points, confidence) for points in ends)
            net = estimate_nps(summary, cell, confidence) if scale == (0, 10) else None
            yield (*where, ratio.x, ratio.people, *left_out, estimate_mean(summary, cell, scale, confidence), *shares, net)

    def _spread(self, summary: AnswerCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        question, scores = self._of(frame.experience), summary.scores
        for cell, where in each_cell(frame):
            for point in range(question.high - question.low + 1):
                share = estimate_points(summary, cell, point, point, confidence)
                yield (*where, question.low + point, int(scores[cell, point]), share)


def _inline(fields: Fields) -> Question:
    asked, scale = needed_rule_at(fields, "asked"), fields.inside("scale", "a scale")
    if scale is None:
        fields.fault(fields.line, "'scale' is missing. Give its ends, as in scale: {low: 1, high: 5}.")
        return replace(_NO_QUESTION, asked=asked)
    low, high = scale.whole("low", -1_000_000, 1_000_000), scale.whole("high", -1_000_000, 1_000_000)
    scale.close()
    if not 0 < high - low <= 1_000:
        scale.fault(scale.line, f"'low' must be less than 'high', by at most 1,000, but {low} and {high} came.")
    return Question("", "", asked, low, max(high, low + 1), "")
