"""Whether groups differ themselves or only by who is in them: their difference with the mix of other dimensions made equal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from touchpath.metrics.conclude import FEW
from touchpath.model.errors import BadInput
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.model.time import Period
from touchpath.services.compared import Contrast
from touchpath.services.ground import Ground
from touchpath.services.mixing import GROUPS, ROUNDING, sum_of
from touchpath.services.parties import parts
from touchpath.services.targets import Plan, Target
from touchpath.stats.mixes import MixBetween, Segment, Split, judge_between, split_change
from touchpath.timelines.crossing import Crossing
from touchpath.timelines.cut import REST
from touchpath.timelines.who import InGroup, Otherwise

#: So many other dimensions of the model are looked at, in the model's order: each costs a pass.
MOST_OTHERS = 6
#: A part of the mix below this part of the difference's half interval cannot change what is concluded from it.
NEGLIGIBLE = 0.1
#: Cells of single people may lack a number; where more than this part of all do, nothing is told.
MOST_LACKING = 0.05

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Cells:
    """Cells of one side: how many count in each, and its number (nan where it has none)."""

    n: Floats
    values: Floats

    def of(self, places: Sequence[int]) -> _Cells:
        """Only these."""
        return _Cells(self.n[[*places]], self.values[[*places]])

    @property
    def has(self) -> NDArray[np.bool_]:
        """Which cells have a number."""
        return np.isfinite(self.values)

    @property
    def lacking(self) -> float:
        """How many count in cells without a number."""
        return float(self.n[~self.has].sum())

    @property
    def mean(self) -> float:
        """The mean over all cells, each weighted by n."""
        return float((self.n[self.has] * self.values[self.has]).sum() / self.n[self.has].sum())


@dataclass(frozen=True, slots=True)
class _Side:
    """Where one side of a contrast is read: its plan, the cells of each stratum in it."""

    plan: Plan
    strata: Mapping[str, Sequence[int]]


def standardised(
    ground: Ground, target: Target, by: str, party: bool, contrasts: Sequence[Contrast], period: Period | None, confidence: float
) -> tuple[MixBetween, ...]:
    """Every contrast whose difference owes something to the mix of another dimension, with what is left of it where the mix is equal.

    Told of means and shares in which everybody counts once; of others, and where too few have a number, nothing is told. Which conclusions
    disagree is judged at the rate of all that was looked at. Source: see `stats.mixes.split_change`.
    """
    told = [one for one in contrasts if isinstance(one.found, Comparison) and one.found.kind == "difference"]
    others = [one for one in ground.experience.dimensions if one.id != by][:MOST_OTHERS] if told else []
    looked = []
    for other in others:
        for one, sides in _pairs(ground, target, by, other.id, party, told, period):
            if (whole := _strata(sides, [side.plan.summary(ground) for side in sides])) is not None:
                looked.append((one, other.title, sides, split_change(whole)))
    strict = 1 - (1 - confidence) / max(len(looked), 1)
    found, groups = [], dict[int, list[Any]]()
    for one, title, sides, split in looked:
        if not _matters(one, split):
            continue
        without = [*_without_each(ground, sides, groups)]
        unit, titles = sides[0].plan.metric.unit, (one.before_title, one.after_title)
        judged = judge_between(title, titles, split, without, unit, confidence, strict)
        if not isinstance(judged, Undefined):
            found.append(judged)
    return tuple(found)


def _pairs(
    ground: Ground, target: Target, by: str, other: str, party: bool, contrasts: Sequence[Contrast], period: Period | None
) -> Iterator[tuple[Contrast, tuple[_Side, _Side]]]:
    """Both sides of each contrast, cut by another dimension; nothing of what cannot be cut so, or does not add up."""
    with suppress(BadInput):
        yield from (_of_people if party else _of_segments)(ground, target, by, other, contrasts, period)


def _of_segments(
    ground: Ground, target: Target, by: str, other: str, contrasts: Sequence[Contrast], period: Period | None
) -> Iterator[tuple[Contrast, tuple[_Side, _Side]]]:
    plan = target.plan(ground, (by, other), None, period)
    cut = plan.frame.cut.cut
    if not isinstance(cut, Crossing) or cut.pooled:
        return
    cells = _cells_of(plan, plan.summary(ground))
    for one in contrasts:
        sides = []
        for title in (one.before_title, one.after_title):
            rest = title == REST
            strata: dict[str, list[int]] = {}
            for place, (segment, stratum) in enumerate(cut.labels):
                if (segment != one.after_title) if rest else (segment == title):
                    strata.setdefault(stratum, []).append(place)
            sides.append(_Side(plan, strata))
        numbers = (one.before, one.after)
        if all(_adds_up(cells.of(_all(side)), number) for side, number in zip(sides, numbers, strict=True)):
            yield one, (sides[0], sides[1])


def _of_people(
    ground: Ground, target: Target, by: str, other: str, contrasts: Sequence[Contrast], period: Period | None
) -> Iterator[tuple[Contrast, tuple[_Side, _Side]]]:
    plan = target.plan(ground, other, None, period)
    titles = {one.after_title: one for one in contrasts}
    found = [(titles[title], who) for title, who in parts(ground, by, target.unit, period) if title in titles]
    plans = plan.of_each(ground, [side for _, who in found for side in (Otherwise(who), who)])
    strata = {title: [place] for place, title in enumerate(plan.frame.segments)}
    for (one, _), before, after in zip(found, plans[::2], plans[1::2], strict=True):
        sides = _Side(before, strata), _Side(after, strata)
        numbers = (one.before, one.after)
        if all(
            _adds_up(_cells_of(side.plan, side.plan.summary(ground)), number) for side, number in zip(sides, numbers, strict=True)
        ):
            yield one, sides


def _all(side: _Side) -> list[int]:
    return [place for places in side.strata.values() for place in places]


def _cells_of(plan: Plan, summary: Any) -> _Cells:
    numbers = [plan.estimate(summary, cell, 0.95) for cell in range(len(plan.frame.segments))]
    values = [one.value if isinstance(one, Estimate) else np.nan for one in numbers]
    return _Cells(np.array([one.n for one in numbers], np.float64), np.array(values, np.float64))


def _adds_up(cells: _Cells, number: object) -> bool:
    """Whether a side's number is the mean of its cells, everybody counted once; cells without a number aside."""
    if not isinstance(number, Estimate) or cells.n.sum() != number.n or cells.lacking > MOST_LACKING * number.n:
        return False
    return cells.lacking > 0 or abs(cells.mean - number.value) <= ROUNDING * max(1.0, abs(number.value))


