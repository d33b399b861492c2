"""Reading what another system sent: every field may be missing, empty or of another type than its documentation says."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TypeVar

from touchpath.model.errors import BadInput

Record = Mapping[str, object]
T = TypeVar("T")

_TAG = re.compile(r"<[^>]*>")
_LATEST_SECONDS = 7_258_118_400


def text_of(value: object) -> str | None:
    """A text or number as trimmed text; None for anything else and for nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() or None


def number_of(value: object) -> float | None:
    """A finite number, or a text that is one; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def record_of(value: object) -> Record:
    """An object's fields; none for anything else."""
    return value if isinstance(value, Mapping) else {}


def list_of(value: object) -> list[object]:
    """A list's members; none for anything else."""
    return list(value) if isinstance(value, list | tuple) else []


def records_of(value: object) -> Iterator[Record]:
    """The members of a list that are objects."""
    return (member for member in list_of(value) if isinstance(member, Mapping))


def moment_of(value: object) -> datetime | None:
    """A time: ISO 8601 with its zone, or seconds since 1970; None when it is neither, or says no zone."""
    seconds = number_of(value)
    if seconds is not None:
        return datetime.fromtimestamp(seconds, UTC) if 0 <= seconds < _LATEST_SECONDS else None
    try:
        moment = datetime.fromisoformat(value.strip()) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.utcoffset() is not None else None


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
