"""What SQL may say: one SELECT over the tables of the lake, and nothing that reads or tells anything else.

DuckDB's own parser takes the text apart, so comments, quotes and odd characters mean here what they mean there. This is the first of
two walls: the second is the database itself, which is locked before it sees the text (stores/sql_process.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import Any

import duckdb

from touchpath.model.errors import BadInput, unknown

LONGEST = 8_000
#: So deep a query may be nested.
DEEPEST = 150

_TOO_DEEP = f"The query is nested deeper than {DEEPEST} levels."

#: Functions that may stand where a table does.
_TABLE_FUNCTIONS = frozenset({"range", "generate_series", "unnest"})
#: What may stand where a table does.
_SOURCES = frozenset({"BASE_TABLE", "TABLE_FUNCTION", "JOIN", "SUBQUERY", "EXPRESSION_LIST", "EMPTY"})
#: What a query is made of; a WITH may also hold an INSERT, UPDATE or DELETE.
_QUERIES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "CTE_NODE", "RECURSIVE_CTE_NODE"})
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: Names of the database's own tables, whatever schema they are written with.
_INTERNAL = re.compile(r"(duckdb|pragma|pg|sqlite|information_schema)(_.*)?", re.IGNORECASE)
#: Functions that tell of the machine or the database, read what is no table, build SQL from text, or wait.
_FORBIDDEN = re.compile(
    r"read_.*|.*_scan|scan_.*|parquet_.*|sniff_.*|glob|getenv|getvariable|current_setting|set_config|query|query_table|sql_.*|"
    r"json_execute_.*|json_(de)?serialize_.*|pragma_.*|duckdb_.*|pg_.*|has_.*_privilege|which_secret|write_log|"
    r"current_(database|catalog|schema|schemas|user|role|query|connection_id|transaction_id)|in_search_path|session_user|user|"
    r"nextval|currval|txid_current|version|sleep_ms|sleep|checkpoint|force_checkpoint|vector_type|stats|add_parquet_key|"
    r"(copy|import|export|load|install|attach|detach)_.*|get_block_size|inet_.*|obj_description|col_description",
    re.IGNORECASE,
)


def check_sql(sql: str, tables: Collection[str]) -> str:
    """The one SELECT of a text, without what stands around it; raises BadInput for anything else, saying what would do."""
    if not sql.strip():
        raise BadInput("There is nothing to run. Write a SELECT, as in SELECT kind, count(*) FROM signals GROUP BY kind.")
    if len(sql) > LONGEST:
        raise BadInput(f"SQL has up to {LONGEST:,} characters, but {len(sql):,} came.")
    if "\x00" in sql:
        raise BadInput("SQL holds the character U+0000, which cannot be printed. Take it out.")
    statements = _statements(sql)
    if len(statements) != 1:
        raise BadInput(f"One SELECT is run at a time, but {len(statements)} statements came.")
    if statements[0].type != duckdb.StatementType.SELECT:
        raise BadInput(f"Only SELECT can be run here, but {_kind(statements[0])} came. Nothing can be changed.")
    text: str = statements[0].query
    _check_tree(_tree(text), frozenset(tables))
    return text


def _statements(sql: str) -> list[Any]:
    try:
        return list(duckdb.extract_statements(sql))
    except duckdb.Error as error:
        raise BadInput(told(error)) from None


def _kind(statement: Any) -> str:
    return str(statement.type).rpartition(".")[2].replace("_", " ")


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    """A database with nothing in it, that only takes texts apart."""
    settings: dict[str, Any] = {
        "threads": 1,
        "memory_limit": "64MB",
        "enable_external_access": "false",
        "lock_configuration": "true",
    }
    return duckdb.connect(":memory:", config=settings)


def _tree(sql: str) -> Mapping[str, Any]:
    """The parts of a SELECT as its parser sees them."""
    try:
        row = _parser().cursor().execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    except duckdb.Error as error:
        raise BadInput(told(error)) from None
    try:
        tree: dict[str, Any] = json.loads(row[0]) if row else {"error": True}
    except RecursionError:
        raise BadInput(_TOO_DEEP) from None
    if tree["error"] or len(tree["statements"]) != 1:
        raise BadInput("Only a plain SELECT can be run here, without PIVOT, DESCRIBE, SHOW or SUMMARIZE.")
    return tree


def _check_tree(tree: Mapping[str, Any], tables: frozenset[str]) -> None:
    parts = list(_parts(tree))
    own = {entry["key"] for part in parts for entry in _entries(part)}
    for name in own:
        if not _NAME.fullmatch(name) or _INTERNAL.fullmatch(name):
            raise BadInput(f"A WITH cannot be called '{name}'. Use letters, digits and _.")
    for part in parts:
        _check_part(part, tables | own)


def _parts(tree: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every part of a tree; raises BadInput for one that is nested too deep."""
    waiting: list[tuple[object, int]] = [(tree, 0)]
    while waiting:
        one, depth = waiting.pop()
        if depth > 4 * DEEPEST:
            raise BadInput(_TOO_DEEP)
        if isinstance(one, dict):
            yield one
            waiting += ((inner, depth + 1) for inner in one.values())
        elif isinstance(one, list):
            waiting += ((inner, depth + 1) for inner in one)


