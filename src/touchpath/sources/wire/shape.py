"""What all protocols do alike when an event becomes a signal."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from functools import lru_cache
from typing import Any

import msgspec
import xxhash

from touchpath.model.email import email_actor
from touchpath.model.signal import JsonText
from touchpath.services.receiving import Terms
from touchpath.services.record import LONGEST
from touchpath.services.traffic import PROPERTY, mark_traffic
from touchpath.sources.personal_fields import is_personal
from touchpath.store.spool import Post

_encode = msgspec.json.Encoder(order="sorted").encode
REMOVED = "[not kept]"
_BEFORE_NAMES = b'" /\n'
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DEEPEST = 64


def json_text(mapping: Mapping[str, Any] | None) -> JsonText:
    """A JSON object as text with sorted names; "" for nothing."""
    return JsonText(_encode(mapping).decode()) if mapping else JsonText("")


def known_actor(id: str) -> str:
    """The actor id of somebody known; whoever is known by an e-mail address is known by its hash."""
    return ("@" in id and email_actor(id)) or f"user:{id}"


def unknown_actor(id: str) -> str:
    """The actor id of a visitor or a device; an e-mail address is never kept in clear."""
    return ("@" in id and email_actor(id)) or f"anonymous:{id}"


def without_personal(traits: Mapping[str, Any], terms: Terms, but: frozenset[str] = frozenset()) -> Mapping[str, Any]:
    """Traits without names, addresses and phone numbers, but for those named, unless the key's terms keep them all."""
    if terms.personal_traits:
        return traits
    return {
        name: REMOVED if value and value is not True and name.lower() not in but and is_personal(name) else value
        for name, value in traits.items()
    }


def add_marks(properties: MutableMapping[str, Any], post: Post, user_agent: str, note: str) -> None:
    """Say among the properties that it was a bot or one of us, and what was odd about its time."""
    if traffic := mark_traffic(user_agent, post.headers.get("user-agent", ""), post.internal):
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


def text_id(value: object) -> str:
    """An id as text, without blanks around it; numbers are read as text (42.0 as "42"), anything else as nothing."""
    if type(value) is str:
        return value.strip()
    if value is None or isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def fitting(value: object, name: str) -> str:
    """An id or a name as text, if it fits into that field of a signal; "" otherwise: it still stands among the properties."""
    if value is None:
        return ""
    text = text_id(value)
    return text if len(text) <= LONGEST[name] else ""


def signal_id(value: object, raw: bytes | msgspec.Raw) -> str:
    """The id that an event brings, or, where it brings none or one that is no id, a digest that is the same on each retry."""
    id = text_id(value)
    if id and len(id) <= LONGEST["id"] and not has_control(id):
        return id
    return xxhash.xxh3_128_hexdigest(id.encode() if id else bytes(raw))


def has_control(text: str) -> bool:
    """Whether a text holds a character that names and ids must not hold."""
    return not text.isprintable() and _CONTROL.search(text) is not None


def against_name(name: str) -> str:
    """Why a text cannot be the name of an event; "" = it can. There are few names, and each comes again and again."""
    return _against(name) if len(name) > LONGEST["kind"] else _against_short(name)


def _against(name: str) -> str:
    if not name or name.isspace():
        return "The event has no name."
    if len(name) > LONGEST["kind"]:
        return f"The name of the event has {len(name):,} characters; at most {LONGEST['kind']} will do."
    return "The name of the event holds a control character; leave it out." if has_control(name) else ""


_against_short = lru_cache(maxsize=4096)(_against)


def may_hold_address(raw: bytes) -> bool:
    """Whether a text within this JSON may be an e-mail address; "@scope/package" is none."""
    at = raw.find(b"@")
    while at >= 0:
        if raw[at - 1] not in _BEFORE_NAMES:
            return True
        at = raw.find(b"@", at + 1)
    return b"u0040" in raw


def kept(fields: Mapping[str, Any], terms: Terms) -> tuple[Mapping[str, Any], JsonText]:
    """Fields as they are kept, and their text: every value that is an e-mail address as its hash, unless the key's terms keep them."""
    text = json_text(fields)
    if "@" not in text or terms.personal_traits or not may_hold_address(text.encode()):
        return fields, text
    hashed = without_addresses(fields)
    return hashed, json_text(hashed)


def without_addresses(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The same, every value that is an e-mail address as its hash."""
    return {name: _hashed(value, _DEEPEST) for name, value in fields.items()}


def _hashed(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return email_actor(value) or value if "@" in value else value
    if isinstance(value, dict) and depth:
        return {name: _hashed(one, depth - 1) for name, one in value.items()}
    return [_hashed(one, depth - 1) for one in value] if isinstance(value, list) and depth else value
