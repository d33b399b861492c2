"""Who asks, as JSON: for programs that want to know what their token may do."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from touchpath.model.member import Role
from touchpath.web.access import CATALOGUE, NEEDS, caller_of, may

router = APIRouter()


class MeOut(BaseModel):
    """Who asks. Without sign-in nobody has an address, and whoever sits at the machine may do everything."""

    email: str
    role: Role
    people: bool = Field(description="Whether single people may be seen.")
    scopes: list[str] = Field(description="Those of the token; empty for a browser.")
    may: list[str] = Field(description="The actions that are allowed.")


@router.get("/me", dependencies=[CATALOGUE])
def read_me(request: Request) -> MeOut:
    """Who you are here, and what you may do."""
    caller = caller_of(request)
    actions = [str(action) for action in NEEDS if may(request, action)]
    if caller is None:
        return MeOut(email="", role=Role.OWNER, people=True, scopes=[], may=actions)
    member = caller.member
    return MeOut(email=member.email, role=member.role, people=member.people, scopes=sorted(caller.scopes), may=actions)
