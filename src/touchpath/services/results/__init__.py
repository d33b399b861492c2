"""What the services answer: numbers with their names, ready to be shown, exported or drawn."""

from __future__ import annotations

from touchpath.services.results.journeys import JourneyMap, LaneNumber, StageMap, StepMap, Verbatim
from touchpath.services.results.numbers import Late, Measurement, MetricWords, Number, Overview, OverviewRow, Pack, Part, Reading
from touchpath.services.results.people import (
    PersonHit,
    PersonTimeline,
    StatusSince,
    Stretch,
    StretchUnit,
    StripOverview,
    StripVisit,
    TimelineEntry,
)
from touchpath.services.results.queries import KindUse, QueryAnswer, QueryWords, Table, Value
from touchpath.services.results.ways import FunnelAnswer, FunnelCell, FunnelStep, PathAnswer, PathEdge, TaskAnswer

__all__ = [
    "FunnelAnswer",
    "FunnelCell",
    "FunnelStep",
    "JourneyMap",
    "KindUse",
    "LaneNumber",
    "Late",
    "Measurement",
    "MetricWords",
    "Number",
    "Overview",
    "OverviewRow",
    "Pack",
    "Part",
    "PathAnswer",
    "PathEdge",
    "PersonHit",
    "PersonTimeline",
    "QueryAnswer",
    "QueryWords",
    "Reading",
    "StageMap",
    "StatusSince",
    "StepMap",
    "Stretch",
    "StretchUnit",
    "StripOverview",
    "StripVisit",
    "Table",
    "TaskAnswer",
    "TimelineEntry",
    "Value",
    "Verbatim",
]
