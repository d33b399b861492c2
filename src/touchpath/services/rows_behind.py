"""The signals that a number reads, row by row, as SQL over the lake: to count it again outside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from touchpath.model.errors import BadInput
from touchpath.model.rules import Condition, EventRule
from touchpath.model.time import Period
from touchpath.store.sql import SqlLimits, SqlStore

#: Whose signals are, by the actors they are filed under and their times in microseconds.
PersonsOf = Callable[[Sequence[int], Sequence[int]], list[int]]
#: So many rows at most are handed over.
MOST = SqlLimits(rows=1_000_000, seconds=120.0, bytes=256 << 20)

#: What is told of each signal, beside whether it lies in the number's period.
_COLUMNS = "person, actor_key, occurred_at, kind, value, unit, channel, account, objects, properties"


def rows_sql(rules: Iterable[EventRule], period: Period) -> str:
    """One SELECT of all signals that meet any of the rules, whenever: what begins in the period may end after it, and `in_period` says
    which lie in it. Blank without rules."""
    asked = list(dict.fromkeys(_meets(rule) for rule in rules))
    if not asked:
        return ""
    first, last = (f"TIMESTAMPTZ '{moment.isoformat()}'" for moment in (period.start, period.end))
    where = "" if "true" in asked else f"\nWHERE {_any(asked)}"
    return (
        f"SELECT {_COLUMNS},\n  occurred_at >= {first} AND occurred_at < {last} AS in_period\n"
        f"FROM signals{where}\nORDER BY person, occurred_at, key"
    )


def read_rows(store: SqlStore, persons_of: PersonsOf, sql: str) -> pa.Table:
    """The rows, each with the person whose it was at its time, as the number counts it, where SQL only knows whose its id is now.

    Raises BadInput where no signals are named, and for more than a file may hold.
    """
    if not sql:
        raise BadInput("No signals are named that this number is read from.")
    answer = store.ask(sql, MOST)
    if answer.cut:
        raise BadInput(
            f"More than {MOST.rows:,} signals stand behind this number. Run its SQL with a shorter time, or read the lake itself."
        )
    return _by_time(answer.rows, persons_of)


def _by_time(rows: pa.Table, persons_of: PersonsOf) -> pa.Table:
    filed = rows.filter(pc.is_valid(rows["actor_key"]))
    found = iter(persons_of(filed["actor_key"].to_pylist(), filed["occurred_at"].cast(pa.int64()).to_pylist()))
    persons = pa.array([next(found) if one else None for one in pc.is_valid(rows["actor_key"]).to_pylist()], pa.int64())
    return rows.set_column(rows.schema.get_field_index("person"), "person", persons).drop_columns(["actor_key"])


def _any(tests: Sequence[str]) -> str:
    return tests[0] if len(tests) == 1 else "\n   OR ".join(f"({one})" for one in tests)


def _meets(rule: EventRule) -> str:
    """Whether a signal meets a rule; "true" where every signal does."""
    kinds = f"kind IN ({', '.join(map(_text, rule.kinds))})" if rule.kinds else ""
    return " AND ".join(filter(None, (kinds, *map(_test, rule.conditions)))) or "true"


def _test(one: Condition) -> str:
    field = _field(one.field)
    if one.operator == "exists":
        return f"{field} IS {'NOT ' if one.operand else ''}NULL"
    if one.operator == "in":
        assert isinstance(one.operand, tuple)
        return f"({_any([_equals(field, value) for value in one.operand])})"
    if one.operator in ("<", ">"):
        return f"TRY_CAST({field} AS DOUBLE) {one.operator} {one.operand!r}"
    if one.operator == "equals":
        assert not isinstance(one.operand, tuple)
        return _equals(field, one.operand)
    call = {"prefix": "starts_with", "contains": "contains", "matches": "regexp_matches"}[one.operator]
    return f"{call}({field}, {_text(str(one.operand))})"


def _equals(field: str, value: str | float | bool) -> str:
    if isinstance(value, bool):
        return f"{field} = '{str(value).lower()}'"
    return f"{field} = {_text(value)}" if isinstance(value, str) else f"TRY_CAST({field} AS DOUBLE) = {value!r}"


def _field(name: str) -> str:
    group, _, key = name.partition(".")
    if group == "properties" and key:
        path = '$."' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return f"json_extract_string(properties, {_text(path)})"
    return f"objects[{_text(key)}]" if group == "objects" and key else name


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
