"""Passwords: which are good enough, how they are hashed (argon2id), and checking one in the same time whether or not there is one."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from touchpath.model.errors import BadInput, Unavailable

#: NIST SP 800-63B-4, 3.1.1.2: 15 characters where the password is all that is asked, 64 or more must be taken.
LEAST = 15
MOST = 256
#: Each hash takes 64 MiB: so many are made at once, and whoever has waited so long is asked to come again.
_AT_ONCE = 2
_PATIENCE_SECONDS = 10.0
#: What is shorter than this is no pattern that somebody typed over and over, nor a word worth looking for.
_LONGEST_PATTERN = 8
_SHORTEST_PART, _SHORTEST_WORD = 3, 4
_RUNS = ("abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm")


class Passwords:
    """Checks, hashes and verifies passwords. Safe to use from several threads.

    least: the fewest characters. hasher: argon2id, by default with the second recommendation of RFC 9106, section 4 (3 passes, 4
    lanes, 64 MiB), which is above what OWASP asks for; hashes made with other parameters are told by `outdated`.
    """

    def __init__(self, least: int = LEAST, hasher: PasswordHasher | None = None) -> None:
        self.least = least
        self._hasher = hasher or PasswordHasher()
        self._room = threading.BoundedSemaphore(_AT_ONCE)
        self._nobodys = ""

    def check(self, password: str, *words: str) -> None:
        """Raise BadInput, with what would do, for a password that is too short, too long or easily guessed.

        words: what everybody knows of its owner, as name and e-mail address. No letters or signs are asked for: length is what helps.
        """
        plain = _normal(password)
        if len(plain) < self.least:
            raise BadInput(
                f"The password has {len(plain)} characters; {self.least} are the least. Four or five words that belong to no saying do well."
            )
        if len(plain) > MOST:
            raise BadInput(f"The password has {len(plain)} characters; at most {MOST} are read.")
        if _is_common(plain.casefold(), words):
            raise BadInput(
                "This password is among the first that others would try: a common one, a pattern, or made of your name. Choose another."
            )

    def hash(self, password: str) -> str:
        """What is kept of a password."""
        with self._turn():
            return self._hasher.hash(_normal(password))

    def verify(self, kept: str, password: str) -> bool:
        """Whether a password is the one that `kept` was made from; where nothing is kept the answer takes as long, and is no."""
        with self._turn():
            if not self._nobodys:
                self._nobodys = self._hasher.hash("nobody's password")
            try:
                found = self._hasher.verify(kept or self._nobodys, _normal(password)[: MOST + 1])
            except (VerificationError, InvalidHashError):
                return False
        return found and bool(kept)

    def outdated(self, kept: str) -> bool:
        """Whether a hash was made with other parameters than new ones are."""
        return self._hasher.check_needs_rehash(kept)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._room.acquire(timeout=_PATIENCE_SECONDS):
            raise Unavailable("Too many people sign in at this moment. Try again in some seconds.")
        try:
            yield
        finally:
            self._room.release()


def _normal(password: str) -> str:
    """The same password however a keyboard composes its letters (NFKC, as NIST asks)."""
    return unicodedata.normalize("NFKC", password)


@cache
def common_passwords() -> frozenset[str]:
    """Passwords and the words they are made of that guessers try first."""
    text = files("touchpath.services").joinpath("common_passwords.txt").read_text("utf-8")
    return frozenset(line for line in text.split("\n") if line and not line.startswith("#"))


def _is_common(plain: str, words: tuple[str, ...]) -> bool:
    """Whether a password (in small letters) is common, a pattern, or little more than a common or well-known word."""
    if plain in common_passwords() or _is_pattern(plain):
        return True
    known = {part for word in (*words, "touchpath") for part in _parts(word.casefold())}
    left = plain
    for word in sorted(known, key=len, reverse=True):
        left = left.replace(word, "")
    letters = "".join(letter for letter in left if letter.isalpha())
    return (len(letters) < _SHORTEST_WORD and left != plain) or _made_of_common(plain)


def _parts(word: str) -> Iterator[str]:
    """The word, and what stands between its signs: of ada.byron@example.org "ada", "byron", "example"."""
    spaced = "".join(letter if letter.isalnum() else " " for letter in word)
    yield from (part for part in (word, *spaced.split()) if len(part) >= _SHORTEST_PART)


def _made_of_common(plain: str) -> bool:
    """Whether common passwords written one after the other, with digits and signs around them, are all there is."""
    letters = "".join(letter if letter.isalpha() else " " for letter in plain)
    return bool(letters.split()) and all(part in common_passwords() for part in letters.split()) and len(letters.split()) < 3


def _is_pattern(plain: str) -> bool:
    """Whether a password repeats a short piece, or runs along the alphabet, the digits or a keyboard."""
    if any(plain == (plain[:size] * len(plain))[: len(plain)] for size in range(1, min(_LONGEST_PATTERN, len(plain) // 2) + 1)):
        return True
    pairs = {pair for run in _RUNS for one in (run, run[::-1]) for pair in pairwise(one)}
    along = sum((a, b) in pairs or a == b for a, b in pairwise(plain))
    return along >= 0.8 * (len(plain) - 1)
