"""A workspace's pages on a port of their own, for the scripts that look at them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import uvicorn

from touchpath.bootstrap import build_server, open_workspace

CHROMIUM = "/usr/bin/chromium"


@contextmanager
def serving(workspace: Path) -> Iterator[str]:
    """The address of a workspace's pages while this lasts."""
    with closing(open_workspace(workspace)) as opened:
        app = build_server([opened])
        server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            if not thread.is_alive():
                raise SystemExit("The server ended before it could answer; what it said stands above.")
            time.sleep(0.05)
        try:
            yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/w/{opened.platform.name}"
        finally:
            app.state.newsroom.close()
            server.should_exit = True
            thread.join(10)
