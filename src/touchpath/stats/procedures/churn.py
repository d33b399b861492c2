"""Procedures about who stays, and about problems solved at the first contact."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated

import msgspec

from touchpath.stats.churn import Cohort, annualise_monthly, cohort_retention, first_contact_resolution, period_churn
from touchpath.stats.procedures.checked import Answer, Count, NotNegative, Open, Procedure, Share
from touchpath.stats.procedures.limits import limits


class Observed(msgspec.Struct, forbid_unknown_fields=True):
    """A cohort: its size, and how many were active at each age; null where not observed."""

    size: Count
    active: list[Count | None]


class Contact(msgspec.Struct, forbid_unknown_fields=True):
    """A customer was in contact about an issue on a day."""

    customer: str | int
    issue: str | int
    day: float


def _period_churn(at_start: Count, lost_of_start: Count, joined: Count = 0, confidence: Open = 0.95) -> Answer:
    del joined  # who joins during the period counts in neither number
    found = period_churn(at_start, lost_of_start, confidence)
    return {"churn": found.churn} | limits(found.limits) | {"retention": found.retention}


def _annualise(monthly_churn: Share) -> Answer:
    return {"annual_churn": annualise_monthly(monthly_churn)}


def _cohorts(cohorts: Annotated[list[Observed], msgspec.Meta(min_length=1)]) -> Answer:
    return cohort_retention([Cohort(cohort.size, cohort.active) for cohort in cohorts])._asdict()


def _first_contact(contacts: list[Contact], observation_end_day: float, window_days: NotNegative = 7) -> Answer:
    """Days count as they are written: from 1.3 to 8.3 is a gap of 7 exactly."""
    rows = ((contact.customer, contact.issue, _as_written(contact.day)) for contact in contacts)
    found = first_contact_resolution(rows, _as_written(window_days), _as_written(observation_end_day))
    rate = found.resolved / found.eligible if found.eligible else None
    return {"eligible": found.eligible, "first_contact_resolved": found.resolved, "rate": rate}


def _as_written(number: float) -> Fraction:
    return Fraction(repr(number))


CHURN: Mapping[str, Procedure] = {
    "annualise_monthly": _annualise,
    "cohort_retention": _cohorts,
    "fcr_repeat_contact_window": _first_contact,
    "period_churn": _period_churn,
}
