"""What a procedure is given, held to the types that its parameters declare before anything is computed."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any, get_type_hints

import msgspec

from touchpath.model.errors import BadInput

#: The result of a procedure: numbers, texts, lists and mappings of them; None where something is undefined.
Answer = Mapping[str, object]
#: A procedure: keyword parameters, each with one of the types below, and a default where it may be left out.
Procedure = Callable[..., Answer]

Count = Annotated[int, msgspec.Meta(ge=0)]
Positive = Annotated[float, msgspec.Meta(gt=0)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
#: Strictly between 0 and 1: a confidence, an error rate, a power, a quantile inside the sample.
Open = Annotated[float, msgspec.Meta(gt=0, lt=1)]
Numbers = Annotated[list[float], msgspec.Meta(min_length=1)]
Counts = Annotated[list[Count], msgspec.Meta(min_length=1)]
Rows = Annotated[list[Numbers], msgspec.Meta(min_length=1)]
#: 0 or 1, or false or true, of each observation.
Flags = Annotated[list[Annotated[int, msgspec.Meta(ge=0, le=1)]], msgspec.Meta(min_length=1)]


def call(name: str, procedure: Procedure, inputs: Mapping[str, object]) -> Answer:
    """The procedure's answer; raises BadInput for parameters that are missing, unknown, of another type, or not finite."""
    parameters = _parameters(procedure)
    unknown = sorted(set(inputs) - set(parameters.__struct_fields__))
    if unknown:
        takes = ", ".join(parameters.__struct_fields__)
        raise BadInput(f"The procedure '{name}' takes {takes}, but {', '.join(unknown)} came.")
    endless = [key for key, value in inputs.items() if not _all_finite(value)]
    if endless:
        raise BadInput(f"The procedure '{name}' needs finite numbers, but there are others in {', '.join(endless)}.")
    try:
        given = msgspec.convert(_plain(dict(inputs)), parameters)
    except msgspec.ValidationError as error:
        raise BadInput(f"The procedure '{name}' cannot take this input: {error}.") from error
    answer = procedure(**{field: getattr(given, field) for field in parameters.__struct_fields__})
    if not _all_finite(answer):
        raise BadInput(f"The procedure '{name}' has no defined answer for this input: it gives {dict(answer)}.")
    return answer


@cache
def _parameters(procedure: Procedure) -> type[msgspec.Struct]:
    """The parameters of a procedure as a struct that msgspec can check against."""
    hints = get_type_hints(procedure, include_extras=True)
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for key, parameter in inspect.signature(procedure).parameters.items():
        left_out = parameter.default is inspect.Parameter.empty
        fields.append((key, hints[key]) if left_out else (key, hints[key], parameter.default))
    return msgspec.defstruct("Input", fields, kw_only=True)


def _all_finite(value: object) -> bool:
    """Whether no number in a value, however deep, is infinite or no number at all."""
    if isinstance(value, float):
        return math.isfinite(value)
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return all(_all_finite(one) for one in inner)


def _plain(value: Any) -> Any:
    """The same input as msgspec takes it: true and false inside lists as 1 and 0, and 4.0 as 4, which is a count too."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [int(one) if isinstance(one, bool) else _plain(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
