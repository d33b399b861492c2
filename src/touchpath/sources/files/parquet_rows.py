"""Rows of Parquet files: any column type, read batch by batch and carried as text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from touchpath.model.errors import BadInput
from touchpath.sources.files.json_rows import JsonRows
from touchpath.sources.files.parts import open_binary
from touchpath.sources.files.rows import Chunk, whole_frame
from touchpath.store.signals import Rejected

#: Rows of a stretch. Jobs resume by the number of stretches, so a change here starts every import anew.
BATCH_ROWS = 65_536


class ParquetRows:
    """The rows of one Parquet file. A row's "line" is its number, from 1."""

    def __init__(self, path: Path, batch_rows: int = BATCH_ROWS) -> None:
        self.path, self._batch_rows = path, batch_rows
        self.total = path.stat().st_size
        with self._open() as file:
            self.columns: tuple[str, ...] | None = tuple(file.schema_arrow.names)

    def chunks(self, wanted: Sequence[str] | None, after: int = -1) -> Iterator[Chunk]:
        """The rows in batches of BATCH_ROWS."""
        names = list(self.columns or ()) if wanted is None else [name for name in self.columns or () if name in set(wanted)]
        done = 0
        with self._open() as file:
            rows = max(1, file.metadata.num_rows)
            for sequence, batch in enumerate(file.iter_batches(self._batch_rows, columns=names)):
                lines = np.arange(done + 1, done + batch.num_rows + 1, dtype=np.int64)
                done += batch.num_rows
                if sequence > after:
                    columns = {name: _as_text(batch.column(name)) for name in names}
                    fragments = {name: columns[name] for name in names if _is_json(batch.schema.field(name).type)}
                    position = self.total * done // rows
                    yield Chunk(sequence, whole_frame(columns, lines, fragments), _raw(columns), (), position)

    def again(self, refused: Sequence[Rejected], wanted: Sequence[str] | None) -> Iterator[Chunk]:
        """Refused rows, read from their kept text (a JSON object)."""
        yield from JsonRows(self.path).again(refused, wanted)

    def _open(self) -> pq.ParquetFile:
        open_binary(self.path).close()
        try:
            return pq.ParquetFile(self.path)
        except (pa.ArrowInvalid, OSError) as error:
            raise BadInput(f"{self.path.name} is not a whole Parquet file: {error}") from error


def _raw(columns: dict[str, pa.Array]) -> Callable[[int], str]:
    return lambda row: json.dumps({name: column[row].as_py() for name, column in columns.items()}, ensure_ascii=False)


def _as_text(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _as_text(column.dictionary_decode())
    if pa.types.is_string(kind):
        return pc.if_else(pc.equal(column, ""), None, column)
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        return column.cast(pa.timestamp(kind.unit, "UTC")).cast(pa.string())
    try:
        return column.cast(pa.string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return pa.array(
            [None if v is None else json.dumps(v, default=str, ensure_ascii=False) for v in column.to_pylist()], pa.string()
        )


def _is_json(kind: pa.DataType) -> bool:
    """Whether a cell's text is JSON already."""
    return bool(pa.types.is_integer(kind) or pa.types.is_boolean(kind))
