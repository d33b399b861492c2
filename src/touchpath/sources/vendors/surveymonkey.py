"""SurveyMonkey: responses of the API with the survey they belong to, and the notices that its webhooks bring.

A webhook only says that something happened to a response; its answers come by pulling. A response of the API holds ids, so the
survey's details (GET /surveys/{id}/details) are handed over with it. Shape: api.surveymonkey.com/v3/docs.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from touchpath.model.email import email_actor, is_email
from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.sources.personal_fields import is_personal
from touchpath.sources.vendors.payload import Record, plain_text, remembered, required_text, text_of
from touchpath.sources.vendors.reading import maybe_moment, maybe_record, number, records_in
from touchpath.sources.vendors.respondents import respondent
from touchpath.sources.vendors.responses import Answer, Response, Status, numbered, response_signals, wording_key

SOURCE = "surveymonkey"

_STATUSES: Mapping[str, Status] = {
    "completed": "complete",
    "partial": "partial",
    "disqualified": "disqualified",
    "overquota": "over quota",
}
_TESTS = frozenset({"preview", "survey_preview"})
_POINT = re.compile(r"\s*(10|[0-9])\b")
#: What the webhook calls an event: what happened, and the key under which pulling tells the same.
_EVENTS = {
    "response_created": ("survey.started", "started"),
    "response_completed": ("survey.completed", "ended"),
    "response_disqualified": ("survey.disqualified", "ended"),
    "response_overquota": ("survey.disqualified", "ended"),
    "response_deleted": ("survey.withdrawn", "withdrawn"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose: its wording, and what it counts for where the survey says so."""

    wording: str | None
    weight: float | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a survey, with its rows, columns and choices by id."""

    id: str
    heading: str | None
    sort: str
    scale: str | None = None
    rows: Mapping[str, str | None] = field(default_factory=dict)
    columns: Mapping[str, str | None] = field(default_factory=dict)
    other: str | None = None
    choices: Mapping[str, Choice] = field(default_factory=dict)
    personal: bool = False


def verify(body: bytes, signature: str | None, client_id: str, secret: str) -> bool:
    """Whether a webhook's `Sm-Signature` header fits the body as it came.

    **Source**: SurveyMonkey's API docs, webhook callbacks: base64 of HMAC SHA-1 over the raw body, keyed by "CLIENT_ID&SECRET".
    """
    digest = hmac.new(f"{client_id}&{secret}".encode(), body, hashlib.sha1).digest()
    return hmac.compare_digest((signature or "").encode(), base64.b64encode(digest))


def webhook_signals(payload: Record, source: str = SOURCE) -> Iterator[Signal]:
    """What a webhook says happened to a response; none for an update, whose answers come by pulling.

    Raises BadInput for an event that is about no response.
    """
    sort = text_of(payload.get("event_type")) or ""
    if sort == "response_updated":
        return
    if sort not in _EVENTS:
        raise BadInput(f"A SurveyMonkey webhook of the type '{sort}' came; {', '.join(_EVENTS)} and response_updated will do.")
    id = required_text(payload, "object_id", f"A SurveyMonkey webhook of the type {sort}")
    moment = maybe_moment(payload.get("event_datetime"))
    if moment is None:
        raise BadInput(f"The SurveyMonkey webhook about response {id} has no 'event_datetime' as an ISO time with a zone.")
    kind, key = _EVENTS[sort]
    resources = maybe_record(payload.get("resources"))
    survey = text_of(resources.get("survey_id"))
    status = {"survey.completed": "complete", "survey.disqualified": "disqualified"}.get(kind)
    properties = {"survey": survey, "status": "over quota" if sort == "response_overquota" else status}
    yield Signal(
        source=source,
        id=f"{id}/{key}",
        kind=kind,
        occurred_at=moment,
        actors=respondent(source, id, contact=_recipient(resources)),
        objects={"response": id},
        touchpoint="survey",
        properties={name: value for name, value in properties.items() if value is not None},
    )


def survey_response_signals(response: Record, survey: Record, source: str = SOURCE) -> Iterator[Signal]:
    """The signals of one response of .../responses/bulk or .../details."""
    yield from response_signals(read_response(response, survey, source))


def read_response(response: Record, survey: Record, source: str = SOURCE) -> Response:
    """One response of the API. survey: its details; without them answers have ids and no wordings."""
    id = required_text(response, "id", "A SurveyMonkey response")
    started, ended = maybe_moment(response.get("date_created")), maybe_moment(response.get("date_modified"))
    moment = ended or started
    if moment is None:
        raise BadInput(f"SurveyMonkey response {id} has neither 'date_modified' nor 'date_created' as an ISO time with a zone.")
    status = _STATUSES.get(text_of(response.get("response_status")) or "completed")
    if status is None:
        came = response.get("response_status")
        raise BadInput(f"SurveyMonkey response {id} has the status '{came}'; {', '.join(_STATUSES)} will do.")
    mode = text_of(response.get("collection_mode"))
    variables = maybe_record(response.get("custom_variables"))
    return Response(
        source=source,
        id=id,
        answered_at=moment,
        actors=respondent(
            source,
            id,
            contact=_recipient(response),
            addresses=(_address(response),),
            hidden=variables,
        ),
        survey=text_of(response.get("survey_id")) or text_of(survey.get("id")),
        survey_title=plain_text(survey.get("title")),
        started_at=started,
        status=status,
        test=mode in _TESTS,
        channel=_channel(response),
        language=text_of(survey.get("language")),
        duration_seconds=number(response.get("total_time")),
        hidden={**variables, "custom_value": text_of(response.get("custom_value")), "collection_mode": mode},
        answers=tuple(_answers(response, survey_questions(survey))),
    )


@remembered
def survey_questions(survey: Record) -> dict[str, Question]:
    """The questions of a survey's details, by id."""
    found = (_question(question) for page in records_in(survey.get("pages")) for question in records_in(page.get("questions")))
    return {question.id: question for question in found if question is not None}


