"""Queries of one workspace: asked, explained, streamed, and the people whom they find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from touchpath.model.errors import NotAllowed, TouchpathError
from touchpath.model.nodes import Node
from touchpath.model.rules import EventRule
from touchpath.model.time import Grain, Period
from touchpath.services import (
    people,
    shortcuts,
)
from touchpath.services.behind import GroupBehind
from touchpath.services.differences import people_by_cell
from touchpath.services.footing import Footing
from touchpath.services.hiding import (
    hide_in_answer,
    hide_in_funnel,
    hide_in_rows,
)
from touchpath.services.queries import ask, explain, together
from touchpath.services.queries.catalogue import QUERIES
from touchpath.services.queries.explained import Explained
from touchpath.services.queries.features import read_features
from touchpath.services.queries.reading import PERSON, Asked, Document, parts_of, read_asked, read_part
from touchpath.services.queries.volume import VolumeQuery
from touchpath.services.queries.words import list_queries
from touchpath.services.results import (
    FunnelAnswer,
    PathAnswer,
    PersonHit,
    QueryAnswer,
    QueryWords,
    TaskAnswer,
)
from touchpath.services.small_rows import withhold_from_answer
from touchpath.services.small_ways import withhold_from_funnel, withhold_from_paths, withhold_from_task
from touchpath.services.voice import VoiceAsked, by_people, hide_in_said, listen
from touchpath.timelines.fold import Selection

#: So many texts stand with a group of people; the page of voices has all.
MOST_SAID = 6


@dataclass(frozen=True)
class AnsweredQueries(Footing):
    """Whatever is asked as a document, and the short forms of it."""

    def queries(self) -> tuple[QueryWords, ...]:
        """Every query that can be asked, in words."""
        return list_queries()

    def read_query(self, document: Document) -> Asked:
        """A query from its document; raises BadInput with every fault at once."""
        return read_asked(document, QUERIES, self.experience(), self.zone)

    def ask(self, query: Document | Asked, who: Selection | None = None, *, clear: bool = False) -> QueryAnswer:
        """The answer to any query, in tables. See docs/guide/queries.md for the documents.

        clear: with the personal details that stand in values of properties.
        """
        asked = self._seen_days(query if isinstance(query, Asked) else self.read_query(query))
        few = self._few_asked(asked, who)

        def answer() -> QueryAnswer:
            return self._marks.query(ask.ask(self._ground(who), asked, self.confidence), asked.grain)

        return self._shown(asked, self._kept(("ask", asked), answer, who), who, clear, few)

    def ask_all(
        self, queries: str | Sequence[Document | Asked | Node], who: Selection | None = None, *, clear: bool = False
    ) -> tuple[QueryAnswer | TouchpathError, ...]:
        """The answers to several queries, read together; what cannot be asked is an error in its place and costs no other.

        queries: documents, or a text that lists them. clear: with the personal details that stand in values of properties.
        """
        version, asked = self._version(), [self._read_one(query) for query in self._documents(queries)]
        fresh = [
            one
            for one in dict.fromkeys(one for one in asked if isinstance(one, Asked))
            if who is not None or not self._answers.has(version, ("ask", one))
        ]
        found = dict(zip(fresh, together.ask_all(self._ground(who), fresh, self.confidence), strict=True))

        def answer(one: Asked) -> QueryAnswer | TouchpathError:
            new = found.get(one)
            if isinstance(new, TouchpathError):
                return new
            if new is None:
                return self.ask(one, who, clear=clear)
            few, why = self._why_not(lambda: self._few_asked(one, who))
            if why:
                return NotAllowed(f"{why}.")
            marked = self._marks.query(new, one.grain)
            whole = marked if who is not None else self._answers.get(version, ("ask", one), lambda: marked)
            return self._shown(one, whole, who, clear, few)

        return tuple(answer(one) if isinstance(one, Asked) else one for one in asked)

    def explain(self, query: Document | Asked, who: Selection | None = None, *, run: bool = False) -> Explained:
        """What a query would do and read, before it does it; with `run` it is asked too, and what that cost is told."""
        asked = query if isinstance(query, Asked) else self.read_query(query)
        kept = who is None and self._answers.has(self._version(), ("ask", asked))
        return explain.explain(self._ground(who), asked, self.confidence, kept, run)

    def features(self, query: Document | Asked, who: Selection | None = None, *, clear: bool = False) -> pa.RecordBatchReader:
        """The rows of a `features` query, streamed; nothing of them is kept. clear: with the personal details in their texts."""
        self._check_people()
        asked = query if isinstance(query, Asked) else self.read_query(query)
        rows = read_features(self._ground(who), asked)
        return rows if clear else hide_in_rows(rows, self.detectors)

    def outcomes(self, query: Document | Asked) -> tuple[str, ...]:
        """The groups of people that a query finds, by the names that `select` takes; none where it is not about people."""
        asked = query if isinstance(query, Asked) else self.read_query(query)
        return tuple(asked.query.outcomes()) if asked.unit == PERSON else ()

    def select(self, query: Document | Asked, outcome: str) -> Selection:
        """The people with a named outcome of a query, to filter any other with."""
        asked = query if isinstance(query, Asked) else self.read_query(query)
        return ask.select(self._ground(), asked, outcome)

    def people_with(self, query: Document | Asked, outcome: str, limit: int = 100) -> GroupBehind:
        """The people with a named outcome of a query: how many, and some of them, latest first."""
        asked = query if isinstance(query, Asked) else self.read_query(query)
        return self.behind_group(outcome, self.select(asked, outcome), asked.period, limit)

    def behind_group(self, group: str, who: Selection, period: Period | None, limit: int) -> GroupBehind:
        """A selection with some of its people, latest heard of first, and the newest of what they wrote in a period."""
        self._check_people()
        if who.unit != PERSON:
            return GroupBehind(group, who.unit, len(who.keys), ())
        heard = listen(self.index, self.experience(), VoiceAsked(period=period), MOST_SAID, by_people(self.timelines, who.keys))
        said = hide_in_said(heard.said, self.detectors)
        return GroupBehind(group, who.unit, len(who.keys), self.actors(who, limit), said)

    def some_people(self, query: Document, limit: int = 5) -> tuple[PersonHit, ...]:
        """Some of the people who did what a query of volume asks for, latest heard of first."""
        self._check_people()
        return self.actors(self.select(query, "did"), limit)

    def actors(self, who: Selection, limit: int = 100) -> tuple[PersonHit, ...]:
        """Some of the people of a selection, by their actor ids."""
        self._check_people()
        return people.list_people(self.index, self.timelines, who.keys, limit)

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
        who: Selection | None = None,
    ) -> FunnelAnswer:
        """How many people go from kind to kind, in order, within a window from entry."""

        def answer() -> FunnelAnswer:
            found = shortcuts.ask_funnel(self._ground(who), steps, window, by, grain, period, reentry, same, self.confidence)
            return hide_in_funnel(self._marks.funnel(found), self.detectors)

        period = self._days(period)
        found = self._kept(("funnel", tuple(steps), window, by, grain, period, reentry, same), answer, who)
        if not self.viewers:
            return found
        query = VolumeQuery(tuple(EventRule((kind,)) for kind in steps))
        few = self._few_asked(Asked(query, period=period, grain=grain, by=(by,) if by else ()), who)
        return withhold_from_funnel(found, self.smallest_group, few)

    def select_funnel(self, steps: Sequence[str], *, reached: int, window: str = "7d", same: str = "") -> Selection:
        """The people who came exactly to step `reached` (0 = entered only) of a funnel over kinds, whose window has closed."""
        return shortcuts.select_funnel(self._ground(), steps, reached, window, same)

    def select_who_did(self, kind: str, period: Period | None = None) -> Selection:
        """The people with a signal of a kind, ever or in a period."""
        return shortcuts.select_who_did(self._ground(), kind, period)

    def task(self, task: str, *, period: Period | None = None, who: Selection | None = None) -> TaskAnswer:
        """How attempts at one task went."""

        def answer() -> TaskAnswer:
            return self._marks.whole(shortcuts.ask_task(self._ground(who), task, period, self.confidence))

        period = self._days(period)
        found = self._kept(("task", task, period), answer, who)
        if not self.viewers:
            return found
        self._few_measured("task_success", task, "", None, period, who)
        return withhold_from_task(found, self.smallest_group)

    def paths(self, *, journey: str = "", period: Period | None = None, top: int = 30) -> PathAnswer:
        """What directly follows what, most frequent first."""

        def answer() -> PathAnswer:
            return self._marks.whole(shortcuts.ask_paths(self._ground(), journey, period, top, self.confidence))

        period = self._days(period)
        found = self._kept(("paths", journey, period, top), answer)
        if not self.viewers:
            return found
        self._few_read((), period)
        return withhold_from_paths(found, self.smallest_group)

    def _shown(self, asked: Asked, whole: QueryAnswer, who: Selection | None, clear: bool, few: frozenset[str]) -> QueryAnswer:
        if not self.viewers:
            return whole if clear else self._kept(("shown", asked), lambda: hide_in_answer(whole, self.detectors), who)
        least = self.smallest_group

        def withhold() -> QueryAnswer:
            return withhold_from_answer(whole, least, few, people_by_cell(self._ground(who), asked))

        cut = self._kept(("cut", asked, least), withhold, who)
        return cut if clear else self._kept(("shown", asked, least), lambda: hide_in_answer(cut, self.detectors), who)

    def _seen_days(self, asked: Asked) -> Asked:
        return replace(asked, period=self._days(asked.period))

    def _documents(self, queries: str | Sequence[Document | Asked | Node]) -> Sequence[Document | Asked | Node]:
        if not isinstance(queries, str):
            return queries
        parts = parts_of(queries)
        return (queries,) if parts is None else parts

    def _read_one(self, query: Document | Asked | Node) -> Asked | TouchpathError:
        try:
            if isinstance(query, Asked):
                return self._seen_days(query)
            if isinstance(query, str | Mapping):
                return self._seen_days(self.read_query(query))
            return self._seen_days(read_part(query, QUERIES, self.experience(), self.zone))
        except TouchpathError as error:
            return error
