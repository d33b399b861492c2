"""What pages ask as queries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import pyarrow as pa

from touchpath.model.errors import TouchpathError
from touchpath.model.time import Grain, Period
from touchpath.services.behind import GroupBehind
from touchpath.services.queries.explained import Explained
from touchpath.services.queries.reading import Asked
from touchpath.services.results import FunnelAnswer, PathAnswer, PersonHit, QueryAnswer, QueryWords, TaskAnswer


class AsksQueries(Protocol):
    """Queries, and the ways people went."""

    def queries(self) -> tuple[QueryWords, ...]:
        """Every query that can be asked."""
        ...

    def read_query(self, document: str) -> Asked:
        """A query from its text."""
        ...

    def ask(self, query: str, *, clear: bool = False) -> QueryAnswer:
        """The answer to a query, given as YAML or JSON text; clear: with the personal details that stand in values of properties."""
        ...

    def ask_all(self, queries: str, *, clear: bool = False) -> Sequence[QueryAnswer | TouchpathError]:
        """The answers to the queries that a text lists, each in its place; what cannot be asked is an error there."""
        ...

    def explain(self, query: str, *, run: bool = False) -> Explained:
        """What a query would do, and with `run` what it cost."""
        ...

    def outcomes(self, query: str | Asked) -> tuple[str, ...]:
        """The groups of people that a query finds, by name."""
        ...

    def people_with(self, query: str, outcome: str, limit: int = 100) -> GroupBehind:
        """The people with one outcome of a query."""
        ...

    def some_people(self, query: str, limit: int = 5) -> tuple[PersonHit, ...]:
        """Some of the people who did what a query of volume asks for."""
        ...

    def features(self, query: str) -> pa.RecordBatchReader:
        """The rows of a `features` query, streamed."""
        ...

    def funnel(
        self,
        steps: Sequence[str],
        *,
        window: str = "7d",
        by: str = "",
        grain: Grain | None = None,
        period: Period | None = None,
        reentry: bool = True,
        same: str = "",
    ) -> FunnelAnswer:
        """How many people go from kind to kind, in order, within a window from entry."""
        ...

    def task(self, task: str, *, period: Period | None = None) -> TaskAnswer:
        """How attempts at one task went."""
        ...

    def paths(self, *, journey: str = "", period: Period | None = None, top: int = 30) -> PathAnswer:
        """What directly follows what, most frequent first."""
        ...
