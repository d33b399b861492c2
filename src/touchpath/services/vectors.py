"""Conformance vectors: signals in, answer out, as JSON. They say what a rule means, to us and to anybody who builds the same.

docs/conformance/README.md describes the format.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from touchpath.model.errors import TouchpathError
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.experience import Brand, Experience
from touchpath.model.keys import name_key, signal_key
from touchpath.model.parse import parse_document
from touchpath.model.time import Period, from_micros, to_micros
from touchpath.services.ground import Ground
from touchpath.services.queries.ask import ask
from touchpath.services.queries.catalogue import QUERIES
from touchpath.services.queries.document import plain_value
from touchpath.services.queries.features import FeaturesQuery, read_features
from touchpath.services.queries.reading import Asked, read_asked
from touchpath.services.results import QueryAnswer, Table, Value
from touchpath.services.vector_format import case_faults, read_vectors
from touchpath.timelines.arrays import TimelineSet
from touchpath.timelines.build import assemble
from touchpath.timelines.encode import Encoder
from touchpath.timelines.fold import Engine

#: Numbers that are not whole are equal when they differ by no more than this part of themselves.
TOLERANCE = 1e-9

_BATCH = pa.schema(
    [
        pa.field("key", pa.int64()),
        pa.field("revision", pa.int32()),
        pa.field("actor_key", pa.int64()),
        pa.field("occurred_at", pa.timestamp("us", tz="UTC")),
        *(pa.field(name, pa.string()) for name in ("kind", "source", "channel", "surface", "touchpoint", "account", "unit")),
        pa.field("value", pa.float64()),
        pa.field("objects", pa.map_(pa.string(), pa.string())),
        pa.field("properties", pa.string()),
    ]
)
#: Of a case that is not in the format no more than so many faults are told.
_MOST_FAULTS = 20


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one case: `differences` is empty when the answer is the one expected.

    error: with what the query was refused.   answer: every table of the answer, all of its rows, plain as in JSON answers.
    """

    case: str
    differences: tuple[str, ...]
    error: str | None = None
    answer: Mapping[str, Sequence[Mapping[str, Any]]] | None = None

    @property
    def passed(self) -> bool:
        """Whether the answer is the one expected."""
        return not self.differences


def check_vectors(text: str | bytes, engine: Engine, file_name: str = "vectors") -> tuple[Verdict, ...]:
    """Run every case of a vector file; raises BadInput for a file that is not in the format.

    A case that is not in the format, or that this version cannot answer, fails alone.
    """
    return tuple(_check(case, number, engine) for number, case in enumerate(read_vectors(text, file_name), 1))


def _check(case: Any, number: int, engine: Engine) -> Verdict:
    name = str(case.get("name", number)) if isinstance(case, dict) else str(number)
    wrong = tuple(itertools.islice(case_faults(case), _MOST_FAULTS))
    if wrong:
        return Verdict(name, tuple(f"the case is not in the format: {fault}" for fault in wrong))
    try:
        found = answer_case(case, engine)
    except TouchpathError as error:
        wanted, said = case.get("error"), str(error)
        if not wanted:
            return Verdict(name, (f"{type(error).__name__}: {said}",), said)
        return Verdict(name, () if wanted in said else (f"refused with '{said}', expected '{wanted}'",), said)
    except Exception as error:  # Whatever goes wrong in one case must not hide what the others say.
        return Verdict(name, (f"this version fails on the case, which is a fault of its own ({type(error).__name__}: {error})",))
    answer = {table.name: [_plain_row(record) for record in table.records()] for table in found.tables}
    if case.get("error"):
        return Verdict(name, (f"expected an error with '{case['error']}', but there is an answer",), None, answer)
    return Verdict(name, tuple(_differences(found, case["answer"])), None, answer)


def _plain_row(record: Mapping[str, Value]) -> dict[str, Any]:
    return {column: plain_value(value) for column, value in record.items()}


def answer_case(case: Mapping[str, Any], engine: Engine) -> QueryAnswer:
    """What this version answers to the query of one case. The rows of a `features` query are its table."""
    experience = _experience(case)
    store = _Signals(case["signals"], case.get("end"))
    ground = Ground(experience, store, engine, case.get("zone", "UTC"), int(case.get("week_start", 0)))
    asked = read_asked(case["query"], QUERIES, experience, ground.zone)
    return _rows_answer(ground, asked, case["signals"]) if isinstance(asked.query, FeaturesQuery) else ask(ground, asked, 0.95)


def _rows_answer(ground: Ground, asked: Asked, signals: Sequence[Mapping[str, Any]]) -> QueryAnswer:
    """The rows of a features query by time of their anchor, then by owner; owners and anchors are told as the case calls them."""
    names = {name_key(name): name for name in _owner_names(signals, asked.unit)}
    ids = {_key(signal, number): signal.get("id") for number, signal in enumerate(signals)}
    rows = read_features(ground, asked).read_all()
    columns = ("owner", "anchor_at", "anchor", *rows.column_names[3:])
    told = [
        (names[owner], at, ids[key], *rest) for owner, at, key, *rest in zip(*(c.to_pylist() for c in rows.columns), strict=True)
    ]
    table = Table("features", columns, tuple(sorted(told, key=lambda row: (row[1], row[0]))))
    opened = ground.open(asked.unit)
    span = Period(from_micros(opened.first), from_micros(opened.end + 1))
    return QueryAnswer("features", "features", (table,), asked.unit, span, opened.data_version)


