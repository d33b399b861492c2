"""Accounts as JSON: the list, and one with its people, roles, numbers and signals."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from touchpath.services.account_page import AccountFound, AccountMember, RoleCoverage
from touchpath.services.accounts import SORTS, AccountRow, Accounts
from touchpath.services.strips import StripPart
from touchpath.web.access import NUMBERS, PEOPLE, check_clear
from touchpath.web.api.moments import Moment, read_period
from touchpath.web.api.numbers import MeasurementOut, NumberOut
from touchpath.web.api.shapes import EntryOut
from touchpath.web.platform import PlatformDep

router = APIRouter()
Score = Annotated[str, Query(max_length=200, description="The question whose answers make the score.")]


class AccountOut(BaseModel):
    """One account."""

    id: str
    title: str
    people: int
    signals: int
    first: datetime
    last: datetime
    paid: float | None = Field(description="Money that came in during the last year of the data; null where nobody knows.")
    recurring: float | None = Field(description="A month, at the end of the data.")
    currency: str
    renewal: date | None
    asked: int | None = Field(description="People who were asked anything; null where it is hidden.")
    answered: int | None
    response: NumberOut = Field(description="Of those who were asked, the share who answered.")
    score: NumberOut = Field(description="The mean of its people's latest answers.")

    @classmethod
    def of(cls, one: AccountRow) -> AccountOut:
        """An account as JSON."""
        plain = {name: getattr(one, name) for name in cls.model_fields if name not in ("response", "score")}
        return cls(**plain, response=NumberOut.of(one.response), score=NumberOut.of(one.score))


class AccountsOut(BaseModel):
    """A part of the accounts, in an order."""

    accounts: tuple[AccountOut, ...]
    matching: int
    total: int
    small: int = Field(description="Accounts of few people, which whoever may not see people gets not singly.")
    start: int
    question: str
    heard: NumberOut = Field(description="Of all accounts, the share of which anybody answered.")
    averages: dict[str, NumberOut] = Field(description="Mean score by people, account and revenue; accounts are the unit.")
    notes: tuple[str, ...]
    data_version: str

    @classmethod
    def of(cls, found: Accounts) -> AccountsOut:
        """A list as JSON."""
        return cls(
            accounts=tuple(map(AccountOut.of, found.rows)),
            matching=found.matching,
            total=found.total,
            small=found.small,
            start=found.start,
            question=found.question,
            heard=NumberOut.of(found.heard),
            averages={name: NumberOut.of(number) for name, number in found.averages.items()},
            notes=found.notes,
            data_version=found.data_version,
        )


class RoleCoverageOut(BaseModel):
    """A role in an account; "" = without one."""

    role: str
    people: int | None
    asked: int | None
    answered: int | None
    response: NumberOut

    @classmethod
    def of(cls, one: RoleCoverage) -> RoleCoverageOut:
        """A role as JSON."""
        return cls(role=one.title, people=one.people, asked=one.asked, answered=one.answered, response=NumberOut.of(one.response))


class AccountMemberOut(BaseModel):
    """Somebody in an account."""

    actor: str
    roles: tuple[str, ...]
    signals: int
    first: datetime
    last: datetime
    asked: bool
    answered: bool
    rating: float | None

    @classmethod
    def of(cls, one: AccountMember) -> AccountMemberOut:
        """A person in an account as JSON."""
        return cls(**{name: getattr(one, name) for name in cls.model_fields})


class AccountFoundOut(BaseModel):
    """One account; its people only for those who may see people."""

    account: AccountOut
    roles: tuple[RoleCoverageOut, ...]
    people: tuple[AccountMemberOut, ...]
    numbers: tuple[MeasurementOut, ...]
    notes: tuple[str, ...]
    data_version: str

    @classmethod
    def of(cls, found: AccountFound) -> AccountFoundOut:
        """An account as JSON."""
        return cls(
            account=AccountOut.of(found.row),
            roles=tuple(map(RoleCoverageOut.of, found.roles)),
            people=tuple(map(AccountMemberOut.of, found.members)),
            numbers=tuple(map(MeasurementOut.of, found.numbers)),
            notes=found.notes,
            data_version=found.data_version,
        )


class AccountSignalsOut(BaseModel):
    """A part of an account's signals, newest first."""

    entries: tuple[EntryOut, ...]
    start: int
    matching: int
    kinds: dict[str, int]
    sources: dict[str, int]
    friction: int = Field(description="Moments of friction among all of them in the period.")

    @classmethod
    def of(cls, part: StripPart) -> AccountSignalsOut:
        """A part as JSON."""
        entries = tuple(map(EntryOut.of, part.entries))
        return cls(
            entries=entries, start=part.start, matching=part.matching, kinds=dict(part.kinds), sources=dict(part.sources), friction=part.friction,
        )  # fmt: skip


@router.get("/workspaces/{workspace}/accounts", dependencies=[NUMBERS])
def list_accounts(
    platform: PlatformDep,
    search: Annotated[str, Query(max_length=200, description="Only accounts whose id or name holds these words.")] = "",
    sort: Annotated[str, Query(max_length=20, description=f"By {', '.join(SORTS)}.")] = "people",
    score: Score = "",
    start: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 50,
) -> AccountsOut:
    """The organisations that people belong to, in an order, a part at a time."""
    return AccountsOut.of(platform.accounts(search=search, sort=sort, score=score, start=start, size=limit))


@router.get("/workspaces/{workspace}/account-signals/{id:path}", dependencies=[PEOPLE])
def read_account_signals(
    request: Request,
    id: str,
    platform: PlatformDep,
    kind: Annotated[str, Query(max_length=200, description="Only signals of it; friction = moments of friction.")] = "",
    start: Annotated[int, Query(ge=0, le=100_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    since: Moment = "",
    until: Moment = "",
    clear: Annotated[bool, Query(description="With the personal details that stand in people's words.")] = False,
) -> AccountSignalsOut:
    """The signals of one account, of all silos, newest first; only those from since until before until, where these are given."""
    clear, within = check_clear(request, clear), read_period(platform, since, until)
    part = platform.account_strip(id, start=start, size=limit, kind=kind, clear=clear, within=within)
    return AccountSignalsOut.of(part)


@router.get("/workspaces/{workspace}/accounts/{id:path}", dependencies=[NUMBERS])
def read_account(id: str, platform: PlatformDep, score: Score = "") -> AccountFoundOut:
    """One account: its people with their roles, who was asked and answered, and the numbers of its people."""
    return AccountFoundOut.of(platform.account(id, score=score))
