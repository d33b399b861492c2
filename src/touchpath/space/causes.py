"""Why numbers move: drivers, effects of changes, and what goes together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from touchpath.model.time import Grain, Period
from touchpath.services.associations import AssociationsAsked, AssociationsFound
from touchpath.services.drivers import SPAN, DriversAsked, KeyDrivers
from touchpath.services.drivers import Method as DriverMethod
from touchpath.services.effect_found import Design, EffectAsked, EffectFound
from touchpath.services.periods_around import Every
from touchpath.space.answer import Answer
from touchpath.space.door import Door
from touchpath.timelines.fold import Selection


class CausesDoor(Door):
    """What is asked about causes."""

    def drivers(
        self,
        outcome: str,
        of: Sequence[str],
        within: timedelta = SPAN,
        every: bool = False,
        weights: str = "",
        method: DriverMethod = "lmg",
        period: Period | None = None,
        confidence: float | None = None,
        who: Selection | None = None,
    ) -> Answer[KeyDrivers]:
        """What goes together with an outcome (a question, or a score as in sus:SURVEY): each item's part, correlation and slope.

        of: questions, scores, and what people did before they answered, as in count:ticket.opened (did, sum, mean of values). within: how far
        apart answers lie at most, and how far back deeds. every: each answer, not each person's latest. weights: a dimension, whose segments
        answers then have as everybody who was asked, or properties.NAME. Association only.
        """
        asked = DriversAsked(outcome, tuple(of), within, every, weights, method)
        found = self._platform.drivers(asked, period=period, confidence=confidence, who=who)
        return Answer(found, f"Drivers of {found.outcome.title}. {found.sentence}")

    def effect(
        self,
        metric: str,
        since: date,
        subject: str = "",
        every: Every = "week",
        by: str = "",
        treated: Sequence[str] = (),
        design: Design = "",
        period: Period | None = None,
        confidence: float | None = None,
        who: Selection | None = None,
    ) -> Answer[EffectFound]:
        """What a change at a known day did to a metric, and what such an answer may claim.

        since: that day, or its midnight in the workspace's zone. by, treated: a dimension and its segments that got the change (difference in
        differences, or with few units the distance of two series); without them one series, interrupted.
        """
        zone = ZoneInfo(self._platform.zone)
        moment = since if isinstance(since, datetime) else datetime.combine(since, time(), zone)
        asked = EffectAsked(metric, moment, subject, every, by, tuple(treated), design)
        found = self._platform.effect(asked, period=period, confidence=confidence, who=who)
        return Answer(found, found.sentence)

    def associations(
        self,
        ux: Sequence[str],
        cx: Sequence[str],
        by: str = "",
        every: Grain | None = None,
        lead: int = 0,
        period: Period | None = None,
        confidence: float | None = None,
        who: Selection | None = None,
    ) -> Answer[AssociationsFound]:
        """How metrics of use (as in task_success:checkout) go together with metrics of the relationship (as in nps), pair by pair.

        Across the segments of a dimension (`by`), or from period to period (`every`), the use `lead` periods earlier. Fewer than ten are
        refused. Association only.
        """
        asked = AssociationsAsked(tuple(ux), tuple(cx), by, every, lead)
        found = self._platform.associations(asked, period=period, confidence=confidence, who=who)
        return Answer(found, " ".join(found.sentences))
