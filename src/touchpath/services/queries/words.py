"""What queries there are, in words: told by the queries themselves."""

from __future__ import annotations

import inspect

from touchpath.services.queries.catalogue import QUERIES
from touchpath.services.results import QueryWords


def list_queries() -> tuple[QueryWords, ...]:
    """Every query there is."""
    return tuple(
        QueryWords(name, _first_line(kind), _first_line(kind.read).removeprefix("Keys: ").rstrip("."))
        for name, kind in QUERIES.items()
    )


def _first_line(noun: object) -> str:
    return (inspect.getdoc(noun) or "").split("\n\n")[0].replace("\n", " ")
