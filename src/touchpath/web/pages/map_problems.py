"""What stands out on a journey map: for each column its troubles in a word or two, only where the numbers bear it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from touchpath.model.estimate import Estimate
from touchpath.services.cards import Aim, Card
from touchpath.services.lanes import LANES
from touchpath.services.live_map import LiveCell, LiveColumn, LiveMap
from touchpath.stats.vitals import VITALS
from touchpath.web.languages import _
from touchpath.web.numbers import ShownChange

Changed = Callable[[LiveCell, Mapping[str, str]], ShownChange | None]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a column stands out, and the lane that says so."""

    words: str
    lane: str


def problems_of(
    found: LiveMap, worst: str, felt: str, better: Mapping[str, str], changed: Changed, cards: Mapping[str, Card]
) -> dict[str, tuple[Problem, ...]]:
    """By column id what is wrong there. worst: the column with the largest loss; felt: the metric that the emotion curve follows; cards: by
    step, of everybody's map only, as their targets are meant for everybody."""
    low = _felt_worst(found.columns, felt, better)
    return {
        one.id: tuple(_of(one, one.id == worst, one.id == low, better, changed, cards.get(one.id)))
        for one in found.columns
        if one.version != "removed"
    }


def _of(
    column: LiveColumn, worst: bool, low: bool, better: Mapping[str, str], changed: Changed, card: Card | None
) -> Iterator[Problem]:
    if worst:
        yield Problem(_("largest loss"), "drop_off")
    if low:
        yield Problem(_("felt worst"), "attitude")
    if slow := [cell.title for cell in column.lanes.get("speed", ()) if _is_poor(cell)]:
        yield Problem(_("poor %(measures)s", measures=", ".join(slow)), "speed")
    cells = [cell for cells in column.lanes.values() for cell in cells]
    if card and (missed := [cell for cell in cells for aim in (card.ux, card.cx) if _is_missed(cell, aim, better)]):
        yield Problem(_("target missed"), missed[0].lane)
    worse = [cell for cell in cells if (shown := changed(cell, better)) is not None and shown.mood == "bad"]
    if worse:
        lanes = dict.fromkeys(_(LANES[cell.lane][0]) for cell in worse)
        yield Problem(_("worse: %(lanes)s", lanes=", ".join(lanes)), worse[0].lane)


def _is_poor(cell: LiveCell) -> bool:
    """Whether the whole interval of a page's speed lies among the poor."""
    thresholds = VITALS.get(cell.title)
    return isinstance(cell.number, Estimate) and thresholds is not None and cell.number.low > thresholds[1]


def _is_missed(cell: LiveCell, aim: Aim, better: Mapping[str, str]) -> bool:
    """Whether the whole interval of the number that a card aims with lies on the wrong side of its target."""
    number = cell.number
    if (cell.metric, cell.subject) != (aim.metric, aim.subject) or aim.target is None or not isinstance(number, Estimate):
        return False
    return number.low > aim.target if better.get(cell.metric) == "lower" else number.high < aim.target


def _felt_worst(columns: Sequence[LiveColumn], felt: str, better: Mapping[str, str]) -> str:
    """The column where people felt worst, if it differs from the one where they felt best by more than both intervals are wide."""
    asked = [
        (column.id, cell.number)
        for column in columns
        for cell in column.lanes.get("attitude", ())
        if cell.metric == felt and isinstance(cell.number, Estimate)
    ]
    if len(asked) < 2:
        return ""
    sign = -1.0 if better.get(felt) == "lower" else 1.0
    ordered = sorted(asked, key=lambda pair: sign * pair[1].value)
    (id, low), (_best, high) = ordered[0], ordered[-1]
    apart = low.high < high.low if sign > 0 else low.low > high.high
    return id if apart else ""
