"""Accounts for viewers who may not read single people: none of few people, and no count of few people in one."""

from __future__ import annotations

from dataclasses import replace

from touchpath.services.account_page import AccountFound, RoleCoverage
from touchpath.services.accounts import AccountRow, Accounts
from touchpath.services.small_rows import shown_number, withheld


def withhold_from_accounts(whole: Accounts, least: int) -> Accounts:
    """The same part of the list; accounts of few people are left out where it is made."""
    return replace(whole, rows=tuple(withhold_from_row(one, least) for one in whole.rows))


def withhold_from_row(one: AccountRow, least: int) -> AccountRow:
    """An account of enough people, without the response or the score of few of them, nor how many were asked where that would tell few."""
    asked, answered, both = one.asked or 0, one.answered or 0, _answered(one)
    counts = (asked, one.people - asked, answered, one.people - answered, both, asked - both, answered - both)
    one = replace(one, score=shown_number(one.score, least))
    if any(0 < count < least for count in counts):
        return replace(one, asked=None, answered=None, response=withheld(least))
    return one


def withhold_from_account(whole: AccountFound, least: int) -> AccountFound:
    """One account without single people, and without roles of few people, nor one that would tell them."""
    gone = any(0 < count < least for one in whole.roles for count in _counts(one))
    roles = tuple(_hidden(one, least) for one in whole.roles) if gone else whole.roles
    return replace(whole, row=withhold_from_row(whole.row, least), roles=roles, members=())


def _counts(one: RoleCoverage) -> tuple[int, ...]:
    people, asked, answered = one.people or 0, one.asked or 0, one.answered or 0
    return people, asked, people - asked, answered, people - answered


def _hidden(one: RoleCoverage, least: int) -> RoleCoverage:
    return replace(one, people=None, asked=None, answered=None, response=withheld(least))


def _answered(one: AccountRow) -> int:
    value = getattr(one.response, "value", 0.0)
    return round(value * one.response.n)
