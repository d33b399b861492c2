"""One account in full: the people in it with their roles, who of them was asked and answered, and its signals of all silos."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from touchpath.model.keys import name_key
from touchpath.model.time import from_micros
from touchpath.services.account_book import Book
from touchpath.services.accounts import AccountRow, share_of
from touchpath.services.results import Measurement, Number
from touchpath.services.tables import Row, number_row, rows
from touchpath.store.signals import SignalStore
from touchpath.store.timelines import TimelineStore
from touchpath.timelines.arrays import Int64s, TimelineSet
from touchpath.timelines.fold import Selection

#: So many people of an account are listed.
MOST_PEOPLE = 200
#: Which of a person's ids is shown first.
_BEST = ("user", "external", "email", "anonymous")


@dataclass(frozen=True, slots=True)
class AccountMember:
    """Somebody in an account. signals: that name the account; rating: their latest answer to the question of the score."""

    actor: str
    roles: tuple[str, ...]
    signals: int
    first: datetime
    last: datetime
    asked: bool
    answered: bool
    rating: float | None


@dataclass(frozen=True, slots=True)
class RoleCoverage:
    """A role in an account: how many have it, were asked, and answered. title "" = people without any role."""

    title: str
    people: int | None
    asked: int | None
    answered: int | None
    response: Number

    @property
    def silent(self) -> bool:
        """Whether somebody has the role and nobody who has it ever answered."""
        return bool(self.people) and self.answered == 0


@dataclass(frozen=True, slots=True)
class AccountFound:
    """One account. numbers: UX and CX of its people; question: what the rating is an answer to."""

    row: AccountRow
    roles: tuple[RoleCoverage, ...]
    members: tuple[AccountMember, ...]
    numbers: tuple[Measurement, ...]
    question: str
    scale: tuple[int, int]
    notes: tuple[str, ...]
    data_version: str


def people_of(book: Book, id: str) -> Selection:
    """Everybody in an account; raises Missing."""
    code = book.codes[book.place(id)]
    keys = np.sort(book.membership.people[book.membership.accounts == code])
    return Selection("person", keys, id, book.data_version)


def role_coverage(book: Book, id: str) -> tuple[RoleCoverage, ...]:
    """The roles of an account's people, those that nobody has left out; then the people without a role."""
    code = int(book.codes[book.place(id)])
    everybody, asked, answered = people_of(book, id).keys, book.asked.among(code), book.answered.among(code)
    found = [(title, np.intersect1d(pairs.among(code), everybody)) for title, pairs in book.roles]
    with_role = np.concatenate([people for _, people in found] or [np.empty(0, np.int64)])
    found.append(("", np.setdiff1d(everybody, with_role)))
    return tuple(_coverage(book, title, people, asked, answered) for title, people in found if people.size)


def _coverage(book: Book, title: str, people: Int64s, asked: Int64s, answered: Int64s) -> RoleCoverage:
    theirs = np.intersect1d(people, asked)
    both = int(np.intersect1d(theirs, answered).size)
    response = share_of(both, int(theirs.size), "nobody was asked", book.confidence, book.data_version)
    return RoleCoverage(title, int(people.size), int(theirs.size), int(np.intersect1d(people, answered).size), response)


def list_members(
    book: Book, id: str, signals: SignalStore, timelines: TimelineStore[TimelineSet], limit: int = MOST_PEOPLE
) -> tuple[AccountMember, ...]:
    """The people of an account, the most active first, by the id that says most about them."""
    code = int(book.codes[book.place(id)])
    mine = np.flatnonzero(book.membership.accounts == code)
    order = mine[np.lexsort((book.membership.people[mine], -book.membership.signals[mine]))][:limit]
    people = book.membership.people[order].tolist()
    names = names_of(people, signals, timelines)
    asked, answered = frozenset(book.asked.among(code).tolist()), frozenset(book.answered.among(code).tolist())
    roles = [(title, frozenset(pairs.among(code).tolist())) for title, pairs in book.roles]
    chosen = book.answers.accounts == code
    ratings = dict(zip(book.answers.people[chosen].tolist(), book.answers.ratings[chosen].tolist(), strict=True))
    return tuple(
        AccountMember(
            actor=names.get(person, ""),
            roles=tuple(title for title, who in roles if person in who),
            signals=int(book.membership.signals[at]),
            first=from_micros(int(book.membership.first[at])),
            last=from_micros(int(book.membership.last[at])),
            asked=person in asked,
            answered=person in answered,
            rating=ratings.get(person),
        )
        for at, person in zip(order.tolist(), people, strict=True)
        if person in names
    )


def names_of(people: Sequence[int], signals: SignalStore, timelines: TimelineStore[TimelineSet]) -> dict[int, str]:
    """The best id of each person, looked up among their signals."""
    owner = {key: person for person in people for key in timelines.actors_of(person)}
    found = dict[int, str]()
    for name in _names(signals, list(owner)):
        person = owner.get(name_key(name))
        if person is not None and (person not in found or _rank(name) < _rank(found[person])):
            found[person] = name
    return found


def _names(signals: SignalStore, keys: Sequence[int]) -> Iterator[str]:
    seen = set[str]()
    for batch in signals.scan(["actors"], actor_keys=keys) if keys else ():
        fresh = {name for names in batch["actors"].to_pylist() for name in names or ()} - seen
        seen |= fresh
        yield from fresh


def _rank(name: str) -> tuple[int, str]:
    space = name.partition(":")[0]
    return (_BEST.index(space) if space in _BEST else len(_BEST), name)


@rows.register
def _(answer: AccountFound) -> list[Row]:
    """One row for each person, then each role, then each number."""
    people: list[Row] = [
        {"what": "person", "name": one.actor, "roles": ", ".join(one.roles), "signals": one.signals, "asked": one.asked, "answered": one.answered, **_blank(one.rating)}
        for one in answer.members
    ]  # fmt: skip
    roles: list[Row] = [
        {"what": "role", "name": one.title or "(no role)", "roles": "", "signals": one.people, "asked": one.asked, "answered": one.answered, **number_row(one.response)}
        for one in answer.roles
    ]  # fmt: skip
    numbers: list[Row] = [
        {"what": "number", "name": f"{one.metric.title}: {one.about}", "roles": "", "signals": None, "asked": None, "answered": None, **number_row(one.total)}
        for one in answer.numbers
    ]  # fmt: skip
    return [*people, *roles, *numbers]


def _blank(rating: float | None) -> Row:
    none: Row = dict.fromkeys(("low", "high", "confidence"))
    return {"value": rating, "low": none["low"], "high": none["high"], "unit": "score", "n": 1 if rating is not None else 0, "n_unit": "answers", "confidence": none["confidence"], "method": "", "note": ""}  # fmt: skip
