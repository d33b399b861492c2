"""Which ids are probably one person, by names and addresses that are not kept: joined when sure, proposed to a member when not."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

import pyarrow as pa

from touchpath.model.errors import BadInput, Conflict, Missing
from touchpath.model.keys import name_key
from touchpath.services.decisions import ALONE, APART, SAME, Decision, DecisionService, decision_id
from touchpath.services.match_choice import JOINED, PROPOSED, Chosen, Facts, ScoredPair, Terms, choose
from touchpath.services.person_details import FIELDS
from touchpath.store.records import Record, RecordStore
from touchpath.store.signals import SignalStore
from touchpath.timelines.identity import Identity
from touchpath.timelines.words import encode

KIND, RUN_KIND = "match", "match run"
REJECTED, UNDONE = "rejected", "undone"
#: Nobody can learn from fewer rows how often people agree by chance.
FEWEST_PEOPLE = 50
#: What a table of people holds: the actor id, what is known of them, and the given name with its short form spelled out.
PEOPLE_SCHEMA = pa.schema([(name, pa.string()) for name in ("unique_id", *FIELDS, "root")])


@dataclass(frozen=True, slots=True)
class People:
    """The people of one file, in memory only. table: PEOPLE_SCHEMA, each id once, by id. fingerprint: of the file's bytes.

    columns: which column was read as which field. refused: rows without an id and rows that could not be read, as sentences.
    """

    table: pa.Table
    fingerprint: str
    columns: Mapping[str, str]
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Level:
    """How two rows may agree in a field, best = highest number. m, u: how often they do so if they are one person, and if they are not."""

    field: str
    number: int
    label: str
    m: float
    u: float


@dataclass(frozen=True, slots=True)
class Scored:
    """What a matcher found: likely pairs, by ids, and what it had learned."""

    pairs: tuple[ScoredPair, ...]
    levels: tuple[Level, ...]


class Matcher(Protocol):
    """Tells how likely rows are about one person."""

    @property
    def version(self) -> str:
        """Which program and model; raises Unavailable when it is not installed."""
        ...

    def score(self, tables: Sequence[pa.Table], seed: int, at_least: float) -> Scored:
        """Pairs within one table (PEOPLE_SCHEMA), or between two, with at least this probability. Raises BadInput for too few fields."""
        ...


@dataclass(frozen=True, slots=True)
class Match:
    """A pair of ids that may be one person. state: "joined", "proposed", "rejected" or "undone"; fields: how each one agreed."""

    id: str
    run: str
    one: str
    other: str
    probability: float
    state: str
    fields: str
    note: str
    member: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MatchRun:
    """What a run did. left: pairs that it left alone, by reason."""

    id: str
    model: str
    people: int
    joined: int
    proposed: int
    left: Mapping[str, int]
    matches: tuple[Match, ...] = ()
    levels: tuple[Level, ...] = ()


@dataclass(frozen=True, slots=True)
class MatchService:
    """Matches people of one workspace. kept_as: how the lake writes an actor id. Of what is compared nothing is kept but ids and levels."""

    records: RecordStore
    decisions: DecisionService
    signals: SignalStore
    current: Callable[[], Identity]
    matcher: Matcher
    kept_as: Callable[[str], str] = field(default=lambda actor: actor)

    def run(self, people: Sequence[People], terms: Terms, member: str) -> MatchRun:
        """Join who is one person with at least `terms.threshold`, propose who may be; the same files and terms do it once.

        Raises BadInput for one file of people too few, or when no id of the files is on any signal; Unavailable without a matcher.
        """
        version, total = self.matcher.version, sum(one.table.num_rows for one in people)
        if min(one.table.num_rows for one in people) < FEWEST_PEOPLE:
            raise BadInput(
                f"A file has fewer than {FEWEST_PEOPLE} people: too few to learn how often they agree by chance. "
                "Join a few people by hand: touchpath identity ID --same OTHER --why REASON."
            )
        known = self._known(people)
        scored = self.matcher.score([one.table for one in people], terms.seed, terms.propose_from)
        model = _fingerprint(version, *(f"{one.field} {one.number} {one.m:.6g} {one.u:.6g}" for one in scored.levels))
        run = _fingerprint(model, repr(terms), *(one.fingerprint for one in people))
        chosen = choose(self._as_kept(scored.pairs), self._facts(known), terms, len(people) == 2)
        basis = f"{version} {model}, files {', '.join(one.fingerprint for one in people)}"
        self._save_run(
            run, {"model": f"{version} {model}", "files": [one.fingerprint for one in people], **terms.document()}, member
        )
        matches = tuple(self._keep(run, one, basis, member) for one in chosen if one.state in (JOINED, PROPOSED))
        counts = Counter(one.note for one in chosen if one.state not in (JOINED, PROPOSED))
        states = Counter(one.state for one in matches)
        return MatchRun(run, f"{version} {model}", total, states[JOINED], states[PROPOSED], counts, matches, scored.levels)

    def matches(self, state: str = PROPOSED, run: str = "") -> tuple[Match, ...]:
        """Matches in a state ("" = any), likeliest first."""
        found = (_match(record) for record in self.records.list(KIND))
        wanted = (one for one in found if state in ("", one.state) and run in ("", one.run))
        return tuple(sorted(wanted, key=lambda one: (-one.probability, one.one, one.other)))

    def approve(self, id: str, member: str, why: str = "") -> Match:
        """Join a proposed pair on a member's word; raises Missing, or Conflict when it is not proposed any more."""
        match = self._proposed(id)
        self.decisions.decide(SAME, (match.one, match.other), member, _approved(match, why))
        return self._set(match, JOINED, member, _approved(match, why))

    def reject(self, id: str, member: str, why: str = "") -> Match:
        """Leave a proposed pair apart, for good: no later run proposes or joins it."""
        return self._set(self._proposed(id), REJECTED, member, why or "rejected")

    def undo(self, id: str, member: str, why: str = "") -> tuple[Match, ...]:
        """Take a run back, or one match of it; gives what was taken back.

        Decisions that a member made or changed since stay. A match taken back by itself counts as rejected; those of a run may come
        again with another one. Raises Missing when there is neither.
        """
        of_run = [one for one in self.matches("", id) if one.state in (JOINED, PROPOSED)]
        if of_run or self.records.revision(RUN_KIND, id):
            return self._take_back(of_run, UNDONE, member, why or f"run {id} taken back")
        match = self._load(id)
        if match.state != JOINED:
            raise Conflict(f"The match '{id}' is {match.state}: there is nothing to take back.")
        return self._take_back([match], REJECTED, member, why or "taken back")

    def _take_back(self, matches: Sequence[Match], state: str, member: str, why: str) -> tuple[Match, ...]:
        reasons = {one.id: one.why for one in self.decisions.list()}
        for match in matches:
            if match.state == JOINED and reasons.get(match.id) == self.records.load(KIND, match.id).why:
                self.decisions.undo(match.id, member, why)
        return tuple(self._set(one, state, member, why) for one in matches)

    def _keep(self, run: str, chosen: Chosen, basis: str, member: str) -> Match:
        """Keep what was chosen; the record comes first, so that a run cut short can be taken back, or finished by running again."""
        pair = chosen.pair
        id, fields = decision_id((pair.one, pair.other)), ", ".join(f"{name} {label}" for name, label in pair.levels.items())
        why = f"Matched with probability {pair.probability:.6g} ({fields}); run {run}, {basis}."
        match = Match(
            id, run, pair.one, pair.other, pair.probability, chosen.state, fields, chosen.note, member, datetime.now(UTC)
        )
        kept = self._set(match, chosen.state, member, why)
        if chosen.state == JOINED:
            self.decisions.decide(SAME, (pair.one, pair.other), member, why)
        return kept

    def _facts(self, known: frozenset[str]) -> Facts:
        identity, decided = self.current(), self.decisions.list()
        in_force = {one.id for one in decided}
        said = {one.ids for one in self.records_of(REJECTED)} | {one.ids for one in decided if one.verdict == APART}
        # Joined before, and then taken back on the page of the person: that too is a member's word.
        said |= {one.ids for one in self.records_of(JOINED) if one.id not in in_force and self._was_decided(one.id)}
        alone = frozenset(one.ids[0] for one in decided if one.verdict == ALONE)
        return Facts(known, frozenset(said), alone, lambda id: identity.persons.person(name_key(id)))

    def records_of(self, state: str) -> Iterator[Decision]:
        """Matches in a state as pairs of ids, the smaller one first."""
        for one in self.matches(state):
            yield Decision(one.id, (one.one, one.other), state, one.member, one.at, one.note)

    def _was_decided(self, id: str) -> bool:
        with suppress(Missing):
            return bool(self.decisions.history(id))
        return False

    def _known(self, people: Sequence[People]) -> frozenset[str]:
        """Which ids, as they are kept, are on some signal; raises BadInput when none is."""
        ids = {self.kept_as(id) for one in people for id in one.table["unique_id"].to_pylist()}
        seen = set[str]()
        for batch in self.signals.scan(("actors",), actor_keys=[name_key(id) for id in sorted(ids)]):
            seen.update(encode(batch["actors"].flatten()).dictionary.to_pylist())
        if not ids & seen:
            raise BadInput(
                f"No id of these files is on any signal; the first would be '{min(ids)}'. "
                "Say how the ids are written there: --namespace user, or --namespace external:SYSTEM."
            )
        return frozenset(ids & seen)

    def _as_kept(self, pairs: Iterable[ScoredPair]) -> list[ScoredPair]:
        found = []
        for pair in pairs:
            one, other = sorted((self.kept_as(pair.one), self.kept_as(pair.other)))
            if one != other:
                found.append(ScoredPair(one, other, pair.probability, pair.levels))
        return found

    def _save_run(self, run: str, document: Mapping[str, object], member: str) -> None:
        self.records.save(RUN_KIND, run, document, expected=self.records.revision(RUN_KIND, run), member=member)

    def _set(self, match: Match, state: str, member: str, why: str) -> Match:
        """Save a match with a new state. Each id in a field of its own: when somebody is erased, the record goes whole."""
        names = ("run", "one", "other", "probability", "fields", "note")
        document = {**{name: getattr(match, name) for name in names}, "state": state}
        self.records.save(KIND, match.id, document, expected=self.records.revision(KIND, match.id), member=member, why=why)
        return self._load(match.id)

    def _load(self, id: str) -> Match:
        if not self.records.revision(KIND, id):
            raise Missing(f"There is no match and no run '{id}'. See: touchpath match proposals --all.")
        return _match(self.records.load(KIND, id))

    def _proposed(self, id: str) -> Match:
        match = self._load(id)
        if match.state != PROPOSED:
            raise Conflict(f"The match '{id}' is {match.state}, not proposed.")
        return match


def _approved(match: Match, why: str) -> str:
    return f"{why.strip() or 'Approved'} (matched with probability {match.probability:.6g}: {match.fields}; run {match.run})"


def _fingerprint(*texts: str) -> str:
    return hashlib.sha256("\x1f".join(texts).encode()).hexdigest()[:12]


def _match(record: Record) -> Match:
    said = {name: str(record.document[name]) for name in ("run", "one", "other", "state", "fields", "note")}
    return Match(
        *(record.id, said["run"], said["one"], said["other"], float(str(record.document["probability"]))),
        *(said["state"], said["fields"], said["note"], record.member, record.at),
    )
