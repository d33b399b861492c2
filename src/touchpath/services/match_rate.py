"""How well the silos are joined: how many people of each source are known in another one, too, and where the gaps are.

A number that joins sources (do people who struggled in the product call support?) speaks of linked people only. So the share of linked
people stands wherever such numbers do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from touchpath.model.estimate import Estimate, Undefined
from touchpath.services.tables import Row, number_row, rows
from touchpath.stats.proportions import wilson_interval
from touchpath.store.signals import KindCount
from touchpath.timelines.arrays import Int64s, Timelines, TimelineSet

Bools = NDArray[np.bool_]

#: More sources than this are not told apart: the least frequent ones are counted as one.
MOST_SOURCES = 62
OTHERS = "other sources"


@dataclass(frozen=True, slots=True)
class SourceMatch:
    """One source: how many people it has, and which share of them another source knows, too."""

    source: str
    people: int
    linked: Estimate | Undefined


@dataclass(frozen=True, slots=True)
class SourcePair:
    """Two sources: how many people both know, and which share of the smaller one's people that is."""

    one: str
    other: str
    people: int
    share: Estimate | Undefined


@dataclass(frozen=True, slots=True)
class MatchRate:
    """How well the sources are joined. people: everybody; linked: the share whom at least two sources know.

    signals, without_person: how many signals there are, and how many of them name nobody.
    """

    people: int
    linked: Estimate | Undefined
    sources: tuple[SourceMatch, ...]
    pairs: tuple[SourcePair, ...]
    signals: int
    without_person: int
    data_version: str


def measure_match_rate(opened: TimelineSet, kinds: Sequence[KindCount], confidence: float = 0.95) -> MatchRate:
    """The match rate of everybody's timelines. One person counts once, so a binomial interval (Wilson 1927) is sound."""
    bits, names = _bits(opened)
    masks, counts = _sets_of_sources(opened, bits)
    has = {name: (masks >> place & 1).astype(bool) for place, name in enumerate(names)}
    several = np.array([int(mask).bit_count() > 1 for mask in masks], bool)
    signals, filed = sum(kind.signals for kind in kinds), _filed(opened)
    return MatchRate(
        people=int(counts.sum()),
        linked=_share(counts, several, np.ones(several.size, bool), confidence, opened.data_version),
        sources=tuple(
            SourceMatch(name, int(counts[has[name]].sum()), _share(counts, several, has[name], confidence, opened.data_version))
            for name in sorted(names, key=lambda one: -int(counts[has[one]].sum()))
            if counts[has[name]].sum()
        ),
        pairs=tuple(_pairs(names, has, counts, confidence, opened.data_version)),
        signals=signals,
        without_person=max(0, signals - filed),
        data_version=opened.data_version,
    )


def _filed(opened: TimelineSet) -> int:
    """Signals that stand on somebody's timeline."""
    return sum(int(np.diff(shard.starts)[_seen(shard)].sum()) for shard in opened.shards)


def _seen(shard: Timelines) -> Bools:
    return ~shard.skip.astype(bool) if shard.skip.size else np.ones(shard.people, bool)


def _bits(opened: TimelineSet) -> tuple[Int64s, list[str]]:
    """Which bit stands for each source code, and the source of each bit; the most frequent ones have their own."""
    words = opened.words.get("source", ("",))
    frequency = np.zeros(len(words), np.int64)
    for shard in opened.shards:
        frequency += np.bincount(_sources(shard), minlength=frequency.size)
    order = [int(code) for code in np.argsort(-frequency, kind="stable") if code]
    own = len(order) if len(order) <= MOST_SOURCES else MOST_SOURCES - 1
    bits = np.full(len(words), own, np.int64)
    bits[order[:own]] = np.arange(own)
    return bits, [words[code] for code in order[:own]] + [OTHERS] * (own < len(order))


def _sources(shard: Timelines) -> Int64s:
    found = shard.columns.get("source")
    return np.zeros(shard.signals, np.int64) if found is None else found.astype(np.int64)


def _sets_of_sources(opened: TimelineSet, bits: Int64s) -> tuple[Int64s, Int64s]:
    """The sets of sources that people have, as bits, and how many people have each."""
    found = [np.empty(0, np.int64)]
    powers = np.array([1 << place for place in range(MOST_SOURCES)], np.int64)
    for shard in opened.shards:
        codes = _sources(shard)
        filled = np.flatnonzero((np.diff(shard.starts) > 0) & _seen(shard))
        if filled.size:
            masks = np.where(codes > 0, powers[bits[codes]], 0)
            starts, ends = shard.starts[filled], shard.starts[filled + 1]
            edges = np.stack([starts, ends], axis=1).ravel()
            padded = np.append(masks, 0)
            found.append(np.bitwise_or.reduceat(padded, edges)[::2])
    masks, counts = np.unique(np.concatenate(found), return_counts=True)
    return masks, counts.astype(np.int64)


def _share(counts: Int64s, linked: Bools, among: Bools, confidence: float, version: str) -> Estimate | Undefined:
    people, joined = int(counts[among].sum()), int(counts[among & linked].sum())
    if not people:
        return Undefined("nobody is known")
    low, high = wilson_interval(joined, people, confidence)
    return Estimate(
        joined / people,
        low,
        high,
        people,
        "people",
        "share",
        confidence,
        "Wilson score interval",
        "match_rate",
        data_version=version,
    )


def _pairs(
    names: Sequence[str],
    has: dict[str, Bools],
    counts: Int64s,
    confidence: float,
    version: str,
) -> list[SourcePair]:
    """Every two sources that both have people, those that share the most first."""
    found = []
    for one, other in combinations(names, 2):
        smaller = min((one, other), key=lambda name: int(counts[has[name]].sum()))
        if counts[has[smaller]].sum():
            both = has[one] & has[other]
            share = _share(counts, both, has[smaller], confidence, version)
            found.append(SourcePair(one, other, int(counts[both].sum()), share))
    return sorted(found, key=lambda pair: (-pair.people, pair.one, pair.other))


@rows.register
def _(answer: MatchRate) -> list[Row]:
    everybody: Row = {"source": "(two or more)", "people": answer.people, **number_row(answer.linked)}
    return [{"source": one.source, "people": one.people, **number_row(one.linked)} for one in answer.sources] + [everybody]
