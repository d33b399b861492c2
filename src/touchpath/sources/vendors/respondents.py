"""Who answered: the ids that a survey tool knows a person by, and what of a person must not be kept in clear."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from touchpath.model.email import email_actor
from touchpath.sources.personal_fields import is_personal
from touchpath.sources.vendors.payload import text_of

#: Names of hidden fields, embedded variables and attributes that hold the id of the person in the organisation's own product.
USER_FIELDS = frozenset({"user_id", "userid", "user id", "user-id", "externaluserid", "external_user_id"})

#: Not ids but the marks of a link whose field was never filled in: Typeform's xxxxx, {{id}}, ${e://Field/id}, [id], %%id%%.
_UNFILLED = re.compile(r"x{3,}|\{\{?.*\}\}?|\$\{.*\}|\[.*\]|%%.*%%|null|none|undefined|nan|n/a|-+", re.IGNORECASE)


def filled(value: object) -> str | None:
    """An id that somebody really filled in; None for placeholders and blanks."""
    found = text_of(value)
    return None if found is None or _UNFILLED.fullmatch(found) else found


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
    """Fields that may be kept as properties: e-mail addresses as their hash, without those of a personal name."""
    kept: dict[str, object] = {}
    for name, value in fields.items():
        if address := email_actor(value):
            kept[name] = address
        elif value not in (None, "") and not is_personal(name):
            kept[name] = value
    return kept
