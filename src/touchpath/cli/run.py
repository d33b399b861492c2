"""Commands that run the platform: serve, demo, doctor, warm."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from touchpath.cli.show import aside, choose, screen, show_rows
from touchpath.cli.workspace import HERE, Folder, Json, opened
from touchpath.model.errors import BadInput, Unavailable
from touchpath.settings import load_settings


def serve(
    folders: Annotated[list[Path] | None, typer.Argument(help="Workspaces; this folder unless given.")] = None,
    host: Annotated[str, typer.Option(help="Loopback address to listen on; 127.0.0.1 unless set by TOUCHPATH_HOST.")] = "",
    port: Annotated[
        int | None,
        typer.Option(help="Port to listen on, 0 = any free one; 8400 unless set by TOUCHPATH_PORT.", min=0, max=65535),
    ] = None,
) -> None:
    """Serve the pages and the JSON API to this machine, and take live signals, until Ctrl+C."""
    from touchpath.bootstrap import build_reception, build_server, take_in_front
    from touchpath.cli.serving import Intake, drained, serve_until_stopped
    from touchpath.services.warm import warm_kernels

    settings = load_settings()
    listening = _listen(host or settings.host, settings.port if port is None else port)
    chosen = folders or [HERE]
    workspaces = [opened(folder) for folder in chosen]
    reception = build_reception(workspaces)
    pages = build_server(workspaces)
    app = take_in_front(pages, reception, settings)
    beside = None
    if settings.ingest_host:
        beside = Intake(take_in_front(None, reception, settings), _bound(settings.ingest_host, settings.ingest_port))
    threading.Thread(target=warm_kernels, name="warm", daemon=True).start()
    name, taken = listening.getsockname()[:2]
    shown = f"[{name}]" if ":" in name else name
    screen.print(Text(f"Touchpath is at http://{shown}:{taken}  (Ctrl+C stops it)"))
    if beside is not None:
        screen.print(Text(f"Live signals are also taken at http://{settings.ingest_host}:{beside.port}"))
    reception.start()
    with drained(chosen):
        serve_until_stopped(app, listening, beside, pages.state.newsroom.close)


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket; raises Unavailable when the port is taken, BadInput for any but a loopback address.

    Whoever reaches the server reads everything: there is no sign-in yet, so only this machine may.
    """
    wanted = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        address = socket.getaddrinfo(host, port, wanted, socket.SOCK_STREAM)[0][4]
    except OSError:
        raise BadInput(f"There is no address '{host}'. Give a loopback address, as in 127.0.0.1.") from None
    if not ip_address(str(address[0])).is_loopback:
        raise BadInput(
            f"'{host}' can be reached from other machines, and Touchpath has no sign-in. Listen on 127.0.0.1, and come from "
            f"another machine through SSH: ssh -L {port}:127.0.0.1:{port} THIS-MACHINE"
        )
    return _bound(host, port)


def _bound(host: str, port: int) -> socket.socket:
    """A listening socket at any address; raises Unavailable when the port is taken."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError:
        raise BadInput(f"There is no address '{host}' here.") from None
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
    except OSError as error:
        listening.close()
        raise Unavailable(
            f"Port {port} of {host} cannot be used ({error.strerror}). Choose another: touchpath serve --port 8401, "
            "or make demo PORT=8401"
        ) from None
    return listening


def demo(
    folder: Annotated[Path, typer.Option("--folder", help="Where the demo workspaces go.")] = Path("workspaces"),
    people: Annotated[int, typer.Option(min=1, help="People of the simulated company.")] = 20_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the simulated company.")] = 1,
    only: Annotated[str, typer.Option(help="Only this demo: company or households.")] = "",
) -> None:
    """Prepare the demo workspaces: a simulated company and real households."""
    from touchpath.bootstrap import demos, prepare_demo

    if only and only not in demos():
        raise BadInput(f"There is no demo '{only}'. There are: {', '.join(demos())}.")
    for name in [only] if only else demos():
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=aside, transient=True, disable=not aside.is_terminal) as bar:
            line = bar.add_task(f"{name}: preparing")

            def report(step: str, line: Any = line, name: str = name, bar: Progress = bar) -> None:
                bar.update(line, description=f"{name}: {step}")

            says = prepare_demo(name, folder / name, people, seed, report)
        screen.print(Text(f"{folder / name}: {says}"))


def doctor(folder: Folder = HERE, json_form: Json = False) -> None:
    """Check every part of a workspace and say what to do; exit code 1 when something is ill."""
    from touchpath.bootstrap import examine_workspace

    findings = list(examine_workspace(opened(folder)))
    show_rows(
        [{"part": one.part, "state": one.state, "says": one.says} for one in findings], choose(json_form, False), str(folder)
    )
    if any(one.state == "ill" for one in findings):
        raise typer.Exit(1)


def warm(quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing.")] = False) -> None:
    """Compile every kernel ahead of time, so that no first question waits."""
    from touchpath.bootstrap import warm_everything

    seconds = warm_everything()
    if not quiet:
        screen.print(f"All kernels are compiled ({seconds:.1f} s).")


COMMANDS: Mapping[str, Callable[..., Any]] = {"serve": serve, "demo": demo, "doctor": doctor, "warm": warm}
