"""Write keys: who may send signals, as whom, and under which terms. A key can only write, and only its hash is kept."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

from touchpath.model.errors import BadInput, Conflict
from touchpath.services.ip_addresses import KeepAddress
from touchpath.services.receiving import Terms
from touchpath.services.secrets import parse_secret
from touchpath.store.records import Record, RecordStore

#: Under which kind the records keep them.
KIND = "write key"
_PREFIX = "tp_"
_SHORTEST = 8
_SOURCE = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class WriteKey:
    """A key as members see it; the key itself was shown once and is kept nowhere."""

    id: str
    terms: Terms
    made_at: datetime
    made_by: str
    ends_with: str
    revoked: bool


class WriteKeys:
    """The write keys of one workspace. Safe to use from several threads."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records
        self._by_hash: Mapping[str, Terms] = {}
        self._by_id: Mapping[str, Terms] = {}

    def add(self, terms: Terms, member: str, text: str = "") -> tuple[WriteKey, str]:
        """A new key for a source, and its text, which is told this once. text: one that clients have already, at least 8 characters.

        Raises BadInput for terms that cannot be meant, Conflict for a text that another key has.
        """
        checked = _checked(terms)
        text = text or f"{_PREFIX}{secrets.token_urlsafe(24)}"
        if len(text) < _SHORTEST or not text.isprintable() or " " in text:
            raise BadInput(
                f"A key needs at least {_SHORTEST} printable characters without blanks. Leave it out, and one is drawn."
            )
        self.refresh()
        if _hash(text) in self._by_hash:
            raise Conflict("Another key has this text. Revoke that one first, or let a new text be drawn.")
        id = self._free_id(checked.source)
        document = {**asdict(replace(checked, key=id)), "hash": _hash(text), "ends_with": text[-4:], "revoked": False}
        self._records.save(KIND, id, document, expected=0, member=member, why="made")
        self.refresh()
        return _shown(self._records.load(KIND, id)), text

    def revoke(self, id: str, member: str, why: str = "") -> WriteKey:
        """From now on nothing more is taken with this key; what came before stays. Raises Missing."""
        found = self._records.load(KIND, id)
        document = {**found.document, "revoked": True}
        self._records.save(KIND, id, document, expected=found.revision, member=member, why=why or "revoked")
        self.refresh()
        return _shown(self._records.load(KIND, id))

    def list(self) -> tuple[WriteKey, ...]:
        """All keys, revoked ones too, by id."""
        return tuple(map(_shown, self._records.list(KIND)))

    def show(self, id: str) -> WriteKey:
        """One key by its id; raises Missing."""
        return _shown(self._records.load(KIND, id))

    def refresh(self) -> None:
        """Read the keys again, in case another process changed them."""
        kept = self._records.list(KIND)
        self._by_id = {record.id: _terms(record) for record in kept}
        self._by_hash = {str(record.document["hash"]): _terms(record) for record in kept if not record.document["revoked"]}

    def find(self, text: str) -> Terms | None:
        """The terms of a key that may write, as of the last `refresh`."""
        return self._by_hash.get(_hash(text))

    def terms(self, id: str) -> Terms | None:
        """The terms of a key by its id, revoked or not: what was accepted under it is still to be read."""
        return self._by_id.get(id)

    def allows_origin(self, origin: str) -> bool:
        """Whether pages of this origin may send with any key."""
        return any(allows(terms, origin) for terms in self._by_hash.values())

    def _free_id(self, source: str) -> str:
        taken = {record.id for record in self._records.list(KIND)}
        return next(id for number in range(1, len(taken) + 2) if (id := f"{source}-{number}") not in taken)


def allows(terms: Terms, origin: str) -> bool:
    """Whether pages of an origin may send with a key; without a list, all may. "https://*.shop.example" stands for every host below."""
    return not terms.origins or any(_fits(allowed, origin) for allowed in terms.origins)


def _fits(allowed: str, origin: str) -> bool:
    scheme, star, host = allowed.partition("://*.")
    return origin.startswith(f"{scheme}://") and origin.endswith(f".{host}") if star else origin == allowed


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _checked(terms: Terms) -> Terms:
    if not _SOURCE.fullmatch(terms.source):
        raise BadInput(f"The source came as '{terms.source}'. Give a short name of a-z, 0-9, '.', '_' and '-', as in web-shop.")
    if terms.addresses not in tuple(KeepAddress):
        raise BadInput(f"The handling of IP addresses came as '{terms.addresses}'. There are: {', '.join(KeepAddress)}.")
    if terms.secret:
        parse_secret("secret", terms.secret)
    for origin in terms.origins:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.hostname or origin != f"{parts.scheme}://{parts.netloc}":
            raise BadInput(f"The origin came as '{origin}'. Write it as in https://www.shop.example, or https://*.shop.example.")
    for network in terms.internal:
        try:
            ip_network(network)
        except ValueError as error:
            raise BadInput(f"The internal network came as '{network}'. Write it as in 203.0.113.0/24.") from error
    return terms


def _terms(record: Record) -> Terms:
    known = {name: value for name, value in record.document.items() if name in Terms.__slots__}
    return Terms(**{name: _plain(value) for name, value in known.items()})


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else value


def _shown(record: Record) -> WriteKey:
    document = record.document
    return WriteKey(record.id, _terms(record), record.at, record.member, str(document["ends_with"]), bool(document["revoked"]))
