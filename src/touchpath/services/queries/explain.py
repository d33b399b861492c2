"""Tells what a query would do, by doing it on one shard and noting what it reads; and, when asked to, what all of it cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from touchpath.model.time import Period
from touchpath.services.ground import Frame, Ground
from touchpath.services.queries.ask import choose, filtered, planned, unknown_kinds
from touchpath.services.queries.by_parts import by_parts, everybody
from touchpath.services.queries.explained import ColumnCost, Explained, FilterCost, Spent
from touchpath.services.queries.features import FeaturesQuery, read_features
from touchpath.services.queries.reading import Asked, Chosen, rule_title
from touchpath.services.queries.undeclared import join_undeclared, pretend_undeclared, undeclared_costs
from touchpath.timelines.arrays import Bytes, Cells, Timelines, TimelineSet
from touchpath.timelines.features import Features
from touchpath.timelines.fold import Ask, Fold, Folded, Selection, Who
from touchpath.timelines.watched import PARTS, Watched, bytes_of, fullest
from touchpath.timelines.who import HaveObject

#: A shard with fewer signals than this takes no time worth measuring.
_WORTH_TIMING = 20_000

_UNSEEN = "Whether any signal has an undeclared property is seen when the query is asked."


def explain(
    ground: Ground, asked: Asked, confidence: float, kept: bool = False, run: bool = False, select: bool = False
) -> Explained:
    """What a query would do; with `run` it is also asked. Raises whatever asking raises before it reads.

    select: it is asked for the people of an outcome, so that their keys are read too.
    """
    began = time.perf_counter()
    parts = by_parts(ground.experience, asked)
    asked = everybody(ground.experience, asked)
    costs = undeclared_costs(ground, asked)
    (join_undeclared if run else pretend_undeclared)(ground, asked)
    fold, frame = _planned(ground, asked)
    ready = time.perf_counter() - began
    opened = frame.timelines
    sample = fullest(opened.shards)
    columns, seconds = _reading(fold, frame, sample)
    if select:
        columns.setdefault(PARTS["owners"], []).append("selection")
    return Explained(
        query=asked.query.name,
        title=asked.title or asked.query.name,
        unit=asked.unit,
        period=frame.span,
        data_version=opened.data_version,
        shards=len(opened.shards),
        **_sizes(opened),
        columns=_columns(opened, columns),
        periods=len(frame.periods),
        segments=len(frame.segments),
        pooled=frame.cut.cut.pooled,
        filters=tuple(_filters(ground, asked, opened, sample, confidence)),
        undeclared=costs,
        kept=kept,
        base_kept=_base_kept(ground, asked, fold, frame),
        processor_seconds=None if seconds is None else seconds * sum(s.signals for s in opened.shards) / sample.signals,
        spent=_run(ground, asked, fold, frame, confidence, ready) if run else None,
        notes=(
            *([f"It is asked {len(parts)} times, once for each part; told here is what one reads."] if parts else []),
            *unknown_kinds(asked, opened, ground),
            *([_UNSEEN] if any(not one.kept for one in costs) and not run else []),
        ),
    )


def _planned(ground: Ground, asked: Asked) -> tuple[Fold[Any], Frame]:
    """The fold and the frame; rows of features are read as if they were counted."""
    if isinstance(asked.query, FeaturesQuery):
        frame = ground.frame(asked.period, unit=asked.unit)
        return filtered(ground, asked, _Rows(asked.query.features, frame.span)), frame
    return planned(ground, asked)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Features as a fold that counts nothing."""

    features: Features
    span: Period

    def map(self, timelines: Timelines, cells: Cells, people: Bytes, end: int) -> Folded[Any]:
        for _ in self.features.read(timelines, people, end, *self.span.micros):
            pass
        return Folded(None, np.empty(0, np.int32))


def _base_kept(ground: Ground, asked: Asked, fold: Fold[Any], frame: Frame) -> bool:
    """Whether the engine has what the base comes to; people behind another query are not known before it is asked."""
    if isinstance(asked.query, FeaturesQuery) or any(one.people is not None for one in asked.who):
        return False
    who = (*ground.who, *(choose(ground, one, asked.unit) for one in asked.who))
    return ground.engine.keeps(Ask(fold, frame.cut, who), frame.timelines)


