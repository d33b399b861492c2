"""The filters that links take along from page to page, by their names in addresses."""

from __future__ import annotations

from fastapi import Request

#: Filters that are a dimension of the same name, where the model has one.
DIMENSIONS = ("channel", "device")
CARRIED = ("period", "start", "end", "compare", *DIMENSIONS, "segment", "weight")
#: What is longer no page takes.
LONGEST = 500


def carried_by(request: Request) -> tuple[tuple[str, str], ...]:
    """The filters of an address that its links take along."""
    asked = request.query_params
    return tuple((name, asked[name]) for name in CARRIED if asked.get(name) and len(asked[name]) <= LONGEST)