def _strata(sides: tuple[_Side, _Side], summaries: Sequence[Any]) -> list[Segment] | None:
    """Every stratum on both sides, those with fewer than five on one of them taken together; None where fewer than two are left."""
    tables = [_cells_of(side.plan, summary) for side, summary in zip(sides, summaries, strict=True)]
    told: dict[str, list[_Cells]] = {}
    for title in dict.fromkeys((*sides[0].strata, *sides[1].strata)):
        told[title] = [table.of(side.strata.get(title, ())) for side, table in zip(sides, tables, strict=True)]
    large = [title for title, both in told.items() if all(cells.n[cells.has].sum() >= FEW for cells in both)]
    if len(large) < 2:
        return None
    small = [title for title in told if title not in large]
    groups = [(title, told[title]) for title in large]
    if small:
        groups.append((REST, [_joined([told[title][side] for title in small]) for side in (0, 1)]))
    return [_segment(title, *both) for title, both in groups]


def _joined(cells: Sequence[_Cells]) -> _Cells:
    return _Cells(np.concatenate([one.n for one in cells]), np.concatenate([one.values for one in cells]))


def _segment(title: str, before: _Cells, after: _Cells) -> Segment:
    ns = [float(one.n[one.has].sum()) for one in (before, after)]
    values = [one.mean if n else None for one, n in zip((before, after), ns, strict=True)]
    return Segment(title, ns[0], values[0], ns[1], values[1])


def _matters(one: Contrast, split: Split) -> bool:
    assert isinstance(one.found, Comparison)
    limits = one.together or one.found
    return abs(split.mix) >= NEGLIGIBLE * (limits.high - limits.low) / 2


def _without_each(ground: Ground, sides: tuple[_Side, _Side], read: dict[int, list[Any]]) -> Iterator[Split]:
    """The split without each of the groups of people in turn. read: what was read of the groups already, by plan."""
    both = [_groups(ground, side.plan, read) for side in sides]
    for left in range(GROUPS):
        summaries = [sum_of([one for place, one in enumerate(groups) if place != left]) for groups in both]
        if (strata := _strata(sides, summaries)) is not None:
            yield split_change(strata)


def _groups(ground: Ground, plan: Plan, read: dict[int, list[Any]]) -> list[Any]:
    if id(plan) not in read:
        of_each = plan.of_each(ground, [InGroup(group, GROUPS) for group in range(GROUPS)])
        read[id(plan)] = [one.summary(ground) for one in of_each]
    return read[id(plan)]
