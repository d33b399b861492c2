"""Works out the cells of signals for all rows of a frame at once. Rows that cannot be read are refused, with the reason."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchpath.sources.files.clock import LOCAL, UTC_ONLY, read_times
from touchpath.sources.files.mapping import Columns, Later, Literally, RowPlace, TimeRule, Value
from touchpath.sources.files.numbers import read_lengths, read_numbers
from touchpath.sources.files.rows import Booleans, Frame, Refusals, flags, one_array, present, shown
from touchpath.sources.files.zones import resolve_local
from touchpath.timelines.arrays import Int64s

_NEEDS_ESCAPE = r'["\\\x00-\x1f]'
_TRUE, _FALSE = ("true", "yes", "y", "1", "t"), ("false", "no", "n", "0", "f")

#: Notes on times, as the import report words them.
TWICE, NEVER = "local times that the clock showed twice, taken as the first", "local times that the clock never showed, moved on"


@dataclass(frozen=True, slots=True)
class Times:
    """Instants (UTC microseconds), local offsets in minutes (null = unknown), and which rows have a time."""

    micros: Int64s
    offsets: pa.Array
    there: Booleans


@dataclass(frozen=True, slots=True)
class Cells:
    """The values of one frame. `place` is the file's name, `notes` counts what a reader of the report should know."""

    frame: Frame
    refusals: Refusals
    place: str
    notes: Counter[str]

    def text(self, value: Value | None, path: str) -> pa.Array:
        """A value as text; null where it is missing."""
        if value is None:
            return pa.nulls(self.frame.size, pa.string())
        found = self._take(value.take, path)
        return self._translate(found, value, path) if value.words else found

    def number(self, value: Value | None, path: str) -> pa.Array:
        """A value as a number; rows where it is something else are refused."""
        texts = self.text(value, path)
        if value is None or texts.null_count == len(texts):
            return pa.nulls(self.frame.size, pa.float64())
        numbers, good = read_numbers(texts, value.decimal)
        hint = 'If that means nothing, list it in the mapping, as in read: {missing: ["", NA]}.'
        bad = present(texts) & ~good
        self.refusals.add(self.frame, bad, lambda row: f"{path}: {shown(texts[row])} is not a number. {hint}")
        return pa.array(numbers, mask=~good)

    def fragment(self, value: Value, path: str) -> pa.Array:
        """A value as JSON text; null where it is missing."""
        if isinstance(value.take, Literally):
            return _repeated(json.dumps(value.take.value, ensure_ascii=False), self.frame.size)
        if value.type == "number":
            return _number_text(self.number(value, path))
        if value.type == "boolean" or (isinstance(value.take, Later) and not value.words):
            return self._boolean(self.text(value, path), path)
        if value.type == "json":
            return self._json(self.text(value, path), path)
        known = self._known_fragment(value)
        return known if known is not None else as_json_text(self.text(value, path))

    def times(self, rule: TimeRule, path: str) -> Times:
        """When each row's signal happened; rows whose time cannot be read are refused."""
        texts = self.text(rule.value, path)
        there = present(texts)
        micros, offsets, good = read_times(texts, rule.format)
        wanted = "epoch" if rule.format.startswith("epoch") else rule.format
        how = f"does not read as {rule.format}" + (" (or lies outside 1900 to 2200)" if wanted in ("epoch", "iso") else "")
        self.refusals.add(self.frame, there & ~good, lambda row: f"{path}: the time {shown(texts[row])} {how}.")
        known = pa.array(offsets, mask=(offsets == LOCAL) | (offsets == UTC_ONLY) | ~good).cast(pa.int16())
        local = good & (offsets == LOCAL)
        if local.any() and rule.zone != "UTC":
            known = self._local(micros, offsets.astype(np.int64), local, rule.zone)
        if rule.plus is not None:
            micros = micros + self._passed(rule, path)
        return Times(micros, known, good)

    def _local(self, micros: Int64s, offsets: Int64s, local: Booleans, zone: str) -> pa.Array:
        """Turn local times into instants, in place, and complete their offsets; gives the offsets."""
        resolved = resolve_local(micros[local], zone)
        micros[local] = resolved.micros
        offsets[local] = resolved.offset_minutes
        self.notes[TWICE] += int(resolved.twice.sum())
        self.notes[NEVER] += int(resolved.never.sum())
        return pa.array(offsets, mask=(offsets == LOCAL) | (offsets == UTC_ONLY)).cast(pa.int16())

    def _passed(self, rule: TimeRule, path: str) -> Int64s:
        """What `plus` adds, in microseconds."""
        texts = self.text(rule.plus, f"{path}/plus")
        micros, good = read_lengths(texts, rule.unit)
        say = f"{path}/plus: %s is no length of time. Write h:mm:ss or a number of {rule.unit}."
        self.refusals.add(self.frame, ~good, lambda row: say % (shown(texts[row]) if texts[row].is_valid else "nothing"))
        return micros

    def _take(self, take: Columns | Literally | RowPlace | Later, path: str) -> pa.Array:
        if isinstance(take, Literally):
            value = take.value
            return _repeated(str(value).lower() if isinstance(value, bool) else str(value), self.frame.size)
        if isinstance(take, RowPlace):
            lines = pa.array(self.frame.lines).cast(pa.string())
            return pc.binary_join_element_wise(pa.scalar(self.place), lines, ":")
        if isinstance(take, Later):
            first, second = self.times(take.first, path), self.times(take.second, path)
            later = pa.array(first.micros > second.micros, mask=~(first.there & second.there))
            return pc.if_else(later, "true", "false")
        found = [self.frame.columns[name] for name in take.names]
        return found[0] if len(found) == 1 else pc.binary_join_element_wise(*found, take.by)

    def _translate(self, found: pa.Array, value: Value, path: str) -> pa.Array:
        place = pc.index_in(found, value_set=pa.array(list(value.words), pa.string()))
        translated = pa.array(list(value.words.values()), pa.string()).take(place)
        if value.otherwise == "keep":
            return pc.coalesce(translated, found)
        if value.otherwise == "reject":
            unknown = present(found) & ~present(translated)
            self.refusals.add(self.frame, unknown, lambda row: f"{path}: {shown(found[row])} is not in the map.")
        return translated

    def _boolean(self, texts: pa.Array, path: str) -> pa.Array:
        lower = pc.utf8_lower(pc.utf8_trim_whitespace(texts))
        yes, no = (pc.is_in(lower, value_set=pa.array(words)) for words in (_TRUE, _FALSE))
        self.refusals.add(
            self.frame,
            present(texts) & ~flags(yes) & ~flags(no),
            lambda row: f"{path}: {shown(texts[row])} is neither true nor false.",
        )
        return pc.if_else(yes, "true", pc.if_else(no, "false", None))

    def _json(self, texts: pa.Array, path: str) -> pa.Array:
        wrong = np.zeros(len(texts), np.bool_)
        compact: list[str | None] = []
        for row, text in enumerate(texts.to_pylist()):
            try:
                compact.append(None if text is None else json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":")))
            except (ValueError, RecursionError):
                compact.append(None)
                wrong[row] = True
        self.refusals.add(self.frame, wrong, lambda row: f"{path}: {shown(texts[row])} is not JSON.")
        return pa.array(compact, pa.string())

    def _known_fragment(self, value: Value) -> pa.Array | None:
        """The cell as the file itself had it in JSON."""
        take = value.take
        if isinstance(take, Columns) and len(take.names) == 1 and not value.words:
            return self.frame.fragments.get(take.names[0])
        return None


def as_json_text(texts: pa.Array) -> pa.Array:
    """Each text as a JSON string."""
    special = flags(pc.match_substring_regex(texts, _NEEDS_ESCAPE))
    quoted = pc.binary_join_element_wise(pa.scalar('"'), texts, pa.scalar('"'), "")
    if not special.any():
        return quoted
    rows = np.flatnonzero(special)
    escaped = pa.array([json.dumps(text, ensure_ascii=False) for text in texts.take(pa.array(rows)).to_pylist()], pa.string())
    return one_array(pc.replace_with_mask(quoted, pa.array(special), escaped))


def _number_text(numbers: pa.Array) -> pa.Array:
    """Numbers as JSON: whole ones without a point."""
    values = numbers.to_pylist()
    return pa.array(
        [None if v is None else str(int(v)) if v.is_integer() and abs(v) < 2**53 else json.dumps(v) for v in values], pa.string()
    )


def _repeated(text: str, rows: int) -> pa.Array:
    return pa.array([text], pa.string()).take(pa.array(np.zeros(rows, np.int64))) if rows else pa.array([], pa.string())
