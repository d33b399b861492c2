"""Who gets in, who does not, and what an attacker meets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from signing_in import PASSWORD, Clock, let_join, open_gate

from touchpath.model.errors import BadInput, Conflict, Missing, NotAllowed, NotSignedIn, TooMany
from touchpath.model.member import Role, Scope
from touchpath.services.gate import Gate
from touchpath.services.passwords import Passwords
from touchpath.services.sessions import TOKEN_PREFIX

OTHER = "nine herons over Lastres"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate(tmp_path: Path, clock: Clock) -> Iterator[Gate]:
    gate, database = open_gate(tmp_path, clock)
    yield gate
    database.close()


def deeds(gate: Gate) -> list[tuple[str, str]]:
    return [(one.member, one.deed) for one in gate.log.deeds(100)]


def test_the_first_owner_comes_in_by_the_link_and_nobody_after_them(gate: Gate):
    assert not gate.members.has_owner()
    old, secret = gate.members.set_up(), gate.members.set_up()
    for bad in (old, secret[:-1], "", "x" * 5000):
        with pytest.raises(NotAllowed, match="was used, has ended"):
            gate.members.join(bad, PASSWORD, email="ada@example.org")
    with pytest.raises(BadInput, match="characters"):
        gate.members.join(secret, "too short", email="ada@example.org")
    ada = gate.members.join(secret, PASSWORD, name="  Ada\tByron ", email=" Ada@Example.org")
    assert (ada.email, ada.name, ada.role, ada.people, ada.active) == ("ada@example.org", "Ada Byron", Role.OWNER, True, True)
    with pytest.raises(NotAllowed):
        gate.members.join(secret, OTHER, email="eve@example.org")
    with pytest.raises(Conflict, match="There is an owner"):
        gate.members.set_up()


def test_a_link_of_the_set_up_ends_after_an_hour(gate: Gate, clock: Clock):
    secret = gate.members.set_up()
    clock.go_on(hours=1)
    with pytest.raises(NotAllowed):
        gate.members.join(secret, PASSWORD, email="ada@example.org")


def test_an_invited_member_signs_in_only_after_choosing_a_password(gate: Gate):
    bea, secret = gate.members.invite("Bea@example.org", Role.EDITOR)
    assert (bea.role, bea.people, bea.state) == (Role.EDITOR, False, "invited")
    for tried in ("", PASSWORD):
        with pytest.raises(NotSignedIn):
            gate.sign_in("bea@example.org", tried)
    gate.members.join(secret, PASSWORD, name="Bea")
    member, session = gate.sign_in(" BEA@example.org ", PASSWORD, "203.0.113.7", "Firefox\r\nX: y")
    found = gate.sessions.find(session)
    assert found is not None
    assert (found[1].email, found[0].address, found[0].agent) == ("bea@example.org", "203.0.113.7", "FirefoxX: y")
    assert found[1].last_at == found[0].made_at
    assert member.email == "bea@example.org"


def test_every_wrong_try_is_answered_alike_after_one_hash(gate: Gate, monkeypatch: pytest.MonkeyPatch):
    let_join(gate, "bea@example.org", Role.VIEWER)
    gate.members.invite("cy@example.org", Role.VIEWER)
    gone = let_join(gate, "di@example.org", Role.VIEWER)
    gate.members.store.change(gone.id, disabled=True)
    hashed: list[str] = []
    verify = PasswordHasher.verify
    monkeypatch.setattr(PasswordHasher, "verify", lambda self, kept, text: hashed.append(kept) or verify(self, kept, text))
    said = set()
    tries = [(f"{name}@example.org", OTHER) for name in ("bea", "cy", "nobody")] + [
        ("di@example.org", PASSWORD),
        ("", ""),
        ("x", "y"),
    ]
    for email, password in tries:
        with pytest.raises(NotSignedIn) as raised:
            gate.sign_in(email, password)
        said.add(str(raised.value))
    assert said == {"The e-mail address or the password was not right."}
    assert len(hashed) == len(tries)


def test_guessing_at_one_account_is_stopped_and_its_owner_still_gets_in(gate: Gate):
    let_join(gate, "bea@example.org", Role.VIEWER)
    for n in range(5):
        with pytest.raises(NotSignedIn):
            gate.sign_in("bea@example.org", f"guess {n}", "198.51.100.1")
    for tried in (OTHER, PASSWORD):  # the right one, too: an answer would tell
        with pytest.raises(TooMany) as raised:
            gate.sign_in("bea@example.org", tried, "198.51.100.1")
        assert 0 < raised.value.seconds <= 15 * 60
    assert gate.sign_in("bea@example.org", PASSWORD, "203.0.113.7")
    assert [deed for _, deed in deeds(gate)].count("was kept waiting after too many tries to sign in") == 1


def test_accounts_that_are_not_there_are_limited_alike(gate: Gate):
    for n in range(5):
        with pytest.raises(NotSignedIn):
            gate.sign_in("nobody@example.org", f"guess {n}", "198.51.100.1")
    with pytest.raises(TooMany):
        gate.sign_in("nobody@example.org", "guess", "198.51.100.1")


def test_guessing_from_many_addresses_and_at_many_accounts_is_stopped(gate: Gate):
    def guess(times: int, email: str, address: str) -> int:
        for n in range(times):
            try:
                gate.sign_in(email.format(n), "guess", address.format(n))
            except NotSignedIn:
                continue
            except TooMany:
                return n
        return times

    assert guess(100, "bea@example.org", "203.0.113.{}") == 50
    assert guess(100, "m{}@example.org", "198.51.100.1") == 30
    assert guess(100, "m{}@example.com", "2001:db8::{}") == 30


def test_who_signs_in_often_is_not_kept_out(gate: Gate):
    let_join(gate, "bea@example.org", Role.VIEWER)
    secrets = {gate.sign_in("bea@example.org", PASSWORD, "203.0.113.7")[1] for _ in range(60)}
    assert len(secrets) == 60


def test_a_password_typed_where_the_address_belongs_is_not_written_down(gate: Gate):
    with pytest.raises(NotSignedIn):
        gate.sign_in(PASSWORD, "bea@example.org")
    assert deeds(gate) == [("(no address)", "was not let in")]


def test_a_hash_of_older_parameters_is_made_anew_at_sign_in(gate: Gate):
    let_join(gate, "bea@example.org", Role.VIEWER)
    newer = Passwords(hasher=PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    object.__setattr__(gate.members, "passwords", newer)
    before = gate.members.store.find("bea@example.org")
    gate.sign_in("bea@example.org", PASSWORD)
    after = gate.members.store.find("bea@example.org")
    assert before is not None
    assert after is not None
    assert before[1] != after[1]
    assert not newer.outdated(after[1])
    gate.sign_in("bea@example.org", PASSWORD)


def test_sessions_end_when_idle_and_after_two_weeks_in_any_case(gate: Gate, clock: Clock):
    bea = let_join(gate, "bea@example.org", Role.VIEWER)
    idle, used = gate.sessions.open(bea), gate.sessions.open(bea)
    for _ in range(27):
        clock.go_on(hours=12)
        assert gate.sessions.find(used)
    assert gate.sessions.find(idle) is None
    assert len(gate.sessions.of(bea.id)) == 1
    clock.go_on(hours=12)
    assert gate.sessions.find(used) is None
    gate.sessions.open(bea)
    assert len(gate.sessions.store.sessions(bea.id)) == 1


def test_a_session_is_proved_by_its_secret_alone_and_gone_when_ended(gate: Gate):
    bea = let_join(gate, "bea@example.org", Role.VIEWER)
    secrets = [gate.sessions.open(bea) for _ in range(3)]
    assert len(set(secrets)) == 3
    assert all(len(secret) == 43 for secret in secrets)
    sessions = [found[0] for secret in secrets if (found := gate.sessions.find(secret))]
    assert gate.sessions.find(sessions[0].id) is None
    assert gate.sessions.end(sessions[0].id, bea.id)
    assert gate.sessions.find(secrets[0]) is None
    assert gate.sessions.end_all(bea.id, but=sessions[1].id) == 1
    assert [gate.sessions.find(secret) is not None for secret in secrets] == [False, True, False]
    gate.members.store.change(bea.id, disabled=True)
    assert gate.sessions.find(secrets[1]) is None


def test_a_new_password_needs_the_old_one(gate: Gate):
    bea = let_join(gate, "bea@example.org", Role.VIEWER)
    with pytest.raises(BadInput, match="not right"):
        gate.members.change_password(bea, OTHER, OTHER)
    with pytest.raises(BadInput, match="the one that you have now"):
        gate.members.change_password(bea, PASSWORD, PASSWORD)
    with pytest.raises(BadInput, match="among the first"):
        gate.members.change_password(bea, PASSWORD, "bea bea bea bea bea")
    gate.members.change_password(bea, PASSWORD, OTHER)
    assert gate.sign_in("bea@example.org", OTHER)


def test_a_reset_signs_out_everywhere_and_replaces_earlier_links(gate: Gate):
    bea = let_join(gate, "bea@example.org", Role.VIEWER)
    session = gate.sessions.open(bea)
    _, old = gate.members.new_link(bea.id)
    _, new = gate.members.new_link(bea.id)
    with pytest.raises(NotAllowed):
        gate.members.join(old, OTHER)
    assert gate.members.link(new)[0].purpose == "reset"
    assert gate.members.join(new, OTHER, name="Eve").name == "Bea"
    assert gate.sessions.find(session) is None
    assert gate.sign_in("bea@example.org", OTHER)


def test_links_of_members_who_were_disabled_are_good_for_nothing(gate: Gate):
    bea, secret = gate.members.invite("bea@example.org", Role.VIEWER)
    gate.members.store.change(bea.id, disabled=True)
    with pytest.raises(NotAllowed):
        gate.members.join(secret, PASSWORD)
    with pytest.raises(Conflict, match="disabled"):
        gate.members.new_link(bea.id)
    with pytest.raises(Missing, match="touchpath member list"):
        gate.members.by_email("nobody@example.org")


@pytest.mark.parametrize(
    "email", ["", "ada", "a@b", "a b@example.org", "x" * 400 + "@example.org", "a@example.org\nBcc: b@example.org"]
)
def test_what_is_no_address_invites_nobody(gate: Gate, email: str):
    with pytest.raises(BadInput, match="e-mail address"):
        gate.members.invite(email, Role.VIEWER)


def test_a_token_works_within_its_days_until_it_is_revoked(gate: Gate, clock: Clock):
    bea = let_join(gate, "bea@example.org", Role.VIEWER)
    token, text = gate.tokens.make(bea, " weekly  report ", {Scope.READ}, 30)
    assert (token.name, token.ends_with, text.startswith(TOKEN_PREFIX)) == ("weekly report", text[-4:], True)
    assert gate.tokens.find(text) == (token, bea)
    assert gate.tokens.of(bea.id)[0].used_at == clock.now
    assert text not in repr(gate.tokens.of())
    for wrong in (text[:-1], text[len(TOKEN_PREFIX) :], token.id, ""):
        assert gate.tokens.find(wrong) is None
    clock.go_on(days=30)
    assert gate.tokens.find(text) is None
    other, text = gate.tokens.make(bea, "b", {Scope.READ}, 1)
    gate.tokens.revoke(other.id, bea.id)
    assert gate.tokens.find(text) is None
    _, text = gate.tokens.make(bea, "c", {Scope.READ}, 1)
    gate.members.store.change(bea.id, disabled=True)
    assert gate.tokens.find(text) is None


@pytest.mark.parametrize(
    ("name", "scopes", "days", "says"),
    [("", {Scope.READ}, 1, "name"), ("a", set(), 1, "Choose"), ("a", {Scope.READ}, 0, "days"), ("a", {Scope.READ}, 4000, "days")],
)
def test_tokens_that_cannot_be_meant_are_refused(gate: Gate, name: str, scopes: set[Scope], days: int, says: str):
    bea = let_join(gate, "bea@example.org", Role.VIEWER)
    with pytest.raises(BadInput, match=says):
        gate.tokens.make(bea, name, scopes, days)


def test_what_happened_is_told_and_kept_for_a_while(gate: Gate, clock: Clock):
    let_join(gate, "bea@example.org", Role.VIEWER)
    gate.sign_in("bea@example.org", PASSWORD, "203.0.113.7")
    gate.note("bea@example.org", "exported", "one person", "203.0.113.7")
    assert deeds(gate) == [("bea@example.org", "exported"), ("bea@example.org", "signed in")]
    clock.go_on(days=401)
    gate.tidy()
    assert deeds(gate) == []


def test_no_secret_reaches_the_disk_in_clear(gate: Gate, tmp_path: Path):
    set_up = gate.members.set_up()
    ada = gate.members.join(set_up, PASSWORD, email="ada@example.org")
    _, reset = gate.members.new_link(ada.id)
    _, invited = gate.members.invite("bea@example.org", Role.VIEWER)
    session = gate.sessions.open(ada)
    _, token = gate.tokens.make(ada, "a", {Scope.READ}, 1)
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"ada@example.org" in kept
    for secret in (PASSWORD, set_up, reset, invited, session, token):
        assert secret.encode() not in kept
