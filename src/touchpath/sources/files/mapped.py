"""Rows that come from elsewhere than a file, such as a database, as signals by a mapping."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping as Named
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from touchpath.model.errors import BadInput, Missing
from touchpath.model.signal import JsonText, Signal
from touchpath.model.time import to_micros
from touchpath.sources.files.json_rows import object_frame
from touchpath.sources.files.lookups import open_lookup
from touchpath.sources.files.mapping import Mapping, RowPlace
from touchpath.sources.files.mapping_text import parse_mapping
from touchpath.sources.files.rows import Refusals
from touchpath.sources.files.shape import shape_signals

#: A row and what became of it: its signals (none, if it stands for none), or why it cannot be read.
Outcome = list[Signal] | BadInput


class RowMapping:
    """A mapping, ready for rows. Looked-up files stand beside the mapping."""

    def __init__(self, mapping: Mapping, folder: Path) -> None:
        self.mapping = mapping
        self._lookups = tuple(open_lookup(join, (folder,)) for join in mapping.joins)
        joined = {name for lookup in self._lookups for name in lookup.columns}
        #: The columns that a row must have.
        self.columns = tuple(name for name in dict.fromkeys(use.name for use in mapping.uses) if name not in joined)

    @classmethod
    def of(cls, path: Path) -> RowMapping:
        """The mapping of a file; raises Missing, or ModelErrors with all of its faults."""
        if not path.is_file():
            raise Missing(f"There is no mapping file '{path}'. Give its whole path.")
        mapping = parse_mapping(path.read_bytes(), path.name)
        if f"{RowPlace.__name__}(" in repr(mapping.signals):
            raise BadInput(f"{path.name}: these rows have no place in a file, so {{row: true}} cannot name them. Name a column.")
        return cls(mapping, path.parent)

    def outcomes(
        self, rows: Sequence[Named[str, object]], place: str, source: str, received_at: datetime, lines: Sequence[int] = ()
    ) -> list[Outcome]:
        """What becomes of each row. Cells are JSON values; times are texts. place, lines: where they stand, for `{row: true}`."""
        frame = object_frame(rows, lines or range(1, len(rows) + 1), self.columns)
        for lookup in self._lookups:
            frame = lookup.add_to(frame)
        refusals = Refusals()
        table, came_from = shape_signals(self.mapping, frame, place, to_micros(received_at), Counter(), refusals)
        found: list[Outcome] = [[] for _ in rows]
        for row, signal in zip(came_from.tolist(), _signals(table, source), strict=True):
            mine = found[row]
            assert isinstance(mine, list)
            mine.append(signal)
        for row, reason in refusals.reasons.items():
            found[row] = BadInput(reason)
        return found


def _signals(table: pa.Table, source: str) -> list[Signal]:
    """Rows of SIGNAL_SCHEMA as signals of a source."""
    signals = []
    for row in table.to_pylist():
        held = {name: cell for name, cell in row.items() if cell is not None and name != "received_at"}
        held |= {"source": source, "actors": tuple(held.get("actors", ())), "objects": dict(held.get("objects", ()))}
        held |= {name: JsonText(held[name]) for name in ("properties", "context") if name in held}
        signals.append(Signal(**held))
    return signals
