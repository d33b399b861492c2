"""Boards that members made, as JSON: listed, read, answered, made, changed, copied and taken away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from touchpath.model.errors import BadInput
from touchpath.model.estimate import Comparison, Undefined
from touchpath.services.board_answers import BoardView, FilledBlock, fill_board
from touchpath.services.board_blocks import Block, read_block
from touchpath.services.own_boards import OwnBoard
from touchpath.services.weighed import read_weight
from touchpath.web.access import BUILD, NUMBERS, Action, MemberName, may
from touchpath.web.api.asking import AnswerOut
from touchpath.web.api.comparing import read_other
from touchpath.web.api.moments import Moment, read_period
from touchpath.web.api.numbers import ComparisonOut, MeasurementOut, WeightParam
from touchpath.web.boards import DeskDep
from touchpath.web.platform import PlatformDep

router = APIRouter()
_PLACE = "/workspaces/{workspace}/boards"
Says = Annotated[
    Mapping[str, str],
    Field(
        description='What it shows, as in {"number": "nps:nps"}; by sort: number, grain, query, journey, zoom, lanes, text, ...'
    ),
]


class BlockIn(BaseModel):
    """One block of a board."""

    sort: str = Field(description="metric, chart, map, text, table, verbatims or goal.")
    says: Says = Field(default_factory=dict)
    title: str = Field(default="", max_length=120)
    width: Literal["half", "full", ""] = ""
    id: str = Field(default="", max_length=40, description="Its own within the board; blank = a new one.")

    def as_block(self) -> Block:
        """The block, checked; raises BadInput."""
        return read_block(self.model_dump())


class BoardIn(BaseModel):
    """A board as a program gives it. revision: the version that it was changed from."""

    title: str = Field(max_length=500)
    blocks: list[BlockIn] = Field(default_factory=list)
    revision: int = 0
    why: str = Field(default="", max_length=500)


class BoardOut(BaseModel):
    """A board with its blocks."""

    id: str
    title: str
    owner: str
    revision: int
    member: str = Field(description="Who saved this version.")
    at: datetime
    why: str
    blocks: list[BlockIn]

    @classmethod
    def of(cls, kept: OwnBoard) -> BoardOut:
        """A board as JSON."""
        blocks = [BlockIn.model_validate(one.as_document()) for one in kept.blocks]
        return cls(
            id=kept.id, title=kept.title, owner=kept.owner, revision=kept.revision, member=kept.member, at=kept.at, why=kept.why,
            blocks=blocks,
        )  # fmt: skip


class TextOut(BaseModel):
    """What somebody said in their own words."""

    text: str
    kind: str
    occurred_at: datetime
    value: float | None


class FilledOut(BaseModel):
    """A block with its answer: what fits its sort is there. The map of a journey has an address of its own."""

    block: BlockIn
    problem: str = Field(description="Why it cannot be shown; blank when it can.")
    measurement: MeasurementOut | None = None
    beside: ComparisonOut | None = Field(default=None, description="How the number differs from that of the other period.")
    not_compared: str = ""
    target: float | None = None
    standing: str = Field(
        default="", description="met, missed, undecided or unknown: what the whole interval says of the target."
    )
    answer: AnswerOut | None = None
    texts: list[TextOut] | None = None

    @classmethod
    def of(cls, one: FilledBlock) -> FilledOut:
        """A block as JSON."""
        found = one.contrast.found if one.contrast else None
        return cls(
            block=BlockIn.model_validate(one.block.as_document()),
            problem=one.problem or ("for those who may see people" if one.hidden else ""),
            measurement=MeasurementOut.of(one.measured) if one.measured else None,
            beside=ComparisonOut.of(replace(found, changed=one.contrast.changed))
            if one.contrast and isinstance(found, Comparison)
            else None,
            not_compared=found.reason if isinstance(found, Undefined) else "",
            target=one.target.target.value if one.target else None,
            standing=one.target.standing(one.measured.total) if one.target and one.measured else "",
            answer=AnswerOut.of(one.answer) if one.answer else None,
            texts=[
                TextOut(text=said.text, kind=said.kind, occurred_at=said.occurred_at, value=said.value) for said in one.voice.said
            ]
            if one.voice
            else None,
        )


@router.get(_PLACE, dependencies=[NUMBERS])
def list_boards(desk: DeskDep) -> list[BoardOut]:
    """Every board, by title."""
    return [BoardOut.of(one) for one in desk.boards.list()]


@router.post(_PLACE, dependencies=[BUILD], status_code=201)
def make_board(board: BoardIn, desk: DeskDep, member: MemberName) -> BoardOut:
    """Make a board; it belongs to whoever asks."""
    return BoardOut.of(desk.boards.make(board.title, member, [one.as_block() for one in board.blocks], board.why))


@router.get(f"{_PLACE}/{{board}}", dependencies=[NUMBERS])
def read_board(
    board: str, desk: DeskDep, version: Annotated[int, Query(ge=0, le=1_000_000, description="An older version.")] = 0
) -> BoardOut:
    """One board with its blocks."""
    return BoardOut.of(desk.boards.show(board, version or None))


@router.put(f"{_PLACE}/{{board}}", dependencies=[BUILD])
def change_board(board: str, changed: BoardIn, desk: DeskDep, member: MemberName) -> BoardOut:
    """Keep the next version; `revision` is the one that it was changed from."""
    blocks = [one.as_block() for one in changed.blocks]
    kept = desk.boards.save(board, member, expected=changed.revision, title=changed.title, blocks=blocks, why=changed.why)
    return BoardOut.of(kept)


@router.delete(f"{_PLACE}/{{board}}", dependencies=[BUILD])
def remove_board(board: str, desk: DeskDep, member: MemberName) -> BoardOut:
    """List a board no longer; its versions stay."""
    return BoardOut.of(desk.boards.remove(board, member))


@router.post(f"{_PLACE}/{{board}}/duplicate", dependencies=[BUILD], status_code=201)
def duplicate_board(board: str, desk: DeskDep, member: MemberName) -> BoardOut:
    """Make a copy that belongs to whoever asks."""
    return BoardOut.of(desk.boards.duplicate(board, member))


@router.get(f"{_PLACE}/{{board}}/answers", dependencies=[NUMBERS])
def read_answers(
    request: Request,
    board: str,
    platform: PlatformDep,
    desk: DeskDep,
    start: Moment = "",
    end: Moment = "",
    versus: Annotated[str, Query(max_length=90, description="A period that numbers are held against, START/END.")] = "",
    segment: Annotated[str, Query(max_length=500, description="DIMENSION:VALUE, as in channel:web.")] = "",
    weight: WeightParam = "",
) -> list[FilledOut]:
    """Every block with its answer, all narrowed alike; a block that cannot be shown says why."""
    name, colon, value = segment.partition(":")
    if segment and not (name and colon):
        raise BadInput(f"The segment came as '{segment}'. Write it as DIMENSION:VALUE, as in channel:web.")
    period, beside = read_period(platform, start, end), None
    if versus:
        if period is None:
            raise BadInput("Say with start and end which period is held against the other.")
        beside = read_other(versus, platform.zone)
    view = BoardView(period, beside, (name, value), may(request, Action.READ_PEOPLE), read_weight(weight) or "")
    filled = fill_board(platform, desk.saved, desk.boards.show(board).blocks, view)
    return [FilledOut.of(one) for one in filled]
