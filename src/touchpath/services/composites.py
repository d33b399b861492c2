"""Composites: every part read of the same people, who are drawn again together, so that what parts share is in the interval."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from touchpath.metrics.composite import CompositeMetric, combine, value_of
from touchpath.metrics.conclude import compare_intervals
from touchpath.model.errors import Missing, unknown
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.model.time import Grain, Period
from touchpath.services.compared import Pair
from touchpath.services.ground import Ground, Sides
from touchpath.services.parties import LINKED, is_party, parts
from touchpath.services.personal_details import without_details
from touchpath.services.results import Number
from touchpath.services.targets import Plan, Target, find_target
from touchpath.stats.bootstrap import FEW_PEOPLE
from touchpath.stats.comparisons import difference_of
from touchpath.stats.grouped_bootstrap import bootstrap_limits, draw_groups
from touchpath.timelines.cut import REST
from touchpath.timelines.drawn_totals import total_of
from touchpath.timelines.who import InGroup, Otherwise

#: People fall into so many groups, which are drawn again so often.
GROUPS, RESAMPLES = 50, 200
#: More numbers of parts than this in each draw are not worth the wait; intervals then come from those of the parts.
MOST_NUMBERS = 300
_SEED = 15_485_863

Floats = NDArray[np.float64]
#: One cell of every part.
Spot = tuple[tuple[Plan, int], ...]
Key = tuple[Period | None, str]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A composite in some cells, drawn again. values: (resamples, spots), nan where it is not defined. groups: that were drawn from.

    vary: (spots,) whether every part differs from draw to draw; one that does not (all of a few succeeded) looks sure and is not.
    """

    ground: Ground
    metric: CompositeMetric
    spots: Sequence[Spot]
    values: Floats
    groups: int
    vary: NDArray[np.bool_]

    def number(self, at: int, confidence: float) -> Number:
        """The composite at one spot, with the interval of the draws, or where there is none that of its parts."""
        numbers = [plan.number(self.ground, cell, confidence) for plan, cell in self.spots[at]]
        plain = combine(self.metric, numbers, confidence)
        if isinstance(plain, Undefined) or not self._is_settled(at, plain):
            return plain
        limits = bootstrap_limits(plain.value, self.values[:, at], self.groups, confidence)
        return combine(self.metric, numbers, confidence, limits, self.groups) if limits else plain

    def _is_settled(self, at: int, number: Number) -> bool:
        """Whether a bootstrap can tell how sure a spot is: with few behind a part, or a part that never differs, it says too little."""
        return self.groups > 0 and number.n >= FEW_PEOPLE and bool(self.vary[at])

    def compare(self, before: int, after: int, confidence: float) -> Comparison | Undefined:
        """The difference of two spots in the same draws, so that people on both sides count as themselves."""
        first, second = (self.number(at, confidence) for at in (before, after))
        for one in (first, second):
            if isinstance(one, Undefined):
                return Undefined(one.reason, one.n, one.n_unit)
        value = cast(Estimate, second).value - cast(Estimate, first).value
        settled = self._is_settled(before, first) and self._is_settled(after, second)
        drawn = self.values[:, after] - self.values[:, before] if settled else None
        limits = bootstrap_limits(value, drawn, self.groups, confidence) if drawn is not None else None
        if limits is None:
            return compare_intervals(first, second, confidence)
        return difference_of(
            value, limits, confidence, "score", f"bootstrap of people, all parts together ({self.groups} groups)"
        )


