"""The query `sentiment`: how much of what people say is labelled positive, neutral and negative, and who labelled it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self, get_args

from touchpath.metrics.sentiment import estimate_label, estimate_net, estimate_unvalidated
from touchpath.model.experience import Experience
from touchpath.model.fields import Fields
from touchpath.model.rules import EventRule
from touchpath.services.ground import Frame
from touchpath.services.queries.query import WHERE, Setting, each_cell
from touchpath.services.queries.reading import needed_rule_at
from touchpath.services.results import Table, Value
from touchpath.timelines.answers import AnswerCounts, Take
from touchpath.timelines.labels import NEGATIVE, NEUTRAL, POSITIVE, Labels

#: Who gave the labels.
By = Literal["people", "ratings", "model"]


@dataclass(frozen=True, slots=True)
class SentimentQuery:
    """How much of what people say is positive, neutral and negative, by labels of people, ratings or a model, and the net of it."""

    fold_of: Labels
    labels: By

    name: ClassVar[str] = "sentiment"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Keys: positive, neutral, negative, labels, take."""
        negative, neutral, positive = (needed_rule_at(fields, key) for key in ("negative", "neutral", "positive"))
        take: Take = fields.choice("take", get_args(Take), "all")
        return cls(Labels(negative, neutral, positive, take), fields.choice("labels", get_args(By)))

    def rules(self, experience: Experience) -> Sequence[EventRule]:
        """What each label means."""
        return (self.fold_of.positive, self.fold_of.neutral, self.fold_of.negative)

    def fold(self, setting: Setting) -> Labels:
        """Labels by person."""
        return self.fold_of

    def tables(self, summary: AnswerCounts, frame: Frame, confidence: float) -> tuple[Table, ...]:
        """`sentiment`: texts by label, those with several, the shares at both ends and the net; `labels` says whose they are."""
        columns = (*WHERE, "labels", "positive", "neutral", "negative", "several", "positive_share", "negative_share", "net")
        return (Table("sentiment", columns, tuple(self._rows(summary, frame, confidence))),)

    def outcomes(self) -> Mapping[str, frozenset[int]]:
        """The last label of each person that counts."""
        return {"positive": frozenset({POSITIVE}), "neutral": frozenset({NEUTRAL}), "negative": frozenset({NEGATIVE})}

    def _rows(self, summary: AnswerCounts, frame: Frame, confidence: float) -> Iterator[tuple[Value, ...]]:
        model = self.labels == "model"
        net, by = (estimate_unvalidated, "model, unvalidated") if model else (estimate_net, self.labels)
        for cell, where in each_cell(frame):
            counts = summary.scores[cell]
            shares = (estimate_label(summary, cell, label, confidence) for label in (POSITIVE, NEGATIVE))
            labelled = (int(counts[label]) for label in (POSITIVE, NEUTRAL, NEGATIVE))
            yield (*where, by, *labelled, int(summary.off_scale[cell]), *shares, net(summary, cell, confidence))
