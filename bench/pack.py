"""The whole pack of a model, 40 metrics by week and channel (of each signal) or plan (of each person), beside the same counts asked of the best peers, and a bare scan.

    python bench/pack.py [--people 500000] [--by channel] [--seed 7] [--threads 2] [--runs 3]

Ours is what the product does (`measure_all`): one pass, 12 weeks by three segments and in all, with intervals, changes and warnings. The peers
only count, each question in the quickest way we know and by the quickest of them for it (funnels by chdb, attempts by Polars,
activity by both, the better one taken); their seconds are added up. Counts must be equal. A bare scan adds up the columns that the
pack reads, once. Shards are as large as the store makes them. Seconds are of the clock and of the processor: the latter add up all threads,
and other work on the machine disturbs them less.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

import numpy as np

import ours
import peers_expert
from drawn import BEGIN, CHANNELS, KINDS, PLANS, WEEK, draw
from sides import Ran, Side
from touchpath.model.estimate import Estimate
from touchpath.model.parse import parse_model
from touchpath.model.time import Period, from_micros
from touchpath.services.ground import Ground
from touchpath.services.pack import default_pack, measure_all

WEEKS = 12
DAY = 86_400_000_000
#: (start, success, failure, error) of each task, and the steps of each journey, as numbers of kinds.
TASKS = ((3, 9, 14, 5), (2, 7, 11, 4), (6, 8, 12, 10), (1, 13, 15, 9), (5, 16, 18, 2), (4, 17, 20, 7))
JOURNEYS = ((3, 9, 14, 22), (1, 2, 4, 8), (2, 5, 10, 20), (7, 9, 12, 15))
#: (numerator, denominator) of ratios of events, and of shares of people.
EVENTS = ((9, 3), (14, 3))
SHARES = ((5, 1), (11, 2))
#: Metrics of the catalogue that make the pack, with those of the model.
OF_CATALOGUE = (
    *("task_success", "task_time", "task_errors", "task_abandonment", "conversion", "time_to_convert"),
    *("active_people", "signals_per_person", "sessions_per_person", "session_time"),
)
LIMIT, WINDOW, GAP = 30 * 60 * 1_000_000, 7 * DAY, 30 * 60 * 1_000_000
#: By what is cut: the segments, and the column that says them.
BY = {"channel": (CHANNELS, "channel"), "plan": (PLANS, "properties.plan")}
SEGMENTS = 3
CELLS = WEEKS * SEGMENTS
#: So many people make a shard of 320,000 signals, as many as the store would give one of 20 million (500,000 at most, a power of two of them).
SHARD = 8_000


def model_text() -> str:
    """The model that the pack is of."""

    def rule(kind: int) -> str:
        return f"{{kind: {KINDS[kind]}}}"

    def steps(kinds: tuple[int, ...]) -> str:
        return ", ".join(f"{{id: s{place}, title: S, match: {rule(kind)}}}" for place, kind in enumerate(kinds))

    tasks = [
        f"  - {{id: t{place}, title: T, start: {rule(start)}, success: {rule(good)}, failure: {rule(bad)}, error: {rule(error)}, limit: 30m}}"
        for place, (start, good, bad, error) in enumerate(TASKS)
    ]
    journeys = [
        f"  - {{id: j{place}, title: J, window: 7d, stages: [{{id: all, title: All, steps: [{steps(kinds)}]}}]}}"
        for place, kinds in enumerate(JOURNEYS)
    ]
    own = [
        f"  - {{id: {kind[0]}{place}, title: M, kind: {kind}, numerator: {rule(one)}, denominator: {rule(other)}}}"
        for kind, pairs in (("events", EVENTS), ("share", SHARES))
        for place, (one, other) in enumerate(pairs)
    ]
    return "\n".join(
        [
            "format: touchpath-model/1",
            "brand: {id: b, title: B}",
            "dimensions:",
            "  - {id: plan, title: Plan, field: properties.plan, level: person, changes: fixed}",
            "  - {id: channel, title: Channel, field: channel}",
            "tasks:",
            *tasks,
            "journeys:",
            *journeys,
            "metrics:",
            *own,
        ]
    )


class Drawn:
    """Drawn timelines as a store gives them."""

    def __init__(self, folder: Path) -> None:
        self.timelines = ours.load(folder)

    def open(self, unit: str = "person", properties: object = ()) -> object:
        return self.timelines


class Touchpath(ours.Touchpath):
    """The product's own way from a model to numbers."""

    def __init__(self, folder: Path, threads: int) -> None:
        super().__init__(folder, threads)
        self.store, self.experience = Drawn(folder), parse_model(model_text())
        self.period = Period(from_micros(BEGIN), from_micros(BEGIN + WEEKS * WEEK))

    def pack(self, by: str) -> dict[str, list[int]]:
        """Counts of the metrics that peers answer too, by week and segment."""
        ground = Ground(self.experience, self.store, self.engine)
        own = {definition.id for definition in self.experience.metrics}
        asks = [one for one in default_pack(self.experience) if one[0] in own or one[0] in OF_CATALOGUE]
        found = measure_all(ground, asks, by, "week", self.period, 0.95).measurements
        assert len(found) == 40, len(found)
        return {f"{one.metric.id} {one.subject}".strip(): self._counts(one, BY[by][0][1:]) for one in found}

    def _counts(self, one, segments: tuple[str, ...]) -> list[int]:
        """What was counted in each cell: the numerator of a share, the sum of a mean."""
        by_cell = {(reading.period.start, reading.segment): reading.number for reading in one.readings}
        assert len(one.readings) == CELLS, one.metric.id
        numbers = [by_cell[week, segment] for week in sorted({week for week, _ in by_cell}) for segment in segments]
        return [round(n.value * n.n) if isinstance(n, Estimate) and n.unit != "count" else round(n.value) if isinstance(n, Estimate) else 0 for n in numbers]  # fmt: skip


