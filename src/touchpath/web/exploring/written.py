"""The text of a query's document, line by line, each line with the field of the form that it comes from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from touchpath.model.nodes import plain_value

#: Line ends of Unicode and characters that cannot be seen: YAML folds or refuses them as they are, and reads their escapes.
_FOLDED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")

#: Texts that mean themselves without quotes, wherever they stand.
_SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]*(:[A-Za-z0-9_./-]+)*")
_NOT_TEXT = frozenset({"null", "yes", "no", "on", "off", "true", "false", "y", "n"})


@dataclass(frozen=True, slots=True)
class Written:
    """A document as YAML. places: for each line the name of the field that it comes from."""

    text: str
    places: tuple[str, ...]

    def place(self, line: int) -> str:
        """The field that a line comes from, "" = the document as a whole."""
        return self.places[line - 1] if 0 < line <= len(self.places) else ""


def write(document: Mapping[str, object], places: Mapping[str, str]) -> Written:
    """A document as YAML, one line for each key and each entry of a list. places: the field of each key."""
    lines = [line for key, value in document.items() for line in _lines(key, value, places.get(key, ""))]
    return Written("".join(f"{text}\n" for text, _ in lines), tuple(place for _, place in lines))


def flow(value: object) -> str:
    """A value on one line, as YAML reads it back.

    >>> flow({"kind": "order.placed", "where": {"channel": ["web", "a b"], "value": {">": 5}}})
    '{kind: order.placed, where: {channel: [web, "a b"], value: {">": 5}}}'
    """
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow(str(key))}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(one) for one in value) + "]"
    if isinstance(value, str) and _is_safe(value):
        return value
    return _FOLDED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def _is_safe(text: str) -> bool:
    return bool(_SAFE.fullmatch(text)) and plain_value(text) == text and text.lower() not in _NOT_TEXT


def _lines(key: str, value: object, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, list) and len(value) > 1:
        yield f"{flow(key)}:", place
        yield from ((f"  - {flow(one)}", f"{place}.{number}") for number, one in enumerate(value))
    elif isinstance(value, Mapping) and len(value) > 1 and key not in ("period", "scale"):
        yield f"{flow(key)}:", place
        yield from (
            (f"  {flow(str(name))}: {flow(one)}", f"{place}.{number}") for number, (name, one) in enumerate(value.items())
        )
    else:
        yield f"{flow(key)}: {flow(value)}", place
