"""Ids of people replaced by keyed hashes before they reach the lake; who has the key can say whose a hash is, nobody else.

A pseudonym is the HMAC-SHA256 of the id: the same id always gives the same one, so that visits, tickets and invoices still come together
on one timeline. Ids of signals are replaced too, as many are made of the person's.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchpath.model.errors import BadInput
from touchpath.services.suppression import Suppression

_PROOF, _ACTOR, _SIGNAL = b"touchpath pseudonym check", b"touchpath pseudonym\x1f", b"touchpath signal id\x1f"
#: What a pseudonym begins with, except that of an e-mail address, which has the form of the hash that it takes the place of.
MARK = "p."
_PSEUDONYM = re.compile(r"p\.[0-9a-f]{32}")


class Pseudonyms:
    """Gives pseudonyms by one key. `proof`: what its workspace was made with, so that another key is refused."""

    def __init__(self, read_key: Callable[[], bytes], proof: str) -> None:
        self._read_key, self._proof, self._key = read_key, proof, b""

    def of_actor(self, actor: str) -> str:
        """The pseudonym of an actor id, of the same kind; of a pseudonym itself."""
        return _of_actor(self._checked_key(), actor)

    def hide(self, signals: pa.Table) -> pa.Table:
        """Signals (SIGNAL_SCHEMA) with pseudonyms for the ids of people and of signals. Everything else stays as it came."""
        if not signals.num_rows:
            return signals
        key = self._checked_key()
        hidden = pa.array(
            [hmac.digest(key, _SIGNAL + id.encode(), "sha256").hex() for id in signals["id"].to_pylist()], pa.string()
        )
        signals = signals.set_column(signals.schema.get_field_index("id"), signals.schema.field("id"), hidden)
        actors = signals["actors"].combine_chunks()
        return signals.set_column(
            signals.schema.get_field_index("actors"), signals.schema.field("actors"), _replaced(key, actors)
        )

    def _checked_key(self) -> bytes:
        if not self._key:
            key = self._read_key()
            if not hmac.compare_digest(proof_of(key), self._proof):
                raise BadInput(
                    "The key is not the one that this workspace's pseudonyms are made with: everybody would become somebody else. "
                    "Put the right key back, or say where it is: TOUCHPATH_PSEUDONYM_KEY_FILE."
                )
            self._key = key
        return self._key


class Door:
    """What every signal passes on its way into the lake: who was erased is turned away, and the others may get pseudonyms."""

    def __init__(self, suppression: Suppression, pseudonyms: Pseudonyms | None = None) -> None:
        self._suppression, self._pseudonyms = suppression, pseudonyms

    def screen(self, signals: pa.Table) -> tuple[pa.Table, dict[str, int]]:
        """The signals that may come in, as they are to be kept, and how many may not, by source."""
        signals, away = self._suppression.screen(signals)
        if self._pseudonyms is None:
            return signals, away
        signals, more = self._suppression.screen(self._pseudonyms.hide(signals))
        return signals, {source: away.get(source, 0) + more.get(source, 0) for source in {*away, *more}}

    def count(self, away: dict[str, int]) -> None:
        """Count what was turned away."""
        self._suppression.count(away)


def proof_of(key: bytes) -> str:
    """What tells a key from any other without giving it away."""
    return hmac.digest(key, _PROOF, "sha256").hex()


@lru_cache(maxsize=200_000)
def _of_actor(key: bytes, actor: str) -> str:
    namespace, _, name = actor.partition(":")
    if _PSEUDONYM.fullmatch(name):
        return actor
    hidden = hmac.digest(key, _ACTOR + actor.encode(), "sha256").hex()
    return f"{namespace}:{hidden}" if namespace == "email" else f"{namespace}:{MARK}{hidden[:32]}"


def _replaced(key: bytes, actors: pa.ListArray) -> pa.ListArray:
    """The same lists with each id replaced; absent lists stay absent."""
    coded = actors.flatten().dictionary_encode()
    words = pa.array([None if one is None else _of_actor(key, one) for one in coded.dictionary.to_pylist()], pa.string())
    sizes = pc.list_value_length(actors).fill_null(0).to_numpy(zero_copy_only=False)
    absent = np.append(actors.is_null().to_numpy(zero_copy_only=False), False)
    offsets = pa.array(np.concatenate(([0], np.cumsum(sizes))).astype(np.int32), mask=absent)
    return pa.ListArray.from_arrays(offsets, words.take(coded.indices))
