"""The book of accounts: who is in them, what they pay, when they renew, and who of them was asked, for all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from touchpath.model.errors import BadInput, Missing
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.experience import AccountFacts, Experience, Question
from touchpath.model.rules import EventRule
from touchpath.model.time import from_micros
from touchpath.services.accounts import SORTS, AccountRow, Accounts, mean_score, share_of
from touchpath.services.ground import Ground
from touchpath.services.personal_details import hide_details
from touchpath.services.responses import SENT
from touchpath.services.results import Number
from touchpath.stats.clustered import clustered_ratio_interval, sum_people
from touchpath.stats.intervals import clip
from touchpath.timelines.accounts import Membership, Told, find_activity, find_membership, latest_of, tell
from touchpath.timelines.arrays import NO_VALUE, VALUE_SCALE, Int64s, TimelineSet

Floats = NDArray[np.float64]

#: What is read where the model says nothing: the kinds that connectors of billing systems write.
PAID = EventRule(("invoice.paid",))
SETS = EventRule(("subscription.started", "subscription.renewed", "subscription.changed"))
ENDS = EventRule(("subscription.cancelled",))
SAME = "subscription"
#: A rule that no signal meets, where the model asks nothing.
_NOTHING = EventRule(("(nothing)",))
#: Money that came in is told of so many days before the last signal.
PAID_DAYS = 365
_DAY = 86_400_000_000


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


def open_book(ground: Ground, question: str = "", confidence: float = 0.95) -> Book:
    """All accounts of a workspace. question: whose answers make the score; "" = the first that people recommend or are satisfied by.

    Raises Missing for an unknown question.
    """
    experience, people = ground.experience, ground.open("person")
    facts = experience.accounts or AccountFacts()
    asked = find_question(experience, question)
    words = people.words.get("account", ("",))
    accounts = (
        ground.open("account") if len(words) > 1 else TimelineSet("account", (), people.first, people.end, people.data_version)
    )
    membership = find_membership(people)
    activity = find_activity(people, accounts, membership)
    codes = np.flatnonzero(activity.signals[: len(words)] > 0).astype(np.int64)
    money = (facts.paid or PAID, facts.sets or SETS, facts.ends or ENDS)
    questions = tuple(one.asked for one in experience.questions)
    roles = tuple(role.rule for role in experience.roles)
    rules = (*money, EventRule(SENT), *([asked.asked] if asked else [_NOTHING]), *questions, *roles)
    told = tell(people, accounts, membership, rules, facts.same or SAME)
    paid, sets, ends, sent, rated = told[:5]
    said, is_role = told[5 : 5 + len(questions)], told[5 + len(questions) :]
    notes, currency = list[str](), _currency(people, (paid, sets))
    if " " in currency:
        notes.append(
            f"Money comes in several currencies ({currency}), which cannot be added up. Name one in the model, as in accounts: {{paid: {{kind: invoice.paid, where: {{unit: EUR}}}}}}."
        )
    names = latest_of(accounts, facts.name) if facts.name else {}
    renewals, unreadable = _renewals(latest_of(accounts, facts.renewal) if facts.renewal else {}, codes)
    if unreadable:
        notes.append(f"{unreadable:,} renewal dates could not be read. Write them as in 2026-03-31.")
    one_currency = " " not in currency
    return Book(
        codes=codes,
        ids=tuple(words[code] for code in codes.tolist()),
        titles=tuple(hide_details(names[code], ground.detectors) if code in names else words[code] for code in codes.tolist()),
        people=np.bincount(np.searchsorted(codes, membership.accounts), minlength=codes.size).astype(np.int64),
        signals=activity.signals[codes],
        first=activity.first[codes],
        last=activity.last[codes],
        paid=_paid(paid, codes, people.end) if one_currency else np.full(codes.size, np.nan),
        recurring=_recurring(sets, ends, codes) if one_currency else np.full(codes.size, np.nan),
        currency=currency if one_currency else "",
        renewals=renewals,
        membership=membership,
        asked=Pairs.of(sent.accounts, sent.people),
        answered=Pairs.of(
            *(np.concatenate([getattr(one, name) for one in said] or [np.empty(0, np.int64)]) for name in ("accounts", "people"))
        ),
        roles=tuple(
            (role.title, Pairs.of(one.accounts, one.people)) for role, one in zip(experience.roles, is_role, strict=True)
        ),
        question=asked,
        answers=_latest(rated, asked),
        end=people.end,
        data_version=people.data_version,
        notes=tuple(notes),
        confidence=confidence,
    )


def list_accounts(book: Book, search: str = "", sort: str = "people", start: int = 0, size: int = 50, least: int = 1) -> Accounts:
    """A part of the accounts whose id or name holds the words. least: accounts of fewer people are not shown singly."""
    order = book.order(sort)
    shown = order[book.people[order] >= least] if least > 1 else order
    words = search.casefold().split()
    if words:
        shown = np.array([at for at in shown.tolist() if _holds(book, at, words)], np.int64)
    question = book.question
    some = book.counted(book.answered) > 0
    return Accounts(
        rows=tuple(book.row(int(place)) for place in shown[start : start + size]),
        matching=int(shown.size),
        total=int(book.codes.size),
        small=int((book.people < least).sum()) if least > 1 else 0,
        start=start,
        sort=sort,
        question=question.id if question else "",
        question_title=question.title if question else "",
        scale=(question.low, question.high) if question else (0, 0),
        heard=share_of(int(some.sum()), int(some.size), "there are no accounts", book.confidence, book.data_version, "accounts"),
        averages=book.averages(least),
        currency=book.currency,
        notes=book.notes,
        data_version=book.data_version,
    )


def find_question(experience: Experience, id: str) -> Question | None:
    """The question that makes the score: the one named, or the first of recommendation, satisfaction, effort, or any; None without one."""
    if id:
        return experience.question(id)
    alone = [one for one in experience.questions if not one.questionnaire]
    for metric in ("nps", "customer_satisfaction", "customer_effort"):
        if found := next((one for one in alone if one.metric == metric), None):
            return found
    return next(iter(alone), None)


def _holds(book: Book, place: int, words: Sequence[str]) -> bool:
    text = f"{book.ids[place]} {book.titles[place]}".casefold()
    return all(word in text for word in words)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _currency(people: TimelineSet, told: Sequence[Told]) -> str:
    """The one currency of all values, "" for none, or several with blanks between."""
    words = people.words.get("unit", ("",))
    codes = np.unique(np.concatenate([one.units[one.values != NO_VALUE] for one in told] or [np.empty(0, np.int64)]))
    return " ".join(sorted(words[code] for code in codes.tolist() if code))


def _paid(told: Told, codes: Int64s, end: int) -> Floats:
    """(accounts,) what came in during the last year; NaN of those who never paid anything."""
    priced = told.values != NO_VALUE
    at = np.searchsorted(codes, told.accounts)
    ever = np.bincount(at[priced], minlength=codes.size) > 0
    late = priced & (told.times > end - PAID_DAYS * _DAY)
    sums = np.zeros(codes.size, np.int64)
    np.add.at(sums, at[late], told.values[late])
    return np.where(ever, sums / VALUE_SCALE, np.nan)


def _recurring(sets: Told, ends: Told, codes: Int64s) -> Floats:
    """(accounts,) the sum of the levels that hold at the end, one of each object: what set it last, unless something ended it since."""
    times = np.concatenate((sets.times, ends.times))
    accounts, objects = np.concatenate((sets.accounts, ends.accounts)), np.concatenate((sets.objects, ends.objects))
    values = np.concatenate((sets.values, np.zeros(ends.times.size, np.int64)))
    known = values != NO_VALUE  # what has no price leaves the level as it was
    order = np.lexsort((times[known], objects[known], accounts[known]))
    accounts, objects, values = (one[known][order] for one in (accounts, objects, values))
    last = np.append((accounts[1:] != accounts[:-1]) | (objects[1:] != objects[:-1]), True)[: accounts.size]
    at, sums = np.searchsorted(codes, accounts[last]), np.zeros(codes.size, np.int64)
    np.add.at(sums, at, values[last])
    ever = np.bincount(np.searchsorted(codes, accounts), minlength=codes.size) > 0
    return np.where(ever, sums / VALUE_SCALE, np.nan)


def _latest(told: Told, question: Question | None) -> Answers:
    """Each person's latest answer on the scale."""
    ratings = told.values / VALUE_SCALE
    valid = np.zeros(told.times.size, np.bool_)
    if question is not None:
        valid = (told.values != NO_VALUE) & (ratings >= question.low) & (ratings <= question.high) & (told.people != 0)
    order = np.lexsort((told.keys[valid], told.times[valid], told.people[valid], told.accounts[valid]))
    accounts, people, found = (one[valid][order] for one in (told.accounts, told.people, ratings))
    last = np.append((accounts[1:] != accounts[:-1]) | (people[1:] != people[:-1]), True)[: accounts.size]
    return Answers(accounts[last], people[last], found[last])


def _renewals(told: dict[int, str], codes: Int64s) -> tuple[tuple[date | None, ...], int]:
    """The day of each account, and how many texts are none."""
    days = {code: read_day(text) for code, text in told.items()}
    return tuple(days.get(code) for code in codes.tolist()), sum(day is None for day in days.values())


def read_day(text: str) -> date | None:
    """A day from what sources write: 2026-03-31, a moment that begins so, or seconds since 1970. None for anything else.

    >>> read_day("2026-03-31T10:00:00Z"), read_day("1774915200"), read_day("soon")
    (datetime.date(2026, 3, 31), datetime.date(2026, 3, 31), None)
    """
    try:
        if text.isdigit() and 9 <= len(text) <= 11:
            return datetime.fromtimestamp(int(text), UTC).date()
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
