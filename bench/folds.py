"""Time each fold on made-up timelines, and other engines on the same question and the same columns.

    python bench/folds.py [--people 500000] [--seed 7] [--threads 2] [--shards 8] [--runs 5]

The generator draws people with very unequal numbers of visits, visits with bursts of signals seconds apart, and gaps of hours
to weeks between visits: about 40 signals per person, of 40 kinds, in 180 days. Times are the median of several runs, after one
that compiles or warms up. The others get integer columns (person, time, kind), stored in person order, the same number of
threads, and the quickest way we know to ask. Where definitions agree their answers must agree with ours, or the run fails.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from touchpath.engines.local import LocalEngine
from touchpath.model.experience import Dimension
from touchpath.model.rules import Condition, EventRule
from touchpath.model.time import Period, calendar_periods, from_micros
from touchpath.timelines.arrays import Cells, Timelines, TimelineSet
from touchpath.timelines.counting import CountMoves, CountSessions
from touchpath.timelines.cut import prepare_cut
from touchpath.timelines.fold import Whole
from touchpath.timelines.funnel import Funnel
from touchpath.timelines.paths import DirectlyFollows
from touchpath.timelines.retention import Retention
from touchpath.timelines.sessions import Sessions

DAY = 86_400_000_000
WEEK = 7 * DAY
GAP = 30 * 60 * 1_000_000
KINDS = ("", *(f"screen{i:02d}.viewed" for i in range(1, 41)))
CHANNELS = ("", "web", "app", "store", "phone")
FOUR = (3, 9, 14, 22)
TWELVE = (3, 2, 5, 9, 4, 7, 14, 6, 8, 22, 10, 12)


def draw(people: int, seed: int) -> Timelines:
    """Timelines of `people` owners, about 40 signals each."""
    rng = np.random.default_rng(seed)
    visits = np.minimum(1 + rng.negative_binomial(1, 0.16, people), 60)
    lengths = rng.geometric(1 / 6.4, int(visits.sum()))
    owner = np.repeat(np.repeat(np.arange(people), visits), lengths)
    begins = np.repeat(rng.integers(0, 180 * DAY, lengths.size), lengths)
    since = np.cumsum(rng.exponential(25_000_000, owner.size).astype(np.int64))
    times = begins + since - since[np.repeat(np.cumsum(lengths) - lengths, lengths)]
    order = np.lexsort((times, owner))
    weights = 1 / np.arange(2, 42)
    kinds = rng.choice(40, owner.size, p=weights / weights.sum()).astype(np.int32) + 1
    columns = {
        "channel": rng.integers(1, 5, owner.size).astype(np.int32),
        "objects.order": rng.integers(1, 4, owner.size) * 1_000_003 + owner,
    }
    starts = np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=people))))
    words = {"kind": KINDS, "channel": CHANNELS}
    return Timelines(np.arange(people, dtype=np.int64), starts.astype(np.int64), times[order], kinds, columns, words)


def parted(timelines: Timelines, shards: int) -> TimelineSet:
    """The same timelines in shards of neighbouring owners."""
    parts = []
    for low, high in itertools.pairwise(np.linspace(0, timelines.people, shards + 1).astype(int)):
        first, last = int(timelines.starts[low]), int(timelines.starts[high])
        columns = {name: column[first:last] for name, column in timelines.columns.items()}
        starts, rows = timelines.starts[low : high + 1] - first, slice(first, last)
        parts.append(
            Timelines(timelines.owners[low:high], starts, timelines.times[rows], timelines.kinds[rows], columns, timelines.words)
        )
    # An end far after the last signal: nothing is open, as in the other engines.
    return TimelineSet("person", tuple(parts), int(timelines.times.min()), int(timelines.times.max()) + 2 * WEEK, "bench")


@dataclass(frozen=True)
class Ran:
    """Seconds of the median run, and what it answered."""

    seconds: float
    answer: object


def clock(work: Callable[[], object], runs: int) -> Ran:
    """Run once to compile, then several times."""
    answer, took = work(), []
    for _ in range(runs):
        begun = time.perf_counter()
        answer = work()
        took.append(time.perf_counter() - begun)
    return Ran(statistics.median(took), answer)


def steps(kinds: tuple[int, ...]) -> tuple[EventRule, ...]:
    return tuple(EventRule((KINDS[kind],)) for kind in kinds)


class Touchpath:
    """Our folds."""

    name = "touchpath"

    def __init__(self, timelines: TimelineSet, threads: int) -> None:
        self.timelines, self.engine = timelines, LocalEngine(threads)

    def funnel(self, kinds: tuple[int, ...]) -> list[int]:
        fold = Funnel(steps(kinds), timedelta(days=7))
        return self.engine.summarise(fold, self.timelines, Whole(), []).reached[0].tolist()

    def sessions(self) -> int:
        return int(self.engine.summarise(Sessions(), self.timelines, Whole(), []).sessions[0])

    def paths(self) -> tuple[int, int]:
        graph = self.engine.summarise(DirectlyFollows(), self.timelines, Whole(), []).graph(0)
        return int(graph.counts.sum()), int(graph.people.sum())

    def count_sessions(self) -> int:
        return int(self.engine.summarise(CountSessions(), self.timelines, Whole(), []).sessions[0])

    def count_paths(self) -> int:
        return int(self.engine.summarise(CountMoves(), self.timelines, Whole(), []).moves.sum())

    def retention(self) -> list[tuple[int, int]]:
        """People back in week k after the week of their first signal, all cohorts together, with the cohorts behind it."""
        edges = np.arange(0, self.timelines.end + WEEK, WEEK)
        fold = Retention(borders=tuple(edges.tolist()), intervals=edges.size - 1)
        found = self.engine.summarise(fold, self.timelines, Weeks(edges), [])
        return [(week, int(n)) for week, n in enumerate(found.returned.sum(axis=0), start=1) if n]

    def more(self) -> Iterator[tuple[str, Callable[[], object]]]:
        """Questions that no other engine here answers in one pass."""
        first, last = from_micros(self.timelines.first), from_micros(self.timelines.end)
        weeks = calendar_periods(Period(first, last), "week")
        cut, _ = prepare_cut(self.timelines, weeks, Dimension("channel", "Channel", "channel"))
        rules = tuple(EventRule(rule.kinds, (Condition("channel", "in", ("web", "app")),)) for rule in steps(FOUR))
        week = timedelta(days=7)
        ours = {
            f"funnel of 4, {len(weeks)} weeks x 4 channels": (Funnel(steps(FOUR), week), cut),
            "funnel of 4, each entry": (Funnel(steps(FOUR), week, every=True), Whole()),
            "funnel of 4, first entry": (Funnel(steps(FOUR), week, reentry=False), Whole()),
            "funnel of 4, same order": (Funnel(steps(FOUR), week, same="order"), Whole()),
            "funnel of 4, a condition on each": (Funnel(rules, week), Whole()),
            f"sessions, {len(weeks)} weeks x 4 channels": (Sessions(), cut),
            "paths of 4 rules": (DirectlyFollows(steps(FOUR)), Whole()),
            f"paths, {len(weeks)} weeks x 4 channels": (DirectlyFollows(), cut),
        }
        for name, (fold, division) in ours.items():
            yield name, lambda fold=fold, division=division: self.engine.summarise(fold, self.timelines, division, [])


@dataclass(frozen=True)
class Weeks:
    """A cut by weeks alone."""

    edges: np.ndarray

    def cells(self, timelines: Timelines) -> Cells:
        return Cells(self.edges)


class ClickHouse:
    """chdb, over a MergeTree table in person order."""

    name = "chdb"

    def __init__(self, file: Path, threads: int) -> None:
        from chdb import session

        self.folder = tempfile.TemporaryDirectory()
        self.session, self.threads = session.Session(self.folder.name), threads
        self.session.query("CREATE DATABASE bench ENGINE = Atomic")
        self.session.query(
            "CREATE TABLE bench.signals (person UInt32, time UInt64, kind UInt8) ENGINE = MergeTree ORDER BY (person, time)"
        )
        self.session.query(f"INSERT INTO bench.signals SELECT person, time, kind FROM file('{file}', Parquet)")
        self.session.query("OPTIMIZE TABLE bench.signals FINAL")

    def _rows(self, question: str) -> list[list[int]]:
        limits = f" SETTINGS max_threads = {self.threads}, optimize_aggregation_in_order = 1"
        lines = str(self.session.query(question + limits, "CSV")).split()
        return [[int(field) for field in line.split(",")] for line in lines]

    def funnel(self, kinds: tuple[int, ...]) -> list[int]:
        conditions = ", ".join(f"kind = {kind}" for kind in kinds)
        levels = self._rows(
            f"SELECT level, count() FROM (SELECT windowFunnel({WEEK})(time, {conditions}) AS level"
            " FROM bench.signals GROUP BY person) WHERE level > 0 GROUP BY level"
        )
        return [sum(n for level, n in levels if level > step) for step in range(len(kinds))]

    def sessions(self) -> int:
        return self._rows(
            f"SELECT countIf(before = 0 OR time - before > {GAP}) FROM (SELECT time, lagInFrame(time) OVER"
            " (PARTITION BY person ORDER BY time) AS before FROM bench.signals)"
        )[0][0]

    count_sessions = sessions

    def count_paths(self) -> int:
        return self._rows(
            "SELECT sum(n) FROM (SELECT count() AS n FROM (SELECT kind, lagInFrame(kind) OVER (PARTITION BY person ORDER BY time)"
            " AS before FROM bench.signals) WHERE before > 0 GROUP BY before, kind)"
        )[0][0]

    def retention(self) -> list[tuple[int, int]]:
        """A bit for each week."""
        found = self._rows(
            "SELECT week - arrayMin(weeks) AS distance, count() FROM (SELECT bitPositionsToArray(groupBitOr(bitShiftLeft("
            f"toUInt64(1), intDiv(time, {WEEK})))) AS weeks FROM bench.signals GROUP BY person) ARRAY JOIN weeks AS week"
            " WHERE distance > 0 GROUP BY distance ORDER BY distance"
        )
        return [(distance, people) for distance, people in found]

    def paths(self) -> tuple[int, int]:
        found = self._rows(
            "SELECT sum(n), sum(people) FROM (SELECT count() AS n, uniqExact(person) AS people FROM (SELECT person, kind,"
            " lagInFrame(kind) OVER (PARTITION BY person ORDER BY time) AS before FROM bench.signals)"
            " WHERE before > 0 GROUP BY before, kind)"
        )
        return found[0][0], found[0][1]


class DuckDB:
    """DuckDB, over an in-memory table in person order."""

    name = "duckdb"

    def __init__(self, file: Path, threads: int) -> None:
        import duckdb

        self.connection = duckdb.connect(config={"threads": threads})
        self.connection.execute("CREATE TABLE signals AS SELECT * FROM read_parquet($file)", {"file": str(file)})

    def _row(self, question: str) -> tuple[int, ...]:
        row = self.connection.execute(question).fetchone()
        return tuple(int(field or 0) for field in row)

    def funnel(self, kinds: tuple[int, ...]) -> list[int]:
        """The latest entry that has come so far, step after step, by window functions."""
        wanted = ", ".join(map(str, kinds))
        source = f"(SELECT *, time AS e0 FROM signals WHERE kind IN ({wanted}))"
        for number, kind in enumerate(kinds, start=1):
            inside = f"kind = {kind} AND time - e{number - 1} <= {WEEK}"
            source = (
                f"(SELECT *, max(CASE WHEN {inside} THEN e{number - 1} END) OVER"
                f" (PARTITION BY person ORDER BY time ROWS UNBOUNDED PRECEDING) AS e{number} FROM {source})"
            )
        counts = ", ".join(
            f"count(DISTINCT CASE WHEN e{number} IS NOT NULL THEN person END)" for number in range(1, len(kinds) + 1)
        )
        return list(self._row(f"SELECT {counts} FROM {source}"))

    def sessions(self) -> int:
        return self._row(
            f"SELECT count(*) FILTER (before IS NULL OR time - before > {GAP}) FROM"
            " (SELECT time, lag(time) OVER (PARTITION BY person ORDER BY time) AS before FROM signals)"
        )[0]

    count_sessions = sessions

    def count_paths(self) -> int:
        return self._row(
            "SELECT sum(n) FROM (SELECT count(*) AS n FROM (SELECT kind, lag(kind) OVER (PARTITION BY person ORDER BY time) AS before"
            " FROM signals) WHERE before IS NOT NULL GROUP BY before, kind)"
        )[0]

    def retention(self) -> list[tuple[int, int]]:
        return self.connection.execute(
            "WITH weeks AS (SELECT DISTINCT person, time // $week AS week FROM signals),"
            " cohorts AS (SELECT person, min(week) AS cohort FROM weeks GROUP BY person)"
            " SELECT week - cohort AS distance, count(*) FROM weeks JOIN cohorts USING (person) WHERE week > cohort"
            " GROUP BY distance ORDER BY distance",
            {"week": WEEK},
        ).fetchall()

    def paths(self) -> tuple[int, ...]:
        return self._row(
            "SELECT sum(n), sum(people) FROM (SELECT count(*) AS n, count(DISTINCT person) AS people FROM (SELECT person, kind,"
            " lag(kind) OVER (PARTITION BY person ORDER BY time) AS before FROM signals) WHERE before IS NOT NULL"
            " GROUP BY before, kind)"
        )


class Polars:
    """Polars, over columns in person order: neighbours are found by shifting, without a group per person."""

    name = "polars"

    def __init__(self, file: Path, threads: int) -> None:
        import polars

        self.pl, self.signals = polars, polars.read_parquet(file)

    def funnel(self, kinds: tuple[int, ...]) -> list[int]:
        pl = self.pl
        frame = self.signals.lazy().filter(pl.col("kind").is_in(list(kinds))).with_columns(pl.col("time").alias("e0"))
        for number, kind in enumerate(kinds, start=1):
            before = pl.col(f"e{number - 1}")
            inside = (pl.col("kind") == kind) & (pl.col("time") - before <= WEEK)
            frame = frame.with_columns(pl.when(inside).then(before).cum_max().forward_fill().over("person").alias(f"e{number}"))
        counts = [pl.col("person").filter(pl.col(f"e{number}").is_not_null()).n_unique() for number in range(1, len(kinds) + 1)]
        return list(frame.select(count.alias(str(i)) for i, count in enumerate(counts)).collect().row(0))

    def sessions(self) -> int:
        pl = self.pl
        person, moment = pl.col("person"), pl.col("time")
        parted = (person != person.shift(1)) | (moment - moment.shift(1) > GAP)
        return self.signals.lazy().select(parted.fill_null(value=True).sum()).collect().item()

    count_sessions = sessions

    def count_paths(self) -> int:
        pl = self.pl
        person, kind = pl.col("person"), pl.col("kind")
        pairs = self.signals.lazy().select((kind.shift(1) * 64 + kind).alias("pair"), (person == person.shift(1)).alias("next"))
        return pairs.filter(pl.col("next")).group_by("pair").len().select(pl.col("len").sum()).collect().item()

    def retention(self) -> list[tuple[int, int]]:
        """Signals are in order, so a person's weeks begin where the week or the person changes."""
        pl = self.pl
        person, week = pl.col("person"), pl.col("week")
        weeks = self.signals.lazy().select(person, (pl.col("time") // WEEK).cast(pl.Int16).alias("week"))
        news = (person != person.shift(1)).fill_null(value=True)
        starts = weeks.filter(news | (week != week.shift(1)))
        cohorts = starts.with_columns(pl.when(news).then(week).forward_fill().alias("cohort"))
        counted = cohorts.group_by((week - pl.col("cohort")).alias("distance")).len().filter(pl.col("distance") > 0)
        return counted.sort("distance").collect().rows()

    def paths(self) -> tuple[int, int]:
        pl = self.pl
        person, kind = pl.col("person"), pl.col("kind")
        pairs = self.signals.lazy().select(person, kind, kind.shift(1).alias("before"), (person == person.shift(1)).alias("next"))
        edges = pairs.filter(pl.col("next")).group_by("before", "kind").agg(pl.len(), person.n_unique().alias("people"))
        return edges.select(pl.col("len").sum(), pl.col("people").sum()).collect().row(0)


QUESTIONS = {
    "funnel of 4, 7 days": lambda engine: engine.funnel(FOUR),
    "funnel of 12, 7 days": lambda engine: engine.funnel(TWELVE),
    "sessions, 30 minutes": lambda engine: engine.sessions(),
    "sessions, counted only": lambda engine: engine.count_sessions(),
    "paths, counts and people": lambda engine: engine.paths(),
    "paths, counted only": lambda engine: engine.count_paths(),
    "weekly retention": lambda engine: engine.retention(),
}


def write(timelines: Timelines, folder: str) -> Path:
    """The columns as a Parquet file for the others."""
    person = np.repeat(timelines.owners, np.diff(timelines.starts)).astype(np.uint32)
    file = Path(folder) / "signals.parquet"
    pq.write_table(pa.table({"person": person, "time": timelines.times, "kind": timelines.kinds.astype(np.uint8)}), file)
    return file


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("people", 500_000), ("seed", 7), ("threads", 2), ("shards", 8), ("runs", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    os.environ["POLARS_MAX_THREADS"] = str(options.threads)
    timelines = draw(options.people, options.seed)
    whole = parted(timelines, options.shards)
    print(f"{timelines.signals:,} signals of {timelines.people:,} people, {options.threads} threads, seed {options.seed}\n")
    ours = Touchpath(whole, options.threads)
    with tempfile.TemporaryDirectory() as folder:
        file = write(timelines, folder)
        others = [engine(file, options.threads) for engine in (ClickHouse, DuckDB, Polars)]
    print(f"{'question':34} {'touchpath':>10}", *(f"{other.name:>18}" for other in others))
    for question, ask in QUESTIONS.items():
        mine = clock(lambda ask=ask: ask(ours), options.runs)
        cells = []
        for other in others:
            theirs = clock(lambda ask=ask, other=other: ask(other), options.runs)
            if theirs.answer != mine.answer:
                raise SystemExit(f"{question}: {other.name} says {theirs.answer}, touchpath says {mine.answer}.")
            cells.append(f"{theirs.seconds:9.3f} s {theirs.seconds / mine.seconds:5.1f} x")
        print(f"{question:34} {mine.seconds:8.3f} s", *(f"{cell:>18}" for cell in cells), flush=True)
    print()
    for question, ask in ours.more():
        print(f"{question:44} {clock(ask, options.runs).seconds:8.3f} s", flush=True)


if __name__ == "__main__":
    main()
