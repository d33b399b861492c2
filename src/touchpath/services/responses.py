"""Who stands behind a survey's number: how many people were asked, saw it and answered, by segment, and what the answers would be with
the segments of everybody who was asked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.experience import Question
from touchpath.model.rules import EventRule
from touchpath.model.time import Period
from touchpath.services.ground import Frame, Ground
from touchpath.services.parties import is_party
from touchpath.services.results import Number
from touchpath.services.tables import Row, number_row, rows
from touchpath.stats.representativeness import Asked, Representativeness, represent
from touchpath.stats.resampling import Floats
from touchpath.stats.weights import weighted_mean, weighted_nps
from touchpath.timelines.answers import AnswerCounts, Answers
from touchpath.timelines.funnel import Funnel, FunnelCounts
from touchpath.timelines.ways import Ways

#: What is recorded when somebody is asked, when the question is seen, and when it is waved away.
SENT, SEEN, DISMISSED = ("survey.sent",), ("survey.shown", "survey.opened", "survey.started"), ("survey.dismissed",)
#: An answer that comes later than this after the asking is not counted as one to it, unless told otherwise.
WINDOW = timedelta(days=30)

_NOBODY = "nobody is known to have been asked: no survey.sent with this question's conditions"


@dataclass(frozen=True, slots=True)
class Responses:
    """One question's responses in a period.

    waiting: people asked so lately that they may still answer; they count nowhere else. seen, dismissed: of the people asked; seen
    counts those who answered, too. people: everybody asked against those who answered; None where nobody was asked.
    plain, weighted: the mean rating (or the net score of 0 to 10) of the answers as they are, and with the segments of the asked.
    """

    question: str
    title: str
    by: str
    period: Period
    window: timedelta
    waiting: int
    seen: int
    dismissed: int
    people: Representativeness | None
    rate: Number
    r_indicator: Number
    plain: Number
    weighted: Number
    data_version: str

    @property
    def sentence(self) -> str:
        """What to tell beside the number."""
        if self.people is None:
            reason = self.rate.reason if isinstance(self.rate, Undefined) else _NOBODY
            return f"Who was asked is not told: {reason}."
        asked, answered = self.people.asked, self.people.answered
        told = f"{answered:,} of {asked:,} people asked answered ({self.people.rate:.0%})."
        unlike = ", ".join(
            f"{one.segment or '(none)'} {'over' if one.difference > 0 else 'under'}" for one in self.people.notable
        )
        return f"{told} Not represented as they were asked: {unlike}." if unlike else told


def measure_responses(
    ground: Ground,
    question: str,
    by: str = "",
    period: Period | None = None,
    window: timedelta = WINDOW,
    confidence: float = 0.95,
) -> Responses:
    """How a question was responded to, by a dimension of the model.

    Asked is whoever has a `survey.sent` that meets the conditions of the question's answers; answered, who then answered within the
    window; each person once in each segment, that of the asking. Raises Missing for an unknown question or dimension, and BadInput for
    roles and status, in which people may stand twice, and for a window that is none.
    """
    if is_party(ground.experience, by):
        raise BadInput(f"Responses are told by a dimension, as segments must not overlap; '{by}' is none.")
    if not timedelta() < window <= timedelta(days=3660):
        raise BadInput(f"The window for an answer lies above 0 and within ten years, but {window} came.")
    asked = ground.experience.question(question)
    frame = ground.frame(period, by)
    came, dismissed = _funnel(asked, SEEN, window), _dismissal(asked, window)
    answers = Answers(asked)
    ground.read_ahead([(came, frame), (dismissed, frame), (answers, frame)])
    counts, away = ground.summarise(came, frame), ground.summarise(dismissed, frame)
    people = _represented(counts, frame, confidence)
    plain, weighted = _both(asked, ground.summarise(answers, frame), frame, people, confidence)
    return Responses(
        question=asked.id,
        title=asked.title,
        by=by,
        period=frame.periods[0],
        window=window,
        waiting=int(counts.open.sum()),
        seen=_seen(counts),
        dismissed=int(away.reached[:, -1].sum()),
        people=people,
        rate=_rate(people, confidence, frame),
        r_indicator=_indicator(people, confidence, frame),
        plain=plain,
        weighted=weighted,
        data_version=frame.timelines.data_version,
    )


def _rule(question: Question, kinds: tuple[str, ...]) -> EventRule:
    """The same question, at another moment of its life."""
    return replace(question.asked, kinds=kinds)


def _funnel(question: Question, seen: tuple[str, ...], window: timedelta) -> Funnel:
    """Asked, seen (not everybody records it), answered."""
    return Funnel((_rule(question, SENT), _rule(question, seen), question.asked), window, ways=Ways(optional=(1,)))


def _dismissal(question: Question, window: timedelta) -> Funnel:
    return Funnel((_rule(question, SENT), _rule(question, DISMISSED)), window)


def _seen(counts: FunnelCounts) -> int:
    """At least those who answered saw it, whether that was recorded or not."""
    return int(np.maximum(counts.reached[:, 1], counts.reached[:, 2]).sum())


def _represented(counts: FunnelCounts, frame: Frame, confidence: float) -> Representativeness | None:
    segments = [
        Asked(name, int(counts.reached[cell, 0]), int(counts.reached[cell, 2]))
        for cell, name in ((frame.cell(0, place), name) for place, name in enumerate(frame.segments))
    ]
    return represent(segments, confidence) if any(one.asked for one in segments) else None


def _named(
    value: float, low: float, high: float, n: int, n_unit: str, unit: str, method: str, confidence: float, frame: Frame
) -> Estimate:
    found = Estimate(value, low, high, n, n_unit, unit, confidence, method)
    return found.named("responses", frame.periods[0], frame.timelines.data_version)


def _rate(people: Representativeness | None, confidence: float, frame: Frame) -> Number:
    if people is None:
        return Undefined(_NOBODY)
    return _named(people.rate, *people.limits, people.asked, "people", "share", "Wilson score interval", confidence, frame)


def _indicator(people: Representativeness | None, confidence: float, frame: Frame) -> Number:
    if people is None or people.r is None:
        return Undefined(
            "an R-indicator needs two segments, and people with and without an answer", people.asked if people else 0
        )
    r = people.r
    return _named(r.value, *r.limits, people.asked, "people", "share", "R-indicator, noncentral chi-square", confidence, frame)


def _both(
    question: Question, answers: AnswerCounts, frame: Frame, people: Representativeness | None, confidence: float
) -> tuple[Number, Number]:
    """The number of the answers without and with weights; the latest answer of each person, so that everybody counts once."""
    weights = {one.segment: one.weight for one in people.segments if one.weight} if people else {}
    points = np.arange(question.low, question.high + 1, dtype=np.float64)
    counts = answers.scores[[frame.cell(0, place) for place in range(len(frame.segments))]]
    values = np.concatenate([np.repeat(points, one) for one in counts])
    if values.size < 2:
        few = Undefined("an interval needs the answers of two people", values.size, "answers")
        return few, few
    plain = _number(question, values, np.ones(values.size), confidence, frame)
    given = np.repeat([weights.get(name, 0.0) for name in frame.segments], counts.sum(axis=1))
    if people is None or given.min() <= 0:
        reason = _NOBODY if people is None else "answers came from segments of which nobody who was asked has answered in time"
        return plain, Undefined(reason, values.size, "answers")
    warnings = (f"Nobody answered in: {', '.join(people.unreached)}.",) if people.unreached else ()
    return plain, _number(question, values, given, confidence, frame).warned(*warnings)


def _number(question: Question, values: Floats, weights: Floats, confidence: float, frame: Frame) -> Estimate:
    """The mean rating, or of 0 to 10 the net score, of weighted answers."""
    if (question.low, question.high) == (0, 10):
        found = weighted_nps(np.where(values >= 9, 1, np.where(values <= 6, -1, 0)), weights, confidence=confidence)
        method = "adjusted-Wald at the effective n"
    else:
        found, method = weighted_mean(values, weights, confidence=confidence), "t, linearised"
    low, high = found.limits
    told = _named(found.value, low, high, found.answers, "answers", "score", method, confidence, frame)
    return told.noted(f"Effective n {found.effective_n:.0f}.")


@rows.register
def _(answer: Responses) -> list[Row]:
    """One row a segment, then the whole: what is asked for by eye stands last."""
    numbers = (
        ("response rate", answer.rate),
        ("R-indicator", answer.r_indicator),
        ("as answered", answer.plain),
        ("as asked", answer.weighted),
    )
    whole: list[Row] = [{"segment": "", "what": what, **number_row(number)} for what, number in numbers]
    if answer.people is None:
        return whole
    segments: list[Row] = [
        {
            "segment": one.segment or "(none)",
            "what": "response rate",
            "value": one.rate,
            "low": one.limits.low,
            "high": one.limits.high,
            "unit": "share",
            "n": one.asked,
            "n_unit": "people",
            "confidence": None,
            "method": "Wilson score interval",
            "note": f"{one.share_asked:.1%} of the asked, {one.share_answered:.1%} of the answers, d = {one.difference:+.2f}, p = {one.p_family:.3f}",
        }
        for one in answer.people.segments
    ]
    return segments + whole
