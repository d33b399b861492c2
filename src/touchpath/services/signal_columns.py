"""Many signals to columns at once: those that are plainly good; `record` looks at the others one by one and says why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from touchpath.model.signal import ACTOR_NAMESPACES, JsonText, Signal
from touchpath.store.signals import SIGNAL_SCHEMA

Plain = NDArray[np.bool_]

_ID = r"[\x00-\x1f\x7f]"
_ACTOR = rf"\A(?:(?:{'|'.join(name for name in ACTOR_NAMESPACES if name != 'email')}):[\s\S]*\S|email:[0-9a-f]{{64}}\z)"
_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_TEXT: frozenset[type] = frozenset({str})
_MAYBE_TEXT: frozenset[type] = frozenset({str, type(None)})
_NUMBER: frozenset[type] = frozenset({float, int, type(None)})
_NOTHING_YET = (None, "", "{}")


def plain_rows(signals: Sequence[Signal], received_at: datetime, longest: Mapping[str, int]) -> tuple[pa.Table, Plain]:
    """Signals as SIGNAL_SCHEMA, and which rows are plainly good. Where they are not, a row holds anything.

    Nothing here is decided against a signal: a row that is not plain may still be good.
    """
    plain = np.ones(len(signals), np.bool_)
    arrays = []
    for field in SIGNAL_SCHEMA:
        column = list(map(attrgetter(field.name), signals))
        try:
            arrays.append(_COLUMNS[field.name](column, plain, field, longest.get(field.name, 0), received_at))
        except (pa.ArrowException, TypeError, ValueError, OverflowError, AttributeError, UnicodeError):
            plain[:] = False
            return SIGNAL_SCHEMA.empty_table(), plain
    return pa.table(arrays, schema=SIGNAL_SCHEMA), plain


def _required(column: list[Any], plain: Plain, field: pa.Field, longest: int, _: datetime) -> pa.Array:
    _of(column, _TEXT)
    texts = pa.array(column, field.type)
    _keep(plain, pc.less_equal(pc.utf8_length(texts), longest))
    _keep(plain, pc.invert(pc.match_substring_regex(texts, _ID)))
    _keep(plain, pc.not_equal(pc.utf8_trim_whitespace(texts), ""))
    return texts


def _optional(column: list[Any], plain: Plain, field: pa.Field, longest: int, _: datetime) -> pa.Array:
    if not any(column) and set(column) == {None}:
        return pa.nulls(len(column), field.type)
    _of(column, _MAYBE_TEXT)
    texts = pa.array(column, field.type)
    _keep(plain, pc.fill_null(pc.less_equal(pc.utf8_length(texts), longest), True))
    return texts


def _moments(column: list[Any], plain: Plain, field: pa.Field, _: int, received_at: datetime) -> pa.Array:
    filled = [received_at if moment is None else moment for moment in column] if field.name == "received_at" else column
    if {type(moment) for moment in filled} != {datetime} or {moment.tzinfo for moment in filled} != {UTC}:
        raise TypeError("a time that is no datetime in UTC")
    times = pa.array(filled, field.type)
    _keep(plain, pc.and_(pc.greater_equal(times, _EARLIEST), pc.less(times, _LATEST)))
    return times


def _offsets(column: list[Any], plain: Plain, field: pa.Field, *_: Any) -> pa.Array:
    if {type(minutes) for minutes in column} - {int, type(None)}:
        raise TypeError("an offset that is no whole number")
    offsets = pa.array(column, field.type)
    _keep(plain, pc.fill_null(pc.less_equal(pc.abs(offsets), 18 * 60), True))
    return offsets


def _actors(column: list[Any], plain: Plain, field: pa.Field, longest: int, _: datetime) -> pa.Array:
    for row, actors in enumerate(column):
        if len(actors) > 1 and len(set(actors)) < len(actors):
            plain[row] = False
    if {type(actors) for actors in column} - {tuple, list}:
        raise TypeError("actors that are no tuple")
    lists = pa.array([actors or None for actors in column], field.type)
    flat = lists.flatten()
    _of([actor for actors in column for actor in actors], _TEXT)
    fine = pc.and_(pc.match_substring_regex(flat, _ACTOR), pc.less_equal(pc.utf8_length(flat), longest))
    bad = pc.list_parent_indices(lists).to_numpy()[~fine.to_numpy(zero_copy_only=False)]
    plain[bad] = False
    return lists


def _objects(column: list[Any], plain: Plain, field: pa.Field, longest: int, _: datetime) -> pa.Array:
    pairs: list[list[tuple[str, str]] | None] = []
    for row, objects in enumerate(column):
        listed = sorted(objects.items()) if objects else []
        fine = all(type(text) is str and 0 < len(text) <= longest for pair in listed for text in pair)
        plain[row] &= fine and isinstance(objects, Mapping)
        pairs.append(listed if fine and listed else None)
    return pa.array(pairs, field.type)


def _numbers(column: list[Any], plain: Plain, field: pa.Field, *_: Any) -> pa.Array:
    if {type(value) for value in column} - _NUMBER:
        raise TypeError("a value that is no number")
    values = pa.array([None if value is None else float(value) for value in column], field.type)
    _keep(plain, pc.fill_null(pc.is_finite(values), True))
    return values


def _json(column: list[Any], plain: Plain, field: pa.Field, longest: int, _: datetime) -> pa.Array:
    """Only text that is JSON already is plain, and nothing at all."""
    texts: list[str | None] = []
    for row, given in enumerate(column):
        if type(given) is JsonText:
            texts.append(None if given in _NOTHING_YET else str(given))
        else:
            texts.append(None)
            plain[row] &= isinstance(given, Mapping) and not given
    column_of_texts = pa.array(texts, field.type)
    _keep(plain, pc.fill_null(pc.less_equal(pc.utf8_length(column_of_texts), longest), True))
    return column_of_texts


def _of(column: list[Any], types: frozenset[type]) -> None:
    if set(map(type, column)) - types:
        raise TypeError("another type")


def _keep(plain: Plain, fine: pa.Array) -> None:
    plain &= fine.to_numpy(zero_copy_only=False).astype(np.bool_)


_COLUMNS: Mapping[str, Callable[..., pa.Array]] = {
    "source": _required,
    "id": _required,
    "kind": _required,
    "occurred_at": _moments,
    "received_at": _moments,
    "utc_offset_minutes": _offsets,
    "actors": _actors,
    "account": _optional,
    "objects": _objects,
    "touchpoint": _optional,
    "channel": _optional,
    "surface": _optional,
    "value": _numbers,
    "unit": _optional,
    "text": _optional,
    "properties": _json,
    "context": _json,
}