def _owner_names(signals: Sequence[Mapping[str, Any]], unit: str) -> Iterator[str]:
    """What the owners of timelines of a unit are called."""
    for signal in signals:
        name = (
            signal["actor"]
            if unit == "person"
            else signal.get("account")
            if unit == "account"
            else signal.get("objects", {}).get(unit)
        )
        if name:
            yield name


def _experience(case: Mapping[str, Any]) -> Experience:
    model = case.get("model")
    if model is None:
        return Experience(Brand("vectors", "Vectors"))
    return parse_document({"format": "touchpath-model/1", "brand": {"id": "vectors", "title": "Vectors"}, **model})


@dataclass(frozen=True, slots=True)
class _Signals:
    """The timelines of a case's signals. end: to where the data reach, if that is after the last signal."""

    signals: Sequence[Mapping[str, Any]]
    end: str | None = None

    def open(self, unit: str = "person", properties: Sequence[str] = ()) -> TimelineSet:
        encoder = Encoder(unit, _properties(self.signals))
        rows = encoder.encode(pa.RecordBatch.from_pylist([_row(s, i) for i, s in enumerate(self.signals)], schema=_BATCH))
        shard = replace(assemble(rows.take(rows.owners != 0)), words=encoder.words.snapshot())
        times = [to_micros(_moment(signal["at"])) for signal in self.signals] or [0]
        end = max(times) if self.end is None else to_micros(_moment(self.end))
        return TimelineSet(unit, (shard,), min(times), end, "vectors")

    def rebuild(self, unit: str = "person", properties: Sequence[str] = ()) -> TimelineSet:
        return self.open(unit, properties)

    def person_of(self, actor_key: int, at: int | None = None) -> int:
        return actor_key

    def persons_of(self, actor_keys: Sequence[int], times: Sequence[int] | None = None) -> list[int]:
        return list(actor_keys)

    def actors_of(self, person: int) -> list[int]:
        return [person]


def _properties(signals: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(sorted({name for signal in signals for name in signal.get("properties", {})}))


def _row(signal: Mapping[str, Any], number: int) -> dict[str, object]:
    """One signal as a row; what a case leaves out is none. Signals of one instant keep the order of the case."""
    texts = {name: signal.get(name) for name in ("kind", "channel", "surface", "touchpoint", "account", "unit")}
    return {
        "key": _key(signal, number),
        "revision": 0,
        "actor_key": name_key(str(signal["actor"])),
        "occurred_at": _moment(signal["at"]),
        "source": _source(signal),
        "value": signal.get("value"),
        "objects": list(signal.get("objects", {}).items()),
        "properties": json.dumps(signal.get("properties", {})),
        **texts,
    }


def _source(signal: Mapping[str, Any]) -> str:
    return str(signal.get("source") or "vectors")


def _key(signal: Mapping[str, Any], number: int) -> int:
    """The key of a signal: from its id, else its place in the case."""
    return signal_key(_source(signal), str(signal["id"])) if "id" in signal else number


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _differences(found: QueryAnswer, expected: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[str]:
    """What differs from the expected tables, of which only the named columns are compared."""
    for name, rows in expected.items():
        table = next((table for table in found.tables if table.name == name), None)
        if table is None:
            yield f"there is no table '{name}'; there are: {', '.join(table.name for table in found.tables)}"
        elif len(table.rows) != len(rows):
            yield f"{name}: {len(rows)} rows expected, {len(table.rows)} came: {_shown(table)}"
        else:
            for number, (record, wanted) in enumerate(zip(table.records(), rows, strict=True), 1):
                yield from (f"{name}, row {number}: {text}" for text in _row_differences(record, wanted))


def _row_differences(record: Mapping[str, Value], wanted: Mapping[str, Any]) -> Iterator[str]:
    for column, value in wanted.items():
        if column not in record:
            yield f"there is no column '{column}'; there are: {', '.join(record)}"
        elif not _equal(record[column], value):
            yield f"{column} is {_plain(record[column])!r}, expected {value!r}"


def _equal(found: Value, wanted: Any) -> bool:
    """A number with an interval is compared by its value, or by {value, low, high, n}; null means undefined or blank."""
    if isinstance(wanted, dict):
        return isinstance(found, Estimate) and all(_equal(getattr(found, part), number) for part, number in wanted.items())
    plain = _plain(found)
    if isinstance(wanted, float | int) and isinstance(plain, float | int) and not isinstance(wanted, bool):
        return math.isclose(plain, wanted, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(plain == wanted)


def _plain(found: Value) -> str | int | float | bool | None:
    if isinstance(found, Undefined):
        return None
    if isinstance(found, Estimate):
        return found.value
    return found.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(found, datetime) else found


def _shown(table: Table) -> str:
    return json.dumps([{column: _plain(value) for column, value in record.items()} for record in table.records()][:20])
