"""Secrets that are handed out once: drawn from 256 random bits, kept as a hash only."""

from __future__ import annotations

import hashlib
import secrets


def draw_secret(prefix: str = "") -> str:
    """A new secret that fits into an address: 43 letters, 256 bits."""
    return f"{prefix}{secrets.token_urlsafe(32)}"


def hash_secret(secret: str) -> str:
    """What is kept of it. A plain SHA-256 is enough: what is as random as this cannot be guessed from its hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def draw_id() -> str:
    """A name for a row that tells nothing of it."""
    return secrets.token_hex(8)
