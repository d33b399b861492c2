"""The book of accounts: who is in them, what they pay, when they renew, and who of them was asked, for all of them at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np

from touchpath.model.errors import BadInput, Missing
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.experience import Question
from touchpath.model.time import from_micros
from touchpath.services.account_facts import Floats
from touchpath.services.accounts import SORTS, AccountRow, mean_score, share_of
from touchpath.services.results import Number
from touchpath.stats.clustered import clustered_ratio_interval, sum_people
from touchpath.stats.intervals import clip
from touchpath.timelines.accounts import Membership
from touchpath.timelines.arrays import Int64s


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """People's latest answers to one question, one row for each person in an account. ratings: plain numbers."""

    accounts: Int64s
    people: Int64s
    ratings: Floats


@dataclass(frozen=True, eq=False)
class Book:
    """All accounts, an array each: one account stands at the same place in all of them.

    codes: word codes, ascending.   paid, recurring: NaN = nobody knows.   asked, answered: pairs of account and person, by code and key.
    roles: for each role of the model its pairs.
    """

    codes: Int64s
    ids: tuple[str, ...]
    titles: tuple[str, ...]
    people: Int64s
    signals: Int64s
    first: Int64s
    last: Int64s
    paid: Floats
    recurring: Floats
    currency: str
    renewals: tuple[date | None, ...]
    membership: Membership
    asked: Pairs
    answered: Pairs
    roles: tuple[tuple[str, Pairs], ...]
    question: Question | None
    answers: Answers
    end: int
    data_version: str
    notes: tuple[str, ...]
    confidence: float
    _places: dict[str, int] = field(default_factory=dict, repr=False)

    def place(self, id: str) -> int:
        """Where an account stands; raises Missing."""
        if not self._places:
            self._places.update({name: place for place, name in enumerate(self.ids)})
        if id not in self._places:
            raise Missing(f"There is no account '{id}'. Search the accounts for a part of its id or name.")
        return self._places[id]

    @cached_property
    def scores(self) -> tuple[Int64s, Floats, Floats]:
        """(accounts,) how many answered the question, the sum of their ratings, and of their squares."""
        return self._sums(self.answers.ratings)

    def _sums(self, ratings: Floats) -> tuple[Int64s, Floats, Floats]:
        at, size = self._at(self.answers.accounts), self.codes.size
        counts = np.bincount(at, minlength=size).astype(np.int64)
        return counts, np.bincount(at, ratings, size).astype(np.float64), np.bincount(at, ratings**2, size).astype(np.float64)

    def _at(self, codes: Int64s) -> Int64s:
        return np.searchsorted(self.codes, codes).astype(np.int64)

    def counted(self, pairs: Pairs) -> Int64s:
        """(accounts,) how many people each has among some pairs."""
        return np.bincount(self._at(pairs.accounts), minlength=self.codes.size).astype(np.int64)

    @cached_property
    def _asked(self) -> Int64s:
        return self.counted(self.asked)

    @cached_property
    def _answered(self) -> Int64s:
        return self.counted(self.asked.also(self.answered))

    @cached_property
    def _heard(self) -> Int64s:
        return self.counted(self.answered)

    def row(self, place: int) -> AccountRow:
        """One account."""
        asked, answered = int(self._asked[place]), int(self._answered[place])
        return AccountRow(
            id=self.ids[place],
            title=self.titles[place],
            people=int(self.people[place]),
            signals=int(self.signals[place]),
            first=from_micros(int(self.first[place])),
            last=from_micros(int(self.last[place])),
            paid=_known(self.paid[place]),
            recurring=_known(self.recurring[place]),
            currency=self.currency,
            renewal=self.renewals[place],
            asked=asked,
            answered=int(self._heard[place]),
            response=share_of(answered, asked, "nobody was asked", self.confidence, self.data_version),
            score=self.score(place),
        )

    def score(self, place: int) -> Number:
        """The mean of the latest answers of an account's people."""
        if self.question is None:
            return Undefined("the model asks no question with ratings")
        count, total, squares = (one[place] for one in self.scores)
        return mean_score(int(count), float(total), float(squares), self.question, self.confidence, self.data_version)

    def order(self, sort: str) -> Int64s:
        """The places of all accounts in an order: the largest, soonest, worst first; those without a value last. Raises BadInput."""
        if sort not in SORTS:
            raise BadInput(f"Accounts cannot be ordered by '{sort}'. They can by: {', '.join(SORTS)}.")
        if sort == "name":
            return np.array(sorted(range(self.codes.size), key=lambda at: (self.titles[at].casefold(), self.ids[at])), np.int64)
        return np.lexsort((self.codes, self._key(sort))).astype(np.int64)

    def _key(self, sort: str) -> Floats:
        count, total, _ = self.scores
        with np.errstate(invalid="ignore", divide="ignore"):
            keys: dict[str, Floats] = {
                "people": -self.people.astype(np.float64),
                "paid": -self.paid,
                "recurring": -self.recurring,
                "renewal": self._until_renewal(),
                "score": np.asarray(
                    total / count + np.where(count == 1, 1e6, 0.0), np.float64
                ),  # one answer alone makes no score
                "coverage": np.asarray(self._answered / self._asked, np.float64),
                "last": -self.last.astype(np.float64),
            }
        found = keys[sort].copy()
        found[np.isnan(found)] = np.inf
        return found

    def _until_renewal(self) -> Floats:
        """Days from the last signal; those that are over after all that are to come, the latest first."""
        today = from_micros(self.end).date()
        days = [np.nan if day is None else float((day - today).days) for day in self.renewals]
        return np.array([day if not day < 0 else 1e6 - day for day in days], np.float64)

    def averages(self, least: int = 1) -> dict[str, Number]:
        """The mean rating of everybody in accounts, of accounts, and of money; intervals have accounts as their unit.

        least: accounts with fewer answers do not count.
        """
        if self.question is None:
            return {}
        count, total, _ = self.scores
        some = (count >= max(1, least)) & (self.people >= least)
        means = total[some] / count[some]
        revenue = np.nan_to_num(self.paid[some])
        weighed = {"people": count[some].astype(np.float64), "account": np.ones(means.size), "revenue": np.maximum(revenue, 0.0)}
        return {name: self._average(weights, means) for name, weights in weighed.items()}

    def _average(self, weights: Floats, means: Floats) -> Number:
        used = weights > 0
        if int(used.sum()) < 2:
            return Undefined("an average needs two accounts with an answer", int(used.sum()), "accounts")
        sums = sum_people(weights[used].tolist(), (weights[used] * means[used]).tolist())
        assert self.question is not None, "averages are of a question"
        limits = clip(*clustered_ratio_interval(sums, self.confidence), self.question.low, self.question.high)
        return Estimate(
            sums.y / sums.x, limits.low, limits.high, int(used.sum()), "accounts", "score", self.confidence,
            "t, linearised, accounts as the unit", data_version=self.data_version,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Accounts and people who belong together for some reason, each pair once, by account, then person."""

    accounts: Int64s
    people: Int64s

    @classmethod
    def of(cls, accounts: Int64s, people: Int64s) -> Pairs:
        """Pairs, each once; nobody is no person."""
        known = people != 0
        found = np.unique(np.stack((accounts[known], people[known]), axis=1), axis=0)
        return cls(found[:, 0], found[:, 1])

    def among(self, account: int) -> Int64s:
        """The people of one account, ascending."""
        low, high = np.searchsorted(self.accounts, [account, account + 1])
        return self.people[low:high]

    def also(self, others: Pairs) -> Pairs:
        """The pairs that are among others, too."""
        both = np.concatenate((np.stack((self.accounts, self.people), 1), np.stack((others.accounts, others.people), 1)))
        found, counts = np.unique(both, axis=0, return_counts=True)
        return Pairs(found[counts > 1, 0], found[counts > 1, 1])


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
