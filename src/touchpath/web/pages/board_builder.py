"""Building a board by forms alone: add a block by choosing, change it, move it up or down, make it wide or narrow, take it away."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from touchpath.model.errors import BadInput, Conflict, Missing, unknown
from touchpath.services.board_blocks import (
    MOST_BLOCKS,
    SORTS,
    Block,
    Field,
    add_block,
    change_block,
    drop_block,
    find_block,
    make_block,
    move_block,
    usual_width,
)
from touchpath.services.board_desk import BoardDesk
from touchpath.services.lanes import LANES
from touchpath.services.own_boards import OwnBoard
from touchpath.services.pack import default_pack
from touchpath.web.access import BUILD, MemberName
from touchpath.web.addresses import Addresses
from touchpath.web.boards import DeskDep
from touchpath.web.carried import carried_by
from touchpath.web.forms import read_form
from touchpath.web.languages import N_, _, gettext
from touchpath.web.notices import Notice, redirect_with
from touchpath.web.pages.board_shown import SORT_WORDS, show_blocks, view_of
from touchpath.web.pages.filters import FiltersDep
from touchpath.web.pages.own_boards import whole
from touchpath.web.pages.parts import show_page, subject_title
from touchpath.web.pages.voice import WORDS as SENTIMENT_WORDS
from touchpath.web.platform import PlatformDep, PlatformProtocol

router = APIRouter(include_in_schema=False)
Choice = tuple[str, str]
Choices = Sequence[tuple[str, Sequence[Choice]]]
Change = Callable[[OwnBoard], tuple[Block, ...]]
_LONGEST = 64 << 10
_BOARD = "/w/{workspace}/boards/{id}"
GRAIN_WORDS = {"day": N_("day"), "week": N_("week"), "month": N_("month"), "quarter": N_("quarter"), "year": N_("year")}
LABELS = {
    "number": N_("Number"),
    "grain": N_("A point for each"),
    "query": N_("Saved query"),
    "table": N_("Which of its tables (blank: the first)"),
    "journey": N_("Journey"),
    "zoom": N_("Column by column"),
    "lanes": N_("Lanes"),
    "text": N_("Text"),
    "question": N_("Question"),
    "sentiment": N_("Sentiment"),
    "words": N_("Words that stand in the text"),
    "most": N_("How many (1 to 20; blank: 5)"),
}


@dataclass(frozen=True, slots=True)
class ShownField:
    """A field of a block's form. choices: groups to choose from; none = it is typed."""

    field: Field
    label: str
    value: str
    choices: Choices = ()

    @property
    def chosen(self) -> frozenset[str]:
        """What is ticked, of several."""
        return frozenset(self.value.split())


@router.get(f"{_BOARD}/edit", dependencies=[BUILD])
def edit_board(request: Request, id: str, platform: PlatformDep, desk: DeskDep, filters: FiltersDep) -> HTMLResponse:
    """The board with a form for each thing that can be done to it."""
    return _edit_page(request, platform, desk, desk.boards.show(id), filters)


@router.post(f"{_BOARD}/title", dependencies=[BUILD])
async def name_board(
    request: Request, id: str, platform: PlatformDep, desk: DeskDep, member: MemberName, filters: FiltersDep
) -> Response:
    """Give the board another title."""
    form = await read_form(request)
    try:
        await run_in_threadpool(
            desk.boards.save, id, member, expected=whole(form, "revision"), title=form.get("title", ""), why="another title"
        )
    except BadInput as error:
        kept = replace(await run_in_threadpool(desk.boards.show, id), title=form.get("title", "")[:500])
        page = await run_in_threadpool(_edit_page, request, platform, desk, kept, filters, str(error))
        page.status_code = 400
        return page
    return redirect_with(_edits(platform, id), Notice(_("The title is kept.")))


@router.get(f"{_BOARD}/blocks/new", dependencies=[BUILD])
def show_new_block(
    request: Request, id: str, platform: PlatformDep, desk: DeskDep, sort: Annotated[str, Query(max_length=40)] = "metric"
) -> HTMLResponse:
    """The form of a new block."""
    if sort not in SORTS:
        raise Missing(unknown("sort of block", sort, SORTS))
    return _block_page(request, platform, desk, desk.boards.show(id), Block("", sort), {})


@router.post(f"{_BOARD}/blocks", dependencies=[BUILD])
async def add_new_block(request: Request, id: str, platform: PlatformDep, desk: DeskDep, member: MemberName) -> Response:
    """Put a block at the end of the board; a form that cannot be meant is shown again with the reason."""
    form = await read_form(request, _LONGEST)
    sort = form.get("sort", "")
    if sort not in SORTS:
        raise Missing(unknown("sort of block", sort, SORTS))
    kept = await run_in_threadpool(desk.boards.show, id)
    try:
        blocks = add_block(kept.blocks, _block_of(form, "", sort))
    except BadInput as error:
        return await _again(request, platform, desk, kept, Block("", sort), form, error)
    await run_in_threadpool(desk.boards.save, id, member, expected=kept.revision, blocks=blocks, why=f"a {sort} more")
    return redirect_with(_edits(platform, id, blocks[-1].id), Notice(_("The block stands at the end of the board.")))


