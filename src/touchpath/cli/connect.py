"""Commands that read other systems: connect add, list, check, run, remove, rejected, replay, sources."""

from __future__ import annotations

import signal
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from touchpath.cli.show import aside, choose, say, screen, show_rows, warn
from touchpath.cli.workspace import HERE, Csv, Folder, Json, opened
from touchpath.model.errors import BadInput, TouchpathError
from touchpath.services.tables import Row

if TYPE_CHECKING:
    from touchpath.services.connections import Connection
    from touchpath.store.pulls import PullState

app = typer.Typer(help="Read other systems: help desks, billing, survey tools ...", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The connection's name.")]


@app.command("sources")
def show_sources(json_form: Json = False, csv_form: Csv = False) -> None:
    """Every system that can be connected, and the settings that it needs."""
    from touchpath.sources.pull.choice import choose_source, source_names

    rows: list[Row] = []
    for name in source_names():
        kind = choose_source(name)
        for setting in kind.settings:
            given = "secret" if setting.secret else "needed" if setting.default is None else "may be given"
            rows.append({"source": name, "system": kind.title, "setting": setting.name, "is": given, "says": setting.says})
    show_rows(rows, choose(json_form, csv_form), "Sources")


@app.command()
def add(
    name: Name,
    source: Annotated[str, typer.Argument(help="The kind of system (touchpath connect sources).")],
    settings: Annotated[
        list[str] | None,
        typer.Argument(help="Settings as name=value; a secret as name=env:NAME or name=file:/PATH.", show_default=False),
    ] = None,
    since: Annotated[str, typer.Option(help="Read nothing older than this day, as in 2025-01-01.")] = "",
    streams: Annotated[str, typer.Option(help="Only these streams, with commas between; all unless given.")] = "",
    namespace: Annotated[str, typer.Option(help="Source of the signals, to tell two accounts of one vendor apart.")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Change the settings of a connection that is there.")] = False,
    folder: Folder = HERE,
) -> None:
    """Connect a system. Its secrets stay where they are: only where they stand is kept."""
    connections = opened(folder).connections
    save = connections.change if replace else connections.add
    kept = save(name, source, _pairs(settings or []), source=namespace, since=_day(since), streams=_names(streams))
    screen.print(Text(f"'{kept.name}' reads {kept.kind}. Next: touchpath connect check {kept.name}"))


@app.command("list")
def show_connections(folder: Folder = HERE, json_form: Json = False, csv_form: Csv = False) -> None:
    """Every connection and what its last run brought."""
    workspace = opened(folder)
    rows: list[Row] = []
    problems: list[str] = []
    for connection in workspace.connections.all():
        try:
            rows += [_row(connection, state) for state in workspace.pulls.states(connection)]
        except TouchpathError as error:
            problems.append(f"{connection.name}: {error}")
    show_rows(rows, choose(json_form, csv_form), "Connections", zone=workspace.platform.zone)
    warn(problems)
    if not rows and not problems:
        say(["There is no connection yet. What can be connected: touchpath connect sources"])


@app.command()
def check(name: Name, folder: Folder = HERE) -> None:
    """Ask the system one small question, to see that the settings are right."""
    screen.print(Text(opened(folder).pulls.check(name)))


@app.command()
def run(
    name: Annotated[str, typer.Argument(help="The connection's name.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Run every connection, one after the other.")] = False,
    folder: Folder = HERE,
    json_form: Json = False,
) -> None:
    """Read what is new. Stopped in the middle, the next run goes on where it was."""
    workspace = opened(folder)
    if bool(name) == everything:
        raise BadInput("Name one connection, or give --all.")
    names = [connection.name for connection in workspace.connections.all()] if everything else [name]
    rows: list[Row] = []
    problems: list[str] = []
    with _stoppable() as stop, _Bar() as bar:
        for each in names:
            try:
                states = workspace.pulls.run(each, bar.told, stop)
            except TouchpathError as error:
                if stop.is_set() or not everything:
                    raise
                problems.append(f"{each}: {error}")
                continue
            rows += [_row(workspace.connections.get(each), state) for state in states]
            problems += [f"{each}, {_stream(state, each)}: {state.problem}" for state in states if state.problem]
    show_rows(rows, choose(json_form, False), "What was read")
    refused = sum(int(str(row["rejected"])) for row in rows)
    if refused:
        noun = "record" if refused == 1 else "records"
        warn([f"{refused:,} {noun} could not be taken. See them: touchpath connect rejected {name or 'NAME'}"])
    warn(problems)
    if problems:
        raise typer.Exit(1)


@app.command()
def remove(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    folder: Folder = HERE,
) -> None:
    """Remove a connection; the signals that it brought stay."""
    pulls = opened(folder).pulls
    if not yes:
        typer.confirm(f"Remove the connection '{name}'? What it brought stays.", abort=True)
    pulls.remove(name)
    screen.print(Text(f"'{name}' is removed."))


@app.command()
def rejected(name: Name, folder: Folder = HERE, json_form: Json = False, csv_form: Csv = False) -> None:
    """The records that could not be taken: stream, reason and record."""
    workspace = opened(folder)
    found = workspace.pulls.rejected(workspace.connections.get(name))
    rows: list[Row] = [{"stream": one.place, "reason": one.reason, "record": one.record} for one in found]
    show_rows(rows, choose(json_form, csv_form), "Rejected", f"To try them again: touchpath connect replay {name}")


@app.command()
def replay(name: Name, folder: Folder = HERE, json_form: Json = False) -> None:
    """Try refused records again, without asking the system; what can be taken now leaves the quarantine."""
    workspace = opened(folder)
    connection = workspace.connections.get(name)
    show_rows([_row(connection, state) for state in workspace.pulls.replay(name)], choose(json_form, False), "Read again")


class _Bar:
    """A line on standard error that says how far a run is."""

    def __init__(self) -> None:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        self._bar = Progress(*columns, console=aside, transient=True, disable=not aside.is_terminal)

    def __enter__(self) -> _Bar:
        self._bar.__enter__()
        self._line = self._bar.add_task("asking")
        return self

    def __exit__(self, *problem: Any) -> None:
        self._bar.__exit__(*problem)

    def told(self, state: PullState) -> None:
        """Show a state."""
        self._bar.update(self._line, description=f"{state.job.removeprefix('pull-')}: {state.records:,} records")


class _stoppable:  # noqa: N801
    """Ctrl+C asks the run to stop after the batch at hand; a second one ends it at once, which loses nothing either."""

    def __enter__(self) -> threading.Event:
        stop = threading.Event()

        def ask(_number: int, _frame: object) -> None:
            if stop.is_set():
                raise KeyboardInterrupt
            stop.set()
            aside.print("Stopping after this batch; Ctrl+C again stops at once.", markup=False)

        self._before = signal.signal(signal.SIGINT, ask)
        return stop

    def __exit__(self, *problem: Any) -> None:
        signal.signal(signal.SIGINT, self._before)


def _row(connection: Connection, state: PullState) -> Row:
    return {
        "connection": connection.name,
        "source": connection.kind,
        "stream": _stream(state, connection.name),
        "last run": state.started_at,
        "state": "never run"
        if state.started_at is None
        else "stopped"
        if state.problem
        else "done"
        if state.ended_at
        else "cut off",
        "records": state.records,
        "signals": state.signals,
        "new": state.new,
        "duplicates": state.duplicates,
        "corrections": state.corrections,
        "rejected": state.rejected,
        "problem": state.problem,
    }


def _stream(state: PullState, connection: str) -> str:
    return state.job.removeprefix(f"pull-{connection}-")


def _pairs(words: list[str]) -> dict[str, str]:
    pairs = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals or not name:
            raise BadInput(f"A setting came as '{name}'. Give it as name=value.")
        pairs[name] = text
    return pairs


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _day(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"--since came as '{text}'. Give a day, as in 2025-01-01.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
