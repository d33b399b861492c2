"""Erased people do not come back: what names one of them is turned away at the door of the lake, and counted."""

from __future__ import annotations

import hmac
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchpath.model.errors import BadInput, Missing
from touchpath.store.erasing import SuppressionStore, TurnedAway

_PROOF, _ACTOR = b"touchpath key check", b"touchpath suppression\x1f"


class Suppression:
    """Whom one workspace keeps out. Hashes are HMAC-SHA256 with a key that lies elsewhere: without it they name nobody.

    read_key: gives the key or raises, saying what to do. make_key: the same, but makes one where none was.
    """

    def __init__(
        self,
        store: SuppressionStore,
        read_key: Callable[[], bytes],
        make_key: Callable[[], bytes],
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        self._store, self._read_key, self._make_key, self._today = store, read_key, make_key, today
        self._lock = threading.Lock()
        self._token: object = None
        self._hashes: frozenset[bytes] = frozenset()
        self._key = b""

    def add(self, erasure: str, actors: Iterable[str]) -> tuple[str, ...]:
        """Keep these actors out from now on; gives their hashes in hexadecimal."""
        key = self._usable_key()
        hashes = [_hash(key, actor) for actor in actors]
        self._store.add(erasure, hashes, _proof(key))
        return tuple(hash.hex() for hash in hashes)

    def hashes_of(self, actors: Iterable[str]) -> tuple[str, ...]:
        """What the audit log calls these actors: keyed hashes in hexadecimal."""
        key = self._usable_key()
        return tuple(_hash(key, actor).hex() for actor in actors)

    def keeps_out(self, actor: str) -> bool:
        """Whether an actor was erased and is kept out."""
        hashes, key = self._current()
        return bool(hashes) and _hash(key, actor) in hashes

    def lift(self, actor: str) -> int:
        """Let somebody in again, with every id that was erased together with this one; gives how many ids. Raises Missing."""
        hashes, key = self._current()
        erasures = self._store.erasures_of(_hash(key, actor)) if hashes else ()
        if not erasures:
            raise Missing(f"'{actor}' is not kept out. Was another of their ids erased? Try that one.")
        return sum(self._store.lift(erasure) for erasure in erasures)

    def screen(self, signals: pa.Table) -> tuple[pa.Table, dict[str, int]]:
        """Signals (SIGNAL_SCHEMA) without those that name somebody who is kept out, and how many went, by source."""
        hashes, key = self._current()
        if not hashes or not signals.num_rows:
            return signals, {}
        lists = signals["actors"].combine_chunks()
        actors = pc.unique(lists.flatten()).to_pylist()
        out = pa.array([one for one in actors if one is not None and _hash(key, one) in hashes], pa.string())
        if not len(out):
            return signals, {}
        named = pc.is_in(lists.flatten(), value_set=out).to_numpy(zero_copy_only=False)
        away = np.zeros(signals.num_rows, np.bool_)
        away[pc.list_parent_indices(lists).to_numpy(zero_copy_only=False)[named]] = True
        return signals.filter(pa.array(~away)), dict(Counter(signals["source"].filter(pa.array(away)).to_pylist()))

    def count(self, away: dict[str, int]) -> None:
        """Count what was turned away."""
        if away:
            self._store.count_away(self._today(), away)

    def turned_away(self) -> tuple[TurnedAway, ...]:
        """What was turned away so far, newest day first."""
        return self._store.turned_away()

    @property
    def size(self) -> int:
        """How many ids are kept out."""
        return len(self._store.hashes())

    def _current(self) -> tuple[frozenset[bytes], bytes]:
        """The hashes as they are now, and the key; the key is not asked for while there are none."""
        with self._lock:
            token = self._store.token
            if token != self._token:
                hashes = self._store.hashes()
                key = self._checked(self._read_key()) if hashes else b""
                self._hashes, self._key, self._token = hashes, key, token
            return self._hashes, self._key

    def _usable_key(self) -> bytes:
        """The key to make hashes with: made when there are none yet, and never in place of one that was lost."""
        return self._checked(self._read_key()) if self._store.key_check else self._make_key()

    def _checked(self, key: bytes) -> bytes:
        proof = self._store.key_check
        if proof and not hmac.compare_digest(proof, _proof(key)):
            raise BadInput(
                "The key is not the one that the list of erased people was made with, so nobody could be recognised. Put the right "
                "key back, or say where it is: TOUCHPATH_PRIVACY_KEY_FILE."
            )
        return key


def _hash(key: bytes, actor: str) -> bytes:
    return hmac.digest(key, _ACTOR + actor.encode(), "sha256")


def _proof(key: bytes) -> bytes:
    return hmac.digest(key, _PROOF, "sha256")
