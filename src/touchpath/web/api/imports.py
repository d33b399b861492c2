"""Imports over HTTP: bring a file in, read and change its mapping, try it, start it, watch it, stop it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from touchpath.services.masks import mask_quoted
from touchpath.services.uploads import LONGEST_MAPPING, Trial, UploadShown
from touchpath.store.jobs import ImportReport
from touchpath.store.uploads import UploadState
from touchpath.web.access import BRING_IN, CATALOGUE, TAKE_OUT, Action, MemberName, may
from touchpath.web.api.shapes import KindCountOut
from touchpath.web.forms import read_body, receive_file
from touchpath.web.incoming import IncomingDep

router = APIRouter()


class ReportOut(BaseModel):
    """What became of one file: rows are what it holds, signals what they stand for."""

    job: str
    file: str
    source: str
    started_at: datetime
    rows: int
    signals: int
    new: int
    duplicates: int
    corrections: int
    unsplit: int = Field(description="Kept just before a kill, so that nobody noted which of the three they were.")
    rejected: int
    silent: int
    without_person: int
    notes: dict[str, int]
    share_done: float
    complete: bool

    @classmethod
    def of(cls, report: ImportReport) -> ReportOut:
        """A report as JSON."""
        return cls(
            job=report.job,
            file=report.place,
            source=report.source,
            started_at=report.started_at,
            rows=report.read,
            signals=report.signals,
            new=report.new,
            duplicates=report.duplicates,
            corrections=report.corrections,
            unsplit=report.unsplit,
            rejected=report.rejected,
            silent=report.silent,
            without_person=report.people_unknown,
            notes=dict(report.notes),
            share_done=report.share_done,
            complete=report.complete,
        )


class UploadOut(BaseModel):
    """A file that was brought in, and how far its import is."""

    id: str
    name: str
    bytes: int
    uploaded_at: datetime
    state: UploadState
    said: str
    format: str = Field(description='The known format that it is read as; "" = by its mapping.')
    options: dict[str, str]
    stopping: bool
    report: ReportOut | None

    @classmethod
    def of(cls, shown: UploadShown) -> UploadOut:
        """An upload as JSON."""
        one = shown.upload
        report = ReportOut.of(shown.report) if shown.report else None
        return cls(
            id=one.id, name=one.name, bytes=one.bytes, uploaded_at=one.uploaded_at, state=one.state, said=one.said, format=one.format, options=dict(one.options),
            stopping=shown.stopping, report=report,
        )  # fmt: skip


class ImportsOut(BaseModel):
    """Files that were brought in here, and imports that came another way."""

    uploads: list[UploadOut]
    elsewhere: list[ReportOut]


class FaultOut(BaseModel):
    """One thing that is wrong in a mapping; line 0 = the file as a whole."""

    line: int
    detail: str


class TrialOut(BaseModel):
    """What an import, as it is settled now, would do. whole = false: said of the beginning of a long file."""

    faults: list[FaultOut]
    whole: bool
    report: ReportOut | None
    kinds: list[KindCountOut]
    rejected: list[FaultOut]

    @classmethod
    def of(cls, trial: Trial, people: bool) -> TrialOut:
        """A trial as JSON. people: whether reasons may quote what stands in the file."""
        faults = [FaultOut(line=fault.line, detail=fault.message) for fault in trial.faults]
        if trial.preview is None:
            return cls(faults=faults, whole=False, report=None, kinds=[], rejected=[])
        kinds = [KindCountOut.of(kind) for kind in trial.preview.kinds]
        refused = [(one.line, one.reason if people else mask_quoted(one.reason)) for one in trial.preview.rejected]
        rejected = [FaultOut(line=line, detail=reason) for line, reason in refused]
        return cls(faults=faults, whole=trial.whole, report=ReportOut.of(trial.preview.report), kinds=kinds, rejected=rejected)


@router.get("/workspaces/{workspace}/imports", dependencies=[CATALOGUE])
def list_imports(incoming: IncomingDep) -> ImportsOut:
    """All imports, newest first."""
    uploads = [UploadOut.of(one) for one in incoming.uploads.all()]
    return ImportsOut(uploads=uploads, elsewhere=[ReportOut.of(one) for one in incoming.uploads.elsewhere()])


_FILE = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_TEXT = {"requestBody": {"required": True, "content": {"application/yaml": {"schema": {"type": "string"}}}}}


@router.post("/workspaces/{workspace}/imports", dependencies=[BRING_IN], status_code=201, openapi_extra=_FILE)
async def take_file(
    request: Request,
    incoming: IncomingDep,
    name: Annotated[str, Query(max_length=300, description="The file's name; of a form the file's own.")] = "",
) -> UploadOut:
    """Keep the file in the body (or in the field `file` of a form), and settle how to read it. Nothing is imported yet."""
    upload = await receive_file(request, incoming.uploads, name)
    await run_in_threadpool(incoming.uploads.recognise, upload.id)
    return UploadOut.of(await run_in_threadpool(incoming.uploads.show, upload.id))


@router.get("/workspaces/{workspace}/imports/{upload}", dependencies=[CATALOGUE])
def read_import(upload: str, incoming: IncomingDep) -> UploadOut:
    """How far one import is."""
    return UploadOut.of(incoming.uploads.show(upload))


@router.get("/workspaces/{workspace}/imports/{upload}/mapping", dependencies=[CATALOGUE])
def read_mapping(upload: str, incoming: IncomingDep) -> str:
    """The mapping's YAML text, as a JSON string; "" while there is none."""
    return incoming.uploads.mapping(upload)


