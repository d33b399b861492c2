"""Who stays: churn of a period, a month's churn over a year, cohorts by age, and problems solved at the first contact."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from touchpath.model.errors import BadInput
from touchpath.stats.intervals import Interval
from touchpath.stats.proportions import wilson_interval


class Churn(NamedTuple):
    """The share of the customers at the start who left within the period, with Wilson limits, and the share who stayed."""

    churn: float
    limits: Interval
    retention: float


def period_churn(at_start: int, lost_of_start: int, confidence: float = 0.95) -> Churn:
    """Churn of customers over a period; who joined during the period counts in neither number.

    Sound for independent customers. Raises BadInput without customers at the start, or when more left than there were.
    """
    if at_start < 1:
        raise BadInput(f"Churn needs customers at the start of the period, but {at_start} came.")
    if not 0 <= lost_of_start <= at_start:
        raise BadInput(
            f"Of {at_start} customers at the start, 0 to {at_start} can leave, but {lost_of_start} came (joiners count apart)."
        )
    share = lost_of_start / at_start
    return Churn(share, wilson_interval(lost_of_start, at_start, confidence), 1 - share)


def annualise_monthly(monthly_churn: float) -> float:
    """The churn of a year in which each month loses the same share of who is left: 1 - (1 - monthly)^12, never 12 times as much.

    Where churn falls with the age of a contract, as it mostly does, this is too high.
    """
    if not 0 <= monthly_churn <= 1:
        raise BadInput(f"A month's churn is a share from 0 to 1, but {monthly_churn} came.")
    return 1.0 if monthly_churn == 1 else -math.expm1(12 * math.log1p(-monthly_churn))


class Cohort(NamedTuple):
    """People who started together: how many, and how many were active at each age; None, or nothing, where not observed yet."""

    size: int
    active: Sequence[int | None]


class CohortTable(NamedTuple):
    """The share active by cohort and age (rows of equal length, None where not observed), and of all cohorts observed at an age."""

    retention: list[list[float | None]]
    pooled: list[float | None]


def cohort_retention(cohorts: Sequence[Cohort]) -> CohortTable:
    """Which share of each cohort was active at each age, and which share of all who could be seen at that age.

    Cohorts too young for an age count in neither part of its pooled share. Raises BadInput for more active people than a cohort has.
    """
    for cohort in cohorts:
        wrong = [active for active in cohort.active if active is not None and not 0 <= active <= cohort.size]
        if wrong or cohort.size < 0:
            raise BadInput(f"Of a cohort of {cohort.size} people, {wrong[0] if wrong else 'some'} cannot be active.")
    ages = max((len(cohort.active) for cohort in cohorts), default=0)
    padded = [(cohort.size, [*cohort.active, *[None] * (ages - len(cohort.active))]) for cohort in cohorts]
    retention = [[_share(active, size) for active in row] for size, row in padded]
    pooled = [
        _share(sum(row[age] or 0 for _, row in padded), sum(size for size, row in padded if row[age] is not None))
        for age in range(ages)
    ]
    return CohortTable(retention, pooled)


def _share(active: int | None, size: int) -> float | None:
    return None if active is None or size == 0 else active / size


class FirstContact(NamedTuple):
    """Problems old enough to judge, and how many of them took a single contact."""

    eligible: int
    resolved: int


def first_contact_resolution(
    contacts: Iterable[tuple[Hashable, Hashable, float | Fraction]], window: float | Fraction, end: float | Fraction
) -> FirstContact:
    """Problems solved at the first contact: (customer, issue, day) rows in any order; a contact within `window` days of the one before
    of the same pair belongs to the same problem.

    A problem that began after `end - window` is too young to judge and counts nowhere; contacts after `end` therefore change nothing.
    Two contacts of one day are two contacts. Source: the repeat-contact measure; variants differ in the window, so name it.
    """
    if not window >= 0:
        raise BadInput(f"The window of a repeated contact is 0 days or longer, but {window} came.")
    days: dict[tuple[Hashable, Hashable], list[float | Fraction]] = {}
    for customer, issue, day in contacts:
        days.setdefault((customer, issue), []).append(day)
    eligible = resolved = 0
    for times in days.values():
        times.sort()
        opening = [
            0,
            *(place + 1 for place, (before, after) in enumerate(pairwise(times)) if after - before > window),
            len(times),
        ]
        for first, following in pairwise(opening):
            if times[first] <= end - window:
                eligible += 1
                resolved += following - first == 1
    return FirstContact(eligible, resolved)
