"""What pages ask about journeys."""

from __future__ import annotations

from typing import Protocol

from touchpath.model.time import Period
from touchpath.services.behind import GroupBehind
from touchpath.services.journey_versions import JourneyVersion
from touchpath.services.live_map import LiveMap, MapAsked
from touchpath.services.results import JourneyMap


class AsksJourneys(Protocol):
    """Journeys with what was observed on them."""

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
