"""Metrics: measured, compared, over time, and what stands behind them."""

from __future__ import annotations

from collections.abc import Sequence
from getpass import getuser

import pyarrow as pa

from touchpath.bootstrap import sql_over
from touchpath.model.time import Grain, Period
from touchpath.services.behind import Behind
from touchpath.services.compared import Compared
from touchpath.services.outside import OutsideFigure, OutsideNumber
from touchpath.services.results import Measurement, MetricWords, Overview, Pack
from touchpath.services.rows_behind import read_rows
from touchpath.services.trended import Trend
from touchpath.space.answer import Answer
from touchpath.space.door import Door
from touchpath.timelines.fold import Selection


class NumbersDoor(Door):
    """What is asked about metrics."""

    def measure(
        self,
        metric: str,
        subject: str = "",
        by: str = "",
        grain: Grain | None = None,
        period: Period | None = None,
        confidence: float | None = None,
        who: Selection | None = None,
        weight: str = "",
    ) -> Answer[Measurement]:
        """One metric of one thing (a task, a question, a journey), whole or cut by a dimension and by period.

        who: only these people (see `select_funnel` and `select_who_did`). weight: what counts once, "people" or "account", or accounts by what
        they pay, "revenue"; "" = as the metric is defined.
        """
        found = self._platform.measure(
            metric, subject, by=by, grain=grain, period=period, confidence=confidence, who=who, weight=weight
        )
        return Answer(found, f"{found.metric.title}: {found.about}")

    def measure_all(
        self,
        asks: Sequence[tuple[str, str]] = (),
        by: str = "",
        grain: Grain | None = None,
        period: Period | None = None,
        confidence: float | None = None,
        who: Selection | None = None,
        weight: str = "",
    ) -> Answer[Pack]:
        """Several metrics, each with what it is measured of, as in [("nps", ""), ("task_success", "checkout")], read together.

        Without `asks` all that the model can be measured by. One that cannot be measured costs its own number, and says why.
        """
        found = self._platform.measure_all(asks, by=by, grain=grain, period=period, confidence=confidence, who=who, weight=weight)
        return Answer(found, f"{len(found.measurements)} metrics")

    def compare(
        self,
        metric: str,
        subject: str = "",
        by: str = "",
        against: str = "",
        pairs: bool = False,
        period: Period | None = None,
        periods: tuple[Period, Period] | None = None,
        confidence: float | None = None,
        who: Selection | None = None,
    ) -> Answer[Compared]:
        """One metric between the segments of a dimension (each with the rest, with the one named, or every pair), or between two periods.

        Each difference has its interval, and p-values corrected for all that was compared; too small groups say how many would do.
        """
        found = self._platform.compare(
            metric, subject, by=by, against=against, pairs=pairs, period=period, periods=periods, confidence=confidence, who=who
        )
        return Answer(found, f"{found.metric.title}: {found.about}. {found.sentence}")

    def trend(
        self,
        metric: str,
        subject: str = "",
        grain: Grain = "week",
        by: str = "",
        period: Period | None = None,
        confidence: float | None = None,
        who: Selection | None = None,
    ) -> Answer[Trend]:
        """How one metric went by day, week, month or quarter: changes of level, what repeats, odd points; its rows are the readings.

        by: also within each segment of a dimension, or each persona, role or kind of link.
        """
        found = self._platform.trend(metric, subject, grain=grain, by=by, period=period, confidence=confidence, who=who)
        return Answer(found, f"{found.metric.title}: {found.about}. {' '.join(found.sentences)}")

    def overview(self) -> Answer[Overview]:
        """UX and CX numbers of every product and journey."""
        return Answer(self._platform.overview(), "Overview")

    def metrics(self) -> Answer[tuple[MetricWords, ...]]:
        """Every metric that can be asked for."""
        return Answer(self._platform.metrics(), "Metrics")

    def behind(self, metric: str, subject: str = "", period: Period | None = None, by: str = "", segment: str = "") -> Behind:
        """What stands behind a number: numerator and denominator, what is left out, versions, and the query that counts the same.

        by, segment: of the number of one segment of a dimension.
        """
        return self._platform.behind(metric, subject, period=period, by=by, segment=segment)

    def rows_behind(self, metric: str, subject: str = "", period: Period | None = None) -> pa.Table:
        """All signals that a number reads, row by row, to count it again outside; `in_period` says which lie in its period."""
        asked = self._platform.sql_behind(metric, subject, period=period)
        return read_rows(sql_over(self.workspace), self._platform.timelines.persons_of, asked)

    def enter_benchmark(self, figure: OutsideFigure) -> OutsideNumber:
        """Keep a number of somebody else, to hold one's own against; raises BadInput for one that cannot be."""
        return self._platform.enter_outside(figure, getuser())

    def benchmarks(self, metric: str = "") -> tuple[OutsideNumber, ...]:
        """Numbers of others, newest first by the day they speak of."""
        return self._platform.outside_numbers(metric)
