"""Live signals over HTTP: write keys, and what came."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from touchpath.services.ip_addresses import KeepAddress
from touchpath.services.keys import WriteKey
from touchpath.services.receiving import Terms
from touchpath.store.intake_counts import COUNTED
from touchpath.web.access import CATALOGUE, KEYS, MemberName
from touchpath.web.incoming import IncomingDep

router = APIRouter()
Words = Annotated[str, Field(max_length=500)]


class KeyIn(BaseModel):
    """The terms of a write key. `text`: a key that clients have already; drawn unless given."""

    source: Annotated[str, Field(max_length=64)]
    text: Annotated[str, Field(max_length=200)] = ""
    origins: Annotated[list[Words], Field(max_length=200)] = []
    consent: Words = ""
    consent_needed: bool = False
    internal: Annotated[list[Words], Field(max_length=200)] = []
    addresses: KeepAddress = KeepAddress.NETWORK
    personal_traits: bool = False
    secret: Words = ""


class KeyOut(BaseModel):
    """A write key; its text is kept nowhere."""

    id: str
    source: str
    ends_with: str
    revoked: bool
    origins: list[str]
    consent: str
    consent_needed: bool
    internal: list[str]
    addresses: str
    personal_traits: bool
    made_at: datetime
    made_by: str

    @classmethod
    def of(cls, key: WriteKey) -> KeyOut:
        """A key as JSON."""
        terms = key.terms
        return cls(
            id=key.id, source=terms.source, ends_with=key.ends_with, revoked=key.revoked, origins=list(terms.origins), consent=terms.consent,
            consent_needed=terms.consent_needed, internal=list(terms.internal), addresses=terms.addresses,
            personal_traits=terms.personal_traits, made_at=key.made_at, made_by=key.made_by,
        )  # fmt: skip


class MadeOut(KeyOut):
    """A new key, with its text, which is told this once."""

    text: str


class IntakeOut(BaseModel):
    """What came live on one UTC day from one source."""

    day: date
    source: str
    counts: dict[str, int]


@router.get("/workspaces/{workspace}/keys", dependencies=[KEYS])
def list_keys(incoming: IncomingDep) -> list[KeyOut]:
    """All write keys, revoked ones too."""
    return [KeyOut.of(key) for key in incoming.intake.keys.list()]


@router.post("/workspaces/{workspace}/keys", dependencies=[KEYS], status_code=201)
def make_key(asked: KeyIn, incoming: IncomingDep, member: MemberName) -> MadeOut:
    """Make a write key; its text is in this answer and never again."""
    terms = Terms(
        "", asked.source, tuple(asked.origins), asked.consent, asked.consent_needed, tuple(asked.internal), asked.addresses,
        asked.personal_traits, asked.secret,
    )  # fmt: skip
    key, text = incoming.intake.keys.add(terms, member, asked.text)
    return MadeOut(**KeyOut.of(key).model_dump(), text=text)


@router.get("/workspaces/{workspace}/keys/{key}", dependencies=[KEYS])
def read_key(key: str, incoming: IncomingDep) -> KeyOut:
    """One write key."""
    return KeyOut.of(incoming.intake.keys.show(key))


@router.delete("/workspaces/{workspace}/keys/{key}", dependencies=[KEYS])
def revoke_key(key: str, incoming: IncomingDep, member: MemberName) -> KeyOut:
    """Take nothing more with a key; it stays in the list as revoked, and what came with it stays too."""
    return KeyOut.of(incoming.intake.keys.revoke(key, member))


@router.get("/workspaces/{workspace}/intake", dependencies=[CATALOGUE])
def list_intake(incoming: IncomingDep, days: Annotated[int, Query(ge=1, le=3660)] = 30) -> list[IntakeOut]:
    """What came live on the last days, by day and source, newest first."""
    found = incoming.intake.days(days)
    return [
        IntakeOut(day=one.day, source=one.source, counts={what: one.counts.get(what, 0) for what in COUNTED}) for one in found
    ]
