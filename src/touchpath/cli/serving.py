"""A running server: the pages, live signals on an address of their own, and the process that takes them into the lake."""

from __future__ import annotations

import gc
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from touchpath.cli.show import aside
from touchpath.model.errors import BadInput
from touchpath.services.board_mails import BoardMails, run_mails

#: By default glibc keeps a heap for each thread that ever was, each as large as its largest part of the work.
_FEW_HEAPS = {"MALLOC_ARENA_MAX": "2"}
_DRAIN = "from touchpath.cli.main import main; main()"
_SECONDS_TO_RESTART = 1.0
_SECONDS_TO_STOP = 30.0


@dataclass(frozen=True, slots=True)
class Intake:
    """Live signals, and nothing else, on a socket of their own."""

    app: ASGIApp
    listening: socket.socket

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.listening.getsockname()[1])


class _Server(uvicorn.Server):
    """A server that first tells those who listen for news that it stops: it would wait for them for ever."""

    def __init__(self, config: uvicorn.Config, stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._stopping = stopping

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """On Ctrl+C or SIGTERM."""
        self._stopping()
        super().handle_exit(sig, frame)


def serve_until_stopped(
    app: ASGIApp,
    listening: socket.socket,
    beside: Intake | None,
    stopping: Callable[[], None],
    certificate: tuple[Path, Path] | None = None,
) -> None:
    """Serve until Ctrl+C or SIGTERM; requests that are under way are answered. stopping: called first, by a signal handler.

    certificate: by https, with these files. Raises BadInput for a certificate that cannot be used.
    """
    calm_the_collector()
    second = uvicorn.Server(_config(beside.app, certificate)) if beside else None
    thread = None
    if second is not None and beside is not None:
        thread = threading.Thread(target=second.run, args=([beside.listening],), name="intake")
        thread.start()
    try:
        _Server(_config(app, certificate), stopping).run(sockets=[listening])
    finally:
        if second is not None and thread is not None:
            second.should_exit = True
            thread.join()


@contextmanager
def drained(folders: Sequence[Path]) -> Iterator[None]:
    """While this lasts, a second process takes accepted signals into the lake; if it dies, another one goes on.

    A process of its own, because turning events into columns would hold up those who wait for an answer. It stops by itself when
    this one dies.
    """
    stop = threading.Event()
    keeper = threading.Thread(target=_keep_draining, args=(folders, stop), name="drain", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join()


@contextmanager
def mailed(mails: Callable[[], Sequence[BoardMails]]) -> Iterator[None]:
    """While this lasts, boards are sent when their schedules say so. What is on its way at the end is waited for."""
    stop = threading.Event()
    postman = threading.Thread(target=run_mails, args=(mails, stop), name="mails", daemon=True)
    postman.start()
    try:
        yield
    finally:
        stop.set()
        postman.join(_SECONDS_TO_STOP)


def _keep_draining(folders: Sequence[Path], stop: threading.Event) -> None:
    command = [sys.executable, "-c", _DRAIN, "drain", "--while-fed", *(str(folder) for folder in folders)]
    around = {**_FEW_HEAPS, **os.environ}
    while not stop.is_set():
        with subprocess.Popen(command, stdin=subprocess.PIPE, env=around) as process:  # noqa: S603
            while process.poll() is None and not stop.wait(0.1):
                pass
            if process.stdin is not None:
                process.stdin.close()
            try:
                process.wait(_SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                process.kill()
        if not stop.is_set():
            aside.print(
                f"touchpath: the process that drains the spool ended ({process.returncode}); starting it again.", markup=False
            )
            stop.wait(_SECONDS_TO_RESTART)


def _config(app: ASGIApp, certificate: tuple[Path, Path] | None) -> uvicorn.Config:
    chain, key = certificate or (None, None)
    config = uvicorn.Config(
        app, log_level="warning", server_header=False, proxy_headers=False, access_log=False, ssl_certfile=chain, ssl_keyfile=key
    )
    try:
        config.load()
    except (ssl.SSLError, OSError) as error:
        raise BadInput(f"The certificate '{chain}' with the key '{key}' cannot be used: {error}.") from error
    return config


def calm_the_collector() -> None:
    """What is there now stays: the collector need not look at it again, and may look less often.

    Cuts the slowest answers by half, and a quarter of what the drain takes.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1000)