@router.put("/workspaces/{workspace}/imports/{upload}/mapping", dependencies=[BRING_IN], openapi_extra=_TEXT)
async def change_mapping(request: Request, upload: str, incoming: IncomingDep) -> UploadOut:
    """Keep a mapping's YAML text; faults in it are told by `preview`, and hinder `start`."""
    text = (await read_body(request, LONGEST_MAPPING)).decode("utf-8", "replace")
    await run_in_threadpool(incoming.uploads.keep_mapping, upload, text)
    return UploadOut.of(await run_in_threadpool(incoming.uploads.show, upload))


class ReadingIn(BaseModel):
    """How to read a file: as the format of this name with these answers, or, with "", by its mapping."""

    format: str = Field(max_length=100)
    options: dict[str, str] = Field(default_factory=dict)


@router.put("/workspaces/{workspace}/imports/{upload}/reading", dependencies=[BRING_IN])
def choose_reading(upload: str, reading: ReadingIn, incoming: IncomingDep) -> UploadOut:
    """Choose how to read a file; `preview` tells what is still left open."""
    incoming.uploads.choose(upload, reading.format, reading.options)
    return UploadOut.of(incoming.uploads.show(upload))


@router.get("/workspaces/{workspace}/imports/{upload}/preview", dependencies=[CATALOGUE])
def read_preview(request: Request, upload: str, incoming: IncomingDep) -> TrialOut:
    """What the import would do, found out by reading (the beginning of) the file; nothing is written."""
    return TrialOut.of(incoming.uploads.try_out(upload), may(request, Action.READ_PEOPLE))


@router.post("/workspaces/{workspace}/imports/{upload}/start", dependencies=[BRING_IN], status_code=202)
def start_import(upload: str, incoming: IncomingDep) -> UploadOut:
    """Import the file, or go on where it was stopped; it runs beside the server."""
    incoming.uploads.start(upload)
    return UploadOut.of(incoming.uploads.show(upload))


@router.post("/workspaces/{workspace}/imports/{upload}/stop", dependencies=[BRING_IN], status_code=202)
def stop_import(upload: str, incoming: IncomingDep) -> UploadOut:
    """Stop after the batch that it is at; what is in stays in."""
    incoming.uploads.stop(upload)
    return UploadOut.of(incoming.uploads.show(upload))


@router.delete("/workspaces/{workspace}/imports/{upload}", dependencies=[BRING_IN], status_code=204)
def drop_upload(upload: str, incoming: IncomingDep) -> None:
    """Delete an uploaded file; signals that came from it stay."""
    incoming.uploads.drop(upload)


@router.post("/workspaces/{workspace}/imports/jobs/{job}/undo", dependencies=[TAKE_OUT])
def undo_import(job: str, incoming: IncomingDep, member: MemberName) -> dict[str, int]:
    """Erase exactly what an import brought (by its `job`), signals and refused records; gives how many went."""
    return dict(incoming.uploads.undo(job, member))
