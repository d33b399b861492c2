"""Words of a person in records: whether they are there, and the record without them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from touchpath.model.signal import ACTOR_NAMESPACES
from touchpath.store.records import Record

#: What stands where a person's words stood.
ERASED = "(erased)"


def names_any(record: Record, words: Sequence[str]) -> bool:
    """Whether a record holds one of these words, or is called so."""
    pattern = _pattern(tuple(words))
    if pattern is None:
        return False
    texts = (record.id, record.member, record.why, json.dumps(record.document, ensure_ascii=False))
    return any(pattern.search(text) for text in texts) or _changed(record.document, pattern)


def is_about(record: Record, words: Sequence[str]) -> bool:
    """Whether a record is about one of the ids among these: it is called so, or a field of it is exactly that. A text is no id."""
    known = frozenset(word for word in words if word.partition(":")[0] in ACTOR_NAMESPACES)
    if any(part in known for part in (record.id, *re.split(r"[\s|/]+", record.id))):
        return True
    return any(isinstance(value, str) and value in known for value in record.document.values())


def without(record: Record, words: Sequence[str]) -> Record:
    """The record with each of these words replaced."""
    pattern = _pattern(tuple(words))
    if pattern is None:
        return record
    document: Any = _replaced(record.document, pattern)
    member, why = pattern.sub(ERASED, record.member), pattern.sub(ERASED, record.why)
    return replace(record, document=document, member=member, why=why)


@lru_cache(maxsize=8)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str] | None:
    """Finds any of the words where they stand for themselves: "user:4" is not in "user:42"."""
    longest_first = sorted({word for word in words if word}, key=len, reverse=True)
    if not longest_first:
        return None
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")


def _changed(value: object, pattern: re.Pattern[str]) -> bool:
    return _replaced(value, pattern) != value


def _replaced(value: object, pattern: re.Pattern[str]) -> object:
    if isinstance(value, str):
        return pattern.sub(ERASED, value)
    if isinstance(value, Mapping):
        return {pattern.sub(ERASED, str(name)): _replaced(one, pattern) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_replaced(one, pattern) for one in value]
    return value
