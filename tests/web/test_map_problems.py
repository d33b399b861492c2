"""What stands out on a journey map: in words, and only where the whole interval bears it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.experience import Journey
from touchpath.services.cards import Aim, Card
from touchpath.services.live_map import LiveCell, LiveColumn, LiveMap
from touchpath.services.results import JourneyMap
from touchpath.web.numbers import ShownChange
from touchpath.web.pages.map_problems import problems_of

BETTER = {"task_success": "higher", "customer_effort": "lower", "customer_satisfaction": "higher"}


def unmoved(_cell: LiveCell, _better: Mapping[str, str]) -> ShownChange | None:
    return None


def cell(lane: str, metric: str, value: float, low: float, high: float, title: str = "", subject: str = "pay") -> LiveCell:
    return LiveCell(lane, metric, subject, title, Estimate(value, low, high, 100, "people"))


def words(
    cells: Mapping[str, LiveCell], worst: str = "", felt: str = "customer_satisfaction", card: Card | None = None
) -> dict[str, list[str]]:
    """The words at each column, of which each has one number."""
    whole = JourneyMap(Journey("buy", "Buy", ()), (), 0, 0, Undefined("nobody entered"), "", None, "1")
    columns = tuple(LiveColumn(id, id, (), "", {one.lane: (one,)}) for id, one in cells.items())
    found = problems_of(LiveMap(whole, columns, (), "step"), worst, felt, BETTER, unmoved, {"b": card} if card else {})
    return {id: [one.words for one in problems] for id, problems in found.items()}


@pytest.mark.parametrize(
    ("low", "told"),
    [((0.5, 0.4, 0.6), ["felt worst"]), ((0.5, 0.2, 0.85), [])],  # The second may be as good as the first.
)
def test_the_worst_felt_step_stands_out_if_it_differs_from_the_best(low: tuple[float, float, float], told: list[str]) -> None:
    found = words(
        {
            "a": cell("attitude", "customer_satisfaction", 0.9, 0.8, 0.95),
            "b": cell("attitude", "customer_satisfaction", *low),
        }
    )
    assert found == {"a": [], "b": told}


def test_of_what_is_better_low_the_highest_is_felt_worst() -> None:
    steps = {"a": cell("attitude", "customer_effort", 5.0, 4.8, 5.2), "b": cell("attitude", "customer_effort", 3.0, 2.8, 3.2)}
    assert words(steps, felt="customer_effort") == {"a": ["felt worst"], "b": []}


@pytest.mark.parametrize(("low", "told"), [(4_001.0, ["poor LCP"]), (3_999.0, [])])  # Poor is above 4,000 ms.
def test_a_page_is_poor_when_its_whole_interval_is(low: float, told: list[str]) -> None:
    assert words({"a": cell("speed", "lcp", 5_000.0, low, 6_000.0, "LCP", "")}) == {"a": told}


@pytest.mark.parametrize(
    ("target", "subject", "told"),
    [(0.9, "pay", ["target missed"]), (0.8, "pay", []), (0.9, "other", []), (None, "pay", [])],
)
def test_a_target_is_missed_by_the_whole_interval_of_its_own_number(target: float | None, subject: str, told: list[str]) -> None:
    card = Card(ux=Aim("task_success", subject, target))
    steps = {"a": cell("task_success", "task_success", 0.7, 0.6, 0.85), "b": cell("task_success", "task_success", 0.7, 0.6, 0.85)}
    assert words(steps, card=card) == {"a": [], "b": told}


def test_the_largest_loss_is_said_where_it_is() -> None:
    steps = {"a": cell("drop_off", "conversion", 0.2, 0.1, 0.3), "b": cell("drop_off", "conversion", 0.6, 0.5, 0.7)}
    assert words(steps, worst="b") == {"a": [], "b": ["largest loss"]}
