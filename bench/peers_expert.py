"""Expert peers: the quickest way we know to ask each engine, over the same integer columns in order of person and time.

Several ways were tried for each; the quickest stayed. If you know a better one, send it: a better peer makes a better benchmark.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from drawn import BEGIN, WEEK
from questions import ERROR, FAILURE, FOUR, GAP, LIMIT, START, SUCCESS, TWELVE, WEEKS, WINDOW


def reached(levels: list[list[int]], steps: int) -> list[int]:
    """People who reached each step, from rows of (last step reached, people)."""
    return [sum(n for level, n in levels if level > step) for step in range(steps)]


class ClickHouse:
    """chdb, over a MergeTree table in person order."""

    name = "chdb"
    columns = "person UInt32, time UInt64, kind UInt8, plan UInt8, region UInt8, channel UInt8"
    order, file = "person, time", "expert.parquet"

    def __init__(self, folder: Path, threads: int) -> None:
        from chdb import session

        self.home = tempfile.TemporaryDirectory()
        self.session, self.threads = session.Session(self.home.name), threads
        self.session.query("CREATE DATABASE bench ENGINE = Atomic")
        self.session.query(f"CREATE TABLE bench.signals ({self.columns}) ENGINE = MergeTree ORDER BY ({self.order})")
        self.session.query(f"INSERT INTO bench.signals SELECT * FROM file('{folder / self.file}', Parquet)")
        self.session.query("OPTIMIZE TABLE bench.signals FINAL")

    def rows(self, question: str) -> list[list[int]]:
        limits = f" SETTINGS max_threads = {self.threads}, optimize_aggregation_in_order = 1"
        lines = str(self.session.query(question + limits, "CSV")).split()
        return [[int(field) for field in line.split(",")] for line in lines]

    def _funnel(self, kinds: tuple[int, ...]) -> list[int]:
        """PREWHERE leaves out signals that meet no step: a quarter faster than without."""
        conditions, wanted = ", ".join(f"kind = {kind}" for kind in kinds), ", ".join(map(str, kinds))
        levels = self.rows(
            f"SELECT level, count() FROM (SELECT windowFunnel({WINDOW})(time, {conditions}) AS level FROM bench.signals"
            f" PREWHERE kind IN ({wanted}) GROUP BY person) WHERE level > 0 GROUP BY level"
        )
        return reached(levels, len(kinds))

    def funnel_of_4(self) -> list[int]:
        return self._funnel(FOUR)

    def funnel_of_12(self) -> list[int]:
        return self._funnel(TWELVE)

    def funnel_by_plan(self) -> list[list[int]]:
        conditions, wanted = ", ".join(f"kind = {kind}" for kind in FOUR), ", ".join(map(str, FOUR))
        found = self.rows(
            f"SELECT plan, level, count() FROM (SELECT any(plan) AS plan, windowFunnel({WINDOW})(time, {conditions}) AS level"
            f" FROM bench.signals PREWHERE kind IN ({wanted}) AND region = 1 GROUP BY person) WHERE level > 0 GROUP BY plan, level"
        )
        return [reached([row[1:] for row in found if row[0] == plan], len(FOUR)) for plan in (1, 2, 3)]

    def funnel_by_week_and_plan(self) -> list[list[int]]:
        """A later step counts for entries of its own week and of the week before; the window is a week."""
        wanted, week = ", ".join(map(str, FOUR)), f"toUInt8(intDiv(time - {BEGIN}, {WEEK}) + 1)"
        conditions = ", ".join((f"kind = {FOUR[0]} AND week = cell", *(f"kind = {kind}" for kind in FOUR[1:])))
        found = self.rows(
            f"SELECT cell, plan, level, count() FROM (SELECT cell, any(plan) AS plan, windowFunnel({WINDOW})(time, {conditions}) AS level"
            f" FROM (SELECT person, time, kind, plan, {week} AS week, arrayJoin(if(kind = {FOUR[0]}, [week], [week, week - 1])) AS cell"
            f" FROM bench.signals PREWHERE kind IN ({wanted}) AND time < {BEGIN + (WEEKS + 1) * WEEK})"
            f" WHERE cell BETWEEN 1 AND {WEEKS} GROUP BY person, cell) WHERE level > 0 GROUP BY cell, plan, level"
        )
        cells = [(week, plan) for week in range(1, WEEKS + 1) for plan in (1, 2, 3)]
        return [reached([row[2:] for row in found if (row[0], row[1]) == cell], len(FOUR)) for cell in cells]

    def sessions_counted(self) -> int:
        return self.rows(
            f"SELECT countIf(before = 0 OR time - before > {GAP}) FROM (SELECT time, lagInFrame(time) OVER"
            " (PARTITION BY person ORDER BY time) AS before FROM bench.signals)"
        )[0][0]

    sessions = sessions_counted

    def paths_counted(self) -> int:
        return self.rows(
            "SELECT sum(n) FROM (SELECT count() AS n FROM (SELECT kind, lagInFrame(kind) OVER (PARTITION BY person ORDER BY time)"
            " AS before FROM bench.signals) WHERE before > 0 GROUP BY before, kind)"
        )[0][0]

    def paths(self) -> list[int]:
        return self.rows(
            "SELECT sum(n), sum(people) FROM (SELECT count() AS n, uniqExact(person) AS people FROM (SELECT person, kind,"
            " lagInFrame(kind) OVER (PARTITION BY person ORDER BY time) AS before FROM bench.signals)"
            " WHERE before > 0 GROUP BY before, kind)"
        )[0]

    def retention(self) -> list[tuple[int, int]]:
        """A bit for each week."""
        found = self.rows(
            "SELECT week - arrayMin(weeks) AS distance, count() FROM (SELECT bitPositionsToArray(groupBitOr(bitShiftLeft("
            f"toUInt64(1), intDiv(time - {BEGIN}, {WEEK})))) AS weeks FROM bench.signals GROUP BY person) ARRAY JOIN weeks AS week"
            " WHERE distance > 0 GROUP BY distance ORDER BY distance"
        )
        return [(distance, people) for distance, people in found]


class DuckDB:
    """DuckDB, over an in-memory table in person order."""

    name = "DuckDB"
    file = "expert.parquet"

    def __init__(self, folder: Path, threads: int) -> None:
        import duckdb

        self.connection = duckdb.connect(config={"threads": threads})
        self.connection.execute("SET TimeZone = 'UTC'")
        self.connection.execute("CREATE TABLE signals AS SELECT * FROM read_parquet($file)", {"file": str(folder / self.file)})

    def rows(self, question: str) -> list[tuple[int, ...]]:
        return [tuple(int(field or 0) for field in row) for row in self.connection.execute(question).fetchall()]

    def _funnel(self, kinds: tuple[int, ...]) -> list[int]:
        """The latest entry that has come so far, step after step, by window functions."""
        wanted = ", ".join(map(str, kinds))
        source = f"(SELECT person, time, kind, time AS e0 FROM signals WHERE kind IN ({wanted}))"
        for number, kind in enumerate(kinds, start=1):
            inside = f"kind = {kind} AND time - e{number - 1} <= {WINDOW}"
            source = (
                f"(SELECT *, max(CASE WHEN {inside} THEN e{number - 1} END) OVER"
                f" (PARTITION BY person ORDER BY time ROWS UNBOUNDED PRECEDING) AS e{number} FROM {source})"
            )
        counts = ", ".join(
            f"count(DISTINCT CASE WHEN e{number} IS NOT NULL THEN person END)" for number in range(1, len(kinds) + 1)
        )
        return list(self.rows(f"SELECT {counts} FROM {source}")[0])

    def funnel_of_4(self) -> list[int]:
        return self._funnel(FOUR)

    def sessions_counted(self) -> int:
        return self.rows(
            f"SELECT count(*) FILTER (before IS NULL OR time - before > {GAP}) FROM"
            " (SELECT time, lag(time) OVER (PARTITION BY person ORDER BY time) AS before FROM signals)"
        )[0][0]

    sessions = sessions_counted

    def paths_counted(self) -> int:
        return self.rows(
            "SELECT sum(n) FROM (SELECT count(*) AS n FROM (SELECT kind, lag(kind) OVER (PARTITION BY person ORDER BY time) AS before"
            " FROM signals) WHERE before IS NOT NULL GROUP BY before, kind)"
        )[0][0]

    def paths(self) -> list[int]:
        found = self.rows(
            "SELECT sum(n), sum(people) FROM (SELECT count(*) AS n, count(DISTINCT person) AS people FROM (SELECT person, kind,"
            " lag(kind) OVER (PARTITION BY person ORDER BY time) AS before FROM signals) WHERE before IS NOT NULL"
            " GROUP BY before, kind)"
        )
        return list(found[0])

    def retention(self) -> list[tuple[int, ...]]:
        return self.rows(
            f"WITH weeks AS (SELECT DISTINCT person, (time - {BEGIN}) // {WEEK} AS week FROM signals),"
            " cohorts AS (SELECT person, min(week) AS cohort FROM weeks GROUP BY person)"
            " SELECT week - cohort AS distance, count(*) FROM weeks JOIN cohorts USING (person) WHERE week > cohort"
            " GROUP BY distance ORDER BY distance"
        )

    def attempts(self) -> list[int]:
        """Attempts numbered by a running count of starts; a signal counts until the attempt has ended or its limit has run out."""
        found = self.rows(
            "WITH numbered AS (SELECT person, time, kind, sum((kind = "
            f"{START})::UTINYINT) OVER (PARTITION BY person ORDER BY time) AS attempt FROM signals"
            f" WHERE kind IN ({START}, {SUCCESS}, {FAILURE}, {ERROR})),"
            " placed AS (SELECT kind, time - first_value(time) OVER tried AS since,"
            f" count(*) FILTER (kind IN ({SUCCESS}, {FAILURE})) OVER tried AS ended FROM numbered WHERE attempt > 0"
            " WINDOW tried AS (PARTITION BY person, attempt ORDER BY time))"
            f" SELECT count(*) FILTER (kind = {START}), count(*) FILTER (kind = {SUCCESS} AND ended = 1 AND since <= {LIMIT}),"
            f" count(*) FILTER (kind = {FAILURE} AND ended = 1 AND since <= {LIMIT}),"
            f" count(*) FILTER (kind = {ERROR} AND ended = 0 AND since <= {LIMIT}),"
            f" sum(since // 1000) FILTER (kind = {SUCCESS} AND ended = 1 AND since <= {LIMIT}) FROM placed"
        )
        return list(found[0])


class Polars:
    """Polars, over columns in person order: neighbours are found by shifting and filling, without a group per person."""

    name = "Polars"
    file = "expert.parquet"

    def __init__(self, folder: Path, threads: int) -> None:
        import polars

        self.pl, self.signals = polars, polars.read_parquet(folder / self.file)

    def _funnel(self, kinds: tuple[int, ...]) -> list[int]:
        pl = self.pl
        frame = self.signals.lazy().filter(pl.col("kind").is_in(list(kinds))).with_columns(pl.col("time").alias("e0"))
        for number, kind in enumerate(kinds, start=1):
            before = pl.col(f"e{number - 1}")
            inside = (pl.col("kind") == kind) & (pl.col("time") - before <= WINDOW)
            frame = frame.with_columns(pl.when(inside).then(before).cum_max().forward_fill().over("person").alias(f"e{number}"))
        counts = [pl.col("person").filter(pl.col(f"e{number}").is_not_null()).n_unique() for number in range(1, len(kinds) + 1)]
        return list(frame.select(count.alias(str(i)) for i, count in enumerate(counts)).collect().row(0))

    def funnel_of_4(self) -> list[int]:
        return self._funnel(FOUR)

    def sessions_counted(self) -> int:
        pl = self.pl
        person, moment = pl.col("person"), pl.col("time")
        parted = (person != person.shift(1)) | (moment - moment.shift(1) > GAP)
        return self.signals.lazy().select(parted.fill_null(value=True).sum()).collect().item()

    sessions = sessions_counted

    def paths_counted(self) -> int:
        pl = self.pl
        person, kind = pl.col("person"), pl.col("kind").cast(pl.UInt16)
        pairs = self.signals.lazy().select((kind.shift(1) * 64 + kind).alias("pair"), (person == person.shift(1)).alias("next"))
        return pairs.filter(pl.col("next")).group_by("pair").len().select(pl.col("len").sum()).collect().item()

    def paths(self) -> list[int]:
        pl = self.pl
        person, kind = pl.col("person"), pl.col("kind")
        pairs = self.signals.lazy().select(person, kind, kind.shift(1).alias("before"), (person == person.shift(1)).alias("next"))
        edges = pairs.filter(pl.col("next")).group_by("before", "kind").agg(pl.len(), person.n_unique().alias("people"))
        return list(edges.select(pl.col("len").sum(), pl.col("people").sum()).collect().row(0))

    def retention(self) -> list[tuple[int, int]]:
        """A person's weeks begin where the week or the person changes."""
        pl = self.pl
        person, week = pl.col("person"), pl.col("week")
        weeks = self.signals.lazy().select(person, ((pl.col("time") - BEGIN) // WEEK).cast(pl.Int16).alias("week"))
        news = (person != person.shift(1)).fill_null(value=True)
        starts = weeks.filter(news | (week != week.shift(1)))
        cohorts = starts.with_columns(pl.when(news).then(week).forward_fill().alias("cohort"))
        counted = cohorts.group_by((week - pl.col("cohort")).alias("distance")).len().filter(pl.col("distance") > 0)
        return counted.sort("distance").collect().rows()

    def attempts(self) -> list[int]:
        """Everything an attempt needs to know of its start is filled forward; signals before a person's first start are left out."""
        pl = self.pl
        person, moment, kind = pl.col("person"), pl.col("time"), pl.col("kind")
        ending, starts = kind.is_in([SUCCESS, FAILURE]), kind == START
        told = (
            self.signals.lazy()
            .filter(kind.is_in([START, SUCCESS, FAILURE, ERROR]))
            .with_columns(ending.cum_sum().alias("endings"))
        )
        filled = told.select(
            kind,
            (moment - pl.when(starts).then(moment).forward_fill()).alias("since"),
            (pl.col("endings") - pl.when(starts).then(pl.col("endings")).forward_fill()).alias("ended"),
            (person == pl.when(starts).then(person).forward_fill()).alias("own"),
        )
        live = pl.col("own") & (pl.col("since") <= LIMIT)
        won = live & (kind == SUCCESS) & (pl.col("ended") == 1)
        counts = (
            (kind == START).sum(),
            won.sum(),
            (live & (kind == FAILURE) & (pl.col("ended") == 1)).sum(),
            (live & (kind == ERROR) & (pl.col("ended") == 0)).sum(),
            (pl.col("since") // 1000).filter(won).sum(),
        )
        return list(filled.select(count.alias(str(i)) for i, count in enumerate(counts)).collect().row(0))


ENGINES = (ClickHouse, DuckDB, Polars)
