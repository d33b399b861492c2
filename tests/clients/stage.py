"""The shop's pages for a browser client: the client bundled with its driver, on a port of its own so that the server is another origin."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from clients import HERE, ROOT, VISIT, Client

ESBUILD = ROOT / "web-assets" / "node_modules" / ".bin" / "esbuild"
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Demo shop</title><h1>Demo shop</h1><button>Buy</button>
<script>window.VISIT = {visit}</script><script type="module" src="/{script}"></script></html>"""
_LEFT = "<!doctype html><title>Another page</title>"


def bundle(clients: tuple[Client, ...], folder: Path) -> None:
    """One script per client in the folder: its driver with the client inside, as a shop's own build would make it."""
    drivers = [str(HERE / "browser" / client.driver) for client in clients]
    options = (
        "--bundle",
        "--format=esm",
        "--log-level=error",
        f"--outdir={folder}",
        '--define:process.env.NODE_ENV="production"',
    )
    subprocess.run([str(ESBUILD), *drivers, *options], check=True)


class Stage(ThreadingHTTPServer):
    """Serves /CLIENT (the page that plays the visit), its script, and /left (where the visitor goes afterwards)."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, scripts: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Showing)
        self.scripts, self.pages = scripts, dict[str, str]()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def put_up(
        self,
        client: Client,
        host: str,
        key: str,
        run: str,
        pause_seconds: float = 0.0,
        steps: Sequence[Mapping[str, Any]] | None = None,
    ) -> str:
        """The address of a page that says these steps (the visit, unless given) to this host, with a pause after each."""
        visit: dict[str, object] = {"host": host, "key": key, "run": run, "pause_ms": 1000 * pause_seconds}
        visit["steps"] = json.loads(VISIT.read_bytes())["steps"] if steps is None else steps
        text = json.dumps(visit).replace("<", "\\u003c")
        self.pages[f"/{client.name}"] = _PAGE.format(visit=text, script=client.driver.replace(".mjs", ".js"))
        return f"{self.address}/{client.name}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that hangs up is no news here."""


class _Showing(BaseHTTPRequestHandler):
    server: Stage

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        if self.path.endswith(".js"):
            return self._show("text/javascript", (self.server.scripts / self.path[1:]).read_bytes())
        pages = {"/left": _LEFT, "/favicon.ico": "", **self.server.pages}
        return self._show("text/html; charset=utf-8", pages.get(self.path, _LEFT).encode())

    def _show(self, kind: str, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
