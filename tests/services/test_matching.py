"""Matching people without a common id: how well, on people who do not exist; that order changes nothing, and that it can be undone."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import made_people
import pytest
from typer.testing import CliRunner

import touchpath
from touchpath import Signal
from touchpath.bootstrap import Workspace, create_workspace, open_workspace
from touchpath.bootstrap.matching import open_matching
from touchpath.cli.main import app
from touchpath.engines.linkage import SplinkMatcher
from touchpath.model.errors import BadInput, Conflict, Missing, Unavailable
from touchpath.services.decisions import decision_id
from touchpath.services.match_choice import Facts, ScoredPair, Terms, choose
from touchpath.services.matching import KIND, RUN_KIND, MatchRun, People
from touchpath.services.person_details import full_form, plain_details, plain_phone, recognise_columns, split_name
from touchpath.sources.people_files import read_people

pytest.importorskip("splink", reason="the extra 'matching' is not installed")

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
PERSONS = 240


def _signals(ids: Iterable[str]) -> list[Signal]:
    return [Signal("made", id, "page.viewed", START + timedelta(minutes=n), (f"external:{id}",)) for n, id in enumerate(ids)]


@pytest.fixture(scope="module")
def made() -> tuple[list[made_people.Made], list[made_people.Made]]:
    return made_people.two_systems(7, PERSONS)


@pytest.fixture
def workspace(tmp_path: Path, made: tuple[list[made_people.Made], list[made_people.Made]]) -> Iterator[Workspace]:
    create_workspace(tmp_path / "shop")
    opened = open_workspace(tmp_path / "shop")
    opened.record(_signals(one.id for people in made for one in people))
    yield opened
    opened.close()


def read(tmp_path: Path, people: Iterable[made_people.Made], name: str = "people.csv") -> People:
    return read_people(made_people.write_people(tmp_path / name, people), "id", "external", {})


def pairs_of(run: MatchRun, *states: str) -> set[tuple[str, str]]:
    found = [sorted((one.one, one.other), reverse=True) for one in run.matches if one.state in states]
    return {(one.removeprefix("external:"), other.removeprefix("external:")) for one, other in found}


def persons(workspace: Workspace, ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    return {id: workspace.platform.ids_of(f"external:{id}") for id in ids}


def test_people_are_found_again_and_a_run_can_be_taken_back(
    workspace: Workspace, tmp_path: Path, made: tuple[list[made_people.Made], list[made_people.Made]]
) -> None:
    shop, desk = made
    some = [one.id for one in (*shop[:15], *desk[:15])]
    before, true = persons(workspace, some), made_people.truth(shop, desk)
    run = open_matching(workspace).run([read(tmp_path, shop, "a.csv"), read(tmp_path, desk, "b.csv")], Terms(), "ada")
    joined, offered = pairs_of(run, "joined"), pairs_of(run, "joined", "proposed")
    assert len(joined & true) / len(joined) >= 0.99
    assert len(joined & true) / len(true) >= 0.85
    assert len(offered & true) / len(true) >= 0.95
    one, other = min(joined & true)
    assert set(workspace.platform.ids_of(f"external:{one}")) == {f"external:{one}", f"external:{other}"}
    assert len(workspace.platform.person(f"external:{one}").entries) == 2
    # Nothing of what was compared is kept anywhere in the workspace.
    kept = b"".join(path.read_bytes() for path in (tmp_path / "shop").rglob("*") if path.is_file())
    telling = {word for made_one in shop for word in (made_one.email, made_one.street, made_one.phone)} - {""}
    assert not [word for word in telling if word.encode() in kept]

    # The same rows in another order: the same probabilities.
    mixed = [read(tmp_path, shop[::-1], "a.csv"), read(tmp_path, sorted(desk, key=lambda one: one.email), "b.csv")]
    again = SplinkMatcher().score([one.table for one in mixed], Terms().seed, Terms().propose_from)
    assert again.levels == run.levels
    probabilities = {(one.one, one.other): one.probability for one in again.pairs}
    assert len(probabilities) == len(run.matches)
    assert all(probabilities[one.one, one.other] == one.probability for one in run.matches)

    taken = open_matching(workspace).undo(run.id, "ada")
    assert {one.state for one in taken} == {"undone"}
    assert not workspace.platform.identities.decisions.list()  # type: ignore[union-attr]
    assert persons(workspace, some) == before


def test_members_have_the_last_word(
    workspace: Workspace,
    tmp_path: Path,
    made: tuple[list[made_people.Made], list[made_people.Made]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    shop, desk = made
    matching, decisions = open_matching(workspace), workspace.platform.identities.decisions  # type: ignore[union-attr]
    people = [read(tmp_path, shop, "a.csv"), read(tmp_path, desk, "b.csv")]
    run = matching.run(people, Terms(), "ada")
    first, second, third = [one for one in run.matches if one.state == "joined"][:3]
    assert f"probability {first.probability:.6g}" in decisions.history(first.id)[0].why
    assert people[0].fingerprint in decisions.history(first.id)[0].why

    approved, rejected = matching.matches()[:2]
    assert matching.approve(approved.id, "ben").state == "joined"
    assert approved.other in workspace.platform.ids_of(approved.one)
    assert matching.reject(rejected.id, "ben").state == "rejected"
    with pytest.raises(Conflict, match="rejected, not proposed"):
        matching.approve(rejected.id, "ben")
    with pytest.raises(Missing, match="no match and no run"):
        matching.undo("nothing", "ben")

    assert [one.state for one in matching.undo(first.id, "ben")] == ["rejected"]
    assert first.other not in workspace.platform.ids_of(first.one)
    decisions.undo(second.id, "ben", "not the same")
    decisions.undo(third.id, "ben", "wrong")
    decisions.decide("same", (third.one, third.other), "ben", "they are, I asked")

    again = matching.run(people, Terms(), "ada")
    assert not {first.id, second.id, third.id, rejected.id, approved.id} & {one.id for one in again.matches}
    assert again.left["a member said no"] >= 3
    matching.undo(run.id, "ada")
    assert {one.id for one in decisions.list()} == {third.id}
    assert third.other in workspace.platform.ids_of(third.one)

    # Whoever is erased leaves no match; the run itself names nobody.
    workspace.forget([third.one])
    with pytest.raises(Missing):
        workspace.records.load(KIND, third.id)
    assert workspace.records.revision(RUN_KIND, run.id)


def test_the_command_matches_one_file_within_itself(tmp_path: Path) -> None:
    shop, desk = made_people.two_systems(11, 200)
    both, folder = [*shop, *desk], tmp_path / "shop"
    made_people.write_people(tmp_path / "all.csv", both)

    def ran(*words: str) -> str:
        result = CliRunner().invoke(app, ["match", *words, "-w", str(folder)], catch_exceptions=False)
        assert result.exit_code == 0
        return result.stdout

    assert CliRunner().invoke(app, ["init", str(folder)]).exit_code == 0
    with touchpath.open(folder) as space:
        space.record(_signals(one.id for one in both))
    told = json.loads(ran(str(tmp_path / "all.csv"), "--id", "id", "--report", str(tmp_path / "report.csv"), "--json"))
    joined = {tuple(sorted((one["one"], one["other"]))) for one in told["matches"] if one["state"] == "joined"}
    true = {tuple(sorted((f"external:{one}", f"external:{other}"))) for one, other in made_people.truth(shop, desk)}
    assert len(joined & true) / len(joined) >= 0.98
    assert len(joined & true) / len(true) >= 0.8
    with (tmp_path / "report.csv").open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == len(told["matches"])
    assert "none" in ran("proposals", "--run", "another")
    ran("undo", told["id"])
    assert {one["state"] for one in json.loads(ran("proposals", "--all", "--json"))} == {"undone"}


@pytest.mark.parametrize(("count", "namespace", "words"), [(10, "external", "fewer than 50"), (80, "user", "on any signal")])
def test_what_cannot_be_matched_is_told(workspace: Workspace, tmp_path: Path, count: int, namespace: str, words: str) -> None:
    people = made_people.two_systems(7, count)[0]
    read_in = read_people(made_people.write_people(tmp_path / "few.csv", people), "id", namespace, {})
    with pytest.raises(BadInput, match=words):
        open_matching(workspace).run([read_in], Terms(), "ada")
    assert not workspace.records.list(RUN_KIND)


def test_without_splink_it_says_what_to_install(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "splink", None)
    with pytest.raises(Unavailable, match=r"touchpath\[matching\]"):
        open_matching(workspace).run([read(tmp_path, made_people.two_systems(7, 80)[0])], Terms(), "ada")


def _facts(ids: str, **more: object) -> Facts:
    return replace(Facts(frozenset(ids), frozenset(), frozenset(), ord), **more)  # type: ignore[arg-type]


def _pair(pair: str, probability: float, **levels: str) -> ScoredPair:
    return ScoredPair(pair[0], pair[1], probability, {"given": "same", "email": "same", **levels})


def _chosen(pairs: list[ScoredPair], facts: Facts, two: bool = False, **terms: object) -> dict[str, tuple[str, str]]:
    return {one.pair.one + one.pair.other: (one.state, one.note) for one in choose(pairs, facts, Terms(**terms), two)}  # type: ignore[arg-type]


def test_a_chain_joins_nobody_whom_nothing_else_joins() -> None:
    chain = [_pair("ab", 0.999), _pair("bc", 0.998)]
    assert _chosen(chain, _facts("abc"))["bc"] == ("proposed", "it would join ids that are not alike themselves")
    assert {one for one, _ in _chosen([*chain, _pair("ac", 0.9)], _facts("abc")).values()} == {"joined", "proposed"}
    assert _chosen([*chain, _pair("ac", 0.9)], _facts("abc"))["bc"][0] == "joined"
    assert _chosen([*chain, _pair("ac", 0.99)], _facts("abc"), most_ids=2)["bc"][1].startswith("more than 2")
    apart = _facts("abc", refused=frozenset({("a", "c")}))
    assert _chosen([*chain, _pair("ac", 0.99)], apart)["bc"][1] == "it would join ids that a member keeps apart"


def test_between_two_files_everybody_has_one_partner() -> None:
    found = _chosen([_pair("ax", 0.999), _pair("ay", 0.995), _pair("bz", 0.995), _pair("cz", 0.995)], _facts("abcxyz"), two=True)
    assert found == {
        "ax": ("joined", ""),
        **dict.fromkeys(("ay", "bz", "cz"), ("proposed", "somebody else fits as well or better")),
    }


def test_twins_and_housemates_are_not_joined_without_asking() -> None:
    found = _chosen(
        [_pair("ab", 0.9999, given="different"), _pair("cd", 0.9999, born="different"), _pair("ef", 0.9999, email="not known")],
        _facts("abcdef"),
    )
    assert [note for _, note in found.values()] == ["the given name differs", "the day of birth differs", "too little agrees"]


def test_ids_on_no_signal_and_persons_already_one_are_left() -> None:
    assert _chosen([_pair("ab", 1.0)], _facts("a")) == {"ab": ("left", "on no signal")}
    assert _chosen([_pair("ab", 1.0)], _facts("ab", person=lambda _: 1)) == {"ab": ("left", "one person already")}
    assert _chosen([_pair("ab", 1.0)], _facts("ab", alone=frozenset("b"))) == {"ab": ("left", "a member said no")}


def test_details_are_written_alike() -> None:
    assert plain_phone("+49 (0)171 234-5678") == plain_phone("0171/2345678")
    assert split_name("Dr. Ana María Silva") == split_name("Silva, Ana Maria") == ("ana maria", "silva")
    assert full_form("bob") == "robert"
    told = plain_details(
        {"email": " Ana+news@Mail.Example ", "street": "Lindenstraße 5", "born": "3.1.1980", "postcode": "SW1A 1AA"}
    )
    assert {name: text for name, text in told.items() if text} == {
        "email": "ana@mail.example",
        "street": "lindenstr 5",
        "born": "1980-01-03",
        "postcode": "sw1a1aa",
    }
    assert plain_details({"email": "n/a", "phone": "-", "born": "soon"}) == dict.fromkeys(told, "")
    assert recognise_columns(("Vorname", "E-Mail", "x"), {"family": "x"}) == {
        "family": "x",
        "given": "Vorname",
        "email": "E-Mail",
    }


def test_files_tell_what_they_left_out_and_merge_rows_of_one_id(tmp_path: Path) -> None:
    (tmp_path / "few.csv").write_text("nr;first name;e-mail\n1;Ana;\n;Ben;\n1;;ana@mail.example\n", encoding="utf-8")
    people = read_people(tmp_path / "few.csv", "nr", "external:crm", {})
    assert people.table.select(["unique_id", "given", "email"]).to_pylist() == [
        {"unique_id": "external:crm-1", "given": "ana", "email": "ana@mail.example"}
    ]
    assert people.refused == ("line 3: no id",)
    with pytest.raises(BadInput, match="--id COLUMN"):
        read_people(tmp_path / "few.csv", "id", "external", {})
    with pytest.raises(BadInput, match="No namespace is called 'crm'"):
        read_people(tmp_path / "few.csv", "nr", "crm", {})
    with pytest.raises(BadInput, match="propose-from"):
        Terms(threshold=0.7)
    assert decision_id(("a", "b")) != decision_id(("ab",))
