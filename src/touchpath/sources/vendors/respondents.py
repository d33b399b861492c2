"""Who answered: the ids that a survey tool knows a person by, and what of a person must not be kept in clear."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping

from touchpath.sources.vendors.payload import text_of

#: Names of hidden fields, embedded variables and attributes that hold the id of the person in the organisation's own product.
USER_FIELDS = frozenset({"user_id", "userid", "user id", "user-id", "externaluserid", "external_user_id"})

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
#: Not ids but the marks of a link whose field was never filled in: Typeform's xxxxx, {{id}}, ${e://Field/id}, [id], %%id%%.
_UNFILLED = re.compile(r"x{3,}|\{\{?.*\}\}?|\$\{.*\}|\[.*\]|%%.*%%|null|none|undefined|nan|n/a|-+", re.IGNORECASE)
_PERSONAL = re.compile(
    r"name|surname|((first|last|full|given|family|middle|maiden|recipient|contact|customer|respondent|person) ?)+name"
    r"|(.* )?(phone|mobile|telephone|tel|fax|cell|sms)( ?(number|no|nr))?|(.* )?(street|postal|home|ip|mailing) ?address|address|ip"
    r"|(.* )?(latitude|longitude)|(.* )?(birth ?day|birth ?date|date of birth|dob)|ssn|iban"
)


def is_address(value: str) -> bool:
    """Whether a text is an e-mail address and nothing else."""
    return _ADDRESS.fullmatch(value.strip()) is not None


def hashed(address: str) -> str:
    """An e-mail address as an actor id: email: and the SHA-256 of its trimmed, lower-cased text."""
    return f"email:{hashlib.sha256(address.strip().lower().encode()).hexdigest()}"


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
            yield hashed(name) if is_address(name) else f"user:{name}"
    known = filled(contact)
    if known:
        yield f"external:{source}-{known}"
    for value in addresses:
        address = filled(value)
        if address and is_address(address):
            yield hashed(address)


def without_personal(fields: Mapping[str, object]) -> dict[str, object]:
    """Fields that may be kept as properties: those of a personal name are left out, e-mail addresses elsewhere are hashed."""
    kept: dict[str, object] = {}
    for name, value in fields.items():
        if value is None or value == "" or is_personal(name):
            continue
        kept[name] = hashed(value) if isinstance(value, str) and is_address(value) else value
    return kept