def draw(ground: Ground, metric: CompositeMetric, spots: Sequence[Spot]) -> Drawn:
    """Draw people again, the same for all parts and spots. Without draws where parts are told of different units, or there are too many."""
    plans = {id(plan): plan for spot in spots for plan, _ in spot}
    units = {plan.frame.timelines.unit for plan in plans.values()}
    undrawn = Drawn(ground, metric, spots, np.empty((0, len(spots))), 0, np.zeros(len(spots), np.bool_))
    if metric.together == "independent" or len(units) > 1 or len(spots) * len(metric.parts) > MOST_NUMBERS:
        return undrawn
    groups = [InGroup(group, GROUPS) for group in range(GROUPS)]
    summaries = {at: [one.summary(ground) for one in plan.of_each(ground, groups)] for at, plan in plans.items()}
    used = [group for group in range(GROUPS) if _counts(spots, {at: some[group] for at, some in summaries.items()})]
    if not used:
        return undrawn
    values = np.full((RESAMPLES, len(spots)), np.nan)
    of_parts = np.full((RESAMPLES, len(spots), len(metric.parts)), np.nan)
    totals = {at: total_of([some[group] for group in used]) for at, some in summaries.items()}
    for row, times in enumerate(draw_groups(len(used), RESAMPLES, _SEED)):
        sums = {at: total(times) for at, total in totals.items()}
        for column, spot in enumerate(spots):
            numbers = [plan.estimate(sums[id(plan)], cell, 0.95) for plan, cell in spot]
            found = value_of(metric, numbers)
            values[row, column] = np.nan if isinstance(found, Undefined) else found
            of_parts[row, column] = [one.value if isinstance(one, Estimate) else np.nan for one in numbers]
    return Drawn(ground, metric, spots, values, len(used), _differ(of_parts))


def _differ(of_parts: Floats) -> NDArray[np.bool_]:
    """(spots,) whether each part has two different values among its draws; of_parts: (draws, spots, parts)."""
    highest = np.where(np.isfinite(of_parts), of_parts, -np.inf).max(axis=0)
    lowest = np.where(np.isfinite(of_parts), of_parts, np.inf).min(axis=0)
    found: NDArray[np.bool_] = (highest > lowest).all(axis=1)
    return found


def _counts(spots: Sequence[Spot], summaries: Mapping[int, Any]) -> bool:
    """Whether anybody of a group counts in any part."""
    cells = {(id(plan), cell): plan for spot in spots for plan, cell in spot}
    return any(plan.estimate(summaries[at], cell, 0.95).n for (at, cell), plan in cells.items())


def targets_of(ground: Ground, metric: CompositeMetric) -> list[Target]:
    """What each part is measured of."""
    return [find_target(ground.experience, part.metric, part.subject, ground.zone) for part in metric.parts]


def common_period(ground: Ground, metric: CompositeMetric) -> Period | None:
    """The one period of which all parts are told in total: the longest that any part speaks of; None = all there is."""
    spoken = [one for target in targets_of(ground, metric) if (one := target.spoken_of(ground, None)) is not None]
    return max(spoken, key=lambda one: one.end - one.start, default=None)


def whole_spot(ground: Ground, metric: CompositeMetric, period: Period | None) -> Spot:
    """The composite of everybody in one period."""
    return _spot([target.plan(ground, "", None, period) for target in targets_of(ground, metric)], 0)


def cut_spots(ground: Ground, metric: CompositeMetric, by: str, grain: Grain | None, period: Period | None) -> dict[Key, Spot]:
    """The cells of all parts by period and segment, as far as every part has them."""
    found = [_cells_by_key(ground, target, by, grain, period) for target in targets_of(ground, metric)]
    shared = [key for key in found[0] if all(key in others for others in found)]
    return {key: tuple(cells[key] for cells in found) for key in shared}


def _cells_by_key(
    ground: Ground, target: Target, by: str, grain: Grain | None, period: Period | None
) -> dict[Key, tuple[Plan, int]]:
    party = is_party(ground.experience, by)
    plan = target.plan(ground, "" if party else by, grain, period)
    frame = plan.frame
    if not party:
        return {
            (one, segment): (plan, frame.cell(place, at))
            for place, one in enumerate(frame.periods)
            for at, segment in enumerate(frame.segments)
        }
    groups = list(parts(ground, by, target.unit, period))
    plans = plan.of_each(ground, [who for _, who in groups])
    return {
        (one if grain else frame.span, title): (some, frame.cell(place, 0))
        for place, one in enumerate(frame.periods)
        for (title, _), some in zip(groups, plans, strict=True)
    }


def _spot(plans: Sequence[Plan], cell: int) -> Spot:
    return tuple((plan, cell) for plan in plans)


