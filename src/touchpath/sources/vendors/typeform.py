"""Typeform: responses of the webhook and of the Responses API, which share their answers' shape.

The webhook carries the form's questions (`definition`); the API does not, so the form itself is handed over. Shape:
typeform.com/developers/webhooks/example-payload and .../responses/reference/retrieve-responses.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from touchpath.model.email import email_actor, is_email
from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.sources.vendors.payload import Record, list_of, plain_text, remembered, required_text, text_of
from touchpath.sources.vendors.reading import maybe_moment, maybe_record, number, records_in
from touchpath.sources.vendors.respondents import respondent
from touchpath.sources.vendors.responses import Answer, Response, Status, numbered, response_signals, wording_key

SOURCE = "typeform"

#: Fields whose answer is about the person; it is kept as a hash (e-mail) or as the fact that there was one.
_CONTACT = frozenset({"email", "phone_number", "contact_info", "address"})
_RATING = frozenset({"opinion_scale", "rating", "nps"})


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a form, as answers need it. row: its wording inside a matrix, whose own wording is `title`."""

    id: str
    title: str | None
    row: str | None = None


def verify(body: bytes, signature: str | None, secret: str) -> bool:
    """Whether a webhook's `Typeform-Signature` header (sha256=BASE64) fits the body as it came.

    **Source**: typeform.com/developers/webhooks/secure-your-webhooks: HMAC SHA-256 of the raw body, base64.
    """
    digest = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    return hmac.compare_digest((signature or "").encode(), f"sha256={digest}".encode())


def webhook_signals(payload: Record, source: str = SOURCE) -> Iterator[Signal]:
    """The signals of one webhook; raises BadInput for something else than a form response."""
    sort = text_of(payload.get("event_type"))
    if sort not in ("form_response", "form_response_partial"):
        raise BadInput(f"A Typeform webhook of the type '{sort}' came; form_response and form_response_partial will do.")
    response = maybe_record(payload.get("form_response"))
    definition = maybe_record(response.get("definition"))
    partial = sort == "form_response_partial"
    yield from form_response_signals(response, definition, source, partial=partial)


def form_response_signals(response: Record, form: Record, source: str = SOURCE, *, partial: bool = False) -> Iterator[Signal]:
    """The signals of one response. form: `definition` of a webhook, or the form of GET /forms/{id}."""
    yield from response_signals(read_response(response, form, source, partial=partial))


def read_response(response: Record, form: Record, source: str = SOURCE, *, partial: bool = False) -> Response:
    """One response of a webhook (`form_response`) or of the API (an item)."""
    named = "response_id" if "response_id" in response and "token" not in response else "token"
    token = required_text(response, named, "A Typeform response")
    submitted = maybe_moment(response.get("submitted_at"))
    landed = maybe_moment(response.get("landed_at"))
    ended = submitted or landed
    if ended is None:
        raise BadInput(f"Typeform response {token} has neither 'submitted_at' nor 'landed_at' as an ISO time with a zone.")
    status: Status = "partial" if partial or response.get("response_type") in ("partial", "started") else "complete"
    hidden = maybe_record(response.get("hidden"))
    questions = form_questions(form)
    answers = tuple(_answers(response, questions))
    typed = _typed_address(response)
    known = respondent(source, token, hidden=hidden, addresses=_addresses(hidden))
    if known[0].startswith("anonymous:") and (address := email_actor(typed)):
        known = (address,)
    metadata = maybe_record(response.get("metadata"))
    return Response(
        source=source,
        id=token,
        answered_at=ended,
        actors=known,
        survey=text_of(response.get("form_id")) or text_of(form.get("id")),
        survey_title=plain_text(form.get("title")),
        started_at=landed,
        status=status,
        channel=None,
        language=text_of(maybe_record(form.get("settings")).get("language")),
        duration_seconds=(ended - landed).total_seconds() if landed and submitted and ended >= landed else None,
        hidden={**hidden, **_variables(response), **_about(metadata)},
        answers=answers,
    )


@remembered
def form_questions(form: Record) -> dict[str, Question]:
    """The questions of a form by id, those inside groups and matrices too."""
    return {question.id: question for question in _questions(form.get("fields"), None)}


