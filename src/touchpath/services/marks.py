"""Marks answers about past periods that changed after they were over; see arrivals.py for when a signal is late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from touchpath.model.estimate import Estimate
from touchpath.model.time import Grain, Period, calendar_periods
from touchpath.services.arrivals import Arrivals
from touchpath.services.results import (
    FunnelAnswer,
    FunnelCell,
    FunnelStep,
    JourneyMap,
    Late,
    Measurement,
    Number,
    Overview,
    OverviewRow,
    PathAnswer,
    QueryAnswer,
    Reading,
    TaskAnswer,
)

Whole = TypeVar("Whole", TaskAnswer, PathAnswer, JourneyMap)


@dataclass(frozen=True, slots=True)
class Marks:
    """What came late, and the calendar by whose days that is told. Without arrivals (timelines alone) nothing is known to be late."""

    arrivals: Arrivals | None
    zone: str = "UTC"
    week_start: int = 0

    def measurement(self, measured: Measurement) -> Measurement:
        """Every number of a past period says what changed it."""
        (whole,) = self._late([measured.period], measured.maturity)
        periods = [reading.period or measured.period for reading in measured.readings]
        readings = map(_marked, measured.readings, self._late(periods, measured.maturity))
        return replace(measured, total=_noted(measured.total, whole), readings=tuple(readings))

    def query(self, answer: QueryAnswer, grain: Grain | None) -> QueryAnswer:
        """A note for every past period that changed."""
        whole = answer.period
        periods = calendar_periods(whole, grain, self.zone, self.week_start) if grain else (whole,)
        late = zip(periods, self._late(periods, answer.maturity), strict=True)
        notes = (
            f"{period.start.astimezone(ZoneInfo(self.zone)):%Y-%m-%d}: {one.sentence}" for period, one in late if one.signals
        )
        return replace(answer, notes=(*answer.notes, *notes))

    def funnel(self, answer: FunnelAnswer) -> FunnelAnswer:
        """Every number of a past period says what changed it."""
        late = self._late([cell.period for cell in answer.cells], timedelta(seconds=answer.window_seconds))
        return replace(answer, cells=tuple(map(_marked_cell, answer.cells, late)))

    def whole(self, answer: Whole) -> Whole:
        """An answer about one period says what changed that."""
        if answer.period is None:
            return answer
        (late,) = self._late([answer.period], answer.maturity)
        return replace(answer, late=late) if late.signals else answer

    def overview(self, overview: Overview) -> Overview:
        """The history of every number, marked."""

        def marked(row: OverviewRow) -> OverviewRow:
            ux, cx = (tuple(map(self.measurement, column)) for column in (row.ux, row.cx))
            return replace(row, ux=ux, cx=cx)

        return replace(overview, rows=tuple(map(marked, overview.rows)))

    def _late(self, periods: Sequence[Period], maturity: timedelta) -> tuple[Late, ...]:
        return self.arrivals.late(periods, self.zone, maturity) if self.arrivals else (Late(0, 0),) * len(periods)


def _marked(reading: Reading, late: Late) -> Reading:
    return replace(reading, number=_noted(reading.number, late), late=late) if late.signals else reading


def _marked_cell(cell: FunnelCell, late: Late) -> FunnelCell:
    if not late.signals:
        return cell
    steps = (
        FunnelStep(step.title, *(_noted(number, late) for number in (step.reach, step.completion, step.time)))
        for step in cell.steps
    )
    return replace(cell, steps=tuple(steps), late=late)


def _noted(number: Number, late: Late) -> Number:
    return number.noted(late.sentence) if late.signals and isinstance(number, Estimate) else number
