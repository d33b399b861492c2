"""Delighted: survey responses of the webhook and of the API, and unsubscriptions.

Shape: delighted.com/docs/api/listing-survey-responses and .../webhooks. A response is one answer to the survey's own question
(score and comment together) and one to each additional question.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import replace

from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.sources.vendors.payload import Record, list_of, plain_text, required_text, text_of
from touchpath.sources.vendors.reading import maybe_moment, maybe_record, number, records_in
from touchpath.sources.vendors.respondents import respondent
from touchpath.sources.vendors.responses import (
    SCALES,
    Answer,
    Response,
    invitation_signal,
    numbered,
    response_signals,
    wording_key,
)

SOURCE = "delighted"

#: The key and id of the answer to the survey's own question.
SCORE = "score"

#: The property in which Delighted itself says on which channel a response came.
_CHANNEL = "Delighted Source"


def verify(body: bytes, signature: str | None, key: str) -> bool:
    """Whether a webhook's `X-Delighted-Webhook-Signature` header (sha256=HEX) fits the body as it came.

    key: the project's private API key. **Source**: delighted.com/docs/api/webhooks.
    """
    digest = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest((signature or "").encode(), f"sha256={digest}".encode())


def webhook_signals(payload: Record, source: str = SOURCE) -> Iterator[Signal]:
    """The signals of one webhook; raises BadInput for an event of another kind."""
    sort, record = text_of(payload.get("event_type")) or "", maybe_record(payload.get("event_data"))
    if sort in ("survey_response.created", "survey_response.updated"):
        yield from survey_response_signals(record, source)
    elif sort in ("unsubscribe.created", "survey_response.unsubscribed"):
        yield unsubscribe_signal(record, source)
    else:
        known = "survey_response.created, survey_response.updated and unsubscribe.created"
        raise BadInput(f"A Delighted webhook of the type '{sort}' came; {known} will do.")


def survey_response_signals(record: Record, source: str = SOURCE) -> Iterator[Signal]:
    """The signals of one survey response."""
    yield from response_signals(read_response(record, source))


def read_response(record: Record, source: str = SOURCE) -> Response:
    """One survey response. Its person may be an id, or the person itself where that was asked for (expand=person)."""
    id = required_text(record, "id", "A Delighted survey response")
    created = maybe_moment(record.get("created_at"))
    if created is None:
        raise BadInput(f"Delighted survey response {id} has no 'created_at' in seconds since 1970.")
    person = record.get("person")
    properties = maybe_record(record.get("person_properties"))
    about = maybe_record(person)
    tags = [tag for tag in map(text_of, list_of(record.get("tags"))) if tag]
    return Response(
        source=source,
        id=id,
        answered_at=created,
        actors=respondent(source, id, contact=about.get("id") or person, addresses=(about.get("email"),), hidden=properties),
        survey=text_of(record.get("survey_type")),
        channel=text_of(properties.get(_CHANNEL)),
        language=text_of(properties.get("locale")),
        hidden={**{name: value for name, value in properties.items() if name != _CHANNEL}, **({"tags": tags} if tags else {})},
        answers=(_score(record), *_additional(record)),
    )


def unsubscribe_signal(record: Record, source: str = SOURCE) -> Signal:
    """Somebody asked not to be asked again."""
    return _about_person(record, "unsubscribed", source)


def bounce_signal(record: Record, source: str = SOURCE) -> Signal:
    """A survey could not be delivered."""
    return _about_person(record, "bounced", source)


def _about_person(record: Record, verb: str, source: str) -> Signal:
    person = maybe_record(record.get("person")) or record
    id = text_of(person.get("person_id")) or required_text(person, "id", f"A Delighted person who {verb}")
    moment = maybe_moment(record.get(f"{verb}_at") or person.get(f"{verb}_at") or record.get("created_at"))
    if moment is None:
        raise BadInput(f"Delighted's person {id} has no '{verb}_at' in seconds since 1970.")
    actors = respondent(source, id, contact=id, addresses=(person.get("email"),))
    return invitation_signal(source, f"person-{id}-{int(moment.timestamp())}", verb, moment, actors, {})


def _score(record: Record) -> Answer:
    sort = text_of(record.get("survey_type"))
    return Answer(
        question=sort or SCORE,
        key=SCORE,
        value=number(record.get("score")),
        text=text_of(record.get("comment")),
        scale=sort if sort in SCALES else None,
        sort=sort,
    )


def _additional(record: Record) -> Iterator[Answer]:
    for answer in records_in(record.get("additional_answers")):
        question, value = maybe_record(answer.get("question")), maybe_record(answer.get("value"))
        wording = plain_text(question.get("text"))
        id = text_of(question.get("id")) or wording
        if id is None:
            continue
        shell = Answer(
            question=id, key=wording_key(wording) if wording else id, wording=wording, sort=text_of(question.get("type"))
        )
        yield from numbered(_said(shell, value))


def _said(shell: Answer, value: Record) -> Iterator[Answer]:
    scale, words = number(value.get("scale")), text_of(value.get("free_response"))
    if scale is not None or words is not None:
        yield replace(shell, value=scale, text=words)
    one = maybe_record(value.get("select_one"))
    for choice in ([one] if one else []) + list(records_in(value.get("select_many"))):
        yield replace(shell, choice=plain_text(choice.get("text")), choice_id=text_of(choice.get("id")))
