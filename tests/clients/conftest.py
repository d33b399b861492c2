"""The published clients, as fixtures: those that are installed, and a bad network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import TCPServer
from threading import Thread
from typing import TypeVar

import pytest

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
