"""What a procedure is given, held to the types that its parameters declare before anything is computed."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, get_type_hints

import msgspec
import numpy as np

from touchpath.model.errors import BadInput

#: The result of a procedure: numbers, texts, lists and mappings of them; None where something is undefined.
Answer = Mapping[str, object]
#: A procedure: keyword parameters, each with one of the types below, and a default where it may be left out.
Procedure = Callable[..., Answer]

#: Larger numbers are refused: their squares and products would leave what a float holds.
LARGEST = 1e100
#: Whole numbers beyond this are not held exactly by a float.
LARGEST_COUNT = 2**53

Count = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_COUNT)]
Positive = Annotated[float, msgspec.Meta(gt=0)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
#: Strictly between 0 and 1: a confidence, an error rate, a power, a quantile inside the sample.
Open = Annotated[float, msgspec.Meta(gt=0, lt=1)]
Numbers = Annotated[list[float], msgspec.Meta(min_length=1)]
NotNegatives = Annotated[list[NotNegative], msgspec.Meta(min_length=1)]
Counts = Annotated[list[Count], msgspec.Meta(min_length=1)]
Rows = Annotated[list[Numbers], msgspec.Meta(min_length=1)]
#: 0 or 1, or false or true, of each observation; see `zero_or_one`.
Flags = Annotated[list[Annotated[int, msgspec.Meta(ge=0, le=1)] | bool], msgspec.Meta(min_length=1)]


def call(name: str, procedure: Procedure, inputs: Mapping[str, object]) -> Answer:
    """The procedure's answer; raises BadInput for parameters that are missing, unknown, of another type, or not finite."""
    taken = input_type(procedure)
    unknown = sorted(set(inputs) - set(taken.__struct_fields__))
    if unknown:
        takes = ", ".join(taken.__struct_fields__)
        raise BadInput(f"The procedure '{name}' takes {takes}, but {', '.join(unknown)} came.")
    given = _held(name, inputs, taken)
    try:
        with np.errstate(divide="raise", over="raise", invalid="raise"):
            answer = procedure(**{field: getattr(given, field) for field in taken.__struct_fields__})
    except (OverflowError, FloatingPointError) as error:
        raise BadInput(f"The procedure '{name}' comes to numbers too large to be held for this input.") from error
    if not _all_within(answer, math.inf):
        raise BadInput(f"The procedure '{name}' has no defined answer for this input: it gives {dict(answer)}.")
    return answer


def _held(name: str, inputs: Mapping[str, object], taken: type[msgspec.Struct]) -> msgspec.Struct:
    """The inputs as the declared types hold them, or BadInput."""
    try:
        endless = [key for key, value in inputs.items() if not _all_within(value, LARGEST)]
        if endless:
            raise BadInput(
                f"The procedure '{name}' needs numbers within {LARGEST:g}, but there are others in {', '.join(endless)}."
            )
        return msgspec.convert(_plain(dict(inputs)), taken)
    except (msgspec.ValidationError, RecursionError) as error:
        raise BadInput(f"The procedure '{name}' cannot take this input: {error}.") from error


@cache
def input_type(procedure: Procedure) -> type[msgspec.Struct]:
    """The inputs of a procedure as a struct that msgspec can check against."""
    hints = get_type_hints(procedure, include_extras=True)
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for key, parameter in inspect.signature(procedure).parameters.items():
        left_out = parameter.default is inspect.Parameter.empty
        fields.append((key, hints[key]) if left_out else (key, hints[key], parameter.default))
    return msgspec.defstruct("Input", fields, kw_only=True)


def _all_within(value: object, largest: float) -> bool:
    """Whether every number in a value, however deep, is finite and no larger than so much."""
    if isinstance(value, int | float):
        return -largest <= value <= largest and abs(value) != math.inf
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return all(_all_within(one, largest) for one in inner)


def zero_or_one(flags: Sequence[int | bool]) -> list[int]:
    """Flags as whole numbers. Only where a flag is asked for may true and false come: elsewhere they are no numbers."""
    return [int(flag) for flag in flags]


def _plain(value: Any) -> Any:
    """The same input as msgspec takes it: 4.0 as 4, which is a count too, and keys as text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
