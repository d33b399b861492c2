"""Lanes of touchpoints, zooms, roles and two versions of a journey on one map: every number is worked out by hand beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from tests.services.service_desk import ANSWERED, BY_LINE, FIRST, FORMS, HEAD, PEOPLE, SECOND, SIGNED, TICKETS, signals

from touchpath.bootstrap import Workspace, create_workspace, open_workspace
from touchpath.model.errors import Missing
from touchpath.model.estimate import Comparison, Estimate, Undefined
from touchpath.services.live_map import LiveCell, LiveMap, MapAsked, Slice


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("desks") / "desk"
    create_workspace(folder)
    with closing(open_workspace(folder)) as workspace:
        workspace.models.apply(HEAD + FIRST, "ada", "the first design")
        workspace.models.apply(HEAD + FIRST.replace("window: 1d", "window: 1d\n    owner: Service"), "ada", "an owner", onto=1)
        workspace.models.apply(HEAD + SECOND, "ben", "without signing in", onto=2)
        workspace.record(signals())
        yield workspace


def cell(found: LiveMap, column: str, lane: str, metric: str = "") -> LiveCell:
    here = next(one for one in found.columns if one.id == column)
    return next(one for one in here.lanes[lane] if metric in ("", one.metric))


@pytest.mark.parametrize(
    ("column", "lane", "metric", "value", "n"),
    [
        ("see", "accessibility", "accessible_pages", 5 / 8, 8),
        ("see", "accessibility", "violations", 12 / 8, 8),
        ("see", "friction", "", 25 / PEOPLE, PEOPLE),  # Pages that were checked are nobody.
        ("see", "cost", "", 0.5 * 10 / PEOPLE, PEOPLE),
        ("open", "cost", "", (6 * 20 + 0.5 * 10) / PEOPLE, PEOPLE),  # At the site or on the line: everybody.
    ],
)
def test_what_touchpoints_tell_is_what_was_planted(
    desk: Workspace, column: str, lane: str, metric: str, value: float, n: int
) -> None:
    number = cell(desk.platform.live_map(MapAsked("help")), column, lane, metric).number
    assert isinstance(number, Estimate)
    assert (number.value, number.n) == (pytest.approx(value), n)
    assert number.low <= number.value <= number.high


def test_a_cost_names_its_currency(desk: Workspace) -> None:
    assert cell(desk.platform.live_map(MapAsked("help")), "see", "cost").title == "EUR"


def test_nearer_than_a_step_are_its_touchpoints(desk: Workspace) -> None:
    found = desk.platform.live_map(MapAsked("help", zoom="touchpoint"))
    assert [one.id for one in found.columns] == ["see:site", "form:site", "open:site", "open:line"]
    line = {lane: cell(found, "open:line", lane).number for lane in ("volume", "cost", "accessibility", "attitude")}
    assert line["volume"].n == BY_LINE
    assert (line["cost"].value, line["cost"].n) == (pytest.approx(6 * 20 / BY_LINE), BY_LINE)  # type: ignore[union-attr]
    assert isinstance(line["accessibility"], Undefined)
    assert "no page of the step's touchpoints was checked" in line["accessibility"].reason
    assert (line["attitude"].value, line["attitude"].n) == (1.0, BY_LINE)  # type: ignore[union-attr]
    site = cell(found, "open:site", "attitude").number
    assert (site.value, site.n) == (pytest.approx(6 / 22), ANSWERED - BY_LINE)  # type: ignore[union-attr]


def test_nearest_are_the_tasks_of_steps(desk: Workspace) -> None:
    found = desk.platform.live_map(MapAsked("help", zoom="task"))
    assert [(one.id, one.title) for one in found.columns] == [("open:ask", "Ask")]
    assert cell(found, "open:ask", "volume").number.n == FORMS
    success = cell(found, "open:ask", "task_success").number
    assert (success.value, success.n) == (pytest.approx(TICKETS / FORMS), FORMS)  # type: ignore[union-attr]


def test_a_role_narrows_the_map_also_beside_a_persona(desk: Workspace) -> None:
    payers = desk.platform.live_map(MapAsked("help", Slice(role="payer")))
    assert cell(payers, "see", "volume").number.n == PEOPLE // 10
    both = desk.platform.live_map(MapAsked("help", Slice(role="payer", persona="old")))
    assert cell(both, "see", "volume").number.n == 2
    checks = cell(payers, "see", "accessibility").number
    assert isinstance(checks, Undefined)
    assert "checks are of pages and not of people" in checks.reason
    with pytest.raises(Missing, match="Did you mean 'payer'"):
        desk.platform.live_map(MapAsked("help", Slice(role="payr")))


def test_only_what_changes_the_design_is_a_version(desk: Workspace) -> None:
    versions = desk.platform.journey_versions("help")
    assert [(one.revision, one.number, one.member, one.why) for one in versions] == [
        (3, 2, "ben", "without signing in"),
        (1, 1, "ada", "the first design"),
    ]
    assert desk.platform.journey_versions("nothing") == ()


def test_two_versions_stand_on_one_map_step_by_step(desk: Workspace) -> None:
    found = desk.platform.live_map(MapAsked("help", Slice(), Slice(revision=1)))
    assert [(one.id, one.version) for one in found.columns] == [("see", ""), ("sign", "removed"), ("form", "added"), ("open", "")]
    assert found.older is not None
    assert found.older.version == 1
    gone = cell(found, "sign", "volume").contrast
    assert gone is not None
    assert gone.before.n == SIGNED
    assert cell(found, "form", "volume").contrast is None


def test_what_counts_the_same_in_both_versions_is_not_tested(desk: Workspace) -> None:
    found = desk.platform.live_map(MapAsked("help", Slice(), Slice(revision=1)))
    same = cell(found, "see", "volume").contrast
    assert same is not None
    assert same.p_family is None
    assert "counted the same" in same.found.reason  # type: ignore[union-attr]
    volume = cell(found, "open", "volume").contrast
    assert volume is not None
    assert isinstance(volume.found, Comparison)
    assert (volume.before.n, cell(found, "open", "volume").number.n) == (TICKETS, ANSWERED)
    # All that rests on who comes to the last step, and the way before it, which has one step more.
    tested = [
        one.lane
        for column in found.columns
        for cells in column.lanes.values()
        for one in cells
        if one.contrast is not None and one.contrast.p_family is not None
    ]
    assert sorted(tested) == ["completion", "contacts", "drop_off", "reach", "time", "volume"]
    assert found.compared == len(tested)


def test_a_version_that_there_is_not_is_told_with_the_newest(desk: Workspace) -> None:
    with pytest.raises(Missing, match="no revision 9 that can be read"):
        desk.platform.live_map(MapAsked("help", Slice(), Slice(revision=9)))


def test_a_journey_map_is_of_a_persona_or_a_role_with_their_words_only(desk: Workspace) -> None:
    platform = desk.platform
    assert platform.journey_map("help", persona="old").stages[0].steps[0].volume.n == 20
    assert platform.journey_map("help", role="payer").entrants == PEOPLE // 10


def test_viewers_learn_of_no_few_by_the_touchpoints_of_a_step_or_its_other_version(desk: Workspace) -> None:
    def numbers(asked: MapAsked, least: int) -> LiveMap:
        return replace(desk.platform, smallest_group=least).for_viewers().live_map(asked)

    near = MapAsked("help", zoom="touchpoint")
    whole = numbers(near, 5)
    assert (cell(whole, "open:line", "volume").number.n, cell(whole, "open:site", "volume").number.n) == (BY_LINE, 22)
    # From 25 on those on the line are few, and the step less those on the site would tell them.
    closed = numbers(near, 25)
    assert isinstance(cell(closed, "open:line", "volume").number, Undefined)
    assert isinstance(cell(closed, "open:site", "volume").number, Undefined)
    beside = MapAsked("help", Slice(), Slice(revision=1))
    # Six people count as having come to the last step in the second version only.
    told = cell(numbers(beside, 5), "open", "volume").contrast
    assert told is not None
    assert told.before.n == TICKETS
    hidden = cell(numbers(beside, 8), "open", "volume").contrast
    assert hidden is not None
    assert isinstance(hidden.before, Undefined)
    assert not hidden.changed