def _sizes(opened: TimelineSet) -> dict[str, int]:
    """How many owners and signals are read, and where."""
    skipped = [np.flatnonzero(shard.skip) for shard in opened.shards]
    signals = [
        shard.signals - int(np.diff(shard.starts)[places].sum()) for shard, places in zip(opened.shards, skipped, strict=True)
    ]
    owners = [shard.people - places.size for shard, places in zip(opened.shards, skipped, strict=True)]
    base = len(opened.shards) - opened.overlays
    return {
        "owners": sum(owners),
        "signals": sum(signals),
        "overlay_owners": sum(owners[base:]),
        "overlay_signals": sum(signals[base:]),
        "skipped_owners": sum(places.size for places in skipped[:base]),
    }


def _reading(fold: Fold[Any], frame: Frame, sample: Timelines) -> tuple[dict[str, list[str]], float | None]:
    """What reads each column, and how long the processor takes for one shard (None = too few signals to tell)."""
    cut, query = Watched(sample), Watched(sample)
    cells = frame.cut.cut.cells(cut)
    frame.cut.cut.count(cut)

    def read() -> None:
        fold.map(query, frame.cut.cut.cells(cut), np.empty(0, np.uint8), frame.timelines.end)

    fold.map(query, cells, np.empty(0, np.uint8), frame.timelines.end)
    readers = {"query": query.touched, "cut": cut.touched}
    found = {
        name: [reader for reader, names in readers.items() if name in names] for name in sorted(set().union(*readers.values()))
    }
    return found, min(_timed(read), _timed(read)) if sample.signals >= _WORTH_TIMING else None


def _timed(read: Callable[[], None]) -> float:
    began = time.thread_time()
    read()
    return time.thread_time() - began


def _columns(opened: TimelineSet, readers: dict[str, list[str]]) -> tuple[ColumnCost, ...]:
    return tuple(
        ColumnCost(name, sum(bytes_of(shard, name) for shard in opened.shards), tuple(by)) for name, by in readers.items()
    )


def _filters(ground: Ground, asked: Asked, opened: TimelineSet, sample: Timelines, confidence: float) -> Iterator[FilterCost]:
    for who in ground.who:
        yield _filter(who.title if isinstance(who, Selection) else "people chosen by the caller", who, opened, sample)
    for chosen in asked.who:
        if chosen.people is not None:
            inner = explain(ground, chosen.people, confidence, select=True)
            yield FilterCost(
                in_words(chosen), _filter("", _nobody(asked.unit, chosen.people.unit), opened, sample).columns, inner
            )
        else:
            yield _filter(in_words(chosen), choose(ground, chosen, asked.unit), opened, sample)


def _nobody(unit: str, of: str) -> Who:
    """What finds the people behind a query about the unit `of`, whoever they are: by their keys, or by those of objects."""
    keys = Selection(of, np.zeros(1, np.int64), "")
    return keys if unit == of else HaveObject(of, keys)


def _filter(words: str, who: Who, opened: TimelineSet, sample: Timelines) -> FilterCost:
    watched = Watched(sample)
    who.people(watched)
    return FilterCost(words, _columns(opened, {name: ["filter"] for name in sorted(watched.touched)}))


def in_words(chosen: Chosen) -> str:
    """A filter of people as a person would say it."""
    if chosen.people is not None:
        words = f"those with the outcome '{chosen.outcome}' of the query {chosen.people.title or chosen.people.query.name}"
    elif chosen.did is not None:
        words = f"did {rule_title(chosen.did)}"
    elif chosen.ids:
        words = f"called {', '.join(chosen.ids)}"
    elif chosen.persona:
        words = f"the persona {chosen.persona}"
    elif chosen.role:
        words = f"the role {chosen.role}"
    elif chosen.status:
        words = f"{chosen.status} customers"
    else:
        words = f"{chosen.dimension} is {chosen.value or 'not known'}"
    if chosen.period is not None:
        words += f", from {chosen.period.start.isoformat()} to {chosen.period.end.isoformat()}"
    return f"not: {words}" if chosen.negated else words


def _run(ground: Ground, asked: Asked, fold: Fold[Any], frame: Frame, confidence: float, ready: float) -> Spent:
    """Ask it, by the clock."""
    began = time.perf_counter()
    who: Sequence[Who] = (*ground.who, *(choose(ground, one, asked.unit) for one in asked.who))
    chosen = time.perf_counter()
    if isinstance(asked.query, FeaturesQuery):
        rows = sum(batch.num_rows for batch in read_features(ground, asked))
        return Spent(ready + chosen - began, time.perf_counter() - chosen, 0.0, rows)
    summary = ground.engine.summarise(fold, frame.timelines, frame.cut, who)
    read = time.perf_counter()
    tables = asked.query.tables(summary, frame, asked.confidence or confidence)
    rows = sum(len(table.rows) for table in tables)
    return Spent(ready + chosen - began, read - chosen, time.perf_counter() - read, rows)
