"""Commands about boards of one's own: list, show, send, pdf."""

from __future__ import annotations

from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from touchpath.cli.show import choose, say, show_rows
from touchpath.cli.workspace import HERE, Csv, Folder, From, Json, To, WeightName, opened, period_between
from touchpath.model.errors import BadInput, Unavailable
from touchpath.services.tables import Row

if TYPE_CHECKING:
    from touchpath.services.board_answers import FilledBlock

app = typer.Typer(help="Boards that members put together: list, show, send and print them.", no_args_is_help=True)
Board = Annotated[str, typer.Argument(help="The board's id or title (touchpath boards list).")]
Period = Annotated[str, typer.Option("--period", help="The last so many days of data: 28, 90 or 365; all unless given.")]
Language = Annotated[str, typer.Option("--language", help="en, de, es or pt.")]


@app.command("list")
def list_boards(folder: Folder = HERE, json_form: Json = False, csv_form: Csv = False) -> None:
    """Every board, with its owner and how many blocks it has."""
    from touchpath.bootstrap import desk_of

    workspace = opened(folder)
    rows: list[Row] = [
        {"board": one.id, "title": one.title, "blocks": len(one.blocks), "owner": one.owner, "saved": one.at}
        for one in desk_of(workspace).boards.list()
    ]
    show_rows(rows, choose(json_form, csv_form), "Boards", zone=workspace.platform.zone)
    if not rows:
        say(["There is no board yet. Build one in the browser: touchpath serve"])


@app.command()
def show(
    board: Board,
    start: From = "",
    end: To = "",
    weight: WeightName = "",
    folder: Folder = HERE,
    json_form: Json = False,
    csv_form: Csv = False,
) -> None:
    """The blocks of a board, each with its number, or what else it shows."""
    from touchpath.bootstrap import desk_of
    from touchpath.services.board_answers import BoardView, fill_board
    from touchpath.services.weighed import read_weight

    workspace = opened(folder)
    desk = desk_of(workspace)
    kept = desk.boards.find(board)
    view = BoardView(period_between(workspace, start, end), people=True, weight=read_weight(weight) or "")
    rows = [_row(one) for one in fill_board(workspace.platform, desk.saved, kept.blocks, view)]
    show_rows(rows, choose(json_form, csv_form), kept.title, zone=workspace.platform.zone)


@app.command()
def send(
    board: Board,
    to: Annotated[list[str], typer.Option("--to", help="An e-mail address; may be given several times.")],
    period: Period = "",
    language: Language = "en",
    pdf: Annotated[bool, typer.Option("--pdf", help="Attach the board as a PDF.")] = False,
    folder: Folder = HERE,
) -> None:
    """Send a board once, now, as viewers see it. The mail server stands in the settings."""
    from touchpath.bootstrap import desk_of
    from touchpath.services.board_schedules import Schedule

    desk = desk_of(opened(folder))
    kept = desk.boards.find(board)
    if desk.mails is None:
        raise Unavailable("This workspace sends no mails.")
    schedule = Schedule(kept.id, tuple(to), filters=_filters(period), language=_language(language), pdf=pdf)
    sent = desk.mails.send_now(schedule, getuser())
    say([f"Sent to {one}." for one in sent.sent])
    if sent.failed:
        raise Unavailable("\n".join(one.why for one in sent.failed.values()))


@app.command()
def pdf(
    board: Board,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The file to write; named by the board's title unless given.")
    ] = None,
    period: Period = "",
    language: Language = "en",
    folder: Folder = HERE,
) -> None:
    """Print a board as a PDF, as viewers see it. Needs a Chromium or Chrome on this machine."""
    from touchpath.bootstrap import desk_of, writer_of
    from touchpath.web.board_letters import file_name

    workspace = opened(folder)
    kept = desk_of(workspace).boards.find(board)
    made = writer_of(workspace).pdf(kept.id, _filters(period), _language(language))
    place = out or Path(file_name(kept))
    try:
        place.write_bytes(made)
    except OSError as error:
        raise BadInput(f"The PDF cannot be written to {place}: {error.strerror}.") from None
    say([f"{place}: {len(made):,} bytes."])


def _filters(period: str) -> dict[str, str]:
    if period not in ("", "28", "90", "365"):
        raise BadInput(f"--period came as '{period}'. Give 28, 90 or 365, or leave it out for all time.")
    return {"period": period} if period else {}


def _language(code: str) -> str:
    from touchpath.settings import SPOKEN

    if code not in SPOKEN:
        raise BadInput(f"--language came as '{code}'. Give one of: {', '.join(SPOKEN)}.")
    return code


def _row(one: FilledBlock) -> Row:
    """A block in a row: its number where it has one, else how much it shows."""
    number = one.measured.total if one.measured else None
    said = one.problem or (f"{len(one.answer.tables[0].rows)} rows" if one.answer else "")
    said = said or (f"{len(one.voice.said)} texts" if one.voice else "") or one.block.get("text")[:60]
    return {
        "block": one.block.id,
        "sort": one.block.sort,
        "shows": one.block.title or one.block.get("number") or one.query or one.block.get("journey") or one.block.get("question"),
        "value": getattr(number, "value", None),
        "low": getattr(number, "low", None),
        "high": getattr(number, "high", None),
        "n": number.n if number else None,
        "target": one.target.target.value if one.target else None,
        "standing": one.target.standing(number) if one.target and number else "",
        "says": said or getattr(number, "reason", ""),
    }
