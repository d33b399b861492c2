"""Files about people, read for matching and not kept: an id and names, addresses, numbers, from CSV, JSON lines or Parquet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa

from touchpath.model.actors import actor_named
from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.model.signal import ACTOR_NAMESPACES
from touchpath.services.matching import PEOPLE_SCHEMA, People
from touchpath.services.person_details import FIELDS, full_form, plain_details, recognise_columns
from touchpath.sources.files.mapping import Reading
from touchpath.sources.files.opening import open_rows
from touchpath.sources.files.rows import RowFile

#: Larger files are refused: pairs are compared in memory.
MOST_PEOPLE = 2_000_000
#: So many refused rows are named; the others are counted.
_MOST_NAMED = 20


def read_people(path: Path, id_column: str, namespace: str, told: Mapping[str, str]) -> People:
    """The people of a file. namespace: "user", "email", "external", or "external:SYSTEM" for ids written external:SYSTEM-ID.

    told: columns by field, where their names do not say it. A row without an id is refused, with its line; of two rows with one id
    each brings what the other lacks. Raises Missing for a file that is not there, BadInput for columns that are not.
    """
    space, _, system = namespace.partition(":")
    if space not in ACTOR_NAMESPACES:
        raise BadInput(unknown("namespace", space, ACTOR_NAMESPACES))
    rows, _ = open_rows(path, Reading())
    names = rows.columns or _names_of(rows)
    if id_column not in names:
        raise BadInput(f"{path.name}: {unknown('column', id_column, names)} Say which one holds the ids: --id COLUMN.")
    columns = recognise_columns(tuple(name for name in names if name != id_column), told)
    if not columns:
        raise BadInput(f'{path.name}: no column says who people are. Say which one does, as in --column given="First name".')
    refused: list[str] = []
    found: dict[str, dict[str, str]] = {}
    for line, id, cells in _rows(rows, id_column, columns, refused):
        if not id:
            refused.append(f"line {line}: no id")
            continue
        _add(found, _actor(id, space, system), plain_details(cells))
        if len(found) > MOST_PEOPLE:
            raise BadInput(f"{path.name} has more than {MOST_PEOPLE:,} people. Match parts of it, as by country.")
    return People(_table(found), _fingerprint(path), columns, _told(refused))


def _names_of(rows: RowFile) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for chunk in rows.chunks(None) for name in chunk.frame.columns))


def _rows(
    rows: RowFile, id_column: str, columns: Mapping[str, str], refused: list[str]
) -> Iterator[tuple[int, str, dict[str, str]]]:
    wanted = list(dict.fromkeys((id_column, *columns.values())))
    for chunk in rows.chunks(wanted):
        refused += [f"line {one.line}: {one.reason}" for one in chunk.refused]
        texts = {name: array.to_pylist() for name, array in chunk.frame.columns.items() if name in wanted}
        none: list[str | None] = [None] * chunk.frame.size
        for row, line in enumerate(chunk.frame.lines.tolist()):
            cells = {field: texts.get(name, none)[row] or "" for field, name in columns.items()}
            yield line, (texts.get(id_column, none)[row] or "").strip(), cells


def _actor(id: str, space: str, system: str) -> str:
    if space == "email":
        return actor_named(f"email:{id.removeprefix('email:')}")
    if id.startswith(f"{space}:"):
        return id
    return f"{space}:{system}-{id}" if system else f"{space}:{id}"


def _add(found: dict[str, dict[str, str]], id: str, details: dict[str, str]) -> None:
    before = found.setdefault(id, details)
    if before is not details:  # The smaller text wins, so that the order of rows does not matter.
        found[id] = {name: min(before[name] or value, value or before[name]) for name, value in details.items()}


def _table(found: Mapping[str, Mapping[str, str]]) -> pa.Table:
    ids = sorted(found)
    columns: dict[str, list[str | None]] = {name: [found[id][name] or None for id in ids] for name in FIELDS}
    columns["root"] = [full_form(found[id]["given"]) or None for id in ids]
    return pa.table({"unique_id": ids, **columns}, PEOPLE_SCHEMA)


def _fingerprint(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:16]
    except OSError as error:
        raise Missing(f"The file {path} cannot be read: {error.strerror}.") from None


def _told(refused: list[str]) -> tuple[str, ...]:
    more = len(refused) - _MOST_NAMED
    return (*refused[:_MOST_NAMED], *((f"and {more:,} more",) if more > 0 else ()))
