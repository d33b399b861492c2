"""JSON as clients really write it: half of an emoji, NaN, bytes that are no UTF-8 or a byte order mark cost nobody an event."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TypeVar

import msgspec

from touchpath.model.errors import BadInput

Read = TypeVar("Read")

#: What PHP's json_encode writes for a map that holds nothing. As a type: `dict[str, Any] | NoFields`; it is false, as {} is.
NoFields = tuple[()]

#: What a decoder of msgspec raises for a body or an event that it cannot read; nesting without end is among it.
UNREADABLE = (msgspec.DecodeError, ValueError, RecursionError)
_MOST_DIGITS = 308
#: Characters of JSON that are taken apart to find odd numbers in it: in Python that takes thirty times as much memory.
_LARGEST = 1 << 20
#: How msgspec says that an array is no object, where an empty one would do.
_NOT_EMPTY = ("Expected `array` of length 0", "Expected `object`, got an `array` that holds something")
_OBJECT = ("object | array", "object")
#: How msgspec names what JSON holds, and how people do.
_NAMES = {
    "object": "an object", "array": "a list", "str": "a text", "int": "a whole number", "float": "a number", "bool": "true or false",
    "null": "null", "datetime": "a time",
}  # fmt: skip
_EXPECTED = re.compile(r"Expected `([^`]+)`, got (?:an )?`(\w+)`(.*)")
_LIMIT = re.compile(r"Expected `(\w+)`(?: of length)? ([<>]=) (-?\d+)")
_WHERE = re.compile(r" - at `\$\.?([^`]+)`$")
_BROKEN = "\N{REPLACEMENT CHARACTER}"
_PAIR_OR_HALF = re.compile(r"(\\\\)|(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


def read_json(decode: Callable[[bytes], Read], raw: object) -> Read:
    """What a decoder makes of JSON (bytes, or a part of a body), mended if it has to be. Raises BadInput in words."""
    try:
        return decode(raw)  # type: ignore[arg-type]
    except UNREADABLE:
        text = _whole_characters(bytes(raw))  # type: ignore[call-overload]
    try:
        return decode(text.encode())
    except UNREADABLE as error:
        if len(text) > _LARGEST:
            raise BadInput(in_words(error)) from error
    try:
        return decode(_without_odd_numbers(text))
    except UNREADABLE as error:
        raise BadInput(in_words(error)) from error


def _whole_characters(raw: bytes) -> str:
    """The same text, without a byte order mark; bytes that are no UTF-8 and halves of characters become U+FFFD."""
    return _PAIR_OR_HALF.sub(_whole, raw.decode("utf-8-sig", "replace"))


def _without_odd_numbers(text: str) -> bytes:
    """The same JSON as the standard has it: NaN, Infinity and numbers that nobody can hold become null. Raises ValueError."""
    return msgspec.json.encode(json.loads(text, parse_int=_number, parse_constant=lambda _: None, strict=False))


def in_words(error: Exception) -> str:
    """What is wrong with JSON, as one sentence without its full stop."""
    if isinstance(error, RecursionError):
        return "It is nested too deep"
    return str(error).replace(*_NOT_EMPTY).replace(*_OBJECT)


def plain_words(said: object) -> str:
    """The same for people who know no JSON library: what is needed, what came, and in which field.

    >>> plain_words("Expected `object | null`, got `str` - at `$.properties`")
    'it needs an object, but a text came (in properties)'
    >>> plain_words("Expected `str` of length <= 128 - at `$.kind`")
    'it may have 128 characters at most (in kind)'
    """
    whole = str(said)
    where = f" (in {found[1]})" if (found := _WHERE.search(whole)) else ""
    text = _WHERE.sub("", whole)
    if found := _EXPECTED.fullmatch(text):
        wanted = " or ".join(_NAMES.get(one, one) for one in found[1].split(" | ") if one != "null") or "null"
        return f"it needs {wanted}, but {_NAMES.get(found[2], found[2])}{found[3]} came{where}"
    if found := _LIMIT.fullmatch(text):
        return _limited(*found.groups()) + where
    return text + where


def _limited(kind: str, sign: str, limit: str) -> str:
    most = sign == "<="
    if kind == "int":
        return f"it may be {limit} at most" if most else f"it must be {limit} at least"
    if kind == "str" and limit == "1" and not most:
        return "it needs some text"
    return f"it {'may' if most else 'must'} have {int(limit):,} {'characters' if kind == 'str' else 'parts'} at {'most' if most else 'least'}"


def _whole(found: re.Match[str]) -> str:
    return found[0] if found[1] or found[2] else _BROKEN


def _number(digits: str) -> int | None:
    return int(digits) if len(digits) <= _MOST_DIGITS else None
