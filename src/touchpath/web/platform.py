"""What the pages and the API ask of a workspace. `services` has the real one; tests bring their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Protocol

import pyarrow as pa
from fastapi import Depends, Path, Request

from touchpath.model.errors import Missing, TouchpathError, unknown
from touchpath.model.experience import Experience
from touchpath.model.time import Grain, Period
from touchpath.services.account_page import AccountFound
from touchpath.services.accounts import Accounts
from touchpath.services.associations import AssociationsAsked, AssociationsFound
from touchpath.services.behind import Behind, GroupBehind
from touchpath.services.boards import Board
from touchpath.services.cards import CardService
from touchpath.services.compared import Compared
from touchpath.services.decisions import Decision
from touchpath.services.drafts import DraftService
from touchpath.services.drivers import DriversAsked, KeyDrivers
from touchpath.services.effect_found import EffectAsked, EffectFound
from touchpath.services.groups import GroupFound, Groups, SavedGroup
from touchpath.services.happenings import Happenings
from touchpath.services.identity import PersonIdentity
from touchpath.services.journey_versions import JourneyVersion
from touchpath.services.live_map import LiveMap, MapAsked
from touchpath.services.match_rate import MatchRate
from touchpath.services.metric_targets import MetricTargets
from touchpath.services.metric_versions import MetricVersion
from touchpath.services.outside import OutsideFigure, OutsideNumber
from touchpath.services.queries.explained import Explained
from touchpath.services.queries.reading import Asked
from touchpath.services.responses import WINDOW, Responses
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
)
from touchpath.services.strips import StripPart
from touchpath.services.trended import Trend
from touchpath.services.voice import Voice, VoiceAsked
from touchpath.web.access import Action, may


class PlatformProtocol(Protocol):
    """One workspace, ready to be asked. Every method may take a while, so it is never called on the event loop."""

    @property
    def name(self) -> str:
        """Short name, used in addresses."""
        ...

    @property
    def title(self) -> str:
        """Name for people."""
        ...

    @property
    def about(self) -> str:
        """One sentence: are these real or simulated facts, and whose?"""
        ...

    @property
    def zone(self) -> str:
        """Name of the zone whose days it speaks of, as in "Europe/Madrid"."""
        ...

    def pulse(self) -> str:
        """What all answers depend on, as one word: as long as it stays the same, so does every answer."""
        ...

    @property
    def cards(self) -> CardService | None:
        """The cards of steps; None where none are kept."""
        ...

    @property
    def drafts(self) -> DraftService | None:
        """The draft of the model; None where it cannot be changed."""
        ...

    def experience(self) -> Experience:
        """The model in force."""
        ...

    @property
    def targets(self) -> MetricTargets | None:
        """What numbers are to reach; None where nobody keeps it."""
        ...

    @property
    def happenings(self) -> Happenings | None:
        """What happened and may have moved numbers; None where nobody keeps it."""
        ...

    def board(self, name: str = "", *, period: Period | None = None) -> Board:
        """UX and CX side by side of the brand, a family, a product or a journey."""
        ...

    def overview(self) -> Overview:
        """UX and CX side by side, per product and journey."""
        ...

    def for_viewers(self) -> PlatformProtocol:
        """The same for those who may not read single people."""
        ...

    def match_rate(self) -> MatchRate:
        """How many people the sources know as one."""
        ...

    def responses(self, question: str, *, by: str = "", period: Period | None = None, window: timedelta = WINDOW) -> Responses:
        """Who was asked a question and who answered."""
        ...

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
        """A journey with what was observed on it; clear: with the personal details that stand in people's words."""
        ...

    def live_map(self, asked: MapAsked, *, clear: bool = False) -> LiveMap:
        """A journey with its lanes, narrowed and compared as asked; clear: with personal details in people's words."""
        ...

    def journey_versions(self, journey: str) -> tuple[JourneyVersion, ...]:
        """Every design that a journey has had, newest first."""
        ...

    def segments(self, dimension: str) -> tuple[str, ...]:
        """The values of a dimension."""
        ...

    def measure(
        self,
        metric: str,
        subject: str = "",
        *,
        by: str = "",
        grain: Grain | None = None,
        period: Period | None = None,
        confidence: float = 0.95,
    ) -> Measurement:
        """One metric, whole and cut."""
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

    def drivers(self, asked: DriversAsked, *, period: Period | None = None, confidence: float | None = None) -> KeyDrivers:
        """What goes together with an outcome."""
        ...

    def effect(self, asked: EffectAsked, *, period: Period | None = None, confidence: float | None = None) -> EffectFound:
        """What a change did to a metric."""
        ...

    def associations(
        self, asked: AssociationsAsked, *, period: Period | None = None, confidence: float | None = None
    ) -> AssociationsFound:
        """How metrics of use go together with metrics of the relationship."""
        ...

    def measure_all(
        self,
        asks: Sequence[tuple[str, str]] = (),
        *,
        by: str = "",
        grain: Grain | None = None,
        period: Period | None = None,
        confidence: float | None = None,
    ) -> Pack:
        """Several metrics, read together."""
        ...

    def ask(self, query: str, *, clear: bool = False) -> QueryAnswer:
        """The answer to a query, given as YAML or JSON text; clear: with the personal details that stand in values of properties."""
        ...

    def ask_all(self, queries: str, *, clear: bool = False) -> Sequence[QueryAnswer | TouchpathError]:
        """The answers to the queries that a text lists, each in its place; what cannot be asked is an error there."""
        ...

    def explain(self, query: str, *, run: bool = False) -> Explained:
        """What a query would do, and with `run` what it cost."""
        ...

    def queries(self) -> tuple[QueryWords, ...]:
        """Every query that can be asked."""
        ...

    def outcomes(self, query: str | Asked) -> tuple[str, ...]:
        """The groups of people that a query finds, by name."""
        ...

    def people_with(self, query: str, outcome: str, limit: int = 100) -> GroupBehind:
        """The people with one outcome of a query."""
        ...

    def features(self, query: str) -> pa.RecordBatchReader:
        """The rows of a `features` query, streamed."""
        ...

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
    ) -> FunnelAnswer:
        """How many people go from kind to kind, in order, within a window from entry."""
        ...

    def task(self, task: str, *, period: Period | None = None) -> TaskAnswer:
        """How attempts at one task went."""
        ...

    def paths(self, *, journey: str = "", period: Period | None = None, top: int = 30) -> PathAnswer:
        """What directly follows what, most frequent first."""
        ...

    def metrics(self) -> tuple[MetricWords, ...]:
        """All metrics there are, in words."""
        ...

    def behind(self, metric: str, subject: str = "", *, period: Period | None = None, by: str = "", segment: str = "") -> Behind:
        """What stands behind a metric's number, of everybody or of one segment."""
        ...

    def metric_history(self, metric: str, subject: str = "") -> tuple[MetricVersion, ...]:
        """The versions of the model's definition of a metric, newest first."""
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
        """How many people one group at a step has, some of them, and what they said."""
        ...

    def some_people(self, query: str, limit: int = 5) -> tuple[PersonHit, ...]:
        """Some of the people who did what a query of volume asks for."""
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

    def accounts(self, *, search: str = "", sort: str = "people", score: str = "", start: int = 0, size: int = 50) -> Accounts:
        """The organisations that people belong to, a part at a time."""
        ...

    def account(self, id: str, *, score: str = "") -> AccountFound:
        """One account with its people, coverage and numbers."""
        ...

    def account_strip(self, id: str, *, start: int = 0, size: int = 100, kind: str = "", clear: bool = False) -> StripPart:
        """The signals of one account, newest first, a part at a time."""
        ...

    def groups(self, *, by: str = "", saved: Sequence[SavedGroup] = (), grain: Grain | None = None) -> Groups:
        """Personas, segments and other groups of people: sizes, overlaps, who came and went."""
        ...

    def group(self, id: str, *, saved: Sequence[SavedGroup] = (), grain: Grain | None = None) -> GroupFound:
        """One of them in full."""
        ...

    def people_in(self, id: str, *, saved: Sequence[SavedGroup] = (), limit: int = 20) -> tuple[PersonHit, ...]:
        """Some of the people of a group."""
        ...

    def read_query(self, document: str) -> Asked:
        """A query from its text."""
        ...

    def find_people(self, text: str, limit: int = 20) -> tuple[PersonHit, ...]:
        """People whose id, or one of whose signals, fits."""
        ...

    def voice(self, asked: VoiceAsked, *, limit: int = 40, clear: bool = False) -> Voice:
        """What people said in their own words, newest first; clear: with the personal details that stand in it."""
        ...

    def person(
        self, actor: str, *, search: str = "", limit: int = 200, start: int = 0, kind: str = "", clear: bool = False
    ) -> PersonTimeline:
        """Everything known to have happened to one person; clear: with the personal details that stand in their words."""
        ...

    def identity_of(self, actor: str) -> PersonIdentity:
        """Which ids are one person with this one, and why."""
        ...

    def decide_identity(self, verdict: str, ids: tuple[str, ...], member: str, why: str) -> Decision:
        """Say that two ids are the same person ("same"), that their link does not count ("apart"), or that one joins nobody ("alone")."""
        ...

    def undo_identity(self, decision: str, member: str, why: str) -> Decision:
        """Take a decision back."""
        ...

    def kinds(self) -> tuple[KindUse, ...]:
        """Kinds of signals seen, and what reads them."""
        ...

    def span(self) -> Period | None:
        """First to last signal."""
        ...


