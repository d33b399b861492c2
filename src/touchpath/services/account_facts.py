"""What is known of accounts besides their people: what they pay, in which currency, and when they renew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
from numpy.typing import NDArray

from touchpath.model.rules import EventRule
from touchpath.timelines.accounts import Told
from touchpath.timelines.arrays import NO_VALUE, VALUE_SCALE, Int64s, TimelineSet

Floats = NDArray[np.float64]

#: What is read where the model says nothing: the kinds that connectors of billing systems write.
PAID = EventRule(("invoice.paid",))
SETS = EventRule(("subscription.started", "subscription.renewed", "subscription.changed"))
ENDS = EventRule(("subscription.cancelled",))
SAME = "subscription"

#: Money that came in is told of so many days before the last signal.
PAID_DAYS = 365
_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Money:
    """What accounts pay, an array each, in one currency. paid: of the last year; recurring: what holds at the end; NaN = nobody knows.

    note: why nothing is told; "" if it is.
    """

    paid: Floats
    recurring: Floats
    currency: str
    note: str = ""


def money_of(people: TimelineSet, paid: Told, sets: Told, ends: Told, codes: Int64s) -> Money:
    """What the accounts with these codes pay; nothing where money comes in several currencies."""
    currency = _currency(people, (paid, sets))
    if " " not in currency:
        return Money(_paid(paid, codes, people.end), _recurring(sets, ends, codes), currency)
    unknown = np.full(codes.size, np.nan)
    return Money(
        unknown,
        unknown,
        "",
        f"Money comes in several currencies ({currency}), which cannot be added up. Name one in the model, as in accounts: {{paid: {{kind: invoice.paid, where: {{unit: EUR}}}}}}.",
    )


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


def renewals_of(told: dict[int, str], codes: Int64s) -> tuple[tuple[date | None, ...], int]:
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
