"""Made-up journeys with what was observed on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from made_up.estimates import WORDS, seconds, share
from made_up.people import MadePeople
from made_up.worlds import HOSTILE, LONG, RTL, SPAN
from touchpath.model.errors import BadInput
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.model.experience import Journey, Step
from touchpath.model.time import Period
from touchpath.services.behind import GroupBehind
from touchpath.services.compared import Contrast
from touchpath.services.journey_versions import JourneyVersion
from touchpath.services.lanes import LANES, METRIC_OF_LANE, places_of
from touchpath.services.live_map import LiveCell, LiveColumn, LiveMap, MapAsked
from touchpath.services.results import JourneyMap, LaneNumber, Number, StageMap, StepMap, Verbatim
from touchpath.services.voice import VoiceAsked


class MadeJourneys(MadePeople):
    """What is asked about journeys."""

    def journey_map(
        self,
        journey: str,
        *,
        period: Period | None = None,
        by: str = "",
        segment: str = "",
        persona: str = "",
        role: str = "",
        clear: bool = False,
    ) -> JourneyMap:
        designed = self._experience.journey(journey)
        if by and segment not in self.segments(by):
            raise BadInput(f"There is no segment '{segment}'.")
        entrants, left = (0, 0.0) if self._span is None else (4_821, 1.0)
        stages, index = [], 0
        for stage in designed.stages:
            steps = []
            for step in stage.steps:
                kept = 1.0 if index == 0 else (0.62, 0.81, 0.44, 0.93, 0.97)[index % 5]
                left *= kept
                steps.append(self._step(step, index, kept, left) if entrants else self._nothing(step))
                index += 1
            stages.append(StageMap(stage, tuple(steps)))
        conversion: Number = share(left, 4_600) if entrants else Undefined("nobody entered", 0)
        words = dict.fromkeys(("reach", "completion", "drop_off"), WORDS["conversion"]) | {"contacts": WORDS["contact_rate"]}
        finding = (
            "Most are lost between 'Fill the basket' and 'Pay': 56.0% (54.6% to 57.4%) of 4,600 entrants." if entrants else ""
        )
        return JourneyMap(
            designed,
            tuple(stages),
            entrants,
            221 if entrants else 0,
            conversion,
            finding,
            period or self._span or SPAN,
            "7",
            words,
            segment,
            42 if entrants else 0,
        )

    def live_map(self, asked: MapAsked, *, clear: bool = False) -> LiveMap:
        by, segment = asked.of.cuts[0] if asked.of.cuts else ("", "")
        whole = self.journey_map(asked.journey, period=asked.of.period, by=by, segment=segment)
        lanes, found = tuple(one for one in LANES if not asked.lanes or one in asked.lanes), []
        for place in places_of(whole.journey, asked.zoom, self._experience):
            ids = {one.id for one in place.steps}
            steps = [step for stage in whole.stages for step in stage.steps if step.step.id in ids]
            cells = [cell for cell in self._cells(whole.journey, steps, asked) if cell.lane in lanes]
            by_lane = {lane: tuple(cell for cell in cells if cell.lane == lane) for lane in lanes}
            found.append(LiveColumn(place.id, place.title, place.steps, place.stage, by_lane))
        beside = asked.beside and (asked.beside.period or SPAN)
        older = whole.journey if asked.beside and asked.beside.revision else None
        if older:
            found[1:2] = [replace(found[1], version="added"), replace(found[1], id="gone", version="removed")]
        return LiveMap(whole, tuple(found), lanes, asked.zoom, 12 if beside else 0, beside=beside or None, older=older)

    def _cells(self, journey: Journey, steps: list[StepMap], asked: MapAsked) -> Iterator[LiveCell]:
        def cell(lane: str, metric: str, subject: str, title: str, number: Number) -> LiveCell:
            if asked.beside is None:
                return LiveCell(lane, metric, subject, title, number)
            moved = lane == "completion" and isinstance(number, Estimate)
            change = Comparison("difference", 0.08, 0.02, 0.14, 0.95, "share", "MOVER", "up")
            found = change if isinstance(number, Estimate) else Undefined("one of the two numbers is undefined")
            return LiveCell(
                lane,
                metric,
                subject,
                title,
                number,
                Contrast("beside", "here", number, number, found, 0.01, 0.02 if moved else 0.4),
            )

        for step in steps:
            for lane in ("volume", "reach", "completion", "drop_off", "time", "contacts"):
                yield cell(lane, METRIC_OF_LANE[lane], journey.id, "", getattr(step, lane))
            yield from (cell(one.words.id, one.words.id, one.subject, one.subject, one.number) for one in step.tasks)
            yield from (cell("attitude", one.words.id, one.subject, one.words.title, one.number) for one in step.attitude)
            yield cell("friction", "", "", "", Undefined("no friction is recorded: no signal of friction.rage_click came"))

    def _step(self, step: Step, index: int, kept: float, left: float) -> StepMap:
        n = max(12, round(4_600 * left))
        first: Number = Undefined("the first step has none before it", n)
        said = (
            (HOSTILE, RTL, LONG * 5)
            if self._hostile
            else (
                "The form asked for my phone number twice, and then it failed.",
                "Easy.",
                "I did not know whether the order had gone through.",
            )
        )
        verbatims = tuple(
            Verbatim(text, "survey.answered", SPAN.start + timedelta(days=i), f"user:{i}/{index}", 2.0 + i, "csat")
            for i, text in enumerate(said)
        )
        attitudes = {
            "csat": LaneNumber(WORDS["customer_satisfaction"], share(0.9 - 0.09 * (index % 6), 190 - 20 * (index % 6)), "csat"),
            "nps": LaneNumber(WORDS["nps"], Undefined("3 answers, and this number needs 5", 3), "nps"),
        }
        return StepMap(
            step, Estimate(n, n, n, n, "people", "count"), share(min(left, 0.9999), 4_600), share(kept, n) if index else first,
            share(1 - kept, n) if index else first, seconds(3_600.0 * (index + 1), n) if index else first, share(0.04 + 0.02 * index % 0.3, n), 12,
            tuple(LaneNumber(WORDS["task_success"], share(0.8 - 0.1 * index % 0.5, 400, "attempts"), task) for task in step.tasks),
            tuple(attitudes[question] for question in step.questions), verbatims if index % 3 != 2 else (),
        )  # fmt: skip

    def _nothing(self, step: Step) -> StepMap:
        none = Undefined("nobody entered", 0)
        return StepMap(step, none, none, none, none, none, none, 0)

    def journey_versions(self, journey: str) -> tuple[JourneyVersion, ...]:
        self._experience.journey(journey)
        older = JourneyVersion(1, 1, SPAN.start, "ada@example.org", "the first design")
        return (JourneyVersion(2, 2, SPAN.end, "ben@example.org", ""), older)

    def people_at(
        self,
        journey: str,
        step: str,
        group: str,
        *,
        period: Period | None = None,
        persona: str = "",
        role: str = "",
        limit: int = 100,
    ) -> GroupBehind:
        hits = self.find_people("at", limit)
        return GroupBehind(group, "person", len(hits), hits, self.voice(VoiceAsked()).said if group == "here" else ())
