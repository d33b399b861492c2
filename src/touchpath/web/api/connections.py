"""Connections over HTTP: how far each has been read, and runs asked for. They are added in the terminal."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from touchpath.services.pull_runs import ConnectionShown
from touchpath.web.access import BRING_IN, CATALOGUE
from touchpath.web.incoming import RunsDep

router = APIRouter()


class StreamOut(BaseModel):
    """What the last run of a stream brought. problem: why it stopped before its end, "" = it did not."""

    stream: str
    started_at: datetime | None
    ended_at: datetime | None
    records: int
    signals: int
    new: int
    duplicates: int
    corrections: int
    rejected: int
    problem: str


class ConnectionOut(BaseModel):
    """A connection. Where its secrets stand is not told."""

    name: str
    kind: str
    source: str
    since: datetime | None
    running: bool
    stopping: bool
    said: str
    streams: list[StreamOut]

    @classmethod
    def of(cls, shown: ConnectionShown) -> ConnectionOut:
        """A connection as JSON."""
        streams = [
            StreamOut(
                stream=shown.stream(state), started_at=state.started_at, ended_at=state.ended_at, records=state.records, signals=state.signals,
                new=state.new, duplicates=state.duplicates, corrections=state.corrections, rejected=state.rejected, problem=state.problem,
            )
            for state in shown.states
        ]  # fmt: skip
        one = shown.connection
        return cls(
            name=one.name, kind=one.kind, source=one.source, since=one.since, running=shown.running, stopping=shown.stopping, said=shown.said,
            streams=streams,
        )  # fmt: skip


@router.get("/workspaces/{workspace}/connections", dependencies=[CATALOGUE])
def list_connections(runs: RunsDep) -> list[ConnectionOut]:
    """Every connection, by name."""
    return [ConnectionOut.of(one) for one in runs.all()]


@router.get("/workspaces/{workspace}/connections/{connection}", dependencies=[CATALOGUE])
def read_connection(connection: str, runs: RunsDep) -> ConnectionOut:
    """How far one connection has been read."""
    return ConnectionOut.of(runs.show(connection))


@router.post("/workspaces/{workspace}/connections/{connection}/run", dependencies=[BRING_IN], status_code=202)
def run_connection(connection: str, runs: RunsDep) -> ConnectionOut:
    """Read what is new; it runs beside the server."""
    runs.start(connection)
    return ConnectionOut.of(runs.show(connection))


@router.post("/workspaces/{workspace}/connections/{connection}/stop", dependencies=[BRING_IN], status_code=202)
def stop_connection(connection: str, runs: RunsDep) -> ConnectionOut:
    """Stop after the batch that it is at; the next run goes on."""
    runs.stop(connection)
    return ConnectionOut.of(runs.show(connection))


@router.post("/workspaces/{workspace}/connections/{connection}/check", dependencies=[BRING_IN])
def check_connection(connection: str, runs: RunsDep) -> dict[str, str]:
    """One small question to the other system; what its answer says."""
    return {"said": runs.check(connection)}
