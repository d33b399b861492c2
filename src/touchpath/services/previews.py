"""What an import would do, found out without doing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from touchpath.model.keys import name_keys
from touchpath.model.time import from_micros
from touchpath.store.jobs import ImportReport
from touchpath.store.signals import KindCount, Rejected

#: So many ids are compared with each other to find repeated ones; of a larger file the first ones.
MOST_IDS = 20_000_000
_SAMPLE = 20


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """The result of a dry run. `first`: signals as rows of SIGNAL_SCHEMA; `repeated_ids`: signals whose id came before in the file."""

    report: ImportReport
    first: tuple[dict[str, object], ...]
    kinds: tuple[KindCount, ...]
    first_at: datetime | None
    last_at: datetime | None
    rejected: tuple[Rejected, ...]
    repeated_ids: int


class Previewing:
    """Collects a preview batch by batch, in bounded memory."""

    def __init__(self, first: int) -> None:
        self._wanted = first
        self._first: list[dict[str, object]] = []
        self._kinds: dict[str, tuple[int, int, int]] = {}
        self._rejected: list[Rejected] = []
        self._ids: list[NDArray[np.int64]] = []
        self._room = MOST_IDS

    def add(self, signals: pa.Table, rejected: Sequence[Rejected]) -> None:
        """Count one batch."""
        self._rejected += rejected[: max(0, _SAMPLE - len(self._rejected))]
        if len(self._first) < self._wanted:
            self._first += signals.slice(0, self._wanted - len(self._first)).to_pylist()
        if not signals.num_rows:
            return
        times = signals.select(["kind"]).append_column("at", signals.column("occurred_at").cast(pa.int64()))
        counted = times.group_by("kind").aggregate([("at", "count"), ("at", "min"), ("at", "max")])
        for row in counted.to_pylist():
            count, low, high = self._kinds.get(row["kind"], (0, row["at_min"], row["at_max"]))
            self._kinds[row["kind"]] = (count + row["at_count"], min(low, row["at_min"]), max(high, row["at_max"]))
        ids = name_keys(signals.column("id").slice(0, self._room).to_pylist())
        self._ids.append(ids)
        self._room -= ids.size

    def result(self, report: ImportReport) -> ImportPreview:
        """The preview of everything added."""
        ids = np.concatenate(self._ids) if self._ids else np.empty(0, np.int64)
        kinds = [KindCount(kind, n, from_micros(low), from_micros(high)) for kind, (n, low, high) in self._kinds.items()]
        return ImportPreview(
            report=report,
            first=tuple(self._first),
            kinds=tuple(sorted(kinds, key=lambda one: (-one.signals, one.kind))),
            first_at=min((one.first for one in kinds), default=None),
            last_at=max((one.last for one in kinds), default=None),
            rejected=tuple(self._rejected),
            repeated_ids=int(ids.size - np.unique(ids).size),
        )


@dataclass(frozen=True, slots=True)
class PreviewTimeline:
    """What a person's timeline would hold. `signals`: the earliest of them, as rows of SIGNAL_SCHEMA; total: how many were seen."""

    actors: tuple[str, ...]
    signals: tuple[dict[str, Any], ...]
    total: int


def preview_timelines(signals: Sequence[dict[str, Any]], people: int = 3, most: int = 12) -> tuple[PreviewTimeline, ...]:
    """The timelines of the people with the most of these signals (rows of SIGNAL_SCHEMA), each from its beginning.

    Signals that share an actor id are one person's here. The lake joins by stated rules, which also void ids that mean nobody.
    """
    persons: dict[str, list[dict[str, Any]]] = {}
    for signal in signals:
        if not signal["actors"]:
            continue
        mine = [signal]
        for known in {id(persons[actor]): persons[actor] for actor in signal["actors"] if actor in persons}.values():
            mine, known = (known, mine) if len(known) > len(mine) else (mine, known)
            mine += known
            persons.update({actor: mine for one in known for actor in one["actors"]})
        persons.update(dict.fromkeys(signal["actors"], mine))
    largest = sorted({id(one): one for one in persons.values()}.values(), key=len, reverse=True)[:people]
    return tuple(_timeline(one, most) for one in largest)


def _timeline(signals: Sequence[dict[str, Any]], most: int) -> PreviewTimeline:
    actors = dict.fromkeys(actor for one in signals for actor in one["actors"])
    return PreviewTimeline(tuple(actors), tuple(sorted(signals, key=lambda one: one["occurred_at"])[:most]), len(signals))
