"""Conformance vectors: signals in, answer out, as JSON. They say what a rule means, to us and to anybody who builds the same.

docs/conformance/README.md describes the format.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from touchpath.model.errors import BadInput, TouchpathError
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.experience import Brand, Experience
from touchpath.model.keys import name_key, signal_key
from touchpath.model.parse import parse_document
from touchpath.model.time import to_micros
from touchpath.services.ground import Ground
from touchpath.services.queries.ask import ask
from touchpath.services.queries.catalogue import QUERIES
from touchpath.services.queries.reading import read_asked
from touchpath.services.results import QueryAnswer, Table, Value
from touchpath.timelines.arrays import TimelineSet
from touchpath.timelines.build import assemble
from touchpath.timelines.encode import Encoder
from touchpath.timelines.fold import Engine

FORMAT = "touchpath-conformance/1"

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
_CASE_KEYS = {"name", "why", "signals", "query", "answer", "end", "zone", "week_start", "model", "error"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one case: `differences` is empty when the answer is the one expected."""

    case: str
    differences: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether the answer is the one expected."""
        return not self.differences


def check_vectors(text: str | bytes, engine: Engine, file_name: str = "vectors") -> tuple[Verdict, ...]:
    """Run every case of a vector file; raises BadInput for a file that is not in the format."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise BadInput(f"{file_name} is not JSON: {error}.") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT or not isinstance(document.get("cases"), list):
        raise BadInput(f'{file_name} is no vector file: it must be an object with "format": "{FORMAT}" and a list "cases".')
    return tuple(_check(case, number, engine) for number, case in enumerate(document["cases"], 1))


def _check(case: Any, number: int, engine: Engine) -> Verdict:
    name = str(case.get("name", number)) if isinstance(case, dict) else str(number)
    if not isinstance(case, dict) or not {"signals", "query"} <= set(case) or not set(case) <= _CASE_KEYS:
        return Verdict(name, (f"a case has the keys {', '.join(sorted(_CASE_KEYS))}; signals and query must be there",))
    try:
        found = answer_case(case, engine)
    except TouchpathError as error:
        wanted = case.get("error")
        return Verdict(name, () if wanted and wanted in str(error) else (f"{type(error).__name__}: {error}",))
    except (KeyError, TypeError, ValueError) as error:
        return Verdict(name, (f"the case cannot be read ({type(error).__name__}: {error})",))
    if case.get("error"):
        return Verdict(name, (f"expected an error with '{case['error']}', but there is an answer",))
    return Verdict(name, tuple(_differences(found, case.get("answer", {}))))


def answer_case(case: Mapping[str, Any], engine: Engine) -> QueryAnswer:
    """What this version answers to the query of one case."""
    experience = _experience(case)
    store = _Signals(case["signals"], case.get("end"))
    ground = Ground(experience, store, engine, case.get("zone", "UTC"), int(case.get("week_start", 0)))
    return ask(ground, read_asked(case["query"], QUERIES, experience, ground.zone), 0.95)


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

    def person_of(self, actor_key: int) -> int:
        return actor_key

    def actors_of(self, person: int) -> list[int]:
        return [person]


def _properties(signals: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(sorted({name for signal in signals for name in signal.get("properties", {})}))


def _row(signal: Mapping[str, Any], number: int) -> dict[str, object]:
    """One signal as a row; what a case leaves out is none. Signals of one instant keep the order of the case."""
    source = str(signal.get("source", "vectors"))
    key = signal_key(source, str(signal["id"])) if "id" in signal else number
    texts = {name: signal.get(name) for name in ("kind", "channel", "surface", "touchpoint", "account", "unit")}
    return {
        "key": key,
        "revision": 0,
        "actor_key": name_key(str(signal["actor"])),
        "occurred_at": _moment(signal["at"]),
        "source": source,
        "value": signal.get("value"),
        "objects": list(signal.get("objects", {}).items()),
        "properties": json.dumps(signal.get("properties", {})),
        **texts,
    }


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise BadInput(f"The time '{text}' has no zone. Give one, as in 2026-03-01T12:00:00Z.")
    return moment.astimezone(UTC)


def _differences(found: QueryAnswer, expected: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[str]:
    """What differs from the expected tables, of which only the named columns are compared."""
    if not expected:
        yield "the case expects nothing"
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
