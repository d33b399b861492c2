"""The published clients, as fixtures: those that are installed, and a bad network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from socketserver import TCPServer
from threading import Thread
from typing import Any, TypeVar

import pytest
from browser_visit import open_chromium
from expected import EXPECTED
from server import Server
from stage import ESBUILD, Stage, bundle

from clients import BROWSERS, SERVER_SIDE, Client
from touchpath.sources.wire import RECEIVERS

Served = TypeVar("Served", bound=TCPServer)


@contextmanager
def serving(server: Served) -> Iterator[Served]:
    """The server, answering in a thread until the end of the block."""
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture(scope="session")
def served() -> object:
    """Runs a server of http.server in a thread: `with served(Proxy(...)) as proxy`."""
    return serving


@contextmanager
def _servers(folder: Path) -> Iterator[Callable[..., Server]]:
    """Makes servers, each over a workspace of its own below the folder; they end with the block."""
    with ExitStack() as ends:

        def serve(keys: Mapping[str, str], at: Path | None = None, **settings: str) -> Server:
            server = Server(at or folder / "space", folder / "server.log", keys, **settings)
            ends.callback(server.kill)
            server.start()
            return server

        yield serve


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """A running server: `serve(keys by source, folder, setting="value")`."""
    with _servers(tmp_path) as make:
        yield make


@pytest.fixture(scope="module")
def serve_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """The same for all tests of a file."""
    with _servers(tmp_path_factory.mktemp("server")) as make:
        yield make


@pytest.fixture(scope="session")
def installed() -> Sequence[Client]:
    """The server-side clients that are installed and whose protocol we speak."""
    spoken = {receiver.name for receiver in RECEIVERS} & EXPECTED.keys()
    found = tuple(client for client in SERVER_SIDE if client.protocol in spoken and not client.missing())
    if not found:
        pytest.skip("no client is installed; make test installs them")
    return found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser."""
    with open_chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The shop's pages, each client bundled with its driver."""
    if not ESBUILD.exists():
        pytest.skip("esbuild is not installed; make test installs it")
    folder = tmp_path_factory.mktemp("scripts")
    bundle(tuple(client for client in BROWSERS if not client.missing()), folder)
    with serving(Stage(folder)) as stage:
        yield stage
