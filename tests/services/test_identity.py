"""Why ids are one person, and what members change about it: from the records to the timelines, and back again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from touchpath import Signal
from touchpath.bootstrap import Workspace, create_workspace, open_workspace
from touchpath.model.errors import BadInput, Conflict, Missing
from touchpath.services.identity import rule_of

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
HASH = "email:" + "a1" * 32


def signal(number: int, hours: float, *actors: str, kind: str = "page.viewed") -> Signal:
    return Signal("web", str(number), kind, START + timedelta(hours=hours), actors)


FACTS = [
    signal(1, 0, "anonymous:phone"),
    signal(2, 1, "user:ana", "anonymous:phone", kind="account.signed_in"),
    signal(3, 2, "user:ana", HASH),
    signal(4, 30, "user:ana", "anonymous:tablet"),
    signal(5, 31, "anonymous:tablet"),
    signal(6, 60, "user:bo", "anonymous:tablet"),
    signal(7, 61, "anonymous:tablet"),
    signal(8, 62, "user:null", "anonymous:tablet"),
]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    create_workspace(tmp_path / "shop")
    with closing(open_workspace(tmp_path / "shop")) as workspace:
        workspace.record(FACTS)
        yield workspace


def times(workspace: Workspace, actor: str) -> list[float]:
    entries = workspace.platform.person(actor).entries
    return sorted((entry.occurred_at - START) / timedelta(hours=1) for entry in entries)


def test_a_person_is_explained_link_by_link(workspace: Workspace) -> None:
    shown = workspace.platform.identity_of("anonymous:phone")
    assert [one.id for one in shown.ids] == ["user:ana", HASH, "anonymous:phone", "anonymous:tablet"]
    by_rule = {link.rule: link for link in shown.joined}
    assert set(by_rule) == {"identify", "shared e-mail"}
    login = by_rule["identify"]
    assert (login.one, login.other, login.signals, login.sources) == ("user:ana", "anonymous:phone", 1, ("web",))
    assert (login.first, login.last, login.example) == (START + timedelta(hours=1),) * 2 + ("account.signed_in (web, 2)",)
    assert {(void.one, void.other) for void in shown.void} == {(user, "anonymous:tablet") for user in ("user:ana", "user:bo")}
    assert all("Several people use this device" in void.why for void in shown.void)
    (tablet,) = [one for one in shown.ids if one.id == "anonymous:tablet"]
    assert [(held.start, held.end) for held in tablet.held] == [(None, START + timedelta(hours=30, minutes=30, microseconds=1))]


def test_a_device_that_was_handed_on_tells_whose_it_was(workspace: Workspace) -> None:
    holders = workspace.platform.identity_of("anonymous:tablet").holders
    visit = timedelta(minutes=30)
    assert [(one.by, one.start) for one in holders] == [
        ("user:ana", None),
        ("", START + timedelta(hours=30, microseconds=1) + visit),
        ("user:bo", START + timedelta(hours=60) - visit),
    ]
    assert workspace.platform.identity_of("user:ana").holders == ()


def test_a_shared_devices_signals_stand_on_the_page_of_whoever_had_it(workspace: Workspace) -> None:
    assert times(workspace, "user:ana") == [0, 1, 2, 30]
    assert times(workspace, "user:bo") == [60, 61, 62]
    assert times(workspace, "anonymous:tablet") == [31]


def test_a_severed_link_parts_at_once_and_can_be_put_back(workspace: Workspace) -> None:
    platform = workspace.platform
    before = platform.timelines.open("person").data_version
    decision = platform.decide_identity("apart", ("user:ana", HASH), "kim", "Two sisters share the address.")
    assert platform.ids_of("user:ana") == ("anonymous:phone", "user:ana")
    shown = platform.identity_of("user:ana")
    assert [link.why for link in shown.void if link.other == HASH] == ["A member said that these two are not the same person."]
    assert [(one.member, one.why) for one in shown.decisions] == [("kim", "Two sisters share the address.")]
    assert platform.timelines.open("person").data_version == f"{before}, identity 1"
    platform.undo_identity(decision.id, "kim", "They are one.")
    assert HASH in platform.ids_of("user:ana")
    assert platform.identity_of("user:ana").decisions == ()
    with pytest.raises(Conflict):
        platform.undo_identity(decision.id, "kim", "again")
    assert platform.identities is not None
    assert [one.verdict for one in platform.identities.decisions.history(decision.id)] == ["open", "apart"]


def test_two_users_whom_a_member_joins_share_their_devices(workspace: Workspace) -> None:
    workspace.platform.decide_identity("same", ("user:bo", "user:ana"), "kim", "One customer, two accounts.")
    assert times(workspace, "user:bo") == times(workspace, "anonymous:tablet") == [0, 1, 2, 30, 31, 60, 61, 62]
    assert {link.rule for link in workspace.platform.identity_of("user:bo").joined} >= {"joined by a member", "identify"}


def test_an_id_that_a_member_sets_alone_joins_nobody(workspace: Workspace) -> None:
    workspace.platform.decide_identity("alone", ("anonymous:tablet",), "kim", "The machine in the shop.")
    assert times(workspace, "anonymous:tablet") == [31, 61, 62]
    assert times(workspace, "user:bo") == [60]


def test_decisions_hold_after_a_rebuild_and_in_another_process(workspace: Workspace) -> None:
    workspace.platform.decide_identity("same", ("user:bo", "anonymous:tablet"), "kim", "It is theirs.")
    assert times(workspace, "user:bo") == [31, 60, 61, 62]
    workspace.timelines.rebuild("person")
    with closing(open_workspace(workspace.folder)) as other:
        assert times(workspace, "user:bo") == times(other, "user:bo") == [31, 60, 61, 62]


def test_a_sighting_that_is_filed_under_a_zero_counts_as_soon_as_the_device_is_shared(workspace: Workspace) -> None:
    workspace.record([signal(20, 70, "user:0", "user:ana", "anonymous:pc"), signal(21, 69.9, "anonymous:pc")])
    assert times(workspace, "user:ana")[-1] == 69.9
    workspace.record([signal(22, 90, "user:bo", "anonymous:pc")])
    at_once = [times(workspace, actor) for actor in ("user:ana", "user:bo")]
    workspace.timelines.rebuild("person")
    assert at_once == [times(workspace, actor) for actor in ("user:ana", "user:bo")]
    assert at_once[0][-1] == 69.9


def test_answers_that_are_kept_follow_a_decision(workspace: Workspace) -> None:
    def people() -> set[object]:
        (table,) = workspace.platform.ask({"query": "volume", "of": [{"kind": "page.viewed"}]}).tables
        return {cell for row in table.rows for cell in row}

    before = people()
    assert people() == before
    workspace.platform.decide_identity("same", ("user:bo", "user:ana"), "kim", "One customer, two accounts.")
    assert people() != before


@pytest.mark.parametrize(
    ("verdict", "ids", "why", "says"),
    [
        ("same", ("user:ana", "user:null"), "x", "know nobody|Nobody is known"),
        ("same", ("user:ana", "ana"), "x", "no id of a person"),
        ("same", ("user:ana", "user:ana"), "x", "two different ids"),
        ("apart", ("user:ana", "user:bo"), "x", "No link joins"),
        ("apart", ("anonymous:phone", HASH), "x", "over other ids: part user:ana with anonymous:phone or user:ana with"),
        ("same", ("user:ana", "user:bo"), " ", "Say why"),
        ("merge", ("user:ana", "user:bo"), "x", "There are: same, apart, alone"),
    ],
)
def test_a_decision_that_makes_no_sense_is_refused_in_words(
    workspace: Workspace, verdict: str, ids: tuple[str, ...], why: str, says: str
) -> None:
    with pytest.raises((BadInput, Missing), match=says):
        workspace.platform.decide_identity(verdict, ids, "kim", why)
    assert workspace.platform.timelines.open("person").data_version.count("identity") == 0


def test_nobody_is_explained_who_never_came(workspace: Workspace) -> None:
    with pytest.raises(Missing, match="Nobody is known as 'user:zoe'"):
        workspace.platform.identity_of("user:zoe")


def test_erased_people_leave_no_decision(workspace: Workspace) -> None:
    workspace.platform.decide_identity("apart", ("user:ana", HASH), "kim", "Not hers.")
    workspace.forget(["user:ana"])
    assert workspace.platform.identities is not None
    assert workspace.platform.identities.decisions.list() == ()


@pytest.mark.parametrize(
    ("one", "other", "rule"),
    [
        ("user:1", "anonymous:2", "identify"),
        ("user:1", "user:2", "alias"),
        ("anonymous:1", "anonymous:2", "alias"),
        ("user:1", "email:2", "shared e-mail"),
        ("external:1", "user:2", "shared external id"),
        ("external:1", "email:2", "shared e-mail"),
        ("anonymous:1", "email:2", "shared device"),
    ],
)
def test_each_link_has_the_rule_of_its_ids(one: str, other: str, rule: str) -> None:
    assert rule_of(one, other) == rule_of(other, one) == rule
