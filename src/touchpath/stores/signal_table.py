"""The door of the lake: which tables it takes, and what it says about the others."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from touchpath.model.errors import BadInput, unknown
from touchpath.store.signals import SIGNAL_SCHEMA

_NEVER_EMPTY = ("source", "id", "kind")


def accept(signals: pa.Table) -> pa.Table:
    """The same signals in exactly SIGNAL_SCHEMA: columns in order, absent nullable ones filled with nothing.

    Types that hold the same values in another way (large strings, dictionaries, seconds, other zones) are turned; any other
    type, an unknown column, or a missing or empty required value raises BadInput.
    """
    known = SIGNAL_SCHEMA.names
    for name in signals.column_names:
        if name not in known:
            raise BadInput(unknown("column of a signal", name, known))
    if len(set(signals.column_names)) < signals.num_columns:
        raise BadInput(f"Each column may come once. These came: {', '.join(signals.column_names)}.")
    columns = [_column(signals, field) for field in SIGNAL_SCHEMA]
    return pa.table(columns, schema=SIGNAL_SCHEMA)


def _column(signals: pa.Table, field: pa.Field) -> pa.ChunkedArray:
    if field.name not in signals.column_names:
        if not field.nullable:
            raise BadInput(f"Signals need a column '{field.name}' ({field.type}). These came: {', '.join(signals.column_names)}.")
        return pa.chunked_array([pa.nulls(signals.num_rows, field.type)])
    column = _turned(signals[field.name], field)
    if not field.nullable and column.null_count:
        raise BadInput(f"{_which(column.is_null())} has no '{field.name}'; every signal needs one.")
    if field.name in _NEVER_EMPTY:
        empty = pc.equal(column, "")
        if pc.any(empty).as_py():
            raise BadInput(f"{_which(empty)} has an empty '{field.name}'; every signal needs one.")
    if field.name == "source" and pc.any(pc.match_substring(column, "\x1f")).as_py():
        raise BadInput("A source holds the control character U+001F, which separates source and id. Leave it out.")
    if field.name == "value":
        endless = pc.invert(pc.is_finite(column))
        if pc.any(endless).as_py():
            raise BadInput(f"{_which(endless)} has a value that is not a finite number; leave it out instead.")
    return column


def _turned(column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    if column.type == field.type:
        return column
    if not _same_kind(column.type, field.type):
        hint = " A time needs its zone." if pa.types.is_timestamp(column.type) else ""
        raise BadInput(f"Column '{field.name}' must be {field.type}, but came as {column.type}.{hint}")
    try:
        return column.cast(field.type)
    except pa.ArrowException as error:
        raise BadInput(f"Column '{field.name}' must be {field.type}, and not every {column.type} fits: {error}.") from error


def _same_kind(came: pa.DataType, wanted: pa.DataType) -> bool:
    types = pa.types
    if types.is_null(came):
        return True
    if types.is_dictionary(came):
        return _same_kind(came.value_type, wanted)
    if types.is_string(wanted):
        return bool(types.is_large_string(came) or types.is_string_view(came) or types.is_string(came))
    if types.is_timestamp(wanted):
        return bool(types.is_timestamp(came) and came.tz)
    if types.is_list(wanted):
        return bool((types.is_list(came) or types.is_large_list(came)) and _same_kind(came.value_type, wanted.value_type))
    if types.is_map(wanted):
        return bool(types.is_map(came))
    if types.is_floating(wanted):
        return bool(types.is_integer(came) or types.is_floating(came))
    return bool(types.is_integer(came))


def _which(bad: pa.ChunkedArray) -> str:
    rows = pc.indices_nonzero(bad.fill_null(False))
    more = f" (and {len(rows) - 1} more)" if len(rows) > 1 else ""
    return f"Row {rows[0].as_py()}{more}"