Workspaces = Mapping[str, PlatformProtocol]


def find_workspace(workspaces: Workspaces, name: str) -> PlatformProtocol:
    """The workspace with this name; raises Missing."""
    if name not in workspaces:
        raise Missing(unknown("workspace", name, workspaces))
    return workspaces[name]


def find_metric(platform: PlatformProtocol, name: str) -> MetricWords:
    """The words of the metric with this id; raises Missing."""
    words = {metric.id: metric for metric in platform.metrics()}
    if name not in words:
        raise Missing(unknown("metric", name, words))
    return words[name]


def read_platform(request: Request, workspace: Annotated[str, Path()]) -> PlatformProtocol:
    """The workspace that the address names; without small groups for those who may not read single people."""
    platform = find_workspace(request.app.state.workspaces, workspace)
    request.state.pulse = platform.pulse()  # taken before anything is asked: what a page shows is at least as new
    return platform if may(request, Action.READ_PEOPLE) else platform.for_viewers()


PlatformDep = Annotated[PlatformProtocol, Depends(read_platform)]


def without_verbatims(shown: JourneyMap) -> JourneyMap:
    """The same map for somebody who may not read what single people wrote."""
    stages = tuple(replace(stage, steps=tuple(replace(step, verbatims=()) for step in stage.steps)) for stage in shown.stages)
    return replace(shown, stages=stages)
