"""Features: what happened before and after an anchor signal, one row per anchor, for models and for looking closer.

A second kind of output beside summaries: rows, streamed. See docs/definitions/features.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from touchpath.model.errors import BadInput, unknown
from touchpath.model.rules import RULE_FIELDS, EventRule
from touchpath.model.time import microseconds
from touchpath.timelines.arrays import NO_VALUE, VALUE_SCALE, Bytes, Int64s, Timelines, one_cell
from touchpath.timelines.gather import Bools, Gathered, gather
from touchpath.timelines.match import match
from touchpath.timelines.windows import distinct_words, extremes, last_known, ranges

#: What is told about the signals of a window.
Measure = Literal["count", "did", "sum", "mean", "min", "max", "first", "last", "since", "until", "distinct", "known"]
Which = Literal["first", "last", "each"]
#: A batch has at most this many rows.
BATCH_ROWS = 65_536

_ANYTHING = EventRule(())
#: Columns that hold words: codes of others would be places beyond any dictionary.
_COLUMNS = ("kind", *(field for field in RULE_FIELDS if field != "value"))
_MOST = 200
_ENDLESS = np.iinfo(np.int64).max // 2
_RESERVED = ("owner", "anchor_at", "anchor_key", "open")


@dataclass(frozen=True, slots=True)
class Feature:
    """One column. Signals that meet `rule`, up to `span` before the anchor (after it, if `after`); None = as far as there are any.

    count, did: how many, and whether any.   sum, mean, min, max, first, last: of their values, those without one left out.
    since, until: seconds from the last of them to the anchor, or from the anchor to the first after it.
    distinct: how many different words of `column` ("kind", "channel", "properties.NAME" ...) they have.
    known: the word of `column` of the last of them that has one.
    """

    name: str
    measure: Measure
    rule: EventRule = _ANYTHING
    span: timedelta | None = None
    after: bool = False
    column: str = ""

    def __post_init__(self) -> None:
        if self.measure not in get_args(Measure):
            raise BadInput(f"A feature measures {', '.join(get_args(Measure))}, but '{self.measure}' came.")
        if self.after and self.span is None:
            raise BadInput(f"Feature '{self.name}' looks ahead: say how far, or no anchor's future would ever be over.")
        if self.span is not None and self.span <= timedelta():
            raise BadInput(f"Feature '{self.name}' needs a span above 0, but {self.span} came.")
        if (self.measure == "since" and self.after) or (self.measure == "until" and not self.after):
            raise BadInput(f"Feature '{self.name}': 'since' looks back, 'until' looks ahead.")
        if self.measure in ("distinct", "known") and not self.column:
            raise BadInput(
                f"Feature '{self.name}': '{self.measure}' needs the column it reads, as in channel or properties.plan."
            )
        if self.column and self.column not in _COLUMNS and not self.column.startswith("properties."):
            told = unknown("field of a signal with words", self.column, (*_COLUMNS, "properties.NAME"))
            raise BadInput(f"Feature '{self.name}': {told}")


@dataclass(frozen=True, slots=True)
class Features:
    """One row for the first, the last or each signal of an owner that meets `anchor`, with a column per feature.

    A window before an anchor is [anchor - span, anchor), one after it (anchor, anchor + span]: what happens in the anchor's own
    instant is in neither, so nothing leaks from the anchor into its past. Where a window after the anchor reaches beyond the end
    of the data the row is open, and its columns that look ahead are null.
    """

    anchor: EventRule
    columns: tuple[Feature, ...]
    which: Which = "each"

    def __post_init__(self) -> None:
        names = [feature.name for feature in self.columns]
        if not 1 <= len(names) <= _MOST:
            raise BadInput(f"There can be 1 to {_MOST} features, but {len(names)} came.")
        if wrong := [name for name in names if names.count(name) > 1 or name in _RESERVED]:
            raise BadInput(f"Features need names of their own, but '{wrong[0]}' is taken. These are: {', '.join(_RESERVED)}.")
        if self.which not in get_args(Which):
            raise BadInput(f"Anchors are the {', '.join(get_args(Which))} of an owner, but '{self.which}' came.")

    @property
    def schema(self) -> pa.Schema:
        """owner int64, anchor_at, anchor_key int64 (the signal's key), open, then the features in order."""
        fixed = [
            ("owner", pa.int64()),
            ("anchor_at", pa.timestamp("us", tz="UTC")),
            ("anchor_key", pa.int64()),
            ("open", pa.bool_()),
        ]
        return pa.schema([*fixed, *((feature.name, _type(feature)) for feature in self.columns)])

    def read(
        self, timelines: Timelines, people: Bytes, end: int, low: int = -_ENDLESS, high: int = _ENDLESS
    ) -> Iterator[pa.RecordBatch]:
        """The rows of the owners in some timelines, by owner and time. low, high: only anchors with low <= time < high, in microseconds.

        people: (people,) 1 = read this owner; zero-length = all. end: latest time in the data.
        """
        anchors = _gathered(timelines, self.anchor, people)
        anchors = anchors.at(_chosen(anchors.owners, self.which))
        anchors = anchors.at((anchors.times >= low) & (anchors.times < high))
        if not anchors.rows.size:
            return
        ahead = max((microseconds(f.span) for f in self.columns if f.after and f.span), default=0)
        waiting = anchors.times > end - ahead if ahead else np.zeros(anchors.times.size, np.bool_)
        columns: list[pa.Array] = [
            pa.array(timelines.owners[anchors.owners]),
            pa.array(anchors.times).cast(pa.timestamp("us", tz="UTC")),
            pa.array(timelines.wide("key")[anchors.rows]),
            pa.array(waiting),
        ]
        found: dict[EventRule, Gathered] = {}
        for feature in self.columns:
            if feature.rule not in found:
                found[feature.rule] = _gathered(timelines, feature.rule, people)
            columns.append(_column(feature, timelines, anchors, found[feature.rule], end))
        yield from pa.Table.from_arrays(columns, schema=self.schema).to_batches(BATCH_ROWS)


def _type(feature: Feature) -> pa.DataType:
    if feature.measure in ("count", "distinct"):
        return pa.int64()
    return {"did": pa.bool_(), "known": pa.string()}.get(feature.measure, pa.float64())


def _gathered(timelines: Timelines, rule: EventRule, people: Bytes) -> Gathered:
    return gather(timelines, match(timelines, (rule,)), people, one_cell())


def _chosen(owners: Int64s, which: Which) -> Bools:
    """Which anchors count, when they are in order of owner and time."""
    parts = owners[1:] != owners[:-1]
    if which == "each" or not owners.size:
        return np.ones(owners.size, np.bool_)
    return np.concatenate(([True], parts) if which == "first" else (parts, [True]))


def _column(feature: Feature, timelines: Timelines, anchors: Gathered, signals: Gathered, end: int) -> pa.Array:
    """One feature of all anchors."""
    span = microseconds(feature.span) if feature.span else _ENDLESS
    values = timelines.wide("value")[signals.rows] if feature.measure in ("sum", "mean", "min", "max", "first", "last") else None
    if values is not None:
        valued = values != NO_VALUE
        signals, values = signals.at(valued), values[valued]
    low, high = ranges(anchors, signals, span, feature.after)
    closed = anchors.times <= end - span if feature.after else np.ones(low.size, np.bool_)
    if feature.measure in ("distinct", "known"):
        return _words(feature, timelines, signals, (low, high), closed)
    if values is not None:
        return _of_values(feature.measure, values, low, high, closed)
    if feature.measure == "count":
        return _nullable(high - low, closed)
    if feature.measure == "did":
        return _nullable(high > low, closed)
    some = high > low
    place = np.where(some, low if feature.after else high - 1, 0)
    apart = np.abs((signals.times[place] if signals.times.size else np.zeros(place.size, np.int64)) - anchors.times) / 1e6
    return _nullable(apart, some & closed)


def _of_values(measure: Measure, values: Int64s, low: Int64s, high: Int64s, closed: Bools) -> pa.Array:
    some = high > low
    if measure in ("sum", "mean"):
        total = np.concatenate((np.zeros(1, np.int64), np.cumsum(values)))  # Wraps round, but differences that fit are right.
        summed = (total[high] - total[low]) / VALUE_SCALE
        return _nullable(summed, closed) if measure == "sum" else _nullable(summed / np.maximum(high - low, 1), some & closed)
    if measure in ("min", "max"):
        found = extremes(values, low, high, largest=measure == "max")
    else:
        place = np.where(some, low if measure == "first" else high - 1, 0)
        found = values[place] if values.size else np.zeros(place.size, np.int64)
    return _nullable(found / VALUE_SCALE, some & closed)


def _words(feature: Feature, timelines: Timelines, signals: Gathered, window: tuple[Int64s, Int64s], closed: Bools) -> pa.Array:
    codes = timelines.code(feature.column)[signals.rows]
    words: Sequence[str] = timelines.words.get(feature.column, ("",))
    if feature.measure == "distinct":
        return _nullable(distinct_words(codes, *window, len(words)), closed)
    known = last_known(codes, *window)
    codes, place = np.unique(known, return_inverse=True)
    texts = pa.DictionaryArray.from_arrays(pa.array(place, mask=(known == 0) | ~closed), [words[code] for code in codes.tolist()])
    return texts.dictionary_decode()


def _nullable(values: NDArray[np.generic], present: Bools) -> pa.Array:
    return pa.array(values, mask=~present)
