"""Accounts: the organisations that people belong to, as answers tell them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.experience import Question
from touchpath.services.results import Number
from touchpath.services.tables import Row, number_row, rows
from touchpath.stats.intervals import clip
from touchpath.stats.means import mean_from_sums, mean_t_interval
from touchpath.stats.proportions import wilson_interval

#: What accounts can be ordered by; each the largest, soonest or worst first.
SORTS = ("people", "name", "paid", "recurring", "renewal", "score", "coverage", "last")
WEIGHTS = ("people", "account", "revenue")


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account. people, asked, answered: how many; paid: money of the last year; recurring: of a month; None = nobody knows.

    score: the mean of its people's latest answers to the question that the list is about.
    """

    id: str
    title: str
    people: int
    signals: int
    first: datetime
    last: datetime
    paid: float | None
    recurring: float | None
    currency: str
    renewal: date | None
    asked: int | None
    answered: int | None
    response: Number
    score: Number


@dataclass(frozen=True, slots=True)
class Accounts:
    """A part of the accounts, in the order asked for. matching: of all those that fit the search; small: accounts that are not shown singly,
    and the people in them.

    heard: share of the accounts of which anybody answered. averages: of the scores, each account weighing as much as it has answers
    ("people"), as any other ("account"), or as it pays ("revenue").
    """

    rows: tuple[AccountRow, ...]
    matching: int
    total: int
    small: int
    start: int
    sort: str
    question: str
    question_title: str
    scale: tuple[int, int]
    heard: Number
    averages: dict[str, Number]
    currency: str
    notes: tuple[str, ...]
    data_version: str


def share_of(part: int, whole: int, nobody: str, confidence: float, version: str, unit: str = "people") -> Number:
    """A share with its Wilson interval, or why there is none."""
    if not whole:
        return Undefined(nobody, 0, unit)
    low, high = wilson_interval(part, whole, confidence)
    return Estimate(part / whole, low, high, whole, unit, "share", confidence, "Wilson score interval", data_version=version)


def mean_score(n: int, total: float, squares: float, question: Question, confidence: float, version: str) -> Number:
    """The mean of ratings with its t interval, kept on the scale; one answer alone has no interval, and none has no number."""
    if n < 2:
        return Undefined("nobody answered" if not n else f"one answer ({total:g}), and an interval needs two", n, "answers")
    mean = mean_from_sums(n, total, squares)
    limits = clip(*mean_t_interval(mean, confidence), question.low, question.high)
    found = Estimate(mean.mean, limits.low, limits.high, n, "answers", "score", confidence, "t interval", data_version=version)
    return found.warned("All answers are the same, so the interval says less than it seems.") if mean.error == 0 else found


@rows.register
def _(answer: Accounts) -> list[Row]:
    return [_row(one) for one in answer.rows]


def _row(one: AccountRow) -> Row:
    plain: Row = {
        "account": one.id, "name": one.title, "people": one.people, "signals": one.signals, "last": one.last, "paid": one.paid,
        "recurring": one.recurring, "currency": one.currency, "renewal": one.renewal.isoformat() if one.renewal else None,
        "asked": one.asked, "answered": one.answered,
    }  # fmt: skip
    return {**plain, **number_row(one.score)}
