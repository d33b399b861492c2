"""Small files that rows look up by key, as an order looks up its customer."""

from __future__ import annotations

from collections.abc import Mapping as Named
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from touchpath.model.errors import BadInput, Missing
from touchpath.sources.files.bytestream import content_identity
from touchpath.sources.files.mapping import Join
from touchpath.sources.files.opening import open_rows
from touchpath.sources.files.rows import Frame, one_array

#: A looked-up file is kept in memory, so it may have this many rows and characters.
MOST_ROWS = 2_000_000
MOST_CHARACTERS = 512 << 20


@dataclass(frozen=True, slots=True)
class Lookup:
    """The keys of a looked-up file and the columns that come with them. `identity` changes when the file does."""

    on: str
    keys: pa.Array
    columns: Named[str, pa.Array]
    identity: str

    def add_to(self, frame: Frame) -> Frame:
        """The frame with the looked-up columns; a key that is not there gives missing cells."""
        place = pc.index_in(frame.columns[self.on], value_set=self.keys)
        return frame.with_columns({name: column.take(place) for name, column in self.columns.items()})


def open_lookup(join: Join, beside: tuple[Path, ...], *, confined: bool = False) -> Lookup:
    """Read a looked-up file, found in one of the folders `beside`; each key may stand in it only once.

    confined: it may be nowhere else, so a path that leads out of them is refused.
    """
    if confined and Path(join.file).name != join.file:
        raise BadInput(f"The looked-up file came as '{join.file}'. Name a file beside the one that is read, without any folder.")
    path = _find(join.file, beside)
    rows, _ = open_rows(path, join.reading)
    wanted = (join.key, *join.columns)
    if rows.columns is not None and (strange := [name for name in wanted if name not in rows.columns]):
        raise BadInput(f"{path.name} has no column '{strange[0]}'. There are: {', '.join(rows.columns)}.")
    parts: dict[str, list[pa.Array]] = {name: [] for name in wanted}
    count = characters = 0
    for chunk in rows.chunks(wanted):
        if chunk.refused:
            first = chunk.refused[0]
            raise BadInput(f"{path.name}:{first.line}: {first.reason} A looked-up file must be whole.")
        for name in parts:
            parts[name].append(chunk.frame.columns[name])
        count += chunk.frame.size
        characters += sum(chunk.frame.columns[name].nbytes for name in parts)
        if count > MOST_ROWS or characters > MOST_CHARACTERS:
            raise BadInput(
                f"{path.name} is too large to look up: at most {MOST_ROWS:,} rows and {MOST_CHARACTERS >> 20} MiB are kept."
            )
    columns = {name: one_array(pa.chunked_array(column, pa.string())) for name, column in parts.items()}
    _check_keys(columns[join.key], join.key, path.name)
    renamed = {new: columns[old] for old, new in join.columns.items()}
    return Lookup(join.on, columns[join.key], renamed, content_identity(path))


def _find(file: str, beside: tuple[Path, ...]) -> Path:
    for folder in beside:
        if (folder / file).is_file():
            return folder / file
    raise Missing(
        f"The looked-up file '{file}' is not there. It is searched in {' and '.join(str(folder) for folder in beside)}."
    )


def _check_keys(keys: pa.Array, name: str, file: str) -> None:
    counts = pc.value_counts(keys.drop_null())
    if len(counts) and (most := pc.max(counts.field("counts")).as_py()) > 1:
        twice = counts.field("values").filter(pc.equal(counts.field("counts"), most))[0].as_py()
        raise BadInput(f"{file}: the key '{twice}' stands {most} times in column '{name}'. Each key may stand once.")
