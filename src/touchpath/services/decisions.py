"""What members decide about who is whom: these are the same person, these are not, this id joins nobody. Kept, with who and why."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa

from touchpath.model.actors import actor_named
from touchpath.model.errors import BadInput, Conflict, Missing
from touchpath.model.keys import name_key
from touchpath.store.records import Record, RecordStore
from touchpath.timelines.decisions import Decisions
from touchpath.timelines.links import Links, Pair, ranks_of
from touchpath.timelines.nobody import link_nothing

KIND = "identity"
#: What can be decided, and "open" for what was taken back.
SAME, APART, ALONE, OPEN = "same", "apart", "alone", "open"
_WORDS = {
    SAME: "the same person",
    APART: "not the same person",
    ALONE: "joins nobody",
    OPEN: "nothing: it was taken back",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision in force, or taken back (`verdict` is "open"): about two ids, or about one."""

    id: str
    ids: tuple[str, ...]
    verdict: str
    member: str
    at: datetime
    why: str

    @property
    def words(self) -> str:
        """What it says, in words."""
        return f"{' and '.join(self.ids)}: {_WORDS[self.verdict]}"


class DecisionService:
    """The decisions of one workspace. About one pair of ids, or one id, the newest decision counts. Safe to use from many threads."""

    def __init__(self, records: RecordStore) -> None:
        self._records = records
        self._lock = threading.Lock()
        self._read: tuple[tuple[int, int], Decisions] = ((0, 0), Decisions())

    def decide(self, verdict: str, ids: tuple[str, ...], member: str, why: str) -> Decision:
        """Keep a decision about two ids ("same", "apart") or one ("alone"); raises BadInput without a reason or sound ids."""
        if verdict not in (SAME, APART, ALONE):
            raise BadInput(f"The decision came as '{verdict}'. There are: {SAME}, {APART}, {ALONE}.")
        named = tuple(sorted({_checked(id) for id in ids}))
        if len(named) != (1 if verdict == ALONE else 2):
            raise BadInput(f"'{verdict}' is about {'one id' if verdict == ALONE else 'two different ids'}; {len(named)} came.")
        if not why.strip():
            raise BadInput("Say why: others will want to know what this decision rests on.")
        return self._save(named, verdict, member, why)

    def undo(self, id: str, member: str, why: str) -> Decision:
        """Take a decision back; raises Missing or Conflict when there is none in force with this id."""
        decision = _decision(self._records.load(KIND, id))
        if decision.verdict == OPEN:
            raise Conflict("This decision was taken back before.")
        return self._save(decision.ids, OPEN, member, why.strip() or "taken back")

    def list(self) -> tuple[Decision, ...]:
        """All decisions in force, newest first."""
        found = [_decision(record) for record in self._records.list(KIND)]
        return tuple(sorted((one for one in found if one.verdict != OPEN), key=lambda one: one.at, reverse=True))

    def history(self, id: str) -> tuple[Decision, ...]:
        """Everything that was decided about the same id or pair, newest first; raises Missing when there is nothing."""
        found = tuple(_decision(record) for record in self._records.history(KIND, id))
        if not found:
            raise Missing(f"There is no decision '{id}'.")
        return found

    def numbers(self) -> Decisions:
        """The decisions in force as timelines read them; read again only when one was made since."""
        stamp = self._records.stamp(KIND)
        with self._lock:
            if stamp != self._read[0]:
                self._read = (stamp, _numbers(self.list(), stamp[0]))
            return self._read[1]

    def _save(self, ids: tuple[str, ...], verdict: str, member: str, why: str) -> Decision:
        id = decision_id(ids)
        # Each id in a field of its own: a record about somebody who is erased goes whole.
        document = {"verdict": verdict, **dict(zip(("one", "other"), ids, strict=False))}
        expected = self._records.revision(KIND, id)
        self._records.save(KIND, id, document, expected=expected, member=member, why=why.strip())
        return _decision(self._records.load(KIND, id))


def decision_id(ids: tuple[str, ...]) -> str:
    """The id of what is decided about an id or a pair, the smaller id first."""
    return hashlib.sha256("\x1f".join(ids).encode()).hexdigest()[:24]


def _checked(text: str) -> str:
    id = actor_named(text)
    if bool(link_nothing(pa.array([id]))[0]):
        raise BadInput(f"'{id}' is what programs write when they know nobody. It links nothing.")
    return id


def _decision(record: Record) -> Decision:
    ids = tuple(str(record.document[name]) for name in ("one", "other") if name in record.document)
    return Decision(record.id, ids, str(record.document["verdict"]), record.member, record.at, record.why)


def _numbers(decisions: tuple[Decision, ...], revision: int) -> Decisions:
    def links(verdict: str) -> Links:
        return Links.of(_pair(one.ids) for one in decisions if one.verdict == verdict)

    alone = np.unique(np.array([name_key(one.ids[0]) for one in decisions if one.verdict == ALONE], np.int64))
    return Decisions(links(SAME), links(APART), alone, revision)


def _pair(ids: tuple[str, ...]) -> Pair:
    first, second = ids
    ranks = ranks_of(pa.array(ids))
    return Pair(name_key(first), name_key(second), int(ranks[0]), int(ranks[1]))
