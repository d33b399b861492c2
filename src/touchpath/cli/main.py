"""The program `touchpath`: its commands, and how errors leave it."""

from __future__ import annotations

import os
import sys

import typer

from touchpath.cli import (
    accounts,
    benchmark,
    boards,
    catalogue,
    causes,
    comparing,
    connect,
    data,
    identity,
    live,
    match,
    member,
    model,
    numbers,
    privacy,
    quarantine,
    queries,
    run,
    segments,
    snapshot,
    stats,
    template,
)
from touchpath.cli.show import aside
from touchpath.cli.workspace import at_the_end
from touchpath.model.errors import Conflict, Missing, NotAllowed, TouchpathError, Unavailable

#: What the program answers to the shell: 0 done, 1 anything else, 2 wrong use, then one number per kind of error.
EXIT_CODES = {Missing: 3, NotAllowed: 4, Conflict: 5, Unavailable: 6}

app = typer.Typer(
    name="touchpath",
    help="Measures user experience and customer experience as one thing.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(benchmark.app, name="benchmark")
app.add_typer(boards.app, name="boards")
app.add_typer(connect.app, name="connect")
app.add_typer(match.app, name="match")
app.add_typer(member.app, name="member")
app.add_typer(model.app, name="model")
app.add_typer(privacy.app, name="privacy")
app.add_typer(snapshot.app, name="snapshot")
app.add_typer(live.app, name="key")
app.add_typer(stats.app, name="stats")
for commands in (
    accounts.COMMANDS,
    data.COMMANDS,
    identity.COMMANDS,
    live.COMMANDS,
    privacy.COMMANDS,
    catalogue.COMMANDS,
    causes.COMMANDS,
    comparing.COMMANDS,
    numbers.COMMANDS,
    quarantine.COMMANDS,
    queries.COMMANDS,
    run.COMMANDS,
    segments.COMMANDS,
    template.COMMANDS,
):
    for name, command in commands.items():
        app.command(name)(command)


def exit_code(error: TouchpathError) -> int:
    """The shell's number for an error."""
    return next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), 2)


def main() -> None:
    """Run one command; an error is a sentence on standard error and an exit code, never a traceback."""
    try:
        with at_the_end:
            app()
    except TouchpathError as error:
        aside.print(f"touchpath: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(exit_code(error))
    except KeyboardInterrupt:
        aside.print("touchpath: stopped.", markup=False)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
