"""What records of survey tools need beside `reading`: wordings without markup, ids that must be there."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from touchpath.model.errors import BadInput

Record = Mapping[str, object]
T = TypeVar("T")

_TAG = re.compile(r"<[^>]*>")


def text_of(value: object) -> str | None:
    """A text or number as trimmed text; None for anything else and for nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() or None


def list_of(value: object) -> list[object]:
    """A list's members; none for anything else."""
    return list(value) if isinstance(value, list | tuple) else []


def remembered(parse: Callable[[Record], T]) -> Callable[[Record], T]:
    """What was made of a record, kept until another one comes: thousands of responses come with the same survey."""
    last: tuple[Record | None, T | None] = (None, None)

    def parsed(record: Record) -> T:
        nonlocal last
        known, made = last
        if known is record and made is not None:
            return made
        made = parse(record)
        last = (record, made)
        return made

    return parsed


def required_text(record: Record, name: str, what: str) -> str:
    """A field that must be there; raises BadInput naming it."""
    found = text_of(record.get(name))
    if found is None:
        raise BadInput(f"{what} has no '{name}'. There are: {', '.join(sorted(map(str, record))) or 'no fields at all'}.")
    return found


def plain_text(value: object) -> str | None:
    """A wording without markup, entities and line breaks, as a person reads it."""
    found = text_of(value)
    return " ".join(html.unescape(_TAG.sub(" ", found)).split()) or None if found else None
