"""Made-up numbers: measured, compared, over time, side by side, and what stands behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from made_up.estimates import WORDS
from made_up.ground import MadeGround
from made_up.worlds import HOSTILE, LONG, SPAN
from touchpath.metrics.weighing import Weighing
from touchpath.model.errors import BadInput, Missing, unknown
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.model.time import Grain, Period, calendar_periods
from touchpath.services.behind import Behind, GroupBehind
from touchpath.services.boards import Board, all_asks, fill, find_place
from touchpath.services.compared import Compared, Contrast
from touchpath.services.left_out import LeftOut
from touchpath.services.metric_versions import MetricVersion
from touchpath.services.outside import OutsideFigure, OutsideNumber
from touchpath.services.responses import Responses
from touchpath.services.results import Measurement, Overview, OverviewRow, Pack, PersonHit, Reading
from touchpath.services.sides import Counted
from touchpath.services.trended import Odd, Shift, Trend
from touchpath.services.trending import judge_trend
from touchpath.services.weighed import read_weight
from touchpath.stats.intervals import Interval
from touchpath.stats.mixes import MixBetween, MixChange, Segment, judge_between, judge_mix, split_change
from touchpath.stats.representativeness import Asked, represent

SPLIT = split_change([Segment("web", 900, 0.8, 200, 0.85), Segment("shop & <b>more</b>", 100, 0.3, 800, 0.4)])


class MadeNumbers(MadeGround):
    """What is asked about a metric."""

    def board(self, name: str = "", *, period: Period | None = None, weight: str = "") -> Board:
        place = find_place(self._experience, name)
        if self._span is None:
            return fill(replace(place, asks=(), parts=()), (), (), None)
        asks = all_asks(place)
        return fill(place, [self.measure(*ask, grain="month", period=period, weight=weight) for ask in asks], asks, self._span)

    def overview(self) -> Overview:
        if self._span is None:
            return Overview((), 0, 0, (), None, "0", self.about)
        ux = tuple(
            self.measure(metric, task.id, grain="month")
            for task in self._experience.tasks
            for metric in ("task_success", "task_time")
        )
        cx = (self.measure("nps", "nps", grain="month"), self.measure("customer_satisfaction", "csat", grain="month"))
        rows = [OverviewRow("product", one.id, one.title, ux if one.id != "app" else (), cx) for one in self._experience.products]
        rows += [
            OverviewRow("journey", one.id, one.title, ux[:2], (*cx, self.measure("conversion", one.id, grain="month"), self.measure("contact_rate", one.id, grain="month")))
            for one in self._experience.journeys
        ]  # fmt: skip
        return Overview(
            tuple(rows),
            12_004,
            1_284_310,
            ("web", "app", "tickets", "surveys", "billing", "stores", "mail"),
            self._span,
            "7",
            self.about,
        )

    def measure(
        self, metric: str, subject: str = "", *, by: str = "", grain: Grain | None = None, period: Period | None = None, confidence: float | None = None,
        weight: str = "",
    ) -> Measurement:  # fmt: skip
        confidence = 0.95 if confidence is None else confidence
        if metric not in WORDS:
            raise Missing(unknown("metric", metric, WORDS))
        if WORDS[metric].subject == "task" and subject not in {task.id for task in self._experience.tasks}:
            raise BadInput(f"'{metric}' is measured of a task, but the subject came as '{subject}'.")
        span = period or self._span or SPAN
        readings = (
            [Reading(self._number(metric, i), one, "", i < 5) for i, one in enumerate(calendar_periods(span, grain))]
            if grain
            else []
        )
        if by:
            readings += [Reading(self._number(metric, i), span, name) for i, name in enumerate(self.segments(by))]
            readings.append(
                Reading(
                    Undefined("hidden: a group of fewer than 5 people, or one that would give such a group away", 2), span, LONG
                )
            )
        change = {
            "task_success": Comparison("difference", -0.034, -0.06, -0.008, confidence, "share", "", "down"),
            "task_time": Comparison("ratio", 0.9, 0.84, 0.96, confidence, "seconds", "", "down"),
            "nps": Comparison("difference", 1.0, -4.0, 6.0, confidence, "score", "", None),
        }.get(metric)  # fmt: skip
        total = (
            replace(self._number(metric, 0), confidence=confidence)
            if metric != "contact_rate"
            else Undefined("nobody was on the journey", 0)
        )
        mix = judge_mix(HOSTILE, SPLIT, [SPLIT._replace(within=0.011), SPLIT] * 10, "share") if by and grain else None
        assert mix is None or isinstance(mix, MixChange)
        chosen, weighing = read_weight(weight), None
        if chosen and metric in ("nps", "task_success"):
            weighing = Weighing(chosen, total, total, 34, 0, 1_910, 56.2, 2.1, 3.04, 12.5, 0.61)
        return Measurement(
            WORDS[metric], self.about, total, tuple(readings), change, span, "7", subject, mix=mix, weighing=weighing,
            change_p={"task_success": 0.0004, "task_time": 0.03}.get(metric),
        )  # fmt: skip

    def measure_all(
        self, asks: Sequence[tuple[str, str]] = (), *, by: str = "", grain: Grain | None = None, period: Period | None = None, confidence: float | None = None,
        weight: str = "",
    ) -> Pack:  # fmt: skip
        return Pack(tuple(self.measure(*one, by=by, grain=grain, period=period, weight=weight) for one in asks))

    def compare(
        self, metric: str, subject: str = "", *, by: str = "", against: str = "", pairs: bool = False, period: Period | None = None,
        periods: tuple[Period, Period] | None = None, confidence: float | None = None,
    ) -> Compared:  # fmt: skip
        whole = self.measure(metric, subject, by=by, period=period)
        numbers = [self._number(metric, i) for i in range(3)]
        found = [Comparison("difference", d, d - 0.05, d + 0.05, 0.95, "share", "made up", None) for d in (0.08, 0.01, -0.07)]
        names = ("web", HOSTILE, LONG if self._hostile else "app")
        contrasts = [
            Contrast("the rest", name, numbers[0], number, one, p, p, Interval(one.low, one.high), 0.06)
            for name, number, one, p in zip(names, numbers, found, (0.0001, 0.6, 0.02), strict=True)
        ]
        few = Undefined("fax: 2 people, and a comparison needs 5 on each side; about 388 on each side would find a difference", 2)
        contrasts.append(Contrast("the rest", "fax", numbers[0], few, few))
        notes = (
            "People who are on both sides count on each as if they were others; then the difference is usually known better than told here.",
        )
        equal = judge_between(HOSTILE, (names[0], names[2]), SPLIT, [SPLIT._replace(within=0.011), SPLIT] * 10, "share")
        assert isinstance(equal, MixBetween)
        return Compared(
            whole.metric, whole.about, "rest", by, whole.total, tuple(contrasts), 0.95, whole.period, "7", subject, notes,
            mixes=(equal,),
        )  # fmt: skip

    def trend(
        self, metric: str, subject: str = "", *, grain: Grain = "week", by: str = "", period: Period | None = None, confidence: float | None = None
    ) -> Trend:  # fmt: skip
        found = judge_trend(self.measure(metric, subject, grain=grain, period=period), grain, bounds=(0.0, 1.0), zone=self.zone)
        reading = found.readings[0]
        assert reading.period is not None
        assert isinstance(reading.number, Estimate)
        step = Shift(reading.period, 0.7, 0.8, 0.01, True)
        return replace(found, steps=(step,), odd=(Odd(reading.period, reading.number.value, 0.5, 0.4, 0.6),))

    def responses(
        self, question: str, *, by: str = "", period: Period | None = None, window: timedelta = timedelta(days=30)
    ) -> Responses:
        if question not in {one.id for one in self._experience.questions}:
            raise Missing(unknown("question", question, [one.id for one in self._experience.questions]))
        nobody, span = Undefined("nobody is known to have been asked"), period or self._span or SPAN
        if self._span is None:
            return Responses(question, question, by, span, window, 0, 0, 0, None, nobody, nobody, nobody, nobody, "0")
        names = (HOSTILE, LONG if self._hostile else "app", "") if by else ("",)
        people = represent([Asked(name, 400 - 90 * n, 40 + 30 * n) for n, name in enumerate(names)])
        rate = Estimate(people.rate, *people.limits, people.asked, "people")
        score = Estimate(31.0, 25.0, 37.0, 210, "answers", "score")
        return Responses(question, HOSTILE, by, span, window, 12, 310, 25, people, rate, rate, score, score, "7")

    def metric_history(self, metric: str, subject: str = "") -> tuple[MetricVersion, ...]:
        older = MetricVersion(1, SPAN.start, HOSTILE, LONG)
        return (MetricVersion(2, SPAN.end, "kim", "a week was too short", ("window",)), older) if metric == "task_success" else ()

    def behind(self, metric: str, subject: str = "", *, period: Period | None = None, by: str = "", segment: str = "") -> Behind:
        measured = self.measure(metric, subject, period=period)
        share = metric == "task_success"
        history = (
            MetricVersion(2, SPAN.end, "kim", "a week was too short", ("window", "numerator")),
            MetricVersion(1, SPAN.start, HOSTILE, LONG),
        )
        return Behind(
            measured,
            (Counted("numerator", "successful attempts", 626), Counted("denominator", "attempts", 948)) if share else (),
            (LeftOut(12, "attempts still have time left"), LeftOut(3, "starts name no object to tie the attempt to"))
            if share
            else (),
            ("checkout.started", "order.placed where channel is web", HOSTILE),
            ("succeeded", "failed", "abandoned") if share else (),
            {"query": "tasks", "task": subject, "who": HOSTILE} if share else None,
            history if share else (),
            by,
            segment,
        )

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
        behind = self.behind(metric, subject, period=period)
        if group not in behind.groups:
            raise Missing(unknown("group of people behind this number", group, behind.groups))
        if group == "abandoned":
            return GroupBehind(group, "order", 4, ())
        hits = tuple(PersonHit(f"user:{i}", 3 + i, SPAN.end) for i in range(2 if group == "succeeded" else 0))
        return GroupBehind(group, "person", len(hits), hits)

    def outside_numbers(self, metric: str = "") -> tuple[OutsideNumber, ...]:
        if metric not in ("", *WORDS):
            raise Missing(unknown("metric", metric, WORDS))
        return tuple(one for one in self.entered if metric in ("", one.figure.metric))

    def enter_outside(self, figure: OutsideFigure, member: str) -> OutsideNumber:
        if not figure.source:
            raise BadInput("'source' is blank.")
        self.entered.append(OutsideNumber(f"b{len(self.entered)}", figure, member, SPAN.start))
        return self.entered[-1]

    def take_back_outside(self, id: str, member: str, why: str) -> OutsideNumber:
        found = next((one for one in self.entered if one.id == id), None)
        if found is None:
            raise Missing(unknown("number of others", id, (one.id for one in self.entered)))
        self.entered.remove(found)
        return found
