"""Qualtrics: responses of the export API, and what became of invitations.

An exported response names its values by the ids of the survey's questions: QID1 (a choice), QID2_TEXT (words), QID1_4_TEXT (the
words of one choice), QID4_3 (row 3 of a matrix, a ranking, a slider), QID1_NPS_GROUP, QID1_DO (the order shown). The file exports
carry the same ids in their third header row, so both give the same signals. Shape: qualtrics.com/support, "Understanding your
dataset", and the export-responses API.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.sources.vendors.payload import Record, list_of, plain_text, remembered, required_text, text_of
from touchpath.sources.vendors.reading import maybe_moment, maybe_record, number, records_in
from touchpath.sources.vendors.respondents import respondent
from touchpath.sources.vendors.responses import Answer, Response, Status, invitation_signal, numbered, response_signals

SOURCE = "qualtrics"

#: What is about the response, by its import id; everything else is an answer or an embedded field.
METADATA = frozenset(
    (
        *("_recordId", "startDate", "endDate", "recordedDate", "status", "progress", "duration", "finished", "userLanguage"),
        *("ipAddress", "locationLatitude", "locationLongitude", "distributionChannel", "externalDataReference"),
        *("recipientLastName", "recipientFirstName", "recipientEmail"),
    )
)
#: Statuses of previews and tests, as code and as text. 4 is an imported response, 8 possible spam, 16 offline.
_TESTS = {"1": "survey preview", "2": "survey test", "9": "survey preview", "17": "offline survey preview"}
_STATUSES = {"0": "ip address", "4": "imported", "8": "spam", "12": "imported spam", "16": "offline", "32": "ex", **_TESTS}
#: What Qualtrics sets in the embedded field Q_TerminateFlag when a survey's flow ends a response early.
_TERMINATED: Mapping[str, Status] = {"screened": "disqualified", "quotamet": "over quota"}
_TEST_CHANNELS = frozenset({"preview", "test"})
_CHANNELS = {"anonymous": "link", "gl": "link", "qr": "qr-code"}

_ANSWER = re.compile(r"(?:[0-9]+_)?(QID[0-9]+)(.*)", re.IGNORECASE)
#: Parts of an id that are about how a question was shown, not what was answered.
_ASIDE = re.compile(
    r"_(DO|FIRST_CLICK|LAST_CLICK|PAGE_SUBMIT|CLICK_COUNT|BROWSER|VERSION|OS|RESOLUTION|FILE_SIZE|FILE_TYPE)(_|$)"
)
_ROW = re.compile(r"_[0-9x]+")
#: An invitation's status: the verb, the field of its moment.
_INVITATION_MOMENTS = (("sent", "sentAt"), ("opened", "openedAt"))
_INVITATION_ENDS = {
    "softbounce": "bounced", "hardbounce": "bounced", "failure": "bounced", "complaint": "unsubscribed", "sessionexpired": "expired",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a response that is an answer. part: what its id adds to the question's ("" = the question itself)."""

    question: str
    part: str = ""
    is_text: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What a survey says about a question. rows: wordings of its parts; nps: asked as a net promoter score."""

    wording: str | None = None
    tag: str | None = None
    sort: str | None = None
    nps: bool = False
    ranks: bool = False
    rows: Mapping[str, str | None] = field(default_factory=dict)


def survey_response_signals(record: Record, survey: Record, source: str = SOURCE) -> Iterator[Signal]:
    """The signals of one exported response (`responseId`, `values`, `labels`). survey: its id, name and questions, see `survey_of`."""
    yield from response_signals(read_response(record, survey, source))


def read_response(record: Record, survey: Record, source: str = SOURCE) -> Response:
    """One response of an export in JSON, with codes in `values` and words in `labels`."""
    values, labels = maybe_record(record.get("values")), maybe_record(record.get("labels"))
    id = text_of(record.get("responseId")) or required_text(values, "_recordId", "A Qualtrics response")
    questions = survey_questions(survey)
    nps = frozenset(question for name in values if (question := nps_question(name)))
    return sheet(
        id,
        values,
        survey=text_of(survey.get("id")),
        title=plain_text(survey.get("name")),
        answers=_answers(values, labels, questions, nps),
        moments={name: maybe_moment(values.get(name)) for name in ("startDate", "endDate", "recordedDate")},
        hidden={name: value for name, value in values.items() if is_embedded(name)},
        source=source,
    )


def sheet(
    id: str,
    values: Record,
    *,
    survey: str | None,
    title: str | None,
    answers: Iterable[Answer],
    moments: Mapping[str, datetime | None],
    hidden: Mapping[str, object],
    source: str = SOURCE,
) -> Response:
    """A response from what is about it (values, by import id) and its answers, alike for the API and for files."""
    ended = moments.get("endDate") or moments.get("recordedDate") or moments.get("startDate")
    if ended is None:
        raise BadInput(f"Qualtrics response {id} has no time: neither EndDate nor RecordedDate nor StartDate can be read.")
    status = (text_of(values.get("status")) or "0").lower()
    channel = (text_of(values.get("distributionChannel")) or "").lower()
    finished = (text_of(values.get("finished")) or str(values.get("finished"))).lower() in ("1", "true", "wahr", "vrai", "yes")
    word = _STATUSES.get(status, status)
    return Response(
        source=source,
        id=id,
        answered_at=ended,
        actors=respondent(
            source,
            id,
            user=values.get("externalDataReference"),
            contact=values.get("Q_ContactID") or values.get("contactId") or hidden.get("Q_ContactID"),
            addresses=(values.get("recipientEmail"),),
            hidden=hidden,
        ),
        survey=survey,
        survey_title=title,
        started_at=moments.get("startDate"),
        status=_TERMINATED.get(str(hidden.get("Q_TerminateFlag")).lower(), "complete" if finished else "partial"),
        test=word in _TESTS.values() or channel in _TEST_CHANNELS,
        channel=_CHANNELS.get(channel, channel) or None,
        language=text_of(values.get("userLanguage")),
        duration_seconds=number(values.get("duration")),
        hidden={
            **{name: value for name, value in hidden.items() if name != "Q_ContactID"},
            "response_type": word,
            "progress": number(values.get("progress")),
        },
        answers=tuple(answers),
    )


def is_embedded(name: str) -> bool:
    """Whether a value is neither about the response nor an answer nor something Qualtrics works out of one."""
    return name not in METADATA and _ANSWER.fullmatch(name) is None and not name.endswith("_DO")


def field_of(import_id: str) -> Field | None:
    """What a value's id says; None for one that is no answer (order shown, timing, browser, promoter group)."""
    found = _ANSWER.fullmatch(import_id)
    if found is None or _ASIDE.search(found[2].upper()) or found[2].upper().endswith("_NPS_GROUP"):
        return None
    loop = import_id[: found.start(1)]
    rest, is_text = found[2], found[2].upper().endswith("_TEXT")
    rest = rest[: -len("_TEXT")] if is_text else rest
    return Field(loop + found[1].upper(), rest.removeprefix("_"), is_text)


