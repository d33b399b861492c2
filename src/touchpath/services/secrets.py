"""Secrets of connections: named by where they stand, read at the moment of use, and never written down."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from touchpath.model.errors import BadInput, Missing

HIDDEN = "[secret]"
_LONGEST = 64 * 1024
_SHORTEST_HIDDEN = 4
_FORMS = "env:NAME (an environment variable) or file:/PATH (a file that holds nothing else)"


@dataclass(frozen=True, slots=True)
class Secret:
    """A reference to a secret: `env:NAME` or `file:/PATH`. Its text is read by `reveal` only, and is in no repr."""

    reference: str

    def reveal(self) -> str:
        """The secret itself; raises Missing when there is none where the reference points."""
        kind, _, place = self.reference.partition(":")
        text = os.environ.get(place, "") if kind == "env" else _file(Path(place))
        if not text.strip():
            where = f"environment variable {place} is not set" if kind == "env" else f"file {place} is empty"
            raise Missing(f"The secret '{self.reference}' cannot be read: the {where}.")
        return text.strip()


def parse_secret(name: str, text: str) -> Secret:
    """A reference as somebody wrote it; raises BadInput for anything else, without repeating what may be the secret itself."""
    kind, _, place = text.partition(":")
    if kind == "env" and place.isidentifier():
        return Secret(text)
    if kind == "file" and Path(place).is_absolute():
        return Secret(text)
    raise BadInput(f"'{name}' is a secret and is never kept in clear. Say where it stands: {_FORMS}.")


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text with every one of these secrets blotted out."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST_HIDDEN:
            text = text.replace(secret, HIDDEN)
    return text


def known_texts(secrets: Iterable[Secret]) -> list[str]:
    """The texts of those secrets that can be read, to be blotted out."""
    found = []
    for secret in secrets:
        with suppress(Missing):
            found.append(secret.reveal())
    return found


def references(secrets: Mapping[str, Secret]) -> dict[str, str]:
    """Where each secret stands, as it may be kept and shown."""
    return {name: secret.reference for name, secret in secrets.items()}


def _file(path: Path) -> str:
    if path.exists() and not path.is_file():
        raise Missing(f"The secret file {path} cannot be read: it is no file.")
    try:
        with path.open("rb") as file:
            return file.read(_LONGEST).decode()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise Missing(f"The secret file {path} cannot be read: {why}.") from None
