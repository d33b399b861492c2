"""What pages ask about metrics: measured, compared, over time, side by side, and what stands behind them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from touchpath.model.time import Grain, Period
from touchpath.services.behind import Behind, GroupBehind
from touchpath.services.boards import Board
from touchpath.services.compared import Compared
from touchpath.services.metric_versions import MetricVersion
from touchpath.services.outside import OutsideFigure, OutsideNumber
from touchpath.services.responses import WINDOW, Responses
from touchpath.services.results import Measurement, MetricWords, Overview, Pack
from touchpath.services.trended import Trend


class AsksNumbers(Protocol):
    """Everything about a metric's numbers."""

    def metrics(self) -> tuple[MetricWords, ...]:
        """All metrics there are, in words."""
        ...

    def segments(self, dimension: str) -> tuple[str, ...]:
        """The values of a dimension."""
        ...

    def board(self, name: str = "", *, period: Period | None = None, weight: str = "") -> Board:
        """UX and CX side by side of the brand, a family, a product or a journey."""
        ...

    def overview(self) -> Overview:
        """UX and CX side by side, per product and journey."""
        ...

    def measure(
        self,
        metric: str,
        subject: str = "",
        *,
        by: str = "",
        grain: Grain | None = None,
        period: Period | None = None,
        confidence: float | None = None,
        weight: str = "",
    ) -> Measurement:
        """One metric, whole and cut."""
        ...

    def measure_all(
        self,
        asks: Sequence[tuple[str, str]] = (),
        *,
        by: str = "",
        grain: Grain | None = None,
        period: Period | None = None,
        confidence: float | None = None,
        weight: str = "",
    ) -> Pack:
        """Several metrics, read together."""
        ...

    def compare(
        self,
        metric: str,
        subject: str = "",
        *,
        by: str = "",
        against: str = "",
        pairs: bool = False,
        period: Period | None = None,
        periods: tuple[Period, Period] | None = None,
        confidence: float | None = None,
    ) -> Compared:
        """One metric between groups, or between two periods."""
        ...

    def uncovered(self, period: Period) -> str:
        """Why a period is not compared with another; "" where it may be."""
        ...

    def trend(
        self,
        metric: str,
        subject: str = "",
        *,
        grain: Grain = "week",
        by: str = "",
        period: Period | None = None,
        confidence: float | None = None,
    ) -> Trend:
        """How one metric went by a calendar unit, also within each segment."""
        ...

    def responses(self, question: str, *, by: str = "", period: Period | None = None, window: timedelta = WINDOW) -> Responses:
        """Who was asked a question and who answered."""
        ...

    def behind(self, metric: str, subject: str = "", *, period: Period | None = None, by: str = "", segment: str = "") -> Behind:
        """What stands behind a metric's number, of everybody or of one segment."""
        ...

    def people_behind(
        self,
        metric: str,
        subject: str,
        group: str,
        *,
        period: Period | None = None,
        by: str = "",
        segment: str = "",
        limit: int = 100,
    ) -> GroupBehind:
        """The people of one group behind a number."""
        ...

    def metric_history(self, metric: str, subject: str = "") -> tuple[MetricVersion, ...]:
        """The versions of the model's definition of a metric, newest first."""
        ...

    def outside_numbers(self, metric: str = "") -> tuple[OutsideNumber, ...]:
        """Numbers of others that were entered."""
        ...

    def enter_outside(self, figure: OutsideFigure, member: str) -> OutsideNumber:
        """Enter a number of somebody else."""
        ...

    def take_back_outside(self, id: str, member: str, why: str) -> OutsideNumber:
        """Show a number of somebody else no longer."""
        ...
