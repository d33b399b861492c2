"""A mapping: what the columns of a file mean, and which signals each row stands for."""

from __future__ import annotations

from collections.abc import Mapping as Named
from dataclasses import dataclass, field
from typing import Literal

from touchpath.model.rules import Condition

FORMAT = "touchpath-mapping/1"

#: The name of the delimiter of files whose cells are lined up with spaces and tabs.
BLANKS = "blanks"

Otherwise = Literal["keep", "drop", "reject"]
FileFormat = Literal["csv", "jsonl", "parquet"]
ValueType = Literal["text", "number", "boolean", "json"]
Single = str | float | bool


@dataclass(frozen=True, slots=True)
class Columns:
    """The cells of one column, or of several joined by `by`; missing when one of them is."""

    names: tuple[str, ...]
    by: str = "/"


@dataclass(frozen=True, slots=True)
class Literally:
    """The same value for every row."""

    value: Single


@dataclass(frozen=True, slots=True)
class RowPlace:
    """File name and line of the row: the last resort for an id."""


@dataclass(frozen=True, slots=True)
class Later:
    """true when the first time is after the second, false when not, missing when one of them is."""

    first: TimeRule
    second: TimeRule


@dataclass(frozen=True, slots=True)
class Value:
    """One cell of a signal: where it comes from, and how its words are translated.

    words: from what stands in the file to what is kept; `otherwise` says what becomes of a cell that is not among them.
    decimal: the decimal sign of numbers.
    """

    take: Columns | Literally | RowPlace | Later
    words: Named[str, str] = field(default_factory=dict)
    otherwise: Otherwise = "keep"
    type: ValueType = "text"
    decimal: str = "."


@dataclass(frozen=True, slots=True)
class TimeRule:
    """When a signal happened. `plus`: time that passed since then, as h:mm:ss or a number of `unit`.

    format: iso, epoch_s, epoch_ms, epoch_us, epoch_ns or a pattern. zone: of times that name no offset. empty: whether a row
    without this time is passed over or refused.
    """

    value: Value
    format: str = "iso"
    zone: str = "UTC"
    plus: Value | None = None
    unit: str = "seconds"
    empty: Literal["skip", "reject"] = "reject"


@dataclass(frozen=True, slots=True)
class Kind:
    """The kind of a signal: fixed, or from a column. `prefix` goes before kinds that are kept as they stand."""

    value: Value
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Repeat:
    """One row as several signals: one per column of a list, per count, or per part of a cell.

    name: rows made this way have the columns NAME (column name or part), NAME_number (from 1) and NAME_value (the cell).
    """

    name: str
    columns: tuple[str, ...] = ()
    count: str = ""
    split: str = ""
    by: str = ";"

    @property
    def virtual(self) -> tuple[str, ...]:
        """The columns that it adds."""
        return self.name, f"{self.name}_number", f"{self.name}_value"


@dataclass(frozen=True, slots=True)
class SignalRule:
    """One signal that a row may stand for."""

    kind: Kind
    id: tuple[Value, ...]
    occurred_at: TimeRule
    when: tuple[Condition, ...] = ()
    repeat: Repeat | None = None
    actors: Named[str, Value] = field(default_factory=dict)
    objects: Named[str, Value] = field(default_factory=dict)
    properties: Named[str, Value] = field(default_factory=dict)
    context: Named[str, Value] = field(default_factory=dict)
    account: Value | None = None
    touchpoint: Value | None = None
    channel: Value | None = None
    surface: Value | None = None
    value: Value | None = None
    unit: Value | None = None
    text: Value | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """How the file is to be read; what is None is found out from its first bytes.

    delimiter: one character, or BLANKS for cells set apart by runs of spaces and tabs.
    """

    format: FileFormat | None = None
    encoding: str | None = None
    delimiter: str | None = None
    quote: str = '"'
    escape: str = ""
    header: bool | None = None
    columns: tuple[str, ...] = ()
    skip_lines: int = 0
    skip_rows: int = 0
    missing: tuple[str, ...] = ("",)


@dataclass(frozen=True, slots=True)
class Join:
    """A small file that is looked up by key: the row's column `on` is found in the file's column `key`.

    columns: from names in the looked-up file to names in the row.
    """

    file: str
    on: str
    key: str
    columns: Named[str, str]
    reading: Reading = field(default_factory=Reading)


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """A column that the mapping names, and where it does."""

    name: str
    line: int
    path: str


@dataclass(frozen=True, slots=True)
class Mapping:
    """All of a mapping file. `file` is its name, `uses` the columns it names, `fingerprint` tells it from other mappings."""

    file: str
    source: str
    reading: Reading
    joins: tuple[Join, ...]
    signals: tuple[SignalRule, ...]
    uses: tuple[ColumnUse, ...] = ()
    fingerprint: str = ""
