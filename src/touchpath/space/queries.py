"""Queries: asked, explained, streamed, kept as snapshots, and the people that they find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from getpass import getuser

import pyarrow as pa

from touchpath.model.errors import TouchpathError
from touchpath.model.time import Grain, Period
from touchpath.services.queries.explained import Explained
from touchpath.services.queries.reading import Document
from touchpath.services.results import FunnelAnswer, KindUse, PathAnswer, PersonHit, QueryAnswer, QueryWords, TaskAnswer
from touchpath.services.snapshots import Changed, Snapshot, changes_since
from touchpath.space.answer import Answer
from touchpath.space.door import Door
from touchpath.timelines.fold import Selection


class QueriesDoor(Door):
    """What is asked as a query."""

    def ask(self, query: Document, table: str = "", who: Selection | None = None, clear: bool = False) -> Answer[QueryAnswer]:
        """The answer to any query: a mapping, or YAML or JSON text. The rows are those of `table`, by default the first.

        clear: with the personal details that stand in values of properties. docs/guide/queries.md lists the queries; `queries()` does so here.
        """
        found = self._platform.ask(query, who, clear=clear)
        return Answer(replace(found, tables=(found.table(table),)) if table else found, found.title)

    def ask_all(
        self, queries: str | Sequence[Document], who: Selection | None = None, clear: bool = False
    ) -> tuple[Answer[QueryAnswer] | TouchpathError, ...]:
        """The answers to several queries, read together; one that cannot be asked is an error in its place.

        queries: mappings or texts, or one text that lists queries. clear: with the personal details that stand in values of properties.
        """
        found = self._platform.ask_all(queries, who, clear=clear)
        return tuple(one if isinstance(one, TouchpathError) else Answer(one, one.title) for one in found)

    def explain(self, query: Document, who: Selection | None = None, run: bool = False) -> Answer[Explained]:
        """What a query would do and which columns it reads, before it does it; with `run` also what asking it cost."""
        found = self._platform.explain(query, who, run=run)
        return Answer(found, f"What '{found.title}' reads")

    def features(self, query: Document, who: Selection | None = None, clear: bool = False) -> pa.RecordBatchReader:
        """The rows of a `features` query as an Arrow stream: read it batch by batch, or all of it with `.read_all()`.

        clear: with the personal details that stand in their texts.
        """
        return self._platform.features(query, who, clear=clear)

    def queries(self) -> Answer[tuple[QueryWords, ...]]:
        """Every query that can be asked."""
        return Answer(self._platform.queries(), "Queries")

    def kinds(self) -> Answer[tuple[KindUse, ...]]:
        """Every kind of signal and what reads it."""
        return Answer(self._platform.kinds(), "Kinds")

    def funnel(
        self,
        steps: Sequence[str],
        window: str = "7d",
        by: str = "",
        grain: Grain | None = None,
        period: Period | None = None,
        reentry: bool = True,
        same: str = "",
        who: Selection | None = None,
    ) -> Answer[FunnelAnswer]:
        """How many people go from step to step (kinds of signals, in order) within a window from entry."""
        found = self._platform.funnel(
            steps, window=window, by=by, grain=grain, period=period, reentry=reentry, same=same, who=who
        )
        return Answer(found, "Funnel: " + " > ".join(steps))

    def task(self, task: str, period: Period | None = None, who: Selection | None = None) -> Answer[TaskAnswer]:
        """How attempts at a task went."""
        found = self._platform.task(task, period=period, who=who)
        return Answer(found, found.title)

    def paths(self, journey: str = "", period: Period | None = None, top: int = 30) -> Answer[PathAnswer]:
        """What directly follows what, how often and how fast."""
        return Answer(self._platform.paths(journey=journey, period=period, top=top), "Paths")

    def select(self, query: Document, outcome: str) -> Selection:
        """The people with a named outcome of a query, to filter any other question with; an unknown outcome names those there are."""
        return self._platform.select(query, outcome)

    def select_funnel(self, steps: Sequence[str], reached: int, window: str = "7d", same: str = "") -> Selection:
        """The people who came exactly to step `reached` (0 = entered only) of a funnel, to filter any other question with."""
        return self._platform.select_funnel(steps, reached=reached, window=window, same=same)

    def select_who_did(self, kind: str, period: Period | None = None) -> Selection:
        """The people with a signal of a kind, ever or in a period, to filter any other question with."""
        return self._platform.select_who_did(kind, period)

    def who(self, selection: Selection, limit: int = 100) -> Answer[tuple[PersonHit, ...]]:
        """Some of the people of a selection."""
        return Answer(self._platform.actors(selection, limit), selection.title)

    def take_snapshot(self, name: str, query: Document, why: str = "") -> Snapshot:
        """Keep the answer to a query, or a metric as in {"metric": "churn"}, as it is today, under a name of its own.

        Raises Conflict when the name is taken.
        """
        return self.workspace.snapshots.take(name, query, self._platform.answer(query), getuser(), why)

    def snapshots(self) -> tuple[Snapshot, ...]:
        """All snapshots, newest first."""
        return self.workspace.snapshots.list()

    def changes_since(self, name: str) -> tuple[Changed, ...]:
        """Every value that differs between a snapshot and today's answer to the same query."""
        kept = self.workspace.snapshots.show(name)
        return changes_since(kept, self._platform.answer(kept.document))
