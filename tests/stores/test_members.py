"""Members, sessions, tokens and deeds keep their promises in SQLite always, and in PostgreSQL where it can be started."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from touchpath.model.errors import Conflict, Missing
from touchpath.model.member import ApiToken, Deed, Member, Role, Scope, Session
from touchpath.store.members import DeedStore, MemberStore, OneTimeLink, SessionStore
from touchpath.stores.database import Database, open_database
from touchpath.stores.members import SqlMembers
from touchpath.stores.sessions import SqlSessions

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ADA = Member("m1", "ada@example.org", "Ada", Role.OWNER, True, NOON, joined=True)
BEA = Member("m2", "bea@example.org", "Béa", Role.VIEWER, False, NOON)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    place: str | Path = tmp_path / "records.sqlite"
    if request.param == "postgresql":
        url = sa.make_url(request.getfixturevalue("postgres_url")).set(drivername="postgresql+psycopg")
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql("DROP DATABASE IF EXISTS members_test WITH (FORCE)")
            connection.exec_driver_sql("CREATE DATABASE members_test")
        engine.dispose()
        place = url.set(database="members_test").render_as_string(hide_password=False)
    database = open_database(place)
    yield database
    database.close()


@pytest.fixture
def members(database: Database) -> MemberStore:
    store = SqlMembers(database)
    store.add(ADA, "hash of Ada's")
    store.add(BEA)
    return store


@pytest.fixture
def sessions(database: Database, members: MemberStore) -> SessionStore:
    return SqlSessions(database)


def test_members_come_back_as_they_were_kept_without_their_password(members: MemberStore):
    assert members.members() == (ADA, BEA)
    assert members.member("m2") == BEA
    assert members.find("ada@example.org") == (ADA, "hash of Ada's")
    assert members.find("bea@example.org") == (BEA, "")
    assert members.find("Ada@example.org") is None
    assert "hash" not in repr(members.members())


def test_an_address_is_one_members_only(members: MemberStore):
    with pytest.raises(Conflict, match=r"'bea@example\.org' is a member already"):
        members.add(replace(BEA, id="m3"))


def test_changes_are_kept_and_nobody_is_changed_who_is_not_there(members: MemberStore):
    assert members.change("m2", role=Role.EDITOR, people=True).role is Role.EDITOR
    assert members.change("m2", name="Beatrix") == replace(BEA, role=Role.EDITOR, people=True, name="Beatrix")
    members.signed_in("m2", NOON)
    members.set_password("m2", "h")
    assert members.member("m2") == replace(BEA, role=Role.EDITOR, people=True, name="Beatrix", joined=True, last_at=NOON)
    for change in (lambda: members.change("m9", people=True), lambda: members.remove("m9"), lambda: members.member("m9")):
        with pytest.raises(Missing):
            change()


def test_the_last_owner_who_can_sign_in_stays(members: MemberStore):
    members.change("m2", role=Role.OWNER)  # invited, but has no password yet
    for leave in (
        lambda: members.change("m1", role=Role.EDITOR),
        lambda: members.change("m1", disabled=True),
        lambda: members.remove("m1"),
    ):
        with pytest.raises(Conflict, match="last owner"):
            leave()
    assert members.member("m1") == ADA
    members.set_password("m2", "h")
    members.change("m1", role=Role.EDITOR)
    with pytest.raises(Conflict, match="last owner"):
        members.remove("m2")


def test_two_owners_cannot_remove_each_other_at_once(members: MemberStore):
    members.change("m2", role=Role.OWNER)
    members.set_password("m2", "h")

    def leave(id: str) -> bool:
        try:
            members.remove(id)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(leave, ["m1", "m2"])) == [False, True]


def test_whoever_is_removed_or_disabled_is_signed_in_nowhere(members: MemberStore, sessions: SessionStore):
    for hash in ("a", "b"):
        sessions.add_session(hash, Session(hash, "m2", NOON, NOON, NOON + HOUR))
    members.add_link("c", OneTimeLink("reset", "m2", NOON, NOON + HOUR))
    members.change("m2", disabled=True)
    assert sessions.session("a") is None
    assert members.link("c", NOON) is None
    sessions.add_token("t", token("t"))
    members.remove("m2")
    assert sessions.token("t") is None


def test_a_link_is_good_once_and_until_it_ends(members: MemberStore):
    members.add_link("h", OneTimeLink("invitation", "m2", NOON, NOON + HOUR))
    assert members.link("h", NOON + HOUR) is None
    assert members.join("h", NOON + HOUR, "", "p") is None
    members.add_link("i", OneTimeLink("invitation", "m2", NOON, NOON + HOUR))
    assert members.link("h", NOON) is None
    assert members.link("i", NOON) == OneTimeLink("invitation", "m2", NOON, NOON + HOUR)
    joined = members.join("i", NOON, "Beatrix", "p")
    assert joined == replace(BEA, name="Beatrix", joined=True)
    assert members.find("bea@example.org") == (joined, "p")
    assert members.join("i", NOON, "Eve", "q") is None


def test_of_many_who_use_a_link_at_once_one_gets_in(members: MemberStore):
    members.add_link("h", OneTimeLink("invitation", "m2", NOON, NOON + HOUR))
    with ThreadPoolExecutor(8) as pool:
        got = [one for one in pool.map(lambda n: members.join("h", NOON, f"N{n}", f"p{n}"), range(16)) if one]
    assert len(got) == 1
    assert members.find("bea@example.org") == (got[0], f"p{got[0].name[1:]}")


def test_the_first_owner_comes_in_while_there_is_none(database: Database):
    store = SqlMembers(database)
    store.add(BEA)
    store.add_link("s", OneTimeLink("set-up", "", NOON, NOON + HOUR))
    assert store.join("s", NOON, "", "p") is None  # a set-up's link sets no member's password
    store.add_link("s", OneTimeLink("set-up", "", NOON, NOON + HOUR))
    assert store.join_first("s", NOON, replace(BEA, id="m7", role=Role.OWNER, people=True), "p")
    assert store.find("bea@example.org") == (replace(BEA, role=Role.OWNER, people=True, joined=True), "p")
    store.add_link("t", OneTimeLink("set-up", "", NOON, NOON + HOUR))
    assert not store.join_first("t", NOON, ADA, "p")
    assert store.members() == (store.member("m2"),)


def test_sessions_are_found_by_their_hash_and_end_one_by_one_or_together(members: MemberStore, sessions: SessionStore):
    kept = [Session(f"s{n}", "m1", NOON, NOON + n * HOUR, NOON + 9 * HOUR, "203.0.113.7", "Firefox") for n in range(3)]
    for one in kept:
        sessions.add_session(f"hash {one.id}", one)
    assert sessions.session("hash s1") == (kept[1], ADA)
    assert sessions.session("s1") is None
    assert sessions.sessions("m1") == tuple(reversed(kept))
    sessions.seen_session("hash s0", NOON + 5 * HOUR)
    assert sessions.sessions("m1")[0].id == "s0"
    assert not sessions.end_session("s1", "m2")
    assert sessions.end_session("s1", "m1")
    assert sessions.end_sessions("m1", but="s0") == 1
    assert [one.id for one in sessions.sessions("m1")] == ["s0"]
    sessions.forget_sessions(NOON + 10 * HOUR)
    assert sessions.sessions("m1") == ()


def token(id: str, member: str = "m2", made: datetime = NOON) -> ApiToken:
    return ApiToken(id, member, "report", frozenset({Scope.READ, Scope.ASK}), made, made + HOUR, "wxyz")


def test_tokens_are_found_by_their_hash_and_revoked_by_those_who_may(members: MemberStore, sessions: SessionStore):
    sessions.add_token("h1", token("t1"))
    sessions.add_token("h2", token("t2", "m1", NOON + HOUR))
    assert sessions.token("h1") == (token("t1"), BEA)
    assert sessions.token("t1") is None
    assert [one.id for one in sessions.tokens()] == ["t2", "t1"]
    assert sessions.tokens("m2") == (token("t1"),)
    with pytest.raises(Missing):
        sessions.revoke_token("t1", "m1")
    assert not sessions.tokens("m2")[0].revoked
    assert sessions.revoke_token("t1", "m2").revoked
    sessions.used_token("h1", NOON)
    assert sessions.tokens("m2")[0].used_at == NOON


def test_deeds_are_told_newest_first_and_kept_for_a_while(database: Database):
    store: DeedStore = SqlSessions(database)
    for n in range(5):
        store.add_deed(Deed(NOON + n * HOUR, "ada@example.org", f"deed {n}", "x" * 900, "203.0.113.7"))
    assert [one.deed for one in store.deeds(3)] == ["deed 4", "deed 3", "deed 2"]
    assert [one.deed for one in store.deeds(3, NOON + 2 * HOUR)] == ["deed 1", "deed 0"]
    assert len(store.deeds(1)[0].about) == 500
    assert store.forget_deeds(NOON + 3 * HOUR) == 3
    assert [one.deed for one in store.deeds(9)] == ["deed 4", "deed 3"]
