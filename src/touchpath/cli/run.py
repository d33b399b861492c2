"""Commands that run the platform: serve, demo, doctor, warm."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from touchpath.cli.show import aside, choose, screen, show_rows
from touchpath.cli.workspace import HERE, Folder, Json, opened
from touchpath.model.errors import BadInput, Unavailable
from touchpath.settings import load_settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from touchpath.bootstrap import Entrance


def serve(
    folders: Annotated[list[Path] | None, typer.Argument(help="Workspaces; this folder unless given.")] = None,
    host: Annotated[
        str,
        typer.Option(help="Address to listen on; 127.0.0.1 unless set by TOUCHPATH_HOST. On any but loopback, members sign in."),
    ] = "",
    port: Annotated[
        int | None,
        typer.Option(help="Port to listen on, 0 = any free one; 8400 unless set by TOUCHPATH_PORT.", min=0, max=65535),
    ] = None,
) -> None:
    """Serve the pages and the JSON API, and take live signals, until Ctrl+C."""
    from touchpath.bootstrap import build_reception, build_server, made_demos, open_entrance, take_in_front
    from touchpath.cli.serving import Intake, drained, mailed, serve_until_stopped
    from touchpath.services.warm import warm_kernels

    settings = load_settings()
    host = host or settings.host
    listening = _bound(host, settings.port if port is None else port)
    chosen = list(folders or [HERE])
    chosen += [demo for demo in made_demos(chosen[0]) if demo.name not in {one.resolve().name for one in chosen}]
    workspaces = [opened(folder) for folder in chosen]
    reception = build_reception(workspaces)
    entrance = open_entrance(workspaces[0], settings, host)
    pages = build_server(workspaces, entrance)
    app = take_in_front(pages, reception, settings)
    beside = None
    if settings.ingest_host:
        beside = Intake(take_in_front(None, reception, settings), _bound(settings.ingest_host, settings.ingest_port))
    threading.Thread(target=warm_kernels, name="warm", daemon=True).start()
    where = _where(listening, entrance)
    screen.print(Text(f"Touchpath is at {where}  (Ctrl+C stops it)"))
    _tell_of_sign_in(entrance, where, chosen)
    if beside is not None:
        screen.print(Text(f"Live signals are also taken at http://{settings.ingest_host}:{beside.port}"))
    reception.start()
    with drained(chosen), mailed(lambda: [one.mails for one in [*pages.state.boards.values()] if one.mails is not None]):
        serve_until_stopped(app, listening, beside, lambda: _let_go(pages), entrance.certificate)


def _let_go(pages: FastAPI) -> None:
    """Let those go who listen for news or wait for an answer: the server stops."""
    pages.state.newsroom.close()
    pages.state.runs.close()
    if pages.state.demos is not None:
        pages.state.demos.leave()


def _where(listening: socket.socket, entrance: Entrance) -> str:
    """The address of the pages, as far as the server knows it."""
    if entrance.site.url:
        return entrance.site.url.rstrip("/")
    name, port = listening.getsockname()[:2]
    name = {"0.0.0.0": socket.gethostname(), "::": socket.gethostname()}.get(name, name)  # noqa: S104
    return f"{entrance.scheme}://{f'[{name}]' if ':' in name else name}:{port}"


def _tell_of_sign_in(entrance: Entrance, where: str, folders: Sequence[Path]) -> None:
    """Say who signs in, hand out the link by which the first owner comes in, and warn where passwords would travel in clear."""
    if entrance.gate is None:
        return
    if len(folders) > 1:
        screen.print(Text(f"Members are kept in {folders[0]}, and sign in to all {len(folders)} workspaces."))
    if not where.startswith("https://") and not entrance.site.trusts_proxy and entrance.addresses:
        aside.print(
            Text(
                "Passwords and numbers travel unencrypted. Give TOUCHPATH_TLS_CERTIFICATE and TOUCHPATH_TLS_KEY, or put a proxy in "
                "front that speaks https: see 'Who gets in' in the handbook."
            ),
            style="yellow",
        )
    if not entrance.gate.members.has_owner():
        link = f"{where}/welcome/{entrance.gate.members.set_up()}"
        screen.print(Text(f"Make the first account within an hour, by this link that works once:\n{link}"), soft_wrap=True)


def _bound(host: str, port: int) -> socket.socket:
    """A listening socket at any address; raises Unavailable when the port is taken."""
    wanted = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, wanted, socket.SOCK_STREAM)[0]
    except OSError:
        raise BadInput(f"There is no address '{host}' here. Give one of this machine, as in 127.0.0.1 or 0.0.0.0.") from None
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