def _week(at: str) -> str:
    return f"intDiv({at} - {BEGIN}, {WEEK})"


class ClickHouse(peers_expert.ClickHouse):
    """Funnels by week and segment, and activity."""

    def journey(self, number: int, by: str) -> list[int]:
        """People who came to the last step, by week of entry and the segment of the entry."""
        return self._by_channel(JOURNEYS[number]) if by == "channel" else self._by_plan(JOURNEYS[number])

    def _by_channel(self, kinds: tuple[int, ...]) -> list[int]:
        """A cell is a week and a channel; later steps may come by any, so they are read in each cell in which they could count."""
        wanted = ", ".join(map(str, kinds))
        conditions = ", ".join((f"kind = {kinds[0]} AND own = cell", *(f"kind = {kind}" for kind in kinds[1:])))
        anywhere = "arrayConcat([4 * week + 1, 4 * week + 2, 4 * week + 3], if(week > 1, [4 * week - 3, 4 * week - 2, 4 * week - 1], []))"
        found = self.rows(
            f"SELECT cell, countIf(level = {len(kinds)}) FROM (SELECT cell, windowFunnel({WINDOW})(time, {conditions}) AS level"
            f" FROM (SELECT person, time, kind, toUInt8({_week('time')} + 1) AS week, 4 * week + channel AS own,"
            f" arrayJoin(if(kind = {kinds[0]}, [own], {anywhere})) AS cell"
            f" FROM bench.signals PREWHERE kind IN ({wanted}) AND time < {BEGIN + (WEEKS + 1) * WEEK})"
            f" GROUP BY person, cell) WHERE level > 0 GROUP BY cell"
        )
        return _in_cells([(cell // 4 - 1, cell % 4, n) for cell, n in found])

    def _by_plan(self, kinds: tuple[int, ...]) -> list[int]:
        wanted = ", ".join(map(str, kinds))
        conditions = ", ".join((f"kind = {kinds[0]} AND week = cell", *(f"kind = {kind}" for kind in kinds[1:])))
        found = self.rows(
            f"SELECT cell, plan, countIf(level = {len(kinds)}) FROM (SELECT cell, any(plan) AS plan, windowFunnel({WINDOW})(time, {conditions}) AS level"
            f" FROM (SELECT person, time, kind, plan, toUInt8({_week('time')} + 1) AS week, arrayJoin(if(kind = {kinds[0]}, [week], [week, week - 1])) AS cell"
            f" FROM bench.signals PREWHERE kind IN ({wanted}) AND time < {BEGIN + (WEEKS + 1) * WEEK})"
            f" WHERE cell BETWEEN 1 AND {WEEKS} GROUP BY person, cell) WHERE level > 0 GROUP BY cell, plan"
        )
        return _in_cells([(week - 1, plan, n) for week, plan, n in found])

    def activity(self, by: str) -> list[list[int]]:
        """Active people, signals, and signals of each kind of the ratios, by week and segment."""
        kinds = sorted({kind for pair in (*EVENTS, *SHARES) for kind in pair})
        counts = ", ".join(f"countIf(kind = {kind}), uniqExactIf(person, kind = {kind})" for kind in kinds)
        found = self.rows(
            f"SELECT {_week('time')} AS week, {by}, uniqExact(person), count(), {counts} FROM bench.signals"
            f" WHERE time < {BEGIN + WEEKS * WEEK} GROUP BY week, {by}"
        )
        return [_in_cells([(row[0], row[1], row[place]) for row in found]) for place in (2, 3)]

    def sessions(self, by: str) -> list[int]:
        """Visits by week and segment of their first signal."""
        found = self.rows(
            f"SELECT {_week('time')} AS week, {by}, countIf(before = 0 OR time - before > {GAP}) FROM (SELECT time, {by}, lagInFrame(time)"
            f" OVER (PARTITION BY person ORDER BY time) AS before FROM bench.signals WHERE time < {BEGIN + WEEKS * WEEK}) GROUP BY week, {by}"
        )
        return _in_cells([(row[0], row[1], row[2]) for row in found])


class Polars(peers_expert.Polars):
    """Attempts by week and segment of their start, and activity."""

    def task(self, number: int, by: str) -> list[int]:
        """Successful attempts; with failures, errors and times counted beside, as the metrics of a task need them."""
        pl = self.pl
        start, success, failure, error = TASKS[number]
        person, moment, kind = pl.col("person"), pl.col("time"), pl.col("kind")
        ending, starts = kind.is_in([success, failure]), kind == start
        told = (
            self.signals.lazy()
            .filter(kind.is_in([start, success, failure, error]) & (moment < BEGIN + WEEKS * WEEK + LIMIT))
            .with_columns(ending.cum_sum().alias("endings"))
        )
        began = pl.when(starts).then(moment).forward_fill()
        segment = pl.col(by) if by == "plan" else pl.when(starts).then(pl.col(by)).forward_fill()
        filled = told.select(
            kind,
            segment.alias("segment"),
            ((began - BEGIN) // WEEK).cast(pl.Int16).alias("week"),
            (moment - began).alias("since"),
            (pl.col("endings") - pl.when(starts).then(pl.col("endings")).forward_fill()).alias("ended"),
            (person == pl.when(starts).then(person).forward_fill()).alias("own"),
        )
        live = pl.col("own") & (pl.col("since") <= LIMIT)
        won = live & (kind == success) & (pl.col("ended") == 1)
        counts = filled.group_by("week", "segment").agg(
            won.sum().alias("won"),
            (kind == start).sum().alias("started"),
            (live & (kind == failure) & (pl.col("ended") == 1)).sum().alias("failed"),
            (live & (kind == error) & (pl.col("ended") == 0)).sum().alias("errors"),
            (pl.col("since") // 1000).filter(won).sum().alias("times"),
        )
        return _in_cells(counts.select("week", "segment", "won").collect().rows())

    def activity(self, by: str) -> list[list[int]]:
        pl = self.pl
        kinds = sorted({kind for pair in (*EVENTS, *SHARES) for kind in pair})
        kind, person = pl.col("kind"), pl.col("person")
        found = (
            self.signals.lazy()
            .filter(pl.col("time") < BEGIN + WEEKS * WEEK)
            .group_by(((pl.col("time") - BEGIN) // WEEK).cast(pl.Int16).alias("week"), pl.col(by))
            .agg(
                person.n_unique().alias("people"),
                pl.len().alias("signals"),
                *((kind == one).sum().alias(f"n{one}") for one in kinds),
                *(person.filter(kind == one).n_unique().alias(f"p{one}") for one in kinds),
            )
            .select("week", by, "people", "signals")
            .collect()
            .rows()
        )
        return [_in_cells([(row[0], row[1], row[place]) for row in found]) for place in (2, 3)]

    def sessions(self, by: str) -> list[int]:
        pl = self.pl
        person, moment = pl.col("person"), pl.col("time")
        parted = (person != person.shift(1)) | (moment - moment.shift(1) > GAP)
        found = (
            self.signals.lazy()
            .filter(moment < BEGIN + WEEKS * WEEK)
            .select(
                parted.fill_null(value=True).alias("new"), ((moment - BEGIN) // WEEK).cast(pl.Int16).alias("week"), pl.col(by)
            )
            .group_by("week", by)
            .agg(pl.col("new").sum())
            .collect()
            .rows()
        )
        return _in_cells(found)


def _in_cells(rows) -> list[int]:
    """Rows of (week, segment, count) in the order of cells."""
    counts = np.zeros((WEEKS, SEGMENTS), np.int64)
    for week, segment, n in rows:
        if week is not None and 0 <= week < WEEKS and segment:
            counts[week, segment - 1] = n
    return counts.ravel().tolist()


Seconds = np.ndarray
"""Seconds of the clock, and of the processor."""


def _seconds(*ran: Ran) -> Seconds:
    return np.array([(one.seconds, one.worked) for one in ran]).min(axis=0)


def compare(mine: Side, house: Side, polars: Side, by: str) -> tuple[Seconds, Seconds, Seconds]:
    """Seconds of ours, of the peers, and of a bare scan; ends with an error where counts differ."""
    ran = mine.ask("pack", by)
    took = np.zeros(2)
    questions = [(house, "journey", (n,), f"conversion j{n}") for n in range(len(JOURNEYS))]
    questions += [(polars, "task", (n,), f"task_success t{n}") for n in range(len(TASKS))]
    for peer, method, asked, metric in questions:
        found = peer.ask(method, *asked, by)
        took += _seconds(found)
        if found.answer != ran.answer[metric]:
            raise SystemExit(f"{metric}: {peer.name} says {found.answer[:6]}, touchpath says {ran.answer[metric][:6]}.")
    for method, metric in (("activity", "signals_per_person"), ("sessions", "sessions_per_person")):
        both = [peer.ask(method, by) for peer in (house, polars)]
        took += _seconds(*both)
        counted = both[0].answer[1] if method == "activity" else both[0].answer
        if counted != ran.answer[metric]:
            raise SystemExit(f"{metric}: chdb says {counted[:6]}, touchpath says {ran.answer[metric][:6]}.")
    return _seconds(ran), took, _seconds(*(mine.ask("bare", ("times", "kinds", BY[by][1])) for _ in range(5)))


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=500_000)
    parser.add_argument("--by", choices=tuple(BY), default="channel")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        signals = draw(folder, chosen.people, chosen.seed, SHARD)
        print(
            f"{signals:,} signals of {chosen.people:,} people, {chosen.threads} threads; 40 metrics, {WEEKS} weeks x {SEGMENTS} segments by {chosen.by}"
        )
        sides = [("pack", "Touchpath"), ("pack", "ClickHouse"), ("pack", "Polars")]
        with (
            Side(*sides[0], folder, chosen.threads) as mine,
            Side(*sides[1], folder, chosen.threads) as house,
            Side(*sides[2], folder, chosen.threads) as polars,
        ):
            compare(mine, house, polars, chosen.by)
            runs = [compare(mine, house, polars, chosen.by) for _ in range(chosen.runs)]
        for of, name in enumerate(("clock", "processor")):
            took, theirs, bare = (statistics.median(float(one[of]) for one in side) for side in zip(*runs, strict=True))
            print(
                f"{name}: touchpath {took:.2f} s, peers {theirs:.2f} s: {theirs / took:.1f} times; a bare scan {bare:.4f} s: {took / bare:.0f} scans"
            )


if __name__ == "__main__":
    main()
