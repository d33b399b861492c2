"""The answer to a query as plain values, as JSON has them."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from touchpath.model.errors import TouchpathError
from touchpath.model.estimate import Estimate, Undefined
from touchpath.services.results import QueryAnswer, Value


def answer_document(answer: QueryAnswer) -> dict[str, Any]:
    """The whole answer: texts, numbers, lists and mappings only; times as ISO text, what is undefined as null with its reason."""
    return {
        "query": answer.query,
        "title": answer.title,
        "unit": answer.unit,
        "period": {"start": answer.period.start.isoformat(), "end": answer.period.end.isoformat()},
        "data_version": answer.data_version,
        "notes": list(answer.notes),
        "tables": {
            table.name: [{name: plain_value(value) for name, value in record.items()} for record in table.records()]
            for table in answer.tables
        },
    }


def problem_document(error: TouchpathError) -> dict[str, Any]:
    """Why one of several queries has no answer, in its place."""
    return {"problem": {"code": error.code, "detail": str(error)}}


def plain_value(value: Value) -> Any:
    """One value of a table for JSON."""
    if isinstance(value, Estimate):
        return {
            "value": _finite(value.value),
            "low": _finite(value.low),
            "high": _finite(value.high),
            "n": value.n,
            "n_unit": value.n_unit,
            "unit": value.unit,
            "confidence": value.confidence,
            "method": value.method,
            "warnings": list(value.warnings),
            "notes": list(value.notes),
            "reason": None,
        }
    if isinstance(value, Undefined):
        blank = dict.fromkeys(("value", "low", "high"))
        return {**blank, "n": value.count, "n_unit": value.n_unit, "reason": value.reason}
    if isinstance(value, float):
        return _finite(value)
    return value.isoformat() if isinstance(value, datetime) else value


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
