"""Made-up answers to queries."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise

import pyarrow as pa

from made_up.estimates import WORDS, seconds, share
from made_up.people import MadePeople
from made_up.worlds import HOSTILE, SPAN
from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.model.estimate import Undefined
from touchpath.model.time import Grain, Period, calendar_periods
from touchpath.services.behind import GroupBehind
from touchpath.services.queries.catalogue import QUERIES
from touchpath.services.queries.explained import ColumnCost, Explained, FilterCost, Spent
from touchpath.services.queries.reading import Asked as AskedQuery
from touchpath.services.queries.reading import read_asked, rule_title
from touchpath.services.results import (
    FunnelAnswer,
    FunnelCell,
    FunnelStep,
    LaneNumber,
    PathAnswer,
    PathEdge,
    PersonHit,
    QueryAnswer,
    QueryWords,
    Table,
    TaskAnswer,
)
from touchpath.services.voice import VoiceAsked


def funnel_asked(steps: int, *segments: str) -> QueryAnswer:
    """A funnel of so many steps as it is answered, for each segment."""
    rows = [(one, place, 420, share(0.9**place, 420), share(0.9, 420)) for one in segments for place in range(steps)]
    through = [(one, share(0.4, 420)) for one in segments]
    tables = (
        Table("steps", ("segment", "step", "entrants", "reach", "completion"), tuple(rows)),
        Table("conversion", ("segment", "conversion"), tuple(through)),
    )
    return QueryAnswer("funnel", "Funnel", tables, "person", SPAN, "7", ())


def ways_asked(query: str, names: tuple[str, ...] = ("search", "look", "order.placed", "ask")) -> QueryAnswer:
    """Moves of people who search, look, buy or leave, step by step or all together; one kind has a hostile name."""
    search, look, bought, asked = (*names, "look", "order.placed", "ask")[:4]
    steps = [
        (0, search, look, 700, 300), (0, search, "(nothing)", 200, 180), (0, search, HOSTILE, 9, 9), (0, search, asked, 7, 7),
        (1, look, bought, 400, 250), (1, look, search, 100, 80), (1, look, "(nothing)", 200, 150), (1, HOSTILE, look, 9, 9),
        (1, "(3 rarer links)", "", 12, None),
    ]  # fmt: skip
    moves = [(*one[1:], seconds(60, 300)) for one in steps if one[2] not in ("(nothing)", "")]
    moves += [(search, search, 90, 60, seconds(5, 60)), (bought, search, 80, 70, seconds(900, 70))]
    nodes = [
        (search, 1000, 900, 110, 0),
        (look, 709, 5, 209, 0),
        (bought, 400, 0, 320, 0),
        (HOSTILE, 9, 9, 0, 0),
        (asked, 7, 0, 7, 0),
    ]
    where = (SPAN.start, SPAN.end, "")
    told = {
        "flows": (Table("links", ("from", "to", "segment", "step", "before", "after", "times", "people"), tuple((*where, *one) for one in steps)),),
        "paths": (
            Table("edges", ("from", "to", "segment", "before", "after", "times", "people", "seconds"), tuple((*where, *one) for one in moves)),
            Table("nodes", ("from", "to", "segment", "node", "signals", "begins", "ends", "open"), tuple((*where, *one) for one in nodes)),
        ),
    }  # fmt: skip
    return QueryAnswer(query, "Ways", told[query], "person", SPAN, "7")


class MadeQueries(MadePeople):
    """What is asked as a query."""

    def queries(self) -> tuple[QueryWords, ...]:
        return (QueryWords("volume", "How many did what.", "of, among"),)

    def read_query(self, document: str) -> AskedQuery:
        return read_asked(document, QUERIES, self._experience)

    def ask(self, query: str, *, clear: bool = False) -> QueryAnswer:
        if "query: flows" in query or '"paths"' in query or "query: paths" in query:
            return ways_asked("flows" if "flows" in query else "paths")
        if "volum" not in query:
            raise BadInput("query:1: No query is called that. There are: volume.")
        numbers = (share(0.4, 300), Undefined("nobody is in the base", 0))
        table = Table("volume", ("from", "what", "people", "share"), tuple((SPAN.start, "order.placed", 120, n) for n in numbers))
        return QueryAnswer(
            "volume", "Orders", (table,), "person", SPAN, "7", ("No kind of signal is called 'x'. There is none yet.",)
        )

    def ask_all(self, queries: str, *, clear: bool = False) -> list[QueryAnswer | BadInput]:
        if '"paths"' in queries:
            steps = tuple(rule_title(step.match) for step in self._experience.journey("buy").steps)
            return [BadInput("Not made up.")] * (len(json.loads(queries)) - 1) + [ways_asked("paths", steps)]
        if '"funnel"' in queries:
            steps = len(json.loads(queries)[0]["steps"])
            return [funnel_asked(steps, ""), funnel_asked(steps, "New here", "Regulars & <b>friends</b>")]
        return [self.ask("volume"), BadInput("query:1: No query is called 'volum'.")]

    def explain(self, query: str, *, run: bool = False) -> Explained:
        self.ask(query)
        column, spent = ColumnCost("kind", 400, ("query",)), Spent(0.1, 0.2, 0.3, 2)
        filters = (FilterCost("did order.placed", (column,)),)
        return Explained(
            "volume",
            "Orders",
            "person",
            SPAN,
            "7",
            1,
            30,
            100,
            0,
            0,
            0,
            (column,),
            1,
            1,
            0,
            filters,
            (),
            False,
            False,
            None,
            spent if run else None,
            (),
        )

    def outcomes(self, query: str) -> tuple[str, ...]:
        answer = self.ask(query)
        return {"flows": ("took it", "took others"), "paths": ("made it", "did not")}.get(answer.query, ("did", "did not"))

    def people_with(self, query: str, outcome: str, limit: int = 100) -> GroupBehind:
        self.ask(query)
        if outcome not in self.outcomes(query):
            raise Missing(unknown("outcome", outcome, self.outcomes(query)))
        return GroupBehind(outcome, "person", 240, self.find_people("42")[:limit], self.voice(VoiceAsked()).said)

    def some_people(self, query: str, limit: int = 5) -> tuple[PersonHit, ...]:
        return self.find_people("some", limit)

    def features(self, query: str) -> pa.RecordBatchReader:
        rows = pa.table({"at": ["2026-01-01", "2026-01-02"], "wrote": ["=1+1", HOSTILE], "orders": [3, -1]})
        return rows.to_reader()

    def funnel(
        self, steps: Sequence[str], *, window: str = "7d", by: str = "", grain: Grain | None = None, period: Period | None = None,
        reentry: bool = True, same: str = "",
    ) -> FunnelAnswer:  # fmt: skip
        known = [kind.kind for kind in self.kinds()]
        for kind in steps:
            if kind not in known:
                raise Missing(unknown("kind of signal", kind, known))
        if window not in ("7d", "30m"):
            raise BadInput(f"The window came as '{window}'.")
        span, first = period or self._span or SPAN, Undefined("the first step has none before it", 0, "entrants")
        told = tuple(
            FunnelStep(kind, share(0.9**i * 0.99, 400), share(0.9, 400) if i else first, seconds(60, 300) if i else first)
            for i, kind in enumerate(steps)
        )
        entrants, unit = 420 if reentry else 300, f"people with one {same} each" if same else "people"
        cells = [
            FunnelCell(entrants, 20, told, one, segment)
            for one in (calendar_periods(span, grain) if grain else (span,))
            for segment in (self.segments(by) if by else ("",))
        ]
        return FunnelAnswer(tuple(cells), {"7d": 604_800.0, "30m": 1_800.0}[window], unit, "7")

    def task(self, task: str, *, period: Period | None = None) -> TaskAnswer:
        found = self._experience.task(task)
        none = Undefined("nobody tried", 0, "attempts")
        measured = {name: self._number(name, 0) if self._span else none for name in ("task_success", "task_time")}
        numbers = {name: LaneNumber(WORDS[name], number, task) for name, number in measured.items()}
        attempts = (share(0.6, 300, "attempts"), share(0.7, 80, "attempts"), Undefined("nobody tried so often", 0, "attempts"))
        started, waiting = (380, 4) if self._span else (0, 0)
        return TaskAnswer(task, found.title, started, waiting, numbers, attempts, period or self._span or SPAN, "7")

    def paths(self, *, journey: str = "", period: Period | None = None, top: int = 30) -> PathAnswer:
        names = (
            [step.title for step in self._experience.journey(journey).steps] if journey else [kind.kind for kind in self.kinds()]
        )
        edges = [
            PathEdge(before, after, 900 - i, 400 - i, seconds(60, 300) if i else Undefined("nobody moved so", 0, "moves"))
            for i, (before, after) in enumerate(pairwise(names))
        ]
        return PathAnswer(tuple(edges[:top]), period or self._span or SPAN, "7", len(edges[top:]))
