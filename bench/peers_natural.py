"""Natural peers: what each engine's documentation teaches, over the lake's own types (texts as ids and kinds, timestamps with a zone).

Rows come in order of person and time, which is better than the order of arrival that a lake has. Sources:
ClickHouse: https://clickhouse.com/docs/sql-reference/aggregate-functions/parametric-functions#windowfunnel and
    https://clickhouse.com/docs/sql-reference/window-functions (lagInFrame).
DuckDB: https://duckdb.org/docs/stable/sql/functions/window_functions (lag, running sums) and .../functions/timestamp (date_trunc).
Polars: https://docs.pola.rs/user-guide/expressions/window-functions/ (over) and .../transformations/time-series/parsing/ (truncate).
"""

from __future__ import annotations

import peers_expert
from drawn import KINDS, PLANS
from peers_expert import reached
from questions import ERROR, FAILURE, FOUR, START, SUCCESS, WEEKS, WINDOW

_NAMES = {number: f"'{kind}'" for number, kind in enumerate(KINDS)}


class ClickHouse(peers_expert.ClickHouse):
    """chdb, over a MergeTree table of texts."""

    columns = "person String, occurred_at DateTime64(6, 'UTC'), kind LowCardinality(String), plan LowCardinality(String), region LowCardinality(String), channel LowCardinality(String)"
    order, file = "person, occurred_at", "natural.parquet"

    def rows(self, question: str) -> list[list[int]]:
        lines = str(self.session.query(f"{question} SETTINGS max_threads = {self.threads}", "CSV")).split()
        return [[int(field) for field in line.split(",")] for line in lines]

    def _levels(self, kinds: tuple[int, ...]) -> str:
        """windowFunnel takes whole numbers as time."""
        conditions = ", ".join(f"kind = {_NAMES[kind]}" for kind in kinds)
        return f"windowFunnel({WINDOW})(toUInt64(toUnixTimestamp64Micro(occurred_at)), {conditions}) AS level"

    def _funnel(self, kinds: tuple[int, ...]) -> list[int]:
        levels = f"SELECT person, {self._levels(kinds)} FROM bench.signals GROUP BY person"
        return reached(self.rows(f"SELECT level, count() FROM ({levels}) WHERE level > 0 GROUP BY level"), len(kinds))

    def funnel_by_plan(self) -> list[list[int]]:
        levels = f"SELECT any(plan) AS plan, {self._levels(FOUR)} FROM bench.signals WHERE region = 'north' GROUP BY person"
        place = f"indexOf({list(PLANS[1:])}, plan)"
        found = self.rows(f"SELECT {place}, level, count() FROM ({levels}) WHERE level > 0 GROUP BY plan, level")
        return [reached([row[1:] for row in found if row[0] == plan], len(FOUR)) for plan in (1, 2, 3)]

    def funnel_by_week_and_plan(self) -> list[list[int]]:
        """One query for all weeks: a signal counts for entries of its own week and of the one before."""
        week = "dateDiff('week', toDateTime64('2025-01-06 00:00:00', 6, 'UTC'), occurred_at) + 1"
        conditions = ", ".join((f"kind = {_NAMES[FOUR[0]]} AND week = cell", *(f"kind = {_NAMES[kind]}" for kind in FOUR[1:])))
        found = self.rows(
            f"SELECT cell, indexOf({list(PLANS[1:])}, plan), level, count() FROM (SELECT cell, any(plan) AS plan, windowFunnel({WINDOW})"
            f"(toUInt64(toUnixTimestamp64Micro(occurred_at)), {conditions}) AS level FROM (SELECT *, {week} AS week,"
            f" arrayJoin([week, week - 1]) AS cell FROM bench.signals) WHERE cell BETWEEN 1 AND {WEEKS} GROUP BY person, cell)"
            " WHERE level > 0 GROUP BY cell, plan, level"
        )
        cells = [(week, plan) for week in range(1, WEEKS + 1) for plan in (1, 2, 3)]
        return [reached([row[2:] for row in found if (row[0], row[1]) == cell], len(FOUR)) for cell in cells]

    def sessions_counted(self) -> int:
        return self.rows(
            "SELECT countIf(before IS NULL OR occurred_at > before + INTERVAL 30 MINUTE) FROM (SELECT occurred_at,"
            " lagInFrame(toNullable(occurred_at)) OVER (PARTITION BY person ORDER BY occurred_at) AS before FROM bench.signals)"
        )[0][0]

    sessions = sessions_counted

    def paths(self) -> list[int]:
        return self.rows(
            "SELECT sum(n), sum(people) FROM (SELECT count() AS n, uniqExact(person) AS people FROM (SELECT person, kind,"
            " lagInFrame(kind) OVER (PARTITION BY person ORDER BY occurred_at) AS before FROM bench.signals)"
            " WHERE before != '' GROUP BY before, kind)"
        )[0]

    def paths_counted(self) -> int:
        return self.rows(
            "SELECT sum(n) FROM (SELECT count() AS n FROM (SELECT kind, lagInFrame(kind) OVER (PARTITION BY person ORDER BY occurred_at)"
            " AS before FROM bench.signals) WHERE before != '' GROUP BY before, kind)"
        )[0][0]

    def retention(self) -> list[tuple[int, int]]:
        found = self.rows(
            "WITH weeks AS (SELECT DISTINCT person, toMonday(occurred_at) AS week FROM bench.signals),"
            " cohorts AS (SELECT person, min(week) AS cohort FROM weeks GROUP BY person)"
            " SELECT dateDiff('week', cohort, week) AS distance, count() FROM weeks JOIN cohorts USING (person) WHERE week > cohort"
            " GROUP BY distance ORDER BY distance"
        )
        return [(distance, people) for distance, people in found]