#: Two sides before they are drawn: titles and spots of before and after, and the segment in which they are.
Side = tuple[str, str, Spot, Spot, str]


def paired(ground: Ground, metric: CompositeMetric, sides: Sequence[Side], confidence: float) -> list[Pair]:
    """The sides as pairs to be judged, all from the same draws."""
    spots = [spot for _, _, before, after, _ in sides for spot in (before, after)]
    drawn = draw(ground, metric, spots)

    def comparing(before: int, after: int) -> Callable[[float], Comparison | Undefined]:
        return lambda confidence: drawn.compare(before, after, confidence)

    return [
        Pair(
            side[0], side[1], drawn.number(2 * at, confidence), drawn.number(2 * at + 1, confidence), comparing(2 * at, 2 * at + 1), side[4]
        )
        for at, side in enumerate(sides)
    ]  # fmt: skip


def segment_sides(ground: Ground, metric: CompositeMetric, by: str, how: str, against: str, period: Period | None) -> list[Side]:
    """Each segment with the rest, every pair, or each with the one named; each persona, role, status or link with everybody else."""
    targets = targets_of(ground, metric)
    if is_party(ground.experience, by):
        return _party_sides(ground, targets, by, period)
    plans = [target.plan(ground, by, None, period) for target in targets]
    cells = {title: spot for (_, title), spot in cut_spots(ground, metric, by, None, period).items()}
    if against and against not in cells:
        raise Missing(unknown("segment", against, without_details(tuple(cells), ground.detectors)))
    used = [title for title, spot in cells.items() if _is_used(ground, spot)]
    if how == "against":
        return [(against, title, cells[against], cells[title], "") for title in used if title != against]
    if how == "pairs" or len(used) < 3:
        return [(one, other, cells[one], cells[other], "") for one, other in combinations(used, 2)]
    sides = []
    for title in used:
        apart = ground.divided(Sides(apart=(title,)))
        plans = [target.plan(apart, by, None, period) for target in targets]
        sides.append((REST, title, _spot(plans, 1), _spot(plans, 0), ""))
    return sides


def _party_sides(ground: Ground, targets: Sequence[Target], by: str, period: Period | None) -> list[Side]:
    found = list(parts(ground, by, targets[0].unit, period))
    shown = found[:1] if by == LINKED else found
    both = [who for _, who in shown for who in (who, Otherwise(who))]
    plans = [target.plan(ground, "", None, period).of_each(ground, both) for target in targets]
    rest = found[1][0] if by == LINKED else REST
    return [
        (rest, title, _spot([some[2 * at + 1] for some in plans], 0), _spot([some[2 * at] for some in plans], 0), "")
        for at, (title, _) in enumerate(shown)
    ]


def period_sides(
    divided: Ground, metric: CompositeMetric, by: str, span: Period, places: tuple[int, int], titles: tuple[str, str]
) -> list[Side]:
    """Two periods of a divided ground, over all and within every segment. places: of the two among its periods."""
    targets = targets_of(divided, metric)
    periods = tuple(divided.sides.periods[place] for place in places)
    plans = [target.plan(divided, "", None, span) for target in targets]
    sides: list[Side] = [(*titles, _spot(plans, places[0]), _spot(plans, places[1]), "")]
    if not by:
        return sides
    if is_party(divided.experience, by):
        found = list(parts(divided, by, targets[0].unit, span))
        some = [plan.of_each(divided, [who for _, who in found]) for plan in plans]
        return sides + [
            (*titles, _spot([one[at] for one in some], places[0]), _spot([one[at] for one in some], places[1]), title)
            for at, (title, _) in enumerate(found)
        ]
    cells = cut_spots(divided, metric, by, None, span)
    names = dict.fromkeys(title for _, title in cells)
    inside = [(title, cells[periods[0], title], cells[periods[1], title]) for title in names]
    used = [one for one in inside if _is_used(divided, one[1]) or _is_used(divided, one[2])]
    return sides + [(*titles, before, after, title) for title, before, after in used]


def _is_used(ground: Ground, spot: Spot) -> bool:
    """Whether anybody counts in every part."""
    return all(plan.number(ground, cell, 0.95).n for plan, cell in spot)
