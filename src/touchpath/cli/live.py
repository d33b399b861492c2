"""Commands about live signals: key add|list|revoke, drain, intake."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from touchpath.cli.show import aside, choose, screen, show_rows
from touchpath.cli.workspace import HERE, Csv, Folder, Json, opened
from touchpath.services.tables import Row

#: The thread that writes to the lake waits a hundred times a round for the one that reads ahead; at Python's own 5 ms, as long as it works.
_SECONDS_TO_SWITCH = 0.0005
_NO_KEY = "Make one: touchpath key add SOURCE"
_NOTHING_YET = f"Nothing came in live yet. It needs a key. {_NO_KEY}"

app = typer.Typer(no_args_is_help=True, help="Write keys: who may send live signals, and as whom.")


@app.command("add")
def add_key(
    source: Annotated[str, typer.Argument(help="Name of what sends, as in web-shop: the namespace of its signals' ids.")],
    origin: Annotated[
        list[str] | None, typer.Option(help="Only pages of this origin may send, as in https://shop.example; may be repeated.")
    ] = None,
    text: Annotated[str, typer.Option("--key", help="A key that clients have already; drawn unless given.")] = "",
    consent: Annotated[str, typer.Option(help="Category that people must not have refused, as in analytics.")] = "",
    consent_needed: Annotated[bool, typer.Option("--consent-needed", help="Nothing is kept of those who never said.")] = False,
    internal: Annotated[
        list[str] | None, typer.Option(help="Signals from this network are marked as ours, as in 203.0.113.0/24.")
    ] = None,
    addresses: Annotated[str, typer.Option(help="What is kept of IP addresses: network, nothing or whole.")] = "network",
    secret: Annotated[str, typer.Option(help="Where the secret of a webhook's signature stands: env:NAME or file:/PATH.")] = "",
    personal_traits: Annotated[bool, typer.Option("--personal-traits", help="Keep names and phone numbers in clear.")] = False,
    folder: Folder = HERE,
) -> None:
    """Make a key. It is shown this once; only its hash is kept."""
    from touchpath.services.receiving import Terms

    terms = Terms(
        "", source, tuple(origin or ()), consent, consent_needed, tuple(internal or ()), addresses, personal_traits, secret
    )
    key, shown = opened(folder).live.keys.add(terms, "terminal", text)
    aside.print(Text(f"Key {key.id} may send signals of '{source}'. Keep it now, it is not shown again:"))
    sys.stdout.write(shown + "\n")


@app.command("list")
def list_keys(folder: Folder = HERE, json_form: Json = False, csv_form: Csv = False) -> None:
    """All keys."""
    rows: list[Row] = [
        {
            "key": key.id,
            "source": key.terms.source,
            "ends with": key.ends_with,
            "state": "revoked" if key.revoked else "may write",
            "origins": ", ".join(key.terms.origins) or "all",
            "addresses": key.terms.addresses,
            "made": key.made_at,
            "by": key.made_by,
        }
        for key in opened(folder).live.keys.list()
    ]
    show_rows(rows, choose(json_form, csv_form), "Write keys", "" if rows else _NO_KEY)


@app.command("revoke")
def revoke_key(id: Annotated[str, typer.Argument(help="The key's id (touchpath key list).")], folder: Folder = HERE) -> None:
    """Take nothing more with a key; what came before stays."""
    key = opened(folder).live.keys.revoke(id, "terminal")
    screen.print(Text(f"Key {key.id} may no longer write."))


def drain(
    folders: Annotated[list[Path] | None, typer.Argument(help="Workspaces; this folder unless given.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Empty the spools and stop.")] = False,
    while_fed: Annotated[bool, typer.Option("--while-fed", hidden=True, help="Stop when standard input closes.")] = False,
) -> None:
    """Take accepted live signals from the spool into the lake. `touchpath serve` does this by itself."""
    from touchpath.bootstrap import drain_workspaces
    from touchpath.cli.serving import calm_the_collector
    from touchpath.stores.child_process import when_input_ends

    workspaces = [opened(folder) for folder in folders or [HERE]]
    if once:
        posts = 0
        for workspace in workspaces:
            while drained := workspace.live.drain.round().posts:
                posts += drained
        screen.print(Text(f"{posts:,} posts are in the lake."))
        return
    calm_the_collector()
    sys.setswitchinterval(_SECONDS_TO_SWITCH)
    stop = threading.Event()
    if while_fed:
        when_input_ends(stop.set)
    drain_workspaces(workspaces, stop)


def intake(folder: Folder = HERE, json_form: Json = False, csv_form: Csv = False) -> None:
    """What came in live, by day and source: taken, refused, late, from bots ..."""
    from touchpath.store.intake_counts import COUNTED

    days = opened(folder).live.counts.days()
    rows: list[Row] = [
        {
            "day": one.day.isoformat(),
            "source": one.source,
            **{what.replace("_", " "): one.counts.get(what, 0) for what in COUNTED},
        }
        for one in days
    ]
    show_rows(rows, choose(json_form, csv_form), "Live signals", "" if rows else _NOTHING_YET)


COMMANDS: Mapping[str, Callable[..., Any]] = {"drain": drain, "intake": intake}
