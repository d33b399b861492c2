"""One row as several: a questionnaire's columns, a count of errors, a list of choices in one cell."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchpath.sources.files.mapping import Repeat
from touchpath.sources.files.numbers import read_numbers
from touchpath.sources.files.rows import Frame, Refusals, present, shown
from touchpath.timelines.arrays import Int64s

#: The most signals that a count may stand for in one row.
MOST = 10_000


def repeat_rows(frame: Frame, repeat: Repeat, refusals: Refusals, path: str) -> Frame:
    """The frame with each row as often as it stands for a signal, and the columns NAME, NAME_number and NAME_value.

    Empty cells (questions nobody answered, empty parts of a list) stand for none.
    """
    if repeat.columns:
        return _per_column(frame, repeat)
    if repeat.count:
        return _per_count(frame, repeat, refusals, path)
    return _per_part(frame, repeat)


def _with(frame: Frame, repeat: Repeat, rows: Int64s, names: pa.Array, numbers: Int64s, values: pa.Array) -> Frame:
    name, number, value = repeat.virtual
    return frame.take(rows).with_columns({name: names, number: pa.array(numbers).cast(pa.string()), value: values})


def _per_column(frame: Frame, repeat: Repeat) -> Frame:
    cells = [frame.columns[name] for name in repeat.columns]
    there = np.stack([present(column) for column in cells], axis=1)
    rows, which = np.nonzero(there)
    names = pa.array(repeat.columns, pa.string()).take(pa.array(which))
    values = pa.concat_arrays(cells).take(pa.array(which * frame.size + rows))
    return _with(frame, repeat, rows, names, which + 1, values)


def _per_count(frame: Frame, repeat: Repeat, refusals: Refusals, path: str) -> Frame:
    texts = frame.columns[repeat.count]
    numbers, good = read_numbers(texts)
    good &= (numbers >= 0) & (numbers <= MOST) & (numbers == np.floor(numbers))
    wants = f"is no count from 0 to {MOST:,}"
    refusals.add(frame, present(texts) & ~good, lambda row: f"{path}/repeat: {shown(texts[row])} in '{repeat.count}' {wants}.")
    counts = np.where(good, numbers, 0).astype(np.int64)
    rows = np.repeat(np.arange(frame.size), counts)
    number = np.arange(rows.size) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    names = pa.array(number).cast(pa.string())
    return _with(frame, repeat, rows, names, number, texts.take(pa.array(rows)))


def _per_part(frame: Frame, repeat: Repeat) -> Frame:
    lists = pc.split_pattern(frame.columns[repeat.split], repeat.by)
    rows = np.asarray(pc.list_parent_indices(lists), np.int64)
    parts = pc.utf8_trim_whitespace(pc.list_flatten(lists))
    filled = np.flatnonzero(np.asarray(pc.not_equal(parts, "")))
    rows, parts = rows[filled], parts.take(pa.array(filled))
    first = np.concatenate([[True], rows[1:] != rows[:-1]])[: rows.size]
    number = np.arange(rows.size) - np.maximum.accumulate(np.where(first, np.arange(rows.size), 0)) + 1
    return _with(frame, repeat, rows, parts, number, parts)
