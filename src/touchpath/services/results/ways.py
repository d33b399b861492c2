"""How people went: through a funnel, through attempts at a task, from one thing to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from touchpath.model.time import Period
from touchpath.services.results.journeys import LaneNumber
from touchpath.services.results.numbers import Late, Number


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """One step of a funnel: reach of all entrants, completion of those at the step before, time from the step before."""

    title: str
    reach: Number
    completion: Number
    time: Number


@dataclass(frozen=True, slots=True)
class FunnelCell:
    """One period and segment of a funnel. `open` entrants still have time left and are in no rate. late: what changed the period
    after it was over. None: hidden."""

    entrants: int | None
    open: int | None
    steps: tuple[FunnelStep, ...]
    period: Period
    segment: str = ""
    late: Late | None = None


@dataclass(frozen=True, slots=True)
class FunnelAnswer:
    cells: tuple[FunnelCell, ...]
    window_seconds: float
    unit: str
    data_version: str


@dataclass(frozen=True, slots=True)
class TaskAnswer:
    """How attempts at one task went. `numbers` by metric name; `attempts` is success by attempt number (first, second ...).
    None: hidden."""

    task: str
    title: str
    started: int | None
    open: int | None
    numbers: Mapping[str, LaneNumber]
    attempts: tuple[Number, ...]
    period: Period
    data_version: str
    maturity: timedelta = timedelta()
    late: Late | None = None


@dataclass(frozen=True, slots=True)
class PathEdge:
    """How often one thing directly followed another. `time` is the mean time between; blank ends mark entry and exit."""

    before: str
    after: str
    times: int
    people: int
    time: Number


@dataclass(frozen=True, slots=True)
class PathAnswer:
    edges: tuple[PathEdge, ...]
    period: Period
    data_version: str
    left_out: int = 0
    maturity: timedelta = timedelta()
    late: Late | None = None
