"""One workspace as pages and the API ask it, and how the one that an address names is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Protocol

from fastapi import Depends, Path, Request

from touchpath.metrics.called import no_metric
from touchpath.model.errors import Missing, unknown
from touchpath.model.experience import Experience
from touchpath.model.time import Period
from touchpath.services.cards import CardService
from touchpath.services.drafts import DraftService
from touchpath.services.happenings import Happenings
from touchpath.services.match_rate import MatchRate
from touchpath.services.metric_targets import MetricTargets
from touchpath.services.results import JourneyMap, KindUse, MetricWords
from touchpath.web.access import Action, may
from touchpath.web.platform.causes import AsksCauses
from touchpath.web.platform.journeys import AsksJourneys
from touchpath.web.platform.numbers import AsksNumbers
from touchpath.web.platform.people import AsksPeople
from touchpath.web.platform.queries import AsksQueries


class PlatformProtocol(AsksNumbers, AsksCauses, AsksJourneys, AsksQueries, AsksPeople, Protocol):
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

    def for_viewers(self) -> PlatformProtocol:
        """The same for those who may not read single people."""
        ...

    def match_rate(self) -> MatchRate:
        """How many people the sources know as one."""
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
        raise Missing(no_metric(name, words))
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