def _questions(fields: object, above: str | None) -> Iterator[Question]:
    for field in records_in(fields):
        id, title = text_of(field.get("id")), plain_text(field.get("title"))
        if id is None:
            continue
        yield Question(id, title) if above is None else Question(id, above, title)
        inside = maybe_record(field.get("properties")).get("fields")
        yield from _questions(inside, title if field.get("type") == "matrix" else above)


def _answers(response: Record, questions: Mapping[str, Question]) -> Iterator[Answer]:
    for answer in records_in(response.get("answers")):
        field = maybe_record(answer.get("field"))
        id = text_of(field.get("id")) or text_of(field.get("ref"))
        if id is None:
            continue
        question = questions.get(id, Question(id, plain_text(field.get("title"))))
        key = wording_key(question.title, question.row) if question.title else id
        sort = text_of(field.get("type"))
        shell = Answer(
            question=id,
            key=key,
            wording=question.title,
            row=question.row,
            scale="nps" if sort == "nps" else None,
            sort=sort,
            properties={"ref": text_of(field.get("ref"))},
        )
        yield from numbered(_said(shell, answer, sort or ""))


def _said(shell: Answer, answer: Record, sort: str) -> Iterator[Answer]:
    """What was said: one answer, or one for each choice."""
    form = text_of(answer.get("type")) or ""
    value = answer.get(form)
    if form in _CONTACT or sort in _CONTACT:
        address = text_of(value)
        yield replace(shell, choice=email_actor(address) if address and is_email(address) else "given")
    elif form == "number":
        yield replace(shell, value=number(value), unit="points" if sort in _RATING else None)
    elif form == "boolean":
        yield replace(shell, choice="yes" if value is True else "no", value=1.0 if value is True else 0.0)
    elif form == "choice":
        yield _chosen(shell, maybe_record(value))
    elif form == "choices":
        yield from _choices(shell, maybe_record(value), sort)
    elif form == "text":
        words = text_of(value)
        yield replace(shell, choice=words) if sort in ("dropdown", "multiple_choice") else replace(shell, text=words)
    elif form == "payment":
        payment = maybe_record(value)
        yield replace(shell, choice="paid" if payment.get("success") else "not paid")
    elif text_of(value) is not None:
        yield replace(shell, choice=text_of(value))


def _chosen(shell: Answer, choice: Record) -> Answer:
    other = text_of(choice.get("other"))
    if other is not None:
        return replace(shell, choice="other", choice_id="other", text=other)
    return replace(shell, choice=plain_text(choice.get("label")), choice_id=text_of(choice.get("id")))


def _choices(shell: Answer, choices: Record, sort: str) -> Iterator[Answer]:
    """Several choices; of a ranking they come in the order given to them."""
    labels, ids = list_of(choices.get("labels")), list_of(choices.get("ids"))
    for place, label in enumerate(labels):
        id = text_of(ids[place]) if place < len(ids) else None
        rank = place + 1 if sort == "ranking" else None
        yield replace(shell, choice=plain_text(label), choice_id=id, rank=rank, value=float(rank) if rank else None, unit=None)
    other = text_of(choices.get("other"))
    if other is not None:
        yield replace(shell, choice="other", choice_id="other", text=other)


def _typed_address(response: Record) -> str | None:
    """The e-mail address somebody typed into the form's only question for one."""
    typed = [answer.get("email") for answer in records_in(response.get("answers")) if answer.get("type") == "email"]
    found = text_of(typed[0]) if len(typed) == 1 else None
    return found if found and is_email(found) else None


def _addresses(hidden: Record) -> tuple[object, ...]:
    return tuple(value for name, value in hidden.items() if name.lower() in ("email", "e-mail", "email_address"))


def _variables(response: Record) -> dict[str, object]:
    """Scores and variables that the form worked out."""
    found: dict[str, object] = {}
    for variable in records_in(response.get("variables")):
        name, sort = text_of(variable.get("key")), text_of(variable.get("type")) or ""
        if name is not None and sort in ("number", "text", "outcome_id"):
            found[name] = variable.get(sort)
    score = number(maybe_record(response.get("calculated")).get("score"))
    if score is not None:
        found.setdefault("score", score)
    return found


def _about(metadata: Record) -> dict[str, object]:
    return {name: text_of(metadata.get(name)) for name in ("platform", "browser", "referer") if text_of(metadata.get(name))}
