"""Live maps of a planted journey: every lane's number, narrowing, comparing as one family, and what viewers may not see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from tests.services.journey_shop import FIRST, MODEL, ORDERED, PEOPLE, SECOND, STARTED, signals

from touchpath.bootstrap import Workspace, create_workspace, open_workspace
from touchpath.model.errors import BadInput, Missing, NotAllowed
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.model.time import Period
from touchpath.services.live_map import LiveCell, LiveMap, MapAsked, Slice

EARLY = Period(FIRST - timedelta(hours=9), FIRST + timedelta(days=7))
LATE = Period(SECOND - timedelta(days=1), SECOND + timedelta(days=7))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("journeys") / "shop"
    create_workspace(folder)
    with closing(open_workspace(folder)) as workspace:
        workspace.models.apply(MODEL, "test", "the model")
        workspace.record(signals())
        yield workspace


def cell(found: LiveMap, column: str, lane: str, metric: str = "") -> LiveCell:
    here = next(one for one in found.columns if one.id == column)
    return next(one for one in here.lanes[lane] if metric in ("", one.metric))


@pytest.mark.parametrize(
    ("column", "lane", "value", "n"),
    [
        ("see", "volume", PEOPLE, PEOPLE),
        ("start", "volume", STARTED, STARTED),
        ("start", "completion", STARTED / PEOPLE, PEOPLE),
        ("order", "completion", ORDERED[0] / STARTED, STARTED),
        ("order", "drop_off", 1 - ORDERED[0] / STARTED, STARTED),
        ("order", "reach", ORDERED[0] / PEOPLE, PEOPLE),
        ("see", "friction", 0.25, PEOPLE),
        ("see", "contacts", 0.1, PEOPLE),
        ("order", "attitude", 0.75, 12),
    ],
)
def test_every_lane_tells_what_was_planted(shop: Workspace, column: str, lane: str, value: float, n: int) -> None:
    number = cell(shop.platform.live_map(MapAsked("buy", Slice(EARLY))), column, lane).number
    assert (number.value, number.n) == (pytest.approx(value), n)  # type: ignore[union-attr]


def test_a_number_that_is_not_there_says_why(shop: Workspace) -> None:
    found = shop.platform.live_map(MapAsked("buy"))
    for column, lane, words in (
        ("see", "completion", "the first step"),
        ("see", "speed", "no signal of page.measured"),
        ("order", "attitude", ""),
    ):
        number = cell(found, column, lane).number
        assert not words or (isinstance(number, Undefined) and words in number.reason)
    assert cell(found, "start", "errors").number.n == 2 * STARTED


def test_a_stage_counts_its_people_once_and_the_way_to_its_end(shop: Workspace) -> None:
    found = shop.platform.live_map(MapAsked("buy", Slice(EARLY), zoom="stage"))
    assert [one.id for one in found.columns] == ["look", "act"]
    assert cell(found, "act", "volume").number.n == STARTED
    assert cell(found, "act", "reach").number.value == pytest.approx(ORDERED[0] / PEOPLE)  # type: ignore[union-attr]
    assert "step by step" in cell(found, "act", "completion").number.reason  # type: ignore[union-attr]


def test_a_map_is_narrowed_by_dimensions_and_a_persona_together(shop: Workspace) -> None:
    found = shop.platform.live_map(MapAsked("buy", Slice(EARLY, (("channel", "app"), ("plan", "free")), "regular")))
    assert cell(found, "see", "volume").number.n == 10


def test_two_periods_are_one_family_and_only_what_differs_is_told(shop: Workspace) -> None:
    found = shop.platform.live_map(MapAsked("buy", Slice(LATE), Slice(EARLY)))
    changed = {(column.id, one.lane) for column, one in found.changed}
    assert ("order", "completion") in changed
    assert ("start", "completion") not in changed
    fell = cell(found, "order", "completion").contrast
    assert fell is not None
    assert isinstance(fell.found, Comparison)
    assert fell.changed == "down"
    assert fell.found.value == pytest.approx((ORDERED[1] - ORDERED[0]) / STARTED)
    assert fell.p is not None
    assert fell.p_family is not None
    assert fell.p_family >= fell.p
    same = cell(found, "see", "friction").contrast
    assert same is not None
    assert same.verdict == "no detectable change"


def test_a_map_of_a_period_that_is_not_over_is_not_compared(shop: Workspace) -> None:
    found = shop.platform.live_map(MapAsked("buy", Slice(Period(LATE.start, LATE.start + timedelta(days=60))), Slice(EARLY)))
    told = cell(found, "order", "completion").contrast
    assert told is not None
    assert isinstance(told.found, Undefined)
    assert "not over: the last signal is of 2026-04-26" in told.found.reason
    assert (found.compared, list(found.changed)) == (0, [])
    assert isinstance(told.before, Estimate)


def test_what_stands_at_several_steps_is_tested_once(shop: Workspace) -> None:
    found = shop.platform.live_map(MapAsked("buy", Slice(LATE), Slice(EARLY)))
    friction = [cell(found, step, "friction").contrast for step in ("see", "start", "order")]
    assert friction[0] is friction[1] is friction[2]  # All three are at the site.
    tested = [one.contrast for column in found.columns for cells in column.lanes.values() for one in cells]
    assert found.compared == len({id(one) for one in tested if one is not None and one.p_family is not None})
    assert found.compared == sum(one is not None and one.p_family is not None for one in tested) - 2


def test_the_same_people_twice_never_differ(shop: Workspace) -> None:
    found = shop.platform.live_map(MapAsked("buy", Slice(None, (("channel", "web"),)), Slice(None, (("channel", "web"),))))
    assert found.compared > 5
    assert not found.changed


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (MapAsked("nothing"), "journey"),
        (MapAsked("buy", zoom="galaxy"), "There are: stage, step, touchpoint, task"),
        (MapAsked("buy", lanes=("volum",)), "Did you mean 'volume'"),
        (MapAsked("buy", Slice(persona="nobody")), "persona"),
        (MapAsked("buy", Slice(role="nobody")), "role"),
        (MapAsked("buy", Slice(), Slice(revision=7)), "no revision 7"),
        (MapAsked("buy", Slice(None, (("channel", "fax"),))), "fax"),
        (MapAsked("buy", Slice(None, (("channel", "web"), ("channel", "app")))), "once"),
    ],
)
def test_what_there_is_not_is_told_with_what_there_is(shop: Workspace, asked: MapAsked, words: str) -> None:
    with pytest.raises((BadInput, Missing), match=words):
        shop.platform.live_map(asked)


def test_viewers_see_no_small_group_nor_what_would_give_it_away(shop: Workspace) -> None:
    viewer = shop.platform.for_viewers()
    for plan in ("gold", "free"):  # Three people are on gold, so everybody less those on free are three.
        found = viewer.live_map(MapAsked("buy", Slice(LATE, (("plan", plan),))))
        assert all(
            isinstance(one.number, Undefined) for column in found.columns for cells in column.lanes.values() for one in cells
        )
        assert found.whole.entrants is None
    whole = viewer.live_map(MapAsked("buy", Slice(LATE)))
    assert cell(whole, "see", "volume").number.n == PEOPLE


def test_the_people_at_a_step_are_for_those_who_may_see_them(shop: Workspace) -> None:
    found = shop.platform.people_at("buy", "start", "no further", period=EARLY)
    assert (found.count, len(found.people)) == (STARTED - ORDERED[0], STARTED - ORDERED[0])
    assert shop.platform.people_at("buy", "start", "here", period=LATE).count == STARTED
    assert shop.platform.people_at("buy", "start", "here", period=LATE, persona="regular").count == 20
    lost = shop.platform.people_at("buy", "order", "lost before", period=EARLY)
    assert (lost.count, lost.people) == (found.count, found.people)
    # Every fourth of 80 met an error at the site, every tenth got in touch.
    assert shop.platform.people_at("buy", "see", "friction", period=EARLY).count == PEOPLE // 4
    assert shop.platform.people_at("buy", "see", "contact", period=EARLY).count == PEOPLE // 10
    with pytest.raises(Missing, match="group of people"):
        shop.platform.people_at("buy", "order", "no further")
    with pytest.raises(NotAllowed):
        shop.platform.for_viewers().people_at("buy", "start", "here")
