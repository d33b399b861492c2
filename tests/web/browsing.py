"""A real browser, an application on a port of its own for it, and a page that is watched while it is shown."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from pages import spelled
from playwright.sync_api import Browser, Page
from starlette.types import ASGIApp

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)  # fmt: skip


@contextmanager
def served(app: ASGIApp, port: int = 0) -> Iterator[str]:
    """An application on a port of this machine while this lasts; 0 = on a free one."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


class Watched:
    """A page, and what it did that no page of ours may do."""

    def __init__(self, browser: Browser, address: str, width: int, scheme: str, scripts: bool = True) -> None:
        self.address, self.faults = address, []
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=scripts, bypass_csp=False
        )  # type: ignore[arg-type]
        self.page: Page = self.context.new_page()
        self.page.on("console", lambda said: self.faults.append(said.text) if said.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on(
            "request", lambda asked: self.faults.append(asked.url) if not asked.url.startswith((address, "data:")) else None
        )

    def open(self, path: str) -> Page:
        self.page.goto(self.address + spelled(path), wait_until="load")
        return self.page


Watch = Callable[..., Watched]


def turn(page: Page, width: int, scheme: str, height: int = 900) -> None:
    """The same page at another width and in other colours, once what draws itself anew has done so."""
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
