"""All guesses about one file: what each column looks like, and which of them names the person, the time, what happened."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from touchpath.model.errors import BadInput
from touchpath.sources.files.guesses import Look, find_event, find_items, find_person, find_time, is_second_header, look_at
from touchpath.sources.files.mapping import Reading
from touchpath.sources.files.opening import open_rows
from touchpath.sources.files.rows import Frame

_SAMPLE_ROWS = 100_000
_LONGEST_HEADER = 200


@dataclass(frozen=True, slots=True)
class Guess:
    """All guesses about one file. reading: how it is written. second: its first row, where that is another header; then no guess rests on it."""

    stem: str
    reading: Reading
    frame: Frame
    looks: tuple[Look, ...]
    person: Look | None
    time: Look | None
    event: Look | None
    items: tuple[Look, ...]
    second: str = ""

    @property
    def times(self) -> tuple[Look, ...]:
        return tuple(look for look in self.looks if look.time and not look.is_promise)

    @property
    def promises(self) -> tuple[Look, ...]:
        return tuple(look for look in self.looks if look.is_promise)

    @property
    def objects(self) -> tuple[Look, ...]:
        """Columns that name a thing, the person apart (a case is both)."""
        found = [
            look
            for look in self.looks
            if look.is_id and look.filled > 0.5 and not look.time and (look is not self.person or "case" in look.name.lower())
        ]
        return tuple(found[:4])

    @property
    def key(self) -> Look | None:
        """A column with another value in every row."""
        unique = [
            look
            for look in self.looks
            if look.distinct == self.frame.size > 1 and look.filled == 1 and (look.is_id or look is self.person)
        ]
        return unique[0] if unique else None


def guess_at(path: Path) -> Guess:
    """All guesses about a file, from its first rows; raises BadInput where none can be read."""
    rows, reading = open_rows(path, Reading())
    chunk, refused = None, None
    for chunk in rows.chunks(None):
        refused = refused or next(iter(chunk.refused), None)
        if chunk.frame.size:
            break
    if chunk is None or not chunk.frame.size:
        why = f" The first row that came: line {refused.line}: {refused.reason}" if refused else ""
        raise BadInput(f"{path.name} holds no rows that can be read, so there is nothing to propose.{why}")
    frame = chunk.frame.take(np.arange(min(chunk.frame.size, _SAMPLE_ROWS)))
    frame, looks, second = _looks(frame, reading)
    if not any(text.strip() for look in looks for text in look.commonest):
        raise BadInput(f"{path.name} holds no rows that can be read, so there is nothing to propose: all of its cells are empty.")
    return Guess(
        source_of(path),
        reading,
        frame,
        looks,
        find_person(looks),
        find_time(looks),
        find_event(looks, frame.size),
        find_items(looks),
        second,
    )


def _looks(frame: Frame, reading: Reading) -> tuple[Frame, tuple[Look, ...], str]:
    """The rows that guesses rest on, a look at each of their columns, and the text of a second header before them, "" = there is none."""
    delimiter = (reading.delimiter or ",") if reading.format == "csv" else ","
    if reading.format == "csv" and reading.header and frame.size > 1:
        others = frame.take(np.arange(1, frame.size))
        looks = look_at(others, delimiter)
        if is_second_header(frame, looks):
            return others, looks, ", ".join(str(column[0].as_py() or "") for column in frame.columns.values())[:_LONGEST_HEADER]
    return frame, look_at(frame, delimiter), ""


def source_of(path: Path) -> str:
    """A source for the signals of a file: its name without ending, in small letters."""
    return re.sub(r"[^a-z0-9]+", "-", path.name.split(".")[0].lower()).strip("-") or "file"
