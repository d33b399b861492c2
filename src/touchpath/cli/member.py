"""Commands about members, for whoever has the workspace's folder: member add|list|change|disable|enable|reset|remove."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from touchpath.cli.show import aside, choose, screen, show_rows
from touchpath.cli.workspace import HERE, Csv, Folder, Json, Yes, opened
from touchpath.services.tables import Row
from touchpath.settings import load_settings

if TYPE_CHECKING:
    from touchpath.services.gate import Gate

Email = Annotated[str, typer.Argument(help="E-mail address of the member.")]
RoleName = Annotated[str, typer.Option("--role", help="viewer, analyst, editor or owner.")]
Url = Annotated[str, typer.Option("--url", help="Where the server is reached; TOUCHPATH_SITE_URL unless given.")]
_TERMINAL = "terminal"

app = typer.Typer(no_args_is_help=True, help="Members: who signs in, and as what.")


@app.command("add")
def add_member(
    email: Email,
    role: RoleName = "viewer",
    people: Annotated[bool, typer.Option("--people", help="May see what single people did and said.")] = False,
    name: Annotated[str, typer.Option(help="Name, as others see it.")] = "",
    url: Url = "",
    folder: Folder = HERE,
) -> None:
    """Invite somebody. The link by which they choose a password is printed this once."""
    from touchpath.model.member import Role, parse_word

    gate = _gate(folder)
    member, secret = gate.members.invite(email, parse_word(Role, "role", role), people, name)
    gate.note(_TERMINAL, "invited", f"{member.email}: {member.role}")
    _hand_out(f"{member.email} is invited as {member.role}. Send them this link; it works once, for 7 days:", secret, url)


@app.command("list")
def list_members(folder: Folder = HERE, json_form: Json = False, csv_form: Csv = False) -> None:
    """All members."""
    rows: list[Row] = [
        {
            "address": one.email,
            "name": one.name,
            "role": str(one.role),
            "people": "may see" if one.people else "hidden",
            "state": one.state,
            "last sign-in": one.last_at,
        }
        for one in _gate(folder).members.store.members()
    ]
    show_rows(
        rows, choose(json_form, csv_form), "Members", "" if rows else "Invite one: touchpath member add ADDRESS --role owner"
    )


@app.command("change")
def change_member(
    email: Email,
    role: Annotated[str, typer.Option("--role", help="Another role; as it is unless given.")] = "",
    people: Annotated[bool | None, typer.Option("--people/--no-people", help="May see what single people did and said.")] = None,
    folder: Folder = HERE,
) -> None:
    """Give a member another role, or give or take the right to see single people."""
    from touchpath.model.member import Role, parse_word

    gate = _gate(folder)
    chosen = parse_word(Role, "role", role) if role else None
    found = gate.members.store.change(gate.members.by_email(email).id, role=chosen, people=people)
    gate.note(_TERMINAL, "changed what a member may do", f"{found.email}: {found.role}, people: {found.people}")
    screen.print(Text(f"{found.email} is {found.role}, and {'may' if found.people else 'may not'} see single people."))


@app.command("disable")
def disable_member(email: Email, folder: Folder = HERE) -> None:
    """Keep a member out: signed out at once, tokens too."""
    gate = _gate(folder)
    found = gate.members.store.change(gate.members.by_email(email).id, disabled=True)
    gate.note(_TERMINAL, "disabled a member", found.email)
    screen.print(Text(f"{found.email} is kept out. Let them in again: touchpath member enable {found.email}"))


@app.command("enable")
def enable_member(email: Email, folder: Folder = HERE) -> None:
    """Let a member who was disabled in again."""
    gate = _gate(folder)
    found = gate.members.store.change(gate.members.by_email(email).id, disabled=False)
    gate.note(_TERMINAL, "let a member in again", found.email)
    screen.print(Text(f"{found.email} may sign in again."))


@app.command("reset")
def reset_member(email: Email, url: Url = "", folder: Folder = HERE) -> None:
    """Print a link by which a member chooses another password; it works once."""
    gate = _gate(folder)
    member, secret = gate.members.new_link(gate.members.by_email(email).id)
    gate.note(_TERMINAL, "made a link", member.email)
    _hand_out(f"With this link {member.email} chooses a password; it works once:", secret, url)


@app.command("remove")
def remove_member(email: Email, yes: Yes = False, folder: Folder = HERE) -> None:
    """Take a member out for good, with sessions and tokens. What they did stays in the log."""
    gate = _gate(folder)
    found = gate.members.by_email(email)
    if not yes:
        typer.confirm(f"Remove {found.email} for good?", abort=True)
    gate.members.store.remove(found.id)
    gate.note(_TERMINAL, "removed a member", found.email)
    screen.print(Text(f"{found.email} is removed."))


def _gate(folder: Path) -> Gate:
    from touchpath.bootstrap import open_gate

    return open_gate(opened(folder), load_settings())


def _hand_out(words: str, secret: str, url: str) -> None:
    """The words aside, the link on standard output, so that it can be piped."""
    settings = load_settings()
    base = url or settings.site_url or f"http://{settings.host}:{settings.port}"
    aside.print(Text(words))
    sys.stdout.write(f"{base.rstrip('/')}/welcome/{secret}\n")
