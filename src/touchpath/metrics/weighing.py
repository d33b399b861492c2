"""Numbers in which accounts weigh otherwise than by how many of their people answered: each person once, each account once, or by revenue.

One weight for each answer, attempt or response, and accounts as clusters, since people of one account are alike; whoever is in no account is
a cluster of their own. The statistics are those of `stats/weights.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from touchpath.metrics.conclude import FEW
from touchpath.metrics.metric import Definition, Number
from touchpath.model.estimate import Estimate, Undefined
from touchpath.model.experience import Question
from touchpath.stats.intervals import Interval
from touchpath.stats.raking import effective_n
from touchpath.stats.weights import Weighted, weighted_mean, weighted_nps, weighted_share
from touchpath.timelines.answers import Answers
from touchpath.timelines.arrays import Int64s
from touchpath.timelines.attempts import ABANDONED, SUCCEEDED
from touchpath.timelines.one_by_one import ACCOUNT, PERSON, POINTS, TIMES, Accounted
from touchpath.timelines.questionnaires import Scores
from touchpath.timelines.tasks import Attempts

Floats = NDArray[np.float64]

#: How often counts: each person once, each account once, or as it pays.
Weight = Literal["people", "account", "revenue"]
WEIGHTS: tuple[Weight, ...] = get_args(Weight)
#: From this share of all weight on, a number is nearly that of one account alone.
DOMINANT = 0.5

_MEANS = ("customer_effort", "single_ease", "customer_effort_2010", "review_rating")
_SHARES_OF_ENDINGS = {"task_success": SUCCEEDED, "task_abandonment": ABANDONED}


@dataclass(frozen=True, slots=True)
class Scoring:
    """What points are worth: a mean of floor + points * step between two ends, a share of points (first to last), or a net score of them.

    net: the last point of those who warn and the first of those who recommend.
    """

    sort: Literal["mean", "share", "net"]
    n_unit: str
    first: int = 0
    last: int = 0
    floor: float = 0.0
    step: float = 1.0
    ends: tuple[float, float] = (-math.inf, math.inf)

    @property
    def unit(self) -> str:
        """As in Estimate."""
        return "share" if self.sort == "share" else "score"

    def worth(self, points: Int64s) -> Floats:
        """(rows,) what each counts as."""
        if self.sort == "share":
            return ((points >= self.first) & (points <= self.last)).astype(np.float64)
        if self.sort == "net":
            return (points >= self.last).astype(np.float64) - (points <= self.first)
        return np.asarray(self.floor + points * self.step, np.float64)


@dataclass(frozen=True, slots=True)
class Money:
    """What each account pays, by word code, for those who pay anything. of: "paid" in a year, or "recurring" by the month; problem: why there is none."""

    amounts: Mapping[int, float]
    of: Literal["paid", "recurring"] = "paid"
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Weighing:
    """One number with weights, beside the same answers without.

    number: with weights; plain: each answer once. Both have accounts as clusters. accounts: how many count. alone: answers of people in no
    account that count; left_out: answers that do not; None = hidden. effective_n: Kish's, of the answers. weighting_effect: answers / effective n.
    design_effect: the squared error as a multiple of that of as many independent answers of equal weight. effective_accounts: Kish's, of the
    weights of clusters. largest: the share of all weight that one account has. small: accounts of few people that do not count for viewers.
    money: what revenue was read from.
    """

    weight: Weight
    number: Number
    plain: Number
    accounts: int = 0
    alone: int | None = 0
    left_out: int = 0
    effective_n: float | None = None
    weighting_effect: float | None = None
    design_effect: float | None = None
    effective_accounts: float | None = None
    largest: float | None = None
    small: int = 0
    money: str = ""

    @property
    def dominated(self) -> bool:
        """Whether one account has so much of the weight that the number is nearly its own."""
        return self.largest is not None and self.largest >= DOMINANT

    @property
    def sentence(self) -> str:
        """What was done, in words."""
        how = {
            "people": "Each person counts once",
            "account": "Each account counts once, however many of its people count",
            "revenue": "Accounts count by what they pay a month"
            if self.money == "recurring"
            else "Accounts count by what they paid in the last year",
        }[self.weight]
        if not isinstance(self.plain, Estimate) or self.effective_n is None:
            return f"{how}."
        plain, design = self.plain, "" if self.design_effect is None else f" and the design effect is {self.design_effect:.2f}"
        told = f"{how}: {self.accounts:,} accounts, and {plain.n:,} {plain.n_unit} tell as much as {self.effective_n:,.1f} of equal weight{design}."
        return f"{told} Each of the {plain.n_unit} once makes {_told(plain)}." + _left_out(self.left_out, plain.n_unit)


def _told(one: Estimate) -> str:
    if one.unit == "share":
        return f"{one.value:.1%} ({one.low:.1%} to {one.high:.1%})"
    return f"{one.value:.2f} ({one.low:.2f} to {one.high:.2f})"


def _left_out(count: int, unit: str) -> str:
    return f" {count:,} {unit} of no account that counts are left out." if count else ""


def scoring_of(metric: Definition, fold: object, points: tuple[int, int] | None = None) -> Scoring | None:
    """How to weigh a metric that is measured with a fold; None where weights make no sense. points: of a metric of the model's own, which
    answers are in the share."""
    if isinstance(fold, Scores):
        key, n_unit = fold.key, "answers" if metric.subject == "question" else "responses"
        return Scoring("mean", n_unit, floor=float(key.floor), step=float(key.step), ends=metric.bounds)
    if isinstance(fold, Attempts):
        ending = _SHARES_OF_ENDINGS.get(metric.name)
        return None if ending is None else Scoring("share", "attempts", ending, ending)
    return _of_answers(metric, fold.question, points) if isinstance(fold, Answers) else None


def _of_answers(metric: Definition, question: Question, points: tuple[int, int] | None) -> Scoring | None:
    if metric.name == "nps":
        return Scoring("net", "answers", 6, 9)
    if metric.name == "customer_satisfaction":
        return Scoring("share", "answers", question.high - 1, question.high)
    if metric.name == "resolved_by_survey":
        return Scoring("share", "answers", 1, 1)
    if metric.subject == "defined" and points:
        return Scoring("share", "answers", *points)
    if metric.name in _MEANS or metric.subject == "defined":
        return Scoring("mean", "answers", ends=(question.low, question.high))
    return None


def weigh(
    counted: Accounted,
    cell: int,
    scoring: Scoring,
    weight: Weight,
    money: Money,
    confidence: float = 0.95,
    least: int = 1,
) -> Weighing:
    """The number of one cell with weights. least: accounts with fewer people do not count, nor is there a number that would tell of fewer,
    as of those who are left out."""
    rows = counted.of(cell)
    if weight == "revenue" and money.problem:
        return _none(weight, Undefined(money.problem, _size(rows), scoring.n_unit))
    if not rows.shape[0]:
        return _none(weight, Undefined("nobody answered" if scoring.n_unit != "attempts" else "nobody tried", 0, scoring.n_unit))
    some, small = _counting(rows, weight, money, least)
    kept = rows[some]
    if 0 < _people(rows) - _people(kept) < least:
        return _none(weight, Undefined(f"hidden: a group of fewer than {least} people, or one that would give such a group away"))
    weights = _weights(kept, weight, money)
    clusters = _clusters(kept)
    sizes = np.bincount(clusters, weights * kept[:, TIMES]).astype(np.float64)
    if sizes.size < 2:
        return _none(weight, _too_few(rows, kept, weight, scoring.n_unit), small)
    found = _weighted(scoring, kept, weights, clusters, confidence)
    accounts = int(np.unique(kept[kept[:, ACCOUNT] > 0, ACCOUNT]).size)
    largest, alone = _largest(kept, clusters, sizes, least), _size(kept[kept[:, ACCOUNT] == 0])
    made = Weighing(
        weight=weight,
        number=_estimate(found.value, found.limits, found, scoring, confidence, accounts),
        plain=_estimate(found.plain, found.plain_limits, found, scoring, confidence, accounts),
        accounts=accounts,
        alone=None if 0 < alone < least else alone,
        left_out=_size(rows) - _size(kept),
        effective_n=found.effective_n,
        weighting_effect=found.weighting_effect,
        design_effect=found.design_effect,
        effective_accounts=effective_n(sizes),
        largest=largest,
        small=small,
        money=money.of if weight == "revenue" else "",
    )
    return _warned(made)


def _none(weight: Weight, why: Undefined, small: int = 0) -> Weighing:
    return Weighing(weight, why, why, small=small)


def _size(rows: Int64s) -> int:
    return int(rows[:, TIMES].sum())


def _people(rows: Int64s) -> int:
    return int(np.unique(rows[:, PERSON]).size)


def _counting(rows: Int64s, weight: Weight, money: Money, least: int) -> tuple[NDArray[np.bool_], int]:
    """(rows,) which count, and how many accounts do not as they have few people."""
    if weight == "people":
        return np.ones(rows.shape[0], np.bool_), 0
    accounts, at = np.unique(rows[:, ACCOUNT], return_inverse=True)
    pairs = np.unique(np.stack((at.ravel(), rows[:, PERSON]), axis=1), axis=0)
    few = np.bincount(pairs[:, 0], minlength=accounts.size) < least
    fits = accounts > 0
    if weight == "revenue":
        fits &= np.array([money.amounts.get(code, 0.0) > 0 for code in accounts.tolist()], np.bool_)
    return (fits & ~few)[at.ravel()], int((fits & few).sum())


def _weights(rows: Int64s, weight: Weight, money: Money) -> Floats:
    """(rows,) what each single answer of a row weighs."""
    owner = rows[:, PERSON if weight == "people" else ACCOUNT]
    names, at = np.unique(owner, return_inverse=True)
    each = np.bincount(at.ravel(), rows[:, TIMES], names.size)
    whole = np.array([money.amounts[code] for code in names.tolist()]) if weight == "revenue" else np.ones(names.size)
    return np.asarray((whole / np.maximum(each, 1))[at.ravel()], np.float64)


def _clusters(rows: Int64s) -> Int64s:
    """(rows,) a number for each account, and one for everybody in none."""
    alone = rows[:, ACCOUNT] == 0
    names = np.stack((rows[:, ACCOUNT], np.where(alone, rows[:, PERSON], 0)), axis=1)
    return np.unique(names, axis=0, return_inverse=True)[1].ravel().astype(np.int64)


def _largest(rows: Int64s, clusters: Int64s, sizes: Floats, least: int) -> float | None:
    """The share of all weight that one account has; None without accounts, or where it would tell how few of its people count."""
    named = np.unique(clusters[rows[:, ACCOUNT] > 0])
    if not named.size:
        return None
    first = int(named[np.argmax(sizes[named])])
    return None if _people(rows[clusters == first]) < least else float(sizes[first] / sizes.sum())


def _weighted(scoring: Scoring, rows: Int64s, weights: Floats, clusters: Int64s, confidence: float) -> Weighted:
    often = rows[:, TIMES]
    values, each = np.repeat(scoring.worth(rows[:, POINTS]), often), np.repeat(weights, often)
    owners: list[int] = np.repeat(clusters, often).tolist()
    if scoring.sort == "share":
        return weighted_share(values, each, owners, confidence=confidence)
    if scoring.sort == "net":
        return weighted_nps(values, each, owners, confidence=confidence)
    return weighted_mean(values, each, owners, confidence=confidence)


def _estimate(value: float, limits: Interval, found: Weighted, scoring: Scoring, confidence: float, accounts: int) -> Estimate:
    """A number kept on its scale, whose interval holds it."""
    low, high = min(limits.low, value), max(limits.high, value)
    if scoring.sort == "mean":
        low, high = max(low, scoring.ends[0]), min(high, scoring.ends[1])
    how = {"mean": "t, linearised", "share": "Wilson at the effective n", "net": "adjusted-Wald at the effective n"}[scoring.sort]
    whom = f"clustered by account ({accounts:,} accounts)" if accounts else f"clustered by person ({found.people:,} people)"
    return Estimate(value, low, high, found.answers, scoring.n_unit, scoring.unit, confidence, f"weighted, {how}, {whom}")


def _too_few(rows: Int64s, kept: Int64s, weight: Weight, n_unit: str) -> Undefined:
    """Why there is no number: what would do is said."""
    if weight == "people":
        return Undefined("all of them are of one account or person, and an interval needs two", _size(rows), n_unit)
    if not (rows[:, ACCOUNT] > 0).any():
        return Undefined(f"none of the {n_unit} is of an account", _size(rows), n_unit)
    if not kept.shape[0]:
        why = "no account that counts paid anything" if weight == "revenue" else "no account counts"
        return Undefined(why, _size(rows), n_unit)
    return Undefined("only one account counts, and an interval needs two", _size(kept), n_unit)


def _warned(made: Weighing) -> Weighing:
    """With what to take care of."""
    warnings, found = [], made.number
    assert isinstance(found, Estimate), "there is a number"
    if made.dominated:
        warnings.append(
            f"One account has {made.largest:.0%} of the weight: this is nearly its number alone, and the interval cannot be relied on."
        )
    elif made.weight != "people" and made.accounts < FEW:
        warnings.append(f"Only {made.accounts} accounts: read it as a story, not as a measure.")
    if found.low == found.high:
        warnings.append("Everybody counts the same, so the interval has no width; that is no certainty.")
    return replace(made, number=found.warned(*warnings))
