"""Which likely pairs are joined without asking, which are proposed, which are left: probability alone does not join people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from touchpath.model.errors import BadInput

JOINED, PROPOSED, LEFT = "joined", "proposed", "left"
#: How two rows may agree in a field, beside what a matcher calls the steps in between.
SAME, DIFFERENT, NOT_KNOWN = "same", "different", "not known"
#: What is somebody's own, and not their household's or their namesakes'.
_OWN = ("given", "email", "phone", "born")
#: What does not change when somebody moves: who differs here may be a twin, a parent, a partner.
_LASTING = {"given": "the given name differs", "born": "the day of birth differs"}


@dataclass(frozen=True, slots=True)
class ScoredPair:
    """Two actor ids, the smaller one first, how likely they are one person, and how each field agreed."""

    one: str
    other: str
    probability: float
    levels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a run may do. most_ids: no more ids than this of the files become one person. seed: of the random pairs that are learned from."""

    threshold: float = 0.99
    propose_from: float = 0.8
    most_ids: int = 5
    seed: int = 1

    def __post_init__(self) -> None:
        if not 0.5 <= self.propose_from <= self.threshold < 1:
            raise BadInput(
                f"The threshold came as {self.threshold}, the proposals from {self.propose_from}. "
                "Give 0.5 <= propose-from <= threshold < 1, as in 0.8 and 0.99."
            )
        if self.most_ids < 2:
            raise BadInput(f"The most ids of a person came as {self.most_ids}. Give 2 or more.")

    def document(self) -> dict[str, object]:
        """The terms as a record tells them."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known besides. known: ids on signals. refused: pairs that a member parted. alone: ids that join nobody."""

    known: frozenset[str]
    refused: frozenset[tuple[str, ...]]
    alone: frozenset[str]
    person: Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What becomes of a pair, and why it is not joined."""

    pair: ScoredPair
    state: str
    note: str = ""


def choose(pairs: Sequence[ScoredPair], facts: Facts, terms: Terms, two_files: bool) -> list[Chosen]:
    """What becomes of each pair, likeliest first; the order in which they come changes nothing.

    Between two files everybody has one partner: only pairs that are each other's best are joined. Within one file a group grows by its
    best pairs, as long as every two ids of it are likely one person (complete linkage), so that no chain joins strangers.
    """
    ordered = sorted(pairs, key=lambda one: (-one.probability, one.one, one.other))
    rivals = _Rivals(ordered) if two_files else None
    groups = _Groups(ordered, facts, terms, complete=not two_files)
    chosen = []
    for pair in ordered:
        if left := _why_left(pair, facts):
            chosen.append(Chosen(pair, LEFT, left))
            continue
        doubt = _doubt(pair, terms) or (rivals.doubt(pair) if rivals else "") or groups.join(pair)
        chosen.append(Chosen(pair, PROPOSED if doubt else JOINED, doubt))
    return chosen


def _why_left(pair: ScoredPair, facts: Facts) -> str:
    if not {pair.one, pair.other} <= facts.known:
        return "on no signal"
    if (pair.one, pair.other) in facts.refused or {pair.one, pair.other} & facts.alone:
        return "a member said no"
    return "one person already" if facts.person(pair.one) == facts.person(pair.other) else ""


def _doubt(pair: ScoredPair, terms: Terms) -> str:
    """Why a pair is not joined without asking, as far as it alone tells."""
    if pair.probability < terms.threshold:
        return "below the threshold"
    for name, words in _LASTING.items():
        if pair.levels.get(name) == DIFFERENT:
            return words
    agreeing = [name for name, label in pair.levels.items() if label not in (DIFFERENT, NOT_KNOWN)]
    if len(agreeing) < 2 or not set(agreeing) & set(_OWN):
        return "too little agrees"
    return ""


class _Rivals:
    """Who fits whom best, between two files."""

    def __init__(self, pairs: Sequence[ScoredPair]) -> None:
        self._best = defaultdict[str, list[float]](list)
        for pair in pairs:
            for id in (pair.one, pair.other):
                self._best[id].append(pair.probability)

    def doubt(self, pair: ScoredPair) -> str:
        for id in (pair.one, pair.other):
            if sum(one >= pair.probability for one in self._best[id]) > 1:
                return "somebody else fits as well or better"
        return ""


class _Groups:
    """Ids that become one person, with those that are one already."""

    def __init__(self, pairs: Sequence[ScoredPair], facts: Facts, terms: Terms, complete: bool) -> None:
        self._likely = {(pair.one, pair.other) for pair in pairs}
        self._members = defaultdict[int, set[str]](set)
        self._refused, self._terms, self._complete = facts.refused, terms, complete
        self._group = {id: facts.person(id) for pair in pairs for id in (pair.one, pair.other)}
        for id, person in self._group.items():
            self._members[person].add(id)

    def join(self, pair: ScoredPair) -> str:
        """Join two groups, or tell why not."""
        one, other = self._group[pair.one], self._group[pair.other]
        if one == other:
            return ""
        first, second = self._members[one], self._members[other]
        if len(first) + len(second) > self._terms.most_ids:
            return f"more than {self._terms.most_ids} ids would become one person"
        across = set(_across(first, second))
        if across & self._refused:
            return "it would join ids that a member keeps apart"
        if self._complete and not across <= self._likely:
            return "it would join ids that are not alike themselves"
        for id in self._members.pop(other):
            self._group[id] = one
            first.add(id)
        return ""


def _across(first: set[str], second: set[str]) -> Iterator[tuple[str, str]]:
    for one in first:
        for other in second:
            yield (one, other) if one < other else (other, one)
