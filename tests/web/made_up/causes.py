"""Made-up causes: drivers, effects of changes, and what goes together."""

from __future__ import annotations

from datetime import timedelta

from made_up.numbers import MadeNumbers
from made_up.worlds import HOSTILE, SPAN
from touchpath.model.estimate import Undefined
from touchpath.model.time import Period
from touchpath.services.associations import AssociationsAsked, AssociationsFound, PairFound, Side, Spot
from touchpath.services.drivers import DriversAsked, KeyDrivers
from touchpath.services.effect_found import EffectAsked, EffectFound, Point
from touchpath.services.evidence import SERIES, UNITS
from touchpath.services.items import find_item
from touchpath.stats.driver_slopes import Slope
from touchpath.stats.drivers import Driver, Drivers
from touchpath.stats.interruptions import Autocorrelation, Gap, Interruption, Part, Placebo
from touchpath.stats.intervals import Interval
from touchpath.stats.treated_units import Effect, PeriodGap
from touchpath.stats.ux_with_cx import associate


class MadeCauses(MadeNumbers):
    """What is asked about why a number moves."""

    def drivers(
        self, asked: DriversAsked, *, period: Period | None = None, confidence: float | None = None
    ) -> KeyDrivers:  # fmt: skip
        outcome, items = (
            find_item(self._experience, asked.outcome),
            tuple(find_item(self._experience, one) for one in asked.items),
        )
        sure, small = confidence or 0.95, len(items) > 2
        drivers = tuple(
            Driver(one.name, 0.3 / (at + 1), Interval(0.05, 0.4), 0.6 / (at + 1), Interval(0.2, 0.8), 0.5 - at, Interval(-0.6, 0.7), 0.4, 1.2,
                   at + 1, (1, 2), 0.8, tuple(other.name for other in items if other is not one), None)
            for at, one in enumerate(items)
        )  # fmt: skip
        found = Drivers(drivers, "lmg", 0.45, Interval(0.4, 0.5), 812, 12, 790, 1000, 0, sure, ("few people",), 700.0)
        slopes = tuple(Slope(one.name, 0.3, 0.1, Interval(0.1, 0.5), 0.003, 0.006) for one in items)
        few = Undefined("4 people gave the outcome and every item, and 3 items need 10; 30 would do well", 4, "people")
        return KeyDrivers(
            outcome, items, asked, few if small else found, () if small else slopes, 824, 800, (12, None, 0)[: len(items)], 3, 2, 9, sure,
            period or self._span or SPAN, "7",
        )  # fmt: skip

    def effect(
        self, asked: EffectAsked, *, period: Period | None = None, confidence: float | None = None
    ) -> EffectFound:  # fmt: skip
        measured = self.measure(asked.metric, asked.subject)
        whole = [SPAN.start + timedelta(weeks=k) for k in range(20)]
        points = tuple(
            Point(Period(at, at + timedelta(weeks=1)), 0.6 + k / 100, 0.5 if asked.by else None, *((None,) * 3 if asked.by else (0.5, 0.9, 90)))
            for k, at in enumerate(whole)
        )  # fmt: skip
        part = Part(0.04, Interval(0.01, 0.07), 0.01, 0.01, 0.008)
        series = Interruption(part, part, 0.01, (Gap(20, 0.7, 0.09, Interval(0.02, 0.16)),), Autocorrelation(2.0, 3.0, 4, 0.5),
                              (Placebo(9, 0.0, Interval(-0.1, 0.1)),), 10, 10, 2, 0, ("few points",))  # fmt: skip
        units = Effect(
            0.05,
            Interval(0.01, 0.09),
            0.01,
            "wild",
            None,
            (PeriodGap(9, 0.0, None), PeriodGap(12, 0.05, Interval(0.0, 0.1))),
            12,
            5,
            240,
            (),
        )
        few = Undefined("3 whole months before the change and 3 from it on, and each side needs 8", 6, "months")
        found = few if asked.every == "month" else units if asked.by else series
        gaps = (HOSTILE, "fair") if asked.by else ()
        return EffectFound(measured.metric, measured.about, asked, UNITS if asked.by else SERIES, found, points, 10, asked.treated, 12, gaps, 9,
                           confidence or 0.95, SPAN, "7", self.zone, ("Each period counts alike, however many people stand behind it.", HOSTILE))  # fmt: skip

    def associations(
        self, asked: AssociationsAsked, *, period: Period | None = None, confidence: float | None = None
    ) -> AssociationsFound:  # fmt: skip
        sides = [Side(name, self._words(name.partition(":")[0]).title, "share") for name in (asked.ux[0], asked.cx[0])]
        spots = tuple(Spot(HOSTILE if k == 3 else f"page {k}", 0.5 + k / 40, 0.9 - k / 50) for k in range(12))
        found = associate([one.ux for one in spots], [one.cx + 0.01 * (k % 3) for k, one in enumerate(spots)], in_time=False)
        few = Undefined("3 pairs are too few to say how the two go together: 10 would do", 3, "pairs")
        pairs = (PairFound(*sides, found, 0.001, spots, 2, 40), PairFound(*sides, few, None, (), 0, 0))
        return AssociationsFound(asked, pairs, confidence or 0.95, SPAN, "7")
