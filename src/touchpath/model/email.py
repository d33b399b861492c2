"""E-mail addresses as actor ids: every source gives the same hash of one address, so that all of them meet in one person."""

from __future__ import annotations

import hashlib
import re

NAMESPACE = "email"
_ADDRESS = re.compile(r"[^\s@<>\"',;:]+@[^\s@<>\"',;:]+\.[^\s@<>\"',;:]+")
_LONGEST = 320  # RFC 3696: 64 + @ + 255
_HASH = re.compile(r"[0-9a-f]{64}")


def is_email(text: str) -> bool:
    """Whether a text is an e-mail address and nothing else, blanks around it apart."""
    return len(text) <= 2 * _LONGEST and _ADDRESS.fullmatch(text.strip()) is not None


def is_email_hash(text: str) -> bool:
    """Whether a text is a SHA-256 in small hexadecimal digits, as an address is kept."""
    return _HASH.fullmatch(text) is not None


def hash_email(text: str) -> str:
    """The SHA-256 (64 hexadecimal digits) of an address, trimmed and in small letters."""
    return hashlib.sha256(text.strip().lower().encode("utf-8", "replace")).hexdigest()


def email_actor(address: object) -> str | None:
    """The actor id of an e-mail address; None for what is none.

    >>> email_actor(" Ada@Example.org ") == email_actor("ada@example.org")
    True
    >>> email_actor("@ada") is None
    True
    """
    return f"{NAMESPACE}:{hash_email(address)}" if isinstance(address, str) and is_email(address) else None
