"""A response to a survey as signals: the shape that all survey tools come down to.

A response gives `survey.started` (when its start is known), one `survey.answered` for each answer, and at its end
`survey.completed` or `survey.disqualified`; a partial response has no end. Ids are made from the tool's own id of the response
and a key of the answer that is the same in webhook, pull and file, so the same answer met twice is a duplicate and an edited one
a correction.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from touchpath.model.signal import Signal
from touchpath.sources.vendors.respondents import without_personal

Status = Literal["complete", "partial", "disqualified", "over quota"]

#: How a tool says that a question is one of the three that everybody asks. Never guessed from a wording or a scale.
SCALES = ("nps", "csat", "ces")

#: Names of properties of ours; a hidden field of the same name is kept as embedded_NAME.
_OURS = frozenset(
    (
        *("survey", "survey_title", "status", "test", "language", "question", "question_type", "wording"),
        *("answer", "answers", "choice", "row", "rank", "scale"),
    )
)
_LONGEST_WORDING = 2_000
_PIPED, _MARKS = re.compile(r"\{\{[^{}]*\}\}"), re.compile(r"[*_]")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person said to one question: a number, words, or one choice of a list.

    question: the tool's id of the question (of its row, where a question has rows). key: tells this answer from all others of
    its response. value: the raw number; unit: what it counts, points of a scale unless said. text: what the person wrote.
    choice, choice_id: what was chosen. row: the wording of the row. rank: the place given to it, 1 = first. scale: one of
    SCALES, where the tool says so. sort: the tool's word for the sort of question.
    """

    question: str
    key: str
    wording: str | None = None
    value: float | None = None
    unit: str | None = "points"
    text: str | None = None
    choice: str | None = None
    choice_id: str | None = None
    row: str | None = None
    rank: int | None = None
    scale: str | None = None
    sort: str | None = None
    properties: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Response:
    """One answer sheet, finished or not. `test`: a preview or a test of the survey's makers, kept but marked.

    hidden: whatever the tool sent along (embedded fields, variables, attributes); becomes properties, less what is personal.
    """

    source: str
    id: str
    answered_at: datetime
    actors: tuple[str, ...]
    survey: str | None = None
    survey_title: str | None = None
    started_at: datetime | None = None
    status: Status = "complete"
    test: bool = False
    channel: str | None = None
    language: str | None = None
    duration_seconds: float | None = None
    hidden: Mapping[str, object] = field(default_factory=dict)
    answers: tuple[Answer, ...] = ()


def response_signals(response: Response) -> Iterator[Signal]:
    """The signals of one response, in the order in which they happened."""
    about = _properties(response)
    if response.started_at is not None:
        yield _signal(response, "started", "survey.started", response.started_at, about)
    seen: set[str] = set()
    for answer in response.answers:
        yield _answered(response, answer, _fresh(answer.key, seen), about)
    if response.status != "partial":
        kind = "survey.completed" if response.status == "complete" else "survey.disqualified"
        seconds = response.duration_seconds
        properties = {**about, "answers": len(response.answers)}
        yield _signal(response, "ended", kind, response.answered_at, properties, seconds, "seconds")


def numbered(answers: Iterable[Answer]) -> Iterator[Answer]:
    """The choices of one question with several: the first keeps the question's key, further ones add their number.

    So one choice has the same key whether or not it is known that there might have been more.
    """
    for number, answer in enumerate(answers, 1):
        yield answer if number == 1 else replace(answer, key=f"{answer.key}/{number}")


def invitation_signal(
    source: str,
    invitation: str,
    verb: str,
    moment: datetime,
    actors: tuple[str, ...],
    properties: Mapping[str, object],
    **more: str,
) -> Signal:
    """What became of an invitation: verb = sent, opened, dismissed, expired, bounced ... One signal for each verb.

    more: the channel, and the response it led to.
    """
    return Signal(
        source=source,
        id=f"{invitation}/{verb}",
        kind=f"survey.{verb}",
        occurred_at=moment,
        actors=actors,
        objects={"response": more["response"]} if "response" in more else {},
        touchpoint="survey",
        channel=more.get("channel"),
        properties=properties,
    )


def wording_key(wording: str, row: str | None = None) -> str:
    """The key of an answer that is known by its wording alone, as in exports without ids: 16 hex digits.

    Capitals, blanks, marks of emphasis (*, _) and what stands inside {{...}} do not count: webhooks, lists and exports of one tool write
    them differently.
    """
    parts = [" ".join(_MARKS.sub("", _PIPED.sub("{}", part)).split()).casefold() for part in (wording, row or "")]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def _fresh(key: str, seen: set[str]) -> str:
    """A key that no answer before had: a question asked twice in the same words is counted."""
    fresh, count = key, 1
    while fresh in seen:
        count += 1
        fresh = f"{key}~{count}"
    seen.add(fresh)
    return fresh


def _properties(response: Response) -> dict[str, object]:
    """What holds for the whole response. A hidden field never takes the place of a property of ours."""
    ours: dict[str, object] = {
        "survey": response.survey,
        "survey_title": _short(response.survey_title),
        "status": response.status,
        "test": True if response.test else None,
        "language": response.language,
    }
    kept = {name: value for name, value in ours.items() if value is not None}
    for name, value in without_personal(response.hidden).items():
        kept[f"embedded_{name}" if name in _OURS else name] = value
    return kept


def _answered(response: Response, answer: Answer, key: str, about: Mapping[str, object]) -> Signal:
    said = {
        "question": answer.question,
        "wording": _short(answer.wording),
        "answer": answer.choice,
        "choice": answer.choice_id,
        "row": _short(answer.row),
        "rank": answer.rank,
        "scale": answer.scale,
        "question_type": answer.sort,
        **answer.properties,
    }
    properties = {**about, **{name: value for name, value in said.items() if value is not None}}
    moment = response.answered_at
    return _signal(response, key, "survey.answered", moment, properties, answer.value, answer.unit, answer.text)


def _signal(
    response: Response,
    key: str,
    kind: str,
    moment: datetime,
    properties: Mapping[str, object],
    value: float | None = None,
    unit: str | None = None,
    text: str | None = None,
) -> Signal:
    return Signal(
        source=response.source,
        id=f"{response.id}/{key}",
        kind=kind,
        occurred_at=moment,
        actors=response.actors,
        objects={"response": response.id},
        touchpoint="survey",
        channel=response.channel,
        value=value,
        unit=unit if value is not None else None,
        text=text,
        properties=properties,
    )


def _short(wording: str | None) -> str | None:
    return wording if wording is None or len(wording) <= _LONGEST_WORDING else f"{wording[: _LONGEST_WORDING - 1]}…"