@router.get(f"{_BOARD}/blocks/{{block}}", dependencies=[BUILD])
def show_block_form(request: Request, id: str, block: str, platform: PlatformDep, desk: DeskDep) -> HTMLResponse:
    """The form of one block."""
    kept = desk.boards.show(id)
    return _block_page(request, platform, desk, kept, find_block(kept.blocks, block), {})


@router.post(f"{_BOARD}/blocks/{{block}}", dependencies=[BUILD])
async def save_block(request: Request, id: str, block: str, platform: PlatformDep, desk: DeskDep, member: MemberName) -> Response:
    """Keep what a block says; a form that cannot be meant is shown again with the reason."""
    form = await read_form(request, _LONGEST)
    kept = await run_in_threadpool(desk.boards.show, id)
    found = find_block(kept.blocks, block)
    try:
        blocks = change_block(kept.blocks, _block_of(form, block, found.sort))
        await run_in_threadpool(
            desk.boards.save,
            id,
            member,
            expected=whole(form, "revision"),
            blocks=blocks,
            why=f"the {found.sort} says something else",
        )
    except (BadInput, Conflict) as error:
        return await _again(request, platform, desk, kept, found, form, error)
    return redirect_with(_edits(platform, id, block), Notice(_("The block is kept.")))


@router.post(f"{_BOARD}/blocks/{{block}}/up", dependencies=[BUILD])
async def move_up(request: Request, id: str, block: str, platform: PlatformDep, desk: DeskDep, member: MemberName) -> Response:
    """Move a block before the one before it."""
    return await _arrange(request, platform, desk, id, block, member, lambda kept: move_block(kept.blocks, block, -1), "moved up")


@router.post(f"{_BOARD}/blocks/{{block}}/down", dependencies=[BUILD])
async def move_down(request: Request, id: str, block: str, platform: PlatformDep, desk: DeskDep, member: MemberName) -> Response:
    """Move a block behind the one behind it."""
    return await _arrange(
        request, platform, desk, id, block, member, lambda kept: move_block(kept.blocks, block, 1), "moved down"
    )


@router.post(f"{_BOARD}/blocks/{{block}}/width", dependencies=[BUILD])
async def change_width(
    request: Request, id: str, block: str, platform: PlatformDep, desk: DeskDep, member: MemberName
) -> Response:
    """Make a block as wide as the page, or half as wide."""

    def change(kept: OwnBoard) -> tuple[Block, ...]:
        found = find_block(kept.blocks, block)
        return change_block(kept.blocks, replace(found, width="half" if found.width == "full" else "full"))

    return await _arrange(request, platform, desk, id, block, member, change, "another width")


@router.post(f"{_BOARD}/blocks/{{block}}/remove", dependencies=[BUILD])
async def remove_block(
    request: Request, id: str, block: str, platform: PlatformDep, desk: DeskDep, member: MemberName
) -> Response:
    """Take a block off the board."""
    revision = whole(await read_form(request), "revision")
    kept = await run_in_threadpool(desk.boards.show, id)
    blocks = drop_block(kept.blocks, block)
    await run_in_threadpool(desk.boards.save, id, member, expected=revision, blocks=blocks, why="a block less")
    undo = Notice(
        _("The block is gone from the board."),
        "plain",
        Addresses(platform.name).boards(id, "restore"),
        {"revision": str(revision)},
    )
    return redirect_with(_edits(platform, id), undo)


async def _arrange(
    request: Request, platform: PlatformProtocol, desk: BoardDesk, id: str, block: str, member: str, change: Change, why: str
) -> Response:
    """Keep the board with its blocks changed, and go on where the block stands now."""
    revision = whole(await read_form(request), "revision")

    def keep() -> None:
        kept = desk.boards.show(id)
        if kept.revision != revision:
            raise Conflict(
                f"Somebody saved version {kept.revision} of this board meanwhile. Open it again, and make the change there."
            )
        desk.boards.save(id, member, expected=revision, blocks=change(kept), why=why)

    await run_in_threadpool(keep)
    return redirect_with(_edits(platform, id, block))


async def _again(
    request: Request, platform: PlatformProtocol, desk: BoardDesk, kept: OwnBoard, block: Block, form: Mapping[str, str],
    error: BadInput | Conflict,
) -> Response:  # fmt: skip
    """The form as it was filled in, with what is wrong; sent once more, it is kept over what somebody else saved meanwhile."""
    page = await run_in_threadpool(_block_page, request, platform, desk, kept, block, form, str(error))
    page.status_code = 409 if isinstance(error, Conflict) else 400
    return page


def _edits(platform: PlatformProtocol, id: str, block: str = "") -> str:
    return Addresses(platform.name).boards(id, "edit") + (f"#block-{block}" if block else "")


