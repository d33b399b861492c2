"""Many signals to columns at once: those that are plainly good; `record` looks at the others one by one and says why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain, repeat
from operator import attrgetter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from touchpath.model.signal import ACTOR_NAMESPACES, JsonText, Signal
from touchpath.store.signals import SIGNAL_SCHEMA

Plain = NDArray[np.bool_]
#: (rows,) how many parts each row has.
Sizes = NDArray[np.int32]

_ID = r"[\x00-\x1f\x7f]"
_ACTOR = rf"\A(?:(?:{'|'.join(name for name in ACTOR_NAMESPACES if name != 'email')}):[\s\S]*\S|email:[0-9a-f]{{64}}\z)"
_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_TEXT: frozenset[type] = frozenset({str})
_MAYBE_TEXT: frozenset[type] = frozenset({str, type(None)})
_LISTS: frozenset[type] = frozenset({tuple, list})
_NUMBER: frozenset[type] = frozenset({float, int, type(None)})


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
    if set(map(type, column)) - _LISTS:
        raise TypeError("actors that are no tuple")
    flat = list(chain.from_iterable(column))
    _of(flat, _TEXT)
    texts = pa.array(flat, pa.string())
    fine = pc.and_(pc.match_substring_regex(texts, _ACTOR), pc.less_equal(pc.utf8_length(texts), longest))
    sizes = _sizes(column)
    _none_bad(plain, sizes, fine.to_numpy(zero_copy_only=False))
    for row in np.flatnonzero(sizes > 1).tolist():
        if len(set(column[row])) < len(column[row]):
            plain[row] = False
    return pa.ListArray.from_arrays(_offsets_of(sizes), texts, type=field.type)


def _objects(column: list[Any], plain: Plain, field: pa.Field, longest: int, _: datetime) -> pa.Array:
    if set(map(type, column)) != {dict}:
        raise TypeError("objects that are no dict")
    kinds: list[str] = []
    for objects in column:
        kinds += sorted(objects) if len(objects) > 1 else objects
    sizes = _sizes(column)
    ids = [objects[kind] for objects, kind in zip(_each(column, sizes), kinds, strict=True)]
    _of(kinds, _TEXT)
    _of(ids, _TEXT)
    texts = pa.array(kinds, pa.string()), pa.array(ids, pa.string())
    lengths = [pc.utf8_length(one).to_numpy(zero_copy_only=False) for one in texts]
    _none_bad(plain, sizes, np.logical_and.reduce([(length > 0) & (length <= longest) for length in lengths]))
    return pa.MapArray.from_arrays(_offsets_of(sizes), *texts, type=field.type)


def _sizes(column: list[Any]) -> Sizes:
    return np.fromiter(map(len, column), np.int32, len(column))


def _each(column: list[Any], sizes: Sizes) -> Iterator[Any]:
    """Each row as often as it has parts."""
    return chain.from_iterable(map(repeat, column, sizes.tolist()))


def _offsets_of(sizes: Sizes) -> pa.Array:
    """Where each row's parts begin; a row without any is null."""
    ends = np.concatenate((np.zeros(1, np.int32), np.cumsum(sizes, dtype=np.int32)))
    return pa.array(ends, mask=np.append(sizes == 0, False))


def _none_bad(plain: Plain, sizes: Sizes, fine: NDArray[np.bool_]) -> None:
    """A row is plain only if all of its parts are fine."""
    if not fine.all():
        plain[np.repeat(np.arange(sizes.size), sizes)[~fine]] = False


def _numbers(column: list[Any], plain: Plain, field: pa.Field, *_: Any) -> pa.Array:
    if {type(value) for value in column} - _NUMBER:
        raise TypeError("a value that is no number")
    values = pa.array([None if value is None else float(value) for value in column], field.type)
    _keep(plain, pc.fill_null(pc.is_finite(values), True))
    return values


def _json(column: list[Any], plain: Plain, field: pa.Field, longest: int, _: datetime) -> pa.Array:
    """Only text that is JSON already is plain, and nothing at all."""
    if set(map(type, column)) != {JsonText}:
        for row, given in enumerate(column):
            plain[row] &= type(given) is JsonText or (isinstance(given, Mapping) and not given)
        column = [given if type(given) is JsonText else "" for given in column]
    texts = pa.array(column, field.type)
    lengths = pc.utf8_length(texts)
    _keep(plain, pc.less_equal(lengths, longest))
    nothing = pc.and_(pc.less_equal(lengths, 2), pc.is_in(texts, pa.array(("", "{}"))))
    return pc.if_else(nothing, pa.scalar(None, field.type), texts)


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
