"""Who answered: the ids that a survey tool knows a person by, and what of a person must not be kept in clear."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from touchpath.model.email import email_actor, is_email
from touchpath.sources.vendors.payload import text_of

#: Names of hidden fields, embedded variables and attributes that hold the id of the person in the organisation's own product.
USER_FIELDS = frozenset({"user_id", "userid", "user id", "user-id", "externaluserid", "external_user_id"})

#: Not ids but the marks of a link whose field was never filled in: Typeform's xxxxx, {{id}}, ${e://Field/id}, [id], %%id%%.
_UNFILLED = re.compile(r"x{3,}|\{\{?.*\}\}?|\$\{.*\}|\[.*\]|%%.*%%|null|none|undefined|nan|n/a|-+", re.IGNORECASE)
_PERSONAL = re.compile(
    r"name|surname|((first|last|full|given|family|middle|maiden|recipient|contact|customer|respondent|person) ?)+name"
    r"|(.* )?(phone|mobile|telephone|tel|fax|cell|sms)( ?(number|no|nr))?|(.* )?(street|postal|home|ip|mailing) ?address|address|ip"
    r"|(.* )?(latitude|longitude)|(.* )?(birth ?day|birth ?date|date of birth|dob)|ssn|iban"
)


def filled(value: object) -> str | None:
    """An id that somebody really filled in; None for placeholders and blanks."""
    found = text_of(value)
    return None if found is None or _UNFILLED.fullmatch(found) else found


def is_personal(name: str) -> bool:
    """Whether a field's name says that it holds a name, an address, a phone number or a place of a person."""
    spaced = " ".join(re.sub(r"(?<=[a-z])(?=[A-Z])|[_.-]+", " ", name).lower().split())
    return _PERSONAL.fullmatch(spaced) is not None


def respondent(
    source: str,
    response: str,
    *,
    user: object = None,
    contact: object = None,
    addresses: tuple[object, ...] = (),
    hidden: Mapping[str, object] | None = None,
) -> tuple[str, ...]:
    """The actor ids of whoever gave a response, strongest first.

    user: the id in the organisation's own systems. contact: the tool's own id of the person. hidden: fields sent along with the
    response, of which those in USER_FIELDS name the user. Nobody known: an anonymous id that stands for this response alone, so
    that its answers are one person's and nobody else's.
    """
    found = dict.fromkeys(_known(source, user, contact, addresses, hidden or {}))
    return tuple(found) or (f"anonymous:{source}-{response}",)


def _known(
    source: str, user: object, contact: object, addresses: tuple[object, ...], hidden: Mapping[str, object]
) -> Iterator[str]:
    for value in (user, *(value for name, value in hidden.items() if name.strip().lower() in USER_FIELDS)):
        name = filled(value)
        if name:
            yield email_actor(name) or f"user:{name}"
    known = filled(contact)
    if known:
        yield f"external:{source}-{known}"
    for value in addresses:
        if address := email_actor(filled(value)):
            yield address


def without_personal(fields: Mapping[str, object]) -> dict[str, object]:
    """Fields that may be kept as properties: those of a personal name are left out, e-mail addresses elsewhere are hashed."""
    kept: dict[str, object] = {}
    for name, value in fields.items():
        if value is None or value == "" or is_personal(name):
            continue
        kept[name] = email_actor(value) if isinstance(value, str) and is_email(value) else value
    return kept