def _block_of(form: Mapping[str, str], id: str, sort: str) -> Block:
    """A block of the fields of its form; lanes come ticked one by one."""
    says: dict[str, object] = {one.name: form.get(one.name, "") for one in SORTS[sort] if one.what != "choices"}
    for one in SORTS[sort]:
        if one.what == "choices":
            says[one.name] = [word for word in one.choices if form.get(f"{one.name}.{word}")]
    return make_block(id, sort, says, form.get("title", ""), form.get("width", ""))


def _edit_page(
    request: Request, platform: PlatformProtocol, desk: BoardDesk, kept: OwnBoard, filters: FiltersDep, fault: str = ""
) -> HTMLResponse:
    at = Addresses(platform.name, carried_by(request))
    shown = show_blocks(platform, desk, kept.blocks, view_of(request, platform, filters), filters, at)
    return show_page(
        "board_edit.html",
        request,
        platform=platform,
        section="boards",
        crumbs=[(_("Boards of your own"), at.boards()), (desk.boards.show(kept.id).title, at.boards(kept.id))],
        kept=kept,
        shown=shown,
        figures=shown.figures,
        sorts=[(sort, _(title), _(about)) for sort, (title, about) in SORT_WORDS.items()],
        full=len(kept.blocks) >= MOST_BLOCKS,
        fault=fault,
    )


def _block_page(
    request: Request, platform: PlatformProtocol, desk: BoardDesk, kept: OwnBoard, block: Block, form: Mapping[str, str], fault: str = ""
) -> HTMLResponse:  # fmt: skip
    at = Addresses(platform.name, carried_by(request))
    return show_page(
        "board_block.html",
        request,
        platform=platform,
        section="boards",
        crumbs=[
            (_("Boards of your own"), at.boards()),
            (kept.title, at.boards(kept.id)),
            (_("Build"), at.boards(kept.id, "edit")),
        ],
        kept=kept,
        block=block,
        sort=_(SORT_WORDS[block.sort][0]),
        about=_(SORT_WORDS[block.sort][1]),
        title=form.get("title", block.title),
        width=form.get("width", block.width if block.id else usual_width(block.sort)),
        fields=[_shown_field(platform, desk, one, _value(one, block, form)) for one in SORTS[block.sort]],
        fault=fault,
    )


def _value(one: Field, block: Block, form: Mapping[str, str]) -> str:
    """What stands in a field: as it came, else as it was kept."""
    if not form:
        return block.get(one.name) if one.what != "choices" or block.id else " ".join(block.lanes)
    if one.what == "choices":
        return " ".join(word for word in one.choices if form.get(f"{one.name}.{word}"))
    return form.get(one.name, "")


def _shown_field(platform: PlatformProtocol, desk: BoardDesk, one: Field, value: str) -> ShownField:
    """A field with what can be chosen; what it says and is not among that any more stays chosen, so that the form does not lose it."""
    choices = _choices(platform, desk, one)
    blank = [("", [("", _("choose …") if one.needed else _("any") if one.what in ("question", "choice") else _("none"))])]
    known = {choice for _title, group in choices for choice, _words in group}
    gone = (
        [(_("Not there any more"), [(value, value)])]
        if value and choices and value not in known and one.what != "choices"
        else []
    )
    shown = (
        choices
        if one.what == "choices"
        else [*blank, *gone, *choices]
        if choices or one.what not in ("text", "words", "count")
        else ()
    )
    return ShownField(one, _(LABELS[one.name]), value, shown)


def _choices(platform: PlatformProtocol, desk: BoardDesk, one: Field) -> Choices:
    experience = platform.experience()
    if one.what == "number":
        return numbers_of(platform)
    if one.what == "query":
        return [("", [(kept.id, kept.title) for kept in desk.saved.list()])]
    if one.what == "journey":
        return [("", [(journey.id, journey.title) for journey in experience.journeys])]
    if one.what == "question":
        return [("", [(question.id, question.title) for question in experience.questions if question.item == 0])]
    if one.name == "lanes":
        return [("", [(id, gettext(title)) for id, (title, _about) in LANES.items()])]
    words = {"step": N_("a step"), "stage": N_("a stage"), **GRAIN_WORDS, **SENTIMENT_WORDS}
    return [("", [(choice, _(words[choice])) for choice in one.choices])] if one.choices else ()


def numbers_of(platform: PlatformProtocol) -> Choices:
    """Every number that can be measured, by discipline and family, as ("metric:subject", words)."""
    known, experience = {words.id: words for words in platform.metrics()}, platform.experience()
    found: dict[str, list[Choice]] = {}
    for metric, subject in default_pack(experience):
        if metric in known:
            words, about = known[metric], f", {subject_title(experience, subject)}" if subject else ""
            group = f"{words.discipline}: {words.family}" if words.family else words.discipline
            found.setdefault(group, []).append((f"{metric}:{subject}", f"{gettext(words.title)}{about}"))
    return sorted(found.items(), key=lambda one: one[0].partition(":")[0], reverse=True)
