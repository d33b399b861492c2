"""One workspace and everything it can answer: the browser, the terminal and Python call only this."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

import pyarrow as pa

from touchpath.metrics.catalogue import METRICS
from touchpath.model.errors import BadInput, Missing, NotAllowed, TouchpathError, unknown
from touchpath.model.experience import Brand, Experience, Journey
from touchpath.model.nodes import Node
from touchpath.model.rules import EventRule
from touchpath.model.time import Grain, Period
from touchpath.services import (
    boards,
    comparing,
    live_map,
    maps,
    measure,
    overview,
    pack,
    people,
    shortcuts,
    small_maps,
    step_people,
)
from touchpath.services.arrivals import Arrivals
from touchpath.services.associations import AssociationsAsked, AssociationsFound, find_associations
from touchpath.services.behind import Behind, GroupBehind, look_behind, of_segment
from touchpath.services.boards import Board
from touchpath.services.cards import CardService
from touchpath.services.compared import Compared
from touchpath.services.coverage import kind_uses
from touchpath.services.decisions import Decision
from touchpath.services.differences import check_asked, check_measured, check_rules, check_selection, whole_units
from touchpath.services.drafts import DraftService
from touchpath.services.drivers import DriversAsked, KeyDrivers, key_drivers
from touchpath.services.effect_found import EffectAsked, EffectFound
from touchpath.services.effects import judge_change
from touchpath.services.ground import Ground
from touchpath.services.happenings import Happenings
from touchpath.services.hiding import (
    hide_in_answer,
    hide_in_associations,
    hide_in_comparison,
    hide_in_effect,
    hide_in_entry,
    hide_in_funnel,
    hide_in_map,
    hide_in_measurement,
    hide_in_rows,
)
from touchpath.services.identity import IdentityService, PersonIdentity
from touchpath.services.kept_answers import KeptAnswers
from touchpath.services.live_map import LiveMap, MapAsked, Slice
from touchpath.services.marks import Marks
from touchpath.services.match_rate import MatchRate, measure_match_rate
from touchpath.services.measure_document import read_measure
from touchpath.services.metric_targets import MetricTargets
from touchpath.services.metric_versions import MetricVersion
from touchpath.services.models import ModelService
from touchpath.services.outside import OutsideFigure, OutsideNumber, OutsideNumbers
from touchpath.services.personal_details import Detector, hide_details, without_details
from touchpath.services.queries import ask, explain, together
from touchpath.services.queries.catalogue import QUERIES
from touchpath.services.queries.explained import Explained
from touchpath.services.queries.features import read_features
from touchpath.services.queries.reading import PERSON, Asked, Document, parts_of, read_asked, read_part
from touchpath.services.queries.volume import VolumeQuery
from touchpath.services.queries.words import list_queries
from touchpath.services.responses import WINDOW, Responses, measure_responses
from touchpath.services.results import (
    FunnelAnswer,
    JourneyMap,
    KindUse,
    Measurement,
    MetricWords,
    Overview,
    Pack,
    PathAnswer,
    PersonHit,
    PersonTimeline,
    QueryAnswer,
    QueryWords,
    TaskAnswer,
    TimelineEntry,
)
from touchpath.services.small_groups import (
    blank_comparison,
    blank_measurement,
    blank_responses,
    withhold_from_associations,
    withhold_from_behind,
    withhold_from_comparison,
    withhold_from_drivers,
    withhold_from_effect,
    withhold_from_measurement,
    withhold_from_overview,
    withhold_from_responses,
)
from touchpath.services.small_rows import withhold_from_answer
from touchpath.services.small_ways import withhold_from_funnel, withhold_from_map, withhold_from_paths, withhold_from_task
from touchpath.services.targets import find_metric
from touchpath.services.trended import Trend
from touchpath.services.trending import check_grain, judge_trend, judge_trends
from touchpath.services.voice import Voice, VoiceAsked, listen
from touchpath.store.properties import PropertyStore
from touchpath.store.search import SearchStore
from touchpath.store.signals import SignalStore
from touchpath.store.timelines import TimelineStore
from touchpath.timelines.arrays import TimelineSet
from touchpath.timelines.fold import Engine, Selection
from touchpath.timelines.volume import MOST_RULES

R = TypeVar("R")


@dataclass(frozen=True)
class Platform:
    """One workspace, ready to be asked. Safe to call from many threads.

    viewers: asked for those who may not read single people, see `for_viewers`; smallest_group: how many people a group has at least that
    they may see.
    """

    name: str
    title: str
    signals: SignalStore
    timelines: TimelineStore[TimelineSet]
    index: SearchStore
    models: ModelService
    engine: Engine
    zone: str = "UTC"
    week_start: int = 0
    confidence: float = 0.95
    arrivals: Arrivals | None = None
    properties: PropertyStore | None = None
    identities: IdentityService | None = None
    detectors: tuple[Detector, ...] = ()
    outside: OutsideNumbers | None = None
    cards: CardService | None = None
    targets: MetricTargets | None = None
    happenings: Happenings | None = None
    drafts: DraftService | None = None
    smallest_group: int = 5
    viewers: bool = False
    _answers: KeptAnswers = field(default_factory=KeptAnswers, repr=False, compare=False)

    def experience(self) -> Experience:
        """The model in force; an empty one while there is none."""
        return self._model()[0]

    @property
    def about(self) -> str:
        """One sentence of the model: real or simulated facts, and whose."""
        return self.experience().about

    def span(self) -> Period | None:
        """From the first signal to the last."""
        return self._ground().span()

    def overview(self) -> Overview:
        """UX and CX numbers of every product and journey, side by side."""

        def show() -> Overview:
            return self._marks.overview(overview.show_overview(self._ground(), self.signals.kinds(), self.confidence))

        whole = self._kept("overview", show)
        return withhold_from_overview(whole, self.smallest_group) if self.viewers else whole

    def board(self, name: str = "", *, period: Period | None = None) -> Board:
        """The experience board of "product:shop", with the numbers of its parts; "" = that of the brand."""
        place, span = boards.find_place(self.experience(), name), period or self.span()
        asks = boards.all_asks(place) if span else ()
        grain = overview.fitting_grain(span) if span else None
        measured = self.measure_all(asks, grain=grain, period=period).measurements if asks else ()
        return boards.fill(place if span else replace(place, asks=(), parts=()), measured, asks, span)

    def for_viewers(self) -> Platform:
        """The same workspace for those who may not read single people: every number without small groups, and nobody single."""
        return replace(self, viewers=True)

    def match_rate(self) -> MatchRate:
        """How many people the sources know as one, and where the gaps are."""
        return self._kept("match rate", lambda: measure_match_rate(self._ground().open(), self.signals.kinds(), self.confidence))

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

    def journey_map(
        self, journey: str, *, period: Period | None = None, by: str = "", segment: str = "", clear: bool = False
    ) -> JourneyMap:
        """A designed journey with what was observed on it, for all or for one segment of a dimension.

        clear: with the personal details that stand in people's words.
        """

        def show() -> JourneyMap:
            return self._marks.whole(maps.map_journey(self._ground(), self.index, journey, period, by, segment, self.confidence))

        period = self._days(period)
        whole = self._kept(("map", journey, period, by, segment), show)
        if self.viewers:
            rules = tuple(step.match for step in whole.journey.steps)
            _, why = self._why_not(lambda: self._few_read(rules, period, by, segment))
            whole = withhold_from_map(whole, self.smallest_group, why)
        return whole if clear else hide_in_map(whole, self.detectors)

    def live_map(self, asked: MapAsked, *, clear: bool = False) -> LiveMap:
        """A journey with its lanes by step or stage, narrowed and compared as asked; clear: with personal details in people's words."""

        def show() -> LiveMap:
            found = live_map.show_live_map(self._ground(), self.index, asked, self.confidence)
            return replace(found, whole=self._marks.whole(found.whole))

        asked = replace(asked, of=self._whole_slice(asked.of), beside=asked.beside and self._whole_slice(asked.beside))
        found = self._kept(("live map", asked), show)
        if self.viewers and self.span() is not None:
            sides = (asked.of, asked.beside) if asked.beside else (asked.of,)
            why = next(filter(None, (self._few_on_map(found.whole.journey, one) for one in sides)), "")
            found = small_maps.withhold_from_live_map(found, self.smallest_group, why)
        return found if clear else replace(found, whole=hide_in_map(found.whole, self.detectors))

    def _whole_slice(self, of: Slice) -> Slice:
        return replace(of, period=self._days(of.period))

    def _few_on_map(self, journey: Journey, of: Slice) -> str:
        """Why a map is not to be shown to viewers: few are left out by what it is narrowed to; "" where many are, or nobody is."""
        persona = live_map.persona_of(self._ground(), of.persona)
        rules = tuple(dict.fromkeys(step.match for step in journey.steps))
        for start in range(0, len(rules), MOST_RULES - 1):
            asked = self.read_query(
                small_maps.asked_of(rules[start : start + MOST_RULES - 1], of, persona.rule if persona else None)
            )
            if why := self._why_not(partial(self._few_asked, asked, None))[1]:
                return why
        return ""

    def segments(self, dimension: str) -> tuple[str, ...]:
        """The values of a dimension, most frequent first; none while there are no signals. Values with personal details are left out."""
        if self.span() is None:
            return ()

        def read() -> tuple[str, ...]:
            return without_details(self._ground().frame(by=dimension).segments, self.detectors)

        return self._kept(("segments", dimension), read)

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
    ) -> Measurement:
        """One metric of one task, question or journey, whole and cut, of everybody or of a selection.

        Personal details in the names of segments are hidden; a query tells them, see `ask`.
        """
        sure, period = self.confidence if confidence is None else confidence, self._days(period)

        def answer() -> Measurement:
            ground = self._ground(who)
            found = comparing.with_mix(ground, measure.measure(ground, metric, subject, by, grain, period, sure), by, sure)
            return hide_in_measurement(self._marks.measurement(found), self.detectors)

        found = self._kept(("measure", metric, subject, by, grain, period, sure), answer, who)
        return self._as_seen(metric, subject, found, by, grain, period, who)

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
        if self.outside is None:
            return measured
        others = self.outside.verdicts(metric, subject, measured.total)
        return replace(measured, verdicts=measured.verdicts + others)

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

    def drivers(
        self,
        asked: DriversAsked,
        *,
        period: Period | None = None,
        confidence: float | None = None,
        who: Selection | None = None,
    ) -> KeyDrivers:
        """What goes together with the answers to a question or questionnaire: other answers, and what people did before."""
        sure, period = self.confidence if confidence is None else confidence, self._days(period)
        found = self._kept(("drivers", asked, period, sure), lambda: key_drivers(self._ground(who), asked, period, sure), who)
        if not self.viewers:
            return found
        questions = (self.experience().question(id).asked for id in sorted(found.outcome.questions))
        self._few_asked(Asked(VolumeQuery(tuple(questions)), period=period), who)
        return withhold_from_drivers(found, self.smallest_group)

    def effect(
        self,
        asked: EffectAsked,
        *,
        period: Period | None = None,
        confidence: float | None = None,
        who: Selection | None = None,
    ) -> EffectFound:
        """What a change at a known day did to a metric: a series before and after, or units with the change beside units without."""
        sure, period = self.confidence if confidence is None else confidence, self._days(period)

        def answer() -> EffectFound:
            return hide_in_effect(judge_change(self._ground(who), asked, period, sure), self.detectors)

        found = self._kept(("effect", asked, period, sure), answer, who)
        if not self.viewers:
            return found
        few = self._few_measured(asked.metric, asked.subject, asked.by, None, period, who)
        return withhold_from_effect(found, self.smallest_group, few)

    def associations(
        self,
        asked: AssociationsAsked,
        *,
        period: Period | None = None,
        confidence: float | None = None,
        who: Selection | None = None,
    ) -> AssociationsFound:
        """How metrics of use go together with metrics of the relationship, across segments or from period to period."""
        sure, period = self.confidence if confidence is None else confidence, self._days(period)

        def answer() -> AssociationsFound:
            return hide_in_associations(find_associations(self._ground(who), asked, period, sure), self.detectors)

        found = self._kept(("associations", asked, period, sure), answer, who)
        if not self.viewers:
            return found
        sides = (name.partition(":") for name in (*asked.ux, *asked.cx))
        few = [self._few_measured(metric, subject, asked.by, asked.every, period, who) for metric, _, subject in sides]
        return withhold_from_associations(found, self.smallest_group, frozenset().union(*few))

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

    def metric_history(self, metric: str, subject: str = "") -> tuple[MetricVersion, ...]:
        """The versions of the model's definition of a metric, newest first, or of the task, journey or question that a metric of the
        catalogue is measured of; none for what the catalogue alone defines."""
        own = next((one.id for one in self.experience().metrics if one.id in (metric, subject)), "")
        if own:
            return self._kept(("history", own), lambda: self.models.metric_history(own))
        if metric not in METRICS or (METRICS[metric].subject == "signals" and not subject):
            return ()
        return self.models.subject_history(metric, subject)

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
        who = self.select(asked, group)
        return GroupBehind(group, asked.unit, len(who.keys), self.actors(who, limit) if asked.unit == "person" else ())

    def people_at(
        self, journey: str, step: str, group: str, *, period: Period | None = None, persona: str = "", limit: int = 100
    ) -> tuple[int, tuple[PersonHit, ...]]:
        """How many people one group at a step has, and some of them, latest heard of first; raises Missing for an unknown group."""
        self._check_people()
        designed = self.experience().journey(journey)
        ground = live_map.narrowed(self._ground(), persona)
        who = step_people.select_at(ground, designed, step_people.step_of(designed, step), group, period)
        return len(who.keys), self.actors(who, limit)

    def some_people(self, query: Document, limit: int = 5) -> tuple[PersonHit, ...]:
        """Some of the people who did what a query of volume asks for, latest heard of first."""
        self._check_people()
        return self.actors(self.select(query, "did"), limit)

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

    @property
    def _outside(self) -> OutsideNumbers:
        if self.outside is None:
            raise Missing("This workspace keeps no numbers of others.")
        return self.outside

    def measure_all(
        self,
        asks: Sequence[tuple[str, str]] = (),
        *,
        by: str = "",
        grain: Grain | None = None,
        period: Period | None = None,
        confidence: float | None = None,
        who: Selection | None = None,
    ) -> Pack:
        """Several metrics, each with what it is measured of, read together; all that the model can be measured by if none is named.

        One that cannot be measured costs its own number, and says why.
        """
        sure, period = self.confidence if confidence is None else confidence, self._days(period)
        chosen = tuple(asks) or pack.default_pack(self.experience())

        def answer() -> Pack:
            found = pack.measure_all(self._ground(who), chosen, by, grain, period, sure).measurements
            return Pack(tuple(hide_in_measurement(self._marks.measurement(one), self.detectors) for one in found))

        found = self._kept(("measure_all", chosen, by, grain, period, sure), answer, who).measurements
        return Pack(
            tuple(self._as_seen(*one, measured, by, grain, period, who) for one, measured in zip(chosen, found, strict=True))
        )

    def queries(self) -> tuple[QueryWords, ...]:
        """Every query that can be asked, in words."""
        return list_queries()

    def read_query(self, document: Document) -> Asked:
        """A query from its document; raises BadInput with every fault at once."""
        return read_asked(document, QUERIES, self.experience(), self.zone)

    def ask(self, query: Document | Asked, who: Selection | None = None, *, clear: bool = False) -> QueryAnswer:
        """The answer to any query, in tables. See docs/guide/queries.md for the documents.

        clear: with the personal details that stand in values of properties.
        """
        asked = self._seen_days(query if isinstance(query, Asked) else self.read_query(query))
        few = self._few_asked(asked, who)

        def answer() -> QueryAnswer:
            return self._marks.query(ask.ask(self._ground(who), asked, self.confidence), asked.grain)

        return self._shown(asked, self._kept(("ask", asked), answer, who), who, clear, few)

    def answer(self, document: Document) -> QueryAnswer | Measurement:
        """What a document asks for: a query, or a metric as in {metric: churn, grain: month}."""
        one = read_measure(document, self.zone)
        if one is None:
            return self.ask(document)
        return self.measure(one.metric, one.subject, by=one.by, grain=one.grain, period=one.period)

    def ask_all(
        self, queries: str | Sequence[Document | Asked | Node], who: Selection | None = None, *, clear: bool = False
    ) -> tuple[QueryAnswer | TouchpathError, ...]:
        """The answers to several queries, read together; what cannot be asked is an error in its place and costs no other.

        queries: documents, or a text that lists them. clear: with the personal details that stand in values of properties.
        """
        version, asked = self._version(), [self._read_one(query) for query in self._documents(queries)]
        fresh = [
            one
            for one in dict.fromkeys(one for one in asked if isinstance(one, Asked))
            if who is not None or not self._answers.has(version, ("ask", one))
        ]
        found = dict(zip(fresh, together.ask_all(self._ground(who), fresh, self.confidence), strict=True))

        def answer(one: Asked) -> QueryAnswer | TouchpathError:
            new = found.get(one)
            if isinstance(new, TouchpathError):
                return new
            if new is None:
                return self.ask(one, who, clear=clear)
            few, why = self._why_not(lambda: self._few_asked(one, who))
            if why:
                return NotAllowed(f"{why}.")
            marked = self._marks.query(new, one.grain)
            whole = marked if who is not None else self._answers.get(version, ("ask", one), lambda: marked)
            return self._shown(one, whole, who, clear, few)

        return tuple(answer(one) if isinstance(one, Asked) else one for one in asked)

    def _shown(self, asked: Asked, whole: QueryAnswer, who: Selection | None, clear: bool, few: frozenset[str]) -> QueryAnswer:
        if not self.viewers:
            return whole if clear else self._kept(("shown", asked), lambda: hide_in_answer(whole, self.detectors), who)
        least = self.smallest_group
        cut = self._kept(("cut", asked, least), lambda: withhold_from_answer(whole, least, few), who)
        return cut if clear else self._kept(("shown", asked, least), lambda: hide_in_answer(cut, self.detectors), who)

    def _few_asked(self, asked: Asked, who: Selection | None) -> frozenset[str]:
        """Segments of an answer that viewers do not get; raises NotAllowed where they get none of it."""
        return self._few(("asked", asked), lambda ground: check_asked(ground, asked, self.smallest_group), who)

    def _few_measured(
        self, metric: str, subject: str, by: str, grain: Grain | None, period: Period | None, who: Selection | None
    ) -> frozenset[str]:
        asked = (metric, subject, by, grain, period, self.confidence)
        return self._few(("measured", asked), lambda ground: check_measured(ground, *asked, self.smallest_group), who)

    def _few_read(self, rules: tuple[EventRule, ...], period: Period | None, by: str = "", segment: str = "") -> frozenset[str]:
        asked = (rules, period, by, segment)
        return self._few(("read", asked), lambda ground: check_rules(ground, *asked, self.smallest_group))

    def _few(self, asked: Hashable, check: Callable[[Ground], frozenset[str]], who: Selection | None = None) -> frozenset[str]:
        if not self.viewers:
            return frozenset()
        if who is not None:
            check_selection(self._ground(), who, self.smallest_group)
        return self._kept(("few", asked, self.smallest_group), lambda: check(self._ground(who)), who)

    def _why_not(self, few: Callable[[], frozenset[str]]) -> tuple[frozenset[str], str]:
        """What `few` gives, or why there is nothing to be shown."""
        try:
            return few(), ""
        except NotAllowed as error:
            return frozenset(), str(error).rstrip(".")

    def _days(self, period: Period | None) -> Period | None:
        """The period asked for; of viewers the whole days that it touches."""
        return period if period is None else self._whole_days(period)

    def _whole_days(self, period: Period) -> Period:
        return whole_units(self._ground(), period, "day") if self.viewers and self.smallest_group > 1 else period

    def _seen_days(self, asked: Asked) -> Asked:
        return replace(asked, period=self._days(asked.period))

    def _check_people(self) -> None:
        if self.viewers:
            raise NotAllowed("This shows single people, which only those may see who have a right to. Ask for numbers instead.")

    def _documents(self, queries: str | Sequence[Document | Asked | Node]) -> Sequence[Document | Asked | Node]:
        if not isinstance(queries, str):
            return queries
        parts = parts_of(queries)
        return (queries,) if parts is None else parts

    def _read_one(self, query: Document | Asked | Node) -> Asked | TouchpathError:
        try:
            if isinstance(query, Asked):
                return self._seen_days(query)
            if isinstance(query, str | Mapping):
                return self._seen_days(self.read_query(query))
            return self._seen_days(read_part(query, QUERIES, self.experience(), self.zone))
        except TouchpathError as error:
            return error

    def explain(self, query: Document | Asked, who: Selection | None = None, *, run: bool = False) -> Explained:
        """What a query would do and read, before it does it; with `run` it is asked too, and what that cost is told."""
        asked = query if isinstance(query, Asked) else self.read_query(query)
        kept = who is None and self._answers.has(self._version(), ("ask", asked))
        return explain.explain(self._ground(who), asked, self.confidence, kept, run)

    def features(self, query: Document | Asked, who: Selection | None = None, *, clear: bool = False) -> pa.RecordBatchReader:
        """The rows of a `features` query, streamed; nothing of them is kept. clear: with the personal details in their texts."""
        self._check_people()
        asked = query if isinstance(query, Asked) else self.read_query(query)
        rows = read_features(self._ground(who), asked)
        return rows if clear else hide_in_rows(rows, self.detectors)

    def outcomes(self, query: Document | Asked) -> tuple[str, ...]:
        """The groups of people that a query finds, by the names that `select` takes; none where it is not about people."""
        asked = query if isinstance(query, Asked) else self.read_query(query)
        return tuple(asked.query.outcomes()) if asked.unit == PERSON else ()

    def people_with(self, query: Document | Asked, outcome: str, limit: int = 100) -> GroupBehind:
        """The people with a named outcome of a query: how many, and some of them, latest first."""
        chosen = self.select(query, outcome)
        return GroupBehind(outcome, chosen.unit, int(chosen.keys.size), self.actors(chosen, limit))

    def select(self, query: Document | Asked, outcome: str) -> Selection:
        """The people with a named outcome of a query, to filter any other with."""
        asked = query if isinstance(query, Asked) else self.read_query(query)
        return ask.select(self._ground(), asked, outcome)

    def funnel(
        self,
        steps: Sequence[str],
        *,
        window: str = "7d",
        by: str = "",
        grain: Grain | None = None,
        period: Period | None = None,
        reentry: bool = True,
        same: str = "",
        who: Selection | None = None,
    ) -> FunnelAnswer:
        """How many people go from kind to kind, in order, within a window from entry."""

        def answer() -> FunnelAnswer:
            found = shortcuts.ask_funnel(self._ground(who), steps, window, by, grain, period, reentry, same, self.confidence)
            return hide_in_funnel(self._marks.funnel(found), self.detectors)

        period = self._days(period)
        found = self._kept(("funnel", tuple(steps), window, by, grain, period, reentry, same), answer, who)
        if not self.viewers:
            return found
        query = VolumeQuery(tuple(EventRule((kind,)) for kind in steps))
        few = self._few_asked(Asked(query, period=period, grain=grain, by=(by,) if by else ()), who)
        return withhold_from_funnel(found, self.smallest_group, few)

    def select_funnel(self, steps: Sequence[str], *, reached: int, window: str = "7d", same: str = "") -> Selection:
        """The people who came exactly to step `reached` (0 = entered only) of a funnel over kinds, whose window has closed."""
        return shortcuts.select_funnel(self._ground(), steps, reached, window, same)

    def select_who_did(self, kind: str, period: Period | None = None) -> Selection:
        """The people with a signal of a kind, ever or in a period."""
        return shortcuts.select_who_did(self._ground(), kind, period)

    def actors(self, who: Selection, limit: int = 100) -> tuple[PersonHit, ...]:
        """Some of the people of a selection, by their actor ids."""
        self._check_people()
        return people.list_people(self.index, self.timelines, who.keys, limit)

    def task(self, task: str, *, period: Period | None = None, who: Selection | None = None) -> TaskAnswer:
        """How attempts at one task went."""

        def answer() -> TaskAnswer:
            return self._marks.whole(shortcuts.ask_task(self._ground(who), task, period, self.confidence))

        period = self._days(period)
        found = self._kept(("task", task, period), answer, who)
        if not self.viewers:
            return found
        self._few_measured("task_success", task, "", None, period, who)
        return withhold_from_task(found, self.smallest_group)

    def paths(self, *, journey: str = "", period: Period | None = None, top: int = 30) -> PathAnswer:
        """What directly follows what, most frequent first."""

        def answer() -> PathAnswer:
            return self._marks.whole(shortcuts.ask_paths(self._ground(), journey, period, top, self.confidence))

        period = self._days(period)
        found = self._kept(("paths", journey, period, top), answer)
        if not self.viewers:
            return found
        self._few_read((), period)
        return withhold_from_paths(found, self.smallest_group)

    def clear(self) -> None:
        """Forget every answer, and what was looked up for one, as after an erasure."""
        self._answers.clear()
        if self.properties is not None:
            self.properties.clear()

    def metrics(self) -> tuple[MetricWords, ...]:
        """Every metric that can be measured, in words."""
        return measure.list_metrics(self.experience())

    def find_people(self, text: str, limit: int = 20) -> tuple[PersonHit, ...]:
        """People whose id holds the text, or who wrote it; personal details in what they wrote are not searched."""
        self._check_people()
        return people.find_people(self.index, text, limit, lambda wrote: hide_details(wrote, self.detectors))

    def voice(self, asked: VoiceAsked, *, limit: int = 40, clear: bool = False) -> Voice:
        """What people said in their own words, newest first; clear: with the personal details that stand in it."""
        self._check_people()
        heard = listen(self.index, self.experience(), asked, limit)
        if clear:
            return heard
        return replace(heard, said=tuple(replace(one, text=hide_details(one.text, self.detectors)) for one in heard.said))

    def ids_of(self, actor: str) -> tuple[str, ...]:
        """Every id of the person whom an actor belongs to, this one among them."""
        return people.ids_of(actor, self.signals, self.timelines)

    def signals_on_handed_devices(self, actor: str) -> list[int]:
        """Keys of a person's signals on devices that were theirs only for a while, and that do not name them."""
        return people.signals_on_handed_devices(actor, self.signals, self.timelines)

    def identity_of(self, actor: str) -> PersonIdentity:
        """Which ids are one person with this one, why, and what was not joined; raises Missing for an unknown one."""
        return self._identities.explain(actor)

    def decide_identity(self, verdict: str, ids: tuple[str, ...], member: str, why: str) -> Decision:
        """Say that two ids are the same person ("same"), that their link does not count ("apart"), or that an id joins nobody ("alone")."""
        return self._identities.decide(verdict, ids, member, why)

    def undo_identity(self, decision: str, member: str, why: str) -> Decision:
        """Take a decision about who is whom back."""
        return self._identities.decisions.undo(decision, member, why)

    @property
    def _identities(self) -> IdentityService:
        if self.identities is None:
            raise Missing("This workspace keeps no decisions about who is whom.")
        return self.identities

    def person(self, actor: str, *, search: str = "", limit: int = 200, clear: bool = False) -> PersonTimeline:
        """Everything known to have happened to one person; clear: with the personal details that stand in their words."""
        self._check_people()

        def as_shown(entry: TimelineEntry) -> TimelineEntry:
            return entry if clear else hide_in_entry(entry, self.detectors)

        return people.show_person(actor, self.experience(), self.signals, self.timelines, search, limit, as_shown)

    def kinds(self) -> tuple[KindUse, ...]:
        """Kinds of signals seen, and what reads them."""
        return kind_uses(self.signals.kinds(), self.experience())

    @property
    def _marks(self) -> Marks:
        return Marks(self.arrivals, self.zone, self.week_start)

    def _model(self) -> tuple[Experience, int]:
        try:
            return self.models.current()
        except Missing:
            return Experience(Brand(self.name, self.title)), 0

    def _ground(self, who: Selection | None = None) -> Ground:
        selected = () if who is None else (who,)
        experience, revision = self._model()
        return Ground(
            experience,
            self.timelines,
            self.engine,
            self.zone,
            self.week_start,
            selected,
            revision,
            self.properties,
            self.detectors,
        )

    def _kept(self, query: Hashable, ask: Callable[[], R], who: Selection | None = None) -> R:
        """The answer of this data version and model revision; answers about a selection are not kept."""
        if who is not None:
            return ask()
        return self._answers.get(self._version(), query, ask)

    def pulse(self) -> str:
        """What all answers depend on, as one word: as long as it stays the same, so does every answer."""
        signals, revision, decided = self._version()
        return f"{signals}.{revision}.{decided}"

    def _version(self) -> tuple[int, Hashable, int]:
        decided = self.identities.decisions.numbers().revision if self.identities else 0
        return self.signals.version, self._model()[1], decided
