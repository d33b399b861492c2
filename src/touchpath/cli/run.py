"""Commands that run the platform: serve, demo, doctor, warm."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping
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
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 0,
) -> None:
    """Serve the pages and the JSON API."""
    import uvicorn

    from touchpath.bootstrap import build_server, open_workspace
    from touchpath.services.warm import warm_kernels

    settings = load_settings()
    where = (host or settings.host, port or settings.port)
    app = build_server([open_workspace(folder, settings) for folder in folders or [HERE]])
    listening = _listen(*where)
    threading.Thread(target=warm_kernels, name="warm", daemon=True).start()
    shown = f"[{where[0]}]" if ":" in where[0] else where[0]
    screen.print(Text(f"Touchpath is at http://{shown}:{listening.getsockname()[1]}  (Ctrl+C stops it)"))
    config = uvicorn.Config(app, log_level="warning", server_header=False, proxy_headers=False, access_log=False)
    uvicorn.Server(config).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket; raises Unavailable when the port is taken, BadInput for an address that is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except socket.gaierror:
        raise BadInput(f"There is no address '{host}'. Give one of this machine's, as in 127.0.0.1.") from None
    except OSError as error:
        raise Unavailable(f"Port {port} of {host} cannot be used ({error.strerror}). Choose another: --port 8401") from None
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
        with Progress(*columns, console=aside, transient=True) as bar:
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
    from touchpath.services.warm import warm_kernels

    seconds = warm_kernels()
    if not quiet:
        screen.print(f"All kernels are compiled ({seconds:.1f} s).")


COMMANDS: Mapping[str, Callable[..., Any]] = {"serve": serve, "demo": demo, "doctor": doctor, "warm": warm}