def nps_question(import_id: str) -> str | None:
    """The question that a value such as QID1_NPS_GROUP says is a net promoter score."""
    found = _ANSWER.fullmatch(import_id)
    return found[1].upper() if found and found[2].upper() == "_NPS_GROUP" else None


def survey_of(definition: Record) -> dict[str, object]:
    """What answers need of a survey definition (GET /survey-definitions/{id}): id, name, and of each question its wording,
    tag, sort and rows."""
    questions = {}
    for id, asked in maybe_record(definition.get("Questions")).items():
        question = maybe_record(asked)
        rows = {key: plain_text(maybe_record(row).get("Display")) for key, row in maybe_record(question.get("Choices")).items()}
        questions[id] = {
            "wording": plain_text(question.get("QuestionText")),
            "tag": text_of(question.get("DataExportTag")),
            "type": text_of(question.get("QuestionType")),
            "selector": text_of(question.get("Selector")),
            "rows": rows if question.get("QuestionType") in ("Matrix", "RO", "Slider", "CS", "PGR", "SBS", "DD", "TE") else {},
        }
    return {"id": text_of(definition.get("SurveyID")), "name": text_of(definition.get("SurveyName")), "questions": questions}


@remembered
def survey_questions(survey: Record) -> dict[str, Question]:
    """The questions of `survey_of`, by id."""
    found = {}
    for id, asked in maybe_record(survey.get("questions")).items():
        question = maybe_record(asked)
        rows = {str(key): text_of(row) for key, row in maybe_record(question.get("rows")).items()}
        sort, selector = text_of(question.get("type")), text_of(question.get("selector"))
        nps = sort == "MC" and selector == "NPS"
        found[id] = Question(text_of(question.get("wording")), text_of(question.get("tag")), sort, nps, sort == "RO", rows)
    return found


