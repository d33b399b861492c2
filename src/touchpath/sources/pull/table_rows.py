"""Rows of tables as records: what every database and query has in common."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from touchpath.model.errors import BadInput
from touchpath.model.signal import Signal
from touchpath.services.connectors import Opening, RawBatch, RawRecord, Setting, Stream
from touchpath.sources.files.mapped import Outcome, RowMapping
from touchpath.sources.vendors.reading import maybe_record
from touchpath.store.pulls import Cursor

STREAM = "rows"
ROWS_AT_ONCE = 5_000
_SQL_AT_MOST = 100_000
_LONGEST_OVERLAP = 30 * 86_400

#: What every table needs to be told, beside where it is.
QUERY_SETTINGS = (
    Setting(
        "query", "The rows to read: a SELECT, or file:/PATH of one. It is run as it is, so that a cursor can be put around it."
    ),
    Setting("mapping", "The whole path of the mapping that says what a row stands for (docs: Bring files in)."),
    Setting("cursor", "A column that grows: a time of change, or a number. Left open, every run reads all rows.", ""),
    Setting(
        "overlap_seconds", "So much of the time before the newest row is read again, for rows that were committed late.", "300"
    ),
)

#: What a cursor's value may be, with how it is written and read.
_KINDS: dict[str, Callable[[str], Any]] = {
    "int": int,
    "float": float,
    "decimal": Decimal,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "text": str,
}


@dataclass
class TableRows:
    """Reads the rows of one query into records, and records into signals.

    Signals of rows just read are worked out many at once, since a mapping is made for columns; they wait until they are asked for.
    """

    opening: Opening
    kind: str
    mapping: RowMapping = field(init=False)
    _ready: dict[int, tuple[RawRecord, Outcome]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.mapping = RowMapping.of(checked_path("mapping", self.opening.settings["mapping"]))
        self.overlap = _overlap(self.opening.settings["overlap_seconds"])

    @property
    def source(self) -> str:
        """The mapping's own source, unless the connection was given a namespace."""
        mine = self.opening.source
        return self.mapping.mapping.source if mine == self.kind else mine

    @property
    def query(self) -> str:
        """The SELECT, without a semicolon at its end; raises BadInput when there is none."""
        text = self.opening.settings["query"]
        if text.startswith("file:"):
            path = checked_path("query", text.removeprefix("file:"))
            try:
                text = path.read_text("utf-8-sig")[:_SQL_AT_MOST]
            except (OSError, UnicodeDecodeError) as error:
                raise BadInput(f"The query file {path} cannot be read: {error}.") from error
        text = text.strip().rstrip(";").rstrip()
        if not text:
            raise BadInput("The query is empty. Give a SELECT, as in query='select * from orders'.")
        return text

    @property
    def cursor(self) -> str:
        """The column that grows, "" = there is none."""
        return self.opening.settings["cursor"].strip()

    def streams(self) -> tuple[Stream, ...]:
        """The one stream. Rows are told apart by all that they hold."""
        return (Stream(STREAM, "The rows of the query.", self.mapping.columns, self.cursor, self.mapping.columns),)

    def since(self, cursor: Cursor | None) -> Any:
        """Where to begin: a value of the cursor's column, None = at the start. Times lie `overlap` before the newest one."""
        held = maybe_record(cursor or {}).get("newest")
        if not isinstance(held, Mapping):
            return self.opening.since if self.cursor and self.opening.since is not None else None
        try:
            value = _KINDS[str(held["kind"])](str(held["value"]))
        except (KeyError, ValueError, ArithmeticError) as error:
            raise BadInput(
                f"The place to go on from cannot be read ({error}). Remove the connection and add it again."
            ) from error
        if isinstance(value, str):
            return _text_before(value, self.overlap)
        return value - self.overlap if isinstance(value, datetime) else value

    def batches(self, columns: Sequence[str], rows: Iterable[Sequence[Any]], before: Cursor | None) -> Iterator[RawBatch]:
        """Rows, in the order of the cursor, as batches of records; raises BadInput when the query lacks a column that is needed."""
        self._check(columns)
        place = columns.index(self.cursor) if self.cursor else -1
        some: list[RawRecord] = []
        cursor: Cursor = dict(before or {})
        for row in rows:
            some.append({name: plain(cell) for name, cell in zip(columns, row, strict=True)})
            if place >= 0:
                cursor = {"newest": written(row[place], self.cursor)}
            if len(some) >= ROWS_AT_ONCE:
                yield self._prepared(some, cursor)
                some = []
        if some:
            yield self._prepared(some, cursor)

    def signals(self, record: RawRecord) -> Iterable[Signal]:
        """The signals of a record; raises BadInput for one that cannot be read."""
        known = self._ready.pop(id(record), None)
        (outcome,) = (known[1],) if known else self._outcomes([record])
        if isinstance(outcome, BadInput):
            raise outcome
        return outcome

    def _prepared(self, records: list[RawRecord], cursor: Cursor) -> RawBatch:
        if len(self._ready) > 10 * ROWS_AT_ONCE:
            self._ready.clear()
        self._ready |= {id(one): (one, outcome) for one, outcome in zip(records, self._outcomes(records), strict=True)}
        return RawBatch(tuple(records), cursor)

    def _outcomes(self, records: list[RawRecord]) -> list[Outcome]:
        return self.mapping.outcomes(records, self.kind, self.source, self.opening.clock())

    def _check(self, columns: Sequence[str]) -> None:
        needed = (*self.mapping.columns, *([self.cursor] if self.cursor else []))
        if lacking := [name for name in needed if name.partition(".")[0] not in columns and name not in columns]:
            raise BadInput(f"The query has no column '{lacking[0]}'. There are: {', '.join(columns)}.")
        if len(set(columns)) < len(columns):
            double = next(name for name in columns if list(columns).count(name) > 1)
            raise BadInput(f"The query has two columns '{double}'. Give one of them another name: AS other_name.")


