"""Formbricks: responses of the webhook and of the management API, with the survey they belong to where it is known.

A response names its answers by the ids of the survey's elements, next to hidden fields. Webhooks hold no wordings, so the ids make the keys; exported
files hold no ids, so there the wordings do. Shape: formbricks.com/docs, webhooks and api-v2-reference.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from touchpath.model.email import email_actor, is_email
from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.sources.vendors.payload import Record, list_of, plain_text, remembered, required_text, text_of
from touchpath.sources.vendors.reading import maybe_moment, maybe_record, number, records_in
from touchpath.sources.vendors.respondents import respondent
from touchpath.sources.vendors.responses import SCALES, Answer, Response, numbered, response_signals

SOURCE = "formbricks"

#: A webhook older or newer than this was sent again by somebody else.
TOLERANCE_SECONDS = 300

_EVENTS = ("responseCreated", "responseUpdated", "responseFinished")
_PERSONAL = frozenset({"contactInfo", "address"})
_WORDS = frozenset({"openText"})


@dataclass(frozen=True, slots=True)
class Element:
    """One thing that a survey asks: its wording, sort, and the wordings of its choices with their ids."""

    id: str
    headline: str | None
    sort: str
    choices: Mapping[str, str]
    is_number: bool = False


def verify(body: bytes, id: str | None, timestamp: str | None, signature: str | None, secret: str, now: datetime) -> bool:
    """Whether a webhook's headers (webhook-id, webhook-timestamp, webhook-signature) fit the body as it came, and are of now.

    **Source**: Standard Webhooks, as formbricks.com/docs describes it: base64 of HMAC SHA-256 over "ID.TIMESTAMP.BODY", keyed by
    the secret's base64 after whsec_; a header may hold several signatures, each after "v1,".
    """
    sent = number(timestamp)
    if sent is None or abs(now.timestamp() - sent) > TOLERANCE_SECONDS:
        return False
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return False
    digest = hmac.new(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    expected = f"v1,{base64.b64encode(digest).decode()}".encode()
    return any(hmac.compare_digest(one.encode(), expected) for one in (signature or "").split())


def webhook_signals(payload: object, source: str = SOURCE) -> Iterator[Signal]:
    """The signals of one webhook, which may hold one event or a list of them; raises BadInput for another kind of event."""
    for event in records_in(payload) if isinstance(payload, list) else iter((maybe_record(payload),)):
        sort = text_of(event.get("event"))
        if sort not in _EVENTS:
            raise BadInput(f"A Formbricks webhook of the type '{sort}' came; {', '.join(_EVENTS)} will do.")
        response = maybe_record(event.get("data"))
        yield from survey_response_signals(response, maybe_record(response.get("survey")), source)


def survey_response_signals(response: Record, survey: Record, source: str = SOURCE) -> Iterator[Signal]:
    """The signals of one response. survey: of GET .../surveys/{id}; without its elements answers have ids and no wordings."""
    yield from response_signals(read_response(response, survey, source))


def read_response(response: Record, survey: Record, source: str = SOURCE) -> Response:
    """One response of a webhook or of the API."""
    id = required_text(response, "id", "A Formbricks response")
    created, updated = maybe_moment(response.get("createdAt")), maybe_moment(response.get("updatedAt"))
    moment = created or updated
    if moment is None:
        raise BadInput(f"Formbricks response {id} has neither 'createdAt' nor 'updatedAt' as an ISO time with a zone.")
    elements = survey_elements(survey)
    said, meta = maybe_record(response.get("data")), maybe_record(response.get("meta"))
    hidden_names = set(map(text_of, list_of(maybe_record(survey.get("hiddenFields")).get("fieldIds"))))
    hidden = {name: value for name, value in said.items() if name in hidden_names or name == "verifiedEmail"}
    attributes, contact = maybe_record(response.get("contactAttributes")), maybe_record(response.get("contact"))
    tags = [
        tag for tag in (text_of(maybe_record(one).get("name")) or text_of(one) for one in list_of(response.get("tags"))) if tag
    ]
    total = number(maybe_record(response.get("ttc")).get("_total"))
    return Response(
        source=source,
        id=id,
        answered_at=moment,
        actors=respondent(
            source,
            id,
            user=contact.get("userId") or attributes.get("userId") or response.get("userId"),
            contact=contact.get("id") or response.get("contactId"),
            addresses=(attributes.get("email"), hidden.get("verifiedEmail"), hidden.get("email")),
            hidden={**attributes, **hidden},
        ),
        survey=text_of(response.get("surveyId")) or text_of(survey.get("id")),
        survey_title=plain_text(survey.get("title")) or plain_text(survey.get("name")),
        status="complete" if response.get("finished") is True else "partial",
        test="preview" in (text_of(meta.get("url")) or "").partition("?")[2],
        channel=text_of(survey.get("type")),
        language=text_of(response.get("language")),
        duration_seconds=total / 1000 if total is not None else None,
        hidden={
            **attributes,
            **hidden,
            **maybe_record(response.get("variables")),
            **_about(meta),
            **({"tags": tags} if tags else {}),
        },
        answers=tuple(_answers({name: value for name, value in said.items() if name not in hidden}, elements)),
    )


@remembered
def survey_elements(survey: Record) -> dict[str, Element]:
    """What a survey asks, by id: `questions` of older versions, the elements of `blocks` of newer ones."""
    asked = list(records_in(survey.get("questions")))
    asked += [element for block in records_in(survey.get("blocks")) for element in records_in(block.get("elements"))]
    return {element.id: element for element in map(_element, asked) if element is not None}


def _element(element: Record) -> Element | None:
    id = text_of(element.get("id"))
    if id is None:
        return None
    choices = {}
    for choice in records_in(element.get("choices")):
        for label in _wordings(choice.get("label")):
            choices[label] = text_of(choice.get("id")) or label
    headline = next(iter(_wordings(element.get("headline"))), None)
    return Element(id, headline, text_of(element.get("type")) or "", choices, element.get("inputType") == "number")


def _wordings(text: object) -> list[str]:
    """A text, or the text in each language, the default one first."""
    words = maybe_record(text)
    found = [words.get("default"), *words.values()] if words else [text]
    return [plain for one in found if (plain := plain_text(one))]


def _answers(said: Record, elements: Mapping[str, Element]) -> Iterator[Answer]:
    for id, value in said.items():
        element = elements.get(id, Element(id, None, "", {}))
        shell = Answer(
            question=id, key=id, wording=element.headline, scale=element.sort if element.sort in SCALES else None,
            sort=element.sort or None,
        )  # fmt: skip
        yield from _said(shell, element, value)


def _said(shell: Answer, element: Element, value: object) -> Iterator[Answer]:
    """Rows are an object, several choices a list, a rating a number, and everything else a text."""
    if element.sort in _PERSONAL:
        yield from ([replace(shell, choice="given")] if any(map(text_of, list_of(value))) or text_of(value) else [])
    elif isinstance(value, Mapping):
        for row, choice in value.items():
            answer = replace(shell, question=f"{element.id}/{row}", key=f"{element.id}/{row}", row=str(row))
            if text_of(choice) is not None:
                yield replace(answer, choice=text_of(choice), value=number(choice))
    elif isinstance(value, list):
        ranked = element.sort == "ranking"
        chosen = [text for one in value if (text := text_of(one))]
        yield from numbered(_chosen(shell, element, text, place if ranked else None) for place, text in enumerate(chosen, 1))
    elif text_of(value) is not None:
        yield _one(shell, element, value)


def _chosen(shell: Answer, element: Element, choice: str, rank: int | None) -> Answer:
    answer = replace(shell, choice=choice, choice_id=element.choices.get(choice), rank=rank)
    return answer if rank is None else replace(answer, value=float(rank), unit=None)


def _one(shell: Answer, element: Element, value: object) -> Answer:
    words = text_of(value) or ""
    if is_email(words):
        return replace(shell, choice=email_actor(words))
    if isinstance(value, int | float) or element.sort in (*SCALES, "rating") or element.is_number:
        figure = number(value)
        if figure is not None:
            return replace(shell, value=figure, unit=None if element.is_number else shell.unit)
    if element.sort in _WORDS or not element.sort:
        return replace(shell, text=words)
    return _chosen(shell, element, words, None)


def _about(meta: Record) -> dict[str, object]:
    agent = maybe_record(meta.get("userAgent"))
    found = {"country": meta.get("country"), "source": meta.get("source"), "action": meta.get("action")}
    found |= {name: agent.get(name) for name in ("browser", "os", "device")}
    return {name: text for name, value in found.items() if (text := text_of(value))}
