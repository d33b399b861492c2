"""The visit in Chromium: a page that plays it, what its client noted, and what the browser complained about."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from server import Server, wait_until
from stage import Stage

from clients import Client

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)  # fmt: skip
#: Headless Chromium calls itself so, and would be marked as a bot.
PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
ONE_PAGE = [{"do": "page", "name": "Home", "url": "https://shop.example/", "title": "Back again", "referrer": ""}]


@contextmanager
def open_chromium() -> Iterator[Any]:
    """A browser; skips the test where Chromium is not installed."""
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


class BrowserVisit:
    """One visitor in a browser of their own. Their events go to `host`, the server itself unless a network lies between."""

    def __init__(self, browser: Any, client: Client, server: Server, source: str, stage: Stage, host: str = "") -> None:
        self.client, self.server, self.stage, self.source = client, server, stage, source
        self.host, self.complaints = host or server.address, list[str]()
        self.page = browser.new_context(user_agent=PERSON, viewport={"width": 1280, "height": 800}).new_page()
        self.page.on("console", lambda said: said.type in ("error", "warning") and self.complaints.append(said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("response", lambda answer: answer.status >= 300 and self.complaints.append(f"{answer.status} {answer.url}"))

    def begin(self, pause_seconds: float = 0.0, steps: list[dict[str, Any]] | None = None) -> None:
        """Open the page; it says its steps by itself."""
        address = self.stage.put_up(self.client, self.host, self.server.keys[self.source], self.client.name, pause_seconds, steps)
        self.page.goto(address, wait_until="commit")

    @property
    def intended(self) -> list[dict[str, Any]]:
        return json.loads(self.page.evaluate("localStorage.getItem('intended')") or "[]")

    def say_all(self) -> None:
        """Until the page has said its last step."""
        self.page.wait_for_selector("html[data-said=yes]", state="attached", timeout=60_000)

    def click(self) -> None:
        """Some clients tell of a click."""
        self.page.get_by_role("button", name="Buy").click()

    def leave(self) -> None:
        """Go to another page, which some clients tell of as well."""
        self.page.goto(f"{self.stage.address}/left")

    def wait_until_arrived(self) -> None:
        """Until the lake has as many rows as the client noted events."""

        def arrived() -> bool:
            self.page.wait_for_timeout(100)
            return len(self.intended) <= len(self.server.rows()[self.source])

        wait_until(arrived, f"{len(self.intended)} events of {self.client.name}", seconds=120)