def _question(question: Record) -> Question | None:
    id, asked = text_of(question.get("id")), maybe_record(question.get("answers"))
    if id is None:
        return None
    heading = next((plain_text(one.get("heading")) for one in records_in(question.get("headings"))), None)
    family, sort = text_of(question.get("family")) or "", text_of(question.get("subtype")) or ""
    choices = {key: choice for one in records_in(asked.get("choices")) for key, choice in _choice(one)}
    other = maybe_record(asked.get("other"))
    return Question(
        id,
        heading,
        f"{family}/{sort}" if sort else family,
        "nps" if _is_nps(question, choices) else None,
        _wordings(asked.get("rows")),
        _wordings(asked.get("cols")),
        plain_text(other.get("text")),
        choices,
        personal=family == "demographic",
    )


def _choice(choice: Record) -> Iterator[tuple[str, Choice]]:
    id = text_of(choice.get("id"))
    if id is not None:
        weight = None if choice.get("is_na") is True else number(choice.get("weight"))
        yield id, Choice(plain_text(choice.get("text")), weight)


def _is_nps(question: Record, choices: Mapping[str, Choice]) -> bool:
    """Whether the survey itself counts the choices as -100, 0 and 100, or says that they are shown as a net promoter score."""
    shown = maybe_record(question.get("display_options"))
    if "nps" in (shown.get("display_type"), shown.get("display_subtype")):
        return True
    weights = [choice.weight for choice in choices.values()]
    return len(weights) == 11 and set(weights) == {-100.0, 0.0, 100.0}


def _wordings(rows: object) -> dict[str, str | None]:
    return {id: plain_text(row.get("text")) for row in records_in(rows) if (id := text_of(row.get("id")))}


def _answers(response: Record, questions: Mapping[str, Question]) -> Iterator[Answer]:
    for page in records_in(response.get("pages")):
        for answered in records_in(page.get("questions")):
            id = text_of(answered.get("id"))
            if id is None:
                continue
            question = questions.get(id, Question(id, plain_text(answered.get("heading")), ""))
            yield from _by_row(question, list(records_in(answered.get("answers"))))


def _by_row(question: Question, said: list[Record]) -> Iterator[Answer]:
    """The answers to one question, row by row; several choices of one row are several answers."""
    rows: dict[tuple[str | None, str | None], list[Record]] = {}
    for one in said:
        rows.setdefault((text_of(one.get("row_id")), text_of(one.get("col_id"))), []).append(one)
    for (row, column), group in rows.items():
        shell = _shell(question, row, column)
        yield from numbered(_said(shell, question, one) for one in group if text_of(one.get("other_id")) is None)
        yield from (_other(shell, question, one) for one in group if text_of(one.get("other_id")) is not None)


def _shell(question: Question, row: str | None, column: str | None) -> Answer:
    """An answer to a question, or to one cell of it, without what was said. The one row of a net promoter question is none."""
    if len(question.rows) == 1 and question.scale is not None:
        row = None
    words = [question.rows.get(row or ""), question.columns.get(column or "")]
    wording = " / ".join(word for word in words if word) or None
    id = "/".join(part for part in (question.id, row, column) if part)
    return Answer(
        question=id,
        key=wording_key(question.heading, wording) if question.heading else id,
        wording=question.heading,
        row=wording,
        scale=question.scale,
        sort=question.sort or None,
    )


def _other(shell: Answer, question: Question, said: Record) -> Answer:
    """What somebody wrote beside the choices, which exports keep in a column of its own."""
    wording = question.other or "other"
    key = wording_key(question.heading, wording) if question.heading else f"{shell.key}/other"
    return replace(shell, key=key, choice=wording, choice_id=text_of(said.get("other_id")), text=text_of(said.get("text")))


def _said(shell: Answer, question: Question, said: Record) -> Answer:
    words, choice_id = text_of(said.get("text")), text_of(said.get("choice_id"))
    if choice_id is None:
        if words and (question.personal or is_email(words) or is_personal(shell.row or "")):
            return replace(shell, choice=email_actor(words) if is_email(words) else "given")
        figure = number(words) if question.sort in ("open_ended/numerical", "slider", "open_ended/slider") else None
        return replace(shell, value=figure, text=None if figure is not None else words or _upload(said))
    choice = question.choices.get(choice_id, Choice(None))
    chosen = replace(shell, choice=choice.wording or text_of(said.get("simple_text")), choice_id=choice_id, text=words)
    if question.sort == "matrix/ranking":
        rank = number(choice.wording)
        return replace(chosen, value=rank, rank=int(rank) if rank is not None else None, unit=None)
    if question.scale == "nps":
        point = _POINT.match(choice.wording or "")
        return replace(chosen, value=float(point[1]) if point else None)
    if question.sort.startswith("matrix"):
        weight = choice.weight if choice.weight is not None else number(said.get("weight"))
        return replace(chosen, value=weight)
    return replace(chosen, value=number(choice.wording))


def _upload(said: Record) -> str | None:
    return "file" if text_of(said.get("download_url")) else None


def _recipient(record: Record) -> str | None:
    """The recipient of an e-mail collector; "0" and "" mean that nobody was addressed."""
    id = text_of(record.get("recipient_id"))
    return None if id in (None, "0") else id


def _address(response: Record) -> object:
    contact = maybe_record(maybe_record(maybe_record(response.get("metadata")).get("contact")).get("email"))
    return text_of(response.get("email_address")) or contact.get("value")


def _channel(response: Record) -> str | None:
    return "email" if _recipient(response) else None
