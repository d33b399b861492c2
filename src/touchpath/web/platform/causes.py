"""What pages ask about why numbers move."""

from __future__ import annotations

from typing import Protocol

from touchpath.model.time import Period
from touchpath.services.associations import AssociationsAsked, AssociationsFound
from touchpath.services.drivers import DriversAsked, KeyDrivers
from touchpath.services.effect_found import EffectAsked, EffectFound


class AsksCauses(Protocol):
    """Drivers, effects, and what goes together."""

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
