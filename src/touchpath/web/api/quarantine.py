"""The quarantine over HTTP: reasons and records, tried again or given up."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from touchpath.services.masks import mask, mask_quoted
from touchpath.services.personal_details import hide_details
from touchpath.services.quarantine import Held, Origin, Retried
from touchpath.web.access import CATALOGUE, MEND, Action, may
from touchpath.web.incoming import IncomingDep

router = APIRouter()
Job = Annotated[str, Query(max_length=300, description="Whose records: a job's name, as listed.")]
Reason = Annotated[str, Query(max_length=600, description="Only for this reason, as listed; blank = for any.")]


class RecordOut(BaseModel):
    """One record that could not be taken. Letters and digits are hidden from those who may not read people, and
    personal details from those who may not read them."""

    place: str
    line: int
    reason: str
    record: str


class HeldOut(BaseModel):
    """Records of one job that were refused for one reason."""

    job: str
    origin: Origin
    title: str
    reason: str
    records: int
    mendable: bool
    advice: str
    samples: list[RecordOut]

    @classmethod
    def of(cls, held: Held, request: Request) -> HeldOut:
        """A group as JSON, as far as whoever asks may see it."""
        people, clear = may(request, Action.READ_PEOPLE), may(request, Action.READ_CLEAR)
        seen = (lambda text: text) if clear else hide_details
        samples = [
            RecordOut(
                place=one.place,
                line=one.line,
                reason=seen(one.reason) if people else mask_quoted(one.reason),
                record=seen(one.record) if people else mask(one.record),
            )
            for one in held.samples
        ]
        return cls(
            job=held.job, origin=held.origin, title=held.title, reason=held.pattern, records=held.records,
            mendable=held.mendable, advice=held.advice, samples=samples,
        )  # fmt: skip


class RetriedOut(BaseModel):
    """What trying again came to: records that can be taken now (or were), and those that stay, by reason."""

    taken: int
    refused: int
    signals: int
    still: dict[str, int]

    @classmethod
    def of(cls, retried: Retried) -> RetriedOut:
        """The result as JSON."""
        return cls(taken=retried.taken, refused=retried.refused, signals=retried.signals, still=dict(retried.still))


class RecordsIn(BaseModel):
    """Which records: of a job, for one reason or (blank) for any."""

    job: str = Field(max_length=300)
    reason: str = Field("", max_length=600)


@router.get("/workspaces/{workspace}/quarantine", dependencies=[CATALOGUE])
def list_quarantine(request: Request, incoming: IncomingDep) -> list[HeldOut]:
    """Everything that could not be taken, by job and reason, most first, with two samples each; at most 200 reasons."""
    return [HeldOut.of(held, request) for held in incoming.quarantine.groups()]


@router.get("/workspaces/{workspace}/quarantine/records", dependencies=[CATALOGUE])
def read_records(
    request: Request,
    incoming: IncomingDep,
    job: Job,
    reason: Reason = "",
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
) -> HeldOut:
    """The records of one job, or those refused for one reason."""
    return HeldOut.of(incoming.quarantine.group(job, reason, samples=limit), request)


@router.post("/workspaces/{workspace}/quarantine/try", dependencies=[MEND])
def try_records(records: RecordsIn, incoming: IncomingDep) -> RetriedOut:
    """What would become of records as they would be read now; nothing is written."""
    return RetriedOut.of(incoming.quarantine.retry(records.job, records.reason))


@router.post("/workspaces/{workspace}/quarantine/take", dependencies=[MEND])
def take_records(records: RecordsIn, incoming: IncomingDep) -> RetriedOut:
    """Take what is good now; it leaves the quarantine."""
    return RetriedOut.of(incoming.quarantine.retry(records.job, records.reason, keep=True))


@router.post("/workspaces/{workspace}/quarantine/give-up", dependencies=[MEND])
def give_up_records(records: RecordsIn, incoming: IncomingDep) -> dict[str, int]:
    """Erase records for good; gives how many went."""
    return {"gone": incoming.quarantine.give_up(records.job, records.reason)}
