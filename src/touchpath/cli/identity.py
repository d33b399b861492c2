"""The command `identity`: which ids are one person and why, and what members decide about it."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from touchpath.cli.show import Form, choose, screen, show_rows, write_json
from touchpath.cli.workspace import HERE, Folder, Json, Member, Why, opened
from touchpath.model.errors import BadInput
from touchpath.services.tables import Row, rows

if TYPE_CHECKING:
    from touchpath.services.identity import IdentityService, PersonIdentity


def identity(
    actor: Annotated[str, typer.Argument(help="An id, as in user:42, or an e-mail address.")],
    same: Annotated[str, typer.Option("--same", help="Say that this other id is the same person.")] = "",
    apart: Annotated[str, typer.Option("--apart", help="Say that the link to this other id does not count.")] = "",
    alone: Annotated[bool, typer.Option("--alone", help="Say that the id joins nobody, as of a shared machine.")] = False,
    undo: Annotated[str, typer.Option("--undo", help="Take a decision back: its id, as it is shown.")] = "",
    why: Why = "",
    member: Member = "",
    folder: Folder = HERE,
    json_form: Json = False,
) -> None:
    """Which ids are one person, by which links, what was not joined and why; and change it. Timelines follow at once."""
    workspace = opened(folder)
    identities = workspace.platform.identities
    assert identities is not None
    who = member or getpass.getuser()
    asked = [one for one in (("same", same), ("apart", apart), ("alone", "yes" if alone else ""), ("undo", undo)) if one[1]]
    if len(asked) > 1:
        raise BadInput("Give one of --same, --apart, --alone and --undo at a time.")
    for what, other in asked:
        if what == "undo":
            decision = identities.decisions.undo(other, who, why)
        else:
            decision = identities.decide(what, (actor,) if what == "alone" else (actor, other), who, why)
        if not json_form:
            screen.print(Text(f"Decided ({decision.id}): {decision.words}."))
        if what == "apart" and not json_form:
            _tell_other_way(identities, actor, other)
    shown = identities.explain(actor)
    if json_form:
        write_json(asdict(shown))
    else:
        _show(shown, workspace.platform.zone)


def _tell_other_way(identities: IdentityService, one: str, other: str) -> None:
    if way := identities.way(one, other):
        steps = ", ".join(f"{link.one} with {link.other}" for link in way)
        screen.print(Text(f"They are still one person, over: {steps}. Part one of these too if they should not be."))


def _show(shown: PersonIdentity, zone: str) -> None:
    ids: list[Row] = [
        {"id": one.id, "theirs from": held.start if held else None, "until": held.end if held else None}
        for one in shown.ids
        for held in one.held or (None,)
    ]
    show_rows(ids, Form.table, "One person", zone=zone)
    if shown.holders:
        holders: list[Row] = [{"whose": one.by or "nobody's", "from": one.start, "until": one.end} for one in shown.holders]
        show_rows(holders, Form.table, "Handed on", zone=zone)
    links = rows(shown)
    if shown.joined:
        left_out = ("joins", "why not")
        joined = [{name: cell for name, cell in row.items() if name not in left_out} for row in links if row["joins"]]
        show_rows(joined, Form.table, "Joined by", zone=zone)
    if shown.void:
        void = [{name: cell for name, cell in row.items() if name != "joins"} for row in links if not row["joins"]]
        show_rows(void, Form.table, "Not joined", zone=zone)
    if shown.more:
        screen.print(Text(f"{shown.more:,} more links are not shown."))
    decided: list[Row] = [
        {"decision": one.id, "says": one.words, "by": one.member, "at": one.at, "why": one.why} for one in shown.decisions
    ]
    if decided:
        show_rows(decided, choose(False, False), "Decided by members", "Take one back: --undo DECISION", zone=zone)


COMMANDS: Mapping[str, Callable[..., Any]] = {"identity": identity}