def _text_before(text: str, overlap: timedelta) -> str:
    """A time kept as text, moved back; its end (fraction, offset) is cut off, so that it sorts before all texts of that second."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if len(text) < len("2026-03-01 10:00:00") or text[10] not in " T":
        return text
    return (moment.replace(tzinfo=None, microsecond=0) - overlap).isoformat(text[10])


def plain(cell: Any) -> object:
    """A cell as JSON: times and precise numbers as text, bytes in base64."""
    if cell is None or isinstance(cell, bool | int | str):
        return cell
    if isinstance(cell, float):
        return cell if cell - cell == 0 else None
    if isinstance(cell, datetime | date | time):
        return cell.isoformat(" ") if isinstance(cell, datetime) else cell.isoformat()
    if isinstance(cell, Decimal | UUID):
        return str(cell)
    if isinstance(cell, timedelta):
        return cell.total_seconds()
    if isinstance(cell, bytes | bytearray | memoryview):
        return base64.b64encode(bytes(cell)).decode()
    if isinstance(cell, Mapping):
        return {str(name): plain(one) for name, one in cell.items()}
    return [plain(one) for one in cell] if isinstance(cell, list | tuple | set) else str(cell)


def written(value: Any, column: str) -> dict[str, str]:
    """A cursor's value as it is kept; raises BadInput for one that cannot grow."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | datetime | date | str):
        raise BadInput(
            f"The cursor '{column}' holds {type(value).__name__} ({str(value)[:60]}). A time, a number or a text will do."
        )
    if isinstance(value, datetime):
        return {"kind": "datetime", "value": value.isoformat()}
    if isinstance(value, date):
        return {"kind": "date", "value": value.isoformat()}
    kinds = {int: "int", float: "float", Decimal: "decimal", str: "text"}
    return {
        "kind": next(name for kind, name in kinds.items() if isinstance(value, kind)),
        "value": repr(value) if isinstance(value, float) else str(value),
    }


def as_naive(moment: datetime) -> datetime:
    """An instant as databases without zones keep it: UTC."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def checked_path(name: str, text: str) -> Path:
    """A path that means the same wherever a run is started."""
    path = Path(text).expanduser()
    if not path.is_absolute():
        raise BadInput(f"'{name}' came as '{text}'. Give the whole path, from / on: a run may be started anywhere.")
    return path


def _overlap(text: str) -> timedelta:
    if not text.isdecimal() or int(text) > _LONGEST_OVERLAP:
        raise BadInput(f"'overlap_seconds' came as '{text}'. Whole seconds from 0 to {_LONGEST_OVERLAP:,} (30 days) will do.")
    return timedelta(seconds=int(text))
