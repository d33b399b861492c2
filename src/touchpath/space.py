"""Python's door: `import touchpath as tp; space = tp.open("folder")`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from getpass import getuser
from html import escape
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Self, TypeVar
from zoneinfo import ZoneInfo

import pyarrow as pa
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from touchpath.bootstrap import Workspace, open_workspace
from touchpath.model.errors import TouchpathError, Unavailable
from touchpath.model.signal import Signal
from touchpath.model.time import Grain, Period
from touchpath.services.account_page import AccountFound
from touchpath.services.accounts import Accounts
from touchpath.services.associations import AssociationsAsked, AssociationsFound
from touchpath.services.behind import Behind
from touchpath.services.compared import Compared
from touchpath.services.decisions import Decision
from touchpath.services.drivers import SPAN, DriversAsked, KeyDrivers
from touchpath.services.drivers import Method as DriverMethod
from touchpath.services.effect_found import Design, EffectAsked, EffectFound
from touchpath.services.groups import GroupFound, Groups
from touchpath.services.identity import PersonIdentity
from touchpath.services.outside import OutsideFigure, OutsideNumber
from touchpath.services.periods_around import Every
from touchpath.services.queries.explained import Explained
from touchpath.services.queries.reading import Document
from touchpath.services.results import (
    FunnelAnswer,
    JourneyMap,
    KindUse,
    Measurement,
    MetricWords,
    Overview,
    Pack,
    PathAnswer,
    PersonHit,
    PersonTimeline,
    QueryAnswer,
    QueryWords,
    TaskAnswer,
)
from touchpath.services.snapshots import Changed, Snapshot, changes_since
from touchpath.services.tables import Row, rows
from touchpath.services.trended import Trend
from touchpath.store.signals import Appended
from touchpath.timelines.fold import Selection
from touchpath.web.charts.notebook import draw

if TYPE_CHECKING:
    import pandas
    import polars

A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class Answer(Generic[A]):
    """An answer with its rows: prints as a table, draws itself in a notebook, and turns into a data frame."""

    answer: A
    title: str

    @property
    def rows(self) -> list[Row]:
        """One dictionary per number."""
        return rows(self.answer)

    def to_arrow(self) -> pa.Table:
        """The rows as an Arrow table."""
        return pa.Table.from_pylist(self.rows)

    def to_polars(self) -> polars.DataFrame:
        """The rows as a polars frame; needs `pip install 'touchpath[dataframes]'`."""
        try:
            import polars
        except ImportError as error:
            raise Unavailable("polars is not installed. Install it: pip install 'touchpath[dataframes]'") from error
        frame = polars.from_arrow(self.to_arrow())
        assert isinstance(frame, polars.DataFrame)
        return frame

    def to_pandas(self) -> pandas.DataFrame:
        """The rows as a pandas frame; needs `pip install 'touchpath[dataframes]'`."""
        try:
            import pandas
        except ImportError as error:
            raise Unavailable("pandas is not installed. Install it: pip install 'touchpath[dataframes]'") from error
        return pandas.DataFrame(self.rows)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        table = Table(title=Text(self.title), title_justify="left", header_style="bold", show_edge=False)
        found = self.rows
        names = [name for name in (found[0] if found else {}) if any(row[name] not in (None, "") for row in found)]
        for name in names:
            table.add_column(name)
        for row in found:
            table.add_row(*(Text(_shown(row[name])) for name in names))
        yield table

    def __repr__(self) -> str:
        text = StringIO()
        Console(file=text, width=140).print(self)
        return text.getvalue().rstrip()

    def _repr_html_(self) -> str:
        found = self.rows
        names = list(found[0]) if found else []
        head = "".join(f"<th>{escape(name)}</th>" for name in names)
        body = "".join("<tr>" + "".join(f"<td>{escape(_shown(row[name]))}</td>" for name in names) + "</tr>" for row in found)
        chart = draw(self.answer)
        return f"<h3>{escape(self.title)}</h3>{chart}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _shown(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.4g}"
    return cell.strftime("%Y-%m-%d %H:%M") if isinstance(cell, datetime) else str(cell)


@dataclass(frozen=True, slots=True)
class JourneyDoor:
    """One journey of the model."""

    workspace: Workspace
    id: str

    def map(
        self, by: str = "", segment: str = "", period: Period | None = None, persona: str = "", role: str = ""
    ) -> Answer[JourneyMap]:
        """The journey map: each step with its numbers, of everybody or of one segment, persona or role."""
        found = self.workspace.platform.journey_map(self.id, period=period, by=by, segment=segment, persona=persona, role=role)
        return Answer(found, f"{found.journey.title}. {found.finding}")


class Space:
    """An open workspace. Every method asks the same services as the pages and the terminal."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._platform = workspace.platform

    def measure(
        self,
        metric: str,
        subject: str = "",
        by: str = "",
        grain: Grain | None = None,
        period: Period | None = None,
        confidence: float | None = None,
        who: Selection | None = None,
    ) -> Answer[Measurement]:
        """One metric of one thing (a task, a question, a journey), whole or cut by a dimension and by period.

        who: only these people (see `select_funnel` and `select_who_did`).
        """
        found = self._platform.measure(metric, subject, by=by, grain=grain, period=period, confidence=confidence, who=who)
        return Answer(found, f"{found.metric.title}: {found.about}")

    def compare(
        self,
        metric: str,
        subject: str = "",
        by: str = "",
        against: str = "",
        pairs: bool = False,
        period: Period | None = None,
        periods: tuple[Period, Period] | None = None,
        confidence: float | None = None,
        who: Selection | None = None,
    ) -> Answer[Compared]:
        """One metric between the segments of a dimension (each with the rest, with the one named, or every pair), or between two periods.

        Each difference has its interval, and p-values corrected for all that was compared; too small groups say how many would do.
        """
        found = self._platform.compare(
            metric, subject, by=by, against=against, pairs=pairs, period=period, periods=periods, confidence=confidence, who=who
        )
        return Answer(found, f"{found.metric.title}: {found.about}. {found.sentence}")

    def trend(
        self,
        metric: str,
        subject: str = "",
        grain: Grain = "week",
        by: str = "",
        period: Period | None = None,
        confidence: float | None = None,
        who: Selection | None = None,
    ) -> Answer[Trend]:
        """How one metric went by day, week, month or quarter: changes of level, what repeats, odd points; its rows are the readings.

        by: also within each segment of a dimension, or each persona, role or kind of link.
        """
        found = self._platform.trend(metric, subject, grain=grain, by=by, period=period, confidence=confidence, who=who)
        return Answer(found, f"{found.metric.title}: {found.about}. {' '.join(found.sentences)}")

    def drivers(
        self,
        outcome: str,
        of: Sequence[str],
        within: timedelta = SPAN,
        every: bool = False,
        weights: str = "",
        method: DriverMethod = "lmg",
        period: Period | None = None,
        confidence: float | None = None,
        who: Selection | None = None,
    ) -> Answer[KeyDrivers]:
        """What goes together with an outcome (a question, or a score as in sus:SURVEY): each item's part, correlation and slope.

        of: questions, scores, and what people did before they answered, as in count:ticket.opened (did, sum, mean of values). within: how far
        apart answers lie at most, and how far back deeds. every: each answer, not each person's latest. weights: a dimension, whose segments
        answers then have as everybody who was asked, or properties.NAME. Association only.
        """
        asked = DriversAsked(outcome, tuple(of), within, every, weights, method)
        found = self._platform.drivers(asked, period=period, confidence=confidence, who=who)
        return Answer(found, f"Drivers of {found.outcome.title}. {found.sentence}")

    def effect(
        self,
        metric: str,
        since: date,
        subject: str = "",
        every: Every = "week",
        by: str = "",
        treated: Sequence[str] = (),
        design: Design = "",
        period: Period | None = None,
        confidence: float | None = None,
        who: Selection | None = None,
    ) -> Answer[EffectFound]:
        """What a change at a known day did to a metric, and what such an answer may claim.

        since: that day, or its midnight in the workspace's zone. by, treated: a dimension and its segments that got the change (difference in
        differences, or with few units the distance of two series); without them one series, interrupted.
        """
        zone = ZoneInfo(self._platform.zone)
        moment = since if isinstance(since, datetime) else datetime.combine(since, time(), zone)
        asked = EffectAsked(metric, moment, subject, every, by, tuple(treated), design)
        found = self._platform.effect(asked, period=period, confidence=confidence, who=who)
        return Answer(found, found.sentence)

    def associations(
        self,
        ux: Sequence[str],
        cx: Sequence[str],
        by: str = "",
        every: Grain | None = None,
        lead: int = 0,
        period: Period | None = None,
        confidence: float | None = None,
        who: Selection | None = None,
    ) -> Answer[AssociationsFound]:
        """How metrics of use (as in task_success:checkout) go together with metrics of the relationship (as in nps), pair by pair.

        Across the segments of a dimension (`by`), or from period to period (`every`), the use `lead` periods earlier. Fewer than ten are
        refused. Association only.
        """
        asked = AssociationsAsked(tuple(ux), tuple(cx), by, every, lead)
        found = self._platform.associations(asked, period=period, confidence=confidence, who=who)
        return Answer(found, " ".join(found.sentences))

    def measure_all(
        self,
        asks: Sequence[tuple[str, str]] = (),
        by: str = "",
        grain: Grain | None = None,
        period: Period | None = None,
        confidence: float | None = None,
        who: Selection | None = None,
    ) -> Answer[Pack]:
        """Several metrics, each with what it is measured of, as in [("nps", ""), ("task_success", "checkout")], read together.

        Without `asks` all that the model can be measured by. One that cannot be measured costs its own number, and says why.
        """
        found = self._platform.measure_all(asks, by=by, grain=grain, period=period, confidence=confidence, who=who)
        return Answer(found, f"{len(found.measurements)} metrics")

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

    def select(self, query: Document, outcome: str) -> Selection:
        """The people with a named outcome of a query, to filter any other question with; an unknown outcome names those there are."""
        return self._platform.select(query, outcome)

    def take_snapshot(self, name: str, query: Document, why: str = "") -> Snapshot:
        """Keep the answer to a query, or a metric as in {"metric": "churn"}, as it is today, under a name of its own.

        Raises Conflict when the name is taken.
        """
        return self.workspace.snapshots.take(name, query, self._platform.answer(query), getuser(), why)

    def behind(self, metric: str, subject: str = "", period: Period | None = None, by: str = "", segment: str = "") -> Behind:
        """What stands behind a number: numerator and denominator, what is left out, versions, and the query that counts the same.

        by, segment: of the number of one segment of a dimension.
        """
        return self._platform.behind(metric, subject, period=period, by=by, segment=segment)

    def enter_benchmark(self, figure: OutsideFigure) -> OutsideNumber:
        """Keep a number of somebody else, to hold one's own against; raises BadInput for one that cannot be."""
        return self._platform.enter_outside(figure, getuser())

    def benchmarks(self, metric: str = "") -> tuple[OutsideNumber, ...]:
        """Numbers of others, newest first by the day they speak of."""
        return self._platform.outside_numbers(metric)

    def snapshots(self) -> tuple[Snapshot, ...]:
        """All snapshots, newest first."""
        return self.workspace.snapshots.list()

    def changes_since(self, name: str) -> tuple[Changed, ...]:
        """Every value that differs between a snapshot and today's answer to the same query."""
        kept = self.workspace.snapshots.show(name)
        return changes_since(kept, self._platform.answer(kept.document))

    def queries(self) -> Answer[tuple[QueryWords, ...]]:
        """Every query that can be asked."""
        return Answer(self._platform.queries(), "Queries")

    def select_funnel(self, steps: Sequence[str], reached: int, window: str = "7d", same: str = "") -> Selection:
        """The people who came exactly to step `reached` (0 = entered only) of a funnel, to filter any other question with."""
        return self._platform.select_funnel(steps, reached=reached, window=window, same=same)

    def select_who_did(self, kind: str, period: Period | None = None) -> Selection:
        """The people with a signal of a kind, ever or in a period, to filter any other question with."""
        return self._platform.select_who_did(kind, period)

    def who(self, selection: Selection, limit: int = 100) -> Answer[tuple[PersonHit, ...]]:
        """Some of the people of a selection."""
        return Answer(self._platform.actors(selection, limit), selection.title)

    def task(self, task: str, period: Period | None = None, who: Selection | None = None) -> Answer[TaskAnswer]:
        """How attempts at a task went."""
        found = self._platform.task(task, period=period, who=who)
        return Answer(found, found.title)

    def paths(self, journey: str = "", period: Period | None = None, top: int = 30) -> Answer[PathAnswer]:
        """What directly follows what, how often and how fast."""
        return Answer(self._platform.paths(journey=journey, period=period, top=top), "Paths")

    def journey(self, id: str) -> JourneyDoor:
        """A journey of the model; raises Missing."""
        return JourneyDoor(self.workspace, self._platform.experience().journey(id).id)

    def overview(self) -> Answer[Overview]:
        """UX and CX numbers of every product and journey."""
        return Answer(self._platform.overview(), "Overview")

    def people(self, text: str = "", limit: int = 20) -> Answer[tuple[PersonHit, ...]]:
        """People by a part of an id or by words they wrote."""
        return Answer(self._platform.find_people(text, limit), "People")

    def person(
        self, actor: str, search: str = "", limit: int = 200, clear: bool = False, *, start: int = 0, kind: str = ""
    ) -> Answer[PersonTimeline]:
        """One person's timeline across all silos, newest first; clear: with the personal details that stand in their words.

        start: so many newer signals come before. kind: only signals of it, "friction" = only moments of friction.
        """
        found = self._platform.person(actor, search=search, limit=limit, start=start, kind=kind, clear=clear)
        return Answer(found, actor)

    def accounts(self, search: str = "", sort: str = "people", score: str = "", limit: int = 50) -> Answer[Accounts]:
        """The organisations that people belong to, in an order; score: the question whose answers rate them."""
        return Answer(self._platform.accounts(search=search, sort=sort, score=score, size=limit), "Accounts")

    def account(self, account: str, score: str = "") -> Answer[AccountFound]:
        """One account: its people with their roles, who was asked and answered, and the numbers of its people."""
        return Answer(self._platform.account(account, score=score), account)

    def groups(self, by: str = "", grain: Grain | None = None) -> Answer[Groups]:
        """Personas, roles, status and the segments of a dimension of people: sizes, overlaps, who came and left."""
        return Answer(self._platform.groups(by=by, grain=grain), "Segments and personas")

    def group(self, group: str, grain: Grain | None = None) -> Answer[GroupFound]:
        """One of them, as in "persona:planners": its numbers beside everybody else's, and what its members are like."""
        return Answer(self._platform.group(group, grain=grain), group)

    def identity(self, actor: str) -> Answer[PersonIdentity]:
        """Which ids are one person with this one, by which links, and what was not joined and why."""
        return Answer(self._platform.identity_of(actor), actor)

    def decide_identity(self, verdict: str, *ids: str, why: str, member: str = "python") -> Decision:
        """Say that two ids are the "same" person or "apart", or that one joins nobody ("alone"); "undo" takes a decision back by its id."""
        if verdict == "undo":
            return self._platform.undo_identity(ids[0] if ids else "", member, why)
        return self._platform.decide_identity(verdict, ids, member, why)

    def kinds(self) -> Answer[tuple[KindUse, ...]]:
        """Every kind of signal and what reads it."""
        return Answer(self._platform.kinds(), "Kinds")

    def metrics(self) -> Answer[tuple[MetricWords, ...]]:
        """Every metric that can be asked for."""
        return Answer(self._platform.metrics(), "Metrics")

    def close(self) -> None:
        """Let go of files and of the database; a space that was opened with `with` closes by itself."""
        self.workspace.close()

    def for_viewers(self) -> Space:
        """The same workspace as those see it who may not see single people: without small groups, to export for them."""
        return Space(replace(self.workspace, platform=self._platform.for_viewers()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    def record(self, signals: Iterable[Signal]) -> Appended:
        """Keep these signals; they are in the next answer. Raises BadInput naming every signal that cannot be kept."""
        return self.workspace.record(signals)


def open(folder: str | Path) -> Space:
    """Open the workspace in a folder; raises Missing when there is none."""
    return Space(open_workspace(Path(folder)))
