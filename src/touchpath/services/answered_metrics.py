"""Metrics of one workspace: measured, compared, over time, with what stands behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from touchpath.metrics.catalogue import METRICS
from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.model.time import Grain, Period
from touchpath.services import (
    boards,
    comparing,
    measure,
    overview,
    pack,
)
from touchpath.services.answered_queries import AnsweredQueries
from touchpath.services.behind import Behind, GroupBehind, look_behind, of_segment
from touchpath.services.boards import Board
from touchpath.services.compared import Compared
from touchpath.services.hiding import (
    hide_in_comparison,
    hide_in_measurement,
)
from touchpath.services.measure_document import read_measure
from touchpath.services.metric_versions import MetricVersion
from touchpath.services.outside import OutsideFigure, OutsideNumber, OutsideNumbers
from touchpath.services.queries.reading import Document
from touchpath.services.responses import WINDOW, Responses, measure_responses
from touchpath.services.results import (
    Measurement,
    MetricWords,
    Overview,
    Pack,
    QueryAnswer,
)
from touchpath.services.small_groups import (
    blank_comparison,
    blank_measurement,
    blank_responses,
    withhold_from_behind,
    withhold_from_comparison,
    withhold_from_measurement,
    withhold_from_overview,
    withhold_from_responses,
)
from touchpath.services.targets import find_metric
from touchpath.services.trended import Trend
from touchpath.services.trending import check_grain, judge_trend, judge_trends
from touchpath.services.weighed import Weigh, measure_weighed, read_weight
from touchpath.timelines.fold import Selection


@dataclass(frozen=True)
class AnsweredMetrics(AnsweredQueries):
    """Numbers with their intervals, as members and viewers may see them."""

    def metrics(self) -> tuple[MetricWords, ...]:
        """Every metric that can be measured, in words."""
        return measure.list_metrics(self.experience())

    def measure(
        self,
        metric: str,
        subject: str = "",
        *,
        by: str = "",
        grain: Grain | None = None,
        period: Period | None = None,
        confidence: float | None = None,
        who: Selection | None = None,
        weight: str = "",
    ) -> Measurement:
        """One metric of one task, question or journey, whole and cut, of everybody or of a selection.

        weight: what counts once, "people" or "account", or accounts by what they pay, "revenue"; "" = as the metric is defined.
        Personal details in the names of segments are hidden; a query tells them, see `ask`.
        """
        how = self._weigh(weight)
        sure, period = self.confidence if confidence is None else confidence, self._days(period)

        def answer() -> Measurement:
            ground = self._ground(who)
            if how.by:
                found = measure_weighed(ground, metric, subject, by, grain, period, sure, how)
                return hide_in_measurement(self._marks.measurement(found), self.detectors)
            found = comparing.with_mix(ground, measure.measure(ground, metric, subject, by, grain, period, sure), by, sure)
            return hide_in_measurement(self._marks.measurement(found), self.detectors)

        found = self._kept(("measure", metric, subject, by, grain, period, sure, how), answer, who)
        return self._as_seen(metric, subject, found, by, grain, period, who)

    def measure_all(
        self,
        asks: Sequence[tuple[str, str]] = (),
        *,
        by: str = "",
        grain: Grain | None = None,
        period: Period | None = None,
        confidence: float | None = None,
        who: Selection | None = None,
        weight: str = "",
    ) -> Pack:
        """Several metrics, each with what it is measured of, read together; all that the model can be measured by if none is named.

        One that cannot be measured costs its own number, and says why. weight: as in `measure`, of those in which accounts can weigh.
        """
        how = self._weigh(weight)
        sure, period = self.confidence if confidence is None else confidence, self._days(period)
        chosen = tuple(asks) or pack.default_pack(self.experience())

        def answer() -> Pack:
            found = pack.measure_all(self._ground(who), chosen, by, grain, period, sure, how).measurements
            return Pack(tuple(hide_in_measurement(self._marks.measurement(one), self.detectors) for one in found))

        found = self._kept(("measure_all", chosen, by, grain, period, sure, how), answer, who).measurements
        return Pack(
            tuple(self._as_seen(*one, measured, by, grain, period, who) for one, measured in zip(chosen, found, strict=True))
        )

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
        who: Selection | None = None,
    ) -> Compared:
        """One metric between the segments of a dimension (each with the rest, with the one named, or every pair), or between two periods.

        With both, within every segment between the periods, and how much of the change came from their mix. Personal details in the names of segments are hidden.
        """
        sure, period = self.confidence if confidence is None else confidence, self._days(period)
        periods = periods and (self._whole_days(periods[0]), self._whole_days(periods[1]))
        if not by and periods is None:
            raise BadInput("Say what to compare: the segments of a dimension, or two periods.")
        if periods is not None and (against or pairs or period):
            raise BadInput("Two periods are compared as they are, or within every segment of a dimension; leave the rest out.")

        def answer() -> Compared:
            ground = self._ground(who)
            if periods is not None:
                found = comparing.compare_periods(ground, metric, subject, *periods, sure, by)
                return hide_in_comparison(found, self.detectors)
            found = comparing.compare_segments(ground, metric, subject, by, sure, against=against, pairs=pairs, period=period)
            return hide_in_comparison(found, self.detectors)

        found = self._kept(("compare", metric, subject, by, against, pairs, period, periods, sure), answer, who)
        if not self.viewers:
            return found
        each = periods or (period,)
        few, why = self._why_not(
            lambda: frozenset().union(*(self._few_measured(metric, subject, by, None, one, who) for one in each))
        )
        return blank_comparison(found, why) if why else withhold_from_comparison(found, self.smallest_group, few)

    def uncovered(self, period: Period) -> str:
        """Why a period is not compared with another: it is not over, or began before the data; "" where it may be."""
        return comparing.uncovered(self._ground(), period)

    def trend(
        self,
        metric: str,
        subject: str = "",
        *,
        grain: Grain = "week",
        by: str = "",
        period: Period | None = None,
        confidence: float | None = None,
        who: Selection | None = None,
    ) -> Trend:
        """How one metric went by `grain`: changes of level, what repeats, odd points, each with its rate of false alarms.

        by: also within each segment of a dimension, or each persona, role or kind of link.
        """
        check_grain(grain)
        measured = self.measure(metric, subject, grain=grain, period=period, confidence=confidence, who=who)
        bounds = find_metric(self.experience(), measured.metric.id).bounds
        span = self.span()
        if not by:
            asked = ("trend", measured, grain)
            return self._kept(asked, lambda: judge_trend(measured, grain, bounds=bounds, zone=self.zone, first=span), who)
        cut = self.measure(metric, subject, by=by, grain=grain, period=period, confidence=confidence, who=who)

        def answer() -> Trend:
            return judge_trends(measured, cut, by, grain, bounds=bounds, zone=self.zone, first=span)

        return self._kept(("trend", measured, cut, grain), answer, who)

    def responses(
        self,
        question: str,
        *,
        by: str = "",
        period: Period | None = None,
        window: timedelta = WINDOW,
        confidence: float | None = None,
    ) -> Responses:
        """Who was asked a question, saw it and answered, by segment, and its number with the segments of the asked."""
        sure, period = self.confidence if confidence is None else confidence, self._days(period)
        found = self._kept(
            ("responses", question, by, period, window, sure),
            lambda: measure_responses(self._ground(), question, by, period, window, sure),
        )
        if not self.viewers:
            return found
        rules = (self.experience().question(question).asked,)
        few, why = self._why_not(lambda: self._few_read(rules, period, by))
        return blank_responses(found, why) if why else withhold_from_responses(found, self.smallest_group, few)

    def overview(self) -> Overview:
        """UX and CX numbers of every product and journey, side by side."""

        def show() -> Overview:
            return self._marks.overview(overview.show_overview(self._ground(), self.signals.kinds(), self.confidence))

        whole = self._kept("overview", show)
        return withhold_from_overview(whole, self.smallest_group) if self.viewers else whole

    def board(self, name: str = "", *, period: Period | None = None, weight: str = "") -> Board:
        """The experience board of "product:shop", with the numbers of its parts; "" = that of the brand. weight: as in `measure_all`."""
        place, span = boards.find_place(self.experience(), name), period or self.span()
        asks = boards.all_asks(place) if span else ()
        grain = overview.fitting_grain(span) if span else None
        measured = self.measure_all(asks, grain=grain, period=period, weight=weight).measurements if asks else ()
        return boards.fill(place if span else replace(place, asks=(), parts=()), measured, asks, span)

    def answer(self, document: Document) -> QueryAnswer | Measurement:
        """What a document asks for: a query, or a metric as in {metric: churn, grain: month}."""
        one = read_measure(document, self.zone)
        if one is None:
            return self.ask(document)
        return self.measure(one.metric, one.subject, by=one.by, grain=one.grain, period=one.period, weight=one.weight)

    def metric_history(self, metric: str, subject: str = "") -> tuple[MetricVersion, ...]:
        """The versions of the model's definition of a metric, newest first, or of the task, journey or question that a metric of the
        catalogue is measured of; none for what the catalogue alone defines."""
        own = next((one.id for one in self.experience().metrics if one.id in (metric, subject)), "")
        if own:
            return self._kept(("history", own), lambda: self.models.metric_history(own))
        if metric not in METRICS or (METRICS[metric].subject == "signals" and not subject):
            return ()
        return self.models.subject_history(metric, subject)

    def behind(self, metric: str, subject: str = "", *, period: Period | None = None, by: str = "", segment: str = "") -> Behind:
        """What stands behind a metric's number: what was counted and left out, and how to have it again elsewhere.

        by, segment: of the number of one segment, as `measure` names it; raises Missing for an unknown one, BadInput for half of the two.
        """
        if bool(by) != bool(segment):
            raise BadInput("Name the dimension and its segment, or neither for the number of everybody.")
        measured, history = self.measure(metric, subject, by=by, period=period), self.metric_history(metric, subject)
        if by:
            measured = of_segment(measured, segment)
        found = self._kept(
            ("behind", metric, subject, period, by, segment, measured),
            lambda: look_behind(self._ground(), measured, period, history, by, segment),
        )
        return withhold_from_behind(found, self.smallest_group) if self.viewers else found

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
        """The people of one group behind a number, latest heard of first; raises Missing for an unknown group."""
        self._check_people()
        behind = self.behind(metric, subject, period=period, by=by, segment=segment)
        if group not in behind.groups or behind.document is None:
            raise Missing(unknown("group of people behind this number", group, behind.groups))
        asked = replace(self.read_query(behind.document), period=behind.measured.period)
        return self.behind_group(group, self.select(asked, group), behind.measured.period, limit)

    def sql_behind(self, metric: str, subject: str = "", *, period: Period | None = None) -> str:
        """All signals that a number reads, as SQL over the lake; raises NotAllowed for whoever may not see single people."""
        self._check_people()
        return self.behind(metric, subject, period=period).sql

    def outside_numbers(self, metric: str = "") -> tuple[OutsideNumber, ...]:
        """Numbers of others that were entered, of all metrics or of one; raises Missing for an unknown one."""
        if metric:
            find_metric(self.experience(), metric)
        return self._outside.list(metric)

    def enter_outside(self, figure: OutsideFigure, member: str) -> OutsideNumber:
        """Enter a number of somebody else; raises BadInput or Missing for one that cannot be."""
        bounds = find_metric(self.experience(), figure.metric).bounds
        return self._outside.enter(figure, bounds, member, datetime.now(ZoneInfo(self.zone)).date())

    def take_back_outside(self, id: str, member: str, why: str) -> OutsideNumber:
        """Show a number of somebody else no longer."""
        return self._outside.take_back(id, member, why)

    def _as_seen(
        self,
        metric: str,
        subject: str,
        measured: Measurement,
        by: str,
        grain: Grain | None,
        period: Period | None,
        who: Selection | None,
    ) -> Measurement:
        """A measurement as it is shown: with the version of what it is measured of, for viewers without small groups, and beside numbers of
        others."""
        measured = self._versioned(metric, subject, measured)
        if self.viewers:
            few, why = self._why_not(lambda: self._few_measured(metric, subject, by, grain, period, who))
            measured = blank_measurement(measured, why) if why else withhold_from_measurement(measured, self.smallest_group, few)
        if self.outside is None or measured.weighing is not None:
            return measured
        others = self.outside.verdicts(metric, subject, measured.total)
        return replace(measured, verdicts=measured.verdicts + others)

    def _weigh(self, weight: str) -> Weigh:
        return Weigh(read_weight(weight), self.smallest_group if self.viewers and weight else 1)

    def _versioned(self, metric: str, subject: str, measured: Measurement) -> Measurement:
        """The version of a number of the catalogue says how often the meaning of its task, journey or question has changed, if ever."""
        history = self.metric_history(metric, subject) if metric in METRICS else ()
        if len(history) < 2:
            return measured
        noun = "journey" if measured.metric.subject == "signals" else measured.metric.subject
        label = f"{measured.metric.version_label} ({noun} {history[0].version})"
        readings = tuple(replace(one, number=replace(one.number, version=label)) for one in measured.readings)
        words, total = replace(measured.metric, version_label=label), replace(measured.total, version=label)
        return replace(measured, metric=words, total=total, readings=readings)

    @property
    def _outside(self) -> OutsideNumbers:
        if self.outside is None:
            raise Missing("This workspace keeps no numbers of others.")
        return self.outside
