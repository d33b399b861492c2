"""People's rights over HTTP: the audit log, erasures, exports."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from touchpath.model.actors import actor_named
from touchpath.services.forgetting import log_lines
from touchpath.web.access import ERASE, EXPORT, MemberName
from touchpath.web.privacy import PrivacyDep

router = APIRouter()


class ErasureIn(BaseModel):
    """Whom to erase, and why. `may_return`: take in what comes of them later."""

    actors: Annotated[list[Annotated[str, Field(min_length=1, max_length=600)]], Field(min_length=1, max_length=1000)]
    why: Annotated[str, Field(max_length=1000)] = ""
    may_return: bool = False


class ErasedOut(BaseModel):
    """What went, by where it was, and the copies that this could not reach."""

    id: str
    went: dict[str, int]
    backups: list[str]


class ErasureOut(BaseModel):
    """One line of the audit log. `people` are keyed hashes, cut to 16 digits."""

    id: str
    at: datetime
    what: str
    by: str
    why: str
    went: int
    people: list[str]


@router.get("/workspaces/{workspace}/privacy/erasures", dependencies=[ERASE])
def list_erasures(privacy: PrivacyDep) -> list[ErasureOut]:
    """What was erased so far, newest first."""
    return [
        ErasureOut(
            id=line.erasure, at=line.when, what=line.what, by=line.by, why=line.why, went=line.went, people=line.people.split()
        )
        for line in log_lines(privacy.forgetting.log())
    ]


@router.post("/workspaces/{workspace}/privacy/erasures", dependencies=[ERASE], status_code=201)
def erase(privacy: PrivacyDep, asked: ErasureIn, member: MemberName) -> ErasedOut:
    """Erase people from everywhere in the workspace, under all of their ids, for good."""
    actors = [actor_named(text) for text in asked.actors]
    erased = privacy.forgetting.forget(actors, member, asked.why, keep_out=not asked.may_return)
    return ErasedOut(id=erased.id, went=dict(erased.went), backups=[one.id for one in erased.backups])


@router.get("/workspaces/{workspace}/privacy/export", dependencies=[EXPORT], response_class=Response)
def export(
    privacy: PrivacyDep,
    actor: Annotated[str, Query(max_length=600, description="An id (user:42) or an e-mail address.")],
) -> Response:
    """Everything that is kept of one person: a ZIP of JSON lines with a manifest."""
    target = BytesIO()
    privacy.exports.export(actor_named(actor)).write(target)
    return Response(target.getvalue(), media_type="application/zip")