class DuckDB(peers_expert.DuckDB):
    """DuckDB, over an in-memory table of texts."""

    file = "natural.parquet"
    funnel_of_4 = None

    def sessions_counted(self) -> int:
        return self.rows(
            "SELECT count(*) FILTER (before IS NULL OR occurred_at - before > INTERVAL 30 MINUTE) FROM"
            " (SELECT occurred_at, lag(occurred_at) OVER (PARTITION BY person ORDER BY occurred_at) AS before FROM signals)"
        )[0][0]

    sessions = sessions_counted

    def paths_counted(self) -> int:
        return self.rows(
            "SELECT sum(n) FROM (SELECT count(*) AS n FROM (SELECT kind, lag(kind) OVER (PARTITION BY person ORDER BY occurred_at)"
            " AS before FROM signals) WHERE before IS NOT NULL GROUP BY before, kind)"
        )[0][0]

    def paths(self) -> list[int]:
        found = self.rows(
            "SELECT sum(n), sum(people) FROM (SELECT count(*) AS n, count(DISTINCT person) AS people FROM (SELECT person, kind,"
            " lag(kind) OVER (PARTITION BY person ORDER BY occurred_at) AS before FROM signals) WHERE before IS NOT NULL"
            " GROUP BY before, kind)"
        )
        return list(found[0])

    def retention(self) -> list[tuple[int, ...]]:
        return self.rows(
            "WITH weeks AS (SELECT DISTINCT person, date_trunc('week', occurred_at) AS week FROM signals),"
            " cohorts AS (SELECT person, min(week) AS cohort FROM weeks GROUP BY person)"
            " SELECT date_diff('week', cohort, week) AS distance, count(*) FROM weeks JOIN cohorts USING (person) WHERE week > cohort"
            " GROUP BY distance ORDER BY distance"
        )

    def attempts(self) -> list[int]:
        """Attempts numbered by a running sum of starts, then grouped; errors joined to the attempts they lie in."""
        start, won, lost, wrong = (_NAMES[kind] for kind in (START, SUCCESS, FAILURE, ERROR))
        found = self.rows(
            f"WITH numbered AS (SELECT *, sum(CASE WHEN kind = {start} THEN 1 ELSE 0 END) OVER (PARTITION BY person ORDER BY occurred_at)"
            f" AS attempt FROM signals WHERE kind IN ({start}, {won}, {lost}, {wrong})),"
            " tries AS (SELECT person, attempt, min(occurred_at) AS began, min(occurred_at) + INTERVAL 30 MINUTE AS latest,"
            f" min(occurred_at) FILTER (kind IN ({won}, {lost})) AS ended, arg_min(kind, occurred_at) FILTER (kind IN ({won}, {lost})) AS how"
            " FROM numbered WHERE attempt > 0 GROUP BY person, attempt),"
            " errors AS (SELECT count(*) AS n FROM numbered JOIN tries USING (person, attempt)"
            f" WHERE kind = {wrong} AND occurred_at <= latest AND (ended IS NULL OR occurred_at <= ended))"
            f" SELECT count(*), count(*) FILTER (how = {won} AND ended <= latest), count(*) FILTER (how = {lost} AND ended <= latest),"
            f" (SELECT n FROM errors), sum(date_diff('microsecond', began, ended) // 1000) FILTER (how = {won} AND ended <= latest) FROM tries"
        )
        return list(found[0])


class Polars(peers_expert.Polars):
    """Polars, over a frame of texts: `over` the person."""

    file = "natural.parquet"
    funnel_of_4 = attempts = None

    def sessions_counted(self) -> int:
        pl = self.pl
        pause = pl.col("occurred_at").diff().over("person")
        return self.signals.lazy().select((pause.is_null() | (pause > pl.duration(minutes=30))).sum()).collect().item()

    sessions = sessions_counted

    def _moves(self):
        pl = self.pl
        before = pl.col("kind").shift(1).over("person").alias("before")
        return (
            self.signals.lazy().select("person", "kind", before).filter(pl.col("before").is_not_null()).group_by("before", "kind")
        )

    def paths_counted(self) -> int:
        return self._moves().len().select(self.pl.col("len").sum()).collect().item()

    def paths(self) -> list[int]:
        pl = self.pl
        edges = self._moves().agg(pl.len(), pl.col("person").n_unique().alias("people"))
        return list(edges.select(pl.col("len").sum(), pl.col("people").sum()).collect().row(0))

    def retention(self) -> list[tuple[int, int]]:
        pl = self.pl
        weeks = self.signals.lazy().select("person", pl.col("occurred_at").dt.truncate("1w").alias("week")).unique()
        cohorts = weeks.with_columns(pl.col("week").min().over("person").alias("cohort")).filter(
            pl.col("week") > pl.col("cohort")
        )
        distance = ((pl.col("week") - pl.col("cohort")).dt.total_days() // 7).alias("distance")
        return cohorts.group_by(distance).len().sort("distance").collect().rows()


ENGINES = (ClickHouse, DuckDB, Polars)
