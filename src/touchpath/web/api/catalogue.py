"""The event catalogue over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from touchpath.services.catalogue import Alarm, Alert, Catalogue, CatalogueKind, CatalogueProperty, KindDetail
from touchpath.web.access import CATALOGUE, Action, may
from touchpath.web.incoming import IncomingDep

router = APIRouter()


class AlertOut(BaseModel):
    """One thing that drifted, since which day, in a sentence with its numbers."""

    kind: str
    property: str
    alarm: Alarm
    since: date | None
    says: str

    @classmethod
    def of(cls, alert: Alert) -> AlertOut:
        """An alert as JSON."""
        return cls(kind=alert.kind, property=alert.property, alarm=alert.alarm, since=alert.day, says=alert.says)


class CatalogueKindOut(BaseModel):
    """One kind of signal. weeks: its signals in each of the last 26 weeks, oldest first."""

    kind: str
    signals: int
    first: datetime
    last: datetime
    weeks: list[int]
    properties: int
    used_by: list[str]
    alerts: list[AlertOut]

    @classmethod
    def of(cls, one: CatalogueKind) -> CatalogueKindOut:
        """A kind as JSON."""
        use = one.use
        return cls(
            kind=use.kind, signals=use.signals, first=use.first, last=use.last, weeks=list(one.weeks), properties=one.properties,
            used_by=list(use.used_by), alerts=[AlertOut.of(alert) for alert in one.alerts],
        )  # fmt: skip


class CatalogueOut(BaseModel):
    """All kinds, most frequent first, and what drifted. looked_at of signals: the rest follows beside the server."""

    kinds: list[CatalogueKindOut]
    alerts: list[AlertOut]
    looked_at: int
    signals: int
    tested: int = Field(description="Kinds whose volume was judged.")
    by_chance: float = Field(description="How many alerts about volume are expected although nothing changed.")

    @classmethod
    def of(cls, shown: Catalogue) -> CatalogueOut:
        """The catalogue as JSON."""
        return cls(
            kinds=[CatalogueKindOut.of(one) for one in shown.kinds], alerts=[AlertOut.of(one) for one in shown.alerts],
            looked_at=shown.state.signals, signals=shown.state.all_signals, tested=shown.tested, by_chance=shown.by_chance,
        )  # fmt: skip


class PropertyOut(BaseModel):
    """One property of a kind. examples only for those who may read people; form: a value with its words hidden."""

    property: str
    present: float
    types: dict[str, int]
    first: datetime
    last: datetime
    form: str
    examples: list[str]
    used_by: list[str]

    @classmethod
    def of(cls, one: CatalogueProperty) -> PropertyOut:
        """A property as JSON."""
        return cls(
            property=one.name, present=one.present, types={type.type: type.signals for type in one.types},
            first=min(type.first for type in one.types), last=max(type.last for type in one.types), form=one.form,
            examples=list(one.examples), used_by=list(one.used_by),
        )  # fmt: skip


class KindDetailOut(BaseModel):
    """One kind in full. days: signals on each of the last 84 days until last_day."""

    kind: CatalogueKindOut
    sources: list[str]
    last_day: date
    days: list[int]
    properties: list[PropertyOut]

    @classmethod
    def of(cls, detail: KindDetail) -> KindDetailOut:
        """A kind in full as JSON."""
        return cls(
            kind=CatalogueKindOut.of(detail.kind), sources=list(detail.sources), last_day=detail.last_day,
            days=list(detail.days), properties=[PropertyOut.of(one) for one in detail.properties],
        )  # fmt: skip


@router.get("/workspaces/{workspace}/catalogue", dependencies=[CATALOGUE])
def read_catalogue(incoming: IncomingDep) -> CatalogueOut:
    """Every kind of signal with its volume and readers, and what drifted."""
    return CatalogueOut.of(incoming.catalogue.show())


@router.get("/workspaces/{workspace}/catalogue/kind", dependencies=[CATALOGUE])
def read_kind(request: Request, incoming: IncomingDep, kind: Annotated[str, Query(max_length=200)]) -> KindDetailOut:
    """One kind with its properties; values only for those who may read people."""
    return KindDetailOut.of(incoming.catalogue.kind(kind, examples=may(request, Action.READ_PEOPLE)))
