"""What each procedure takes, in words for people and as a JSON schema for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import inspect

from touchpath.stats.procedures.checked import Procedure, input_type


@dataclass(frozen=True, slots=True)
class Parameter:
    """One input of a procedure: its key, what it is, and whether it may be left out."""

    key: str
    takes: str
    optional: bool

    def __str__(self) -> str:
        return f"{self.key}: {self.takes}" if not self.optional else f"[{self.key}: {self.takes}]"


def takes(procedure: Procedure) -> tuple[Parameter, ...]:
    """The inputs of a procedure, in the order in which it declares them."""
    info = inspect.type_info(input_type(procedure))
    fields = info.fields if isinstance(info, inspect.StructType) else ()
    return tuple(Parameter(field.encode_name, _words(field.type), not field.required) for field in fields)


def input_schema(procedure: Procedure) -> Mapping[str, Any]:
    """The JSON schema of a procedure's input."""
    return msgspec.json.schema(input_type(procedure))


def _words(kind: inspect.Type) -> str:
    """A type as procedures.md words it."""
    match kind:
        case inspect.IntType(ge=0, le=1):
            return "0 or 1"
        case inspect.IntType(ge=0):
            return "count"
        case inspect.IntType():
            return "whole number"
        case inspect.FloatType():
            return f"number{_bounds(kind)}"
        case inspect.StrType():
            return "text"
        case inspect.BoolType():
            return "bool"
        case inspect.NoneType():
            return "null"
        case inspect.LiteralType():
            return " | ".join(str(value) for value in kind.values)
        case inspect.ListType() | inspect.VarTupleType():
            return f"list of {_words(kind.item_type)}"
        case inspect.TupleType():
            return f"[{', '.join(_words(item) for item in kind.item_types)}]"
        case inspect.DictType():
            return f"{{{_words(kind.key_type)}: {_words(kind.value_type)}}}"
        case inspect.StructType():
            return "{" + ", ".join(f"{field.encode_name}: {_words(field.type)}" for field in kind.fields) + "}"
        case inspect.UnionType():
            return " or ".join(_words(one) for one in kind.types)
        case inspect.Metadata():
            return _words(kind.type)
        case _:
            return "anything"


def _bounds(kind: inspect.FloatType) -> str:
    """The limits of a number, as in " > 0, < 1"."""
    limits = ((">=", kind.ge), (">", kind.gt), ("<=", kind.le), ("<", kind.lt))
    said = ", ".join(f"{sign} {limit:g}" for sign, limit in limits if limit is not None)
    return f" {said}" if said else ""
