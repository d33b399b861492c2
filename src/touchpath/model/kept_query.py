"""The document of a query as a model keeps it: plain values, equal when they mean the same."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeptQuery:
    """One query's document. `text` is its canonical JSON: keys in order of the alphabet, but `query` first."""

    text: str

    @classmethod
    def of(cls, document: object) -> KeptQuery:
        """A document of plain values; numbers must be finite."""
        return cls(json.dumps(_ordered(document), ensure_ascii=False, allow_nan=False, separators=(",", ":")))

    def plain(self) -> dict[str, object]:
        """The document; changing it changes nothing here."""
        document: dict[str, object] = json.loads(self.text)
        return document

    @property
    def properties(self) -> frozenset[str]:
        """Names of the properties that it speaks of, wherever they stand."""
        return frozenset(word.removeprefix("properties.") for word in _words(self.plain()) if word.startswith("properties."))


def _ordered(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _ordered(value[key]) for key in sorted(value, key=lambda key: (key != "query", key))}
    return [_ordered(one) for one in value] if isinstance(value, list) else value


def _words(value: object) -> Iterator[str]:
    """Every key and every text."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield key
            yield from _words(one)
    elif isinstance(value, list):
        for one in value:
            yield from _words(one)
