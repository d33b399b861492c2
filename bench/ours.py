"""Our folds, as the queries of the product use them, and a bare read of the same columns."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np

from drawn import BEGIN, KINDS, PLANS, WEEK, load
from questions import ERROR, FAILURE, FOUR, GAP, LIMIT, START, SUCCESS, TWELVE, WEEKS, WINDOW
from touchpath.engines.local import LocalEngine
from touchpath.model.experience import Dimension, Task
from touchpath.model.rules import EventRule
from touchpath.model.time import Period, calendar_periods, from_micros
from touchpath.timelines.arrays import Cells, Timelines
from touchpath.timelines.counting import CountMoves, CountSessions
from touchpath.timelines.cut import prepare_cut
from touchpath.timelines.fold import Whole
from touchpath.timelines.funnel import Funnel
from touchpath.timelines.kernels import kernel
from touchpath.timelines.paths import DirectlyFollows
from touchpath.timelines.retention import Retention
from touchpath.timelines.sessions import Sessions
from touchpath.timelines.tasks import Attempts
from touchpath.timelines.who import SegmentOnly

PLAN = Dimension("plan", "Plan", "properties.plan", "person", "fixed")
REGION = Dimension("region", "Region", "properties.region", "person", "fixed")


def rule(kind: int) -> EventRule:
    return EventRule((KINDS[kind],))


def span(micros: int) -> timedelta:
    return timedelta(microseconds=micros)


@dataclass(frozen=True)
class Weeks:
    """A cut by weeks alone."""

    edges: np.ndarray

    def cells(self, timelines: Timelines) -> Cells:
        return Cells(self.edges)


@kernel
def read(column: np.ndarray) -> int:
    """Add up a column: no question that looks at every signal can be answered sooner."""
    total = 0
    for i in range(column.size):
        total += column[i]
    return total


def _column(shard: Timelines, name: str) -> np.ndarray:
    return shard.columns[name] if name in shard.columns else getattr(shard, name)


class Touchpath:
    """Our folds over mapped timelines."""

    name = "touchpath"

    def __init__(self, folder: Path, threads: int) -> None:
        self.timelines, self.threads, self.engine = load(folder), threads, LocalEngine(threads)

    def bare(self, columns: tuple[str, ...]) -> int:
        """Read columns and do nothing else."""
        parts = [np.asarray(_column(shard, name)) for name in columns for shard in self.timelines.shards]
        with ThreadPoolExecutor(self.threads) as pool:
            return sum(pool.map(read, parts)) & 0xFFFF

    def _ask(self, fold, cut=None, who=()):
        return self.engine.summarise(fold, self.timelines, cut or Whole(), who)

    def _funnel(self, kinds: tuple[int, ...]) -> list[int]:
        return self._ask(Funnel(tuple(map(rule, kinds)), span(WINDOW))).reached[0].tolist()

    def funnel_of_4(self) -> list[int]:
        return self._funnel(FOUR)

    def funnel_of_12(self) -> list[int]:
        return self._funnel(TWELVE)

    def _by_plan(self, periods, who=()) -> list[list[int]]:
        """Rows by period and plan, plans in their own order."""
        cut, labels = prepare_cut(self.timelines, periods, PLAN)
        found = self._ask(Funnel(tuple(map(rule, FOUR)), span(WINDOW)), cut, who).reached
        places = [labels.index(plan) for plan in PLANS[1:]]
        return [found[period * len(labels) + place].tolist() for period in range(cut.periods) for place in places]

    def funnel_by_plan(self) -> list[list[int]]:
        return self._by_plan((), [SegmentOnly(REGION, "north")])

    def funnel_by_week_and_plan(self) -> list[list[int]]:
        return self._by_plan(calendar_periods(Period(from_micros(BEGIN), from_micros(BEGIN + WEEKS * WEEK)), "week"))

    def sessions(self) -> int:
        return int(self._ask(Sessions(span(GAP))).sessions[0])

    def sessions_counted(self) -> int:
        return int(self._ask(CountSessions(span(GAP))).sessions[0])

    def paths(self) -> list[int]:
        graph = self._ask(DirectlyFollows()).graph(0)
        return [int(graph.counts.sum()), int(graph.people.sum())]

    def paths_counted(self) -> int:
        return int(self._ask(CountMoves()).moves.sum())

    def retention(self) -> list[tuple[int, int]]:
        """People back in week k after the week of their first signal, all cohorts together."""
        edges = np.arange(BEGIN, self.timelines.end + WEEK, WEEK)
        found = self._ask(Retention(borders=tuple(edges.tolist()), intervals=edges.size - 1), Weeks(edges))
        return [(week, int(n)) for week, n in enumerate(found.returned.sum(axis=0), start=1) if n]

    def attempts(self) -> list[int]:
        """Attempts started, succeeded and failed, errors in them, and milliseconds to success in all."""
        task = Task("t", "T", rule(START), rule(SUCCESS), rule(FAILURE), rule(ERROR), limit=span(LIMIT))
        found = self._ask(Attempts(task))
        counts = (found.started, found.succeeded, found.failed)
        return [*(int(part[0]) for part in counts), found.errors.cell(0).y, found.times.totals.cell(0).y]
