"""What all protocols do alike when an event becomes a signal."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

import msgspec

from touchpath.model.signal import JsonText
from touchpath.services.receiving import Terms
from touchpath.services.traffic import PROPERTY, mark_traffic
from touchpath.store.spool import Post

_encode = msgspec.json.Encoder(order="sorted").encode
#: Traits and properties that say who somebody is in plain words, in the spellings of the trackers' own specifications.
PERSONAL = frozenset(
    {
        "name", "firstname", "first_name", "lastname", "last_name", "phone", "phonenumber", "phone_number", "email", "address",
        "birthday", "username", "avatar", "$email", "$name", "$phone", "$first_name", "$last_name", "$avatar",
    }
)  # fmt: skip
REMOVED = "[not kept]"


def json_text(mapping: Mapping[str, Any] | None) -> JsonText:
    """A JSON object as text with sorted names; "" for nothing."""
    return JsonText(_encode(mapping).decode()) if mapping else JsonText("")


def email_actor(address: object) -> str | None:
    """The actor id of an e-mail address; None when it is none."""
    if not isinstance(address, str) or "@" not in address:
        return None
    return f"email:{hashlib.sha256(address.strip().lower().encode('utf-8', 'replace')).hexdigest()}"


def without_personal(traits: Mapping[str, Any], terms: Terms, but: frozenset[str] = frozenset()) -> Mapping[str, Any]:
    """Traits without names, addresses and phone numbers, but for those named, unless the key's terms keep them all."""
    if terms.personal_traits:
        return traits
    removed = PERSONAL - but
    return {name: REMOVED if name.lower() in removed and value else value for name, value in traits.items()}


def add_marks(properties: MutableMapping[str, Any], post: Post, user_agent: str, note: str) -> None:
    """Say among the properties that it was a bot or one of us, and what was odd about its time."""
    if traffic := mark_traffic(user_agent or post.headers.get("user-agent", ""), post.internal):
        properties[PROPERTY] = traffic
    if note:
        properties["$time"] = note


def refused_consent(terms: Terms, post: Post, categories: Mapping[str, Any]) -> bool:
    """Whether somebody's wish keeps a signal out: they refused the category that the key's terms name, or never allowed it."""
    if not terms.consent:
        return False
    if post.headers.get("sec-gpc") == "1":
        return True
    said = categories.get(terms.consent)
    return said is False or (said is None and terms.consent_needed)


def first_text(values: Iterable[object]) -> str:
    """The first value that says something, as text; "" = none."""
    for value in values:
        if isinstance(value, str) and value.strip():
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
    return ""
