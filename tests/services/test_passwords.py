"""Which passwords are good enough, and what is kept of them."""

from __future__ import annotations

import argon2
import pytest
from argon2 import PasswordHasher
from argon2.low_level import Type

from touchpath.model.errors import BadInput
from touchpath.services import passwords as module
from touchpath.services.passwords import LEAST, Passwords, common_passwords

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
GOOD = "seven otters near Gijon"


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(hasher=QUICK)


def test_a_password_is_kept_as_argon2id_and_never_in_clear():
    kept = Passwords().hash(GOOD)
    found = argon2.extract_parameters(kept)
    assert GOOD not in kept
    assert (found.type, found.memory_cost, found.time_cost, found.parallelism) == (Type.ID, 64 * 1024, 3, 4)
    assert (found.salt_len, found.hash_len) == (16, 32)


def test_only_the_same_password_is_right(passwords: Passwords):
    kept = passwords.hash(GOOD)
    assert passwords.verify(kept, GOOD)
    for other in ("", GOOD + " ", GOOD.lower(), GOOD[:-1], GOOD + "x" * 400):
        assert not passwords.verify(kept, other)


def test_a_password_is_right_however_the_keyboard_composes_its_letters(passwords: Passwords):
    assert passwords.verify(passwords.hash("señor Müller zählt Möwen"), "señor Müller zählt Möwen")


@pytest.mark.parametrize("kept", ["", "plain text", "$argon2id$v=19$m=8,t=1,p=1$damaged"])
def test_who_has_no_password_is_never_right(passwords: Passwords, kept: str):
    for tried in ("", "nobody's password", GOOD):
        assert passwords.verify(kept, tried) is False


def test_it_takes_one_hash_whether_or_not_there_is_a_password(monkeypatch):
    counted = []

    class Counting(PasswordHasher):
        def verify(self, hash, password):
            counted.append(hash)
            return super().verify(hash, password)

    passwords = Passwords(hasher=Counting(time_cost=1, memory_cost=8, parallelism=1))
    kept = passwords.hash(GOOD)
    passwords.verify(kept, "wrong")
    passwords.verify("", "wrong")
    assert len(counted) == 2
    assert argon2.extract_parameters(counted[0]) == argon2.extract_parameters(counted[1])


def test_a_hash_of_other_parameters_is_outdated(passwords: Passwords):
    assert not passwords.outdated(passwords.hash(GOOD))
    assert Passwords(hasher=PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)).outdated(passwords.hash(GOOD))


@pytest.mark.parametrize(
    "good",
    [
        GOOD,
        "correct turnip hums loudly",
        "ääääöüß kein Problem",
        "x7#Kq9!vLm2$Rt5",
        "我的猫在星期三喜欢喝咖啡和吃面包",
        "a b" * 5 + " noch mehr",
    ],
)
def test_length_is_all_that_is_asked(passwords: Passwords, good: str):
    passwords.check(good, "ada@example.org", "Ada Byron")


@pytest.mark.parametrize(
    "bad",
    [
        "short",
        "x" * 14,
        "aaaaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "123456789012345678",
        "987654321098765432",
        "qwertyuiopasdfghjkl",
        "abcdefghijklmnopqrst",
        "PasswordPassword",
        "Password-123456789",
        "!!!!Welcome2026!!!!",
        "correct horse battery staple",
        "ada.byron.ada.byron",
        "AdaByron1815-1852",
        "byron@example.org 1",
        "touchpath touchpath",
        "Summer2026Winter",
        "y" * 257,
    ],
)
def test_what_others_would_try_first_is_refused_with_what_would_do(passwords: Passwords, bad: str):
    with pytest.raises(BadInput) as raised:
        passwords.check(bad, "ada.byron@example.org", "Ada Byron")
    assert bad not in str(raised.value)


def test_the_least_length_can_be_set(passwords: Passwords):
    assert LEAST == 15
    with pytest.raises(BadInput, match="has 8 characters; 15 are the least"):
        passwords.check("k3#vQz9!")
    Passwords(8, QUICK).check("k3#vQz9!")
    with pytest.raises(BadInput, match="among the first"):
        Passwords(8, QUICK).check("trustno1")


def test_the_list_is_in_small_letters_and_holds_nothing_twice():
    words = common_passwords()
    assert len(words) > 200
    assert all(word == word.casefold().strip() for word in words)


def test_only_so_many_hashes_are_made_at_once_and_the_rest_come_again(monkeypatch, passwords: Passwords):
    from touchpath.model.errors import Unavailable

    monkeypatch.setattr(module, "_PATIENCE_SECONDS", 0.01)
    with passwords._turn(), passwords._turn(), pytest.raises(Unavailable, match="Try again"):
        passwords.hash(GOOD)
    assert passwords.hash(GOOD)