def _entries(part: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The queries that a WITH names."""
    found = part.get("cte_map")
    return found["map"] if isinstance(found, dict) else []


def _check_part(part: Mapping[str, Any], tables: frozenset[str]) -> None:
    if ("cte_map" in part or str(part.get("type", "")).endswith("_NODE")) and part.get("type") not in _QUERIES:
        raise BadInput(
            f"Only SELECT can be run here, but {str(part.get('type')).partition('_')[0]} came. Nothing can be changed."
        )
    for place in ("from_table", "left", "right"):
        source = part.get(place)
        if isinstance(source, dict) and "class" not in source and "type" in source:
            _check_source(source, place)
    if part.get("type") == "BASE_TABLE":
        _check_table(part, tables)
    if part.get("type") == "SHOW_REF" or "show_type" in part:
        raise BadInput("SHOW, DESCRIBE and SUMMARIZE cannot be run here; the tables and their columns stand beside the query.")
    if part.get("type") == "TABLE_FUNCTION":
        name = str((part.get("function") or {}).get("function_name", ""))
        if name.lower() not in _TABLE_FUNCTIONS:
            raise BadInput(
                f"'{name}' cannot be read from. Read from the tables beside the query; there is also {', '.join(sorted(_TABLE_FUNCTIONS))}."
            )
    if "function_name" in part:
        _check_function(part)
    if part.get("class") in ("PARAMETER", "SUBQUERY_REF"):
        raise BadInput("The query has a parameter ($1, ?) that nothing is known of. Write the value.")


def _check_source(source: Mapping[str, Any], place: str) -> None:
    known = (
        _SOURCES if place == "from_table" else _SOURCES | {"SELECT_NODE", "SET_OPERATION_NODE", "CTE_NODE", "RECURSIVE_CTE_NODE"}
    )
    if source["type"] not in known:
        raise BadInput(
            f"A query cannot read from a {str(source['type']).replace('_', ' ').lower()} here. Read from the tables beside it."
        )


def _check_table(part: Mapping[str, Any], tables: frozenset[str]) -> None:
    name = str(part.get("table_name", ""))
    if part.get("schema_name") or part.get("catalog_name") or len((part.get("qualified_name") or {}).get("path", [name])) > 1:
        raise BadInput(f"Tables stand alone here, without schema or database, but '{name}' came with one.")
    if name.lower() not in {one.lower() for one in tables} or _INTERNAL.fullmatch(name):
        raise BadInput(unknown("table", name, sorted(tables)))


def _check_function(part: Mapping[str, Any]) -> None:
    name = str(part["function_name"])
    if part.get("schema") not in ("", "main", None) or part.get("catalog") or _FORBIDDEN.fullmatch(name):
        raise BadInput(f"The function '{name}' cannot be used here: it tells or reads what is not in the tables.")


def told(error: Exception) -> str:
    """What a database says of an error, in one paragraph, without what it says of itself."""
    text = str(error).split("\n\nCandidate functions:")[0].strip()
    return text or "The query cannot be run."