def answer_of(import_id: str, field: Field, question: Question) -> Answer:
    """An answer without what was said. Its key is the id, the same in the API and in the third header row of a file."""
    # The words of a text question stand under QID2_TEXT; the question is QID2. The words to one of several choices are its own.
    return Answer(
        question=field.question if field.is_text and not field.part else import_id,
        key=import_id,
        wording=question.wording,
        row=question.rows.get(field.part) or question.rows.get(field.part.partition("_")[0]),
        scale="nps" if question.nps and not field.is_text else None,
        sort=question.sort,
        properties={"tag": question.tag},
    )


def _answers(values: Record, labels: Record, questions: Mapping[str, Question], nps: frozenset[str]) -> Iterator[Answer]:
    for name, value in values.items():
        found = field_of(name)
        if found is None:
            continue
        question = questions.get(found.question.rpartition("_")[2], Question())
        question = replace(question, nps=question.nps or found.question in nps)
        yield from said(answer_of(name, found, question), found, question, value, labels.get(name))


def said(shell: Answer, field: Field, question: Question, value: object, label: object) -> Iterator[Answer]:
    """What was said under one id: words, a code with its label, or a list of both."""
    if field.is_text:
        words = text_of(value)
        if words is not None:
            yield replace(shell, text=words)
        return
    if isinstance(value, list):
        words_of = list_of(label)
        chosen = [
            _chosen(shell, question, code, words_of[place] if place < len(words_of) else None)
            for place, code in enumerate(value)
            if text_of(code) is not None
        ]
        yield from numbered(sorted(chosen, key=_by_code))
    elif text_of(value) is not None:
        yield _chosen(shell, question, value, label)


def _by_code(answer: Answer) -> tuple[float, str]:
    """Several choices are ordered by their codes, so that every way of telling them gives the same numbers."""
    return (number(answer.choice_id) or 0.0, answer.choice_id or answer.choice or "")


def _chosen(shell: Answer, question: Question, code: object, label: object) -> Answer:
    figure, words = number(code), plain_text(label)
    if figure is None:
        return replace(shell, choice=words or plain_text(code))
    rank = int(figure) if question.ranks and figure.is_integer() else None
    words = None if words is None or number(words) == figure else words
    return replace(shell, value=figure, choice=words, choice_id=text_of(code), rank=rank, unit=None if rank else shell.unit)


def invitation_signals(
    record: Record, survey: str | None = None, channel: str | None = None, source: str = SOURCE
) -> Iterator[Signal]:
    """What became of one invitation, from a distribution's history: sent, opened, bounced, expired."""
    contact = text_of(record.get("contactId")) or required_text(record, "contactLookupId", "A Qualtrics invitation")
    distribution = required_text(record, "distributionId", f"The Qualtrics invitation of contact {contact}")
    invitation, actors = f"{distribution}-{contact}", respondent(source, contact, contact=contact)
    more = {name: text for name, text in (("response", text_of(record.get("responseId"))), ("channel", channel)) if text}
    properties = {"survey": survey} if survey else {}
    last = None
    for verb, name in _INVITATION_MOMENTS:
        moment = maybe_moment(record.get(name))
        if moment is not None:
            last = moment
            yield invitation_signal(source, invitation, verb, moment, actors, properties, **more)
    end = _INVITATION_ENDS.get((text_of(record.get("status")) or "").lower())
    if end is not None and last is not None:
        yield invitation_signal(source, invitation, end, last, actors, properties, **more)


def response_records(document: object) -> Iterator[Record]:
    """The responses of an export in JSON: an object that holds them, or one of them."""
    found = maybe_record(document)
    yield from records_in(found["responses"]) if "responses" in found else iter((found,))
