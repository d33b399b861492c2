"""What stands behind a number, as JSON: what was counted and left out, its versions, and the people."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from touchpath.model.errors import Unavailable
from touchpath.services.behind import Behind
from touchpath.services.rows_behind import read_rows
from touchpath.web.access import CLEAR, NUMBERS, PEOPLE
from touchpath.web.api.moments import Moment, read_period
from touchpath.web.api.numbers import MeasurementOut
from touchpath.web.explorer import ExplorerDep
from touchpath.web.exploring.files import send_file
from touchpath.web.platform import PlatformDep

router = APIRouter()
Metric = Annotated[str, Query(min_length=1, max_length=200)]
Subject = Annotated[str, Query(max_length=200)]
By = Annotated[str, Query(max_length=200, description="A dimension, for the number of one of its segments.")]
Segment = Annotated[str, Query(max_length=500, description="Which segment.")]


class _Of(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class CountedOut(_Of):
    """One side of a ratio."""

    side: str
    words: str
    count: float
    unit: str = Field(description='"count": so many; else the unit of the sum, as value or seconds.')


class LeftOutOut(_Of):
    """What is not in the number, and why."""

    count: int
    why: str


class VersionOut(_Of):
    """A version of the model's definition: since when, by whom, why, and what it changed of what is counted."""

    version: int
    since: datetime
    member: str
    why: str
    keys: tuple[str, ...]


class BehindOut(_Of):
    """What stands behind a number. `query`: the document that counts the same, for /ask; null where there is none."""

    measured: MeasurementOut
    counted: tuple[CountedOut, ...]
    left_out: tuple[LeftOutOut, ...]
    reads: tuple[str, ...] = Field(description="The signals that are read, by rule.")
    groups: tuple[str, ...] = Field(description="Groups of people, for /measure/people.")
    query: dict[str, Any] | None
    history: tuple[VersionOut, ...]
    python: str
    sql: str = Field(description="All signals that it reads, row by row, over the table `signals`; see /measure/rows.")

    @classmethod
    def of(cls, behind: Behind) -> BehindOut:
        """The same as JSON."""
        return cls(
            measured=MeasurementOut.of(behind.measured),
            counted=tuple(map(CountedOut.model_validate, behind.counted)),
            left_out=tuple(map(LeftOutOut.model_validate, behind.left_out)),
            reads=behind.reads,
            groups=behind.groups,
            query=dict(behind.document) if behind.document is not None else None,
            history=tuple(map(VersionOut.model_validate, behind.history)),
            python=behind.python,
            sql=behind.sql,
        )


class SomebodyOut(_Of):
    """One person of a group, by the id that was heard of last."""

    actor: str
    signals: int
    last: datetime


class GroupOut(_Of):
    """A group of people behind a number: how many there are, and some of them."""

    group: str
    unit: str
    count: int
    people: tuple[SomebodyOut, ...]


@router.get("/workspaces/{workspace}/measure/behind", dependencies=[NUMBERS])
def read_behind(
    platform: PlatformDep,
    metric: Metric,
    subject: Subject = "",
    by: By = "",
    segment: Segment = "",
    start: Moment = "",
    end: Moment = "",
) -> BehindOut:
    """What a metric's number (of everybody, or of one segment) counts and leaves out, its versions, and how to have it again."""
    return BehindOut.of(platform.behind(metric, subject, period=read_period(platform, start, end), by=by, segment=segment))


@router.get("/workspaces/{workspace}/measure/people", dependencies=[PEOPLE])
def read_people_behind(
    platform: PlatformDep,
    metric: Metric,
    group: Annotated[str, Query(min_length=1, max_length=200)],
    subject: Subject = "",
    by: By = "",
    segment: Segment = "",
    start: Moment = "",
    end: Moment = "",
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
) -> GroupOut:
    """The people of one group behind a number: the rows that the number rests on, person by person."""
    period = read_period(platform, start, end)
    found = platform.people_behind(metric, subject, group, period=period, by=by, segment=segment, limit=limit)
    return GroupOut.model_validate(found)


@router.get("/workspaces/{workspace}/measure/rows", dependencies=[CLEAR], response_class=Response)
def send_rows_behind(
    platform: PlatformDep,
    explorer: ExplorerDep,
    metric: Metric,
    subject: Subject = "",
    form: Annotated[Literal["csv", "parquet"], Query(description="Of the file.")] = "csv",
    start: Moment = "",
    end: Moment = "",
) -> Response:
    """All signals that a number reads, row by row as a file, to count it again outside; `in_period` says which lie in its period."""
    if explorer.sql is None or explorer.persons_of is None:
        raise Unavailable("This server reads no signals row by row. Serve the workspace with 'touchpath serve'.")
    behind = platform.behind(metric, subject, period=read_period(platform, start, end))
    rows = read_rows(explorer.sql, explorer.persons_of, behind.sql)
    return send_file(rows.to_batches(), rows.schema, f"behind-{metric}", form)
