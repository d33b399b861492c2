"""The format of conformance vectors as a JSON Schema, and a reader that holds files to it.

docs/conformance/schema.json publishes the same schema for readers in other languages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from touchpath.model.errors import BadInput

FORMAT = "touchpath-conformance/1"

#: A file may be this large; whoever needs more signals than fit into it does not test a rule.
MOST_BYTES = 64 << 20

Schema = Mapping[str, Any]

_NAME = {"type": "string", "minLength": 1}
_ESTIMATE = {"type": "number"}

#: One value of an answer: of a number with an interval its value, or some of its parts.
_VALUE: Schema = {
    "description": "A number is compared within one part in 10^9; null = undefined or blank; an object = parts of an estimate.",
    "type": ["string", "number", "boolean", "null", "object"],
    "minProperties": 1,
    "additionalProperties": False,
    "properties": {
        **dict.fromkeys(("value", "low", "high", "confidence"), _ESTIMATE),
        "n": {"type": "integer"},
        **{key: {"type": "string"} for key in ("n_unit", "unit", "method")},
    },
}

_SIGNAL: Schema = {
    "type": "object",
    "required": ["actor", "at", "kind"],
    "additionalProperties": False,
    "properties": {
        "actor": {**_NAME, "description": "Who did it: the person."},
        "at": {"type": "string", "format": "date-time", "description": "When, with its zone."},
        "kind": _NAME,
        "id": {**_NAME, "description": "Its id in its source; only needed where it matters which signal it is."},
        "value": {"type": ["number", "null"], "minimum": -4.6e12, "maximum": 4.6e12},
        **{key: {"type": ["string", "null"]} for key in ("source", "channel", "surface", "touchpoint", "account", "unit")},
        "properties": {
            "type": "object",
            "description": "Whatever the source sent; texts, numbers and truth values can be asked for.",
        },
        "objects": {"type": "object", "additionalProperties": _NAME, "description": "The objects it is about: kind to id."},
    },
}

CASE: Schema = {
    "type": "object",
    "required": ["name", "signals", "query"],
    "additionalProperties": False,
    "oneOf": [{"required": ["answer"]}, {"required": ["error"]}],
    "properties": {
        "name": _NAME,
        "why": {"type": "string", "description": "The rule that makes the answer right."},
        "signals": {
            "type": "array",
            "items": _SIGNAL,
            "description": "In any order; signals of the same instant are stored in the order given.",
        },
        "end": {"type": "string", "format": "date-time", "description": "How far the data reach; by default the last signal."},
        "zone": {"type": "string", "format": "time-zone", "description": "An IANA time zone; by default UTC."},
        "week_start": {"type": "integer", "minimum": 0, "maximum": 6, "description": "0 = Monday, the default."},
        "model": {"type": "object", "description": "What the model says besides format and brand; by default nothing."},
        "query": {"type": "object", "required": ["query"], "description": "A query document."},
        "answer": {
            "type": "object",
            "minProperties": 1,
            "description": "For each table named all of its rows in order; only the columns named are compared.",
            "additionalProperties": {"type": "array", "items": {"type": "object", "additionalProperties": _VALUE}},
        },
        "error": {**_NAME, "description": "A part of the message with which the query must be refused."},
    },
}

#: The whole file. Each case is held to CASE by itself, so that one broken case does not hide what the others say.
SCHEMA: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Touchpath conformance vectors",
    "type": "object",
    "required": ["format", "cases"],
    "additionalProperties": False,
    "properties": {
        "format": {"const": FORMAT},
        "title": {"type": "string"},
        "cases": {"type": "array", "minItems": 1, "items": CASE},
    },
}


def read_vectors(text: str | bytes, file_name: str) -> list[Any]:
    """The cases of a vector file, each still to be checked by `case_faults`; raises BadInput for a file that is not in the format.

    The published schema itself, which lies among the files, has none.
    """
    if len(text) > MOST_BYTES:
        raise BadInput(f"{file_name} is too large: {len(text):,} bytes came, and {MOST_BYTES:,} is the most. Divide it.")
    try:
        document = json.loads(text, object_pairs_hook=_once)
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    except RecursionError:
        raise BadInput(f"{file_name} is nested too deep to be read.") from None
    except UnicodeEncodeError:
        raise BadInput(
            f"{file_name} holds half a character (a lone surrogate such as \\ud800), which no text may have."
        ) from None
    except ValueError as error:
        raise BadInput(f"{file_name} is not JSON: {error}.") from None
    if document == SCHEMA:
        return []
    whole = {**SCHEMA, "properties": {**SCHEMA["properties"], "cases": {"type": "array", "minItems": 1}}}
    if fault := next(faults(document, whole), None):
        raise BadInput(f'{file_name} is no vector file: {fault}. It is an object with "format": "{FORMAT}" and a list "cases".')
    cases: list[Any] = document["cases"]
    return cases


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; raises ValueError for a key that comes twice, of which one would be lost silently."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} comes twice in one object")
    return found


def case_faults(case: Any) -> Iterator[str]:
    """Everything about one case that is not in the format, in words."""
    yield from faults(case, CASE)


# -- as much of JSON Schema as the schema above uses ---------------------------------------------------------------------


def faults(value: Any, schema: Schema, path: str = "") -> Iterator[str]:
    """What is wrong with a value, each with its place, as in signals/3/at."""
    if "const" in schema and value != schema["const"]:
        yield f"{path or 'it'} must be {json.dumps(schema['const'])}, but {_shown(value)} came"
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(_TYPES[name](value) for name in types):
        yield f"{path or 'it'} must be {_either([_ARTICLES[name] for name in types])}, but {_shown(value)} came"
        return
    for key, told in _LIMITS.items():
        if key in schema and (problem := told(value, schema[key])):
            yield f"{path or 'it'} {problem}"
    if isinstance(value, dict):
        yield from _object_faults(value, schema, path)
    if isinstance(value, list) and "items" in schema:
        for place, one in enumerate(value, 1):
            yield from faults(one, schema["items"], _join(path, str(place)))


def _object_faults(value: Mapping[str, Any], schema: Schema, path: str) -> Iterator[str]:
    named, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    for key in schema.get("required", ()):
        if key not in value:
            yield f"{_join(path, key)} is missing"
    for key, one in value.items():
        if key in named:
            yield from faults(one, named[key], _join(path, key))
        elif others is False:
            yield f"{path or 'it'} has no key {key!r}; there are: {', '.join(named)}"
        elif isinstance(others, Mapping):
            yield from faults(one, others, _join(path, key))
    if "oneOf" in schema:
        choices = [choice["required"][0] for choice in schema["oneOf"]]
        if sum(choice in value for choice in choices) != 1:
            yield f"{path or 'it'} has either {_either(choices)}"


def _join(path: str, key: str) -> str:
    return f"{path}/{key}" if path else key


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _either(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "number": _is_number,
    "integer": lambda value: _is_number(value) and value == int(value),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}
_ARTICLES = {
    "object": "an object",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}


def _format_fault(value: Any, name: str) -> str:
    """What is wrong with a moment or a zone."""
    if not isinstance(value, str):
        return ""
    if name == "time-zone":
        return "" if _is_zone(value) else f"is a time zone as in Europe/Madrid, but {_shown(value)} came"
    return "" if _is_moment(value) else f"is a moment with its zone as in 2026-03-01T12:00:00Z, but {_shown(value)} came"


def _is_zone(text: str) -> bool:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        return False
    return True


_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})")


def _is_moment(text: str) -> bool:
    if not _MOMENT.fullmatch(text):
        return False
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return False
    return 1900 <= moment.year <= 2200


#: What each keyword asks of a value: "" = fine, else what is wrong.
_LIMITS: Mapping[str, Callable[[Any, Any], str]] = {
    "minLength": lambda value, least: "is blank" if isinstance(value, str) and len(value) < least else "",
    "minItems": lambda value, least: "is empty" if isinstance(value, list) and len(value) < least else "",
    "minProperties": lambda value, least: "is empty" if isinstance(value, dict) and len(value) < least else "",
    "minimum": lambda value, least: (
        f"is at least {least}, but {_shown(value)} came" if _is_number(value) and value < least else ""
    ),
    "maximum": lambda value, most: f"is at most {most}, but {_shown(value)} came" if _is_number(value) and value > most else "",
    "format": _format_fault,
}
